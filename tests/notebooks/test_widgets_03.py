"""The widgets of notebook 03: every control over its whole range, and the goals that the text promises."""

import numpy as np
import pytest
from notebook_runner import EveryWidget, caption

NOTEBOOK = "03_gradient_descent"
NAMES = ("descent", "nudge", "noisy_path", "landscape")


class TestEveryWidget(EveryWidget):
    pass


@pytest.mark.parametrize(
    "lr, verdict",
    [
        (0.01, "Still under way."),
        (0.098, "Arrived."),
        (0.1, "Arrived."),
        (0.11, "Still under way."),
        (0.12, "Farther than at the start."),
    ],
)
def test_the_lectures_learning_rates(widgets, lr, verdict):
    assert caption(widgets["descent"], lr=lr).endswith(verdict)


def test_a_start_on_the_flat_axis_arrives_where_others_diverge(widgets):
    assert caption(widgets["descent"], lr=0.12, start=(-5.0, 9.0)).endswith("Arrived.")
    assert caption(widgets["descent"], lr=0.12, start=(-5.0, 8.8)).endswith("Still under way.")
    assert caption(widgets["descent"], lr=0.12, start=(-5.0, 8.8), steps=100).endswith("Farther than at the start.")


@pytest.mark.parametrize("function", ("sin x", "exp x", "x³", "x²"))
def test_the_central_error_can_be_brought_below_the_goal(widgets, function):
    widget, reached = widgets["nudge"](function=function), []
    for h in 10.0 ** -np.arange(0, 15, 0.45):  # three steps of the slider each
        widget.controls["h"].value = float(h)
        reached.append("Goal reached" in widget.frame.caption)
    widget.dispose()
    assert any(reached) and not all(reached)


def test_a_falling_rate_reaches_the_goal_with_batches_of_one(widgets):
    widget = widgets["noisy_path"](batch_size=1, lr=0.2)
    widget.advance(400, budget=60)
    assert "Goal reached" not in widget.frame.caption
    widget.controls["lr"].value = 0.02
    widget.advance(600, budget=60)
    assert "Goal reached" in widget.frame.caption
    widget.dispose()


def test_a_full_batch_has_no_noise_and_diverges_beyond_its_limit(widgets):
    calm = widgets["noisy_path"](batch_size=128, lr=0.5)
    calm.advance(100, budget=60)
    assert calm.trainer.history["excess cost"][-1] < 1e-12
    wild = widgets["noisy_path"](batch_size=128, lr=2.0)
    wild.advance(100, budget=60)
    assert wild.trainer.diverged and "diverged" in wild.message.value
    calm.dispose(), wild.dispose()


def test_what_frees_the_descent_from_the_ridge(widgets):
    ridge = widgets["landscape"]
    assert "Stalled" in caption(ridge)
    assert "Stalled" in caption(ridge, lr=0.8)
    for freed in ({"start": (2.0, 0.1)}, {"noise": 0.1}, {"b": 1.0}):
        assert "At a minimum" in caption(ridge, **freed), freed
    assert "left the picture" in caption(ridge, b=20.0, lr=1.0, start=(2.0, 2.2))
