"""How near two vectors are."""

import numpy as np

from nblib._inputs import number
from nblib.autograd import operation
from nblib.nn.functional.checks import check_dim, check_floats


@operation(wants="shapes that broadcast (from the right, sizes equal or 1)")
def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """cos of the angle between x and y: x·y / (max(‖x‖, ε) max(‖y‖, ε)) along `dim`.

    With x̂ and ŷ of length 1, ∂cos/∂x = (ŷ − x̂ cos) / ‖x‖; where ‖x‖ < ε, it is ŷ / ε.
    """
    check_floats("cosine_similarity", x1, x2)
    check_dim("cosine_similarity", dim)
    x1, x2 = np.broadcast_arrays(x1, x2)
    n1, n2 = (np.maximum(_norm(x, 2, dim), eps) for x in (x1, x2))
    u1, u2 = x1 / n1, x2 / n2
    cos = (u1 * u2).sum(dim, keepdims=True)

    def vjp(u, v, n):
        return lambda g: np.expand_dims(g, dim) * (v - (n > eps) * u * cos) / n

    return cos.squeeze(dim), vjp(u1, u2, n1), vjp(u2, u1, n2)


@operation
def normalize(input, p=2.0, dim=1, eps=1e-12):
    """x / max(‖x‖_p, ε): vectors along `dim` of length 1, in the norm ‖x‖_p = (Σ |xᵢ|ᵖ)^(1/p), p > 0."""
    check_floats("normalize", input)
    check_dim("normalize", dim)
    size = _norm(input, _power("normalize", p), dim)
    n = np.maximum(size, eps)

    def vjp(g):
        along = (g * input).sum(dim, keepdims=True) / (n * n)
        return g / n - (size > eps) * along * _norm_slope(input, size, p)

    return input / n, vjp


@operation(wants="shapes that broadcast (from the right, sizes equal or 1)")
def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """‖x − y + ε‖_p between vectors along the last dim; ε keeps the slope from 0 / 0 where they are equal."""
    check_floats("pairwise_distance", x1, x2)
    d = x1 - x2 + eps
    if d.ndim == 0:
        raise ValueError(f"pairwise_distance: wanted vectors (…, D), got {x1.shape} and {x2.shape}")
    size = _norm(d, _power("pairwise_distance", p), -1)

    def of_x1(g):
        return (g if keepdim else g[..., None]) * _norm_slope(d, size, p)

    return size if keepdim else size[..., 0], of_x1, lambda g: -of_x1(g)


def _power(name, p):
    if not number(p, f"{name}: p") > 0:
        raise ValueError(f"{name}: wanted p > 0, got {p}")
    return p


def _norm(x, p, dim):
    """‖x‖_p along `dim`, which stays."""
    if p == 2:
        return np.sqrt((x * x).sum(dim, keepdims=True))
    return (np.abs(x) ** p).sum(dim, keepdims=True) ** (1 / p)


def _norm_slope(x, size, p):
    """∂‖x‖_p/∂x = sign(x) (|x| / ‖x‖_p)^(p−1); 0 where x is 0."""
    ratio = np.abs(x) / np.where(size == 0, 1, size)
    return np.sign(x) * np.where(ratio == 0, 1, ratio) ** (p - 1)
