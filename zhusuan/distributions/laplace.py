"""The Laplace distribution."""
from __future__ import annotations

import math

import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import LocationScaleDistribution
from zhusuan.distributions._numerics.elementary import log1p

__all__ = ["Laplace"]


class Laplace(LocationScaleDistribution):
    r"""The Laplace or double exponential distribution.

    .. math::

        p(x) = \frac{1}{2b} \exp\left(-\frac{|x - \mu|}{b}\right),
        \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`b`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Laplace(0., 1.).prob(0.))
    0.5000
    """

    _standard_entropy = 1. + math.log(2.)

    @property
    def mean(self) -> tf.Tensor:
        """The location."""
        return self.loc

    @property
    def variance(self) -> tf.Tensor:
        """Twice the square of the scale."""
        return 2. * tf.square(self.scale)

    def _standard_log_density(self, z: tf.Tensor) -> tf.Tensor:
        return -tf.abs(z) - math.log(2.)

    def _standard_cdf(self, z: tf.Tensor) -> tf.Tensor:
        # tf.abs has the derivative 0 at the median.
        is_left = z < 0.
        tail = 0.5 * tf.exp(tf.where(is_left, z, -z))
        return tf.where(is_left, tail, 1. - tail)

    def _standard_log_cdf(self, z: tf.Tensor) -> tf.Tensor:
        is_left = z < 0.
        log_tail = tf.where(is_left, z, -z) - math.log(2.)
        return tf.where(is_left, log_tail, log1p(-tf.exp(log_tail)))

    def _standard_log_survival(self, z: tf.Tensor) -> tf.Tensor:
        return self._standard_log_cdf(-z)

    def _standard_quantile(self, p: tf.Tensor) -> tf.Tensor:
        is_left = p < 0.5
        log_tail = tf.math.log(2. * tf.where(is_left, p, 1. - p))
        return tf.where(is_left, log_tail, -log_tail)
