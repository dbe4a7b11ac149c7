"""Convolution against torch and against a masked dense matrix; its layers; its errors in words."""

import gc
import inspect
import itertools
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, check_parity, same

from nblib import nn
from nblib.autograd import float32, float64, manual_seed, no_grad, ones, randn, set_default_dtype, tensor
from nblib.nn import functional as F
from nblib.nn.functional import conv, windows

SETTINGS = settings(deadline=None, derandomize=True, max_examples=60)
SEEDS = st.integers(0, 10_000)
OPERATIONS = {1: "conv1d", 2: "conv2d"}


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


@pytest.fixture
def in_float64():
    set_default_dtype(float64)
    yield
    set_default_dtype(float32)


# Against torch ----------------------------------------------------------------------------------------------


@st.composite
def convolutions(draw):
    """Shapes and options of a convolution: batch () is one image without a batch."""
    dims = draw(st.sampled_from([1, 2]))
    groups, channels, filters = draw(
        st.sampled_from([(1, 3, 5), (1, 1, 2), (2, 3, 1), (3, 1, 2), (5, 1, 1), (2, 1, 1), (1, 1, 1)])
    )

    def several(*values):
        return tuple(draw(st.sampled_from(values)) for _ in range(dims))

    size, kernel, stride, dilation = several(5, 7, 11), several(1, 2, 3, 5), several(1, 2, 3), several(1, 1, 2)
    padding = draw(st.sampled_from([several(0, 1, 2, 3), several(0, 1), "same", "valid"]))
    stride = (1,) * dims if padding == "same" else stride
    if padding == "same":  # of an even total: torch warns otherwise, and is compared below
        kernel = tuple(k + (k % 2 == 0) for k in kernel)
    room = (10 if padding == "same" else 0,) * dims if isinstance(padding, str) else padding
    assume(all(n + 2 * p >= d * (k - 1) + 1 for n, p, d, k in zip(size, room, dilation, kernel)))
    batch = draw(st.sampled_from([(), (1,), (2,), (3,)]))
    shapes = (*batch, groups * channels, *size), (groups * filters, channels, *kernel), (groups * filters,)
    return dims, shapes, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


@given(case=convolutions(), bias=st.booleans(), block=st.sampled_from([1, 100, 2**18]), seed=SEEDS)
@SETTINGS
def test_convolutions(case, bias, block, seed):
    """Whatever the options, and with however many images or channels at once."""
    dims, shapes, options = case
    before, windows.BLOCK = windows.BLOCK, block
    try:
        check_parity(
            lambda lib, *arrays: getattr(lib.F, OPERATIONS[dims])(*arrays, **options),
            *normal(seed, *shapes[: 2 + bias]),
        )
    finally:
        windows.BLOCK = before


@pytest.mark.parametrize("dims", [1, 2])
@pytest.mark.parametrize("kernel, dilation", [(2, 1), (4, 1), (2, 3)])
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_same_padding_puts_the_odd_zero_behind(dims, kernel, dilation):
    check_parity(
        lambda lib, x, w: getattr(lib.F, OPERATIONS[dims])(x, w, padding="same", dilation=dilation),
        *normal(0, (2, 3, *(7, 11)[:dims]), (5, 3, *[kernel] * dims)),
    )


