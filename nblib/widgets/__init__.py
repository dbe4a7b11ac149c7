"""Pictures that move: `explore` (controls to picture), `live` (training to watch), `graph` (both passes)."""

from nblib.widgets.controls import choice, log_slider, point, slider, toggle
from nblib.widgets.explorer import Explorer, explore
from nblib.widgets.graph import graph
from nblib.widgets.live import Live, live
from nblib.widgets.playground import playground

__all__ = [
    "Explorer",
    "Live",
    "choice",
    "explore",
    "graph",
    "live",
    "log_slider",
    "playground",
    "point",
    "slider",
    "toggle",
]
