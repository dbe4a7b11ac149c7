"""The random numbers behind rand, randn, the initializers and dropout."""

import contextlib
from types import SimpleNamespace

import numpy as np

from nblib._inputs import generator

state = SimpleNamespace(rng=np.random.default_rng())


def manual_seed(seed):
    """Start the random numbers of this library again; `seed` is a whole number or a NumPy Generator."""
    state.rng = generator(seed, "manual_seed")


@contextlib.contextmanager
def fork_rng(seed):
    """`with fork_rng(seed):` draws from a generator of its own, and leaves the reader's as it was."""
    before, state.rng = state.rng, generator(seed, "fork_rng")
    try:
        yield
    finally:
        state.rng = before
