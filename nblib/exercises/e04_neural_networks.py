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


@exercises.function("collapse", cases=_two_layers, returns=("W", "b"))
def collapse(W1, b1, W2, b2):
    """W1 (H, D), b1 (H,), W2 (K, H), b2 (K,) -> W (K, D), b (K,) of the one layer that does the same"""
    return W2 @ W1, W2 @ b1 + b2


collapse.mistakes({
    "b1 is lost: the second layer sees it too, so it comes out as W2 b1": ("W2 @ b1 + b2", "b2"),
    "b2 is lost: it is added last, and stays as it is": (" + b2", ""),
    "W is transposed: its shape is (outputs, inputs), like that of W1 and W2": ("W2 @ W1", "(W2 @ W1).T"),
    "the sum of b1 was taken: it goes through the weights of the second layer, W2 b1": ("W2 @ b1", "b1.sum()"),
    "the product is the wrong way round: x meets W1 first, so W1 stands next to it, W2 @ W1": ("W2 @ W1", "W1 @ W2"),
    "b1 and b2 cannot simply be added: b1 goes through the second layer first, W2 b1 + b2": ("W2 @ b1", "b1"),
})  # fmt: skip


# forward and backward ---------------------------------------------------------------------------------------


def _sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def _networks(rng):
    yield np.array([[1.0, -1.0]]), np.array([[1.0, 0.5]]), np.array([-0.5]), np.array([2.0]), 0.5
    for n, d, h in ((1, 3, 2), (5, 2, 4), (7, 3, 5), (20, 2, 16)):
        yield rng.normal(size=(n, d)), rng.normal(size=(h, d)), rng.normal(size=h), rng.normal(size=h), rng.normal()


@exercises.function("forward", cases=_networks, returns=("A1", "ŷ"))
def forward(X, W1, b1, w2, b2):
    """X (N, D), W1 (H, D), b1 (H,), w2 (H,), b2 a number -> A1 (N, H) and ŷ (N,), with tanh and the sigmoid"""
    A1 = np.tanh(X @ W1.T + b1)
    return A1, _sigmoid(A1 @ w2 + b2)


forward.mistakes({
    "the hidden layer has no activation: A1 is tanh of Z1": ("np.tanh", ""),
    "the first result is Z1; the activations A1 = tanh(Z1) are wanted": ("return A1,", "return X @ W1.T + b1,"),
    "the hidden layer has the sigmoid; here it is tanh, and only the output has the sigmoid": ("np.tanh", "_sigmoid"),
    "the output is a score: the sigmoid, which makes it a probability, is missing": ("_sigmoid", ""),
    "the output has tanh, which runs from -1 to 1; a probability comes from the sigmoid": ("_sigmoid", "np.tanh"),
    "b1 is missing: without it every unit is 0 on a line through the origin": (" + b1)", ")"),
    "b2 is missing: without it the output is one half wherever the units are 0": (" + b2)", ")"),
    "X @ W1 does not fit: X is (N, D) and W1 is (H, D), so W1 has to be turned round, X @ W1.T": ("W1.T", "W1"),
    "A1 is turned round, as for examples in columns; here they are in rows: X @ W1.T + b1":
        (("X @ W1.T + b1", "W1 @ X.T + b1[:, None]"), ("A1 @ w2", "w2 @ A1")),
})  # fmt: skip


def _backward_cases(rng):
    for X, W1, b1, w2, b2 in _networks(rng):
        A1, y_hat = forward(X, W1, b1, w2, b2)
        yield X, rng.integers(2, size=len(X)), A1, y_hat, w2


@exercises.function("backward", cases=_backward_cases, returns=("dW1", "db1", "dw2", "db2"))
def backward(X, y, A1, y_hat, w2):
    """X (N, D), y (N,), A1 (N, H), y_hat (N,), w2 (H,) -> dW1 (H, D), db1 (H,), dw2 (H,), db2 of the mean cost"""
    dz2 = (y_hat - y) / len(y)
    dZ1 = np.outer(dz2, w2) * (1 - A1**2)
    return dZ1.T @ X, dZ1.sum(axis=0), A1.T @ dz2, dz2.sum()


backward.mistakes({
    "the mean is missing: divide by the number of examples N": (" / len(y)", ""),
    "the slope of tanh is missing in dZ1: multiply by 1 - A1²": (" * (1 - A1**2)", ""),
    "A1 (1 - A1) is the slope of the sigmoid; that of tanh is 1 - A1²": ("(1 - A1**2)", "A1 * (1 - A1)"),
    "tanh was taken twice: A1 is already tanh(Z1), so the slope is 1 - A1²": ("1 - A1**2", "1 - np.tanh(A1) ** 2"),
    "the slope of tanh is 1 - A1², with a square": ("1 - A1**2", "1 - A1"),
    "ŷ (1 - ŷ) is too much: with the log loss the slope of the sigmoid cancels, ŷ - y remains":
        (" / len(y)", " / len(y) * y_hat * (1 - y_hat)"),
    "dW1 was computed with A1, as in the lecture's slip: the inputs of the first layer are X": (".T @ X", ".T @ A1"),
    "w2 is missing in dZ1: an error reaches a hidden unit through the weight to the output":
        ("(dz2, w2)", "(dz2, np.ones_like(w2))"),
    "the slopes of the biases are sums over the examples; the mean is already in dz2": (("sum(axis=0)", "mean(axis=0)"),
                                                                                       ("dz2.sum", "dz2.mean")),
    "the slope of b1 is a mean here; it is a sum over the examples, since the mean is already in dz2":
        ("sum(axis=0)", "mean(axis=0)"),
    "the slopes of the biases are not summed: one number for each unit, and one for the output":
        ((".sum(axis=0)", ""), (".sum()", "")),
    "dz2 * w2 pairs example i with unit i: every example goes to every unit, np.outer(dz2, w2)":
        ("np.outer(dz2, w2)", "dz2 * w2"),
})  # fmt: skip


