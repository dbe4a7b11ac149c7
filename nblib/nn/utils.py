"""Clipping of gradients: call it between backward() and step()."""

import math

import numpy as np

from nblib._inputs import number
from nblib.autograd import Tensor, tensor
from nblib.optim.optimizer import listed


def clip_grad_norm_(parameters, max_norm):
    """g ← g · min(1, max_norm / ‖g‖) with one norm over all gradients together, which is returned."""
    max_norm, with_grad = number(max_norm, "clip_grad_norm_: max_norm", 0), _with_grad(parameters)
    total = math.sqrt(sum(float(np.vdot(p.grad.data, p.grad.data)) for p in with_grad))
    for p in with_grad:
        p.grad = p.grad * min(max_norm / (total + 1e-6), 1.0)
    return tensor(total, with_grad[0].dtype if with_grad else None)


def clip_grad_value_(parameters, clip_value):
    """g ← min(max(g, −clip_value), clip_value), number by number."""
    clip_value = number(clip_value, "clip_grad_value_: clip_value", 0)
    for p in _with_grad(parameters):
        p.grad = p.grad.clamp(-clip_value, clip_value)


def _with_grad(parameters):
    parameters = [parameters] if isinstance(parameters, Tensor) else listed(parameters, "clip_grad")
    return [p for p in parameters if p.grad is not None]
