"""Exercises of notebook 03: gradients by hand and by nudging, descent, its largest rate, batches, optima."""

import numpy as np

from nblib.checks import Exercises

exercises = Exercises("03")
check = exercises.check


def _points(rng):
    yield (np.array([0.0, 0.0]),)
    yield (np.array([3.0, 1.0]),)
    for _ in range(4):
        yield (rng.normal(scale=3, size=2),)


@exercises.function("slope", cases=_points)
def slope(w):
    """w = (x, y), shape (2,) -> gradient of (x - y)² + 2y, an array of shape (2,)"""
    x, y = w
    return np.array([2 * (x - y), -2 * (x - y) + 2])


slope.mistakes({
    "the inner derivative is missing: x - y falls when y grows, so its part for y has a minus": ("-2 *", "2 *"),
    "the factor 2 of the square is missing: the derivative of u² is 2u times that of u": ("2 *", "1 *"),
    "the term 2y is missing: its derivative for y is 2": (" + 2]", "]"),
    "the partial derivatives are added up; the gradient keeps them apart, in an array": lambda w: 2.0,
    "this is the value of the function; its two partial derivatives are wanted":
        lambda w: (w[0] - w[1]) ** 2 + 2 * w[1],
})  # fmt: skip


def _bowl_gradient(w):
    return np.array([10 * w[0] + 8 * w[1] - 34, 8 * w[0] + 10 * w[1] - 38])


def _ball_gradient(w):
    return 2 * w


def _descents(rng):
    yield _ball_gradient, np.array([1.0]), 0.1, 1e-3, 100
    yield _bowl_gradient, np.array([0.0, 0.0]), 0.1, 1e-3, 200
    for lr in (0.02, 0.11):
        yield _bowl_gradient, rng.uniform(-9, 9, size=2), lr, 0.1, 500
    yield _ball_gradient, rng.normal(size=(3, 2)), 0.3, 1e-2, 50
    yield _ball_gradient, np.zeros(3), 0.1, 1e-3, 10
    yield _bowl_gradient, np.array([-8.0, -7.0]), 0.12, 1e-3, 20
    yield _ball_gradient, np.array([5.0, -5.0]), 0.01, 1e-6, 7


@exercises.function("minimize", cases=_descents, returns=("w", "steps"))
def minimize(gradient, w, lr, tol, limit):
    """-> the place reached (array of w's shape), number of steps taken"""
    steps = 0
    while steps < limit and np.linalg.norm(gradient(w)) >= tol:
        w = w - lr * gradient(w)
        steps += 1
    return w, steps


def _looks_after_the_step(gradient, w, lr, tol, limit):
    steps, g = 0, np.inf
    while steps < limit and np.linalg.norm(g) >= tol:
        g = gradient(w)
        w, steps = w - lr * g, steps + 1
    return w, steps


minimize.mistakes({
    "it climbs: downhill is against the gradient, w - lr * gradient(w)": ("w - lr", "w + lr"),
    "the learning rate is missing: a step is w - lr * gradient(w)": ("lr * gradient(w)", "gradient(w)"),
    "the gradient was computed once, before the loop: it changes with every step":
        (("steps = 0", "steps = 0; g = gradient(w)"), ("norm(gradient(w))", "norm(g)"), ("lr * gradient(w)", "lr * g")),
    "the length of the gradient decides when to stop: you looked at its largest entry":
        ("np.linalg.norm(gradient(w))", "np.abs(gradient(w)).max()"),
    "the length of the step was compared with tol; the length of the gradient is wanted": (">= tol", "* lr >= tol"),
    "it never looks at the limit: a rate that is too large goes on until the numbers overflow":
        ("steps < limit and", ""),
    "it stops only at the limit: when the gradient is shorter than tol, the way down is over":
        (" and np.linalg.norm(gradient(w)) >= tol", ""),
    "one step too many: look at the gradient before the step; at a minimum none is needed": _looks_after_the_step,
    "the steps are counted from 1: before the first one none was taken": ("steps = 0", "steps = 1"),
    "steps is one too many: count a step when it is taken": ("return w, steps", "return w, steps + 1"),
})  # fmt: skip


