"""Whether an attempt takes its chance from the generator or seed that it is given, and from nothing else."""

import numpy as np

from nblib.checks.case import ROUNDING
from nblib.checks.diagnosis import difference

OTHER_SEED = 987654321


def source_of(case):
    """The name of the argument that brings the chance: a Generator, or a number called seed; else None."""
    for name, value in case.args.items():
        if isinstance(value, np.random.Generator) or name == "seed":
            return name
    return None


def reseeded(case):
    """The arguments of a case with another generator or seed."""
    name = source_of(case)
    other = OTHER_SEED if name == "seed" else np.random.default_rng(OTHER_SEED)
    return tuple((case.args | {name: other}).values())


def depends(case, call):
    """Whether the reference does something else with another generator."""
    other = call(reseeded(case))
    return bool(difference(case.effect(other), case.effect(case.want), ROUNDING))


def misused(case, first, call):
    """A sentence when a second call with the same chance differs, or one with another chance does not.

    first: the Outcome of the case; call(args): the Outcome of the attempt with these arguments.
    """
    name = source_of(case)
    again = call(tuple(case.args.values()))
    if again.error or difference(case.effect(again), case.effect(first), ROUNDING):
        return f"the same {name} gave another result the second time: take all chance from {name}"
    other = call(reseeded(case))
    if not other.error and not difference(case.effect(other), case.effect(first), ROUNDING):
        return f"another {name} gives the same result: take all chance from {name}, which is not used here"
    return None
