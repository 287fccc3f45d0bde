"""The Gumbel distribution."""
from __future__ import annotations

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import LocationScaleDistribution
from zhusuan.distributions._numerics.elementary import log1p, log_inverse_cloglog
from zhusuan.utils import TensorLike

__all__ = ["Gumbel"]


class Gumbel(LocationScaleDistribution):
    r"""The Gumbel distribution of the largest of many values.

    .. math::

        p(x) = \frac{1}{s} \exp\left(-z - e^{-z}\right), \qquad
        z = \frac{x - \mu}{s}, \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Gumbel(0., 1.).mean)
    0.5772
    """

    _standard_entropy = 1. + np.euler_gamma

    @property
    def mean(self) -> tf.Tensor:
        """The location plus Euler's constant times the scale."""
        return self.loc + np.euler_gamma * self.scale

    @property
    def variance(self) -> tf.Tensor:
        """The squared scale times ``pi^2 / 6``."""
        return tf.square(self.scale) * (np.pi ** 2 / 6.)

    def _ordinary_value(self) -> tf.Tensor:
        return self.loc  # far below, the exponential is infinite

    def _draw(self, shape: TensorLike, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        # With 1 - u for a uniform u, the long right tail has a fine resolution.
        exponential = -log1p(-random_numbers.open_uniform(shape, loc.dtype))
        return loc - scale * tf.math.log(exponential)

    def _standard_log_density(self, z: tf.Tensor) -> tf.Tensor:
        z = tf.maximum(z, -1e4)  # below, the exponential is infinite
        return -(z + tf.exp(-z))

    def _standard_cdf(self, z: tf.Tensor) -> tf.Tensor:
        return tf.exp(-tf.exp(-tf.maximum(z, -20.)))  # below, 0 and flat

    def _standard_log_cdf(self, z: tf.Tensor) -> tf.Tensor:
        return -tf.exp(-z)

    def _standard_log_survival(self, z: tf.Tensor) -> tf.Tensor:
        return log_inverse_cloglog(-z)

    def _standard_quantile(self, p: tf.Tensor) -> tf.Tensor:
        return -tf.math.log(-tf.math.log(p))
