"""Sorting against PyTorch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import check_parity, normal

from nblib.autograd import tensor

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
SIZES = st.sampled_from([1, 2, 3, 5])
SHAPES = st.lists(SIZES, min_size=1, max_size=4).map(tuple)
SEEDS = st.integers(0, 10_000)


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_sort_argsort_and_topk(shape, seed, data):
    dim, descending = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(st.booleans())
    k = data.draw(st.integers(0, shape[dim]))
    for f in [
        lambda lib, x: lib.sort(x, dim, descending),
        lambda lib, x: x.argsort(dim, descending=descending),
        lambda lib, x: lib.topk(x, k, dim, largest=descending),
        lambda lib, x: x.sort().values,
    ]:
        check_parity(f, *normal(seed, shape))


@pytest.mark.parametrize("descending", [False, True])
def test_equal_numbers_keep_their_order_and_nan_is_the_largest(descending):
    x = np.array([2.0, np.nan, 1, 2, -np.inf, 1, np.inf, 2])
    check_parity(lambda lib, x: lib.sort(x, stable=True, descending=descending), x)
    assert tensor([True, False, True]).sort(descending=descending).indices.tolist() == (
        [0, 2, 1] if descending else [1, 0, 2]
    )


# Errors in words ----------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)
ERRORS = {
    "topk": (lambda: X.topk(5), ValueError, "topk: wanted k from 0 to 4, the size of dim -1, got 5"),
    "a fraction as k": (lambda: X.topk(1.5), TypeError, "topk: wanted a whole number as k, got float 1.5"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
