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
    x, y = w
    return np.array([2 * (x - y), -2 * (x - y) + 2])


@slope.mistake("the inner derivative is missing: x - y falls when y grows, so its part for y has a minus")
def _(w):
    x, y = w
    return np.array([2 * (x - y), 2 * (x - y) + 2])


@slope.mistake("the factor 2 of the square is missing: the derivative of u² is 2u times that of u")
def _(w):
    x, y = w
    return np.array([x - y, -(x - y) + 2])


@slope.mistake("the term 2y is missing: its derivative for y is 2")
def _(w):
    x, y = w
    return np.array([2 * (x - y), -2 * (x - y)])


@slope.mistake("the partial derivatives are added up; the gradient keeps them apart, in an array")
def _(w):
    return 2.0


@slope.mistake("this is the value of the function; its two partial derivatives are wanted")
def _(w):
    x, y = w
    return (x - y) ** 2 + 2 * y


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


def _judge_descent(args, result):
    gradient, w, lr, tol, limit = args
    if not isinstance(result, tuple) or len(result) != 2:
        return "two results are wanted: return w, steps"
    return None


def _descend(gradient, w, lr, tol, limit, size=np.linalg.norm):
    steps = 0
    while steps < limit and size(gradient(w)) >= tol:
        w, steps = w - lr * gradient(w), steps + 1
    return w, steps


@exercises.function("minimize", cases=_descents, judge=_judge_descent)
def minimize(gradient, w, lr, tol, limit):
    return _descend(gradient, w, lr, tol, limit)


@minimize.mistake("it climbs: downhill is against the gradient, w - lr * gradient(w)")
def _(gradient, w, lr, tol, limit):
    return _descend(lambda w: -gradient(w), w, lr, tol, limit)


@minimize.mistake("the learning rate is missing: a step is w - lr * gradient(w)")
def _(gradient, w, lr, tol, limit):
    return _descend(gradient, w, 1, tol, limit)


@minimize.mistake("the gradient was computed once, before the loop: it changes with every step")
def _(gradient, w, lr, tol, limit):
    fixed = gradient(w)
    return _descend(lambda w: fixed, w, lr, tol, limit)


@minimize.mistake("the length of the gradient decides when to stop: you looked at its largest entry")
def _(gradient, w, lr, tol, limit):
    return _descend(gradient, w, lr, tol, limit, size=lambda g: np.abs(g).max())


@minimize.mistake("the length of the step was compared with tol; the length of the gradient is wanted")
def _(gradient, w, lr, tol, limit):
    return _descend(gradient, w, lr, tol, limit, size=lambda g: lr * np.linalg.norm(g))


@minimize.mistake("it never looks at the limit: a rate that is too large goes on until the numbers overflow")
def _(gradient, w, lr, tol, limit):
    return _descend(gradient, w, lr, tol, np.inf)


@minimize.mistake("it stops only at the limit: when the gradient is shorter than tol, the way down is over")
def _(gradient, w, lr, tol, limit):
    return _descend(gradient, w, lr, 0, limit)


@minimize.mistake("one step too many: look at the gradient before the step; at a minimum none is needed")
def _(gradient, w, lr, tol, limit):
    steps = 0
    while steps < limit:
        g = gradient(w)
        w, steps = w - lr * g, steps + 1
        if np.linalg.norm(g) < tol:
            break
    return w, steps


def _hessians(rng):
    yield (np.diag([2.0, 18.0]),)
    yield (np.array([[10.0, 8.0], [8.0, 10.0]]),)
    yield (np.array([[3.0]]),)
    for n in (2, 3, 5):
        A = rng.normal(size=(2 * n, n))
        yield (A.T @ A,)


@exercises.function("largest_rate", cases=_hessians)
def largest_rate(H):
    return 2 / np.linalg.eigvalsh(H).max()


@largest_rate.mistake("twice that is still stable: a factor 1 - lr λ above -1 bounces, but it shrinks")
def _(H):
    return 1 / np.linalg.eigvalsh(H).max()


@largest_rate.mistake("the smallest eigenvalue sets no limit: the steepest direction breaks first")
def _(H):
    return 2 / np.linalg.eigvalsh(H).min()


@largest_rate.mistake("this is the fastest rate, 2 / (smallest + largest); the limit is larger")
def _(H):
    values = np.linalg.eigvalsh(H)
    return 2 / (values.min() + values.max())


@largest_rate.mistake("the diagonal is not enough: the steepest direction may lie between the axes")
def _(H):
    return 2 / np.diag(H).max()


@largest_rate.mistake("the eigenvalues are added up (the trace); only the largest one counts")
def _(H):
    return 2 / np.trace(H)


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


