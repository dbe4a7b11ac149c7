"""The widgets' mechanism, driven without a browser: by setting values, clicking, and running the loop."""

import asyncio
import gc
import importlib
import io
import os
import time
import weakref

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from notebook_runner import drive
from PIL import Image

from nblib import plots
from nblib.widgets import Explorer, choice, explore, live, log_slider, point, slider, toggle
from nblib.widgets.frame import Canvas
from nblib.widgets.panel import Panel


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    monkeypatch.setenv("NBLIB_STRICT", "1")
    plots.use_style()


def line(**extra):
    @explore(slope=slider("slope", -1.0, 1.0, 0.5), **extra)
    def drawn(axes, slope, **others):
        axes.plot([0, 1], [0, slope])
        axes.set(xlim=(0, 1), ylim=(-1, 1))
        return f"slope {slope:.2f}"

    return drawn


def descent(lr=0.1, start=0, stop=100_000, **options):
    """A live trainer on w²; `scale` belongs to the initial state."""

    def init(rng, scale):
        return {"w": scale}

    def step(state, lr):
        state["w"] -= lr * 2 * state["w"]
        return state["w"] ** 2

    @live(
        init,
        step,
        lr=log_slider("rate", 1e-3, 1e3, lr),
        scale=slider("scale", 0.5, 2.0, 1.0, restart=True),
        start=start,
        stop=stop,
        **options,
    )
    def falling(axes, trainer):
        plots.cost_curves(axes, trainer.history or {"cost": []}, ylim=(1e-9, 10))
        return f"step {trainer.steps}"

    return falling


def picture(widget):
    return np.asarray(Image.open(io.BytesIO(widget.frame.picture))).astype(int)


# The explorer


def test_a_control_moves_the_picture_and_the_caption():
    widget = line()
    before = picture(widget)
    widget.controls["slope"].value = -1.0
    assert widget.frame.caption == widget.frame.alt == "slope -1.00"
    assert (picture(widget) != before).any()


def test_the_same_settings_give_the_same_picture_wherever_one_comes_from():
    widget = line()
    first = widget.frame.picture
    for value in (-1.0, 0.0, 1.0, 0.5):
        widget.controls["slope"].value = value
    assert widget.frame.picture == first


def test_the_fast_picture_is_the_full_picture():
    """What is drawn over the kept background is, to the pixel, a drawing from scratch."""

    def draw(axes, limit):
        rng = np.random.default_rng(0)
        axes[0].scatter(*rng.normal(size=(2, 50)))
        axes[0].set(xlim=(-limit, limit), ylim=(-3, 3), title=f"limit {limit}", xlabel="x")
        axes[1].semilogy(np.exp(rng.normal(size=50)))
        axes[1].set(ylim=(1e-2, 1e2), xlim=(0, 50))
        plots.image(axes[2], rng.random((5, 7)), title="no axes")

    canvas = Canvas(*plots.figure(3))
    for limit in (2, 3, 2):
        canvas.clear()
        draw(canvas.axes, limit)
        fast = np.asarray(Image.open(io.BytesIO(canvas.png()))).astype(int)
    canvas.canvas.draw()
    full = np.asarray(canvas.canvas.buffer_rgba())[..., :3].astype(int)
    assert (fast == full).all()


def test_a_moving_picture_is_nearly_the_one_at_rest():
    canvas = Canvas(*plots.figure())
    canvas.axes.plot(np.random.default_rng(0).normal(size=50))
    at_rest, moving = canvas.png(), canvas.jpeg()
    assert canvas.png() == at_rest and moving.startswith(b"\xff\xd8") and len(moving) < len(at_rest)
    sharp, fast = (Image.open(io.BytesIO(data)).convert("L") for data in (at_rest, moving))
    assert sharp.size == tuple(round(1.25 * side) for side in fast.size)
    difference = np.asarray(sharp.resize(fast.size), float) - np.asarray(fast, float)
    assert np.abs(difference).mean() < 4


def test_the_background_is_drawn_again_only_when_axes_change(monkeypatch):
    drawn = []
    original = Canvas._draw_background
    monkeypatch.setattr(Canvas, "_draw_background", lambda self: (drawn.append(1), original(self)))

    @explore(a=slider("a", 0.0, 1.0, 0.5), wide=toggle("wide"))
    def curve(axes, a, wide):
        axes.plot([0, 1], [a, a])
        axes.set(xlim=(0, 2 if wide else 1), ylim=(0, 1), title=f"a = {a}")

    for a in np.linspace(0, 1, 11):
        curve.controls["a"].value = a
    assert len(drawn) == 1
    curve.controls["wide"].value = True
    assert len(drawn) == 2