@pytest.mark.parametrize("groups, filters", [(1, 5), (6, 6), (3, 6)], ids=["plain", "depthwise", "grouped"])
def test_strides_and_views(groups, filters):
    """Inputs that are no contiguous arrays, or read-only, and a gradient that is a view."""
    x, w, b = normal(0, (11, 7, 6, 3), (3, 3, 6 // groups, filters), (2 * filters,))
    x, w, b = x.transpose(3, 2, 1, 0)[:, :, ::-1], w.transpose(3, 2, 0, 1), b[::2]
    x.flags.writeable = False
    check_parity(
        lambda lib, x, w, b: lib.F.conv2d(x, w, b, padding=1, groups=groups).transpose(1, 3),
        *map(np.ascontiguousarray, (x, w, b)),
    )
    ours = [tensor(np.zeros(a.shape), requires_grad=True) for a in (x, w, b)]
    for t, a in zip(ours, (x, w, b)):
        t.data = a  # the view itself: tensor() would copy it
    assert not ours[0].data.flags.c_contiguous
    F.conv2d(*ours, padding=1, groups=groups).transpose(1, 3).sum().backward()
    theirs = [torch.tensor(np.ascontiguousarray(a), requires_grad=True) for a in (x, w, b)]
    torch.nn.functional.conv2d(*theirs, padding=1, groups=groups).sum().backward()
    for a, b in zip(ours, theirs):
        same(a.grad, b.grad)


@pytest.mark.parametrize("groups", [1, 4], ids=["plain", "depthwise"])
def test_an_input_used_twice_as_image_and_as_kernel(groups):
    """Gradients from two places add; the second convolution meets the first one's result."""
    x, w = normal(0, (3, 4, 7, 5), (4, 4 // groups, 3, 3))

    def twice(lib, x, w):
        y = lib.F.conv2d(x, w, padding=1, groups=groups)
        return lib.F.conv2d(y * x, w, padding=1, groups=groups) + lib.F.conv2d(x, w, padding=1, groups=groups)

    check_parity(twice, x, w)
    check_parity(lambda lib, x: lib.F.conv2d(x, x, padding=2), normal(0, (3, 3, 5, 5))[0])


@pytest.mark.parametrize("C, groups", [(3, 1), (2, 2)], ids=["plain", "depthwise"])
def test_an_empty_batch(C, groups):
    check_parity(
        lambda lib, x, w, b: lib.F.conv2d(x, w, b, groups=groups),
        *normal(0, (0, C, 7, 5), (2, C // groups, 3, 3), (2,)),
    )


# By hand, and as other things ------------------------------------------------------------------------------


def test_the_smallest_case_by_hand():
    """The 3×3 image 1…9, the kernel (1, 0; 0, −1), a loss that weighs the four outputs 1, 2, 3, 4."""
    x = tensor(np.arange(1.0, 10).reshape(1, 1, 3, 3), requires_grad=True)
    w = tensor(np.array([[[[1.0, 0], [0, -1]]]]), requires_grad=True)
    b = tensor(np.array([10.0]), requires_grad=True)
    y = F.conv2d(x, w, b)
    assert y.tolist() == [[[[6, 6], [6, 6]]]]  # 10 + x[p, q] − x[p + 1, q + 1]: no kernel is flipped
    (y * tensor(np.array([[1.0, 2], [3, 4]]))).sum().backward()
    assert w.grad.tolist() == [[[[37, 47], [67, 77]]]]  # 1·1 + 2·2 + 3·4 + 4·5, …
    assert x.grad.tolist() == [[[[1, 2, 0], [3, 3, -2], [0, -3, -4]]]]
    assert b.grad.tolist() == [10]


@given(case=convolutions(), seed=SEEDS)
@settings(SETTINGS, max_examples=30)
def test_a_convolution_is_a_dense_layer_with_most_weights_zero_and_the_others_shared(case, seed):
    """Row by row, the matrix is the convolution of each unit image; it has as many zeros as it must."""
    dims, (x_shape, w_shape, _), options = case
    x, w = normal(seed, (2, *x_shape[-dims - 1 :]), w_shape)
    f = getattr(F, OPERATIONS[dims])
    n = x[0].size
    matrix = f(tensor(np.eye(n).reshape(n, *x.shape[1:])), tensor(w), **options).data.reshape(n, -1)
    y = f(tensor(x), tensor(w), **options)
    np.testing.assert_allclose(x.reshape(2, n) @ matrix, y.data.reshape(2, -1), atol=1e-12)
    assert set(np.unique(matrix)) <= {0, *w.ravel()}
    assert np.count_nonzero(matrix, axis=0).max() <= w[0].size


@given(case=convolutions(), seed=SEEDS)
@settings(SETTINGS, max_examples=30)
def test_the_backward_passes_are_adjoint(case, seed):
    """⟨conv(u, w), g⟩ = ⟨u, ∂x⟩ and ⟨conv(x, v), g⟩ = ⟨v, ∂w⟩ for any u and v: the convolution is linear in each."""
    dims, (x_shape, w_shape, _), options = case
    x, w, u, v = normal(seed, x_shape, w_shape, x_shape, w_shape)
    f = getattr(F, OPERATIONS[dims])
    tx, tw = tensor(x, requires_grad=True), tensor(w, requires_grad=True)
    y = f(tx, tw, **options)
    (g,) = normal(seed + 1, y.shape)
    y.backward(tensor(g))
    of_u, of_v = f(tensor(u), tw, **options), f(tx, tensor(v), **options)
    np.testing.assert_allclose((of_u.data * g).sum(), (u * tx.grad.data).sum(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose((of_v.data * g).sum(), (v * tw.grad.data).sum(), rtol=1e-9, atol=1e-9)


def test_it_moves_with_the_image():
    x, w = normal(0, (1, 2, 11, 13), (3, 2, 3, 3))
    moved = np.roll(x, (2, 1), (2, 3))
    y, z = F.conv2d(tensor(x), tensor(w)).data, F.conv2d(tensor(moved), tensor(w)).data
    np.testing.assert_allclose(z[:, :, 2:, 1:], y[:, :, :-2, :-1], atol=1e-12)


@pytest.mark.parametrize(
    "size, kernel, stride, padding, dilation",
    list(itertools.product([5, 7, 8], [1, 2, 3, 5], [1, 2, 3], [0, 1, 2], [1, 2])),
)
def test_output_size(size, kernel, stride, padding, dilation):
    fits = [
        start
        for start in range(0, size + 2 * padding, stride)  # counted, not computed
        if start + dilation * (kernel - 1) < size + 2 * padding
    ]
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    if fits:
        y = F.conv2d(ones(1, 1, size, size), ones(1, 1, kernel, kernel), **options)
        assert y.shape == (1, 1, len(fits), len(fits))
        assert len(fits) == (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    else:
        with pytest.raises(ValueError, match="fits into the padded image"):
            F.conv2d(ones(1, 1, size, size), ones(1, 1, kernel, kernel), **options)


# What it does and does not do ------------------------------------------------------------------------------


@pytest.mark.parametrize("groups, width", [(1, 11), (4, 11), (4, 101), (2, 11)])
def test_float32_stays_float32(groups, width):
    x, w, b = (t.requires_grad_() for t in (randn(3, 4, 7, width), randn(4, 4 // groups, 3, 3), randn(4)))
    y = F.conv2d(x, w, b, padding=1, groups=groups)
    y.backward(ones(*y.shape))
    assert {t.dtype for t in (y, x.grad, w.grad, b.grad)} == {float32}


def test_wide_depthwise_images():
    """From a width on, columns are used instead of band matrices."""
    assert conv.WIDE < 67
    check_parity(
        lambda lib, x, w, b: lib.F.conv2d(x, w, b, padding=1, groups=3), *normal(0, (2, 3, 5, 67), (3, 1, 3, 3), (3,))
    )


@pytest.mark.parametrize("way, options", [("by_bands", {}), ("_by_columns", {"dilation": (2, 1)})])
def test_which_way_a_depthwise_convolution_goes(monkeypatch, way, options):
    used = []
    for name in ("by_bands", "_by_columns"):
        f = getattr(conv, name)
        monkeypatch.setattr(conv, name, lambda *a, name=name, f=f: used.append(name) or f(*a))
    F.conv2d(ones(1, 3, 7, 7), ones(3, 1, 3, 3), groups=3, **options)
    assert used == [way]


def test_a_first_layer_computes_no_gradient_of_its_input(monkeypatch):
    folded = []
    fold = windows.Windows.fold
    monkeypatch.setattr(windows.Windows, "fold", lambda *a: folded.append(1) or fold(*a))
    w = randn(5, 3, 3, 3).requires_grad_()
    F.conv2d(randn(2, 3, 7, 7), w).sum().backward()
    assert w.grad.shape == w.shape and not folded
    F.conv2d(randn(2, 3, 7, 7).requires_grad_(), w).sum().backward()
    assert folded


@pytest.mark.parametrize("channels, made", [(3, 1), (7, 2)])
def test_columns_are_kept_only_where_they_are_small(monkeypatch, channels, made):
    """With 3 channels in and 16 out they are made once, with more channels again in backward."""
    unfolded = []
    unfold = windows.Windows.unfold
    monkeypatch.setattr(windows.Windows, "unfold", lambda *a: unfolded.append(1) or unfold(*a))
    F.conv2d(randn(2, channels, 7, 7), randn(16, channels, 3, 3).requires_grad_()).sum().backward()
    assert len(unfolded) == made


@pytest.mark.parametrize("groups", [1, 16], ids=["plain", "depthwise"])
def test_no_grad_records_nothing_and_gives_the_same(groups):
    x, w = randn(2, 16, 7, 7), randn(16, 16 // groups, 3, 3).requires_grad_()
    y = F.conv2d(x, w, groups=groups)
    with no_grad():
        z = F.conv2d(x, w, groups=groups)
    assert y.requires_grad and not z.requires_grad and z.is_leaf
    assert (y.data == z.data).all()


@pytest.mark.parametrize(
    "channels, groups, peak_of", [(16, 1, 4), (16, 16, 5.2), (3, 1, 28)], ids=["plain", "depthwise", "first layer"]
)
def test_memory_does_not_grow_and_peaks_low(channels, groups, peak_of):
    """No cycles keep arrays; columns of 16 channels, 9 times the images, are never all there at once.

    Those of 3 channels are: 9 times the images, whose outputs and gradients are 16/3 times as large as they are.
    """
    x, w = randn(200, channels, 13, 13).requires_grad_(), randn(16, channels // groups, 3, 3).requires_grad_()

    def step():
        x.grad = w.grad = None
        F.conv2d(x, w, padding=1, groups=groups).sum().backward()

    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        step()
        first = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(5):
            step()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert now - first < 20_000
    assert peak - first < peak_of * x.data.nbytes


def test_an_operation_does_not_write_into_its_inputs():
    for groups in (1, 4):
        x, w, b = normal(0, (3, 4, 7, 5), (4, 4 // groups, 3, 3), (4,))
        before = [a.copy() for a in (x, w, b)]
        ts = [tensor(a, requires_grad=True) for a in (x, w, b)]
        y = F.conv2d(*ts, padding=1, groups=groups)
        g = tensor(np.ones(y.shape))
        y.backward(g)
        assert all((t.data == a).all() for t, a in zip(ts, before)) and (g.data == 1).all()


# Layers -----------------------------------------------------------------------------------------------------

LAYERS = {
    "Conv1d": (lambda lib: lib.nn.Conv1d(3, 5, 2), (2, 3, 7)),
    "Conv1d with options": (lambda lib: lib.nn.Conv1d(4, 6, 3, 2, 1, 2, 2, False), (2, 4, 7)),
    "Conv1d same": (lambda lib: lib.nn.Conv1d(3, 5, 3, padding="same"), (3, 7)),
    "Conv2d": (lambda lib: lib.nn.Conv2d(3, 5, 3), (2, 3, 7, 5)),
    "Conv2d with options": (
        lambda lib: lib.nn.Conv2d(4, 6, (3, 1), (2, 1), (1, 0), (1, 2), 2, bias=False),
        (2, 4, 7, 5),
    ),
    "Conv2d depthwise": (lambda lib: lib.nn.Conv2d(4, 4, 3, padding=1, groups=4), (2, 4, 7, 5)),
    "Conv2d of one image": (lambda lib: lib.nn.Conv2d(3, 5, 3, padding="same"), (3, 7, 5)),
    "Conv2d valid": (lambda lib: lib.nn.Conv2d(3, 5, (3, 2), padding="valid", stride=2), (1, 3, 7, 5)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, in_float64):
    """Values, gradients, state dicts both ways, and what is printed."""
    make, shape = LAYERS[name]
    ours, theirs = make(OURS), make(THEIRS).double()
    assert repr(ours) == repr(theirs)
    assert {n: p.shape for n, p in ours.named_parameters()} == {n: tuple(p.shape) for n, p in theirs.named_parameters()}
    ours.load_state_dict(theirs.state_dict())
    (x,) = normal(0, shape)
    a, b = tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    same(ours(a), theirs(b))
    theirs.load_state_dict({n: torch.tensor(2 * t.numpy()) for n, t in ours.state_dict().items()})
    ours.load_state_dict(theirs.state_dict())
    y, z = ours(a), theirs(b)
    same(y, z)
    (y * y).sum().backward()
    (z * z).sum().backward()
    same(a.grad, b.grad)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        same(p.grad, q.grad)


def test_starting_values_are_those_of_torch():
    """Uniform between ±1/√(number of inputs of a filter), weight and bias; the seed decides."""
    manual_seed(0)
    layer = nn.Conv2d(6, 200, (3, 5), groups=2)
    again = nn.Conv2d(6, 200, (3, 5), groups=2)
    manual_seed(0)
    same_seed = nn.Conv2d(6, 200, (3, 5), groups=2)
    bound = 1 / np.sqrt(3 * 3 * 5)
    torch_weight = torch.nn.Conv2d(6, 200, (3, 5), groups=2).weight.detach().numpy()
    for values in (layer.weight.data, layer.bias.data, torch_weight):
        assert 0.95 * bound < np.abs(values).max() <= bound
        assert abs(values.std() - bound / np.sqrt(3)) < 0.07 * bound
        assert abs(values.mean()) < 5 * bound / np.sqrt(3 * values.size)
    assert (layer.weight.data == same_seed.weight.data).all() and (layer.weight.data != again.weight.data).any()
    assert layer.weight.dtype == float32 and layer.double().weight.dtype == float64


@pytest.mark.parametrize("name", ["Conv1d", "Conv2d"])
def test_a_reader_can_look_a_layer_up(name):
    ours, theirs = inspect.signature(getattr(nn, name)), inspect.signature(getattr(torch.nn, name))
    for parameter in ours.parameters.values():
        assert theirs.parameters[parameter.name].default == parameter.default
    assert list(ours.parameters) == list(theirs.parameters)[: len(ours.parameters)]
    assert f"F.{name.lower()}" in inspect.getsource(getattr(nn, name)) and "W[k, c, i" in getattr(nn, name).__doc__


def test_the_same_network_trains_alike_in_both_libraries(in_float64):
    def make(lib):
        return lib.nn.Sequential(
            lib.nn.Conv2d(1, 3, 3, padding=1),
            lib.nn.BatchNorm2d(3),
            lib.nn.ReLU(),
            lib.nn.MaxPool2d(2),
            lib.nn.Conv2d(3, 3, 3, groups=3),
            lib.nn.Conv2d(3, 5, 1),
            lib.nn.ReLU(),
            lib.nn.AdaptiveAvgPool2d(1),
            lib.nn.Flatten(),
            lib.nn.Linear(5, 3),
        )

    ours, theirs = make(OURS), make(THEIRS).double()
    ours.load_state_dict(theirs.state_dict())
    losses = []
    for lib, model in ((OURS, ours), (THEIRS, theirs)):
        optimizer, rng = lib.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), np.random.default_rng(0)
        for _ in range(6):
            X, y = lib.tensor(rng.standard_normal((7, 1, 8, 8))), lib.tensor(rng.integers(0, 3, 7))
            optimizer.zero_grad()
            loss = lib.F.cross_entropy(model(X), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    np.testing.assert_allclose(losses[:6], losses[6:], rtol=1e-9)


# Errors -----------------------------------------------------------------------------------------------------

x, w = ones(2, 3, 7, 5), ones(4, 3, 3, 3)
ERRORS = {
    "channels": (
        lambda: F.conv2d(x, ones(4, 2, 3, 3)),
        ValueError,
        r"wanted 2 channels for a weight of shape \(4, 2, 3, 3\), got 3 ",
    ),
    "channels of groups": (
        lambda: F.conv2d(ones(2, 6, 7, 5), ones(4, 1, 3, 3), groups=2),
        ValueError,
        r"wanted 2 channels .* and 2 groups, got 6 in an input of shape \(2, 6, 7, 5\)",
    ),
    "kernel": (
        lambda: F.conv2d(x, ones(4, 3, 3, 7)),
        ValueError,
        r"wanted a kernel that fits .* padded image, \(7, 5\), got one that spans \(3, 7\); use .*padding",
    ),
    "kernel 1": (
        lambda: F.conv1d(ones(2, 3, 5), ones(4, 3, 7)),
        ValueError,
        r"padded image, \(5,\), got one that spans \(7,\)",
    ),
    "dilated kernel": (lambda: F.conv2d(x, w, dilation=3), ValueError, r"\(7, 5\), got .* \(7, 7\)"),
    "groups": (
        lambda: F.conv2d(x, w, groups=2),
        ValueError,
        "wanted groups that divide 3 channels and 4 filters, got 2",
    ),
    "groups 0": (lambda: F.conv2d(x, w, groups=0), ValueError, "groups: wanted a whole number from 1"),
    "whole numbers": (
        lambda: F.conv2d(tensor(np.ones((1, 3, 5, 5), int)), w),
        TypeError,
        r"wanted floating-point numbers, got int64; use .float\(\)",
    ),
    "dtypes": (
        lambda: F.conv2d(x.double(), w),
        TypeError,
        r"wanted an input of dtype float32, got float64; use .to\(dtype\)",
    ),
    "dtype of bias": (
        lambda: F.conv2d(x, w, ones(4).double()),
        TypeError,
        "wanted an input of dtype float64, got float32",
    ),
    "two dims": (
        lambda: F.conv2d(ones(7, 5), w),
        ValueError,
        r"wanted shape \(N, C, H, W\) or \(C, H, W\), got \(7, 5\)",
    ),
    "five dims": (lambda: F.conv2d(ones(1, 2, 3, 7, 5), w), ValueError, r"\(C, H, W\), got \(1, 2, 3, 7, 5\)"),
    "dims 1": (lambda: F.conv1d(ones(1, 2, 3, 7), ones(4, 2, 3)), ValueError, r"wanted shape \(N, C, L\) or \(C, L\)"),
    "weight": (
        lambda: F.conv2d(x, ones(4, 3, 3)),
        ValueError,
        r"wanted a weight \(K, C / groups, KH, KW\), got .*\(4, 3, 3\)",
    ),
    "no filters": (lambda: F.conv2d(x, ones(0, 3, 3, 3)), ValueError, r"wanted a weight .* got .*\(0, 3, 3, 3\)"),
    "no tensor": (
        lambda: F.conv2d([[1.0]], w),
        TypeError,
        r"wanted a tensor of images, got list .*; make one with tensor",
    ),
    "bias": (
        lambda: F.conv2d(x, w, ones(3)),
        ValueError,
        r"wanted a bias of shape \(4,\), one number a filter, got .*\(3,\)",
    ),
    "bias True": (lambda: F.conv2d(x, w, True), ValueError, r"wanted a bias of shape \(4,\), .* got bool True"),
    "stride 0": (lambda: F.conv2d(x, w, stride=0), ValueError, "stride: wanted a whole number from 1 to inf, got 0"),
    "half a stride": (lambda: F.conv2d(x, w, stride=0.5), TypeError, "stride: wanted a whole number, got float 0.5"),
    "three strides": (
        lambda: F.conv2d(x, w, stride=(1, 2, 3)),
        ValueError,
        r"stride: wanted a whole number or 2 of them, got tuple",
    ),
    "dilation 0": (lambda: F.conv2d(x, w, dilation=(1, 0)), ValueError, "dilation: wanted a whole number from 1"),
    "padding −1": (
        lambda: F.conv2d(x, w, padding=-1),
        ValueError,
        "padding: wanted a whole number from 0 to inf, got -1",
    ),
    "padding word": (
        lambda: F.conv2d(x, w, padding="full"),
        ValueError,
        "padding: wanted one of valid, same, got str 'full'",
    ),
    "same with stride": (
        lambda: F.conv2d(x, w, stride=(1, 2), padding="same"),
        ValueError,
        r"wanted stride 1 with padding='same', got \(1, 2\); give the padding as a number",
    ),
    "layer: groups": (
        lambda: nn.Conv2d(3, 4, 3, groups=2),
        ValueError,
        "Conv2d: wanted groups that divide 3 channels and 4",
    ),
    "layer: same with stride": (
        lambda: nn.Conv1d(3, 4, 3, 2, "same"),
        ValueError,
        "Conv1d: wanted stride 1 with padding='same'",
    ),
    "layer: channels": (lambda: nn.Conv2d(0, 4, 3), ValueError, "Conv2d: in_channels: wanted a whole number from 1"),
    "layer: kernel": (lambda: nn.Conv2d(3, 4, 0), ValueError, "Conv2d: kernel_size: wanted a whole number from 1"),
    "layer: padding": (
        lambda: nn.Conv2d(3, 4, 3, padding=-1),
        ValueError,
        "Conv2d: padding: wanted a whole number from 0",
    ),
    "layer: padding word": (lambda: nn.Conv2d(3, 4, 3, padding="full"), ValueError, "Conv2d: padding: wanted one of"),
    "layer: image": (lambda: nn.Conv2d(3, 4, 3)(ones(2, 7, 5, 3)), ValueError, "wanted 3 channels .* got 7"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words) as error:
        call()
    assert str(error.value).lower().startswith(("conv1d: ", "conv2d: "))
