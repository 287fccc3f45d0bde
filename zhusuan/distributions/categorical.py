"""The categorical distribution, over numbers and over one-hot vectors."""
from __future__ import annotations

from typing import Any, Callable, Tuple, Union

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import LogitsDistribution, last_dimension
from zhusuan.distributions._checks import (
    NUMBER_DTYPES,
    check_dtype_in,
    check_min_rank,
    largest_exact_int,
)
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import (
    categorical_entropy,
    sum_of_weighted_logs,
    where_inside,
)
from zhusuan.distributions._numerics.simplex import is_on_simplex
from zhusuan.distributions.base import Distribution
from zhusuan.utils import DTypeLike, TensorLike

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
        bits. Raises ValueError if it cannot represent K - 1.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Categorical([0., 0., 0., 0.])
    >>> print("%.2f" % dist.prob(3))
    0.25
    """

    def __init__(self, logits: TensorLike, dtype: DTypeLike = tf.int32,
                 group_ndims: TensorLike = 0, **kwargs: Any) -> None:
        logits, = convert_parameters(logits=logits)
        self._logits = check_min_rank("logits", logits, 1)
        super().__init__(
            dtype=check_dtype_in(dtype, NUMBER_DTYPES),
            param_dtype=logits.dtype, is_continuous=False,
            is_reparameterized=False, group_ndims=group_ndims,
            parameters={"logits": (self._logits, 1)}, **kwargs)
        _check_room(self.dtype, self.n_categories)

    @property
    def logits(self) -> tf.Tensor:
        """The log probabilities up to a constant, of shape ``[..., K]``."""
        return self._logits

    @property
    def n_categories(self) -> Union[int, tf.Tensor]:
        """The number of categories ``K``: an int, or a 0-D Tensor if unknown."""
        return last_dimension(self._logits)

    @property
    def mode(self) -> tf.Tensor:
        """The most probable category, of shape ``B``."""
        return tf.cast(tf.argmax(self._logits, axis=-1), self.dtype)

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        return tf.cast(random_numbers.categorical(self._logits, n_samples), self.dtype)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        logits = self.path_param(self._logits)
        index = tf.cast(given, tf.int32)
        inside = tf.logical_and(
            tf.equal(tf.cast(index, given.dtype), given),
            tf.logical_and(index >= 0, index < self.n_categories))
        log_prob = self._log_prob_at(
            logits, tf.where(inside, index, tf.zeros_like(index)))
        return where_inside(inside, log_prob)

    def _log_prob_at(self, logits: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        return _log_softmax_at(logits, index)

    def _entropy(self) -> tf.Tensor:
        return categorical_entropy(self._logits)


class OnehotCategorical(LogitsDistribution):
    r"""The categorical distribution over one-hot vectors.

    .. math::

        P(x) = \prod_{k=1}^K \pi_k^{x_k}, \qquad
        \pi = \mathrm{softmax}(l), \qquad
        x \in \{0, 1\}^K, \quad \sum_k x_k = 1

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`; the value shape is ``[K]``.

    With a float `dtype`, points of the simplex between the one-hot vectors
    have the log probability :math:`\sum_k x_k \log \pi_k`.

    :param logits: A float Tensor of shape ``[..., K]``, the log probabilities up
        to a constant; -inf for a category that never occurs.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or 64
        bits.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.OnehotCategorical([0., 0., 0., 0.])
    >>> print("%.2f" % dist.prob([0, 1, 0, 0]))
    0.25
    """

    def __init__(self, logits: TensorLike, dtype: DTypeLike = tf.int32,
                 group_ndims: TensorLike = 0, **kwargs: Any) -> None:
        super().__init__(logits, dtype, group_ndims, **kwargs)

    @property
    def mean(self) -> tf.Tensor:
        """The probabilities of the categories, of shape ``[..., K]``."""
        return tf.nn.softmax(self._logits)

    @property
    def variance(self) -> tf.Tensor:
        """The variances of the components, of shape ``[..., K]``."""
        return self.mean * (1. - self.mean)

    @property
    def mode(self) -> tf.Tensor:
        """The one-hot vector of the first of the most probable categories."""
        return tf.one_hot(tf.argmax(self._logits, axis=-1), self.n_categories,
                          dtype=self.dtype)

    def _entropy(self) -> tf.Tensor:
        return categorical_entropy(self._logits)

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        return tf.one_hot(random_numbers.categorical(self._logits, n_samples),
                          self.n_categories, dtype=self.dtype)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        given = tf.cast(given, self.param_dtype)
        log_probs = tf.nn.log_softmax(self.path_param(self._logits))
        return where_inside(
            is_on_simplex(given), sum_of_weighted_logs(log_probs, given))


def _check_room(dtype: tf.DType, n_categories: Union[int, tf.Tensor]) -> None:
    """Raise ValueError if `dtype` cannot represent the last category."""
    if isinstance(n_categories, int) and n_categories - 1 > largest_exact_int(dtype):
        raise ValueError(
            "Categorical: dtype=%s cannot represent %d categories, because it does not "
            "have all integers above %d. Use dtype=tf.int32." % (
                dtype.name, n_categories, largest_exact_int(dtype)))


def _log_softmax_at(logits: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    """``log_softmax(logits)[..., index]``, of the common broadcast shape."""
    if index.shape.is_fully_defined() and index.shape == logits.shape[:-1]:
        return _fused_log_softmax_at(logits, index)
    # With several values per row, each row is normalized once.
    logits -= tf.stop_gradient(tf.reduce_max(logits, axis=-1, keepdims=True))
    log_total = tf.math.log(tf.reduce_sum(tf.exp(logits), axis=-1))
    return _pick(logits, index) - log_total


def _fused_log_softmax_at(logits: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    def fused(logits: tf.Tensor) -> tf.Tensor:
        return -tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=index, logits=logits)

    if _tf.has_second_derivative("sparse_softmax_cross_entropy_with_logits"):
        return fused(logits)

    @tf.custom_gradient  # TensorFlow 1.15 defines only the first derivative
    def with_second_derivative(
            logits: tf.Tensor) -> Tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            ones = tf.one_hot(index, tf.shape(logits)[-1], dtype=logits.dtype)
            return upstream[..., tf.newaxis] * (ones - tf.nn.softmax(logits))

        return fused(logits), gradient

    return with_second_derivative(logits)


def _pick(rows: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    """``rows[..., index]``; `index` broadcasts with all axes but the last."""
    shape = tf.shape(rows, out_type=tf.int64)
    starts = tf.range(tf.reduce_prod(shape[:-1])) * shape[-1]
    positions = tf.reshape(starts, shape[:-1]) + tf.cast(index, tf.int64)
    return tf.gather(tf.reshape(rows, [-1]), positions)


Discrete = Categorical
OnehotDiscrete = OnehotCategorical
