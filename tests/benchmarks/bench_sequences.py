"""Recurrent layers, attention, embeddings and a small GPT in nblib and in PyTorch: forward and backward, one thread.

    OMP_NUM_THREADS=1 python tests/benchmarks/bench_sequences.py

prints a Markdown table. The two take turns, and a ratio is the median over the rounds of the ratio within a round;
times are those of the process, since the machine has other work. All sizes are in the names; float32.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and PyTorch are loaded
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import statistics
import time
from types import SimpleNamespace

import numpy as np
import torch

from nblib import autograd, nn, optim

OURS = SimpleNamespace(nn=nn, F=nn.functional, optim=optim, tensor=autograd.tensor)
THEIRS = SimpleNamespace(nn=torch.nn, F=torch.nn.functional, optim=torch.optim, tensor=torch.tensor)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("f4")


def forward_and_backward(lib, module, inputs, call):
    """A function that computes `call(module, *inputs)` and all gradients, for a gradient of the result fixed before."""
    inputs = [lib.tensor(x, requires_grad=True) if x.dtype == "f4" else lib.tensor(x) for x in inputs]
    gradient = lib.tensor(numbers(*call(module, *inputs).shape, seed=1))
    parameters = list(module.parameters()) if module else []

    def run():
        for x in [*inputs, *parameters]:
            x.grad = None
        call(module, *inputs).backward(gradient)
        return next(x.grad for x in [*parameters, *inputs] if x.grad is not None)

    return run


def layer_case(make, *inputs, call=lambda module, *inputs: module(*inputs)):
    """The same layer with the same weights in both libraries."""
    ours, theirs = make(OURS), make(THEIRS)
    theirs.load_state_dict({name: torch.tensor(t.numpy()) for name, t in ours.state_dict().items()})
    return [forward_and_backward(lib, module, inputs, call) for lib, module in ((OURS, ours), (THEIRS, theirs))]


def function_case(call, *inputs):
    return [forward_and_backward(lib, None, inputs, lambda _, *xs, lib=lib: call(lib, *xs)) for lib in (OURS, THEIRS)]


def recurrent_case(kind, time, batch, inputs, hidden, **options):
    return layer_case(
        lambda lib: getattr(lib.nn, kind)(inputs, hidden, **options),
        numbers(time, batch, inputs),
        call=lambda module, x: module(x)[0],
    )


def gpt_step(lib, weights, words, blocks=2, width=64, heads=4):
    """A training step of a GPT with learned places: the same source for both libraries."""
    N, T = words.shape
    V = len(weights["tokens"])
    tokens, places, out = lib.nn.Embedding(V, width), lib.nn.Embedding(T, width), lib.nn.Linear(width, V)
    layer = lib.nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, batch_first=True, norm_first=True)
    encoder = lib.nn.TransformerEncoder(layer, blocks, **({"enable_nested_tensor": False} if lib is THEIRS else {}))
    for module, name in (tokens, "tokens"), (places, "places"):
        module.load_state_dict({"weight": lib.tensor(weights[name])})
    for module, name in (out, "out"), (encoder, "encoder"):
        module.load_state_dict({n: lib.tensor(w) for n, w in weights[name].items()})
    parameters = [p for module in (tokens, places, encoder, out) for p in module.parameters()]
    optimizer = lib.optim.Adam(parameters, lr=1e-3)
    x, y, order = lib.tensor(words), lib.tensor(np.roll(words, -1, 1).ravel()), lib.tensor(np.arange(T))
    causal = lib.tensor(~np.tri(T, dtype=bool))

    def step():
        optimizer.zero_grad()
        logits = out(encoder(tokens(x) + places(order), causal))
        loss = lib.F.cross_entropy(logits.reshape(N * T, V), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def gpt_case(blocks=2, width=64, heads=4, T=64, N=16, V=96):
    template = nn.TransformerEncoder(nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0), blocks)
    weights = {
        "tokens": numbers(V, width),
        "places": numbers(T, width, seed=1),
        "encoder": {name: t.numpy() for name, t in template.state_dict().items()},
        "out": {"weight": numbers(V, width, seed=2) / 8, "bias": np.zeros(V, "f4")},
    }
    words = np.random.default_rng(0).integers(0, V, (N, T))
    return [gpt_step(lib, weights, words, blocks, width, heads) for lib in (OURS, THEIRS)]


def words(n, V):
    """Frequent words and rare ones, as in a text."""
    return np.minimum(np.random.default_rng(0).zipf(1.3, n) - 1, V - 1)


def attend(lib, q, k, v, **options):
    return lib.F.scaled_dot_product_attention(q, k, v, **options)


QKV = [numbers(32, 4, 64, 16, seed=seed) for seed in range(3)]
CASES = {
    "LSTM, T 64, N 32, D 64, H 128": lambda: recurrent_case("LSTM", 64, 32, 64, 128),
    "GRU, the same": lambda: recurrent_case("GRU", 64, 32, 64, 128),
    "RNN, the same": lambda: recurrent_case("RNN", 64, 32, 64, 128),
    "LSTM, 2 layers, bidirectional, T 32, N 16, D 32, H 64": lambda: recurrent_case(
        "LSTM", 32, 16, 32, 64, num_layers=2, bidirectional=True, batch_first=False
    ),
    "LSTM, T 100, N 1, D 32, H 64": lambda: recurrent_case("LSTM", 100, 1, 32, 64),
    "attention, 4 heads of 16, T 64, N 32": lambda: function_case(attend, *QKV),
    "the same, causal": lambda: function_case(lambda lib, *qkv: attend(lib, *qkv, is_causal=True), *QKV),
    "MultiheadAttention, d 64, 4 heads, T 64, N 32": lambda: layer_case(
        lambda lib: lib.nn.MultiheadAttention(64, 4, batch_first=True),
        numbers(32, 64, 64),
        call=lambda module, x: module(x, x, x, need_weights=False)[0],
    ),
    "the same, with its weights": lambda: layer_case(
        lambda lib: lib.nn.MultiheadAttention(64, 4, batch_first=True),
        numbers(32, 64, 64),
        call=lambda module, x: module(x, x, x)[0],
    ),
    "Embedding, 1000 × 64, 1024 words": lambda: layer_case(lambda lib: lib.nn.Embedding(1000, 64), words(1024, 1000)),
    "Embedding, 96 × 64, 1024 letters": lambda: layer_case(lambda lib: lib.nn.Embedding(96, 64), words(1024, 96)),
    "Embedding, 20000 × 128, 4096 words": lambda: layer_case(
        lambda lib: lib.nn.Embedding(20000, 128), words(4096, 20000)
    ),
    "training step of a GPT, 2 blocks, d 64, T 64, N 16": gpt_case,
}


def ratios(ours, theirs, rounds):
    """Median seconds of both, and the median ratio."""
    first, second = ours(), theirs()  # they compute the same
    np.testing.assert_allclose(first.detach().numpy(), second.detach().numpy(), rtol=2e-3, atol=2e-4)
    times = []
    for i in range(rounds + 2):
        pair = {}
        for run in (ours, theirs) if i % 2 else (theirs, ours):
            start = time.process_time()
            run()
            pair[run] = time.process_time() - start
        times.append((pair[ours], pair[theirs]))
    a, b = zip(*times[2:])
    return statistics.median(a), statistics.median(b), statistics.median(x / y for x, y in zip(a, b))


def main(rounds, wanted):
    torch.set_num_threads(1)
    print("| case | ms | PyTorch, ms | ratio |\n|---|---|---|---|")
    for name, case in CASES.items():
        if wanted in name:
            a, b, ratio = ratios(*case(), rounds)
            print(f"| {name} | {a * 1e3:.2f} | {b * 1e3:.2f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", default="", help="part of a case's name")
    options = parser.parse_args()
    main(options.rounds, options.only)
