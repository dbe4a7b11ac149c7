"""Tensors that remember how they were computed, so that `backward` can find every derivative.

In the order of notebook 05: `Node` is an array with edges to what it was computed from, and `backward` sends
gradients along the edges. `operation` makes nodes, out of a function of plain arrays that returns its value
and then the derivative for each input. `Tensor` is a node with all operations, each derivative beside its
formula.

Names and defaults are PyTorch's. What a tensor does without a derivative of its own (printing, conversion,
changes in place, `requires_grad`, errors in words) is in `_array.py`.
"""

import functools
import itertools
import math
import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from nblib._array import (BROADCAST, WANTED, Array, Extremes, check_tensors, default, float32,  # noqa: F401
                          float64, floats, grad_mode, in_place, in_words, int64, is_basic, new_array, no_grad,
                          one_dtype, python_number, reflected, set_default_dtype, size_of)
from nblib._inputs import describe, generator

_rng = np.random.default_rng()          # behind rand, randn, the initializers and dropout
_ages = itertools.count(1)


class Node:
    """An array, the edges to what it was computed from, and its gradient, `grad`: a tensor, or None so far.

                     _edges                _age       requires_grad
        constant     ()                    0          False
        leaf         ()                    0          True           made by hand: backward leaves `grad` here
        result       [(parent, vjp), …]    1, 2, …    True           computed from a leaf or from a result
        freed        None                  1, 2, …    True           a result after backward

    Ages count up as results are made: the larger, the younger. `_keeps_grad` says who gets a `grad` from
    backward: leaves, and results after retain_grad().

    The vjp of an edge takes g, the gradient of the loss with respect to this node, to the gradient with
    respect to the parent, g · ∂node/∂parent: a vector-Jacobian product. It may keep arrays, never tensors,
    which would hold on to the graph. The engine never writes into an array: a tensor that changes gets a
    new one, so that a vjp which kept the old array stays right.
    """

    __slots__ = ("array", "_edges", "_age", "_requires_grad", "_keeps_grad", "_grad", "__weakref__")

    def __init__(self, data, requires_grad=False):
        self.array = np.asarray(data)
        self._edges, self._age = (), 0
        self._requires_grad, self._keeps_grad, self._grad = False, True, None
        if requires_grad:
            self.requires_grad = True                       # which refuses whole numbers

    def _connect(self, inputs, vjps):
        """Become the result of an operation; there is no edge to an input whose gradient nobody wants."""
        edges = []
        for x, vjp in zip(inputs, vjps):
            if isinstance(x, Tensor) and x._requires_grad:
                edges.append((x, vjp))
        if edges:
            self._edges, self._age = edges, next(_ages)
            self._requires_grad, self._keeps_grad = True, False

    def backward(self, gradient=None, retain_graph=False):
        """Add ∂self/∂x to `x.grad` for every leaf x that requires a gradient; then free the graph.

        The chain rule, one node at a time, the youngest first: whatever used a node is younger than it,
        so when its turn comes, all shares of its gradient have arrived in `pending`.

        `gradient`, of the shape of self, is where to start; for a single number it is 1 unless given.
        Raises RuntimeError when there is no graph (any more), ValueError for a gradient of another shape.
        """
        nodes, pending = self._ancestors(), {self: self._first_gradient(gradient)}
        while nodes:
            node = nodes.pop()                              # off the list, so that its arrays can be freed
            g = pending.pop(node)
            if node._keeps_grad:
                node._grad = Tensor(g if node._grad is None else node._grad.array + g)
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
            raise RuntimeError("backward: wanted a result of tensors with requires_grad=True, got another; was "
                               "it computed under no_grad, from .detach() or .data, or in whole numbers?")
        shape = self.array.shape
        if gradient is None and self.array.size != 1:
            raise RuntimeError(f"backward: wanted a single number, got shape {shape}; "
                               "take its .sum() or .mean(), or call backward(gradient)")
        g = np.ones(shape, self.array.dtype) if gradient is None else new_array(gradient, self.array.dtype)
        if g.shape != shape:
            raise ValueError(f"backward: wanted a gradient of shape {shape}, got {g.shape}")
        return g

    def detach(self):
        """The same numbers without their history."""
        return Tensor(self.array)


