"""An expression as a computation graph: a list of operations, and both passes over it.

There is no derivative here: values come from the operations of `nblib.autograd`, gradients from their vjps.
"""

import ast
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nblib import autograd
from nblib._inputs import describe
from nblib.autograd import Tensor, float64, tensor
from nblib.widgets.graph.layout import arrange


@dataclass(frozen=True)
class Operation:
    """What a node does: its sign, the engine's function, what it makes of a gradient, what it cannot take."""

    sign: str
    function: Callable
    rule: str
    wanted: str = "a smaller result"
    inputs: int = 1


BINARY = {
    ast.Add: Operation("+", Tensor.__add__, "unchanged to both inputs"),
    ast.Sub: Operation("−", Tensor.__sub__, "unchanged to the first input and negated to the second"),
    ast.Mult: Operation("×", Tensor.__mul__, "times the other input"),
    ast.Div: Operation(
        "÷", Tensor.__truediv__, "times 1/divisor and times −dividend/divisor²", "a divisor other than 0"
    ),
    ast.Pow: Operation(
        "^",
        Tensor.__pow__,
        "times power · base^(power − 1) and times value · log base",
        "a base above 0, or a constant whole power",
    ),
}
NEGATIVE = Operation("neg", Tensor.__neg__, "negated")
FUNCTIONS = {
    "max": Operation("max", autograd.maximum, "to the larger input (half to each if they are equal)", inputs=2),
    "sigmoid": Operation("σ", autograd.sigmoid, "times value · (1 − value)"),
    "tanh": Operation("tanh", autograd.tanh, "times 1 − value²"),
    "relu": Operation("relu", autograd.relu, "unchanged if its input is above 0, else 0"),
    "exp": Operation("exp", autograd.exp, "times its value"),
    "log": Operation("log", autograd.log, "times 1/input", "a number above 0"),
    "sqrt": Operation("√", autograd.sqrt, "times 1/(2 · value)", "a number above 0"),
    "square": Operation("( )²", lambda x: x**2, "times 2 · input"),
    "abs": Operation("| |", Tensor.abs, "times the sign of its input"),
}
MOST, LONGEST, NAME = 24, 200, 8  # nodes; characters of the expression and of a name


@dataclass
class Node:
    """A part of the expression: an operation on `parents` (nodes before it), a name or a number."""

    text: str
    operation: Operation = None
    parents: tuple = ()


class Expression:
    """An expression as a list of nodes, each after its parents; equal parts are one node, computed once.

    Raises ValueError, in words, for what is not an expression of names, numbers, operators and functions.
    """

    def __init__(self, text):
        self.text, self.nodes, self.depends, self._known = text, [], [], {}
        self._add(_parsed(text))
        self.names = [node.text for node in self.nodes if node.text.isidentifier()]
        self.operations = [i for i, node in enumerate(self.nodes) if node.operation]
        self.way_back = [i for i in reversed(self.operations) if self.depends[i]]
        self.steps = len(self.operations) + 1 + len(self.way_back)  # forward, 1 at the output, backward
        if not (self.names and self.operations):
            raise ValueError(f"wanted at least one name and one operation, such as a*b + c, got {text!r}")
        self.uses = Counter(parent for node in self.nodes for parent in node.parents)
        self.places, self.routes = arrange([node.parents for node in self.nodes])

    def _add(self, tree):
        """The number of the node for a part of the syntax tree."""
        text = ast.unparse(tree)
        if text not in self._known:
            node = Node(text, *self._operation(tree))
            self._known[text] = len(self.nodes)
            self.nodes.append(node)
            self.depends.append(text.isidentifier() or any(self.depends[i] for i in node.parents))
            if len(self.nodes) > MOST:
                raise ValueError(f"wanted at most {MOST} nodes, got a longer expression")
        return self._known[text]

    def _operation(self, tree):
        """(operation, parents) of a part; (None, ()) for a name or a number."""
        if _is_leaf(tree):
            return None, ()
        if isinstance(tree, ast.BinOp) and type(tree.op) in BINARY:
            return BINARY[type(tree.op)], (self._add(tree.left), self._add(tree.right))
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
            return NEGATIVE, (self._add(tree.operand),)
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
            return self._call(tree)
        hint = "; a power is written **" if isinstance(getattr(tree, "op", None), ast.BitXor) else ""
        raise ValueError(f"wanted names, numbers, + - * / ** and {', '.join(FUNCTIONS)}, got {ast.unparse(tree)}{hint}")

    def _call(self, tree):
        name = tree.func.id
        if name not in FUNCTIONS:
            raise ValueError(f"there is no function {name}; there are {', '.join(FUNCTIONS)}")
        wanted = FUNCTIONS[name].inputs
        if len(tree.args) != wanted or tree.keywords:
            raise ValueError(f"{name}: wanted {wanted} input{'s' * (wanted > 1)}, got {ast.unparse(tree)}")
        return FUNCTIONS[name], tuple(map(self._add, tree.args))

    def run(self, values):
        """Both passes for `values` {name: number}, by the engine.

        Raises ValueError, in words, where a value or a gradient is not a finite number.
        """
        results = []
        with np.errstate(all="ignore"):
            for node in self.nodes:
                results.append(self._compute(node, [results[i] for i in node.parents], values))
            edges = [result._edges for result in results]  # which backward frees
            results[-1].backward()
            gradients = [result.grad.item() if result.requires_grad else None for result in results]
            shares = list(map(self._shares, self.nodes, edges, gradients))
        return Passes([result.item() for result in results], gradients, shares)

    def _compute(self, node, inputs, values):
        if node.operation is None:
            known = node.text in values
            return tensor(float(values[node.text] if known else node.text), float64, requires_grad=known)
        result = node.operation.function(*inputs)
        result.retain_grad()
        _check_finite(node, result.item())
        return result

    def _shares(self, node, edges, gradient):
        """{place among the parents: (local gradient, share of the upstream gradient)}"""
        live = [place for place, parent in enumerate(node.parents) if self.depends[parent]]
        shares = {
            place: (float(vjp(np.float64(1))), float(vjp(np.float64(gradient)))) for place, (_, vjp) in zip(live, edges)
        }
        _check_finite(node, *(share for _, share in shares.values()))
        return shares


@dataclass
class Passes:
    """The numbers on the graph, in the order of its nodes."""

    values: list
    gradients: list  # None for what depends on no input
    shares: list  # {place among parents: (local gradient, share)}


def _check_finite(node, *numbers):
    if not np.isfinite(numbers).all():
        raise ValueError(
            f"{node.text} or its slope has no finite value here: {node.operation.sign} wants {node.operation.wanted}"
        )


def _is_leaf(tree):
    """Whether it is a name, or a number with or without a minus."""
    if isinstance(tree, ast.Name):
        if len(tree.id) > NAME:
            raise ValueError(f"wanted names of at most {NAME} letters, got {tree.id}")
        return True
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        tree = tree.operand
    return isinstance(tree, ast.Constant) and type(tree.value) in (int, float)


def _parsed(text):
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError(f"expression: wanted a text of at most {LONGEST} characters, got {describe(text)}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise ValueError(
            f"this does not parse: wanted an expression such as a*b + c, got {text!r} ({getattr(error, 'msg', error)})"
        ) from None