def test_each_draw_finds_empty_axes_and_the_same_figure():
    seen = []

    @explore(k=slider("k", 1, 9, 1), columns=2)
    def many(axes, k):
        seen.append([len(ax.get_children()) for ax in axes] + [len(axes[0].figure.axes), len(axes[0].figure.texts)])
        for ax in axes:
            ax.plot(range(k + 1)), ax.imshow(np.eye(k)), ax.scatter([1], [1]), ax.text(0, 0, "x"), ax.legend(["a"])
            ax.hist([1, 2]), ax.annotate("a", (0, 0)), ax.contour(np.eye(3)), ax.fill_between([0, 1], [0, 1])
            ax.inset_axes([0.5, 0.5, 0.2, 0.2])
        axes[0].figure.text(0.5, 0.5, "note")
        axes[0].twinx()
        return f"{k} lines"

    drive(many)
    assert all(row == seen[0] for row in seen) and len(seen) > 5


def test_settings_are_one_line_of_python_that_rebuilds_the_widget():
    widget = line(n=slider("n", 0, 5, 2), kind=choice("kind", ("a", "b")), at=point("at", (0, 0.25)), on=toggle("on"))
    widget.controls["slope"].value = -0.25
    widget.controls["kind"].value = "b"
    assert widget.settings == "drawn(slope=-0.25, n=2, kind='b', at=(0, 0.25), on=False)"
    again = eval(
        widget.settings,
        {
            "drawn": line(
                n=slider("n", 0, 5, 2), kind=choice("kind", ("a", "b")), at=point("at", (0, 0)), on=toggle("on")
            )
        },
    )
    assert isinstance(again, Explorer) and again.values == widget.values and again.frame.picture == widget.frame.picture


def test_the_line_of_python_is_shown_on_request_and_follows_the_controls():
    widget = line()
    widget._share.value = True
    widget.controls["slope"].value = 1.0
    assert "drawn(slope=1)" in widget._line.value
    widget._share.value = False
    assert widget._line.value == ""


def test_without_a_kernel_there_is_a_picture_and_a_stable_text():
    bundle = line()._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG") and bundle["text/plain"] == "drawn(slope=0.5)"
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_many_changes_in_one_turn_of_the_loop_are_one_drawing():
    async def main():
        widget = line()
        for value in np.linspace(-1, 1, 50):
            widget.controls["slope"].value = value
        assert widget.frame.seq == 1
        await until(lambda: widget.frame.seq == 2)
        assert widget.frame.caption == "slope 1.00"

    asyncio.run(main())


def test_a_callback_on_another_thread_draws_on_the_loop():
    import threading

    threads = set()

    async def main():
        @explore(a=slider("a", 0, 3, 0))
        def where(axes, a):
            threads.add(threading.current_thread())

        mover = threading.Thread(target=lambda: setattr(where.controls["a"], "value", 2))
        mover.start()
        await until(lambda: where.frame.seq == 2)

    asyncio.run(main())
    assert threads == {threading.main_thread()}


def broken():
    @explore(a=slider("a", 0, 3, 0))
    def fails(axes, a):
        if a == 2:
            raise ValueError("a = 2 has no picture")
        return f"a = {a}"

    return fails


def test_an_exception_is_shown_in_words_and_the_widget_goes_on(monkeypatch):
    monkeypatch.delenv("NBLIB_STRICT")
    widget = broken()
    widget.controls["a"].value = 2
    assert "a = 2 has no picture" in widget.message.value and widget.frame.caption == "a = 0"
    widget.controls["a"].value = 3
    assert widget.message.value == "" and widget.frame.caption == "a = 3"


def test_an_exception_is_raised_where_a_notebook_is_built():
    with pytest.raises(ValueError, match="no picture"):
        broken().controls["a"].value = 2


# Points on the picture


def test_dragging_moves_the_point_and_stays_inside():
    widget = line(at=point("at", (0, 0), xlim=(0, 1), ylim=(-1, 1)))
    box = widget.canvas.axes.get_position()
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    widget.frame._message(None, {"type": "press", "x": middle[0], "y": middle[1]}, [])
    assert widget.values["at"] == pytest.approx((0.5, 0), abs=1e-6)
    assert [part.value for part in widget.controls["at"].children] == list(widget.values["at"])
    widget.frame._message(None, {"type": "move", "x": 0.0, "y": 0.0}, [])  # outside the axes: ignored
    assert widget.values["at"] == pytest.approx((0.5, 0), abs=1e-6)
    widget.controls["at"].drag(9, -9)
    assert widget.values["at"] == (1, -1)


def test_a_point_follows_its_sliders():
    widget = line(at=point("at", (0, 0)))
    widget.controls["at"].children[1].value = 2.0
    assert widget.values["at"] == (0, 2)


# Live training


