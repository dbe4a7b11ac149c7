"""Checks of what a caller hands in: every error says what was wanted and what came."""

import numbers

import numpy as np


def describe(value):
    """A short description of any value, for error messages: 'float64 array of shape (3, 2)'."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:37] + '...'}"


def array(value, name, *, shape=None, dtype=float, finite=True, empty=False):
    """`value` as a NumPy array, or an error in words.

    `shape` is a tuple whose entries are sizes, or names (strings) where any size will do:
    `shape=("N", 2)` wants two columns and any number of rows. `dtype=None` keeps the type that came.

    Raises TypeError (not numbers) or ValueError (wrong shape, empty, NaN or infinite).
    """
    wanted = "an array of numbers" if shape is None else f"an array of shape {_spell(shape)}"
    try:
        out = np.asarray(value)
        if out.dtype.kind not in "biuf":
            raise TypeError
        out = out.astype(out.dtype if dtype is None else dtype, copy=False)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: wanted {wanted}, got {describe(value)}") from None
    if shape is not None and not _fits(out.shape, shape):
        raise ValueError(f"{name}: wanted {wanted}, got shape {out.shape}")
    if not empty and out.size == 0:
        raise ValueError(f"{name}: wanted at least one number, got an empty array of shape {out.shape}")
    if finite and not np.isfinite(out).all():
        bad = int((~np.isfinite(out)).sum())
        raise ValueError(f"{name}: wanted finite numbers, got {bad} NaN or infinite of {out.size}")
    return out


def labels(value, name, *, n=None, classes=None):
    """Class labels as integers of shape (N,); `n` fixes the length, `classes` the range 0..classes-1."""
    out = array(value, name, shape=("N" if n is None else n,))
    if (out != np.round(out)).any() or out.min() < 0:
        raise ValueError(f"{name}: wanted class labels 0, 1, 2, …, got {describe(out)} with values {out[:5]}")
    if classes is not None and out.max() >= classes:
        raise ValueError(f"{name}: wanted labels from 0 to {classes - 1}, got {int(out.max())}")
    return out.astype(np.int64)


def examples(X, y, *, columns="D"):
    """`X` (N, D) and labels `y` (N,) that belong together."""
    X = array(X, "X", shape=("N", columns))
    return X, labels(y, "y", n=len(X))


def number(value, name, low=-np.inf, high=np.inf):
    """A finite number from `low` to `high`, as a float."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(f"{name}: wanted a number, got {describe(value)}")
    if not (np.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name}: wanted a number from {low} to {high}, got {value}")
    return float(value)


def whole(value, name, low=0, high=np.inf):
    """A whole number from `low` to `high`, as an int."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise TypeError(f"{name}: wanted a whole number, got {describe(value)}")
    if not low <= value <= high:
        raise ValueError(f"{name}: wanted a whole number from {low} to {high}, got {value}")
    return int(value)


def generator(rng, name="rng"):
    """A NumPy random generator from a generator or a whole-number seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, numbers.Integral) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise TypeError(f"{name}: wanted a seed (0, 1, 2, …) or np.random.default_rng(seed), got {describe(rng)}")


def one_of(value, name, options):
    """`value`, which must be one of `options`."""
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name}: wanted one of {', '.join(options)}, got {describe(value)}")
    return value


def _fits(shape, wanted):
    return len(shape) == len(wanted) and all(isinstance(w, str) or s == w for s, w in zip(shape, wanted))


def _spell(shape):
    inside = ", ".join(str(s) for s in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"
