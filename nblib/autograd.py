"""Tensors that remember how they were computed, so that `backward` can find every derivative.

- A `Tensor` is a NumPy array and, for each tensor that it was computed from, an edge (parent, vjp). The vjp
  takes g, the gradient of the loss with respect to the result, to the gradient with respect to that
  parent, g · ∂result/∂parent: a vector-Jacobian product.
- `operation` records edges. An operation is a function of plain arrays that returns its value and then one
  vjp for each input, so that every derivative stands beside its formula.
- `backward` visits the results from the youngest to the oldest, applies the vjps, adds up what arrives.

Names and defaults are PyTorch's. What a tensor does without a derivative of its own (printing, conversion,
changes in place, methods put together from others) is in `_array.py`.
"""

import functools
import itertools
import operator

import numpy as np

from nblib._array import (Array, common_dtype, float32, float64, in_place, int64, is_basic,  # noqa: F401
                          mode, no_grad, numbers, reflected, size_of)
from nblib._inputs import describe, generator

_default_dtype = float32                # of floats that come without a dtype
_rng = np.random.default_rng()          # behind rand, randn, the initializers and dropout
_ages = itertools.count(1)              # results are numbered as they are made


def operation(function):
    """Make an operation on tensors out of a function of arrays that returns its value and one vjp per input.

        @operation
        def multiply(a, b):
            return a * b, lambda g: g * b, lambda g: g * a

    The inputs come first, by position; those that are not tensors are constants. A vjp may leave its result
    broadcast: `backward` sums it to the input's shape.
    """
    @functools.wraps(function)
    def run(*inputs, **options):
        arrays = [x.array if isinstance(x, Tensor) else x for x in inputs]
        value, *vjps = function(*arrays, **options)
        result = Tensor(value)
        if mode.recording:
            edges = [(x, vjp) for x, vjp in zip(inputs, vjps) if isinstance(x, Tensor) and x._requires_grad]
            if edges:
                result._edges, result._age = edges, next(_ages)
                result._requires_grad, result._keeps_grad = True, False
        return result
    return run


def elementwise(function):
    """An operation on two tensors, arrays or numbers, which meet in one dtype and broadcast."""
    run_operation, name = operation(function), function.__name__.strip("_")

    @functools.wraps(function)
    def run(a, b):
        a, b = _one_dtype(a, b)
        try:
            return run_operation(a, b)
        except ValueError:
            raise ValueError(f"{name}: wanted shapes that broadcast (from the right, sizes equal or 1), "
                             f"got {np.shape(a)} and {np.shape(b)}") from None
    return run


def _one_dtype(a, b):
    """Two operands in one dtype."""
    if isinstance(a, Tensor) and isinstance(b, Tensor) and a.array.dtype == b.array.dtype:
        return a, b
    if type(b) in (int, float) and _is_float(a) or type(a) in (int, float) and _is_float(b):
        return a, b                     # NumPy keeps float32 * 2.0 in float32
    if isinstance(a, np.generic) or isinstance(b, np.generic):
        return _one_dtype(*(x.item() if isinstance(x, np.generic) else x for x in (a, b)))
    a, b = (x if isinstance(x, Tensor) else tensor(x) for x in (a, b))
    dtype = common_dtype(a.array, b.array)
    return a.to(dtype), b.to(dtype)


def _is_float(x):
    return isinstance(x, Tensor) and x.array.dtype.kind == "f"


def _comparison(ufunc):
    def compare(a, b):
        return (ufunc(a, b),)           # and no vjp: a comparison has no derivative
    compare.__name__ = ufunc.__name__
    return elementwise(compare)


def unbroadcast(g, shape):
    """Sum the gradient `g` over the axes along which an input of `shape` was repeated."""
    if g.shape == shape:
        return g
    if g.ndim > len(shape):
        g = g.sum(tuple(range(g.ndim - len(shape))))
    if g.shape != shape:
        g = g.sum(tuple(i for i, size in enumerate(shape) if size == 1), keepdims=True)
    if g.shape != shape:
        raise ValueError(f"backward: wanted a gradient of the input's shape {shape}, got shape {g.shape}")
    return g


def _spread(g, shape, dim, keepdim):
    """The gradient of a sum over `dim`: each number of the input gets what its sum got."""
    return np.full(shape, g if keepdim or dim is None else np.expand_dims(g, dim))


