"""Answers that nobody had in mind: other forms of the right one are right, other wrong ones are wrong.

A wrong answer is never told something false: where its sentence matters, a piece of it is given.
"""

import math

import numpy as np
import pytest
from unforeseen import Answers, first_line

ANSWERS = Answers()
right, wrong = ANSWERS.right, ANSWERS.wrong


# --- 00 -----------------------------------------------------------------------------------------------------

WELCOME = "e00_welcome"


def loop_accuracy(predicted, actual):
    hits = 0
    for p, a in zip(predicted, actual):
        hits += p == a
    return hits / len(actual)


right(
    WELCOME,
    "accuracy",
    loop_accuracy,
    lambda predicted, actual: 1 - np.count_nonzero(predicted - actual) / len(actual),
    lambda predicted, actual: (predicted == actual).astype(np.float32).mean(),
    lambda p, a: sum(map(int, p == a)) / a.size,
    lambda p, a: np.array([np.mean(np.equal(p, a))])[0],
)
wrong(
    WELCOME,
    "accuracy",
    (lambda p, a: np.mean(p == a) ** 2, "wrong on"),
    (lambda p, a: round(float(np.mean(p == a)), 1), "wrong on"),
    (lambda p, a: np.sum(p == a) / (len(a) + 1), "wrong on"),
    (lambda p, a: np.mean(np.abs(p - a)), "wrong on"),
    (lambda p, a: [np.mean(p == a)], "wanted a number, got a list of 1"),
    (lambda p, a: np.mean(p is a), ""),
)


def mask_split(X, y, test, rng):
    chosen = np.zeros(len(X), bool)
    chosen[rng.choice(len(X), size=test, replace=False)] = True
    return [X[~chosen], X[chosen], y[~chosen], y[chosen]]


def shuffling_split(X, y, test, rng):
    order = list(range(len(X)))
    rng.shuffle(order)
    train, new = order[:-test], order[-test:]
    return X[train], X[new], y[train], y[new]


def sorting_split(X, y, test, rng):
    order = np.argsort(rng.random(len(X)))
    return X[order[test:]], X[order[:test]], y[order[test:]], y[order[:test]]


right(
    WELCOME,
    "split",
    mask_split,
    shuffling_split,
    sorting_split,
    lambda X, y, test, rng: dict(zip(("X_train", "X_test", "y_train", "y_test"), mask_split(X, y, test, rng))),
    lambda X, y, test, rng: tuple(part.tolist() for part in mask_split(X, y, test, rng)),
)


def even_stride(X, y, test, rng):
    step = len(X) // test
    new = np.arange(0, step * test, step)
    train = np.setdiff1d(np.arange(len(X)), new)
    return X[train], X[new], y[train], y[new]


wrong(
    WELCOME,
    "split",
    (even_stride, "another rng gives the same result"),
    (lambda X, y, test, rng: mask_split(X, y, test, np.random.default_rng(0)), "another rng gives the same result"),
    (lambda X, y, test, rng: mask_split(X, y, test, np.random.default_rng()), "the same rng gave another result"),
    (lambda X, y, test, rng: [mask_split(X, y, test, rng)[i] for i in (0, 2, 1, 3)], "in another order"),
    (lambda X, y, test, rng: mask_split(X, y, test + 1, rng), "does not have `test` examples"),
    (lambda X, y, test, rng: mask_split(X[::-1], y, test, rng), "no longer belong"),
    (lambda X, y, test, rng: mask_split(X, y, test, rng)[:2], "return X_train, X_test, y_train, y_test"),
)


def norm_centroids(X, y, X_new):
    classes = sorted(set(y.tolist()))
    means = [X[y == k].mean(0) for k in classes]
    return [classes[int(np.argmin([np.linalg.norm(x - m) for m in means]))] for x in X_new]


def expanded_centroids(X, y, X_new):
    classes = np.unique(y)
    M = np.stack([X[y == k].sum(0) / (y == k).sum() for k in classes])
    return classes[(2 * X_new @ M.T - (M**2).sum(1)).argmax(1)]


