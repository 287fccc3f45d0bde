"""The exponential distribution."""
from __future__ import annotations

from typing import Any

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import POSITIVE, ContinuousDistribution, parameter
from zhusuan.distributions._numerics.elementary import expm1, log1mexp, log1p
from zhusuan.utils import TensorLike

__all__ = ["Exponential"]


class Exponential(ContinuousDistribution):
    r"""The exponential distribution.

    .. math::

        p(x) = \lambda e^{-\lambda x}, \qquad x \in [0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param rate: A positive float Tensor, :math:`\lambda`.
    :param check_numerics: A bool. Raise InvalidArgumentError when the rate or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Exponential(2.).prob(0.))
    2.0000
    """

    _support = POSITIVE
    _positive = ("rate",)

    def __init__(self, rate: TensorLike, group_ndims: TensorLike = 0,
                 is_reparameterized: bool = True, use_path_derivative: bool = False,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__({"rate": rate}, group_ndims, is_reparameterized,
                         use_path_derivative, check_numerics, **kwargs)

    rate = parameter("rate", "The rate, a positive float Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``1 / rate``."""
        return 1. / self.rate

    @property
    def variance(self) -> tf.Tensor:
        """``1 / rate^2``."""
        return tf.square(1. / self.rate)

    @property
    def mode(self) -> tf.Tensor:
        """0."""
        return tf.zeros_like(self.rate)

    def _draw(self, shape: TensorLike, rate: tf.Tensor) -> tf.Tensor:
        return self._quantile_inside(
            random_numbers.open_uniform(shape, rate.dtype), rate)

    def _log_density(self, x: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        return tf.math.log(rate) - rate * x

    def _entropy(self) -> tf.Tensor:
        return 1. - tf.math.log(self.rate)

    def _cdf_inside(self, x: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        return -expm1(-rate * x)

    def _log_cdf_inside(self, x: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        return log1mexp(-rate * x)

    def _log_survival_inside(self, x: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        return -rate * x

    def _quantile_inside(self, probability: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        return -log1p(-probability) / rate