def unbroadcast(g, shape):
    """Sum the gradient `g` over the axes along which an input of `shape` was repeated.

    A bias (5,) added to a batch (32, 5) was used 32 times: its gradient is the sum over the batch. A column
    (32, 1) in its place was repeated along axis 1, and keeps that axis.
    """
    try:
        if g.shape == shape:
            return g
    except AttributeError:
        raise TypeError(f"backward: wanted an array from each vjp, got {describe(g)}; is g in it?") from None
    if g.ndim > len(shape):
        g = np.add.reduce(g, tuple(range(g.ndim - len(shape))))     # g.sum(…), in less time
    if g.shape != shape:
        g = g.sum(tuple(i for i, size in enumerate(shape) if size == 1), keepdims=True)
    if g.shape != shape:
        raise ValueError(f"backward: wanted a gradient of the input's shape {shape}, got shape {g.shape}")
    return g


# Making nodes -----------------------------------------------------------------------------------------------


def operation(function):
    """Make an operation on tensors out of a function of arrays that returns its value and one vjp per input.

        @operation
        def multiply(a, b):
            return a * b, lambda g: g * b, lambda g: g * a

    The inputs come first, by position; those that are not tensors are constants. A vjp may leave its result
    broadcast: `backward` sums it to the input's shape. It is None for an input that never has a gradient; a
    result that has none itself, such as a comparison, comes without vjps.
    """
    name = function.__name__.strip("_")

    @functools.wraps(function)
    def run(*inputs, **options):
        arrays = []                                         # loops, which are faster here than comprehensions
        for x in inputs:
            arrays.append(x.array if isinstance(x, Tensor) else python_number(x))
        for option in options:
            options[option] = python_number(options[option])
        try:
            outputs = function(*arrays, **options)
        except ValueError as error:                         # NumPy's, about shapes or a dim
            raise in_words(error, name, arrays) from None
        if type(outputs) is not tuple or len(outputs) <= len(inputs):
            _check_vjps(name, inputs, outputs)
        value, *vjps = outputs
        result = Tensor(value)
        if grad_mode.enabled:
            result._connect(inputs, vjps)
        return result
    return run


def _check_vjps(name, inputs, outputs):
    """There may be none, or fewer than inputs if the others are options."""
    if not isinstance(outputs, tuple):
        raise TypeError(f"{name}: wanted a value and then vjps, with commas between, got {describe(outputs)}")
    without = inputs[len(outputs) - 1:]
    if len(outputs) > 1 and any(isinstance(x, Tensor) and x._requires_grad for x in without):
        raise TypeError(f"{name}: wanted a vjp for each of {len(inputs)} inputs, got {len(outputs) - 1}")


def elementwise(function):
    """An operation on two tensors, arrays or numbers, which meet in one dtype and broadcast."""
    run_operation = operation(function)
    WANTED[function.__name__.strip("_")] = BROADCAST

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


class Tensor(Node, Array):
    """A node with the operations of PyTorch. Make tensors with `tensor`, `zeros`, `randn`, …"""

    __slots__ = ()

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

    @operation
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

    @operation
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

    @operation
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


exp = Tensor.exp
log = Tensor.log
sqrt = Tensor.sqrt
tanh = Tensor.tanh
sigmoid = Tensor.sigmoid
relu = Tensor.relu
maximum = Tensor.maximum


@operation
def _where(condition, a, b):            # None: a condition has no gradient
    return (np.where(condition, a, b), None, lambda g: np.where(condition, g, 0),
            lambda g: np.where(condition, 0, g))


def where(condition, a, b):
    """Elements of `a` where `condition`, a bool tensor, is true, and of `b` elsewhere."""
    if getattr(condition, "dtype", None) != bool:
        raise TypeError(f"where: wanted a condition of True and False, got {describe(condition)}")
    return _where(condition, *one_dtype(a, b))


@operation
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
    return Tensor(new_array(data, dtype), requires_grad)


def _maker(make):
    def maker(*size, dtype=None, requires_grad=False):
        return Tensor(make(size_of(size)).astype(dtype or default.dtype, copy=False), requires_grad)
    return maker


zeros = _maker(np.zeros)
ones = _maker(np.ones)
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
