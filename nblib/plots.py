"""Figures of the course: one house style, functions of arrays, colours that keep their meaning.

Every function draws on a matplotlib `Axes` and takes NumPy arrays, never a model. `show` puts a
finished figure into the notebook, with a sentence that says what there is to see.
"""

import io
import textwrap
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from nblib._inputs import array, describe, examples, number, one_of, whole

# Okabe and Ito's palette: told apart with any of the usual colour-vision deficiencies.
# Blue is class 0 and everything that pushes towards it (negative weights); orange is class 1.
CLASS_COLORS = [
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#B8A800",
    "#7F7F7F",
    "#882255",
    "#44AA99",
]
COLORS = {
    "class 0": CLASS_COLORS[0],
    "class 1": CLASS_COLORS[1],
    "negative": CLASS_COLORS[0],
    "positive": CLASS_COLORS[1],
    "train": "#009E73",
    "test": "#CC79A7",
    "validation": "#56B4E9",
    "truth": "#7F7F7F",
    "sgd": "#7F7F7F",
    "momentum": "#56B4E9",
    "nesterov": "#0072B2",
    "adagrad": "#B8A800",
    "rmsprop": "#CC79A7",
    "adam": "#D55E00",
}
MARKERS = "os^DvP*XhH"  # class by shape as well as by colour
THEMES = {
    "light": {"paper": "white", "ink": "#222222", "faint": "#DDDDDD"},
    "dark": {"paper": "#1C1C1C", "ink": "#E8E8E8", "faint": "#444444"},
}
PIXELS_PER_INCH = 100  # of a figure on the page; pictures carry more, for sharp screens
PALETTE_UP_TO = 1 << 15  # a picture of more colours than this is a photograph
THIN = 500  # a curve of more points is thinned for drawing


def use_style(theme="light"):
    """Set the house style for all figures made from here on; `theme` is "light" or "dark"."""
    colors = THEMES[one_of(theme, "theme", tuple(THEMES))]
    paper, ink, faint = colors["paper"], colors["ink"], colors["faint"]
    matplotlib.rcParams.update(
        {
            "figure.facecolor": paper,
            "axes.facecolor": paper,
            "savefig.facecolor": paper,
            "text.color": ink,
            "axes.labelcolor": ink,
            "axes.edgecolor": ink,
            "xtick.color": ink,
            "ytick.color": ink,
            "axes.grid": False,
            "grid.color": faint,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "font.size": 11,
            "axes.titlesize": 12,
            "axes.titlelocation": "left",
            "axes.titley": 1.0,
            "axes.labelsize": 11,
            "lines.linewidth": 2,
            "lines.markersize": 6,
            "legend.frameon": False,
            "image.cmap": "gray",
            "axes.prop_cycle": matplotlib.cycler(color=CLASS_COLORS),
        }
    )


def ink():
    """The colour of text and outlines in the present theme."""
    return matplotlib.rcParams["text.color"]


def diverging():
    """Colour map from class 0 (blue) through the paper's colour at zero to class 1 (orange)."""
    ends = COLORS["negative"], matplotlib.rcParams["axes.facecolor"], COLORS["positive"]
    return LinearSegmentedColormap.from_list("course", [to_rgb(c) for c in ends])


def figure(columns=1, rows=1, size=None, **grid):
    """A new figure and its axes: one `Axes`, or a flat list of rows × columns of them.

    `size` is (width, height) in inches; `grid` goes to `Figure.subplots` (`sharey=True`, …).
    """
    columns, rows = whole(columns, "columns", 1), whole(rows, "rows", 1)
    fig = Figure(figsize=size or (min(8.4, 4.4 * columns), 3.3 * rows), dpi=PIXELS_PER_INCH, layout="constrained")
    fig.get_layout_engine().set(w_pad=0.08, h_pad=0.06)
    axes = fig.subplots(rows, columns, squeeze=False, **grid).ravel().tolist()
    return fig, axes if len(axes) > 1 else axes[0]


