"""Exercises of notebook 05: a graph by hand, a new operation, backward through softmax and layers, a bug hunt."""

import numpy as np

from nblib.checks import Exercises, numeric_gradient

exercises = Exercises("05")
check = exercises.check

# L = (p − q) · max(q, r) at p = 1, q = 3, r = 2: the factors are −2 and 3.
exercises.answer("by_hand", {"p": 3.0, "q": -5.0, "r": 0.0}, {
    "q is used twice: its gradient is the sum of what comes back on both ways":
        (lambda a: a["q"] in (-3, -2), {"p": 3.0, "q": -3.0, "r": 0.0}),
    "max sends its gradient to the larger input only, and r is the smaller one":
        (lambda a: a["r"] == -2, {"p": 3.0, "q": -5.0, "r": -2.0}),
    "the subtraction sends the gradient on to p as it is, and negated to q: -3, not 3":
        (lambda a: a["q"] == 1, {"p": 3.0, "q": 1.0, "r": 0.0}),
    "the inputs of × are swapped: what goes to p - q is multiplied by the value of the max":
        (lambda a: a["p"] == -2, {"p": -2.0, "q": 5.0, "r": 0.0})})


# A new operation --------------------------------------------------------------------------------------------


def _inputs(rng):
    yield (np.array([0.0, 1.0, -1.0]),)
    for shape in ((5,), (2, 3), (1,)):
        yield (rng.normal(scale=2, size=shape),)


_ONLY_VALUE = "two results are wanted, the value and the vjp: return y, lambda g: g * …"
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
    x, = args
    g, s = np.linspace(0.5, 2, x.size).reshape(x.shape), _sigmoid(x)
    if not isinstance(result, tuple) or len(result) != 2:
        return _ONLY_VALUE
    y, vjp = result
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


@exercises.function("swish", cases=_inputs, tol=None, judge=_judge_swish)
def swish(x):
    s = _sigmoid(x)
    return x * s, lambda g: g * (s + x * s * (1 - s))


@swish.mistake(_ONLY_VALUE)
def _(x):
    return x * _sigmoid(x)


@swish.mistake(_NO_FUNCTION)
def _(x):
    s = _sigmoid(x)
    return x * s, s + x * s * (1 - s)


@swish.mistake(_VALUE)
def _(x):
    s = _sigmoid(x)
    return s, lambda g: g * s * (1 - s)


@swish.mistake(_IGNORED)
def _(x):
    s = _sigmoid(x)
    return x * s, lambda g: s + x * s * (1 - s)


@swish.mistake(_FIRST)
def _(x):
    s = _sigmoid(x)
    return x * s, lambda g: g * s


@swish.mistake(_SECOND)
def _(x):
    s = _sigmoid(x)
    return x * s, lambda g: g * x * s * (1 - s)


@swish.mistake(_SLOPE)
def _(x):
    s = _sigmoid(x)
    return x * s, lambda g: g * s * (1 - s)


@swish.mistake(_WRONG)
def _(x):
    s = _sigmoid(x)
    return x * s, lambda g: g * (s - x * s * (1 - s))


@exercises.function("slopes_of_squares", cases=_inputs)
def slopes_of_squares(x):
    s = _sigmoid(x)
    return 2 * x * s * (s + x * s * (1 - s))


@slopes_of_squares.mistake("these are the slopes of Σ swish(x): square what the operation gives, then sum")
def _(x):
    s = _sigmoid(x)
    return s + x * s * (1 - s)


@slopes_of_squares.mistake("these are the slopes of (Σ swish(x))²: square each number, then sum")
def _(x):
    s = _sigmoid(x)
    return 2 * np.sum(x * s) * (s + x * s * (1 - s))


@slopes_of_squares.mistake("this is Σ swish(x)² itself; after its backward() the slopes are in the tensor's grad")
def _(x):
    return np.sum((x * _sigmoid(x)) ** 2)


@slopes_of_squares.mistake("these are the slopes for f = swish(x), not for x: the vjp of swish is missing")
def _(x):
    return 2 * x * _sigmoid(x)


@slopes_of_squares.mistake("the vjp of your swish is wrong: its own check says how")
def _(x):
    s = _sigmoid(x)
    return 2 * x * s * s


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
    return a * (g - np.sum(a * g, axis=1, keepdims=True))


