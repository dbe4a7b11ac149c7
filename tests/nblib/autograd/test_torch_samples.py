"""PyTorch's own sample inputs: every operation of the engine agrees with PyTorch, or refuses in words."""

import warnings
from collections import Counter

import numpy as np
import pytest
import torch
import torch_samples
from torch_samples import FUNCTIONS, offered, outcome, refusal, samples, wrong_samples

from nblib import autograd

OF_OTHERS = "nn.functional."  # tested beside the layers
MOST = 30  # of each operation and dtype; the script runs all


@pytest.fixture(scope="module")
def operations():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield [(name, op) for name, op in offered() if not name.startswith(OF_OTHERS) or name.endswith("pad")]


def test_every_operation_agrees_or_refuses_in_words(operations):
    found, counts = [], Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, op in operations:
            for sample in samples(op, MOST):
                result = outcome(name, op, sample)
                counts[result.split(":")[0]] += 1
                if result.startswith(("differs", "unclear")):
                    found.append(f"{name}: {result}")
    assert not found
    assert counts["agrees"] > 2000 and len({name for name, _ in operations}) > 90


def test_what_pytorch_refuses_is_refused_in_words_or_has_a_meaning(operations):
    found = [
        f"{name}: {result}"
        for name, op in operations
        for sample in wrong_samples(op)
        if (result := refusal(name, sample)).startswith("unclear")
    ]
    assert not found


def wrong_value(x):
    return autograd.sin(x) * 1.0001


@autograd.operation
def wrong_gradient(x):
    return np.sin(x), lambda g: g * np.cos(x) * 1.0001


@pytest.mark.parametrize(
    "wrong, words",
    [
        (wrong_value, "differs: tensor"),
        (wrong_gradient, "differs: gradient"),
        (lambda x: x.detach().sin(), "differs: requires_grad"),
        (lambda x: x.sin().float(), "differs: dtype"),
        (lambda x: {}["x"], "unclear: KeyError"),
        (lambda x: autograd.sin(x).sum(7), "refused: IndexError"),
    ],
)
def test_a_wrong_operation_is_noticed(operations, wrong, words, monkeypatch):
    monkeypatch.setitem(FUNCTIONS, "sin", wrong)
    sine = dict(operations)["sin"]
    assert outcome("sin", sine, next(samples(sine, 1))).startswith(words)


def test_a_refusal_without_words_is_noticed(monkeypatch):
    monkeypatch.setitem(FUNCTIONS, "sin", lambda x: 1 / 0)
    one = torch_samples.everywhere(lambda x: x, torch.zeros(2))
    sample = type("Sample", (), {"input": one, "args": (), "kwargs": {}})
    assert refusal("sin", sample).startswith("unclear: ZeroDivisionError")
