"""What losses and layers check before they compute: on arrays, as it is done inside an operation."""

import numpy as np

from nblib._inputs import describe
from nblib.autograd.graph import plain


def check_arrays(name, *values):
    """Raise TypeError unless all `values`, which were tensors outside, are arrays."""
    for value in values:
        if not isinstance(value, np.ndarray):
            raise TypeError(f"{name}: wanted a tensor, got {describe(value)}; make one with tensor(…)")


def check_floats(name, *values):
    """Raise TypeError unless all `values` are arrays of floats: exp of whole numbers would come out in float64."""
    for value in values:
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            check_arrays(name, value)
            raise TypeError(f"{name}: wanted floating-point numbers, got {value.dtype}; use .float()")


def check_numbers(name, **options):
    """Raise TypeError unless all `options` are single numbers."""
    for option, value in options.items():
        if not isinstance(value, (int, float)):
            raise TypeError(f"{name}: wanted a number as {option}, got {describe(value)}")


def check_dim(name, dim):
    """Raise TypeError unless `dim` is a whole number; whether there is such a dim, NumPy says."""
    if not isinstance(dim, int):
        raise TypeError(f"{name}: wanted a whole number as dim, got {describe(dim)}")


def check_alike(name, input, target):
    """Two arrays of one shape and dtype: (N, 1) against (N,) would broadcast to N × N without a word."""
    check_floats(name, input)
    check_arrays(name, target)
    if input.shape != target.shape:
        raise ValueError(f"{name}: wanted two tensors of one shape, got {input.shape} and {target.shape}")
    if input.dtype != target.dtype:
        raise TypeError(f"{name}: wanted a target of dtype {input.dtype}, got {target.dtype}; use .to(dtype)")


def check_range(name, labels, size, ignored=None):
    """Whole numbers from 0 to size − 1, in an array or a tensor; besides, `ignored`: returns whether that occurs
    outside the range."""
    labels = plain(labels)
    if getattr(labels, "dtype", None) is None or labels.dtype.kind not in "iu":
        came = labels.dtype if isinstance(labels, np.ndarray) else describe(labels)
        raise TypeError(f"{name}: wanted a tensor of whole numbers, got {came}; use .long()")
    if labels.size == 0 or labels.min() >= 0 and labels.max() < size:
        return False
    wrong = labels[((labels < 0) | (labels >= size)) & (labels != ignored)]
    if wrong.size:
        upper = "up" if size == np.inf else f"to {size - 1}"
        raise IndexError(f"{name}: wanted whole numbers from 0 {upper}, got {wrong[0]}")
    return True
