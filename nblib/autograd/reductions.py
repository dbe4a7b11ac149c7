"""Operations that make fewer numbers of many, along one dim, several (a tuple) or all (None)."""

import builtins
import math
from collections import namedtuple

import numpy as np

from nblib._inputs import describe
from nblib.autograd.dims import at_least_1d, one_dim, reduced_dims, several_dims
from nblib.autograd.dtypes import floats
from nblib.autograd.graph import operation
from nblib.autograd.pointwise import BROADCAST, maximum, minimum

Extremes = namedtuple("Extremes", "values indices")
Extremes.__doc__ = "The values, and where each of them stands along the dim."


def _with_dims(g, dims, keepdim):
    """A gradient with the dims again along which its input was reduced; a single number needs none."""
    return g if keepdim or g.ndim == 0 else np.expand_dims(g, dims)


def _spread(g, shape, dims, keepdim):
    """The gradient of a sum over `dims`: each number of the input gets what its sum got."""
    return np.full(shape, _with_dims(g, dims, keepdim))


# Sums and means ---------------------------------------------------------------------------------------------


@operation
def sum(input, dim=None, keepdim=False):
    """Σ x"""
    dims = reduced_dims(dim, input.ndim)
    return input.sum(dims, keepdims=keepdim), lambda g: _spread(g, input.shape, dims, keepdim)


@operation
def mean(input, dim=None, keepdim=False):
    """Σ x / n; raises TypeError for whole numbers, ValueError for none at all."""
    dims = reduced_dims(dim, input.ndim)
    _check_floats(input, ".mean()")
    _check_some(input, dims)
    total = input.sum(dims, keepdims=keepdim)
    scale = total.size / input.size  # 1 / how many numbers go into each mean
    return total * scale, lambda g: _spread(g * scale, input.shape, dims, keepdim)


@operation
def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The variance Σ (x − x̄)² / (n − correction); the correction is 1, or 0 with unbiased=False.

    Its derivative is 2 (x − x̄) / (n − correction). Raises ValueError where n is not above the correction.
    """
    y, deviation, scale, dims = _variance(input, dim, unbiased, keepdim, correction)
    return y, lambda g: _with_dims(g, dims, keepdim) * (2 * scale) * deviation


@operation
def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The standard deviation, the root of `var`; where it is 0, its derivative counts as 0."""
    y, deviation, scale, dims = _variance(input, dim, unbiased, keepdim, correction)
    y = np.sqrt(y)
    return y, lambda g: _with_dims(g * scale / np.where(y == 0, np.inf, y), dims, keepdim) * deviation


def _variance(x, dim, unbiased, keepdim, correction):
    dims = reduced_dims(dim, x.ndim)
    if not isinstance(unbiased, bool):
        raise TypeError(f"wanted unbiased=True or False, got {describe(unbiased)}")
    _check_floats(x, ".var()")
    n = math.prod(x.shape[d] for d in dims)
    correction = int(unbiased) if correction is None else correction
    if n <= correction:
        raise ValueError(f"wanted more than {correction} numbers for each variance, got shape {x.shape}")
    deviation = x - x.mean(dims, keepdims=True)
    scale = 1 / (n - correction)
    return (deviation * deviation).sum(dims, keepdims=keepdim) * scale, deviation, scale, dims


@operation
def norm(input, p=2, dim=None, keepdim=False):
    """(Σ |x|ᵖ)^(1/p): for p = 2 the length √Σx², for p = ∞ the largest |x|. At 0 the derivative is 0."""
    dims = reduced_dims(dim, input.ndim)
    p = 2 if p == "fro" else p
    if not isinstance(p, (int, float)) or not p > 0:
        raise ValueError(f"wanted a number above 0 as p, got {describe(p)}")
    _check_floats(input, ".norm()")
    sizes = np.abs(input)
    if p == math.inf:
        y, vjp = _shared(sizes, sizes.max(dims, keepdims=True), dims, keepdim)
        return y, lambda g: vjp(g) * np.sign(input)
    y = (sizes**p).sum(dims, keepdims=True) ** (1 / p)

    def vjp(g):  # x |x|ᵖ⁻² / yᵖ⁻¹
        slope = np.sign(input) * (sizes / np.where(y == 0, 1, y)) ** (p - 1)
        return _with_dims(g, dims, keepdim) * slope

    return y if keepdim else y.squeeze(dims), vjp


@operation
def logsumexp(input, dim, keepdim=False):
    """log Σ eˣ, with the largest x subtracted first, so that nothing overflows; its derivative is softmax."""
    x, dims = floats(input), reduced_dims(dim, input.ndim)
    largest = x.max(dims, keepdims=True, initial=-np.inf)
    largest = np.where(np.isinf(largest), 0, largest)
    e = np.exp(x - largest)
    with np.errstate(divide="ignore"):  # log 0 is −∞
        y = np.log(e.sum(dims, keepdims=True)) + largest

    def vjp(g):
        with np.errstate(invalid="ignore"):  # NaN where all x are −∞, as in PyTorch
            return _with_dims(g, dims, keepdim) * np.exp(x - y)

    return y if keepdim else y.squeeze(dims), vjp


@operation
def cumsum(input, dim):
    """Σ of all numbers up to here, along `dim`; its gradient is the sum of g from here on."""
    d, shape, x = one_dim(dim, input.ndim), input.shape, at_least_1d(input)
    y = x.cumsum(d).reshape(shape)
    return y, lambda g: np.flip(np.flip(at_least_1d(g), d).cumsum(d), d).reshape(shape)


