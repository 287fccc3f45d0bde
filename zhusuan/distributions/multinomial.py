"""The multinomial distribution, with and without its coefficient."""
from __future__ import annotations

from typing import Any, Optional, Union

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import LogitsDistribution
from zhusuan.distributions._bases.vectors import known_totals
from zhusuan.distributions._conversion import check_totals
from zhusuan.distributions._numerics.elementary import (
    sum_of_weighted_logs,
    where_inside,
    widened,
)
from zhusuan.distributions._numerics.samplers import count_categories
from zhusuan.distributions.utils import log_combination
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["BagofCategoricals", "Multinomial", "UnnormalizedMultinomial"]


class Multinomial(LogitsDistribution):
    r"""The multinomial distribution, of the counts of K categories.

    .. math::

        P(x) = \frac{n!}{\prod_k x_k!} \prod_{k=1}^K \pi_k^{x_k}, \qquad
        x \in \mathbb{N}_0^K, \quad \sum_k x_k = n

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`; the value shape is ``[K]``.

    :param logits: A float Tensor of shape ``[..., K]``, the log probabilities
        :math:`\log\pi`, up to a constant if `normalize_logits`.
    :param n_experiments: A positive int or a 0-D int32 Tensor, :math:`n`. Or an int32
        Tensor of totals >= 0 that broadcasts to the batch, one for each datum. If
        None, `log_prob` takes :math:`n` from the value and sampling raises ValueError.
    :param normalize_logits: A bool. False if `logits` are normalized log
        probabilities.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.

    Log probabilities are computed in float64, because the logs of the factorials
    nearly cancel. A sample is made from :math:`n` categories and takes memory for
    :math:`n + K` integers.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Multinomial([0., 0.], n_experiments=2)
    >>> print("%.2f" % dist.prob([1, 1]))
    0.50
    """

    def __init__(self, logits: TensorLike, n_experiments: Optional[TensorLike],
                 normalize_logits: bool = True, dtype: DTypeLike = tf.int32,
                 group_ndims: TensorLike = 0, **kwargs: Any) -> None:
        self._n_experiments = (None if n_experiments is None else
                               check_totals("n_experiments", n_experiments))
        self._normalize_logits = normalize_logits
        super().__init__(logits, dtype, group_ndims, **kwargs)
        self._add_to_batch("n_experiments", self._n_experiments)

    @property
    def n_experiments(self) -> Union[int, tf.Tensor, None]:
        """The sum of the counts: an int, an int32 Tensor, or None."""
        return self._n_experiments

    @property
    def mean(self) -> tf.Tensor:
        """The expected counts, of shape ``[..., K]``."""
        n_experiments = known_totals(self, self._n_experiments, "the mean")
        totals = tf.cast(n_experiments, self.param_dtype)[..., tf.newaxis]
        return totals * tf.nn.softmax(self._logits)

    @property
    def variance(self) -> tf.Tensor:
        """The variances of the counts, of shape ``[..., K]``."""
        return self.mean * (1. - tf.nn.softmax(self._logits))

    def _sample(self, n_samples):
        n_experiments = known_totals(self, self._n_experiments, "samples")
        logits, most, is_counted = self._logits, n_experiments, True
        if "n_experiments" in self._parameters:
            logits = tf.broadcast_to(logits, tf.concat(
                [self.batch_shape, [self.n_categories]], axis=0))
            totals = tf.reshape(tf.broadcast_to(n_experiments, self.batch_shape), [-1])
            most = tf.reduce_max(tf.concat([totals, [1]], axis=0))
            is_counted = tf.range(most)[:, tf.newaxis] < totals
        categories = random_numbers.categorical(
            logits, tf.cast(n_samples, tf.int32) * most)
        counts = count_categories(
            categories, n_samples, most, self.n_categories, is_counted)
        return tf.cast(tf.reshape(counts, self._sample_shape(n_samples)),
                       self.dtype)

    def _log_prob(self, given):
        counts = tf.cast(given, tf.float64)
        total = tf.reduce_sum(counts, axis=-1)
        countable = tf.logical_and(counts >= 0., tf.equal(
            counts, tf.floor(counts)))
        inside = tf.reduce_all(countable, axis=-1)
        if self._n_experiments is not None:
            inside = tf.logical_and(inside, tf.equal(
                total, tf.cast(self._n_experiments, tf.float64)))
        counts = tf.where(countable, counts, tf.zeros_like(counts))
        logits, = widened(self.path_param(self._logits))
        log_probs = _log_probs(tf.cast(logits, tf.float64), self._normalize_logits)
        log_prob = (log_combination(tf.reduce_sum(counts, axis=-1), counts) +
                    sum_of_weighted_logs(log_probs, counts))
        # Through float32, because XLA of TensorFlow 1.15 crashes in a cast from
        # float64 to float16.
        log_prob = tf.cast(where_inside(inside, log_prob), logits.dtype)
        return tf.cast(log_prob, self.param_dtype)


class UnnormalizedMultinomial(LogitsDistribution):
    r"""The multinomial distribution without its coefficient: a bag of categories.

    .. math::

        \tilde P(x) = \prod_{k=1}^K \pi_k^{x_k}, \qquad x_k \ge 0

    It is the probability of a sequence of categories that occur :math:`x_k`
    times each, as in topic models. It cannot be sampled, because it defines neither
    the length of the sequence nor its order. With a float `dtype`, :math:`x_k` may be
    fractions.

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`; the value shape is ``[K]``.

    :param logits: A float Tensor of shape ``[..., K]``, the log probabilities
        :math:`\log\pi`, up to a constant if `normalize_logits`.
    :param normalize_logits: A bool. False if `logits` are normalized log
        probabilities.
    :param dtype: The dtype of values, an integer or float type of 16, 32 or 64
        bits.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.UnnormalizedMultinomial([0., 0.])
    >>> print("%.3f" % dist.prob([1, 2]))
    0.125
    """

    def __init__(self, logits: TensorLike, normalize_logits: bool = True,
                 dtype: DTypeLike = tf.int32, group_ndims: TensorLike = 0,
                 **kwargs: Any) -> None:
        self._normalize_logits = normalize_logits
        super().__init__(logits, dtype, group_ndims, **kwargs)

    def _sample(self, n_samples):
        raise NotImplementedError(
            "UnnormalizedMultinomial cannot be sampled: it does not define the "
            "number of categories in a bag. Observe the node, or use Multinomial "
            "with n_experiments.")

    def _log_prob(self, given):
        counts = tf.cast(given, self.param_dtype)
        log_probs = _log_probs(
            self.path_param(self._logits), self._normalize_logits)
        inside = tf.reduce_all(counts >= 0., axis=-1)
        return where_inside(inside, sum_of_weighted_logs(log_probs, counts))


def _log_probs(logits, normalize):
    return tf.nn.log_softmax(logits) if normalize else logits


BagofCategoricals = UnnormalizedMultinomial
