"""A tensor's manners: all that it does without a derivative of its own.

`Array` is the base of `autograd.Tensor`: attributes, printing, conversion, changes in place, and methods that
are put together from the differentiable operations there.
"""

import contextlib
import operator
from collections import namedtuple
from types import SimpleNamespace

import numpy as np
from numpy.exceptions import AxisError

from nblib._inputs import describe

float32, float64, int64 = np.dtype("float32"), np.dtype("float64"), np.dtype("int64")
Extremes = namedtuple("Extremes", "values indices")
default = SimpleNamespace(dtype=float32)            # of floats that come without a dtype
grad_mode = SimpleNamespace(enabled=True)           # whether operations are recorded


@contextlib.contextmanager
def no_grad():
    """`with no_grad():` computes without recording."""
    before, grad_mode.enabled = grad_mode.enabled, False
    try:
        yield
    finally:
        grad_mode.enabled = before


def set_default_dtype(dtype):
    """The dtype, float32 or float64, of floats that come without one and of new parameters."""
    default.dtype = float_dtype(dtype, "set_default_dtype")


class Array:
    """What holds an `array`, with PyTorch's names for what it can do."""

    __slots__ = ()
    __array_priority__ = 1              # NumPy leaves `array * tensor` to Tensor.__rmul__

    shape = property(operator.attrgetter("array.shape"))
    dtype = property(operator.attrgetter("array.dtype"))
    ndim = property(operator.attrgetter("array.ndim"))
    T = property(lambda self: self.permute(*reversed(range(self.ndim))))

    # The gradient's side ------------------------------------------------------------------------------------

    grad = property(operator.attrgetter("_grad"))
    """The gradient that backward left here, a tensor like this one, or None."""

    @grad.setter
    def grad(self, value):
        if value is not None:
            check_tensors("grad", value)
            if value.array.shape != self.array.shape or value.array.dtype != self.array.dtype:
                raise ValueError(f"grad: wanted {self.dtype} numbers of shape {self.shape}, "
                                 f"got {value.dtype} ones of shape {value.shape}")
        self._grad = value

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
        """The array, to read or to replace by another of its shape."""
        return self.array

    @data.setter
    def data(self, value):
        array = np.asarray(plain(value), self.array.dtype)
        if array.shape != self.array.shape:
            raise ValueError(f"data: wanted numbers of shape {self.shape}, got {array.shape}")
        self.array = array

    def retain_grad(self):
        """Let backward leave a gradient here too, although this tensor was computed."""
        self._keeps_grad = True

    # Put together from operations ---------------------------------------------------------------------------

    def __getitem__(self, index):
        try:
            return self._index(plain(index))
        except IndexError as error:
            raise IndexError(f"x[i]: wanted an index within shape {self.shape}, got {describe(index)} "
                             f"({error})") from None

    def reshape(self, *shape):
        return self._reshape(size_of(shape))

    view = reshape

    def permute(self, *dims):
        return self._permute(size_of(dims))

    def float(self):
        return self.to(float32)

    def double(self):
        return self.to(float64)

    def long(self):
        return self.to(int64)

    # Numbers and arrays -------------------------------------------------------------------------------------

    def numel(self):
        return self.array.size

    def item(self):
        """The one number of this tensor, as a number of Python; also float(x), int(x) and bool(x)."""
        if self.array.size != 1:
            raise ValueError(f"wanted a tensor of a single number, got shape {self.shape}")
        return self.array.item()

    def all(self):
        return type(self)(self.array.all())

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
        return bool(self.item())

    def __int__(self):
        return int(self.item())

    def __float__(self):
        return float(self.item())

    def __format__(self, spec):
        return format(self.item(), spec) if spec and self.numel() == 1 else format(str(self), spec)

    def __repr__(self):
        numbers = np.array2string(self.array, precision=4, separator=", ", prefix="tensor(")
        dtype = "" if self.dtype in (float32, int64, bool) else f", dtype={self.dtype}"
        return f"tensor({numbers}{dtype}{', requires_grad=True' if self.requires_grad else ''})"

    # In place: a new array in the same tensor, not recorded -------------------------------------------------

    def _changed_to(self, result):
        """What `x += y` makes of x: the result of x + y if that has a history, else x with a new array."""
        if grad_mode.enabled and result._requires_grad and not (self._requires_grad and self.is_leaf):
            return result
        return self._set_array(result.array)

    def _set_array(self, array):
        if grad_mode.enabled and self._requires_grad:
            raise RuntimeError("in place: wanted a tensor without requires_grad; use `with no_grad():`")
        if array.shape != self.shape:
            raise ValueError(f"in place: wanted numbers of shape {self.shape}, got {array.shape}")
        self._refuse_fractions(array)
        self.array = array.astype(self.dtype, copy=False)
        return self

    def _refuse_fractions(self, array):
        if array.dtype.kind == "f" and self.dtype.kind != "f":      # whose fractions NumPy would cut off
            raise TypeError(f"in place: wanted {self.dtype} numbers, got {array.dtype}; use .float()")

    def __setitem__(self, index, value):
        if grad_mode.enabled and isinstance(value, Array) and value._requires_grad:
            raise RuntimeError("x[i] = value: wanted a value without requires_grad; use `where` or `cat`")
        array, value = self.array.copy(), np.asarray(plain(value))
        self._refuse_fractions(value)
        array[plain(index)] = value
        self._set_array(array)

    def zero_(self):
        return self._set_array(np.zeros_like(self.array))


