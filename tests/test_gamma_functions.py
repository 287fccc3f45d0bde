"""Functions near log gamma against SciPy, from the smallest numbers to the largest."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import special

from zhusuan.distributions._numerics import gamma_functions

X = np.concatenate([np.geomspace(1e-37, 1e36, 400), np.linspace(0.02, 30.0, 1500)])
DIGITS = {"float32": 1e-6, "float64": 1e-13}


# Asymptotic series of Abramowitz and Stegun, 6.1.40 and 6.3.18, highest term first.
LOG_GAMMA = [1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12]
DIGAMMA = [1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12]


def series(coefficients, x):
    return np.polyval(coefficients, np.maximum(x, 10.0) ** -2)


def stirling_error(x):
    direct = special.gammaln(x) - (
        (x - 0.5) * np.log(x) - x + 0.5 * np.log(2 * np.pi))
    return np.where(x < 10, direct, series(LOG_GAMMA, x) / x)


def log_less_digamma(x):
    far = np.maximum(x, 10.0)
    return np.where(x < 10, np.log(x) - special.digamma(x),
                    0.5 / far + series(DIGAMMA, x) * far ** -2)


def height(x):
    return 0.5 * np.log(x) - 0.5 * np.log(2 * np.pi) - stirling_error(x)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name, expected, slope", [
    ("lgamma", special.gammaln, special.digamma),
    ("gamma_height", height, log_less_digamma),
    ("stirling_error", stirling_error, None),
])
def test_values_and_slopes(mode, name, expected, slope, dtype):
    def compute(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = getattr(gamma_functions, name)(x)
        return y, tape.gradient(y, x)

    x = X.astype(dtype)
    value, gradient = modes.run(mode, compute, x)
    x = x.astype("float64")
    compare(value, expected(x), DIGITS[dtype])
    if slope is not None:
        compare(gradient, slope(x), DIGITS[dtype])


def compare(value, expected, digits):
    np.testing.assert_array_less(
        np.abs(value - expected), digits * np.maximum(1.0, np.abs(expected)))


def test_lgamma_can_be_differentiated_twice(mode):
    def compute(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = gamma_functions.lgamma(x)
            slope = inner.gradient(y, x)
        return outer.gradient(slope, x)

    x = np.geomspace(0.1, 1e3, 50).astype("float32")
    np.testing.assert_allclose(
        modes.run(mode, compute, x), special.polygamma(1, x), rtol=1e-5)
