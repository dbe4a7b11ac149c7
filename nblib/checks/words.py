"""Any value as a short text that is the same in every run."""

import numbers

import numpy as np

WHOLE = 16  # arrays of up to this size are shown whole


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
    if hasattr(value, "detach") and hasattr(value, "numpy"):  # a file has a detach, too
        value = _array_of(value.detach())
    if not isinstance(value, np.ndarray):
        return value
    return value[()] if value.ndim == 0 or value.dtype.kind in "biufc" else value.tolist()


def listed(words, last="and"):
    """The words as a list in a sentence: 'a, b and c'."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def counted(n):
    """A small whole number as a word."""
    return ("no", "one", "two", "three", "four", "five", "six")[n] if n < 7 else str(n)


def precision(value):
    """The name of the data type of an array or tensor: 'float32', 'bfloat16'; '' for what has none."""
    return str(getattr(value, "dtype", "")).removeprefix("torch.")


def _array_of(tensor):
    """A tensor as an array; bfloat16, which NumPy does not have, as float32."""
    try:
        return tensor.numpy()
    except (RuntimeError, TypeError):  # on another device, sparse, or of a type that NumPy lacks
        return tensor.to_dense().cpu().float().numpy()


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
