"""Losses: they take logits, unless they say otherwise, and average over the batch.

Each is one operation: softmax with cross-entropy has a derivative, ŷ − y, that is simpler than those of its
steps, and right for logits of any size. `reduction` is "mean" or "sum" over the batch, or "none" for a tensor of
losses. The mean of no losses at all, NaN in PyTorch, is refused.
"""

import numpy as np

from nblib._inputs import number, one_of, whole
from nblib.autograd import operation
from nblib.nn.functional.activation import log_probs_of
from nblib.nn.functional.checks import check_alike, check_arrays, check_floats, check_range


def reduced(name, losses, reduction, total=None):
    """The result of a reduction of an array of losses, and the weight that each has in it.

    A mean divides by `total`, or else by the number of losses.
    """
    if reduction == "mean":
        total = losses.size if total is None else total
        if losses.size == 0:
            raise ValueError(f"{name}: wanted at least one example for a mean, got losses of shape {losses.shape}")
        if total == 0:
            raise ValueError(f"{name}: wanted a label that counts for a mean, got only ignored ones or weights of 0")
        return losses.sum() * (1 / total), 1 / total
    one_of(reduction, f"{name}: reduction", ("mean", "sum", "none"))
    return (losses.sum() if reduction == "sum" else losses), 1


# Of two tensors of one shape --------------------------------------------------------------------------------


@operation
def mse_loss(input, target, *, reduction="mean"):
    """(x − y)² for x and y of one shape."""
    check_alike("mse_loss", input, target)
    d = input - target
    return _of_difference("mse_loss", d * d, lambda: 2 * d, reduction)


@operation
def l1_loss(input, target, *, reduction="mean"):
    """|x − y| for x and y of one shape."""
    check_alike("l1_loss", input, target)
    d = input - target
    return _of_difference("l1_loss", np.abs(d), lambda: np.nan_to_num(np.sign(d)), reduction)  # 0 at NaN, as in torch


@operation
def smooth_l1_loss(input, target, *, reduction="mean", beta=1.0):
    """(x − y)² / 2β where |x − y| < β, |x − y| − β/2 elsewhere  (Girshick 2015)

    x and y have one shape. With β = 0 it is the L1 loss.
    """
    check_alike("smooth_l1_loss", input, target)
    beta, d = number(beta, "smooth_l1_loss: beta", 0), input - target
    size, inverse = np.abs(d), 1 / (beta or 1)
    near = size < beta
    losses = np.where(near, 0.5 * inverse * d * d, size - 0.5 * beta)
    return _of_difference("smooth_l1_loss", losses, lambda: np.where(near, inverse * d, np.sign(d)), reduction)


@operation
def huber_loss(input, target, reduction="mean", delta=1.0):
    """(x − y)² / 2 where |x − y| < δ, δ (|x − y| − δ/2) elsewhere  (Huber 1964)

    x and y have one shape; δ > 0. It is δ times the smooth L1 loss with β = δ.
    """
    check_alike("huber_loss", input, target)
    one_of(reduction, "huber_loss: reduction", ("mean", "sum", "none"))
    if not number(delta, "huber_loss: delta") > 0:
        raise ValueError(f"huber_loss: wanted delta > 0, got {delta}")
    d = input - target
    size = np.abs(d)
    losses = np.where(size < delta, 0.5 * d * d, delta * (size - 0.5 * delta))
    return _of_difference("huber_loss", losses, lambda: np.clip(d, -delta, delta), reduction)


def _of_difference(name, losses, slope, reduction):
    """The results of an operation on x and y whose losses, with that slope, depend on x − y alone."""
    loss, share = reduced(name, losses, reduction)
    return loss, lambda g: g * share * slope(), lambda g: -g * share * slope()


