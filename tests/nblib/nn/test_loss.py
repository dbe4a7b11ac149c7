"""Losses with weights, ignored labels, smoothing and more dims, and similarities, against PyTorch."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, check_parity, same

from nblib import nn
from nblib.autograd import arange, float32, int64, ones, randn, tensor, zeros
from nblib.nn import functional as F

SETTINGS = settings(deadline=None, derandomize=True, max_examples=25)
SIZES = st.sampled_from([1, 2, 3, 5, 7])
SEEDS = st.integers(0, 10_000)
REDUCTIONS = st.sampled_from(["mean", "sum", "none"])


def scores(shape, seed, ignore=None):
    """Scores of a shape (N, C, …), labels, and class weights; some of the labels are `ignore`, but not all."""
    rng = np.random.default_rng(seed)
    shape_y, classes = (shape[:1] + shape[2:], shape[1]) if len(shape) > 1 else ((), shape[0])
    y = rng.integers(0, classes, shape_y)
    if ignore is not None and y.size > 1:
        y[rng.random(shape_y) < 0.4] = ignore
        y.flat[0] = classes - 1
    return 3 * rng.standard_normal(shape), y, rng.random(classes) + 0.1


# Of scores and labels ---------------------------------------------------------------------------------------


@given(
    shape=st.lists(SIZES, min_size=1, max_size=4).map(tuple),
    reduction=REDUCTIONS,
    smoothing=st.sampled_from([0, 0.1, 1]),
    weighted=st.booleans(),
    ignore=st.sampled_from([None, -100, -1]),
    seed=SEEDS,
)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_cross_entropy(shape, reduction, smoothing, weighted, ignore, seed):
    x, y, w = scores(shape, seed, ignore)
    options = {
        "reduction": reduction,
        "label_smoothing": smoothing,
        **({} if ignore is None else {"ignore_index": ignore}),
    }

    def f(lib, x, y):
        return lib.F.cross_entropy(x, y, weight=lib.tensor(w) if weighted else None, **options)

    check_parity(f, x, y)


@given(
    shape=st.lists(SIZES, min_size=1, max_size=4).map(tuple),
    reduction=REDUCTIONS,
    smoothing=st.sampled_from([0, 0.3]),
    weighted=st.booleans(),
    seed=SEEDS,
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_cross_entropy_with_probabilities(shape, reduction, smoothing, weighted, seed):
    """Both have a gradient, as in distillation."""
    x, _, w = scores(shape, seed)
    q = np.random.default_rng(seed).random(shape)

    def f(lib, x, q):
        return lib.F.cross_entropy(
            x, q, lib.tensor(w) if weighted else None, reduction=reduction, label_smoothing=smoothing
        )

    check_parity(f, x, q)


@given(
    shape=st.lists(SIZES, min_size=1, max_size=4).map(tuple),
    reduction=REDUCTIONS,
    weighted=st.booleans(),
    ignore=st.sampled_from([-100, 0, 2]),
    seed=SEEDS,
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_nll_loss(shape, reduction, weighted, ignore, seed):
    x, y, w = scores(shape, seed, ignore)
    if (y == ignore).all():
        reduction = "sum"

    def f(lib, x, y):
        return lib.F.nll_loss(x, y, lib.tensor(w) if weighted else None, ignore_index=ignore, reduction=reduction)

    check_parity(f, x, y)


@given(
    n=SIZES,
    classes=SIZES,
    p=st.sampled_from([1, 2]),
    margin=st.sampled_from([-1.5, -0.5, 0, 1, 2.5]),
    weighted=st.booleans(),
    reduction=REDUCTIONS,
    single=st.booleans(),
    seed=SEEDS,
)
@settings(deadline=None, derandomize=True, max_examples=80)
def test_the_hinge_loss(n, classes, p, margin, weighted, reduction, single, seed):
    x, y, w = scores((classes,) if single else (n, classes), seed)

    def f(lib, x, y):
        return lib.F.multi_margin_loss(x, y, p, margin, lib.tensor(w) if weighted else None, reduction=reduction)

    check_parity(f, x, y)


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_ignored_labels_have_no_say(smoothing):
    x, y, w = scores((7, 5), 0)
    y[[1, 4]] = -100
    logits = tensor(x, requires_grad=True)
    loss = F.cross_entropy(logits, tensor(y), label_smoothing=smoothing)
    loss.backward()
    kept = y != -100
    same(loss, F.cross_entropy(tensor(x[kept]), tensor(y[kept]), label_smoothing=smoothing))
    assert not logits.grad.data[~kept].any() and logits.grad.data[kept].all()


def test_where_nothing_counts_a_mean_is_refused_and_a_sum_is_zero():
    """PyTorch's mean is NaN: a batch of padding would turn all weights into NaN without a word."""
    x, y = tensor(np.ones((3, 5)), requires_grad=True), tensor([-100] * 3)
    for f in (
        F.cross_entropy,
        F.nll_loss,
        lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1),
        lambda x, y: F.cross_entropy(x, tensor([0, 0, 0]), tensor([0.0, 1, 1, 1, 1])),
    ):
        with pytest.raises(
            ValueError, match="wanted a label that counts for a mean, got only ignored ones or weights of 0"
        ):
            f(x, y)
    for options in ({}, {"label_smoothing": 0.2}):
        loss = F.cross_entropy(x, y, reduction="sum", **options)
        loss.backward()
        assert loss.item() == 0 and not x.grad.data.any()
    assert F.nll_loss(x, y, reduction="none").tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "name",
    [
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "kl_div",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "cross_entropy",
        "nll_loss",
        "multi_margin_loss",
    ],
)
def test_an_empty_batch(name):
    labelled = name in ("cross_entropy", "nll_loss", "multi_margin_loss")
    x, y = np.ones((0, 5)), np.ones(0, int) if labelled else np.ones((0, 5))
    with pytest.raises(ValueError, match=rf"{name}: wanted at least one example for a mean, got losses of shape \(0,"):
        getattr(F, name)(tensor(x), tensor(y))
    for reduction in ("sum", "none"):
        check_parity(lambda lib, x, y: getattr(lib.F, name)(x, y, reduction=reduction), x, y)


