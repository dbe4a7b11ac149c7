"""Numbers and their dtypes: which one a tensor gets, and in which one two tensors meet."""

from types import SimpleNamespace

import numpy as np

from nblib._inputs import describe

float32, float64, int64 = np.dtype("float32"), np.dtype("float64"), np.dtype("int64")
default = SimpleNamespace(dtype=float32)  # of floats that come without a dtype


def set_default_dtype(dtype):
    """The dtype, float32 or float64, of floats that come without one and of new parameters."""
    default.dtype = float_dtype(dtype, "set_default_dtype")


def python_number(x):
    """A number of NumPy as one of Python: float32 · np.float64(2) is float64, float32 · 2.0 is float32."""
    return x.item() if isinstance(x, np.generic) else x


def new_array(data, dtype=None):
    """A new array of `data`; floats that come without a dtype take the default one."""
    try:
        out = np.array(data, dtype)
        if out.dtype.kind not in "buif":
            raise TypeError
    except (TypeError, ValueError):
        raise TypeError(f"tensor: wanted numbers, in rows of equal length, got {describe(data)}") from None
    without_dtype = dtype is None and not isinstance(data, (np.ndarray, np.generic))
    return out.astype(default.dtype) if without_dtype and out.dtype.kind == "f" else out


def floats(x):
    """Numbers as they are, but arrays of whole numbers and bools as floats of the default dtype."""
    return x if not isinstance(x, np.ndarray) or x.dtype.kind == "f" else x.astype(default.dtype)


def float_dtype(dtype, name):
    """`dtype` as NumPy's float32 or float64; TypeError, after `name`, for any other."""
    if dtype not in (float32, float64):
        raise TypeError(f"{name}: wanted float32 or float64, got {describe(dtype)}")
    return np.dtype(dtype)


def common_dtype(*arrays):
    """The dtype in which arrays meet, as in PyTorch: a float wins over a whole number and that over a bool,
    then an array over a single number, then the wider type."""
    return max(arrays, key=lambda x: ("buif".index(x.dtype.kind), x.ndim > 0, x.dtype.itemsize)).dtype


def meet(a, b):
    """Two operands, arrays or numbers, in the dtype in which they meet; a number beside floats stays one."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.dtype is b.dtype:
            return a, b
    elif type(b) in (int, float) and _is_float(a) or type(a) in (int, float) and _is_float(b):
        return a, b  # NumPy keeps float32 * 2.0 in float32
    return meet_all(a, b)


def meet_all(*operands):
    """Operands, arrays or numbers, as arrays of the dtype in which they meet."""
    dtype = common_dtype(*(x if isinstance(x, np.ndarray) else new_array(x) for x in operands))
    return [np.asarray(x, dtype) for x in operands]


def _is_float(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"
