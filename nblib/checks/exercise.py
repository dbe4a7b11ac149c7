"""An exercise whose answer is a function: its cases, its reference, its usual mistakes, and the verdict."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nblib.checks.apart import Ended, text_apart
from nblib.checks.attempt import accepts, error_sentence, is_blank, parameters, run
from nblib.checks.case import Case
from nblib.checks.mistakes import implementation
from nblib.checks.report import Problem, report
from nblib.checks.timelimit import TimeUp, call_within
from nblib.checks.verdict import Verdict
from nblib.checks.words import kind

LOOKING = 0.3  # seconds after the limit for looking at what an attempt returned
GRACE = 0.9  # seconds after the limit until a process that gives no verdict is ended


@dataclass
class FunctionExercise:
    """An exercise whose answer is a function; see Exercises.function."""

    name: str
    reference: Callable
    cases: Callable
    tol: float | None = 1e-6
    judge: Callable | None = None
    across: Callable | None = None
    silent: bool = False
    limit: float = 5.0
    returns: tuple | None = None
    after: Callable | None = None
    edges: dict = field(default_factory=dict)
    mistakes: dict = field(default_factory=dict)

    def mistake(self, sentence):
        """Decorator: a wrong implementation, and the sentence that says what is wrong with it."""

        def register(wrong):
            self.mistakes[sentence] = implementation(self.reference, wrong)
            return wrong

        return register

    def table(self, mistakes):
        """Mistakes as a dict: sentence → a wrong implementation, or the change that makes one of the reference."""
        for sentence, wrong in mistakes.items():
            self.mistake(sentence)(wrong)

    def verdict(self, attempt):
        """The text for an attempt, whatever it is and does, at most a second after the limit."""
        if attempt is ... or is_blank(attempt):
            return f"{self.name}: not attempted yet"
        cases = self._cases
        try:
            return text_apart(lambda: self._verdict(attempt, cases), self.limit + GRACE)
        except TimeUp as late:
            problem = Problem(error_sentence(late, self.limit))
        except Ended:
            problem = Problem("it ended Python itself: os._exit, or a crash inside a library")
        return report(self.name, problem)

    @cached_property
    def _cases(self):
        """The cases with what the reference does, easy to hard, the edges last."""
        usual = [self._case(args) for args in self.cases(np.random.default_rng(0))]
        return usual + [self._case(args, sentence) for sentence, args in self.edges.items()]

    def _case(self, args, edge=None):
        want = run(self.reference, args, limit=60)
        if want.error:
            raise want.error
        names = parameters(self.reference)[: len(args)]
        return Case(dict(zip(names, args, strict=True)), want, self.returns, self.after, edge)

    def _verdict(self, attempt, cases):
        try:
            problem = self._misuse(attempt, cases[0]) or self._wrong(attempt, cases)
        except TimeUp:
            problem = Problem(f"what it returned could not be looked at within {self.limit:g} s")
        except Exception:  # some objects raise at whatever is asked of them
            problem = Problem(f"this {type(attempt).__name__}, or what it returns, cannot be looked at")
        right = f"✓ {self.name}: right on {len(cases)} case{'s' * (len(cases) > 1)}"
        return report(self.name, problem) if problem else right

    def _misuse(self, attempt, case):
        if not callable(attempt):
            how = f'check("{self.name}", {self.name})'
            return Problem(f"this is {kind(attempt)}; hand over the function itself, not a call of it: {how}")
        if not accepts(attempt, case.args.values()):
            wanted, got = ", ".join(case.args), ", ".join(parameters(attempt))
            return Problem(f"wanted the parameters ({wanted}), got ({got})")
        return None

    def _wrong(self, attempt, cases):
        """The Problem to report, or None."""
        verdict = Verdict(self, attempt, cases, time.monotonic() + self.limit)
        verdict.run()
        verdict.deadline = max(verdict.deadline, time.monotonic()) + LOOKING
        return call_within(verdict.deadline - time.monotonic(), verdict.problem)
