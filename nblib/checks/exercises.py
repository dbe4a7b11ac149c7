"""The exercises of one notebook, by name."""

from nblib.checks import answer
from nblib.checks.exercise import FunctionExercise
from nblib.checks.words import show


class Exercises:
    """The exercises of one notebook: registered with `function`, `answer`, `choices`, `lines`; judged by `check`.

    exercises = Exercises("01")
    check = exercises.check

    @exercises.function("gradient", cases=_batches, returns=("dw", "db"))
    def gradient(X, y, a):
        \"\"\"X (N, D), labels y (N,), probabilities a (N,) -> dJ/dw (D,) and dJ/db, a number\"\"\"
        return X.T @ (a - y) / len(X), np.mean(a - y)

    gradient.mistakes({
        "the sign is flipped: the gradient has a - y, not y - a": ("a - y", "y - a"),
        "the mean over the examples is missing": lambda X, y, a: (X.T @ (a - y), np.sum(a - y)),
    })

    exercises.answer("rate", 0.11, mistakes={"that one diverges": 0.12})
    """

    def __init__(self, notebook):
        self.notebook, self.named = notebook, {}

    def function(self, name, cases, **settings):
        """Decorator: the reference solution of an exercise; it gains `.mistake(sentence)` and `.mistakes(table)`.

        The reference has the name, the parameters and the docstring of the learner's stub. `cases(rng)` yields
        tuples of arguments, easy to hard; none of them a tie. Settings, all of them optional:

        tol      results, and arguments that the reference changes in place, have to agree with the reference's:
                 |yours − expected| ≤ tol (1 + |expected|), by default 1e-6; with None they are not compared
        returns  the names of the results, where there are several
        judge    judge(args, result) returns a sentence when the result lacks a property, else None
        across   across([(args, result), …]) does so for all cases together
        after    after(*args) looks at the arguments after a call: a dict of what has to be as after the
                 reference, by name ("the mode of the model")
        edges    cases that come last, with a sentence for who fails there only: {sentence: args}
        silent   an overflow on the way is wrong even when the value is right
        limit    seconds for all cases together, by default 5

        A mistake is a wrong implementation, or a change ("old", "new") of the reference's source: an attempt that
        does the same on every case gets its sentence. What can go wrong in any exercise needs none: nothing
        returned, an error, an endless loop, a changed input, a wrong kind or shape, results missing or exchanged,
        nan, float32, a flipped sign; and where `rng` or `seed` is an argument, chance that is not taken from it.
        """

        def register(reference):
            exercise = FunctionExercise(name, reference, cases, **settings)
            self._add(exercise)
            reference.exercise, reference.mistake, reference.mistakes = exercise, exercise.mistake, exercise.table
            return reference

        return register

    def answer(self, name, expected, mistakes, *, tol=1e-6):
        """Register an exercise whose answer is a value: a number, a string, or a dict, tuple or list of them.

        `mistakes` maps a sentence to the wrong answer that it explains, or to (predicate, an example of it).
        """
        self._add(answer.AnswerExercise(name, expected, mistakes, tol))

    def choices(self, name, expected, because, options=None):
        """Register an exercise whose answer is a dict of choices.

        `because` maps (key, wrong choice, …) to a sentence, which is printed behind the key; several keys that
        share one are joined by ", "; a last choice `...` stands for every other wrong one. With `options` every
        choice has to be one of them.
        """
        self._add(answer.choices(name, expected, because, options))

    def lines(self, name, wrong, because):
        """Register an exercise that asks for the lines with a bug: {"first": line, "second": line, …}.

        `because` maps a line, or a tuple of lines, that is right to a sentence for who names it.
        """
        self._add(answer.lines(name, wrong, because))

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
