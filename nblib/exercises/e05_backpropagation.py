"""Exercises of notebook 05: a graph by hand, a new operation, backward through softmax and layers, a bug hunt."""

import numpy as np

from nblib.checks import Exercises, numeric_gradient

exercises = Exercises("05")
check = exercises.check

# L = (p − q) · max(q, r) at p = 1, q = 3, r = 2: the factors are −2 and 3.
exercises.choices("by_hand", {"p": 3.0, "q": -5.0, "r": 0.0}, {
    ("q", -3, -2): "it is used twice: its gradient is the sum of what comes back on both ways",
    ("r", -2): "max sends its gradient to the larger input only, and r is the smaller one",
    ("q", 1): "the subtraction sends the gradient on to p as it is, and negated to q: -3, not 3",
    ("p", -2): "the inputs of × are swapped: what goes to p - q is multiplied by the value of the max",
})  # fmt: skip


# A new operation --------------------------------------------------------------------------------------------


def _inputs(rng):
    yield (np.array([0.0, 1.0, -1.0]),)
    for shape in ((5,), (2, 3), (1,)):
        yield (rng.normal(scale=2, size=shape),)


_NO_FUNCTION = "the vjp is to be a function of g, the upstream gradient: lambda g: g * …"
_VALUE = "the value is not x σ(x)"
_IGNORED = "the vjp forgets the upstream gradient: g times the local gradient"
_FIRST = "the product rule has two terms: σ(x), from the factor x, is only the first"
_SECOND = "the product rule has two terms: x σ(x) (1 - σ(x)) is only the second"
_SLOPE = "this is the derivative of σ; here x is a factor as well: σ(x) + x σ(x) (1 - σ(x))"
_WRONG = "the vjp does not agree with finite differences: check it with numeric_gradient"


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _judge_swish(args, result):
    (x,), (y, vjp) = args, result
    g, s = np.linspace(0.5, 2, x.size).reshape(x.shape), _sigmoid(x)
    if not callable(vjp):
        return _NO_FUNCTION
    if np.shape(y) != x.shape or not np.allclose(y, x * s):
        return _VALUE
    right = numeric_gradient(lambda x: np.sum(g * x * _sigmoid(x)), x)
    known = {_IGNORED: right / g, _FIRST: g * s, _SECOND: g * x * s * (1 - s), _SLOPE: g * s * (1 - s)}
    got = np.broadcast_to(vjp(g), x.shape)
    if np.allclose(got, right, atol=1e-7):
        return None
    return next((sentence for sentence, wrong in known.items() if np.allclose(got, wrong)), _WRONG)


@exercises.function("swish", cases=_inputs, tol=None, judge=_judge_swish, returns=("y", "vjp"))
def swish(x):
    """x (any shape) -> value x σ(x), and the vjp: a function from g (the same shape) to g · df/dx"""
    s = _sigmoid(x)
    return x * s, lambda g: g * (s + x * s * (1 - s))


swish.mistakes({
    "two results are wanted: return y, vjp": lambda x: x * _sigmoid(x),
    _NO_FUNCTION: ("lambda g: g *", ""),
    _VALUE: ("return x * s", "return s"),
    _IGNORED: ("g * (s", "(s"),
    _FIRST: ("(s + x * s * (1 - s))", "s"),
    _SECOND: ("(s + x", "(x"),
    _SLOPE: ("(s + x * s * (1 - s))", "s * (1 - s)"),
    _WRONG: ("s + x", "s - x"),
})  # fmt: skip


@exercises.function("slopes_of_squares", cases=_inputs)
def slopes_of_squares(x):
    """x (any shape) -> the slopes of Σ swish(x)², an array like x, found by nblib with your operation"""
    s = _sigmoid(x)
    return 2 * x * s * (s + x * s * (1 - s))


