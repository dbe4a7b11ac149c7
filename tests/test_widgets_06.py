"""The widgets of notebook 06: every control over its whole range, and the goals that the text promises."""

import re

import pytest
from notebook_runner import caption, drive

NOTEBOOK = "06_deep_networks"
NAMES = ("morph", "activation", "norms_by_layer")


def test_these_are_all_the_widgets(widgets):
    assert set(widgets) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", (0, 1))
def test_every_control_over_its_range(widgets, name, seed):
    drive(widgets[name], seed)


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
