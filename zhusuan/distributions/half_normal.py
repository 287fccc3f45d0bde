"""The half-normal distribution."""
from __future__ import annotations

import math

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import HalfDistribution
from zhusuan.distributions._numerics.elementary import log1p, standardized
from zhusuan.distributions._numerics.normal_functions import log_ndtr, normal_quantile
from zhusuan.utils import TensorLike

__all__ = ["HalfNormal"]


class HalfNormal(HalfDistribution):
    r"""The half-normal distribution, of the absolute value of a centred normal.

    .. math::

        p(x) = \frac{\sqrt 2}{\sqrt\pi\,\sigma}
               \exp\left(-\frac{x^2}{2\sigma^2}\right), \qquad x \in [0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param scale: A positive float Tensor, :math:`\sigma`.
    :param check_numerics: A bool. Raise InvalidArgumentError when the scale or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.HalfNormal(1.).prob(0.))
    0.7979
    """

    @property
    def mean(self) -> tf.Tensor:
        """``scale sqrt(2 / pi)``."""
        return self.scale * math.sqrt(2. / math.pi)

    @property
    def variance(self) -> tf.Tensor:
        """``scale^2 (1 - 2 / pi)``."""
        return tf.square(self.scale) * (1. - 2. / math.pi)

    def _draw(self, shape: TensorLike, scale: tf.Tensor) -> tf.Tensor:
        return scale * tf.abs(random_numbers.normal(shape, scale.dtype))

    def _log_density(self, x: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return (0.5 * math.log(2. / math.pi) - tf.math.log(scale) -
                0.5 * tf.square(x / scale))

    def _entropy(self) -> tf.Tensor:
        return tf.math.log(self.scale) + 0.5 * (1. + math.log(math.pi / 2.))

    def _cdf_inside(self, x: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return tf.math.erf(
            standardized(x, tf.zeros_like(x), scale) * math.sqrt(0.5))

    def _log_cdf_inside(self, x: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        z = standardized(x, tf.zeros_like(x), scale) * math.sqrt(0.5)
        near, far = tf.minimum(z, 1.), tf.maximum(z, 1.)
        return tf.where(z < 1., tf.math.log(tf.math.erf(near)),
                        log1p(-tf.math.erfc(far)))

    def _log_survival_inside(self, x: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        z = standardized(x, tf.zeros_like(x), scale)
        near = log1p(-tf.math.erf(tf.minimum(z, 1.) * math.sqrt(0.5)))
        return tf.where(z < 1., near, math.log(2.) + log_ndtr(-tf.maximum(z, 1.)))

    def _quantile_inside(self, probability: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return scale * normal_quantile(
            log1p(probability) - math.log(2.),
            log1p(-probability) - math.log(2.))
