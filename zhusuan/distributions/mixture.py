"""Mixtures of distributions."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.vectors import broadcast_to_event, last_dimension
from zhusuan.distributions._checks import check_min_rank
from zhusuan.distributions._components import (
    check_component,
    check_components,
    sample_to_shape,
)
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import log_weighted_sum
from zhusuan.distributions.base import Distribution

__all__ = ["Mixture", "MixtureSameFamily"]


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

    def __init__(self, logits, components, group_ndims=0, **kwargs):
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
    def logits(self):
        """The log weights up to a constant, of shape ``[..., K]``."""
        return self._logits

    @property
    def components(self):
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
            return _tf.ensured([tf.debugging.assert_equal(
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
        which = _over_values(random_numbers.categorical(logits, n_samples),
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
    def mean(self):
        """The weighted mean of the means."""
        return self._weighted(self._of_components("mean"))

    @property
    def variance(self):
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
        weights = _over_values(tf.nn.softmax(self._logits), self._value_ndims)
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


class MixtureSameFamily(Distribution):
    r"""A mixture of K distributions of one family.

    .. math::

        p(x) = \sum_{k=1}^K \pi_k\, p_k(x), \qquad \pi = \mathrm{softmax}(l)

    Samples are not reparameterized. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`.

    :param logits: A float Tensor of shape ``[..., K]``, :math:`l`, the log weights
        up to a constant; -inf for a component that never occurs.
    :param components: A Distribution with `group_ndims` 0, the last axis of whose
        batch shape numbers the K components. In front of it there are the last
        axes of ``B``, or all.

    >>> import zhusuan as zs
    >>> components = zs.distributions.Normal([-1., 1.], std=[0.1, 2.])
    >>> dist = zs.distributions.MixtureSameFamily([0., 0.], components)
    >>> print("%.2f" % dist.variance)
    3.01
    """

    def __init__(self, logits, components, group_ndims=0, **kwargs):
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
    def logits(self):
        """The log weights up to a constant, of shape ``[..., K]``."""
        return self._logits

    @property
    def components(self):
        """The distributions that are mixed."""
        return self._components

    # -- Shapes --

    def _get_batch_shape(self):
        shape = tf.broadcast_static_shape(
            self._logits.shape, self._components.get_batch_shape())
        return shape if shape.rank is None else shape[:-1]

    def _batch_shape(self):
        return tf.broadcast_dynamic_shape(
            tf.shape(self._logits), self._components.batch_shape)[:-1]

    def _get_value_shape(self):
        return self._components.get_value_shape()

    def _value_shape(self):
        return self._components.value_shape

    # -- Samples and densities --

    def _sample(self, n_samples):
        n_categories = last_dimension(self._logits)
        logits = tf.broadcast_to(self._logits, tf.concat(
            [self.batch_shape, [n_categories]], axis=0))
        which = tf.one_hot(random_numbers.categorical(logits, n_samples), n_categories,
                           on_value=True, off_value=False)
        which = _over_values(which, self._value_ndims)
        samples = self._sample_components(n_samples, n_categories)
        return tf.reduce_sum(tf.where(
            which, samples, tf.zeros_like(samples)), axis=self._component_axis)

    def _sample_components(self, n_samples, n_categories):
        """Samples of each component, of shape ``[n_samples] + B + [K] + V``."""
        batch, own = self.batch_shape, self._components.batch_shape
        in_front = batch[:tf.size(batch) - tf.size(own) + 1]
        samples = self._components.sample(
            n_samples * tf.reduce_prod(in_front))
        return tf.reshape(samples, tf.concat(
            [[n_samples], batch, [n_categories], self.value_shape], axis=0))

    def _log_prob(self, given):
        if self._value_ndims:
            given = broadcast_to_event(given, self)
        log_prob = self._components._log_prob(self._components._check_input_shape(
            tf.expand_dims(given, self._component_axis)))
        return log_weighted_sum(tf.nn.log_softmax(self._logits), log_prob)

    @property
    def _component_axis(self):
        return -1 - self._value_ndims

    # -- Moments and the cdf: those of the components, weighted --

    @property
    def mean(self):
        """The weighted mean of the means."""
        return self._weighted(self._of_components("mean"))

    @property
    def variance(self):
        """The mean of the variances, plus the variance of the means."""
        means = self._of_components("mean")
        centre = tf.expand_dims(self._weighted(means), self._component_axis)
        return self._weighted(
            self._of_components("variance") + tf.square(means - centre))

    def _of_components(self, name):
        return tf.broadcast_to(getattr(self._components, name), tf.concat(
            [self._components.batch_shape, self.value_shape], axis=0))

    def _weighted(self, values):
        weights = _over_values(tf.nn.softmax(self._logits), self._value_ndims)
        return tf.reduce_sum(
            tf.math.multiply_no_nan(values, weights), axis=self._component_axis)

    def _cdf(self, given):
        if self._value_ndims:
            return super()._cdf(given)
        return self._weighted(self._components.cdf(given[..., tf.newaxis]))


def _check_components(logits, components):
    """`logits`, as many as there are components, whose batch they can extend."""
    own, batch = logits.shape, components.get_batch_shape()
    words = ("MixtureSameFamily: `logits` has shape %s and `components` the batch "
             "shape %s. Both must end with the same K, and in front of it they "
             "should be broadcastable to match without stretching `components`." % (
                 own, batch))
    if own.is_fully_defined() and batch.is_fully_defined():
        try:
            whole = tf.broadcast_static_shape(own, batch)
        except ValueError:
            raise ValueError(words) from None
        if batch.rank == 0 or own[-1] != batch[-1] or (
                whole[whole.rank - batch.rank:] != batch):
            raise ValueError(words)
        return logits
    own, batch = tf.shape(logits), components.batch_shape
    whole = tf.broadcast_dynamic_shape(own, batch)
    return _tf.ensured([
        tf.debugging.assert_equal(own[-1:], batch[-1:], message=words),
        tf.debugging.assert_equal(whole[tf.size(whole) - tf.size(batch):], batch,
                                  message=words)], logits)


def _stacked(tensors, axis=-1):
    """Tensors, broadcast to one shape, along a new axis."""
    shape = tf.shape(tensors[0])
    for tensor in tensors[1:]:
        shape = tf.broadcast_dynamic_shape(shape, tf.shape(tensor))
    return tf.stack([tf.broadcast_to(tensor, shape) for tensor in tensors], axis=axis)


def _over_values(x, value_ndims):
    return x[(Ellipsis,) + (tf.newaxis,) * value_ndims]
