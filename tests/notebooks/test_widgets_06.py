"""The widgets of notebook 06: every control over its whole range, and the goals that the text promises."""

import re

import numpy as np
import pytest
from notebook_runner import EveryWidget, caption

NOTEBOOK = "06_deep_networks"
NAMES = ("morph", "activation", "norms_by_layer", "graveyard")


class TestEveryWidget(EveryWidget):
    pass


def test_the_moons_are_separated_by_the_first_layer_and_the_ring_never(widgets):
    for place in (3.0, 6.0, 9.0):
        assert "Goal 1 reached" in caption(widgets["morph"], data="moons", place=place)
    for place in (0.0, 1.0, 2.0, 2.4):
        assert "Goal 1 reached" not in caption(widgets["morph"], data="moons", place=place)
    for place in (0.0, 3.0, 6.0, 9.0):
        assert "for 1.000" not in caption(widgets["morph"], data="ring", place=place)


def test_the_batch_can_be_silenced_and_saturated(widgets):
    assert "Goal 1 reached" in caption(widgets["activation"], name="ReLU", mean=-2.0, scale=1.0)
    assert "Goal 2 reached" in caption(widgets["activation"], name="tanh", mean=0.0, scale=10.0)
    assert "Goal 2 reached" in caption(widgets["activation"], name="tanh", mean=4.0, scale=1.0)
    assert "Goal" not in caption(widgets["activation"])


def test_more_than_half_of_the_sigmoids_are_saturated_from_a_deviation_of_five_on(widgets):
    def saturated(scale):
        return int(re.search(r"saturated (\d+)%", caption(widgets["activation"], scale=scale))[1])

    assert 40 < saturated(4.0) < 50 < saturated(5.0) < saturated(10.0)


@pytest.mark.parametrize("seed", range(3))
def test_gains_undo_the_vanishing_or_overdo_it(widgets, seed):
    norms = widgets["norms_by_layer"]
    assert "vanishes" in caption(norms, seed=seed)
    assert "Goal 1 reached" in caption(norms, gain=8.0, seed=seed)
    assert "Goal 2 reached" in caption(norms, name="tanh", gain=15.0, seed=seed)
    assert "keeps its size" in caption(norms, name="ReLU", gain=1.5, seed=seed)
    for gain in (0.5, 1.0, 4.0):
        assert "keeps its size" in caption(norms, name="ReLU", gain=gain, seed=seed)


def dead(widget):
    return np.sum(widget.trainer.state["answers"] == 0, axis=1)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_dead_in_the_first_layer_stays_dead_and_above_it_some_come_back(fresh, seed):
    widget = fresh("graveyard", seed, lr=1.0)
    before = np.zeros(64, bool)
    for _ in range(30):
        widget.advance(10, budget=60)
        now = widget.trainer.state["answers"][0] == 0
        assert np.all(now[before])
        before = now
    back = widget.trainer.state["died"] & (widget.trainer.state["answers"] > 0)
    assert before.sum() > 5 and back[0].sum() == 0 and back[1:].sum() > 0


@pytest.mark.parametrize("seed", range(3))
def test_a_dead_third_layer_ends_all_learning(fresh, seed):
    widget = fresh("graveyard", seed, lr=1.5)
    widget.advance(400, budget=60)
    assert "Goal 1 reached" in widget.frame.caption and dead(widget)[2] == 64
    widget.controls["lr"].value = 0.03
    before = dead(widget)
    widget.advance(300, budget=60)
    assert np.array_equal(dead(widget), before)


@pytest.mark.parametrize("seed", range(3))
def test_with_a_dozen_dead_it_can_still_read_the_digits(fresh, seed):
    widget = fresh("graveyard", seed, lr=0.7)
    while dead(widget)[0] < 12 and widget.trainer.steps < 2000:
        widget.advance(10, budget=60)
    assert "Goal 2" not in widget.frame.caption
    widget.controls["lr"].value = 0.1
    widget.advance(1500, budget=60)
    assert "Goal 2 reached" in widget.frame.caption


@pytest.mark.parametrize("seed", range(3))
def test_a_leak_lets_units_of_the_first_layer_come_back(fresh, seed):
    widget = fresh("graveyard", seed, lr=1.0, kind="leaky ReLU")
    widget.advance(300, budget=60)
    widget.controls["lr"].value = 0.1
    widget.advance(500, budget=60)
    assert np.sum(widget.trainer.state["died"][0] & (widget.trainer.state["answers"][0] > 0)) > 0
