"""Answers that nobody had in mind, for the exercises of 04 to 07.

A wrong answer is never told something false: where its sentence matters, a piece of it is given.
"""

import io
import math
from functools import partial

import numpy as np
import pytest
from unforeseen import Answers, first_line

ANSWERS = Answers()
right, wrong = ANSWERS.right, ANSWERS.wrong


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# --- 04 -----------------------------------------------------------------------------------------------------

NETWORKS = "e04_neural_networks"


def probing_collapse(W1, b1, W2, b2):
    """The layer that does the same, found by looking at what comes out for unit vectors."""
    b = W2 @ (W1 @ np.zeros(W1.shape[1]) + b1) + b2
    columns = [W2 @ (W1 @ e + b1) + b2 - b for e in np.eye(W1.shape[1])]
    return np.array(columns).T, b


right(
    NETWORKS,
    "collapse",
    probing_collapse,
    lambda W1, b1, W2, b2: [np.einsum("kh,hd->kd", W2, W1), b2 + (W2 * b1).sum(1)],
    lambda W1, b1, W2, b2: (W2.dot(W1), b1 @ W2.T + b2),
    lambda W1, b1, W2, b2: {"W": W2 @ W1, "b": W2 @ b1 + b2},
    lambda W1, b1, W2, b2: ((W1.T @ W2.T).T, W2 @ b1 + b2),
)
wrong(
    NETWORKS,
    "collapse",
    (lambda W1, b1, W2, b2: (W2 @ b1 + b2, W2 @ W1), "wrong order"),
    (lambda W1, b1, W2, b2: W2 @ W1, "two results are wanted: return W, b"),
    (lambda W1, b1, W2, b2: (W2 @ W1, W2 @ b1 - b2), "b"),
    (lambda W1, b1, W2, b2: (W2 @ W1 + 1, W2 @ b1 + b2), "W: yours is 1 too large"),
    (lambda W1, b1, W2, b2: (W2 @ W1, (W2 @ b1 + b2)[:, None]), "b: wanted shape"),
)


def loop_forward(X, W1, b1, w2, b2):
    A1 = np.array([[math.tanh(x @ w + b) for w, b in zip(W1, b1)] for x in X])
    return A1, np.array([1 / (1 + math.exp(-(a @ w2 + b2))) for a in A1])


right(
    NETWORKS,
    "forward",
    loop_forward,
    lambda *args: list(loop_forward(*args)),
    lambda X, W1, b1, w2, b2: (
        (np.tanh(W1 @ X.T + b1[:, None])).T,
        0.5 + 0.5 * np.tanh((np.tanh(X @ W1.T + b1) @ w2 + b2) / 2),
    ),
    lambda X, W1, b1, w2, b2: (2 * sigmoid(2 * (X @ W1.T + b1)) - 1, loop_forward(X, W1, b1, w2, b2)[1]),
    lambda *args: tuple(part.astype(np.float32) for part in loop_forward(*args)),
)
wrong(
    NETWORKS,
    "forward",
    (lambda *args: loop_forward(*args)[1], "return A1, ŷ"),
    (lambda *args: loop_forward(*args)[::-1], "wrong order"),
    (lambda *args: (loop_forward(*args)[0], loop_forward(*args)[1][:, None]), "ŷ: wanted shape"),
    (lambda *args: (loop_forward(*args)[0], 1 - loop_forward(*args)[1]), "ŷ (A1 is right)"),
    (lambda *args: (loop_forward(*args)[0].T, loop_forward(*args)[1]), "A1"),
)


def loop_backward(X, y, A1, y_hat, w2):
    dW1, db1, dw2, db2 = np.zeros((len(w2), X.shape[1])), np.zeros(len(w2)), np.zeros(len(w2)), 0.0
    for i in range(len(X)):
        dz = (y_hat[i] - y[i]) / len(X)
        d1 = dz * w2 * (1 - A1[i] ** 2)
        dW1 += d1[:, None] * X[i]
        db1 += d1
        dw2 += dz * A1[i]
        db2 += dz
    return dW1, db1, dw2, db2


