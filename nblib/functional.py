"""Activations, losses and layers as functions of tensors, under the names of torch.nn.functional.

Losses take logits and average over the batch. Softmax with cross-entropy is one operation, because its
derivative ŷ − y is simpler than those of its steps, and right for logits of any size.
"""

import math

import numpy as np

from nblib._array import check_tensors
from nblib._inputs import number, one_of
from nblib.autograd import Tensor, operation, rand, relu, sigmoid, tanh, where  # noqa: F401 (names of F)

# Activations ------------------------------------------------------------------------------------------------


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


# Losses -----------------------------------------------------------------------------------------------------
# `reduction` is "mean" or "sum" over the batch, or "none" for a tensor of losses.


def mse_loss(input, target, *, reduction="mean"):
    """(x − y)² for x and y of one shape."""
    _check_alike("mse_loss", input, target)
    return _reduce((input - target) ** 2, reduction)[0]


def l1_loss(input, target, *, reduction="mean"):
    """|x − y| for x and y of one shape."""
    _check_alike("l1_loss", input, target)
    return _reduce((input - target).abs(), reduction)[0]


def binary_cross_entropy_with_logits(input, target, *, reduction="mean"):
    """−y log σ(x) − (1 − y) log(1 − σ(x)) for logits x and targets y of one shape; the gradient is σ(x) − y.

    Targets are floats, from 0 to 1. Raises ValueError for shapes that differ, such as (N, 1) and (N,).
    """
    _check_alike("binary_cross_entropy_with_logits", input, target)
    return _binary_cross_entropy(input, target, reduction=reduction)


@operation
def _binary_cross_entropy(x, y, reduction):
    """max(x, 0) − x y + log(1 + e^−|x|), in which nothing overflows."""
    e = np.exp(-np.abs(x))
    loss, weight = _reduce(np.maximum(x, 0) - x * y + np.log1p(e), reduction)
    return (loss, lambda g: g * weight * (np.where(x >= 0, 1, e) / (1 + e) - y), lambda g: -g * weight * x)


def cross_entropy(input, target, *, reduction="mean"):
    """−log softmax(x)[y] for logits x (N, C) and labels y (N,) from 0 to C − 1.

    The gradient of one example's loss is softmax(x) − one_hot(y).
    Raises ValueError for other shapes (one-hot targets, (N, 1)), IndexError for a label out of range.
    """
    _check_labels("cross_entropy", input, target)
    return _cross_entropy(input, target, reduction=reduction)


@operation
def _cross_entropy(x, y, reduction):
    log_probs, rows = _log_softmax(x, 1), np.arange(len(x))
    loss, weight = _reduce(-log_probs[rows, y], reduction)

    def vjp(g):
        d = np.exp(log_probs)
        d[rows, y] -= 1
        return np.asarray(g * weight)[..., None] * d
    return loss, vjp, None


def nll_loss(input, target, *, reduction="mean"):
    """−x[y] for log-probabilities x (N, C) and labels y (N,)."""
    _check_labels("nll_loss", input, target)
    return _reduce(-input[np.arange(len(input)), target], reduction)[0]


def multi_margin_loss(input, target, *, margin=1.0, reduction="mean"):
    """The hinge loss Σ_{j≠y} max(0, margin + xⱼ − x_y) / C for scores x (N, C) and labels y (N,).

    PyTorch divides by C; the hinge loss of the lectures is C times this.
    """
    _check_labels("multi_margin_loss", input, target)
    of_label = input[np.arange(len(input)), target].unsqueeze(1)
    with_label = (input - of_label + margin).relu().sum(1)          # j = y adds the margin itself
    return _reduce((with_label - margin) / input.shape[1], reduction)[0]


def _reduce(losses, reduction):
    """The result of a reduction of losses, an array or a tensor, and the weight that each has in it."""
    one_of(reduction, "reduction", ("mean", "sum", "none"))
    if reduction == "none":
        return losses, 1
    weight = 1 / math.prod(losses.shape) if reduction == "mean" else 1
    return losses.sum() * weight, weight


# Layers -----------------------------------------------------------------------------------------------------


def linear(input, weight, bias=None):
    """y = x Wᵀ + b for x (…, D), W (K, D), b (K,); y is (…, K)."""
    check_tensors("linear", input, weight)
    return _linear(input, weight, bias)


