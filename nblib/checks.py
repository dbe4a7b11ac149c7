"""Exercises that check themselves and name the usual mistakes; and the numeric check of a gradient."""

import copy
import dis
import inspect
import io
import re
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np

from nblib._diagnosis import Difference, difference, kind, plain, show, trend
from nblib._inputs import array, number
from nblib._timelimit import TimeUp, call_within

MOST_ITEMS = 10_000  # that a generator may yield


class Exercises:
    """The exercises of one notebook: registered with `function` and `answer`, judged by `check`.

        exercises = Exercises("01"); check = exercises.check

        @exercises.function("double", cases=lambda rng: [(1.0,), (rng.normal(size=3),)])
        def double(x): return 2 * x

        @double.mistake("you squared it")
        def _(x): return x**2

        exercises.answer("rate", 0.11, mistakes={"that one diverges": 0.12})
    """

    def __init__(self, notebook):
        self.notebook, self.named = notebook, {}

    def function(self, name, cases, *, tol=1e-6, judge=None, silent=False, limit=5.0):
        """Decorator: the reference solution of the exercise `name`; it gains the decorator `.mistake(sentence)`.

        `cases(rng)` yields the tuples of arguments to try, easy to hard. Results (and arguments changed in
        place) are to agree with the reference's: |yours − expected| ≤ tol (1 + |expected|); `tol=None` does not
        compare them. `judge(args, result)` gives a sentence where the result lacks a property, else None.
        `silent`: an overflow on the way is wrong even when the values are right. `limit`: seconds for all
        cases together. A mistake is a wrong implementation; results that equal its own get its sentence.
        """

        def register(reference):
            exercise = Function(name, reference, cases, tol, judge, silent, limit)
            self._add(exercise)
            reference.mistake = exercise.mistake
            return reference

        return register

    def answer(self, name, expected, mistakes, *, tol=1e-6):
        """Register an exercise whose answer is a value: a number, string, or dict, tuple or list of them.

        `mistakes` maps a sentence to the wrong answer that it explains, or to (predicate, an example of it).
        """
        self._add(Answer(name, expected, mistakes, tol))

    def check(self, name, attempt):
        """Print whether `attempt` solves the exercise `name`, and if not, what is probably wrong with it."""
        print(self.verdict(name, attempt))

    def verdict(self, name, attempt):
        """What `check` prints. Raises ValueError when there is no exercise of that name."""
        if name not in self.named:
            known = ", ".join(self.named) or "none yet"
            raise ValueError(f"notebook {self.notebook} has no exercise {name!r}; its exercises are: {known}")
        return self.named[name].verdict(attempt)

    def _add(self, exercise):
        if exercise.name in self.named:
            raise ValueError(f"notebook {self.notebook} already has an exercise {exercise.name!r}")
        self.named[exercise.name] = exercise


