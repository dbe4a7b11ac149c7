"""Dims and sizes as callers give them: one or several, counted from either end."""

import functools
import numbers

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from nblib._inputs import describe


def whole_number(value, what):
    """`value`, a whole number of Python; TypeError, saying `what` was wanted, for anything else."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"wanted {what}, got {describe(value)}")
    return int(value)


def one_dim(dim, ndim):
    """`dim` counted from the front; a single number counts as one with a single dim, as in PyTorch."""
    return normalize_axis_index(whole_number(dim, "a whole number as dim"), max(ndim, 1))


def several_dims(dim, ndim):
    """One dim or several as a tuple, counted from the front; all of them for None."""
    if dim is None:
        return tuple(range(ndim))
    dims = tuple(one_dim(d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    if len(set(dims)) < len(dims):
        raise ValueError(f"wanted each dim once, got {dim}")
    return dims if ndim else ()


def reduced_dims(dim, ndim):
    """The dims over which to reduce: as `several_dims`, but () means all, as in PyTorch."""
    return several_dims(None if isinstance(dim, (tuple, list)) and not dim else dim, ndim)


def sizes_of(sizes):
    """`zeros(2, 3)` and `zeros((2, 3))` mean the same."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes


def several(run):
    """`x.permute(1, 0)`, `x.permute((1, 0))` and `x.permute(dims=(1, 0))` mean the same."""

    @functools.wraps(run)
    def run_with_tuple(input, *numbers, **named):
        return run(input, **named) if named else run(input, sizes_of(numbers))

    return run_with_tuple


def at_least_1d(x):
    """A single number as an array with one dim, anything else as it is."""
    return np.reshape(x, (1,)) if np.ndim(x) == 0 else x
