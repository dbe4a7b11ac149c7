"""Joining and splitting against PyTorch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import check_parity, normal

from nblib.autograd import cat, chunk, stack, tensor

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
SIZES = st.sampled_from([1, 2, 3, 5])
SHAPES = st.lists(SIZES, min_size=1, max_size=4).map(tuple)
SEEDS = st.integers(0, 10_000)


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_parts_of_any_size(shape, seed, data):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    size, chunks = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    cut = data.draw(st.integers(0, shape[dim]))
    for f in [
        lambda lib, x: lib.split(x, size, dim),
        lambda lib, x: x.split([cut, 0, shape[dim] - cut], dim),
        lambda lib, x: lib.chunk(x, chunks, dim),
        lambda lib, x: x.unbind(dim),
        lambda lib, x: lib.cat(x.split(size, dim)[::-1], dim),
        lambda lib, x: [row * 2 for row in x],
        lambda lib, x: x.chunk(chunks, dim=dim)[0],
    ]:
        check_parity(f, *normal(seed, shape))


@pytest.mark.parametrize("n, chunks", [(5, 2), (5, 3), (5, 4), (7, 3), (2, 5), (0, 3)])
def test_chunks_are_as_large_as_the_first(n, chunks):
    check_parity(lambda lib, x: lib.chunk(x, chunks), np.arange(n * 2.0).reshape(n, 2))


# Errors in words ----------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)
ERRORS = {
    "split": (lambda: X.split([1, 1]), ValueError, r"split: wanted sizes that add up to 3, got \[1, 1\]"),
    "split by 0": (lambda: X.split(0), ValueError, "split: wanted a size from 1 up, got 0"),
    "split by a fraction": (lambda: X.split(1.5), TypeError, "split: wanted a size, or a list of sizes, got float"),
    "chunk": (lambda: chunk(X, 0), ValueError, "chunk: wanted one chunk or more, got 0"),
    "unbind a number": (
        lambda: tensor(1.0).unbind(),
        ValueError,
        "unbind: wanted one dim or more to divide, got a single",
    ),
    "cat of a tensor": (lambda: cat(X), TypeError, "cat: wanted a list of tensors, got Tensor"),
    "stack of two dtypes": (
        lambda: stack([X, X.float()]),
        TypeError,
        "stack: wanted one dtype, got float64 and float32",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
