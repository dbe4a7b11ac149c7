"""Numbers picked out by their place."""

import numpy as np

from nblib._inputs import describe
from nblib.autograd.dims import at_least_1d, one_dim
from nblib.autograd.graph import operation


@operation
def getitem(input, index):
    """x[index]: numbers, slices, None and `...` as in NumPy; arrays of places or a mask, as in PyTorch.

    The gradient goes back to where the numbers stood, added up where one was taken several times.
    """
    whole, rest = in_two_steps(index)
    try:
        y = input[whole] if rest is None else input[whole][rest]
    except IndexError as error:
        raise IndexError(f"x[i]: wanted an index within shape {input.shape}, got {describe(index)} ({error})") from None

    def vjp(g):
        out = np.zeros_like(input)
        part = out[whole]  # a view: what is written there is written into out
        if rest is None:
            out[whole] = g
        elif _meets_twice(rest):
            np.add.at(part, rest, g)  # part[rest] += g would add once what occurs twice
        else:
            part[rest] = g
        return out

    return y, vjp


def put(array, index, value):
    """array[index] = value, with an index as `getitem` understands it."""
    whole, rest = in_two_steps(index)
    if rest is None:
        array[whole] = value
    else:
        array[whole][rest] = value  # array[whole] is a view


def in_two_steps(index):
    """An index as (whole numbers and slices; arrays, or None): x[index] is x[first][second].

    Whole numbers are taken first, as in PyTorch: x[0, :, [0, 1]] of (2, 3, 4) is (3, 2), where NumPy, which takes
    the 0 for an array too, makes it (2, 3).
    """
    items = tuple(_item(i) for i in (index if isinstance(index, tuple) else (index,)))
    if not any(isinstance(i, (np.ndarray, bool)) for i in items):
        return items, None
    first = []
    for i in items:
        if isinstance(i, np.ndarray) and i.dtype == bool:
            first += [slice(None)] * i.ndim
        elif i is not None and not isinstance(i, bool):
            first.append(i if isinstance(i, int) or i is ... else slice(None))
    if not any(i is ... for i in items):
        first.append(...)  # so that even a single number is an array, into which one can write
    return tuple(first), tuple(i for i in items if isinstance(i, bool) or not isinstance(i, int))


def _item(i):
    """Lists as arrays, and whole numbers of NumPy, and of tensors, as those of Python."""
    if isinstance(i, (list, np.ndarray, np.generic)):
        i = np.asarray(i)
        if isinstance(i, np.ndarray) and i.size == 0 and i.dtype.kind == "f":
            i = i.astype(int)  # x[[]]
        return i.item() if i.ndim == 0 and i.dtype.kind in "biu" else i
    return i


def _meets_twice(items):
    """Whether an index may take one number several times: a mask, slices and None never do."""
    return any(isinstance(i, np.ndarray) and i.dtype != bool for i in items)


@operation
def gather(input, dim, index):
    """Along `dim`, the number at each index: for dim = 1, y[i, j] = x[i, index[i, j]].

    `index` has as many dims as the input, and is nowhere larger, but for `dim`.
    Raises ValueError for another shape, IndexError for an index that is out of range.
    """
    d = one_dim(dim, np.ndim(input))
    _check_places(index, np.ndim(input))
    x, places = at_least_1d(input), at_least_1d(index)
    if any(m > n for k, (n, m) in enumerate(zip(x.shape, places.shape)) if k != d):
        raise ValueError(
            f"wanted an index no larger than the input but for dim {dim}, "
            f"got input {input.shape} and index {index.shape}"
        )
    _check_range(places, x.shape[d])
    where = _grid(places, d)

    def vjp(g):
        out = np.zeros_like(x)
        np.add.at(out, where, at_least_1d(g))
        return out.reshape(input.shape)

    return x[where].reshape(index.shape), vjp, None, None


@operation(wants="an input and indices that broadcast, but for dim")
def take_along_dim(input, indices, dim=None):
    """Along `dim`, the number at each index, from the end if below 0; input and indices broadcast in the other
    dims. Without a dim, among all numbers row by row."""
    x, places, d = (
        (input.reshape(-1), indices.reshape(-1), 0) if dim is None else (input, indices, one_dim(dim, input.ndim))
    )
    _check_places(places, x.ndim)
    n = x.shape[d]
    _check_range(places + n * (places < 0), n)
    np.broadcast_shapes(np.delete(x.shape, d), np.delete(places.shape, d))
    y = np.take_along_axis(x, places, d)

    def vjp(g):
        out = np.zeros([m if k == d else size for k, (m, size) in enumerate(zip(x.shape, y.shape))], x.dtype)
        np.add.at(out, _grid(np.broadcast_to(places, y.shape), d), g)
        return out.reshape(input.shape) if dim is None else out

    return y, vjp, None


@operation
def index_select(input, dim, index):
    """The slices along `dim` at these places."""
    d, x = one_dim(dim, input.ndim), at_least_1d(input)
    if np.ndim(index) > 1:
        raise ValueError(f"wanted a vector of places, got shape {index.shape}")
    _check_places(index, np.ndim(index))
    places = at_least_1d(index)
    _check_range(places, x.shape[d])

    def vjp(g):
        out = np.zeros_like(x)
        np.add.at(np.moveaxis(out, d, 0), places, np.moveaxis(at_least_1d(g), d, 0))
        return out.reshape(input.shape)

    y = x.take(places, d)
    return y if input.ndim else y.reshape(()), vjp, None, None


def _grid(places, d):
    """An index that takes `places` along axis d, and each own place along the others."""
    grid = list(np.ogrid[tuple(slice(n) for n in places.shape)])
    grid[d] = places
    return tuple(grid)


def _check_places(index, ndim):
    if not isinstance(index, np.ndarray) or index.dtype.kind not in "iu":
        raise TypeError(f"wanted an index of whole numbers, got {describe(index)}; use .long()")
    if index.ndim != ndim:
        raise ValueError(f"wanted an index with {ndim} dims, as the input, got shape {index.shape}")


def _check_range(places, n):
    wrong = places[(places < 0) | (places >= n)]
    if wrong.size:
        raise IndexError(f"wanted an index from 0 to {n - 1}, got {wrong.flat[0]}")
