"""An exercise: its cases, its reference, its usual mistakes, and the verdict on an attempt."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nblib.checks.attempt import Outcome, accepts, error_line, error_sentence, is_blank, parameters, run
from nblib.checks.diagnosis import difference, kind, plain, show, trend
from nblib.checks.timelimit import TimeUp


class Case(NamedTuple):
    """The arguments of one call, by the reference's parameters, and what the reference does with them."""

    args: dict
    want: Outcome

    def changed(self, outcome):
        """The inputs, by name, that a call changed, as they are afterwards."""
        after = dict(zip(self.args, outcome.inputs))
        return {
            name: after[name]
            for name, before in self.args.items()
            if isinstance(plain(before), (np.ndarray, list, dict)) and difference(after[name], before, 0)
        }

    def effect(self, outcome):
        """What a call was for: its result, and those inputs that the reference changes in place."""
        in_place = self.changed(self.want)
        after = dict(zip(self.args, outcome.inputs))
        return {"returned": outcome.result} | {n: after[n] for n in in_place} if in_place else outcome.result


class Problem(NamedTuple):
    """What is wrong: a sentence (None: no more is known than the lines show), and labelled lines to print."""

    sentence: str | None
    lines: list = []


@dataclass
class FunctionExercise:
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
        """The text for an attempt, whatever it is and does."""
        if attempt is ... or is_blank(attempt):
            return f"{self.name}: not attempted yet"
        cases = [self._case(args) for args in self.cases(np.random.default_rng(0))]
        try:
            problem = self._misuse(attempt, cases[0]) or self._wrong(attempt, cases)
        except Exception:  # some objects raise at whatever is asked of them
            problem = Problem(f"this {type(attempt).__name__}, or what it returns, cannot be looked at")
        right = f"✓ {self.name}: right on {len(cases)} case{'s' * (len(cases) > 1)}"
        return _report(self.name, problem) if problem else right

    def _case(self, args):
        want = run(self.reference, args, limit=60)
        if want.error:
            raise want.error
        return Case(dict(zip(parameters(self.reference)[: len(args)], args, strict=True)), want)

    def _misuse(self, attempt, case):
        if not callable(attempt):
            how = f'check("{self.name}", {self.name})'
            return Problem(f"this is {kind(attempt)}; hand over the function itself, not a call of it: {how}")
        if not accepts(attempt, case.args.values()):
            wanted, got = ", ".join(case.args), ", ".join(parameters(attempt))
            return Problem(f"wanted the parameters ({wanted}), got ({got})")
        return None

    def _wrong(self, attempt, cases):
        """The Problem to report: that of the first case that went wrong, and the best sentence there is."""
        outcomes = list(self._run(attempt, cases))
        problems = [self._problem(attempt, case, outcome) for case, outcome in zip(cases, outcomes)]
        wrong = [i for i, problem in enumerate(problems) if problem]
        if not wrong:
            return None
        case, problem = cases[wrong[0]], problems[wrong[0]]
        sentence = (
            self._known(outcomes, cases)
            or problem.sentence
            or self._trend(outcomes, cases)
            or f"wrong on {len(wrong)} of {len(cases)} cases; the first of them:"
        )
        inputs = _labelled("input", [f"{name} = {show(value)}" for name, value in case.args.items()])
        return Problem(sentence, inputs + problem.lines)

    def _run(self, attempt, cases):
        """Yield the outcome of each case, as far as one gets in the time limit."""
        deadline = time.monotonic() + self.limit
        for case in cases:
            outcome = run(attempt, tuple(case.args.values()), deadline - time.monotonic())
            yield outcome
            if isinstance(outcome.error, TimeUp):
                break

    def _problem(self, attempt, case, outcome):
        if outcome.error:
            return Problem(error_sentence(outcome.error, self.limit), error_line(outcome.error, attempt))
        if outcome.result is None and case.want.result is not None:
            printed = f"; it printed {show(outcome.printed)} instead" if outcome.printed else ""
            return Problem(f"it returned nothing: `return` is missing{printed}")
        looks = self._judged, self._compared, self._side_effect
        return next(filter(None, (look(case, outcome) for look in looks)), None)

    def _judged(self, case, outcome):
        try:
            sentence = self.judge and self.judge(tuple(case.args.values()), outcome.result)
        except Exception:  # another kind of result, or another number of them: the values do not matter
            found = difference(outcome.result, case.want.result, tol=1e300)
            sentence = found and _parting(found).sentence or "the result is not of the kind asked for"
        return Problem(sentence, _labelled("yours", _listing(outcome.result))) if sentence else None

    def _compared(self, case, outcome):
        if self.tol is None:
            return None
        changed = case.changed(outcome)
        for name in case.changed(case.want):
            if name not in changed:
                return Problem(f"{name} is to change in place, and did not")
        found = difference(case.effect(outcome), case.effect(case.want), self.tol)
        return found and _parting(found)

    def _side_effect(self, case, outcome):
        changed = {n: value for n, value in case.changed(outcome).items() if n not in case.changed(case.want)}
        for name, value in changed.items():
            sentence = f"it changed its input {name}: work on a copy, since the caller still needs it"
            return Problem(sentence, [("after", f"{name} = {show(value)}")])
        if self.silent and outcome.warned - case.want.warned:
            warned = " and ".join(sorted(outcome.warned))
            return Problem(f"the value is right, but NumPy warns on the way: {warned}")
        return None

    def _known(self, outcomes, cases):
        """The sentence of the first mistake that does the same as this attempt on every case."""
        if self.tol is None:
            return None
        for sentence, implementation in self.mistakes.items():
            if all(map(self._alike, cases, outcomes, self._run(implementation, cases))):
                return sentence
        return None

    def _alike(self, case, a, b):
        if a.error or b.error:
            return type(a.error) is type(b.error) and str(a.error) == str(b.error)
        if difference(case.effect(a), case.effect(b), self.tol):
            return False
        right = not self._compared(case, a)  # then only what they do besides tells them apart
        return not right or bool(self._side_effect(case, a)) == bool(self._side_effect(case, b))

    def _trend(self, outcomes, cases):
        yours = [case.effect(outcome) for case, outcome in zip(cases, outcomes)]
        return trend(yours, [case.effect(case.want) for case in cases], self.tol)


