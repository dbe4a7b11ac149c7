"""Reductions against PyTorch: over any dims, of single numbers, of zeros and infinities, words."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import check_parity, normal

from nblib import autograd
from nblib.autograd import float64, tensor, zeros

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
SIZES = st.sampled_from([1, 2, 3, 5])
SHAPES = st.lists(SIZES, min_size=1, max_size=4).map(tuple)
SEEDS = st.integers(0, 10_000)


def draw_dims(data, n):
    """Some dims, each once, counted from either end."""
    chosen = data.draw(st.lists(st.integers(0, n - 1), unique=True, max_size=n))
    return tuple(d - n * data.draw(st.booleans()) for d in chosen)


OVER_DIMS = {
    "sum": autograd.sum,
    "mean": autograd.mean,
    "amax": autograd.amax,
    "amin": autograd.amin,
    "any": autograd.any,
    "all": autograd.all,
    "logsumexp": autograd.logsumexp,
    "norm": autograd.norm,
}


@pytest.mark.parametrize("name", OVER_DIMS)
@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_reductions_over_any_dims(name, shape, seed, data):
    dims, keepdim = draw_dims(data, len(shape)), data.draw(st.booleans())
    if name == "logsumexp" and not dims:
        return  # which PyTorch cannot
    if name in ("any", "all"):
        check_parity(lambda lib, x: getattr(lib, name)(x > 0.5, dim=dims, keepdim=keepdim), *normal(seed, shape))
    else:
        options = {"p": 2} if name == "norm" else {}
        check_parity(lambda lib, x: getattr(lib, name)(x, dim=dims, keepdim=keepdim, **options), *normal(seed, shape))
        check_parity(lambda lib, x: getattr(x, name)(dim=list(dims), **options), *normal(seed, shape))


@given(shape=st.lists(st.sampled_from([2, 3, 5]), min_size=1, max_size=4), seed=SEEDS, data=st.data())
@SETTINGS
def test_variance_and_standard_deviation(shape, seed, data):
    dims, keepdim = draw_dims(data, len(shape)) or None, data.draw(st.booleans())
    for f in [
        lambda lib, x: x.var(dims, keepdim=keepdim),
        lambda lib, x: x.std(dims, unbiased=False, keepdim=keepdim),
        lambda lib, x: lib.var(x, dims, correction=0, keepdim=keepdim),
        lambda lib, x: x.std(),
        lambda lib, x: lib.std(x, correction=0.5),
    ]:
        check_parity(f, *normal(seed, shape))


def test_where_a_standard_deviation_or_a_norm_is_0_so_is_its_gradient():
    x = np.array([[1.0, 1, 1], [1, 2, 4]])
    check_parity(lambda lib, x: x.std(1), x)
    check_parity(lambda lib, x: (x * 0).norm(dim=1) + x.norm(p=1, dim=1) + (x * 0).norm(p=1) + x.norm(p=3), x)


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 3, np.inf, "fro"])
def test_norms(p):
    check_parity(lambda lib, x: lib.norm(x, p) + x.norm(p, dim=1) if p != "fro" else x.norm("fro"), *normal(3, (5, 3)))


@given(shape=SHAPES, seed=SEEDS, data=st.data(), zeros=st.integers(0, 3))
@SETTINGS
def test_products_with_zeros_among_them(shape, seed, data, zeros):
    (x,) = normal(seed, shape)
    x.reshape(-1)[np.random.default_rng(seed).integers(0, x.size, zeros)] = 0
    dim, keepdim = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(st.booleans())
    check_parity(lambda lib, x: lib.prod(x, dim, keepdim=keepdim), x)
    check_parity(lambda lib, x: x.prod(), x)


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_reductions_along_one_dim(shape, seed, data):
    dim, keepdim = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(st.booleans())
    for f in [
        lambda lib, x: lib.cumsum(x, dim),
        lambda lib, x: lib.max(x, dim, keepdim=keepdim),
        lambda lib, x: x.min(dim, keepdim),
        lambda lib, x: lib.argmax(x, dim, keepdim),
        lambda lib, x: x.argmin(dim, keepdim=keepdim),
        lambda lib, x: x.argmin(),
    ]:
        check_parity(f, *normal(seed, shape))


@pytest.mark.parametrize("dim", [None, 0, -1])
def test_reductions_of_a_single_number(dim):
    for f in [
        lambda lib, x: x.sum(dim),
        lambda lib, x: x.mean(dim),
        lambda lib, x: x.std(dim, correction=0),
        lambda lib, x: x.norm(2, dim=dim),
        lambda lib, x: x.argmax(dim),
    ]:
        check_parity(f, np.array(1.5))
    for f in [
        lambda lib, x: x.amax(dim),
        lambda lib, x: lib.logsumexp(x, dim),
        lambda lib, x: x.cumsum(dim),
        lambda lib, x: x.max(dim),
        lambda lib, x: x.min(dim, keepdim=True),
        lambda lib, x: x.prod(dim),
        lambda lib, x: (x > 0).any(dim),
        lambda lib, x: x.sort(dim),
        lambda lib, x: x.topk(1, dim),
        lambda lib, x: x.argsort(dim),
    ] * (dim is not None):
        check_parity(f, np.array(1.5))


def test_logsumexp_of_huge_and_infinite_numbers():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = np.array([[1000.0, 1000, -1000], [-np.inf, 0, 1], [-np.inf, -np.inf, -np.inf]])
        check_parity(lambda lib, x: x.logsumexp(1), x)
    assert tensor(np.zeros((2, 0))).logsumexp(1).tolist() == [-np.inf] * 2


def test_max_and_min_of_two_tensors():
    a, b = normal(0, (3, 1), (4,))
    check_parity(lambda lib, a, b: lib.max(a, b) * a.min(b), a, b)
    assert autograd.max(tensor([1.0, 5]), tensor(3)).tolist() == [3, 5]  # not the dim 3
    assert tensor([1.0, 5]).max(tensor(0)).tolist() == [1, 5]


def test_equal_and_allclose():
    a = tensor([1.0, 2])
    assert a.equal(a + 0) and not a.equal(a + 1e-3) and not a.equal(tensor([[1.0, 2]]))
    assert a.allclose(a + 1e-7) and not a.allclose(a + 1e-3) and a.allclose(a + 1e-3, atol=1e-2)
    assert autograd.allclose(tensor([np.nan]), tensor([np.nan]), equal_nan=True)


# Errors in words ----------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)
ERRORS = {
    "a dim twice": (lambda: X.sum((0, -2)), ValueError, r"sum: wanted each dim once, got \(0, -2\)"),
    "a fraction as dim": (lambda: X.sum(1.5), TypeError, "sum: wanted a whole number as dim, got float 1.5"),
    "a bool as dim": (lambda: X.var(False), TypeError, "var: wanted a whole number as dim, got bool False"),
    "a word as dim": (lambda: X.mean("rows"), TypeError, "mean: wanted a whole number as dim, got str 'rows'"),
    "too few for a variance": (
        lambda: X[:1].var(0),
        ValueError,
        r"var: wanted more than 1 numbers .* got shape \(1, 4\)",
    ),
    "unbiased": (lambda: X.std(0, 2), TypeError, "std: wanted unbiased=True or False, got int 2"),
    "variance of whole numbers": (lambda: tensor([1, 2]).var(), TypeError, "var: wanted floating-point .* int64"),
    "max of nothing along a dim": (lambda: zeros(3, 0).max(1), ValueError, r"max: wanted at least .* \(3, 0\)"),
    "argmax of nothing": (
        lambda: zeros(0).argmax(),
        ValueError,
        r"argmax: wanted at least one number, got shape \(0,\)",
    ),
    "amax of nothing": (lambda: zeros(0, 2).amax(0), ValueError, r"amax: wanted at least .* \(0, 2\)"),
    "max of two": (lambda: X.max(zeros(5, dtype=float64)), ValueError, r"max: wanted shapes that broadcast"),
    "p": (lambda: X.norm(-1), ValueError, "norm: wanted a number above 0 as p, got int -1"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
