"""Training that you watch: it runs in slices on the kernel's event loop, so that other cells still run."""

import asyncio
import inspect
from functools import partial
from time import perf_counter

import ipywidgets as W

from nblib import plots
from nblib.training import Trainer
from nblib.widgets.panel import Panel

SLICE = 0.025  # seconds of training between two pictures
TURNS = 10  # of the event loop between two slices: see _let_messages_in
WINDOW = 2  # pictures under way to the page before training waits
PATIENCE = 1.0  # seconds it waits for one of them
UNSEEN = 15  # such waits in a row: nobody is looking, so it pauses
PACES = {"1 step a picture": 1, "10 steps": 10, "100 steps": 100, "as fast as it can": 10**9}


class Live(Panel):
    """Run, Pause, Step and Reset a `Trainer` while its picture, and the controls, stay alive. Made by `live`."""

    def __init__(
        self,
        draw,
        init,
        step,
        controls,
        given=None,
        *,
        seed=0,
        start=0,
        pace=1,
        stop=100_000,
        remedy="Try a smaller learning rate, then press Reset.",
        **options,
    ):
        self._view = [name for name in inspect.signature(draw).parameters if name in controls]
        self._restarts = {name for name, control in controls.items() if control.restart}
        self._stop, self._remedy, self._task = stop, remedy, None
        self._buttons = {
            name: W.Button(description=name, layout={"width": "80px"}) for name in ("Run", "Pause", "Step", "Reset")
        }
        self.pace = W.Dropdown(
            options=PACES,
            value=pace,
            description="pace",
            style={"description_width": "50px"},
            layout={"width": "220px"},
        )
        self.bar = W.HBox([*self._buttons.values(), self.pace])
        super().__init__(draw, controls, given or {}, extra=[self.bar], **options)
        hyper = {name: value for name, value in self.values.items() if name not in self._view}
        self.trainer = Trainer(init, step, **{"seed": seed, **hyper})
        for name, action in zip(self._buttons, (self.run, self.pause, self.step, self.reset)):
            self._buttons[name].on_click(lambda _, action=action: self._soon(action))
        self._again = lambda **values: Live(
            draw,
            init,
            step,
            controls,
            {**self.values, **values},
            seed=seed,
            start=start,
            pace=self.pace.value,
            stop=stop,
            remedy=remedy,
            **options,
        )
        self.trainer.run(start)
        self._buttons["Pause"].disabled = True
        self.render()

    def __call__(self, **values):
        """A new live trainer, with the present settings but for `values`."""
        return self._again(**values)

    @property
    def running(self):
        """Whether it trains at the moment."""
        return self._task is not None and not self._task.done()

    def run(self):
        """Train until paused, diverged or `stop` steps; a second Run does nothing."""
        if self.loop is None:
            raise RuntimeError("Run needs the event loop of a notebook; elsewhere call advance(steps)")
        if not self.running and self._can_go_on():
            self._task = self.loop.create_task(self._train())
            self._show_state()

    def pause(self):
        """Stop training; Run goes on from here."""
        if self.running:
            self._task.cancel()
            self._at_rest()

    def step(self):
        """One training step, then pause."""
        self.pause()
        if self._can_go_on():
            self.advance(1)

    def reset(self):
        """Back to step 0, from the same seed, with the present settings; a run goes on from there."""
        self.trainer.reset()
        self._refresh()

    def advance(self, steps, budget=SLICE):
        """Train up to `steps` steps, for at most `budget` seconds, and draw one picture."""
        end = perf_counter() + budget
        try:
            self.trainer.run(min(steps, self._stop - self.trainer.steps), stop=lambda _: perf_counter() > end)
        except Exception as error:
            self.pause()
            self._failed("training", error)
        self.render()
        self._say_if_diverged()

    def dispose(self):
        """Stop training, then close the widget and everything it is made of."""
        self.pause()
        super().dispose()

    async def _train(self):
        unseen = 0
        while self.trainer.steps < self._stop and not self.trainer.diverged and unseen < UNSEEN:
            self.advance(self.pace.value)
            await self._let_messages_in()
            unseen = 0 if await self._shown() else unseen + 1
        self._at_rest()
        if unseen:
            self.say("Paused: the picture was not on the screen.")

    def _at_rest(self):
        """No run is going on (any more): show its last state as sharp as it gets."""
        self._task = None
        self._show_state()
        self.render()

    async def _let_messages_in(self):
        """A moved control takes several turns of the event loop from the socket to here, each a short one."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def _shown(self):
        """Wait until the page has caught up with the pictures sent; False when it does not in time."""
        end = perf_counter() + PATIENCE
        while self.frame.seq - self.frame.shown >= WINDOW:
            if perf_counter() > end:
                return False
            await asyncio.sleep(0.002)
        return True

    def _can_go_on(self):
        if self.trainer.steps >= self._stop:
            self.say(f"Stopped at {self._stop:,} steps, as far as this widget goes. Press Reset to begin again.")
        return not self.trainer.diverged and self.trainer.steps < self._stop

    def _changed(self, name):
        if name == "seed":
            self.trainer.seed = self.controls[name].value
        elif name not in self._view:
            self.trainer.hyper[name] = self.controls[name].value  # in effect at the next step
        if name in self._restarts:
            self._soon(self.trainer.reset)
        super()._changed(name)

    def _refresh(self):
        super()._refresh()
        self._say_if_diverged()

    def _show(self):
        if not self.running:  # else the next picture, which is due anyway, shows it
            self.render()

    def _say_if_diverged(self):
        if self.trainer.diverged:
            self.say(f"The training {self.trainer.diverged}. {self._remedy}")

    def _encoded(self):
        return self.canvas.jpeg() if self.running else self.canvas.png()

    def _picture(self):
        self.canvas.clear()
        view = {name: self.controls[name].value for name in self._view}
        return self.draw(self.canvas.axes, self.trainer, **view) or f"step {self.trainer.steps}"

    def _show_state(self):
        self._buttons["Run"].disabled, self._buttons["Pause"].disabled = self.running, not self.running


def live(init, step, *, seed=0, start=0, pace=1, stop=100_000, columns=1, rows=1, size=None, remedy=None, **controls):
    """Turn a training into a widget: `init` and `step` as in `Trainer`, one control a hyperparameter.

        @live(init, step, lr=log_slider("learning rate α", 1e-3, 10, 0.5), columns=2)
        def training(axes, trainer):
            cost_curves(axes[1], trainer.history)
            return f"step {trainer.steps}"
        training

    A change is in effect at the next step; of a control with `restart=True` it starts the run again (it belongs to
    the data or the initial state); one that the drawing function names belongs to the picture alone. `start` steps
    are done before it is first shown; `pace` is how many steps there are to a picture. When the numbers run away
    the widget says so, followed by `remedy`.
    """
    options = {"remedy": remedy} if remedy else {}
    return lambda draw: Live(
        draw,
        init,
        step,
        controls,
        seed=seed,
        start=start,
        pace=pace,
        stop=stop,
        figure=partial(plots.figure, columns, rows, size),
        **options,
    )
