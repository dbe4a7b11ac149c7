"""Exercises of notebook 04: a network with one hidden layer, forwards, backwards, and from a good start."""

import numpy as np

from nblib.checks import Exercises

exercises = Exercises("04")
check = exercises.check


# collapse: two linear layers are one ------------------------------------------------------------------------


def _two_layers(rng):
    yield np.array([[1.0, 2.0]]), np.array([3.0]), np.array([[4.0]]), np.array([5.0])
    for d, h, k in ((2, 3, 1), (3, 4, 2), (5, 2, 3)):
        yield rng.normal(size=(h, d)), rng.normal(size=h), rng.normal(size=(k, h)), rng.normal(size=k)


@exercises.function("collapse", cases=_two_layers)
def collapse(W1, b1, W2, b2):
    return W2 @ W1, W2 @ b1 + b2


@collapse.mistake("b1 is lost: the second layer sees it too, so it comes out as W2 b1")
def _(W1, b1, W2, b2):
    return W2 @ W1, b2


@collapse.mistake("b2 is lost: it is added last, and stays as it is")
def _(W1, b1, W2, b2):
    return W2 @ W1, W2 @ b1


@collapse.mistake("W is transposed: its shape is (outputs, inputs), like that of W1 and W2")
def _(W1, b1, W2, b2):
    return (W2 @ W1).T, W2 @ b1 + b2


@collapse.mistake("the sum of b1 was taken: it goes through the weights of the second layer, W2 b1")
def _(W1, b1, W2, b2):
    return W2 @ W1, b1.sum() + b2


# forward and backward ---------------------------------------------------------------------------------------


def _sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def _networks(rng):
    yield np.array([[1.0, -1.0]]), np.array([[1.0, 0.5]]), np.array([-0.5]), np.array([2.0]), 0.5
    for n, d, h in ((1, 3, 2), (5, 2, 4), (7, 3, 5), (20, 2, 16)):
        yield (rng.normal(size=(n, d)), rng.normal(size=(h, d)), rng.normal(size=h), rng.normal(size=h),
               rng.normal())


@exercises.function("forward", cases=_networks)
def forward(X, W1, b1, w2, b2):
    A1 = np.tanh(X @ W1.T + b1)
    return A1, _sigmoid(A1 @ w2 + b2)


@forward.mistake("the hidden layer has no activation: A1 is tanh of Z1")
def _(X, W1, b1, w2, b2):
    Z1 = X @ W1.T + b1
    return Z1, _sigmoid(Z1 @ w2 + b2)


@forward.mistake("the first result is Z1; the activations A1 = tanh(Z1) are wanted")
def _(X, W1, b1, w2, b2):
    Z1 = X @ W1.T + b1
    return Z1, _sigmoid(np.tanh(Z1) @ w2 + b2)


@forward.mistake("the hidden layer has the sigmoid; here it is tanh, and only the output has the sigmoid")
def _(X, W1, b1, w2, b2):
    A1 = _sigmoid(X @ W1.T + b1)
    return A1, _sigmoid(A1 @ w2 + b2)


@forward.mistake("the output is a score: the sigmoid, which makes it a probability, is missing")
def _(X, W1, b1, w2, b2):
    A1 = np.tanh(X @ W1.T + b1)
    return A1, A1 @ w2 + b2


@forward.mistake("the output has tanh, which runs from -1 to 1; a probability comes from the sigmoid")
def _(X, W1, b1, w2, b2):
    A1 = np.tanh(X @ W1.T + b1)
    return A1, np.tanh(A1 @ w2 + b2)


@forward.mistake("b1 is missing: without it every unit is 0 on a line through the origin")
def _(X, W1, b1, w2, b2):
    A1 = np.tanh(X @ W1.T)
    return A1, _sigmoid(A1 @ w2 + b2)


def _backward_cases(rng):
    for X, W1, b1, w2, b2 in _networks(rng):
        A1, y_hat = forward(X, W1, b1, w2, b2)
        yield X, rng.integers(2, size=len(X)), A1, y_hat, w2


def _back(X, dz2, A1, w2, slope):
    """The gradients for a given dz2 (N,) and slope of the activation (N, H)."""
    dZ1 = np.outer(dz2, w2) * slope
    return dZ1.T @ X, dZ1.sum(axis=0), A1.T @ dz2, dz2.sum()


@exercises.function("backward", cases=_backward_cases)
def backward(X, y, A1, y_hat, w2):
    dz2 = (y_hat - y) / len(y)
    dZ1 = np.outer(dz2, w2) * (1 - A1**2)
    return dZ1.T @ X, dZ1.sum(axis=0), A1.T @ dz2, dz2.sum()


@backward.mistake("the mean is missing: divide by the number of examples N")
def _(X, y, A1, y_hat, w2):
    return _back(X, y_hat - y, A1, w2, 1 - A1**2)


@backward.mistake("the slope of tanh is missing in dZ1: multiply by 1 - A1²")
def _(X, y, A1, y_hat, w2):
    return _back(X, (y_hat - y) / len(y), A1, w2, np.ones_like(A1))


@backward.mistake("A1 (1 - A1) is the slope of the sigmoid; that of tanh is 1 - A1²")
def _(X, y, A1, y_hat, w2):
    return _back(X, (y_hat - y) / len(y), A1, w2, A1 * (1 - A1))


