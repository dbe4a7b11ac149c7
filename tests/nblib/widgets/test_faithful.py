"""A widget shows what there is, and is built again by what it says: changed text, ends of ranges, lines of Python."""

import io

import numpy as np
import pytest
from notebook_runner import check_rebuilt, rebuilt, settings_of, to_an_end, walk
from PIL import Image

from nblib import plots
from nblib.widgets import explore, graph, log_slider, playground, slider
from nblib.widgets.controls import ROUNDING
from nblib.widgets.frame import Canvas


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    monkeypatch.setenv("NBLIB_STRICT", "1")
    plots.use_style()


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


CHANGES = {
    "tick labels": lambda ax, late: ax.set_xticks([0, 1], ["four", "eight"] if late else ["one", "two"]),
    "tick places": lambda ax, late: ax.set_xticks([0, 0.8 if late else 1], ["one", "two"]),
    "axis label": lambda ax, late: ax.set_xlabel("late" if late else "soon"),
    "colour of a label": lambda ax, late: ax.set_ylabel("y", color="red" if late else "blue"),
    "size of a label": lambda ax, late: ax.set_ylabel("y", fontsize=14 if late else 9),
    "title": lambda ax, late: ax.set_title("late" if late else "soon"),
    "colour of ticks": lambda ax, late: ax.tick_params(colors="red" if late else "blue"),
    "ground": lambda ax, late: ax.set_facecolor("#DDDDFF" if late else "white"),
    "frame": lambda ax, late: ax.spines["top"].set_visible(late),
    "legend": lambda ax, late: ax.legend([ax.plot([0, 1])[0]], ["late" if late else "soon"]),
    "scale": lambda ax, late: ax.set_yscale("log" if late else "linear"),
    "axis switched off": lambda ax, late: ax.set_axis_off() if late else ax.set_axis_on(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_whatever_changes_is_drawn_again(change):
    """The picture over the kept background is, to the pixel, a drawing from scratch, before and after a change."""
    canvas = Canvas(*plots.figure())
    shown = []
    for late in (False, True, False):
        canvas.clear()
        canvas.axes.set(xlim=(0, 1), ylim=(0.1, 1))
        change(canvas.axes, late)
        shown.append(pixels(canvas.png()))
        canvas.canvas.draw()
        full = np.asarray(canvas.canvas.buffer_rgba())[..., :3].astype(int)
        assert (shown[-1] == full).all(), f"late={late}"
    assert (shown[0] != shown[1]).any() and (shown[0] == shown[2]).all()


def test_the_playground_at_rest_names_the_network_that_is_there():
    widget = playground(layers=((4, "tanh"),))
    widget.controls["layers"].value = ((4, "relu"),)
    other = playground(layers=((4, "relu"),))
    other.reset()
    assert (pixels(widget.frame.picture) == pixels(other.frame.picture)).all()


@pytest.mark.parametrize("low, high", [(0.05, 20), (1e-4, 10), (1 / 3, 7.7), (1e-6, 1e6), (0.3, 0.7)])
@pytest.mark.parametrize("kind", (slider, log_slider))
def test_both_ends_of_a_slider_build_the_widget_again(kind, low, high):
    @explore(gain=kind("gain", float(low), float(high), float(low)))
    def shown(axes, gain):
        return f"gain {gain:.6g}"

    for side in (0, -1):
        to_an_end(shown, side)
        check_rebuilt(shown)
        assert low <= rebuilt(shown).controls["gain"].value <= high * (1 + 1e-12)


def test_only_rounding_is_forgiven():
    @explore(gain=slider("gain", 0.0, 20.0, 1.0))
    def shown(axes, gain):
        return ""

    assert shown(gain=20 * (1 + ROUNDING / 2)).values["gain"] == 20
    for beyond in (20.1, -0.1, 20 * (1 + 3 * ROUNDING)):
        with pytest.raises(ValueError, match=r"gain: wanted a number from 0\.0 to 20\.0"):
            shown(gain=beyond)


def test_the_graph_viewer_has_a_call_of_its_own():
    widget = graph("a*b + c", 2, a=1.25, b=-3.0, c=0.5)
    check_rebuilt(widget)
    assert widget(a=4.0).values == {**widget.values, "inputs": {"a": 4.0, "b": -3.0, "c": 0.5}}
    assert widget(step=1).values["step"] == 1
    assert widget(expression="x*y").expression.text == "x*y"
    with pytest.raises(ValueError, match="got one for d"):
        widget(d=1.0)


WEIGHTS = (((1, 0, 0), 2.5), ((1, 1, None), -1.25), ((3, 0, 1), 0.5))


def test_weights_set_by_hand_are_part_of_the_line():
    widget = playground(layers=((4, "tanh"), (2, "tanh")))
    assert "weights" not in widget.settings
    for weight, value in WEIGHTS:
        widget.weight.value = weight
        widget.dial.value = value
    assert widget.weights == WEIGHTS
    widget.dial.value = 0.75
    assert dict(widget.weights)[WEIGHTS[-1][0]] == 0.75  # what was set last counts
    widget.dial.value = 0.5
    other = rebuilt(widget)
    assert other.settings == widget.settings and "weights=(((1, 0, 0), 2.5)," in widget.settings
    network = other.trainer.state.network
    assert network.linears()[0].weight.data[0, 0] == 2.5 and network.linears()[0].bias.data[1] == -1.25
    assert network.linears()[2].weight.data[0, 1] == 0.5
    assert other.frame.caption == widget.frame.caption
    assert widget(lr=1.0).weights == WEIGHTS and widget(weights=()).weights == ()


def test_another_network_forgets_what_was_set_by_hand():
    widget = playground(weights=WEIGHTS[:1])
    assert widget.weights == WEIGHTS[:1]
    widget.controls["layers"].value = ((3, "tanh"),)
    assert widget.weights == () and "weights" not in widget.settings


@pytest.mark.parametrize("weights", [(((9, 0, 0), 1.0),), (((1, 0, 5), 1.0),), (((1, 0, 0), "x"),)])
def test_weights_that_are_not_there_are_refused(weights):
    with pytest.raises((ValueError, TypeError), match="weights: wanted"):
        playground(weights=weights)


def test_a_random_walk_moves_several_controls_and_finds_what_raises():
    @explore(a=slider("a", 0.0, 1.0, 0.5), b=slider("b", 0.0, 1.0, 0.5))
    def shown(axes, a, b):
        if a == 1.0 and b == 0.0:
            raise ZeroDivisionError
        return f"{a} {b}"

    before = shown.values
    walk(shown, 5)
    assert shown.values == before
    with pytest.raises(ZeroDivisionError):
        walk(shown, 300)
    assert len(settings_of(shown.controls["a"], __import__("random").Random(0))) >= 4
