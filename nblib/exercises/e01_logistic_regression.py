"""Exercises of notebook 01: logistic regression from the sigmoid to a trained and diagnosed model."""

import numpy as np

from nblib.checks import Exercises
from nblib.exercises.programs_01 import log_loss
from nblib.exercises.programs_01 import runs as runs  # the notebook shows them

exercises = Exercises("01")
check = exercises.check


def _logits(rng):
    yield (np.array([0.0, 1.0, -1.0]),)
    for shape in ((5,), (1,), (4, 3), (2, 3, 2)):
        yield (rng.normal(scale=3, size=shape),)
    for size in (40.0, 800.0, 1e4):
        yield (np.array([size, -size]),)
        yield (rng.choice([-size, 0.5, size], size=(3, 2)),)


@exercises.function(
    "sigmoid",
    cases=_logits,
    tol=1e-9,
    silent=True,
    edges={"an array without numbers, of shape (0,), goes through like any other": (np.zeros(0),)},
)
def sigmoid(z):
    """z (any shape) -> 1 / (1 + exp(-z)), same shape, without overflow"""
    small = np.exp(-np.abs(z))  # never above 1
    return np.where(z >= 0, 1, small) / (1 + small)


sigmoid.mistakes({
    "the sign of the exponent is missing: you computed 1 / (1 + e^z)": lambda z: 1 / (1 + np.exp(z)),
    "the value is right, but exp(-z) overflows for large negative z: keep the exponent below 0":
        lambda z: 1 / (1 + np.exp(-z)),
    "e^z / (1 + e^z) becomes inf / inf = nan for large z: keep the exponent below 0":
        lambda z: np.exp(z) / (1 + np.exp(z)),
    "this is tanh, which runs from -1 to 1; the sigmoid runs from 0 to 1": np.tanh,
})  # fmt: skip


def _outputs(rng):
    yield np.array([0.5, 0.5]), np.array([0, 1])
    yield np.array([0.9, 0.2, 0.6]), np.array([1, 0, 0])
    for n in (1, 5, 40):
        yield rng.uniform(0.01, 0.99, size=n), rng.integers(2, size=n)
    yield np.array([1e-12, 1 - 1e-12, 0.5]), np.array([1, 0, 1])


@exercises.function("cost", cases=_outputs)
def cost(a, y):
    """probabilities a (N,), labels y (N,) -> the mean log loss, one number"""
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


cost.mistakes({
    "the minus sign is missing: logarithms of probabilities are negative, the cost is not": ("-np.mean", "np.mean"),
    "the losses are added up, not averaged over the examples": ("mean", "sum"),
    "the factors y and 1 - y are missing: each example pays for one of the logarithms only":
        (("y * np.log(a)", "np.log(a)"), ("(1 - y) *", "")),
    "examples of class 0 cost nothing here: the term (1 - y) log(1 - a) is missing": (" + (1 - y) * np.log(1 - a)", ""),
    "a and y are swapped for the two classes: y goes with log a, 1 - y with log(1 - a)":
        lambda a, y: -np.mean((1 - y) * np.log(a) + y * np.log(1 - a)),
    "this is the squared error; the log loss is wanted": lambda a, y: np.mean((a - y) ** 2),
})  # fmt: skip


def _scores(rng):
    yield np.array([0.0, 0.0]), np.array([0, 1])
    for n in (1, 5, 40):
        yield rng.normal(scale=3, size=n), rng.integers(2, size=n)
    for size in (50.0, 800.0):
        yield np.array([size, -size, 1.0]), np.array([0, 1, 1])
        yield np.array([size, -size, 1.0]), np.array([1, 0, 0])


@exercises.function("logit_cost", cases=_scores, silent=True)
def logit_cost(z, y):
    """scores z (N,), labels y (N,) -> the mean log loss, for scores of any size"""
    return np.mean(np.logaddexp(0, z) - y * z)


logit_cost.mistakes({
    "right for small z, but e^800 overflows: np.logaddexp(0, z) is log(1 + e^z) without that":
        ("np.logaddexp(0, z)", "np.log(1 + np.exp(z))"),
    "right for small z; for large ones a rounds to 0 or 1, and log 0 = -inf: stay with z":
        lambda z, y: cost(sigmoid(z), y),
    "clipping a hides the damage: class 1 with the score -800 must cost 800":
        lambda z, y: cost(np.clip(sigmoid(z), 1e-12, 1 - 1e-12), y),
    "the losses are added up, not averaged over the examples": ("mean", "sum"),
    "the term y z is missing: without it every example is treated as class 0": (" - y * z", ""),
})  # fmt: skip


