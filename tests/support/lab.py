"""JupyterLab in Chromium, as a reader uses it: open a notebook, run it, move a slider, press a button."""

import contextlib
import json
import pathlib
import shutil
import time
from urllib.parse import urlparse

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECOND = 1000


def patience():
    """Seconds that a condition may take to come true: a minute, more where the machine is slow at the moment."""
    began = time.perf_counter()
    sum(i * i for i in range(1_000_000))  # 0.05 s on a quiet machine of two cores
    return 60 * min(max((time.perf_counter() - began) / 0.05, 1), 10)


PATIENCE = patience()  # every wait here is for a condition, and has this limit

NOTEBOOKS = sorted(path.name for path in (pathlib.Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))

# A notebook cell with a training that falls, and diverges at a large rate.
LIVE = """
def init(rng):
    return {"w": 1.0}

def step(state, lr):
    state["w"] -= lr * 2 * state["w"]
    return state["w"] ** 2 + 1e-6

@live(init, step, lr=log_slider("rate", 1e-4, 1e3, 1e-3))
def falling(axes, trainer):
    plots.cost_curves(axes, trainer.history or {"cost": []}, ylim=(1e-7, 10))
    return f"step {trainer.steps}"
falling
"""

# Keeps, in the page, when each key was pressed and when each picture was shown.
DIARY = """(figure) => {
    const pressed = window.pressed = [], shown = window.shown = {};
    document.addEventListener("keydown", () => pressed.push(performance.now()), true);
    new MutationObserver(() => { shown[figure.dataset.seq] = performance.now(); })
        .observe(figure, { attributes: true, attributeFilter: ["data-seq"] });
}"""

# Waits in the page for the picture after the next key press, and keeps how long it took.
STOPWATCH = """(figure) => {
    window.latencies = [];
    let pressed = 0;
    document.addEventListener("keydown", () => { pressed = performance.now(); }, true);
    new MutationObserver(() => {
        if (pressed) { window.latencies.push(performance.now() - pressed); pressed = 0; }
    }).observe(figure, { attributes: true, attributeFilter: ["data-seq"] });
}"""


