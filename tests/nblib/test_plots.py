"""Plots take arrays, keep their colours' meaning, and name bad input."""

import io

import matplotlib
import numpy as np
import pytest
from PIL import Image

from nblib import plots


@pytest.fixture(autouse=True)
def style():
    plots.use_style()
    yield
    plots.use_style()


def pixels(fig):
    return np.asarray(Image.open(io.BytesIO(plots.png(fig))).convert("RGB"))


def points(n=40, seed=0):
    X = np.random.default_rng(seed).normal(size=(n, 2))
    return X, (X[:, 0] > 0).astype(int)


def test_figure_gives_one_axes_or_a_list():
    assert not isinstance(plots.figure()[1], list)
    assert len(plots.figure(3, 2)[1]) == 6


def test_the_same_figure_gives_the_same_bytes():
    def draw():
        fig, ax = plots.figure()
        plots.scatter(ax, *points())
        return plots.png(fig, "a caption")

    assert draw() == draw()


def test_a_small_word_keeps_its_colour_beside_a_wide_gradient():
    fig, ax = plots.figure()
    mesh = plots.mesh(n=60)
    plots.decision(ax, mesh, 1 / (1 + np.exp(-mesh.points.sum(axis=1))))
    ax.text(0, 0, "I", color=plots.COLORS["train"], fontsize=30)
    green = np.array([0x00, 0x9E, 0x73])
    assert np.abs(pixels(fig).astype(int) - green).max(axis=-1).min() <= 12


def test_a_caption_makes_the_picture_taller_and_leaves_the_figure_alone():
    fig, ax = plots.figure()
    plain = pixels(fig).shape[0]
    captioned = Image.open(io.BytesIO(plots.png(fig, "what there is to see " * 12))).size[1]
    assert captioned > plain + 20 and not fig.texts


def test_dark_theme_is_dark_and_light_is_light():
    brightness = {}
    for theme in ("light", "dark"):
        plots.use_style(theme)
        brightness[theme] = pixels(plots.figure()[0]).mean()
    assert brightness["light"] > 230 and brightness["dark"] < 60


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_can_be_told_from_the_paper(theme):
    """Contrast of each fixed colour with the ground at least 1.9 : 1 (a thick line), of text at least 10 : 1."""
    plots.use_style(theme)
    paper = luminance(plots.THEMES[theme]["paper"])
    for name, color in plots.COLORS.items():
        assert contrast(luminance(color), paper) > 1.9, name
    assert contrast(luminance(plots.ink()), paper) > 10


