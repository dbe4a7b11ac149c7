"""Starting values by their distribution, with fixed seeds; parameters as one vector."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, leaves, same

from nblib import nn
from nblib.autograd import float32, float64, manual_seed, ones, tensor, zeros

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
SIZES = st.sampled_from([1, 2, 3, 5, 7])
MANY = (100, 400)


def drawn(name, *size, **options):
    manual_seed(7)
    return getattr(nn.init, name)(zeros(*size), **options).numpy()


# name, options, mean, standard deviation, least, largest
DISTRIBUTIONS = [
    ("normal_", {"mean": 1, "std": 2}, 1, 2, -math.inf, math.inf),
    ("uniform_", {"a": -1, "b": 3}, 1, 4 / math.sqrt(12), -1, 3),
    ("xavier_normal_", {"gain": 2}, 0, 2 * math.sqrt(2 / 500), -math.inf, math.inf),
    ("xavier_uniform_", {}, 0, math.sqrt(2 / 500), -math.sqrt(6 / 500), math.sqrt(6 / 500)),
    ("kaiming_normal_", {"nonlinearity": "relu"}, 0, math.sqrt(2 / 400), -math.inf, math.inf),
    ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}, 0, math.sqrt(2 / 100), -math.inf, math.inf),
    ("kaiming_uniform_", {"nonlinearity": "relu"}, 0, math.sqrt(2 / 400), -math.sqrt(6 / 400), math.sqrt(6 / 400)),
    ("trunc_normal_", {}, 0, 0.8796, -2, 2),
    ("trunc_normal_", {"std": 0.02}, 0, 0.02, -2, 2),
    (
        "trunc_normal_",
        {"mean": 3, "std": 2, "a": 3, "b": 100},
        3 + 2 * math.sqrt(2 / math.pi),
        2 * math.sqrt(1 - 2 / math.pi),
        3,
        100,
    ),
]


@pytest.mark.parametrize("name, options, mean, std, low, high", DISTRIBUTIONS)
def test_distributions(name, options, mean, std, low, high):
    """Within five standard errors, 40,000 numbers."""
    x = drawn(name, *MANY, **options)
    assert x.dtype == float32 and low - 1e-6 <= x.min() and x.max() <= high + 1e-6
    assert abs(x.mean() - mean) < 5 * std / 200
    assert abs(x.std() - std) < 5 * std / 200
    if math.isfinite(high) and name != "trunc_normal_":
        assert x.min() < low + 0.01 * (high - low) and x.max() > high - 0.01 * (high - low)


def test_a_truncated_normal_has_the_distribution_of_torch():
    """Share by share: eight bins between a and b, against the normal distribution on condition."""
    from statistics import NormalDist

    normal, a, b = NormalDist(0.5, 1.5), -1, 1
    edges = np.linspace(a, b, 9)
    expected = np.diff([normal.cdf(e) for e in edges]) / (normal.cdf(b) - normal.cdf(a))
    torch.manual_seed(0)
    theirs = torch.nn.init.trunc_normal_(torch.zeros(MANY), 0.5, 1.5, a, b).numpy()
    for x in (drawn("trunc_normal_", *MANY, mean=0.5, std=1.5, a=a, b=b), theirs):
        share = np.histogram(x, edges)[0] / x.size
        assert np.abs(share - expected).max() < 5 * math.sqrt(0.13 * 0.87 / x.size)


def test_a_truncated_normal_far_out():
    x = drawn("trunc_normal_", 50, a=4, b=4.5)
    assert x.min() >= 4 and x.max() <= 4.5 and x.std() > 0


@given(rows=SIZES, columns=SIZES, field=st.lists(SIZES, max_size=2), gain=st.sampled_from([1, 0.5, 3]))
@SETTINGS
def test_orthogonal_matrices(rows, columns, field, gain):
    manual_seed(rows)
    w = nn.init.orthogonal_(zeros(rows, columns, *field, dtype=float64), gain).numpy().reshape(rows, -1)
    product = w @ w.T if rows <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-12)


def test_orthogonal_matrices_point_everywhere():
    """Without the signs, the first row would always point down."""
    manual_seed(0)
    first = [nn.init.orthogonal_(zeros(3, 3))[0, 0].item() for _ in range(200)]
    assert abs(np.mean(first)) < 5 / math.sqrt(3 * 200)


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2)])
def test_identity(shape):
    assert nn.init.eye_(ones(*shape)).tolist() == torch.nn.init.eye_(torch.ones(shape)).tolist()


ERRORS = {
    "a vector": (lambda: nn.init.orthogonal_(zeros(3)), ValueError, r"two dimensions or more, got shape \(3,\)"),
    "no matrix": (lambda: nn.init.eye_(zeros(3, 3, 3)), ValueError, r"eye_: wanted a matrix, got shape \(3, 3, 3\)"),
    "an array": (lambda: nn.init.orthogonal_(np.zeros((3, 3))), TypeError, "init: wanted a tensor, got float64 array"),
    "deviation": (lambda: nn.init.normal_(zeros(3), 0, -1), ValueError, "normal_: std: wanted a number from 0"),
    "bounds": (lambda: nn.init.uniform_(zeros(3), 1, 0), ValueError, "uniform_: wanted a ≤ b, got 1 and 0"),
    "an interval of nothing": (lambda: nn.init.trunc_normal_(zeros(3), a=1, b=1), ValueError, "got 1 to 1"),
    "an interval of no chance": (
        lambda: nn.init.trunc_normal_(zeros(3), a=50, b=51),
        ValueError,
        r"wanted an interval with a chance under N\(0.0, 1.0²\), got 50 to 51",
    ),
    "no deviation": (lambda: nn.init.trunc_normal_(zeros(3), std=0), ValueError, "interval with a chance"),
    "vector too short": (
        lambda: nn.utils.vector_to_parameters(zeros(4), [zeros(2, 3)]),
        ValueError,
        r"wanted a vector \(6,\), got \(4,\)",
    ),
    "vector too long": (
        lambda: nn.utils.vector_to_parameters(zeros(7), [zeros(2, 3)]),
        ValueError,
        r"\(6,\), got \(7,\)",
    ),
    "a model": (lambda: nn.utils.parameters_to_vector(nn.Linear(3, 2)), TypeError, "model.parameters"),
    "norm": (lambda: nn.utils.clip_grad_norm_([ones(3)], 1, 0), ValueError, "norm_type > 0, got int 0"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()


# All parameters as one vector -------------------------------------------------------------------------------


def test_parameters_to_a_vector_and_back():
    def make(lib):
        return lib.nn.Sequential(lib.nn.Linear(3, 2), lib.nn.Linear(2, 1)).double()

    ours, theirs = make(OURS), make(THEIRS)
    ours.load_state_dict(theirs.state_dict())
    vector = nn.utils.parameters_to_vector(ours.parameters())
    same(vector, torch.nn.utils.parameters_to_vector(theirs.parameters()))
    (vector * vector).sum().backward()  # it has a gradient, as in PyTorch
    same(ours[0].weight.grad, 2 * theirs[0].weight)
    numbers = np.arange(11.0)
    vector = tensor(numbers)
    nn.utils.vector_to_parameters(vector, ours.parameters())
    torch.nn.utils.vector_to_parameters(torch.tensor(numbers), theirs.parameters())
    for p, q in zip(ours.parameters(), theirs.parameters()):
        same(p, q)
        p.data[...] = -1  # no view of the vector
    assert vector.tolist() == numbers.tolist() and all(p.requires_grad and p.is_leaf for p in ours.parameters())


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, math.inf])
def test_clipping_by_other_norms(p):
    grads = [np.random.default_rng(i).standard_normal(shape) for i, shape in enumerate([(3, 5), (7,), ()])]
    ours, theirs = leaves(OURS, grads), leaves(THEIRS, grads)
    for a, b, g in zip(ours, theirs, grads):
        a.grad, b.grad = tensor(g), torch.tensor(g)
    norm = nn.utils.clip_grad_norm_(ours, 0.7, norm_type=p)
    same(norm, torch.nn.utils.clip_grad_norm_(theirs, 0.7, norm_type=p))
    for a, b in zip(ours, theirs):
        same(a.grad, b.grad)


def test_clipping_an_exploded_gradient_in_float32():
    x = ones(2, requires_grad=True)
    x.grad = tensor([3e25, 4e25])  # whose squares are no float32
    assert nn.utils.clip_grad_norm_([x], 1.0).item() == pytest.approx(5e25, rel=1e-6)
    np.testing.assert_allclose(x.grad.numpy(), [0.6, 0.8], rtol=1e-6)
