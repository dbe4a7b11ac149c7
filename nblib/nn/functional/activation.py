"""Activations, softmax among them. They work on each number of any shape, unless they take a `dim`."""

import math

import numpy as np
from numpy.polynomial import chebyshev

from nblib._inputs import one_of
from nblib.autograd import operation, relu, sigmoid, tanh, unbroadcast  # noqa: F401 (names of F)
from nblib.nn.functional.checks import check_dim, check_floats, check_numbers


@operation
def leaky_relu(input, negative_slope=0.01):
    """max(0, x) + slope · min(0, x)  (Maas, Hannun & Ng 2013)"""
    check_floats("leaky_relu", input)
    check_numbers("leaky_relu", negative_slope=negative_slope)
    return (np.where(input > 0, input, negative_slope * input), lambda g: np.where(input > 0, g, negative_slope * g))


@operation
def prelu(input, weight):
    """max(0, x) + w · min(0, x), with a learned w of shape (1,), or (C,) for x (N, C, …)  (He et al. 2015)

    Raises ValueError for a weight of another shape.
    """
    check_floats("prelu", input, weight)
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.shape not in ((), (1,), (channels,)):
        raise ValueError(f"prelu: wanted a weight of shape (1,) or ({channels},), got {weight.shape}")
    w = weight.reshape(-1, *[1] * (input.ndim - 2)) if input.ndim > 1 else weight.reshape(())

    def of_weight(g):
        return unbroadcast(g * np.minimum(input, 0), w.shape).reshape(weight.shape)

    return np.where(input > 0, input, w * input), lambda g: np.where(input > 0, g, w * g), of_weight


@operation
def elu(input, alpha=1.0):
    """x where x > 0, α(eˣ − 1) elsewhere  (Clevert, Unterthiner & Hochreiter 2016)"""
    check_floats("elu", input)
    check_numbers("elu", alpha=alpha)
    below = alpha * np.expm1(np.minimum(input, 0))
    return np.where(input > 0, input, below), lambda g: np.where(input <= 0, g * (below + alpha), g)


def selu(input):
    """λ elu(x, α), with the λ and α that keep mean 0 and variance 1 by layer  (Klambauer et al. 2017)"""
    return 1.0507009873554805 * elu(input, 1.6732632423543772)


@operation
def hardtanh(input, min_val=-1.0, max_val=1.0):
    """min(max(x, min_val), max_val); the slope is 1 strictly between the two, else 0.

    Raises ValueError unless min_val ≤ max_val.
    """
    check_floats("hardtanh", input)
    check_numbers("hardtanh", min_val=min_val, max_val=max_val)
    if not min_val <= max_val:
        raise ValueError(f"hardtanh: wanted min_val ≤ max_val, got {min_val} and {max_val}")
    return np.clip(input, min_val, max_val), lambda g: np.where((input <= min_val) | (input >= max_val), 0, g)


def relu6(input):
    """min(max(x, 0), 6)  (Howard et al. 2017)"""
    return hardtanh(input, 0.0, 6.0)


@operation
def silu(input):
    """x σ(x), also called swish; the slope is σ(x) (1 + x (1 − σ(x)))  (Elfwing, Uchibe & Doya 2018)"""
    check_floats("silu", input)
    s = _sigmoid(input)
    return input * s, lambda g: g * s * (1 + input * (1 - s))


