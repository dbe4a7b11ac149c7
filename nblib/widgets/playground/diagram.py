"""A network drawn: every unit a small heat map, every weight a line, beside the output and the losses.

The artists are made once and then only given new numbers, so that a picture costs a few milliseconds. What
does not move while a network trains (labels of features and layers) are ticks, which `Canvas` keeps as a
background.
"""

import math

import contourpy
import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from nblib import plots

SIZE = 840, 480  # of the picture, in page pixels
NETWORK = 50, 20, 490, 420  # left, bottom, width, height of its three parts
OUTPUT = 584, 202, 240, 240
LOSSES = 584, 46, 240, 104
TILE, PITCH = 40, 53  # side of a unit's heat map, and from one to the next below
CORNER = 9  # side of the small square that shows a bias
REACH = 6  # how near to a line counts as on it
MAP = 300  # pixels along a side of the large picture
LOWEST, HIGHEST = 1e-3, 3.0  # limits of the losses' axis


class Tiles(Artist):
    """Small square pictures, `pixels` (tiles, n, n, 4), at the data coordinates `centres`, `side` wide."""

    def __init__(self, side):
        super().__init__()
        self.side, self.centres, self.pixels = side, (), ()
        self.set_in_layout(False)

    def draw(self, renderer):
        """Put the prepared pixels where the picture stands."""
        if not self.get_visible():
            return
        transform = self.axes.transData
        size = round(self.side * transform.get_matrix()[0, 0])
        pick = np.linspace(0, self.pixels.shape[1] - 1, size).round().astype(int)  # both edges among them
        gc = renderer.new_gc()
        for (x, y), tile in zip(transform.transform(self.centres) - size / 2, self.pixels[:, pick][:, :, pick]):
            renderer.draw_image(gc, round(x), round(y), tile)
        gc.restore()