right(
    NETWORKS,
    "backward",
    loop_backward,
    lambda *args: list(loop_backward(*args)),
    lambda X, y, A1, p, w2: (
        ((p - y)[:, None] * w2 * (1 - A1 * A1)).T @ X / len(X),
        ((p - y)[:, None] * w2 * (1 - A1 * A1)).mean(0),
        (p - y) @ A1 / len(X),
        (p - y).mean(),
    ),
    lambda *args: dict(zip(("dW1", "db1", "dw2", "db2"), loop_backward(*args))),
    lambda *args: tuple(np.asarray(part) for part in loop_backward(*args)),
)
wrong(
    NETWORKS,
    "backward",
    (lambda *args: loop_backward(*args)[:3], "db2 is missing"),
    (lambda *args: loop_backward(*args)[2:] + loop_backward(*args)[:2], "wrong order"),
    (lambda *args: tuple(-part for part in loop_backward(*args)), "the sign is flipped"),
    (lambda *args: (loop_backward(*args)[0].T, *loop_backward(*args)[1:]), "dW1: "),
    (lambda *args: (*loop_backward(*args)[:3], 2 * loop_backward(*args)[3]), "db2: yours is 2 times"),
)


def xavier(seed, D, H):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (H, D)) * np.sqrt(6 / (D + H)), np.zeros(H), rng.normal(size=H) / H, 0


def constant_in(seed, D, H):
    """All weights in are equal, those out are not: the units part at the first step."""
    rng = np.random.default_rng(seed)
    return np.full((H, D), D**-0.5), np.zeros(H), rng.normal(size=H), 0.0


right(
    NETWORKS,
    "start",
    xavier,
    constant_in,
    lambda seed, D, H: list(xavier(seed, D, H)),
    lambda seed, D, H: (*xavier(seed, D, H)[:3], np.array(0.0)),
    lambda seed, D, H: (np.full((H, D), 0.3 / np.sqrt(D)), np.random.default_rng(seed).normal(size=H), np.ones(H), 0.0),
    lambda seed, D, H: (np.random.RandomState(seed).randn(H, D) / np.sqrt(D), np.zeros(H), np.ones(H) / H, 0.0),
)
wrong(
    NETWORKS,
    "start",
    (lambda seed, D, H: (xavier(seed, D, H)[0].T, *xavier(seed, D, H)[1:]), "wanted the shape of W1"),
    (lambda seed, D, H: xavier(0, D, H), "another seed gives the same result"),
    (lambda seed, D, H: xavier(None, D, H), "the same seed gave another result"),
    (lambda seed, D, H: xavier(seed, D, H)[:3], "return W1, b1, w2, b2"),
    (
        lambda seed, D, H: (np.random.default_rng(seed).normal(size=(H, D)) / np.sqrt(H), *xavier(seed, D, H)[1:]),
        "√D that W1 is divided by",
    ),
    (lambda seed, D, H: (xavier(seed, D, H)[0], np.full(H, 50.0), *xavier(seed, D, H)[2:]), "too large"),
)


def loop_hinges(knots, values):
    weights, slope = [], 0.0
    for i in range(len(knots) - 1):
        new = (values[i + 1] - values[i]) / (knots[i + 1] - knots[i])
        weights.append(new - slope)
        slope = new
    return np.array(weights)


def solved_hinges(knots, values):
    A = np.maximum(0, knots[1:, None] - knots[:-1])
    return np.linalg.solve(A, values[1:] - values[0])


right(
    NETWORKS,
    "hinges",
    loop_hinges,
    solved_hinges,
    lambda k, v: np.concatenate([[(v[1] - v[0]) / (k[1] - k[0])], np.diff(np.diff(v) / np.diff(k))]),
    lambda k, v: np.linalg.lstsq(np.maximum(0, k[:, None] - k[:-1]), v - v[0])[0],
    lambda k, v: np.ediff1d(np.r_[0, np.diff(v) / np.diff(k)]),
)
wrong(
    NETWORKS,
    "hinges",
    (lambda k, v: list(loop_hinges(k, v)), "np.array"),
    (lambda k, v: -loop_hinges(k, v), "the sign is flipped"),
    (lambda k, v: loop_hinges(k, v - v.mean() + 0 * k) * 2, "2 times"),
    (lambda k, v: np.cumsum(np.diff(v) / np.diff(k)), "wrong on"),
    (lambda k, v: loop_hinges(k, v)[::-1], "wrong"),
)

