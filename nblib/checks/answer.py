"""An exercise whose answer is a value: a number, a string, or a dict, tuple or list of them."""

from dataclasses import dataclass

from nblib.checks.diagnosis import difference
from nblib.checks.report import Problem, parting, parts_of, report
from nblib.checks.words import listed, show

PLACES = ("first", "second", "third", "fourth", "fifth")


@dataclass
class AnswerExercise:
    """An exercise whose answer is a value; see Exercises.answer."""

    name: str
    expected: object
    mistakes: dict
    tol: float = 1e-6

    def verdict(self, attempt):
        """The text for an attempt, whatever it is. The right answer is not given away."""
        try:
            parts = parts_of(attempt)
            if parts and all(part is ... for part in parts.values()):
                return f"{self.name}: not attempted yet"
            sentence = self._sentence(attempt, parts)
            problem = sentence and Problem(sentence, [("yours", show(attempt))])
        except Exception:  # some objects raise at whatever is asked of them
            problem = Problem(f"this {type(attempt).__name__} cannot be looked at")
        return report(self.name, problem) if problem else f"✓ {self.name}: right"

    def _sentence(self, attempt, parts):
        open_ones = [show(key) for key, part in parts.items() if part is ...]
        if open_ones:
            return f"still without an answer: {', '.join(open_ones)}"
        found = difference(attempt, self.expected, self.tol)
        known = (sentence for sentence, wrong in self.mistakes.items() if self._is(attempt, wrong))
        return found and (next(known, None) or parting(found).sentence or self._how_far(parts))

    def _is(self, attempt, wrong):
        if not (isinstance(wrong, tuple) and callable(wrong[0])):
            return not difference(attempt, wrong, self.tol)
        try:
            return wrong[0](attempt)
        except Exception:  # a predicate is written for answers of the right kind
            return False

    def _how_far(self, parts):
        wanted = parts_of(self.expected)
        wrong = [show(key) for key in wanted if difference(parts[key], wanted[key], self.tol)]
        if len(wanted) > 1:
            return f"{len(wanted) - len(wrong)} of {len(wanted)} are right; look again at {', '.join(wrong)}"
        return "that is not it"


def choices(name, expected, because, options=None):
    """An AnswerExercise of a dict of choices; see Exercises.choices."""
    mistakes = {}
    if options:
        none = f"each answer is one of {listed([show(option) for option in options], 'or')}"
        example = expected | {next(iter(expected)): "none of them"}
        mistakes[none] = (lambda answer: any(choice not in options for choice in answer.values()), example)
    for (keys, *wrong), sentence in because.items():
        keys = keys.split(", ")
        mistakes[f"{', '.join(keys)}: {sentence}"] = (_chosen(keys, wrong, expected), expected | {keys[0]: wrong[0]})
    return AnswerExercise(name, expected, mistakes)


def lines(name, wrong, because):
    """An AnswerExercise that asks for the numbers of the lines with a bug; see Exercises.lines."""
    keys = PLACES[: len(wrong)]
    answer, named = dict(zip(keys, wrong)), lambda given: [given[key] for key in keys]
    mistakes = {}
    for right, sentence in because.items():
        right = right if isinstance(right, tuple) else (right,)
        example = answer | {keys[1]: right[0]}
        mistakes[sentence] = (lambda given, right=right: bool(set(right) & set(named(given))), example)
    mistakes["these are the lines; name them from the top down"] = (
        lambda given: set(named(given)) == set(wrong),
        dict(zip(keys, reversed(wrong))),
    )
    mistakes["a line is named twice: the bugs are in different lines"] = (
        lambda given: len(set(named(given))) < len(wrong),
        answer | {keys[1]: wrong[-1]},
    )
    return AnswerExercise(name, answer, mistakes)


def _chosen(keys, wrong, expected):
    """Whether one of the keys was answered with one of the wrong choices, or, with `...` among them, with any."""

    def is_wrong(key, choice):
        if ... in wrong:
            return bool(difference(choice, expected[key], 1e-6))
        return any(not difference(choice, other, 1e-6) for other in wrong)

    return lambda answer: any(is_wrong(key, answer[key]) for key in keys)
