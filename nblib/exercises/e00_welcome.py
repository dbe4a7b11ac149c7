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
    return np.mean(predicted == actual)


@accuracy.mistake("this is how many are right; the share is wanted: divide by how many there are")
def _(predicted, actual):
    return np.sum(predicted == actual)


@accuracy.mistake("this is the share of wrong answers: compare with ==, or subtract from 1")
def _(predicted, actual):
    return np.mean(predicted != actual)


@accuracy.mistake("this is in percent: 0.75 is wanted, not 75")
def _(predicted, actual):
    return 100 * np.mean(predicted == actual)


@accuracy.mistake("this is 1 only when all are right: take the mean, or divide with /, not //")
def _(predicted, actual):
    return np.all(predicted == actual)


@accuracy.mistake("this gives True or False for each answer; their mean is the share of those that are right")
def _(predicted, actual):
    return predicted == actual


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


def _clouds(rng):
    yield np.array([[0.0], [2.0], [9.0], [11.0]]), np.array([0, 0, 1, 1]), np.array([[3.0], [7.0]])
    yield np.array([[0.0], [6.0], [7.0]]), np.array([0, 0, 1]), np.array([[5.5], [4.0], [9.0]])
    for classes, columns in (((0, 1), 2), ((3, 8), 2), ((2, 5, 9), 5)):
        y = np.repeat(classes, 7)
        yield y[:, None] + 2 * rng.normal(size=(len(y), columns)), y, 8 * rng.normal(size=(20, columns))


def _squared_distances(X, others):
    return ((X[:, None] - others) ** 2).sum(axis=2)


def _centroids(X, y):
    return np.array([X[y == k].mean(axis=0) for k in np.unique(y)])


@exercises.function("nearest_centroid", cases=_clouds)
def nearest_centroid(X, y, X_new):
    return np.unique(y)[_squared_distances(X_new, _centroids(X, y)).argmin(axis=1)]


@nearest_centroid.mistake("these are the labels of the nearest examples; the nearest means are wanted")
def _(X, y, X_new):
    return y[_squared_distances(X_new, X).argmin(axis=1)]


@nearest_centroid.mistake("these are the labels of the farthest centroids: argmin, not argmax")
def _(X, y, X_new):
    return np.unique(y)[_squared_distances(X_new, _centroids(X, y)).argmax(axis=1)]


@nearest_centroid.mistake("these are the numbers 0, 1, … of the centroids; their labels are wanted")
def _(X, y, X_new):
    return _squared_distances(X_new, _centroids(X, y)).argmin(axis=1)


@nearest_centroid.mistake("the differences are added up without squares, so that + and − cancel")
def _(X, y, X_new):
    return np.unique(y)[(X_new[:, None] - _centroids(X, y)).sum(axis=2).argmin(axis=1)]


@nearest_centroid.mistake("only the first column was compared; the distance needs all of them")
def _(X, y, X_new):
    return nearest_centroid(X[:, :1], y, X_new[:, :1])


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
    return random_arm if dice < explore else int(np.argmax(average))


@choose.mistake("the two cases are swapped: it explores when the dice say not to")
def _(average, explore, dice, random_arm):
    return random_arm if dice >= explore else int(np.argmax(average))


@choose.mistake("it never explores: return random_arm when dice < explore")
def _(average, explore, dice, random_arm):
    return int(np.argmax(average))


@choose.mistake("it always explores: when dice is not below explore, take the arm with the best average")
def _(average, explore, dice, random_arm):
    return random_arm


@choose.mistake("this is the best average itself; the number of its arm is wanted (argmax, or index)")
def _(average, explore, dice, random_arm):
    return random_arm if dice < explore else max(average)


@choose.mistake("it takes the arm with the smallest average: argmax, not argmin")
def _(average, explore, dice, random_arm):
    return random_arm if dice < explore else int(np.argmin(average))


@choose.mistake("with explore 0 it must never explore, and dice can be 0: write <, not <=")
def _(average, explore, dice, random_arm):
    return random_arm if dice <= explore else int(np.argmax(average))


APPROACH = {
    "tax": "instructions",
    "photo": "examples",
    "lottery": "neither",
    "stone": "instructions",
    "speech": "examples",
}


def _says(word, *problems):
    """A mistake: `word` is the answer to one of `problems`; and an example of it."""
    return lambda answer: word in [answer[p] for p in problems], APPROACH | {problems[0]: word}


exercises.answer(
    "approach",
    APPROACH,
    mistakes={
        'each answer is one of "instructions", "examples", "neither"': (
            lambda answer: not set(answer.values()) <= {"instructions", "examples", "neither"},
            APPROACH | {"tax": "rules"},
        ),
        "lottery: past draws say nothing about the next one, so there is no function to learn": _says(
            "examples", "lottery"
        ),
        "lottery: if there were instructions, there would be no lottery": _says("instructions", "lottery"),
        "tax: the law spells out the function; examples only come close to it": _says("examples", "tax"),
        "stone: the formula is known, and it holds for heights of which you have no examples": _says(
            "examples", "stone"
        ),
        "photo, speech: nobody has been able to write the instructions; try it for a cat": _says(
            "instructions", "photo", "speech"
        ),
        "tax, stone: instructions are known for both": _says("neither", "tax", "stone"),
        "photo, speech: there are plenty of examples, and each has a clear answer": _says(
            "neither", "photo", "speech"
        ),
    },
)
