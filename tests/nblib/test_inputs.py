"""Bad input: every error says what was wanted and what came."""

import numpy as np
import pytest

from nblib import _inputs


@pytest.mark.parametrize(
    "value, words",
    [
        ("abc", "wanted an array of shape (N, 2), got str 'abc'"),
        (None, "got NoneType None"),
        ([["a", "b"]], "got list"),
        ([[1, 2], [3]], "got list"),
        (np.zeros((3, 2), complex), "complex128 array of shape (3, 2)"),
        (np.zeros((3, 4)), "wanted an array of shape (N, 2), got shape (3, 4)"),
        (np.zeros(3), "got shape (3,)"),
        (np.zeros((0, 2)), "got an empty array"),
        (np.array([[1, np.nan]]), "1 NaN or infinite of 2"),
    ],
)
def test_array_says_what_was_wanted_and_what_came(value, words):
    with pytest.raises((TypeError, ValueError), match="^X: wanted") as error:
        _inputs.array(value, "X", shape=("N", 2))
    assert words in str(error.value)


def test_array_keeps_what_is_right():
    X = np.arange(6.0).reshape(3, 2)
    assert _inputs.array(X, "X", shape=("N", 2)) is X
    assert _inputs.array([[True, False]], "X").dtype == float


@pytest.mark.parametrize("value", [[0.5], [-1], ["cat"], [[0, 1]], [], [np.nan]])
def test_labels_are_whole_numbers_from_zero(value):
    with pytest.raises((TypeError, ValueError), match="y: wanted"):
        _inputs.labels(value, "y")


def test_labels_out_of_range_name_the_range():
    with pytest.raises(ValueError, match="wanted labels from 0 to 2, got 3"):
        _inputs.labels([0, 3], "y", classes=3)


def test_examples_must_belong_together():
    with pytest.raises(ValueError, match=r"y: wanted an array of shape \(3,\), got shape \(2,\)"):
        _inputs.examples(np.zeros((3, 2)), [0, 1])


@pytest.mark.parametrize(
    "check, value",
    [
        (_inputs.number, "1"),
        (_inputs.number, True),
        (_inputs.number, np.nan),
        (_inputs.number, 5),
        (_inputs.whole, 1.5),
        (_inputs.whole, True),
        (_inputs.whole, -1),
        (_inputs.whole, 99),
    ],
)
def test_numbers_out_of_range(check, value):
    with pytest.raises((TypeError, ValueError), match="lr: wanted"):
        check(value, "lr", 0, 2)


@pytest.mark.parametrize("seed", [None, "0", -1, 1.5, np.random.RandomState(0)])
def test_generator_wants_a_seed_or_a_generator(seed):
    with pytest.raises(TypeError, match="rng: wanted a seed"):
        _inputs.generator(seed)


def test_generator_passes_a_generator_on():
    rng = np.random.default_rng(3)
    assert _inputs.generator(rng) is rng
    assert _inputs.generator(7).random() == np.random.default_rng(7).random()


def test_one_of_names_the_options():
    with pytest.raises(ValueError, match="theme: wanted one of light, dark, got str 'blue'"):
        _inputs.one_of("blue", "theme", ("light", "dark"))
