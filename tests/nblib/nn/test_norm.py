"""Normalization and dropout against torch and by hand; their layers; their errors in words."""

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, check_parity, same

from nblib import nn
from nblib.autograd import float32, float64, manual_seed, no_grad, ones, randn, set_default_dtype, tensor, zeros
from nblib.nn import functional as F

SETTINGS = settings(deadline=None, derandomize=True, max_examples=40)
SEEDS = st.integers(0, 10_000)
PRIMES = st.sampled_from([1, 2, 3, 5, 7])
IMAGES = st.lists(st.sampled_from([2, 3, 5, 7]), min_size=2, max_size=5).map(tuple)


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [3 + 2 * rng.standard_normal(shape) for shape in shapes]


@pytest.fixture
def in_float64():
    set_default_dtype(float64)
    yield
    set_default_dtype(float32)


# Against torch ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("affine", [0, 1, 2], ids=["plain", "weight", "weight and bias"])
@given(shape=IMAGES, eps=st.sampled_from([1e-5, 0.3]), seed=SEEDS)
@SETTINGS
def test_batch_norm_without_running_statistics(affine, shape, eps, seed):
    check_parity(
        lambda lib, x, *parts: lib.F.batch_norm(x, None, None, *parts, training=True, eps=eps),
        *normal(seed, shape, *[(shape[1],)] * affine),
    )


@pytest.mark.parametrize("affine", [0, 1, 2], ids=["plain", "weight", "weight and bias"])
@given(shape=IMAGES, dims=st.integers(1, 2), eps=st.sampled_from([1e-5, 0.3]), seed=SEEDS)
@SETTINGS
def test_layer_norm(affine, shape, dims, eps, seed):
    last = shape[-dims:]
    check_parity(
        lambda lib, x, *parts: lib.F.layer_norm(x, last, *parts, eps=eps), *normal(seed, shape, *[last] * affine)
    )


@pytest.mark.parametrize("affine", [0, 2], ids=["plain", "weight and bias"])
@given(
    n=PRIMES, groups=st.integers(1, 3), size=st.sampled_from([2, 3]), pixels=st.lists(PRIMES, max_size=2), seed=SEEDS
)
@SETTINGS
def test_group_norm(affine, n, groups, size, pixels, seed):
    C = groups * size
    check_parity(
        lambda lib, x, *parts: lib.F.group_norm(x, groups, *parts), *normal(seed, (n, C, *pixels), *[(C,)] * affine)
    )


@pytest.mark.parametrize("shape", [(2, 3, 5), (1, 3, 5, 7)])
def test_instance_norm(shape):
    check_parity(lambda lib, x, w, b: lib.F.instance_norm(x, weight=w, bias=b), *normal(0, shape, (3,), (3,)))


@given(
    shape=st.lists(st.sampled_from([1, 2, 3, 5, 7]), min_size=3, max_size=4),
    size=st.sampled_from([1, 2, 3, 5, 11]),
    alpha=st.sampled_from([1e-4, 0.7]),
    beta=st.sampled_from([0.75, 0.3]),
    k=st.sampled_from([1, 2.5]),
    seed=SEEDS,
)
@SETTINGS
def test_local_response_norm(shape, size, alpha, beta, k, seed):
    check_parity(lambda lib, x: lib.F.local_response_norm(x, size, alpha=alpha, beta=beta, k=k), *normal(seed, shape))


@pytest.mark.parametrize(
    "name, f",
    {
        "batch_norm": lambda lib, x: lib.F.batch_norm(x, None, None, training=True),
        "layer_norm": lambda lib, x: lib.F.layer_norm(x, (7,)),
        "group_norm": lambda lib, x: lib.F.group_norm(x, 2),
        "local_response_norm": lambda lib, x: lib.F.local_response_norm(x, 3),
    }.items(),
)
def test_empty_batches_views_dtypes_and_no_grad(name, f):
    check_parity(f, np.zeros((0, 4, 5, 7)))
    check_parity(lambda lib, x: f(lib, x.transpose(2, 3)) + f(lib, x.transpose(2, 3) ** 2), *normal(0, (2, 4, 7, 5)))
    x = randn(3, 4, 5, 7).requires_grad_()
    y = f(OURS, x)
    y.backward(ones(*y.shape))
    assert y.dtype == x.grad.dtype == float32
    with no_grad():
        assert (f(OURS, x).data == y.data).all() and not f(OURS, x).requires_grad


