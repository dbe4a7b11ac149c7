"""What is wrong with an attempt: it is run on all cases, and the best sentence there is about it is found."""

import time
from dataclasses import dataclass, field

from nblib.checks import chance
from nblib.checks.attempt import error_line, error_sentence, run
from nblib.checks.case import ROUNDING, mixed_up
from nblib.checks.diagnosis import Parts, coarseness, difference, trend
from nblib.checks.report import Problem, labelled, listing, parting
from nblib.checks.timelimit import TimeUp
from nblib.checks.words import listed, show

SPOILED = "it changed its input {}: work on a copy, since the caller still needs it"


@dataclass
class Verdict:
    """One attempt at a FunctionExercise: its outcomes on the cases, as far as the deadline lets it get."""

    exercise: object
    attempt: object
    cases: list
    deadline: float
    outcomes: list = field(default_factory=list)

    def run(self):
        """Run the attempt on the cases, until its time is up."""
        self.outcomes = list(self._outcomes(self.attempt))

    def problem(self):
        """The Problem to report, or None: that of the first case that went wrong, with the best sentence."""
        problems = [self._of_case(case, outcome) for case, outcome in self._pairs()]
        wrong = [i for i, problem in enumerate(problems) if problem]
        if not wrong:
            return self._across() or self._chance()
        case, problem = self.cases[wrong[0]], problems[wrong[0]]
        sentence = (
            case.edge
            or self._known()
            or self._mixed_up()
            or problem.sentence
            or self._trend()
            or self._how_often(wrong, problem.part)
        )
        return Problem(sentence, _input_lines(case) + problem.lines)

    def _outcomes(self, function):
        for case in self.cases:
            outcome = self._call(function, tuple(case.args.values()))
            yield outcome
            if isinstance(outcome.error, TimeUp):
                break

    def _call(self, function, args):
        return run(function, args, self.deadline - time.monotonic())

    @property
    def _tol(self):
        return ROUNDING if self.exercise.tol is None else self.exercise.tol

    def _of_case(self, case, outcome):
        """What is wrong with one outcome, or None."""
        if outcome.error:
            sentence = error_sentence(outcome.error, self.exercise.limit)
            return Problem(sentence, error_line(outcome.error, self.attempt))
        if outcome.result is None and case.want.result is not None:
            printed = f"; it printed {show(outcome.printed)} instead" if outcome.printed else ""
            return Problem(f"it returned nothing: `return` is missing{printed}")
        count = case.count_sentence(outcome)
        if count:
            return Problem(count, labelled("yours", listing(outcome.result)))
        return self._judged(case, outcome) or self._compared(case, outcome) or self._side_effect(case, outcome)

    def _judged(self, case, outcome):
        try:
            sentence = self.exercise.judge and self.exercise.judge(tuple(case.args.values()), case.results(outcome))
        except Exception:  # another kind of result, or another number of them: the values do not matter
            found = difference(case.effect(outcome), case.effect(case.want), tol=1e300)
            sentence = found and parting(found).sentence or "the result is not of the kind asked for"
        if not sentence:
            return None
        return Problem(sentence + _besides(case.spoiled(outcome)), labelled("yours", listing(outcome.result)))

    def _compared(self, case, outcome):
        if self.exercise.tol is None:
            return None
        changed = case.changed(outcome)
        for name in case.in_place:
            if name not in changed:
                return Problem(f"{name} is to change in place, and did not")
        found = difference(case.effect(outcome), case.effect(case.want), self._tol)
        if not found:
            return None
        problem = parting(found)
        spoiled = case.spoiled(outcome)
        return problem._replace(sentence=SPOILED.format(*spoiled)) if spoiled and not problem.sentence else problem

    def _side_effect(self, case, outcome):
        for name, value in case.spoiled(outcome).items():
            return Problem(SPOILED.format(name), [("after", f"{name} = {show(value)}")])
        warned = self._warned(case, outcome)
        if warned:
            return Problem(f"the value is right, but NumPy warns on the way: {' and '.join(sorted(warned))}")
        return None

    def _warned(self, case, outcome):
        return outcome.warned - case.want.warned if self.exercise.silent else set()

    def _known(self):
        """The sentence of the first mistake that does the same as this attempt on every case, or None."""
        if any(isinstance(outcome.error, TimeUp) for outcome in self.outcomes):
            return None
        tol = self._tol_of_mistakes()
        for sentence, wrong in self.exercise.mistakes.items():
            known = self._explanation(wrong, tol)
            if known:
                return sentence + _besides(self._spoiled_besides(known))
        return None

    def _tol_of_mistakes(self):
        """That of the exercise; coarser for float32, unless float32 is all that is wrong."""
        coarse = max([self._tol, *(coarseness(outcome.result) for outcome in self.outcomes)])
        return self._tol if all(self._is_right(case, mine, coarse) for case, mine in self._pairs()) else coarse

    def _pairs(self):
        return zip(self.cases, self.outcomes)

    def _is_right(self, case, outcome, tol):
        return not outcome.error and not difference(case.effect(outcome), case.effect(case.want), tol)

    def _explanation(self, wrong, tol):
        """What a mistake does on the usual cases, if it explains what the attempt does there, else None."""
        known = []
        for case, mine, outcome in zip(self.cases, self.outcomes, self._outcomes(wrong)):
            if not case.edge:
                if not self._alike(case, mine, outcome, tol):
                    return None
                known.append(outcome)
        return known if any(map(self._of_case, self.cases, known)) else None

    def _alike(self, case, mine, known, tol):
        """Whether a mistake explains what the attempt did on this case."""
        if mine.error or known.error:
            return type(mine.error) is type(known.error) and str(mine.error) == str(known.error)
        if difference(case.effect(mine), case.effect(known), tol):
            return False
        if not self._is_right(case, mine, tol):
            return True
        spoiled, explained = case.spoiled(mine).keys(), case.spoiled(known).keys()
        return explained <= spoiled and self._warned(case, mine) == self._warned(case, known)

    def _spoiled_besides(self, known):
        """The inputs that the attempt changed, and the mistake did not."""
        for case, mine, outcome in zip(self.cases, self.outcomes, known):
            more = case.spoiled(mine).keys() - case.spoiled(outcome).keys()
            if more:
                return more
        return ()

    def _mixed_up(self):
        return mixed_up(self.cases, self.outcomes, self._tol)

    def _across(self):
        """What the exercise's own `across` says of all results together."""
        across = self.exercise.across
        sentence = across and across([(tuple(case.args.values()), case.results(mine)) for case, mine in self._pairs()])
        return Problem(sentence) if sentence else None

    def _chance(self):
        """Whether the generator or seed that is handed over makes the results, and nothing else does."""
        for case, outcome in reversed(list(self._pairs())):
            if chance.source_of(case) and chance.depends(case, lambda args: self._call(self.exercise.reference, args)):
                sentence = chance.misused(case, outcome, lambda args: self._call(self.attempt, args))
                return Problem(sentence, _input_lines(case)) if sentence else None
        return None

    def _trend(self):
        """What is wrong with all numbers alike, or with all numbers of one of the results."""
        yours = [case.effect(outcome) for case, outcome in self._pairs()]
        wanted = [case.effect(case.want) for case in self.cases]
        whole = trend(yours, wanted, self._tol)
        if whole or not all(isinstance(parts, Parts) for parts in yours):
            return whole
        for name in wanted[0]:
            one = trend([parts[name] for parts in yours], [parts[name] for parts in wanted], self._tol)
            if one:
                return f"{name}: {one}"
        return None

    def _how_often(self, wrong, part):
        often = f"wrong on {len(wrong)} of {len(self.cases)} cases; the first of them:"
        name = part.split("[")[0]
        if not name:
            return often
        right = [other for other in self.cases[0].effect(self.cases[0].want) if self._is_part_right(other)]
        beside = f" ({listed(right)} {'is' if len(right) == 1 else 'are'} right)" if right else ""
        return f"{name}{beside}: {often}"

    def _is_part_right(self, name):
        parts = ((case.effect(mine)[name], case.effect(case.want)[name]) for case, mine in self._pairs())
        return not any(difference(mine, wanted, self._tol) for mine, wanted in parts)


def _besides(spoiled):
    """What is to be added to a sentence when inputs were changed as well."""
    return f"; besides, {SPOILED.format(*spoiled)}" if spoiled else ""


def _input_lines(case):
    return labelled("input", [f"{name} = {show(value)}" for name, value in case.args.items()])
