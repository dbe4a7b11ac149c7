"""Exercises of notebook 02: softmax, the two losses, votes and histograms of edge directions."""

from itertools import combinations

import numpy as np

from nblib.checks import Exercises

exercises = Exercises("02")
check = exercises.check


def _scores(rng):
    yield (np.array([[3.2, 5.1, -1.7]]),)
    for shape in ((2, 3), (4, 4), (7, 2), (3, 1)):
        yield (rng.normal(scale=3, size=shape),)
    yield (np.array([[1000.0, 999.0, -1000.0]]),)
    yield (np.array([[1000.0, 999.0], [-1000.0, -999.0]]),)
    yield (np.array([[1000.0, -999.0, -1000.0]]),)


@exercises.function(
    "softmax",
    cases=_scores,
    edges={
        "no example at all, shape (0, 3), gives no row of probabilities: an array of that shape": (np.zeros((0, 3)),)
    },
)
def softmax(scores):
    """scores (N, K) -> probabilities (N, K): each row positive, with sum 1, for scores of any size"""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


softmax.mistakes({
    "the columns sum to 1, not the rows: an example is a row, so add up over axis 1":
        ("powers.sum(axis=1, keepdims=True)", "powers.sum(axis=0)"),
    "the columns sum to 1, not the rows; and large scores overflow":
        lambda scores: np.exp(scores) / np.exp(scores).sum(axis=0),
    "the whole table sums to 1: each row has to, so add up over axis 1 with keepdims=True":
        lambda scores: np.exp(scores) / np.exp(scores).sum(),
    "e^1000 is inf, and inf / inf is nan: subtract the largest score of each row first":
        ("scores - scores.max(axis=1, keepdims=True)", "scores"),
    "you subtracted the largest score of the whole table, and a row far below becomes 0 / 0: take each row's":
        ("scores.max(axis=1, keepdims=True)", "scores.max()"),
    "you subtracted each row's mean: the largest score can still lie far above it; subtract the maximum":
        ("scores.max", "scores.mean"),
    "these powers are positive, but do not sum to 1: divide each row by its sum":
        (" / powers.sum(axis=1, keepdims=True)", ""),
    "these are the logarithms of the probabilities": lambda scores: _log_softmax(scores),
})  # fmt: skip


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


@exercises.function("cross_entropy", cases=_labelled)
def cross_entropy(scores, y):
    """scores (N, K), labels y (N,) -> the mean loss, a number"""
    log_p = _log_softmax(scores)
    return -log_p[np.arange(len(y)), y].mean()


cross_entropy.mistakes({
    "the losses are added up, not averaged over the examples": ("mean()", "sum()"),
    "the minus sign is missing: log p is never positive, the loss never negative": ("return -", "return "),
    "e^1000 is inf: work with scores minus the largest of their row":
        ("_log_softmax(scores)", "np.log(np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True))"),
    "log(e^s / Σ e^s) written as s − log Σ e^s is right, but e^1000 still overflows in the sum":
        ("_log_softmax(scores)", "scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))"),
    "a probability too small for float64 became 0, its log -inf: take s − log Σ e^s, which has no 0 in it":
        ("_log_softmax(scores)", "np.log(softmax(scores))"),
    "scores[:, y] takes all those columns for every row: you want scores[np.arange(len(y)), y]":
        ("np.arange(len(y))", ":"),
    "you divided by N·K, the size of the table; the mean is over the N examples": ("mean()", "sum() / scores.size"),
    "this looks at the most probable class; the loss looks at the true one, y":
        ("[np.arange(len(y)), y]", ".max(axis=1)"),
    "this is the mean probability of the true class: its logarithm is missing":
        (("_log_softmax", "softmax"), ("return -", "return ")),
})  # fmt: skip


@exercises.function("hinge", cases=_labelled, returns=("loss", "slope"))
def hinge(scores, y):
    """scores (N, K), labels y (N,) -> the mean loss, and its slope along every score (N, K)"""
    rows = np.arange(len(y))
    pays = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    pays[rows, y] = 0
    slope = (pays > 0).astype(float)
    slope[rows, y] = -slope.sum(axis=1)
    return pays.sum(axis=1).mean(), slope / len(y)


def _worst_rival_pays(scores, y):
    rows = np.arange(len(y))
    pays = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    pays[rows, y] = 0
    slope = np.zeros_like(scores)
    slope[rows, pays.argmax(axis=1)] += pays.max(axis=1) > 0
    slope[rows, y] -= pays.max(axis=1) > 0
    return pays.max(axis=1).mean(), slope / len(y)


hinge.mistakes({
    "the loss is 1 too large: the true class pays a margin to itself; leave j = y out of the sum":
        ("mean()", "mean() + 1"),
    "the true class counts itself among those that pay: leave j = y out of the sum and of the gradient":
        (("pays[rows, y] = 0", "pass"), ("-slope.sum", "-1 * slope.sum")),
    "the true class's slope counts itself: it is minus the number of *other* classes that pay":
        ("-slope.sum(axis=1)", "-slope.sum(axis=1) - 1"),
    "the margin is missing: max(0, s_j − s_y + 1)": ("[:, None] + 1", "[:, None]"),
    "the difference is the wrong way round: the other class pays s_j − s_y + 1":
        lambda scores, y: (hinge(-scores, y)[0], -hinge(-scores, y)[1]),
    "the true class's slope is minus the *number* of classes that pay, not −1":
        ("-slope.sum(axis=1)", "-slope.max(axis=1)"),
    "the true class has a slope too: raising its score helps against every class that pays":
        ("-slope.sum(axis=1)", "0"),
    "the loss is a mean over the N examples, so its gradient needs the 1/N as well": (" / len(y)", ""),
    "the losses are added up, not averaged over the examples": (("mean()", "sum()"), (" / len(y)", "")),
    "the losses are added up, not averaged over the examples; their slope is averaged": ("mean()", "sum()"),
    "only the worst rival pays here; in this loss every class within the margin does": _worst_rival_pays,
})  # fmt: skip

