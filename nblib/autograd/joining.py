"""Several tensors made one, and one made several."""

import functools
import itertools

import numpy as np

from nblib._inputs import describe
from nblib.autograd.dims import one_dim, whole_number
from nblib.autograd.graph import check_tensors, operation


def of_list(run):
    """An operation that takes its tensors in a list, as in PyTorch: cat([a, b], dim=1)."""
    name = run.__name__

    @functools.wraps(run)
    def run_with_list(tensors, dim=0):
        if not isinstance(tensors, (tuple, list)):
            raise TypeError(f"{name}: wanted a list of tensors, got {describe(tensors)}")
        check_tensors(name, *tensors)
        return run(*tensors, dim=dim)

    return run_with_list


@of_list
@operation(wants="shapes that differ along dim only")
def cat(*tensors, dim=0):
    """Tensors one after the other along `dim`; their other sizes are equal."""
    _check_dtypes(tensors)
    d = one_dim(dim, tensors[0].ndim)
    whole = np.concatenate(tensors, d)
    ends = np.cumsum([0, *(x.shape[d] for x in tensors)])
    vjps = [
        lambda g, i=i, j=j: g.swapaxes(0, d)[i:j].swapaxes(0, d)  # i=i: its own i, not the last one
        for i, j in itertools.pairwise(ends)
    ]
    return whole, *vjps


@of_list
@operation
def stack(*tensors, dim=0):
    """Tensors of one shape along a new `dim`."""
    _check_dtypes(tensors)
    if len(shapes := dict.fromkeys(x.shape for x in tensors)) != 1:
        raise ValueError(f"wanted one shape, got {' and '.join(map(str, shapes))}")
    whole = np.stack(tensors, whole_number(dim, "a whole number as dim"))
    return whole, *(lambda g, i=i: np.moveaxis(g, dim, 0)[i] for i in range(len(tensors)))


def _check_dtypes(arrays):
    if not arrays:
        raise ValueError("wanted at least one tensor, got an empty list")
    if len(dtypes := dict.fromkeys(x.dtype for x in arrays)) != 1:
        raise TypeError(f"wanted one dtype, got {' and '.join(map(str, dtypes))}; use .to(dtype)")


@operation
def split(tensor, split_size_or_sections, dim=0):
    """Parts of this size along `dim`, the last one perhaps smaller; or parts of these sizes, in a list."""
    d = _dim_of(tensor, dim)
    return _parts(tensor, _sections(split_size_or_sections, tensor.shape[d]), d)


@operation
def chunk(input, chunks, dim=0):
    """So many parts along `dim`, of equal size but for the last; fewer, if the size does not suffice."""
    d = _dim_of(input, dim)
    if whole_number(chunks, "a whole number of chunks") < 1:
        raise ValueError(f"wanted one chunk or more, got {chunks}")
    size = -(-input.shape[d] // chunks)
    return _parts(input, _sections(size, input.shape[d]) if size else [0] * chunks, d)


@operation
def unbind(input, dim=0):
    """The slices along `dim`, without it: what `for x in input` goes through.

    All gradients are put together once, where `input[t]` for each t makes a whole array each time.
    """
    d = _dim_of(input, dim)
    return tuple(np.moveaxis(input, d, 0)), lambda gs: np.stack(gs, d)


def _dim_of(x, dim):
    if x.ndim == 0:
        raise ValueError("wanted one dim or more to divide, got a single number")
    return one_dim(dim, x.ndim)


def _sections(sizes, n):
    """The sizes of all parts of n, from one size or from a list that adds up to n."""
    if isinstance(sizes, (tuple, list)):
        if sum(sizes) != n or min(sizes, default=0) < 0:
            raise ValueError(f"wanted sizes that add up to {n}, got {list(sizes)}")
        return sizes
    size = whole_number(sizes, "a size, or a list of sizes")
    if size < 1 and (n or size < 0):
        raise ValueError(f"wanted a size from 1 up, got {size}")
    return [min(size, n - start) for start in range(0, n, size)] if n else [0]


def _parts(x, sizes, d):
    ends = itertools.accumulate(sizes, initial=0)
    parts = tuple(x.swapaxes(0, d)[i:j].swapaxes(0, d) for i, j in itertools.pairwise(ends))
    return parts, lambda gs: np.concatenate(gs, d)
