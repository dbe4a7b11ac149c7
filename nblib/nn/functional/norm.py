"""Normalization."""

import numpy as np

from nblib.autograd import operation


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
