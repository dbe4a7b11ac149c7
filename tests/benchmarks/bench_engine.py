"""Training steps of three small networks in nblib, in PyTorch eager and in written-out NumPy, on one thread.

    OMP_NUM_THREADS=1 python tests/benchmarks/bench_engine.py

prints a Markdown table of ratios. The contestants take turns in short blocks, so that whatever else the
machine does meets all of them; a ratio is the median over the rounds of the ratio within a round.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and PyTorch are loaded

import argparse
import math
import random
import statistics
import time

import numpy as np
import torch

from nblib import autograd, nn, optim
from nblib.nn import functional

LR = 0.05
NETWORKS = [((2, 64, 64, 1), 32), ((64, 64, 10), 64), ((784, 128, 10), 64)]  # layer sizes, batch size


def weights_and_batch(sizes, batch):
    rng = np.random.default_rng(0)
    layers = [(rng.standard_normal((o, i)) / math.sqrt(i), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]
    X = rng.standard_normal((batch, sizes[0]))
    binary, labels = (X[:, :1] * X[:, 1:2] > 0).astype("f4"), rng.integers(0, sizes[-1], batch)
    layers = [(W.astype("f4"), b.astype("f4")) for W, b in layers]
    return layers, X.astype("f4"), binary if sizes[-1] == 1 else labels


def framework_step(nn, F, optim, tensor, layers, X, y):
    """The same source drives nblib and PyTorch: only the modules differ."""
    binary = len(layers[-1][1]) == 1
    parts = []
    for W, b in layers:
        linear = nn.Linear(*W.shape[::-1])
        linear.load_state_dict({"weight": tensor(W), "bias": tensor(b)})
        parts += [linear, nn.Tanh() if binary else nn.ReLU()]
    model = nn.Sequential(*parts[:-1])
    loss_of = F.binary_cross_entropy_with_logits if binary else F.cross_entropy
    optimizer = optim.SGD(model.parameters(), lr=LR)
    X, y = tensor(X), tensor(y)

    def step():
        optimizer.zero_grad()
        loss = loss_of(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def numpy_step(layers, X, y):
    """The formulas of backpropagation, written out."""
    layers = [[W.copy(), b.copy()] for W, b in layers]
    binary, rows = len(layers[-1][1]) == 1, np.arange(len(X))

    def step():
        inputs, a = [], X
        for W, b in layers[:-1]:
            inputs.append(a)
            z = a @ W.T + b
            a = np.tanh(z) if binary else np.maximum(z, 0)
        inputs.append(a)
        z = a @ layers[-1][0].T + layers[-1][1]
        if binary:
            e = np.exp(-np.abs(z))
            loss = (np.maximum(z, 0) - z * y + np.log1p(e)).sum() / len(X)
            d = (np.where(z >= 0, 1, e) / (1 + e) - y) / len(X)
        else:
            z = z - z.max(1, keepdims=True)
            log_probs = z - np.log(np.exp(z).sum(1, keepdims=True))
            loss = -log_probs[rows, y].sum() / len(X)
            d = np.exp(log_probs)
            d[rows, y] -= 1
            d /= len(X)
        for i in reversed(range(len(layers))):
            layer, a = layers[i], inputs[i]
            dW, db = d.T @ a, d.sum(0)
            if i:
                d = d @ layer[0]
                d = d * (1 - a * a) if binary else d * (a > 0)
            layer[0] -= LR * dW
            layer[1] -= LR * db
        return float(loss)

    return step


class Value:
    """A number with a gradient: the smallest engine there is, as notebook 05 builds it."""

    __slots__ = ("data", "grad", "edges")

    def __init__(self, data, *edges):
        self.data, self.grad, self.edges = data, 0.0, edges

    def __add__(self, other):
        return Value(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other.data), (other, self.data))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self, 1 - y * y))

    def log_loss(self, y):
        e = math.exp(-abs(self.data))
        probability = (1 if self.data >= 0 else e) / (1 + e)
        return Value(max(self.data, 0) - self.data * y + math.log1p(e), (self, probability - y))

    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, finished = stack.pop()
            if finished:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent, _ in node.edges)
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in node.edges:
                parent.grad += slope * node.grad


def scalar_step(layers, X, y):
    layers = [([[Value(w) for w in row] for row in W.tolist()], [Value(v) for v in b.tolist()]) for W, b in layers]

    def step():
        loss = Value(0.0)
        for x, target in zip(X.tolist(), y[:, 0].tolist()):
            a = [Value(v) for v in x]
            for k, (W, b) in enumerate(layers):
                z = []
                for row, bias in zip(W, b):
                    for w, v in zip(row, a):
                        bias = bias + w * v
                    z.append(bias)
                a = [v.tanh() for v in z] if k < len(layers) - 1 else z
            loss = loss + a[0].log_loss(target) * Value(1 / len(X))
        loss.backward()
        for W, b in layers:
            for p in [*b, *(w for row in W for w in row)]:
                p.data, p.grad = p.data - LR * p.grad, 0.0
        return loss.data

    return step


def contestants(sizes, batch):
    layers, X, y = weights_and_batch(sizes, batch)
    steps = {
        "nblib": framework_step(nn, functional, optim, autograd.tensor, layers, X, y),
        "torch": framework_step(torch.nn, torch.nn.functional, torch.optim, torch.tensor, layers, X, y),
        "numpy": numpy_step(layers, X, y),
    }
    losses = {name: [step() for _ in range(5)] for name, step in steps.items()}
    for name in steps:  # they all do the same work
        np.testing.assert_allclose(losses[name], losses["nblib"], rtol=1e-4)
    return steps, (layers, X, y), losses["nblib"]


def seconds(step, n):
    start = time.perf_counter()
    for _ in range(n):
        step()
    return (time.perf_counter() - start) / n


def measure(steps, rounds, n):
    """{name: [seconds a step, one for each round]}, the contestants of a round in random order."""
    times = {name: [] for name in steps}
    for _ in range(rounds):
        for name in random.sample(list(steps), len(steps)):
            times[name].append(seconds(steps[name], n))
    return times


def ratio(times, a, b):
    return statistics.median(x / y for x, y in zip(times[a], times[b]))


def main(rounds, n):
    torch.set_num_threads(1)
    print("| network | batch | µs a step | nblib / torch | nblib / NumPy formulas | scalar engine / nblib |")
    print("|---|---|---|---|---|---|")
    for sizes, batch in NETWORKS:
        steps, problem, losses = contestants(sizes, batch)
        times = measure(steps, rounds, n)
        scalar = ""
        if sizes[-1] == 1:
            step = scalar_step(*problem)
            np.testing.assert_allclose(step(), losses[0], rtol=1e-4)
            scalar = statistics.median(seconds(step, 1) / seconds(steps["nblib"], n) for _ in range(3))
            scalar = f"{scalar:,.0f}"
        print(
            f"| {'-'.join(map(str, sizes))} | {batch} | {statistics.median(times['nblib']) * 1e6:.0f} "
            f"| {ratio(times, 'nblib', 'torch'):.2f} | {ratio(times, 'nblib', 'numpy'):.2f} | {scalar} |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--steps", type=int, default=20, help="steps in a block")
    options = parser.parse_args()
    main(options.rounds, options.steps)
