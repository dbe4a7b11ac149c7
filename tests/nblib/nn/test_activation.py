"""The activations that test_functional.py leaves out, their limits and their errors."""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, check_parity, same

from nblib import nn
from nblib.autograd import float32, float64, ones, randn, tensor
from nblib.nn import functional as F
from nblib.nn.functional.activation import erf

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
SHAPES = st.lists(st.sampled_from([0, 1, 2, 3, 5, 7]), max_size=3).map(tuple)
SEEDS = st.integers(0, 10_000)

ACTIVATIONS = {
    "gelu": lambda lib, x: lib.F.gelu(x),
    "gelu by tanh": lambda lib, x: lib.F.gelu(x, approximate="tanh"),
    "silu": lambda lib, x: lib.F.silu(x),
    "softplus": lambda lib, x: lib.F.softplus(x),
    "softplus 3": lambda lib, x: lib.F.softplus(x, 3, 4),
    "hardtanh": lambda lib, x: lib.F.hardtanh(x),
    "hardtanh 0.5": lambda lib, x: lib.F.hardtanh(x, min_val=-0.3, max_val=0.5),
    "relu6": lambda lib, x: lib.F.relu6(x),
    "logsigmoid": lambda lib, x: lib.F.logsigmoid(x),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(shape=SHAPES, scale=st.sampled_from([0.5, 2, 8]), seed=SEEDS)
@SETTINGS
def test_activations(name, shape, scale, seed):
    check_parity(ACTIVATIONS[name], scale * np.random.default_rng(seed).standard_normal(shape))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_kinks_and_far_away(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_parity(ACTIVATIONS[name], np.array([0.0, -0.0, 1, -1, -0.3, 0.5, 6, 1000, -1000, 1e-300, 20, 20.5]))


@pytest.mark.parametrize(
    "name",
    [
        "relu",
        "leaky_relu",
        "elu",
        "selu",
        "gelu",
        "gelu by tanh",
        "silu",
        "softplus",
        "hardtanh",
        "relu6",
        "logsigmoid",
        "sigmoid",
        "tanh",
    ],
)
def test_a_nan_is_not_hidden_and_float32_stays(name):
    f = ACTIVATIONS.get(name, lambda lib, x: getattr(lib.F, name)(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bad = tensor([float("nan")], requires_grad=True)
        y = f(OURS, bad)
        y.backward(y.detach())  # what comes back is as bad
        assert np.isnan(y.item()) and np.isnan(bad.grad.item())
        x = randn(3, 5, requires_grad=True)
        y = f(OURS, x)
        y.sum().backward()
    assert y.dtype == x.grad.dtype == float32


def test_erf_to_the_last_digits():
    x = np.concatenate([np.linspace(-7, 7, 20_011), [0.0, -0.0, 1e-300, 1e-9, np.inf, -np.inf]])
    y = erf(x)
    np.testing.assert_allclose(y, [math.erf(v) for v in x], rtol=0, atol=2e-12)
    assert np.signbit(y[-5]) and np.isnan(erf(np.array([np.nan]))[0])


@pytest.mark.parametrize(
    "shape, weight",
    [
        ((), (1,)),
        ((), ()),
        ((2, 3), ()),
        ((0,), (1,)),
        ((3,), (1,)),
        ((0, 3), (3,)),
        ((2, 3), (3,)),
        ((2, 3, 5), (3,)),
        ((2, 3, 5, 7), (3,)),
        ((2, 3, 5), (1,)),
    ],
)
def test_prelu_keeps_the_shape(shape, weight):
    x, w = (np.random.default_rng(0).standard_normal(size) for size in (shape, weight))
    check_parity(lambda lib, x, w: lib.F.prelu(x, w), x, w)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 3)])
def test_softmax_of_nothing(name, shape):
    for dim in range(len(shape)):
        check_parity(lambda lib, x: getattr(lib.F, name)(x, dim=dim), np.zeros(shape))


def test_softmax_with_impossible_outcomes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_parity(lambda lib, x: lib.F.softmax(x, dim=1), np.array([[0.0, -np.inf, 1], [-np.inf, -np.inf, 2]]))


MODULES = {
    "GELU": lambda nn: nn.GELU(),
    "GELU by tanh": lambda nn: nn.GELU("tanh"),
    "SiLU": lambda nn: nn.SiLU(),
    "Softplus": lambda nn: nn.Softplus(),
    "Softplus 2": lambda nn: nn.Softplus(2, threshold=1),
    "Hardtanh": lambda nn: nn.Hardtanh(),
    "Hardtanh 0.5": lambda nn: nn.Hardtanh(-0.2, 0.5),
    "ReLU6": lambda nn: nn.ReLU6(),
    "LogSigmoid": lambda nn: nn.LogSigmoid(),
    "ELU": lambda nn: nn.ELU(0.3),
    "LeakyReLU": lambda nn: nn.LeakyReLU(0.3),
    "Softmax": lambda nn: nn.Softmax(0),
    "PReLU": lambda nn: nn.PReLU(5, 0.1),
    "LogSoftmax": lambda nn: nn.LogSoftmax(1),
    "SELU": lambda nn: nn.SELU(),
    "Tanh": lambda nn: nn.Tanh(),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, x = MODULES[name], np.random.default_rng(0).standard_normal((3, 5)) * 3
    same(make(OURS.nn).double()(tensor(x)), make(THEIRS.nn).double()(torch.tensor(x)))


def test_how_modules_show_themselves():
    shown = {repr(make(nn)) for make in MODULES.values()}
    assert {
        "GELU(approximate='tanh')",
        "Softplus(beta=2, threshold=1)",
        "ReLU6()",
        "LeakyReLU(negative_slope=0.3)",
        "Hardtanh(min_val=-0.2, max_val=0.5)",
        "ELU(alpha=0.3)",
        "Softmax(dim=0)",
        "LogSoftmax(dim=1)",
        "PReLU(num_parameters=5)",
    } <= shown


ERRORS = {
    "beta": (lambda: F.softplus(ones(3), 0), ValueError, "softplus: wanted beta > 0, got 0"),
    "an empty interval": (
        lambda: F.hardtanh(ones(3), 1, 0),
        ValueError,
        "hardtanh: wanted min_val ≤ max_val, got 1 and 0",
    ),
    "approximation": (lambda: F.gelu(ones(3), "erf"), ValueError, "gelu: approximate: wanted one of none, tanh"),
    "a slope": (lambda: F.leaky_relu(ones(3), None), TypeError, "a number as negative_slope, got NoneType None"),
    "an alpha": (lambda: F.elu(ones(3), ones(3)), TypeError, "elu: wanted a number as alpha, got float32 array"),
    "a bound": (lambda: F.hardtanh(ones(3), "a", 1), TypeError, "a number as min_val, got str 'a'"),
    "a threshold": (lambda: F.softplus(ones(3), 1, [1]), TypeError, r"a number as threshold, got list \[1\]"),
    "a dim in parts": (
        lambda: F.softmax(ones(3), 0.0),
        TypeError,
        "softmax: wanted a whole number as dim, got float 0.0",
    ),
    "no dim": (
        lambda: F.log_softmax(ones(3), None),
        TypeError,
        "log_softmax: wanted a whole number as dim, got NoneType",
    ),
    "slopes of 0": (lambda: nn.PReLU(0), ValueError, "num_parameters: wanted a whole number from 1"),
    "dim": (lambda: F.softmax(ones(3), 1), IndexError, "softmax: wanted a dim from -1 to 0, got 1"),
    "slopes": (
        lambda: F.prelu(ones(2, 3), ones(2)),
        ValueError,
        r"wanted a weight of shape \(1,\) or \(3,\), got \(2,\)",
    ),
    "another dtype": (lambda: F.prelu(ones(2, dtype=float64), 0.1), TypeError, "prelu: wanted a tensor, got float 0.1"),
    **{
        f"whole numbers in {name}": (
            lambda f=f: f(tensor([1, 2])),
            TypeError,
            rf"{name}: wanted floating-point numbers, got int64; use \.float\(\)",
        )
        for name, f in {
            "leaky_relu": F.leaky_relu,
            "elu": F.elu,
            "gelu": F.gelu,
            "silu": F.silu,
            "softplus": F.softplus,
            "hardtanh": F.hardtanh,
            "logsigmoid": F.logsigmoid,
            "softmax": lambda x: F.softmax(x, 0),
            "log_softmax": lambda x: F.log_softmax(x, 0),
        }.items()
    },
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
