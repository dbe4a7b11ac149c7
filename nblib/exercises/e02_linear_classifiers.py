"""Exercises of notebook 02: softmax, the two losses, votes and histograms of edge directions."""

from itertools import combinations

import numpy as np

from nblib.checks import Exercises

exercises = Exercises("02")
check = exercises.check


def _scores(rng):
    yield (np.array([[3.2, 5.1, -1.7]]),)
    for shape in ((2, 3), (4, 4), (7, 2), (3, 1), (0, 3)):
        yield (rng.normal(scale=3, size=shape),)
    yield (np.array([[1000.0, 999.0, -1000.0]]),)
    yield (np.array([[1000.0, 999.0], [-1000.0, -999.0]]),)
    yield (np.array([[1000.0, -999.0, -1000.0]]),)


@exercises.function("softmax", cases=_scores)
def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake("the columns sum to 1, not the rows: an example is a row, so add up over axis 1")
def _(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=0)


@softmax.mistake("the columns sum to 1, not the rows; and large scores overflow")
def _(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=0)


@softmax.mistake("the whole table sums to 1: each row has to, so add up over axis 1 with keepdims=True")
def _(scores):
    powers = np.exp(scores)
    return powers / powers.sum()


@softmax.mistake("e^1000 is inf, and inf / inf is nan: subtract the largest score of each row first")
def _(scores):
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake(
    "you subtracted the largest score of the whole table, and a row far below becomes 0 / 0: take each row's"
)
def _(scores):
    powers = np.exp(scores - scores.max(initial=-np.inf))
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake(
    "you subtracted each row's mean: the largest score can still lie far above it; subtract the maximum"
)
def _(scores):
    powers = np.exp(scores - scores.mean(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@softmax.mistake("these powers are positive, but do not sum to 1: divide each row by its sum")
def _(scores):
    return np.exp(scores - scores.max(axis=1, keepdims=True))


@softmax.mistake("these are the logarithms of the probabilities")
def _(scores):
    return _log_softmax(scores)


def _labelled(rng):
    yield np.array([[3.2, 5.1, -1.7]]), np.array([0])
    yield np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]]), np.array([0, 1, 2])
    for n, classes in ((1, 4), (5, 3), (8, 2), (4, 1)):
        yield rng.normal(scale=3, size=(n, classes)), rng.integers(classes, size=n)
    yield np.array([[500.0, -500.0]]), np.array([1])  # e^500 is a number still, e^-1000 is 0
    yield np.array([[0.0, 1000.0], [1000.0, -1000.0]]), np.array([0, 0])
    yield np.array([[-1000.0, -999.0, 1000.0]]), np.array([1])