right(
    WELCOME,
    "nearest_centroid",
    lambda X, y, X_new: np.array(norm_centroids(X, y, X_new)),
    expanded_centroids,
    lambda X, y, X_new: np.array(norm_centroids(X.astype(np.float32), y, X_new)),
    lambda X, y, X_new: expanded_centroids(X + 3, y, X_new + 3).astype(float),
    lambda X, y, X_new: expanded_centroids(X[::-1], y[::-1], X_new),
)
wrong(
    WELCOME,
    "nearest_centroid",
    lambda X, y, X_new: np.full(len(X_new), y[0]),
    lambda X, y, X_new: expanded_centroids(X, y, X_new)[::-1],
    lambda X, y, X_new: np.round((X_new - X.mean(0)).mean(1)),
    (lambda X, y, X_new: expanded_centroids(X, y, X_new)[:-1], "wanted shape"),
    (lambda X, y, X_new: expanded_centroids(X, y, X), "wanted shape"),
)

right(
    WELCOME,
    "choose",
    lambda average, explore, dice, random_arm: average.index(max(average)) if dice >= explore else random_arm,
    lambda average, explore, dice, random_arm: np.asarray(average).argmax() if not dice < explore else random_arm,
    lambda a, e, d, r: max(range(len(a)), key=a.__getitem__) if d >= e else r,
    lambda a, e, d, r: (int(np.argmax(a)), r)[d < e],
    lambda a, e, d, r: float(r if e > d else np.argmax(a)),
)
wrong(
    WELCOME,
    "choose",
    (lambda a, e, d, r: 0 if d < e else int(np.argmax(a)), ""),
    (lambda a, e, d, r: r if d < 0.5 else int(np.argmax(a)), ""),
    (lambda a, e, d, r: r if d > e else int(np.argmax(a)), ""),
    (lambda a, e, d, r: np.random.default_rng(0).integers(len(a)) if d < e else int(np.argmax(a)), ""),
    (lambda a, e, d, r: [r] if d < e else [int(np.argmax(a))], "wanted a number, got a list of 1"),
)

# --- 01 -----------------------------------------------------------------------------------------------------

LOGISTIC = "e01_logistic_regression"


def masked_sigmoid(z):
    out = np.empty_like(z)
    up = z >= 0
    out[up] = 1 / (1 + np.exp(-z[up]))
    e = np.exp(z[~up])
    out[~up] = e / (1 + e)
    return out


right(
    LOGISTIC,
    "sigmoid",
    masked_sigmoid,
    lambda z: 0.5 * (1 + np.tanh(z / 2)),
    lambda z: np.exp(-np.logaddexp(0, -z)),
    lambda z: np.vectorize(
        lambda t: 1 / (1 + math.exp(-t)) if t > 0 else math.exp(t) / (1 + math.exp(t)), otypes=[float]
    )(z),
    lambda z: np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z))),
)
wrong(
    LOGISTIC,
    "sigmoid",
    (lambda z: 1 / (1 + np.exp(-np.clip(z, -500, 500))) + 1e-8, "too large everywhere"),
    (lambda z: np.where(z > 0, 1.0, 0.0), "wrong on"),
    (lambda z: 1 / (1 + np.exp(-np.clip(z, -30, 30))) * 0.5, "0.5 times"),
    (lambda z: masked_sigmoid(z).sum(), "single number"),
    (lambda z: masked_sigmoid(z.ravel()), "wanted shape"),
    (lambda z: 1 / (1 + 2.718 ** -np.clip(z, -700, 700)), "wrong on"),
    (lambda z: 1 / (1 + np.exp(-np.clip(z, -5, 5))), "wrong on"),
)


def loop_cost(a, y):
    total = 0.0
    for p, t in zip(a, y):
        total -= math.log(p if t == 1 else 1 - p)
    return total / len(a)