@operation
def kl_div(input, target, reduction="mean", *, log_target=False):
    """y (log y − x) for log-probabilities x and probabilities y of one shape, or log y with log_target=True.

    The divergence of two distributions is the sum over their outcomes: reduction "batchmean" is the sum over
    all divided by the batch size N, while "mean" divides by the number of outcomes too. 0 log 0 counts as 0.
    (Kullback & Leibler 1951)
    """
    check_alike("kl_div", input, target)
    one_of(reduction, "kl_div: reduction", ("batchmean", "mean", "sum", "none"))
    probs = np.exp(target) if log_target else target
    d = (target if log_target else np.log(np.where(target > 0, target, 1))) - input
    batch = reduction == "batchmean"
    loss, share = reduced("kl_div", probs * d, "mean" if batch else reduction, *input.shape[:1] * batch)
    return (
        loss,
        lambda g: -g * share * probs,
        lambda g: g * share * (probs * (d + 1) if log_target else d + (target > 0)),
    )


@operation
def binary_cross_entropy(input, target, weight=None, *, reduction="mean"):
    """−w (y log x + (1 − y) log(1 − x)) for probabilities x and targets y of one shape, and weights if given.

    Logarithms stop at −100, as in PyTorch, so that x = 0 and x = 1 have a loss. A model that ends in a sigmoid
    learns better from its logits: see binary_cross_entropy_with_logits. Raises ValueError for x outside 0 to 1.
    """
    name = "binary_cross_entropy"
    check_alike(name, input, target)
    if ((input < 0) | (input > 1)).any():
        raise ValueError(
            f"{name}: wanted probabilities from 0 to 1, got {input.min():.3g} to {input.max():.3g}; "
            f"for logits there is {name}_with_logits"
        )
    with np.errstate(divide="ignore"):  # log 0 is −∞, and then −100
        log_x, log_not_x = np.maximum(np.log(input), -100), np.maximum(np.log1p(-input), -100)
    w = _fitting(f"{name}: weight", weight, input)
    loss, share = reduced(name, -w * (target * log_x + (1 - target) * log_not_x), reduction)
    return (
        loss,
        lambda g: g * share * w * (input - target) / np.maximum(input * (1 - input), 1e-12),
        lambda g: g * share * w * (log_not_x - log_x),
    )


@operation
def binary_cross_entropy_with_logits(input, target, weight=None, pos_weight=None, *, reduction="mean"):
    """−w (p y log σ(x) + (1 − y) log(1 − σ(x))) for logits x and targets y of one shape.

    w (`weight`) and p (`pos_weight`, one a class along the last dim) are 1 unless given, and have shapes that
    broadcast to x; without them the gradient is σ(x) − y. Targets are floats, from 0 to 1.
    Raises ValueError for shapes that differ, such as (N, 1) and (N,).
    """
    name = "binary_cross_entropy_with_logits"
    check_alike(name, input, target)
    e = np.exp(-np.abs(input))
    losses = np.maximum(input, 0) - input * target + np.log1p(e)  # in which nothing overflows
    if weight is not None or pos_weight is not None:
        w, p = _fitting(f"{name}: weight", weight, input), _fitting(f"{name}: pos_weight", pos_weight, input)
        return _weighted_logits(name, input, target, e, losses, w, p - 1, reduction)
    loss, share = reduced(name, losses, reduction)
    return (loss, lambda g: g * share * (np.where(input >= 0, 1, e) / (1 + e) - target), lambda g: -g * share * input)


def _weighted_logits(name, x, y, e, losses, w, more, reduction):
    """Beside the plain losses: those of positive examples, log(1 + e⁻ˣ), count p − 1 times more."""
    of_positive = np.maximum(-x, 0) + np.log1p(e)
    loss, share = reduced(name, w * (losses + more * y * of_positive), reduction)

    def of_input(g):
        s = np.where(x >= 0, 1, e) / (1 + e)
        return g * share * w * (s - y - more * y * (1 - s))

    return loss, of_input, lambda g: g * share * w * (more * of_positive - x)


def _fitting(name, weight, x):
    """Weights that broadcast to the shape of x, in its dtype; 1 if there are none."""
    if weight is None:
        return 1
    check_floats(name, weight)
    try:
        np.broadcast_to(weight, x.shape)
    except ValueError:
        raise ValueError(f"{name}: wanted a shape that broadcasts to {x.shape}, got {weight.shape}") from None
    return weight.astype(x.dtype, copy=False)


