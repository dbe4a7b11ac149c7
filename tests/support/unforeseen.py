"""Answers to exercises that nobody had in mind, right and wrong ones, collected to be judged in tests."""

import importlib

import pytest


class Answers:
    """`right` and `wrong` register answers; the other methods hand them to tests."""

    def __init__(self):
        self.rights, self.wrongs = [], []

    def right(self, module, name, *attempts):
        """Other forms of the right answer."""
        self.rights += [(module, name, attempt) for attempt in attempts]

    def wrong(self, module, name, *attempts):
        """Wrong answers: each a function, or (function, a piece of what is said about it)."""
        pairs = (attempt if isinstance(attempt, tuple) else (attempt, "") for attempt in attempts)
        self.wrongs += [(module, name, *pair) for pair in pairs]

    @staticmethod
    def numbered(rows):
        """The rows as parameters of a test, called by exercise and number."""
        return [pytest.param(*row, id=f"{row[0][:3]}-{row[1]}-{number}") for number, row in enumerate(rows)]

    def fewer_than(self, most):
        """The function exercises of the modules in question with fewer right or wrong answers than that."""
        modules = {row[0] for row in self.rights}
        return [
            (module, name)
            for module in sorted(modules)
            for name, exercise in importlib.import_module(f"nblib.exercises.{module}").exercises.named.items()
            if hasattr(exercise, "reference")
            and min(sum(row[:2] == (module, name) for row in rows) for rows in (self.rights, self.wrongs)) < most
        ]


def first_line(module, name, attempt):
    """The first line of the verdict on an attempt."""
    return importlib.import_module(f"nblib.exercises.{module}").exercises.verdict(name, attempt).splitlines()[0]