right(
    LOGISTIC,
    "cost",
    loop_cost,
    lambda a, y: -np.log(np.where(y == 1, a, 1 - a)).mean(),
    lambda a, y: (-(y @ np.log(a)) - (1 - y) @ np.log(1 - a)) / len(y),
    lambda a, y: -np.log(np.abs(1 - y - a)).mean(),
    lambda a, y: np.array(loop_cost(a, y)),
)
wrong(
    LOGISTIC,
    "cost",
    (lambda a, y: loop_cost(a, y) / np.log(2), "times the expected everywhere"),
    (lambda a, y: -np.log(np.where(y == 1, a, 1 - a)), ""),
    (lambda a, y: loop_cost(np.clip(a, 1e-3, 1 - 1e-3), y), "wrong on"),
    (lambda a, y: np.mean(np.abs(a - y)), "wrong on"),
    (lambda a, y: loop_cost(a, y) + 0.01, "too large everywhere"),
)

right(
    LOGISTIC,
    "logit_cost",
    lambda z, y: np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))),
    lambda z, y: np.logaddexp(0, np.where(y == 1, -z, z)).mean(),
    lambda z, y: sum(np.logaddexp(0, (1 - 2 * t) * s) for s, t in zip(z, y)) / len(z),
    lambda z, y: np.average(np.logaddexp(z, 0)) - np.dot(y, z) / len(z),
    lambda z, y: float(np.mean(np.logaddexp(0.0, z) - np.where(y, z, 0))),
)
wrong(
    LOGISTIC,
    "logit_cost",
    (lambda z, y: np.mean(np.maximum(z, 0) - y * z), "wrong on"),
    (lambda z, y: np.mean(np.logaddexp(0, np.clip(z, -500, 500)) - y * np.clip(z, -500, 500)), "wrong on"),
    (lambda z, y: np.logaddexp(0, z) - y * z, ""),
    (lambda z, y: np.mean(np.logaddexp(0, -z) - y * z), ""),
    (lambda z, y: -np.mean(np.logaddexp(0, z) - y * z), "sign"),
)


def loop_gradient(X, y, a):
    dw, db = np.zeros(X.shape[1]), 0.0
    for x, t, p in zip(X, y, a):
        dw += (p - t) * x
        db += p - t
    return dw / len(X), db / len(X)


right(
    LOGISTIC,
    "gradient",
    loop_gradient,
    lambda X, y, a: [((a - y)[:, None] * X).mean(0), (a - y).mean()],
    lambda X, y, a: (np.einsum("n,nd->d", a - y, X) / y.size, np.array((a - y).mean())),
    lambda X, y, a: ((a - y) @ X / len(y), sum(a - y) / len(y)),
    lambda X, y, a: {"db": (a - y).mean(), "dw": X.T.dot((a - y) / len(y))},
)
wrong(
    LOGISTIC,
    "gradient",
    (lambda X, y, a: loop_gradient(X, y, a)[::-1], "wrong order"),
    (lambda X, y, a: loop_gradient(X, y, a)[0], "two results are wanted: return dw, db"),
    (lambda X, y, a: (loop_gradient(X, y, a)[0], (a - y) / len(y)), "db: wanted a"),
    (lambda X, y, a: (loop_gradient(X, y, a)[0], -np.mean(a - y)), "db: the sign is flipped"),
    (lambda X, y, a: (loop_gradient(X, y, a)[0].reshape(-1, 1), np.mean(a - y)), "dw: wanted shape"),
    (lambda X, y, a: tuple(2 * g for g in loop_gradient(X, y, a)), "2 times the expected"),
)


def loop_train(X, y, lr, steps, clip=None):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        z = X @ w + b
        a = 1 / (1 + np.exp(-z))
        w -= lr * X.T @ (a - y) / len(X)
        b -= lr * np.mean(a - y)
    return w, b


def column_train(X, y, lr, steps):
    """With the bias as a column of ones."""
    X1, v = np.column_stack([X, np.ones(len(X))]), np.zeros(X.shape[1] + 1)
    for _ in range(steps):
        v = v + lr * X1.T @ (y - 0.5 * (1 + np.tanh(X1 @ v / 2))) / len(X)
    return v[:-1], v[-1]


