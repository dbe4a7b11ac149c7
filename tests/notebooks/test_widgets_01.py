"""The widgets of notebook 01: every control over its whole range, and the goals that the text promises."""

import re

import pytest
from notebook_runner import EveryWidget, caption

from nblib.exercises import e01_logistic_regression as course

NOTEBOOK = "01_logistic_regression"
NAMES = ("threshold", "bowl", "training", "tumours", "disease")


class TestEveryWidget(EveryWidget):
    pass


def rises(text):
    return int(re.search(r"rose in (\d+)", text)[1])


def test_a_lower_threshold_misses_fewer_tumours(widgets):
    assert "Goal" not in caption(widgets["threshold"])
    assert caption(widgets["threshold"], t=0.36).endswith("Goal 1 reached.")


def test_the_rule_found_by_hand_reaches_its_goal(widgets):
    assert caption(widgets["threshold"], w1=6.6, w2=1.3, b=-0.4).endswith("Goal 2 reached.")
    assert "Goal 2" not in caption(widgets["threshold"], w1=6.6, w2=1.3, b=-0.4, t=0.6)


def right(text):
    """The shares of right answers that the captions of `bowl` name: log loss, squared error."""
    return [float(share) for share in re.findall(r"(?:loss|error) (\d\.\d+)", text)]


def test_from_the_wrong_corner_only_the_log_loss_arrives(widgets):
    log_loss, squared = right(caption(widgets["bowl"]))
    assert log_loss > 0.85 and squared < 0.2


def test_an_undecided_start_brings_the_squared_error_down_too(widgets):
    assert caption(widgets["bowl"], start=(-1.5, -1.0)).endswith("Goal 1 reached.")


def test_far_wrong_labels_drag_the_log_loss_away(widgets):
    log_loss, squared = right(caption(widgets["bowl"], start=(1.0, 1.0), distance=12.0))
    assert log_loss < 0.5 and squared > 0.85


@pytest.mark.parametrize("lr, reached", [(0.1, False), (2.0, True), (5.0, True)])
def test_a_good_rate_reaches_the_goal_within_twenty_steps(widgets, lr, reached):
    assert ("Goal 1 reached" in caption(widgets["training"], after=20, lr=lr)) is reached


@pytest.mark.parametrize(
    "distance, lr, too_high", [(1.5, 25.0, True), (1.5, 5.0, False), (2.5, 5.0, False)]
)  # rounding is no zigzag
def test_a_rate_that_is_too_high_zigzags(widgets, distance, lr, too_high):
    assert ("α is too high" in caption(widgets["training"], after=1000, distance=distance, lr=lr)) is too_high


def test_wrong_labels_give_the_cost_a_floor(widgets):
    text = caption(widgets["training"], after=500, lr=3.0, noise=0.2)
    assert float(re.search(r"cost (\d\.\d+)", text)[1]) > 0.5


@pytest.mark.parametrize("lr, steady", [(1e-6, True), (4e-6, True), (1e-5, False), (1e-4, False)])
def test_as_measured_the_cost_falls_steadily_below_the_safe_rate_only(widgets, lr, steady):
    assert (rises(caption(widgets["tumours"], after=100, lr=lr)) == 0) is steady


@pytest.mark.parametrize("lr, reached", [(0.01, False), (0.3, True), (1.0, True), (10.0, True)])
def test_in_standard_units_97_percent_within_a_hundred_steps(widgets, lr, reached):
    assert ("Goal 2 reached" in caption(widgets["tumours"], after=100, units="standard", lr=lr)) is reached


@pytest.mark.parametrize(
    "values, verdict",
    [
        ({}, "not representative"),
        ({"moved": 2.0, "n": 100}, "not representative"),
        ({"n": 100}, "healthy"),
        ({"n": 100, "ring": True}, "not separable"),
        ({"n": 100, "distance": 0.5}, "not separable"),
        ({"n": 100, "steps": 5}, "not converged"),
        ({"n": 100, "wrong": 0.3}, "not separable"),
    ],
)
def test_each_fault_gets_the_verdict_that_the_text_promises(widgets, values, verdict):
    assert f"Verdict: {verdict}" in caption(widgets["disease"], **values)


def test_the_runs_to_diagnose_show_their_symptoms():
    (falling, *_), (flat, low, also_low), (settled, high, lower) = course.runs().values()
    assert falling[-1] < 0.9 * falling[len(falling) // 2]
    assert flat[-1] > 0.999 * flat[len(flat) // 2] and max(low, also_low) < 0.6
    assert settled[-1] > 0.9 * settled[-len(settled) // 10] and high - lower > 0.1