def luminance(color):
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def test_decision_paints_class_1_orange_and_class_0_blue():
    fig, ax = plots.figure()
    mesh = plots.mesh(n=20)
    plots.decision(ax, mesh, (mesh.points[:, 0] > 0).astype(float))
    middle = pixels(fig)[200]
    left, right = middle[len(middle) // 4].astype(int), middle[3 * len(middle) // 4].astype(int)
    assert left[2] > left[0] + 30 and right[0] > right[2] + 30


def test_mesh_runs_row_by_row_from_the_bottom_left():
    mesh = plots.mesh((0, 1), (5, 6), n=3)
    assert (
        mesh.points[0].tolist() == [0, 5] and mesh.points[2].tolist() == [1, 5] and mesh.points[-1].tolist() == [1, 6]
    )
    assert mesh.grid(mesh.points[:, 1])[0].tolist() == [5, 5, 5]


def test_level_lines_are_coloured_by_rank():
    fig, ax = plots.figure()
    mesh = plots.mesh(n=20)
    plots.contour(ax, mesh, (mesh.points**2).sum(axis=1), levels=[0.1, 1, 10])
    (lines,) = ax.collections
    assert [tuple(c) for c in np.diff(lines.get_edgecolors()[:, 1:2], axis=0) > 0.2] == [(True,), (True,)]
    plots.contour(ax, mesh, mesh.points[:, 0], levels=5)


def test_long_curves_are_thinned_but_keep_both_ends():
    fig, ax = plots.figure()
    plots.cost_curves(ax, {"train": np.linspace(2, 1, 12_345)})
    x, y = ax.get_lines()[0].get_data()
    assert len(x) <= plots.THIN and (x[0], x[-1], y[0], y[-1]) == (1, 12_345, 2, 1)


def test_labels_of_lines_do_not_overlap():
    fig, ax = plots.figure()
    plots.cost_curves(ax, {name: np.full(50, 1 + 1e-4 * i) for i, name in enumerate("abcd")})
    heights = sorted(text.get_position()[1] for text in ax.texts)
    assert len(heights) == 4 and min(np.diff(heights)) > 0.07


def test_labels_of_lines_that_leave_the_axes_stay_inside():
    fig, ax = plots.figure()
    plots.cost_curves(ax, {"train": [1.0, 1e9], "test": [1.0, 1e12]}, ylim=(0.1, 10))
    assert sorted(text.get_position()[1] for text in ax.texts) == pytest.approx([1 - 0.075, 1])


@pytest.mark.parametrize("n, wanted", [(0, 10), (1, 10), (11, 20), (50, 50), (51, 100), (999, 1000), (12_500, 20_000)])
def test_round_up(n, wanted):
    assert plots.round_up(n) == wanted


def test_empty_and_diverged_curves_are_drawn():
    fig, ax = plots.figure()
    plots.cost_curves(ax, {"train": [], "test": [1.0, np.inf, np.nan]}, ylim=(1e-3, 10))
    pixels(fig)


def test_a_photograph_keeps_its_colours():
    fig, ax = plots.figure()
    photograph = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    plots.image(ax, photograph)
    shown = ax.images[0].get_array()
    assert shown.dtype == np.uint8 and np.array_equal(shown, photograph)


def test_images_share_one_scale_and_hide_the_axes_left_over():
    fig, axes = plots.images(np.arange(3 * 4).reshape(3, 2, 2), titles="abc", columns=2)
    assert len(axes) == 4 and not axes[3].axison
    assert {ax.get_images()[0].get_clim() for ax in axes[:3]} == {(0, 11)}


X, Y = points()


@pytest.mark.parametrize(
    "draw, words",
    [
        (lambda ax: plots.scatter(ax, X[:, :1], Y), "X: wanted an array of shape (N, 2)"),
        (lambda ax: plots.scatter(ax, X, Y[:-1]), "y: wanted an array of shape (40,)"),
        (lambda ax: plots.scatter(ax, X * np.nan, Y), "X: wanted finite numbers"),
        (lambda ax: plots.scatter(ax, "points", Y), "X: wanted an array"),
        (
            lambda ax: plots.decision(ax, plots.mesh(n=5), np.zeros(24)),
            "values: wanted one number for each of the 25 points",
        ),
        (lambda ax: plots.cost_curves(ax, [1, 2]), "curves: wanted a dict"),
        (lambda ax: plots.cost_curves(ax, {}), "curves: wanted a dict"),
        (lambda ax: plots.cost_curves(ax, {"train": "abc"}), "curve 'train': wanted an array"),
        (lambda ax: plots.histogram(ax, []), "values: wanted at least one number"),
        (lambda ax: plots.histogram(ax, X, xlim=(1, 0)), "xlim: wanted (low, high)"),
        (lambda ax: plots.image(ax, np.zeros((4, 4, 2))), "picture: wanted shape (H, W) or (H, W, 3), got (4, 4, 2)"),
        (lambda ax: plots.image(ax, "photo.png"), "picture: wanted an array"),
        (lambda ax: plots.images(np.zeros((4, 4))), "pictures: wanted shape"),
        (lambda ax: plots.path(ax, [[1, 2, 3]]), "points: wanted an array of shape (steps, 2)"),
        (lambda ax: plots.mesh((1, 1)), "xlim: wanted (low, high)"),
        (lambda ax: plots.use_style("blue"), "theme: wanted one of light, dark"),
        (lambda ax: plots.show("figure", "caption"), "show: wanted a figure"),
        (lambda ax: plots.show(plots.figure()[0], " "), "empty caption"),
    ],
)
def test_bad_input_is_named(draw, words):
    with pytest.raises((TypeError, ValueError)) as error:
        draw(plots.figure()[1])
    assert words in str(error.value)


def test_show_puts_out_picture_sentence_and_caption(capsys, monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, **options: shown.append((data, options)))
    plots.show(plots.figure(size=(4, 3))[0], "A line rises.")
    (picture, options), (caption, _) = shown
    assert picture["text/plain"] == "A line rises." and picture["image/png"].startswith(b"\x89PNG")
    assert options["metadata"]["image/png"]["width"] == 400 and caption["text/markdown"] == "*A line rises.*"


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_every_colour_of_the_course_is_legible_as_text(theme):
    plots.use_style(theme)
    paper = matplotlib.rcParams["axes.facecolor"]
    try:
        for color in [*plots.CLASS_COLORS, *plots.COLORS.values()]:
            assert plots.contrast(plots.legible(color), paper) >= 4.5
        fig, ax = plots.figure()
        ax.plot([0, 1], [0, 1], label="one", color=plots.CLASS_COLORS[1])
        plots.label_lines(ax)
        plots.label(ax, 0, 0, "two", plots.CLASS_COLORS[1])
        assert all(plots.contrast(text.get_color(), paper) >= 4.5 for text in ax.texts) and len(ax.texts) == 2
    finally:
        plots.use_style()


def test_contrast_is_that_of_the_guidelines_and_what_is_legible_stays():
    assert plots.contrast("black", "white") == plots.contrast("white", "black") == 21
    assert round(plots.contrast("#777777", "white"), 2) == 4.48 and round(plots.contrast("#E69F00", "white"), 2) == 2.25
    assert plots.legible("#0072B2") == matplotlib.colors.to_rgb("#0072B2")