# --- 05 -----------------------------------------------------------------------------------------------------

BACKPROPAGATION = "e05_backpropagation"


def stored_swish(x):
    y, s = x / (1 + np.exp(-x)), sigmoid(x)

    def vjp(g):
        return g * (y + s * (1 - y))

    return y, vjp


class Vjp:
    def __init__(self, x):
        self.x = x

    def __call__(self, g):
        return stored_swish(self.x)[1](g)


right(
    BACKPROPAGATION,
    "swish",
    stored_swish,
    lambda x: [*stored_swish(x)],
    lambda x: (stored_swish(x)[0], Vjp(x)),
    lambda x: (x * (1 + np.tanh(x / 2)) / 2, lambda g: stored_swish(x)[1](np.ones_like(g)) * g),
    lambda x: {"y": stored_swish(x)[0], "vjp": stored_swish(x)[1]},
)
wrong(
    BACKPROPAGATION,
    "swish",
    (lambda x: (lambda g: g, x * sigmoid(x)), "function of g"),
    (lambda x: (stored_swish(x)[0], lambda g: g), "does not agree with finite differences"),
    (lambda x: (x + sigmoid(x), stored_swish(x)[1]), "the value is not"),
    (lambda x: (stored_swish(x)[0].sum(), stored_swish(x)[1]), "the value is not"),
    (lambda x: (stored_swish(x)[0], lambda g: stored_swish(x)[1](g).sum()), "finite differences"),
)


def slopes(x):
    y, vjp = stored_swish(x)
    return vjp(2 * y)


right(
    BACKPROPAGATION,
    "slopes_of_squares",
    slopes,
    lambda x: np.array([slopes(v) for v in x.ravel()]).reshape(x.shape),
    lambda x: 2 * stored_swish(x)[0] * stored_swish(x)[1](1.0),
    lambda x: slopes(x).astype(np.float32) + 0.0,
    lambda x: np.stack([slopes(x)])[0],
)
wrong(
    BACKPROPAGATION,
    "slopes_of_squares",
    (lambda x: slopes(x) / 2, "0.5 times"),
    (lambda x: -slopes(x), "the sign is flipped"),
    (lambda x: slopes(x) / x.size, "wrong on"),
    (lambda x: slopes(x).sum(), "single number"),
    (lambda x: slopes(x).tolist(), "np.array"),
)


def jacobian_softmax(a, g):
    return np.array([(np.diag(p) - np.outer(p, p)) @ h for p, h in zip(a, g)])


right(
    BACKPROPAGATION,
    "softmax_backward",
    jacobian_softmax,
    lambda a, g: a * g - a * np.einsum("nk,nk->n", a, g)[:, None],
    lambda a, g: (a.T * (g.T - (a * g).sum(1))).T,
    lambda a, g: jacobian_softmax(a, g - g.mean(axis=1, keepdims=True)),
    lambda a, g: np.array([p * (h - p @ h) for p, h in zip(a, g)]),
)
wrong(
    BACKPROPAGATION,
    "softmax_backward",
    (lambda a, g: a * (g - (a * g).mean(axis=1, keepdims=True)), "wrong on"),
    (lambda a, g: a * g, "wrong on"),
    (lambda a, g: jacobian_softmax(a, g) / len(a), "wrong on"),
    (lambda a, g: jacobian_softmax(a, g).sum(axis=1), "wanted shape"),
    (lambda a, g: jacobian_softmax(g, a), "wrong on"),
)


def loop_linear(X, W, G):
    dX, dW, db = np.zeros_like(X), np.zeros_like(W), np.zeros(len(W))
    for i in range(len(X)):
        for k in range(len(W)):
            dX[i] += G[i, k] * W[k]
            dW[k] += G[i, k] * X[i]
            db[k] += G[i, k]
    return dX, dW, db


