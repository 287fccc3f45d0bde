"""The logit-normal distribution."""
from __future__ import annotations

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import UNIT, LocationScaleParameters
from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    log1p,
    sigmoid,
    standardized,
)
from zhusuan.distributions._numerics.normal_functions import (
    log_ndtr,
    normal_cdf,
    normal_quantile,
)
from zhusuan.utils import TensorLike

__all__ = ["LogitNormal"]


class LogitNormal(LocationScaleParameters):
    r"""The distribution of the logistic function of a normal variable.

    .. math::

        p(x) = \frac{1}{\sqrt{2\pi}\,\sigma\, x (1 - x)}
               \exp\left(-\frac{1}{2\sigma^2} \left(\log\frac{x}{1 - x} -
               \mu\right)^2\right), \qquad x \in (0, 1)

    The mean and the variance have no closed form. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`. Samples are rounded
    to the numbers of their dtype that are neither 0 nor 1.

    :param loc: A float Tensor, :math:`\mu`, the mean of the log-odds.
    :param scale: A positive float Tensor, :math:`\sigma`, their standard deviation.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.LogitNormal(0., 1.).prob(0.5))
    1.5958
    """

    _support = UNIT

    def _draw(self, shape: TensorLike, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return sigmoid(loc + scale * random_numbers.normal(shape, loc.dtype))

    def _is_outside(self, given: tf.Tensor) -> tf.Tensor:
        return tf.logical_or(given <= 0., given >= 1.)

    def _log_density(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        log_x, log_rest = tf.math.log(x), log1p(-x)
        return (-HALF_LOG_2PI - tf.math.log(scale) - log_x - log_rest -
                0.5 * tf.square((log_x - log_rest - loc) / scale))

    def _cdf_inside(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return normal_cdf(standardized(tf.math.log(x) - log1p(-x), loc, scale))

    def _log_cdf_inside(self, x: tf.Tensor, loc: tf.Tensor,
                        scale: tf.Tensor) -> tf.Tensor:
        return log_ndtr(standardized(tf.math.log(x) - log1p(-x), loc, scale))

    def _log_survival_inside(self, x: tf.Tensor, loc: tf.Tensor,
                             scale: tf.Tensor) -> tf.Tensor:
        return log_ndtr(-standardized(tf.math.log(x) - log1p(-x), loc, scale))

    def _log_density_at_end(self, value: tf.Tensor, loc: tf.Tensor,
                            scale: tf.Tensor) -> tf.Tensor:
        return tf.constant(-np.inf, value.dtype) + tf.zeros_like(value)

    def _quantile_inside(self, probability: tf.Tensor, loc: tf.Tensor,
                         scale: tf.Tensor) -> tf.Tensor:
        low, high = tf.equal(probability, 0.), tf.equal(probability, 1.)
        p = tf.where(tf.logical_or(low, high), tf.constant(0.5, loc.dtype), probability)
        value = sigmoid(loc + scale * normal_quantile(tf.math.log(p), log1p(-p)))
        return tf.where(low, tf.zeros_like(value), tf.where(
            high, tf.ones_like(value), value))