def _batches(rng):
    yield np.array([[1.0], [2.0]]), np.array([0, 1]), np.array([0.5, 0.5])
    for n, d in ((1, 3), (5, 2), (7, 3), (40, 5)):
        yield rng.normal(size=(n, d)), rng.integers(2, size=n), rng.uniform(size=n)


@exercises.function("gradient", cases=_batches, returns=("dw", "db"))
def gradient(X, y, a):
    """X (N, D), labels y (N,), probabilities a (N,) -> dJ/dw (D,) and dJ/db, one number"""
    return X.T @ (a - y) / len(X), np.mean(a - y)


gradient.mistakes({
    "the sign is flipped: the gradient has a - y, not y - a; the minus belongs to the step": ("a - y", "y - a"),
    "the mean over the examples is missing: divide both by their number N": ((" / len(X)", ""), ("mean", "sum")),
    "dw is divided by N and db is not: the mean belongs to both": ("mean", "sum"),
    "db is divided by N and dw is not: the mean belongs to both": (" / len(X)", ""),
    "a (1 - a) is the slope of the sigmoid: with the log loss it cancels, a - y alone remains":
        ("(a - y)", "((a - y) * a * (1 - a))"),
})  # fmt: skip


def _training_sets(rng):
    for n, d, lr, steps in ((6, 1, 0.5, 3), (20, 2, 0.5, 50), (30, 3, 0.1, 100)):
        X = rng.normal(size=(n, d))
        y = (X @ rng.normal(size=d) + 0.5 * rng.normal(size=n) > 0.3).astype(int)
        yield X, y, lr, steps


def _judge_training(args, result):
    X, y, lr, steps = args
    w, b = result
    if np.shape(w) == X.shape[1:] and np.shape(b) == () and log_loss(X, y, w, b) > np.log(2):
        return "the cost rises: a step goes against the gradient, w - lr dw"
    return None


@exercises.function("train", cases=_training_sets, judge=_judge_training, returns=("w", "b"))
def train(X, y, lr, steps):
    """X (N, D), y (N,) -> w (D,) and b after `steps` steps of gradient descent from zeros"""
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        dw, db = gradient(X, y, sigmoid(X @ w + b))
        w, b = w - lr * dw, b - lr * db
    return w, b


train.mistakes({
    "the sigmoid is missing: the gradient wants probabilities, not scores": ("sigmoid(X @ w + b)", "X @ w + b"),
    "the cost rises: a step goes against the gradient, w - lr dw": (("w - lr", "w + lr"), ("b - lr", "b + lr")),
    "only one step was taken: is `return` inside the loop?": ("range(steps)", "range(1)"),
    "the gradient was computed once, before the loop: it changes with every step":
        lambda X, y, lr, steps: train(X, y, lr * steps, 1),
    "b stays 0: update it as well, b - lr db": ("b - lr * db", "b"),
    "the learning rate is missing: a step is w - lr dw": ("lr *", "1 *"),
    "nothing was trained: w and b are still 0": ("range(steps)", "()"),
    "one step too few: `steps` of them are wanted": ("range(steps)", "range(steps - 1)"),
    "one step too many: `steps` of them are wanted": ("range(steps)", "range(steps + 1)"),
    "b was updated with the new w: compute both gradients first, then take both steps":
        ("w, b = w - lr * dw, b - lr * db", "w = w - lr * dw; b = b - lr * gradient(X, y, sigmoid(X @ w + b))[1]"),
})  # fmt: skip

exercises.choices(
    "diagnose",
    {"run 1": "not converged", "run 2": "not separable", "run 3": "not representative"},
    options=("not converged", "not separable", "not representative"),
    because={
        (
            "run 1",
            "not separable",
            "not representative",
        ): "its cost is still falling when it stops; more steps would help",
        ("run 2", "not converged"): "its cost has been flat for long; more steps change nothing",
        ("run 2", "not representative"): "it does as badly on its training data as on the new",
        ("run 3", "not separable", "not converged"): "it does well on its training data; look at the new data",
    },
)
