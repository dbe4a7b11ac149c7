"""Compare a result with the expected one, and say in words where they part."""

import numbers
from typing import NamedTuple

import numpy as np

from nblib.checks.words import kind, plain, precision, show

AGREE_TO = {"float32": 1e-4, "float16": 1e-2, "bfloat16": 5e-2}  # whatever is summed on the way


class Difference(NamedTuple):
    """Where two results part: a sentence (None: the values differ, and no more is known), and both as texts.

    `part` is the way to it: "" for the whole result, "[1]['w']" for a part of a part.
    """

    sentence: str | None
    yours: str
    expected: str
    part: str = ""


class Parts(dict):
    """Results by the names that messages call them: 'dW', 'w'."""


def difference(yours, expected, tol):
    """None where `yours` agrees with `expected`, else the first Difference.

    Numbers agree when |yours − expected| ≤ tol (1 + |expected|); arrays, tuples, lists, dicts part by part.
    """
    dtype = precision(yours)
    yours, expected = plain(yours), plain(expected)
    if isinstance(expected, Parts) and isinstance(yours, Parts) and yours.keys() == expected.keys():
        return _first(((name, yours[name], part) for name, part in expected.items()), tol, "{}")
    if isinstance(expected, dict):
        return _dicts(yours, expected, tol)
    if isinstance(expected, (list, tuple)):
        return _sequences(yours, expected, tol)
    if _is_numeric(expected):
        return _numbers(yours, expected, tol, dtype)
    if isinstance(yours, type(expected)):
        return None if yours == expected else Difference(None, show(yours), show(expected))
    return _structural(_kinds_sentence(yours, expected), yours, expected)


def trend(yours, expected, tol):
    """What is wrong with all numbers of all results alike (sign, factor, offset), or None.

    `yours` and `expected` are lists of results, one a case: one number alone would have every trend at once.
    """
    y, e = all_numbers(yours), all_numbers(expected)
    if y.shape != e.shape or not np.isfinite([y, e]).all() or len(np.unique(e)) < 2 or np.allclose(y, e, tol, tol):
        return None
    if np.allclose(y, -e, tol, tol):
        return "the sign is flipped everywhere"
    factor, offset = y @ e / (e @ e), (y - e).mean()
    if np.allclose(y, factor * e, tol, tol) and abs(factor) > tol:
        return f"yours is {show(factor)} times the expected everywhere"
    if np.allclose(y, e + offset, tol, tol):
        return f"yours is {show(abs(offset))} too {'large' if offset > 0 else 'small'} everywhere"
    return None


def all_numbers(results):
    """All numbers in nested results, one after the other, as one array."""
    results = plain(results)
    if _is_numeric(results):
        return np.ravel(results) + 0.0
    if isinstance(results, dict):
        results = list(results.values())
    parts = results if isinstance(results, (list, tuple)) else []
    return np.concatenate([np.zeros(0), *map(all_numbers, parts)])


def coarseness(results):
    """To what relative difference two computations of these results can be expected to agree, by their types."""
    if isinstance(results, dict):
        results = list(results.values())
    if isinstance(results, (list, tuple)):
        return max(map(coarseness, results), default=0)
    return AGREE_TO.get(precision(results), 0)


def _dicts(yours, expected, tol):
    if not isinstance(yours, dict):
        return _structural(_kinds_sentence(yours, expected), yours, expected)
    if set(yours) != set(expected):
        sentence = f"wanted the keys {show(list(expected))}, got {show(list(yours))}"
        return _structural(sentence, yours, expected)
    return _first(((show(key), yours[key], expected[key]) for key in expected), tol)


def _sequences(yours, expected, tol):
    if not isinstance(yours, (list, tuple, np.ndarray)):
        return _structural(_kinds_sentence(yours, expected), yours, expected)
    if len(yours) != len(expected):
        return _structural(f"wanted {len(expected)} values, got {len(yours)}", yours, expected)
    return _first(zip(range(len(expected)), yours, expected), tol)


