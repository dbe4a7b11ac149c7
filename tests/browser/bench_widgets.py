"""How fast the widgets answer in a real browser. Not part of the suite; prints Markdown tables:

pytest tests/browser/bench_widgets.py -s -p no:cacheprovider
"""

import statistics
import time

import pytest
from lab import LIVE, NOTEBOOKS

IMPORT = "from nblib import plots\nfrom nblib.widgets import live, log_slider\nplots.use_style()"
LEARNER = """
import numpy as np
from nblib import datasets
X, y = datasets.moons(200, rng=0)
mesh = plots.mesh((-2, 3), (-2, 2.5))

def init(rng):
    return {"w": np.zeros(2), "b": 0.0}

def step(state, lr):
    z = X @ state["w"] + state["b"]
    error = 1 / (1 + np.exp(-z)) - y
    state["w"] -= lr * error @ X / len(y)
    state["b"] -= lr * error.mean()
    return float(np.mean(np.logaddexp(0, z) - y * z))

@live(init, step, lr=log_slider("learning rate", 1e-3, 10, 0.1), pace=10**9, stop=10**9, columns=2)
def boundary(axes, trainer):
    z = mesh.points @ trainer.state["w"] + trainer.state["b"]
    plots.decision(axes[0], mesh, 1 / (1 + np.exp(-z)))
    plots.scatter(axes[0], X, y)
    plots.cost_curves(axes[1], trainer.history or {"cost": []}, ylim=(0.1, 1))
    return f"step {trainer.steps}"
boundary
"""
BARE = """
import time
state, n, end = init(None), 0, time.perf_counter() + 1
while time.perf_counter() < end:
    step(state, 0.1); n += 1
print(n)
"""


def quantiles(times):
    return f"{statistics.median(times):.0f} | {statistics.quantiles(times, n=20)[-1]:.0f}"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_key_press_to_picture(lab, name):
    lab.open(name)
    lab.run_all()
    print(f"\n| {name}: first slider | moves | median, ms | 95 %, ms |\n|---|---|---|---|")
    for number in lab.widget_cells():
        cell = lab.cell(number)
        if lab.sliders(cell).count():
            cell.locator("figure.nblib-frame img").wait_for()
            label = cell.locator(".widget-label").first.inner_text()
            print(f"| cell {number}: {label} | 40 | {quantiles(lab.latencies(cell, lab.sliders(cell).first, 40))} |")


@pytest.mark.parametrize("pace, code", [("1 step a picture", LIVE), ("as fast as it can", LEARNER)])
def test_live(lab, notebook, pace, code):
    lab.open(notebook("bench.ipynb", IMPORT, code))
    lab.run_all()
    cell = lab.cell(1)
    cell.locator("figure.nblib-frame img").wait_for()
    name = "falling" if code is LIVE else "boundary"
    lab.press(cell, "Run")
    first = lab.next_picture(cell, lab.picture(cell) + 5)
    steps, began = int(lab.execute(f"print({name}.trainer.steps)")), time.monotonic()
    time.sleep(5)
    frames = (lab.picture(cell) - first) / (time.monotonic() - began)
    rate = (int(lab.execute(f"print({name}.trainer.steps)")) - steps) / (time.monotonic() - began)
    lab.press(cell, "Pause")
    bare = int(lab.execute(BARE))
    print(f"\n| live, {pace} | {frames:.0f} pictures/s | {rate:.0f} steps/s | {rate / bare:.2f} of the bare loop |")


@pytest.mark.parametrize("layers", ["((4, 'tanh'), (2, 'tanh'))", "(8, 8, 8)"])
def test_the_playground_while_it_trains(lab, notebook, layers):
    lab.open(
        notebook(
            "bench.ipynb",
            "from nblib import plots\nfrom nblib.widgets import playground\nplots.use_style()",
            f"net = playground(data='spirals', layers={layers}, lr=0.01)\nnet",
        )
    )
    lab.run_all()
    cell = lab.cell(1)
    cell.locator("figure.nblib-frame img").wait_for()
    lab.press(cell, "Run")
    first, began = lab.next_picture(cell, lab.picture(cell) + 5), time.monotonic()
    time.sleep(5)
    frames = (lab.picture(cell) - first) / (time.monotonic() - began)
    rate = cell.locator(".widget-slider", has_text="learning rate").locator(".noUi-handle")
    times = lab.latencies_in_a_run(cell, rate, "net", "lr", 40)
    print(f"\n| playground, layers {layers} | {frames:.0f} pictures/s | {quantiles(times)} |")
