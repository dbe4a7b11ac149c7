"""Activations, softmax among them."""

import numpy as np

from nblib.autograd import operation, relu, sigmoid, tanh, where  # noqa: F401 (names of F)
from nblib.autograd.graph import check_tensors


@operation
def leaky_relu(input, negative_slope=0.01):
    """max(0, x) + slope · min(0, x)  (Maas, Hannun & Ng 2013)"""
    return (np.where(input > 0, input, negative_slope * input),
            lambda g: np.where(input > 0, g, negative_slope * g))


def prelu(input, weight):
    """max(0, x) + w · min(0, x), with a learned w of shape (1,) or (C,) for x (N, C, …)  (He et al. 2015)"""
    check_tensors("prelu", input, weight)
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.shape not in ((1,), (channels,)):
        raise ValueError(f"prelu: wanted a weight of shape (1,) or ({channels},), got {weight.shape}")
    return where(input > 0, input, input * weight.reshape(-1, *[1] * (input.ndim - 2)))


@operation
def elu(input, alpha=1.0):
    """x where x > 0, α(eˣ − 1) elsewhere  (Clevert, Unterthiner & Hochreiter 2016)"""
    below = alpha * np.expm1(np.minimum(input, 0))
    return np.where(input > 0, input, below), lambda g: np.where(input > 0, g, g * (below + alpha))


def selu(input):
    """λ elu(x, α), with the λ and α that keep mean 0 and variance 1 by layer  (Klambauer et al. 2017)"""
    return 1.0507009873554805 * elu(input, 1.6732632423543772)


@operation
def softmax(input, dim):
    """e^xᵢ / Σ e^xⱼ along `dim`, with the largest x subtracted first: the same value, and no overflow."""
    y = np.exp(input - input.max(dim, keepdims=True))
    y /= y.sum(dim, keepdims=True)
    return y, lambda g: y * (g - (g * y).sum(dim, keepdims=True))


@operation
def log_softmax(input, dim):
    """xᵢ − log Σ e^xⱼ along `dim`, which never takes the log of a zero."""
    y = _log_softmax(input, dim)
    return y, lambda g: g - np.exp(y) * g.sum(dim, keepdims=True)


def _log_softmax(x, dim):
    x = x - x.max(dim, keepdims=True)
    return x - np.log(np.exp(x).sum(dim, keepdims=True))
