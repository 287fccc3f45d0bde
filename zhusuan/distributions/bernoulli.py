"""The Bernoulli distribution."""
from __future__ import annotations

from typing import Any, Callable, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._checks import (
    FLOAT_DTYPES,
    NUMBER_DTYPES,
    check_dtype_in,
)
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import (
    log1p,
    sigmoid,
    softplus,
    where_inside,
)
from zhusuan.distributions.base import Distribution
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["Bernoulli"]


class Bernoulli(Distribution):
    r"""The Bernoulli distribution.

    .. math::

        P(x) = \sigma(l)^x (1 - \sigma(l))^{1 - x}, \qquad x \in \{0, 1\},
        \qquad \sigma(l) = \frac{1}{1 + e^{-l}}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`.

    With a float `dtype`, values between 0 and 1 (grey pixels) have the
    log probability :math:`x \log\sigma(l) + (1 - x) \log(1 - \sigma(l))`.

    :param logits: A float Tensor, the log-odds :math:`l` of 1.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Bernoulli([0., 0.])
    >>> print(["%.4f" % p for p in dist.prob([0, 1])])
    ['0.5000', '0.5000']
    """

    def __init__(self, logits: TensorLike, dtype: DTypeLike = tf.int32,
                 group_ndims: TensorLike = 0, **kwargs: Any) -> None:
        self._logits, = convert_parameters(logits=logits)
        super().__init__(
            dtype=check_dtype_in(dtype, NUMBER_DTYPES),
            param_dtype=self._logits.dtype, is_continuous=False,
            is_reparameterized=False, group_ndims=group_ndims,
            parameters={"logits": (self._logits, 0)}, **kwargs)

    @property
    def logits(self) -> tf.Tensor:
        """The log-odds of 1, a float Tensor of shape ``B``."""
        return self._logits

    @property
    def mean(self) -> tf.Tensor:
        """The probability of 1."""
        return sigmoid(self._logits)

    @property
    def variance(self) -> tf.Tensor:
        """The product of the probabilities of 0 and 1."""
        return sigmoid(self._logits) * sigmoid(-self._logits)

    @property
    def mode(self) -> tf.Tensor:
        """1 where the log-odds are positive, else 0."""
        return tf.cast(self._logits > 0., self.dtype)

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        uniform = random_numbers.uniform(
            self._sample_shape(n_samples), self.param_dtype)
        return tf.cast(uniform < sigmoid(self._logits), self.dtype)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        logits = self.path_param(self._logits)
        if self.dtype in FLOAT_DTYPES:
            return _expected_log_prob(given, logits)
        # log sigmoid(l) at 1 and log sigmoid(-l) at 0, accurate in both tails.
        # Terms without logits keep the shape of `given`, which often has no sample
        # axes.
        sign = 2. * tf.cast(given, logits.dtype) - 1.
        zero, infinity = logits.dtype.as_numpy_dtype([0., np.inf])
        largest = tf.where(tf.equal(tf.abs(sign), 1.), zero, -infinity)
        return _log_sigmoid(sign * logits, largest)

    def _entropy(self) -> tf.Tensor:
        # Beyond these ends it is 0, and products with infinite logs would be nan.
        logits = tf.clip_by_value(self._logits, -1e3, 1e3)
        return (sigmoid(logits) * softplus(-logits) +
                sigmoid(-logits) * softplus(logits))

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        x = tf.cast(given, self.param_dtype)
        zero, one = self.param_dtype.as_numpy_dtype([0., 1.])
        return tf.where(x < 0., zero, tf.where(
            x < 1., sigmoid(-self._logits), one))

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        x = tf.cast(given, self.param_dtype)
        zero, infinity = self.param_dtype.as_numpy_dtype([0., np.inf])
        return tf.where(x < 0., -infinity, tf.where(
            x < 1., -softplus(self._logits), zero))

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        x = tf.cast(given, self.param_dtype)
        zero, infinity = self.param_dtype.as_numpy_dtype([0., np.inf])
        return tf.where(x < 0., zero, tf.where(
            x < 1., -softplus(-self._logits), -infinity))

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        return tf.cast(probability > sigmoid(-self._logits), self.dtype)


def _log_sigmoid(x: tf.Tensor, largest: tf.Tensor) -> tf.Tensor:
    """``log sigmoid(x)``, computed by ops that are faster than `tf.math.softplus`.

    :param largest: A Tensor that is 0, or -inf where the result is -inf.
    """
    @tf.custom_gradient
    def log_sigmoid(x: tf.Tensor) -> Tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        decay = tf.exp(-tf.abs(x))

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            if not _tf.has_accurate_kernel("sigmoid"):
                negative = x < 0.  # unlike tf.abs, with a curvature at 0
                decay = tf.exp(tf.where(negative, x, -x))
                return upstream * tf.where(
                    negative, tf.ones_like(x), decay) / (1. + decay)
            return upstream * tf.sigmoid(-x)

        return tf.minimum(x, largest) - log1p(decay), gradient
    return log_sigmoid(x)


def _expected_log_prob(given: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """``x log sigmoid(l) + (1 - x) log sigmoid(-l)``, without cancellation.

    ``|l|`` has the derivative 1 at 0, so that the derivative of the sum is right.
    """
    given = tf.cast(given, logits.dtype)
    positive = logits >= 0.
    magnitude = tf.where(positive, logits, -logits)
    against = tf.where(positive, 1. - given, given)
    log_prob = (-tf.math.multiply_no_nan(magnitude, against) -
                softplus(-magnitude))
    inside = tf.logical_and(given >= 0., given <= 1.)
    return where_inside(inside, log_prob)