def png(fig, caption=None, scale=1.5):
    """The figure as PNG bytes, `scale` pictured pixels per page pixel; a caption is printed below it."""
    note = None
    if caption:
        width = int(fig.get_figwidth() * 13)
        note = fig.text(0.01, -0.02, textwrap.fill(caption, width), va="top", fontsize=10)
    out = io.BytesIO()
    fig.savefig(out, format="png", dpi=PIXELS_PER_INCH * scale, bbox_inches="tight" if note else None, pad_inches=0.08)
    if note:
        note.remove()
    return _compact(out)


def show(fig, caption):
    """Put `fig` into the notebook with `caption`, one sentence that says what there is to see in it."""
    from IPython.display import display

    if not isinstance(fig, Figure):
        raise TypeError(f"show: wanted a figure and a caption, got {describe(fig)} first")
    if not isinstance(caption, str) or not caption.strip():
        raise ValueError("show: wanted a sentence that says what there is to see, got an empty caption")
    width = int(fig.get_figwidth() * PIXELS_PER_INCH)
    display({"image/png": png(fig), "text/plain": caption}, raw=True, metadata={"image/png": {"width": width}})
    display({"text/markdown": f"*{caption}*", "text/plain": caption}, raw=True)


class Mesh(NamedTuple):
    """A square grid of points over a rectangle of the plane."""

    points: np.ndarray  # (n·n, 2), row by row from the bottom left
    xlim: tuple
    ylim: tuple
    n: int

    def grid(self, values):
        """`values` (n·n,) at the points, as the (n, n) picture that `imshow` and `contour` want."""
        values = array(values, "values", finite=False)
        if values.size != self.n**2:
            raise ValueError(
                f"values: wanted one number for each of the {self.n**2} points of the mesh, got shape {values.shape}"
            )
        return values.reshape(self.n, self.n)


def mesh(xlim=(-3, 3), ylim=(-3, 3), n=60):
    """A grid of n × n points over `xlim` × `ylim`, on which to evaluate a function of two variables."""
    n = whole(n, "n", 2)
    x, y = np.linspace(*_limits(xlim, "xlim"), n), np.linspace(*_limits(ylim, "ylim"), n)
    return Mesh(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2), tuple(xlim), tuple(ylim), n)


def scatter(ax, X, y, test=False, names=None, size=26):
    """Points X (N, 2) in the colour and marker of their class y (N,); `test` points are hollow."""
    X, y = examples(X, y, columns=2)
    for k in np.unique(y):
        color = CLASS_COLORS[k % len(CLASS_COLORS)]
        ax.scatter(
            *X[y == k].T,
            s=size,
            marker=MARKERS[k % len(MARKERS)],
            linewidths=1 if test else 0.5,
            facecolors="none" if test else color,
            edgecolors=color if test else ax.get_facecolor(),
            label=names[k] if names is not None else f"class {k}",
            zorder=3,
        )


def decision(ax, mesh, probs, threshold=0.5):
    """A classifier's probability of class 1, `probs` (n·n,), as a heat map with the line where it is `threshold`."""
    values = mesh.grid(probs)
    ax.imshow(
        values,
        extent=(*mesh.xlim, *mesh.ylim),
        origin="lower",
        cmap=diverging(),
        vmin=0,
        vmax=1,
        alpha=0.5,
        aspect="auto",
        interpolation="bilinear",
        zorder=0,
    )
    if values.min() < threshold < values.max():
        ax.contour(values, levels=[threshold], extent=(*mesh.xlim, *mesh.ylim), colors=ink(), linewidths=1.5)
    ax.set(xlim=mesh.xlim, ylim=mesh.ylim)


def contour(ax, mesh, values, levels=12):
    """Level lines of a function whose `values` (n·n,) are given at the points of `mesh`, dark where it is low.

    `levels` is about how many lines, or a rising list of values; the lines are coloured by rank, not by value, so
    that widely spread levels can be told apart.
    """
    values = mesh.grid(values)
    if np.ndim(levels) == 0:
        levels = MaxNLocator(whole(levels, "levels", 1)).tick_values(values.min(), values.max())
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, len(levels)))
    ax.contour(values, levels=levels, extent=(*mesh.xlim, *mesh.ylim), colors=shades, linewidths=1)
    ax.set(xlim=mesh.xlim, ylim=mesh.ylim)


