"""The negative binomial distribution."""
from __future__ import annotations

from typing import Any

import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import LogOddsDistribution, largest_count, parameter
from zhusuan.distributions._numerics.gamma_functions import log_binomial
from zhusuan.distributions._numerics.incomplete_beta import beta_cdf_at_logit
from zhusuan.distributions._numerics.log_incomplete_beta import log_beta_cdf_at_logit
from zhusuan.distributions._numerics.samplers import log_gamma_sample, poisson_sample
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["NegativeBinomial"]


class NegativeBinomial(LogOddsDistribution):
    r"""The negative binomial distribution, of the number of successes before failure r.

    .. math::

        P(x) = \frac{\Gamma(x + r)}{\Gamma(r)\, x!}
               \sigma(l)^x (1 - \sigma(l))^r, \qquad x \in \{0, 1, 2, \dots\},
        \qquad \sigma(l) = \frac{1}{1 + e^{-l}}

    It is a mixture of Poisson distributions whose rate follows
    ``Gamma(r, exp(-l))``. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`. Samples that overflow become the largest number of their dtype.

    :param total_count: A positive float Tensor, :math:`r`, not necessarily
        an integer.
    :param logits: A float Tensor, the log-odds :math:`l` of success.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of `total_count` is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.NegativeBinomial(2., 0.).prob(0))
    0.2500
    """

    _positive = ("total_count",)

    def __init__(self, total_count: TensorLike, logits: TensorLike,
                 dtype: DTypeLike = tf.int32, group_ndims: TensorLike = 0,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__(
            {"total_count": total_count, "logits": logits}, dtype,
            group_ndims=group_ndims, check_numerics=check_numerics, **kwargs)

    total_count = parameter("total_count", "The number of failures, a Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``total_count exp(logits)``."""
        return self.total_count * tf.exp(self.logits)

    @property
    def variance(self) -> tf.Tensor:
        """``mean (exp(logits) + 1)``."""
        return self.mean * (tf.exp(self.logits) + 1.)

    @property
    def mode(self) -> tf.Tensor:
        """``(total_count - 1) exp(logits)``, rounded down, or 0."""
        return tf.cast(tf.floor(tf.nn.relu(self.total_count - 1.) *
                                tf.exp(self.logits)), self.dtype)

    def _draw(self, shape: TensorLike) -> tf.Tensor:
        total_count = tf.cast(self.total_count, tf.float64)
        log_rate = (log_gamma_sample(total_count, shape) +
                    tf.cast(self.logits, tf.float64))
        rate = tf.minimum(tf.exp(log_rate), largest_count(tf.float64))
        one_each = ([1] + shape if isinstance(shape, list) else
                    tf.concat([[1], shape], axis=0))
        return tf.squeeze(poisson_sample(rate, one_each), axis=0)

    def _log_mass(self, k: tf.Tensor) -> tf.Tensor:
        total_count, _ = self._widened_parameters()
        # The fraction of the orders of trials that end with a failure.
        last_fails = tf.math.log(total_count) - tf.math.log(total_count + k)
        return last_fails + log_binomial(k, total_count, *self._probabilities())

    def _cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        total_count, logits = self._widened_parameters()
        return beta_cdf_at_logit(total_count, k + 1., -logits)

    def _log_cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        total_count, logits = self._widened_parameters()
        return log_beta_cdf_at_logit(total_count, k + 1., -logits)

    def _log_survival_inside(self, k: tf.Tensor) -> tf.Tensor:
        total_count, logits = self._widened_parameters()
        return log_beta_cdf_at_logit(k + 1., total_count, logits)
