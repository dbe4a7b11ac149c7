"""Exercises that check themselves and name the usual mistakes; and the numeric check of a gradient."""

from nblib.checks.exercises import Exercises
from nblib.checks.gradient import gradient_check, numeric_gradient

__all__ = ["Exercises", "gradient_check", "numeric_gradient"]
