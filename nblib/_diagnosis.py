"""Compare a result with the expected one, and say in words where they part."""

import numbers
from typing import NamedTuple

import numpy as np

WHOLE = 16  # arrays up to this size are shown whole


class Difference(NamedTuple):
    """Where two results part: a sentence (None: the values differ, and nothing more is known) and both, shown."""

    sentence: str | None
    yours: str
    expected: str


def difference(yours, expected, tol):
    """None where `yours` agrees with `expected`, else the first Difference.

    Numbers agree when |yours − expected| ≤ tol (1 + |expected|); arrays, tuples, lists and dicts part by part.
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
    return _wrong_kind(yours, expected)


def trend(yours, expected, tol):
    """What is wrong with all numbers of all results alike (sign, factor, offset), or None.

    `yours` and `expected` are lists of results, one a case; a single number would have every trend at once.
    """
    y, e = _all_numbers(yours), _all_numbers(expected)
    if y.shape != e.shape or not np.isfinite([y, e]).all() or len(np.unique(e)) < 2:
        return None
    if np.allclose(y, -e, tol, tol):
        return "the sign is flipped everywhere"
    factor, offset = y @ e / (e @ e), (y - e).mean()
    if np.allclose(y, factor * e, tol, tol) and factor:
        return f"yours is {show(factor)} times the expected everywhere"
    if np.allclose(y, e + offset, tol, tol):
        return f"yours is {show(abs(offset))} too {'large' if offset > 0 else 'small'} everywhere"
    return None


def show(value, at=0, digits=4):
    """A short text for any value, the same in every run: large arrays as their shape and the entries from `at` on."""
    value = plain(value)
    if isinstance(value, np.ndarray):
        return _show_array(value, at, digits)
    if isinstance(value, (bool, np.bool_, type(None), type(...))):
        return "..." if value is ... else str(value)
    if isinstance(value, numbers.Number):
        return _show_number(value, digits)
    if isinstance(value, (str, bytes)):
        text = repr(value)
        return text if len(text) <= 80 else text[:77] + "..."
    if isinstance(value, dict):
        return "{" + _listed(f"{show(key)}: {show(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        left, right = "[]" if isinstance(value, list) else "()"
        return left + _listed(show(item) for item in value) + right
    return kind(value)


def kind(value):
    """What sort of thing a value is: 'a list of 3', 'an array of shape (3, 2)', 'a number'."""
    value = plain(value)
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, numbers.Number) and not isinstance(value, bool):
        return "a number"
    if isinstance(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    if value is None:
        return "None"
    if callable(value):
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    return f"a {type(value).__name__}"


def plain(value):
    """Tensors as arrays, arrays of shape () as numbers, everything else as it is."""
    if hasattr(value, "detach"):
        value = np.asarray(value.detach())
    return value[()] if isinstance(value, np.ndarray) else value


def _dicts(yours, expected, tol):
    if not isinstance(yours, dict):
        return _wrong_kind(yours, expected)
    if set(yours) != set(expected):
        return Difference(f"the keys are {show(list(yours))}, wanted {show(list(expected))}", *_pair(yours, expected))
    return _first(((f"[{show(key)}]", yours[key], expected[key]) for key in expected), tol)


def _sequences(yours, expected, tol):
    if not isinstance(yours, (list, tuple, np.ndarray)):
        return _wrong_kind(yours, expected)
    if len(yours) != len(expected):
        sentence = f"{len(expected)} values are wanted in the {type(expected).__name__}, yours has {len(yours)}"
        return Difference(sentence, *_pair(yours, expected))
    return _first(((f"value {i + 1} of {len(expected)}", y, e) for i, (y, e) in enumerate(zip(yours, expected))), tol)


def _first(parts, tol):
    for name, yours, expected in parts:
        found = difference(yours, expected, tol)
        if found:
            sentence = found.sentence and f"{name}: {found.sentence}"
            return Difference(sentence, f"{name}: {found.yours}", f"{name}: {found.expected}")
    return None


def _numbers(yours, expected, tol):
    if not _is_numeric(yours):
        return _wrong_kind(yours, expected)
    y, e = np.asarray(yours) + 0.0, np.asarray(expected) + 0.0
    if y.shape != e.shape:
        return Difference(_shape_sentence(y.shape, e.shape), *_pair(yours, expected))
    wrong = ~np.isclose(y, e, rtol=tol, atol=tol, equal_nan=True)
    if not wrong.any():
        return None
    return Difference(_number_sentence(y, e, wrong, tol), *_pair(yours, expected, int(wrong.argmax())))


def _number_sentence(y, e, wrong, tol):
    for test, word in ((np.isnan, "not a number (nan)"), (np.isinf, "infinite")):
        if (test(y) & wrong).any():
            return f"{_count(test(y) & wrong)} {word}: look for an overflow, a logarithm of 0 or a division by 0"
    if y.ndim == 2 and y.shape == y.T.shape and np.allclose(y.T, e, tol, tol):
        return "it is transposed: rows and columns are swapped"
    if y.size > 2 and np.allclose(np.sort(y, axis=None), np.sort(e, axis=None), tol, tol):
        return "the numbers are right, but they stand in the wrong order"
    return None


def _shape_sentence(got, wanted):
    return f"the result has shape {got}, wanted {wanted}{_shape_reason(got, wanted)}"


def _shape_reason(got, wanted):
    if len(wanted) > 1 and got == wanted[::-1]:
        return ": it is transposed"
    if [n for n in got if n != 1] == [n for n in wanted if n != 1]:
        return ": an axis of length 1 too many or too few (reshape, keepdims)"
    if got == wanted * 2 and len(wanted) == 1:
        return ": a column (N, 1) met a row (N,) and NumPy made a table of all pairs"
    if len(got) < len(wanted):
        return ": a mean or sum was taken over too much"
    return ": a mean or sum is missing" if len(got) > len(wanted) else ""


def _wrong_kind(yours, expected):
    advice = ": np.array(…) makes one of it" if isinstance(yours, list) and isinstance(expected, np.ndarray) else ""
    return Difference(f"the result is {kind(yours)}, wanted {kind(expected)}{advice}", *_pair(yours, expected))


def _is_numeric(value):
    return isinstance(value, numbers.Number | np.bool_) or isinstance(value, np.ndarray) and value.dtype.kind in "biuf"


def _all_numbers(results):
    """All numbers in nested results, one after the other, as one array."""
    result = plain(results)
    if _is_numeric(result):
        return np.ravel(result) + 0.0
    parts = result.values() if isinstance(result, dict) else result if isinstance(result, (list, tuple)) else ()
    return np.concatenate([np.zeros(0), *map(_all_numbers, parts)])


def _pair(yours, expected, at=0):
    for digits in (4, 12):  # more digits where four do not tell them apart
        texts = show(yours, at, digits), show(expected, at, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _show_array(value, at, digits):
    entries = [show(entry, digits=digits) for entry in value.flat[max(at - 2, 0) : max(at - 2, 0) + 6]]
    if value.size <= WHOLE and value.dtype.kind in "biuf":
        text = np.array2string(
            value,
            separator=", ",
            max_line_width=10**6,
            formatter={"float_kind": lambda v: _show_number(v, digits), "bool": str},
        )
        return " ".join(text.split()) + ("" if value.size else f" of shape {value.shape}")
    start = tuple(int(i) for i in np.unravel_index(max(at - 2, 0), value.shape))
    return f"shape {value.shape}, from {list(start)} on: {', '.join(entries)}, …"


def _show_number(value, digits):
    if isinstance(value, numbers.Integral):
        return str(int(value)) if abs(int(value)) < 10**20 else "a whole number of more than 20 digits"
    return f"{value + 0.0:.{digits}g}"  # + 0.0 turns -0 into 0


def _listed(texts, most=8):
    texts = list(texts)
    return ", ".join(texts[:most] + ["…"] * (len(texts) > most))


def _count(mask):
    return "the result is" if mask.size == 1 else f"{int(mask.sum())} of {mask.size} entries are"
