"""The Weibull distribution."""
from __future__ import annotations

import math
from typing import Any

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import POSITIVE, ContinuousDistribution, parameter
from zhusuan.distributions._numerics.elementary import (
    expm1,
    largest_exponent,
    log1p,
    log_inverse_cloglog,
    log_ratio,
    widened,
)
from zhusuan.utils import TensorLike

__all__ = ["Weibull"]

_ZETA_3 = 1.2020569031595942


class Weibull(ContinuousDistribution):
    r"""The Weibull distribution.

    .. math::

        p(x) = \frac{k}{s} \left(\frac{x}{s}\right)^{k - 1}
               \exp\left(-\left(\frac{x}{s}\right)^k\right), \qquad x \in [0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param concentration: A positive float Tensor, the shape :math:`k`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Weibull(2., 1.).prob(1.))
    0.7358
    """

    _support = POSITIVE
    _positive = ("concentration", "scale")

    def __init__(self, concentration: TensorLike, scale: TensorLike,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(
            {"concentration": concentration, "scale": scale},
            group_ndims, is_reparameterized, use_path_derivative, check_numerics,
            **kwargs)

    concentration = parameter("concentration", "The shape, a positive Tensor.")
    scale = parameter("scale", "The scale, a positive float Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``scale gamma(1 + 1 / concentration)``."""
        k, scale = widened(self.concentration, self.scale)
        return tf.cast(scale * tf.exp(tf.math.lgamma(1. + 1. / k)), self.dtype)

    @property
    def variance(self) -> tf.Tensor:
        """``scale^2 gamma(1 + 2 / concentration) - mean^2``."""
        inverse = 1. / tf.cast(self.concentration, tf.float64)
        # The terms cancel where the inverse is small; there by their Taylor series.
        series = tf.square(inverse) * (math.pi ** 2 / 6. - 2. * _ZETA_3 * inverse)
        log_ratio = tf.where(
            inverse < 1e-5, series, tf.math.lgamma(1. + 2. * inverse) -
            2. * tf.math.lgamma(1. + inverse))
        mean = tf.cast(self.scale, tf.float64) * tf.exp(tf.math.lgamma(1. + inverse))
        return tf.cast(tf.square(mean) * expm1(log_ratio), self.dtype)

    @property
    def mode(self) -> tf.Tensor:
        """``scale (1 - 1 / concentration)^(1 / concentration)``, 0 up to shape 1."""
        k, scale = widened(self.concentration, self.scale)
        inverse = 1. / tf.maximum(k, 1.)
        mode = scale * tf.exp(inverse * log1p(-inverse))
        return tf.cast(tf.where(k > 1., mode, tf.zeros_like(mode)), self.dtype)

    def _draw(self, shape: TensorLike, concentration: tf.Tensor,
              scale: tf.Tensor) -> tf.Tensor:
        return self._quantile_inside(random_numbers.open_uniform(shape, scale.dtype),
                              concentration, scale)

    def _log_density(self, x: tf.Tensor, concentration: tf.Tensor,
                     scale: tf.Tensor) -> tf.Tensor:
        at_0 = tf.equal(x, 0.)
        log_z = log_ratio(tf.where(at_0, tf.ones_like(x), x), scale)
        excess = concentration - 1.
        inner = excess * log_z - tf.exp(concentration * log_z)
        # Next to 0 a concentration of 1 leaves exp(-x / scale).
        infinity = tf.constant(np.inf, x.dtype)
        limit = -tf.stop_gradient(tf.math.multiply_no_nan(infinity, excess))
        return (tf.math.log(concentration) - tf.math.log(scale) +
                tf.where(at_0, limit - x / scale, inner))

    def _entropy(self) -> tf.Tensor:
        k, scale = widened(self.concentration, self.scale)
        return (np.euler_gamma * (1. - 1. / k) + tf.math.log(scale) -
                tf.math.log(k) + 1.)

    def _cdf_inside(self, x: tf.Tensor, concentration: tf.Tensor,
                    scale: tf.Tensor) -> tf.Tensor:
        return -expm1(-_hazard(x, concentration, scale))

    def _log_cdf_inside(self, x: tf.Tensor, concentration: tf.Tensor,
                        scale: tf.Tensor) -> tf.Tensor:
        return log_inverse_cloglog(concentration * log_ratio(x, scale))

    def _log_survival_inside(self, x: tf.Tensor, concentration: tf.Tensor,
                             scale: tf.Tensor) -> tf.Tensor:
        return -_hazard(x, concentration, scale)

    def _quantile_inside(self, probability: tf.Tensor, concentration: tf.Tensor,
                         scale: tf.Tensor) -> tf.Tensor:
        at_0 = tf.equal(probability, 0.)
        p = tf.where(at_0, tf.constant(0.5, scale.dtype), probability)
        power = tf.math.log(-log1p(-p)) / concentration
        # The gradient of an infinite exponential is nan, even if it is clipped.
        most = largest_exponent(scale.dtype)
        value = scale * tf.where(power < most, tf.exp(tf.minimum(power, most)),
                                 tf.constant(np.inf, scale.dtype))
        return tf.where(at_0, tf.zeros_like(value), value)


def _hazard(x: tf.Tensor, concentration: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """``(x / scale)^concentration``, the cumulative hazard."""
    at_0 = tf.equal(x, 0.)
    log_z = log_ratio(tf.where(at_0, tf.ones_like(x), x), scale)
    inner = tf.exp(concentration * log_z)
    # Of a concentration of 1, the derivative at 0 is finite.
    return tf.where(at_0, x / scale, inner)
