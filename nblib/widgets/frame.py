"""The picture of a widget: a persistent matplotlib figure drawn fast, and the frame that shows it."""

import io
import pathlib
import struct
import zlib

import anywidget
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from nblib import plots

HERE = pathlib.Path(__file__).parent
AT_REST, MOVING = 1.25, 1.0  # pictured pixels per page pixel: what moves need not be so sharp


class Frame(anywidget.AnyWidget):
    """A picture with alternative text and a caption, which reports when each is shown and where it is touched."""

    _esm = (HERE / "frame.js").read_text(encoding="utf-8")  # as text: anywidget keeps every frame alive
    _css = (HERE / "frame.css").read_text(encoding="utf-8")  # that was made from a path, to reload the file
    picture = traitlets.Bytes(b"").tag(sync=True)  # as PNG or JPEG
    alt = traitlets.Unicode("").tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)
    seq = traitlets.Int(0).tag(sync=True)
    width = traitlets.Int(0).tag(sync=True)
    pointer = traitlets.Unicode("").tag(sync=True)  # "", "press" (also drags) or "hover"

    def __init__(self, on_pointer=None, **traits):
        super().__init__(**traits)
        self.shown, self._on_pointer = 0, on_pointer
        self.on_msg(self._message)

    def push(self, picture, caption, width):
        """Send a new picture; `shown` catches up with `seq` once the reader sees it."""
        with self.hold_sync():
            self.picture, self.width, self.caption, self.alt = picture, width, caption, caption
            self.seq += 1

    def _message(self, _, content, buffers):
        if "shown" in content:
            self.shown = max(self.shown, content["shown"])
        elif self._on_pointer is not None:
            self._on_pointer(content["type"], content["x"], content["y"])


class Canvas:
    """A figure that is drawn again and again.

    Ticks and their labels cost four fifths of a drawing and seldom change. They are drawn once and kept as a
    background; a new picture restores it and draws the rest. When limits, scales or labels do change, the
    background is drawn anew.
    """

    def __init__(self, figure, axes):
        self.figure = figure
        self.canvas = FigureCanvasAgg(self.figure)
        self.axes = axes  # what a draw function gets
        self.list = axes if isinstance(axes, list) else [axes]
        self._key = self._background = None

    @property
    def width(self):
        """Width of the picture on the page, in pixels."""
        return int(self.figure.get_figwidth() * plots.PIXELS_PER_INCH)

    def clear(self):
        """Remove everything a draw function put on the axes, but not the axes' own ticks and labels."""
        for extra in set(self.figure.axes) - set(self.list):
            extra.remove()
        for artist in [a for ax in self.list for a in _drawn(ax)] + list(self.figure.texts):
            artist.remove()
        for ax in self.list:
            ax.set_title("")
            ax.set_prop_cycle(None)
            ax.set_axis_on()
            ax.relim()
            ax.autoscale(True)

    def png(self):
        """The picture as PNG bytes, exact; without row filters: twice as fast as Pillow, which tries all five."""
        pixels = self._draw(AT_REST)
        height, width = pixels.shape[:2]
        rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each row begins with its filter, 0 for none
        for channel in range(3):  # one at a time: a sixth of the time of all three
            rows[:, 1 + channel :: 3] = pixels[..., channel]
        header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
        return b"".join(
            [
                b"\x89PNG\r\n\x1a\n",
                _chunk(b"IHDR", header),
                _chunk(b"IDAT", zlib.compress(rows, 1)),
                _chunk(b"IEND", b""),
            ]
        )

    def jpeg(self):
        """The picture as JPEG bytes, for pictures that follow each other: not to the pixel, in half of the time."""
        pixels, out = self._draw(MOVING), io.BytesIO()
        size = pixels.shape[1::-1]
        Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB").save(
            out, "JPEG", quality=92, subsampling=0
        )  # colours as sharp as brightness: thin lines stay
        return out.getvalue()

    def _draw(self, sharpness):
        """The pixels (height, width, 4) of the figure, drawing no more than has changed."""
        self.figure.set_dpi(plots.PIXELS_PER_INCH * sharpness)
        if self._background is None:  # margins are settled once; later pictures keep them
            self.figure.draw_without_rendering()
            self.figure.set_layout_engine("none")
        if self._look() != self._key:
            self._draw_background()
            self._key = self._look()
        self.canvas.restore_region(self._background)
        renderer = self.canvas.get_renderer()
        for ax in self.list:
            for artist in sorted(_over_ticks(ax), key=lambda a: a.get_zorder()):
                artist.draw(renderer)
        for text in self.figure.texts:
            text.draw(renderer)
        return np.asarray(self.canvas.buffer_rgba())

    def fraction_to_data(self, x, y):
        """(axes, x, y): which axes a point of the picture lies in, and where; None outside all axes."""
        pixel = x * self.figure.bbox.width, y * self.figure.bbox.height
        for ax in self.list:
            if ax.bbox.contains(*pixel):
                return ax, *ax.transData.inverted().transform(pixel).tolist()
        return None

    def _look(self):
        """Everything that decides how the background looks."""
        return self.figure.dpi, [_appearance(ax) for ax in self.list]

    def _draw_background(self):
        hidden = [a for ax in self.list for a in _over_ticks(ax)] + list(self.figure.texts)
        hidden = [artist for artist in hidden if artist.get_visible()]
        for artist in hidden:
            artist.set_visible(False)
        self.canvas.draw()
        self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        for artist in hidden:
            artist.set_visible(True)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _over_ticks(ax):
    """All that is drawn anew for every picture: everything but the ground, the ticks and the axis labels."""
    spines = () if ax.axison else ax.spines.values()  # which an axis switched off does not draw
    return [artist for artist in ax.get_children() if artist not in (ax.xaxis, ax.yaxis, ax.patch, *spines)]


def _drawn(ax):
    """What a draw function put on the axes."""
    own = {*ax.spines.values(), ax.title, ax._left_title, ax._right_title}
    return [artist for artist in _over_ticks(ax) if artist not in own]


def _appearance(ax):
    """Everything that decides how the axes' own ground, ticks and labels look."""
    spines = [(spine.get_visible(), spine.get_edgecolor(), spine.get_linewidth()) for spine in ax.spines.values()]
    return (
        ax.axison,
        ax.get_aspect(),
        ax.get_facecolor(),
        tuple(ax.get_position().bounds),
        spines,
        *(_axis_appearance(axis) for axis in (ax.xaxis, ax.yaxis)),
    )


def _axis_appearance(axis):
    label, locator, formatter = axis.label, axis.get_major_locator(), axis.get_major_formatter()
    places = tuple(getattr(locator, "locs", ()))  # of ticks that were set; others follow from the limits
    return (
        label.get_text(),
        label.get_color(),
        label.get_fontsize(),
        axis.get_scale(),
        tuple(axis.get_view_interval()),
        type(locator),
        type(formatter),
        places,
        tuple(formatter.format_ticks(places)) if places else (),
        sorted(axis._major_tick_kw.items()),
    )