@dataclass
class AnswerExercise:
    """An exercise whose answer is a value; see Exercises.answer."""

    name: str
    expected: object
    mistakes: dict
    tol: float

    def verdict(self, attempt):
        """The text for an attempt, whatever it is. The right answer is not given away."""
        try:
            parts = _parts(attempt)
            if parts and all(part is ... for part in parts.values()):
                return f"{self.name}: not attempted yet"
            sentence = self._sentence(attempt, parts)
            problem = sentence and Problem(sentence, [("yours", show(attempt))])
        except Exception:  # some objects raise at whatever is asked of them
            problem = Problem(f"this {type(attempt).__name__} cannot be looked at")
        return _report(self.name, problem) if problem else f"✓ {self.name}: right"

    def _sentence(self, attempt, parts):
        open_ones = [show(key) for key, part in parts.items() if part is ...]
        if open_ones:
            return f"still without an answer: {', '.join(open_ones)}"
        found = difference(attempt, self.expected, self.tol)
        known = (sentence for sentence, wrong in self.mistakes.items() if self._is(attempt, wrong))
        return found and (next(known, None) or _parting(found).sentence or self._how_far(parts))

    def _is(self, attempt, wrong):
        if not (isinstance(wrong, tuple) and callable(wrong[0])):
            return not difference(attempt, wrong, self.tol)
        try:
            return wrong[0](attempt)
        except Exception:  # a predicate is written for answers of the right kind
            return False

    def _how_far(self, parts):
        wanted = _parts(self.expected)
        wrong = [show(key) for key in wanted if difference(parts[key], wanted[key], self.tol)]
        if len(wanted) > 1:
            return f"{len(wanted) - len(wrong)} of {len(wanted)} are right; look again at {', '.join(wrong)}"
        return "that is not it"


def _parts(value):
    """The parts of an answer by key; a single value is its own part."""
    if isinstance(value, dict):
        return value
    return dict(enumerate(value)) if isinstance(value, (tuple, list)) else {"": value}


def _parting(found):
    """The Problem that a Difference is."""
    part = found.part and f"{found.part} = "
    sentence = found.sentence and (f"{found.part}: {found.sentence}" if part else found.sentence)
    return Problem(sentence, [("yours", part + found.yours), ("expected", part + found.expected)])


def _listing(value, most=8):
    """A text for each part of a result."""
    if not isinstance(value, (dict, tuple, list)):
        return [show(value)]
    texts = [f"[{show(key)}] = {show(part)}" for key, part in _parts(value).items()]
    return texts[:most] + ["…"] * (len(texts) > most)


def _labelled(label, texts):
    """Lines under one label."""
    return [(label if i == 0 else "", text) for i, text in enumerate(texts)]


def _report(name, problem):
    lines = [f"    {label:<9}{text}" for label, text in problem.lines]
    return "\n".join([f"✗ {name}: {problem.sentence}", *lines])
