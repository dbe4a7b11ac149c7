"""Losses: they take logits and average over the batch.

Softmax with cross-entropy is one operation, because its derivative ŷ − y is simpler than those of its steps, and
right for logits of any size. `reduction` is "mean" or "sum" over the batch, or "none" for a tensor of losses.
"""

import math

import numpy as np

from nblib._inputs import one_of
from nblib.autograd import operation
from nblib.nn.functional.activation import _log_softmax
from nblib.nn.functional.checks import check_alike, check_labels


def mse_loss(input, target, *, reduction="mean"):
    """(x − y)² for x and y of one shape."""
    check_alike("mse_loss", input, target)
    return _reduce((input - target) ** 2, reduction)[0]


def l1_loss(input, target, *, reduction="mean"):
    """|x − y| for x and y of one shape."""
    check_alike("l1_loss", input, target)
    return _reduce((input - target).abs(), reduction)[0]


def binary_cross_entropy_with_logits(input, target, *, reduction="mean"):
    """−y log σ(x) − (1 − y) log(1 − σ(x)) for logits x and targets y of one shape; the gradient is σ(x) − y.

    Targets are floats, from 0 to 1. Raises ValueError for shapes that differ, such as (N, 1) and (N,).
    """
    check_alike("binary_cross_entropy_with_logits", input, target)
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
    check_labels("cross_entropy", input, target)
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
    check_labels("nll_loss", input, target)
    return _reduce(-input[np.arange(len(input)), target], reduction)[0]


def multi_margin_loss(input, target, *, margin=1.0, reduction="mean"):
    """The hinge loss Σ_{j≠y} max(0, margin + xⱼ − x_y) / C for scores x (N, C) and labels y (N,).

    PyTorch divides by C; the hinge loss of the lectures is C times this.
    """
    check_labels("multi_margin_loss", input, target)
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