@operation
def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + e^βx) / β, a smooth ReLU; x itself where βx > threshold  (Dugas et al. 2001)

    Raises ValueError unless β > 0.
    """
    check_floats("softplus", input)
    check_numbers("softplus", beta=beta, threshold=threshold)
    if not beta > 0:
        raise ValueError(f"softplus: wanted beta > 0, got {beta}")
    z = beta * input
    linear = z > threshold
    y = (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta
    return np.where(linear, input, y), lambda g: np.where(linear, g, g * _sigmoid(z))


@operation
def logsigmoid(input):
    """log σ(x) = min(x, 0) − log(1 + e^−|x|), which never takes the log of a zero; the slope is σ(−x)."""
    check_floats("logsigmoid", input)
    return np.minimum(input, 0) - np.log1p(np.exp(-np.abs(input))), lambda g: g * _sigmoid(-input)


@operation
def gelu(input, approximate="none"):
    """x Φ(x), Φ(x) = (1 + erf(x / √2)) / 2 being the normal distribution  (Hendrycks & Gimpel 2016)

    With approximate="tanh", Φ(x) ≈ (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, as in GPT-2.
    """
    check_floats("gelu", input)
    one_of(approximate, "gelu: approximate", ("none", "tanh"))
    phi, slope = _normal(input) if approximate == "none" else _normal_by_tanh(input)
    return input * phi, lambda g: g * (phi + input * slope())


def _normal(x):
    """Φ(x) and, on demand, its slope e^(−x²/2) / √(2π)."""
    return ((1 + erf(x * math.sqrt(1 / 2))) / 2, lambda: np.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi)))


def _normal_by_tanh(x):
    """The same by tanh."""
    c, d = math.sqrt(2 / math.pi), 0.044715
    t = np.tanh(c * x * (1 + d * x * x))
    return (1 + t) / 2, lambda: (1 - t * t) * (c + 3 * c * d * x * x) / 2


_LEAST = 0.25  # t = 2 / (2 + z) at z = 6, where erf is 1 to the last digit


def _scaled_erfc(u):
    """erfc(z) e^z² / t, which is smooth, at u from −1 to 1: a linear function of t = 2 / (2 + z)."""
    t = _LEAST + (1 - _LEAST) * (u + 1) / 2
    z = 2 / t - 2
    return np.array([math.erfc(v) * math.exp(v * v) for v in z]) / t


_COEFFICIENTS = chebyshev.cheb2poly(chebyshev.chebinterpolate(_scaled_erfc, 14)).tolist()


def erf(x):
    """2/√π ∫₀ˣ e^−t² dt for an array x, to 12 digits; NumPy lacks it.

    erf(z) = 1 − e^−z² t Q(t) for z ≥ 0, t = 2 / (2 + z), with a polynomial Q through 15 Chebyshev points.
    """
    z = np.minimum(np.abs(x), 6)
    t = 2 / (2 + z)
    u = (t - _LEAST) * (2 / (1 - _LEAST)) - 1
    y = np.full_like(u, _COEFFICIENTS[-1])
    for c in _COEFFICIENTS[-2::-1]:  # Horner's rule, in place
        y *= u
        y += c
    y *= t
    y *= np.exp(-z * z)
    return np.copysign(1 - y, x)


def _sigmoid(x):
    """1 / (1 + e⁻ˣ) of an array, written with e^−|x|, which cannot overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


@operation
def softmax(input, dim):
    """e^xᵢ / Σ e^xⱼ along `dim`, with the largest x subtracted first: the same value, and no overflow."""
    check_floats("softmax", input)
    check_dim("softmax", dim)
    y = np.exp(input - _largest(input, dim))
    y /= y.sum(dim, keepdims=True)
    return y, lambda g: y * (g - (g * y).sum(dim, keepdims=True))


@operation
def log_softmax(input, dim):
    """xᵢ − log Σ e^xⱼ along `dim`, which never takes the log of a zero."""
    check_floats("log_softmax", input)
    check_dim("log_softmax", dim)
    y = log_probs_of(input, dim)
    return y, lambda g: g - np.exp(y) * g.sum(dim, keepdims=True)


def log_probs_of(x, dim):
    """log softmax of an array."""
    x = x - _largest(x, dim)
    return x - np.log(np.exp(x).sum(dim, keepdims=True)) if x.size else x


def _largest(x, dim):
    """The maximum along a dim, which stays; there may be nothing in it."""
    return np.maximum.reduce(x, dim, keepdims=True, initial=-np.inf)
