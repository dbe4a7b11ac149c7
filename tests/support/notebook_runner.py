"""Drives a notebook's widgets without a browser: in the kernel that validates it, or after running its text here."""

import functools
import pathlib
import random

import ipywidgets as W
import jupytext
import pytest

from nblib.widgets.playground.controls import Features, Layers, Points
from nblib.widgets.controls import Point
from nblib.widgets.live import Live
from nblib.widgets.panel import Panel

TEXT = pathlib.Path(__file__).parents[2] / "notebooks" / "text"


_adopted = {}                                             # notebook -> the namespace in which it was run elsewhere


def adopt(name, namespace):
    """Let the widgets of notebook `name` be those in `namespace`, where its cells have been run already."""
    for panel in Panel._alive:
        panel.loop = None                                 # then they draw at once
    _adopted[name] = namespace


@functools.cache
def widgets_of(name):
    """The widgets of notebook `name`, by the name they have in it; every code cell is run once, if not yet done."""
    namespace = _adopted.get(name) or _run(name)
    return {key: value for key, value in namespace.items() if isinstance(value, Panel) and not key.startswith("_")}


def _run(name):
    namespace = {"__name__": "__main__"}
    for number, cell in enumerate(jupytext.read(TEXT / f"{name}.py").cells, 1):
        if cell.cell_type == "code":
            exec(compile(cell.source, f"<{name}, cell {number}>", "exec"), namespace)
    return namespace


def settings_of(control, rng, count=4):
    """Both ends of a control's range, and some values between, in random order."""
    if isinstance(control, Point):
        (x0, x1), (y0, y1) = control.limits
        values = [(float(x), float(y)) for x in (x0, x1) for y in (y0, y1)]
    elif isinstance(control, Features):
        values = [control.names, *((name,) for name in control.names)]
    elif isinstance(control, Layers):
        kinds = control.activations
        values = [(), ((1, "tanh"),), tuple((control.widest, kind) for kind in kinds[:control.most])]
    elif isinstance(control, Points):
        values = [(), ((0, 0, 1),), ((-1, 0.5, 0), (1, 0.5, 1), (3, -3, 1))]
    elif isinstance(control, W.Checkbox):
        values = [True, False]
    elif isinstance(control, (W.Dropdown, W.ToggleButtons, W.SelectionSlider)):
        values = [option[1] if isinstance(option, tuple) else option for option in control.options]
    else:
        low, high = control.min, control.max
        values = [low, high] + [low + (high - low) * rng.random() for _ in range(count)]
        if isinstance(control, W.FloatLogSlider):
            values = [control.base ** v for v in values]
        if isinstance(control, W.IntSlider):
            values = [round(v) for v in values]
    return rng.sample(values, len(values))


def drive(widget, seed=0):
    """Move every control over its whole range, in random order, with steps of training between."""
    rng = random.Random(seed)
    moves = [(name, value) for name, control in widget.controls.items() for value in settings_of(control, rng)]
    figure, before = widget.canvas.figure, widget.values
    for name, value in rng.sample(moves, len(moves)):
        seq = widget.frame.seq
        changed = widget.controls[name].value != value
        widget.controls[name].value = value
        assert widget.frame.seq > seq or not changed, f"{name}={value}: the picture did not follow"
        assert widget.frame.picture.startswith(b"\x89PNG") and widget.frame.caption
        if isinstance(widget, Live):
            widget.advance(3)
    assert widget.canvas.figure is figure
    for name, value in before.items():
        widget.controls[name].value = value


class EveryWidget:
    """What holds for the widgets of every notebook; inherited by a test module with a NOTEBOOK and the NAMES of its own."""

    def test_these_are_all(self, widgets, request):
        assert set(widgets) == set(request.module.NAMES)

    @pytest.mark.parametrize("seed", (0, 1))
    def test_every_control_over_its_range(self, widgets, name, seed):
        drive(widgets[name], seed)


def caption(widget, after=None, **values):
    """The caption that a new widget with these settings shows; a live one `after` so many steps."""
    shown = widget(**values)
    if after is not None:
        shown.reset()
        shown.advance(after, budget=60)
    text = shown.frame.caption
    shown.dispose()
    return text
