"""The numeric gradient, and the gradient check."""

import numpy as np
import pytest

from nblib.checks import gradient_check, numeric_gradient


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shape", [(), (3,), (2, 5), (2, 3, 2), (0,)])
def test_the_numeric_gradient_of_a_known_function(seed, shape):
    x = np.random.default_rng(seed).normal(size=shape)
    before = x.copy()
    gradient = numeric_gradient(lambda x: np.sum(np.sin(x) + x**3), x)
    assert gradient.shape == shape
    np.testing.assert_allclose(gradient, np.cos(x) + 3 * x**2, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_check_tells_right_from_wrong(seed):
    rng = np.random.default_rng(seed)
    A, x = rng.normal(size=(4, 3)), rng.normal(size=3)

    def f(x):
        return np.sum((A @ x) ** 2) / 2

    assert gradient_check(f, lambda x: A.T @ (A @ x), x) < 1e-8
    assert gradient_check(f, A.T @ A @ x, x) < 1e-8
    assert gradient_check(f, lambda x: -A.T @ (A @ x), x) == pytest.approx(2, rel=1e-6)
    assert gradient_check(f, lambda x: 1.01 * A.T @ (A @ x), x) == pytest.approx(0.01 / 1.01, rel=1e-4)


def test_a_gradient_of_zero_is_right_everywhere_zero():
    assert gradient_check(lambda x: 3.0, np.zeros(2), np.ones(2)) == 0
    assert gradient_check(lambda x: 3.0, 0, 5) == 0
    assert gradient_check(lambda x: 3.0, 1e-9, 5) == pytest.approx(0.1)  # tiny, not wholly wrong


def test_the_error_falls_with_the_square_of_h():
    errors = [abs(numeric_gradient(np.exp, 0.3, h) - np.exp(0.3)) for h in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=1e-2)


BAD_GRADIENTS = [
    (lambda: numeric_gradient(np.sin, np.ones(2)), "f(x): wanted one number (a sum or a mean), got"),
    (lambda: numeric_gradient(np.sum, "x"), "x: wanted an array of numbers, got str 'x'"),
    (lambda: numeric_gradient(np.sum, [1, np.nan]), "x: wanted finite numbers, got 1 NaN or infinite of 2"),
    (lambda: numeric_gradient(np.sum, 1.0, h=0), "h: wanted a number from"),
    (lambda: numeric_gradient(np.sum, 1.0, h="small"), "h: wanted a number, got str 'small'"),
    (lambda: numeric_gradient(lambda x: "big", 1.0), "f(x): wanted an array of numbers, got str 'big'"),
    (lambda: numeric_gradient(lambda x: np.nan, 1.0), "f(x): wanted finite numbers"),
    (lambda: gradient_check(np.sum, np.ones(3), np.ones(2)), "grad: wanted the shape of x, (2,), got (3,)"),
    (lambda: gradient_check(np.sum, None, np.ones(2)), "grad: wanted an array of numbers, got NoneType None"),
]


@pytest.mark.parametrize("call, words", BAD_GRADIENTS)
def test_bad_input_to_the_gradient_check(call, words):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert str(error.value).startswith(words)
