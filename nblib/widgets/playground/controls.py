"""The playground's own controls: which features a network sees, how it is built, the reader's own points."""

import ipywidgets as W
import numpy as np
import traitlets

from nblib._inputs import describe

LOWERED = str.maketrans("12", "₁₂")  # "x1" is "x₁", which is harder to type


class Features(W.HBox):
    """A button a feature; `value` are those in use, at least one."""

    value = traitlets.Tuple()

    def __init__(self, names, value):
        self.names = names
        self.buttons = [W.ToggleButton(description=name, layout={"width": "66px"}) for name in names]
        self.note = W.Label()
        super().__init__([W.Label("features"), *self.buttons, self.note], value=tuple(value))
        self.layout.flex_flow = "row wrap"
        self._show()
        self.observe(lambda _: self._show(), "value")
        for button in self.buttons:
            button.observe(lambda change: self.toggle(change["owner"].description, change["new"]), "value")

    def toggle(self, name, on):
        """Use feature `name` or not; the last one stays, and the note says why."""
        if on == (name in self.value):
            return  # the buttons follow `value` too
        wanted = tuple(n for n in self.names if (on if n == name else n in self.value))
        self.note.value = "" if wanted else "at least one feature stays: without it the network sees nothing"
        self.value = wanted or self.value
        self._show()

    def _show(self):
        for button in self.buttons:
            button.value = button.description in self.value

    @traitlets.validate("value")
    def _check(self, proposal):
        value = tuple(name.translate(LOWERED) for name in proposal["value"])
        if not value or not set(value) <= set(self.names):
            raise ValueError(f"features: wanted one or more of {', '.join(self.names)}, got {describe(value)}")
        return tuple(name for name in self.names if name in value)


class Layers(W.HBox):
    """Hidden layers; `value` is ((units, activation), …). A layer that is taken away comes back as it was."""

    value = traitlets.Tuple()
    most, widest = 6, 8

    def __init__(self, activations, value):
        self.activations = activations
        style = {"description_width": "0px"}
        self.fewer, self.more = (
            W.Button(description=d, tooltip=t, layout={"width": "34px"})
            for d, t in (("−", "one hidden layer less"), ("+", "one hidden layer more"))
        )
        self.count = W.Label(layout={"width": "116px"})
        self.every = W.Dropdown(
            options=["all layers …", *activations],
            tooltip="activation of all layers",
            layout={"width": "106px"},
            style=style,
        )
        numbers = range(1, self.most + 1)
        self.units = [
            W.Dropdown(
                options=range(1, self.widest + 1),
                value=4,
                layout={"width": "48px"},
                style=style,
                tooltip=f"units of layer {number}",
            )
            for number in numbers
        ]
        self.kinds = [
            W.Dropdown(
                options=activations, layout={"width": "84px"}, style=style, tooltip=f"activation of layer {number}"
            )
            for number in numbers
        ]
        self.slots = [
            W.HBox([W.Label(f"{number}:"), units, kind])
            for number, (units, kind) in enumerate(zip(self.units, self.kinds), 1)
        ]
        super().__init__([self.count, self.fewer, self.more, self.every, *self.slots], value=tuple(value))
        self.layout.flex_flow = "row wrap"
        self._moving = False
        self._show()
        self.observe(lambda _: self._show(), "value")
        self.fewer.on_click(lambda _: self._read(max(len(self.value) - 1, 0)))
        self.more.on_click(lambda _: self._read(min(len(self.value) + 1, self.most)))
        self.every.observe(self._activate_all, "value")
        for part in self.units + self.kinds:
            part.observe(lambda _: self._read(len(self.value)), "value")

    def _read(self, depth):
        if not self._moving:
            self.value = tuple((u.value, k.value) for u, k in zip(self.units, self.kinds))[:depth]

    def _activate_all(self, change):
        if change["new"] in self.activations:
            self.value = tuple((units, change["new"]) for units, _ in self.value)
            self.every.value = self.every.options[0]

    def _show(self):
        self._moving = True
        for (units, kind), u, k in zip(self.value, self.units, self.kinds):
            u.value, k.value = units, kind
        for number, slot in enumerate(self.slots):
            slot.layout.display = None if number < len(self.value) else "none"
        self.count.value = f"hidden layers: {len(self.value)}"
        self.fewer.disabled, self.more.disabled = not self.value, len(self.value) == self.most
        self._moving = False

    @traitlets.validate("value")
    def _check(self, proposal):
        value = tuple((layer, "tanh") if isinstance(layer, int) else tuple(layer) for layer in proposal["value"])
        pairs = all(len(layer) == 2 for layer in value)
        if (
            not pairs
            or len(value) > self.most
            or not all(units in range(1, self.widest + 1) and kind in self.activations for units, kind in value)
        ):
            raise ValueError(
                f"layers: wanted up to {self.most} pairs (units from 1 to {self.widest}, one of "
                f"{', '.join(self.activations)}), got {describe(value)}"
            )
        return value


class Points(W.HBox):
    """The reader's own points; `value` is ((x₁, x₂, class), …)."""

    value = traitlets.Tuple()

    def __init__(self, value):
        self.kind = W.Dropdown(
            options={"class 0, blue": 0, "class 1, orange": 1}, description="press to add", layout={"width": "225px"}
        )
        self.undo, self.clear = (
            W.Button(description=text, layout={"width": "100px"}) for text in ("Undo point", "No points")
        )
        super().__init__([self.kind, self.undo, self.clear], value=tuple(map(tuple, value)))
        self.undo.on_click(lambda _: setattr(self, "value", self.value[:-1]))
        self.clear.on_click(lambda _: setattr(self, "value", ()))

    def add(self, x, y):
        """One more point, at (x, y), of the chosen class."""
        self.value += ((round(x, 2), round(y, 2), self.kind.value),)

    @traitlets.validate("value")
    def _check(self, proposal):
        value = proposal["value"]
        if not all(len(p) == 3 and np.isfinite(p).all() and p[2] in (0, 1) for p in value):
            raise ValueError(f"points: wanted triples (x₁, x₂, class 0 or 1), got {describe(value)}")
        return value