@dataclass
class Function:
    """An exercise whose answer is a function; see Exercises.function."""

    name: str
    reference: Callable
    cases: Callable
    tol: float | None
    judge: Callable | None
    silent: bool
    limit: float
    mistakes: dict = field(default_factory=dict)

    def mistake(self, sentence):
        """Decorator: a wrong implementation, and the sentence that says what is wrong with it."""

        def register(implementation):
            self.mistakes[sentence] = implementation
            return implementation

        return register

    def verdict(self, attempt):
        """The text for an attempt; whatever the attempt does, this does not raise."""
        if _is_blank(attempt):
            return f"{self.name}: not attempted yet"
        cases = list(self.cases(np.random.default_rng(0)))
        misuse = self._misuse(attempt, cases[0])
        if misuse:
            return _report(self.name, misuse)
        expected = [self._expected(args) for args in cases]
        trial = self._try(attempt, cases, expected)
        wrong = [i for i, problem in enumerate(trial.problems) if problem]
        if not wrong:
            return f"✓ {self.name}: right on {len(cases)} case{'s' * (len(cases) != 1)}"
        problem, args = trial.problems[wrong[0]], cases[wrong[0]]
        sentence = self._known(trial, cases, expected) or problem.sentence or self._trend(trial, expected)
        if not sentence:
            sentence = f"wrong on {len(wrong)} of {len(cases)} cases; the first:"
        return _report(self.name, problem._replace(sentence=sentence), self._inputs(args))

    def _misuse(self, attempt, args):
        if not callable(attempt):
            how = f'check("{self.name}", {self.name})'
            return Problem(f"this is {kind(attempt)}; hand over the function itself, without calling it: {how}")
        try:
            signature = inspect.signature(attempt)
        except (TypeError, ValueError):  # some built-in functions have none
            return None
        try:
            signature.bind(*args)
        except TypeError:
            wanted = ", ".join(self._parameters())
            return Problem(f"the parameters are {signature}, wanted ({wanted})")
        return None

    def _expected(self, args):
        outcome = _run(self.reference, args, np.inf if self.limit is None else 60)
        if outcome.error:
            raise outcome.error
        return outcome

    def _try(self, attempt, cases, expected):
        """The outcomes of an attempt and the problem of each (None: right); nothing is tried after time is up."""
        outcomes, problems, deadline = [], [], time.monotonic() + self.limit
        for args, want in zip(cases, expected):
            outcomes.append(_run(attempt, args, deadline - time.monotonic()))
            problems.append(self._problem(attempt, args, outcomes[-1], want))
            if isinstance(outcomes[-1].error, TimeUp):
                break
        return Trial(outcomes, problems)

    def _problem(self, attempt, args, outcome, want):
        """What is wrong with the outcome of one call, or None."""
        if outcome.error:
            return _error_problem(attempt, outcome.error, self.limit)
        if outcome.result is None and want.result is not None:
            printed = f"; it printed {show(outcome.printed.strip())} instead" if outcome.printed.strip() else ""
            return Problem(f"it returned nothing: `return` is missing{printed}")
        try:
            return self._judged(args, outcome, want) or self._compared(args, outcome, want)
        except Exception:  # a result so odd that it cannot even be looked at
            return Problem(f"the result is {type(outcome.result).__name__}, wanted {kind(want.result)}")

    def _judged(self, args, outcome, want):
        sentence = self.judge and self.judge(args, outcome.result)
        return Problem(sentence, [("yours", show(outcome.result))]) if sentence else None

    def _compared(self, args, outcome, want):
        parts = None if self.tol is None else difference(outcome.result, want.result, self.tol)
        if parts:
            return Problem.of(parts)
        for name, before, after, wanted in zip(self._parameters(), args, outcome.inputs, want.inputs):
            parts = _comparable(before) and difference(after, wanted, self.tol or 0)
            if parts:
                in_place = difference(wanted, before, 0)
                return Problem.of(parts._replace(sentence=_input_sentence(name, in_place)))
        if self.silent and outcome.warned - want.warned:
            warned = " and ".join(sorted(outcome.warned))
            return Problem(f"the value is right, but NumPy warns on the way: {warned}")
        return None

    def _known(self, trial, cases, expected):
        """The sentence of the first registered mistake that behaves as this attempt did on every case."""
        if self.tol is None or any(isinstance(outcome.error, TimeUp) for outcome in trial.outcomes):
            return None
        for sentence, implementation in self.mistakes.items():
            if trial.equals(self._try(implementation, cases, expected), self.tol):
                return sentence
        return None

    def _trend(self, trial, expected):
        if any(outcome.error for outcome in trial.outcomes):
            return None
        results = [outcome.result for outcome in trial.outcomes]
        return trend(results, [want.result for want in expected], self.tol)

    def _inputs(self, args):
        return [(f"input {name} =", show(value)) for name, value in zip(self._parameters(), args)]

    def _parameters(self):
        return list(inspect.signature(self.reference).parameters)


@dataclass
class Answer:
    """An exercise whose answer is a value; see Exercises.answer."""

    name: str
    expected: object
    mistakes: dict
    tol: float

    def verdict(self, attempt):
        """The text for an attempt. The right answer is not given away."""
        parts = _parts(attempt)
        if parts and all(part is ... for part in parts.values()):
            return f"{self.name}: not attempted yet"
        try:
            sentence = self._sentence(attempt, parts)
        except Exception:  # a value so odd that it cannot even be compared
            sentence = f"this is {type(attempt).__name__}, wanted {kind(self.expected)}"
        if sentence is None:
            return f"✓ {self.name}: right"
        return _report(self.name, Problem(sentence, [("yours", show(attempt))]))

    def _sentence(self, attempt, parts):
        missing = [key for key, part in parts.items() if part is ...]
        if missing:
            return f"still without an answer: {', '.join(map(show, missing))}"
        found = difference(attempt, self.expected, self.tol)
        known = (sentence for sentence, wrong in self.mistakes.items() if self._is(attempt, wrong))
        return found and (next(known, None) or found.sentence or self._count(parts))

    def _is(self, attempt, wrong):
        if isinstance(wrong, tuple) and wrong and callable(wrong[0]):
            return wrong[0](attempt)
        return difference(attempt, wrong, self.tol) is None

    def _count(self, parts):
        wanted = _parts(self.expected)
        wrong = [key for key in wanted if difference(parts[key], wanted[key], self.tol)]
        if len(wanted) == 1:
            return "that is not it"
        return f"{len(wanted) - len(wrong)} of {len(wanted)} are right; look again at {', '.join(map(show, wrong))}"


class Problem(NamedTuple):
    """What is wrong: a sentence (None: no more is known than the lines show) and labelled lines to print."""

    sentence: str | None
    lines: list = []

    @classmethod
    def of(cls, parts: Difference):
        return cls(parts.sentence, [("yours", parts.yours), ("expected", parts.expected)])


