"""Normalization: numbers are brought to mean 0 and variance 1, over the batch or within an example."""

import math

import numpy as np

from nblib._inputs import describe, whole
from nblib.autograd import operation
from nblib.autograd.graph import check_tensors


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """y = w x̂ + b, x̂ = (x − μ) / √(σ² + ε) per feature, dim 1 of x (N, C, …)  (Ioffe & Szegedy 2015).

    In training μ and σ² are the batch's, and the running ones, if any (None: none), move towards them by the fraction
    `momentum` (towards the unbiased σ²); otherwise they are the running ones.

    Raises ValueError for shapes that do not fit, for one number per feature in training, for eps ≤ 0 in training, and
    where running statistics are missing.
    """
    _check_batch_norm(input, running_mean, running_var, weight, bias, training)
    per_feature = (-1, *[1] * (input.ndim - 2))
    if training:
        features = input.reshape(*input.shape[:2], math.prod(input.shape[2:]))
        mean, var = _batch_statistics(features.data, running_mean, running_var, momentum, eps)
        y = _standardize(features, mean, var, eps).reshape(input.shape)
    else:
        scale = (running_var + eps).sqrt()
        y = (input - running_mean.reshape(per_feature)) / scale.reshape(per_feature)
    return _scaled(y, weight, bias, per_feature)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """y = w x̂ + b, x̂ = (x − μ) / √(σ² + ε), over the last dims of x, those of `normalized_shape`  (Ba et al. 2016).

    x (…, *normalized_shape), w and b of `normalized_shape`: each example, or each step of a sequence, by itself.
    """
    check_tensors("layer_norm", input)
    shape = shape_of(normalized_shape, "layer_norm")
    if input.shape[-len(shape) :] != shape:
        raise ValueError(f"layer_norm: wanted shape (…, {', '.join(map(str, shape))}), got {input.shape}")
    check_parts("layer_norm", input, shape, weight=weight, bias=bias)
    rows = input.reshape(1, math.prod(input.shape[: -len(shape)]), math.prod(shape))
    return _scaled(_standardize(rows, *_moments(rows.data), eps).reshape(input.shape), weight, bias, shape)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """y = w x̂ + b, x̂ = (x − μ) / √(σ² + ε), over groups of channels of an example  (Wu & He 2018).

    x (N, C, …), w and b (C,): dim 1 is split into `num_groups` groups of C / num_groups channels.
    """
    check_tensors("group_norm", input)
    groups = whole(num_groups, "group_norm: num_groups", 1)
    if input.ndim < 2 or input.shape[1] % groups:
        raise ValueError(
            f"group_norm: wanted shape (N, C, …) with channels in {groups} groups of one size, got {input.shape}"
        )
    check_parts("group_norm", input, input.shape[1:2], weight=weight, bias=bias)
    if input.numel() == len(input) * groups and len(input) == 1:
        raise ValueError(f"group_norm: wanted two or more numbers in a group, got shape {input.shape}")
    rows = input.reshape(1, len(input) * groups, math.prod(input.shape[1:]) // groups)
    y = _standardize(rows, *_moments(rows.data), eps).reshape(input.shape)
    return _scaled(y, weight, bias, (-1, *[1] * (input.ndim - 2)))


def instance_norm(input, *, weight=None, bias=None, eps=1e-5):
    """Each channel of each example by itself: group_norm with as many groups as channels  (Ulyanov et al. 2016)."""
    check_tensors("instance_norm", input)
    if input.ndim < 3 or math.prod(input.shape[2:]) < 2:
        raise ValueError(f"instance_norm: wanted shape (N, C, …) with two or more numbers a channel, got {input.shape}")
    return group_norm(input, input.shape[1], weight, bias, eps)


@operation
def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """y_c = x_c / s_c^β with s_c = k + α/n Σ x²_c′ over the n = `size` channels c′ around c  (Krizhevsky et al. 2012).

    x (N, C, …); channels beyond the first and the last count as zeros.

        ∂L/∂x_c = g_c / s_c^β − 2αβ/n x_c Σ_c′ g_c′ x_c′ / s_c′^(β+1), over the c′ that have c around them
    """
    size = whole(size, "local_response_norm: size", 1)
    if not isinstance(input, np.ndarray) or input.dtype.kind != "f":
        raise TypeError(f"local_response_norm: wanted floating-point numbers, got {describe(input)}; use .float()")
    if input.ndim < 3:
        raise ValueError(f"local_response_norm: wanted shape (N, C, …) of three dims or more, got {input.shape}")
    before, after = size // 2, (size - 1) // 2
    s = k + alpha / size * _channel_sums(input * input, before, after)
    y = input * s**-beta

    def vjp(g):
        return g * s**-beta - 2 * alpha * beta / size * input * _channel_sums(g * y / s, after, before)

    return y, vjp


def _channel_sums(x, before, after):
    """For each channel the sum of those from `before` before it to `after` after it."""
    padded = np.zeros((len(x), before + x.shape[1] + after, *x.shape[2:]), x.dtype)
    padded[:, before : before + x.shape[1]] = x
    return sum(padded[:, i : i + x.shape[1]] for i in range(before + after + 1))


def _check_batch_norm(input, running_mean, running_var, weight, bias, training):
    check_tensors("batch_norm", input, *(part for part in (running_mean, running_var) if part is not None))
    features = "C" if running_mean is None else running_mean.numel()
    if input.ndim < 2 or features not in ("C", input.shape[1]):
        raise ValueError(f"batch_norm: wanted shape (N, {features}, …), got {input.shape}")
    if (running_mean is None) != (running_var is None):
        raise ValueError("batch_norm: wanted running_mean and running_var, or None as both, got one of them")
    if running_mean is None and not training:
        raise ValueError("batch_norm: wanted running_mean and running_var when training=False, got None")
    check_parts(
        "batch_norm",
        input,
        input.shape[1:2],
        running_mean=running_mean,
        running_var=running_var,
        weight=weight,
        bias=bias,
    )


def _batch_statistics(x, running_mean, running_var, momentum, eps):
    """Mean and variance of a batch (N, C, P), towards which the running ones move."""
    n = len(x) * x.shape[2]
    if n == 1:
        raise ValueError(
            f"batch_norm: wanted two or more numbers per feature in training, got one for each of {x.shape[1]} features"
        )
    if eps <= 0:
        raise ValueError(f"batch_norm: wanted eps above 0 in training, got {eps}")
    mean, var = _moments(x)
    if running_mean is not None and n:
        running_mean.data = (1 - momentum) * running_mean.data + momentum * mean.ravel()
        running_var.data = (1 - momentum) * running_var.data + momentum * var.ravel() * (n / (n - 1))
    return mean, var


def _moments(x):
    """Mean and variance (F, 1) of each of F features of x (N, F, P), over N and P; zeros where N or P is 0."""
    n = max(1, len(x) * x.shape[2])
    mean = _sums(x) / n
    deviation = x - mean
    return mean, _sums(deviation, deviation) / n


def _sums(x, y=None):
    """Σ x, or Σ x y, over N and P: (F, 1). Along P as products of vectors, which are twice as fast as sums."""
    if x.shape[2] == 1:
        return (x if y is None else x * y).sum(0)
    return np.vecdot(x, np.ones(x.shape[2], x.dtype) if y is None else y).sum(0)[:, None]


@operation
def _standardize(x, mean, var, eps):
    """x̂ = (x − μ) / s with s = √(σ² + ε), for x (N, F, P) and its moments (F, 1).

    Since μ and σ² depend on x too,  ∂L/∂x = (g − mean g − x̂ mean(g x̂)) / s,  with means over N and P.
    """
    n, factor = max(1, len(x) * x.shape[2]), 1 / np.sqrt(var + eps)
    y = (x - mean) * factor

    def vjp(g):
        dx = g - y * (_sums(g, y) / n)
        dx -= _sums(g) / n
        dx *= factor
        return dx

    return y, vjp


def _scaled(y, weight, bias, shape):
    """w y + b, with w and b in `shape`."""
    y = y if weight is None else y * weight.reshape(shape)
    return y if bias is None else y + bias.reshape(shape)


def shape_of(value, name):
    """`normalized_shape` as a tuple: a whole number or several."""
    shape = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not shape:
        raise ValueError(f"{name}: wanted a normalized_shape of one dim or more, got {describe(value)}")
    return tuple(whole(size, f"{name}: normalized_shape", 1) for size in shape)


def check_parts(name, input, shape, **parts):
    """TypeError or ValueError unless all `parts` that there are have the input's dtype and `shape`."""
    if input.dtype.kind != "f":
        raise TypeError(f"{name}: wanted floating-point numbers, got {input.dtype}; use .float()")
    for part, value in parts.items():
        if value is None:
            continue
        check_tensors(f"{name}: {part}", value)
        if value.shape != shape:
            raise ValueError(
                f"{name}: wanted {part} of shape {shape} for an input of shape {input.shape}, got {value.shape}"
            )
        if value.dtype != input.dtype:
            raise TypeError(f"{name}: wanted {part} of dtype {input.dtype}, got {value.dtype}; use .to(dtype)")