exercises.choices(
    "polls",
    {
        "hinge losses": [0, 0, 0],
        "cross-entropies that are 0": 0,
        "nudged": "cross-entropy",
        "10 to 20": "cross-entropy",
    },
    because={
        ("hinge losses", (0, 2, 0), ...): "a lead of exactly 1 is enough; max(0, 9 − 10 + 1) is 0",
        ("cross-entropies that are 0", 1, ...): "−log p is 0 only where p is 1, and e^s leaves every rival something",
        (
            "nudged",
            "both",
            "hinge",
        ): "a class 110 below the truth is far from the margin, so the hinge loss does not notice",
        ("10 to 20", "both", "hinge"): "the hinge losses were 0 already, and no loss here goes below 0",
    },
)


def _duels(rng):
    yield np.array([[0, 1], [0, 2], [1, 2]]), np.array([[True, False, False], [False, True, True]]), 3
    yield np.array([[0, 1], [0, 2], [1, 2]]), np.array([[True, False, True]]), 3  # one vote each
    for n, classes in ((5, 2), (6, 4), (20, 5), (3, 1)):
        pairs = np.array(list(combinations(range(classes), 2)), dtype=int).reshape(-1, 2)
        yield pairs, rng.random((n, len(pairs))) < 0.5, classes


@exercises.function("vote", cases=_duels)
def vote(pairs, first_wins, K):
    """pairs (P, 2), first_wins (N, P) of True and False -> class with most votes (N,), first in a tie"""
    votes = np.zeros((len(first_wins), K), dtype=int)
    for (i, j), wins in zip(pairs, first_wins.T):
        votes[:, i] += wins
        votes[:, j] += ~wins
    return votes.argmax(axis=1)


def _last_pair_wins(pairs, first_wins, K):
    if not len(pairs):
        return np.zeros(len(first_wins), dtype=int)
    return np.where(first_wins[:, -1], *pairs[-1])


vote.mistakes({
    "the vote goes to the loser of each pair: first_wins says that the first of the pair won":
        ("(i, j)", "(j, i)"),
    "only the first class of a pair is ever given a vote: where it loses, the second one gets it":
        ("votes[:, j] += ~wins", "pass"),
    "these are the votes; the class with the most of them is wanted": (".argmax(axis=1)", ""),
    "this is how many votes the winner has; its class is wanted: argmax, not max": ("argmax", "max"),
    "a tie goes to the highest class here; the lowest is wanted, which is what argmax takes":
        ("votes.argmax(axis=1)", "K - 1 - votes[:, ::-1].argmax(axis=1)"),
    "this is the last pair's winner; all pairs vote": _last_pair_wins,
})  # fmt: skip


def _slopes(rng):
    yield np.ones((8, 8)), np.zeros((8, 8)), 8
    yield np.array([[1.0, -3.0]]), np.array([[1.0, -3.0]]), 8
    yield np.array([[0.3, 4.0]]), np.array([[2.0, -0.1]]), 9
    for shape, bins in (((8, 8), 8), ((8, 8), 9), ((4, 6), 4), ((5, 3), 1)):
        yield rng.normal(size=shape), rng.normal(size=shape), bins


@exercises.function("hog_cell", cases=_slopes)
def hog_cell(gx, gy, bins):
    """slopes gx, gy (H, W) -> strengths added up by direction (bins,); bin k is centred at k · 180°/bins"""
    angle = np.degrees(np.arctan2(gy, gx)) % 180
    index = np.rint(angle / (180 / bins)).astype(int) % bins
    return np.bincount(index.ravel(), np.hypot(gx, gy).ravel(), minlength=bins)


hog_cell.mistakes({
    "each pixel counts as 1 here; it is to count with its strength √(gx² + gy²)":
        ("np.hypot(gx, gy)", "np.ones_like(gx)"),
    "each pixel counts with its squared strength: the root is missing": ("np.hypot(gx, gy)", "(gx**2 + gy**2)"),
    "the bins go round 360°: an edge and its negative have one direction here, so take the angle % 180":
        ("180", "360"),
    "arctan2 takes the vertical part first: np.arctan2(gy, gx)": ("arctan2(gy, gx)", "arctan2(gx, gy)"),
    "your bins begin at 0°, 180°/bins, …; bin k is to be centred there: round the quotient, do not cut it":
        ("np.rint", "np.floor"),
    "angles just below 180° round to bin number `bins`, which is bin 0 again: take the number % bins":
        (".astype(int) % bins", ".astype(int)"),
    "angles just below 180° round to bin number `bins`, which is bin 0 again; they are lost, or in the last bin, here":
        (" % bins", ".clip(0, bins - 1)"),
    "your histogram is scaled to sum to 1; the strengths themselves are wanted":
        lambda gx, gy, bins: hog_cell(gx, gy, bins) / np.hypot(gx, gy).sum(),
})  # fmt: skip
