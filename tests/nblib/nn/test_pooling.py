"""Pooling and resizing against torch and by hand; their layers; their errors in words."""

import inspect
import itertools

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, check_parity, same

from nblib import nn
from nblib.autograd import float32, no_grad, ones, randn, tensor
from nblib.nn import functional as F

SETTINGS = settings(deadline=None, derandomize=True, max_examples=60)
SEEDS = st.integers(0, 10_000)


def normal(seed, shape):
    return np.random.default_rng(seed).standard_normal(shape)


@st.composite
def poolings(draw):
    """dims, a shape with or without a batch, and what max and average pooling have in common."""
    dims = draw(st.sampled_from([1, 2]))

    def several(*values):
        return tuple(draw(st.sampled_from(values)) for _ in range(dims))

    size, kernel = several(5, 7, 11), several(1, 2, 3, 5)
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    batch = draw(st.sampled_from([(3,), (2, 3), (1, 1), (0, 3)]))
    stride = draw(st.one_of(st.none(), st.just(several(1, 2, 3))))
    return dims, (*batch, *size), {"kernel_size": kernel, "stride": stride, "padding": padding}


def fits(shape, dims, options, dilation):
    return all(
        n + 2 * p >= d * (k - 1) + 1
        for n, p, d, k in zip(shape[-dims:], options["padding"], dilation, options["kernel_size"])
    )


# Against torch ----------------------------------------------------------------------------------------------


@given(
    case=poolings(),
    dilation=st.tuples(*[st.integers(1, 2)] * 2),
    ceil_mode=st.booleans(),
    ties=st.booleans(),
    seed=SEEDS,
)
@SETTINGS
def test_max_pooling(case, dilation, ceil_mode, ties, seed):
    """Also among whole numbers as floats, where many are equal: the first of them gets the gradient."""
    dims, shape, options = case
    assume(fits(shape, dims, options, dilation))
    x = normal(seed, shape)
    check_parity(
        lambda lib, x: getattr(lib.F, f"max_pool{dims}d")(x, **options, dilation=dilation[:dims], ceil_mode=ceil_mode),
        x.round() if ties else x,
    )


@given(case=poolings(), ceil_mode=st.booleans(), count_include_pad=st.booleans(), seed=SEEDS)
@SETTINGS
def test_average_pooling(case, ceil_mode, count_include_pad, seed):
    dims, shape, options = case
    assume(fits(shape, dims, options, (1, 1)))
    options = {name: value for name, value in options.items() if value is not None}  # torch takes no None here
    check_parity(
        lambda lib, x: getattr(lib.F, f"avg_pool{dims}d")(
            x, **options, ceil_mode=ceil_mode, count_include_pad=count_include_pad
        ),
        normal(seed, shape),
    )


@pytest.mark.parametrize("name", ["adaptive_avg_pool2d", "adaptive_max_pool2d"])
@given(
    shape=st.tuples(*[st.sampled_from([2, 3, 5, 7, 11])] * 2),
    batch=st.sampled_from([(3,), (2, 3), (0, 2)]),
    out=st.one_of(st.integers(1, 9), st.tuples(st.one_of(st.none(), st.integers(1, 9)), st.integers(1, 9))),
    ties=st.booleans(),
    seed=SEEDS,
)
@SETTINGS
def test_adaptive_pooling(name, shape, batch, out, ties, seed):
    x = normal(seed, (*batch, *shape))
    check_parity(lambda lib, x: getattr(lib.F, name)(x, out), x.round() if ties else x)


@given(shape=st.lists(st.sampled_from([1, 2, 3, 5, 7]), min_size=1, max_size=2), data=st.data(), seed=SEEDS)
@SETTINGS
def test_interpolate(shape, data, seed):
    dims = len(shape)
    sizes = st.integers(1, 13)
    size = data.draw(st.one_of(sizes, st.tuples(*[sizes] * dims)))
    check_parity(lambda lib, x: lib.F.interpolate(x, size), normal(seed, (2, 3, *shape)))
    factors = st.sampled_from([1, 2, 3, 1.5, 2.7, 4])
    factor = data.draw(st.one_of(factors, st.tuples(*[factors] * dims)))
    check_parity(lambda lib, x: lib.F.interpolate(x, scale_factor=factor, mode="nearest"), normal(seed, (2, 3, *shape)))


