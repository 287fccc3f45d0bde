"""The log-normal distribution."""
from __future__ import annotations

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import POSITIVE, LocationScaleParameters, parameter
from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    expm1,
    log1p,
    standardized,
    widened,
)
from zhusuan.distributions._numerics.normal_functions import (
    log_ndtr,
    normal_cdf,
    normal_quantile,
)
from zhusuan.utils import TensorLike

__all__ = ["LogNormal"]


class LogNormal(LocationScaleParameters):
    r"""The log-normal distribution, of the exponential of a normal variable.

    .. math::

        p(x) = \frac{1}{\sqrt{2\pi}\,\sigma x}
               \exp\left(-\frac{(\log x - \mu)^2}{2\sigma^2}\right),
        \qquad x \in (0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, :math:`\mu`, the mean of the log.
    :param scale: A positive float Tensor, :math:`\sigma`, the standard deviation
        of the log.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.LogNormal(0., 1.).prob(1.))
    0.3989
    """

    _support = POSITIVE

    loc = parameter("loc", "The mean of the log, a float Tensor.")
    scale = parameter("scale", "The standard deviation of the log, a Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``exp(loc + scale^2 / 2)``."""
        return tf.exp(self.loc + 0.5 * tf.square(self.scale))

    @property
    def variance(self) -> tf.Tensor:
        """``mean^2 (exp(scale^2) - 1)``."""
        return tf.square(self.mean) * expm1(tf.square(self.scale))

    @property
    def mode(self) -> tf.Tensor:
        """``exp(loc - scale^2)``."""
        return tf.exp(self.loc - tf.square(self.scale))

    def _draw(self, shape: TensorLike, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return tf.exp(loc + scale * random_numbers.normal(shape, loc.dtype))

    def _is_outside(self, given: tf.Tensor) -> tf.Tensor:
        return tf.logical_or(super()._is_outside(given), tf.equal(given, 0.))

    def _log_density(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        log_x = tf.math.log(x)
        return (-HALF_LOG_2PI - tf.math.log(scale) - log_x -
                0.5 * tf.square((log_x - loc) / scale))

    def _entropy(self) -> tf.Tensor:
        loc, scale = widened(self.loc, self.scale)
        return loc + tf.math.log(scale) + (0.5 + HALF_LOG_2PI)

    def _cdf_inside(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return normal_cdf(standardized(tf.math.log(x), loc, scale))

    def _log_cdf_inside(self, x: tf.Tensor, loc: tf.Tensor,
                        scale: tf.Tensor) -> tf.Tensor:
        return log_ndtr(standardized(tf.math.log(x), loc, scale))

    def _log_survival_inside(self, x: tf.Tensor, loc: tf.Tensor,
                             scale: tf.Tensor) -> tf.Tensor:
        return log_ndtr(-standardized(tf.math.log(x), loc, scale))

    def _quantile_inside(self, probability: tf.Tensor, loc: tf.Tensor,
                         scale: tf.Tensor) -> tf.Tensor:
        at_0 = tf.equal(probability, 0.)
        p = tf.where(at_0, tf.constant(0.5, loc.dtype), probability)
        value = tf.exp(loc + scale * normal_quantile(tf.math.log(p), log1p(-p)))
        return tf.where(at_0, tf.zeros_like(value), value)