def _first(parts, tol, called="[{}]"):
    """The first difference among parts, given as (name, yours, expected)."""
    for name, yours, expected in parts:
        found = difference(yours, expected, tol)
        if found:
            return found._replace(part=called.format(name) + found.part)
    return None


def _numbers(yours, expected, tol, dtype):
    if not _is_numeric(yours):
        return _structural(_kinds_sentence(yours, expected), yours, expected)
    y, e = np.asarray(yours) + 0.0, np.asarray(expected) + 0.0  # booleans become numbers
    if y.shape != e.shape:
        return _structural(_shape_sentence(y.shape, e.shape), yours, expected)
    wrong = ~np.isclose(y, e, rtol=tol, atol=tol, equal_nan=True)
    if not wrong.any():
        return None
    sentence = _number_sentence(y, e, wrong, tol) or _precision_sentence(y, e, dtype)
    return Difference(sentence, *_texts(yours, expected, int(wrong.argmax())))


def _number_sentence(y, e, wrong, tol):
    for test, word in ((np.isnan, "not a number (nan)"), (np.isinf, "infinite")):
        if (test(y) & wrong).any():
            return f"{_count(test(y) & wrong)} {word}: look for an overflow, log 0 or a division by 0"
    if y.ndim == 2 and y.shape == e.T.shape and np.allclose(y.T, e, tol, tol):
        return "it is transposed: rows and columns are swapped"
    same_numbers = np.allclose(np.sort(y, axis=None), np.sort(e, axis=None), tol, tol)
    if len(np.unique(e)) > 2 and same_numbers and not np.allclose(y, -e, tol, tol):
        return "the numbers are right, but they stand in the wrong order"
    return None


def _precision_sentence(y, e, dtype):
    """Whether only the number of digits is wrong: computed in float32, or rounded to it on the way."""
    tol = AGREE_TO.get(dtype, AGREE_TO["float32"])
    if not np.isfinite(e).all() or not np.allclose(y, e, tol, tol * np.abs(e).max(initial=0)):
        return None
    if dtype in AGREE_TO:
        return f"right but for the digits that {dtype} lacks: compute in float64"
    rounded = y.astype(np.float32) if np.abs(e).max(initial=0) < 1e30 else y
    if np.array_equal(y, rounded) and (y != y.round(6)).any():
        return "right but for the digits that float32 lacks: compute in float64 from beginning to end"
    return None


def _shape_sentence(got, wanted):
    wanted_text, got_text = (f"shape {shape}" if shape else "a single number" for shape in (wanted, got))
    return f"wanted {wanted_text}, got {got_text}{_shape_reason(got, wanted)}"


def _shape_reason(got, wanted):
    if len(wanted) > 1 and got == wanted[::-1]:
        return ": it is transposed"
    if [n for n in got if n != 1] == [n for n in wanted if n != 1]:
        return ": an axis of length 1 too many or too few (keepdims, reshape)"
    if len(wanted) == 1 and got == wanted * 2:
        return ": a column (N, 1) met a row (N,): NumPy made a table of all pairs"
    if len(got) < len(wanted):
        return ": a mean or sum was taken over too much"
    return ": a mean or sum is missing" if len(got) > len(wanted) else ""


def _kinds_sentence(yours, expected):
    close = isinstance(yours, (list, tuple)) and isinstance(expected, np.ndarray)
    return f"wanted {kind(expected)}, got {kind(yours)}{': np.array(…) turns it into one' if close else ''}"


def _structural(sentence, yours, expected):
    return Difference(sentence, show(yours), show(expected))


def _is_numeric(value):
    return isinstance(value, (numbers.Number, np.bool_, np.ndarray))  # after `plain`


def _texts(yours, expected, at):
    """Both as texts, with more digits where four do not tell them apart."""
    for digits in (4, 12):
        texts = show(yours, at, digits), show(expected, at, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _count(mask):
    verb = "is" if mask.sum() == 1 else "are"
    return "it is" if mask.size == 1 else f"{mask.sum()} of {mask.size} entries {verb}"
