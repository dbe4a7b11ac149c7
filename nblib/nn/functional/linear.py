"""Linear layers."""

import math

from nblib.autograd import operation
from nblib.nn.functional.checks import check_arrays


@operation(wants="shapes (…, D), (K, D) and, for the bias, (K,)")
def linear(input, weight, bias=None):
    """y = x Wᵀ + b for x (…, D), W (K, D), b (K,); y is (…, K).

    A weight (D,) is one row without its dim: y is then (…,). Raises ValueError for other shapes, TypeError for
    another dtype than the weight's.
    """
    if getattr(input, "dtype", 0) != getattr(weight, "dtype", 1):  # 0 and 1: None would be float64 to NumPy
        check_arrays("linear", input, weight)
        raise TypeError(f"linear: wanted an input of dtype {weight.dtype}, got {input.dtype}; use .to(dtype)")
    y = input @ weight.T
    if bias is not None:
        if getattr(bias, "dtype", 0) != y.dtype:
            check_arrays("linear", bias)
            raise TypeError(f"linear: wanted a bias of dtype {y.dtype}, got {bias.dtype}; use .to(dtype)")
        y += bias

    def of_weight(g):  # a sum over all examples, in however many dims
        n = math.prod(input.shape[:-1])
        return g.reshape(n, *weight.shape[:-1]).T @ input.reshape(n, weight.shape[-1])

    return y, lambda g: g @ weight if weight.ndim > 1 else g[..., None] * weight, of_weight, lambda g: g