# start: break the symmetry ----------------------------------------------------------------------------------

_ZERO = "everything is zero: no weight can move, since every slope is multiplied by a zero"
_EQUAL = "hidden units start equal (weights in, bias and weight out): they get equal slopes and stay equal"
_NO_INPUT = "W1 is zero: tanh units may part in time, but ReLU units would be stuck there; draw W1 at random too"
_LARGE = "too large: the scores of the units, biases included, are far from 0, where tanh is flat, its slope nearly 0"
_SMALL = "too small: near 0 tanh is a straight line, and descent needs thousands of steps to get beyond a line"
_UNSCALED = "the scores grow with the number of inputs: a sum of D products has the deviation √D, so divide by it"
_WRONG_FAN = "W1 shrinks with the number of units H; a unit adds up D products, so it is √D that W1 is divided by"
_OUTPUT = "w2 or b2 is too large: so are the slopes, and the first step throws the units far out, where tanh is flat"


def _starts(rng):
    yield from ((0, 2, 4), (1, 2, 4), (1, 2, 16), (2, 3, 8), (3, 64, 64), (4, 64, 4))


def _judge_start(args, result):
    """The shapes, and whether the units can part."""
    seed, d, h = args
    wanted = {"W1": (h, d), "b1": (h,), "w2": (h,), "b2": ()}
    for (name, shape), value in zip(wanted.items(), result):
        if np.shape(value) != shape:
            return f"wanted the shape of {name} {shape}, got {np.shape(value)}"
    W1, b1, w2, b2 = result
    if not (np.any(W1) or np.any(w2)):
        return _ZERO
    if len(np.unique(np.column_stack([W1, b1, w2]), axis=0)) < h:
        return _EQUAL
    return None if np.any(W1) else _NO_INPUT


def _judge_sizes(pairs):
    weights = {(d, h): _size(W1) for (_, d, h), (W1, *_) in pairs}
    if weights[64, 4] > 2.5 * weights[64, 64]:
        return _WRONG_FAN
    return next(filter(None, (_judge_size(d, *result) for (_, d, _), result in pairs)), None)


def _judge_size(d, W1, b1, w2, b2):
    """For inputs of deviation 1. On the moons 500 steps mostly succeed with scores of deviation 0.2 to 10."""
    score = np.hypot(np.sqrt(d) * _size(W1), _size(b1))
    if score > 3:
        return _UNSCALED if np.hypot(_size(W1), _size(b1)) < 1.5 else _LARGE
    if score < 0.2:
        return _SMALL
    return _OUTPUT if np.linalg.norm(w2) > 300 or abs(b2) > 100 else None


def _size(weights):
    return np.sqrt(np.mean(np.square(weights)))


@exercises.function(
    "start", cases=_starts, tol=None, judge=_judge_start, across=_judge_sizes, returns=("W1", "b1", "w2", "b2")
)
def start(seed, D, H):
    """seed, inputs D, units H -> W1 (H, D), b1 (H,), w2 (H,), b2 (a number), from which tanh units can learn"""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(H, D)) / np.sqrt(D), np.zeros(H), rng.normal(size=H) / np.sqrt(H), 0.0


start.mistakes({
    _ZERO: lambda seed, D, H: (np.zeros((H, D)), np.zeros(H), np.zeros(H), 0.0),
    _EQUAL: lambda seed, D, H: (np.full((H, D), 0.5), np.zeros(H), np.full(H, 0.5), 0.0),
    _NO_INPUT: ("rng.normal(size=(H, D))", "np.zeros((H, D))"),
    _LARGE: ("/ np.sqrt(D)", "* 100"),
    _SMALL: (("/ np.sqrt(D)", "/ 100"), ("/ np.sqrt(H)", "/ 100")),
    _UNSCALED: ("/ np.sqrt(D)", "* 0.9"),
    _WRONG_FAN: ("/ np.sqrt(D)", "/ np.sqrt(H)"),
    _OUTPUT: ("/ np.sqrt(H)", "* 1000"),
})  # fmt: skip


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
    """knots (k+1,), values (k+1,) -> w (k,): values[0] + Σ w[j] relu(x - knots[j]) runs through all the points"""
    slopes = np.diff(values) / np.diff(knots)
    return np.diff(slopes, prepend=0)


hinges.mistakes({
    "these are the slopes; a unit adds to the slope so far, so its weight is the change of slope":
        ("np.diff(slopes, prepend=0)", "slopes"),
    "the first unit is missing: it brings the slope from 0 to that of the first piece": (", prepend=0", ""),
    "these are changes of the differences: divide each by the width of its piece to get a slope":
        (" / np.diff(knots)", ""),
    "these are the values; the weights are the changes of slope from piece to piece":
        ("np.diff(slopes, prepend=0)", "values[:-1]"),
    "the first unit has weight 0: it has to bring the slope from 0 to that of the first piece":
        ("prepend=0", "prepend=slopes[0]"),
    "there is a unit too many: the last knot needs none, since the curve ends there":
        ("prepend=0", "prepend=0, append=0"),
})  # fmt: skip