def _hessians(rng):
    yield (np.diag([2.0, 18.0]),)
    yield (np.array([[10.0, 8.0], [8.0, 10.0]]),)
    yield (np.array([[3.0]]),)
    for n in (2, 3, 5):
        A = rng.normal(size=(2 * n, n))
        yield (A.T @ A,)


@exercises.function("largest_rate", cases=_hessians)
def largest_rate(H):
    """H (D, D), symmetric, all eigenvalues positive -> the largest stable learning rate, a number"""
    values = np.linalg.eigvalsh(H)
    return 2 / values.max()


largest_rate.mistakes({
    "twice that is still stable: a factor 1 - lr λ above -1 bounces, but it shrinks": ("2 /", "1 /"),
    "the smallest eigenvalue sets no limit: the steepest direction breaks first": ("max", "min"),
    "this is the fastest rate, 2 / (smallest + largest); the limit is larger":
        ("values.max()", "(values.min() + values.max())"),
    "the diagonal is not enough: the steepest direction may lie between the axes":
        ("np.linalg.eigvalsh(H)", "np.diag(H)"),
    "the eigenvalues are added up (the trace); only the largest one counts": ("max", "sum"),
})  # fmt: skip


def _wave(x):
    return np.sin(x).sum()


def _cubic(x):
    return (x**3).sum() + x.ravel()[0] * x.ravel()[-1]


def _booth(x):
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


def _nudges(rng):
    yield _cubic, np.array([1.0]), 0.1
    yield _booth, np.array([0.0, 0.0]), 1e-3
    yield _wave, rng.normal(size=3), 0.5
    for shape in ((4,), (2, 3)):
        yield _cubic, rng.normal(size=shape), 0.01


@exercises.function("central_difference", cases=_nudges)
def central_difference(f, x, h):
    """f: array -> number; x: float array of any shape; h: number -> gradient, an array of x's shape"""
    gradient, e = np.zeros_like(x), np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e[i] = h
        gradient[i] = (f(x + e) - f(x - e)) / (2 * h)
        e[i] = 0
    return gradient


central_difference.mistakes({
    "the two points are 2h apart: divide by 2h, not by h": ("(2 * h)", "h"),
    "divide by (2 * h): without the parentheses, / 2 * h multiplies by h": ("(2 * h)", "2 * h"),
    "this is the forward difference: take f(x - h), not f(x), and divide by 2h": (("x - e", "x"), ("(2 * h)", "h")),
    "the sign is flipped: f(x + h) - f(x - h), in this order": (("f(x + e)", "f(e - -x)"), ("f(x - e)", "f(x + e)"),
                                                                ("f(e - -x)", "f(x - e)")),
    "all entries were nudged at once: nudge one, and leave the others where they are": ("e[i] = h", "e[...] = h"),
    "the nudges pile up: undo the one before you nudge the next entry":
        (("e[i] = h", "e[i] += h"), ("x - e)", "x + e - 2 * h * (np.arange(x.size).reshape(x.shape) == "
                                     "np.ravel_multi_index(i, x.shape)))"), ("e[i] = 0", "e[i] -= 2 * h")),
})  # fmt: skip


def _sets(rng):
    for n, size in ((6, 2), (7, 3), (40, 16), (5, 5), (3, 10), (20, 1)):
        y = rng.permutation(n)
        yield np.column_stack([y, y**2, rng.normal(size=n)]), y, size, np.random.default_rng(n)


_ORDER = "the examples come in their given order: shuffle them at the start of the epoch"
_PAIRS = "rows and labels no longer belong together: shuffle both with the same permutation"
_LAST = "the last batch is missing: when the size does not divide N, it is smaller, and it counts"
_TWICE = "some examples come twice and others never: draw a permutation, not independent indices"
_ONE = "one batch is not an epoch: go on until every example had its turn"


