"""What all widgets share: controls beside a picture, errors in words, settings as a line of Python."""

import asyncio
import html
import os
import weakref

import ipywidgets as W

from nblib import plots
from nblib._inputs import describe
from nblib.widgets.controls import Control, Point, close
from nblib.widgets.frame import Canvas, Frame

CONTROLS = {"display": "flex", "flex_flow": "row wrap", "width": "100%"}


class Panel(W.VBox):
    """Controls over a picture that `draw(axes, …)` makes; what it returns is the caption.

    `controls` maps each argument's name to a `Control`; `given` are values that replace the defaults;
    `figure()` makes the figure and the axes to draw on.
    Drawing happens on the kernel's event loop, once for any number of changes that came meanwhile;
    without a loop (in tests) it happens at once.
    """

    _alive = weakref.WeakSet()

    def __init__(self, draw, controls, given, *, figure, name=None, loop=None, extra=()):
        self.draw, self.name = draw, name or draw.__name__
        _check_names(self.name, controls, given)
        self.controls = {name: c.build(given.get(name, c.value)) for name, c in controls.items()}
        self.canvas = Canvas(*figure())
        self.points = [c for c in self.controls.values() if isinstance(c, Point)]
        self.frame = Frame(on_pointer=self._touched, pointer="press" if self.points else "")
        self.message = W.HTML()
        self._line = W.HTML()
        self._share = W.ToggleButton(
            description="Show as Python", tooltip="These settings as a line of Python", layout={"width": "auto"}
        )
        self.loop = loop or _running_loop()
        self._due = False
        super().__init__([self._arranged(), *extra, self.frame, self.message, W.HBox([self._share, self._line])])
        self.add_class("nblib-panel")
        for name, control in self.controls.items():
            control.observe(lambda change, name=name: self._changed(name), "value")
        self._share.observe(lambda _: self._show_line(), "value")
        self._replace_earlier_run()

    @property
    def values(self):
        """The present value of every control, by name."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def settings(self):
        """One line of Python that builds this widget again with the present settings."""
        return f"{self.name}({', '.join(f'{k}={short(v)}' for k, v in self.values.items())})"

    def render(self):
        """Draw the picture for the present settings and send it to the page."""
        try:
            caption = self._picture()
            self.frame.push(self._encoded(), caption, self.canvas.width)
        except Exception as error:
            self._failed("drawing", error)

    def dispose(self):
        """Close this widget and everything it is made of."""
        close(self)

    def say(self, text, kind="warning"):
        """Show a sentence below the picture, a "warning" or a "note"; an empty one takes it away."""
        self.message.value = text and f'<div role="status" class="nblib-{kind}">{html.escape(text)}</div>'

    def _arranged(self):
        """The controls as they stand over the picture."""
        return W.Box(list(self.controls.values()), layout=CONTROLS)

    def _picture(self):
        """Draw; the caption. Each kind of widget calls its `draw` in its own way."""
        raise NotImplementedError

    def _encoded(self):
        """The drawn picture as bytes for the page."""
        return self.canvas.png()

    def _changed(self, name):
        """A control moved: draw, once for all the changes that wait."""
        self._show_line()
        self._redraw()

    def _redraw(self):
        if not self._due:
            self._due = True
            self._soon(self._refresh)

    def _refresh(self):
        self._due = False
        self.say("")
        self._show()

    def _show(self):
        """Let the page see what has changed."""
        self.render()

    def _soon(self, function):
        """Run on the kernel's own thread: callbacks of ipywidgets may come on another."""
        if self.loop is None:
            function()
        else:
            self.loop.call_soon_threadsafe(function)

    def _touched(self, kind, x, y):
        """The reader pressed or dragged on the picture, at fractions (x, y) of it."""
        place = self.canvas.fraction_to_data(x, y)
        if place is None or kind == "release":
            return
        ax, *xy = place
        for control in self.points:
            if self.canvas.list[control.axes] is ax:
                control.drag(*xy)

    def _failed(self, doing, error):
        """Say in words what went wrong; raise it where a notebook is being built or tested."""
        if os.environ.get("NBLIB_STRICT") == "1":
            raise error
        self.say(
            f"The {doing} stopped with {type(error).__name__}: {error}. Your settings are kept; change one, "
            "or run the cell again."
        )

    def _show_line(self):
        line = f'<code style="user-select: all">{html.escape(self.settings)}</code>'  # one click selects all
        self._line.value = line if self._share.value else ""

    def _replace_earlier_run(self):
        """Dispose of the widgets that an earlier run of this same cell made."""
        self.cell, self.run_id = _cell()
        for other in list(Panel._alive):
            if self.cell is not None and other.cell == self.cell and other.run_id != self.run_id:
                other.dispose()
                Panel._alive.discard(other)
        Panel._alive.add(self)

    def _repr_mimebundle_(self, **options):
        """The live view, and for readers without a kernel a picture with its caption."""
        view = super()._repr_mimebundle_(**options) or {}
        bundle = dict(view[0] if isinstance(view, tuple) else view)
        picture = plots.png(self.canvas.figure, self.frame.caption)
        return {**bundle, "text/plain": self.settings, "image/png": picture}

    def __repr__(self):
        return self.settings


def _check_names(name, controls, given):
    for key, control in controls.items():
        if not isinstance(control, Control):
            raise TypeError(f"{name}: wanted a control such as slider(…) for {key}, got {describe(control)}")
    for key in given:
        if key not in controls:
            raise TypeError(f"{name}: there is no control {key!r}; there are {', '.join(controls) or 'none'}")


def _running_loop():
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _cell():
    """(cell, run) that is executing now, as the front end names them; (None, None) elsewhere."""
    try:
        from IPython import get_ipython

        parent = get_ipython().kernel.get_parent("shell")
        return parent["metadata"].get("cellId"), parent["header"]["msg_id"]
    except (ImportError, AttributeError, KeyError, TypeError):
        return None, None


def short(value):
    """A setting as Python, floats with six digits."""
    if isinstance(value, tuple):
        return f"({', '.join(map(short, value))}{',' * (len(value) == 1)})"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)
