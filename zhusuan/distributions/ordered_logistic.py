"""The ordered logistic distribution."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import check_broadcast, check_min_rank, checked
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import (
    log1mexp,
    sigmoid,
    softplus,
    widened,
)
from zhusuan.distributions.categorical import Categorical
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["OrderedLogistic"]


class OrderedLogistic(Categorical):
    r"""The distribution of ordered categories by a logistic variable and cutpoints.

    .. math::

        P(x) = \sigma(c_{x + 1} - \eta) - \sigma(c_x - \eta), \qquad
        x \in \{0, 1, \dots, K - 1\}, \qquad \sigma(t) = \frac{1}{1 + e^{-t}},

    with :math:`c_0 = -\infty` and :math:`c_K = \infty`. The likelihood of the
    proportional odds model, see McCullagh (1980), "Regression models for ordinal
    data". See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`.

    :param eta: A float Tensor, the location :math:`\eta`. Categories with larger
        numbers are more probable for larger values.
    :param cutpoints: A float Tensor of shape ``[..., K - 1]``, :math:`c_1, \dots,
        c_{K - 1}` in increasing order. ValueError where the values are known and
        decrease; else the log probability is nan.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or 64
        bits. ValueError if it has no room for the number K - 1.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter is inf
        or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.OrderedLogistic(0., [-1., 1.])
    >>> print(["%.4f" % p for p in dist.prob([0, 1, 2])])
    ['0.2689', '0.4621', '0.2689']
    """

    def __init__(self, eta: TensorLike, cutpoints: TensorLike,
                 dtype: DTypeLike = tf.int32, group_ndims: TensorLike = 0,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        eta, cutpoints = [
            checked(name, x, check_numerics) for name, x in zip(
                ("eta", "cutpoints"), convert_parameters(eta=eta, cutpoints=cutpoints))]
        self._eta = eta
        self._cutpoints = _check_increasing(check_min_rank("cutpoints", cutpoints, 1))
        check_broadcast("eta", eta.shape, "cutpoints", self._cutpoints.shape[:-1])
        log_probs = tf.cast(_log_probs(*widened(eta, self._cutpoints)), eta.dtype)
        super().__init__(log_probs, dtype=dtype, group_ndims=group_ndims, **kwargs)
        self._parameters = {"eta": (eta, 0), "cutpoints": (self._cutpoints, 1)}

    @property
    def eta(self) -> tf.Tensor:
        """The location, a float Tensor."""
        return self._eta

    @property
    def cutpoints(self) -> tf.Tensor:
        """The ends of the categories, a float Tensor of shape ``[..., K - 1]``."""
        return self._cutpoints

    @property
    def mean(self) -> tf.Tensor:
        """The sum of the probabilities to be beyond each cutpoint."""
        return tf.reduce_sum(sigmoid(self._eta[..., tf.newaxis] - self._cutpoints), -1)

    @property
    def variance(self) -> tf.Tensor:
        """The variance of the number of the category."""
        numbers = tf.cast(tf.range(self.n_categories), self.param_dtype)
        deviation = numbers - self.mean[..., tf.newaxis]
        return tf.reduce_sum(tf.exp(self._logits) * tf.square(deviation), axis=-1)

    def _log_prob_at(self, logits: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        # The logits are normalized; to do that again would cost digits near 0.
        chosen = tf.one_hot(index, tf.shape(logits)[-1], True, False, dtype=tf.bool)
        return tf.reduce_sum(tf.where(chosen, logits, tf.zeros_like(logits)), axis=-1)

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._at_cutpoint(sigmoid, given, 0., 1.)

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._at_cutpoint(lambda z: -softplus(-z), given, -np.inf, 0.)

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        return self._at_cutpoint(lambda z: -softplus(z), given, 0., -np.inf)

    def _at_cutpoint(self, function: Callable[[tf.Tensor], tf.Tensor], given: tf.Tensor,
                     below: float, above: float) -> tf.Tensor:
        """The function at the end of the category `given`, less the location."""
        z, number = widened(self._cutpoints - self._eta[..., tf.newaxis],
                            tf.floor(tf.cast(given, self.param_dtype)))
        n_cutpoints = tf.shape(z)[-1]
        index = tf.clip_by_value(tf.cast(number, tf.int32), 0, n_cutpoints - 1)
        chosen = tf.one_hot(index, n_cutpoints, True, False, dtype=tf.bool)
        value = tf.reduce_sum(tf.where(chosen, function(z), tf.zeros_like(z)), axis=-1)
        below, above = [tf.constant(x, z.dtype) for x in (below, above)]
        last = tf.cast(n_cutpoints - 1, number.dtype)
        return tf.where(number < 0., below, tf.where(number > last, above, value))

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        below = sigmoid(self._cutpoints - self._eta[..., tf.newaxis])
        return tf.reduce_sum(tf.cast(
            probability[..., tf.newaxis] > below, tf.int32), axis=-1)


def _check_increasing(cutpoints: tf.Tensor) -> tf.Tensor:
    known = tf.get_static_value(cutpoints)
    if known is not None and np.any(np.diff(known, axis=-1) < 0.):
        raise ValueError(
            "OrderedLogistic: cutpoints must increase along the last axis, but they "
            "are %s." % known)
    return cutpoints


def _log_probs(eta: tf.Tensor, cutpoints: tf.Tensor) -> tf.Tensor:
    """The log probabilities of all categories, of shape ``[..., K]``.

    As ``sigmoid(b) - sigmoid(a) = sigmoid(b) sigmoid(-a) (1 - exp(a - b))``, which is
    accurate in both tails and in narrow categories.
    """
    z = cutpoints - eta[..., tf.newaxis]
    gap = cutpoints[..., 1:] - cutpoints[..., :-1]
    is_empty = tf.equal(gap, 0.)
    log_width = tf.where(is_empty, tf.constant(-np.inf, gap.dtype), log1mexp(
        -tf.where(is_empty, tf.ones_like(gap), gap)))
    log_below, log_above = -softplus(-z), -softplus(z)
    between = log_below[..., 1:] + log_above[..., :-1] + log_width
    return tf.concat([log_below[..., :1], between, log_above[..., -1:]], axis=-1)