class Tensor(Array):
    """An array that knows what it was computed from, and its gradient, `grad` (a Tensor or None).

    The engine never writes into an array: a tensor that changes gets a new one, so that a vjp which kept
    the old array stays right. Make tensors with `tensor`, `zeros`, `randn`, …
    """

    __slots__ = ("array", "grad", "_edges", "_age", "_requires_grad", "_keeps_grad", "__weakref__")

    def __init__(self, data, requires_grad=False):
        self.array, self.grad = np.asarray(data), None
        self._edges, self._age = (), 0  # a leaf: made by hand, not computed
        self._requires_grad, self._keeps_grad = False, True
        if requires_grad:
            self.requires_grad = True

    # The way back -------------------------------------------------------------------------------------------

    def backward(self, gradient=None, retain_graph=False):
        """Add ∂self/∂x to `x.grad` for every leaf x that requires a gradient; then free the graph.

        The chain rule, one result at a time, the youngest first: whatever used a result is younger than it,
        so when its turn comes, all shares of its gradient have arrived in `pending`.

        `gradient`, of the shape of self, is where to start; for a single number it is 1 unless given.
        Raises RuntimeError when there is no graph (any more), ValueError for a gradient of another shape.
        """
        nodes, pending = self._ancestors(), {self: self._first_gradient(gradient)}
        while nodes:
            node = nodes.pop()
            g = pending.pop(node)
            if node._keeps_grad:
                node.grad = Tensor(g if node.grad is None else node.grad.array + g)
            for parent, vjp in node._edges:
                share = unbroadcast(vjp(g), parent.array.shape)
                pending[parent] = pending[parent] + share if parent in pending else share
            if node._edges and not retain_graph:
                node._edges = None

    def _ancestors(self):
        """Self and all that it was computed from, oldest first. (A loop: chains may be 20,000 long.)"""
        found, to_visit = {self}, [self]
        while to_visit:
            node = to_visit.pop()
            if node._edges is None:
                raise RuntimeError("backward: this graph was freed by an earlier backward(); compute the "
                                   "result again, or call that one as backward(retain_graph=True)")
            for parent, _ in node._edges:
                if parent not in found:
                    found.add(parent)
                    to_visit.append(parent)
        return sorted(found, key=operator.attrgetter("_age"))

    def _first_gradient(self, gradient):
        if not self._requires_grad:
            raise RuntimeError("backward: wanted a result of tensors with requires_grad=True, got another")
        if gradient is None and self.numel() != 1:
            raise RuntimeError(f"backward: wanted a single number, got shape {self.shape}; "
                               "take its .sum() or .mean(), or call backward(gradient)")
        g = np.ones_like(self.array) if gradient is None else tensor(gradient, self.dtype).array
        if g.shape != self.shape:
            raise ValueError(f"backward: wanted a gradient of shape {self.shape}, got {g.shape}")
        return g

    def detach(self):
        """The same numbers without their history."""
        return Tensor(self.array)

    # Operations on each element: the value, then a vjp for each input ---------------------------------------

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
    def _divide(a, b):
        y = a / b
        return y, lambda g: g / b, lambda g: -g * y / b

    def __truediv__(self, other):       # whole numbers divide into the default dtype
        floats = _is_float(self) or _is_float(other)
        return Tensor._divide(self if floats else tensor(self, _default_dtype), other)

    @elementwise
    def __pow__(a, b):                  # b aᵇ⁻¹ and aᵇ log a; the former is 0 when b is, even at a = 0
        y = a ** b
        return y, lambda g: g * b * a ** (b - (b != 0)), lambda g: g * y * np.log(a, dtype=y.dtype)

    @elementwise
    def maximum(a, b):                  # equal ones get half each
        return (np.maximum(a, b), lambda g: np.where(a == b, g / 2, g * (a > b)),
                lambda g: np.where(a == b, g / 2, g * (a < b)))

    @operation
    def __neg__(x):
        return -x, lambda g: -g

    @operation
    def abs(x):
        return np.abs(x), lambda g: g * np.sign(x)

    @operation
    def exp(x):
        y = np.exp(x)
        return y, lambda g: g * y

    @operation
    def log(x):
        return np.log(x), lambda g: g / x

    @operation
    def sqrt(x):
        y = np.sqrt(x)
        return y, lambda g: g / (2 * y)

    @operation
    def tanh(x):
        y = np.tanh(x)
        return y, lambda g: g * (1 - y * y)

    @operation
    def sigmoid(x):                     # 1 / (1 + e⁻ˣ), written with e^−|x|, which cannot overflow
        e = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, e) / (1 + e)
        return y, lambda g: g * y * (1 - y)

    @operation
    def relu(x):
        return np.maximum(x, 0), lambda g: g * (x > 0)

    @operation
    def clamp(x, min=None, max=None):
        y = np.clip(x, min, max)
        return y, lambda g: g * (x == y)

    @operation
    def to(x, dtype):
        y = x.astype(dtype, copy=False)
        return (y, lambda g: g.astype(x.dtype, copy=False)) if y.dtype.kind == "f" else (y,)

    # Products, sums, extremes -------------------------------------------------------------------------------

    @operation
    def _matmul(a, b):
        return a @ b, lambda g: g @ b.swapaxes(-1, -2), lambda g: a.swapaxes(-1, -2) @ g

    def __matmul__(self, other):
        """(…, n, k) @ (…, k, m) -> (…, n, m); a vector is one row on the left, one column on the right."""
        a, b = (x if isinstance(x, Tensor) else tensor(x) for x in (self, other))
        if min(a.ndim, b.ndim) == 0 or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
            raise ValueError(f"matmul: wanted shapes (…, n, k) and (…, k, m), got {a.shape} and {b.shape}")
        if a.dtype != b.dtype:
            raise TypeError(f"matmul: wanted one dtype, got {a.dtype} and {b.dtype}; use .to(dtype)")
        if a.ndim == 1:
            return (a[None] @ b).squeeze(0 if b.ndim == 1 else -2)
        return (a @ b[:, None]).squeeze(-1) if b.ndim == 1 else a._matmul(b)

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

    @operation
    def _largest(x):                    # of all numbers; equal ones share the gradient
        y = x.max()
        return y, lambda g: g * (x == y) / int((x == y).sum())

    @operation
    def _take(x, indices, dim):         # one along dim, as max and min do
        def vjp(g):
            out = np.zeros_like(x)
            np.put_along_axis(out, indices, g, dim)
            return out
        return np.take_along_axis(x, indices, dim), vjp

    def argmax(self, dim=None, keepdim=False):
        return Tensor(self.array.argmax(dim, keepdims=keepdim))

    def argmin(self, dim=None, keepdim=False):
        return Tensor(self.array.argmin(dim, keepdims=keepdim))

    def all(self):
        return Tensor(self.array.all())

    # Shapes and indices -------------------------------------------------------------------------------------

    @operation
    def _reshape(x, shape):
        return x.reshape(shape), lambda g: g.reshape(x.shape)

    @operation
    def _permute(x, dims):
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
                np.add.at(out, index, g)            # an index that occurs twice adds twice
            return out
        return x[index], vjp

    # Other forms of the operators ---------------------------------------------------------------------------

    __radd__, __rsub__, __rmul__, __rtruediv__, __rpow__, __rmatmul__ = map(
        reflected, (__add__, __sub__, __mul__, __truediv__, __pow__, __matmul__))
    __eq__, __ne__, __lt__, __le__, __gt__, __ge__ = map(
        _comparison, (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal))
    __hash__ = object.__hash__          # by identity, although == compares numbers
    __iadd__, __isub__, __imul__, __itruediv__ = map(in_place, (__add__, __sub__, __mul__, __truediv__))