@pytest.mark.parametrize("old, new", list(itertools.product([2, 3, 5, 6, 7, 12, 100], [1, 3, 6, 49, 98, 147, 201])))
def test_interpolate_rounds_as_torch_does(old, new):
    check_parity(lambda lib, x: lib.F.interpolate(x, new), np.arange(float(old)).reshape(1, 1, old))


def test_an_image_with_equal_numbers_sends_the_gradient_to_the_first():
    """By hand: windows of 2×2 with stride 1 in an image of fives with one 7."""
    x = tensor(np.array([[5.0, 5, 5], [5, 5, 7], [5, 5, 5]])[None, None], requires_grad=True)
    y = F.max_pool2d(x, 2, stride=1)
    assert y.tolist() == [[[[5, 7], [5, 7]]]]
    (y * tensor(np.array([[1.0, 2], [3, 4]]))).sum().backward()
    assert x.grad.tolist() == [[[[1, 0, 0], [3, 0, 6], [0, 0, 0]]]]


def test_means_by_hand():
    x = tensor(np.arange(1.0, 10).reshape(1, 1, 3, 3), requires_grad=True)
    assert F.avg_pool2d(x, 2, stride=1).tolist() == [[[[3, 4], [6, 7]]]]
    assert F.avg_pool2d(x, 3, padding=1).tolist() == [[[[12 / 9]]]]
    assert F.avg_pool2d(x, 3, padding=1, count_include_pad=False).tolist() == [[[[3]]]]
    y = F.adaptive_avg_pool2d(x, 1)
    y.sum().backward()
    assert abs(y.item() - 5) < 1e-12 and np.allclose(x.grad.data, 1 / 9)
    assert F.adaptive_avg_pool2d(x, (2, 3)).tolist() == [[[[2.5, 3.5, 4.5], [5.5, 6.5, 7.5]]]]
    assert F.adaptive_max_pool2d(x, (1, 2)).tolist() == [[[[8, 9]]]]


def test_repeated_pixels_by_hand():
    x = tensor(np.array([[[1.0, 2, 3]]]), requires_grad=True)
    y = F.interpolate(x, 7)
    assert y.tolist() == [[[1, 1, 1, 2, 2, 3, 3]]]
    (y * tensor(np.arange(7.0))).sum().backward()
    assert x.grad.tolist() == [[[0 + 1 + 2, 3 + 4, 5 + 6]]]


FUNCTIONS = {
    "max_pool2d": lambda lib, x: lib.F.max_pool2d(x, 3, 2, 1),
    "max_pool1d": lambda lib, x: lib.F.max_pool1d(x[0], 3, 2),
    "avg_pool2d": lambda lib, x: lib.F.avg_pool2d(x, 3, 2, 1),
    "avg_pool1d": lambda lib, x: lib.F.avg_pool1d(x[0], 3, 2),
    "adaptive_avg_pool2d": lambda lib, x: lib.F.adaptive_avg_pool2d(x, 3),
    "adaptive_max_pool2d": lambda lib, x: lib.F.adaptive_max_pool2d(x, 3),
    "interpolate": lambda lib, x: lib.F.interpolate(x, 3),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_views_float32_reuse_and_no_grad(name):
    f = FUNCTIONS[name]
    check_parity(lambda lib, x: f(lib, x.transpose(2, 3)) + f(lib, x), normal(0, (2, 3, 7, 7)))
    x = randn(2, 3, 7, 5).requires_grad_()
    y = f(OURS, x)
    y.backward(ones(*y.shape))
    assert y.dtype == x.grad.dtype == float32
    with no_grad():
        assert (f(OURS, x).data == y.data).all() and not f(OURS, x).requires_grad


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"max_pool2d", "max_pool1d", "adaptive_max_pool2d"}))
def test_linear_ones_are_adjoint(name):
    """⟨f(u), g⟩ = ⟨u, ∂x⟩ for any u."""
    f = FUNCTIONS[name]
    x, u = tensor(normal(0, (2, 3, 7, 5)), requires_grad=True), normal(1, (2, 3, 7, 5))
    y = f(OURS, x)
    g = normal(2, y.shape)
    y.backward(tensor(g))
    np.testing.assert_allclose((f(OURS, tensor(u)).data * g).sum(), (u * x.grad.data).sum(), rtol=1e-10)


