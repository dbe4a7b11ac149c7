"""The widgets of notebook 02: every control over its whole range, the goals that the text promises, odd input."""

import numpy as np
import pytest
from notebook_runner import EveryWidget, caption, drive

NOTEBOOK = "02_linear_classifiers"
NAMES = ("three_scores", "penalties", "ring", "window")


@pytest.fixture(scope="module")
def notebook(widgets):
    """All that the notebook defines, by name."""
    return widgets["window"].draw.__globals__


class TestEveryWidget(EveryWidget):
    pass


@pytest.mark.parametrize("name", NAMES)
def test_nothing_piles_up_on_the_picture(widgets, name):
    widget = widgets[name]
    artists = [len(ax.get_children()) for ax in widget.canvas.list]
    drive(widget, 2)
    assert [len(ax.get_children()) for ax in widget.canvas.list] == artists


def test_the_first_picture_is_the_lectures_example(widgets):
    assert "p(cat) = 0.13; cross-entropy 2.04, hinge 2.9." in widgets["three_scores"].frame.caption


def test_the_hinge_loss_is_content_at_a_lead_of_one_and_cross_entropy_is_not(widgets):
    assert caption(widgets["three_scores"], cat=6.0).startswith("Both losses pull")
    said = caption(widgets["three_scores"], cat=6.2)
    assert said.startswith("The hinge loss is content") and "cross-entropy 0.288, hinge 0." in said
    assert caption(widgets["three_scores"], cat=6.2, times=100.0).startswith("Both losses print 0")


@pytest.mark.parametrize("scores", [(10.0, -10.0, -10.0), (-10.0, 10.0, 10.0), (10.0, 10.0, 10.0)])
def test_scores_of_a_thousand_give_numbers(widgets, scores):
    said = caption(widgets["three_scores"], **dict(zip(("cat", "car", "frog"), scores)), times=100.0)
    assert "nan" not in said and "inf" not in said


def test_nine_tenths_of_the_digits_can_be_read_with_few_weights(widgets):
    said = [caption(widgets["penalties"], kind="L1", strength=s) for s in np.arange(-4, 0.25, 0.25)]
    reached = ["Nine tenths" in text for text in said]
    assert any(reached) and not reached[0] and not reached[-1]
    assert "0 of 640 weights" in said[-1]


@pytest.mark.parametrize(
    "centre, good",
    [((0, 0), True), ((0.4, 0), True), ((0.5, 0), False), ((0, 0.7), True), ((0, 0.9), False), ((-1.2, 0), False)],
)
def test_the_ring_forgives_more_upwards_than_to_the_right(widgets, centre, good):
    said = caption(widgets["ring"], centre=tuple(map(float, centre)))
    assert ("nine tenths" in said) == good, said


@pytest.mark.parametrize("name, control, inside", [("window", "where", (0.15, 0.6)), ("ring", "centre", (0.25, 0.5))])
def test_the_point_follows_the_pointer(widgets, name, control, inside):
    widget = widgets[name]()
    before, seq = widget.controls[control].value, widget.frame.seq
    widget._touched("press", *inside)
    widget._touched("move", inside[0] + 0.03, inside[1])
    assert widget.controls[control].value != before and widget.frame.seq > seq
    kept = widget.controls[control].value
    widget._touched("move", 1.5, 1.5)  # beside the picture
    assert widget.controls[control].value == kept
    widget.dispose()


def test_a_window_without_an_edge_and_the_two_of_the_goal(widgets):
    assert "hardly an edge" in caption(widgets["window"], where=(250.0, 30.0))
    assert "hardly an edge" not in caption(widgets["window"], where=(168.0, 192.0))
    assert "hardly an edge" not in caption(widgets["window"], where=(120.0, 136.0))


@pytest.mark.parametrize("loss", ["softmax_loss", "hinge_loss"])
def test_losses_take_one_class_and_refuse_labels_out_of_range(notebook, loss):
    value, slope = notebook[loss](np.full((3, 1), 1000.0), [0, 0, 0])
    assert value == 0 and (slope == 0).all()
    for y in ([3], [-1]):
        with pytest.raises(ValueError, match="wanted 0 to 2"):
            notebook[loss](np.zeros((1, 3)), y)


@pytest.mark.parametrize("shape", [(8, 8), (31, 17), (16, 640)])
@pytest.mark.parametrize("bins", [1, 8, 9])
def test_hog_counts_every_pixel_of_whole_cells_once(notebook, shape, bins):
    grey = np.random.default_rng(0).random(shape)
    H, (gy, gx) = notebook["hog"](grey, bins=bins), np.gradient(grey)
    rows, cols = shape[0] // 8, shape[1] // 8
    assert H.shape == (rows, cols, bins)
    assert np.isclose(H.sum(), np.hypot(gx, gy)[: 8 * rows, : 8 * cols].sum())


@pytest.mark.parametrize("shape", [(1, 1), (5, 9)])
def test_a_colour_histogram_is_made_of_shares(notebook, shape):
    picture = np.random.default_rng(0).integers(256, size=(*shape, 3)).astype(np.uint8)
    assert np.isclose(notebook["color_histogram"](picture).sum(), 1)