right(
    LOGISTIC,
    "train",
    loop_train,
    column_train,
    lambda X, y, lr, steps: list(loop_train(X, y, lr, steps)),
    lambda X, y, lr, steps: (
        loop_train(X, y, lr, steps)[0].tolist() and column_train(X, y, lr, steps)[0],
        np.array(column_train(X, y, lr, steps)[1]),
    ),
    lambda X, y, lr, steps: {"w": loop_train(X, y, lr, steps)[0], "b": loop_train(X, y, lr, steps)[1]},
)
wrong(
    LOGISTIC,
    "train",
    (lambda X, y, lr, steps: loop_train(X, y, lr * len(X), steps), ""),
    (lambda X, y, lr, steps: loop_train(X, y, lr, steps)[::-1], "wrong order"),
    (lambda X, y, lr, steps: loop_train(X, y, lr, steps + 1), "too many"),
    (lambda X, y, lr, steps: loop_train(X - X.mean(0), y, lr, steps), "wrong on"),
    (lambda X, y, lr, steps: (loop_train(X, y, lr, steps)[0], 0.0), "b"),
    (lambda X, y, lr, steps: loop_train(X, 1 - y, lr, steps), ""),
)

# --- 02 -----------------------------------------------------------------------------------------------------

LINEAR = "e02_linear_classifiers"


def row_softmax(scores):
    out = np.zeros_like(scores)
    for i, row in enumerate(scores):
        e = np.exp(row - row.max())
        out[i] = e / e.sum()
    return out


right(
    LINEAR,
    "softmax",
    row_softmax,
    lambda s: np.exp(s - np.logaddexp.reduce(s, axis=1, keepdims=True)),
    lambda s: 1 / np.exp(s[:, None, :] - s[:, :, None]).clip(0, 1e300).sum(2).reshape(s.shape),
    lambda s: (np.exp(s.T - s.max(1)) / np.exp(s.T - s.max(1)).sum(0)).T,
    lambda s: row_softmax(s.astype(np.float32)),
)
wrong(
    LINEAR,
    "softmax",
    (lambda s: np.array([list(row) for row in row_softmax(s)]), "no example at all"),
    (lambda s: row_softmax(s) + 1e-4, "too large everywhere"),
    (lambda s: row_softmax(2 * s), "wrong on"),
    (lambda s: row_softmax(-s), "wrong on"),
    (lambda s: row_softmax(s).T, "transposed"),
    (lambda s: np.round(row_softmax(s), 2), "wrong on"),
)


def loop_cross_entropy(scores, y):
    losses = []
    for row, k in zip(scores, y):
        m = max(row)
        losses.append(m + math.log(sum(math.exp(s - m) for s in row)) - row[k])
    return sum(losses) / len(losses)


right(
    LINEAR,
    "cross_entropy",
    loop_cross_entropy,
    lambda s, y: np.mean(np.logaddexp.reduce(s, axis=1) - s[range(len(y)), y]),
    lambda s, y: (
        np.log(np.exp(s - np.take_along_axis(s, y[:, None], 1)).sum(1)).mean()
        if s.max() < 400 and s.min() > -400
        else loop_cross_entropy(s, y)
    ),
    lambda s, y: -((s - np.logaddexp.reduce(s, 1, keepdims=True)) * np.eye(s.shape[1])[y]).sum() / len(s),
    lambda s, y: np.array(loop_cross_entropy(s.tolist(), y)),
)
wrong(
    LINEAR,
    "cross_entropy",
    (lambda s, y: loop_cross_entropy(s, y) / np.log(2), "times the expected"),
    (lambda s, y: loop_cross_entropy(np.clip(s, -700, 700), y), "wrong on"),
    (lambda s, y: loop_cross_entropy(s, (y + 1) % s.shape[1]), "wrong on"),
    (lambda s, y: np.logaddexp.reduce(s, axis=1) - s[range(len(y)), y], ""),
    (lambda s, y: -np.log(np.maximum(row_softmax(s)[range(len(y)), y], 1e-12)).mean(), "wrong on"),
)


def loop_hinge(scores, y):
    loss, slope = 0.0, np.zeros_like(scores)
    for i, k in enumerate(y):
        for j in range(scores.shape[1]):
            pay = scores[i, j] - scores[i, k] + 1
            if j != k and pay > 0:
                loss += pay
                slope[i, j] += 1
                slope[i, k] -= 1
    return loss / len(y), slope / len(y)


