"""The graph of a computation, and `backward`, which finds every derivative in it.

In the order of notebook 05: `Node` is an array with edges to what it was computed from, and `backward` sends
gradients along the edges. `operation` makes nodes, out of a function of plain arrays that returns its value
and then the derivative for each input.
"""

import contextlib
import functools
import inspect
import itertools
import operator
import sys
from types import SimpleNamespace

import numpy as np
from numpy.exceptions import AxisError

from nblib._inputs import describe
from nblib.autograd.dtypes import new_array, python_number

grad_mode = SimpleNamespace(enabled=True)  # whether operations are recorded
_ages = itertools.count(1)


@contextlib.contextmanager
def no_grad():
    """`with no_grad():` computes without recording."""
    before, grad_mode.enabled = grad_mode.enabled, False
    try:
        yield
    finally:
        grad_mode.enabled = before


class Node:
    """An array, the edges to what it was computed from, and its gradient, `grad`: a node, or None so far.

                     _edges                _age       requires_grad
        constant     ()                    0          False
        leaf         ()                    0          True           made by hand: backward leaves `grad` here
        result       [(parent, vjp), …]    1, 2, …    True           computed from a leaf or from a result
        freed        None                  1, 2, …    True           a result after backward

    Ages count up as results are made: the larger, the younger. `_keeps_grad` says who gets a `grad` from
    backward: leaves, and results after retain_grad().

    The vjp of an edge takes g, the gradient of the loss with respect to this node, to the gradient with
    respect to the parent, g · ∂node/∂parent: a vector-Jacobian product. It may keep arrays, never nodes,
    which would hold on to the graph. The engine never writes into an array: a node that changes gets a
    new one, so that a vjp which kept the old array stays right.
    """

    __slots__ = ("array", "_edges", "_age", "_requires_grad", "_keeps_grad", "_grad", "__weakref__")

    def __init__(self, array):
        self.array = array
        self._edges, self._age = (), 0
        self._requires_grad, self._keeps_grad, self._grad = False, True, None

    def _connect(self, inputs, vjps):
        """Become the result of an operation; there is no edge to an input whose gradient nobody wants."""
        edges = []
        for x, vjp in zip(inputs, vjps):
            if isinstance(x, Node) and x._requires_grad:
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
            node = nodes.pop()  # off the list, so that its arrays can be freed
            g = node._whole(pending.pop(node))
            if node._keeps_grad:
                node._grad = node.result_class(_own(g) if node._grad is None else node._grad.array + g)
            node._send_back(g, pending)
            if node._edges and not retain_graph:
                node._edges = None

    def _send_back(self, g, pending):
        """Each parent's share of the gradient, added to what it got from others."""
        for parent, vjp in self._edges:
            if type(vjp) is int:  # this is a Joint's result of that number
                pending.setdefault(parent, {})[vjp] = g
                continue
            share = unbroadcast(vjp(g), parent.array.shape)
            if share.dtype is not parent.array.dtype:  # which met another one in the operation
                share = share.astype(parent.array.dtype)
            pending[parent] = pending[parent] + share if parent in pending else share

    def _whole(self, pending):
        """The gradient, once all shares have arrived."""
        return pending

    def _ancestors(self):
        """Self and all that it was computed from, oldest first. (A loop: chains may be 20,000 long.)"""
        found, to_visit = {self}, [self]
        while to_visit:
            node = to_visit.pop()
            if node._edges is None:
                raise RuntimeError(
                    "backward: this graph was freed by an earlier backward(); compute the "
                    "result again, or call that one as backward(retain_graph=True)"
                )
            for parent, _ in node._edges:
                if parent not in found:
                    found.add(parent)
                    to_visit.append(parent)
        return sorted(found, key=operator.attrgetter("_age"))

    def _first_gradient(self, gradient):
        if not self._requires_grad:
            raise RuntimeError(
                "backward: wanted a result of tensors with requires_grad=True, got another; was "
                "it computed under no_grad, from .detach() or .data, or in whole numbers?"
            )
        shape = self.array.shape
        if gradient is None and self.array.size != 1:
            raise RuntimeError(
                f"backward: wanted a single number, got shape {shape}; "
                "take its .sum() or .mean(), or call backward(gradient)"
            )
        g = np.ones(shape, self.array.dtype) if gradient is None else new_array(plain(gradient), self.array.dtype)
        if g.shape != shape:
            raise ValueError(f"backward: wanted a gradient of shape {shape}, got {g.shape}")
        return g

    def detach(self):
        """The same numbers without their history."""
        return self.result_class(self.array)