def _quotients(f, x, h, quotient):
    """`quotient(f, x, e, h)` for a nudge e of each entry of x in turn."""
    nudges = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([quotient(f, x, e, h) for e in nudges]).reshape(x.shape)


@exercises.function("central_difference", cases=_nudges)
def central_difference(f, x, h):
    return _quotients(f, x, h, lambda f, x, e, h: (f(x + e) - f(x - e)) / (2 * h))


@central_difference.mistake("the two points are 2h apart: divide by 2h, not by h")
def _(f, x, h):
    return _quotients(f, x, h, lambda f, x, e, h: (f(x + e) - f(x - e)) / h)


@central_difference.mistake("divide by (2 * h): without the parentheses, / 2 * h multiplies by h")
def _(f, x, h):
    return _quotients(f, x, h, lambda f, x, e, h: (f(x + e) - f(x - e)) / 2 * h)


@central_difference.mistake("this is the forward difference: take f(x - h), not f(x), and divide by 2h")
def _(f, x, h):
    return _quotients(f, x, h, lambda f, x, e, h: (f(x + e) - f(x)) / h)


@central_difference.mistake("the sign is flipped: f(x + h) - f(x - h), in this order")
def _(f, x, h):
    return _quotients(f, x, h, lambda f, x, e, h: (f(x - e) - f(x + e)) / (2 * h))


@central_difference.mistake("all entries were nudged at once: nudge one, and leave the others where they are")
def _(f, x, h):
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@central_difference.mistake("the nudges pile up: undo the one before you nudge the next entry")
def _(f, x, h):
    x, gradient = x.copy(), np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        gradient[i] = (up - f(x)) / (2 * h)
    return gradient


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
    pairs = isinstance(result, list) and all(isinstance(p, (tuple, list)) and len(p) == 2 for p in result)
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
    order = rng.permutation(len(X))
    for i in range(0, len(X), batch_size):
        yield X[order[i:i + batch_size]], y[order[i:i + batch_size]]


@minibatches.mistake(_ORDER)
def _(X, y, batch_size, rng):
    for i in range(0, len(X), batch_size):
        yield X[i:i + batch_size], y[i:i + batch_size]


@minibatches.mistake(_PAIRS)
def _(X, y, batch_size, rng):
    X, y = rng.permutation(X), rng.permutation(y)
    for i in range(0, len(X), batch_size):
        yield X[i:i + batch_size], y[i:i + batch_size]


@minibatches.mistake(_LAST)
def _(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for i in range(len(X) // batch_size):
        part = order[i * batch_size:(i + 1) * batch_size]
        yield X[part], y[part]


@minibatches.mistake(_TWICE)
def _(X, y, batch_size, rng):
    for _ in range(0, len(X), batch_size):
        part = rng.integers(len(X), size=batch_size)
        yield X[part], y[part]


@minibatches.mistake(_ONE)
def _(X, y, batch_size, rng):
    order = rng.permutation(len(X))[:batch_size]
    return [(X[order], y[order])]


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


def _kind(values, tol=1e-9):
    """What a zero gradient is, from the signs of these curvatures."""
    up, down = (values > tol).any(), (values < -tol).any()
    if up and down:
        return "saddle"
    if (np.abs(values) <= tol).any():
        return "undecided"
    return "minimum" if up else "maximum"


@exercises.function("classify", cases=_stationary_points)
def classify(H):
    return _kind(np.linalg.eigvalsh(H))


@classify.mistake("the diagonal tells the curvature along the axes only; between them it may be the opposite")
def _(H):
    return _kind(np.diag(H))


@classify.mistake("minimum and maximum are swapped: with positive curvatures the cost rises on all sides")
def _(H):
    return _kind(-np.linalg.eigvalsh(H))


@classify.mistake("a curvature of 0 beside others of one sign decides nothing: \"undecided\"")
def _(H):
    values = np.linalg.eigvalsh(H)
    return "minimum" if (values > -1e-9).all() else "maximum" if (values < 1e-9).all() else "saddle"


@classify.mistake("one curvature up and one down are a saddle, whatever else is 0")
def _(H):
    values = np.linalg.eigvalsh(H)
    return "undecided" if (np.abs(values) <= 1e-9).any() else _kind(values)


@classify.mistake("a 0 is computed with round-off, say 1e-17: call it 0 when it is below 1e-9")
def _(H):
    return _kind(np.linalg.eigvalsh(H), tol=0)


@classify.mistake("the determinant is a product: two negative eigenvalues look like two positive ones")
def _(H):
    product = np.linalg.det(H)
    return "undecided" if abs(product) <= 1e-9 else "minimum" if product > 0 else "saddle"
