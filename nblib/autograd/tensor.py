"""Tensors: arrays that remember how they were computed, with the operations of PyTorch.

Each operation stands as a function of arrays that returns its value and, beside it, the derivative for each
input. Names and defaults are PyTorch's.
"""

import functools
import itertools
import math
import operator
from collections import namedtuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from nblib._inputs import describe
from nblib.autograd import random
from nblib.autograd.dtypes import common_dtype, default, float32, float64, floats, int64, new_array, python_number
from nblib.autograd.graph import Node, check_tensors, grad_mode, operation, plain

BROADCAST = "shapes that broadcast (from the right, sizes equal or 1)"
Extremes = namedtuple("Extremes", "values indices")


def reflected(method):
    """`2 - x` from `x - 2`."""
    return lambda self, other: method(other, self)


def in_place(method):
    """`x -= 2` from `x - 2`."""
    return lambda self, other: self._changed_to(method(self, other))


def one_dtype(a, b):
    """Two operands, tensors or not, in the dtype in which they meet."""
    if isinstance(a, Node) and isinstance(b, Node) and a.array.dtype == b.array.dtype:
        return a, b
    if type(b) in (int, float) and _is_float(a) or type(a) in (int, float) and _is_float(b):
        return a, b                     # NumPy keeps float32 * 2.0 in float32
    if isinstance(a, np.generic) or isinstance(b, np.generic):
        return one_dtype(python_number(a), python_number(b))
    a, b = (x if isinstance(x, Node) else new_array(x) for x in (a, b))
    dtype = common_dtype(plain(a), plain(b))
    return [x.to(dtype) if isinstance(x, Node) else x.astype(dtype, copy=False) for x in (a, b)]


def _is_float(x):
    return isinstance(x, Node) and x.array.dtype.kind == "f"