def test_step_trains_once_and_reset_goes_back():
    widget = descent()
    for _ in range(3):
        widget._buttons["Step"].click()
    assert widget.trainer.steps == 3 and widget.frame.caption == "step 3"
    widget._buttons["Reset"].click()
    assert widget.trainer.steps == 0 and widget.trainer.state["w"] == 1 and widget.frame.caption == "step 0"


def test_start_steps_are_done_before_it_is_shown():
    assert descent(start=25).frame.caption == "step 25"


def run_for(widget_maker, script, shown=True):
    """Make the widget on a loop and run `script(widget)`, with a page that shows every picture at once."""

    async def main():
        widget = widget_maker()
        if shown:
            widget.frame.observe(lambda change: widget.frame._message(None, {"shown": change["new"]}, []), "seq")
        result = await script(widget)
        widget.dispose()
        await asyncio.sleep(0)
        return result

    return asyncio.run(main())


async def until(condition, patience=20):
    """Give the loop turns until `condition()` is true; how long that takes depends on the machine, not on us."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.005)


def test_run_pause_and_run_again_are_one_task():
    async def script(widget):
        for _ in range(6):
            widget._buttons["Run"].click()
        await until(lambda: widget.trainer.steps > 1)
        tasks = [t for t in asyncio.all_tasks() if "_train" in repr(t)]
        assert len(tasks) == 1 and widget.running and widget._buttons["Run"].disabled
        widget._buttons["Pause"].click()
        await until(lambda: not widget.running)
        steps = widget.trainer.steps
        await asyncio.sleep(0.1)
        assert widget.trainer.steps == steps > 1 and not widget.running and widget._buttons["Pause"].disabled
        widget._buttons["Run"].click()
        await until(lambda: widget.trainer.steps > steps)

    run_for(descent, script)


def test_a_run_shows_fast_pictures_and_ends_with_a_sharp_one():
    def is_jpeg(widget):
        return widget.frame.picture.startswith(b"\xff\xd8")

    async def script(widget):
        assert not is_jpeg(widget)
        widget.run()
        await until(lambda: widget.trainer.steps > 1)
        assert is_jpeg(widget)
        widget.pause()
        assert not is_jpeg(widget) and widget.frame.caption == f"step {widget.trainer.steps}"

    run_for(descent, script)

    async def to_the_end(widget):
        widget.run()
        await until(lambda: not widget.running)
        assert widget.trainer.steps == 20 and not is_jpeg(widget)

    run_for(lambda: descent(stop=20), to_the_end)


def test_a_control_moved_in_a_run_is_shown_by_the_next_picture_and_by_no_other():
    async def script(widget):
        widget.run()
        await until(lambda: widget.trainer.steps > 1)
        drawn, original = [], widget._picture
        widget._picture = lambda: (drawn.append(widget.controls["lr"].value), original())[1]
        widget.advance = lambda *args: None  # no picture of the run's own
        widget.controls["lr"].value = 0.5
        await asyncio.sleep(0.05)
        assert drawn == []
        del widget.advance
        await until(lambda: drawn)
        assert drawn[0] == 0.5

    run_for(descent, script)


def test_other_work_goes_on_while_it_trains():
    async def script(widget):
        widget.run()
        await asyncio.sleep(0)
        turns = 0
        for _ in range(5):
            await asyncio.sleep(0.01)
            turns += 1
        assert turns == 5 and widget.running

    run_for(lambda: descent(pace=10**9, stop=10**9), script)


def test_a_changed_rate_is_in_effect_at_the_next_step_without_a_restart():
    widget = descent(lr=0.1)
    widget.advance(1)
    widget.controls["lr"].value = 0.5  # lands in the minimum
    widget.advance(1)
    assert widget.trainer.steps == 2 and widget.trainer.state["w"] == 0


def test_a_control_of_the_data_starts_the_run_again():
    widget = descent()
    widget.advance(5)
    widget.controls["scale"].value = 2.0
    assert widget.trainer.steps == 0 and widget.trainer.state["w"] == 2 and widget.frame.caption == "step 0"


def test_divergence_is_said_in_words_and_reset_mends_it():
    widget = descent(lr=1e3)
    widget.advance(100)
    assert "diverged at step" in widget.message.value and "smaller learning rate" in widget.message.value
    steps = widget.trainer.steps
    widget.step()
    assert widget.trainer.steps == steps
    widget.controls["lr"].value = 0.1
    widget.reset()
    widget.advance(3)
    assert widget.message.value == "" and widget.trainer.steps == 3


def test_divergence_ends_the_run():
    async def script(widget):
        widget.run()
        await until(lambda: not widget.running)
        assert not widget._buttons["Run"].disabled and "diverged" in widget.message.value

    run_for(lambda: descent(lr=1e3), script)


def test_it_stops_at_its_last_step_and_says_so():
    async def script(widget):
        widget.run()
        await until(lambda: not widget.running)
        assert widget.trainer.steps == 20
        widget.run()
        assert "Stopped at 20 steps" in widget.message.value

    run_for(lambda: descent(stop=20), script)


def test_a_step_that_raises_is_shown_and_ends_the_run(monkeypatch):
    monkeypatch.delenv("NBLIB_STRICT")

    async def script(widget):
        widget.run()
        await until(lambda: not widget.running)
        assert "training stopped with ZeroDivisionError" in widget.message.value and not widget.running

    def make():
        @live(
            lambda rng: {"n": 3},
            lambda state, lr: state.update(n=state["n"] - 1) or 1 / state["n"],
            lr=slider("lr", 0.0, 1.0, 0.5),
        )
        def bad(axes, trainer):
            return f"step {trainer.steps}"

        return bad

    run_for(make, script)


def test_training_waits_for_a_slow_page_and_pauses_for_an_absent_one(monkeypatch):
    module = importlib.import_module("nblib.widgets.live")
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    monkeypatch.setattr(module, "UNSEEN", 3)

    async def script(widget):
        widget.run()
        await until(lambda: not widget.running)
        assert "not on the screen" in widget.message.value
        assert widget.trainer.steps <= module.WINDOW + module.UNSEEN + 1

    run_for(descent, script, shown=False)


def test_running_the_cell_again_disposes_of_the_old_widget(monkeypatch):
    from nblib.widgets import panel

    run = ["first"]
    monkeypatch.setattr(panel, "_cell", lambda: ("cell-1", run[0]))

    async def main():
        old, beside = descent(), line()
        old.run()
        await asyncio.sleep(0.02)
        assert old.running and beside in Panel._alive  # two widgets of one run live side by side
        run[0] = "second"
        new = descent()
        await asyncio.sleep(0.02)
        assert not old.running and old.comm is None and new.comm is not None and beside.comm is None
        new.dispose()

    asyncio.run(main())


def test_a_thousand_pictures_and_fifty_widgets_leave_nothing_behind():
    def count():
        gc.collect()
        return len(_instances)

    start = count()
    references = []
    for _ in range(50):
        widget = descent()
        widget.advance(2)
        references.append(weakref.ref(widget.canvas.figure))
        widget.dispose()
        del widget
    assert count() == start
    assert sum(reference() is not None for reference in references) <= 1
    widget = line()
    widget.controls["slope"].value = 0.0
    gc.collect()
    before = len(gc.get_objects())
    for value in np.linspace(-1, 1, 1000):
        widget.controls["slope"].value = value
    gc.collect()
    assert len(gc.get_objects()) - before < 200


@pytest.mark.parametrize("low, high, value", [(1e-8, 1.0, 1e-4), (1e-3, 1e3, 0.37), (0.1, 10, 0.1), (1, 100, 100)])
def test_the_default_of_a_log_slider_is_on_one_of_its_steps(low, high, value):
    built = log_slider("rate", low, high, value).build(value)
    steps = (np.log10(value) - built.min) / built.step
    assert steps == pytest.approx(round(steps), abs=1e-6) and 50 < (built.max - built.min) / built.step <= 201


def test_driving_every_control_over_its_range():
    drive(descent(lr=0.1, start=3))
    drive(line(n=slider("n", 0, 5, 2), kind=choice("kind", ("a", "b")), at=point("at", (0, 0)), on=toggle("on")))


# Bad input


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: slider("a", 0, 1, 2), "a: wanted a number from 0 to 1, got int 2"),
        (lambda: slider("a", 0.0, 1.0, "x"), "got str 'x'"),
        (lambda: log_slider("a", 0, 1, 0.5), "a: low: wanted a number from 1e-300"),
        (lambda: choice("a", ("x", "y"), "z"), "a: wanted one of x, y, got str 'z'"),
        (lambda: toggle("a", 1), "a: wanted True or False"),
        (lambda: point("a", (1, 2, 3)), "a: wanted a point (x, y)"),
        (lambda: point("a", (9, 0)), "a, x: wanted a number from -3.0 to 3.0"),
        (lambda: line(bad=3), "wanted a control such as slider(…) for bad, got int 3"),
        (lambda: line()(slop=1.0), "there is no control 'slop'; there are slope"),
        (lambda: line()(slope=7.0), "slope: wanted a number from -1.0 to 1.0, got float 7.0"),
    ],
)
def test_bad_settings_are_named(make, words):
    with pytest.raises((TypeError, ValueError)) as error:
        make()
    assert words in str(error.value)


def test_nblib_alone_loads_numpy_and_nothing_else():
    import subprocess
    import sys

    code = (
        "import sys, numpy; before = set(sys.modules); import nblib, nblib.training, nblib._inputs;"
        "print(sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}, check=True)
    assert out.stdout.strip() == "['nblib']"