@backward.mistake("tanh was taken twice: A1 is already tanh(Z1), so the slope is 1 - A1²")
def _(X, y, A1, y_hat, w2):
    return _back(X, (y_hat - y) / len(y), A1, w2, 1 - np.tanh(A1) ** 2)


@backward.mistake("the slope of tanh is 1 - A1², with a square")
def _(X, y, A1, y_hat, w2):
    return _back(X, (y_hat - y) / len(y), A1, w2, 1 - A1)


@backward.mistake("ŷ (1 - ŷ) is too much: with the log loss the slope of the sigmoid cancels, ŷ - y remains")
def _(X, y, A1, y_hat, w2):
    return _back(X, (y_hat - y) / len(y) * y_hat * (1 - y_hat), A1, w2, 1 - A1**2)


@backward.mistake("dW1 was computed with A1, as in the lecture's slip: the inputs of the first layer are X")
def _(X, y, A1, y_hat, w2):
    dz2 = (y_hat - y) / len(y)
    dZ1 = np.outer(dz2, w2) * (1 - A1**2)
    return dZ1.T @ A1, dZ1.sum(axis=0), A1.T @ dz2, dz2.sum()


@backward.mistake("w2 is missing in dZ1: an error reaches a hidden unit through the weight to the output")
def _(X, y, A1, y_hat, w2):
    return _back(X, (y_hat - y) / len(y), A1, np.ones_like(w2), 1 - A1**2)


# start: break the symmetry ----------------------------------------------------------------------------------

_ZERO = "everything is zero: no weight can move, since every slope is multiplied by a zero"
_EQUAL = "hidden units start equal (weights in, bias and weight out): they get equal slopes and stay equal"
_NO_INPUT = "W1 is zero: that happens to work for tanh, but ReLU units would be stuck there; draw W1 at random too"
_LARGE = "too large: the scores of the units are far from 0, where tanh is flat and its slope nearly 0"


def _starts(rng):
    for seed, d, h in ((0, 2, 4), (1, 2, 16), (2, 3, 8), (3, 64, 32)):
        yield seed, d, h


def _shapes(result, d, h):
    """What is wrong with the shapes of the four parameters, in a sentence."""
    wanted = {"W1": (h, d), "b1": (h,), "w2": (h,), "b2": ()}
    if not isinstance(result, tuple) or len(result) != len(wanted):
        return "wanted the four parameters W1, b1, w2, b2, in this order"
    got = {name: np.shape(value) for name, value in zip(wanted, result)}
    wrong = [f"{name} {wanted[name]}, got {got[name]}" for name in wanted if got[name] != wanted[name]]
    return f"wanted the shape of {wrong[0]}" if wrong else None


def _judge_start(args, result):
    _, d, h = args
    wrong = _shapes(result, d, h)
    if wrong:
        return wrong
    W1, b1, w2, _ = result
    if not (np.any(W1) or np.any(w2)):
        return _ZERO
    if len(np.unique(np.column_stack([W1, b1, w2]), axis=0)) < h:
        return _EQUAL
    if not np.any(W1):
        return _NO_INPUT
    return _LARGE if np.sqrt(d) * np.std(W1) > 3 else None


@exercises.function("start", cases=_starts, tol=None, judge=_judge_start)
def start(seed, D, H):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(H, D)) / np.sqrt(D), np.zeros(H), rng.normal(size=H) / np.sqrt(H), 0.0


@start.mistake(_ZERO)
def _(seed, D, H):
    return np.zeros((H, D)), np.zeros(H), np.zeros(H), 0.0


@start.mistake(_EQUAL)
def _(seed, D, H):
    return np.full((H, D), 0.5), np.zeros(H), np.full(H, 0.5), 0.0


@start.mistake(_NO_INPUT)
def _(seed, D, H):
    return np.zeros((H, D)), np.zeros(H), np.random.default_rng(seed).normal(size=H), 0.0


@start.mistake(_LARGE)
def _(seed, D, H):
    rng = np.random.default_rng(seed)
    return 100 * rng.normal(size=(H, D)), np.zeros(H), rng.normal(size=H), 0.0


# hinges: a curve out of k ReLU units ------------------------------------------------------------------------


def _curves(rng):
    yield np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 3.0])
    yield np.array([-1.0, 0.0, 2.0, 3.0]), np.array([1.0, 1.0, -1.0, 0.0])
    for k in (1, 4, 8):
        knots = np.linspace(-np.pi, np.pi, k + 1)
        yield knots, np.sin(knots)
    knots = np.sort(rng.normal(size=6))
    yield knots, rng.normal(size=6)


@exercises.function("hinges", cases=_curves)
def hinges(knots, values):
    slopes = np.diff(values) / np.diff(knots)
    return np.diff(slopes, prepend=0)


@hinges.mistake("these are the slopes; a unit adds to the slope so far, so its weight is the change of slope")
def _(knots, values):
    return np.diff(values) / np.diff(knots)


@hinges.mistake("the first unit is missing: it brings the slope from 0 to that of the first piece")
def _(knots, values):
    return np.diff(np.diff(values) / np.diff(knots))


@hinges.mistake("these are changes of the differences: divide each by the width of its piece to get a slope")
def _(knots, values):
    return np.diff(np.diff(values), prepend=0)


@hinges.mistake("these are the values; the weights are the changes of slope from piece to piece")
def _(knots, values):
    return values[:-1]