def _log_softmax(scores):
    scores = scores - scores.max(axis=1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def _of_truth(table, y):
    return table[np.arange(len(y)), y]


@exercises.function("cross_entropy", cases=_labelled)
def cross_entropy(scores, y):
    return -_of_truth(_log_softmax(scores), y).mean()


@cross_entropy.mistake("the losses are added up, not averaged over the examples")
def _(scores, y):
    return -_of_truth(_log_softmax(scores), y).sum()


@cross_entropy.mistake("the minus sign is missing: log p is never positive, the loss never negative")
def _(scores, y):
    return _of_truth(_log_softmax(scores), y).mean()


@cross_entropy.mistake("e^1000 is inf: work with scores minus the largest of their row")
def _(scores, y):
    powers = np.exp(scores)
    return -np.log(_of_truth(powers / powers.sum(axis=1, keepdims=True), y)).mean()


@cross_entropy.mistake(
    "log(e^s / Σ e^s) written as s − log Σ e^s is right, but e^1000 still overflows in the sum"
)
def _(scores, y):
    return (np.log(np.exp(scores).sum(axis=1)) - _of_truth(scores, y)).mean()


@cross_entropy.mistake(
    "a probability too small for float64 became 0, its log -inf: take s − log Σ e^s, which has no 0 in it"
)
def _(scores, y):
    return -np.log(_of_truth(softmax(scores), y)).mean()


@cross_entropy.mistake(
    "scores[:, y] takes all those columns for every row: you want scores[np.arange(len(y)), y]"
)
def _(scores, y):
    return -_log_softmax(scores)[:, y].mean()


@cross_entropy.mistake("you divided by N·K, the size of the table; the mean is over the N examples")
def _(scores, y):
    return -_of_truth(_log_softmax(scores), y).sum() / scores.size


@cross_entropy.mistake("this looks at the most probable class; the loss looks at the true one, y")
def _(scores, y):
    return -_log_softmax(scores).max(axis=1).mean()


@cross_entropy.mistake("this is the mean probability of the true class: its logarithm is missing")
def _(scores, y):
    return _of_truth(softmax(scores), y).mean()


def _hinge(scores, y, margin=1.0):
    """What each class pays (N, K), and the slopes of their sum along the scores (N, K)."""
    rows = np.arange(len(y))
    pays = np.maximum(0, scores - _of_truth(scores, y)[:, None] + margin)
    pays[rows, y] = 0
    slope = (pays > 0).astype(float)
    slope[rows, y] = -slope.sum(axis=1)
    return pays, slope


@exercises.function("hinge", cases=_labelled)
def hinge(scores, y):
    pays, slope = _hinge(scores, y)
    return pays.sum(axis=1).mean(), slope / len(y)


@hinge.mistake("the loss is 1 too large: the true class pays a margin to itself; leave j = y out of the sum")
def _(scores, y):
    pays, slope = _hinge(scores, y)
    return pays.sum(axis=1).mean() + 1, slope / len(y)


@hinge.mistake(
    "the true class counts itself among those that pay: leave j = y out of the sum and of the gradient"
)
def _(scores, y):
    pays, slope = _hinge(scores, y)
    slope[np.arange(len(y)), y] -= 1
    return pays.sum(axis=1).mean() + 1, slope / len(y)


@hinge.mistake("the margin is missing: max(0, s_j − s_y + 1)")
def _(scores, y):
    pays, slope = _hinge(scores, y, margin=0.0)
    return pays.sum(axis=1).mean(), slope / len(y)


@hinge.mistake("the difference is the wrong way round: the other class pays s_j − s_y + 1")
def _(scores, y):
    pays, slope = _hinge(-scores, y)
    return pays.sum(axis=1).mean(), -slope / len(y)


@hinge.mistake("the true class's slope is minus the *number* of classes that pay, not −1")
def _(scores, y):
    pays, slope = _hinge(scores, y)
    slope[np.arange(len(y)), y] = -(slope > 0).any(axis=1)
    return pays.sum(axis=1).mean(), slope / len(y)


@hinge.mistake("the true class has a slope too: raising its score helps against every class that pays")
def _(scores, y):
    pays, slope = _hinge(scores, y)
    return pays.sum(axis=1).mean(), np.maximum(slope, 0) / len(y)


@hinge.mistake("the loss is a mean over the N examples, so its gradient needs the 1/N as well")
def _(scores, y):
    pays, slope = _hinge(scores, y)
    return pays.sum(axis=1).mean(), slope


@hinge.mistake("the losses are added up, not averaged over the examples")
def _(scores, y):
    pays, slope = _hinge(scores, y)
    return pays.sum(), slope


@hinge.mistake("only the worst rival pays here; in this loss every class within the margin does")
def _(scores, y):
    pays, _ = _hinge(scores, y)
    rows, worst = np.arange(len(y)), pays.argmax(axis=1)
    slope = np.zeros_like(scores)
    slope[rows, worst] += pays.max(axis=1) > 0
    slope[rows, y] -= pays.max(axis=1) > 0
    return pays.max(axis=1).mean(), slope / len(y)


_POLLS = {"hinge losses": [0, 0, 0], "cross-entropies that are 0": 0, "nudged": "cross-entropy",
          "10 to 20": "cross-entropy"}

exercises.answer(
    "polls",
    _POLLS,
    mistakes={
        "hinge losses: a lead of exactly 1 is enough; max(0, 9 − 10 + 1) is 0": (
            lambda answer: answer["hinge losses"] != [0, 0, 0],
            _POLLS | {"hinge losses": [0, 2, 0]},
        ),
        "cross-entropies that are 0: −log p is 0 only where p is 1, and e^s leaves every rival something": (
            lambda answer: answer["cross-entropies that are 0"] != 0,
            _POLLS | {"cross-entropies that are 0": 1},
        ),
        "nudged: a class 110 below the truth is far from the margin, so the hinge loss does not notice": (
            lambda answer: answer["nudged"] in ("both", "hinge"),
            _POLLS | {"nudged": "both"},
        ),
        "10 to 20: the hinge losses were 0 already, and no loss here goes below 0": (
            lambda answer: answer["10 to 20"] in ("both", "hinge"),
            _POLLS | {"10 to 20": "both"},
        ),
    },
)


def _duels(rng):
    yield np.array([[0, 1], [0, 2], [1, 2]]), np.array([[True, False, False], [False, True, True]]), 3
    yield np.array([[0, 1], [0, 2], [1, 2]]), np.array([[True, False, True]]), 3  # one vote each
    for n, classes in ((5, 2), (6, 4), (20, 5), (3, 1)):
        pairs = np.array(list(combinations(range(classes), 2)), dtype=int).reshape(-1, 2)
        yield pairs, rng.random((n, len(pairs))) < 0.5, classes


def _votes(pairs, first_wins, K):
    votes = np.zeros((len(first_wins), K), dtype=int)
    for (i, j), wins in zip(pairs, first_wins.T):
        votes[:, i] += wins
        votes[:, j] += ~wins
    return votes


@exercises.function("vote", cases=_duels)
def vote(pairs, first_wins, K):
    return _votes(pairs, first_wins, K).argmax(axis=1)


@vote.mistake("the vote goes to the loser of each pair: first_wins says that the first of the pair won")
def _(pairs, first_wins, K):
    return _votes(pairs, ~first_wins, K).argmax(axis=1)


@vote.mistake("only the first class of a pair is ever given a vote: where it loses, the second one gets it")
def _(pairs, first_wins, K):
    votes = np.zeros((len(first_wins), K), dtype=int)
    for (i, _), wins in zip(pairs, first_wins.T):
        votes[:, i] += wins
    return votes.argmax(axis=1)


@vote.mistake("these are the votes; the class with the most of them is wanted")
def _(pairs, first_wins, K):
    return _votes(pairs, first_wins, K)


@vote.mistake("this is how many votes the winner has; its class is wanted: argmax, not max")
def _(pairs, first_wins, K):
    return _votes(pairs, first_wins, K).max(axis=1)


@vote.mistake("a tie goes to the highest class here; the lowest is wanted, which is what argmax takes")
def _(pairs, first_wins, K):
    return K - 1 - _votes(pairs, first_wins, K)[:, ::-1].argmax(axis=1)


@vote.mistake("this is the last pair's winner; all pairs vote")
def _(pairs, first_wins, K):
    if not len(pairs):
        return np.zeros(len(first_wins), dtype=int)
    return np.where(first_wins[:, -1], *pairs[-1])


def _slopes(rng):
    yield np.ones((8, 8)), np.zeros((8, 8)), 8
    yield np.array([[1.0, -3.0]]), np.array([[1.0, -3.0]]), 8
    yield np.array([[0.0, 4.0]]), np.array([[2.0, -0.1]]), 9
    for shape, bins in (((8, 8), 8), ((8, 8), 9), ((4, 6), 4), ((5, 3), 1)):
        yield rng.normal(size=shape), rng.normal(size=shape), bins


def _angles(gx, gy):
    return np.degrees(np.arctan2(gy, gx)) % 180


def _histogram(angles, weights, bins, full=180):
    index = np.rint(angles / (full / bins)).astype(int) % bins
    return np.bincount(index.ravel(), weights.ravel(), minlength=bins)


@exercises.function("hog_cell", cases=_slopes)
def hog_cell(gx, gy, bins):
    return _histogram(_angles(gx, gy), np.hypot(gx, gy), bins)


@hog_cell.mistake("each pixel counts as 1 here; it is to count with its strength √(gx² + gy²)")
def _(gx, gy, bins):
    return _histogram(_angles(gx, gy), np.ones_like(gx), bins)


@hog_cell.mistake("each pixel counts with its squared strength: the root is missing")
def _(gx, gy, bins):
    return _histogram(_angles(gx, gy), gx**2 + gy**2, bins)


@hog_cell.mistake(
    "the bins go round 360°: an edge and its negative have one direction here, so take the angle % 180"
)
def _(gx, gy, bins):
    return _histogram(np.degrees(np.arctan2(gy, gx)) % 360, np.hypot(gx, gy), bins, full=360)


@hog_cell.mistake("arctan2 takes the vertical part first: np.arctan2(gy, gx)")
def _(gx, gy, bins):
    return _histogram(_angles(gy, gx), np.hypot(gx, gy), bins)


@hog_cell.mistake(
    "your bins begin at 0°, 180°/bins, …; bin k is to be centred there: round the quotient, do not cut it"
)
def _(gx, gy, bins):
    index = (_angles(gx, gy) / (180 / bins)).astype(int) % bins
    return np.bincount(index.ravel(), np.hypot(gx, gy).ravel(), minlength=bins)


@hog_cell.mistake(
    "angles just below 180° round to bin number `bins`, which is bin 0 again: take the number % bins"
)
def _(gx, gy, bins):
    index = np.rint(_angles(gx, gy) / (180 / bins)).astype(int)
    return np.bincount(index.ravel(), np.hypot(gx, gy).ravel(), minlength=bins)


@hog_cell.mistake("your histogram is scaled to sum to 1; the strengths themselves are wanted")
def _(gx, gy, bins):
    histogram = hog_cell(gx, gy, bins)
    return histogram / histogram.sum()
