"""A tensor's manners: all that it does without a derivative of its own.

`Array` is the base of `autograd.Tensor`: attributes, printing, conversion, changes in place, and methods that
are put together from the differentiable operations there.
"""

import contextlib
import math
from collections import namedtuple
from types import SimpleNamespace

import numpy as np

from nblib._inputs import describe

float32, float64, int64 = np.dtype("float32"), np.dtype("float64"), np.dtype("int64")
Extremes = namedtuple("Extremes", "values indices")
mode = SimpleNamespace(recording=True)


@contextlib.contextmanager
def no_grad():
    """`with no_grad():` computes without recording."""
    before, mode.recording = mode.recording, False
    try:
        yield
    finally:
        mode.recording = before


class Array:
    """What holds an `array`, with PyTorch's names for what it can do."""

    __slots__ = ()
    __array_priority__ = 1              # NumPy leaves `array * tensor` to Tensor.__rmul__

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)
    ndim = property(lambda self: self.array.ndim)
    T = property(lambda self: self.permute(*reversed(range(self.ndim))))

    # The gradient's side ------------------------------------------------------------------------------------

    @property
    def is_leaf(self):
        return self._edges == ()

    @property
    def requires_grad(self):
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted):
        if wanted and self.dtype.kind != "f":
            raise TypeError(f"requires_grad: wanted floating-point numbers (1.0, not 1), got {self.dtype}")
        if not (wanted or self.is_leaf):
            raise RuntimeError("requires_grad: wanted a leaf, got a computed tensor; use .detach()")
        self._requires_grad = bool(wanted)

    def requires_grad_(self, requires_grad=True):
        self.requires_grad = requires_grad
        return self

    @property
    def data(self):
        """The array, to read or to replace."""
        return self.array

    @data.setter
    def data(self, value):
        self.array = np.asarray(plain(value), self.dtype)

    def retain_grad(self):
        """Let backward leave a gradient here too, although this tensor was computed."""
        self._keeps_grad = True

    # Put together from operations ---------------------------------------------------------------------------

    def __getitem__(self, index):
        return self._index(plain(index))

    def reshape(self, *shape):
        return self._reshape(size_of(shape))

    view = reshape

    def permute(self, *dims):
        return self._permute(size_of(dims))

    def unsqueeze(self, dim):
        return self.reshape(np.expand_dims(self.array, dim).shape)

    def squeeze(self, dim=None):
        return self.reshape(self.array.squeeze(dim).shape)

    def flatten(self, start_dim=0):
        return self.reshape(*self.shape[:start_dim], math.prod(self.shape[start_dim:]))

    def max(self, dim=None, keepdim=False):
        """The largest number; with `dim`, (values, indices) along it."""
        return self._largest() if dim is None else self._at(self.argmax(dim, True), dim, keepdim)

    def min(self, dim=None, keepdim=False):
        """The smallest number; with `dim`, (values, indices) along it."""
        return -(-self)._largest() if dim is None else self._at(self.argmin(dim, True), dim, keepdim)

    def _at(self, indices, dim, keepdim):
        values = self._take(indices, dim)
        return Extremes(values, indices) if keepdim else Extremes(values.squeeze(dim), indices.squeeze(dim))

    def float(self):
        return self.to(float32)

    def double(self):
        return self.to(float64)

    def long(self):
        return self.to(int64)

    def clone(self):
        return self + 0

    # Numbers and arrays -------------------------------------------------------------------------------------

    def numel(self):
        return self.array.size

    def item(self):
        return self.array.item()

    def tolist(self):
        return self.array.tolist()

    def numpy(self):
        """The array itself, not a copy."""
        if self.requires_grad:
            raise RuntimeError("numpy: wanted a tensor without requires_grad; use .detach().numpy()")
        return self.array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numpy(), dtype, copy=copy)

    def __len__(self):
        return len(self.array)

    def __bool__(self):
        return bool(self.array)

    def __int__(self):
        return int(self.array)

    def __float__(self):
        return float(self.array)

    def __format__(self, spec):
        return format(self.item(), spec) if spec and self.numel() == 1 else format(str(self), spec)

    def __repr__(self):
        numbers = np.array2string(self.array, precision=4, separator=", ", prefix="tensor(")
        dtype = "" if self.dtype in (float32, int64, bool) else f", dtype={self.dtype}"
        return f"tensor({numbers}{dtype}{', requires_grad=True' if self.requires_grad else ''})"

    # In place: a new array in the same tensor, not recorded -------------------------------------------------

    def _become(self, new):
        """What `x += y` makes of x: itself with a new array, or a new result if that has a history."""
        if mode.recording and new._requires_grad and not (self._requires_grad and self.is_leaf):
            return new
        return self._replace(new.array)

    def _replace(self, data):
        if mode.recording and self._requires_grad:
            raise RuntimeError("in place: wanted a tensor without requires_grad; use `with no_grad():`")
        if data.shape != self.shape:
            raise ValueError(f"in place: wanted numbers of shape {self.shape}, got {data.shape}")
        self.array = data.astype(self.dtype, copy=False)
        return self

    def __setitem__(self, index, value):
        if mode.recording and isinstance(value, Array) and value._requires_grad:
            raise RuntimeError("x[i] = value: wanted a value without requires_grad; use `where` or `cat`")
        data = self.array.copy()
        data[plain(index)] = plain(value)
        self._replace(data)

    def zero_(self):
        return self._replace(np.zeros_like(self.array))


def plain(value):
    """The array in a tensor, also inside a tuple (an index may hold tensors); anything else as it is."""
    if isinstance(value, tuple):
        return tuple(plain(x) for x in value)
    return value.array if isinstance(value, Array) else value


def is_basic(index):
    """Whether an index holds only numbers, slices, None and `...`: then it meets no element twice."""
    items = index if isinstance(index, tuple) else (index,)
    return all(item is None or item is ... or isinstance(item, (int, slice)) for item in items)


def size_of(sizes):
    """`zeros(2, 3)` and `zeros((2, 3))` mean the same."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes


def numbers(data, dtype, default):
    """A new array of `data`; floats that come without a dtype take the default one."""
    try:
        out = np.array(plain(data), dtype)
        if out.dtype.kind not in "buif":
            raise TypeError
    except (TypeError, ValueError):
        raise TypeError(f"tensor: wanted numbers, in rows of equal length, got {describe(data)}") from None
    without_dtype = dtype is None and not isinstance(data, (np.ndarray, np.generic, Array))
    return out.astype(default) if without_dtype and out.dtype.kind == "f" else out


def common_dtype(a, b):
    """The dtype in which two arrays meet, as in PyTorch: a float wins over a whole number and that over a
    bool, then an array over a single number, then the wider type."""
    return max(a, b, key=lambda x: ("buif".index(x.dtype.kind), x.ndim > 0, x.dtype.itemsize)).dtype


def reflected(method):
    """`2 - x` from `x - 2`."""
    return lambda self, other: method(other, self)


def in_place(method):
    """`x -= 2` from `x - 2`."""
    return lambda self, other: self._become(method(self, other))