right(
    BACKPROPAGATION,
    "linear_backward",
    loop_linear,
    lambda X, W, G: [G.dot(W), (X.T @ G).T, np.ones(len(X)) @ G],
    lambda X, W, G: (np.einsum("mk,kn->mn", G, W), np.einsum("mk,mn->kn", G, X), G.sum(0)),
    lambda X, W, G: {"db": G.sum(0), "dX": G @ W, "dW": G.T @ X},
    lambda X, W, G: ((W.T @ G.T).T, np.tensordot(G, X, (0, 0)), sum(G)),
)
wrong(
    BACKPROPAGATION,
    "linear_backward",
    (lambda *args: loop_linear(*args)[::-1], "wrong order"),
    (lambda *args: (loop_linear(*args)[1], loop_linear(*args)[0], loop_linear(*args)[2]), "wrong order"),
    (lambda *args: loop_linear(*args)[1:], "dX is missing"),
    (lambda X, W, G: (G @ W, G.T @ X, G.sum(axis=0, keepdims=True)), "db: wanted shape"),
    (lambda X, W, G: (G @ W, -G.T @ X, G.sum(axis=0)), "dW: the sign is flipped"),
)

# --- 06 -----------------------------------------------------------------------------------------------------

DEEP = "e06_deep_networks"


def matrix_count(sizes):
    return sum(np.zeros((m, n + 1)).size for n, m in zip(sizes[:-1], sizes[1:]))


right(
    DEEP,
    "count_parameters",
    matrix_count,
    lambda sizes: sum((sizes[i] + 1) * sizes[i + 1] for i in range(len(sizes) - 1)),
    lambda sizes: int(np.dot(np.array(sizes[:-1]) + 1, sizes[1:])),
    lambda sizes: float(matrix_count(sizes)),
    lambda sizes: 0 if len(sizes) < 2 else (sizes[0] + 1) * sizes[1] + matrix_count(sizes[1:]),
)
wrong(
    DEEP,
    "count_parameters",
    lambda sizes: matrix_count(sizes[1:]),
    lambda sizes: np.prod(sizes),
    lambda sizes: matrix_count(sizes) - 1,
    lambda sizes: [(n + 1) * m for n, m in zip(sizes, sizes[1:])],
    (lambda sizes: matrix_count([sizes.pop(0), *sizes]), "changed its input sizes"),
)


def loop_layer(dG, Z, A, W):
    dZ = np.where(Z > 0, dG, 0)
    dX, dW, db = loop_linear(A, W, dZ)
    return dW, db, dX


right(
    DEEP,
    "layer_backward",
    loop_layer,
    lambda *args: list(loop_layer(*args)),
    lambda dG, Z, A, W: ((A.T @ (dG * (Z >= 0))).T, (dG * (Z >= 0)).sum(0), (dG * (Z >= 0)).dot(W)),
    lambda *args: dict(zip(("dW", "db", "dA"), loop_layer(*args))),
    lambda dG, Z, A, W: loop_layer(dG * np.heaviside(Z, 0), np.ones_like(Z), A, W),
)
wrong(
    DEEP,
    "layer_backward",
    (lambda *args: loop_layer(*args)[::-1], "wrong order"),
    (lambda *args: loop_layer(*args)[:2], "dA is missing"),
    (lambda dG, Z, A, W: loop_layer(dG, -Z, A, W), ""),
    (lambda *args: (*loop_layer(*args)[:2], -loop_layer(*args)[2]), "dA: the sign is flipped"),
    (lambda dG, Z, A, W: loop_layer(dG, A @ W.T, A, W), "wrong on"),
)


def branches(name, z, g):
    if name == "sigmoid":
        return g * np.exp(-z) / (1 + np.exp(-z)) ** 2
    if name == "tanh":
        return g / np.cosh(z) ** 2
    low = {"relu": 0 * z, "leaky": 0 * z + 0.01, "elu": np.exp(z), "selu": 1.7580993408473766 * np.exp(z)}[name]
    return g * np.where(z < 0, low, 1.0507009873554805 if name == "selu" else 1)


