"""The same numbers in another shape, in another order, repeated, or with an edge around them."""

import itertools
import math

import numpy as np

from nblib._inputs import describe
from nblib.autograd.dims import at_least_1d, one_dim, several, several_dims, whole_number
from nblib.autograd.graph import operation

# Another shape ----------------------------------------------------------------------------------------------


@several
@operation(wants="a shape for as many numbers")
def reshape(input, shape):
    """The numbers, row by row, in another shape; one size may be −1, which means: what is left."""
    return input.reshape(shape), lambda g: g.reshape(input.shape)


@operation
def flatten(input, start_dim=0, end_dim=-1):
    """The dims from `start_dim` to `end_dim` as one; a single number becomes a vector."""
    start, end = one_dim(start_dim, input.ndim), one_dim(end_dim, input.ndim)
    if start > end:
        raise ValueError(f"wanted start_dim before end_dim, got {start_dim} and {end_dim}")
    shape = at_least_1d(input).shape
    shape = (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])
    return input.reshape(shape), lambda g: g.reshape(input.shape)


@operation(wants="a dim, and sizes whose product is the size of that dim")
def unflatten(input, dim, sizes):
    """One dim as several of these sizes; one of them may be −1."""
    d = one_dim(dim, input.ndim)
    return input.reshape(*input.shape[:d], *sizes, *input.shape[d + 1 :]), lambda g: g.reshape(input.shape)


@operation
def unsqueeze(input, dim):
    """A new dim of size 1."""
    return np.expand_dims(input, whole_number(dim, "a whole number as dim")), lambda g: g.reshape(input.shape)


@operation
def squeeze(input, dim=None):
    """Without its dims of size 1, or without those of them that are in `dim`."""
    dims = several_dims(dim, input.ndim)
    return input.squeeze(tuple(d for d in dims if input.shape[d] == 1)), lambda g: g.reshape(input.shape)


# Another order ----------------------------------------------------------------------------------------------


@several
@operation
def permute(input, dims):
    """The dims in another order: dim i of the result is dim dims[i] of the input."""
    order = several_dims(dims, input.ndim)
    if len(order) != input.ndim:
        raise ValueError(f"wanted each dim once, got {input.shape} and {dims}")
    return input.transpose(order), lambda g: g.transpose(np.argsort(order))


@operation
def transpose(input, dim0, dim1):
    """Two dims swapped."""
    if input.ndim == 0:
        return input, lambda g: g
    dim0, dim1 = one_dim(dim0, input.ndim), one_dim(dim1, input.ndim)
    return input.swapaxes(dim0, dim1), lambda g: g.swapaxes(dim0, dim1)


@operation(wants="as many dims to move as places")
def movedim(input, source, destination):
    """Dims moved to other places; the others keep their order."""
    return np.moveaxis(input, source, destination), lambda g: np.moveaxis(g, destination, source)


@several
@operation
def flip(input, dims):
    """The other way round along these dims."""
    dims = several_dims(dims, input.ndim)
    return np.flip(input, dims), lambda g: np.flip(g, dims)


@operation
def roll(input, shifts, dims=None):
    """Shifted along `dims`, or as one row of numbers; what leaves at the end comes in at the front."""
    if (dims is not None or isinstance(shifts, (tuple, list))) and np.shape(shifts) != np.shape(dims):
        raise ValueError(f"wanted a shift for each dim, got shifts {shifts} and dims {dims}")
    back = tuple(-s for s in shifts) if isinstance(shifts, (tuple, list)) else -shifts
    return np.roll(input, shifts, dims), lambda g: np.roll(g, back, dims)


# Repeated ---------------------------------------------------------------------------------------------------


@several
@operation(wants="sizes to which dims of size 1 can be repeated")
def expand(input, sizes):
    """Dims of size 1 repeated up to `sizes`, where −1 keeps a size; new dims come in front. Nothing is copied."""
    if len(sizes) < input.ndim:
        raise ValueError
    own = (-1,) * (len(sizes) - input.ndim) + input.shape
    return np.broadcast_to(input, [o if s == -1 else s for s, o in zip(sizes, own)]), lambda g: g


@several
@operation(wants="how often to repeat, from 0 up, at least for each dim")
def repeat(input, repeats):
    """The whole tensor, so often along each dim; new dims come in front."""
    if len(repeats) < input.ndim or min(repeats, default=0) < 0:
        raise ValueError
    shape = (1,) * (len(repeats) - input.ndim) + input.shape
    interleaved = tuple(itertools.chain(*zip(repeats, shape)))  # (r₀, n₀, r₁, n₁, …)
    return (
        np.tile(input, repeats),
        lambda g: g.reshape(interleaved).sum(tuple(range(0, len(interleaved), 2))).reshape(input.shape),
    )


@operation(wants="how often to repeat: one whole number, or one for each place along dim")
def repeat_interleave(input, repeats, dim=None):
    """Each slice along `dim` (each number of all without a dim) repeated on the spot."""
    if np.asarray(repeats).dtype.kind not in "iu" or np.min(repeats, initial=0) < 0:
        raise ValueError
    x = input.reshape(-1) if dim is None else at_least_1d(input)
    d = 0 if dim is None else one_dim(dim, input.ndim)
    places = np.repeat(np.arange(x.shape[d]), repeats)

    def vjp(g):
        out = np.zeros_like(x)
        np.add.at(np.moveaxis(out, d, 0), places, np.moveaxis(g, d, 0))
        return out.reshape(input.shape)

    return x.take(places, d), vjp, None


# With an edge, or a part set to 0 ---------------------------------------------------------------------------


@operation
def pad(input, pad, mode="constant", value=None):
    """`value` (0 unless given) around the input: pad = (left, right) of the last dim, then of the one before, …

    A negative number takes so much away.
    """
    if mode != "constant":
        raise ValueError(f'wanted mode="constant", got {describe(mode)}')
    pad = tuple(whole_number(p, "whole numbers as pad") for p in pad)
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise ValueError(f"wanted two numbers for each of at most {input.ndim} dims as pad, got {pad}")
    widths = [(0, 0)] * (input.ndim - len(pad) // 2) + list(zip(pad[-2::-2], pad[::-2]))
    dims = [(n, a, b, n + a + b) for n, (a, b) in zip(input.shape, widths)]
    if any(n < max(-a, 0) + max(-b, 0) for n, a, b, _ in dims):
        raise ValueError(f"wanted no more taken away than there is, got shape {input.shape} and pad {pad}")
    kept = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, a, b, _ in dims)
    place = tuple(slice(max(a, 0), m - max(b, 0)) for _, a, b, m in dims)
    y = np.full([m for *_, m in dims], 0 if value is None else value, input.dtype)
    y[place] = input[kept]

    def vjp(g):
        out = np.zeros_like(input)
        out[kept] = g[place]
        return out

    return y, vjp


@operation
def tril(input, diagonal=0):
    """The lower triangle of each matrix, up to `diagonal`; 0 above."""
    _check_matrices(input)
    return np.tril(input, diagonal), lambda g: np.tril(g, diagonal)


@operation
def triu(input, diagonal=0):
    """The upper triangle of each matrix, from `diagonal` on; 0 below."""
    _check_matrices(input)
    return np.triu(input, diagonal), lambda g: np.triu(g, diagonal)


def _check_matrices(x):
    if x.ndim < 2:
        raise ValueError(f"wanted matrices, of shape (…, n, m), got shape {x.shape}")
