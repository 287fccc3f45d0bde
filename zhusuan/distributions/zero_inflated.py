"""Distributions of counts with additional zeros."""
from __future__ import annotations

from typing import Any, Callable, Mapping

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import CountDistribution, parameter
from zhusuan.distributions._numerics.elementary import (
    sigmoid,
    smaller_or_rest,
    softplus,
    widened,
)
from zhusuan.distributions.negative_binomial import NegativeBinomial
from zhusuan.distributions.poisson import Poisson
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["ZeroInflatedNegativeBinomial", "ZeroInflatedPoisson"]


class _ZeroInflated(CountDistribution):
    """0 with the probability of the gate, else a count.

    Subclasses write ``_make_counts()``, the distribution of the counts.
    """

    _make_counts: Callable[[], CountDistribution]

    def __init__(self, tensors: Mapping[str, TensorLike], dtype: DTypeLike,
                 group_ndims: TensorLike = 0, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(tensors, dtype, group_ndims=group_ndims,
                         check_numerics=check_numerics, **kwargs)
        self._counts = self._make_counts()

    gate_logits = parameter("gate_logits", "The log-odds of an additional zero.")

    @property
    def mean(self) -> tf.Tensor:
        """The mean of the counts times the probability of no additional zero."""
        return sigmoid(-self.gate_logits) * self._counts.mean

    @property
    def variance(self) -> tf.Tensor:
        """``(1 - g) (variance + g mean^2)`` of the counts, g the gate's probability."""
        gate = sigmoid(self.gate_logits)
        return sigmoid(-self.gate_logits) * (
            self._counts.variance + gate * tf.square(self._counts.mean))

    @property
    def mode(self) -> tf.Tensor:
        """The mode of the counts, or 0 if that has more mass."""
        mode = self._counts.mode
        log_prob = self._log_prob(tf.stack([mode, tf.zeros_like(mode)]))
        return tf.where(log_prob[0] > log_prob[1], mode, tf.zeros_like(mode))

    def _draw(self, shape: TensorLike) -> tf.Tensor:
        gate_logits = tf.cast(self.gate_logits, tf.float64)
        uniform = random_numbers.open_uniform(shape, tf.float64)
        counts = self._counts._draw(shape)
        return tf.where(uniform < sigmoid(gate_logits), tf.zeros_like(counts), counts)

    def _log_mass(self, k: tf.Tensor) -> tf.Tensor:
        gate_logits, = widened(self.path_param(self.gate_logits))
        log_count = self._counts._log_mass(k)
        log_closed = -softplus(gate_logits)
        return tf.where(tf.equal(k, 0.), _log_of_zero(gate_logits, log_count),
                        log_closed + log_count)

    def _cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        gate_logits = tf.cast(self.gate_logits, tf.float64)
        return (sigmoid(gate_logits) +
                sigmoid(-gate_logits) * self._counts._cdf_inside(k))

    def _log_cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        gate_logits = tf.cast(self.gate_logits, tf.float64)
        log_up_to = _log_of_zero(gate_logits, self._counts._log_cdf_inside(k))
        return smaller_or_rest(log_up_to, self._log_survival_inside(k))

    def _log_survival_inside(self, k: tf.Tensor) -> tf.Tensor:
        gate_logits = tf.cast(self.gate_logits, tf.float64)
        return self._counts._log_survival_inside(k) - softplus(gate_logits)


def _log_of_zero(gate_logits: tf.Tensor, log_count: tf.Tensor) -> tf.Tensor:
    """``log(g + (1 - g) exp(log_count))``, of which no part overflows."""
    gap = gate_logits - log_count
    is_gate = gap > 0.
    beyond = softplus(tf.where(is_gate, -gap, gap))
    return beyond + tf.where(is_gate, -softplus(-gate_logits),
                             log_count - softplus(gate_logits))


class ZeroInflatedPoisson(_ZeroInflated):
    r"""The Poisson distribution with additional zeros.

    .. math::

        P(x) = g\, 1_{x = 0} + (1 - g) \frac{\lambda^x e^{-\lambda}}{x!}, \qquad
        x \in \{0, 1, 2, \dots\}, \qquad g = \frac{1}{1 + e^{-l}}

    See Lambert (1992), "Zero-inflated Poisson regression". See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and `group_ndims`.
    Samples too large for their dtype become its largest number.

    :param rate: A float Tensor, :math:`\lambda \geq 0`, the mean of the Poisson
        distribution.
    :param gate_logits: A float Tensor, the log-odds :math:`l` of an additional zero.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or the
        log of the rate is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.ZeroInflatedPoisson(1., 0.).prob(0))
    0.6839
    """

    _positive = ("rate",)

    def __init__(self, rate: TensorLike, gate_logits: TensorLike,
                 dtype: DTypeLike = tf.int32, group_ndims: TensorLike = 0,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__(
            {"rate": rate, "gate_logits": gate_logits}, dtype,
            group_ndims=group_ndims, check_numerics=check_numerics, **kwargs)

    rate = parameter("rate", "The mean of the Poisson distribution, a Tensor.")

    def _make_counts(self) -> CountDistribution:
        return Poisson(self.rate, dtype=self.dtype)


class ZeroInflatedNegativeBinomial(_ZeroInflated):
    r"""The negative binomial distribution with additional zeros.

    .. math::

        P(x) = g\, 1_{x = 0} + (1 - g) \frac{\Gamma(x + r)}{\Gamma(r)\, x!}
               p^x (1 - p)^r, \qquad x \in \{0, 1, 2, \dots\}, \qquad
        p = \frac{1}{1 + e^{-l}}, \quad g = \frac{1}{1 + e^{-m}}

    See :class:`~zhusuan.distributions.NegativeBinomial`, and
    :class:`~zhusuan.distributions.base.Distribution` for shapes and `group_ndims`.
    Samples too large for their dtype become its largest number.

    :param total_count: A positive float Tensor, :math:`r`, which need not be
        whole.
    :param logits: A float Tensor, the log-odds :math:`l` of success.
    :param gate_logits: A float Tensor, the log-odds :math:`m` of an additional zero.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of `total_count` is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.ZeroInflatedNegativeBinomial(2., 0., 0.)
    >>> print("%.4f" % dist.prob(0))
    0.6250
    """

    _positive = ("total_count",)

    def __init__(self, total_count: TensorLike, logits: TensorLike,
                 gate_logits: TensorLike, dtype: DTypeLike = tf.int32,
                 group_ndims: TensorLike = 0, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(
            {"total_count": total_count, "logits": logits, "gate_logits": gate_logits},
            dtype, group_ndims=group_ndims, check_numerics=check_numerics, **kwargs)

    total_count = parameter("total_count", "The number of failures, a Tensor.")
    logits = parameter("logits", "The log-odds of success, a float Tensor.")

    def _make_counts(self) -> CountDistribution:
        return NegativeBinomial(self.total_count, self.logits, dtype=self.dtype)
