"""Exercises that check themselves and name the usual mistakes; and the numeric check of a gradient."""

from nblib.checks.diagnosis import show
from nblib.checks.exercise import AnswerExercise, FunctionExercise
from nblib.checks.gradient import gradient_check, numeric_gradient

__all__ = ["AnswerExercise", "Exercises", "FunctionExercise", "gradient_check", "numeric_gradient"]


class Exercises:
    """The exercises of one notebook: registered with `function` and `answer`, judged by `check`.

        exercises = Exercises("01")
        check = exercises.check

        @exercises.function("double", cases=lambda rng: [(1.0,), (rng.normal(size=3),)])
        def double(x):
            return 2 * x

        @double.mistake("you squared it")
        def _(x):
            return x**2

        exercises.answer("rate", 0.11, mistakes={"that one diverges": 0.12})
    """

    def __init__(self, notebook):
        self.notebook, self.named = notebook, {}

    def function(self, name, cases, *, tol=1e-6, judge=None, silent=False, limit=5.0):
        """Decorator: the reference solution of an exercise; it gains the decorator `.mistake(sentence)`.

        `cases(rng)` yields tuples of arguments, easy to hard. Results, and arguments that the reference
        changes in place, have to agree with the reference's: |yours − expected| ≤ tol (1 + |expected|);
        with `tol=None` they are not compared. `judge(args, result)` returns a sentence when the result lacks
        a property, else None. `silent`: an overflow on the way is wrong even when the value is right.
        `limit`: seconds for all cases together.

        A mistake is a wrong implementation: an attempt that does the same on every case gets its sentence
        (with `tol=None` the sentences are the judge's). What can go wrong in any exercise needs none: nothing
        returned, an error, an endless loop, a changed input, a wrong kind or shape, nan, a flipped sign.
        """

        def register(reference):
            exercise = FunctionExercise(name, reference, cases, tol, judge, silent, limit)
            self._add(exercise)
            reference.mistake = exercise.mistake
            return reference

        return register

    def answer(self, name, expected, mistakes, *, tol=1e-6):
        """Register an exercise whose answer is a value: a number, a string, or a dict, tuple or list of them.

        `mistakes` maps a sentence to the wrong answer that it explains, or to (predicate, an example of it).
        """
        self._add(AnswerExercise(name, expected, mistakes, tol))

    def check(self, name, attempt):
        """Print whether `attempt` solves the exercise `name`, and if not, what is probably wrong with it."""
        print(self.verdict(name, attempt))

    def verdict(self, name, attempt):
        """What `check` prints. Raises ValueError when there is no exercise of that name, and nothing else."""
        if name not in self.named:
            known = ", ".join(self.named) or "none yet"
            raise ValueError(f"notebook {self.notebook} has no exercise {show(name)}; it has: {known}")
        return self.named[name].verdict(attempt)

    def _add(self, exercise):
        if exercise.name in self.named:
            raise ValueError(f"notebook {self.notebook} already has an exercise {exercise.name!r}")
        self.named[exercise.name] = exercise