right(
    LINEAR,
    "hinge",
    loop_hinge,
    lambda s, y: list(loop_hinge(s, y)),
    lambda s, y: (np.array(loop_hinge(s, y)[0]), loop_hinge(s, y)[1]),
    lambda s, y: {"loss": loop_hinge(s, y)[0], "slope": loop_hinge(s, y)[1]},
    lambda s, y: (np.maximum(0, s - s[np.arange(len(y)), y][:, None] + 1).sum(1).mean() - 1, loop_hinge(s, y)[1]),
)
wrong(
    LINEAR,
    "hinge",
    (lambda s, y: loop_hinge(s, y)[::-1], "wrong order"),
    (lambda s, y: (loop_hinge(s, y)[0] ** 2, loop_hinge(s, y)[1]), "loss"),
    (lambda s, y: (loop_hinge(s, y)[0], loop_hinge(s, y)[1].T), "slope: "),
    (lambda s, y: (loop_hinge(s, y)[0], -loop_hinge(s, y)[1]), "slope: the sign is flipped"),
    (lambda s, y: loop_hinge(s, y)[0], "return loss, slope"),
)


def dict_vote(pairs, first_wins, K):
    winners = np.where(first_wins, pairs[:, 0], pairs[:, 1]) if len(pairs) else np.zeros((len(first_wins), 0), int)
    return np.array([np.bincount(row, minlength=K).argmax() for row in winners])


right(
    LINEAR,
    "vote",
    dict_vote,
    lambda p, f, K: np.array([max(range(K), key=lambda k: (np.where(row, *p.T) == k).sum()) for row in f]),
    lambda p, f, K: np.argmax([(np.where(f, *p.T) == k).sum(1) for k in range(K)], axis=0),
    lambda p, f, K: dict_vote(p, f, K).astype(float),
    lambda p, f, K: dict_vote(p[::-1], f[:, ::-1], K),
)
wrong(
    LINEAR,
    "vote",
    lambda p, f, K: K - 1 - dict_vote(p, f, K),
    lambda p, f, K: dict_vote(p, f[::-1], K),
    lambda p, f, K: np.zeros(len(f)),
    lambda p, f, K: dict_vote(p, f, K)[:, None],
    lambda p, f, K: dict_vote(p, f, K + 1) + 1,
)


def loop_hog(gx, gy, bins):
    out = np.zeros(bins)
    for x, y in zip(gx.ravel(), gy.ravel()):
        angle = math.degrees(math.atan2(y, x)) % 180
        out[int(angle * bins / 180 + 0.5) % bins] += math.hypot(x, y)
    return out


right(
    LINEAR,
    "hog_cell",
    loop_hog,
    lambda gx, gy, bins: loop_hog(gx.T, gy.T, bins),
    lambda gx, gy, bins: loop_hog(-gx, -gy, bins),
    lambda gx, gy, bins: np.histogram(
        (np.degrees(np.arctan2(gy, gx)) + 90 / bins) % 180, bins, (0, 180), weights=np.sqrt(gx**2 + gy**2)
    )[0],
    lambda gx, gy, bins: loop_hog(gx, gy, bins).astype(np.float32),
)
wrong(
    LINEAR,
    "hog_cell",
    lambda gx, gy, bins: loop_hog(gx, -gy, bins),
    lambda gx, gy, bins: loop_hog(gx, gy, bins)[::-1],
    lambda gx, gy, bins: loop_hog(gx, gy, bins) / gx.size,
    lambda gx, gy, bins: loop_hog(gx, gy, bins + 1),
    lambda gx, gy, bins: np.abs(gx).sum() + np.abs(gy).sum(),
)

# --- 03 -----------------------------------------------------------------------------------------------------

DESCENT = "e03_gradient_descent"