right(
    DEEP,
    "activation_backward",
    branches,
    lambda name, z, g: np.array([branches(name, a, b) for a, b in zip(z.ravel(), g.ravel())]).reshape(z.shape),
    lambda name, z, g: branches(name, z, np.ones_like(z)) * g,
    lambda name, z, g: -branches(name, z, -g),
    lambda name, z, g: branches(name, z, g).astype(np.float32),
)
wrong(
    DEEP,
    "activation_backward",
    (lambda name, z, g: branches("relu" if name == "leaky" else name, z, g), "leaky: below 0"),
    (lambda name, z, g: g * (1 - sigmoid(z)) if name == "sigmoid" else branches(name, z, g), "sigmoid: "),
    (lambda name, z, g: branches(name, z, g) / (1.0507009873554805 if name == "selu" else 1), "selu: λ is missing"),
    (lambda name, z, g: branches(name, -z, g), "wrong on"),
    (lambda name, z, g: branches(name, z, g) * z.size, ""),
)


def prelu(z, w, g):
    return np.where(z > 0, g, w * g), float(g[z < 0] @ z[z < 0])


right(
    DEEP,
    "prelu_backward",
    prelu,
    lambda *args: list(prelu(*args)),
    lambda z, w, g: (g * (z > 0) + w * g * (z <= 0), np.sum((g * z)[z < 0])),
    lambda z, w, g: {"dz": prelu(z, w, g)[0], "dw": np.array(prelu(z, w, g)[1])},
    lambda z, w, g: (g * np.choose((z > 0) * 1, [w, 1.0]), np.minimum(z, 0).ravel() @ g.ravel()),
)
wrong(
    DEEP,
    "prelu_backward",
    (lambda *args: prelu(*args)[::-1], "wrong order"),
    (lambda *args: prelu(*args)[0], "two results are wanted: return dz, dw"),
    (lambda *args: (prelu(*args)[0], -prelu(*args)[1]), "dw: the sign is flipped"),
    (lambda *args: (prelu(*args)[0] + 1, prelu(*args)[1]), "dz: yours is 1 too large"),
    (lambda z, w, g: prelu(-z, w, g), ""),
)


def recursive_chain(x, w, b):
    if len(w) == 0:
        return 1.0
    a = sigmoid(w[0] * x + b[0])
    return w[0] * a * (1 - a) * recursive_chain(a, w[1:], b[1:])


def logarithmic_chain(x, w, b):
    total = 0.0
    for wi, bi in zip(w, b):
        x = sigmoid(wi * x + bi)
        total += math.log(abs(wi) * x * (1 - x))
    return np.prod(np.sign(w)) * math.exp(total)


right(
    DEEP,
    "chain_slope",
    recursive_chain,
    logarithmic_chain,
    lambda x, w, b: np.array(recursive_chain(x, w, b)),
    lambda x, w, b: np.prod(w) * recursive_chain(x, w, b) / np.prod(w),
    lambda x, w, b: math.prod([recursive_chain(x, w, b)]),
)
wrong(
    DEEP,
    "chain_slope",
    (lambda x, w, b: abs(recursive_chain(x, w, b)), ""),
    (lambda x, w, b: recursive_chain(x, w[::-1], b[::-1]), "wrong on"),
    (lambda x, w, b: recursive_chain(x, w[:-1], b[:-1]), ""),
    (lambda x, w, b: recursive_chain(x, w, b) + 0.5, "0.5 too large"),
    (lambda x, w, b: [recursive_chain(x, w, b)], "wanted a number"),
)
right(
    DEEP,
    "dead_share",
    lambda Z: 1 - np.any(Z > 0, axis=0).mean(),
    lambda Z: sum(max(column) <= 0 for column in Z.T) / Z.shape[1],
    lambda Z: (Z.max(axis=0) <= 0).mean(),
    lambda Z: np.count_nonzero(~(Z > 0).any(0)) / len(Z[0]),
    lambda Z: (np.maximum(Z, 0).sum(0) == 0).astype(np.float32).mean(),
)
wrong(
    DEEP,
    "dead_share",
    (lambda Z: (Z.mean(axis=0) <= 0).mean(), "wrong on"),
    (lambda Z: (Z.max(axis=0) > 0).mean(), "share of the living"),
    (lambda Z: 100 * (Z.max(axis=0) <= 0).mean(), "100 times"),
    (lambda Z: (Z.min(axis=0) <= 0).mean(), ""),
    (lambda Z: Z.max(axis=0) <= 0, ""),
)


