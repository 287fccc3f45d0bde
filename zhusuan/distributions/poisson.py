"""The Poisson distribution."""
from __future__ import annotations

from typing import Any

import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import CountDistribution, parameter
from zhusuan.distributions._numerics.gamma_functions import log_poisson
from zhusuan.distributions._numerics.incomplete_gamma import gamma_survival
from zhusuan.distributions._numerics.log_incomplete_gamma import (
    log_gamma_cdf,
    log_gamma_survival,
)
from zhusuan.distributions._numerics.samplers import poisson_sample
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["Poisson"]


class Poisson(CountDistribution):
    r"""The Poisson distribution.

    .. math::

        P(x) = \frac{\lambda^x e^{-\lambda}}{x!}, \qquad x \in \{0, 1, 2, \dots\}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`. Samples that overflow become the largest number of their dtype.

    :param rate: A float Tensor, :math:`\lambda \geq 0`, the mean.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when the rate or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Poisson(1.).prob(0))
    0.3679
    """

    _positive = ("rate",)

    def __init__(self, rate: TensorLike, dtype: DTypeLike = tf.int32,
                 group_ndims: TensorLike = 0, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__({"rate": rate}, dtype, group_ndims=group_ndims,
                         check_numerics=check_numerics, **kwargs)

    rate = parameter("rate", "The mean, a float Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """The rate."""
        return self.rate

    @property
    def variance(self) -> tf.Tensor:
        """The rate."""
        return self.rate

    @property
    def mode(self) -> tf.Tensor:
        """The rate, rounded down."""
        return tf.cast(tf.floor(self.rate), self.dtype)

    def _draw(self, shape: TensorLike) -> tf.Tensor:
        return poisson_sample(self.rate, shape)

    def _log_mass(self, k: tf.Tensor) -> tf.Tensor:
        rate, = self._widened_parameters()
        is_0 = tf.equal(k, 0.)
        one = tf.ones_like(k)
        inner = log_poisson(tf.where(is_0, one, k), tf.where(is_0, one, rate))
        return tf.where(is_0, -rate, inner)

    def _cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        rate, = self._widened_parameters()
        return gamma_survival(k + 1., tf.ones_like(k), rate)

    def _log_cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        rate, = self._widened_parameters()
        return log_gamma_survival(k + 1., rate)

    def _log_survival_inside(self, k: tf.Tensor) -> tf.Tensor:
        rate, = self._widened_parameters()
        return log_gamma_cdf(k + 1., rate)
