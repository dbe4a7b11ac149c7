"""A training loop that can be run, stepped, paused and restarted, whatever it is that trains."""

import inspect
import numbers

import numpy as np

from nblib._inputs import describe, generator, whole


class Trainer:
    """Repeats one training step, keeps its history, and stops when the numbers run away.

    `init(rng, **hyper)` makes the state that is trained: a dict of arrays, a model, anything.
    `step(state, **hyper)` changes that state once, in place, and returns the cost, or a dict of
    named numbers. Each of the two receives only the hyperparameters that it names.

        trainer = Trainer(init, step, lr=0.5)
        trainer.run(100)
        trainer.history["cost"]         # 100 numbers
        trainer.hyper["lr"] = 0.1       # in effect from the next step on

    The run counts as diverged when a number is NaN or infinite, or its size passes `limit`;
    `trainer.diverged` is then a sentence that says so, and further steps do nothing until `reset`.

    Raises TypeError when `step` returns something else than numbers, or when a hyperparameter is
    missing or unknown to both functions.
    """

    def __init__(self, init, step, *, seed=0, limit=1e12, **hyper):
        self._init, self._step = init, step
        self._init_names = _names(init, "init", hyper)
        self._step_names = _names(step, "step", hyper)
        for name in hyper:
            if name not in self._init_names | self._step_names:
                raise TypeError(f"Trainer: neither init nor step takes the hyperparameter {name!r}")
        self.hyper, self.seed, self.limit = dict(hyper), seed, limit
        self.reset()

    def reset(self):
        """Start again from the seed, with the present hyperparameters; the history is emptied."""
        self.steps, self.history, self.diverged = 0, {}, None
        self.state = self._init(generator(self.seed, "seed"), **self._pick(self._init_names))
        return self

    def step(self):
        """One training step; its numbers are appended to `history`."""
        return self.run(1)

    def run(self, steps, stop=None):
        """Up to `steps` more steps; ends early on divergence, or when `stop(history)` is true."""
        with np.errstate(all="ignore"):  # a run that diverges overflows first
            for _ in range(0 if self.diverged else whole(steps, "steps")):
                self._advance()
                if self.diverged or (stop is not None and stop(self.history)):
                    break
        return self

    def _advance(self):
        try:
            numbers_now = _as_dict(self._step(self.state, **self._pick(self._step_names)))
        except OverflowError:  # Python's own floats raise, NumPy's turn into inf
            numbers_now = {"cost": float("inf")}
        self.steps += 1
        for name, value in numbers_now.items():
            self.history.setdefault(name, []).append(value)
            if not abs(value) <= self.limit:  # true for NaN as well
                self.diverged = f"diverged at step {self.steps}: the {name} is {value:.3g}"

    def _pick(self, names):
        return {name: self.hyper[name] for name in names}


def _names(function, role, hyper):
    """The hyperparameters that `function` names, after its first argument."""
    if not callable(function):
        raise TypeError(f"Trainer: {role} must be a function, got {describe(function)}")
    parameters = list(inspect.signature(function).parameters.values())[1:]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return set(hyper)
    missing = [p.name for p in parameters if p.name not in hyper and p.default is p.empty]
    if missing:
        raise TypeError(
            f"Trainer: {role} needs the hyperparameter {missing[0]!r}; give it as Trainer(…, {missing[0]}=…)"
        )
    return {p.name for p in parameters if p.name in hyper}


def _as_dict(result):
    result = result if isinstance(result, dict) else {"cost": result}
    for name, value in result.items():
        if not (type(value) is float or isinstance(value, numbers.Real) or getattr(value, "shape", None) == ()):
            raise TypeError(
                f"Trainer: step must return the cost as one number, or a dict of named numbers; "
                f"{name} is {describe(value)}"
            )
    return {name: float(value) for name, value in result.items()}