right(
    DESCENT,
    "slope",
    lambda w: np.array([2 * w[0] - 2 * w[1], 2 * w[1] - 2 * w[0] + 2]),
    lambda w: np.array([[2, -2], [-2, 2]]) @ w + [0, 2],
    lambda w: 2 * (w - w[::-1]) + np.array([0.0, 2.0]),
    lambda w: np.array([1, -1]) * 2 * (w[0] - w[1]) + np.eye(2)[1] * 2,
    lambda w: np.asarray([2.0 * (w[0] - w[1]), 2 - 2.0 * (w[0] - w[1])]),
)
wrong(
    DESCENT,
    "slope",
    (lambda w: np.array([-2 * (w[0] - w[1]) + 2, 2 * (w[0] - w[1])]), "wrong on"),
    (lambda w: [2 * (w[0] - w[1]), 2 - 2 * (w[0] - w[1])], "np.array"),
    (lambda w: -np.array([2 * (w[0] - w[1]), 2 - 2 * (w[0] - w[1])]), "sign is flipped"),
    (lambda w: np.array([2 * (w[0] - w[1]), 2]), "wrong on"),
    (lambda w: np.array([[2 * (w[0] - w[1])], [2 - 2 * (w[0] - w[1])]]), "wanted shape (2,)"),
)


def for_minimize(gradient, w, lr, tol, limit):
    for step in range(limit):
        g = gradient(w)
        if np.sqrt((g**2).sum()) < tol:
            return [w, step]
        w = w - lr * g
    return [w, limit]


def in_place_minimize(gradient, w, lr, tol, limit):
    w, steps = w.copy(), 0
    while np.linalg.norm(gradient(w)) >= tol and steps != limit:
        w += -lr * gradient(w)
        steps += 1
    return w, steps


right(
    DESCENT,
    "minimize",
    for_minimize,
    in_place_minimize,
    lambda gradient, w, lr, tol, limit: tuple(for_minimize(gradient, w, lr, tol, limit)),
    lambda *args: dict(zip(("w", "steps"), for_minimize(*args))),
    lambda g, w, lr, tol, limit: (for_minimize(g, w, lr, tol, limit)[0], float(for_minimize(g, w, lr, tol, limit)[1])),
)


def spoiling_minimize(gradient, w, lr, tol, limit):
    steps = 0
    while np.linalg.norm(gradient(w)) >= tol and steps < limit:
        w -= lr * gradient(w)
        steps += 1
    return w, steps


wrong(
    DESCENT,
    "minimize",
    (spoiling_minimize, "changed its input w"),
    (lambda g, w, lr, tol, limit: for_minimize(g, w, lr, tol, limit)[::-1], "wrong order"),
    (lambda g, w, lr, tol, limit: for_minimize(g, w, lr, tol, limit)[0], "return w, steps"),
    (lambda g, w, lr, tol, limit: for_minimize(g, w, lr / 2, tol, limit), "wrong on"),
    (
        lambda g, w, lr, tol, limit: (
            in_place_minimize(g, w, lr, tol, limit)[0],
            in_place_minimize(g, w, lr, tol, limit)[1] + 1,
        ),
        "steps",
    ),
    (lambda g, w, lr, tol, limit: for_minimize(g, w, lr, tol, limit - 1), "wrong on"),
)

right(
    DESCENT,
    "largest_rate",
    lambda H: 2 / np.linalg.norm(H, 2),
    lambda H: 2 / max(np.linalg.eigvals(H).real),
    lambda H: 2 / np.linalg.svd(H)[1][0],
    lambda H: 2 * np.linalg.eigvalsh(np.linalg.inv(H)).min(),
    lambda H: float(np.min(2 / np.linalg.eigh(H)[0])),
)
wrong(
    DESCENT,
    "largest_rate",
    (lambda H: 4 / np.linalg.norm(H, 2), "2 times"),
    (lambda H: 2 / np.linalg.norm(H), ""),
    (lambda H: 2 / np.abs(H).max(), ""),
    (lambda H: 2 / np.linalg.eigvalsh(H), "wanted a single number"),
    (lambda H: 2 / np.linalg.norm(H, 2) - 1e-3, "too small everywhere"),
)


def in_place_difference(f, x, h):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        down = f(x)
        x[i] += h
        g[i] = (up - down) / (2 * h)
    return g


def flat_difference(f, x, h):
    flat, g = x.ravel(), []
    for i in range(flat.size):
        up, down = flat.copy(), flat.copy()
        up[i], down[i] = up[i] + h, down[i] - h
        g.append((f(up.reshape(x.shape)) - f(down.reshape(x.shape))) / h / 2)
    return np.reshape(g, x.shape)