# Of scores and labels ---------------------------------------------------------------------------------------


@operation
def cross_entropy(input, target, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """−Σ_c w_c q_c log softmax(x)_c for logits x (N, C, …) and labels y (N, …) from 0 to C − 1.

    q is 1 at the label, else 0; a `label_smoothing` ε makes it (1 − ε) q + ε / C. The gradient of one example's
    loss is softmax(x) − q. Class weights w (C,) are 1 unless given; with them, a mean divides by the sum of the
    labels' weights. A label of `ignore_index` does not count at all. A target of floats (N, C, …) is q itself, and
    a mean then divides by the number of examples. A single example has x (C,) and y ().
    Raises ValueError for other shapes (labels in a column, (N, 1)), IndexError for a label out of range.
    (Szegedy et al. 2016, for smoothing)
    """
    name = "cross_entropy"
    check_floats(name, input)
    check_arrays(name, target)
    if label_smoothing:
        number(label_smoothing, f"{name}: label_smoothing", 0, 1)
    if target.dtype.kind == "f" and target.shape == input.shape != ():
        return _of_distributions(name, input, _rows(target), True, None, weight, reduction, label_smoothing)
    y, shares, total = _labels(name, input, target, weight, ignore_index)
    if label_smoothing:
        q, kept = y[:, None] == np.arange(_rows(input).shape[1]), target.reshape(-1, 1) != ignore_index
        return _of_distributions(name, input, q, kept, total, weight, reduction, label_smoothing)
    log_probs = log_probs_of(_rows(input), 1)
    loss, rows, scale = _of_labels(name, log_probs, y, shares, reduction, total, target.shape)

    def of_input(g):
        d = np.exp(log_probs)
        d[rows, y] -= 1
        d *= scale(g)
        return _as_scores(d, input.shape)

    return loss, of_input, None


@operation
def nll_loss(input, target, weight=None, *, ignore_index=-100, reduction="mean"):
    """−w_y x[y] for log-probabilities x (N, C, …) and labels y (N, …); weights and errors as in cross_entropy."""
    check_floats("nll_loss", input)
    check_arrays("nll_loss", target)
    y, shares, total = _labels("nll_loss", input, target, weight, ignore_index)
    log_probs = _rows(input)
    loss, rows, scale = _of_labels("nll_loss", log_probs, y, shares, reduction, total, target.shape)

    def of_input(g):
        d = np.zeros_like(log_probs)
        d[rows, y] = np.ravel(-scale(g))
        return _as_scores(d, input.shape)

    return loss, of_input, None


@operation
def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, *, reduction="mean"):
    """The hinge loss w_y Σ_{j≠y} max(0, margin + xⱼ − x_y)ᵖ / C for scores x (N, C) and labels y (N,).

    p is 1 or 2. PyTorch divides by C; the hinge loss of the lectures is C times this. Raises errors as
    cross_entropy does. (Crammer & Singer 2001)
    """
    name = "multi_margin_loss"
    whole(p, f"{name}: p", 1, 2)
    number(margin, f"{name}: margin")
    check_floats(name, input)
    check_arrays(name, target)
    if input.ndim > 2:
        raise ValueError(f"{name}: wanted shapes (N, C) and (N,), got {input.shape} and {target.shape}")
    y, shares, _ = _labels(name, input, target, weight, None)
    x = _rows(input)
    rows, shares = np.arange(len(y)), (1 if shares is None else shares) / x.shape[1]
    excess = np.maximum(x - x[rows, y][:, None] + margin, 0)
    excess[rows, y] = 0
    loss, share = reduced(name, ((excess**p).sum(1) * shares).reshape(target.shape), reduction)

    def of_input(g):
        d = p * excess if p == 2 else (excess > 0).astype(x.dtype)
        d[rows, y] = -d.sum(1)
        return (np.reshape(g * share * shares, (-1, 1)) * d).reshape(input.shape)

    return loss, of_input, None


