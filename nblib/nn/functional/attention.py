"""Attention: each query takes an average of the values, weighted by how well it matches their keys."""

import math

import numpy as np

from nblib._inputs import describe
from nblib.autograd import operation, random
from nblib.autograd.graph import once


@operation(wants="shapes (…, L, E), (…, S, E), (…, S, Eᵥ) and, for the mask, one that broadcasts to (…, L, S)")
def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, *, scale=None, need_weights=False
):
    """Y = A V, A = softmax(s Q Kᵀ + M) by rows, for L queries Q, S keys K and their S values V  (Vaswani et al. 2017).

    s is 1/√E unless `scale` says otherwise: then scores of independent entries have variance 1. A mask of floats
    is M; one of bools is true where a query may look, as in PyTorch, and M is −∞ elsewhere; `is_causal` lets query i
    look at keys 0 to i. A query that may look nowhere gets weights, a result and gradients of 0. Dropout acts on A.

    With `need_weights`, which PyTorch's function lacks, returns (Y, A). Raises ValueError for shapes that do not fit,
    TypeError for a mask of whole numbers or for different dtypes.
    """
    _check(query, key, value, attn_mask)
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1] or 1)
    elif not isinstance(scale, (int, float)):
        raise TypeError(f"scaled_dot_product_attention: wanted a number as scale, got {describe(scale)}")
    scaled = query * scale
    softmax = _softmax(_masked(scaled @ key.swapaxes(-1, -2), attn_mask, is_causal))
    kept = _kept(softmax.shape, softmax.dtype, dropout_p)
    weights = softmax if kept is None else softmax * kept
    y = weights @ value

    @once
    def of_scores(g):  # as softmax's: A (g − Σ g A), summed over the keys
        of_y, of_weights = g if need_weights else (g, 0)
        g = of_y @ value.swapaxes(-1, -2)
        g += of_weights
        if kept is not None:
            g *= kept
        g -= np.vecdot(g, softmax)[..., None]
        g *= softmax
        return g

    return (
        (y, weights) if need_weights else y,
        lambda g: of_scores(g) @ key * scale,
        lambda g: of_scores(g).swapaxes(-1, -2) @ scaled,
        lambda g: weights.swapaxes(-1, -2) @ (g[0] if need_weights else g),
        of_scores if attn_mask is not None and attn_mask.dtype != bool else None,
    )


def _check(query, key, value, mask):
    if (
        min(query.ndim, key.ndim, value.ndim) < 2
        or query.shape[-1] != key.shape[-1]
        or key.shape[-2] != value.shape[-2]
    ):
        raise ValueError  # which `wants` puts into words
    for x in (key, value, *[mask] * (mask is not None and mask.dtype != bool)):
        if x.dtype != query.dtype or x.dtype.kind != "f":
            what = "a mask of True and False or of the queries' dtype" if x is mask else "floats of one dtype"
            raise TypeError(f"scaled_dot_product_attention: wanted {what}, got {query.dtype} and {x.dtype}")


def _masked(scores, mask, is_causal):
    """Scores (…, L, S), an array that nobody else has, with −∞ where a query may not look."""
    if is_causal:
        np.copyto(scores, -np.inf, where=~np.tri(*scores.shape[-2:], dtype=bool))
    if mask is None:
        return scores
    if mask.dtype == bool:  # NumPy refuses one of another shape, here and below
        np.copyto(scores, -np.inf, where=~mask)
    else:
        scores += mask
    return scores


def _softmax(x):
    """By rows, in place. Where the largest entry is −∞, all are, and the weights are 0: the sum, 1 or more in every
    other row, is 0."""
    x -= x.max(-1, keepdims=True, initial=np.finfo(x.dtype).min)
    np.exp(x, out=x)
    x /= np.maximum(x.sum(-1, keepdims=True), 1)
    return x


def _kept(shape, dtype, p):
    """What dropout multiplies by, 0 or 1 / (1 − p); None if it does nothing."""
    if not 0 <= p <= 1:
        raise ValueError(f"scaled_dot_product_attention: wanted dropout_p from 0 to 1, got {p}")
    if p == 0:
        return None
    kept = (random.state.rng.random(shape) >= p).astype(dtype)
    return kept / (1 - p) if p < 1 else kept


@operation
def split_heads(x, num_heads, parts=1):
    """x (N, L, parts · E) -> a tuple of so many parts, each (N, heads, L, E / heads): one block of E a head."""
    N, L, width = x.shape
    y = x.reshape(N, L, parts, num_heads, width // (parts * num_heads)).transpose(2, 0, 3, 1, 4)
    return tuple(y), lambda g: np.stack(g).transpose(1, 3, 0, 2, 4).reshape(x.shape)
