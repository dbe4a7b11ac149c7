"""Drives a notebook's widgets without a browser: in the kernel that validates it, or after running its text here."""

import functools
import os
import pathlib
import random

import ipywidgets as W
import jupytext
import pytest

from nblib.widgets import graph, playground
from nblib.widgets.controls import Point
from nblib.widgets.graph.widget import Inputs
from nblib.widgets.live import Live
from nblib.widgets.panel import Panel
from nblib.widgets.playground.controls import Features, Layers, Points

TEXT = pathlib.Path(__file__).parents[2] / "notebooks" / "text"


_adopted = {}  # notebook -> the namespace in which it was run elsewhere


def adopt(name, namespace):
    """Let the widgets of notebook `name` be those in `namespace`, where its cells have been run already."""
    for panel in Panel._alive:
        panel.loop = None  # then they draw at once
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
        values = [(), ((1, "tanh"),), tuple((control.widest, kind) for kind in kinds[: control.most])]
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
            values = [control.base**v for v in values]
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


def rebuilt(widget):
    """A new widget, made by the line of Python that `widget` prints."""
    return eval(widget.settings, {widget.name: widget, "playground": playground, "graph": graph})


def check_rebuilt(widget):
    """The widget's line and its own values make one with the same settings and the same caption."""
    for other in (rebuilt(widget), widget(**widget.values)):
        assert other.settings == widget.settings, (other.settings, widget.settings)
        if not isinstance(widget, Live):  # whose caption tells of its steps
            assert other.frame.caption == widget.frame.caption, widget.settings
        other.dispose()


def to_an_end(widget, side):
    """Move every control to one end of its range, 0 or -1."""
    for control in widget.controls.values():
        ends = {"min": 0, "max": -1}
        if isinstance(control, W.FloatLogSlider):
            control.value = control.base ** getattr(control, "min" if side == 0 else "max")
        elif hasattr(control, "min"):
            control.value = getattr(control, next(name for name, end in ends.items() if end == side))
        elif isinstance(control, Point):
            control.value = tuple(float(limit[side]) for limit in control.limits)
        elif isinstance(control, (W.Dropdown, W.ToggleButtons, W.SelectionSlider)):
            control.index = len(control.options) - 1 if side else 0
        elif isinstance(control, W.Checkbox):
            control.value = bool(side)


def walk(widget, moves, seed=0):
    """`moves` random settings, several controls at once, with steps of training between; each time a picture."""
    rng = random.Random(seed)
    before = widget.values
    for move in range(moves):
        for name in rng.sample(list(widget.controls), rng.randint(1, len(widget.controls))):
            control = widget.controls[name]
            control.value = rng.choice(settings_of(control, rng)) if not isinstance(control, Inputs) else control.value
        assert widget.frame.picture.startswith(b"\x89PNG") and widget.frame.caption, widget.settings
        if isinstance(widget, Live) and move % 3 == 0:
            widget.advance(2)
    for name, value in before.items():
        widget.controls[name].value = value


MOVES = int(os.environ.get("NBLIB_WALK", 12))  # of each widget's random walk


class EveryWidget:
    """What holds for the widgets of every notebook; inherited by a test module with its own NOTEBOOK and NAMES."""

    def test_these_are_all(self, widgets, request):
        assert set(widgets) == set(request.module.NAMES)

    @pytest.mark.parametrize("seed", (0, 1))
    def test_every_control_over_its_range(self, widgets, name, seed):
        drive(widgets[name], seed)

    def test_it_is_rebuilt_by_its_line_and_by_its_values_at_both_ends(self, widgets, name):
        before = widgets[name].values
        for side in (0, -1):
            to_an_end(widgets[name], side)
            check_rebuilt(widgets[name])
        for control, value in before.items():
            widgets[name].controls[control].value = value

    def test_a_random_walk(self, widgets, name):
        walk(widgets[name], MOVES)


def caption(widget, after=None, **values):
    """The caption that a new widget with these settings shows; a live one `after` so many steps."""
    shown = widget(**values)
    if after is not None:
        shown.reset()
        shown.advance(after, budget=60)
    text = shown.frame.caption
    shown.dispose()
    return text
