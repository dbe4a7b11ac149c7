"""Convolution, pooling and a CNN's training step in nblib and in PyTorch, on one thread, forward and backward.

    OMP_NUM_THREADS=1 python tests/benchmarks/bench_conv.py             # times, as a table of ratios
    OMP_NUM_THREADS=1 python tests/benchmarks/bench_conv.py --memory    # memory, each case in a process of its own

Both take turns, so that whatever else the machine does meets both; the ratios are the median over the rounds of the
ratio within a round, and that of the two fastest times. How long a new array takes depends on what the process has done
before (after it has freed a large one, C's allocator keeps memory that it gave back to the system before), by a
factor of three for either library. Both states are measured: --fresh leaves it as it is at the start.

Memory is the peak of the resident set over three steps, from /proc (Linux), above what is there before the first.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and PyTorch are loaded
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import random
import statistics
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np

RNG = np.random.default_rng(0)


def nblib():
    from nblib import autograd, nn, optim

    return SimpleNamespace(tensor=autograd.tensor, nn=nn, optim=optim)


def pytorch():
    import torch

    torch.set_num_threads(1)
    return torch


def normal(*shape):
    return RNG.standard_normal(shape, dtype=np.float32)


def of_layer(f, shape, *weights, needs_dx=True):
    """f(lib, x, *weights), forward and backward from a given gradient."""
    arrays = normal(*shape), *weights

    def make(lib):
        tensors = [lib.tensor(a, requires_grad=i > 0 or needs_dx) for i, a in enumerate(arrays)]
        g = lib.tensor(np.random.default_rng(1).standard_normal(tuple(f(lib, *tensors).shape), dtype=np.float32))

        def step():
            for t in tensors:
                t.grad = None
            y = f(lib, *tensors)
            y.backward(g)
            return [y, *(t.grad for t in tensors if t.grad is not None)]

        return step

    return make


def conv(channels, filters, size, batch=32, groups=1, needs_dx=True):
    return of_layer(
        lambda lib, x, w, b: lib.nn.functional.conv2d(x, w, b, padding=1, groups=groups),
        (batch, channels, size, size),
        normal(filters, channels // groups, 3, 3),
        normal(filters),
        needs_dx=needs_dx,
    )


def cnn(batch=32):
    """A training step: (conv, relu, pool) twice, dense, cross-entropy, SGD, on 3×32×32 images."""
    X, y = normal(batch, 3, 32, 32), RNG.integers(0, 10, batch)
    kernels = normal(16, 3, 3, 3) / 5, normal(32, 16, 3, 3) / 12, normal(10, 2048) / 45

    def make(lib):
        nn = lib.nn
        model = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2048, 10),
        )
        state = {name: np.zeros(tuple(t.shape), "f4") for name, t in model.state_dict().items()}
        state.update(zip([name for name in state if "weight" in name], kernels))
        model.load_state_dict({name: lib.tensor(a) for name, a in state.items()})
        optimizer, images, labels = lib.optim.SGD(model.parameters(), lr=0.01), lib.tensor(X), lib.tensor(y)

        def step():
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            return [loss]

        return step

    return make


CASES = {
    "conv 3→16, 32×32": lambda batch=32: conv(3, 16, 32, batch),
    "conv 3→16, 32×32, without dx": lambda batch=32: conv(3, 16, 32, batch, needs_dx=False),
    "conv 16→32, 16×16": lambda batch=32: conv(16, 32, 16, batch),
    "depthwise 32, 16×16": lambda batch=32: conv(32, 32, 16, batch, groups=32),
    "max pooling 2×2, 16×32×32": lambda batch=32: of_layer(
        lambda lib, x: lib.nn.functional.max_pool2d(x, 2), (batch, 16, 32, 32)
    ),
    "average pooling 2×2, 16×32×32": lambda batch=32: of_layer(
        lambda lib, x: lib.nn.functional.avg_pool2d(x, 2), (batch, 16, 32, 32)
    ),
    "batch norm, 16×32×32": lambda batch=32: of_layer(
        lambda lib, x, w, b: lib.nn.functional.batch_norm(x, None, None, w, b, training=True),
        (batch, 16, 32, 32),
        normal(16),
        normal(16),
    ),
    "layer norm, 64×64": lambda batch=32: of_layer(
        lambda lib, x, w, b: lib.nn.functional.layer_norm(x, (64,), w, b), (batch, 64, 64), normal(64), normal(64)
    ),
    "training step of a CNN": cnn,
}


def check(steps):
    """They all do the same work."""
    for _ in range(3):
        for ours, theirs in zip(*(step() for step in steps)):
            np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=2e-3, atol=2e-2)


def measure(steps, rounds):
    times = [[], []]
    for _ in range(rounds):
        for i in random.sample([0, 1], 2):
            steps[i]()  # after the other one's data left the cache
            start = time.perf_counter()
            steps[i]()
            times[i].append(time.perf_counter() - start)
    ours, theirs = times
    return statistics.median(theirs) * 1e3, statistics.median(a / b for a, b in zip(*times)), min(ours) / min(theirs)


def times(rounds, fresh):
    libraries = [nblib(), pytorch()]
    if not fresh:
        np.ones(31 * 2**18, "f4")  # 31 MB, freed at once
    print("| case, batch 32 | torch, ms | nblib / torch | of the fastest |\n|---|---|---|---|")
    for name, case in CASES.items():
        make = case()
        steps = [make(lib) for lib in libraries]
        check(steps)
        print("| {} | {:.2f} | {:.2f} | {:.2f} |".format(name, *measure(steps, rounds)), flush=True)


def status(key):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def one_peak(name, which, batch):
    lib = {"nblib": nblib, "torch": pytorch}[which]()
    CASES[name](1)(lib)()  # loads what there is to load
    step = CASES[name](batch)(lib)
    before = status("VmRSS")
    with open("/proc/self/clear_refs", "w") as file:  # the peak begins here
        file.write("5")
    for _ in range(3):
        step()
    print(status("VmHWM") - before)


def memory(batch=256):
    print(f"| case, batch {batch} | torch, MB | nblib / torch |\n|---|---|---|")
    for name in CASES:
        ours, theirs = (
            int(
                subprocess.run(
                    [sys.executable, __file__, "--peak", name, which, str(batch)],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for which in ("nblib", "torch")
        )
        print(f"| {name} | {theirs / 1e6:.0f} | {ours / theirs:.2f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--fresh", action="store_true", help="leave the allocator as it is at the start")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peak", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        one_peak(*options.peak[:2], int(options.peak[2]))
    elif options.memory:
        memory()
    else:
        times(options.rounds, options.fresh)
