"""Dropout: in training, some numbers are set to zero at random."""

from nblib._inputs import number
from nblib.autograd import rand
from nblib.autograd.graph import check_tensors


def dropout(input, p=0.5, training=True):
    """Each number becomes 0 with chance p, else x / (1 − p): the mean stays  (Srivastava et al. 2014)."""
    check_tensors("dropout", input)
    return _drop("dropout", input, p, training, input.shape)


def dropout2d(input, p=0.5, training=True):
    """Each channel of each image of x (N, C, H, W) becomes 0 as a whole with chance p, else x / (1 − p).

    Neighbouring pixels tell nearly the same, so that dropping single ones would hide little  (Tompson et al. 2015).
    Also takes sequences (N, C, L). Raises ValueError for other shapes.
    """
    check_tensors("dropout2d", input)
    if input.ndim not in (3, 4):
        raise ValueError(f"dropout2d: wanted shape (N, C, H, W) or (N, C, L), got {input.shape}")
    return _drop("dropout2d", input, p, training, (*input.shape[:2], *[1] * (input.ndim - 2)))


def _drop(name, input, p, training, shape):
    number(p, f"{name}: p", 0, 1)
    if input.dtype.kind != "f":
        raise TypeError(f"{name}: wanted floating-point numbers, got {input.dtype}; use .float()")
    if not training or p == 0:
        return input
    kept = rand(*shape).data >= p
    return input * (kept * (1 / (1 - p) if p < 1 else 0)).astype(input.dtype)