def test_images_of_whole_numbers_have_a_maximum():
    x = np.arange(-30, 0).reshape(1, 1, 5, 6)
    same(F.max_pool2d(tensor(x), 2, padding=1), torch.nn.functional.max_pool2d(torch.tensor(x), 2, padding=1))


# Layers -----------------------------------------------------------------------------------------------------

LAYERS = {
    "MaxPool1d": (lambda lib: lib.nn.MaxPool1d(2), 1),
    "MaxPool1d with options": (lambda lib: lib.nn.MaxPool1d(3, 3, 1, 2, ceil_mode=True), 1),
    "MaxPool2d": (lambda lib: lib.nn.MaxPool2d(2), 2),
    "MaxPool2d with options": (lambda lib: lib.nn.MaxPool2d((3, 2), (4, 3), (1, 0), (1, 2), ceil_mode=True), 2),
    "AvgPool1d": (lambda lib: lib.nn.AvgPool1d(2), 1),
    "AvgPool1d with options": (lambda lib: lib.nn.AvgPool1d(3, 4, 1, True, False), 1),
    "AvgPool2d": (lambda lib: lib.nn.AvgPool2d(2), 2),
    "AvgPool2d with options": (lambda lib: lib.nn.AvgPool2d((3, 2), 2, (1, 0), True, False), 2),
    "AdaptiveAvgPool2d": (lambda lib: lib.nn.AdaptiveAvgPool2d(1), 2),
    "AdaptiveAvgPool2d of two": (lambda lib: lib.nn.AdaptiveAvgPool2d((None, 3)), 2),
    "AdaptiveMaxPool2d": (lambda lib: lib.nn.AdaptiveMaxPool2d((2, 3)), 2),
    "Upsample": (lambda lib: lib.nn.Upsample(scale_factor=2), 2),
    "Upsample to a size": (lambda lib: lib.nn.Upsample(size=(3, 11)), 2),
    "Upsample by two": (lambda lib: lib.nn.Upsample(scale_factor=(2, 1.5)), 2),
    "Upsample 1": (lambda lib: lib.nn.Upsample(9), 1),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    make, dims = LAYERS[name]
    assert repr(make(OURS)) == repr(make(THEIRS))
    check_parity(lambda lib, x: make(lib)(x), normal(0, (2, 3, 7, 5)[: 2 + dims]))
    assert not list(make(OURS).parameters()) and make(OURS).state_dict() == {}


@pytest.mark.parametrize("name", sorted({name.split()[0] for name in LAYERS}))
def test_a_reader_can_look_a_layer_up(name):
    ours, theirs = inspect.signature(getattr(nn, name)), inspect.signature(getattr(torch.nn, name))
    for parameter in ours.parameters.values():
        assert theirs.parameters[parameter.name].default == parameter.default
    positional = [p.name for p in ours.parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
    assert positional == list(theirs.parameters)[: len(positional)]  # given without names they mean the same
    function = name.replace("Adaptive", "Adaptive_").replace("Pool", "_pool").replace("Upsample", "interpolate").lower()
    assert f"F.{function}" in inspect.getsource(getattr(nn, name)) and f"F.{function}" in getattr(nn, name).__doc__


# Errors -----------------------------------------------------------------------------------------------------

x = ones(2, 3, 7, 5)
ERRORS = {
    "kernel": (
        lambda: F.max_pool2d(x, (2, 6)),
        ValueError,
        r"max_pool2d: wanted a kernel that fits .* \(7, 5\), got one that spans \(2, 6\)",
    ),
    "kernel 1": (
        lambda: F.avg_pool1d(x[0], 6),
        ValueError,
        r"avg_pool1d: wanted a kernel .* \(5,\), got one that spans \(6,\)",
    ),
    "kernel 0": (lambda: F.avg_pool2d(x, 0), ValueError, "avg_pool2d: kernel_size: wanted a whole number from 1"),
    "stride": (
        lambda: F.max_pool2d(x, 2, stride=0),
        ValueError,
        "max_pool2d: stride: wanted a whole number from 1 .* got 0",
    ),
    "padding": (
        lambda: F.max_pool2d(x, 2, padding=2),
        ValueError,
        r"max_pool2d: wanted a padding of at most half the kernel, \(1, 1\), got \(2, 2\)",
    ),
    "padding −1": (
        lambda: F.avg_pool2d(x, 2, padding=-1),
        ValueError,
        "avg_pool2d: padding: wanted a whole number from 0",
    ),
    "dilation": (
        lambda: F.max_pool1d(x[0], 2, dilation=0),
        ValueError,
        "max_pool1d: dilation: wanted a whole number from 1",
    ),
    "dims": (
        lambda: F.max_pool2d(x[0, 0], 2),
        ValueError,
        r"max_pool2d: wanted shape \(N, C, H, W\) or \(C, H, W\), got \(7, 5\)",
    ),
    "dims 1": (
        lambda: F.avg_pool1d(x, 2),
        ValueError,
        r"avg_pool1d: wanted shape \(N, C, L\) or \(C, L\), got \(2, 3, 7, 5\)",
    ),
    "mean of whole numbers": (
        lambda: F.avg_pool2d(x.long(), 2),
        TypeError,
        r"wanted floating-point numbers, got int64; use .float\(\)",
    ),
    "maximum of bools": (
        lambda: F.max_pool2d(x > 0, 2),
        TypeError,
        "max_pool2d: wanted floating-point numbers, got bool",
    ),
    "no tensor": (lambda: F.max_pool2d([[1.0]], 2), TypeError, "max_pool2d: wanted a tensor of images, got list"),
    "adaptive size": (
        lambda: F.adaptive_avg_pool2d(x, 0),
        ValueError,
        "adaptive_avg_pool2d: output_size: wanted a whole number from 1",
    ),
    "adaptive sizes": (
        lambda: F.adaptive_max_pool2d(x, (1, 2, 3)),
        ValueError,
        "adaptive_max_pool2d: output_size: wanted .* 2 of them",
    ),
    "adaptive dims": (
        lambda: F.adaptive_avg_pool2d(x[0, 0], 1),
        ValueError,
        r"adaptive_avg_pool2d: wanted shape .* got \(7, 5\)",
    ),
    "neither": (lambda: F.interpolate(x), ValueError, "interpolate: wanted size or scale_factor, got neither"),
    "both": (lambda: F.interpolate(x, 3, 2), ValueError, "interpolate: wanted size or scale_factor, got both"),
    "mode": (
        lambda: F.interpolate(x, 3, mode="bilinear"),
        ValueError,
        "interpolate: mode: wanted one of nearest, got str 'bilinear'",
    ),
    "mode of the layer": (
        lambda: nn.Upsample(9, mode="linear")(x),
        ValueError,
        "interpolate: mode: .* got str 'linear'",
    ),
    "size 0": (lambda: F.interpolate(x, 0), ValueError, "interpolate: size: wanted a whole number from 1"),
    "tiny factor": (
        lambda: F.interpolate(x, scale_factor=0.1),
        ValueError,
        "interpolate: the new size: wanted a whole number from 1",
    ),
    "factor 0": (
        lambda: F.interpolate(x, scale_factor=0),
        ValueError,
        "interpolate: scale_factor: wanted a number above 0, got int 0",
    ),
    "factors": (
        lambda: F.interpolate(x, scale_factor=(1, 2, 3)),
        ValueError,
        "interpolate: scale_factor: wanted a number or 2 of them, got",
    ),
    "interpolate dims": (
        lambda: F.interpolate(x[0, 0], 3),
        ValueError,
        r"interpolate: wanted shape \(N, C, H, W\) or \(N, C, L\), got \(7, 5\)",
    ),
    "interpolate whole numbers": (
        lambda: F.interpolate(x.long(), 3),
        TypeError,
        "interpolate: wanted floating-point numbers, got int64",
    ),
    "interpolate no tensor": (lambda: F.interpolate(3, 3), ValueError, r"interpolate: wanted shape .* got \(\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
