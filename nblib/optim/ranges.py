"""The ranges of an optimizer's settings: each checks a value, and says in words what was wanted."""

import math

from nblib._inputs import describe, number

BELOW_1 = math.nextafter(1, 0)


def any_number(value, name):
    """A finite number."""
    return number(value, name)


def at_least_0(value, name):
    """A number from 0 on."""
    return number(value, name, 0)


def below_1(value, name):
    """A fraction: a number from 0 to 1, without 1 itself."""
    if number(value, name, 0) >= 1:
        raise ValueError(f"{name}: wanted a number from 0 to below 1, got {value}")
    return float(value)


def two_below_1(value, name):
    """Two such fractions."""
    if not (isinstance(value, (tuple, list)) and len(value) == 2):
        raise TypeError(f"{name}: wanted two numbers, got {describe(value)}")
    return tuple(below_1(x, name) for x in value)


def yes_or_no(value, name):
    """True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: wanted True or False, got {describe(value)}")
    return value