Node.result_class = Node  # what operations return; Tensor puts itself here


class Joint(Node):
    """What the results of one operation with several have in common: edges to its inputs, and no value.

    Each result has one edge, to here, with its number where a vjp stands elsewhere. So the gradients of all
    results meet before the vjps run, once: each gets a list of them, zeros for a result that nobody used.
    """

    __slots__ = ()

    def _whole(self, pending):
        return [pending[i] if i in pending else np.zeros(shape, dtype) for i, (shape, dtype) in enumerate(self.array)]


def _own(g):
    """`g` as an array that may be changed in place: a copy, unless nobody else has it (as PyTorch does, too).

    Those who hold it then are three: `backward`, this function and getrefcount.
    """
    return g if sys.getrefcount(g) == 3 and g.base is None else g.copy()


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
        g = np.add.reduce(g, tuple(range(g.ndim - len(shape))))  # g.sum(…), in less time
    if g.shape != shape:
        g = g.sum(tuple(i for i, size in enumerate(shape) if size == 1), keepdims=True)
    if g.shape != shape:
        raise ValueError(f"backward: wanted a gradient of the input's shape {shape}, got shape {g.shape}")
    return g


# Making nodes -----------------------------------------------------------------------------------------------


def operation(function=None, *, wants=None):
    """Make an operation on nodes out of a function of arrays that returns its value and one vjp per input.

        @operation
        def multiply(a, b):
            return a * b, lambda g: g * b, lambda g: g * a

    The inputs come first; those that are not nodes are constants. A vjp may leave its result broadcast:
    `backward` sums it to the input's shape. It is None for an input that never has a gradient; a result that
    has none itself, such as a comparison, comes without vjps.

    An operation with several results returns them as a tuple in the place of its value; its vjps then take a
    list, the gradient of each. What several vjps share is computed in a function wrapped in `once`.

    An error that begins with "wanted" gets the operation's name in front. `wants` says in words which shapes the
    inputs may have: NumPy's refusal to compute becomes a ValueError that says so, and what came.
    """
    if function is None:
        return functools.partial(operation, wants=wants)
    name = function.__name__

    @functools.wraps(function)
    def run(*inputs, **options):
        for option in options.values():
            if isinstance(option, Node):
                inputs, options = _by_position(function, inputs, options)
                break
        arrays = []  # loops, which are faster here than comprehensions
        for x in inputs:
            arrays.append(x.array if isinstance(x, Node) else python_number(x))
        for option in options:
            options[option] = python_number(options[option])
        try:
            outputs = function(*arrays, **options)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            raise _in_words(error, function, wants, arrays) from None
        if type(outputs) is not tuple or len(outputs) <= len(inputs):
            _check_vjps(name, inputs, outputs)
        value, *vjps = outputs
        if isinstance(value, tuple):
            return _several(value, inputs, vjps)
        result = Node.result_class(value)
        if grad_mode.enabled:
            result._connect(inputs, vjps)
        return result

    return run


def _several(values, inputs, vjps):
    """The results of an operation that has more than one, in a tuple, or a named one, as the function's own."""
    results = list(map(Node.result_class, values))
    if grad_mode.enabled:
        joint = Joint([(value.shape, value.dtype) for value in values])
        joint._connect(inputs, vjps)
        for i, result in enumerate(results):
            if result.array.dtype.kind == "f":
                result._connect([joint], [i])
    return values._make(results) if hasattr(values, "_make") else tuple(results)