def size_of(sizes):
    """`zeros(2, 3)` and `zeros((2, 3))` mean the same."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes


def is_basic(index):
    """Whether an index holds only numbers, slices, None and `...`: then it meets no element twice."""
    items = index if isinstance(index, tuple) else (index,)
    return all(item is None or item is ... or isinstance(item, (int, slice)) for item in items)


def elementwise(function):
    """An operation on two tensors, arrays or numbers, which meet in one dtype and broadcast."""
    run_operation = operation(function, wants=BROADCAST)

    @functools.wraps(function)
    def run(a, b):
        return run_operation(*one_dtype(a, b))
    return run


def _comparison(ufunc):
    def compare(a, b):
        return (ufunc(a, b),)
    compare.__name__ = ufunc.__name__
    run = elementwise(compare)

    def method(self, other):            # with None or a word as Python does it: == is False, < an error
        return NotImplemented if other is None or isinstance(other, str) else run(self, other)
    return method


def _spread(g, shape, dim, keepdim):
    """The gradient of a sum over `dim`: each number of the input gets what its sum got."""
    return np.full(shape, g if keepdim or dim is None else np.expand_dims(g, dim))


class Tensor(Node):
    """An array with the operations of PyTorch. Make tensors with `tensor`, `zeros`, `randn`, …"""

    __slots__ = ()
    def __init__(self, data, requires_grad=False):
        super().__init__(np.asarray(data))
        if requires_grad:
            self.requires_grad = True                       # which refuses whole numbers

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
        return Tensor(self.array.all())

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
        if grad_mode.enabled and isinstance(value, Tensor) and value._requires_grad:
            raise RuntimeError("x[i] = value: wanted a value without requires_grad; use `where` or `cat`")
        array, value = self.array.copy(), np.asarray(plain(value))
        self._refuse_fractions(value)
        array[plain(index)] = value
        self._set_array(array)

    def zero_(self):
        return self._set_array(np.zeros_like(self.array))

    # On each element of two: the value, then the vjp for each -----------------------------------------------

    @elementwise
    def __add__(a, b):
        return a + b, lambda g: g, lambda g: g

    @elementwise
    def __sub__(a, b):
        return a - b, lambda g: g, lambda g: -g

    @elementwise
    def __mul__(a, b):
        return a * b, lambda g: g * b, lambda g: g * a

    @elementwise
    def __truediv__(a, b):
        a, b = floats(a), floats(b)
        y = a / b
        return y, lambda g: g / b, lambda g: -g * y / b

    @elementwise
    def __pow__(a, b):
        if isinstance(b, np.ndarray) and b.dtype.kind == "i" and (b < 0).any():
            raise TypeError(f"pow: wanted floats for a negative power, got {b.dtype}; use .float()")
        y = a ** b

        def of_base(g):                 # b aᵇ⁻¹; where b is 0, the power stays 0, since 0 · 0⁻¹ would be NaN
            return g * b * a ** (b - (b != 0))

        def of_power(g):                # aᵇ log a; a base of 0 counts as 1, so that 0ᵇ gives 0 and not NaN
            return g * y * np.log(np.where((a == 0) & (b >= 0), 1, a), dtype=y.dtype)
        return y, of_base, of_power

    @elementwise
    def maximum(a, b):                  # the larger one gets g, equal ones half each
        return (np.maximum(a, b), lambda g: np.where(a == b, g / 2, np.where(a < b, 0, g)),
                lambda g: np.where(a == b, g / 2, np.where(b < a, 0, g)))

    # On each element of one ---------------------------------------------------------------------------------

    @operation
    def __neg__(x):
        return -x, lambda g: -g

    @operation
    def clone(x):
        return x.copy(), lambda g: g

    @operation
    def abs(x):
        return np.abs(x), lambda g: np.where(x > 0, g, np.where(x < 0, -g, 0))

    @operation
    def exp(x):
        y = np.exp(floats(x))
        return y, lambda g: g * y

    @operation
    def log(x):
        return np.log(floats(x)), lambda g: g / x

    @operation
    def sqrt(x):
        y = np.sqrt(floats(x))
        return y, lambda g: g / (2 * y)

    @operation
    def tanh(x):
        y = np.tanh(floats(x))
        return y, lambda g: g * (1 - y * y)

    @operation
    def sigmoid(x):                     # 1 / (1 + e⁻ˣ), written with e^−|x|, which cannot overflow
        x = floats(x)
        e = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, e) / (1 + e)
        return y, lambda g: g * y * (1 - y)

    @operation
    def relu(x):
        y = np.maximum(x, 0)
        return y, lambda g: g * (y != 0)            # and not x > 0, which would hide a NaN on the way back

    @operation
    def clamp(x, min=None, max=None):
        y = np.clip(x, min, max)        # with min above max, all become max, and none had a say in it
        return y, lambda g: g * ((x == y) & (min is None or max is None or min <= max))

    @operation
    def to(x, dtype):
        y = x.astype(dtype, copy=False)
        return (y, lambda g: g.astype(x.dtype, copy=False)) if y.dtype.kind == "f" else (y,)

    # Products and sums --------------------------------------------------------------------------------------

    @operation(wants="shapes (…, n, k) and (…, k, m), … being equal or 1")
    def _matmul(a, b):
        return a @ b, lambda g: g @ b.swapaxes(-1, -2), lambda g: a.swapaxes(-1, -2) @ g

    def __matmul__(self, other):
        """(…, n, k) @ (…, k, m) -> (…, n, m); a vector is one row on the left, one column on the right."""
        a, b = (x if isinstance(x, Tensor) else tensor(x) for x in (self, other))
        if min(a.ndim, b.ndim) == 0 or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
            raise ValueError(f"matmul: wanted shapes (…, n, k) and (…, k, m), got {a.shape} and {b.shape}")
        if a.dtype != b.dtype:
            raise TypeError(f"matmul: wanted one dtype, got {a.dtype} and {b.dtype}; use .to(dtype)")
        if b.ndim == 1:                 # as a column: (…, n, k) @ (k, 1) is (…, n, 1)
            return (a @ b[:, None]).squeeze(-1)
        if a.ndim == 1:                 # as a row: (1, k) @ (…, k, m) is (…, 1, m)
            return (a[None] @ b).squeeze(-2)
        return a._matmul(b)

    @operation
    def sum(x, dim=None, keepdim=False):
        return x.sum(dim, keepdims=keepdim), lambda g: _spread(g, x.shape, dim, keepdim)

    @operation
    def mean(x, dim=None, keepdim=False):
        if x.dtype.kind != "f":
            raise TypeError(f"mean: wanted floating-point numbers, got {x.dtype}; use .float().mean()")
        if x.size == 0:
            raise ValueError(f"mean: wanted at least one number, got shape {x.shape}")
        total = x.sum(dim, keepdims=keepdim)
        scale = total.size / x.size     # 1 / how many numbers go into each mean
        return total * scale, lambda g: _spread(g * scale, x.shape, dim, keepdim)

    @operation
    def norm(x):                        # √Σx²; at 0, the gradient is 0
        y = np.sqrt((x * x).sum())
        return y, lambda g: g * x / (y or 1)

    # Extremes: of all numbers, or with the place of each along a dim ----------------------------------------

    def max(self, dim=None, keepdim=False):
        """The largest number; with `dim`, (values, indices) along it."""
        return self._largest() if dim is None else self._at(self.argmax(dim, True), dim, keepdim)

    def min(self, dim=None, keepdim=False):
        """The smallest number; with `dim`, (values, indices) along it."""
        return -(-self)._largest() if dim is None else self._at(self.argmin(dim, True), dim, keepdim)

    def _at(self, indices, dim, keepdim):
        values = self._take(indices, dim)
        return Extremes(values, indices) if keepdim else Extremes(values.squeeze(dim), indices.squeeze(dim))

    @operation(wants="at least one number")
    def _largest(x):                    # equal ones share the gradient
        y = x.max()
        hits = (x == y) | (x != x)      # if one is NaN, then so is y, and the NaNs share
        return y, lambda g: g * hits / int(hits.sum())

    @operation
    def _take(x, indices, dim):
        def vjp(g):
            out = np.zeros_like(x)
            np.put_along_axis(out, indices, g, dim)
            return out
        return np.take_along_axis(x, indices, dim), vjp

    @operation
    def argmax(x, dim=None, keepdim=False):
        return (x.argmax(dim, keepdims=keepdim),)

    @operation
    def argmin(x, dim=None, keepdim=False):
        return (x.argmin(dim, keepdims=keepdim),)

    # Shapes and indices -------------------------------------------------------------------------------------

    @operation(wants="a shape for as many numbers")
    def _reshape(x, shape):
        return x.reshape(shape), lambda g: g.reshape(x.shape)

    @operation
    def unsqueeze(x, dim):
        return np.expand_dims(x, dim), lambda g: g.reshape(x.shape)

    @operation
    def squeeze(x, dim=None):           # a dim of another size than 1 stays
        one = dim is None or x.shape[normalize_axis_index(dim, x.ndim)] == 1
        return x.squeeze(dim) if one else x, lambda g: g.reshape(x.shape)

    @operation
    def flatten(x, start_dim=0):
        start = normalize_axis_index(start_dim, max(x.ndim, 1))
        return x.reshape(*x.shape[:start], math.prod(x.shape[start:])), lambda g: g.reshape(x.shape)

    @operation(wants="each dim once")
    def _permute(x, dims):
        dims = normalize_axis_tuple(dims, x.ndim)   # -1 becomes the number of the last: argsort needs that
        return x.transpose(dims), lambda g: g.transpose(np.argsort(dims))

    @operation
    def transpose(x, dim0, dim1):
        return x.swapaxes(dim0, dim1), lambda g: g.swapaxes(dim0, dim1)

    @operation
    def _index(x, index):
        def vjp(g):
            out = np.zeros_like(x)
            if is_basic(index):
                out[index] = g
            else:
                np.add.at(out, index, g)            # out[index] += g would add once what occurs twice
            return out
        return x[index], vjp

    # Other forms of the operators ---------------------------------------------------------------------------

    __radd__ = reflected(__add__)
    __rsub__ = reflected(__sub__)
    __rmul__ = reflected(__mul__)
    __rtruediv__ = reflected(__truediv__)
    __rpow__ = reflected(__pow__)
    __rmatmul__ = reflected(__matmul__)

    __iadd__ = in_place(__add__)
    __isub__ = in_place(__sub__)
    __imul__ = in_place(__mul__)
    __itruediv__ = in_place(__truediv__)

    __eq__ = _comparison(np.equal)
    __ne__ = _comparison(np.not_equal)
    __lt__ = _comparison(np.less)
    __le__ = _comparison(np.less_equal)
    __gt__ = _comparison(np.greater)
    __ge__ = _comparison(np.greater_equal)
    __hash__ = object.__hash__          # by identity, although == compares numbers


Node.result_class = Tensor              # what operations return

exp = Tensor.exp
log = Tensor.log
sqrt = Tensor.sqrt
tanh = Tensor.tanh
sigmoid = Tensor.sigmoid
relu = Tensor.relu
maximum = Tensor.maximum


@operation(wants=BROADCAST)
def _where(condition, a, b):            # None: a condition has no gradient
    return (np.where(condition, a, b), None, lambda g: np.where(condition, g, 0),
            lambda g: np.where(condition, 0, g))


def where(condition, a, b):
    """Elements of `a` where `condition`, a bool tensor, is true, and of `b` elsewhere."""
    if getattr(condition, "dtype", None) != bool:
        raise TypeError(f"where: wanted a condition of True and False, got {describe(condition)}")
    return _where(condition, *one_dtype(a, b))


@operation(wants="shapes that differ along dim only")
def _cat(*arrays, dim):
    whole = np.concatenate(arrays, dim)
    ends = np.cumsum([0, *(x.shape[dim] for x in arrays)])
    vjps = [lambda g, i=i, j=j: g.swapaxes(0, dim)[i:j].swapaxes(0, dim)    # i=i: its own i, not the last one
            for i, j in itertools.pairwise(ends)]
    return whole, *vjps


def cat(tensors, dim=0):
    """Tensors one after the other along `dim`."""
    check_tensors("cat", *tensors)
    if len({x.dtype for x in tensors}) != 1:
        raise TypeError(f"cat: wanted one dtype, got {', '.join(str(x.dtype) for x in tensors) or 'nothing'}")
    return _cat(*tensors, dim=dim)


def stack(tensors, dim=0):
    """Tensors of one shape along a new `dim`."""
    check_tensors("stack", *tensors)
    if len(shapes := {x.shape for x in tensors}) != 1:
        raise ValueError(f"stack: wanted one shape, got {' and '.join(map(str, shapes)) or 'nothing'}")
    return cat([x.unsqueeze(dim) for x in tensors], dim)


# Making tensors ---------------------------------------------------------------------------------------------


def tensor(data, dtype=None, requires_grad=False):
    """A leaf with a copy of `data`; lists of floats take the default dtype, arrays keep theirs."""
    return Tensor(new_array(plain(data), dtype), requires_grad)


def _maker(make):
    def maker(*size, dtype=None, requires_grad=False):
        return Tensor(make(size_of(size)).astype(dtype or default.dtype, copy=False), requires_grad)
    return maker


zeros = _maker(np.zeros)
ones = _maker(np.ones)
rand = _maker(lambda size: random.state.rng.random(size))
randn = _maker(lambda size: random.state.rng.standard_normal(size))


def randperm(n):
    return Tensor(random.state.rng.permutation(n))


def arange(*start_end_step):
    return tensor(np.arange(*start_end_step).tolist())
