"""Exercises of notebook 00: a score, a split, an over-fit, a classifier, a gambler, and when to learn."""

import numpy as np

from nblib.checks import Exercises

exercises = Exercises("00")
check = exercises.check


def _readings(rng):
    yield np.array([3, 8, 8, 1]), np.array([3, 8, 9, 1])
    yield np.array([1, 2, 3]), np.array([1, 2, 3])
    yield np.array([0, 0]), np.array([1, 7])
    for n in (1, 7, 100):
        yield rng.integers(0, 3, n), rng.integers(0, 3, n)


@exercises.function("accuracy", cases=_readings)
def accuracy(predicted, actual):
    """predicted (N,), actual (N,) -> the share of predictions that are right, from 0 to 1"""
    return np.mean(predicted == actual)


accuracy.mistakes({
    "this is how many are right; the share is wanted: divide by how many there are": ("np.mean", "np.sum"),
    "this is the share of wrong answers: compare with ==, or subtract from 1": ("==", "!="),
    "this is in percent: 0.75 is wanted, not 75": ("np.mean", "100 * np.mean"),
    "this is 1 only when all are right: take the mean, or divide with /, not //": ("np.mean", "np.all"),
    "this gives True or False for each answer; their mean is the share of those that are right": ("np.mean", ""),
})  # fmt: skip


def _tables(rng):
    """X whose first column numbers its rows, and y that says the same: separating them is noticed."""
    for n, test in ((16, 4), (20, 6), (50, 20)):
        rows = np.arange(n, dtype=float)
        yield np.column_stack([rows, rng.normal(size=n)]), 100 + rows, test, np.random.default_rng(n)


_ORDER = "the results come in another order: return X_train, X_test, y_train, y_test"
_SWAPPED = "the sizes are swapped: the test set has `test` examples, the training set all others"
_BOTH = "some examples are in both sets: the test would ask what was already told"
_NEITHER = "some examples are in neither set, or in one set twice"
_LABELS = "the labels no longer belong to their examples: shuffle X and y with the same permutation"
_UNSHUFFLED = "nothing was shuffled: in a sorted table the test set would hold one class only"


def _judge_split(args, result):
    X, y, test, rng = args
    X_train, X_test, y_train, y_test = map(np.asarray, result)
    if [part.ndim for part in (X_train, X_test, y_train, y_test)] != [2, 2, 1, 1]:
        return _ORDER
    train, new = X_train[:, 0].astype(int).tolist(), X_test[:, 0].astype(int).tolist()
    if (len(train), len(new)) == (test, len(X) - test):
        return _SWAPPED
    if set(train) & set(new):
        return _BOTH
    if sorted(train + new) != list(range(len(X))):
        return _NEITHER
    if len(new) != test:
        return "the test set does not have `test` examples"
    if y_train.tolist() != [100 + row for row in train] or y_test.tolist() != [100 + row for row in new]:
        return _LABELS
    return _UNSHUFFLED if set(new) in (set(range(test)), set(range(len(X) - test, len(X)))) else None


@exercises.function(
    "split", cases=_tables, tol=None, judge=_judge_split, returns=("X_train", "X_test", "y_train", "y_test")
)
def split(X, y, test, rng):
    """X (N, D), y (N,) -> X_train, X_test, y_train, y_test, with `test` random examples in the test set"""
    order = rng.permutation(len(X))
    new, train = order[:test], order[test:]
    return X[train], X[new], y[train], y[new]


split.mistakes({
    _UNSHUFFLED: ("rng.permutation(len(X))", "np.arange(len(X))"),
    _BOTH: ("new, train = order[:test], order[test:]", "new, train = order[:test], rng.permutation(len(X))[test:]"),
    _LABELS: ("y[train], y[new]", "rng.permutation(y[train]), rng.permutation(y[new])"),
    _SWAPPED: ("new, train =", "train, new ="),
    _NEITHER: ("order[test:]", "order[test + 1:]"),
    _ORDER: ("return X[train], X[new], y[train], y[new]", "return X[train], y[train], X[new], y[new]"),
})  # fmt: skip