def _judge_epoch(args, result):
    """What keeps `result` from being one shuffled epoch of batches, in a sentence."""
    X, y, size, _ = args
    pairs = isinstance(result, (list, tuple)) and all(isinstance(p, (tuple, list)) and len(p) == 2 for p in result)
    if not pairs:
        return "pairs are wanted, one after the other: yield X[part], y[part]"
    if any(np.ndim(Xb) != 2 or np.ndim(yb) != 1 or len(Xb) != len(yb) for Xb, yb in result):
        return "each pair wants X_batch (B, D) and y_batch (B,) with the same B"
    seen = np.concatenate([np.zeros((0, X.shape[1])), *[Xb for Xb, _ in result]])
    targets = np.concatenate([np.zeros(0), *[yb for _, yb in result]])
    if not np.array_equal(seen[:, 0], targets):
        return _PAIRS
    if len(set(targets)) < len(targets):
        return _TWICE
    return _judge_sizes([len(yb) for _, yb in result], len(y), size) or _judge_order(y, targets)


def _judge_sizes(sizes, n, size):
    if len(sizes) == 1 and n > size:
        return _ONE
    if any(b != size for b in sizes[:-1]) or max(sizes, default=0) > size:
        return f"the batches have {sizes[:6]} examples, wanted {size} each (the last one may have fewer)"
    return _LAST if sum(sizes) < n else None


def _judge_order(y, targets):
    return _ORDER if len(y) > 4 and np.array_equal(y, targets) else None


@exercises.function("minibatches", cases=_sets, tol=None, judge=_judge_epoch)
def minibatches(X, y, batch_size, rng):
    """X (N, D), y (N,), rng: a NumPy Generator -> yields pairs (X_batch, y_batch), every example once"""
    order = rng.permutation(len(X))
    for i in range(0, len(X), batch_size):
        part = order[i : i + batch_size]
        yield X[part], y[part]


minibatches.mistakes({
    _ORDER: ("rng.permutation(len(X))", "np.arange(len(X))"),
    _PAIRS: ("order =", "X = rng.permutation(X); order ="),
    _LAST: ("range(0, len(X), batch_size)", "range(0, len(X) - batch_size + 1, batch_size)"),
    _TWICE: ("part = order[i : i + batch_size]", "part = rng.integers(len(X), size=batch_size)"),
    _ONE: ("range(0, len(X), batch_size)", "[0]"),
})  # fmt: skip


def _stationary_points(rng):
    yield (np.diag([2.0, 18.0]),)
    yield (np.diag([-1.0, -3.0]),)
    yield (np.array([[2.0, 3.0], [3.0, 2.0]]),)
    yield (np.array([[1.0, 1.0], [1.0, 1.0]]),)
    yield (np.diag([2.0, 0.0, -1.0]),)
    for values in ([1, 2, 3], [-1, -2, -3], [1, 2, -3], [4, -2, -3], [5, 0, 2], [-3, 0]):
        Q = np.linalg.qr(rng.normal(size=(len(values), len(values))))[0]
        yield (Q * values @ Q.T,)
    yield (np.zeros((2, 2)),)


@exercises.function("classify", cases=_stationary_points)
def classify(H):
    """H (D, D), symmetric -> the word "minimum", "maximum", "saddle" or "undecided", a string"""
    values = np.linalg.eigvalsh(H)
    up, down = (values > 1e-9).any(), (values < -1e-9).any()
    if up and down:
        return "saddle"
    if (np.abs(values) <= 1e-9).any():
        return "undecided"
    return "minimum" if up else "maximum"


classify.mistakes({
    "the diagonal tells the curvature along the axes only; between them it may be the opposite":
        ("np.linalg.eigvalsh(H)", "np.diag(H)"),
    "minimum and maximum are swapped: with positive curvatures the cost rises on all sides":
        ("if up else", "if down else"),
    "a curvature of 0 beside others of one sign decides nothing: \"undecided\"":
        ("return \"undecided\"", "return \"minimum\" if not down else \"maximum\""),
    "one curvature up and one down are a saddle, whatever else is 0":
        ("if up and down:", "if up and down and (np.abs(values) > 1e-9).all():"),
    "a 0 is computed with round-off, say 1e-17: call it 0 when it is below 1e-9": ("1e-9", "0"),
    "the determinant is a product: two negative eigenvalues look like two positive ones":
        lambda H: ("undecided" if abs(np.linalg.det(H)) <= 1e-9 else
                   "minimum" if np.linalg.det(H) > 0 else "saddle"),
})  # fmt: skip
