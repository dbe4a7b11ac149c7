"""The graph viewer: an expression drawn as a computation graph, walked forward and backward node by node."""

import itertools

import ipywidgets as W
import numpy as np
import traitlets
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from nblib import plots
from nblib._inputs import number
from nblib.widgets.controls import Control, close, slider
from nblib.widgets.graph.expression import Expression
from nblib.widgets.panel import CONTROLS, Panel

EXAMPLES = {
    "(a*b + c) * max(a, d)": {"a": 2.0, "b": 3.0, "c": -1.0, "d": 1.0},
    "(x + y) * z": {"x": -2.0, "y": 5.0, "z": -4.0},
    "a*a + a": {"a": 3.0},
    "a - max(b, c)": {"a": 1.0, "b": 2.0, "c": -1.0},
    "sigmoid(w*x + b)": {"w": 2.0, "x": -1.0, "b": 3.0},
    "square(tanh(w*x + b) - y)": {"w": 0.5, "x": 2.0, "b": -0.5, "y": 1.0},
    "v * relu(w*x + b)": {"v": 3.0, "w": -1.0, "x": 2.0, "b": 1.0},
    "log(1 + exp(-y*z))": {"y": 1.0, "z": -1.0},
    "exp(a) / (exp(a) + exp(b))": {"a": 1.0, "b": 0.0},
}
FIRST = next(iter(EXAMPLES))
STARTS = 2.0, 3.0, -1.0, 0.5, -2.0, 1.5  # of inputs that come without a value
REACH = 5.0  # of their sliders, to both sides
WIDTH, HEIGHT, RADIUS = 850, 460, 17  # of the picture and of a node, in page pixels
LETTER = 9  # width of a letter or digit, about
GRADIENT, DEAD = plots.COLORS["adam"], "#8A8A8A"

# The walk ---------------------------------------------------------------------------------------------------


class Walk:
    """How far both passes are after `step` steps: each operation forward, then 1 at the output, then back."""

    def __init__(self, expression, passes, step):
        self.expression, self.passes = expression, passes
        forward = expression.operations
        self.step, self.turned = step, step > len(forward)
        done, self.sent = forward[:step], expression.way_back[: max(0, step - len(forward) - 1)]
        self.known = {i for i, node in enumerate(expression.nodes) if not node.operation}.union(done)
        self.current = (self.sent or done or [None])[-1]

    def shares(self, i):
        """What has come back to node i so far: [(child, place, share)]."""
        return [
            (child, place, self.passes.shares[child][place][1])
            for child in self.sent
            for place, parent in enumerate(self.expression.nodes[child].parents)
            if parent == i and place in self.passes.shares[child]
        ]

    def gradient(self, i):
        """The gradient of node i as text: a number, a sum of shares, or the shares so far."""
        if i == len(self.expression.nodes) - 1:
            return "1" if self.turned else ""
        shares = [share for *_, share in self.shares(i)]
        if not shares or self.expression.uses[i] == 1:
            return "".join(map(_short, shares))
        if len(shares) < self.expression.uses[i]:
            return f"{_sum(shares)} + …"
        if len(shares) > 3:
            return f"sum of {len(shares)}: {_short(self.passes.gradients[i])}"
        return f"{_sum(shares)} = {_short(self.passes.gradients[i])}"

    def caption(self):
        """In words, with its formula: what the present step did."""
        where = f"Step {self.step} of {self.expression.steps}. "
        if self.step == 0:
            return where + "Only the inputs are known. Forward comes first, from left to right."
        node = self.expression.nodes[self.current]
        if self.sent:
            return where + "Back: " + self._sentence(node)
        if self.turned:
            return where + "The output changes as fast as itself: its gradient is 1. From here it goes back."
        inputs = " and ".join(_short(self.passes.values[i]) for i in node.parents)
        value = _short(self.passes.values[self.current])
        return where + f"Forward: {node.operation.sign} of {inputs} is {value}."

    def _sentence(self, node):
        upstream, shares = self.passes.gradients[self.current], self.passes.shares[self.current]
        if upstream == 0:
            return f"{node.operation.sign} gets 0 from upstream and sends 0 back: zero in, zero out."
        to = [self.expression.nodes[parent].text for parent in node.parents]
        parts = ", ".join(
            f"{_short(upstream)} · {_short(local)} = {_short(share)} to {to[place]}"
            for place, (local, share) in shares.items()
        )
        return (
            f"{node.operation.sign} gets {_short(upstream)} from upstream and sends it "
            f"{node.operation.rule}: {parts}.{self._sums(node)}"
        )

    def _sums(self, node):
        """The sums that this step completed."""
        full = [i for i in dict.fromkeys(node.parents) if len(self.shares(i)) == self.expression.uses[i] > 1]
        totals = [f"{_sum(share for *_, share in self.shares(i))} = {_short(self.passes.gradients[i])}" for i in full]
        return "".join(
            f" {self.expression.nodes[i].text} is used more than once: {total}." for i, total in zip(full, totals)
        )