# By hand ----------------------------------------------------------------------------------------------------


def test_what_is_brought_to_mean_0_and_variance_1():
    """Over the batch and pixels; over an example; over a group of channels; over a channel of an example."""
    x = tensor(normal(0, (3, 4, 5, 7))[0])
    for y, dims in [
        (F.batch_norm(x, None, None, training=True, eps=1e-12), (0, 2, 3)),
        (F.layer_norm(x, (4, 5, 7), eps=1e-12), (1, 2, 3)),
        (F.group_norm(x, 2, eps=1e-12).reshape(3, 2, 2, 5, 7), (2, 3, 4)),
        (F.instance_norm(x, eps=1e-12), (2, 3)),
    ]:
        np.testing.assert_allclose(y.data.mean(dims), 0, atol=1e-10)
        np.testing.assert_allclose(y.data.std(dims), 1, atol=1e-10)


def test_small_cases_by_hand():
    x = tensor(np.array([[1.0, 3], [3, 7]]))
    assert F.layer_norm(x, (2,), eps=0).tolist() == [[-1, 1], [-1, 1]]
    w, b = tensor(np.array([2.0, 3])), tensor(np.array([10.0, 20]))
    assert F.layer_norm(x, 2, w, b, eps=0).tolist() == [[8, 23], [8, 23]]
    y = F.local_response_norm(tensor(np.array([[[1.0], [2], [3]]])), 3, alpha=3, beta=1, k=1)
    np.testing.assert_allclose(y.data.ravel(), [1 / (1 + 1 + 4), 2 / (1 + 1 + 4 + 9), 3 / (1 + 4 + 9)])


def test_a_large_mean_does_not_drown_the_variance():
    """σ² is the mean of squared deviations, not mean(x²) − μ², which loses all digits here."""
    x = tensor(1e4 + np.random.default_rng(0).standard_normal((200, 3)).astype("f4"))
    y = F.batch_norm(x, None, None, training=True)
    assert y.dtype == float32 and np.abs(y.data.std(0) - 1).max() < 0.01


# Layers -----------------------------------------------------------------------------------------------------

