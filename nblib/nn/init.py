"""Starting values: functions that give a tensor new numbers, and return it.

`fan_in` is how many inputs an output of a weight (out, in, …) has, `fan_out` how many outputs an input; for a
convolution both count the places of the kernel.
"""

import math
from statistics import NormalDist

import numpy as np

from nblib._inputs import number, one_of
from nblib.autograd import rand, randn
from nblib.autograd.graph import check_tensors


def constant_(tensor, val):
    """Every number is `val`."""
    return _fill(tensor, np.full(tensor.shape, val))


def zeros_(tensor):
    """Every number is 0."""
    return constant_(tensor, 0)


def ones_(tensor):
    """Every number is 1."""
    return constant_(tensor, 1)


def eye_(tensor):
    """The identity matrix, or as much of it as fits: 1 at (i, i), else 0. Raises ValueError unless in two dims."""
    if tensor.ndim != 2:
        raise ValueError(f"eye_: wanted a matrix, got shape {tensor.shape}")
    return _fill(tensor, np.eye(*tensor.shape))


def normal_(tensor, mean=0.0, std=1.0):
    """N(mean, std²)"""
    number(std, "normal_: std", 0)
    return _fill(tensor, mean + std * randn(*tensor.shape, dtype=np.float64).data)


def uniform_(tensor, a=0.0, b=1.0):
    """U(a, b). Raises ValueError unless a ≤ b."""
    if not a <= b:
        raise ValueError(f"uniform_: wanted a ≤ b, got {a} and {b}")
    return _fill(tensor, a + (b - a) * rand(*tensor.shape, dtype=np.float64).data)


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0):
    """N(mean, std²) on condition that a ≤ x ≤ b: numbers u, uniform between Φ(a) and Φ(b), through Φ⁻¹.

    Raises ValueError unless a < b, and for an interval so far from the mean that nothing falls into it.
    """
    normal = NormalDist(mean, number(std, "trunc_normal_: std", 0) or 1)
    low, high = normal.cdf(a), normal.cdf(b)
    if not (a < b and std and low < high):
        raise ValueError(f"trunc_normal_: wanted an interval with a chance under N({mean}, {std}²), got {a} to {b}")
    u = low + (high - low) * rand(*tensor.shape, dtype=np.float64).data
    u = np.clip(u, np.nextafter(0, 1), np.nextafter(1, 0))
    x = np.array([normal.inv_cdf(p) for p in u.flat]).reshape(u.shape)
    return _fill(tensor, np.clip(x, a, b))


def xavier_normal_(tensor, gain=1.0):
    """N(0, σ²), σ = gain √(2 / (fan_in + fan_out))  (Glorot & Bengio 2010)"""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))))


def xavier_uniform_(tensor, gain=1.0):
    """U(−r, r), r = gain √(6 / (fan_in + fan_out))  (Glorot & Bengio 2010)"""
    r = gain * math.sqrt(6 / sum(_fans(tensor)))
    return uniform_(tensor, -r, r)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """N(0, σ²), σ = gain / √fan, with the gain of `nonlinearity` (√2 for ReLU)  (He et al. 2015)

    `a` is the negative slope of a leaky ReLU; `mode` says which fan, fan_in or fan_out.
    """
    return normal_(tensor, 0.0, _kaiming(tensor, a, mode, nonlinearity))


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """U(−r, r), r = gain √(3 / fan), as kaiming_normal_  (He et al. 2015)"""
    r = math.sqrt(3) * _kaiming(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -r, r)


def orthogonal_(tensor, gain=1.0):
    """gain times a random matrix with orthonormal rows, or columns if these are fewer: Q of a normal one's QR.

    It keeps lengths: a recurrent network starts without growing or shrinking what it remembers. Dims after the
    first count as one. Raises ValueError for less than two dims. (Saxe, McClelland & Ganguli 2014)
    """
    rows, columns = _matrix(tensor)
    normal = randn(rows, columns, dtype=np.float64).data
    q, r = np.linalg.qr(normal.T if rows < columns else normal)
    q = q * np.where(np.diag(r) < 0, -1, 1)  # the QR with positive diagonal: all directions alike
    return _fill(tensor, gain * (q.T if rows < columns else q).reshape(tensor.shape))


def calculate_gain(nonlinearity, param=0.01):
    """The factor by which weights make up for what a nonlinearity takes from the standard deviation.

    `param` is the negative slope of a leaky ReLU.
    """
    gains = {
        "linear": 1,
        "sigmoid": 1,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "selu": 3 / 4,
        "leaky_relu": math.sqrt(2 / (1 + param**2)),
    }
    return gains[one_of(nonlinearity, "nonlinearity", gains)]


def _fill(tensor, array):
    check_tensors("init", tensor)
    tensor.data = array.astype(tensor.dtype)
    return tensor


def _matrix(tensor):
    """(out, in · …): the rows and columns of a weight."""
    check_tensors("init", tensor)
    if tensor.ndim < 2:
        raise ValueError(f"init: wanted a weight of two dimensions or more, got shape {tensor.shape}")
    return tensor.shape[0], math.prod(tensor.shape[1:])


def _fans(tensor):
    """(fan_in, fan_out) of a weight (out, in, …)."""
    out, fan_in = _matrix(tensor)
    return fan_in, out * math.prod(tensor.shape[2:])


def _kaiming(tensor, a, mode, nonlinearity):
    fan = _fans(tensor)[one_of(mode, "mode", ("fan_in", "fan_out")) == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)