def _short(value):
    """Three digits, a true minus, no negative zero."""
    return f"{value + 0:.3g}".replace("-", "−")


def _sum(shares):
    return " + ".join(map(_short, shares)).replace("+ −", "− ")


# The picture ------------------------------------------------------------------------------------------------


def draw(ax, walk):
    """The graph, on axes that measure page pixels: values above the nodes, gradients below them."""
    nodes, xy = walk.expression.nodes, _pixels(walk.expression)
    ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    _draw_edges(ax, walk, xy)
    _draw_circles(ax, walk, xy)
    box = {"boxstyle": "round", "facecolor": ax.get_facecolor(), "edgecolor": plots.ink()}
    for i, (node, (x, y)) in enumerate(zip(nodes, xy(walk.expression.places))):
        named = node.operation is None and walk.expression.depends[i]
        sign = (node.operation.sign if node.operation else node.text).replace("-", "−")
        frame = None if node.operation else {**box, "linewidth": named}
        ax.text(x, y, sign, fontsize=10, ha="center", va="center", zorder=3, bbox=frame)
        reach = (RADIUS if node.operation else 11) + 2
        if i in walk.known and (node.operation or named):
            ax.text(x, y + reach, _short(walk.passes.values[i]), ha="center", va="bottom", zorder=3)
        if text := walk.gradient(i):
            color = _color(walk.passes.gradients[i])
            if "=" in text:  # a sum is long: to the left, away from the lines and their shares
                plots.label(
                    ax, max(x + reach, LETTER * len(text)), y - reach - 12, text, color, ha="right", va="top", zorder=3
                )
            else:
                ax.text(x, y - reach, text, color=plots.legible(color), ha="center", va="top", zorder=3)
    ax.text(14, HEIGHT - 14, walk.expression.text, va="top", family="monospace")
    ax.text(WIDTH - 14, HEIGHT - 14, "value", ha="right", va="top")
    ax.text(WIDTH - 14, HEIGHT - 34, "gradient", ha="right", va="top", color=plots.legible(GRADIENT))


def _draw_edges(ax, walk, xy):
    """A line an edge: dark once its value has passed, coloured once its gradient has; shares at branches."""
    nodes = range(len(walk.expression.nodes))
    sent = {(child, place): share for i in nodes for child, place, share in walk.shares(i)}
    lines, colors = [], []
    for (child, place), route in walk.expression.routes.items():
        passed, key = child in walk.known, (child, place)
        lines.append(xy(route))
        colors.append(_color(sent[key]) if key in sent else plots.ink() if passed else "#BBBBBB")
        if key in sent and walk.expression.uses[walk.expression.nodes[child].parents[place]] > 1:
            x, y = lines[-1][int(0.55 * len(route))]
            plots.label(ax, x, y, _short(sent[key]), _color(sent[key]), ha="center", va="center", zorder=3)
    ax.add_collection(LineCollection(lines, colors=colors, linewidths=1.6, zorder=1), autolim=False)


def _draw_circles(ax, walk, xy):
    operations = walk.expression.operations
    ring = GRADIENT if walk.turned else plots.ink()
    points = (2 * RADIUS * 72 / plots.PIXELS_PER_INCH) ** 2
    ax.scatter(
        *xy(walk.expression.places[operations]).T,
        s=points,
        facecolors=ax.get_facecolor(),
        zorder=2,
        edgecolors=[ring if i == walk.current else plots.ink() for i in operations],
        linewidths=[3 if i == walk.current else 1.2 for i in operations],
    )


def _color(gradient):
    return GRADIENT if gradient else DEAD


def _pixels(expression):
    """A function from (column, row) to page pixels, which centres the graph in the picture."""
    everywhere = np.concatenate(list(expression.routes.values()))
    low, high = everywhere.min(axis=0), everywhere.max(axis=0)
    room = np.array([WIDTH - 140, HEIGHT - 112])
    scale = np.minimum(room / np.maximum(high - low, 1e-9), (180, 95))
    middle = np.array([WIDTH / 2, HEIGHT / 2 - 8])
    return lambda points: middle + (points - (low + high) / 2) * scale


def _figure():
    figure = Figure(figsize=(WIDTH / plots.PIXELS_PER_INCH, HEIGHT / plots.PIXELS_PER_INCH))
    ax = figure.add_axes([0, 0, 1, 1], xticks=(), yticks=())
    ax.spines[:].set_visible(False)
    return figure, ax


# The widget -------------------------------------------------------------------------------------------------


class Inputs(W.Box):
    """A slider a name; `value` is {name: number}."""

    value = traitlets.Dict()

    def __init__(self, value):
        super().__init__(layout=CONTROLS)
        self.show(value)

    def show(self, value):
        """New sliders, for the names and numbers in `value`."""
        old = self.children
        self.children = [
            W.FloatSlider(
                value=v,
                min=-max(REACH, abs(v)),
                max=max(REACH, abs(v)),
                step=0.1,
                description=name,
                readout_format=".2f",
                style={"description_width": "60px"},
                layout={"width": "272px"},
            )
            for name, v in value.items()
        ]
        for part in self.children:
            part.observe(self._read, "value")
        for part in old:
            close(part)
        self._read()

    def _read(self, _=None):
        self.value = {part.description: part.value for part in self.children}