LAYERS = {
    "BatchNorm1d": (lambda lib: lib.nn.BatchNorm1d(3), (5, 3)),
    "BatchNorm1d of sequences": (lambda lib: lib.nn.BatchNorm1d(3, 0.1, 0.3), (2, 3, 5)),
    "BatchNorm2d": (lambda lib: lib.nn.BatchNorm2d(3), (2, 3, 5, 7)),
    "BatchNorm2d of one image": (lambda lib: lib.nn.BatchNorm2d(3, momentum=None), (1, 3, 5, 7)),
    "BatchNorm2d not affine": (lambda lib: lib.nn.BatchNorm2d(3, affine=False), (2, 3, 5, 7)),
    "BatchNorm2d without bias": (lambda lib: lib.nn.BatchNorm2d(3, bias=False), (2, 3, 5, 7)),
    "BatchNorm2d without statistics": (lambda lib: lib.nn.BatchNorm2d(3, track_running_stats=False), (2, 3, 5, 7)),
    "LayerNorm": (lambda lib: lib.nn.LayerNorm(7), (2, 3, 7)),
    "LayerNorm of two dims": (lambda lib: lib.nn.LayerNorm((5, 7), eps=0.1), (2, 3, 5, 7)),
    "LayerNorm without bias": (lambda lib: lib.nn.LayerNorm([7], bias=False), (3, 7)),
    "LayerNorm not affine": (lambda lib: lib.nn.LayerNorm(7, elementwise_affine=False), (3, 7)),
    "GroupNorm": (lambda lib: lib.nn.GroupNorm(2, 6), (3, 6, 5, 7)),
    "GroupNorm not affine": (lambda lib: lib.nn.GroupNorm(3, 6, eps=0.1, affine=False), (3, 6)),
    "LocalResponseNorm": (lambda lib: lib.nn.LocalResponseNorm(5), (2, 7, 3, 5)),
    "LocalResponseNorm with options": (lambda lib: lib.nn.LocalResponseNorm(2, 0.1, 0.5, 2.0), (2, 7, 3)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, in_float64):
    """Three steps in training, then eval mode: values, gradients, running statistics, state dicts both ways, repr."""
    make, shape = LAYERS[name]
    ours, theirs = make(OURS), make(THEIRS).double()
    assert repr(ours) == repr(theirs)
    rng = np.random.default_rng(1)
    state = {n: torch.tensor(rng.random(t.shape) + 0.5) for n, t in ours.state_dict().items() if t.dtype.kind == "f"}
    theirs.load_state_dict({**theirs.state_dict(), **state})
    ours.load_state_dict(theirs.state_dict())
    for seed in range(4):
        if seed == 3:
            ours.eval(), theirs.eval()
        (array,) = normal(seed, shape)
        x, t = tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)
        y, z = ours(x), theirs(t)
        same(y, z)
        g = np.random.default_rng(seed).standard_normal(shape)
        y.backward(tensor(g))
        z.backward(torch.tensor(g))
        same(x.grad, t.grad)
        for (n, p), (m, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
            assert n == m
            same(p.grad, q.grad)
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    for n, value in theirs.state_dict().items():
        same(ours.state_dict()[n], value)
    theirs.load_state_dict({n: torch.tensor(t.numpy()) for n, t in ours.state_dict().items()})


def test_starting_values_and_double():
    for layer in (nn.BatchNorm2d(3), nn.LayerNorm(3), nn.GroupNorm(1, 3)):
        assert layer.weight.tolist() == [1, 1, 1] and layer.bias.tolist() == [0, 0, 0]
        assert layer.weight.dtype == float32 and layer.double().weight.dtype == float64
    batch_norm = nn.BatchNorm2d(3).double()
    assert batch_norm.running_var.tolist() == [1, 1, 1] and batch_norm.running_mean.dtype == float64
    assert batch_norm.num_batches_tracked.item() == 0 and batch_norm.num_batches_tracked.dtype.kind == "i"
    batch_norm(ones(2, 3, 5, 7).double())
    assert batch_norm.num_batches_tracked.item() == 1
    batch_norm.eval()(ones(2, 3, 5, 7).double())
    assert batch_norm.num_batches_tracked.item() == 1


@pytest.mark.parametrize("name", sorted({*(name.split()[0] for name in LAYERS), "Dropout", "Dropout2d"}))
def test_a_reader_can_look_a_layer_up(name):
    ours, theirs = inspect.signature(getattr(nn, name)), inspect.signature(getattr(torch.nn, name))
    for parameter in ours.parameters.values():
        assert theirs.parameters[parameter.name].default == parameter.default
        assert theirs.parameters[parameter.name].kind == parameter.kind
    assert "def __init__" in inspect.getsource(getattr(nn, name)) and "x" in getattr(nn, name).__doc__


# Dropout ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(50, 40, 3, 5), (50, 40, 7)])
def test_dropout2d_drops_whole_channels(shape):
    """Each as a whole with chance p, of each image by itself; the others are divided by 1 − p, as is the gradient."""
    manual_seed(0)
    x = ones(*shape).requires_grad_()
    y = F.dropout2d(x, 0.3)
    y.sum().backward()
    channels = y.data.reshape(2000, -1)
    assert (channels == channels[:, :1]).all() and (x.grad.data == y.data).all() and y.dtype == float32
    assert set(np.unique(channels)) == {0, np.float32(1 / 0.7)}
    assert abs((channels[:, 0] == 0).mean() - 0.3) < 0.05
    kept = channels[:, 0].reshape(50, 40) > 0
    assert len(np.unique(kept, axis=0)) == 50 and len(np.unique(kept, axis=1).T) == 40


def test_dropout2d_at_its_ends_and_by_its_mode():
    x = ones(2, 3, 5, 7)
    assert F.dropout2d(x, 0.9, training=False) is x and F.dropout2d(x, 0) is x
    assert (F.dropout2d(x, 1).data == 0).all()
    layer = nn.Dropout2d(0.5)
    assert repr(layer) == "Dropout2d(p=0.5)" and layer.eval()(x) is x
    manual_seed(0)
    y = layer.train()(ones(20, 30, 2, 2))
    manual_seed(0)
    assert (layer(ones(20, 30, 2, 2)).data == y.data).all() and 0.4 < (y.data == 0).mean() < 0.6


# Errors -----------------------------------------------------------------------------------------------------

x = ones(2, 6, 5, 7)
ERRORS = {
    "no running statistics": (
        lambda: F.batch_norm(x, None, None),
        ValueError,
        "batch_norm: wanted running_mean and running_var when training=False, got None",
    ),
    "one of them": (
        lambda: F.batch_norm(x, zeros(6), None, training=True),
        ValueError,
        "batch_norm: .* got one of them",
    ),
    "running features": (
        lambda: F.batch_norm(x, zeros(5), ones(5)),
        ValueError,
        r"wanted shape \(N, 5, …\), got \(2, 6, 5, 7\)",
    ),
    "running variance": (
        lambda: F.batch_norm(x, zeros(6), ones(5)),
        ValueError,
        r"wanted running_var of shape \(6,\) .* got \(5,\)",
    ),
    "weight": (
        lambda: F.batch_norm(x, None, None, ones(5), training=True),
        ValueError,
        r"wanted weight of shape \(6,\) .* got \(5,\)",
    ),
    "one dim": (
        lambda: F.batch_norm(ones(3), None, None, training=True),
        ValueError,
        r"wanted shape \(N, C, …\), got \(3,\)",
    ),
    "one number": (
        lambda: F.batch_norm(x[:1, :, :1, :1], None, None, training=True),
        ValueError,
        "two or more numbers per feature",
    ),
    "eps 0": (
        lambda: F.batch_norm(x, None, None, training=True, eps=0),
        ValueError,
        "wanted eps above 0 in training, got 0",
    ),
    "whole numbers": (
        lambda: F.batch_norm(x.long(), None, None, training=True),
        TypeError,
        "wanted floating-point numbers, got int64",
    ),
    "dtypes": (
        lambda: F.batch_norm(x.double(), zeros(6), ones(6)),
        TypeError,
        "wanted running_mean of dtype float64, got float32",
    ),
    "array": (
        lambda: F.batch_norm(x.data, None, None, training=True),
        TypeError,
        "batch_norm: wanted a tensor, got float32 array",
    ),
    "running array": (lambda: F.batch_norm(x, np.zeros(6), np.ones(6)), TypeError, "batch_norm: wanted a tensor, got"),
    "layer of an array": (
        lambda: nn.BatchNorm2d(6)(x.data),
        TypeError,
        "BatchNorm2d: wanted a tensor, got float32 array",
    ),
    "layer of a list": (lambda: nn.GroupNorm(1, 2)([[1.0, 2]]), TypeError, "GroupNorm: wanted a tensor, got list"),
    "layer norm shape": (
        lambda: F.layer_norm(x, (5, 6)),
        ValueError,
        r"layer_norm: wanted shape \(…, 5, 6\), got \(2, 6, 5, 7\)",
    ),
    "layer norm of nothing": (
        lambda: F.layer_norm(x, ()),
        ValueError,
        r"wanted a normalized_shape of one dim or more, got tuple \(\)",
    ),
    "layer norm of half": (
        lambda: F.layer_norm(x, 3.5),
        TypeError,
        "normalized_shape: wanted a whole number, got float 3.5",
    ),
    "layer norm weight": (
        lambda: F.layer_norm(x, 7, ones(5)),
        ValueError,
        r"wanted weight of shape \(7,\) .* got \(5,\)",
    ),
    "layer norm dtypes": (
        lambda: F.layer_norm(x, 7, ones(7), zeros(7).double()),
        TypeError,
        "wanted bias of dtype float32, got float64",
    ),
    "layer norm whole numbers": (lambda: F.layer_norm(x.long(), 7), TypeError, r"got int64; use .float\(\)"),
    "groups": (
        lambda: F.group_norm(x, 4),
        ValueError,
        r"wanted shape \(N, C, …\) with channels in 4 groups of one size, got \(2, 6, 5, 7\)",
    ),
    "groups 0": (lambda: F.group_norm(x, 0), ValueError, "group_norm: num_groups: wanted a whole number from 1"),
    "group of one": (
        lambda: F.group_norm(x[:1, :, :1, :1], 6),
        ValueError,
        "group_norm: wanted two or more numbers in a group",
    ),
    "instance of one": (
        lambda: F.instance_norm(x[:, :, :1, :1]),
        ValueError,
        "instance_norm: .* two or more numbers a channel",
    ),
    "response size": (
        lambda: F.local_response_norm(x, 0),
        ValueError,
        "local_response_norm: size: wanted a whole number from 1",
    ),
    "response dims": (
        lambda: F.local_response_norm(ones(2, 3), 3),
        ValueError,
        r"local_response_norm: wanted .* three dims or more, got \(2, 3\)",
    ),
    "response whole numbers": (
        lambda: F.local_response_norm(x.long(), 3),
        TypeError,
        "local_response_norm: wanted floating-point numbers",
    ),
    "dropout2d dims": (
        lambda: F.dropout2d(ones(5, 7)),
        ValueError,
        r"dropout2d: wanted shape \(N, C, H, W\) or \(N, C, L\), got \(5, 7\)",
    ),
    "dropout2d p": (lambda: F.dropout2d(x, 1.5), ValueError, "dropout2d: p: wanted a number from 0 to 1, got 1.5"),
    "dropout whole numbers": (
        lambda: F.dropout(x.long()),
        TypeError,
        "dropout: wanted floating-point numbers, got int64",
    ),
    "BatchNorm2d of 2 dims": (
        lambda: nn.BatchNorm2d(6)(ones(2, 6)),
        ValueError,
        r"BatchNorm2d: wanted shape \(N, 6, H, W\), got \(2, 6\)",
    ),
    "BatchNorm2d of 3 dims": (
        lambda: nn.BatchNorm2d(6)(x[0]),
        ValueError,
        r"BatchNorm2d: wanted shape \(N, 6, H, W\), got \(6, 5, 7\)",
    ),
    "BatchNorm2d of others": (
        lambda: nn.BatchNorm2d(3)(x),
        ValueError,
        r"wanted shape \(N, 3, H, W\), got \(2, 6, 5, 7\)",
    ),
    "BatchNorm1d of images": (lambda: nn.BatchNorm1d(6)(x), ValueError, r"wanted shape \(N, 6\) or \(N, 6, L\), got"),
    "BatchNorm1d of one": (
        lambda: nn.BatchNorm1d(6)(ones(1, 6)),
        ValueError,
        "two or more numbers per feature in training",
    ),
    "BatchNorm1d eps": (lambda: nn.BatchNorm1d(6, eps=0), ValueError, "BatchNorm1d: wanted eps above 0, got 0"),
    "BatchNorm2d momentum": (
        lambda: nn.BatchNorm2d(6, momentum=2),
        ValueError,
        "BatchNorm2d: momentum: wanted a number from 0 to 1",
    ),
    "BatchNorm2d features": (
        lambda: nn.BatchNorm2d(0),
        ValueError,
        "BatchNorm2d: num_features: wanted a whole number from 1",
    ),
    "LayerNorm shape": (
        lambda: nn.LayerNorm(0),
        ValueError,
        "LayerNorm: normalized_shape: wanted a whole number from 1",
    ),
    "LayerNorm eps": (lambda: nn.LayerNorm(3, eps=-1), ValueError, "LayerNorm: eps: wanted a number from 0"),
    "GroupNorm groups": (
        lambda: nn.GroupNorm(4, 6),
        ValueError,
        "GroupNorm: wanted num_groups that divides 6 channels, got 4",
    ),
    "GroupNorm channels": (
        lambda: nn.GroupNorm(2, 4)(x),
        ValueError,
        r"GroupNorm: wanted shape \(N, 4, …\), got \(2, 6, 5, 7\)",
    ),
    "LocalResponseNorm size": (
        lambda: nn.LocalResponseNorm(2.5),
        TypeError,
        "LocalResponseNorm: size: wanted a whole number",
    ),
    "Dropout2d p": (lambda: nn.Dropout2d(-1), ValueError, "Dropout2d: p: wanted a number from 0 to 1"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()


def test_a_refused_batch_leaves_the_running_statistics():
    layer = nn.BatchNorm1d(6)
    with pytest.raises(ValueError):
        layer(ones(1, 6))
    assert layer.num_batches_tracked.item() == 0 and layer.running_mean.tolist() == [0] * 6


def test_an_empty_batch_leaves_the_running_statistics():
    for lib in (OURS, THEIRS):
        mean, var = lib.tensor([2.0, 2]), lib.tensor([5.0, 5])
        y = lib.F.batch_norm(lib.tensor(np.zeros((0, 2, 3), "f4")), mean, var, training=True)
        assert tuple(y.shape) == (0, 2, 3)
        assert mean.tolist() == [2, 2] and var.tolist() == [5, 5]