exercises.answer(
    "overfitted",
    "C",  # training error, error on new data: A .40 and .42, B .11 and .13, C .02 and .35
    mistakes={
        "A errs as much on its training data as on new data: it is too simple, it under-fits": "A",
        "B errs a little, and hardly more on new data than on its training data: it generalizes": "B",
        "one model only: compare the gaps between its two errors": (lambda named: len(named) > 1, "A and C"),
    },
)


def _clouds(rng):
    yield np.array([[0.0], [2.0], [9.0], [11.0]]), np.array([0, 0, 1, 1]), np.array([[3.0], [7.0]])
    yield np.array([[0.0], [6.0], [7.0]]), np.array([0, 0, 1]), np.array([[5.5], [4.0], [9.0]])
    for classes, columns in (((0, 1), 2), ((3, 8), 2), ((2, 5, 9), 5)):
        y = np.repeat(classes, 7)
        yield y[:, None] + 2 * rng.normal(size=(len(y), columns)), y, 8 * rng.normal(size=(20, columns))


@exercises.function("nearest_centroid", cases=_clouds)
def nearest_centroid(X, y, X_new):
    """X (N, D), labels y (N,), X_new (M, D) -> the labels of X_new (M,)"""
    classes = np.unique(y)
    centroids = np.array([X[y == k].mean(axis=0) for k in classes])
    distances = ((X_new[:, None] - centroids) ** 2).sum(axis=2)
    return classes[distances.argmin(axis=1)]


nearest_centroid.mistakes({
    "these are the labels of the nearest examples; the nearest means are wanted":
        (("- centroids", "- X"), ("return classes", "return y")),
    "these are the labels of the farthest centroids: argmin, not argmax": ("argmin", "argmax"),
    "these are the numbers 0, 1, … of the centroids; their labels are wanted": ("classes[distances.argmin(axis=1)]",
                                                                               "distances.argmin(axis=1)"),
    "the differences are added up without squares, so that + and − cancel": (" ** 2", ""),
    "only the first column was compared; the distance needs all of them": (".sum(axis=2)", "[:, :, 0]"),
})  # fmt: skip


def _throws(rng):
    yield [0.2, 0.7], 0.1, 0.9, 0
    yield [0.2, 0.7], 0.1, 0.05, 0
    yield [0.6, 0.5], 0.0, 0.0, 1
    yield [0.6, 0.5], 1.0, 0.999, 1
    for _ in range(20):
        arms = int(rng.integers(2, 6))
        yield rng.random(arms).tolist(), float(rng.random()), float(rng.random()), int(rng.integers(arms))


@exercises.function("choose", cases=_throws)
def choose(average, explore, dice, random_arm):
    """average: a number for each arm; explore, dice from 0 to 1 (dice < 1) -> the arm to pull"""
    return random_arm if dice < explore else int(np.argmax(average))


choose.mistakes({
    "the two cases are swapped: it explores when the dice say not to": ("dice < explore", "dice >= explore"),
    "it never explores: return random_arm when dice < explore": ("dice < explore", "False"),
    "it always explores: when dice is not below explore, take the arm with the best average":
        ("dice < explore", "True"),
    "this is the best average itself; the number of its arm is wanted (argmax, or index)":
        ("int(np.argmax(average))", "max(average)"),
    "it takes the arm with the smallest average: argmax, not argmin": ("argmax", "argmin"),
    "with explore 0 it must never explore, and dice can be 0: write <, not <=": ("dice < explore", "dice <= explore"),
})  # fmt: skip

exercises.choices(
    "approach",
    {"tax": "instructions", "photo": "examples", "lottery": "neither", "stone": "instructions", "speech": "examples"},
    options=("instructions", "examples", "neither"),
    because={
        ("lottery", "examples"): "past draws say nothing about the next one, so there is no function to learn",
        ("lottery", "instructions"): "if there were instructions, there would be no lottery",
        ("tax", "examples"): "the law spells out the function; examples only come close to it",
        ("stone", "examples"): "the formula is known, and it holds for heights of which you have no examples",
        ("photo, speech", "instructions"): "nobody has been able to write the instructions; try it for a cat",
        ("tax, stone", "neither"): "instructions are known for both",
        ("photo, speech", "neither"): "there are plenty of examples, and each has a clear answer",
    },
)
