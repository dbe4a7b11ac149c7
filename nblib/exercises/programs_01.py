"""What notebook 01 trains to be diagnosed: gradient descent step by step, and three runs with a fault each."""

import numpy as np

from nblib import datasets


def path(X, y, lr, steps):
    """Yields w (D,), b of logistic regression on X (N, D), y (N,): zeros, then the parameters after each step."""
    w, b = np.zeros(X.shape[1]), 0.0
    yield w, b
    for _ in range(steps):
        error = 1 / (1 + np.exp(-(X @ w + b))) - y
        w, b = w - lr * X.T @ error / len(X), b - lr * error.mean()
        yield w, b


def log_loss(X, y, w, b):
    """The mean log loss of logistic regression on X (N, D), y (N,)."""
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)


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
    way = list(path(X, y, lr, steps))
    w, b = way[-1]
    costs = [log_loss(X, y, *parameters) for parameters in way]
    return costs, *(float(np.mean((X @ w + b > 0) == y)) for X, y in ((X, y), (X_new, y_new)))
