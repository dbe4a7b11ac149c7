"""Tensors: arrays that remember how they were computed, with the operations of PyTorch under its names.

What an operation does stands in `pointwise`, `products`, `reductions`, `sorting`, `shapes`, `joining` and
`indexing`, each beside its derivative; here they become methods and operators.
"""

import operator

import numpy as np

from nblib.autograd import indexing, joining, pointwise, products, reductions, shapes, sorting
from nblib.autograd.dtypes import float32, float64, int64
from nblib.autograd.graph import Node, check_tensors, grad_mode, plain


def reflected(method):
    """`2 - x` from `x - 2`."""
    return lambda self, other: method(other, self)


def in_place(method):
    """`x -= 2` from `x - 2`."""
    return lambda self, other: self._changed_to(method(self, other))


def compared(method):
    """`x == y`; with None or a word as Python does it: == is False, < an error."""
    return lambda self, other: NotImplemented if other is None or isinstance(other, str) else method(self, other)


class Tensor(Node):
    """An array with the operations of PyTorch. Make tensors with `tensor`, `zeros`, `randn`, …"""

    __slots__ = ()

    def __init__(self, data, requires_grad=False):
        super().__init__(np.asarray(data))
        if requires_grad:
            self.requires_grad = True  # which refuses whole numbers

    __array_priority__ = 1  # NumPy leaves `array * tensor` to Tensor.__rmul__

    shape = property(operator.attrgetter("array.shape"), doc="The sizes of all dims, a tuple.")
    dtype = property(operator.attrgetter("array.dtype"), doc="The type of the numbers.")
    ndim = property(operator.attrgetter("array.ndim"), doc="The number of dims.")
    T = property(lambda self: self.permute(*reversed(range(self.ndim))), doc="All dims in reverse order.")
    mT = property(lambda self: self.transpose(-2, -1), doc="Each matrix transposed.")

    # The gradient's side ------------------------------------------------------------------------------------

    grad = property(operator.attrgetter("_grad"))
    """The gradient that backward left here, a tensor like this one, or None."""

    @grad.setter
    def grad(self, value):
        if value is not None:
            check_tensors("grad", value)
            if value.array.shape != self.array.shape or value.array.dtype != self.array.dtype:
                raise ValueError(
                    f"grad: wanted {self.dtype} numbers of shape {self.shape}, "
                    f"got {value.dtype} ones of shape {value.shape}"
                )
        self._grad = value

    @property
    def is_leaf(self):
        """Whether it was made by hand, not computed from tensors with a gradient."""
        return self._edges == ()

    @property
    def requires_grad(self):
        """Whether operations with it are recorded, so that backward finds its gradient."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted):
        if wanted and self.dtype.kind != "f":
            raise TypeError(f"requires_grad: wanted floating-point numbers (1.0, not 1), got {self.dtype}")
        if not (wanted or self.is_leaf):
            raise RuntimeError("requires_grad: wanted a leaf, got a computed tensor; use .detach()")
        self._requires_grad = bool(wanted)

    def requires_grad_(self, requires_grad=True):
        """Set `requires_grad`; the tensor itself comes back."""
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

    # Operations: on each element ----------------------------------------------------------------------------

    add, sub, mul, div, pow = pointwise.add, pointwise.sub, pointwise.mul, pointwise.div, pointwise.pow
    maximum, minimum, clamp = pointwise.maximum, pointwise.minimum, pointwise.clamp
    masked_fill = pointwise.masked_fill
    neg, abs, clone, to = pointwise.neg, pointwise.abs, pointwise.clone, pointwise.to
    remainder, floor_divide = pointwise.remainder, pointwise.floor_divide
    exp, expm1, log, log1p, log2 = pointwise.exp, pointwise.expm1, pointwise.log, pointwise.log1p, pointwise.log2
    sqrt, rsqrt, reciprocal, square = pointwise.sqrt, pointwise.rsqrt, pointwise.reciprocal, pointwise.square
    sin, cos = pointwise.sin, pointwise.cos
    tanh, sigmoid, relu = pointwise.tanh, pointwise.sigmoid, pointwise.relu
    sign, floor, ceil, round = pointwise.sign, pointwise.floor, pointwise.ceil, pointwise.round
    eq, ne, lt, le, gt, ge = pointwise.eq, pointwise.ne, pointwise.lt, pointwise.le, pointwise.gt, pointwise.ge
    isnan, isinf, isfinite = pointwise.isnan, pointwise.isinf, pointwise.isfinite

    def where(self, condition, other):
        """This tensor's elements where `condition` is true, and those of `other` elsewhere."""
        return pointwise.where(condition, self, other)

    def float(self):
        """In float32."""
        return self.to(float32)

    def double(self):
        """In float64."""
        return self.to(float64)

    def long(self):
        """In int64; fractions are cut off."""
        return self.to(int64)

    def bool(self):
        """Whether each number is not 0."""
        return self.to(np.bool_)

    # Products, sums, extremes, order ------------------------------------------------------------------------

    matmul, outer = products.matmul, products.outer
    sum, mean, var, std = reductions.sum, reductions.mean, reductions.var, reductions.std
    prod, cumsum, norm, logsumexp = reductions.prod, reductions.cumsum, reductions.norm, reductions.logsumexp
    max, min, amax, amin = reductions.max, reductions.min, reductions.amax, reductions.amin
    argmax, argmin, any, all = reductions.argmax, reductions.argmin, reductions.any, reductions.all
    equal, allclose = reductions.equal, reductions.allclose
    sort, argsort, topk = sorting.sort, sorting.argsort, sorting.topk

    # Shapes and indices -------------------------------------------------------------------------------------

    reshape, view = shapes.reshape, shapes.reshape
    flatten, unflatten, unsqueeze, squeeze = shapes.flatten, shapes.unflatten, shapes.unsqueeze, shapes.squeeze
    permute, transpose, movedim = shapes.permute, shapes.transpose, shapes.movedim
    flip, roll, tril, triu = shapes.flip, shapes.roll, shapes.tril, shapes.triu
    expand, repeat, repeat_interleave = shapes.expand, shapes.repeat, shapes.repeat_interleave
    split, chunk, unbind = joining.split, joining.chunk, joining.unbind
    gather, take_along_dim, index_select = indexing.gather, indexing.take_along_dim, indexing.index_select

    def contiguous(self):
        """The tensor itself: how the numbers lie in memory makes no difference here."""
        return self

    def __getitem__(self, index):
        return indexing.getitem(self, plain(index))

    def __iter__(self):
        return iter(self.unbind())

    # Operators ----------------------------------------------------------------------------------------------

    __add__, __sub__, __mul__, __truediv__ = pointwise.add, pointwise.sub, pointwise.mul, pointwise.div
    __mod__, __floordiv__ = pointwise.remainder, pointwise.floor_divide
    __pow__, __matmul__, __neg__ = pointwise.pow, products.matmul, pointwise.neg
    __abs__, __invert__ = pointwise.abs, pointwise.bitwise_not
    __and__, __or__, __xor__ = pointwise.bitwise_and, pointwise.bitwise_or, pointwise.bitwise_xor

    __radd__, __rsub__, __rmul__ = reflected(__add__), reflected(__sub__), reflected(__mul__)
    __rtruediv__, __rpow__, __rmatmul__ = reflected(__truediv__), reflected(__pow__), reflected(__matmul__)
    __rmod__, __rfloordiv__ = reflected(__mod__), reflected(__floordiv__)
    __rand__, __ror__, __rxor__ = reflected(__and__), reflected(__or__), reflected(__xor__)

    __iadd__, __isub__, __imul__ = in_place(__add__), in_place(__sub__), in_place(__mul__)
    __itruediv__ = in_place(__truediv__)

    __eq__, __ne__ = compared(pointwise.eq), compared(pointwise.ne)
    __lt__, __le__ = compared(pointwise.lt), compared(pointwise.le)
    __gt__, __ge__ = compared(pointwise.gt), compared(pointwise.ge)
    __hash__ = object.__hash__  # by identity, although == compares numbers

    # Numbers and arrays -------------------------------------------------------------------------------------

    def numel(self):
        """How many numbers there are."""
        return self.array.size

    def size(self, dim=None):
        """The shape, or the size of one dim."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        """The number of dims."""
        return self.ndim

    def item(self):
        """The one number of this tensor, as a number of Python; also float(x), int(x) and bool(x)."""
        if self.array.size != 1:
            raise ValueError(f"wanted a tensor of a single number, got shape {self.shape}")
        return self.array.item()

    def tolist(self):
        """The numbers in lists of Python."""
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

    def __index__(self):
        return operator.index(self.item())

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
        if array.dtype.kind == "f" and self.dtype.kind != "f":  # whose fractions NumPy would cut off
            raise TypeError(f"in place: wanted {self.dtype} numbers, got {array.dtype}; use .float()")

    def __setitem__(self, index, value):
        if grad_mode.enabled and isinstance(value, Tensor) and value._requires_grad:
            raise RuntimeError("x[i] = value: wanted a value without requires_grad; use `where` or `cat`")
        array, value = self.array.copy(), np.asarray(plain(value))
        self._refuse_fractions(value)
        indexing.put(array, plain(index), value)
        self._set_array(array)

    def zero_(self):
        """All numbers become 0; the tensor itself comes back."""
        return self._set_array(np.zeros_like(self.array))


Node.result_class = Tensor  # what operations return
