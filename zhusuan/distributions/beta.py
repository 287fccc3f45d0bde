"""The beta distribution."""
from __future__ import annotations

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import UNIT, AlphaBetaDistribution, parameter
from zhusuan.distributions._numerics.elementary import log1p, widened
from zhusuan.distributions._numerics.gamma_functions import (
    gamma_entropy,
    gamma_height,
    log_power,
)
from zhusuan.distributions._numerics.incomplete_beta import beta_cdf
from zhusuan.distributions._numerics.log_incomplete_beta import (
    log_beta_cdf,
    log_beta_survival,
)
from zhusuan.distributions._numerics.samplers import log_gamma_sample
from zhusuan.utils import TensorLike

__all__ = ["Beta"]


class Beta(AlphaBetaDistribution):
    r"""The beta distribution.

    .. math::

        p(x) = \frac{\Gamma(\alpha + \beta)}{\Gamma(\alpha)\Gamma(\beta)}
               x^{\alpha - 1} (1 - x)^{\beta - 1}, \qquad x \in [0, 1]

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`. Samples that round to 0 or 1
    become the nearest number of their dtype between them.

    :param alpha: A positive float Tensor, :math:`\alpha`.
    :param beta: A positive float Tensor, :math:`\beta`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of one is inf or nan.
    :param is_reparameterized: A bool. Whether gradients flow from samples to
        parameters, by implicit reparameterization (Figurnov, Mohamed and Mnih,
        2018). XLA of TensorFlow 1.15 does not support it.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Beta(1., 2.).prob(0.))
    2.0000
    """

    _support = UNIT
    alpha = parameter("alpha", "The exponent of x plus 1, a positive Tensor.")
    beta = parameter("beta", "The exponent of 1 - x plus 1, a positive Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``alpha / (alpha + beta)``."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def variance(self) -> tf.Tensor:
        """``mean (1 - mean) / (alpha + beta + 1)``."""
        total = self.alpha + self.beta
        return (self.alpha / total) * (self.beta / total) / (total + 1.)

    @property
    def mode(self) -> tf.Tensor:
        """The point of the largest density; nan if it is infinite at both ends."""
        alpha, beta = self.alpha, self.beta
        zero, one, nan = self.dtype.as_numpy_dtype([0., 1., np.nan])
        end = tf.where(alpha < beta, zero, one)
        return tf.where(
            tf.minimum(alpha, beta) > 1., (alpha - 1.) / (alpha + beta - 2.),
            tf.where(tf.maximum(alpha, beta) < 1., nan, end))

    def _draw(self, shape: TensorLike, alpha: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
        # Logs, because both gamma variables underflow if the parameters are small.
        # The sigmoid of TensorFlow 1.15 is 0 below -18.
        return tf.exp(tf.math.log_sigmoid(
            log_gamma_sample(alpha, shape) - log_gamma_sample(beta, shape)))

    def _log_density(self, x: tf.Tensor, alpha: tf.Tensor,
                     beta: tf.Tensor) -> tf.Tensor:
        total = alpha + beta
        log_rest = log1p(-tf.where(x < 1., x, tf.zeros_like(x)))
        return (log_power(x, alpha, total) +
                log_power(1. - x, beta, total, log_x=log_rest) +
                (2. * tf.math.log(total) - gamma_height(total)) +
                (gamma_height(alpha) - tf.math.log(alpha)) +
                (gamma_height(beta) - tf.math.log(beta)))

    def _entropy(self) -> tf.Tensor:
        alpha, beta = widened(self.alpha, self.beta)
        return (gamma_entropy(alpha) + gamma_entropy(beta) -
                gamma_entropy(alpha + beta, 2.))

    def _cdf_inside(self, x: tf.Tensor, alpha: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
        return beta_cdf(alpha, beta, x)

    def _log_cdf_inside(self, x: tf.Tensor, alpha: tf.Tensor,
                        beta: tf.Tensor) -> tf.Tensor:
        return log_beta_cdf(alpha, beta, x)

    def _log_survival_inside(self, x: tf.Tensor, alpha: tf.Tensor,
                             beta: tf.Tensor) -> tf.Tensor:
        return log_beta_survival(alpha, beta, x)
