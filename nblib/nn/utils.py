"""Clipping of gradients, between backward() and step(); all parameters of a model as one vector."""

import math

import numpy as np

from nblib._inputs import describe, number
from nblib.autograd import Tensor, cat, tensor
from nblib.autograd.graph import check_tensors
from nblib.optim.optimizer import listed


def clip_grad_norm_(parameters, max_norm, norm_type=2.0):
    """g ← g · min(1, max_norm / ‖g‖) with one norm over all gradients together, which is returned.

    The norm is (Σ |gᵢ|ᵖ)^(1/p) with p = `norm_type`, or the largest |gᵢ| for infinity. (Pascanu et al. 2013)
    """
    max_norm, with_grad = number(max_norm, "clip_grad_norm_: max_norm", 0), _with_grad(parameters)
    total = _norm([p.grad.data for p in with_grad], norm_type)
    for p in with_grad:
        p.grad = p.grad * min(max_norm / (total + 1e-6), 1.0)
    return tensor(total, with_grad[0].dtype if with_grad else None)


def clip_grad_value_(parameters, clip_value):
    """g ← min(max(g, −clip_value), clip_value), number by number."""
    clip_value = number(clip_value, "clip_grad_value_: clip_value", 0)
    for p in _with_grad(parameters):
        p.grad = p.grad.clamp(-clip_value, clip_value)


def parameters_to_vector(parameters):
    """All numbers of the parameters, in their order, as one vector: a point of the landscape of a loss."""
    return cat([p.reshape(-1) for p in listed(parameters, "parameters_to_vector")])


def vector_to_parameters(vec, parameters):
    """Give the parameters the numbers of a vector, in their order. Raises ValueError for one of another length."""
    check_tensors("vector_to_parameters", vec)
    parameters = listed(parameters, "vector_to_parameters")
    ends = np.cumsum([p.numel() for p in parameters])
    if vec.shape != (ends[-1] if parameters else 0,):
        raise ValueError(f"vector_to_parameters: wanted a vector ({ends[-1] if parameters else 0},), got {vec.shape}")
    for p, numbers in zip(parameters, np.split(vec.data, ends)):
        p.data = numbers.reshape(p.shape).copy()


def _norm(arrays, p):
    """One norm of all numbers in some arrays, in float64: squares of large gradients overflow in float32."""
    if p == math.inf:
        return max((float(np.abs(g).max(initial=0)) for g in arrays), default=0.0)
    if not number(p, "clip_grad_norm_: norm_type") > 0:
        raise ValueError(f"clip_grad_norm_: wanted norm_type > 0, got {describe(p)}")
    if p == 2:
        return math.sqrt(sum(float(np.vdot(g, g)) for g in (g.astype(np.float64, copy=False) for g in arrays)))
    return sum(float((np.abs(g.astype(np.float64, copy=False)) ** p).sum()) for g in arrays) ** (1 / p)


def _with_grad(parameters):
    parameters = [parameters] if isinstance(parameters, Tensor) else listed(parameters, "clip_grad")
    return [p for p in parameters if p.grad is not None]