def once(function):
    """`function` of g, or of a list of them, computed once for all the vjps that need its result."""
    last = [None, None]

    @functools.wraps(function)
    def run(g):
        if last[0] is not g:
            last[:] = g, function(g)
        return last[1]

    return run


def _by_position(function, inputs, options):
    """Tensors given by name (`input=x`) as if given by position: only there can they have a gradient."""
    bound = inspect.signature(function).bind(*inputs, **options)
    bound.apply_defaults()
    for name, value in bound.kwargs.items():
        if isinstance(value, Node):
            raise TypeError(f"{function.__name__}: wanted no tensor as {name}, got one; use .item() or .data")
    return bound.args, bound.kwargs


def _check_vjps(name, inputs, outputs):
    """There may be none, or fewer than inputs if the others are options."""
    if not isinstance(outputs, tuple):
        raise TypeError(f"{name}: wanted a value and then vjps, with commas between, got {describe(outputs)}")
    without = inputs[len(outputs) - 1 :]
    if len(outputs) > 1 and any(isinstance(x, Node) and x._requires_grad for x in without):
        raise TypeError(f"{name}: wanted a vjp for each of {len(inputs)} inputs, got {len(outputs) - 1}")


def _in_words(error, function, wants, inputs):
    """An error inside an operation, as all errors here: its name, what was wanted, and what came.

    One that begins with "wanted" only lacks the name. NumPy's are put into words: an AxisError is about a dim,
    another ValueError about shapes, a TypeError about dtypes. Whatever else went wrong is left as it is.
    """
    name, text = function.__name__, str(error)
    if text.startswith("wanted"):
        return type(error)(f"{name}: {text}")
    if isinstance(error, AxisError):
        dims = f"a dim from {-error.ndim} to {error.ndim - 1}" if error.ndim else "no dim of a single number"
        return IndexError(f"{name}: wanted {dims}, got {error.axis}")
    if isinstance(error, AttributeError) and any(error.obj is x for x in inputs if not isinstance(x, np.ndarray)):
        return TypeError(f"{name}: wanted a tensor, got {describe(error.obj)}; make one with tensor(…)")
    if isinstance(error, TypeError):
        return _type_error_in_words(error, function, inputs)
    if not isinstance(error, ValueError) or wants is None or text.startswith(f"{name}: wanted"):
        return error
    came = " and ".join(str(x.shape if isinstance(x, np.ndarray) else x) for x in inputs if x is not None)
    return ValueError(f"{name}: wanted {wants}, got {came}")


def _type_error_in_words(error, function, inputs):
    name, text = function.__name__, str(error)
    if text.startswith(f"{function.__qualname__}()"):  # Python's, about missing or unknown arguments
        complaint = text.partition("() ")[2].removeprefix("got ")
        return TypeError(f"{name}: wanted {name}{inspect.signature(function)}, got {complaint}")
    if text.endswith("cannot be interpreted as an integer"):
        return TypeError(f"{name}: wanted whole numbers as sizes and dims, got {text.split()[0]}")
    if text.startswith("ufunc ") or "numpy boolean" in text:
        came = " and ".join(str(np.asarray(x).dtype) for x in inputs if isinstance(x, (np.ndarray, int, float)))
        return TypeError(f"{name}: wanted numbers that it can compute with, got {came}; use .to(dtype)")
    return error


def plain(value):
    """The array in a node, also inside a tuple (an index may hold nodes); anything else as it is."""
    if isinstance(value, tuple):
        return tuple(plain(x) for x in value)
    return value.array if isinstance(value, Node) else value


def check_tensors(name, *values):
    """Raise TypeError unless all `values` are nodes."""
    for value in values:
        if not isinstance(value, Node):
            raise TypeError(f"{name}: wanted a tensor, got {describe(value)}; make one with tensor(…)")
