"""The playground: a small network that is built, trained and taken apart by hand, on data in the plane.

What it trains, and how, is in `nblib.learner`; here are the controls, the picture and the pointer.
"""

from functools import partial

import ipywidgets as W
import numpy as np

from nblib import plots
from nblib._inputs import number, one_of
from nblib.autograd import no_grad
from nblib.learner import (
    ACTIVATIONS,
    DATA,
    FEATURES,
    NEAR,
    OPTIMIZERS,
    OWN,
    PENALTIES,
    RIGHT,
    init,
    judge,
    own_points,
    step,
)
from nblib.widgets.controls import Control, choice, log_slider, slider, toggle
from nblib.widgets.live import Live
from nblib.widgets.panel import short
from nblib.widgets.playground.controls import Features, Layers, Points
from nblib.widgets.playground.diagram import Diagram

CONTROLS = {
    "data": choice("data", (*DATA, OWN), restart=True),
    "noise": slider("noise σ", 0.0, 0.5, 0.1, restart=True),
    "share": slider("train share, %", 10, 90, 50, step=10, restart=True),
    "batch": slider("batch size", 1, 100, 10),
    "lr": log_slider("learning rate α", 1e-4, 10, 0.1),
    "optimizer": choice("optimizer", OPTIMIZERS, "SGD"),
    "penalty": choice("weight penalty", PENALTIES),
    "strength": log_slider("penalty λ", 1e-5, 10, 1e-3),
    "dropout": slider("dropout", 0.0, 0.9, 0.0, step=0.05),
    "seed": slider("seed", 0, 99, 0, restart=True),
    "show_test": toggle("show test data"),
    "discretize": toggle("discretize output"),
    "points": Control((), Points),
    "features": Control(("x₁", "x₂"), partial(Features, tuple(FEATURES)), restart=True),
    "layers": Control(((4, "tanh"), (2, "tanh")), partial(Layers, tuple(ACTIVATIONS)), restart=True),
}
GRID = "data", "noise", "share", "optimizer", "lr", "batch", "penalty", "strength", "dropout"
FLOW = {"flex_flow": "row wrap"}
START = 10  # epochs before it is shown


