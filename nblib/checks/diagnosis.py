"""Compare a result with the expected one, and say in words where they part."""

import numbers
from typing import NamedTuple

import numpy as np

WHOLE = 16  # arrays of up to this size are shown whole


class Difference(NamedTuple):
    """Where two results part: a sentence (None: the values differ, and no more is known), and both as texts.

    `part` is the way to it: "" for the whole result, "[1]['w']" for a part of a part.
    """

    sentence: str | None
    yours: str
    expected: str
    part: str = ""


def difference(yours, expected, tol):
    """None where `yours` agrees with `expected`, else the first Difference.

    Numbers agree when |yours − expected| ≤ tol (1 + |expected|); arrays, tuples, lists, dicts part by part.
    """
    yours, expected = plain(yours), plain(expected)
    if isinstance(expected, dict):
        return _dicts(yours, expected, tol)
    if isinstance(expected, (list, tuple)):
        return _sequences(yours, expected, tol)
    if _is_numeric(expected):
        return _numbers(yours, expected, tol)
    if isinstance(yours, type(expected)):
        return None if yours == expected else Difference(None, show(yours), show(expected))
    return _structural(_kinds_sentence(yours, expected), yours, expected)


def trend(yours, expected, tol):
    """What is wrong with all numbers of all results alike (sign, factor, offset), or None.

    `yours` and `expected` are lists of results, one a case: one number alone would have every trend at once.
    """
    y, e = all_numbers(yours), all_numbers(expected)
    if y.shape != e.shape or not np.isfinite([y, e]).all() or len(np.unique(e)) < 2:
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


def show(value, at=0, digits=4):
    """A short text for any value, the same in every run; of a large array shape and entries around `at`."""
    value = plain(value)
    if value is None or isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, numbers.Number):
        return _show_number(value, digits)
    if isinstance(value, np.ndarray):
        return _show_array(value, at, digits)
    if isinstance(value, str):
        return repr(value) if len(value) <= 80 else repr(value[:80]) + "…"
    if isinstance(value, dict):
        return "{" + _listed(f"{show(key)}: {show(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        left, right = "[]" if isinstance(value, list) else "()"
        return left + _listed(show(item) for item in value) + right
    return "..." if value is ... else kind(value)


def kind(value):
    """What sort of thing a value is: 'an array of shape (3, 2)', 'a number', 'a list of 3'."""
    value = plain(value)
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, numbers.Number) and not isinstance(value, bool):
        return "a number"
    if isinstance(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    if value is None:
        return "None"
    if isinstance(value, str):
        return "a string"
    return f"the function {value.__name__}" if hasattr(value, "__name__") else f"a {type(value).__name__}"


def plain(value):
    """Tensors as arrays, arrays of shape () as numbers, arrays of words as lists, all else as it is."""
    if hasattr(value, "detach") and hasattr(value, "numpy"):     # a file has a detach, too
        value = value.detach().numpy()
    if not isinstance(value, np.ndarray):
        return value
    return value[()] if value.ndim == 0 or value.dtype.kind in "biufc" else value.tolist()


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


def _first(parts, tol):
    """The first difference among parts, given as (name, yours, expected)."""
    for name, yours, expected in parts:
        found = difference(yours, expected, tol)
        if found:
            return found._replace(part=f"[{name}]{found.part}")
    return None


def _numbers(yours, expected, tol):
    if not _is_numeric(yours):
        return _structural(_kinds_sentence(yours, expected), yours, expected)
    y, e = np.asarray(yours) + 0.0, np.asarray(expected) + 0.0  # booleans become numbers
    if y.shape != e.shape:
        return _structural(_shape_sentence(y.shape, e.shape), yours, expected)
    wrong = ~np.isclose(y, e, rtol=tol, atol=tol, equal_nan=True)
    if not wrong.any():
        return None
    return Difference(_number_sentence(y, e, wrong, tol), *_texts(yours, expected, int(wrong.argmax())))


def _number_sentence(y, e, wrong, tol):
    for test, word in ((np.isnan, "not a number (nan)"), (np.isinf, "infinite")):
        if (test(y) & wrong).any():
            return f"{_count(test(y) & wrong)} {word}: look for an overflow, log 0 or a division by 0"
    if y.ndim == 2 and y.shape == e.T.shape and np.allclose(y.T, e, tol, tol):
        return "it is transposed: rows and columns are swapped"
    if len(np.unique(e)) > 2 and np.allclose(np.sort(y, axis=None), np.sort(e, axis=None), tol, tol):
        return "the numbers are right, but they stand in the wrong order"
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


def _show_array(value, at, digits):
    if value.size == 0:
        return f"[] of shape {value.shape}"
    if value.size > WHOLE:
        start = min(max(at - 2, 0), value.size - 6)
        index = [int(i) for i in np.unravel_index(start, value.shape)]
        entries = ", ".join(show(entry, digits=digits) for entry in value.flat[start : start + 6])
        return f"shape {value.shape}, from {index} on: {entries}, …"
    as_text = {"all": lambda entry: show(entry, digits=digits)}
    return " ".join(np.array2string(value, separator=", ", max_line_width=10**6, formatter=as_text).split())


def _show_number(value, digits):
    if isinstance(value, numbers.Integral):
        return str(value) if abs(value) < 10**20 else "a whole number of more than 20 digits"
    return f"{value + 0.0:.{digits}g}"  # + 0.0 turns -0 into 0


def _listed(texts, most=8):
    texts = list(texts)
    return ", ".join(texts[:most] + ["…"] * (len(texts) > most))


def _count(mask):
    verb = "is" if mask.sum() == 1 else "are"
    return "it is" if mask.size == 1 else f"{mask.sum()} of {mask.size} entries {verb}"
