"""Differences in words, and values as texts."""

import numpy as np
import pytest

from nblib.checks.diagnosis import difference, trend
from nblib.checks.words import show


class FakeTensor:
    def __init__(self, data):
        self.data = np.array(data)

    def detach(self):
        return self

    def numpy(self):
        return self.data


SAME = [
    (1, 1.0), (True, 1), (np.float32(0.1), 0.1), (np.array(2.0), 2), ("a", "a"), (None, None),
    ([1, 2], (1, 2)), (np.array([1, 2]), [1, 2]), (np.array([True]), np.array([1])),
    ({"a": 1}, {"a": 1.0}), ({1}, {1}),
    (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])), (np.array(["a"]), ["a"]),
    (FakeTensor([1]), np.ones(1)),
]  # fmt: skip
DIFFERENT = [
    (1, 2), (True, 0), ("a", "b"), (None, 0), (0, None), ([1, 2], [2, 1]), ([1], [1, 2]), ([1, 2], [1]),
    ({"a": 1}, {"b": 1}), (np.array([1.0]), np.array([np.nan])), (np.array([np.inf]), np.array([-np.inf])),
    ("1", 1), (1, "1"), ({1}, {2}), (np.array(["a"]), ["b"]), (np.ones((2, 1)), np.ones(2)), ({}, []),
    (FakeTensor([1]), np.zeros(1)), (1j, 1),
]  # fmt: skip


@pytest.mark.parametrize("yours, expected", SAME)
def test_the_same(yours, expected):
    assert difference(yours, expected, 1e-6) is None


@pytest.mark.parametrize("yours, expected", DIFFERENT)
def test_different(yours, expected):
    assert difference(yours, expected, 1e-6) is not None


@pytest.mark.parametrize("seed", range(5))
def test_tolerance_is_relative_to_one_plus_the_expected(seed):
    expected = np.random.default_rng(seed).normal(scale=100, size=7)
    slack = 1e-3 * (1 + np.abs(expected))
    assert difference(expected + 0.99 * slack, expected, 1e-3) is None
    assert difference(expected + 1.01 * slack, expected, 1e-3) is not None


def test_a_square_result_can_be_transposed():
    A = np.arange(9.0).reshape(3, 3)
    assert difference(A.T, A, 1e-6).sentence == "it is transposed: rows and columns are swapped"
    assert difference(np.ones((3, 2)), np.ones((2, 3)), 1e-6).sentence == (
        "wanted shape (2, 3), got shape (3, 2): it is transposed"
    )


def test_the_wrong_order_of_classes_says_nothing():
    expected = np.array([0, 1, 1, 0, 1])
    assert difference(expected[::-1], expected, 1e-6).sentence is None
    assert "wrong order" in difference(np.array([3, 1, 2]), np.array([1, 2, 3]), 1e-6).sentence
    assert difference(np.array([2, 0, -2]), np.array([-2, 0, 2]), 1e-6).sentence is None  # rather the sign


def test_large_arrays_are_shown_where_they_differ():
    yours, expected = np.zeros((20, 30)), np.zeros((20, 30))
    yours[10, 4] = 1
    found = difference(yours, expected, 1e-6)
    assert found.yours == "shape (20, 30), from [10, 2] on: 0, 0, 1, 0, 0, 0, …"
    assert found.expected == "shape (20, 30), from [10, 2] on: 0, 0, 0, 0, 0, 0, …"
    yours[:], yours[-1, -1] = 0, 1
    assert "from [19, 24] on: 0, 0, 0, 0, 0, 1" in difference(yours, expected, 1e-6).yours


SHOWN = [
    (None, "None"), (..., "..."), (True, "True"), (np.bool_(False), "False"), (3, "3"), (np.int64(3), "3"),
    (-0.0, "0"), (1 / 3, "0.3333"), (1e-9, "1e-09"), (123456.0, "1.235e+05"),
    (10**30, "a whole number of more than 20 digits"),
    ("two words", "'two words'"), ("a" * 99, "'" + "a" * 80 + "'…"), ([1, (2.5, "a")], "[1, (2.5, 'a')]"),
    ({"w": np.ones(2)}, "{'w': [1, 1]}"), (np.zeros((0, 3)), "[] of shape (0, 3)"),
    (np.eye(2), "[[1, 0], [0, 1]]"),
    (np.array([True, False]), "[True, False]"), (list(range(99)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
    (np.exp, "the function exp"), (np.random.default_rng(0), "a Generator"), (FakeTensor([[1.5]]), "[[1.5]]"),
]  # fmt: skip


@pytest.mark.parametrize("value, text", SHOWN)
def test_show(value, text):
    assert show(value) == text


def test_values_that_look_alike_get_more_digits():
    found = difference(0.50001, 0.5, 1e-6)
    assert (found.yours, found.expected) == ("0.50001", "0.5")


def test_a_trend_needs_more_than_one_number():
    assert trend([3.0], [1.0], 1e-6) is None
    assert trend([3.0, 3.0], [1.0, 1.0], 1e-6) is None
    assert trend([3.0, {"a": 6.0}], [1.0, {"a": 2.0}], 1e-6) == "yours is 3 times the expected everywhere"
    assert trend([0.0, 0.0], [1.0, 2.0], 1e-6) is None
    assert trend([np.nan, 6.0], [1.0, 2.0], 1e-6) is None
