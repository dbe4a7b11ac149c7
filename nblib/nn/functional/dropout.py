"""Dropout."""

from nblib._inputs import number
from nblib.autograd import rand


def dropout(input, p=0.5, training=True):
    """Each number becomes 0 with chance p, else x / (1 − p): the mean stays  (Srivastava et al. 2014)."""
    number(p, "dropout: p", 0, 1)
    if not training or p == 0:
        return input
    kept = (rand(*input.shape) >= p).to(input.dtype)
    return input * kept * (1 / (1 - p) if p < 1 else 0)
