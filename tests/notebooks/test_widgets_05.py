"""The graph viewers of notebook 05: every control over its range, and the goals that the text promises."""

import random

import pytest
from notebook_runner import settings_of

from nblib.widgets.graph.widget import EXAMPLES

NOTEBOOK = "05_backpropagation"


def set_inputs(widget, **values):
    for slider in widget.controls["inputs"].children:
        slider.value = values.get(slider.description, slider.value)


def gradients(widget):
    return {node.text: gradient for node, gradient in zip(widget.expression.nodes, widget.walk.passes.gradients)}


def test_these_are_all_the_widgets(widgets):
    assert set(widgets) == {"walk", "two_classes"}


@pytest.mark.parametrize("name", ("walk", "two_classes"))
@pytest.mark.parametrize("seed", (0, 1))
def test_every_control_over_its_range(widgets, name, seed):
    widget, rng = widgets[name], random.Random(seed)
    figure, before, settings = widget.canvas.figure, widget.expression.text, widget.settings
    for text in rng.sample(list(EXAMPLES), len(EXAMPLES)):
        widget.controls["expression"].value = text
        for slider in (*widget.controls["inputs"].children, widget.controls["step"]):
            for value in settings_of(slider, rng):
                slider.value = value
                assert widget.frame.picture.startswith(b"\x89PNG") and widget.frame.caption and not widget.message.value
        for button in rng.choices(list(widget.buttons.values()), k=8):
            button.click()
    assert widget.canvas.figure is figure
    widget.controls["expression"].value = before
    set_inputs(widget, a=2.0 if name == "walk" else 1.0)
    assert widget.settings == settings


def test_the_goals_of_the_walk_can_be_reached(widgets):
    widget = widgets["walk"]
    assert gradients(widget)["d"] == 0
    set_inputs(widget, d=3.0)  # goal 1; no other gradient becomes 0
    assert gradients(widget)["d"] != 0 and 0 not in gradients(widget).values()
    set_inputs(widget, a=-1.0, d=0.0)  # goal 2
    assert gradients(widget)["b"] == gradients(widget)["c"] == 0
    widget.controls["expression"].value = "v * relu(w*x + b)"
    assert gradients(widget)["w"] == 0
    for b, alive in ((2.0, False), (2.1, True)):  # goal 3
        set_inputs(widget, b=b)
        assert (gradients(widget)["w"] != 0) is alive
    widget.controls["expression"].value = "(a*b + c) * max(a, d)"


def test_two_classes_at_a_tie_and_far_apart(widgets):
    widget = widgets["two_classes"]
    set_inputs(widget, a=0.0, b=0.0)
    assert (gradients(widget)["a"], gradients(widget)["b"]) == (0.25, -0.25)
    set_inputs(widget, a=5.0)
    assert max(abs(gradients(widget)[name]) for name in "ab") < 0.01
    set_inputs(widget, a=1.0)
