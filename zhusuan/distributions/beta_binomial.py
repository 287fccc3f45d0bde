"""The beta-binomial distribution."""
from __future__ import annotations

from typing import Any, Sequence, Union

import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import CountDistribution, parameter
from zhusuan.distributions._conversion import check_totals
from zhusuan.distributions._numerics.elementary import log1p
from zhusuan.distributions._numerics.gamma_functions import log_binomial
from zhusuan.distributions._numerics.samplers import binomial_sample, log_gamma_sample
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["BetaBinomial"]


class BetaBinomial(CountDistribution):
    r"""The binomial distribution whose probability follows a beta distribution.

    .. math::

        P(x) = \binom{n}{x} \frac{B(x + \alpha, n - x + \beta)}{B(\alpha, \beta)},
        \qquad x \in \{0, 1, \dots, n\}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`.

    :param alpha: A positive float Tensor, :math:`\alpha`.
    :param beta: A positive float Tensor, :math:`\beta`.
    :param n_experiments: A positive int or 0-D int32 Tensor, :math:`n`. Or one total
        for each datum, which may be 0: an int32 Tensor that broadcasts with the
        other parameters.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when `alpha`, `beta` or
        the log of one is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.BetaBinomial(1., 1., 4).prob(3))
    0.2000
    """

    _positive = ("alpha", "beta")

    def __init__(self, alpha: TensorLike, beta: TensorLike, n_experiments: TensorLike,
                 dtype: DTypeLike = tf.int32, group_ndims: TensorLike = 0,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__({"alpha": alpha, "beta": beta}, dtype, group_ndims=group_ndims,
                         check_numerics=check_numerics, **kwargs)
        self._n_experiments = check_totals("n_experiments", n_experiments)
        self._add_to_batch("n_experiments", self._n_experiments)

    alpha = parameter("alpha", "The first shape of the beta distribution, a Tensor.")
    beta = parameter("beta", "The second shape of the beta distribution, a Tensor.")

    @property
    def n_experiments(self) -> Union[int, tf.Tensor]:
        """The number of trials, an int or an int32 Tensor."""
        return self._n_experiments

    @property
    def mean(self) -> tf.Tensor:
        """``n_experiments alpha / (alpha + beta)``."""
        n = self._largest_value(self.param_dtype)
        return n * (self.alpha / (self.alpha + self.beta))

    @property
    def variance(self) -> tf.Tensor:
        """``n p (1 - p) (alpha + beta + n) / (alpha + beta + 1)``, ``p = mean / n``."""
        total, n = self.alpha + self.beta, self._largest_value(self.param_dtype)
        return (self.mean * (self.beta / total)) * ((total + n) / (total + 1.))

    @property
    def mode(self) -> tf.Tensor:
        """The value of the largest mass: at an end unless both shapes are above 1."""
        n = self._largest_value(tf.float64)
        alpha, beta = [tf.cast(x, tf.float64) for x in (self.alpha, self.beta)]
        above_1 = tf.logical_and(alpha > 1., beta > 1.)
        excess = tf.where(above_1, alpha + beta - 2., tf.ones_like(alpha + beta))
        inner = tf.floor((n + 1.) * ((alpha - 1.) / excess))
        at_end = tf.where(alpha < beta, tf.zeros_like(inner), n + 0. * inner)
        return tf.cast(tf.where(
            above_1, tf.clip_by_value(inner, 0., n), at_end), self.dtype)

    def _largest_value(self, dtype: tf.DType) -> tf.Tensor:
        return tf.cast(self._n_experiments, dtype)

    def _draw(self, shape: TensorLike) -> tf.Tensor:
        alpha, beta = [tf.cast(x, tf.float64) for x in (self.alpha, self.beta)]
        logits = log_gamma_sample(alpha, shape) - log_gamma_sample(beta, shape)
        return binomial_sample(self._n_experiments, logits, shape)

    def _log_mass(self, k: tf.Tensor) -> tf.Tensor:
        """Of two negative binomial counts with the sum n, by Bayes' rule.

        The probability of success cancels. With that of the mean n, none of the
        masses is the difference of large terms.
        """
        alpha, beta = self._widened_parameters()
        # One for each count: sums of their huge slopes by large shapes overflow.
        n, total = self._largest_value(k.dtype) + tf.zeros_like(k), alpha + beta
        chances = [tf.stop_gradient(x) for x in (
            n / (n + total), total / (n + total),
            -_log1p_ratio(total, n), -_log1p_ratio(n, total))]
        masses = [_log_negative_binomial(count, shape, chances)
                  for count, shape in ((k, alpha), (n - k, beta), (n, total))]
        return masses[0] + masses[1] - masses[2]


def _log_negative_binomial(k: tf.Tensor, shape: tf.Tensor,
                           chances: Sequence[tf.Tensor]) -> tf.Tensor:
    return (tf.math.log(shape) - tf.math.log(shape + k) +
            log_binomial(k, shape, *chances))


def _log1p_ratio(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """``log(1 + x / y)`` for ``x, y >= 0``, also where the quotient overflows."""
    is_small = x < y
    small = log1p(tf.where(is_small, x, tf.zeros_like(x)) / tf.where(
        is_small, y, tf.ones_like(y)))
    return tf.where(is_small, small, tf.math.log(x + y) - tf.math.log(y))
