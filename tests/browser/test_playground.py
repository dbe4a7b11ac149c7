"""The playground in JupyterLab in Chromium: run it, change it while it runs, press and hover on the picture."""

import re
import time

import pytest

SETUP = "from nblib import plots\nfrom nblib.widgets import playground\nplots.use_style()"
START = "widget = playground()\nwidget"
LARGE = 'large = playground(layers=(8, 8, 8), data="spirals", optimizer="Adam", lr=0.01)\nlarge'


@pytest.fixture
def shown(lab, notebook):
    """A notebook with a playground in cell 1 and a larger one in cell 2, which has been run."""
    lab.open(notebook("playground.ipynb", SETUP, START, LARGE))
    lab.run_all()
    for number in (1, 2):
        lab.cell(number).locator("figure.nblib-frame img").wait_for()
    yield lab
    assert lab.problems == [] and lab.error_outputs() == []


def epoch(lab, cell):
    return int(re.match(r"epoch (\d+)", lab.caption(cell)).group(1))


def place(lab, cell, name, point):
    """Page coordinates of data point (x, y), an expression of the kernel's, on the axes of `name` called `part`."""
    x, y = map(
        float,
        lab.execute(f"figure = {name}.canvas.figure; print(*figure.transFigure.inverted().transform({point}))").split(),
    )
    box = cell.locator("figure.nblib-frame img").bounding_box()
    return box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]


def on_network(lab, cell, name, point):
    return place(lab, cell, name, f"{name}.diagram.axes[0].transData.transform({point})")


def test_it_reaches_its_goal_and_pauses(shown):
    cell = shown.cell(1)
    shown.press(cell, "Run")
    cell.get_by_text(re.compile("goal reached at epoch")).wait_for()
    shown.pause(cell)
    at = epoch(shown, cell)
    assert at > 10
    before = shown.picture(cell)
    shown.press(cell, "Step")
    shown.next_picture(cell, before)
    assert epoch(shown, cell) == at + 1


def test_controls_answer_while_it_trains(shown):
    cell = shown.cell(1)
    shown.press(cell, "Run")
    shown.next_picture(cell, shown.picture(cell) + 3)
    shown.press(cell, "+")
    cell.get_by_text("hidden layers: 3").wait_for()
    shown.prints("print(len(widget.trainer.state.network.linears()))", "4")
    cell.get_by_label("data", exact=True).select_option("spirals")
    cell.get_by_label("optimizer").select_option("Adam")
    cell.get_by_label("discretize output").check()
    shown.next_picture(cell, shown.picture(cell) + 3)
    shown.prints("print(widget.values['data'], widget.values['optimizer'], widget.running)", "spirals Adam True")


def test_a_link_pressed_and_its_weight_edited_from_the_keyboard(shown):
    cell = shown.cell(1)
    shown.page.mouse.click(*on_network(shown, cell, "widget", "widget.diagram.segments[0].mean(axis=0)"))
    cell.get_by_label("edit weight").locator("option:checked").get_by_text("x₁ → unit 1.1").wait_for(state="attached")
    caption = shown.caption(cell)
    slider = cell.get_by_text("its value").locator("xpath=..").locator(".noUi-handle")
    slider.locator("xpath=ancestor::*[contains(@class, 'noUi-target')][not(@disabled)]").wait_for()
    slider.focus()
    shown.page.keyboard.press("End")
    slider.locator("xpath=ancestor::*[contains(@class, 'widget-slider')]").get_by_text("5.00").wait_for()
    shown.page.wait_for_function(
        "([figure, old]) => figure.innerText !== old",
        arg=[cell.locator(".nblib-frame figcaption").element_handle(), caption],
    )
    shown.prints("print(widget.trainer.state.network.hidden[0].weight.data[0, 0])", "5.0")


def test_hovering_enlarges_a_unit_until_the_pointer_leaves(shown):
    cell = shown.cell(1)
    before = shown.picture(cell)
    shown.page.mouse.move(*on_network(shown, cell, "widget", "widget.diagram.places[1, 0]"))
    after = shown.next_picture(cell, before)
    shown.prints("print(widget.diagram.title.get_text())", "unit 1.1")
    shown.page.mouse.move(5, 5)
    shown.next_picture(cell, after)
    shown.prints("print(widget.diagram.title.get_text())", "output")


def test_points_are_pressed_in(shown):
    cell = shown.cell(1)
    cell.get_by_label("data", exact=True).select_option("your own")
    shown.output(cell).get_by_text("Press into the output picture").wait_for()
    for label, x in (("class 0, blue", -2), ("class 1, orange", 2)):
        cell.get_by_label("press to add").select_option(label)
        before = shown.picture(cell)
        shown.page.mouse.click(*place(shown, cell, "widget", f"widget.diagram.axes[1].transData.transform(({x}, 0))"))
        shown.next_picture(cell, before)
    shown.prints("print(len(widget.values['points']))", "2")
    points = eval(shown.execute("print(widget.values['points'])"))
    assert [p[2] for p in points] == [0, 1] and all(abs(abs(p[0]) - 2) < 0.05 and abs(p[1]) < 0.05 for p in points)


def test_frames_of_a_large_network_and_the_wait_for_a_control(shown, capsys):
    """Prints pictures a second with three layers of eight units, and key press to picture while it trains."""
    cell = shown.cell(2)
    shown.press(cell, "Run")
    first, began = shown.next_picture(cell, shown.picture(cell) + 5), time.monotonic()
    frames = shown.next_picture(cell, first + 60) - first
    frames /= time.monotonic() - began
    with capsys.disabled():
        print(f"\nplayground, three layers of eight: {frames:.0f} pictures a second")
