"""Numbers in order along a dim; of equal ones, the first comes first."""

from collections import namedtuple

import numpy as np

from nblib.autograd.dims import at_least_1d, one_dim, whole_number
from nblib.autograd.graph import operation

Sorted = namedtuple("Sorted", "values indices")
Sorted.__doc__ = "The values in order, and where each of them stood along the dim."


@operation
def sort(input, dim=-1, descending=False, stable=True):
    """(values, indices) in order along `dim`; NaN counts as the largest. Equal ones keep their order."""
    return _taken(input, _order(input, dim, descending), dim)


@operation
def argsort(input, dim=-1, descending=False, stable=True):
    """Where the smallest number stands along `dim`, the second, and so on."""
    return (_order(input, dim, descending).reshape(input.shape),)


@operation
def topk(input, k, dim=-1, largest=True, sorted=True):
    """(values, indices) of the k largest (or smallest) numbers along `dim`, in order."""
    order, d = _order(input, dim, largest), one_dim(dim, input.ndim)
    if not 0 <= whole_number(k, "a whole number as k") <= order.shape[d]:
        raise ValueError(f"wanted k from 0 to {order.shape[d]}, the size of dim {dim}, got {k}")
    return _taken(input, np.take(order, range(k), d), dim)


def _order(x, dim, descending):
    d, x = one_dim(dim, x.ndim), at_least_1d(x)
    if not descending:
        return x.argsort(d, kind="stable")
    return x.shape[d] - 1 - np.flip(np.flip(x, d).argsort(d, kind="stable"), d)  # of equal ones, the first first


def _taken(input, indices, dim):
    """The numbers at `indices`, each at most once, along `dim`."""
    d, x = one_dim(dim, input.ndim), at_least_1d(input)
    shape = indices.shape if input.ndim else input.shape

    def vjp(gs):
        out = np.zeros_like(x)
        np.put_along_axis(out, indices, gs[0].reshape(indices.shape), d)
        return out.reshape(input.shape)

    return Sorted(np.take_along_axis(x, indices, d).reshape(shape), indices.reshape(shape)), vjp
