"""Making tensors: of given numbers, of one number, of a row of numbers, or of random ones.

`size` may be several numbers or a tuple of them. Tensors get the default dtype unless `dtype` says another.
"""

import math

import numpy as np

from nblib._inputs import describe
from nblib.autograd import random
from nblib.autograd.dims import sizes_of
from nblib.autograd.dtypes import default, int64, new_array, python_number
from nblib.autograd.graph import check_tensors, plain
from nblib.autograd.tensor import Tensor


def tensor(data, dtype=None, requires_grad=False):
    """A leaf with a copy of `data`; lists of floats take the default dtype, arrays keep theirs."""
    return Tensor(new_array(plain(data), dtype), requires_grad)


def from_numpy(array):
    """A tensor with this very array, not a copy."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif":
        raise TypeError(f"from_numpy: wanted an array of numbers, got {describe(array)}")
    return Tensor(array)


# The same number everywhere ---------------------------------------------------------------------------------


def zeros(*size, dtype=None, requires_grad=False):
    """0 everywhere."""
    return Tensor(np.zeros(_checked("zeros", size), dtype or default.dtype), requires_grad)


def ones(*size, dtype=None, requires_grad=False):
    """1 everywhere."""
    return Tensor(np.ones(_checked("ones", size), dtype or default.dtype), requires_grad)


def full(size, fill_value, dtype=None, requires_grad=False):
    """`fill_value` everywhere; its kind, such as a whole number, decides the dtype unless given."""
    value = new_array(python_number(plain(fill_value)), dtype)
    if value.ndim:
        raise ValueError(f"full: wanted a single number, got {describe(value)}")
    return Tensor(np.full(_checked("full", (size,)), value, value.dtype), requires_grad)


def zeros_like(input, dtype=None, requires_grad=False):
    """0 in the shape and dtype of another tensor."""
    check_tensors("zeros_like", input)
    return Tensor(np.zeros(input.shape, dtype or input.dtype), requires_grad)


def ones_like(input, dtype=None, requires_grad=False):
    """1 in the shape and dtype of another tensor."""
    check_tensors("ones_like", input)
    return Tensor(np.ones(input.shape, dtype or input.dtype), requires_grad)


def full_like(input, fill_value, dtype=None, requires_grad=False):
    """`fill_value` in the shape and dtype of another tensor."""
    check_tensors("full_like", input)
    return full(input.shape, fill_value, dtype or input.dtype, requires_grad)


def eye(n, m=None, dtype=None, requires_grad=False):
    """The matrix (n, m), square unless m is given, with 1 on the diagonal and 0 elsewhere."""
    n, m = _checked("eye", (n, n if m is None else m))
    return Tensor(np.eye(n, m, dtype=dtype or default.dtype), requires_grad)


# A row of numbers -------------------------------------------------------------------------------------------


def arange(start, end=None, step=1, dtype=None, requires_grad=False):
    """start, start + step, … up to end, which is not among them; `arange(3)` is 0, 1, 2.

    Raises ValueError for a step of 0 or one that leads away from the end.
    """
    start, end = (0, start) if end is None else (start, end)
    start, end, step = (x.item() if isinstance(x, (Tensor, np.generic)) else x for x in (start, end, step))
    if not (math.isfinite(start) and math.isfinite(end)) or step == 0 or (end - start) * step < 0:
        raise ValueError(f"arange: wanted a step that leads from {start} to {end}, got {step}")
    numbers = np.arange(start, end, step)
    return Tensor(numbers.astype(dtype or (default.dtype if numbers.dtype.kind == "f" else int64)), requires_grad)


def linspace(start, end, steps, dtype=None, requires_grad=False):
    """`steps` numbers from start to end, both among them, equally far apart."""
    (steps,) = _checked("linspace", (steps,))
    return Tensor(np.linspace(start, end, steps).astype(dtype or default.dtype), requires_grad)


def meshgrid(*tensors, indexing="ij"):
    """For vectors x (n,) and y (m,) the grids X and Y (n, m) with X[i, j] = x[i] and Y[i, j] = y[j].

    With indexing="xy" they are (m, n).
    """
    tensors = sizes_of(tensors)
    check_tensors("meshgrid", *tensors)
    if indexing not in ("ij", "xy"):
        raise ValueError(f'meshgrid: wanted indexing="ij" or "xy", got {describe(indexing)}')
    sizes = [x.numel() for x in tensors]
    grids = tuple(
        x.reshape([n if i == k else 1 for k, n in enumerate(sizes)]).expand(sizes) for i, x in enumerate(tensors)
    )
    return grids if indexing == "ij" or len(sizes) < 2 else tuple(grid.transpose(0, 1) for grid in grids)


# Random numbers ---------------------------------------------------------------------------------------------


def rand(*size, dtype=None, requires_grad=False):
    """Evenly between 0 and 1."""
    drawn = random.state.rng.random(_checked("rand", size))
    return Tensor(np.asarray(drawn, dtype or default.dtype), requires_grad)


def randn(*size, dtype=None, requires_grad=False):
    """From the standard normal distribution."""
    drawn = random.state.rng.standard_normal(_checked("randn", size))
    return Tensor(np.asarray(drawn, dtype or default.dtype), requires_grad)


def rand_like(input, dtype=None, requires_grad=False):
    """Evenly between 0 and 1, in the shape and dtype of another tensor."""
    check_tensors("rand_like", input)
    return rand(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def randn_like(input, dtype=None, requires_grad=False):
    """From the standard normal distribution, in the shape and dtype of another tensor."""
    check_tensors("randn_like", input)
    return randn(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def randint(low, high, size=None, dtype=None):
    """Whole numbers from `low` to `high` − 1, all equally likely; `randint(high, size)` begins at 0."""
    low, high, size = (0, low, high) if size is None else (low, high, size)
    if not low < high:
        raise ValueError(f"randint: wanted low below high, got {low} and {high}")
    return Tensor(random.state.rng.integers(low, high, _checked("randint", (size,))).astype(dtype or int64))


def randperm(n):
    """The whole numbers from 0 to n − 1 in random order."""
    return Tensor(random.state.rng.permutation(*_checked("randperm", (n,))))


def bernoulli(input):
    """1 with the chance that stands in the input, else 0."""
    check_tensors("bernoulli", input)
    p = input.array
    if p.dtype.kind != "f" or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"bernoulli: wanted chances, floats from 0 to 1, got {describe(input.detach())}")
    return Tensor((random.state.rng.random(p.shape) < p).astype(p.dtype))


def multinomial(input, num_samples, replacement=False):
    """Places drawn with chances proportional to the numbers of the input, (n,) or a row each (m, n).

    The result is (num_samples,) or (m, num_samples). Without replacement, no place comes twice in a row.
    Raises ValueError for negative or no weights, or when there are too few places to draw.
    """
    check_tensors("multinomial", input)
    weights, (k,) = np.atleast_2d(input.array).astype(float), _checked("multinomial", (num_samples,))
    if input.ndim not in (1, 2) or not (np.isfinite(weights) & (weights >= 0)).all() or not weights.sum(-1).all():
        raise ValueError(
            "multinomial: wanted weights of 0 and more, not all 0, as a vector or in rows, "
            f"got {describe(input.detach())}"
        )
    if not replacement and k > (weights > 0).sum(-1).min():
        raise ValueError(
            f"multinomial: wanted at most as many samples as weights above 0, "
            f"{(weights > 0).sum(-1).min()}, got {k}; or use replacement=True"
        )
    drawn = [random.state.rng.choice(len(w), k, replacement, w / w.sum()) for w in weights]
    return Tensor(np.array(drawn, np.int64).reshape(*input.shape[:-1], k))


def _checked(name, size):
    """The sizes, a tuple of whole numbers from 0 up."""
    size = sizes_of(size)
    if any(isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 0 for n in size):
        raise ValueError(f"{name}: wanted sizes, whole numbers from 0 up, got {', '.join(map(str, size))}")
    return size
