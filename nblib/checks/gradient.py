"""The numeric gradient of a function, and how far a formula is from it."""

import numpy as np

from nblib._inputs import array, number


def numeric_gradient(f, x, h=1e-5):
    """The gradient of a function by central differences, entry by entry: (f(x + h) − f(x − h)) / 2h.

    x: an array of any shape, or a number; the result has its shape. Its error is of order h², and round-off
    of about 1e-16 |f| / h. Raises TypeError or ValueError where x or f(x) is not made of finite numbers,
    f(x) is not a single one, or h is not positive.
    """
    x, h = array(x, "x", empty=True), number(h, "h", low=np.finfo(float).tiny)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        gradient[index] = (_value(f, x + step) - _value(f, x - step)) / (2 * h)
    return gradient[()]


def gradient_check(f, grad, x, h=1e-5):
    """How far a gradient g of f at x is from the numeric one n: max|g − n| / max(max|g|, max|n|, 1e-8).

    About 1e-7 or less where the formula is right, 1e-3 or more where it is wrong. grad: the array g, of x's
    shape, or a function of x that returns it. Raises what numeric_gradient raises, and ValueError for a g of
    another shape.
    """
    numeric = np.asarray(numeric_gradient(f, x, h))
    grad = array(grad(array(x, "x", empty=True)[()].copy()) if callable(grad) else grad, "grad", empty=True)
    if grad.shape != numeric.shape:
        raise ValueError(f"grad: wanted the shape of x, {numeric.shape}, got {grad.shape}")
    largest = max(np.abs(grad).max(initial=0), np.abs(numeric).max(initial=0), 1e-8)
    return float(np.abs(grad - numeric).max(initial=0) / largest)


def _value(f, x):
    value = array(f(x[()]), "f(x)")
    if value.ndim:
        raise ValueError(f"f(x): wanted one number (a sum or a mean), got an array of shape {value.shape}")
    return float(value)
