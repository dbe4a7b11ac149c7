"""The course in JupyterLab in Chromium, as a reader has it."""

import re
import statistics
import time

import pytest
from lab import LIVE, NOTEBOOKS

EXPLORER = """
from nblib import plots
from nblib.widgets import explore, live, log_slider, slider, toggle
plots.use_style()

@explore(slope=slider("slope", -1.0, 1.0, 0.0), broken=toggle("broken"))
def line(axes, slope, broken):
    if broken:
        raise ValueError("this setting has no picture")
    axes.plot([0, 1], [0, slope])
    axes.set(xlim=(0, 1), ylim=(-1, 1))
    return f"slope {slope:.2f}"
line
"""
SLEEPER = """
import asyncio, pathlib
while not pathlib.Path("enough.txt").exists():
    await asyncio.sleep(0.1)
print("awake")
"""
TASKS = """
import asyncio
print(sum("_train" in repr(task) for task in asyncio.all_tasks()))
"""


def step_of(lab, cell):
    return int(re.search(r"step (\d+)", lab.caption(cell)).group(1))


@pytest.fixture
def widgets(lab, notebook):
    """A notebook with an explorer (cell 0) and a live trainer (cell 1), which has been run."""
    lab.open(notebook("widgets.ipynb", EXPLORER, LIVE, SLEEPER))
    for number in (0, 1):
        lab.run_cell(number)
        lab.cell(number).locator("figure.nblib-frame img").wait_for()
    yield lab
    assert lab.problems == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_and_its_widgets_answer(lab, name):
    """Run All; no error, no word on the console, no other host; the first slider of each widget changes the picture."""
    lab.open(name)
    lab.command("notebook:clear-all-cell-outputs")
    lab.run_all()
    assert lab.error_outputs() == []
    numbers = lab.widget_cells()
    assert numbers, "no widget is shown"
    for number in numbers:
        cell = lab.cell(number)
        cell.locator("figure.nblib-frame img[alt]").wait_for()
        assert lab.caption(cell)
        if lab.sliders(cell).count() == 0:
            continue
        lab.sliders(cell).first.focus()
        lab.page.keyboard.press("Home")  # no new picture where it stands there already
        lab.settle()
        for key in ("End", "Home"):
            before = lab.picture(cell)
            lab.page.keyboard.press(key)
            lab.next_picture(cell, before)
        assert "stopped with" not in lab.output(cell).inner_text()
    assert lab.problems == []


def test_a_slider_moved_by_keyboard_changes_picture_caption_and_alternative_text(widgets):
    cell = widgets.cell(0)
    image = cell.locator("figure.nblib-frame img")
    source, before = image.get_attribute("src"), widgets.picture(cell)
    widgets.sliders(cell).focus()
    widgets.page.keyboard.press("End")
    widgets.next_picture(cell, before)
    assert widgets.caption(cell) == image.get_attribute("alt") == "slope 1.00"
    assert image.get_attribute("src") != source


def test_an_exception_is_shown_in_the_widget_and_mended_by_the_next_setting(widgets):
    cell = widgets.cell(0)
    cell.get_by_label("broken").check()
    widgets.output(cell).get_by_text("this setting has no picture").wait_for()
    before = widgets.picture(cell)
    cell.get_by_label("broken").uncheck()
    widgets.next_picture(cell, before)
    assert "has no picture" not in widgets.output(cell).inner_text() and widgets.error_outputs() == []


def test_settings_are_shown_as_python(widgets):
    cell = widgets.cell(0)
    widgets.sliders(cell).focus()
    widgets.page.keyboard.press("End")
    widgets.press(cell, "Show as Python")
    cell.get_by_text("line(slope=1, broken=False)").wait_for()