def reflected(method):
    """`2 - x` from `x - 2`."""
    return lambda self, other: method(other, self)


def in_place(method):
    """`x -= 2` from `x - 2`."""
    return lambda self, other: self._changed_to(method(self, other))


# Numbers and their dtypes -----------------------------------------------------------------------------------


def plain(value):
    """The array in a tensor, also inside a tuple (an index may hold tensors); anything else as it is."""
    if isinstance(value, tuple):
        return tuple(plain(x) for x in value)
    return value.array if isinstance(value, Array) else value


def python_number(x):
    """A number of NumPy as one of Python: float32 · np.float64(2) is float64, float32 · 2.0 is float32."""
    return x.item() if isinstance(x, np.generic) else x


def new_array(data, dtype=None):
    """A new array of `data`; floats that come without a dtype take the default one."""
    try:
        out = np.array(plain(data), dtype)
        if out.dtype.kind not in "buif":
            raise TypeError
    except (TypeError, ValueError):
        raise TypeError(f"tensor: wanted numbers, in rows of equal length, got {describe(data)}") from None
    without_dtype = dtype is None and not isinstance(data, (np.ndarray, np.generic, Array))
    return out.astype(default.dtype) if without_dtype and out.dtype.kind == "f" else out


def floats(x):
    """Numbers as they are, but arrays of whole numbers and bools as floats of the default dtype."""
    return x if not isinstance(x, np.ndarray) or x.dtype.kind == "f" else x.astype(default.dtype)


def float_dtype(dtype, name):
    if dtype not in (float32, float64):
        raise TypeError(f"{name}: wanted float32 or float64, got {describe(dtype)}")
    return np.dtype(dtype)


def one_dtype(a, b):
    """Two operands, tensors or not, in the dtype in which they meet."""
    if isinstance(a, Array) and isinstance(b, Array) and a.array.dtype == b.array.dtype:
        return a, b
    if type(b) in (int, float) and _is_float(a) or type(a) in (int, float) and _is_float(b):
        return a, b                     # NumPy keeps float32 * 2.0 in float32
    if isinstance(a, np.generic) or isinstance(b, np.generic):
        return one_dtype(python_number(a), python_number(b))
    a, b = (x if isinstance(x, Array) else new_array(x) for x in (a, b))
    dtype = common_dtype(plain(a), plain(b))
    return [x.to(dtype) if isinstance(x, Array) else x.astype(dtype, copy=False) for x in (a, b)]


def _is_float(x):
    return isinstance(x, Array) and x.array.dtype.kind == "f"


def common_dtype(a, b):
    """The dtype in which two arrays meet, as in PyTorch: a float wins over a whole number and that over a
    bool, then an array over a single number, then the wider type."""
    return max(a, b, key=lambda x: ("buif".index(x.dtype.kind), x.ndim > 0, x.dtype.itemsize)).dtype


# Shapes, indices, errors ------------------------------------------------------------------------------------


def size_of(sizes):
    """`zeros(2, 3)` and `zeros((2, 3))` mean the same."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes


def is_basic(index):
    """Whether an index holds only numbers, slices, None and `...`: then it meets no element twice."""
    items = index if isinstance(index, tuple) else (index,)
    return all(item is None or item is ... or isinstance(item, (int, slice)) for item in items)


def check_tensors(name, *values):
    for value in values:
        if not isinstance(value, Array):
            raise TypeError(f"{name}: wanted a tensor, got {describe(value)}; make one with tensor(…)")


BROADCAST = "shapes that broadcast (from the right, sizes equal or 1)"
WANTED = {                              # by operation; `elementwise` adds its own
    "reshape": "a shape for as many numbers", "permute": "each dim once", "largest": "at least one number",
    "linear": "shapes (…, D), (K, D) and, for the bias, (K,)",
    "matmul": "shapes (…, n, k) and (…, k, m), … being equal or 1", "where": BROADCAST,
    "cat": "shapes that differ along dim only",
}


def in_words(error, name, inputs):
    """NumPy's refusal to compute an operation, as all errors here: what was wanted, and what came."""
    if isinstance(error, AxisError):
        dims = f"a dim from {-error.ndim} to {error.ndim - 1}" if error.ndim else "no dim of a single number"
        return IndexError(f"{name}: wanted {dims}, got {error.axis}")
    if name not in WANTED:
        return error
    came = " and ".join(str(x.shape if isinstance(x, np.ndarray) else x) for x in inputs if x is not None)
    return ValueError(f"{name}: wanted {WANTED[name]}, got {came}")
