"""One call that an attempt is judged by: its arguments, what the reference does with them, what counts."""

from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import numpy as np

from nblib.checks.attempt import Outcome
from nblib.checks.diagnosis import Parts, difference
from nblib.checks.words import counted, listed, plain

ROUNDING = 1e-12  # an input that differs by less has not been changed: x + h − 2h + h


@dataclass
class Case:
    """The arguments of one call, by the reference's parameters, and what the reference does with them.

    returns: names of the results, or None for a single one; after: a function of the arguments after the call,
    which returns a dict of what has to be as after the reference; edge: a sentence for who fails here only.
    """

    args: dict
    want: Outcome
    returns: tuple | None = None
    after: object = None
    edge: str | None = None

    def changed(self, outcome):
        """The inputs, by name, that a call changed, as they are afterwards."""
        after = dict(zip(self.args, outcome.inputs))
        return {
            name: after[name]
            for name, before in self.args.items()
            if isinstance(plain(before), (np.ndarray, list, dict)) and difference(after[name], before, ROUNDING)
        }

    @cached_property
    def in_place(self):
        """The names of the inputs that the reference changes."""
        return tuple(self.changed(self.want))

    def spoiled(self, outcome):
        """The inputs, by name, that a call changed and should not have."""
        return {name: value for name, value in self.changed(outcome).items() if name not in self.in_place}

    def effect(self, outcome):
        """What a call was for: its result, the inputs that are to change, and what `after` looks at."""
        inputs = dict(zip(self.args, outcome.inputs))
        besides = {name: inputs[name] for name in self.in_place}
        if self.after:
            besides |= {f"{name} afterwards": value for name, value in self.after(*outcome.inputs).items()}
        named = self.named(outcome.result) if self.returns else None
        if named is None and not besides:
            return outcome.result
        return Parts((named or {"the result": outcome.result}) | besides)

    def named(self, result):
        """A dict of the results by name, or None where there are fewer, more, or only one."""
        if isinstance(result, dict) and set(result) == set(self.returns):
            return {name: result[name] for name in self.returns}
        results = several(result)
        return dict(zip(self.returns, results)) if results and len(results) == len(self.returns) else None

    def results(self, outcome):
        """The result; where there are several, a tuple of them in the order of `returns`."""
        named = self.named(outcome.result) if self.returns else None
        return tuple(named.values()) if named else outcome.result

    def count_sentence(self, outcome):
        """A sentence when the number of results is wrong, else None."""
        if not self.returns or self.named(outcome.result):
            return None
        return f"{counted(len(self.returns))} results are wanted: return {', '.join(self.returns)}"


def several(result):
    """The results in a tuple or list, or None when it is a single one."""
    return list(result) if isinstance(result, (tuple, list)) else None


def mixed_up(cases, outcomes, tol):
    """A sentence when all results are right, but in another order, or when just some are missing; else None."""
    if not cases[0].returns:
        return None
    found = [_places(case, outcome, tol) for case, outcome in zip(cases, outcomes)]
    if not found or None in found:
        return None
    places = {name: set.intersection(*(place[name] for place in found)) for name in cases[0].returns}
    return _mixed_sentence(places, max(len(several(outcome.result)) for outcome in outcomes))


def _places(case, outcome, tol):
    """By name, the places of the attempt's results at which that result stands; None if it has not several."""
    yours, expected = several(outcome.result), case.named(case.want.result)
    if outcome.error or yours is None or len(yours) > len(expected):
        return None
    return {
        name: {i for i, mine in enumerate(yours) if not difference(mine, wanted, tol)}
        for name, wanted in expected.items()
    }


def _mixed_sentence(places, count):
    if all(i in at for i, at in enumerate(places.values())):
        return None  # the order is right
    wanted = ", ".join(places)
    found = [at for at in places.values() if at]
    if not any(all(map(set.__contains__, found, order)) for order in permutations(range(count), len(found))):
        return None
    if len(found) < count:
        return None  # one of them is another number altogether
    missing = [name for name, at in places.items() if not at]
    if missing:
        return f"{listed(missing)} {'is' if len(missing) == 1 else 'are'} missing: return {wanted}"
    return f"the results are right, but in the wrong order: return {wanted}"