@operation
def prod(input, dim=None, keepdim=False):
    """Π x; the derivative for each number is the product of the others, which no division by 0 can spoil."""
    d = None if dim is None else one_dim(dim, input.ndim)
    y = input.prod(None if input.ndim == 0 else d, keepdims=keepdim and d is not None)

    def vjp(g):
        rows = input.reshape(1, -1) if d is None or input.ndim == 0 else np.moveaxis(input, d, -1)
        others = _before(rows) * np.flip(_before(np.flip(rows, -1)), -1)
        if d is None or input.ndim == 0:
            return g * others.reshape(input.shape)
        return _with_dims(g, d, keepdim) * np.moveaxis(others, -1, d)

    return y, vjp


def _before(rows):
    """The product of all numbers before each, along the last axis."""
    ones = np.ones_like(rows[..., :1])
    return np.concatenate([ones, rows[..., :-1]], -1).cumprod(-1)


# Extremes ---------------------------------------------------------------------------------------------------


@operation
def amax(input, dim=None, keepdim=False):
    """The largest numbers; equal ones share the gradient."""
    dims = reduced_dims(dim, input.ndim)
    _check_some(input, dims)
    return _shared(input, input.max(dims, keepdims=True), dims, keepdim)


@operation
def amin(input, dim=None, keepdim=False):
    """The smallest numbers; equal ones share the gradient."""
    dims = reduced_dims(dim, input.ndim)
    _check_some(input, dims)
    return _shared(input, input.min(dims, keepdims=True), dims, keepdim)


def _shared(x, y, dims, keepdim):
    def vjp(g):
        hits = (x == y) | (x != x)  # if one is NaN, then so is y, and the NaNs share
        return _with_dims(g, dims, keepdim) * hits / hits.sum(dims, keepdims=True).astype(x.dtype)

    return y if keepdim else y.squeeze(dims), vjp


@operation(wants=BROADCAST)
def max(input, dim=None, keepdim=False):
    """The largest number, whose gradient equal ones share; with `dim`, (values, indices) along it, the first of
    equal ones; with a second tensor in the place of `dim`, the larger of each two, as `maximum`."""
    if isinstance(dim, np.ndarray):
        return maximum.__wrapped__(input, dim)
    return amax.__wrapped__(input) if dim is None else _at(input, np.argmax, dim, keepdim)


@operation(wants=BROADCAST)
def min(input, dim=None, keepdim=False):
    """The smallest number, whose gradient equal ones share; with `dim`, (values, indices) along it, the first of
    equal ones; with a second tensor in the place of `dim`, the smaller of each two, as `minimum`."""
    if isinstance(dim, np.ndarray):
        return minimum.__wrapped__(input, dim)
    return amin.__wrapped__(input) if dim is None else _at(input, np.argmin, dim, keepdim)


def _at(input, place_of, dim, keepdim):
    d, x = one_dim(dim, input.ndim), at_least_1d(input)
    _check_some(x, (d,))
    indices = place_of(x, d, keepdims=True)

    def vjp(gs):
        out = np.zeros_like(x)
        np.put_along_axis(out, indices, _with_dims(gs[0], d, keepdim and input.ndim), d)
        return out.reshape(input.shape)

    shape = indices.shape if keepdim and input.ndim else indices.squeeze(d).shape
    return Extremes(np.take_along_axis(x, indices, d).reshape(shape), indices.reshape(shape)), vjp


@operation
def argmax(input, dim=None, keepdim=False):
    """Where the largest number stands along `dim`, or among all, counted row by row."""
    return (_place(np.argmax, input, dim, keepdim),)


@operation
def argmin(input, dim=None, keepdim=False):
    """Where the smallest number stands along `dim`, or among all, counted row by row."""
    return (_place(np.argmin, input, dim, keepdim),)


def _place(place_of, x, dim, keepdim):
    d = None if dim is None else one_dim(dim, x.ndim)
    _check_some(x, reduced_dims(dim, x.ndim))
    return place_of(x, d if x.ndim else None, keepdims=keepdim)


# True or False ----------------------------------------------------------------------------------------------


@operation
def any(input, dim=None, keepdim=False):
    """Whether one or more are true (or not 0)."""
    return (input.any(several_dims(dim, input.ndim), keepdims=keepdim),)


@operation
def all(input, dim=None, keepdim=False):
    """Whether all are true (or not 0)."""
    return (input.all(several_dims(dim, input.ndim), keepdims=keepdim),)


def equal(input, other):
    """Whether two tensors have one shape and equal numbers, as True or False."""
    return input.shape == other.shape and bool((input.array == other.array).all())


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |a − b| ≤ atol + rtol |b| everywhere, as True or False."""
    return bool(np.allclose(input.array, other.array, rtol, atol, equal_nan))


# What some of them need -------------------------------------------------------------------------------------


def _check_floats(x, method):
    if x.dtype.kind != "f":
        raise TypeError(f"wanted floating-point numbers, got {x.dtype}; use .float(){method}")


def _check_some(x, dims):
    if x.size == 0 and builtins.any(x.shape[d] == 0 for d in dims):
        raise ValueError(f"wanted at least one number, got shape {x.shape}")