def test_run_pause_step_and_reset_while_another_cell_executes(widgets):
    widgets.run_cell(2)  # until there is a file, without holding the event loop
    cell = widgets.cell(1)
    widgets.press(cell, "Run")
    first = widgets.next_picture(cell, widgets.picture(cell) + 5)
    widgets.press(cell, "Pause")
    cell.locator("button:disabled", has_text="Pause").wait_for()
    steps = step_of(widgets, cell)
    assert steps > 5 and widgets.picture(cell) >= first
    before = widgets.picture(cell)
    widgets.press(cell, "Step")
    widgets.next_picture(cell, before)
    assert step_of(widgets, cell) == steps + 1  # it stood still since the pause
    before = widgets.picture(cell)
    widgets.press(cell, "Reset")
    widgets.next_picture(cell, before)
    assert step_of(widgets, cell) == 0
    sleeper = widgets.output(widgets.cell(2))
    assert sleeper.get_by_text("awake").count() == 0
    enough = widgets.work / "enough.txt"
    enough.touch()
    sleeper.get_by_text("awake").wait_for()
    enough.unlink()


def test_other_cells_run_while_it_trains(widgets):
    cell = widgets.cell(1)
    widgets.press(cell, "Run")
    before = widgets.next_picture(cell, widgets.picture(cell))
    assert widgets.execute("print(6 * 7)").strip() == "42"
    widgets.next_picture(cell, before + 3)


def test_a_new_rate_is_in_effect_while_it_runs_and_divergence_is_said_in_words(widgets):
    cell = widgets.cell(1)
    widgets.press(cell, "Run")
    widgets.next_picture(cell, widgets.picture(cell) + 2)
    widgets.sliders(cell).first.focus()
    widgets.page.keyboard.press("End")
    cell.get_by_text("The training diverged at step").wait_for()
    widgets.page.keyboard.press("Home")
    widgets.press(cell, "Reset")
    before = widgets.picture(cell)
    widgets.press(cell, "Run")
    widgets.next_picture(cell, before + 2)
    assert "diverged" not in widgets.output(cell).inner_text()


def test_running_the_cell_again_leaves_one_task_and_one_picture(widgets):
    for _ in range(3):
        cell = widgets.cell(1)
        before = widgets.picture(cell)
        widgets.press(cell, "Run")
        widgets.next_picture(cell, before + 2)
        widgets.run_cell(1)
        widgets.page.wait_for_function("() => !document.body.innerText.includes('[*]')")
    widgets.prints(TASKS, "0")
    cell = widgets.cell(1)
    widgets.press(cell, "Run")
    widgets.next_picture(cell, widgets.picture(cell) + 2)
    widgets.prints(TASKS, "1")
    assert widgets.cell(1).locator("figure.nblib-frame").count() == 1


def test_a_reloaded_page_shows_the_training_still_moving(widgets):
    widgets.press(widgets.cell(1), "Run")
    widgets.save()
    widgets.page.goto(widgets.page.url.replace("&reset", ""))
    widgets.page.wait_for_selector(".jp-Notebook .jp-Cell")
    cell = widgets.cell(1)
    cell.locator("figure.nblib-frame img").wait_for()
    widgets.next_picture(cell, widgets.picture(cell) + 2)


def test_latency_of_a_hundred_slider_moves(widgets, capsys):
    cell = widgets.cell(0)
    times = widgets.latencies(cell, widgets.sliders(cell), 100)
    assert len(times) == 100
    percentile = statistics.quantiles(times, n=20)[-1]
    with capsys.disabled():
        print(f"\nkey press to picture: median {statistics.median(times):.0f} ms, 95th percentile {percentile:.0f} ms")


def test_frames_of_a_live_training(widgets, capsys):
    cell = widgets.cell(1)
    widgets.press(cell, "Run")
    first, began = widgets.next_picture(cell, widgets.picture(cell)), time.monotonic()
    frames = widgets.next_picture(cell, first + 50) - first
    with capsys.disabled():
        print(f"\nlive training: {frames / (time.monotonic() - began):.0f} pictures a second")