exp, log, sqrt, tanh, sigmoid, relu, maximum = (
    Tensor.exp, Tensor.log, Tensor.sqrt, Tensor.tanh, Tensor.sigmoid, Tensor.relu, Tensor.maximum)


@operation
def _where(condition, a, b):
    return np.where(condition, a, b), None, lambda g: g * condition, lambda g: g * ~condition


def where(condition, a, b):
    """Elements of `a` where `condition`, a bool tensor, is true, and of `b` elsewhere."""
    if condition.dtype != bool:
        raise TypeError(f"where: wanted a condition of True and False, got {condition.dtype}")
    return _where(condition, *_one_dtype(a, b))


@operation
def _cat(dim, *arrays):
    ends = np.cumsum([0, *(x.shape[dim] for x in arrays)])
    vjps = [lambda g, i=i, j=j: g.swapaxes(0, dim)[i:j].swapaxes(0, dim)
            for i, j in itertools.pairwise(ends)]
    return np.concatenate(arrays, dim), None, *vjps


def cat(tensors, dim=0):
    """Tensors one after the other along `dim`."""
    if len({x.dtype for x in tensors}) > 1:
        raise TypeError(f"cat: wanted one dtype, got {', '.join(str(x.dtype) for x in tensors)}")
    return _cat(dim, *tensors)


def stack(tensors, dim=0):
    """Tensors of one shape along a new `dim`."""
    return cat([x.unsqueeze(dim) for x in tensors], dim)


# Making tensors ---------------------------------------------------------------------------------------------


def tensor(data, dtype=None, requires_grad=False):
    """A leaf with a copy of `data`; lists of floats take the default dtype, arrays keep theirs."""
    return Tensor(numbers(data, dtype, _default_dtype), requires_grad)


def _maker(make):
    def maker(*size, dtype=None, requires_grad=False):
        return Tensor(make(size_of(size)).astype(dtype or _default_dtype, copy=False), requires_grad)
    return maker


zeros, ones = _maker(np.zeros), _maker(np.ones)
rand = _maker(lambda size: _rng.random(size))
randn = _maker(lambda size: _rng.standard_normal(size))


def randperm(n):
    return Tensor(_rng.permutation(n))


def arange(*start_end_step):
    return tensor(np.arange(*start_end_step).tolist())


def manual_seed(seed):
    """Start the random numbers of this library again; `seed` is a whole number or a NumPy Generator."""
    global _rng
    _rng = generator(seed, "manual_seed")


def set_default_dtype(dtype):
    """The dtype, float32 or float64, of floats that come without one and of new parameters."""
    global _default_dtype
    if dtype not in (float32, float64):
        raise TypeError(f"set_default_dtype: wanted float32 or float64, got {describe(dtype)}")
    _default_dtype = np.dtype(dtype)
