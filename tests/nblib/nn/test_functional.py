"""Activations, losses and layers against torch.nn.functional, and their errors in words."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, check_parity, same

from nblib.autograd import arange, float32, float64, int64, manual_seed, ones, randn, tensor, zeros
from nblib.nn import functional as F

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
PRIMES = st.sampled_from([1, 2, 3, 5, 7])
SEVERAL = st.sampled_from([2, 3, 5, 7])
SEEDS = st.integers(0, 10_000)
REDUCTIONS = ["mean", "sum", "none"]


def normal(seed, *shapes, scale=2.0):
    rng = np.random.default_rng(seed)
    return [scale * rng.standard_normal(shape) for shape in shapes]


# Activations ------------------------------------------------------------------------------------------------

ACTIVATIONS = {
    "relu": lambda lib, x: lib.F.relu(x),
    "sigmoid": lambda lib, x: lib.F.sigmoid(x),
    "tanh": lambda lib, x: lib.F.tanh(x),
    "leaky_relu": lambda lib, x: lib.F.leaky_relu(x),
    "leaky_relu 0.3": lambda lib, x: lib.F.leaky_relu(x, negative_slope=0.3),
    "elu": lambda lib, x: lib.F.elu(x),
    "elu 0.7": lambda lib, x: lib.F.elu(x, alpha=0.7),
    "selu": lambda lib, x: lib.F.selu(x),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(shape=st.lists(PRIMES, max_size=3).map(tuple), seed=SEEDS)
@SETTINGS
def test_activations(name, shape, seed):
    check_parity(ACTIVATIONS[name], *normal(seed, shape))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_at_the_kink_and_far_away(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_parity(ACTIVATIONS[name], np.array([0.0, -0.0, 1000, -1000, 1e-300]))


@given(shape=st.lists(PRIMES, min_size=1, max_size=4), one=st.booleans(), seed=SEEDS)
@SETTINGS
def test_prelu(shape, one, seed):
    x, w = normal(seed, shape, (1 if one or len(shape) == 1 else shape[1],))
    x.flat[0] = 0
    check_parity(lambda lib, x, w: lib.F.prelu(x, w), x, w)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@given(shape=st.lists(PRIMES, min_size=1, max_size=3), seed=SEEDS, data=st.data())
@SETTINGS
def test_softmax(name, shape, seed, data):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    check_parity(lambda lib, x: getattr(lib.F, name)(x, dim=dim), *normal(seed, shape))


# Losses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "binary_cross_entropy_with_logits"])
@given(shape=st.lists(PRIMES, min_size=1, max_size=3).map(tuple), seed=SEEDS)
@SETTINGS
def test_losses_of_two_alike(name, reduction, shape, seed):
    x, y = normal(seed, shape, shape)
    y = 1 / (1 + np.exp(-y))
    check_parity(lambda lib, x, y: getattr(lib.F, name)(x, y, reduction=reduction), x, y)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss", "multi_margin_loss"])
@given(n=PRIMES, classes=PRIMES, seed=SEEDS)
@SETTINGS
def test_losses_of_labels(name, reduction, n, classes, seed):
    (x,) = normal(seed, (n, classes))
    y = np.random.default_rng(seed).integers(0, classes, n)
    check_parity(lambda lib, x, y: getattr(lib.F, name)(x, y, reduction=reduction), x, y)


@pytest.mark.parametrize("margin", [0.5, 2.0])
def test_margin_and_ties_of_the_hinge_loss(margin):
    x = np.array([[1.0, 1 - margin, 3], [2, 2, 2]])  # x₁ − x₀ + margin is exactly 0
    check_parity(lambda lib, x, y: lib.F.multi_margin_loss(x, y, margin=margin), x, np.array([0, 2]))


def test_the_hinge_loss_of_the_lectures_is_classes_times_this_one():
    x = tensor([[3.2, 5.1, -1.7]])
    assert 3 * F.multi_margin_loss(x, tensor([0])).item() == pytest.approx(2.9, abs=1e-6)


@pytest.mark.parametrize("size", [1000.0, -1000.0])
@pytest.mark.parametrize("dtype, tolerance", [("f8", 1e-10), ("f4", 1e-6)])
def test_huge_logits(size, dtype, tolerance):
    logits, labels = np.array([[size, 0, -size], [0, size, 1]], dtype), np.array([2, 0])
    targets = (logits > 0).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f in [
            lambda lib, x, y, t: lib.F.cross_entropy(x, y),
            lambda lib, x, y, t: lib.F.softmax(x, dim=1),
            lambda lib, x, y, t: lib.F.log_softmax(x, dim=1),
            lambda lib, x, y, t: lib.F.multi_margin_loss(x, y),
            lambda lib, x, y, t: lib.F.binary_cross_entropy_with_logits(x, t),
        ]:
            check_parity(f, logits, labels, targets, tolerance=tolerance)


def test_the_gradient_of_cross_entropy_is_prediction_minus_target():
    (x,) = normal(0, (5, 3))
    labels = tensor([0, 2, 1, 1, 0])
    logits = tensor(x, requires_grad=True)
    F.cross_entropy(logits, labels).backward()
    expected = (F.softmax(logits.detach(), 1) - F.one_hot(labels, 3)) / 5
    np.testing.assert_allclose(logits.grad.numpy(), expected.numpy(), atol=1e-12)


# Layers -----------------------------------------------------------------------------------------------------


@given(batch=st.lists(PRIMES, max_size=2), inputs=PRIMES, outputs=PRIMES, bias=st.booleans(), seed=SEEDS)
@SETTINGS
def test_linear(batch, inputs, outputs, bias, seed):
    arrays = normal(seed, (*batch, inputs), (outputs, inputs), *[(outputs,)] * bias)
    check_parity(lambda lib, x, *parameters: lib.F.linear(x, *parameters), *arrays)


@pytest.mark.parametrize("batch", [(), (3,), (2, 3), (0,)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear_with_one_row_of_weights(batch, bias):
    def f(lib, x, weight, *bias):  # PyTorch refuses a bias with it for x (N, D), and only there
        return F.linear(x, weight, *bias) if lib is OURS else sum(bias, lib.F.linear(x, weight))

    check_parity(f, *normal(0, (*batch, 5), (5,), *[()] * bias))


@pytest.mark.parametrize("sizes", [(0, 3, 5), (7, 0, 5), (7, 3, 0)])
def test_linear_of_nothing(sizes):
    n, inputs, outputs = sizes
    x, w, b = normal(0, (n, inputs), (outputs, inputs), (outputs,))
    check_parity(lambda lib, x, w, b: lib.F.linear(x, w, b), x, w, b)


@given(shape=st.lists(PRIMES, max_size=3), words=SEVERAL, size=PRIMES, seed=SEEDS)
@SETTINGS
def test_embedding_adds_up_repeated_words(shape, words, size, seed):
    chosen = np.random.default_rng(seed).integers(0, words, shape)
    check_parity(lambda lib, weight, i: lib.F.embedding(i, weight), *normal(seed, (words, size)), chosen)


@given(shape=st.lists(PRIMES, max_size=3), seed=SEEDS)
@SETTINGS
def test_one_hot(shape, seed):
    labels = np.random.default_rng(seed).integers(0, 5, shape)
    for classes in [(), (5,)]:
        ours = F.one_hot(tensor(labels), *classes)
        theirs = torch.nn.functional.one_hot(torch.tensor(labels), *classes)
        assert ours.tolist() == theirs.tolist() and str(theirs.dtype) == f"torch.{ours.dtype}"


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("affine", [True, False])
@given(
    shape=st.tuples(SEVERAL, PRIMES) | st.tuples(PRIMES, PRIMES, SEVERAL) | st.tuples(PRIMES, PRIMES, SEVERAL, PRIMES),
    seed=SEEDS,
)
@SETTINGS
def test_batch_norm(training, affine, shape, seed):
    x, w, b, mean, var = normal(seed, shape, *[(shape[1],)] * 4)
    running = []

    def f(lib, x, *parameters):
        running.append((lib.tensor(mean), lib.tensor(var**2 + 0.1)))
        return lib.F.batch_norm(x, *running[-1], *parameters, training=training, momentum=0.3, eps=1e-3)

    check_parity(f, x, *[w, b] * affine)
    for ours, theirs in zip(*running):
        same(ours, theirs)


def test_dropout_keeps_the_mean_and_drops_the_same_in_both_directions():
    manual_seed(0)
    x = ones(200, 300, requires_grad=True)
    y = F.dropout(x, 0.3)
    y.sum().backward()
    assert set(np.unique(y.detach().numpy()).tolist()) == {0, np.float32(1 / 0.7)}
    assert abs((y.detach().numpy() == 0).mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 60_000)
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
    assert y.dtype == float32


def test_dropout_at_its_ends():
    x = ones(3, 5)
    assert F.dropout(x, 0.9, training=False) is x and F.dropout(x, 0) is x
    assert F.dropout(x, 1).tolist() == zeros(3, 5).tolist()


# Float32 and errors -----------------------------------------------------------------------------------------

LABELS = tensor([0, 2, 1])
FLOAT32 = {
    **{name: lambda x, f=f: f(OURS, x) for name, f in ACTIVATIONS.items()},
    "prelu": lambda x: F.prelu(x, tensor([0.3])),
    "softmax": lambda x: F.softmax(x, 1),
    "log_softmax": lambda x: F.log_softmax(x, 1),
    "mse": lambda x: F.mse_loss(x, ones(3, 5)),
    "l1": lambda x: F.l1_loss(x, ones(3, 5)),
    "bce": lambda x: F.binary_cross_entropy_with_logits(x, ones(3, 5)),
    "cross-entropy": lambda x: F.cross_entropy(x, LABELS),
    "nll": lambda x: F.nll_loss(x, LABELS),
    "hinge": lambda x: F.multi_margin_loss(x, LABELS),
    "dropout": lambda x: F.dropout(x, 0.3),
    "linear": lambda x: F.linear(x, ones(2, 5), ones(2)),
    "embedding": lambda x: F.embedding(LABELS, x),
    "batch norm": lambda x: F.batch_norm(x, zeros(5), ones(5), ones(5), ones(5), training=True),
    "batch norm eval": lambda x: F.batch_norm(x, zeros(5), ones(5), ones(5), ones(5)),
}


@pytest.mark.parametrize("name", FLOAT32)
def test_float32_stays_float32(name):
    x = randn(3, 5, requires_grad=True)
    y = FLOAT32[name](x)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == float32


def test_batch_norm_keeps_the_running_statistics_in_float32():
    mean, var = zeros(5), ones(5)
    F.batch_norm(randn(3, 5), mean, var, training=True)
    assert mean.dtype == var.dtype == float32


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "binary_cross_entropy_with_logits"])
def test_a_column_does_not_fit_a_vector(name):
    for shapes in [((3, 1), (3,)), ((3,), (3, 1)), ((1,), ()), ((3, 1), (1, 3))]:
        with pytest.raises(ValueError, match=f"{name}: wanted two tensors of one shape, got ") as error:
            getattr(F, name)(*map(zeros, shapes))
        assert str(error.value).endswith(f"got {shapes[0]} and {shapes[1]}")


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss", "multi_margin_loss"])
def test_labels_are_no_column(name):
    for shapes in [((3, 5), (3, 1)), ((3,), (3,)), ((3, 5, 1), (3,)), ((3, 5), ())]:
        with pytest.raises(ValueError, match=rf"{name}: wanted shapes \(N, C") as error:
            getattr(F, name)(zeros(shapes[0]), zeros(shapes[1], dtype=int64))
        assert str(error.value).endswith(f"got {shapes[0]} and {shapes[1]}")


x35, y3 = ones(3, 5), arange(3)
ERRORS = {
    "one-hot targets": (
        lambda: F.cross_entropy(x35, F.one_hot(y3, 5)),
        ValueError,
        r"\(N, …\) for the labels, got \(3, 5\) and \(3, 5\); probabilities are floats: use \.float\(\)",
    ),
    "another batch size": (lambda: F.nll_loss(x35, arange(4)), ValueError, r"\(3, 5\) and \(4,\)"),
    "an empty batch": (
        lambda: F.cross_entropy(x35[:0], y3[:0]),
        ValueError,
        r"at least one example for a mean, got losses of shape \(0,\)",
    ),
    "an empty batch of numbers": (lambda: F.mse_loss(ones(0), ones(0)), ValueError, r"\(0,\)"),
    "label too large": (lambda: F.cross_entropy(x35, tensor([0, 5, 1])), IndexError, "from 0 to 4, got 5"),
    "label below 0": (lambda: F.multi_margin_loss(x35, tensor([0, -1, 1])), IndexError, "from 0 to 4, got -1"),
    "labels that are floats": (
        lambda: F.cross_entropy(x35, tensor([0.0, 1, 2])),
        TypeError,
        r"whole numbers, got float32; use \.long\(\)",
    ),
    "targets that are not": (
        lambda: F.binary_cross_entropy_with_logits(ones(3), y3),
        TypeError,
        "dtype float32, got int64",
    ),
    "a list": (lambda: F.cross_entropy(x35, [0, 1, 2]), TypeError, "cross_entropy: wanted a tensor, got list"),
    "reduction": (lambda: F.mse_loss(x35, x35, reduction="max"), ValueError, "mean, sum, none"),
    "a reduction without its name": (
        lambda: F.cross_entropy(x35, y3, "sum"),
        TypeError,
        "weight: wanted a tensor, got str 'sum'",
    ),
    "a margin without its name": (
        lambda: F.multi_margin_loss(x35, y3, 0.5),
        TypeError,
        "p: wanted a whole number, got float 0.5",
    ),
    "weight": (lambda: F.linear(x35, ones(4)), ValueError, r"\(K, D\) .* got \(3, 5\) and \(4,\)"),
    "bias": (
        lambda: F.linear(x35, ones(2, 5), ones(3)),
        ValueError,
        r"for the bias, \(K,\), got \(3, 5\) and \(2, 5\) and \(3,\)",
    ),
    "bias of more dims": (lambda: F.linear(x35, ones(2, 5), ones(4, 3, 2)), ValueError, r"and \(4, 3, 2\)"),
    "features": (
        lambda: F.linear(x35, ones(2, 4)),
        ValueError,
        r"linear: wanted shapes \(…, D\), \(K, D\) and, .* got \(3, 5\) and \(2, 4\)$",
    ),
    "input that is no tensor": (lambda: F.linear([[1.0] * 5], ones(2, 5)), TypeError, "wanted a tensor, got list"),
    "a list for float64": (
        lambda: F.linear([[1.0] * 5], ones(2, 5, dtype=float64)),
        TypeError,
        "wanted a tensor, got list",
    ),
    "a bias of another dtype": (
        lambda: F.linear(x35, ones(2, 5), ones(2, dtype=float64)),
        TypeError,
        "a bias of dtype float32, got float64",
    ),
    "a number as bias": (lambda: F.linear(x35, ones(2, 5), 1.0), TypeError, "wanted a tensor, got float 1.0"),
    "an array of another dtype": (lambda: F.linear(np.ones((3, 5)), ones(2, 5)), TypeError, "float32, got float64"),
    "input of another dtype": (
        lambda: F.linear(ones(3, 5, dtype=float64), ones(2, 5)),
        TypeError,
        "dtype float32, got float64",
    ),
    "dropout": (lambda: F.dropout(x35, 1.5), ValueError, "p: wanted a number from 0 to 1, got 1.5"),
    "word out of range": (lambda: F.embedding(tensor([0, 3]), x35), IndexError, "embedding: .*from 0 to 2, got 3"),
    "word below 0": (lambda: F.embedding(tensor([0, -3]), x35), IndexError, "from 0 to 2, got -3"),
    "one-hot out of range": (lambda: F.one_hot(tensor([0, 3]), 3), IndexError, "from 0 to 2, got 3"),
    "batch of one": (
        lambda: F.batch_norm(x35[:1], zeros(5), ones(5), training=True),
        ValueError,
        "two or more numbers per feature",
    ),
    "channels": (lambda: F.batch_norm(x35, zeros(4), ones(4)), ValueError, r"shape \(N, 4, …\), got \(3, 5\)"),
    "slopes": (lambda: F.prelu(x35, ones(3)), ValueError, r"shape \(1,\) or \(5,\), got \(3,\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
