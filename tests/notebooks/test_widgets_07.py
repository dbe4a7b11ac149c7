"""The widgets of notebook 07: every control over its whole range, and the goals that the text promises."""

import re

import numpy as np
import pytest
from notebook_runner import EveryWidget

NOTEBOOK = "07_pytorch"
NAMES = ("training", "passes", "faults")


class TestEveryWidget(EveryWidget):
    pass


def caption(widget, steps):
    """The caption after `steps` more steps."""
    widget.advance(steps, budget=60)
    return widget.frame.caption


def right(text):
    return float(re.search(r": (\d\.\d\d) of", text)[1])


def test_single_points_do_not_lead_as_far(fresh):
    assert right(caption(fresh("training", batch_size=1), 1000)) < 0.8
    assert right(caption(fresh("training"), 1000)) > 0.95


@pytest.mark.parametrize("values, reached", [({}, False), ({"lr": 0.5, "batch_size": 225}, True)])
def test_bolder_and_less_noisy_steps_reach_the_first_goal(fresh, values, reached):
    assert ("Goal 1 reached" in caption(fresh("training", **values), 150)) is reached


def test_a_larger_batch_rescues_the_run_without_a_reset(fresh):
    widget = fresh("training", batch_size=1, lr=0.03)
    assert 0.65 < right(caption(widget, 1000)) < 0.85
    widget.controls["batch_size"].value = 64
    assert caption(widget, 2000).endswith("Goal 2 reached.")


@pytest.mark.parametrize("lr", (0.1, 0.01))
@pytest.mark.parametrize("seed", range(3))
def test_a_lower_rate_does_not_mend_saturated_units(fresh, lr, seed):
    """Rounding sends such a run elsewhere on another processor; it ends badly all the same."""
    widget = fresh("training", seed, lr=1.0)
    widget.advance(500, budget=60)
    widget.controls["lr"].value = lr
    assert right(caption(widget, 1000)) < 0.9


@pytest.mark.parametrize("seed", range(3))
def test_a_fresh_start_at_the_default_rate_does_better(fresh, seed):
    assert right(caption(fresh("training", seed), 1000)) > 0.95


def test_the_optimizer_follows_the_controls_without_a_restart(fresh):
    widget = fresh("training")
    widget.advance(5, budget=60)
    widget.controls["lr"].value, widget.controls["momentum"].value = 0.01, 0.5
    widget.advance(1, budget=60)
    [group] = widget.trainer.state["optimizer"].param_groups
    assert (round(group["lr"], 6), group["momentum"], widget.trainer.steps) == (0.01, 0.5, 6)


def test_some_digit_is_known_and_often_missed_in_training_mode(widgets):
    shown = [widgets["passes"](digit=digit) for digit in range(30)]
    captions = [widget.frame.caption for widget in shown]
    for widget in shown:
        widget.dispose()
    assert 0 < sum("Goal reached" in text for text in captions) < 20


@pytest.mark.parametrize("p", (0.0, 0.5, 0.95))
def test_in_eval_mode_all_passes_agree(widgets, p):
    widget = widgets["passes"](mode="eval", p=p)
    assert re.search(r": (0|100)% of the passes", widget.frame.caption)
    widget.dispose()


@pytest.mark.parametrize("lr, reached", [(0.1, False), (2.0, True)])
def test_a_higher_rate_makes_up_for_the_second_softmax(fresh, lr, reached):
    assert ("Goal 1 reached" in caption(fresh("faults", lr=lr), 1000)) is reached


def test_forgotten_gradients_pass_through_a_good_place_and_leave_it(fresh):
    widget = fresh("faults", lr=0.02, softmax=False, forget_zero=True)
    early = [caption(widget, 10) for _ in range(5)]
    assert any("Goal 2 reached" in text for text in early)
    assert right(caption(widget, 550)) < 0.6


def test_the_floor_of_the_second_softmax_holds_in_the_widget(fresh):
    widget = fresh("faults", lr=2.0)
    widget.advance(500, budget=60)
    assert min(widget.trainer.history["train"]) > np.log(np.e + 9) - 1