class Graph(Panel):
    """An expression, its inputs as sliders, and both passes step by step. Made by `graph`.

    `walk` is what the picture shows: the last expression and inputs for which all numbers were finite.
    """

    def __init__(self, text, step, values):
        self.expression, self.problem = Expression(text), ""
        names = self.expression.names
        for name in values:
            if name not in names:
                raise ValueError(f"graph: wanted values for {', '.join(names)}, got one for {name}")
        start = {**_starts(self.expression), **{name: number(v, name) for name, v in values.items()}}
        last = self.expression.steps
        self.walk = Walk(self.expression, self.expression.run(start), last)
        controls = {
            "expression": Control(text, _text_box),
            "inputs": Control(start, Inputs),
            "step": slider("step", 0, last, last if step is None else step),
        }
        self.examples = W.Dropdown(options=["an example …", *EXAMPLES], tooltip="an example", layout={"width": "240px"})
        self.buttons = {name: W.Button(description=name, layout={"width": "110px"}) for name in MOVES}
        super().__init__(draw, controls, {}, figure=_figure, name="graph")
        self.examples.observe(self._pick, "value")
        for name, button in self.buttons.items():
            button.on_click(lambda _, name=name: self.go(name))
        self.render()

    def __call__(self, expression=None, step=None, inputs=None, **values):
        """A new viewer, with the present settings but for those given; `inputs` is {name: number}, as in `values`."""
        same = expression in (None, self.expression.text)
        kept = self.controls["inputs"].value if same else {}
        step = self.controls["step"].value if step is None and same else step
        return Graph(expression or self.expression.text, step, {**kept, **(inputs or {}), **values})

    @property
    def settings(self):
        """One line of Python that builds this widget again with the present settings."""
        values = "".join(f", {name}={v:.6g}" for name, v in self.controls["inputs"].value.items())
        step = self.controls["step"].value
        return f"graph({self.expression.text!r}{f', {step}' if step < self.expression.steps else ''}{values})"

    def go(self, move):
        """Press one of the buttons, MOVES."""
        control = self.controls["step"]
        control.value = min(max(MOVES[move](control.value, self.expression), 0), control.max)

    def _arranged(self):
        text, inputs, step = self.controls.values()
        return W.VBox(
            [
                W.Box([text, self.examples], layout=CONTROLS),
                inputs,
                W.Box([*self.buttons.values(), step], layout=CONTROLS),
            ]
        )

    def _pick(self, change):
        if change["new"] in EXAMPLES:
            self.controls["expression"].value = change["new"]
            self.examples.value = self.examples.options[0]

    def _refresh(self):
        super()._refresh()
        self.say(self.problem)

    def _picture(self):
        self._due = True  # what is set below is drawn below
        self.problem = self._follow()
        self._due = False
        self.canvas.clear()
        draw(self.canvas.axes, self.walk)
        return self.walk.caption()

    def _follow(self):
        """Go where the controls are; where that cannot be, say why: the last graph stays."""
        try:
            if self.controls["expression"].value != self.expression.text:
                self._meet(Expression(self.controls["expression"].value))
            passes = self.expression.run(self.controls["inputs"].value)
        except ValueError as error:
            return f"{error}. The graph is the last one that worked."
        self.walk = Walk(self.expression, passes, self.controls["step"].value)
        return ""

    def _meet(self, expression):
        """Sliders for another expression: a name that it shares with the one before keeps its value."""
        before = {} if expression.text in EXAMPLES else self.controls["inputs"].value
        self.expression, control = expression, self.controls["step"]
        self.controls["inputs"].show({name: before.get(name, v) for name, v in _starts(expression).items()})
        control.max = control.value = expression.steps


MOVES = {
    "Restart": lambda step, expression: 0,
    "Back": lambda step, expression: step - 1,
    "Step": lambda step, expression: step + 1,
    "All forward": lambda step, expression: len(expression.operations),
    "All backward": lambda step, expression: expression.steps,
}


def _text_box(text):
    return W.Text(value=text, description="expression", continuous_update=False, layout={"width": "420px"})


def _starts(expression):
    """A value for each name: an example's own, or one of STARTS."""
    known = EXAMPLES.get(expression.text, {})
    return {name: known.get(name, start) for name, start in zip(expression.names, itertools.cycle(STARTS))}


def graph(expression=FIRST, step=None, /, **values):
    """A computation graph to walk: `graph("a*b + c", a=2.0)`, with values of names, and the step to begin at.

    Names, numbers, + - * / ** and the functions of `nblib.widgets.graph.expression.FUNCTIONS`. Without `step` both
    passes are complete. Raises ValueError, in words, for anything else, and where a number is not finite.
    """
    return Graph(expression, step, values)
