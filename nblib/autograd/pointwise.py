"""Operations on each element: of one tensor, or of two that broadcast.

Each is a function of arrays that returns its value and, beside it, the derivative for each input. A number of
Python may stand for any of two inputs; they meet in one dtype, and `backward` gives each its own again.
"""

import math

import numpy as np

from nblib._inputs import describe
from nblib.autograd.dtypes import floats, meet, meet_all
from nblib.autograd.graph import operation

BROADCAST = "shapes that broadcast (from the right, sizes equal or 1)"


# Of two: the value, then the vjp for each -------------------------------------------------------------------


@operation(wants=BROADCAST)
def add(a, b):
    """a + b"""
    a, b = meet(a, b)
    return a + b, lambda g: g, lambda g: g


@operation(wants=BROADCAST)
def sub(a, b):
    """a − b"""
    a, b = meet(a, b)
    return a - b, lambda g: g, lambda g: -g


@operation(wants=BROADCAST)
def mul(a, b):
    """a b"""
    a, b = meet(a, b)
    return a * b, lambda g: g * b, lambda g: g * a


@operation(wants=BROADCAST)
def div(a, b):
    """a / b; whole numbers become floats."""
    a, b = map(floats, meet(a, b))
    y = a / b
    return y, lambda g: g / b, lambda g: -g * y / b


@operation(wants=BROADCAST)
def remainder(a, b):
    """What is left of a after ⌊a / b⌋ b, as Python's a % b: between 0 and b. ValueError for whole numbers by 0."""
    a, b = _divided(a, b)
    return np.remainder(a, b), lambda g: g, lambda g: -g * np.floor_divide(a, b)


@operation(wants=BROADCAST)
def floor_divide(a, b):
    """⌊a / b⌋, as Python's a // b, without a derivative. ValueError for whole numbers by 0."""
    return (np.floor_divide(*_divided(a, b)),)


def _divided(a, b):
    a, b = meet_all(a, b)
    if b.dtype.kind != "f" and not b.all():
        raise ValueError(f"wanted divisors other than 0, got {describe(b)} with 0 in it")
    return a, b


@operation(wants=BROADCAST)
def pow(a, b):
    """aᵇ, with the derivatives b aᵇ⁻¹ and aᵇ log a."""
    a, b = meet(a, b)
    if isinstance(b, np.ndarray) and b.dtype.kind == "i" and (b < 0).any():
        raise TypeError(f"wanted floats for a negative power, got {b.dtype}; use .float()")
    y = a**b

    def of_base(g):  # where b is 0, the power stays 0, since 0 · 0⁻¹ would be NaN
        return g * b * a ** (b - (b != 0))

    def of_power(g):  # a base of 0 counts as 1, so that 0ᵇ gives 0 and not NaN
        return g * y * np.log(np.where((a == 0) & (b >= 0), 1, a), dtype=y.dtype)

    return y, of_base, of_power


@operation(wants=BROADCAST)
def maximum(a, b):
    """The larger of a and b, which gets the gradient; equal ones get half each."""
    a, b = meet(a, b)
    return (
        np.maximum(a, b),
        lambda g: np.where(a == b, g / 2, np.where(a < b, 0, g)),
        lambda g: np.where(a == b, g / 2, np.where(b < a, 0, g)),
    )


@operation(wants=BROADCAST)
def minimum(a, b):
    """The smaller of a and b, which gets the gradient; equal ones get half each."""
    a, b = meet(a, b)
    return (
        np.minimum(a, b),
        lambda g: np.where(a == b, g / 2, np.where(a > b, 0, g)),
        lambda g: np.where(a == b, g / 2, np.where(b > a, 0, g)),
    )


# Chosen by a mask -------------------------------------------------------------------------------------------


@operation(wants=BROADCAST)
def where(condition, input, other):
    """Elements of `input` where `condition`, a bool tensor, is true, and of `other` elsewhere."""
    _check_mask(condition)
    input, other = meet(input, other)
    if not isinstance(input, np.ndarray) and not isinstance(other, np.ndarray):
        input, other = meet_all(input, other)
    return (
        np.where(condition, input, other),
        None,
        lambda g: np.where(condition, g, 0),
        lambda g: np.where(condition, 0, g),
    )


@operation(wants="a mask that broadcasts with the input, and one number as value")
def masked_fill(input, mask, value):
    """`value`, one number, where `mask` is true, and the input elsewhere."""
    _check_mask(mask)
    if np.ndim(value) or np.asarray(value).dtype.kind not in "buif":
        raise ValueError(f"wanted a single number as value, got {describe(value)}")
    if np.asarray(value).dtype.kind == "f" and input.dtype.kind != "f":
        raise TypeError(f"wanted a whole number to put among {input.dtype}, got {describe(value)}")
    value = np.asarray(value, input.dtype)
    return (np.where(mask, value, input), lambda g: np.where(mask, 0, g), None, lambda g: np.where(mask, g, 0))


def _check_mask(mask):
    if getattr(mask, "dtype", None) != np.dtype(bool):
        raise TypeError(f"wanted a tensor of True and False, got {describe(mask)}")


@operation(wants=BROADCAST)
def clamp(x, min=None, max=None):
    """min where x < min, max where x > max, x between them; with min above max, max everywhere."""
    if min is None and max is None:
        raise ValueError("wanted a min or a max, got neither")
    given = [bound for bound in (min, max) if bound is not None]
    x, *met = meet_all(x, *given)
    low, high = None if min is None else met[0], None if max is None else met[-1]
    y, both = np.clip(x, low, high), len(given) == 2
    return (
        y,
        lambda g: g * ((x == y) & (low <= high if both else True)),
        lambda g: g * ((x < low) & (low < high if both else True)),
        lambda g: g * ((x > high) | (high < low if both else False)),
    )