right(
    DESCENT,
    "central_difference",
    in_place_difference,
    flat_difference,
    lambda f, x, h: np.array(
        [(f(x + e) - f(x - e)) / (2 * h) for e in h * np.eye(x.size).reshape(-1, *x.shape)]
    ).reshape(x.shape),
    lambda f, x, h: -in_place_difference(f, x, -h) * -1,
    lambda f, x, h: 0.5 * ((flat_difference(f, x, h)) + in_place_difference(f, x, h)),
)
wrong(
    DESCENT,
    "central_difference",
    (lambda f, x, h: flat_difference(f, x, h).ravel()[:1], "wanted shape"),
    (lambda f, x, h: flat_difference(f, x, h / 2), "wrong on"),
    (lambda f, x, h: flat_difference(f, x, h).sum(), ""),
    (lambda f, x, h: 3 * flat_difference(f, x, h), "3 times"),
    (lambda f, x, h: flat_difference(f, np.zeros_like(x), h), "wrong on"),
)


def list_batches(X, y, batch_size, rng):
    order = np.arange(len(y))
    rng.shuffle(order)
    return [[X[part], y[part]] for part in np.split(order, range(batch_size, len(y), batch_size))]


def popping_batches(X, y, batch_size, rng):
    left = list(rng.permutation(len(y)))
    while left:
        part, left = left[:batch_size], left[batch_size:]
        yield X[part], y[part]


right(
    DESCENT,
    "minibatches",
    list_batches,
    popping_batches,
    lambda X, y, size, rng: iter(list_batches(X, y, size, rng)),
    lambda X, y, size, rng: tuple(list_batches(X, y, size, rng)),
    lambda X, y, size, rng: map(tuple, list_batches(X, y, size, rng)),
    lambda X, y, size, rng: [(Xb.tolist(), yb.tolist()) for Xb, yb in list_batches(X, y, size, rng)],
)
wrong(
    DESCENT,
    "minibatches",
    (
        lambda X, y, size, rng: popping_batches(X[::-1], y[::-1], size, np.random.default_rng(0)),
        "another rng gives the same",
    ),
    (lambda X, y, size, rng: list_batches(X, y, size, np.random.default_rng()), "the same rng gave another"),
    (
        lambda X, y, size, rng: [(X[::-1][i : i + size], y[::-1][i : i + size]) for i in range(0, len(y), size)],
        "another rng gives the same",
    ),
    (lambda X, y, size, rng: list_batches(X, y, size, rng)[0], ""),
    (lambda X, y, size, rng: list_batches(X, y, size + 1, rng), "the batches have"),
    (lambda X, y, size, rng: [b for _ in range(2) for b in list_batches(X, y, size, rng)], "twice"),
)


def signs(H):
    values = np.round(np.linalg.eigvals(H).real, 9)
    if values.min() * values.max() < 0:
        return "saddle"
    return "undecided" if 0 in values else "minimum" if values.min() > 0 else "maximum"


right(
    DESCENT,
    "classify",
    signs,
    lambda H: str(np.array(signs(H))),
    lambda H: signs(H.T),
    lambda H: np.str_(signs(H)),
    lambda H: signs(3 * H),
)
wrong(
    DESCENT,
    "classify",
    lambda H: signs(H).upper(),
    lambda H: "saddle",
    lambda H: [signs(H)],
    lambda H: signs(-H) if len(H) > 2 else signs(H),
    lambda H: "maximum" if np.trace(H) < 0 else "minimum",
)


@pytest.mark.parametrize("module, name, attempt", ANSWERS.numbered(ANSWERS.rights))
def test_another_form_of_the_right_answer_is_right(module, name, attempt):
    assert first_line(module, name, attempt).startswith(f"✓ {name}: right")


@pytest.mark.parametrize("module, name, attempt, piece", ANSWERS.numbered(ANSWERS.wrongs))
def test_another_wrong_answer_is_wrong_and_told_nothing_false(module, name, attempt, piece):
    said = first_line(module, name, attempt)
    assert said.startswith(f"✗ {name}: ") and piece in said


def test_every_exercise_has_five_of_each():
    assert not ANSWERS.fewer_than(5)