def test_extreme_logits_with_every_option():
    x = np.array([[1000.0, 0, -1000], [-1000, 1000, 1], [0, 0, 0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for options in ({"label_smoothing": 0.1}, {"ignore_index": 1}, {"reduction": "none"}):
            check_parity(lambda lib, x, y: lib.F.cross_entropy(x, y, **options), x, np.array([2, 1, 0]))
        check_parity(
            lambda lib, x, y: lib.F.binary_cross_entropy_with_logits(
                x, y, pos_weight=lib.tensor(np.array([3.0, 1, 0.5]))
            ),
            x,
            (x > 0) * 1.0,
        )


def test_what_does_not_count_may_be_impossible():
    """A class that is masked out, with a logit of −∞: 0 · log 0 is 0, which PyTorch knows for ignored labels alone."""
    x = np.array([[-np.inf, 0, 1], [2, -np.inf, 0.5]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for reduction in ("mean", "sum", "none"):
            for y in ([-100, 0], [2, -100], [1, 2]):
                check_parity(lambda lib, x, y: lib.F.cross_entropy(x, y, reduction=reduction), x, np.array(y))
        check_parity(lambda lib, x, y: lib.F.cross_entropy(x, y), x, np.array([-100, 2]))
        q = np.array([[0, 0.25, 0.75], [0.5, 0, 0.5]])
        expected = F.cross_entropy(tensor(np.where(np.isinf(x), -1e3, x)), tensor(q))
        same(F.cross_entropy(tensor(x), tensor(q)), expected)
        w = tensor(np.array([0.0, 0, 1]))
        assert F.cross_entropy(tensor(x), tensor([0, 2]), w).item() == pytest.approx(np.log1p(np.exp(1.5)))


# Of two tensors of one shape --------------------------------------------------------------------------------

ALIKE = {
    "smooth_l1_loss": lambda lib, x, y, **o: lib.F.smooth_l1_loss(x, y, **o),
    "smooth_l1_loss 0.3": lambda lib, x, y, **o: lib.F.smooth_l1_loss(x, y, beta=0.3, **o),
    "smooth_l1_loss 0": lambda lib, x, y, **o: lib.F.smooth_l1_loss(x, y, beta=0, **o),
    "huber_loss": lambda lib, x, y, **o: lib.F.huber_loss(x, y, **o),
    "huber_loss 0.3": lambda lib, x, y, **o: lib.F.huber_loss(x, y, delta=0.3, **o),
    "huber_loss 3": lambda lib, x, y, **o: lib.F.huber_loss(x, y, delta=3, **o),
    "mse_loss": lambda lib, x, y, **o: lib.F.mse_loss(x, y, **o),
    "l1_loss": lambda lib, x, y, **o: lib.F.l1_loss(x, y, **o),
    "kl_div": lambda lib, x, y, **o: lib.F.kl_div(x, y.exp() if lib is OURS else y.exp(), **o),
    "kl_div of logs": lambda lib, x, y, **o: lib.F.kl_div(x, y, log_target=True, **o),
    "binary_cross_entropy": lambda lib, x, y, **o: lib.F.binary_cross_entropy(lib.sigmoid(x), lib.sigmoid(y), **o),
}


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize("name", ALIKE)
@given(shape=st.lists(SIZES, max_size=3).map(tuple), reduction=REDUCTIONS, seed=SEEDS)
@SETTINGS
def test_losses_of_two_alike(name, shape, reduction, seed):
    x, y = (1.5 * np.random.default_rng(seed).standard_normal(shape) for seed in (seed, seed + 1))
    if x.size > 1:
        y.flat[0] = x.flat[0]  # a difference of exactly 0
    check_parity(lambda lib, x, y: ALIKE[name](lib, x, y, reduction=reduction), x, y)


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div of logs"])
def test_losses_of_nan_and_infinity(name):
    x = np.array([np.nan, np.inf, -np.inf, 1, 0.2, 0, 3])
    with np.errstate(invalid="ignore"):
        check_parity(lambda lib, x: ALIKE[name](lib, x, lib.tensor(np.full(7, 0.2)), reduction="sum"), x)


@pytest.mark.parametrize("shape", [(3,), (3, 5), (2, 3, 5)])
def test_the_divergence_of_each_example_on_average(shape):
    x, y = (np.random.default_rng(seed).standard_normal(shape) for seed in (0, 1))
    check_parity(lambda lib, x, y: lib.F.kl_div(x, lib.F.softmax(y, dim=-1), reduction="batchmean"), x, y)
    check_parity(lambda lib, x, y: lib.F.kl_div(x, y, reduction="batchmean", log_target=True), x, y)
    p = F.softmax(tensor(x), -1)
    assert F.kl_div(p.log(), p, reduction="batchmean").item() == pytest.approx(0, abs=1e-12)


def test_an_outcome_without_probability_adds_nothing():
    x, y = tensor(np.log([0.5, 0.5, 1e-3])), tensor(np.array([1.0, 0, 0]), requires_grad=True)
    loss = F.kl_div(x, y, reduction="sum")
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2)) and np.isfinite(y.grad.data).all()


def test_binary_cross_entropy_at_its_ends():
    x, y = np.array([0.0, 1, 0, 1, 0.5, 1e-200]), np.array([0.0, 1, 1, 0, 0.3, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_parity(
            lambda lib, x: lib.F.binary_cross_entropy(x, lib.tensor(y), reduction="none"), x, tolerance=1e-7
        )  # PyTorch divides by a 1e-12 of single precision
        q = tensor(y, requires_grad=True)
        F.binary_cross_entropy(tensor(x), q).backward()  # where PyTorch has ±∞, although the loss is finite
    assert q.grad.tolist() == pytest.approx([100 / 6, -100 / 6, 100 / 6, -100 / 6, 0, 100 / 6])


@pytest.mark.parametrize("name", ["binary_cross_entropy", "binary_cross_entropy_with_logits"])
@pytest.mark.parametrize("shape", [(5,), (1,), (3, 5), (3, 1), ()])
def test_weights_of_binary_cross_entropy(name, shape):
    rng = np.random.default_rng(0)
    x, y, w = rng.random((3, 5)), rng.random((3, 5)), rng.random(shape)
    for reduction in ("mean", "sum", "none"):
        check_parity(lambda lib, x, y: getattr(lib.F, name)(x, y, weight=lib.tensor(w), reduction=reduction), x, y)


@given(
    shape=st.lists(SIZES, min_size=1, max_size=3).map(tuple), reduction=REDUCTIONS, weighted=st.booleans(), seed=SEEDS
)
@SETTINGS
def test_weights_of_positive_examples(shape, reduction, weighted, seed):
    rng = np.random.default_rng(seed)
    x, y, w, p = 4 * rng.standard_normal(shape), rng.random(shape), rng.random(shape), 3 * rng.random(shape[-1:])

    def f(lib, x, y):
        return lib.F.binary_cross_entropy_with_logits(
            x, y, weight=lib.tensor(w) if weighted else None, pos_weight=lib.tensor(p), reduction=reduction
        )

    check_parity(f, x, y)


# Similarity -------------------------------------------------------------------------------------------------


@given(shape=st.lists(SIZES, min_size=1, max_size=3).map(tuple), data=st.data(), seed=SEEDS)
@SETTINGS
def test_cosine_similarity(shape, data, seed):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    other = tuple(data.draw(st.sampled_from([1, size])) for size in shape)
    x, y = (np.random.default_rng(s).standard_normal(size) for s, size in ((seed, shape), (seed + 1, other)))
    check_parity(
        lambda lib, x, y: (
            F.cosine_similarity(x, y, dim) if lib is OURS else torch.nn.functional.cosine_similarity(x, y, dim)
        ),
        x,
        y,
    )


@given(
    shape=st.lists(SIZES, min_size=1, max_size=3).map(tuple),
    p=st.sampled_from([1, 1.5, 2, 3]),
    data=st.data(),
    seed=SEEDS,
)
@SETTINGS
def test_normalize(shape, p, data, seed):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    check_parity(lambda lib, x: lib.F.normalize(x, p=p, dim=dim), np.random.default_rng(seed).standard_normal(shape))


@given(
    shape=st.lists(SIZES, min_size=1, max_size=3).map(tuple),
    p=st.sampled_from([1, 1.5, 2, 3]),
    keepdim=st.booleans(),
    seed=SEEDS,
)
@SETTINGS
def test_pairwise_distance(shape, p, keepdim, seed):
    x, y = (np.random.default_rng(s).standard_normal(shape) for s in (seed, seed + 1))
    check_parity(lambda lib, x, y: lib.F.pairwise_distance(x, y, p=p, keepdim=keepdim), x, y)


def test_vectors_of_length_0():
    zero = np.array([[0.0, 0, 0], [3, 0, 4]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f in [
            lambda lib, x: lib.F.normalize(x),
            lambda lib, x: lib.F.normalize(x, p=1),
            lambda lib, x: lib.F.cosine_similarity(x, lib.tensor(np.ones((2, 3)))),
            lambda lib, x: lib.F.pairwise_distance(x, lib.tensor(zero)),
        ]:
            check_parity(f, zero)
        tiny = np.array([[1e-14, -2e-14, 3e-14]])  # shorter than ε, which then stands for the length
        check_parity(lambda lib, x: lib.F.normalize(x) * 1e-12, tiny)
        check_parity(lambda lib, x: lib.F.normalize(x, p=3) * 1e-12, tiny)
        x = tensor(1e5 * tiny, requires_grad=True)  # of such vectors the cosine is linear in x
        F.cosine_similarity(x, tensor(np.array([[0.0, 3, 4]]))).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), np.array([[0, 0.6, 0.8]]) / 1e-8, rtol=1e-12)


# As modules, in float32, and errors -------------------------------------------------------------------------

w3 = np.array([0.2, 1, 3])
MODULES = {
    "CrossEntropyLoss": lambda lib: lib.nn.CrossEntropyLoss(lib.tensor(w3), ignore_index=2, label_smoothing=0.1),
    "NLLLoss": lambda lib: lib.nn.NLLLoss(lib.tensor(w3), ignore_index=1, reduction="sum"),
    "MultiMarginLoss": lambda lib: lib.nn.MultiMarginLoss(2, -0.5, lib.tensor(w3), reduction="none"),
    "BCEWithLogitsLoss": lambda lib: lib.nn.BCEWithLogitsLoss(lib.tensor(w3), pos_weight=lib.tensor(w3[::-1].copy())),
    "BCELoss": lambda lib: lib.nn.BCELoss(lib.tensor(w3), reduction="sum"),
    "SmoothL1Loss": lambda lib: lib.nn.SmoothL1Loss(beta=0.2),
    "HuberLoss": lambda lib: lib.nn.HuberLoss("sum", 0.2),
    "KLDivLoss": lambda lib: lib.nn.KLDivLoss(reduction="batchmean", log_target=True),
    "MSELoss": lambda lib: lib.nn.MSELoss(reduction="none"),
    "L1Loss": lambda lib: lib.nn.L1Loss(reduction="sum"),
    "CosineSimilarity": lambda lib: lib.nn.CosineSimilarity(-1, 1e-3),
    "PairwiseDistance": lambda lib: lib.nn.PairwiseDistance(3, 1e-3, True),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    x, labelled = np.random.default_rng(0).random((5, 3)), name in ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss")
    y = np.array([0, 2, 1, 1, 0]) if labelled else np.random.default_rng(1).random((5, 3))
    check_parity(lambda lib, x, y: MODULES[name](lib)(x, y), x, y)
    ours, theirs = MODULES[name](OURS), MODULES[name](THEIRS)
    assert list(ours.state_dict()) == list(theirs.state_dict()) and not list(ours.parameters())


FLOAT32 = {
    "weights": lambda x: F.cross_entropy(x, arange(3), tensor(np.ones(5))),
    "smoothing": lambda x: F.cross_entropy(x, arange(3), label_smoothing=np.float64(0.1)),
    "ignored": lambda x: F.cross_entropy(x, tensor([0, -100, 1])),
    "probabilities": lambda x: F.cross_entropy(x, ones(3, 5), tensor(np.ones(5))),
    "nll": lambda x: F.nll_loss(x, tensor([0, -100, 1]), tensor(np.ones(5))),
    "hinge": lambda x: F.multi_margin_loss(x, arange(3), 2, 0.5, tensor(np.ones(5)), reduction="none"),
    "smooth": lambda x: F.smooth_l1_loss(x, ones(3, 5), beta=np.float64(0.3)),
    "huber": lambda x: F.huber_loss(x, ones(3, 5), delta=np.float64(0.3)),
    "kl": lambda x: F.kl_div(x, ones(3, 5), reduction="batchmean"),
    "bce": lambda x: F.binary_cross_entropy(x.sigmoid(), ones(3, 5), tensor(np.ones(5))),
    "positive": lambda x: F.binary_cross_entropy_with_logits(x, ones(3, 5), pos_weight=tensor(np.ones(5))),
    "cosine": lambda x: F.cosine_similarity(x, ones(3, 5)),
    "normalize": lambda x: F.normalize(x, p=np.float64(3)),
    "distance": lambda x: F.pairwise_distance(x, ones(3, 5), p=1.5),
}


@pytest.mark.parametrize("name", FLOAT32)
def test_float32_stays_float32(name):
    x = randn(3, 5, requires_grad=True)
    y = FLOAT32[name](x)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == float32


x35, y3 = ones(3, 5), arange(3)
ERRORS = {
    "labels of an image": (
        lambda: F.cross_entropy(ones(2, 3, 5, 5), zeros(2, 5, dtype=int64)),
        ValueError,
        r"wanted shapes \(N, C, …\) and \(N, …\) for the labels, got \(2, 3, 5, 5\) and \(2, 5\)$",
    ),
    "no classes": (lambda: F.cross_entropy(ones(2, 0), zeros(2, dtype=int64)), ValueError, r"got \(2, 0\) and \(2,\)"),
    "one number": (lambda: F.cross_entropy(tensor(1.0), tensor(0)), ValueError, r"got \(\) and \(\)"),
    "whole scores": (
        lambda: F.cross_entropy(arange(3).reshape(1, 3), tensor([0])),
        TypeError,
        r"cross_entropy: wanted floating-point numbers, got int64; use \.float\(\)",
    ),
    "a label beside the ignored one": (
        lambda: F.cross_entropy(x35, tensor([-1, -100, 5])),
        IndexError,
        "cross_entropy: wanted whole numbers from 0 to 4, got -1",
    ),
    "classes": (
        lambda: F.cross_entropy(x35, y3, ones(3)),
        ValueError,
        r"cross_entropy: wanted a weight of shape \(5,\), got \(3,\)",
    ),
    "classes of probabilities": (
        lambda: F.cross_entropy(x35, x35, ones(3)),
        ValueError,
        r"weight of shape \(5,\), got \(3,\)",
    ),
    "weights with a gradient": (lambda: F.cross_entropy(x35, y3, ones(5, requires_grad=True)), TypeError, "vjp"),
    "smoothing": (
        lambda: F.cross_entropy(x35, y3, label_smoothing=1.5),
        ValueError,
        "cross_entropy: label_smoothing: wanted a number from 0 to 1, got 1.5",
    ),
    "reduction": (
        lambda: F.nll_loss(x35, y3, reduction="avg"),
        ValueError,
        "nll_loss: reduction: wanted one of mean, sum, none",
    ),
    "batch mean": (lambda: F.kl_div(x35, x35, reduction="batch"), ValueError, "one of batchmean, mean, sum, none"),
    "hinge of images": (
        lambda: F.multi_margin_loss(ones(2, 3, 5), zeros(2, 5, dtype=int64)),
        ValueError,
        r"multi_margin_loss: wanted shapes \(N, C\) and \(N,\), got \(2, 3, 5\) and \(2, 5\)",
    ),
    "power": (lambda: F.multi_margin_loss(x35, y3, 3), ValueError, "p: wanted a whole number from 1 to 2, got 3"),
    "beta": (lambda: F.smooth_l1_loss(x35, x35, beta=-1), ValueError, "beta: wanted a number from 0"),
    "delta": (lambda: F.huber_loss(x35, x35, delta=0), ValueError, "huber_loss: wanted delta > 0, got 0"),
    "logits": (
        lambda: F.binary_cross_entropy(x35 * 3, x35),
        ValueError,
        "probabilities from 0 to 1, got 3 to 3; for logits there is binary_cross_entropy_with_logits",
    ),
    "a weight that does not fit": (
        lambda: F.binary_cross_entropy(x35, x35, ones(3)),
        ValueError,
        r"weight: wanted a shape that broadcasts to \(3, 5\), got \(3,\)",
    ),
    "a weight of more dims": (
        lambda: F.binary_cross_entropy_with_logits(x35, x35, pos_weight=ones(2, 3, 5)),
        ValueError,
        r"pos_weight: wanted a shape that broadcasts to \(3, 5\), got \(2, 3, 5\)",
    ),
    "whole differences": (lambda: F.mse_loss(y3, y3), TypeError, "mse_loss: wanted floating-point numbers, got int64"),
    "vectors": (lambda: F.cosine_similarity(x35, ones(3, 4)), ValueError, r"broadcast .* got \(3, 5\) and \(3, 4\)"),
    "a dim": (lambda: F.normalize(x35, dim=(0, 1)), TypeError, "normalize: wanted a whole number as dim, got tuple"),
    "another dim": (lambda: F.cosine_similarity(x35, x35, None), TypeError, "a whole number as dim, got NoneType"),
    "numbers": (
        lambda: F.pairwise_distance(tensor(1.0), tensor(2.0)),
        ValueError,
        r"wanted vectors \(…, D\), got \(\) and \(\)",
    ),
    "power of a norm": (lambda: F.normalize(x35, p=0), ValueError, "normalize: wanted p > 0, got 0"),
    "reduction of a module": (
        lambda: nn.MSELoss(reduction="avg"),
        ValueError,
        "MSELoss: reduction: wanted one of mean",
    ),
    "weight of a module": (
        lambda: nn.CrossEntropyLoss([1.0, 2]),
        TypeError,
        r"a tensor as weight, got list \[1.0, 2\]",
    ),
    "a reduction as weight": (lambda: nn.CrossEntropyLoss("sum"), TypeError, "did you mean reduction='sum'?"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
