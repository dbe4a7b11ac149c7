"""Operations on each element against PyTorch: broadcasting, dtypes, ties, special numbers, words."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from parity import check_parity, normal

from nblib import autograd
from nblib.autograd import clamp, float32, float64, masked_fill, maximum, tensor, where, zeros

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
SIZES = st.sampled_from([1, 2, 3, 5])
SEEDS = st.integers(0, 10_000)

UNARY = {
    "expm1": lambda lib, x: lib.expm1(x),
    "log1p": lambda lib, x: lib.log1p(x * x),
    "square": lambda lib, x: x.square(),
    "rsqrt": lambda lib, x: lib.rsqrt(x * x + 1),
    "reciprocal": lambda lib, x: lib.reciprocal(x * x + 1) + x.log2(),
    "remainder": lambda lib, x: x % 0.3 + lib.remainder(x, x * 0.4) + 2 % (x.detach() + 9) + x.detach() // 0.3,
    "sin": lambda lib, x: lib.sin(3 * x),
    "cos": lambda lib, x: x.cos() * x,
    "sign": lambda lib, x: lib.sign(x),
    "floor": lambda lib, x: lib.floor(3 * x),
    "ceil": lambda lib, x: lib.ceil(3 * x),
    "round": lambda lib, x: lib.round(3 * x),
    "round to tenths": lambda lib, x: x.round(decimals=1),
    "abs": lambda lib, x: abs(x),
    "add": lambda lib, x: x.add(1).mul(x).sub(2).div(3).pow(2).neg(),
    "masked_fill": lambda lib, x: x.masked_fill(x > 0, -1.5) * x,
    "masked_fill with infinity": lambda lib, x: lib.masked_fill(x, x > 0, -np.inf).exp(),
    "masked_fill with a tensor": lambda lib, x: x.masked_fill(x > 0, (x * x).sum()),
    "isfinite": lambda lib, x: lib.isfinite(1 / (x - x.round())),
    "method where": lambda lib, x: x.where(x > 0, x * 2),
    "masks": lambda lib, x: (x > 0) & ~(x > 1) | (x < -1) ^ (x > 2),
}


@pytest.mark.parametrize("name", UNARY)
@given(shape=st.lists(SIZES, max_size=3).map(tuple), seed=SEEDS)
@SETTINGS
def test_operations_on_each_element(name, shape, seed):
    with np.errstate(all="ignore"):
        check_parity(UNARY[name], *normal(seed, shape))


@given(shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=5), seed=SEEDS)
@SETTINGS
def test_minimum_and_masks_broadcast(shapes, seed):
    a, b = normal(seed, *shapes.input_shapes)
    check_parity(lambda lib, a, b: lib.minimum(a, b) + lib.min(a, b) - lib.max(a, b), a, b)
    check_parity(lambda lib, a, b: (a > b) & (a * 2 > b), a, b)
    check_parity(lambda lib, a, b: a.masked_fill(b > 0, 2.0), a, b)


@given(shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=5), seed=SEEDS)
@SETTINGS
def test_clamp_by_tensors_has_gradients_for_its_bounds(shapes, seed):
    check_parity(
        lambda lib, x, low, high: lib.clamp(x, low, high) + x.clamp(max=high) - x.clamp(min=low),
        *normal(seed, shapes.result_shape, *shapes.input_shapes),
    )  # PyTorch fails for bounds larger than x


def test_clamp_at_equal_and_swapped_bounds():
    x = np.array([-2.0, 0, 1, 3, np.nan, 1, -2, 3, 1])
    low, high = np.array([0.0, 0, 0, 0, 0, 1, 1, 1, 2]), np.array([1.0, 1, 1, 1, 1, 1, 1, 1, 0])
    check_parity(lambda lib, x, low, high: lib.clamp(x, low, high), x, low, high)


@pytest.mark.parametrize("x", [np.float32([1, -2]), np.array([3, -3]), np.float32(0.5)], ids=str)
@pytest.mark.parametrize(
    "bound", [np.array([1, 0]), np.array(1), np.float64(0.5), np.float64([0.1, 0.2]), 0.1, 2], ids=str
)
def test_clamp_keeps_or_promotes_the_dtype_as_in_torch(x, bound):
    ours = clamp(tensor(x), tensor(bound) if isinstance(bound, (np.ndarray, np.generic)) else bound)
    theirs = torch.clamp(torch.tensor(x), torch.tensor(bound) if isinstance(bound, (np.ndarray, np.generic)) else bound)
    assert f"torch.{ours.dtype}" == str(theirs.dtype) and ours.tolist() == theirs.tolist()


def test_a_bound_of_python_is_not_rounded_to_float32():
    assert clamp(tensor([0.0], dtype=float64), 0.1).item() == 0.1
    assert where(tensor([True]), 0.1, tensor([0.0], dtype=float64)).item() == 0.1
    assert tensor([0.0], dtype=float64).masked_fill(tensor([True]), 0.1).item() == 0.1


@pytest.mark.parametrize(
    "a, b",
    [
        (1.0, 2.0),
        (1, 2),
        (1, 2.5),
        (np.float32([1]), 2),
        (np.array([1]), 2.5),
        (np.float32([1]), np.float64(3)),
        (np.float32([1]), np.float64([3])),
    ],
    ids=str,
)
def test_where_and_maximum_meet_in_torchs_dtype(a, b):
    def of(lib, x):
        return lib.tensor(x) if isinstance(x, (np.ndarray, np.generic)) else x

    ours = where(tensor([True]), of(autograd, a), of(autograd, b))
    theirs = torch.where(torch.tensor([True]), of(torch, a), of(torch, b))
    assert f"torch.{ours.dtype}" == str(theirs.dtype) and ours.tolist() == theirs.tolist()
    if not isinstance(b, (int, float)) or isinstance(b, np.generic):
        assert f"torch.{maximum(of(autograd, a), of(autograd, b)).dtype}" == str(
            torch.maximum(of(torch, a), of(torch, b)).dtype
        )


def test_bits_and_bools():
    a, b = tensor([5, 3]), tensor([6, 3])
    assert ((a & b).tolist(), (a | b).tolist(), (a ^ b).tolist(), (~a).tolist()) == ([4, 3], [7, 3], [3, 0], [-6, -4])
    t = tensor([True, False])
    assert ((~t).tolist(), (t & True).tolist(), (True ^ t).tolist()) == ([False, True], [True, False], [False, True])
    assert t.min().item() is False and t.max().item() is True and t.min(0).values.dtype == bool
    assert tensor([0, 2]).bool().tolist() == [False, True]


def test_special_numbers_are_found():
    x = tensor([np.nan, np.inf, -np.inf, 1])
    assert (x.isnan().tolist(), x.isinf().tolist(), x.isfinite().tolist()) == (
        [True, False, False, False],
        [False, True, True, False],
        [False, False, False, True],
    )
    assert x.sign().tolist() == [0, 1, -1, 1]


@pytest.mark.parametrize("name", ["relu", "abs", "neg", "exp", "sigmoid", "tanh", "square", "sin", "sign", "floor"])
def test_a_single_number_keeps_its_shape_and_dtype(name):
    x = tensor(-0.5, requires_grad=True)
    y = getattr(x, name)()
    y.backward()
    assert y.shape == x.grad.shape == () and y.dtype == x.grad.dtype == float32 and type(y.data) is np.ndarray


# Errors in words ----------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)
ERRORS = {
    "masked_fill by numbers": (
        lambda: masked_fill(X, X, 0.0),
        TypeError,
        "masked_fill: wanted a tensor of True and False, got float64 array",
    ),
    "masked_fill of another shape": (
        lambda: X.masked_fill(tensor([True, False]), 0.0),
        ValueError,
        r"masked_fill: wanted a mask that broadcasts with the input, .* got \(3, 4\) and \(2,\)",
    ),
    "masked_fill with many": (lambda: X.masked_fill(X > 0, zeros(4)), ValueError, "wanted a single number as value"),
    "a fraction among whole numbers": (
        lambda: tensor([1]).masked_fill(tensor([True]), 0.5),
        TypeError,
        "masked_fill: wanted a whole number to put among int64, got float 0.5",
    ),
    "a division by 0": (
        lambda: tensor([1, 2]) % tensor([1, 0]),
        ValueError,
        r"remainder: wanted divisors other than 0, got int64 array of shape \(2,\) with 0 in it",
    ),
    "clamp by nothing": (lambda: X.clamp(), ValueError, "clamp: wanted a min or a max, got neither"),
    "clamp by another shape": (lambda: X.clamp(zeros(5)), ValueError, "clamp: wanted shapes that broadcast"),
    "sin of words": (lambda: autograd.sin("a"), TypeError, "sin: wanted numbers that it can compute with"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