def _of_labels(name, log_probs, y, shares, reduction, total, shape):
    """The losses −log p_y, times the labels' shares, reduced; row numbers; and the factor of each row's gradient."""
    rows = np.arange(len(y))
    losses = -log_probs[rows, y] if shares is None else -_times(shares, log_probs[rows, y])
    loss, share = reduced(name, losses.reshape(shape), reduction, total)

    def scale(g):
        factor = g * share if reduction != "none" else np.reshape(g, (-1, 1))
        return factor if shares is None else factor * shares[:, None]

    return loss, rows, scale


def _of_distributions(name, input, q, kept, total, weight, reduction, eps):
    """Cross-entropy for any q (M, C), smoothed, of the rows that are kept."""
    log_probs = log_probs_of(_rows(input), 1)
    w = kept * (np.ones(1, input.dtype) if weight is None else _class_weights(name, weight, log_probs))
    q = w * ((1 - eps) * q.astype(input.dtype) + eps / q.shape[1])
    losses = -_times(q, log_probs).sum(1)
    loss, share = reduced(name, losses.reshape(_without_classes(input.shape)), reduction, total)

    def of_input(g):
        d = np.exp(log_probs) * q.sum(1, keepdims=True) - q
        return _as_scores(np.reshape(g * share, (-1, 1)) * d, input.shape)

    def of_target(g):
        return _as_scores(np.reshape(g * share, (-1, 1)) * (eps - 1) * w * log_probs, input.shape)

    return loss, of_input, of_target


def _times(q, log_probs):
    """q log p, and 0 where q is 0, whatever p: what does not count may be impossible."""
    return np.multiply(q, log_probs, out=np.zeros_like(log_probs), where=q != 0)


# Labels and rows of scores ----------------------------------------------------------------------------------


def _labels(name, input, target, weight, ignore_index):
    """The labels, checked, as (M,), with 0 for ignored ones; the share of each in the loss; the shares' sum.

    No shares, None, stands for 1 each.
    """
    if input.shape[1:2] == (0,) or input.ndim == 0 or target.shape != _without_classes(input.shape):
        hint = "; probabilities are floats: use .float()" if target.shape == input.shape and input.ndim > 1 else ""
        raise ValueError(
            f"{name}: wanted shapes (N, C, …) and (N, …) for the labels, got {input.shape} and {target.shape}{hint}"
        )
    classes, y = input.shape[input.ndim > 1], target.reshape(-1)
    ignored = check_range(name, y, classes, ignore_index) or ignore_index in range(classes)
    if weight is None and not ignored:
        return y, None, len(y)
    kept = y != ignore_index
    y = np.where(kept, y, 0)
    shares = kept * (np.ones(1, input.dtype) if weight is None else _class_weights(name, weight, _rows(input))[y])
    return y, shares, float(shares.sum())


def _class_weights(name, weight, rows):
    """The weights of the classes, checked, in the dtype of the scores."""
    check_floats(f"{name}: weight", weight)
    if weight.shape != rows.shape[1:]:
        raise ValueError(f"{name}: wanted a weight of shape {rows.shape[1:]}, got {weight.shape}")
    return weight.astype(rows.dtype, copy=False)


def _without_classes(shape):
    """The shape of labels for scores of a shape: (N, …) for (N, C, …), () for (C,)."""
    return shape[:1] + shape[2:] if len(shape) > 1 else ()


def _rows(scores):
    """Scores (N, C, …) as (M, C), a row for each label."""
    if scores.ndim > 2:
        return np.moveaxis(scores, 1, -1).reshape(-1, scores.shape[1])
    return scores if scores.ndim == 2 else scores.reshape(1, -1)


def _as_scores(rows, shape):
    """Rows (M, C) as scores of a shape (N, C, …) again."""
    if len(shape) < 3:
        return rows.reshape(shape)
    return np.moveaxis(rows.reshape(*_without_classes(shape), shape[1]), -1, 1)