class Playground(Live):
    """A `Live` whose picture is the network itself. Made by `playground`."""

    def __init__(self, given, hide, weights=()):
        for name in hide:
            one_of(name, "hide", CONTROLS)
        self.hide, self.mesh = tuple(hide), plots.mesh(n=50)
        self.diagram = Diagram(list(FEATURES), self.mesh)
        self.hovered = self._learner = self._placed = None
        self._following = False
        self.edits = {}  # weights that were set by hand: (layer, unit, source) -> number
        self.fewest = {}  # hidden units with which each data set was solved
        super().__init__(
            self._draw,
            init,
            step,
            CONTROLS,
            given,
            start=START,
            name="playground",
            figure=lambda: (self.diagram.figure, self.diagram.axes),
        )
        self.frame.pointer = "hover"
        self._again = lambda weights=None, **values: Playground(
            {**self.values, **values}, hide, self.weights if weights is None else weights
        )
        for weight, value in weights:
            self._set_weight(tuple(weight), value)
        self._note()

    @property
    def settings(self):
        """One line of Python that builds this playground again, with what was set by hand."""
        weights = f", weights={short(self.weights)}" if self.edits else ""
        hide = f", hide={self.hide!r}" if self.hide else ""
        return super().settings[:-1] + weights + hide + ")"

    @property
    def weights(self):
        """The weights and biases that were set by hand: (((layer, unit, source), number), …)."""
        return tuple(self.edits.items())

    def _arranged(self):
        self.enlarge = W.Dropdown(description="large picture", options=["output"])
        self.weight = W.Dropdown(description="edit weight", options=[("none", ())])
        self.dial = W.FloatSlider(description="its value", min=-5, max=5, step=0.01, disabled=True)
        self.enlarge.observe(lambda _: self._redraw(), "value")
        self.weight.observe(lambda _: self._redraw(), "value")
        self.dial.observe(lambda change: self._edit(change["new"]), "value")
        part, inspection = self.controls, [self.enlarge, self.weight, self.dial]
        grid = [part[name] for name in GRID]
        for widget in (*grid, part["seed"], *inspection):  # a list needs less room than a slider's track
            narrow = isinstance(widget, W.Dropdown)
            widget.layout.width, widget.style.description_width = ("206px", "100px") if narrow else ("314px", "104px")
        part["seed"].style.description_width, part["seed"].layout.width = "40px", "250px"
        for name in self.hide:
            part[name].layout.display = "none"
        for name in ("show_test", "discretize"):
            part[name].layout.width, part[name].layout.margin = "auto", "2px 0 2px 14px"
        self.bar.children += part["show_test"], part["discretize"]
        self._show_points()
        rows = grid, [part["points"]], [part["features"], part["seed"]], [part["layers"]], inspection
        return W.VBox([W.Box(row, layout=FLOW) for row in rows])

    def _show_points(self):
        shown = self.controls["data"].value == OWN and "points" not in self.hide
        self.controls["points"].layout.display = None if shown else "none"

    # The picture

    def _picture(self):
        with np.errstate(over="ignore", invalid="ignore"):  # of a network that has diverged
            return self._draw(self.trainer, self.controls["show_test"].value, self.controls["discretize"].value)

    def _draw(self, trainer, show_test, discretize):
        learner, diagram = trainer.state, self.diagram
        if learner is not self._learner:
            self._meet(learner)
        if self._placed != show_test:
            self._placed = show_test
            diagram.scatter([learner.train, learner.test][: 1 + show_test], learner.classify)
        weights = np.concatenate([linear.weight.data.ravel() for linear in learner.network.linears()])
        biases = {
            (layer, i): float(b)
            for layer, linear in enumerate(learner.network.linears(), 1)
            for i, b in enumerate(linear.bias.data)
        }
        shown = self.hovered or self.enlarge.value
        diagram.update(self._maps(learner), weights, biases, self._used, shown, self.weight.value, discretize)
        diagram.title.set_text(self._unit_name(shown))
        diagram.draw_losses(trainer.history)
        self._follow()
        return self._caption(learner)

    def _meet(self, learner):
        """Another learner than in the last picture: its units and weights have other places and names."""
        if self._learner is not None:
            self.edits = {}  # they belonged to the network before
        self._learner, self._placed, self.hovered = learner, None, None
        self._used = [list(FEATURES).index(name) for name in learner.features]
        layers = self.controls["layers"].value
        self._output = len(layers) + 1, 0
        self.diagram.arrange(self._used, layers)
        self._grid = learner.inputs(self.mesh.points)
        features = np.array([f(*self.mesh.points.T) for f in FEATURES.values()])
        self._feature_maps = features / np.abs(features).max(axis=1, keepdims=True)
        units = [unit for unit in self.diagram.places if unit != self._output]
        biases = [(layer, i, None) for layer, i in self.diagram.places if layer]
        due, self._due = self._due, True  # the lists change in the middle of a drawing: none more for that
        self.enlarge.options = [(self._unit_name(unit), unit) for unit in [self._output, *units]]
        weights = self.diagram.weights + biases
        self.weight.options = [("none", ()), *((self._weight_name(weight), weight) for weight in weights)]
        self._due = due

    def _maps(self, learner):
        """What every unit says at each point of the plane, (units, n·n), the output as 2p − 1."""
        with no_grad():
            *hidden, output = (layer.data.T for layer in learner.network.all_layers(self._grid))
        output = np.tanh(output / 2) if learner.classify else output
        return np.concatenate([self._feature_maps, *hidden, output])

    def _caption(self, learner):
        losses, data = learner.measure(), self.controls["data"].value
        verdict, reached = judge(learner, losses)
        if reached and learner.solved is None:
            units = sum(units for units, _ in self.controls["layers"].value)
            learner.solved = self.trainer.steps
            self.fewest[data] = min(units, self.fewest.get(data, units))
        loss = ", ".join(f"{name} loss {loss:.3f}" for name, loss in losses.items())
        parts = f"epoch {self.trainer.steps}", loss, verdict, self._goal(learner, data)
        return " · ".join(filter(None, parts))

    def _goal(self, learner, data):
        if learner.solved is None:
            return f"goal: {RIGHT:.0%}" if learner.classify else f"goal: test loss {NEAR}"
        units = sum(units for units, _ in self.controls["layers"].value)
        return (
            f"goal reached at epoch {learner.solved} with {units} hidden unit{'s' * (units != 1)}"
            f" (fewest: {self.fewest[data]})"
        )

    def _unit_name(self, unit):
        layer, i = unit
        if unit == self._output:
            return "output"
        return list(FEATURES)[i] if layer == 0 else f"unit {layer}.{i + 1}"

    def _weight_name(self, weight):
        layer, i, source = weight
        origin = "bias" if source is None else self._unit_name((layer - 1, source))
        return f"{origin} → {self._unit_name((layer, i))}"

    # Notes in words

    def _refresh(self):
        super()._refresh()
        self._note()

    def _note(self):
        if not self.message.value:
            self.say(" ".join(self._notes()), kind="note")

    def _notes(self):
        values, learner = self.values, self.trainer.state
        y = learner.train[1]
        if not len(y):
            yield "Press into the output picture to add points of both classes; a drop-down chooses the class."
        elif learner.classify and len(np.unique(y)) == 1:
            yield "All points are of one class: the network will only learn to say that. Add some of the other."
        elif values["batch"] > len(y) and values["data"] != OWN:
            yield (
                f"A batch of {values['batch']} is more than the {len(y)} training points: all of them go into one step."
            )
        if not values["layers"]:
            kind = "logistic" if learner.classify else "linear"
            yield f"No hidden layer is left: this is {kind} regression on the features. + brings a layer back."

    def _can_go_on(self):
        if not len(self.trainer.state.train[0]):
            self._note()
            return False
        return super()._can_go_on()

    # Weights, points, pointer

    def _changed(self, name):
        if name == "data":
            self._show_points()
        if name == "points" and self.controls["data"].value == OWN:
            self.trainer.state.train, self._placed = own_points(self.controls["points"].value), None
        super()._changed(name)

    def _parameter(self, weight):
        """(tensor, index) of a weight or bias (layer, unit, source)."""
        layer, i, source = weight
        linear = self.trainer.state.network.linears()[layer - 1]
        if source is None:
            return linear.bias, i
        return linear.weight, (i, self._used.index(source) if layer == 1 else source)

    def _follow(self):
        """The slider of the selected weight shows what training has made of it."""
        self.dial.disabled = not self.weight.value
        if self.weight.value:
            parameter, index = self._parameter(self.weight.value)
            self._following = True
            self.dial.value = float(np.clip(np.nan_to_num(parameter.data[index]), self.dial.min, self.dial.max))
            self._following = False

    def _edit(self, value):
        if not self._following and self.weight.value:
            self._set_weight(self.weight.value, value)

    def _set_weight(self, weight, value):
        known = [key for _, key in self.weight.options[1:]]
        if weight not in known:
            raise ValueError(f"weights: wanted (layer, unit, source) of this network, such as {known[0]}, got {weight}")
        parameter, index = self._parameter(weight)
        data = parameter.data.copy()
        data[index] = number(value, "weights")
        parameter.data = data
        self.edits[weight] = float(value)
        self._show_line()
        self._redraw()

    def _touched(self, kind, x, y):
        react = self._press if kind == "press" else self._hover
        self._soon(partial(react, self.canvas.fraction_to_data(x, y)))

    def _hover(self, place):
        network = self.diagram.axes[0]
        found = self.diagram.find(*place[1:]) if place and place[0] is network else None
        unit = found[:2] if found and (len(found) == 2 or found[2] is None) else None
        if unit != self.hovered:
            self.hovered = unit
            self._show()

    def _press(self, place):
        network, output, _ = self.diagram.axes
        if place and place[0] is output:
            self._add_point(*place[1:])
        found = self.diagram.find(*place[1:]) if place and place[0] is network else None
        if found is None:
            return
        if len(found) == 3:
            self.weight.value = found
        elif found[0] == 0:
            name = list(FEATURES)[found[1]]
            self.controls["features"].toggle(name, name not in self.controls["features"].value)
        else:
            self.enlarge.value = self._output if self.enlarge.value == found else found

    def _add_point(self, x, y):
        if self.controls["data"].value == OWN:
            self.controls["points"].add(x, y)
        else:
            self.say(f"To press points in, choose “{OWN}” as data.", kind="note")


def playground(*, hide=(), weights=(), **settings):
    """A network to play with: build it, train it, look into every unit, change its weights by hand.

        playground()                                      # about to succeed: press Run
        playground(data="spirals", layers=(8, 8), features=("x₁", "x₂", "sin x₁", "sin x₂"), lr=0.1)
        playground(hide=("noise", "dropout"))             # fewer controls, for a class

    `settings` are the controls' values: data, noise, share (of training points, in per cent), batch, lr, optimizer,
    penalty ("none", "L1", "L2"), strength, dropout, seed, show_test, discretize, points ((x₁, x₂, class), …),
    features, layers ((units, activation), … or units alone, for tanh). `weights` are set by hand before it is shown:
    (((layer, unit, source), number), …), counted from layer 1 and unit 0, source None for a bias.
    Raises TypeError or ValueError for others.
    """
    return Playground(settings, hide, weights)