@softmax_backward.mistake("only the diagonal of the Jacobian: raising one score lowers all the other probabilities")
def _(a, g):
    return a * (1 - a) * g


@softmax_backward.mistake("the factor a in front is missing: a * (g - Σ a g)")
def _(a, g):
    return g - np.sum(a * g, axis=1, keepdims=True)


@softmax_backward.mistake("the upstream gradients are averaged without their weights: the sum is of a * g")
def _(a, g):
    return a * (g - np.sum(g, axis=1, keepdims=True))


@softmax_backward.mistake("the sum runs over the wrong axis: each row is an example of its own")
def _(a, g):
    return a * (g - np.sum(a * g, axis=0, keepdims=True))


@softmax_backward.mistake("the sum runs over all examples: each row is one of its own (axis=1, keepdims=True)")
def _(a, g):
    return a * (g - np.sum(a * g))


@softmax_backward.mistake("ŷ − y belongs to softmax and cross-entropy together; here g is any upstream gradient")
def _(a, g):
    return a - g


@softmax_backward.mistake("a is softmax's output already: no second softmax")
def _(a, g):
    s = _softmax(a)
    return s * (g - np.sum(s * g, axis=1, keepdims=True))


@softmax_backward.mistake("the sign is flipped: a * (g - Σ a g)")
def _(a, g):
    return a * (np.sum(a * g, axis=1, keepdims=True) - g)


# A layer ----------------------------------------------------------------------------------------------------


def _layers(rng):
    yield np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([[10.0]])
    for m, d, k in ((2, 3, 5), (4, 4, 4), (7, 1, 2), (1, 5, 3)):
        yield rng.normal(size=(m, d)), rng.normal(size=(k, d)), rng.normal(size=(m, k))


def _judge_layer(args, result):
    if not isinstance(result, tuple) or len(result) != 3:
        return "three results are wanted: return dX, dW, db"
    return None


@exercises.function("linear_backward", cases=_layers, judge=_judge_layer)
def linear_backward(X, W, G):
    return G @ W, G.T @ X, G.sum(axis=0)


@linear_backward.mistake("dW is transposed: it has the shape of W, (units, features)")
def _(X, W, G):
    return G @ W, X.T @ G, G.sum(axis=0)


@linear_backward.mistake("db is a sum over the examples, not their mean: the 1/m is already in G")
def _(X, W, G):
    return G @ W, G.T @ X, G.mean(axis=0)


@linear_backward.mistake("dW is a sum over the examples as it is: the 1/m is already in G")
def _(X, W, G):
    return G @ W, G.T @ X / len(X), G.sum(axis=0)


@linear_backward.mistake("dX gets no 1/m of its own: the 1/m is already in G")
def _(X, W, G):
    return G @ W / len(X), G.T @ X, G.sum(axis=0)


@linear_backward.mistake("each of the three is divided by m: the 1/m is already in G")
def _(X, W, G):
    return G @ W / len(X), G.T @ X / len(X), G.mean(axis=0)


@linear_backward.mistake("db is summed over the units; there is one bias a unit, so sum over the examples")
def _(X, W, G):
    return G @ W, G.T @ X, G.sum(axis=1)


@linear_backward.mistake("the bias was repeated for all examples: what comes back is summed, axis=0")
def _(X, W, G):
    return G @ W, G.T @ X, G


@linear_backward.mistake("dX and dW are in the wrong order: return dX, dW, db")
def _(X, W, G):
    return G.T @ X, G @ W, G.sum(axis=0)


# The bug hunt -----------------------------------------------------------------------------------------------

_RIGHT_LINES = (2, 4, 6, 7)


def _named(lines):
    return [lines[key] for key in ("first", "second", "third")]


exercises.answer("bugs", {"first": 1, "second": 3, "third": 5}, {
    "one of these lines is right in itself: it only passes on a wrong number from a line above it. Mend that "
    "one first":
        (lambda a: bool(set(_named(a)) & set(_RIGHT_LINES)), {"first": 1, "second": 5, "third": 6}),
    "these are the lines; name them from the top down":
        (lambda a: set(_named(a)) == {1, 3, 5}, {"first": 3, "second": 1, "third": 5}),
    "a line is named twice: the three bugs are in three lines":
        (lambda a: len(set(_named(a))) < 3, {"first": 1, "second": 5, "third": 5})})