class Outcome(NamedTuple):
    """What a call did: its result or error, its arguments afterwards, NumPy's warnings and what it printed."""

    result: object
    error: BaseException | None
    inputs: tuple
    warned: set
    printed: str


class Trial(NamedTuple):
    """The outcomes of an attempt, case by case, and the problem of each."""

    outcomes: list
    problems: list

    def equals(self, other, tol):
        """Whether two attempts did the same on every case, and were wrong on the same ones."""
        same_cases = [bool(p) for p in self.problems] == [bool(p) for p in other.problems]
        return same_cases and all(_alike(a, b, tol) for a, b in zip(self.outcomes, other.outcomes))


def _alike(a, b, tol):
    if a.error or b.error:
        return type(a.error) is type(b.error) and str(a.error) == str(b.error)
    try:
        return not difference(a.result, b.result, tol)
    except Exception:
        return False


def _run(function, args, limit):
    """Call a function on fresh copies of its arguments, quietly and for a limited time."""
    inputs, warned, printed = copy.deepcopy(args), set(), io.StringIO()
    result = error = None

    def call():
        with np.errstate(all="call", under="ignore", call=lambda kind, flag: warned.add(kind)):
            result = function(*inputs)
            return list(islice(result, MOST_ITEMS)) if isinstance(result, Iterator) else result

    with warnings.catch_warnings(), redirect_stdout(printed), redirect_stderr(printed):
        warnings.simplefilter("ignore")
        try:
            result = call_within(limit, call)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            error = raised
    return Outcome(result, error, inputs, warned, printed.getvalue())


def _is_blank(attempt):
    """Whether a function has no body but a docstring, `...` or `pass` (or an answer is still `...`)."""
    code = getattr(attempt, "__code__", None)
    if code is None:
        return attempt is ...
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP")]
    blank = {"LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    return all(step.opname in blank and (step.argval is None or step.argval is ...) for step in steps)


def _error_problem(attempt, error, limit):
    if isinstance(error, TimeUp):
        return Problem(f"it ran longer than {limit:g} s and was stopped: does a loop never end?")
    if isinstance(error, RecursionError):
        return Problem("it calls itself without end (RecursionError)")
    message = re.sub(r" at 0x[0-9a-fA-F]+", "", str(error))
    lines = traceback.extract_tb(error.__traceback__)
    file = getattr(getattr(attempt, "__code__", None), "co_filename", None)
    own = [line for line in lines if line.filename == file] or lines
    return Problem(
        f"it raised {type(error).__name__}: {message}", [(f"line {own[-1].lineno}", own[-1].line or "")]
    )


def _comparable(value):
    return isinstance(plain(value), (np.ndarray, list, dict))


def _input_sentence(name, in_place):
    if in_place:
        return f"{name} should be changed in place"
    return f"it changed its input {name}: work on a copy, since the caller still needs it"


def _parts(value):
    """The parts of an answer by key; a single value has one."""
    if isinstance(value, dict):
        return value
    return dict(enumerate(value)) if isinstance(value, (tuple, list)) else {"": value}


def _report(name, problem, inputs=()):
    lines = [f"    {label:<9}{text}" for label, text in [*inputs, *problem.lines]]
    return "\n".join([f"✗ {name}: {problem.sentence}", *lines])


def numeric_gradient(f, x, h=1e-5):
    """The gradient of a function to one number, by central differences: (f(x + h) − f(x − h)) / 2h, entry by entry.

    x: an array of any shape, or a number; the result has its shape. Error: O(h²) plus round-off of about 1e-16 |f|/h.
    Raises TypeError or ValueError when x is not made of finite numbers, h is not positive, or f gives no finite number.
    """
    x, h = array(x, "x", empty=True), number(h, "h", low=np.finfo(float).tiny)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        gradient[index] = (_value(f, x + step) - _value(f, x - step)) / (2 * h)
    return gradient[()]


def gradient_check(f, grad, x, h=1e-5):
    """How far the gradient `grad` of f at x is from the numeric one n: max|grad − n| / max(max|grad|, max|n|, 1e-8).

    About 1e-7 or less where the formula is right, and about 1 where it is wrong. grad: an array of x's shape,
    or a function of x that gives one. Raises what numeric_gradient raises, and ValueError for a grad of another shape.
    """
    numeric = np.asarray(numeric_gradient(f, x, h))
    grad = array(grad(array(x, "x", empty=True)) if callable(grad) else grad, "grad", empty=True)
    if grad.shape != numeric.shape:
        raise ValueError(f"grad: wanted the shape of x, {numeric.shape}, got {grad.shape}")
    largest = max(np.abs(grad).max(initial=0), np.abs(numeric).max(initial=0), 1e-8)
    return float(np.abs(grad - numeric).max(initial=0) / largest)


def _value(f, x):
    value = array(f(x[()]), "the value of f")
    if value.ndim:
        raise ValueError(f"f: wanted one number (a sum or a mean), got an array of shape {value.shape}")
    return float(value)
