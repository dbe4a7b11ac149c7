"""Exercises of notebook 00: an error measure, a split, an over-fitted model."""

import numpy as np

from nblib.checks import Exercises

exercises = Exercises("00")
check = exercises.check


def _predictions(rng):
    yield np.array([1.0, 2.0, 5.0]), np.array([1.0, 2.0, 3.0])
    yield np.array([0.0, 3.0]), np.array([2.0, 2.0])
    for n in (1, 7, 100):
        yield rng.normal(size=n), rng.normal(size=n)


@exercises.function("mean_squared_error", cases=_predictions)
def mean_squared_error(prediction, target):
    return np.mean((prediction - target) ** 2)


@mean_squared_error.mistake("the errors are added up, not averaged: use a mean, or divide by their number")
def _(prediction, target):
    return np.sum((prediction - target) ** 2)


@mean_squared_error.mistake("the differences are not squared: those above and below cancel")
def _(prediction, target):
    return np.mean(prediction - target)


@mean_squared_error.mistake("this is the mean of the distances |prediction − target|: square them instead")
def _(prediction, target):
    return np.mean(np.abs(prediction - target))


@mean_squared_error.mistake("this is the root of the mean squared error: leave the root out")
def _(prediction, target):
    return np.sqrt(np.mean((prediction - target) ** 2))


@mean_squared_error.mistake("you squared the mean of the differences; the mean of their squares is wanted")
def _(prediction, target):
    return np.mean(prediction - target) ** 2


def _tables(rng):
    """X whose first column numbers its rows, and y that says the same: separating them is noticed."""
    for n, test in ((16, 4), (20, 6), (50, 20)):
        rows = np.arange(n, dtype=float)
        yield np.column_stack([rows, rng.normal(size=n)]), 100 + rows, test, np.random.default_rng(n)


def _judge_split(args, result):
    X, y, test, rng = args
    X_train, X_test, y_train, y_test = result
    train, new = [int(row) for row in X_train[:, 0]], [int(row) for row in X_test[:, 0]]
    if (len(train), len(new)) == (test, len(X) - test):
        return "the sizes are swapped: the test set has `test` examples, the training set all others"
    if set(train) & set(new):
        return "some examples are in both sets: the test would ask what was already told"
    if sorted(train + new) != list(range(len(X))):
        return "some examples are in neither set, or in one set twice"
    if len(new) != test:
        return "the test set does not have `test` examples"
    if list(y_train) != [100 + row for row in train] or list(y_test) != [100 + row for row in new]:
        return "the labels no longer belong to their examples: shuffle X and y with the same permutation"
    if set(new) in (set(range(test)), set(range(len(X) - test, len(X)))):
        return "nothing was shuffled: in a sorted table the test set would hold one class only"
    return None


@exercises.function("split", cases=_tables, tol=None, judge=_judge_split)
def split(X, y, test, rng):
    order = rng.permutation(len(X))
    new, train = order[:test], order[test:]
    return X[train], X[new], y[train], y[new]


@split.mistake("nothing was shuffled: in a sorted table the test set would hold one class only")
def _(X, y, test, rng):
    return X[test:], X[:test], y[test:], y[:test]


@split.mistake("some examples are in both sets: the test would ask what was already told")
def _(X, y, test, rng):
    order, again = rng.permutation(len(X)), rng.permutation(len(X))
    return X[order[test:]], X[again[:test]], y[order[test:]], y[again[:test]]


@split.mistake("the labels no longer belong to their examples: shuffle X and y with the same permutation")
def _(X, y, test, rng):
    order, other = rng.permutation(len(X)), rng.permutation(len(X))
    return X[order[test:]], X[order[:test]], y[other[test:]], y[other[:test]]


@split.mistake("the sizes are swapped: the test set has `test` examples, the training set all others")
def _(X, y, test, rng):
    order = rng.permutation(len(X))
    return X[order[:test]], X[order[test:]], y[order[:test]], y[order[test:]]


@split.mistake("some examples are in neither set, or in one set twice")
def _(X, y, test, rng):
    order = rng.permutation(len(X))
    return X[order[test + 1 :]], X[order[:test]], y[order[test + 1 :]], y[order[:test]]


exercises.answer(
    "overfitted",
    "C",  # training error, error on new data: A .40 and .42, B .11 and .13, C .02 and .35
    mistakes={
        "A errs as much on its training data as on new data: it is too simple, it under-fits": "A",
        "B errs a little, and hardly more on new data than on its training data: it generalizes": "B",
        "one model only: compare the gaps between its two errors": (lambda named: len(named) > 1, "A and C"),
    },
)