def loop_revive(X, W, b):
    new = b.copy()
    for k, w in enumerate(W):
        scores = sorted(X @ w + b[k])
        if scores[-1] <= 0:
            middle = (scores[(len(scores) - 1) // 2] + scores[len(scores) // 2]) / 2
            new[k] -= middle
    return new


right(
    DEEP,
    "revive",
    loop_revive,
    lambda X, W, b: np.where((X @ W.T + b).max(0) > 0, b, -np.median(X @ W.T, axis=0)),
    lambda X, W, b: b - np.median(X @ W.T + b, axis=0) * ((X @ W.T + b) <= 0).all(0),
    lambda X, W, b: np.array(list(loop_revive(X, W, b))),
    lambda X, W, b: b + np.quantile(-(X @ W.T + b), 0.5, axis=0) * np.all(X @ W.T + b <= 0, axis=0),
)


def spoiling_revive(X, W, b):
    b[:] = loop_revive(X, W, b)
    return b


wrong(
    DEEP,
    "revive",
    (spoiling_revive, "changed its input b"),
    (lambda X, W, b: loop_revive(X, W, b) + 0.01, "0.01 too large"),
    (lambda X, W, b: loop_revive(X, W, b)[:, None], "wanted shape"),
    (lambda X, W, b: b, "wrong on"),
    (lambda X, W, b: np.abs(b), "wrong on"),
)

# --- 07 -----------------------------------------------------------------------------------------------------

PYTORCH = "e07_pytorch"


def torch():
    return pytest.importorskip("torch")


right(
    PYTORCH,
    "count_parameters",
    lambda model: sum(math.prod(p.shape) for p in model.parameters() if p.requires_grad),
    lambda model: sum(p.nelement() for _, p in model.named_parameters() if p.requires_grad),
    lambda model: sum(len(p.detach().flatten()) for p in filter(lambda p: p.requires_grad, model.parameters())),
    lambda model: float(
        sum(p.numel() for p in model.parameters()) - sum(p.numel() for p in model.parameters() if not p.requires_grad)
    ),
    lambda model: torch().tensor([p.numel() for p in model.parameters() if p.requires_grad]).sum(),
)
wrong(
    PYTORCH,
    "count_parameters",
    lambda model: sum(len(p) for p in model.parameters()),
    lambda model: sum(p.sum() for p in model.parameters()),
    lambda model: sum(p.numel() for p in model.parameters() if p.grad is not None),
    lambda model: [p.numel() for p in model.parameters()],
    lambda model: sum(p.numel() for p in model.parameters() if p.ndim == 1),
)


def measured_size(side):
    nn = torch().nn
    net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.MaxPool2d(2), nn.Conv2d(6, 16, 3), nn.MaxPool2d(2), nn.Flatten())
    return net(torch().zeros(1, 3, side, side)).shape[1]


right(
    PYTORCH,
    "flat_size",
    measured_size,
    lambda side: 16 * ((side - 6) // 4) ** 2,
    lambda side: 16 * (((side - 2) // 2 - 2) // 2) ** 2,
    lambda side: 4 * 4 * math.floor((math.floor(side / 2 - 1) - 2) / 2) ** 2,
    lambda side: torch().zeros(16, *2 * [(side - 6) // 4]).numel(),
)
wrong(
    PYTORCH,
    "flat_size",
    lambda side: 16 * side**2,
    lambda side: 6 * ((side - 6) // 4) ** 2,
    lambda side: 16 * ((side - 4) // 4) ** 2,
    lambda side: 16 * ((side - 6) // 4),
    lambda side: (16, (side - 6) // 4, (side - 6) // 4),
)


def functional_port(W1, b1, W2, b2, X):
    t = torch().tensor
    return (t(X) @ t(W1) + t(b1)).relu() @ t(W2) + t(b2)


def assigned_port(W1, b1, W2, b2, X):
    nn = torch().nn
    first, second = nn.Linear(*W1.shape, dtype=torch().float64), nn.Linear(*W2.shape, dtype=torch().float64)
    for layer, W, b in ((first, W1, b1), (second, W2, b2)):
        layer.weight = nn.Parameter(torch().tensor(W.T.copy()))
        layer.bias = nn.Parameter(torch().tensor(b))
    return nn.Sequential(first, nn.ReLU(), second)(torch().from_numpy(X))


right(
    PYTORCH,
    "port",
    functional_port,
    assigned_port,
    lambda *args: assigned_port(*args).detach().numpy(),
    lambda *args: np.array(functional_port(*args).tolist()),
    lambda *args: torch().stack([functional_port(*args[:4], x[None])[0] for x in args[4]]),
)
wrong(
    PYTORCH,
    "port",
    (lambda *args: functional_port(*args).float(), "float32"),
    (lambda *args: functional_port(*args).bfloat16(), "bfloat16"),
    (lambda *args: functional_port(*args).argmax(1), "wanted shape"),
    (lambda *args: functional_port(*args).softmax(0), ""),
    (lambda *args: functional_port(*args).T, ""),
)


def epoch(model, optimizer, batches, closing=None):
    model.train()
    losses = []
    for X, y in batches:
        loss = -model(X).log_softmax(1)[range(len(y)), y].mean()
        model.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def closure_epoch(model, optimizer, batches):
    def closure(batch):
        optimizer.zero_grad()
        loss = torch().nn.functional.cross_entropy(model(batch[0]), batch[1])
        loss.backward()
        return loss

    model.train(True)
    return [optimizer.step(partial(closure, batch)).item() for batch in batches]


right(
    PYTORCH,
    "train_epoch",
    epoch,
    closure_epoch,
    lambda *args: tuple(epoch(*args)),
    lambda *args: np.array(epoch(*args)),
    lambda model, optimizer, batches: [loss for batch in batches for loss in epoch(model, optimizer, [batch])],
)
wrong(
    PYTORCH,
    "train_epoch",
    (
        lambda model, optimizer, batches: (
            epoch(model, optimizer, batches)
            if model.eval() and False
            else [epoch(model, optimizer, [b])[0] for b in batches[:-1]] + [float("nan")]
        ),
        "",
    ),
    (lambda model, optimizer, batches: (epoch(model, optimizer, batches), model.eval())[0], "eval mode"),
    (lambda model, optimizer, batches: epoch(model, optimizer, batches[::-1]), ""),
    (lambda model, optimizer, batches: epoch(model, optimizer, batches) + [0], "wanted 4 values, got 5"),
    (lambda model, optimizer, batches: epoch(model, optimizer, batches + batches)[:4], "weights afterwards"),
    (lambda model, optimizer, batches: [2 * loss for loss in epoch(model, optimizer, batches)], "2 times"),
)


def resumed(file, model, optimizer, X, y, steps):
    saved = torch().load(io.BytesIO(file.read()), weights_only=False)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return epoch(model, optimizer, [(X, y)] * steps)


right(
    PYTORCH,
    "resume",
    resumed,
    lambda *args: tuple(resumed(*args)),
    lambda *args: np.array(resumed(*args)),
    lambda *args: [np.float64(loss) for loss in resumed(*args)],
    lambda file, model, optimizer, X, y, steps: resumed(file, model.train(), optimizer, X, y, steps),
)
wrong(
    PYTORCH,
    "resume",
    (lambda *args: resumed(*args[:-1], args[-1] + 1), "wanted 6 values, got 7"),
    (lambda *args: resumed(*args[:-1], args[-1] + 1)[1:], ""),
    (lambda *args: resumed(*args)[-1], ""),
    (lambda *args: resumed(*args)[::-1], ""),
    (lambda *args: resumed(*args[:-1], args[-1] + 1)[:-1], "weights afterwards"),
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