def path(ax, points, color=None, label=None):
    """The way an optimizer went, `points` (steps, 2): a dot a step, a ring at the start, a star at the end."""
    points = array(points, "points", shape=("steps", 2), finite=False)
    color = color or ink()
    ax.plot(*points.T, ".-", color=color, linewidth=1.2, markersize=4, label=label, zorder=4)
    ax.plot(*points[0], "o", color=color, markerfacecolor="none", markersize=9, zorder=5)
    ax.plot(*points[-1], "*", color=color, markersize=11, zorder=5)


def cost_curves(ax, curves, xlabel="step", ylabel="cost", xlim=None, ylim=None, log=True):
    """Named curves {"train": values, …} against the step, labelled at their right ends.

    The vertical axis is logarithmic unless `log=False`. Without `xlim` the horizontal axis ends at a 1, 2 or 5
    times a power of ten beyond the curves, so that a growing curve seldom needs new ticks.
    """
    if not isinstance(curves, dict) or not curves:
        raise TypeError(f"curves: wanted a dict of names and values, got {describe(curves)}")
    curves = {
        name: array(v, f"curve {name!r}", shape=("steps",), finite=False, empty=True) for name, v in curves.items()
    }
    for name, values in curves.items():
        steps = _thin(values)
        ax.plot(steps + 1, values[steps], label=name, color=COLORS.get(name))
    if log:
        ax.set_yscale("log")
    if ylim is not None:
        ax.set_ylim(ylim)
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=xlim or (0, round_up(1.25 * max(map(len, curves.values())))))
    if len(curves) > 1:
        label_lines(ax)


def histogram(ax, values, bins=30, xlim=None, label=None, color=None):
    """How often each range of `values` (any shape) occurs; `xlim` fixes the bins' limits."""
    values = array(values, "values").ravel()
    if xlim is not None:
        values = np.clip(values, *_limits(xlim, "xlim"))  # outliers are counted in the outermost bins
    ax.hist(values, bins=whole(bins, "bins", 1), range=xlim, label=label, color=color or CLASS_COLORS[0], alpha=0.75)
    ax.set_ylabel("count")
    if xlim is not None:
        ax.set_xlim(xlim)


def image(ax, picture, title=None, signed=False, limit=None):
    """A picture (H, W) grey or (H, W, 3) colour without axes; `signed` draws zero as paper, ± in orange and blue.

    `limit` is the absolute value drawn in full colour (signed) or white (grey); the largest one unless given.
    """
    picture = array(picture, "picture", dtype=None)
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3):
        raise ValueError(f"picture: wanted shape (H, W) or (H, W, 3), got {picture.shape}")
    limit = number(limit, "limit", 0) if limit is not None else float(np.abs(picture).max()) or 1.0
    if picture.ndim == 3:
        ax.imshow(picture)
    else:
        ax.imshow(picture, cmap=diverging() if signed else "gray", vmin=-limit if signed else 0, vmax=limit)
    ax.axis("off")
    if title is not None:
        ax.set_title(title)


