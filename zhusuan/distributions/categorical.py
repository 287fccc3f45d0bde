"""The categorical distribution, over numbers and over one-hot vectors."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.vectors import (
    LogitsDistribution,
    impossible_outside,
    sums_to_one,
    weighted_log_sum,
)
from zhusuan.distributions._checks import (
    FLOAT_DTYPES,
    INTEGER_DTYPES,
    check_dtype_in,
    check_min_rank,
    largest_exact_int,
)
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import categorical_entropy
from zhusuan.distributions.base import Distribution

__all__ = ["Categorical", "Discrete", "OnehotCategorical", "OnehotDiscrete"]


class Categorical(Distribution):
    r"""The categorical distribution over the numbers 0, ..., K - 1.

    .. math::

        P(x) = \pi_x, \qquad \pi = \mathrm{softmax}(l), \qquad
        x \in \{0, 1, \dots, K - 1\}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`. Also called `Discrete`.

    :param logits: A float Tensor of shape ``[..., K]``, :math:`l`, the log
        probabilities up to a constant; -inf for a category that never occurs.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or 64
        bits. ValueError if it has no room for the number K - 1.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Categorical([0., 0., 0., 0.])
    >>> print("%.2f" % dist.prob(3))
    0.25
    """

    def __init__(self, logits, dtype=tf.int32, group_ndims=0, **kwargs):
        logits, = convert_parameters(logits=logits)
        self._logits = check_min_rank("logits", logits, 1)
        super().__init__(
            dtype=check_dtype_in(dtype, INTEGER_DTYPES + FLOAT_DTYPES),
            param_dtype=logits.dtype, is_continuous=False,
            is_reparameterized=False, group_ndims=group_ndims,
            parameters={"logits": (self._logits, 1)}, **kwargs)
        _check_room(self.dtype, self.n_categories)

    @property
    def logits(self):
        """The log probabilities up to a constant, of shape ``[..., K]``."""
        return self._logits

    @property
    def n_categories(self):
        """The number of categories ``K``: an int, or a 0-D Tensor if unknown."""
        static = self._logits.shape.as_list()[-1] if self._logits.shape.rank else None
        return tf.shape(self._logits)[-1] if static is None else static

    @property
    def mode(self):
        """The most probable category, of shape ``B``."""
        return tf.cast(tf.argmax(self._logits, axis=-1), self.dtype)

    def _sample(self, n_samples):
        return tf.cast(random_numbers.categorical(self._logits, n_samples), self.dtype)

    def _log_prob(self, given):
        logits = self.path_param(self._logits)
        index = tf.cast(given, tf.int32)
        inside = tf.logical_and(
            tf.equal(tf.cast(index, given.dtype), given),
            tf.logical_and(index >= 0, index < self.n_categories))
        log_prob = self._log_prob_at(
            logits, tf.where(inside, index, tf.zeros_like(index)))
        return tf.where(inside, log_prob, log_prob.dtype.as_numpy_dtype(-np.inf))

    def _log_prob_at(self, logits, index):
        return _log_softmax_at(logits, index)

    def _entropy(self):
        return categorical_entropy(self._logits)


class OnehotCategorical(LogitsDistribution):
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
        return impossible_outside(inside, weighted_log_sum(log_probs, given))


def _check_room(dtype, n_categories):
    """ValueError if `dtype` does not have the number of the last category."""
    if isinstance(n_categories, int) and n_categories - 1 > largest_exact_int(dtype):
        raise ValueError(
            "Categorical: dtype=%s has no room for %d categories, as it does not have "
            "all whole numbers above %d. Use dtype=tf.int32." % (
                dtype.name, n_categories, largest_exact_int(dtype)))


def _log_softmax_at(logits, index):
    """``log_softmax(logits)[..., index]``, of the shape both broadcast to."""
    if index.shape.is_fully_defined() and index.shape == logits.shape[:-1]:
        return _fused_log_softmax_at(logits, index)
    # Several values per row: normalise each row once, pick from it several times.
    logits -= tf.stop_gradient(tf.reduce_max(logits, axis=-1, keepdims=True))
    log_total = tf.math.log(tf.reduce_sum(tf.exp(logits), axis=-1))
    return _pick(logits, index) - log_total


def _fused_log_softmax_at(logits, index):
    def fused(logits):
        return -tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=index, logits=logits)

    if not _tf.IS_TF1:
        return fused(logits)

    @tf.custom_gradient
    def of(logits):  # TensorFlow 1.15 has no second derivative of the fused one
        def gradient(upstream):
            ones = tf.one_hot(index, tf.shape(logits)[-1], dtype=logits.dtype)
            return upstream[..., tf.newaxis] * (ones - tf.nn.softmax(logits))

        return fused(logits), gradient

    return of(logits)


def _pick(rows, index):
    """``rows[..., index]``; `index` broadcasts with all axes but the last."""
    shape = tf.shape(rows, out_type=tf.int64)
    starts = tf.range(tf.reduce_prod(shape[:-1])) * shape[-1]
    positions = tf.reshape(starts, shape[:-1]) + tf.cast(index, tf.int64)
    return tf.gather(tf.reshape(rows, [-1]), positions)


Discrete = Categorical
OnehotDiscrete = OnehotCategorical
