"""Embedding and one_hot against torch: values, gradients of repeated rows, padding, errors in words."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import check_parity, same

from nblib import nn
from nblib.autograd import arange, float32, float64, no_grad, ones, randn, tensor, zeros
from nblib.nn import functional as F

SETTINGS = settings(deadline=None, derandomize=True, max_examples=30)
PRIMES = st.sampled_from([1, 2, 3, 5, 7])
SHAPES = st.lists(st.sampled_from([0, 1, 2, 3, 5, 7]), max_size=3)
SEEDS = st.integers(0, 10_000)


@given(shape=SHAPES, words=PRIMES, size=PRIMES, padded=st.booleans(), seed=SEEDS)
@SETTINGS
def test_gradients_of_repeated_rows_add_up(shape, words, size, padded, seed):
    rng = np.random.default_rng(seed)
    chosen, options = rng.integers(0, words, shape), {"padding_idx": -1} if padded else {}
    weight = rng.standard_normal((words, size))
    check_parity(lambda lib, weight, i: lib.F.embedding(i, weight, **options), weight, chosen)


def test_many_words():
    rng = np.random.default_rng(0)
    chosen = np.minimum(rng.zipf(1.3, (64, 32)) - 1, 999)
    for size, numbers in (1000, chosen), (5, chosen.astype(np.int32) % 5):
        check_parity(lambda lib, weight, i: lib.F.embedding(i, weight), rng.standard_normal((size, 3)), numbers)


@given(padding=st.sampled_from([None, 0, 3, -1]), seed=SEEDS)
@SETTINGS
def test_the_layer(padding, seed):
    rng, numbers = np.random.default_rng(seed), np.random.default_rng(seed).standard_normal((7, 3))
    ours, theirs = nn.Embedding(7, 3, padding).double(), torch.nn.Embedding(7, 3, padding).double()
    assert ours.padding_idx == theirs.padding_idx and repr(ours) == repr(theirs)
    theirs.load_state_dict({"weight": torch.tensor(numbers)})
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict({name: torch.tensor(t.numpy()) for name, t in ours.state_dict().items()})
    i = rng.integers(0, 7, (5, 2))
    y, t = ours(tensor(i)), theirs(torch.tensor(i))
    same(y, t)
    for _ in range(2):  # two backward passes add
        (ours(tensor(i)) ** 2).sum().backward()
        (theirs(torch.tensor(i)) ** 2).sum().backward()
    same(ours.weight.grad, theirs.weight.grad)


def test_the_row_of_padding_starts_at_zero_and_stays_there():
    layer = nn.Embedding(5, 3, padding_idx=2)
    assert layer.weight.data[2].tolist() == [0, 0, 0] and (layer.weight.data[[0, 1, 3, 4]] != 0).all()
    layer(tensor([2, 2, 1])).sum().backward()
    assert layer.weight.grad.tolist() == [[0] * 3, [1] * 3, [0] * 3, [0] * 3, [0] * 3]


def test_a_table_from_elsewhere():
    table = randn(4, 3)
    numbers = table.tolist()
    frozen, free = nn.Embedding.from_pretrained(table), nn.Embedding.from_pretrained(table, freeze=False, padding_idx=1)
    assert frozen(tensor([3, 3])).tolist() == [table[3].tolist()] * 2
    assert not frozen.weight.requires_grad and free.weight.requires_grad
    assert (free.padding_idx, free.num_embeddings, free.embedding_dim) == (1, 4, 3)
    assert free.weight.tolist() == table.tolist() == numbers  # the row of padding too: as in PyTorch
    free(arange(4)).sum().backward()
    assert free.weight.grad.data.sum(1).tolist() == [3, 0, 3, 3]
    assert nn.Embedding.from_pretrained(randn(4, 3, dtype=float64)).weight.dtype == float64


def test_float32_no_grad_and_a_kept_graph():
    weight = randn(5, 3, requires_grad=True)
    y = F.embedding(tensor([1, 1]), weight)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    assert y.dtype == weight.grad.dtype == float32 and weight.grad.tolist()[1] == [4, 4, 4]
    with no_grad():
        assert not F.embedding(tensor([1]), weight).requires_grad


def test_an_embedding_is_a_product_with_one_hot_rows():
    weight, i = randn(5, 3, dtype=float64), tensor([[4, 0], [0, 2]])
    same(F.embedding(i, weight), torch.tensor((F.one_hot(i, 5).double() @ weight).numpy()))


@given(shape=SHAPES, seed=SEEDS)
@SETTINGS
def test_one_hot(shape, seed):
    labels = np.random.default_rng(seed).integers(0, 5, shape)
    for classes in [(), (5,), (8,)] if labels.size else [(5,)]:
        ours, theirs = F.one_hot(tensor(labels), *classes), torch.nn.functional.one_hot(torch.tensor(labels), *classes)
        assert ours.tolist() == theirs.tolist() and str(theirs.dtype) == f"torch.{ours.dtype}"
        assert ours.shape == tuple(theirs.shape)


table = ones(3, 5)
ERRORS = {
    "too large": (
        lambda: F.embedding(tensor([0, 3]), table),
        IndexError,
        "embedding: wanted whole numbers from 0 to 2, got 3",
    ),
    "below 0": (lambda: F.embedding(tensor([0, -3]), table), IndexError, "from 0 to 2, got -3"),
    "of the layer": (lambda: nn.Embedding(7, 3)(tensor([[7]])), IndexError, "from 0 to 6, got 7"),
    "floats": (
        lambda: F.embedding(tensor([0.0]), table),
        TypeError,
        r"embedding: wanted a tensor of whole numbers, got float32; use \.long\(\)",
    ),
    "bools": (lambda: F.embedding(tensor([True]), table), TypeError, "whole numbers, got bool"),
    "a list": (lambda: F.embedding([0, 1], table), TypeError, r"a tensor of whole numbers, got list \[0, 1\]"),
    "weight": (
        lambda: F.embedding(tensor([0]), ones(3)),
        ValueError,
        r"embedding: wanted a weight of shape \(V, D\), got float32 array of shape \(3,\)",
    ),
    "inputs exchanged": (
        lambda: F.embedding(table, tensor([0])),
        ValueError,
        r"weight of shape \(V, D\), got int64 array",
    ),
    "padding": (
        lambda: F.embedding(tensor([0]), table, padding_idx=3),
        ValueError,
        "embedding: padding_idx: wanted a whole number from -3 to 2, got 3",
    ),
    "padding of the layer": (lambda: nn.Embedding(3, 5, -4), ValueError, "padding_idx: wanted .* from -3 to 2, got -4"),
    "rows": (lambda: nn.Embedding(0, 5), ValueError, "num_embeddings: wanted a whole number from 1"),
    "pretrained": (lambda: nn.Embedding.from_pretrained(ones(3)), ValueError, r"shape \(V, D\), got \(3,\)"),
    "pretrained array": (
        lambda: nn.Embedding.from_pretrained(np.ones((3, 5))),
        TypeError,
        "from_pretrained: wanted a tensor",
    ),
    "classes": (lambda: F.one_hot(tensor([0, 3]), 3), IndexError, "one_hot: .* from 0 to 2, got 3"),
    "labels below 0": (
        lambda: F.one_hot(tensor([0, -1])),
        IndexError,
        "one_hot: wanted whole numbers from 0 up, got -1",
    ),
    "float labels": (
        lambda: F.one_hot(tensor([0.0])),
        TypeError,
        "one_hot: wanted a tensor of whole numbers, got float32",
    ),
    "no labels": (lambda: F.one_hot(zeros(0).long()), ValueError, "one_hot: wanted num_classes for an empty"),
    "no classes": (lambda: F.one_hot(tensor([0]), 0), ValueError, "num_classes: wanted a whole number from 1"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
