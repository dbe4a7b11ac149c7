"""Images of another size: each row of the new one is a mixture of rows of the old one, and so is each column."""

import numpy as np

from nblib._inputs import describe, number, one_of
from nblib.autograd import operation
from nblib.nn.functional.windows import as_images, check_images, sizes


@operation
def interpolate(input, size=None, scale_factor=None, mode="nearest"):
    """y[n, c, p, q] = x[n, c, ⌊p H / OH⌋, ⌊q W / OW⌋]: the image in another size, pixels repeated or left out.

    x (N, C, H, W) or (N, C, L); the new size is `size`, or `scale_factor` times the old one, rounded down. A pixel's
    gradient is the sum over its copies. Raises ValueError unless one of the two is given; "nearest" is the only mode.
    """
    one_of(mode, "interpolate: mode", ("nearest",))
    dims = np.ndim(input) - 2
    if dims not in (1, 2):
        raise ValueError(f"interpolate: wanted shape (N, C, H, W) or (N, C, L), got {np.shape(input)}")
    check_images("interpolate", input, dims)
    nearest = [np.zeros(1, int)] * (2 - dims) + _nearest(input.shape[2:], size, scale_factor)
    images = as_images(input, dims)
    y = images[..., nearest[0][:, None], nearest[1]]

    def vjp(g):
        rows, columns = (np.eye(n, dtype=g.dtype)[:, at] for n, at in zip(images.shape[2:], nearest))
        return mixed(g.reshape(y.shape), rows, columns).reshape(input.shape)

    return y.reshape(*input.shape[:2], *y.shape[-dims:]), vjp


def _nearest(old, size, scale_factor):
    """For each dim the places of the old image that the new one shows; in float32, as PyTorch rounds."""
    if (size is None) == (scale_factor is None):
        raise ValueError(f"interpolate: wanted size or scale_factor, got {'neither' if size is None else 'both'}")
    if size is None:
        factors = _factors(scale_factor, len(old))
        new = sizes([int(n * f) for n, f in zip(old, factors)], "interpolate: the new size", len(old))
        steps = [1 / factor for factor in factors]
    else:
        new = sizes(size, "interpolate: size", len(old))
        steps = [n / m for n, m in zip(old, new)]
    return [
        np.minimum((np.arange(m, dtype="f4") * np.float32(step)).astype(int), n - 1)
        for n, m, step in zip(old, new, steps)
    ]


def _factors(scale_factor, dims):
    factors = scale_factor if isinstance(scale_factor, (tuple, list)) else [scale_factor] * dims
    if len(factors) != dims:
        raise ValueError(f"interpolate: scale_factor: wanted a number or {dims} of them, got {describe(scale_factor)}")
    factors = [number(factor, "interpolate: scale_factor") for factor in factors]
    if min(factors) <= 0:
        raise ValueError(f"interpolate: scale_factor: wanted a number above 0, got {describe(scale_factor)}")
    return factors


def mixed(x, rows, columns):
    """rows · x · columnsᵀ in each channel: x (…, H, W), rows (OH, H) and columns (OW, W) give (…, OH, OW)."""
    return np.tensordot(np.tensordot(x, rows, (-2, 1)), columns, (-2, 1))
