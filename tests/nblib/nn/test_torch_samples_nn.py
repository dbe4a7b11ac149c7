"""PyTorch's own sample inputs for activations, losses, linear layers and similarities: agreement, or words."""

import warnings

import pytest

torch_samples = pytest.importorskip("torch_samples")

NAMES = [
    f"nn.functional.{name}"
    for name in (
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "cosine_similarity",
        "cross_entropy",
        "elu",
        "gelu",
        "hardtanh",
        "huber_loss",
        "kl_div",
        "l1_loss",
        "leaky_relu",
        "linear",
        "logsigmoid",
        "mse_loss",
        "multi_margin_loss",
        "nll_loss",
        "normalize",
        "pairwise_distance",
        "prelu",
        "relu",
        "relu6",
        "selu",
        "silu",
        "smooth_l1_loss",
        "softplus",
    )
]
# PyTorch sends g or 0 back from a NaN, depending on whether it computes four numbers at once; here it is always g.
NAN_OR_ZERO = {f"nn.functional.{name}" for name in ("elu", "hardtanh", "relu6", "selu")}


@pytest.fixture(scope="module")
def operations():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield list(torch_samples.offered(NAMES))


def test_all_are_there(operations):
    assert {name for name, _ in operations} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_samples_agree_or_are_refused_in_words(operations, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = [
            torch_samples.outcome(name, op, sample)
            for own_name, op in operations
            if own_name == name
            for sample in torch_samples.samples(op, 30)
        ]
    found = [result for result in results if result.startswith(("differs", "unclear"))]
    assert not [result for result in found if name not in NAN_OR_ZERO or "nan" not in result]
    assert results.count("agrees") >= 3


@pytest.mark.parametrize("name", NAMES)
def test_what_pytorch_refuses_is_refused_in_words(operations, name):
    found = [
        torch_samples.refusal(name, sample)
        for own_name, op in operations
        if own_name == name
        for sample in torch_samples.wrong_samples(op)
    ]
    assert all(result.startswith("refused") for result in found)
