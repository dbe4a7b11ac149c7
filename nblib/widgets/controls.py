"""Controls of a widget: each is described once, and built anew for every widget that is shown."""

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets as W
import traitlets

from nblib._inputs import describe, number

STYLE = {"description_width": "170px"}
LAYOUT = {"width": "410px"}
ROUNDING = 1e-5  # relative: settings are printed with six digits, and 10^log10(20) > 20


@dataclass(frozen=True)
class Control:
    """A described control: `build(value)` makes the ipywidget; `restart` says that a change restarts a training."""

    value: object
    build: Callable
    restart: bool = False


def slider(label, low, high, value, step=None, restart=False):
    """A slider from `low` to `high`; whole numbers in all three give a slider of whole numbers."""
    whole = all(isinstance(v, numbers.Integral) for v in (low, high, value))
    kind = W.IntSlider if whole else W.FloatSlider
    step = step or (1 if whole else _nice((high - low) / 100))
    form = {} if whole else {"readout_format": f".{max(0, -math.floor(math.log10(step)))}f"}

    def build(value):
        value = _inside(value, low, high, label)
        return kind(value=value, min=low, max=high, step=step, description=label, style=STYLE, layout=LAYOUT, **form)

    return _checked(Control(value, build, restart))


def log_slider(label, low, high, value, restart=False):
    """A slider from `low` to `high` on a logarithmic scale, about a hundred steps long, `value` on one of them."""
    lowest, highest = (
        math.log10(number(low, f"{label}: low", 1e-300)),
        math.log10(number(high, f"{label}: high", 1e-300)),
    )

    def build(value):
        value = _inside(value, low, high, label)
        return W.FloatLogSlider(
            value=value,
            min=lowest,
            max=highest,
            step=step,
            base=10,
            description=label,
            readout_format=".3g",
            style=STYLE,
            layout=LAYOUT,
        )

    _inside(value, low, high, label)
    above = math.log10(value) - lowest  # the page moves a value between two steps to one of them
    step = above / max(1, round(100 * above / (highest - lowest))) or (highest - lowest) / 100
    return _checked(Control(value, build, restart))


def choice(label, options, value=None, restart=False):
    """A drop-down list of `options`."""
    options = tuple(options)

    def build(value):
        if value not in options:
            raise ValueError(f"{label}: wanted one of {', '.join(map(str, options))}, got {describe(value)}")
        return W.Dropdown(value=value, options=options, description=label, style=STYLE, layout=LAYOUT)

    return _checked(Control(options[0] if value is None else value, build, restart))


def toggle(label, value=False, restart=False):
    """A check box."""

    def build(value):
        if not isinstance(value, bool):
            raise TypeError(f"{label}: wanted True or False, got {describe(value)}")
        return W.Checkbox(value=value, description=label, indent=False, layout=LAYOUT)

    return _checked(Control(value, build, restart))


def point(label, value, xlim=(-3, 3), ylim=(-3, 3), axes=0, restart=False):
    """A point (x, y) that is moved by dragging on the picture's `axes`, or with two sliders from the keyboard."""
    return _checked(Control(tuple(value), lambda value: Point(label, value, xlim, ylim, axes), restart))


class Point(W.VBox):
    """Two sliders that together hold one point, `value` = (x, y)."""

    value = traitlets.Tuple()

    def __init__(self, label, value, xlim, ylim, axes):
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise TypeError(f"{label}: wanted a point (x, y), got {describe(value)}")
        self.axes, self.limits = axes, (xlim, ylim)
        self._sliders = [
            slider(f"{label}, {name}", float(low), float(high), float(v)).build(float(v))
            for name, (low, high), v in zip("xy", self.limits, value)
        ]
        self._moving = False
        super().__init__(self._sliders, value=tuple(map(float, value)))
        for part in self._sliders:
            part.observe(self._read, "value")
        self.observe(self._write, "value")

    def drag(self, x, y):
        """Move to (x, y), or as near as the limits allow."""
        self.value = tuple(min(max(v, low), high) for v, (low, high) in zip((x, y), self.limits))

    def _read(self, _):
        if not self._moving:
            self.value = tuple(part.value for part in self._sliders)

    def _write(self, change):
        self._moving = True
        for part, v in zip(self._sliders, change["new"]):
            part.value = v
        self._moving = False


def _checked(control):
    """`control`, after its default was tried: a wrong range is an error where the control is described."""
    close(control.build(control.value))
    return control


def close(widget):
    """Close a widget, its children, and their layouts and styles, which ipywidgets leaves open."""
    for child in getattr(widget, "children", ()):
        close(child)
    for part in (getattr(widget, "style", None), widget.layout, widget):
        if isinstance(part, W.Widget):
            part.close()


def _inside(value, low, high, label):
    """`value`, which must lie between the ends; an end that was rounded on its way here counts as the end."""
    rounding = ROUNDING * max(abs(low), abs(high))
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not low - rounding <= value <= high + rounding:
        raise ValueError(f"{label}: wanted a number from {low} to {high}, got {describe(value)}")
    return min(max(value, low), high)


def _nice(step):
    """`step` rounded down to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step) + 1e-9)
    return max(m * power for m in (1, 2, 5) if m * power <= step * (1 + 1e-9))