@operation
def _linear(x, W, b):
    if x.dtype != W.dtype:
        raise TypeError(f"linear: wanted an input of dtype {W.dtype}, got {x.dtype}; use .to(dtype)")
    y = x @ W.T
    if b is not None:
        y += b

    def of_weight(g):                   # a sum over all examples, in however many dims
        n = math.prod(g.shape[:-1])
        return g.reshape(n, len(W)).T @ x.reshape(n, W.shape[1])
    return y, lambda g: g @ W, of_weight, lambda g: g


def dropout(input, p=0.5, training=True):
    """Each number becomes 0 with chance p, else x / (1 − p): the mean stays  (Srivastava et al. 2014)."""
    number(p, "dropout: p", 0, 1)
    if not training or p == 0:
        return input
    kept = (rand(*input.shape) >= p).to(input.dtype)
    return input * kept * (1 / (1 - p) if p < 1 else 0)


def embedding(input, weight):
    """Row i of W (V, D) for each whole number i of the input, of any shape S; the result is S + (D,)."""
    check_tensors("embedding", input, weight)
    _check_range("embedding", input, weight.shape[0])
    return weight[input]


def one_hot(tensor, num_classes=-1):
    """Labels y of shape S -> 0 and 1 of shape S + (C,), 1 at y; C is max y + 1 unless given."""
    classes = int(tensor.max()) + 1 if num_classes == -1 else num_classes
    _check_range("one_hot", tensor, classes)
    return Tensor(np.eye(classes, dtype=np.int64)[tensor.data])


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1,
               eps=1e-5):
    """y = w x̂ + b, x̂ = (x − μ) / √(σ² + ε) per feature, dim 1 of x (N, C, …)  (Ioffe & Szegedy 2015).

    In training μ and σ² are the batch's, and the running ones move towards them by the fraction `momentum`
    (towards the unbiased σ²); otherwise they are the running ones. Raises ValueError for a batch of one.
    """
    per_feature = (-1, *[1] * (input.ndim - 2))
    if input.ndim < 2 or input.shape[1] != running_mean.numel():
        raise ValueError(f"batch_norm: wanted shape (N, {running_mean.numel()}, …), got {input.shape}")
    if training:
        dims, n = (0, *range(2, input.ndim)), input.numel() // input.shape[1]
        if n < 2:
            raise ValueError(f"batch_norm: wanted two or more examples in training, got {input.shape}")
        mean, var = input.data.mean(dims), input.data.var(dims)
        running_mean.data = (1 - momentum) * running_mean.data + momentum * mean
        running_var.data = (1 - momentum) * running_var.data + momentum * var * (n / (n - 1))
        y = _standardize(input, dims, eps)
    else:
        scale = (running_var + eps).sqrt()
        y = (input - running_mean.reshape(per_feature)) / scale.reshape(per_feature)
    y = y if weight is None else y * weight.reshape(per_feature)
    return y if bias is None else y + bias.reshape(per_feature)


@operation
def _standardize(x, dims, eps):
    """x̂ = (x − μ) / s with s = √(σ² + ε) and means over `dims`; ∂L/∂x = (g − mean g − x̂ mean(g x̂)) / s."""
    deviation = x - x.mean(dims, keepdims=True)
    scale = np.sqrt((deviation ** 2).mean(dims, keepdims=True) + eps)
    y = deviation / scale

    def vjp(g):
        return (g - g.mean(dims, keepdims=True) - y * (g * y).mean(dims, keepdims=True)) / scale
    return y, vjp


# Checks -----------------------------------------------------------------------------------------------------


def _check_alike(name, input, target):
    """Two tensors of one shape and dtype: (N, 1) against (N,) would broadcast to N × N without a word."""
    check_tensors(name, input, target)
    if input.shape != target.shape or input.numel() == 0:
        raise ValueError(f"{name}: wanted two tensors of one shape, got {input.shape} and {target.shape}")
    if input.dtype != target.dtype:
        raise TypeError(f"{name}: wanted a target of dtype {input.dtype}, got {target.dtype}; use .to(dtype)")


def _check_labels(name, input, target):
    check_tensors(name, input, target)
    if input.ndim != 2 or input.shape[:1] != target.shape or input.numel() == 0:
        raise ValueError(f"{name}: wanted shape (N, C) and labels (N,), got {input.shape} and {target.shape}")
    _check_range(name, target, input.shape[1])


def _check_range(name, labels, size):
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{name}: wanted whole numbers, got {labels.dtype}; use .long()")
    if labels.numel() and not 0 <= labels.data.min() <= labels.data.max() < size:
        wrong = labels.data[(labels.data < 0) | (labels.data >= size)]
        raise IndexError(f"{name}: wanted whole numbers from 0 to {size - 1}, got {wrong[0]}")