class Lab:
    """One page of JupyterLab; `problems` collects console errors and requests to other hosts."""

    def __init__(self, page, address, token, work):
        self.page, self.address, self.token, self.work = page, address, token, work
        self.problems = []
        page.set_default_timeout(PATIENCE * SECOND)
        page.on("console", lambda m: m.type == "error" and self.problems.append(f"console: {m.text}"))
        page.on("pageerror", lambda error: self.problems.append(f"page: {error}"))
        page.on("request", self._note_host)
        page.on("websocket", self._note_host)

    def open(self, notebook):
        """Open a notebook of the work folder, and wait until its kernel is there."""
        self.page.goto(f"{self.address}/lab/tree/{notebook}?token={self.token}&reset")
        self.page.wait_for_function(
            "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        )
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")

    def run_all(self):
        """Run every cell and wait until each has run."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(
            """() => {
            const panel = window.jupyterapp.shell.currentWidget;
            const cells = panel.content.model.cells;
            for (let i = 0; i < cells.length; i++) {
                const cell = cells.get(i);
                if (cell.type === 'code' && cell.sharedModel.getSource().trim() && cell.executionCount === null)
                    return false;
            }
            return panel.sessionContext.session.kernel.status === 'idle';
        }""",
            timeout=10 * PATIENCE * SECOND,
        )

    def command(self, name):
        """Execute a command of JupyterLab without waiting for it (some wait for a dialog)."""
        self.page.evaluate("(name) => { window.jupyterapp.commands.execute(name); }", name)

    def run_cell(self, number):
        """Run code cell `number` (from 0) again, as Shift-Enter in it does."""
        self.page.evaluate(
            """(number) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = number; notebook.deselectAll();
        }""",
            number,
        )
        self.command("notebook:run-cell")

    def execute(self, code):
        """What `code` prints when the notebook's kernel runs it, without a cell."""
        return self.page.evaluate(
            """async (code) => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const future = kernel.requestExecute({ code, store_history: false });
            let text = "";
            future.onIOPub = (message) => {
                if (message.header.msg_type === "stream") text += message.content.text;
                if (message.header.msg_type === "error") text += message.content.traceback.join("\\n");
            };
            await future.done;
            return text;
        }""",
            code,
        )

    def error_outputs(self):
        """Names of the exceptions shown as cell outputs, and everything written to stderr."""
        return self.page.evaluate("""() => {
            const found = [];
            for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells) {
                if (cell.type !== 'code') continue;
                for (const output of cell.outputs.toJSON()) {
                    if (output.output_type === 'error') found.push(output.ename + ': ' + output.evalue);
                    if (output.output_type === 'stream' && output.name === 'stderr')
                        found.push([output.text].flat().join(''));
                }
            }
            return found;
        }""")

    def widget_cells(self):
        """Numbers of the cells that show a picture of a widget."""
        return self.page.evaluate("""() => window.jupyterapp.shell.currentWidget.content.model.cells &&
            [...Array(window.jupyterapp.shell.currentWidget.content.model.cells.length).keys()].filter((i) => {
                const cell = window.jupyterapp.shell.currentWidget.content.model.cells.get(i);
                return cell.type === 'code' && cell.outputs.toJSON().some(
                    (o) => o.data && 'application/vnd.jupyter.widget-view+json' in o.data);
            })""")

    def cell(self, number):
        """The cell as a locator, scrolled to (cells out of sight are not in the page)."""
        self.page.evaluate(
            """async (number) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = number;
            await notebook.scrollToItem(number, "start");
        }""",
            number,
        )
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{number}']")

    def output(self, cell):
        """What a cell has put out, without its source."""
        return cell.locator(".jp-Cell-outputWrapper")

    def caption(self, cell):
        return cell.locator(".nblib-frame figcaption").inner_text()

    def picture(self, cell):
        """Number of the picture that is shown: it grows with every new one."""
        return int(cell.locator("figure.nblib-frame").get_attribute("data-seq") or 0)

    def next_picture(self, cell, after):
        """Wait for a picture later than `after`; its number."""
        figure = cell.locator("figure.nblib-frame").element_handle()
        self.page.wait_for_function("([figure, after]) => Number(figure.dataset.seq) > after", arg=[figure, after])
        return self.picture(cell)

    def settle(self):
        """Wait until the kernel has answered everything that was asked of it so far, and the page has seen it."""
        for _ in range(3):  # an answer may draw, and the drawing send a picture
            self.execute("pass")
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def prints(self, code, wanted):
        """Wait until what `code` prints in the kernel is `wanted`."""
        end, printed = time.monotonic() + PATIENCE, None
        while printed != wanted:
            assert time.monotonic() < end, f"{code}: waited for {wanted!r} in vain, got {printed!r}"
            printed = self.execute(code).strip()
            self.page.wait_for_timeout(100)  # asked without a break, the kernel hears nothing else

    def pause(self, cell):
        """Press Pause and wait until the training stands still."""
        self.press(cell, "Pause")
        cell.locator("button:disabled", has_text="Pause").wait_for()
        self.settle()

    def save(self):
        """Save the notebook and wait until it is written."""
        self.command("docmanager:save")
        self.page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")

    def sliders(self, cell):
        return cell.locator(".noUi-handle")

    def press(self, cell, button):
        cell.get_by_role("button", name=button, exact=True).click()

    def latencies(self, cell, slider, moves):
        """Milliseconds from key press to changed picture, for `moves` presses of an arrow key on a slider."""
        slider.focus()
        self.page.keyboard.press("Home")
        self.settle()
        self.page.evaluate(STOPWATCH, cell.locator("figure.nblib-frame").element_handle())
        for move in range(moves):
            before = self.picture(cell)
            self.page.keyboard.press("ArrowLeft" if move % 2 else "ArrowRight")
            self.next_picture(cell, before)
        return self.page.evaluate("window.latencies")

    def latencies_in_a_run(self, cell, slider, widget, control, moves):
        """The same while `widget`, a name in the kernel, trains: to the first picture drawn after the kernel knew.

        Pictures come all the time then, so the kernel notes the number of the last one before each change.
        """
        self.execute(
            f"last_before = []\n{widget}.controls[{control!r}].observe("
            f"lambda change, log=last_before: log.append({widget}.frame.seq), 'value')"
        )
        slider.focus()
        self.page.evaluate(DIARY, cell.locator("figure.nblib-frame").element_handle())
        for move in range(moves):
            self.page.keyboard.press("ArrowLeft" if move % 2 else "ArrowRight")
            self.page.wait_for_timeout(200 + 37 * (move % 5))  # not in step with the pictures
        self.page.wait_for_timeout(SECOND)
        pressed, shown = self.page.evaluate("[window.pressed, window.shown]")
        last_before = json.loads(self.execute("print(last_before)"))
        assert len(pressed) == len(last_before) == moves
        return [
            min(when for seq, when in shown.items() if int(seq) > last) - press
            for press, last in zip(pressed, last_before)
        ]

    def close(self):
        with contextlib.suppress(Exception):
            self.page.evaluate("""async () => {
                const session = window.jupyterapp?.shell?.currentWidget?.sessionContext;
                if (session) await session.shutdown();
            }""")
        self.page.close()

    def _note_host(self, request):
        url = urlparse(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname != "127.0.0.1":
            self.problems.append(f"request to another host: {request.url}")
