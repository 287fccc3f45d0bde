"""The normal distribution."""
from __future__ import annotations

import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import NormalFamily
from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    log1p,
    standardized,
    widened,
)
from zhusuan.distributions._numerics.normal_functions import (
    log_ndtr,
    normal_cdf,
    normal_quantile,
)
from zhusuan.distributions._numerics.quantile_gradients import quantile_with_end_slopes
from zhusuan.utils import TensorLike

__all__ = ["Normal"]


class Normal(NormalFamily):
    r"""The univariate normal distribution.

    .. math::

        p(x) = \frac{1}{\sqrt{2\pi}\,\sigma}
               \exp\left(-\frac{(x - \mu)^2}{2\sigma^2}\right),
        \qquad x \in \mathbb{R}

    Give the scale as exactly one of `std` and `logstd`, by keyword. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param mean: A float Tensor, :math:`\mu`.
    :param std: A positive float Tensor, :math:`\sigma`.
    :param logstd: A float Tensor, :math:`\log\sigma`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter,
        or the log or exp of one, is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Normal([0., 1., 2.], std=1., group_ndims=1)
    >>> dist.sample(5).shape.as_list(), dist.log_prob([0., 1., 2.]).shape.rank
    ([5, 3], 0)
    """

    @property
    def variance(self) -> tf.Tensor:
        """The square of the standard deviation."""
        return tf.square(self.std)

    @property
    def mode(self) -> tf.Tensor:
        """The mean."""
        return self._mean

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        return self._normal_sample(n_samples)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        return self._normal_log_prob(given, self.path_param(self._mean))

    def _entropy(self) -> tf.Tensor:
        return self.logstd + (0.5 + HALF_LOG_2PI)

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        return normal_cdf(standardized(*widened(given, self._mean, self.std)))

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        return log_ndtr(standardized(*widened(given, self._mean, self.std)))

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        return log_ndtr(-standardized(*widened(given, self._mean, self.std)))

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        p, mean, std = widened(probability, self._mean, self.std)
        return quantile_with_end_slopes(
            lambda p: mean + std * normal_quantile(tf.math.log(p), log1p(-p)), p,
            self._log_prob)