class Diagram:
    """The figure of the playground.

    A unit is (layer, number): layer 0 holds the features, the last one the output. A weight is
    (layer, number, source), where source is the number of a unit in the layer before; None stands for the bias.
    """

    def __init__(self, features, mesh):
        self.features, self.mesh = features, mesh
        self.figure = Figure(figsize=np.divide(SIZE, plots.PIXELS_PER_INCH), dpi=plots.PIXELS_PER_INCH)
        self.axes = [
            self.figure.add_axes([x / SIZE[0], y / SIZE[1], w / SIZE[0], h / SIZE[1]])
            for x, y, w, h in (NETWORK, OUTPUT, LOSSES)
        ]
        colors = plots.diverging()(np.linspace(0, 1, 256))
        paper = np.array(to_rgba(self.axes[0].get_facecolor()))
        self.full, self.pale, self.faded = (
            np.round(255 * (share * colors + (1 - share) * paper)).astype(np.uint8) for share in (1, 0.6, 0.15)
        )
        self.dots = []
        self._make_network()
        self._make_output()
        self._make_losses()

    def _make_network(self):
        ax = self.axes[0]
        ax.set(xlim=(0, NETWORK[2]), ylim=(0, NETWORK[3]), facecolor="none")
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0, labelsize=9)
        ax.xaxis.tick_top()
        ax.set_xlabel(
            "lines are weights: orange positive, blue negative; corner squares are biases", fontsize=9, labelpad=3
        )
        self.links, self.tiles = LineCollection([], capstyle="round", zorder=1), Tiles(TILE)
        (self.mark,) = ax.plot([], [], color=plots.ink())
        ax.add_collection(self.links, autolim=False)
        ax.add_artist(self.tiles).set_zorder(3)

    def _make_output(self):
        ax, extent = self.axes[1], (*self.mesh.xlim, *self.mesh.ylim)
        self.map = Tiles(extent[1] - extent[0])  # imshow would take 5 ms to interpolate it
        self.map.centres = [(np.mean(extent[:2]), np.mean(extent[2:]))]
        ax.add_artist(self.map).set_zorder(0)
        self.between = _between(self.mesh.n, MAP)
        self.boundary = LineCollection([], colors=plots.ink(), linewidths=1.2, zorder=2)
        ax.add_collection(self.boundary, autolim=False)
        ax.set(xlim=self.mesh.xlim, ylim=self.mesh.ylim, xticks=(-3, 0, 3), yticks=(-3, 0, 3), aspect="equal")
        ax.tick_params(length=2, labelsize=9, pad=2)
        self.title = ax.set_title("", fontsize=10)

    def _make_losses(self):
        ax = self.axes[2]
        ax.set(yscale="log", ylim=(LOWEST, HIGHEST), yticks=(1e-3, 1e-2, 1e-1, 1))
        ax.minorticks_off()
        ax.tick_params(labelsize=9)
        ax.set_xlabel("epoch", fontsize=9, labelpad=1)
        ax.set_ylabel("loss", fontsize=9, labelpad=1)
        styles = {"train": "-", "test": "--"}
        self.curves = {
            name: ax.plot([], [], style, color=plots.COLORS[name], linewidth=1.6)[0] for name, style in styles.items()
        }
        for place, name in zip((0.88, 1), self.curves):
            self.figure.add_artist(
                Text(
                    place,
                    1.05,
                    name,
                    color=plots.legible(plots.COLORS[name]),
                    fontsize=9,
                    ha="right",
                    transform=ax.transAxes,
                )
            )  # of the figure: on the ground, drawn once

    # What changes only with the network's shape and the data ------------------------------------------------

    def arrange(self, chosen, layers):
        """Place all units: `chosen` are the numbers of the features in use, `layers` pairs (units, activation)."""
        sizes = [len(self.features), *(units for units, _ in layers), 1]
        columns = np.linspace(TILE / 2 + 2, NETWORK[2] - TILE / 2 - 2, len(sizes))
        self.places = {
            (layer, i): (x, NETWORK[3] / 2 + PITCH * ((size - 1) / 2 - i))
            for layer, (x, size) in enumerate(zip(columns, sizes))
            for i in range(size)
        }
        self.tiles.centres = np.array(list(self.places.values()))
        sources = [chosen, *map(range, sizes[1:-1])]
        self.weights = [
            (layer, i, source)
            for layer, (size, before) in enumerate(zip(sizes[1:], sources), 1)
            for i in range(size)
            for source in before
        ]
        self.segments = np.array(
            [[self.places[layer - 1, source], self.places[layer, i]] for layer, i, source in self.weights]
        ) + [[TILE / 2, 0], [-TILE / 2, 0]]
        self.links.set_segments(self.segments)
        heads = [f"{units} unit{'s' * (units > 1)}\n{activation}" for units, activation in layers]
        self.axes[0].set_xticks(columns, ["features", *heads, "output"])
        self.axes[0].set_yticks([self.places[0, i][1] for i in range(sizes[0])], self.features)

    def scatter(self, sets, classify):
        """Show the points of `sets`, pairs (X, y): training, and maybe test, hollow or as diamonds."""
        for dots in self.dots:
            dots.remove()
        ax, before = self.axes[1], set(self.axes[1].collections)
        for number, (X, y) in enumerate(sets):
            if len(X) and classify:
                plots.scatter(ax, X, y, test=number == 1, size=16)
            elif len(X):
                ax.scatter(
                    *X.T,
                    s=18,
                    marker="oD"[number],
                    facecolors=self.full[_shade(y)] / 255,
                    edgecolors=plots.ink(),
                    linewidths=0.4,
                    zorder=3,
                )
        self.dots = [dots for dots in ax.collections if dots not in before]
        ax.set(xlim=self.mesh.xlim, ylim=self.mesh.ylim)

    # What changes with every picture ------------------------------------------------------------------------

    def update(self, maps, weights, biases, used, enlarged, selected, discretize):
        """New numbers: `maps` (units, n·n) from -1 to 1, `weights` (links,), `biases` {unit: number}.

        `used` are the features in use, `enlarged` the unit that the large picture shows, `selected` a weight or ().
        """
        shades = _shade(maps).reshape(-1, self.mesh.n, self.mesh.n)
        self.tiles.pixels = self._tiles(shades, biases, used)
        size = np.abs(weights)
        widths = 0.5 + 4 * np.tanh(size / 2)
        self.links.set_linewidths(widths)
        positive, negative = (to_rgba(plots.COLORS[sign]) for sign in ("positive", "negative"))
        colors = np.where(weights[:, None] > 0, positive, negative)
        colors[:, 3] = 0.15 + 0.85 * np.tanh(size)
        self.links.set_color(colors)
        self._enlarge(maps[list(self.places).index(enlarged)], discretize)
        self._mark(enlarged, selected, widths)

    def draw_losses(self, history):
        """The curves {"train": values, …}; the axis of the epochs grows in jumps, so that it seldom changes."""
        length = max(map(len, history.values()), default=0)
        steps = np.unique(np.linspace(0, max(length - 1, 0), 250).astype(int))
        for name, curve in self.curves.items():
            values = history.get(name, ())
            shown = steps[steps < len(values)]
            curve.set_data(shown + 1, np.clip([values[i] for i in shown], LOWEST, HIGHEST))
        self.axes[2].set_xlim(0, plots.round_up(max(50, 1.1 * length)))

    def _tiles(self, shades, biases, used):
        pixels = self.full.take(shades, axis=0)
        unused = [i for i in range(len(self.features)) if i not in used]
        pixels[unused] = self.faded[shades[unused]]
        frame = np.array(to_rgba(plots.ink(), 1)) * 255
        for edge in (0, -1):
            pixels[:, edge] = pixels[:, :, edge] = frame
        order = {unit: number for number, unit in enumerate(self.places)}
        side = round(CORNER * self.mesh.n / TILE)
        for unit, bias in biases.items():
            pixels[order[unit], : side + 1, : side + 1] = frame
            pixels[order[unit], 1:side, 1:side] = self.full[_shade(math.tanh(bias))]
        return pixels

    def _enlarge(self, values, discretize):
        values = self.mesh.grid(values)
        fine = self.between @ np.clip(np.nan_to_num(values), -1, 1) @ self.between.T
        self.map.pixels = self.pale.take(_shade(np.sign(fine) if discretize else fine), axis=0)[None]
        lines = contourpy.contour_generator(z=values).lines(0.0) if np.isfinite(values).all() else []
        (x0, x1), (y0, y1) = self.mesh.xlim, self.mesh.ylim
        scale, corner = np.array([x1 - x0, y1 - y0]) / (self.mesh.n - 1), (x0, y0)
        self.boundary.set_segments([line * scale + corner for line in lines])

    def _mark(self, enlarged, selected, widths):
        """Outline the selected weight or bias, or else the unit that is enlarged."""
        if selected in self.weights:
            number = self.weights.index(selected)
            self.mark.set(data=self.segments[number].T, linewidth=widths[number] + 4, zorder=0.5)
        else:
            x, y = np.subtract(self.places[selected[:2] if selected else enlarged], TILE / 2)
            side = CORNER if selected else TILE
            around = [x, x + side, x + side, x, x], [y, y, y + side, y + side, y]
            self.mark.set(data=around, linewidth=2.5, zorder=4)

    # What is where ------------------------------------------------------------------------------------------

    def find(self, x, y):
        """The unit or weight at (x, y) of the network's axes, or None."""
        for (layer, i), (left, low) in zip(self.places, self.tiles.centres - TILE / 2):
            if 0 <= x - left <= TILE and 0 <= y - low <= TILE:
                bias = layer > 0 and max(x - left, y - low) <= 1.5 * CORNER
                return (layer, i, None) if bias else (layer, i)
        start, along = self.segments[:, 0], self.segments[:, 1] - self.segments[:, 0]
        t = (((x, y) - start) * along).sum(1) / (along**2).sum(1)
        distance = np.linalg.norm(start + np.clip(t, 0, 1)[:, None] * along - (x, y), axis=1)
        nearest = int(distance.argmin())
        return self.weights[nearest] if distance[nearest] <= REACH else None


def _between(n, m):
    """The matrix (m, n) that takes n values on a line to m, with straight lines between them."""
    return np.column_stack([np.interp(np.linspace(0, n - 1, m), np.arange(n), row) for row in np.eye(n)])


def _shade(values):
    """Numbers from -1 to 1 as places 0 … 255 in a table of colours."""
    return (127.5 * (1 + np.clip(np.nan_to_num(values), -1, 1))).astype(np.uint8)
