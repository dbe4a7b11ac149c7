"""Exercises whose answer is a value."""

import numpy as np
import pytest


def first_line(text):
    return text.splitlines()[0]


ANSWERS = [
    ("rate", ..., "rate: not attempted yet"),
    ("rate", 0.1111, "✓ rate: right"),
    ("rate", np.array(1 / 9), "✓ rate: right"),
    ("rate", 0.12, "✗ rate: that diverges"),
    ("rate", 18, "✗ rate: that diverges"),
    ("rate", 0.1, "✗ rate: that is not it"),
    ("rate", "a ninth", "✗ rate: wanted a number, got a string"),
    ("rate", [1 / 9], "✗ rate: wanted a number, got a list of 1"),
    ("rate", None, "✗ rate: wanted a number, got None"),
    ("rate", abs, "✗ rate: wanted a number, got the function abs"),
    ("colours", {"sky": ..., "grass": ...}, "colours: not attempted yet"),
    ("colours", {"sky": "blue", "grass": ...}, "✗ colours: still without an answer: 'grass'"),
    ("colours", {"sky": "blue", "grass": "green"}, "✓ colours: right"),
    ("colours", {"sky": "green", "grass": "blue"}, "✗ colours: they are swapped"),
    ("colours", {"sky": "blue", "grass": "blue"}, "✗ colours: 1 of 2 are right; look again at 'grass'"),
    ("colours", {"sky": "blue"}, "✗ colours: wanted the keys ['sky', 'grass'], got ['sky']"),
    ("colours", {}, "✗ colours: wanted the keys ['sky', 'grass'], got []"),
    ("colours", "blue", "✗ colours: wanted a dict of 2, got a string"),
]


@pytest.mark.parametrize("name, attempt, said", ANSWERS)
def test_answers(exercises, name, attempt, said):
    assert first_line(exercises.verdict(name, attempt)) == said


def test_the_right_answer_is_not_given_away(exercises):
    assert "0.11" not in exercises.verdict("rate", 0.2)
    assert "green" not in exercises.verdict("colours", {"sky": "red", "grass": "blue"})
