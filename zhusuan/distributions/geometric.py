"""The geometric distribution."""
from __future__ import annotations

import math
from typing import Any

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import LogOddsDistribution
from zhusuan.distributions._numerics.elementary import (
    expm1,
    log1mexp,
    log1p,
    softplus,
    widened,
)
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["Geometric"]


class Geometric(LogOddsDistribution):
    r"""The geometric distribution, of the number of failures before the first success.

    .. math::

        P(x) = \sigma(l) (1 - \sigma(l))^x, \qquad x \in \{0, 1, 2, \dots\},
        \qquad \sigma(l) = \frac{1}{1 + e^{-l}}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`. Samples that overflow become the largest number of their dtype.

    :param logits: A float Tensor, the log-odds :math:`l` of success.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when `logits` is
        inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Geometric(0.).prob(1))
    0.2500
    """

    def __init__(self, logits: TensorLike, dtype: DTypeLike = tf.int32,
                 group_ndims: TensorLike = 0, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__({"logits": logits}, dtype, group_ndims=group_ndims,
                         check_numerics=check_numerics, **kwargs)

    @property
    def mean(self) -> tf.Tensor:
        """``exp(-logits)``."""
        return tf.exp(-self.logits)

    @property
    def variance(self) -> tf.Tensor:
        """``mean (mean + 1)``."""
        return self.mean * (self.mean + 1.)

    @property
    def mode(self) -> tf.Tensor:
        """0."""
        return tf.cast(tf.zeros_like(self.logits), self.dtype)

    def _draw(self, shape: TensorLike) -> tf.Tensor:
        *_, log_q = self._probabilities(tf.float64)
        log_u = tf.math.log(random_numbers.open_uniform(shape, tf.float64))
        # If failure is certain, log(q) underflows to 0.
        return tf.floor(log_u / tf.minimum(log_q, -np.finfo("float64").tiny))

    def _log_mass(self, k: tf.Tensor) -> tf.Tensor:
        _, _, log_p, log_q = self._probabilities()
        return tf.math.multiply_no_nan(log_q, k + tf.zeros_like(log_q)) + log_p

    def _entropy(self) -> tf.Tensor:
        logits, = widened(self.logits)
        # Beyond these ends, u is out of range and log(1 + u) / u is 1 or 0.
        least = math.log(np.finfo(logits.dtype.as_numpy_dtype).tiny)
        inner = tf.clip_by_value(logits, least, 1e3)
        return softplus(-logits) + softplus(inner) * tf.exp(-inner)

    def _cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        *_, log_q = self._probabilities(k.dtype)
        return -expm1((k + 1.) * log_q)

    def _log_cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        return log1mexp(self._log_survival_inside(k))

    def _log_survival_inside(self, k: tf.Tensor) -> tf.Tensor:
        *_, log_q = self._probabilities(k.dtype)
        return (k + 1.) * log_q

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        probability, = widened(probability)
        *_, log_q = self._probabilities()
        return tf.nn.relu(tf.math.ceil(log1p(-probability) / log_q) - 1.)
