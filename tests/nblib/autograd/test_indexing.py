"""Indices against PyTorch: the order of dims, masks, assignment, gather and its kin, words."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import check_parity, normal

from nblib.autograd import gather, index_select, ones, take_along_dim, tensor, zeros

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
SIZES = st.sampled_from([1, 2, 3, 5])
SEEDS = st.integers(0, 10_000)

INDICES = [
    (0, slice(None), [0, 1]),
    ([0, 1], slice(None), 2),
    (0, [2, 1], slice(None)),
    ([1, 0], 0, [1, 1]),
    (slice(None), 0, [4, 4, 1]),
    ([[0], [1]], [0, 2]),
    (0, ..., [1, 3]),
    (..., 0, [0, 1]),
    ([0, 1], ..., 0),
    (1, None, [0, 2]),
    (None, [1, 1], slice(None, 2), 3),
    (np.array(1), slice(None), np.array([0, 2, 0])),
    (np.int64(1), [2, 2]),
    True,
    False,
    (True, 0),
    (0, np.array(True)),
    np.array(False),
    [True, False],
    (slice(None), [True, False, True], 1),
    (0, [True, False, True]),
    (0, [False, True, True], [1, 2]),
    [],
    ([], 0),
    np.zeros((2, 3, 5), bool),
    (np.ones((2, 3), bool), [0] * 6),
    (slice(None), np.eye(3, 5) > 0),
    (0, 1, 2),
    (0, 1, [2, 2]),
    (np.eye(2, 3) > 0, 4),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indices_have_torchs_order_of_dims(index):
    def f(lib, x):
        parts = index if isinstance(index, tuple) else (index,)
        return x[tuple(lib.tensor(i) if isinstance(i, np.ndarray) else i for i in parts)] * 2

    check_parity(f, *normal(2, (2, 3, 5)))


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_assignment_has_the_same_order_of_dims(index):
    (x,) = normal(2, (2, 3, 5))
    ours, theirs = tensor(x), torch.tensor(x)
    there = tuple(
        torch.tensor(i) if isinstance(i, np.ndarray) else i for i in (index if isinstance(index, tuple) else (index,))
    )
    ours[index] = theirs[there].numpy() * 2
    theirs[there] = theirs[there] * 2
    assert ours.tolist() == theirs.tolist()


@given(seed=SEEDS, data=st.data())
@settings(deadline=None, derandomize=True, max_examples=100)
def test_any_mix_of_indices(seed, data):
    shape, index = (3, 4, 2, 5), []
    n = data.draw(st.integers(1, 3))
    for size in shape:
        number = st.integers(-size, size - 1)
        index.append(
            data.draw(
                number | st.just(slice(None)) | st.just(slice(1, None)) | st.lists(number, min_size=n, max_size=n)
            )
        )
    check_parity(lambda lib, x: x[tuple(index)] * 2, *normal(seed, shape))


@given(shape=st.lists(SIZES, min_size=1, max_size=3).map(tuple), seed=SEEDS, data=st.data())
@SETTINGS
def test_gather_take_along_dim_and_index_select(shape, seed, data):
    dim, rng = data.draw(st.integers(0, len(shape) - 1)), np.random.default_rng(seed)
    sizes = [data.draw(st.integers(0, n)) if d != dim else data.draw(SIZES) for d, n in enumerate(shape)]
    smaller = rng.integers(0, shape[dim], sizes)
    wider = rng.integers(0, shape[dim], [1 if data.draw(st.booleans()) else n for n in shape])
    places = rng.integers(0, shape[dim], data.draw(st.integers(0, 4)))
    (x,) = normal(seed, shape)
    check_parity(lambda lib, x, i: lib.gather(x, dim - len(shape), i) * 2, x, smaller)
    check_parity(lambda lib, x, i: lib.take_along_dim(x, i, dim), x, wider)
    check_parity(lambda lib, x, i: x.take_along_dim(i - shape[dim], dim), x, wider)
    check_parity(lambda lib, x, i: x.index_select(dim, i) * 2, x, places)
    check_parity(lambda lib, x, i: lib.take_along_dim(x, i), x, rng.integers(0, x.size, 7))


def test_take_along_dim_broadcasts_the_input_too():
    check_parity(lambda lib, x, i: lib.take_along_dim(x, i, 1), normal(0, (1, 3))[0], np.array([[0, 2], [1, 1]]))


# Errors in words ----------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)
ERRORS = {
    "gather of another shape": (
        lambda: gather(X, 1, tensor([0])),
        ValueError,
        r"gather: wanted an index with 2 dims, as the input, got shape \(1,\)",
    ),
    "gather of more": (
        lambda: gather(X, 1, zeros(4, 1).long()),
        ValueError,
        r"gather: wanted an index no larger than the input but for dim 1, got input \(3, 4\) and index \(4, 1\)",
    ),
    "gather out of range": (
        lambda: gather(X, 1, tensor([[4]])),
        IndexError,
        "gather: wanted an index from 0 to 3, got 4",
    ),
    "gather below 0": (lambda: gather(X, 1, tensor([[-1]])), IndexError, "gather: wanted an index from 0 to 3, got -1"),
    "gather by floats": (
        lambda: gather(X, 1, zeros(1, 1)),
        TypeError,
        r"wanted an index of whole numbers, .*\.long\(\)",
    ),
    "take_along_dim": (lambda: take_along_dim(X, tensor([[4]]), 1), IndexError, "take_along_dim: wanted an index from"),
    "take along another shape": (
        lambda: take_along_dim(X, zeros(2, 1).long(), 1),
        ValueError,
        r"take_along_dim: wanted an input and indices that broadcast, but for dim, got \(3, 4\) and \(2, 1\)",
    ),
    "index_select": (
        lambda: index_select(X, 0, tensor([3])),
        IndexError,
        "index_select: wanted an index from 0 to 2, got 3",
    ),
    "index_select by a matrix": (lambda: index_select(X, 0, tensor([[0]])), ValueError, "wanted a vector of places"),
    "mask of another shape": (
        lambda: X[ones(4, 4) > 0],
        IndexError,
        r"x\[i\]: wanted an index within shape \(3, 4\), got bool array of shape \(4, 4\)",
    ),
    "a number and an array": (lambda: X[3, [0, 1]], IndexError, r"x\[i\]: wanted an index within shape \(3, 4\)"),
    "an index of floats": (
        lambda: X[tensor([0.5])],
        IndexError,
        r"x\[i\]: wanted an index within .* got float32 array",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
