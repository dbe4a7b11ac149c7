"""Shapes, order, repetition and padding against PyTorch: by any dims, in any form of call, words."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import check_parity, normal

from nblib import autograd
from nblib.autograd import Tensor, arange, float64, int64, randn, reshape, shapes, tensor

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
SIZES = st.sampled_from([1, 2, 3, 5])
SHAPES = st.lists(SIZES, min_size=1, max_size=4).map(tuple)
SEEDS = st.integers(0, 10_000)


def draw_dims(data, n):
    """Some dims, each once, counted from either end."""
    chosen = data.draw(st.lists(st.integers(0, n - 1), unique=True, max_size=n))
    return tuple(d - n * data.draw(st.booleans()) for d in chosen)


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_shapes_by_any_dims(shape, seed, data):
    n, draw = len(shape), data.draw
    one, other = sorted(draw(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))
    dims, places = draw_dims(data, n), draw(st.permutations(range(n)))
    shifts = tuple(draw(st.integers(-7, 7)) for _ in dims)
    repeats = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n + 1))
    for f in [
        lambda lib, x: x.flatten(one, other - n),
        lambda lib, x: x.squeeze(dims),
        lambda lib, x: lib.flip(x, dims),
        lambda lib, x: x.movedim(dims, places[: len(dims)]),
        lambda lib, x: lib.roll(x, shifts or 1, dims or None),
        lambda lib, x: x.roll(2, one),
        lambda lib, x: x.roll(3),
        lambda lib, x: x.repeat(*repeats),
        lambda lib, x: x.repeat_interleave(2, one),
        lambda lib, x: lib.repeat_interleave(x, 3),
        lambda lib, x: x.unflatten(one, (1, -1)),
        lambda lib, x: x.expand(2, 3, *[-1] * n),
        lambda lib, x: x.unsqueeze(one).expand(*shape[:one], 3, *shape[one:]),
        lambda lib, x: x.transpose(one, -1),
    ]:
        check_parity(f, *normal(seed, shape))


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_padding_and_cutting(shape, seed, data):
    dims = data.draw(st.integers(1, len(shape)))
    pad = [data.draw(st.integers(-1, 3)) for _ in range(2 * dims)]
    for i in range(dims):  # no more is cut off than there is
        if shape[-1 - i] + min(pad[2 * i], 0) + min(pad[2 * i + 1], 0) < 1:
            pad[2 * i] = 0
            pad[2 * i + 1] = 0
    (x,) = normal(seed, shape)
    check_parity(lambda lib, x: (shapes.pad if lib.tensor is tensor else torch.nn.functional.pad)(x, pad, value=2.5), x)
    check_parity(lambda lib, x: (shapes.pad if lib.tensor is tensor else torch.nn.functional.pad)(x, pad), x)


@given(shape=st.lists(SIZES, min_size=2, max_size=4), seed=SEEDS, diagonal=st.integers(-4, 4))
@SETTINGS
def test_triangles(shape, seed, diagonal):
    check_parity(lambda lib, x: lib.tril(x, diagonal) * 2 + x.triu(diagonal), *normal(seed, shape))


def test_dims_may_come_one_by_one_in_a_tuple_or_by_name():
    x = randn(2, 3, 5)
    for y in (
        x.permute(2, 0, 1),
        x.permute((2, 0, 1)),
        x.permute([2, 0, 1]),
        x.permute(dims=(2, 0, 1)),
        autograd.permute(x, (2, 0, 1)),
    ):
        assert y.shape == (5, 2, 3)
    for y in (x.reshape(6, 5), x.reshape((6, -1)), reshape(x, shape=(6, 5)), x.view(-1, 5)):
        assert y.shape == (6, 5)
    for y in (x.flip(0, 2), x.flip((0, 2)), x.flip(dims=[0, 2]), autograd.flip(x, dims=(0, 2))):
        assert y.equal(x[::-1, :, ::-1])
    assert tensor(1.0).permute().shape == () == tensor(1.0).T.shape and tensor([1.0]).reshape(()).shape == ()
    assert x.mT.shape == (2, 5, 3) and x.size() == (2, 3, 5) and x.size(-1) == 5 and x.dim() == 3


def test_different_numbers_of_repeats():
    check_parity(lambda lib, x, n: x.repeat_interleave(n, 1), normal(0, (2, 3))[0], np.array([2, 0, 3]))


# Errors in words ----------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)
ERRORS = {
    "flatten": (lambda: X.flatten(1, 0), ValueError, "flatten: wanted start_dim before end_dim, got 1 and 0"),
    "unflatten": (lambda: X.unflatten(1, (3, 2)), ValueError, r"unflatten: wanted a dim, and sizes whose product"),
    "expand": (lambda: X.expand(3, 5), ValueError, r"expand: wanted sizes to which .* got \(3, 4\) and \(3, 5\)"),
    "expand to fewer": (lambda: X.expand(4), ValueError, r"expand: wanted sizes .* got \(3, 4\) and \(4,\)"),
    "repeat": (lambda: X.repeat(2), ValueError, r"repeat: wanted how often .* got \(3, 4\) and \(2,\)"),
    "repeat below 0": (lambda: X.repeat(2, -1), ValueError, r"repeat: wanted how often .* got \(3, 4\) and \(2, -1\)"),
    "repeat_interleave": (lambda: X.repeat_interleave(-1), ValueError, "repeat_interleave: wanted how often"),
    "repeat by fractions": (lambda: X.repeat_interleave(1.5), ValueError, "repeat_interleave: wanted how often"),
    "repeats for other places": (
        lambda: X.repeat_interleave(tensor([1, 2]), 0),
        ValueError,
        r"repeat_interleave: wanted how often to repeat: .* got \(3, 4\) and \(2,\)",
    ),
    "roll": (
        lambda: X.roll((1, 2)),
        ValueError,
        r"roll: wanted a shift for each dim, got shifts \(1, 2\) and dims None",
    ),
    "roll of two": (lambda: X.roll((1, 2), 0), ValueError, "roll: wanted a shift for each dim"),
    "movedim": (lambda: X.movedim((0, 1), 0), ValueError, r"movedim: wanted as many dims to move as places"),
    "tril": (lambda: X[0].tril(), ValueError, r"tril: wanted matrices, of shape \(…, n, m\), got shape \(4,\)"),
    "pad": (lambda: shapes.pad(X, (1, 2, 3)), ValueError, r"pad: wanted two numbers for each of at most 2 dims"),
    "pad of too many": (lambda: shapes.pad(X, (1,) * 6), ValueError, "at most 2 dims as pad, got"),
    "pad away": (lambda: shapes.pad(X, (-3, -2)), ValueError, r"pad: wanted no more taken away .* shape \(3, 4\)"),
    "pad mode": (
        lambda: shapes.pad(X, (1, 1), "reflect"),
        ValueError,
        "pad: wanted mode=\"constant\", got str 'reflect'",
    ),
    "pad by fractions": (lambda: shapes.pad(X, (1.5, 1)), TypeError, "pad: wanted whole numbers as pad, got float 1.5"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()


def test_methods_and_functions_are_the_same_thing():
    for name in ("sum", "sort", "split", "gather", "clamp", "tril", "matmul", "masked_fill"):
        assert getattr(Tensor, name) is getattr(autograd, name)
    assert arange(3).to(float64).dtype == float64 and arange(3).to(dtype=int64).dtype == int64
