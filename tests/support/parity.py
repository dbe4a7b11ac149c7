"""Runs one piece of code in nblib and in PyTorch, in float64, and compares values and gradients."""

from types import SimpleNamespace

import numpy as np
import torch

from nblib import autograd, nn, optim

OURS = SimpleNamespace(**vars(autograd), F=nn.functional, nn=nn, optim=optim)


class THEIRS:
    F, nn, optim = torch.nn.functional, torch.nn, torch.optim
    no_grad = torch.no_grad
    float32, float64, int64 = torch.float32, torch.float64, torch.int64
    tensor, where, maximum, cat, stack = torch.tensor, torch.where, torch.maximum, torch.cat, torch.stack
    exp, log, sqrt = torch.exp, torch.log, torch.sqrt
    tanh, sigmoid, relu = torch.tanh, torch.sigmoid, torch.relu


def leaves(lib, arrays):
    return [lib.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]


def same(ours, theirs, tolerance=1e-10):
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


def check_parity(f, *arrays, tolerance=1e-10):
    """f(lib, *tensors) -> a tensor: equal in both libraries, and so is the gradient of every float input."""
    ours, theirs = leaves(OURS, arrays), leaves(THEIRS, arrays)
    y, t = f(OURS, *ours), f(THEIRS, *theirs)
    same(y, t, tolerance)
    g = np.random.default_rng(0).standard_normal(y.shape).astype(y.dtype)
    y.backward(OURS.tensor(g))
    t.backward(torch.tensor(g))
    for a, b in zip(ours, theirs):
        assert (a.grad is None) == (b.grad is None)
        if a.grad is not None:
            assert a.grad.shape == a.shape
            same(a.grad, b.grad, tolerance)
