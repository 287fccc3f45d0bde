"""Mixtures of distributions."""
from __future__ import annotations

from typing import Any

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import broadcast_to_event, last_dimension
from zhusuan.distributions._checks import check_min_rank
from zhusuan.distributions._components import (
    check_component,
    over_values,
    sample_to_shape,
    sum_where,
)
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import log_weighted_sum
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    r"""A mixture of K distributions of one family.

    .. math::

        p(x) = \sum_{k=1}^K \pi_k\, p_k(x), \qquad \pi = \mathrm{softmax}(l)

    Samples are not reparameterized. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`.

    :param logits: A float Tensor of shape ``[..., K]``, :math:`l`, the log weights
        up to a constant; -inf for a component that never occurs.
    :param components: A Distribution with `group_ndims` 0. The last axis of its batch
        shape indexes the K components, and the axes before it are the last axes of
        ``B``.

    >>> import zhusuan as zs
    >>> components = zs.distributions.Normal([-1., 1.], std=[0.1, 2.])
    >>> dist = zs.distributions.MixtureSameFamily([0., 0.], components)
    >>> print("%.2f" % dist.variance)
    3.01
    """

    def __init__(self, logits: TensorLike, components: Distribution,
                 group_ndims: TensorLike = 0, **kwargs: Any) -> None:
        self._components = components = check_component(
            self, "components", components)
        like = tf.zeros([], components.param_dtype)
        _, logits = convert_parameters(components=like, logits=logits)
        self._logits = _check_components(
            check_min_rank("logits", logits, 1), components)
        self._value_ndims = components.get_value_shape().rank
        super().__init__(
            dtype=components.dtype, param_dtype=components.param_dtype,
            is_continuous=components.is_continuous, is_reparameterized=False,
            group_ndims=group_ndims, **kwargs)

    @property
    def logits(self) -> tf.Tensor:
        """The log weights up to a constant, of shape ``[..., K]``."""
        return self._logits

    @property
    def components(self) -> Distribution:
        """The batch of mixed distributions."""
        return self._components

    # -- Shapes --

    def _get_batch_shape(self) -> tf.TensorShape:
        shape = tf.broadcast_static_shape(
            self._logits.shape, self._components.get_batch_shape())
        return shape if shape.rank is None else shape[:-1]

    def _batch_shape(self) -> tf.Tensor:
        return tf.broadcast_dynamic_shape(
            tf.shape(self._logits), self._components.batch_shape)[:-1]

    def _get_value_shape(self) -> tf.TensorShape:
        return self._components.get_value_shape()

    def _value_shape(self) -> tf.Tensor:
        return self._components.value_shape

    # -- Samples and densities --

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        n_categories = last_dimension(self._logits)
        logits = tf.broadcast_to(self._logits, tf.concat(
            [self.batch_shape, [n_categories]], axis=0))
        which = tf.one_hot(random_numbers.categorical(logits, n_samples), n_categories,
                           on_value=True, off_value=False)
        which = over_values(which, self._value_ndims)
        samples = sample_to_shape(self._components, tf.concat(
            [[n_samples], self.batch_shape, [n_categories]], axis=0))
        return sum_where(which, samples, axis=self._component_axis)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        if self._value_ndims:
            given = broadcast_to_event(given, self)
        log_prob = self._components._log_prob(self._components._check_input_shape(
            tf.expand_dims(given, self._component_axis)))
        return log_weighted_sum(tf.nn.log_softmax(self._logits), log_prob)

    @property
    def _component_axis(self) -> int:
        return -1 - self._value_ndims

    # -- Moments and the cdf, from those of the components --

    @property
    def mean(self) -> tf.Tensor:
        """The weighted mean of the means."""
        return self._weighted(self._of_components("mean"))

    @property
    def variance(self) -> tf.Tensor:
        """The mean of the variances, plus the variance of the means."""
        means = self._of_components("mean")
        centre = tf.expand_dims(self._weighted(means), self._component_axis)
        return self._weighted(
            self._of_components("variance") + tf.square(means - centre))

    def _of_components(self, name: str) -> tf.Tensor:
        return tf.broadcast_to(getattr(self._components, name), tf.concat(
            [self._components.batch_shape, self.value_shape], axis=0))

    def _weighted(self, values: tf.Tensor) -> tf.Tensor:
        weights = over_values(tf.nn.softmax(self._logits), self._value_ndims)
        return tf.reduce_sum(
            tf.math.multiply_no_nan(values, weights), axis=self._component_axis)

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        if self._value_ndims:
            return super()._cdf(given)
        return self._weighted(self._components.cdf(given[..., tf.newaxis]))

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        if self._value_ndims:
            return super()._log_cdf(given)
        return log_weighted_sum(tf.nn.log_softmax(self._logits),
                                self._components.log_cdf(given[..., tf.newaxis]))

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        if self._value_ndims:
            return super()._log_survival(given)
        return log_weighted_sum(tf.nn.log_softmax(self._logits),
                                self._components.log_survival(given[..., tf.newaxis]))


def _check_components(logits: tf.Tensor, components: Distribution) -> tf.Tensor:
    """Check that `logits` fit the batch of components, which they may extend."""
    own, batch = logits.shape, components.get_batch_shape()
    message = ("MixtureSameFamily: `logits` has shape %s and `components` the batch "
             "shape %s. Both must end with the same K, and in front of it they "
             "should be broadcastable to match without stretching `components`." % (
                 own, batch))
    if own.is_fully_defined() and batch.is_fully_defined():
        try:
            whole = tf.broadcast_static_shape(own, batch)
        except ValueError:
            raise ValueError(message) from None
        if batch.rank == 0 or own[-1] != batch[-1] or (
                whole[whole.rank - batch.rank:] != batch):
            raise ValueError(message)
        return logits
    own, batch = tf.shape(logits), components.batch_shape
    whole = tf.broadcast_dynamic_shape(own, batch)
    return _tf.identity_after([
        tf.debugging.assert_equal(own[-1:], batch[-1:], message=message),
        tf.debugging.assert_equal(whole[tf.size(whole) - tf.size(batch):], batch,
                                  message=message)], logits)
