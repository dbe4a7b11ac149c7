"""The program of notebook 06 whose bugs are hunted: a deep network, with the bug of one line at a time."""

import numpy as np

from nblib import datasets


def program(bug=None):
    """begin, forward_pass and training_step of the notebook's program, with the bug of that line alone, or none."""

    def begin(sizes, rng):
        return [
            (rng.normal(0, np.sqrt(2) / (n if bug == 1 else np.sqrt(n)), (m, n)), np.zeros(m))
            for n, m in zip(sizes, sizes[1:])
        ]

    def forward_pass(X, layers):
        A = [X]
        for k, (W, b) in enumerate(layers, 1):
            Z = A[-1] @ W.T + b
            A.append(Z if k == len(layers) and bug != 3 else np.maximum(0, Z))
        return A

    def training_step(X, y, layers, lr):
        *A, Z = forward_pass(X, layers)
        e = np.exp(Z - Z.max(axis=1, keepdims=True))
        dZ = (e / e.sum(axis=1, keepdims=True) - np.eye(10)[y]) / len(y)
        for k in reversed(range(len(layers))):
            W, b = layers[k]
            layers[k] = W - lr * dZ.T @ A[k], b - lr * dZ.sum(axis=0)
            dZ = dZ @ (layers[k][0] if bug == 7 else W) * (A[k] > 0)

    return begin, forward_pass, training_step


def train_program(bug, lr, seed, epochs=30):
    """Accuracy on held-out digits after training the program with that bug, or none."""
    digits = datasets.digits()
    X, X_test, y, y_test = datasets.split(digits.X / 16, digits.y, rng=0)
    (begin, forward_pass, training_step), rng = program(bug), np.random.default_rng(seed)
    layers = begin((64, 32, 32, 32, 10), rng)
    with np.errstate(all="ignore"):  # a bug may let the numbers run away
        for _ in range(epochs):
            for batch in datasets.batches(X, y, 64, rng):
                training_step(*batch, layers, lr)
        return float(np.mean(forward_pass(X_test, layers)[-1].argmax(axis=1) == y_test))
