"""The widgets of notebook 04: every control over its whole range, and what the text says of them."""

import pytest
from notebook_runner import EveryWidget, caption

NOTEBOOK = "04_neural_networks"
NAMES = ("symmetry", "lab", "bumps")


class TestEveryWidget(EveryWidget):
    pass


@pytest.mark.parametrize("bend", ("tanh", "sigmoid", "relu"))
@pytest.mark.parametrize("initial", ("all zero", "all ½"))
def test_equal_units_stay_one_dot_and_miss_the_goal(widgets, initial, bend):
    assert caption(widgets["symmetry"], after=1500, initial=initial, bend=bend).endswith("; 1 distinct unit of 8.")


def test_a_random_second_layer_parts_equal_units(widgets):
    settings = {"initial": "W1 ½, w2 random", "bend": "tanh"}
    assert "1 distinct unit of 8" in caption(widgets["symmetry"], **settings)
    assert caption(widgets["symmetry"], after=1500, **settings).endswith("; 8 distinct units of 8. Goal reached.")


def test_a_random_start_reaches_the_goal_with_every_activation(widgets):
    for bend in ("tanh", "sigmoid", "relu"):
        assert "Goal reached" in caption(widgets["symmetry"], after=1500, initial="random", bend=bend), bend


def test_three_tanh_units_solve_the_circle_and_three_linear_ones_do_not(widgets):
    assert "goal reached" in caption(widgets["lab"], after=100)
    assert "goal reached" not in caption(widgets["lab"], after=100, layers=((3, "linear"),))


def test_the_sine_needs_23_units(widgets):
    assert "Goal reached" not in caption(widgets["bumps"], f="sin x", k=22)
    assert "Goal reached" in caption(widgets["bumps"], f="sin x", k=23)


def test_an_even_number_of_units_is_exact_for_the_corner_of_x(widgets):
    for k, text in ((2, "0.000"), (64, "0.000"), (63, "0.050")):
        assert f"worst error {text}" in caption(widgets["bumps"], f="|x|", k=k), k


def test_no_number_of_units_follows_the_jump(widgets):
    for k in (1, 4, 21, 63, 64):
        assert float(caption(widgets["bumps"], f="a jump", k=k).split()[-1].rstrip(".")) > 0.95, k
