"""The Cauchy distribution."""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import LocationScaleDistribution
from zhusuan.distributions._numerics.elementary import log1p, log1p_square_of_ratio

__all__ = ["Cauchy"]


class Cauchy(LocationScaleDistribution):
    r"""The Cauchy distribution, which has no mean.

    .. math::

        p(x) = \frac{1}{\pi s\,(1 + z^2)}, \qquad z = \frac{x - \mu}{s},
        \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Cauchy(0., 1.).prob(1.))
    0.1592
    """

    _standard_entropy = math.log(4. * np.pi)

    def _log_density(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return (-math.log(np.pi) - tf.math.log(scale) -
                log1p_square_of_ratio(x - loc, scale))

    def _standard_cdf(self, z: tf.Tensor) -> tf.Tensor:
        # atan2 is accurate in the left tail.
        return tf.math.atan2(tf.ones_like(z), -z) / np.pi

    def _standard_log_cdf(self, z: tf.Tensor) -> tf.Tensor:
        is_left = z < 0.
        tail = tf.math.atan2(tf.ones_like(z), tf.where(is_left, -z, z)) / np.pi
        return tf.where(is_left, tf.math.log(tail), log1p(-tail))

    def _standard_log_survival(self, z: tf.Tensor) -> tf.Tensor:
        return self._standard_log_cdf(-z)

    def _standard_quantile(self, p: tf.Tensor) -> tf.Tensor:
        # tan(pi (p - 1/2)), accurate in the right tail.
        return (tf.sin(np.pi * (p - 0.5)) /
                tf.sin(np.pi * tf.minimum(p, 1. - p)))
