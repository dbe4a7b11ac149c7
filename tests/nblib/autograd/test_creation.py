"""Making tensors: values, dtypes and shapes as in PyTorch; what is drawn at random; words."""

import numpy as np
import pytest
import torch

from nblib import autograd
from nblib.autograd import (
    Tensor,
    arange,
    bernoulli,
    float32,
    float64,
    from_numpy,
    full,
    int64,
    manual_seed,
    multinomial,
    ones,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    set_default_dtype,
    tensor,
    zeros,
)

MADE = {
    "zeros": lambda lib: lib.zeros(2, 3),
    "ones of a tuple": lambda lib: lib.ones((2, 3)),
    "no size": lambda lib: lib.zeros(()),
    "ones": lambda lib: lib.ones(3, dtype=lib.int64),
    "full": lambda lib: lib.full((2, 3), 1.5),
    "full of whole numbers": lambda lib: lib.full((2,), 7),
    "full of bools": lambda lib: lib.full((2,), True),
    "full in": lambda lib: lib.full((2,), 7, dtype=lib.float64),
    "zeros_like": lambda lib: lib.zeros_like(lib.tensor([1, 2])),
    "ones_like": lambda lib: lib.ones_like(lib.tensor([[1.0]])),
    "full_like": lambda lib: lib.full_like(lib.tensor([1, 2]), 3),
    "like in": lambda lib: lib.zeros_like(lib.tensor([1]), dtype=lib.float64),
    "eye": lambda lib: lib.eye(3),
    "eye of two": lambda lib: lib.eye(2, 3, dtype=lib.int64),
    "arange": lambda lib: lib.arange(5),
    "arange from": lambda lib: lib.arange(2, 5),
    "arange down": lambda lib: lib.arange(5, 2, -2),
    "arange of fractions": lambda lib: lib.arange(0, 1, 0.25),
    "arange of a float": lambda lib: lib.arange(3.0),
    "arange of nothing": lambda lib: lib.arange(0),
    "arange in": lambda lib: lib.arange(3, dtype=lib.float64),
    "linspace": lambda lib: lib.linspace(-1, 2, 7),
    "one step": lambda lib: lib.linspace(3, 4, 1),
    "arange by numbers of NumPy": lambda lib: lib.arange(int(np.int64(0)), 4, 2),
}


@pytest.mark.parametrize("name", MADE)
def test_made_as_in_torch(name):
    ours, theirs = MADE[name](autograd), MADE[name](torch)
    assert str(theirs.dtype) == f"torch.{ours.dtype}" and tuple(theirs.shape) == ours.shape
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)
    assert not ours.requires_grad


def test_whatever_is_made_may_require_a_gradient_and_takes_the_default_dtype():
    for make in (zeros, ones, rand, randn):
        x = make(2, 3, requires_grad=True)
        assert x.is_leaf and x.requires_grad and x.dtype == float32
    assert full((2,), 1.0, requires_grad=True).requires_grad and arange(3.0, requires_grad=True).requires_grad
    set_default_dtype(float64)
    try:
        assert {make(2).dtype for make in (zeros, ones, rand, randn)} == {np.dtype(float64)}
        assert (
            full((2,), 1.5).dtype
            == arange(3.0).dtype
            == autograd.eye(2).dtype
            == autograd.linspace(0, 1, 2).dtype
            == float64
        )
    finally:
        set_default_dtype(float32)


def test_arange_takes_numbers_in_tensors():
    assert arange(tensor([1, 4]).max()).tolist() == [0, 1, 2, 3] and arange(np.float64(1), 3).dtype == float32


def test_from_numpy_shares_the_array_and_tensor_copies_it():
    array = np.zeros(2)
    shared, copied = from_numpy(array), tensor(array)
    array[0] = 1
    assert shared.tolist() == [1, 0] and copied.tolist() == [0, 0] and shared.dtype == float64


@pytest.mark.parametrize("indexing", ["ij", "xy"])
def test_meshgrid(indexing):
    x, y, z = np.arange(3.0), np.arange(4.0), np.arange(2.0)
    for arrays in [(x, y), (x, y, z), (x,)]:
        ours = autograd.meshgrid(*map(tensor, arrays), indexing=indexing)
        theirs = torch.meshgrid(*map(torch.tensor, arrays), indexing=indexing)
        assert [grid.tolist() for grid in ours] == [grid.tolist() for grid in theirs]


# At random --------------------------------------------------------------------------------------------------


def test_draws_are_repeated_by_their_seed():
    def draw():
        manual_seed(5)
        return [
            randint(3, (4,)),
            randint(2, 9, (5,)),
            bernoulli(full((9,), 0.5)),
            multinomial(ones(7), 3),
            rand_like(zeros(3)),
            randn_like(zeros(3)),
            randperm(4),
        ]

    for first, second in zip(draw(), draw()):
        assert first.equal(second)


def test_randint_draws_every_whole_number_below_high():
    manual_seed(0)
    assert set(randint(2, 5, (200,)).tolist()) == {2, 3, 4} and set(randint(2, (100,)).tolist()) == {0, 1}
    assert randint(5, (2, 3)).shape == (2, 3) and randint(5, (2,)).dtype == int64
    assert randint(5, (2,), dtype=float32).dtype == float32