def images(pictures, titles=None, columns=10, size=0.84, signed=False, limit=None):
    """A new figure with a grid of `pictures` (N, H, W) or (N, H, W, 3); `size` inches each, one grey scale for all."""
    pictures = array(pictures, "pictures", dtype=None)
    if pictures.ndim not in (3, 4):
        raise ValueError(f"pictures: wanted shape (N, H, W) or (N, H, W, 3), got {pictures.shape}")
    columns = min(whole(columns, "columns", 1), len(pictures))
    rows = -(-len(pictures) // columns)
    limit = limit if limit is not None else float(np.abs(pictures).max())
    extra = 0.28 if titles is not None else 0
    fig, axes = figure(columns, rows, size=(size * columns, (size + extra) * rows))
    axes = axes if isinstance(axes, list) else [axes]
    for i, ax in enumerate(axes):
        if i < len(pictures):
            image(ax, pictures[i], None if titles is None else str(titles[i]), signed, limit)
        ax.axis("off")
    return fig, axes


def contrast(a, b):
    """(L₁ + 0.05) / (L₂ + 0.05) of the lighter and the darker of two colours, L their relative luminance: from 1 to 21.

    Text wants 4.5 or more  (Web Content Accessibility Guidelines 2.1).
    """
    dark, light = sorted(_luminance(color) for color in (a, b))
    return (light + 0.05) / (dark + 0.05)


def legible(color, ground=None):
    """`color`, mixed with ink as far as text of it needs to be read on `ground` (the paper, unless given)."""
    ground = matplotlib.rcParams["axes.facecolor"] if ground is None else ground
    mixed = (tuple((1 - t) * c + t * i for c, i in zip(to_rgb(color), to_rgb(ink()))) for t in np.linspace(0, 1, 21))
    return next((text for text in mixed if contrast(text, ground) >= 4.5), to_rgb(ink()))


def label(ax, x, y, text, color=None, **style):
    """A word beside what it names, at data coordinates (x, y), with a halo so that it reads on any ground."""
    from matplotlib.patheffects import withStroke

    halo = withStroke(linewidth=3, foreground=ax.get_facecolor())
    return ax.text(x, y, text, color=legible(color or ink(), ax.get_facecolor()), path_effects=[halo], **style)


def label_lines(ax, gap=0.075):
    """Name each labelled line of `ax` where it ends, in its colour, at least `gap` of the height apart."""
    lines = [line for line in ax.get_lines() if not line.get_label().startswith("_") and len(line.get_ydata())]
    ends = sorted(((_end(ax, line), line) for line in lines), key=lambda pair: pair[0][1])
    for ((x, _), line), y in zip(ends, _spread([y for (_, y), _ in ends], gap)):
        ax.text(
            x + 0.015,
            y,
            line.get_label(),
            color=legible(line.get_color(), ax.get_facecolor()),
            transform=ax.transAxes,
            va="center",
        )


def round_up(n):
    """The smallest of 10, 20, 50, 100, 200, 500, … that is at least `n`."""
    power = 10 ** max(1, int(np.floor(np.log10(max(n, 1)))))
    return next(int(m * power) for m in (1, 2, 5, 10) if m * power >= n)


def _luminance(color):
    """Relative luminance of an sRGB colour, from 0 (black) to 1 (white)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def _compact(picture):
    """PNG bytes with a palette of 256 colours, a third of the size; a photograph keeps all of its colours."""
    rgb, out = Image.open(picture).convert("RGB"), io.BytesIO()
    if rgb.getcolors(PALETTE_UP_TO) is not None:
        rgb = rgb.quantize(256, Image.Quantize.MAXCOVERAGE)  # keeps rare colours: a thin line, a word
    rgb.save(out, format="PNG", optimize=True)
    return out.getvalue()


def _end(ax, line):
    """Where the line ends, as fractions of the width and height of the axes, inside 0 … 1."""
    xy = np.column_stack([np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)])
    xy = xy[np.isfinite(xy).all(axis=1)]
    if not len(xy):
        return 0.0, 0.0
    return tuple(np.clip(ax.transAxes.inverted().transform(ax.transData.transform(xy[-1])), 0, 1).tolist())


def _spread(heights, gap):
    """Rising `heights`, moved to be at least `gap` apart: upwards, and back down from the top of the axes."""
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + gap)
    limit = 1.0
    for i in reversed(range(len(heights))):
        heights[i] = limit = min(heights[i], limit)
        limit -= gap
    return heights


def _thin(values):
    """Indices of at most THIN values, evenly spread, first and last among them."""
    return (
        np.unique(np.linspace(0, len(values) - 1, THIN).astype(int)) if len(values) > THIN else np.arange(len(values))
    )


def _limits(limits, name):
    low, high = array(limits, name, shape=(2,))
    if not low < high:
        raise ValueError(f"{name}: wanted (low, high) with low < high, got {tuple(limits)}")
    return low, high
