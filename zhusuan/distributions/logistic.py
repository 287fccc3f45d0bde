"""The logistic distribution."""
from __future__ import annotations

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import LocationScaleDistribution
from zhusuan.distributions._numerics.elementary import log1p, softplus

__all__ = ["Logistic"]


class Logistic(LocationScaleDistribution):
    r"""The logistic distribution.

    .. math::

        p(x) = \frac{e^{-z}}{s\,(1 + e^{-z})^2}, \qquad z = \frac{x - \mu}{s},
        \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Logistic(0., 1.).cdf(0.))
    0.5000
    """

    _standard_entropy = 2.

    @property
    def mean(self) -> tf.Tensor:
        """The location."""
        return self.loc

    @property
    def variance(self) -> tf.Tensor:
        """The squared scale times ``pi^2 / 3``."""
        return tf.square(self.scale) * (np.pi ** 2 / 3.)

    def _standard_log_density(self, z: tf.Tensor) -> tf.Tensor:
        # The density is even. At positive z no infinite terms cancel.
        z = tf.where(z < 0., -z, z)
        return -z - 2. * softplus(-z)

    def _standard_cdf(self, z: tf.Tensor) -> tf.Tensor:
        return tf.exp(-softplus(-z))  # its derivative is accurate in both tails

    def _standard_log_cdf(self, z: tf.Tensor) -> tf.Tensor:
        return -softplus(-z)

    def _standard_log_survival(self, z: tf.Tensor) -> tf.Tensor:
        return -softplus(z)

    def _standard_quantile(self, p: tf.Tensor) -> tf.Tensor:
        return tf.math.log(p) - log1p(-p)
