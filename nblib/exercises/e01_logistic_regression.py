"""Exercises of notebook 01: logistic regression from the sigmoid to a trained and diagnosed model."""

import numpy as np

from nblib import datasets
from nblib.checks import Exercises

exercises = Exercises("01")
check = exercises.check


def _logits(rng):
    yield (np.array([0.0, 1.0, -1.0]),)
    for shape in ((5,), (1,), (4, 3), (2, 3, 2), (0,)):
        yield (rng.normal(scale=3, size=shape),)
    for size in (40.0, 800.0, 1e4):
        yield (np.array([size, -size]),)
        yield (rng.choice([-size, 0.5, size], size=(3, 2)),)


@exercises.function("sigmoid", cases=_logits, tol=1e-9, silent=True)
def sigmoid(z):
    small = np.exp(-np.abs(z))  # never above 1
    return np.where(z >= 0, 1, small) / (1 + small)


@sigmoid.mistake("the sign of the exponent is missing: you computed 1 / (1 + e^z)")
def _(z):
    return 1 / (1 + np.exp(z))


@sigmoid.mistake("the value is right, but exp(-z) overflows for large negative z: keep the exponent below 0")
def _(z):
    return 1 / (1 + np.exp(-z))


@sigmoid.mistake("e^z / (1 + e^z) becomes inf / inf = nan for large z: keep the exponent below 0")
def _(z):
    return np.exp(z) / (1 + np.exp(z))


@sigmoid.mistake("this is tanh, which runs from -1 to 1; the sigmoid runs from 0 to 1")
def _(z):
    return np.tanh(z)


def _outputs(rng):
    yield np.array([0.5, 0.5]), np.array([0, 1])
    yield np.array([0.9, 0.2, 0.6]), np.array([1, 0, 0])
    for n in (1, 5, 40):
        yield rng.uniform(0.01, 0.99, size=n), rng.integers(2, size=n)
    yield np.array([1e-12, 1 - 1e-12, 0.5]), np.array([1, 0, 1])


@exercises.function("cost", cases=_outputs)
def cost(a, y):
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


@cost.mistake("the minus sign is missing: logarithms of probabilities are negative, the cost is not")
def _(a, y):
    return np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


@cost.mistake("the losses are added up, not averaged over the examples")
def _(a, y):
    return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))


@cost.mistake("the factors y and 1 - y are missing: each example pays for one of the logarithms only")
def _(a, y):
    return -np.mean(np.log(a) + np.log(1 - a))


@cost.mistake("examples of class 0 cost nothing here: the term (1 - y) log(1 - a) is missing")
def _(a, y):
    return -np.mean(y * np.log(a))


@cost.mistake("a and y are swapped for the two classes: y goes with log a, 1 - y with log(1 - a)")
def _(a, y):
    return -np.mean((1 - y) * np.log(a) + y * np.log(1 - a))


@cost.mistake("this is the squared error; the log loss is wanted")
def _(a, y):
    return np.mean((a - y) ** 2)


def _scores(rng):
    yield np.array([0.0, 0.0]), np.array([0, 1])
    for n in (1, 5, 40):
        yield rng.normal(scale=3, size=n), rng.integers(2, size=n)
    for size in (50.0, 800.0):
        yield np.array([size, -size, 1.0]), np.array([0, 1, 1])
        yield np.array([size, -size, 1.0]), np.array([1, 0, 0])


@exercises.function("logit_cost", cases=_scores, silent=True)
def logit_cost(z, y):
    return np.mean(np.logaddexp(0, z) - y * z)


@logit_cost.mistake("right for small z, but e^800 overflows: np.logaddexp(0, z) is log(1 + e^z) without that")
def _(z, y):
    return np.mean(np.log(1 + np.exp(z)) - y * z)


@logit_cost.mistake("right for small z; for large ones a rounds to 0 or 1, and log 0 = -inf: stay with z")
def _(z, y):
    return cost(sigmoid(z), y)


@logit_cost.mistake("clipping a hides the damage: class 1 with the score -800 must cost 800")
def _(z, y):
    return cost(np.clip(sigmoid(z), 1e-12, 1 - 1e-12), y)


@logit_cost.mistake("the losses are added up, not averaged over the examples")
def _(z, y):
    return np.sum(np.logaddexp(0, z) - y * z)


@logit_cost.mistake("the term y z is missing: without it every example is treated as class 0")
def _(z, y):
    return np.mean(np.logaddexp(0, z))


def _batches(rng):
    yield np.array([[1.0], [2.0]]), np.array([0, 1]), np.array([0.5, 0.5])
    for n, d in ((1, 3), (5, 2), (7, 3), (40, 5)):
        yield rng.normal(size=(n, d)), rng.integers(2, size=n), rng.uniform(size=n)


@exercises.function("gradient", cases=_batches)
def gradient(X, y, a):
    return X.T @ (a - y) / len(X), np.mean(a - y)


