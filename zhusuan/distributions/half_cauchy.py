"""The half-Cauchy distribution."""
import math

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import HalfDistribution
from zhusuan.distributions._numerics.elementary import (
    log1p,
    log1p_square_of_ratio,
    standardized,
)
from zhusuan.utils import TensorLike

__all__ = ["HalfCauchy"]


class HalfCauchy(HalfDistribution):
    r"""The half-Cauchy distribution, of the absolute value of a Cauchy variable.

    .. math::

        p(x) = \frac{2}{\pi s\,(1 + x^2 / s^2)}, \qquad x \in [0, \infty)

    It has no mean. See :class:`~zhusuan.distributions.base.Distribution` for
    shapes and for `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when the scale or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.HalfCauchy(1.).prob(0.))
    0.6366
    """

    def _draw(self, shape: TensorLike, scale: tf.Tensor) -> tf.Tensor:
        return self._quantile_inside(
            random_numbers.open_uniform(shape, scale.dtype), scale)

    def _log_density(self, x: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return (math.log(2. / math.pi) - tf.math.log(scale) -
                log1p_square_of_ratio(x, scale))

    def _entropy(self) -> tf.Tensor:
        return tf.math.log(self.scale) + math.log(2. * math.pi)

    def _cdf_inside(self, x: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return (2. / math.pi) * tf.math.atan(
            standardized(x, tf.zeros_like(x), scale))

    def _log_cdf_inside(self, x: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        z = standardized(x, tf.zeros_like(x), scale)
        near, far = tf.minimum(z, 1.), tf.maximum(z, 1.)
        return tf.where(z < 1., tf.math.log((2. / math.pi) * tf.math.atan(near)),
                        log1p(-_probability_beyond(far)))

    def _log_survival_inside(self, x: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        z = standardized(x, tf.zeros_like(x), scale)
        near, far = tf.minimum(z, 1.), tf.maximum(z, 1.)
        return tf.where(z < 1., log1p(-(2. / math.pi) * tf.math.atan(near)),
                        tf.math.log(_probability_beyond(far)))

    def _quantile_inside(self, probability: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        # tan(pi p / 2), accurate in the tail.
        half_pi = 0.5 * math.pi
        return scale * (tf.sin(half_pi * probability) /
                        tf.sin(half_pi * (1. - probability)))


def _probability_beyond(z: tf.Tensor) -> tf.Tensor:
    return (2. / math.pi) * tf.math.atan2(tf.ones_like(z), z)