def test_bernoulli_draws_with_the_chances_given():
    manual_seed(0)
    chances = tensor(np.repeat([0.0, 0.2, 1.0], 2000).reshape(3, 2000))
    ours = bernoulli(chances)
    assert ours.dtype == float64 and ours[0].sum().item() == 0 and ours[2].sum().item() == 2000
    assert 300 < ours[1].sum().item() < 500


def test_multinomial_draws_in_proportion_to_the_weights():
    manual_seed(0)
    drawn = multinomial(tensor([1.0, 0, 3]), 4000, replacement=True)
    counts = np.bincount(drawn.numpy(), minlength=3)
    assert drawn.shape == (4000,) and drawn.dtype == int64 and counts[1] == 0 and 0.7 < counts[2] / 4000 < 0.8
    rows = multinomial(tensor([[1.0, 0, 0], [1, 1, 0]]), 1)
    assert rows.shape == (2, 1) and rows[0].item() == 0 and rows[1].item() in (0, 1)
    assert sorted(multinomial(ones(5), 5).tolist()) == [0, 1, 2, 3, 4]  # none comes twice


def test_rand_like_and_randn_like_have_shape_and_dtype_of_their_input():
    for make in (rand_like, randn_like):
        x = make(zeros(2, 3, dtype=float64))
        assert x.shape == (2, 3) and x.dtype == float64
    manual_seed(0)
    assert rand_like(zeros(1000)).min().item() >= 0 and randn_like(zeros(1000)).min().item() < -1


# Errors in words --------------------------------------------------------------------------------------------

ERRORS = {
    "a size below 0": (lambda: zeros(-1), ValueError, "zeros: wanted sizes, whole numbers from 0 up, got -1"),
    "a fraction": (lambda: ones(2, 1.5), ValueError, "ones: wanted sizes, whole numbers from 0 up, got 2, 1.5"),
    "a word": (lambda: randn("a"), ValueError, "randn: wanted sizes, whole numbers from 0 up, got a"),
    "a fraction as n": (lambda: autograd.eye(2.5), ValueError, "eye: wanted sizes, whole numbers from 0 up, got 2.5"),
    "steps": (lambda: autograd.linspace(0, 1, -1), ValueError, "linspace: wanted sizes, .* got -1"),
    "full of many": (lambda: full((2,), [1, 2]), ValueError, "full: wanted a single number, got int64 array"),
    "a step the wrong way": (
        lambda: arange(0, 3, -2),
        ValueError,
        "arange: wanted a step that leads from 0 to 3, got -2",
    ),
    "no step": (lambda: arange(0, 3, 0), ValueError, "arange: wanted a step that leads from 0 to 3, got 0"),
    "no end": (lambda: arange(0, np.inf), ValueError, "arange: wanted a step that leads from 0 to inf, got 1"),
    "below 0": (lambda: arange(-3), ValueError, "arange: wanted a step that leads from 0 to -3, got 1"),
    "low and high": (lambda: randint(5, 5, (2,)), ValueError, "randint: wanted low below high, got 5 and 5"),
    "from a list": (lambda: from_numpy([1.0]), TypeError, r"from_numpy: wanted an array of numbers, got list \[1.0\]"),
    "like an array": (
        lambda: autograd.zeros_like(np.zeros(2)),
        TypeError,
        "zeros_like: wanted a tensor, got float64 array",
    ),
    "chances above 1": (lambda: bernoulli(tensor([1.5])), ValueError, "bernoulli: wanted chances, floats from 0 to 1"),
    "chances in whole numbers": (lambda: bernoulli(tensor([1])), ValueError, "bernoulli: wanted chances, floats"),
    "too many samples": (
        lambda: multinomial(tensor([1.0, 0, 2]), 3),
        ValueError,
        "multinomial: wanted at most as many samples as weights above 0, 2, got 3; or use replacement=True",
    ),
    "no weights": (
        lambda: multinomial(zeros(3), 1),
        ValueError,
        "multinomial: wanted weights of 0 and more, not all 0",
    ),
    "negative weights": (
        lambda: multinomial(tensor([1.0, -1]), 1),
        ValueError,
        "multinomial: wanted weights of 0 and more",
    ),
    "a cube of weights": (lambda: multinomial(ones(2, 2, 2), 1), ValueError, "as a vector or in rows"),
    "NaN as weight": (lambda: multinomial(tensor([1.0, np.nan]), 1), ValueError, "wanted weights of 0 and more"),
    "indexing": (
        lambda: autograd.meshgrid(arange(2), indexing="ji"),
        ValueError,
        'meshgrid: wanted indexing="ij" or "xy"',
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()


def test_a_tensor_of_one_whole_number_counts_as_one():
    assert list(range(tensor(3))) == [0, 1, 2] and [10, 20][tensor(1)] == 20 and np.zeros(3)[tensor(2)] == 0
    with pytest.raises(TypeError, match="float"):
        [10, 20][tensor(1.0)]
    assert isinstance(tensor(2) * 2, Tensor)
