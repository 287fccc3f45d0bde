"""The Kumaraswamy distribution."""
from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import UNIT, ContinuousDistribution, parameter
from zhusuan.distributions._numerics.elementary import (
    expm1,
    log1mexp,
    log1p,
    log_inverse_cloglog,
)
from zhusuan.utils import TensorLike

__all__ = ["Kumaraswamy"]


class Kumaraswamy(ContinuousDistribution):
    r"""The Kumaraswamy distribution.

    .. math::

        p(x) = a\, b\, x^{a - 1} (1 - x^a)^{b - 1}, \qquad x \in [0, 1]

    It resembles the beta distribution, and its distribution function and quantiles
    have closed forms. See Kumaraswamy (1980), "A generalized probability density
    function for double-bounded random processes". See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`. Samples are rounded
    to the numbers of their dtype that are neither 0 nor 1.

    :param a: A positive float Tensor, :math:`a`.
    :param b: A positive float Tensor, :math:`b`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Kumaraswamy(2., 3.).prob(0.5))
    1.6875
    """

    _support = UNIT
    _positive = ("a", "b")

    def __init__(self, a: TensorLike, b: TensorLike, group_ndims: TensorLike = 0,
                 is_reparameterized: bool = True, use_path_derivative: bool = False,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__(
            {"a": a, "b": b}, group_ndims,
            is_reparameterized, use_path_derivative, check_numerics, **kwargs)

    a = parameter("a", "The exponent of x, a positive float Tensor.")
    b = parameter("b", "The exponent of 1 - x^a, a positive float Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``b B(1 + 1 / a, b)`` with the beta function B."""
        return tf.cast(self._moment(1.), self.dtype)

    @property
    def variance(self) -> tf.Tensor:
        """``b B(1 + 2 / a, b) - mean^2``."""
        return tf.cast(self._moment(2.) - tf.square(self._moment(1.)), self.dtype)

    def _moment(self, order: float) -> tf.Tensor:
        a, b = [tf.cast(x, tf.float64) for x in (self.a, self.b)]
        shape = 1. + order / a
        return tf.exp(tf.math.lgamma(shape) + tf.math.lgamma(b + 1.) -
                      tf.math.lgamma(shape + b))

    @property
    def mode(self) -> tf.Tensor:
        """The point of the largest density; nan if it is infinite at both ends."""
        a, b = [tf.cast(x, tf.float64) for x in (self.a, self.b)]
        zero, one, nan = np.array([0., 1., np.nan])
        above_1 = tf.logical_and(a > 1., b > 1.)
        two = tf.constant(2., tf.float64)
        safe_a, safe_b = tf.where(above_1, a, two), tf.where(above_1, b, two)
        inner = tf.exp(tf.math.log((safe_a - 1.) / (safe_a * safe_b - 1.)) / safe_a)
        at_end = tf.where(tf.maximum(a, b) < 1., nan, tf.where(a < b, zero, one))
        return tf.cast(tf.where(above_1, inner, at_end), self.dtype)

    def _draw(self, shape: TensorLike, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        return self._quantile_inside(random_numbers.open_uniform(shape, a.dtype), a, b)

    def _log_density(self, x: tf.Tensor, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        at_0, at_1 = tf.equal(x, 0.), tf.equal(x, 1.)
        at_end = tf.logical_or(at_0, at_1)
        log_x = tf.math.log(tf.where(at_end, tf.constant(0.5, x.dtype), x))
        inner = (a - 1.) * log_x + tf.math.multiply_no_nan(log1mexp(a * log_x), b - 1.)
        # The density has a finite limit at 0 if a == 1, and at 1 if b == 1.
        infinity = tf.constant(np.inf, x.dtype)
        limits = [limit - tf.stop_gradient(tf.math.multiply_no_nan(infinity, excess))
                  for limit, excess in (
                      ((b - 1.) * log1p(-tf.where(at_0, x, tf.zeros_like(x))), a - 1.),
                      ((a - 1.) * tf.math.log(tf.where(at_1, x, tf.ones_like(x))),
                       b - 1.))]
        return (tf.math.log(a) + tf.math.log(b) +
                tf.where(at_0, limits[0], tf.where(at_1, limits[1], inner)))

    def _entropy(self) -> tf.Tensor:
        a, b = [tf.cast(x, tf.float64) for x in (self.a, self.b)]
        harmonic = tf.math.digamma(b + 1.) + np.euler_gamma
        return ((1. - 1. / b) + (1. - 1. / a) * harmonic -
                tf.math.log(a) - tf.math.log(b))

    def _cdf_inside(self, x: tf.Tensor, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        at_0, at_1 = tf.equal(x, 0.), tf.equal(x, 1.)
        log_x = tf.math.log(tf.where(
            tf.logical_or(at_0, at_1), tf.constant(0.5, x.dtype), x))
        inner = -expm1(b * log1mexp(a * log_x))
        # The slopes at the ends are those of a == 1 and of b == 1.
        return tf.where(at_0, b * x, tf.where(at_1, 1. + a * (x - 1.), inner))

    def _log_cdf_inside(self, x: tf.Tensor, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        log_power = a * tf.math.log(x)
        # Next to 0, 1 - x^a rounds to 1.
        is_far = log_power < -12.
        near = tf.math.log(-b * log1mexp(tf.maximum(log_power, -12.)))
        far = tf.math.log(b) + log_power + 0.5 * tf.exp(tf.minimum(log_power, -12.))
        return log_inverse_cloglog(tf.where(is_far, far, near))

    def _log_survival_inside(self, x: tf.Tensor, a: tf.Tensor,
                             b: tf.Tensor) -> tf.Tensor:
        return b * log1mexp(a * tf.math.log(x))

    def _log_density_at_end(self, value: tf.Tensor, a: tf.Tensor,
                            b: tf.Tensor) -> tf.Tensor:
        # The density is the distance to the end to this power, times a number.
        power = tf.where(value > 0.5, b, a) - 1.
        infinity = tf.constant(np.inf, value.dtype)
        return (tf.math.log(a) + tf.math.log(b) -
                tf.math.multiply_no_nan(infinity, power))

    def _quantile_inside(self, probability: tf.Tensor, a: tf.Tensor,
                         b: tf.Tensor) -> tf.Tensor:
        at_end = tf.logical_or(tf.equal(probability, 0.), tf.equal(probability, 1.))
        p = tf.where(at_end, tf.constant(0.5, a.dtype), probability)
        value = tf.exp(log1mexp(log1p(-p) / b) / a)
        return tf.where(at_end, probability + tf.zeros_like(value), value)
