"""Linear layers."""

import math

from nblib.autograd import operation
from nblib.autograd.graph import check_tensors


def linear(input, weight, bias=None):
    """y = x Wᵀ + b for x (…, D), W (K, D), b (K,); y is (…, K)."""
    check_tensors("linear", input, weight)
    return _linear(input, weight, bias)


@operation(wants="shapes (…, D), (K, D) and, for the bias, (K,)")
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
