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


@collapse.mistake("the product is the wrong way round: x meets W1 first, so W1 stands next to it, W2 @ W1")
def _(W1, b1, W2, b2):
    return W1 @ W2, W2 @ b1 + b2


@collapse.mistake("b1 and b2 cannot simply be added: b1 goes through the second layer first, W2 b1 + b2")
def _(W1, b1, W2, b2):
    return W2 @ W1, b1 + b2


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


@forward.mistake("b2 is missing: without it the output is one half wherever the units are 0")
def _(X, W1, b1, w2, b2):
    A1 = np.tanh(X @ W1.T + b1)
    return A1, _sigmoid(A1 @ w2)


@forward.mistake("the two results are in the wrong order: A1 comes first, then ŷ")
def _(X, W1, b1, w2, b2):
    A1 = np.tanh(X @ W1.T + b1)
    return _sigmoid(A1 @ w2 + b2), A1


@forward.mistake("X @ W1 does not fit: X is (N, D) and W1 is (H, D), so W1 has to be turned round, X @ W1.T")
def _(X, W1, b1, w2, b2):
    A1 = np.tanh(X @ W1 + b1)
    return A1, _sigmoid(A1 @ w2 + b2)


@forward.mistake("A1 is turned round, as for examples in columns; here they are in rows: X @ W1.T + b1")
def _(X, W1, b1, w2, b2):
    A1 = np.tanh(W1 @ X.T + b1[:, None])
    return A1, _sigmoid(w2 @ A1 + b2)


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


@backward.mistake("the slopes of the biases are sums over the examples; the mean is already in dz2")
def _(X, y, A1, y_hat, w2):
    dW1, db1, dw2, db2 = backward(X, y, A1, y_hat, w2)
    return dW1, db1 / len(y), dw2, db2 / len(y)


@backward.mistake("the slope of b1 is a mean here; it is a sum over the examples, since the mean is already in dz2")
def _(X, y, A1, y_hat, w2):
    dW1, db1, dw2, db2 = backward(X, y, A1, y_hat, w2)
    return dW1, db1 / len(y), dw2, db2


@backward.mistake("the slopes of the biases are not summed: one number for each unit, and one for the output")
def _(X, y, A1, y_hat, w2):
    dz2 = (y_hat - y) / len(y)
    dZ1 = np.outer(dz2, w2) * (1 - A1**2)
    return dZ1.T @ X, dZ1, A1.T @ dz2, dz2


@backward.mistake("dz2 * w2 pairs example i with unit i: every example goes to every unit, np.outer(dz2, w2)")
def _(X, y, A1, y_hat, w2):
    dz2 = (y_hat - y) / len(y)
    dZ1 = dz2 * w2 * (1 - A1**2)
    return dZ1.T @ X, dZ1.sum(axis=0), A1.T @ dz2, dz2.sum()


# start: break the symmetry ----------------------------------------------------------------------------------

_ZERO = "everything is zero: no weight can move, since every slope is multiplied by a zero"
_EQUAL = "hidden units start equal (weights in, bias and weight out): they get equal slopes and stay equal"
_NO_INPUT = "W1 is zero: tanh units may part in time, but ReLU units would be stuck there; draw W1 at random too"
_LARGE = "too large: the scores of the units, biases included, are far from 0, where tanh is flat and its slope nearly 0"
_SMALL = "too small: near 0 tanh is a straight line, and descent needs thousands of steps to get beyond a line"
_UNSCALED = "the scores grow with the number of inputs: a sum of D products has the deviation √D, so divide by it"
_OUTPUT = "w2 or b2 is too large: so are the slopes, and the first step throws the units far out, where tanh is flat"
_SEED = "the seed is not used: another seed has to give other numbers, and the same seed the same again"

_drawn = {}  # the first layers of the earlier cases of this verdict and their seeds, by shape


def _starts(rng):
    _drawn.clear()
    for seed, d, h in ((0, 2, 4), (1, 2, 4), (0, 2, 4), (1, 2, 16), (2, 3, 8), (3, 64, 32)):
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
    seed, d, h = args
    wrong = _shapes(result, d, h)
    if wrong:
        return wrong
    W1, b1, w2, b2 = result
    if not (np.any(W1) or np.any(w2)):
        return _ZERO
    if len(np.unique(np.column_stack([W1, b1, w2]), axis=0)) < h:
        return _EQUAL
    if not np.any(W1):
        return _NO_INPUT
    return _judge_size(d, W1, b1, w2, b2) or _judge_seed(seed, W1)


def _judge_size(d, W1, b1, w2, b2):
    """For inputs of deviation 1. On the moons 500 steps mostly succeed with scores of deviation 0.2 to 10."""
    weight, bias = np.sqrt(np.mean(np.square(W1))), np.sqrt(np.mean(np.square(b1)))
    score = np.hypot(np.sqrt(d) * weight, bias)
    if score > 3:
        return _UNSCALED if np.hypot(weight, bias) < 1.5 else _LARGE
    if score < 0.2:
        return _SMALL
    return _OUTPUT if np.linalg.norm(w2) > 300 or abs(b2) > 100 else None


def _judge_seed(seed, W1):
    earlier = _drawn.setdefault(W1.shape, [])
    fits = all(np.array_equal(W1, other) == (seed == its_seed) for its_seed, other in earlier)
    earlier.append((seed, np.copy(W1)))
    return None if fits else _SEED


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


@start.mistake(_SMALL)
def _(seed, D, H):
    rng = np.random.default_rng(seed)
    return 0.01 * rng.normal(size=(H, D)), np.zeros(H), 0.01 * rng.normal(size=H), 0.0


@start.mistake(_UNSCALED)
def _(seed, D, H):
    rng = np.random.default_rng(seed)
    return 0.9 * rng.normal(size=(H, D)), np.zeros(H), rng.normal(size=H), 0.0


@start.mistake(_OUTPUT)
def _(seed, D, H):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(H, D)) / np.sqrt(D), np.zeros(H), 1000 * rng.normal(size=H), 0.0


@start.mistake(_SEED)
def _(seed, D, H):
    rng = np.random.default_rng(0)
    return rng.normal(size=(H, D)) / np.sqrt(D), np.zeros(H), rng.normal(size=H) / np.sqrt(H), 0.0


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


@hinges.mistake("the first unit has weight 0: it has to bring the slope from 0 to that of the first piece")
def _(knots, values):
    return np.append(0, np.diff(np.diff(values) / np.diff(knots)))


@hinges.mistake("there is a unit too many: the last knot needs none, since the curve ends there")
def _(knots, values):
    return np.diff(np.diff(values) / np.diff(knots), prepend=0, append=0)
