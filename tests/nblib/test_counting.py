"""Lines are counted where they run, and nothing is left behind."""

import sys

import numpy as np
import pytest

from nblib.counting import lines_run


def loop(n):
    total = 0
    for i in range(n):
        total += i
    return total


def twice(n):
    loop(n)
    loop(n)


def test_each_turn_of_a_loop_counts():
    assert lines_run(loop, 20) - lines_run(loop, 10) == 2 * 10


def test_functions_that_are_called_count_as_well():
    assert lines_run(twice, 10) == 2 * lines_run(loop, 10) + 2


def test_compiled_code_is_one_line():
    x = np.ones(1000)
    assert lines_run(lambda: x @ x) == 1


@pytest.mark.parametrize("n", (3, "no number"))
def test_what_traced_before_goes_on_also_after_an_error(n):
    def tracer(*_):
        return None

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        with pytest.raises(TypeError) if isinstance(n, str) else np.errstate():
            lines_run(loop, n)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