slopes_of_squares.mistakes({
    "these are the slopes of Σ swish(x): square what the operation gives, then sum": ("2 * x * s *", ""),
    "these are the slopes of (Σ swish(x))²: square each number, then sum": ("2 * x * s *", "2 * np.sum(x * s) *"),
    "this is Σ swish(x)² itself; after its backward() the slopes are in the tensor's grad":
        lambda x: np.sum((x * _sigmoid(x)) ** 2),
    "these are the slopes for f = swish(x), not for x: the vjp of swish is missing": (" * (s + x * s * (1 - s))", ""),
    "the vjp of your swish is wrong: its own check says how": ("(s + x * s * (1 - s))", "s"),
})  # fmt: skip


# Softmax ----------------------------------------------------------------------------------------------------


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _probabilities(rng):
    yield np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])
    yield np.array([[0.2, 0.3, 0.5]]), np.array([[1.0, 2.0, 4.0]])
    for n, k in ((1, 4), (4, 1), (3, 3), (5, 7)):
        yield _softmax(rng.normal(scale=2, size=(n, k))), rng.normal(size=(n, k))


@exercises.function("softmax_backward", cases=_probabilities)
def softmax_backward(a, g):
    """softmax's output a (N, K) and upstream gradient g (N, K) -> the gradient of its input (N, K)"""
    return a * (g - np.sum(a * g, axis=1, keepdims=True))


softmax_backward.mistakes({
    "only the diagonal of the Jacobian: raising one score lowers all the other probabilities":
        lambda a, g: a * (1 - a) * g,
    "the factor a in front is missing: a * (g - Σ a g)": ("a * (g", "(g"),
    "the upstream gradients are averaged without their weights: the sum is of a * g": ("np.sum(a * g", "np.sum(g"),
    "the sum runs over the wrong axis: each row is an example of its own": ("axis=1", "axis=0"),
    "the sum runs over all examples: each row is one of its own (axis=1, keepdims=True)":
        (", axis=1, keepdims=True", ""),
    "ŷ − y belongs to softmax and cross-entropy together; here g is any upstream gradient": lambda a, g: a - g,
    "a is softmax's output already: no second softmax": lambda a, g: softmax_backward(_softmax(a), g),
    "the sign is flipped: a * (g - Σ a g)": ("return a", "return -a"),
})  # fmt: skip


# A layer ----------------------------------------------------------------------------------------------------


def _layers(rng):
    yield np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([[10.0]])
    for m, d, k in ((2, 3, 5), (4, 4, 4), (7, 1, 2), (1, 5, 3)):
        yield rng.normal(size=(m, d)), rng.normal(size=(k, d)), rng.normal(size=(m, k))


@exercises.function("linear_backward", cases=_layers, returns=("dX", "dW", "db"))
def linear_backward(X, W, G):
    """X (m, n), W (k, n), upstream G (m, k) -> dX, dW, db, each with the shape of X, W, b"""
    return G @ W, G.T @ X, G.sum(axis=0)


linear_backward.mistakes({
    "dW is transposed: it has the shape of W, (units, features)": ("G.T @ X", "X.T @ G"),
    "db is a sum over the examples, not their mean: the 1/m is already in G": ("sum", "mean"),
    "dW is a sum over the examples as it is: the 1/m is already in G": ("G.T @ X", "G.T @ X / len(X)"),
    "dX gets no 1/m of its own: the 1/m is already in G": ("G @ W", "G @ W / len(X)"),
    "each of the three is divided by m: the 1/m is already in G":
        (("G @ W", "G @ W / len(X)"), ("G.T @ X", "G.T @ X / len(X)"), ("sum", "mean")),
    "db is summed over the units; there is one bias a unit, so sum over the examples": ("axis=0", "axis=1"),
    "the bias was repeated for all examples: what comes back is summed, axis=0": (".sum(axis=0)", ""),
})  # fmt: skip

# The bug hunt -----------------------------------------------------------------------------------------------

exercises.lines("bugs", (1, 3, 5), {
    (2, 4, 6, 7): "one of these lines is right in itself: it only passes on a wrong number from a line above it. "
                  "Mend that one first",
})  # fmt: skip
