"""Runs one piece of code in nblib and in PyTorch, in float64, and compares values and gradients."""

from types import SimpleNamespace

import numpy as np
import torch

from nblib import autograd, nn, optim

OURS = SimpleNamespace(**vars(autograd), F=nn.functional, nn=nn, optim=optim)
THEIRS = SimpleNamespace(
    **{name: getattr(torch, name) for name in autograd.__all__ if hasattr(torch, name)},
    F=torch.nn.functional,
    nn=torch.nn,
    optim=torch.optim,
)


def normal(seed, *shapes):
    """Normal random numbers in an array for each shape."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def leaves(lib, arrays):
    """A tensor for each array; floats require a gradient."""
    return [lib.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]


def same(ours, theirs, tolerance=1e-10):
    """Assert that two tensors have one shape and equal numbers."""
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


def check_parity(f, *arrays, tolerance=1e-10):
    """f(lib, *tensors) -> a tensor or several: equal in both libraries, and so is the gradient of every float input."""
    ours, theirs = leaves(OURS, arrays), leaves(THEIRS, arrays)
    results, wanted = f(OURS, *ours), f(THEIRS, *theirs)
    results, wanted = ([y] if hasattr(y, "backward") else list(y) for y in (results, wanted))
    assert len(results) == len(wanted)
    rng = np.random.default_rng(0)
    for y, t in zip(results, wanted):
        same(y, t, tolerance)
        assert f"torch.{y.dtype}" == str(t.dtype) and y.requires_grad == t.requires_grad
        if y.requires_grad:
            g = rng.standard_normal(y.shape).astype(y.dtype)
            y.backward(OURS.tensor(g), retain_graph=True)
            t.backward(torch.tensor(g), retain_graph=True)
    for a, b in zip(ours, theirs):
        assert (a.grad is None) == (b.grad is None)
        if a.grad is not None:
            assert a.grad.shape == a.shape and a.grad.dtype == a.dtype
            same(a.grad, b.grad, tolerance)