@gradient.mistake("the sign is flipped: the gradient has a - y, not y - a; the minus belongs to the step")
def _(X, y, a):
    return X.T @ (y - a) / len(X), np.mean(y - a)


@gradient.mistake("the mean over the examples is missing: divide both by their number N")
def _(X, y, a):
    return X.T @ (a - y), np.sum(a - y)


@gradient.mistake("dw is divided by N and db is not: the mean belongs to both")
def _(X, y, a):
    return X.T @ (a - y) / len(X), np.sum(a - y)


@gradient.mistake("db is divided by N and dw is not: the mean belongs to both")
def _(X, y, a):
    return X.T @ (a - y), np.mean(a - y)


@gradient.mistake("a (1 - a) is the slope of the sigmoid: with the log loss it cancels, a - y alone remains")
def _(X, y, a):
    slope = (a - y) * a * (1 - a)
    return X.T @ slope / len(X), np.mean(slope)


def _training_sets(rng):
    for n, d, lr, steps in ((6, 1, 0.5, 3), (20, 2, 0.5, 50), (30, 3, 0.1, 100)):
        X = rng.normal(size=(n, d))
        y = (X @ rng.normal(size=d) + 0.5 * rng.normal(size=n) > 0.3).astype(int)
        yield X, y, lr, steps


def _judge_training(args, result):
    X, y, lr, steps = args
    w, b = result
    if np.shape(w) == X.shape[1:] and np.shape(b) == () and _cost(X, y, w, b) > np.log(2):
        return "the cost rises: a step goes against the gradient, w - lr dw"
    return None


def _cost(X, y, w, b):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)


def _path(X, y, lr, steps, rates=(1, 1)):
    """Yields w, b: zeros, then the parameters after each step."""
    w, b = np.zeros(X.shape[1]), 0.0
    yield w, b
    for _ in range(steps):
        dw, db = gradient(X, y, sigmoid(X @ w + b))
        w, b = w - rates[0] * lr * dw, b - rates[1] * lr * db
        yield w, b


def _descend(*args, **kwargs):
    *_, last = _path(*args, **kwargs)
    return last


@exercises.function("train", cases=_training_sets, judge=_judge_training)
def train(X, y, lr, steps):
    return _descend(X, y, lr, steps)


@train.mistake("the cost rises: a step goes against the gradient, w - lr dw")
def _(X, y, lr, steps):
    return _descend(X, y, -lr, steps)


@train.mistake("only one step was taken: is `return` inside the loop?")
def _(X, y, lr, steps):
    return _descend(X, y, lr, 1)


@train.mistake("the gradient was computed once, before the loop: it changes with every step")
def _(X, y, lr, steps):
    return _descend(X, y, lr * steps, 1)


@train.mistake("b stays 0: update it as well, b - lr db")
def _(X, y, lr, steps):
    return _descend(X, y, lr, steps, rates=(1, 0))


@train.mistake("the learning rate is missing: a step is w - lr dw")
def _(X, y, lr, steps):
    return _descend(X, y, 1, steps)


@train.mistake("nothing was trained: w and b are still 0")
def _(X, y, lr, steps):
    return _descend(X, y, lr, 0)


def runs():
    """Three trainings with a fault each, {name: (cost by step, accuracy on training data, on new data)}."""
    return {
        "run 1": _run(datasets.gaussian, 100, steps=25, lr=0.3, seed=0),
        "run 2": _run(datasets.circles, 100, steps=500, lr=0.3, seed=1),
        "run 3": _run(datasets.gaussian, 5, steps=2000, lr=0.3, seed=2),
    }


def _run(draw, n, steps, lr, seed):
    rng = np.random.default_rng(seed)
    (X, y), (X_new, y_new) = ((X + 2, y) for X, y in (draw(n, rng=rng), draw(500, rng=rng)))
    way = list(_path(X, y, lr, steps))
    w, b = way[-1]
    costs = [_cost(X, y, *parameters) for parameters in way]
    return costs, *(float(np.mean((X @ w + b > 0) == y)) for X, y in ((X, y), (X_new, y_new)))


def _says(run, cause):
    def says(answer):
        return answer[run] == cause

    return says


_RIGHT = {"run 1": "not converged", "run 2": "not separable", "run 3": "not representative"}

exercises.answer(
    "diagnose",
    _RIGHT,
    mistakes={
        "run 1: its cost is still falling when it stops; more steps would help": (
            _says("run 1", "not separable"),
            _RIGHT | {"run 1": "not separable"},
        ),
        "run 2: its cost has been flat for long; more steps change nothing": (
            _says("run 2", "not converged"),
            _RIGHT | {"run 2": "not converged"},
        ),
        "run 3: it does well on its training data; look at the new data": (
            lambda answer: answer["run 3"] != "not representative",
            _RIGHT | {"run 3": "not separable"},
        ),
    },
)
