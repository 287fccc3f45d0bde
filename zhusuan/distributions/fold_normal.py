"""The folded normal distribution."""
from typing import Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import NormalFamily
from zhusuan.distributions._numerics.elementary import (
    smaller_or_rest,
    softplus,
    standardized,
    where_inside,
    widened,
)
from zhusuan.distributions._numerics.normal_functions import log_ndtr, normal_cdf
from zhusuan.distributions._numerics.normal_interval import log_normal_mass
from zhusuan.utils import TensorLike

__all__ = ["FoldNormal"]


class FoldNormal(NormalFamily):
    r"""The folded normal distribution, of the absolute value of a normal variable.

    .. math::

        p(x) = \mathrm{N}(x|\mu, \sigma^2) + \mathrm{N}(-x|\mu, \sigma^2),
        \qquad x \in [0, \infty)

    The parameters are those of the normal variable before folding, as for
    :class:`~zhusuan.distributions.normal.Normal`. The property `mean` is the
    parameter, as in ZhuSuan 0.4, and not the expectation.

    :param mean: A float Tensor, :math:`\mu`.
    :param std: A positive float Tensor, :math:`\sigma`.
    :param logstd: A float Tensor, :math:`\log\sigma`. Exactly one of `std` and
        `logstd` is required.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter, or the
        log or exp of one, is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.FoldNormal(0., std=1.)
    >>> print("%.4f" % dist.prob(0.))
    0.7979
    """

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        return tf.abs(self._normal_sample(n_samples))

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        # The density is even in the mean. With |mean|, the first term is the larger
        # one, and the second is a correction of at most log(2). Unlike tf.abs, this
        # has a derivative at 0, which makes the second derivative right.
        mean = self.path_param(self._mean)
        mean = tf.where(mean < 0., -mean, mean)
        inside = given >= 0.
        given = tf.where(inside, given, tf.zeros_like(given))
        scale = self._root_half_precision()
        # If a factor overflowed, 0 * inf would be nan.
        far = 0.5 * np.sqrt(np.finfo(self.dtype.as_numpy_dtype).max)
        log_prob = (self._normal_log_prob(given, mean) + softplus(
            -4. * tf.minimum(given * scale, far) * tf.minimum(mean * scale, far)))
        return where_inside(inside, log_prob)

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        x, mean, std = widened(given, tf.abs(self._mean), self.std)
        inner = (normal_cdf(standardized(x, mean, std)) -
                 normal_cdf(standardized(-x, mean, std)))
        return tf.where(x < 0., tf.zeros_like(inner), inner)

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._log_probabilities(given)[0]

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        return self._log_probabilities(given)[1]

    def _log_probabilities(self, given: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        """The logs of the probabilities up to `given` and beyond, in float64."""
        x, mean, std = [tf.cast(y, tf.float64) for y in (
            given, tf.abs(self._mean), self.std)]
        is_above = tf.equal(x, np.inf)
        is_inside = tf.logical_and(x > 0., tf.logical_not(is_above))
        x = tf.where(is_inside, x, tf.ones_like(x))
        right, left = standardized(x, mean, std), standardized(-x, mean, std)
        log_below = log_normal_mass(left, right, 2. * x / std)
        log_right, log_left = log_ndtr(-right), log_ndtr(left)
        log_beyond = log_right + softplus(tf.maximum(
            log_left, x.dtype.min) - log_right)
        zero, infinity = x.dtype.as_numpy_dtype([0., np.inf])
        ends = tf.where(is_above, zero, -infinity), tf.where(is_above, -infinity, zero)
        return (tf.where(is_inside, smaller_or_rest(log_below, log_beyond), ends[0]),
                tf.where(is_inside, smaller_or_rest(log_beyond, log_below), ends[1]))
