"""Starting values: functions that give a tensor new numbers, and return it."""

import math

import numpy as np

from nblib._inputs import one_of
from nblib.autograd import rand, randn
from nblib.autograd.graph import check_tensors


def constant_(tensor, val):
    return _fill(tensor, np.full(tensor.shape, val))


def zeros_(tensor):
    return constant_(tensor, 0)


def ones_(tensor):
    return constant_(tensor, 1)


def normal_(tensor, mean=0.0, std=1.0):
    return _fill(tensor, mean + std * randn(*tensor.shape, dtype=np.float64).data)


def uniform_(tensor, a=0.0, b=1.0):
    return _fill(tensor, a + (b - a) * rand(*tensor.shape, dtype=np.float64).data)


def xavier_normal_(tensor, gain=1.0):
    """N(0, σ²), σ = gain √(2 / (fan_in + fan_out))  (Glorot & Bengio 2010)"""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))))


def xavier_uniform_(tensor, gain=1.0):
    """U(−r, r), r = gain √(6 / (fan_in + fan_out))"""
    r = gain * math.sqrt(6 / sum(_fans(tensor)))
    return uniform_(tensor, -r, r)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """N(0, σ²), σ = gain / √fan, with the gain of `nonlinearity` (√2 for ReLU)  (He et al. 2015)"""
    return normal_(tensor, 0.0, _kaiming(tensor, a, mode, nonlinearity))


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """U(−r, r), r = gain √(3 / fan)"""
    r = math.sqrt(3) * _kaiming(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -r, r)


def calculate_gain(nonlinearity, param=0.01):
    """The factor by which weights make up for what a nonlinearity takes from the standard deviation."""
    gains = {"linear": 1, "sigmoid": 1, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4,
             "leaky_relu": math.sqrt(2 / (1 + param ** 2))}
    return gains[one_of(nonlinearity, "nonlinearity", gains)]


def _fill(tensor, array):
    check_tensors("init", tensor)
    tensor.data = array.astype(tensor.dtype)
    return tensor


def _fans(tensor):
    """(fan_in, fan_out) of a weight (out, in, …): how many inputs an output has, and outputs an input."""
    if tensor.ndim < 2:
        raise ValueError(f"init: wanted a weight of two dimensions or more, got shape {tensor.shape}")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _kaiming(tensor, a, mode, nonlinearity):
    fan = dict(zip(("fan_in", "fan_out"), _fans(tensor)))[one_of(mode, "mode", ("fan_in", "fan_out"))]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)
