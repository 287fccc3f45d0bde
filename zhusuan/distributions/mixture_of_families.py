"""Mixtures of distributions of different families."""
from __future__ import annotations

from typing import Any, List, Sequence

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import broadcast_to_event
from zhusuan.distributions._checks import check_min_rank
from zhusuan.distributions._components import (
    check_components,
    over_values,
    sample_to_shape,
)
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import log_weighted_sum
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["Mixture"]


class Mixture(Distribution):
    r"""A mixture of K distributions, which may be of different families.

    .. math::

        p(x) = \sum_{k=1}^K \pi_k\, p_k(x), \qquad \pi = \mathrm{softmax}(l)

    Samples are not reparameterized. For many components of one family,
    :class:`MixtureSameFamily` is faster. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`.

    :param logits: A float Tensor of shape ``[..., K]``, :math:`l`, the log weights
        up to a constant; -inf for a component that never occurs.
    :param components: A list of K Distributions with `group_ndims` 0, of values of one
        shape and dtype: all continuous or all discrete. Their batch shapes and that of
        the weights broadcast.

    >>> import zhusuan as zs
    >>> zero = zs.distributions.Normal(0., std=1.)
    >>> dist = zs.distributions.Mixture(
    ...     [0., 0.], [zero, zs.distributions.StudentT(3.)])
    >>> print("%.1f" % dist.variance)
    2.0
    """

    def __init__(self, logits: TensorLike, components: Sequence[Distribution],
                 group_ndims: TensorLike = 0, **kwargs: Any) -> None:
        self._components = components = check_components(self, components)
        first = components[0]
        _, logits = convert_parameters(
            components=tf.zeros([], first.param_dtype), logits=logits)
        self._logits = self._check_logits(check_min_rank("logits", logits, 1))
        self._value_ndims = first.get_value_shape().rank
        super().__init__(
            dtype=first.dtype, param_dtype=first.param_dtype,
            is_continuous=first.is_continuous, is_reparameterized=False,
            group_ndims=group_ndims, **kwargs)

    @property
    def logits(self) -> tf.Tensor:
        """The log weights up to a constant, of shape ``[..., K]``."""
        return self._logits

    @property
    def components(self) -> List[Distribution]:
        """The distributions that are mixed, a list."""
        return list(self._components)

    # -- Shapes --

    def _check_logits(self, logits):
        shapes = ", ".join(str(c.get_batch_shape()) for c in self._components)
        message = ("Mixture: `logits` must end with the number of components, %d, and "
                   "the axes in front should be broadcastable to match the batch "
                   "shapes of the components, %s" % (len(self._components), shapes))
        shape = logits.shape
        if shape.rank is None:
            return _tf.identity_after([tf.debugging.assert_equal(
                tf.shape(logits)[-1], len(self._components), message=message + ".")],
                logits)
        try:
            self._logits = logits
            self._get_batch_shape()
            shape[-1:].assert_is_compatible_with([len(self._components)])
        except ValueError:
            raise ValueError("%s; but its shape is %s." % (message, shape)) from None
        return logits

    def _get_batch_shape(self):
        shape = self._logits.shape
        shape = shape if shape.rank is None else shape[:-1]
        for component in self._components:
            shape = tf.broadcast_static_shape(shape, component.get_batch_shape())
        return shape

    def _batch_shape(self):
        shape = tf.shape(self._logits)[:-1]
        for component in self._components:
            shape = tf.broadcast_dynamic_shape(shape, component.batch_shape)
        return shape

    def _get_value_shape(self):
        return self._components[0].get_value_shape()

    def _value_shape(self):
        return self._components[0].value_shape

    # -- Samples and densities --

    def _sample(self, n_samples):
        logits = tf.broadcast_to(self._logits, tf.concat(
            [self.batch_shape, [len(self._components)]], axis=0))
        which = over_values(random_numbers.categorical(logits, n_samples),
                             self._value_ndims)
        shape = tf.concat([[n_samples], self.batch_shape], axis=0)
        samples = tf.zeros(tf.concat([shape, self.value_shape], axis=0), self.dtype)
        for number, component in enumerate(self._components):
            samples = tf.where(tf.equal(which, number),
                               sample_to_shape(component, shape), samples)
        return samples

    def _log_prob(self, given):
        if self._value_ndims:
            given = broadcast_to_event(given, self)
        # Not `log_prob`, which would warn again of what this one warned of.
        log_probs = _stacked([c._log_prob(c._check_input_shape(given))
                              for c in self._components])
        return log_weighted_sum(tf.nn.log_softmax(self._logits), log_probs)

    # -- Moments and the cdf: those of the components, weighted --

    @property
    def mean(self) -> tf.Tensor:
        """The weighted mean of the means."""
        return self._weighted(self._of_components("mean"))

    @property
    def variance(self) -> tf.Tensor:
        """The mean of the variances, plus the variance of the means."""
        means = self._of_components("mean")
        centre = self._weighted(means)
        return self._weighted([
            variance + tf.square(mean - centre) for variance, mean in zip(
                self._of_components("variance"), means)])

    def _of_components(self, name):
        shape = tf.concat([self.batch_shape, self.value_shape], axis=0)
        return [tf.broadcast_to(getattr(c, name), shape) for c in self._components]

    def _weighted(self, values):
        """The sum of values ``B + V``, one for each component, by their weights."""
        weights = over_values(tf.nn.softmax(self._logits), self._value_ndims)
        axis = -1 - self._value_ndims
        return tf.reduce_sum(tf.math.multiply_no_nan(
            _stacked(values, axis), weights), axis=axis)

    def _cdf(self, given):
        if self._value_ndims:
            return super()._cdf(given)
        return self._weighted([c.cdf(given) for c in self._components])

    def _log_cdf(self, given):
        if self._value_ndims:
            return super()._log_cdf(given)
        return log_weighted_sum(tf.nn.log_softmax(self._logits), _stacked(
            [c.log_cdf(given) for c in self._components]))

    def _log_survival(self, given):
        if self._value_ndims:
            return super()._log_survival(given)
        return log_weighted_sum(tf.nn.log_softmax(self._logits), _stacked(
            [c.log_survival(given) for c in self._components]))


def _stacked(tensors, axis=-1):
    """Tensors, broadcast to one shape, along a new axis."""
    shape = tf.shape(tensors[0])
    for tensor in tensors[1:]:
        shape = tf.broadcast_dynamic_shape(shape, tf.shape(tensor))
    return tf.stack([tf.broadcast_to(tensor, shape) for tensor in tensors], axis=axis)
