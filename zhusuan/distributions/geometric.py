"""The geometric distribution."""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.counts import LogOddsDistribution
from zhusuan.distributions._numerics.elementary import (
    expm1,
    log1mexp,
    log1p,
    softplus,
    widened,
)

__all__ = ["Geometric"]


class Geometric(LogOddsDistribution):
    r"""The number of failures in front of the first success.

    .. math::

        P(x) = \sigma(l) (1 - \sigma(l))^x, \qquad x \in \{0, 1, 2, \dots\},
        \qquad \sigma(l) = \frac{1}{1 + e^{-l}}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`. Samples too large for their dtype become its largest number.

    :param logits: A float Tensor, the log-odds :math:`l` of success.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when `logits` is
        inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Geometric(0.).prob(1))
    0.2500
    """

    def __init__(self, logits, dtype=tf.int32, group_ndims=0,
                 check_numerics=False, **kwargs):
        super().__init__({"logits": logits}, dtype, group_ndims=group_ndims,
                         check_numerics=check_numerics, **kwargs)

    @property
    def mean(self):
        """``exp(-logits)``."""
        return tf.exp(-self.logits)

    @property
    def variance(self):
        """``mean (mean + 1)``."""
        return self.mean * (self.mean + 1.)

    @property
    def mode(self):
        """0."""
        return tf.cast(tf.zeros_like(self.logits), self.dtype)

    def _draw(self, shape):
        *_, log_q = self._chances(tf.float64)
        log_u = tf.math.log(random_numbers.open_uniform(shape, tf.float64))
        # Where failure is certain, log(q) underflows to 0.
        return tf.floor(log_u / tf.minimum(log_q, -np.finfo("float64").tiny))

    def _log_mass(self, k):
        _, _, log_p, log_q = self._chances()
        return tf.math.multiply_no_nan(log_q, k + tf.zeros_like(log_q)) + log_p

    def _entropy(self):
        logits, = widened(self.logits)
        # log(1 + u) / u is 1 or 0 beyond these ends, where u does not fit.
        least = math.log(np.finfo(logits.dtype.as_numpy_dtype).tiny)
        inner = tf.clip_by_value(logits, least, 1e3)
        return softplus(-logits) + softplus(inner) * tf.exp(-inner)

    def _mass_up_to(self, k):
        *_, log_q = self._chances(k.dtype)
        return -expm1((k + 1.) * log_q)

    def _log_mass_up_to(self, k):
        return log1mexp(self._log_mass_above(k))

    def _log_mass_above(self, k):
        *_, log_q = self._chances(k.dtype)
        return (k + 1.) * log_q

    def _quantile(self, probability):
        probability, = widened(probability)
        *_, log_q = self._chances()
        return tf.nn.relu(tf.math.ceil(log1p(-probability) / log_q) - 1.)