# Of one -----------------------------------------------------------------------------------------------------


@operation
def neg(x):
    """−x"""
    return -x, lambda g: -g


@operation
def clone(x):
    """x in an array of its own."""
    return x.copy(), lambda g: g


@operation
def to(x, dtype):
    """x in another dtype."""
    y = x.astype(dtype, copy=False)
    return (y, lambda g: g) if y.dtype.kind == "f" else (y,)


@operation
def abs(x):
    """|x|, with the derivative 0 at 0."""
    return np.abs(x), lambda g: np.where(x > 0, g, np.where(x < 0, -g, 0))


@operation
def exp(x):
    """eˣ"""
    y = np.exp(floats(x))
    return y, lambda g: g * y


@operation
def expm1(x):
    """eˣ − 1, exact for x near 0."""
    y = np.expm1(floats(x))
    return y, lambda g: g * (y + 1)


@operation
def log(x):
    """log x, to the base e"""
    return np.log(floats(x)), lambda g: g / x


@operation
def log2(x):
    """log₂ x, such as a number of bits"""
    return np.log2(floats(x)), lambda g: g / (x * math.log(2))


@operation
def log1p(x):
    """log(1 + x), exact for x near 0."""
    return np.log1p(floats(x)), lambda g: g / (x + 1)


@operation
def sqrt(x):
    """√x"""
    y = np.sqrt(floats(x))
    return y, lambda g: g / (2 * y)


@operation
def rsqrt(x):
    """1 / √x"""
    y = 1 / np.sqrt(floats(x))
    return y, lambda g: g * (-y / (2 * x))


@operation
def reciprocal(x):
    """1 / x"""
    y = 1 / floats(x)
    return y, lambda g: -g * y * y


@operation
def square(x):
    """x²"""
    x, _ = meet(x, 2)  # bools as whole numbers
    return x * x, lambda g: g * (2 * x)


@operation
def sin(x):
    """sin x"""
    x = floats(x)
    return np.sin(x), lambda g: g * np.cos(x)


@operation
def cos(x):
    """cos x"""
    x = floats(x)
    return np.cos(x), lambda g: -g * np.sin(x)


@operation
def tanh(x):
    """tanh x, with the derivative 1 − tanh² x"""
    y = np.tanh(floats(x))
    return y, lambda g: g * (1 - y * y)


@operation
def sigmoid(x):
    """σ(x) = 1 / (1 + e⁻ˣ), written with e^−|x|, which cannot overflow; its derivative is σ (1 − σ)."""
    x = floats(x)
    e = np.exp(-np.abs(x))
    y = np.where(x >= 0, 1, e) / (1 + e)
    return y, lambda g: g * y * (1 - y)


@operation
def relu(x):
    """max(x, 0), with the derivative 0 at 0"""
    y = np.maximum(x, 0)
    return y, lambda g: g * (y != 0)  # and not x > 0, which would hide a NaN on the way back


# Steps, whose derivative is 0 -------------------------------------------------------------------------------


@operation
def sign(x):
    """−1, 0 or 1; 0 for NaN, as in PyTorch"""
    return np.greater(x, 0).astype(x.dtype) - np.less(x, 0), np.zeros_like


@operation
def floor(x):
    """The largest whole number that is not above x"""
    return np.floor(x), np.zeros_like


@operation
def ceil(x):
    """The smallest whole number that is not below x"""
    return np.ceil(x), np.zeros_like


@operation
def round(x, decimals=0):
    """The nearest number with so many decimals; halves go to the even one."""
    return np.round(x, decimals), np.zeros_like


# True or False, which has no derivative ---------------------------------------------------------------------


@operation(wants=BROADCAST)
def eq(a, b):
    """a = b"""
    return (np.equal(*meet(a, b)),)


@operation(wants=BROADCAST)
def ne(a, b):
    """a ≠ b"""
    return (np.not_equal(*meet(a, b)),)


@operation(wants=BROADCAST)
def lt(a, b):
    """a < b"""
    return (np.less(*meet(a, b)),)


@operation(wants=BROADCAST)
def le(a, b):
    """a ≤ b"""
    return (np.less_equal(*meet(a, b)),)


@operation(wants=BROADCAST)
def gt(a, b):
    """a > b"""
    return (np.greater(*meet(a, b)),)


@operation(wants=BROADCAST)
def ge(a, b):
    """a ≥ b"""
    return (np.greater_equal(*meet(a, b)),)


@operation(wants=BROADCAST)
def bitwise_and(a, b):
    """Whether both, of bools; bit by bit, of whole numbers."""
    return (np.bitwise_and(*meet(a, b)),)


@operation(wants=BROADCAST)
def bitwise_or(a, b):
    """Whether one or both, of bools; bit by bit, of whole numbers."""
    return (np.bitwise_or(*meet(a, b)),)


@operation(wants=BROADCAST)
def bitwise_xor(a, b):
    """Whether one and not both, of bools; bit by bit, of whole numbers."""
    return (np.bitwise_xor(*meet(a, b)),)


@operation
def bitwise_not(x):
    """Whether not, of bools; bit by bit, of whole numbers."""
    return (np.invert(x),)


@operation
def isnan(x):
    """Where x is not a number"""
    return (np.isnan(x),)


@operation
def isinf(x):
    """Where x is infinite"""
    return (np.isinf(x),)


@operation
def isfinite(x):
    """Where x is a number, and not infinite"""
    return (np.isfinite(x),)
