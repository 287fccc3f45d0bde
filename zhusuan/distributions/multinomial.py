"""Distributions on one-hot vectors and on vectors of counts."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics.elementary import categorical_entropy, widened
from zhusuan.distributions._vector_base import VectorDistribution, sums_to_one
from zhusuan.distributions.utils import (
    FLOAT_DTYPES,
    INTEGER_DTYPES,
    check_dtype_in,
    check_min_rank,
    check_totals,
    convert_parameters,
    log_combination,
)

__all__ = ["Multinomial", "OnehotCategorical", "UnnormalizedMultinomial"]


class _LogitsFamily(VectorDistribution):
    """The parameter and the checks of distributions over K categories."""

    def __init__(self, logits, dtype, allowed_dtypes, group_ndims, **kwargs):
        logits, = convert_parameters(logits=logits)
        self._logits = check_min_rank("logits", logits, 1)
        super().__init__(
            self._logits, dtype=check_dtype_in(dtype, allowed_dtypes),
            param_dtype=logits.dtype, is_continuous=False,
            is_reparameterized=False, group_ndims=group_ndims,
            parameters={"logits": (self._logits, 1)}, **kwargs)

    @property
    def logits(self):
        """The log probabilities up to a constant, of shape ``[..., K]``."""
        return self._logits


class OnehotCategorical(_LogitsFamily):
    r"""The categorical distribution over one-hot vectors.

    .. math::

        P(x) = \prod_{k=1}^K \pi_k^{x_k}, \qquad
        \pi = \mathrm{softmax}(l), \qquad
        x \in \{0, 1\}^K, \quad \sum_k x_k = 1

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`; the value shape is ``[K]``.

    With a float `dtype`, points of the simplex between the one-hot vectors get
    the expected log probability :math:`\sum_k x_k \log \pi_k`.

    :param logits: A float Tensor of shape ``[..., K]``, the log probabilities up
        to a constant; -inf for a category that never occurs.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or 64
        bits.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.OnehotCategorical([0., 0., 0., 0.])
    >>> print("%.2f" % dist.prob([0, 1, 0, 0]))
    0.25
    """

    def __init__(self, logits, dtype=tf.int32, group_ndims=0, **kwargs):
        super().__init__(
            logits, dtype, INTEGER_DTYPES + FLOAT_DTYPES, group_ndims, **kwargs)

    @property
    def mean(self):
        """The probabilities of the categories, of shape ``[..., K]``."""
        return tf.nn.softmax(self._logits)

    @property
    def variance(self):
        """The variances of the components, of shape ``[..., K]``."""
        return self.mean * (1. - self.mean)

    @property
    def mode(self):
        """The one-hot vector of the (first) most probable category."""
        return tf.one_hot(tf.argmax(self._logits, axis=-1), self.n_categories,
                          dtype=self.dtype)

    def _entropy(self):
        return categorical_entropy(self._logits)

    def _sample(self, n_samples):
        return tf.one_hot(random_numbers.categorical(self._logits, n_samples),
                          self.n_categories, dtype=self.dtype)

    def _log_prob(self, given):
        given = tf.cast(given, self.param_dtype)
        log_probs = tf.nn.log_softmax(self.path_param(self._logits))
        inside = tf.logical_and(tf.reduce_all(given >= 0., axis=-1),
                                sums_to_one(given))
        return _inside_or_impossible(inside, _weighted_sum(log_probs, given))


class Multinomial(_LogitsFamily):
    r"""The multinomial distribution: how often each category is drawn.

    .. math::

        P(x) = \frac{n!}{\prod_k x_k!} \prod_{k=1}^K \pi_k^{x_k}, \qquad
        x \in \mathbb{N}_0^K, \quad \sum_k x_k = n

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`; the value shape is ``[K]``.

    :param logits: A float Tensor of shape ``[..., K]``, the log probabilities
        :math:`\log\pi`, up to a constant if `normalize_logits`.
    :param n_experiments: A positive int or a 0-D int32 Tensor, :math:`n`. Or one total
        for each datum, which may be 0: an int32 Tensor that broadcasts to the batch.
        None takes :math:`n` from the value given to `log_prob`; there is no sampling
        then.
    :param normalize_logits: A bool. False if `logits` are log probabilities
        already, so that they need not be normalized.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.

    Log probabilities are computed in float64: the logs of the factorials nearly
    cancel. Sampling counts :math:`n` categories for each sample, in memory for
    :math:`n + K` whole numbers.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Multinomial([0., 0.], n_experiments=2)
    >>> print("%.2f" % dist.prob([1, 1]))
    0.50
    """

    def __init__(self, logits, n_experiments, normalize_logits=True,
                 dtype=tf.int32, group_ndims=0, **kwargs):
        self._n_experiments = (None if n_experiments is None else
                               check_totals("n_experiments", n_experiments))
        self._normalize_logits = normalize_logits
        super().__init__(logits, dtype, INTEGER_DTYPES + FLOAT_DTYPES,
                         group_ndims, **kwargs)
        self._add_to_batch("n_experiments", self._n_experiments)

    @property
    def n_experiments(self):
        """The sum of the counts: an int, an int32 Tensor, or None."""
        return self._n_experiments

    @property
    def mean(self):
        """The expected counts, of shape ``[..., K]``."""
        n_experiments = _known(self._n_experiments, "the mean")
        totals = tf.cast(n_experiments, self.param_dtype)[..., tf.newaxis]
        return totals * tf.nn.softmax(self._logits)

    @property
    def variance(self):
        """The variances of the counts, of shape ``[..., K]``."""
        return self.mean * (1. - tf.nn.softmax(self._logits))

    def _sample(self, n_samples):
        n_experiments = _known(self._n_experiments, "samples")
        logits, most, is_counted = self._logits, n_experiments, True
        if "n_experiments" in self._parameters:
            logits = tf.broadcast_to(logits, tf.concat(
                [self.batch_shape, [self.n_categories]], axis=0))
            totals = tf.reshape(tf.broadcast_to(n_experiments, self.batch_shape), [-1])
            most = tf.reduce_max(tf.concat([totals, [1]], axis=0))
            is_counted = tf.range(most)[:, tf.newaxis] < totals
        categories = random_numbers.categorical(
            logits, tf.cast(n_samples, tf.int32) * most)
        counts = _count(categories, n_samples, most, self.n_categories, is_counted)
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
                    _weighted_sum(log_probs, counts))
        # By way of float32: XLA of TensorFlow 1.15 crashes at float64 to float16.
        log_prob = tf.cast(_inside_or_impossible(inside, log_prob), logits.dtype)
        return tf.cast(log_prob, self.param_dtype)


class UnnormalizedMultinomial(_LogitsFamily):
    r"""The multinomial distribution without its coefficient: a bag of categories.

    .. math::

        \tilde P(x) = \prod_{k=1}^K \pi_k^{x_k}, \qquad x_k \ge 0

    It is the probability of a sequence of categories that occur :math:`x_k`
    times each, as in topic models. It cannot be sampled, since neither the
    length of the sequence nor its order is part of it. With a float `dtype`,
    :math:`x_k` need not be whole numbers.

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`; the value shape is ``[K]``.

    :param logits: A float Tensor of shape ``[..., K]``, the log probabilities
        :math:`\log\pi`, up to a constant if `normalize_logits`.
    :param normalize_logits: A bool. False if `logits` are log probabilities
        already, so that they need not be normalized.
    :param dtype: The dtype of values, an integer or float type of 16, 32 or 64
        bits.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.UnnormalizedMultinomial([0., 0.])
    >>> print("%.3f" % dist.prob([1, 2]))
    0.125
    """

    def __init__(self, logits, normalize_logits=True, dtype=tf.int32,
                 group_ndims=0, **kwargs):
        self._normalize_logits = normalize_logits
        super().__init__(logits, dtype, INTEGER_DTYPES + FLOAT_DTYPES,
                         group_ndims, **kwargs)

    def _sample(self, n_samples):
        raise NotImplementedError(
            "UnnormalizedMultinomial cannot be sampled: it does not say how many "
            "categories there are in a bag. Observe the node, or use Multinomial "
            "with n_experiments.")

    def _log_prob(self, given):
        counts = tf.cast(given, self.param_dtype)
        log_probs = _log_probs(
            self.path_param(self._logits), self._normalize_logits)
        inside = tf.reduce_all(counts >= 0., axis=-1)
        return _inside_or_impossible(inside, _weighted_sum(log_probs, counts))


def _known(n_experiments, wanted):
    if n_experiments is None:
        raise ValueError(
            "Multinomial: n_experiments must be given for %s, but it is None. "
            "Write Multinomial(logits, n_experiments=...), or observe the node."
            % wanted)
    return n_experiments


def _log_probs(logits, normalize):
    return tf.nn.log_softmax(logits) if normalize else logits


def _weighted_sum(log_probs, weights):
    """``sum_k weights_k log_probs_k``, where 0 times -inf is 0."""
    return tf.reduce_sum(tf.math.multiply_no_nan(log_probs, weights), axis=-1)


def _inside_or_impossible(inside, log_prob):
    return tf.where(inside, log_prob, log_prob.dtype.as_numpy_dtype(-np.inf))


def _count(categories, n_samples, n_experiments, n_categories, is_counted):
    """How often each category occurs in each of the experiments.

    Counted without one-hot vectors: the memory is that of the categories and of
    the counts.

    :param categories: An int32 Tensor ``[n_samples * n_experiments] + B``.
    :param is_counted: A bool Tensor, broadcastable to ``[n_experiments, prod(B)]``.
    :return: An int32 Tensor of ``n_samples * prod(B) * n_categories`` counts.
    """
    categories = tf.cast(tf.reshape(
        categories, tf.stack([n_samples, n_experiments, -1])), tf.int64)
    shape = tf.shape(categories, out_type=tf.int64)
    row = tf.reshape(tf.range(shape[0] * shape[2]),
                     tf.stack([shape[0], 1, shape[2]]))
    n_categories = tf.cast(n_categories, tf.int64)
    return tf.math.unsorted_segment_sum(
        tf.cast(tf.broadcast_to(is_counted, shape), tf.int32),
        row * n_categories + categories,
        shape[0] * shape[2] * n_categories)
