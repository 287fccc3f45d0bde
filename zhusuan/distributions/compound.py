"""Distributions that are made of other distributions."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics.elementary import log_weighted_sum
from zhusuan.distributions._path_derivative import through_value_alone
from zhusuan.distributions._tfp_distribution import adapted
from zhusuan.distributions._vector_base import last_dimension, spread
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.bijectors import Bijector
from zhusuan.distributions.utils import check_min_rank, convert_parameters

__all__ = ["MixtureSameFamily", "TransformedDistribution"]


class TransformedDistribution(Distribution):
    r"""The distribution of the image of a random variable under a bijection.

    .. math::

        p(y) = p_{\mathrm{base}}(x)
               \left|\det \frac{\partial f(x)}{\partial x}\right|^{-1},
        \qquad x = f^{-1}(y)

    A bijection of vectors, such as a flow, takes vectors from the base or else the
    last axis of its batch shape, which then is part of the value shape. Samples can
    be reparameterized if those of the base can. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`.

    A bijection without inverse in closed form, or with a slow one, such as IAF, is
    remembered with the last samples: their density needs no inverse. Its gradient
    then flows through the variables of the base, not through the samples.

    :param base: A continuous Distribution, with `group_ndims` 0.
    :param bijector: A :class:`~zhusuan.distributions.bijectors.Bijector`. Its
        parameters, if any, broadcast to values of the base.

    >>> import zhusuan as zs
    >>> base = zs.distributions.Normal(0., std=1.)
    >>> exp = zs.distributions.bijectors.Exp()
    >>> dist = zs.distributions.TransformedDistribution(base, exp)
    >>> print("%.4f" % dist.prob(1.))
    0.3989
    """

    def __init__(self, base, bijector, group_ndims=0, use_path_derivative=False,
                 **kwargs):
        self._base = base = _own_part(self, "base", base)
        self._bijector = _check_bijector(bijector)
        if not base.is_continuous:
            raise ValueError("TransformedDistribution: `base` must be continuous, "
                             "but it is %r." % base)
        base_ndims = base.get_value_shape().rank
        # Axes of batches that become axes of values, and the other way round.
        self._n_gained = max(0, bijector.event_ndims - base_ndims)
        self._n_summed = max(0, base_ndims - bijector.event_ndims)
        self._value_ndims = base_ndims + self._n_gained
        if self._n_gained and base.get_batch_shape().rank == 0:
            raise ValueError(
                "TransformedDistribution: %s maps vectors, but `base` gives single "
                "numbers, %r. Give it a batch shape, whose last axis then is that "
                "of the vectors." % (type(bijector).__name__, base))
        self._drawn = None, None, None
        super().__init__(
            dtype=base.dtype, param_dtype=base.param_dtype, is_continuous=True,
            is_reparameterized=base.is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            **kwargs)

    @property
    def base(self):
        """The distribution of what is transformed."""
        return self._base

    @property
    def bijector(self):
        """The bijection."""
        return self._bijector

    # -- Shapes --

    def _get_batch_shape(self):
        shape = self._base.get_batch_shape()
        return shape if shape.rank is None else shape[:shape.rank - self._n_gained]

    def _batch_shape(self):
        shape = self._base.batch_shape
        return shape[:tf.size(shape) - self._n_gained]

    def _get_value_shape(self):
        shape = self._base.get_batch_shape().concatenate(
            self._base.get_value_shape())
        if shape.rank is None:
            return tf.TensorShape([None] * self._value_ndims)
        shape = shape.as_list()[shape.rank - self._value_ndims:]
        return tf.TensorShape(self._forward_lengths(shape))

    def _value_shape(self):
        shape = self._shape_of_base(self._value_ndims)
        return tf.stack(self._forward_lengths(tf.unstack(shape, self._value_ndims)))

    def _shape_of_base(self, ndims):
        """The last `ndims` numbers of the shape of values of the base."""
        shape = tf.concat([self._base.batch_shape, self._base.value_shape], axis=0)
        return shape[tf.size(shape) - ndims:]

    def _forward_lengths(self, shape):
        if self._bijector.event_ndims == 0:
            return shape
        return shape[:-1] + [self._bijector.forward_length(shape[-1])]

    def _check_shapes(self, x, y):
        """ValueError where the parameters of the bijector made more axes."""
        x_shape, y_shape = x.shape, y.shape
        if x_shape.rank is None or y_shape.rank is None:
            return
        last = x_shape.rank - self._bijector.event_ndims
        if x_shape.rank != y_shape.rank or not x_shape[:last].is_compatible_with(
                y_shape[:last]):
            raise ValueError(
                "The bijector %s maps values of shape %s to those of shape %s. Give "
                "the base a batch shape to which the parameters of the bijector "
                "broadcast." % (type(self._bijector).__name__, x_shape, y_shape))

    # -- Samples and densities --

    @tf.autograph.experimental.do_not_convert
    def sample(self, n_samples=None):
        x = self._base.sample(n_samples)
        y, log_det = self._bijector.forward_and_log_det(x)
        y = self._bijector.clip(y)
        self._check_shapes(x, y)
        if not self._is_reparameterized:
            return tf.stop_gradient(y)
        if not self._bijector.has_cheap_inverse:
            self._drawn = y, x, log_det
        return y

    def _sample(self, n_samples):
        return self.sample(n_samples)

    def _log_prob(self, given):
        drawn, x, log_det = self._drawn
        if given is drawn and not self._use_path_derivative:
            return self._density(x, log_det)
        given = spread(given, self)
        if self._use_path_derivative:
            return through_value_alone(self._log_prob_at, given, self._value_ndims)
        return self._log_prob_at(given)

    def _log_prob_at(self, y):
        inside = self._bijector.contains(y)
        if inside is None:
            return self._log_prob_inside(y)
        axes = [tf.newaxis] * self._bijector.event_ndims
        anywhere = self._bijector.forward(tf.zeros(
            self._shape_of_base(self._bijector.event_ndims), y.dtype))
        log_prob = self._log_prob_inside(
            tf.where(inside[(Ellipsis, *axes)], y, anywhere))
        inside = _over_last(tf.reduce_all, inside, self._n_summed)
        return tf.where(inside, log_prob, log_prob.dtype.as_numpy_dtype(-np.inf))

    def _log_prob_inside(self, y):
        x, log_det = self._bijector.inverse_and_log_det(y)
        self._check_shapes(x, y)
        return self._density(x, log_det)

    def _density(self, x, log_det):
        return (_over_last(tf.reduce_sum, self._base.log_prob(x), self._n_gained) -
                _over_last(tf.reduce_sum, log_det, self._n_summed))

    # -- Functions of probability, for numbers --

    def _cdf(self, given):
        is_increasing = self._bijector.is_increasing
        if is_increasing is None or self._value_ndims:
            return super()._cdf(given)
        inside = self._bijector.clip(given)
        x = self._bijector.inverse(inside)
        for beyond, end in (given < inside, -np.inf), (given > inside, np.inf):
            x = tf.where(beyond, x.dtype.as_numpy_dtype(end), x)
        below = self._base.cdf(x)
        return tf.where(is_increasing, below, 1. - below)

    def _quantile(self, probability):
        is_increasing = self._bijector.is_increasing
        if is_increasing is None or self._value_ndims:
            return super()._quantile(probability)
        return self._bijector.forward(self._base.quantile(
            tf.where(is_increasing, probability, 1. - probability)))


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
        self._components = components = _own_part(
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
        which = self._over_values(which)
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
            given = spread(given, self)
        log_prob = self._components._log_prob(self._components._check_input_shape(
            tf.expand_dims(given, self._component_axis)))
        return log_weighted_sum(tf.nn.log_softmax(self._logits), log_prob)

    @property
    def _component_axis(self):
        return -1 - self._value_ndims

    def _over_values(self, x):
        return x[(Ellipsis,) + (tf.newaxis,) * self._value_ndims]

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
        weights = self._over_values(tf.nn.softmax(self._logits))
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
    return _tf.identity_after([
        tf.debugging.assert_equal(own[-1:], batch[-1:], message=words),
        tf.debugging.assert_equal(whole[tf.size(whole) - tf.size(batch):], batch,
                                  message=words)], logits)


# -- Shared helpers ----------------------------------------------------------------

def _own_part(whole, name, part):
    """`part`, a distribution that has nothing that belongs to the whole."""
    part = adapted(part)
    if not isinstance(part, Distribution):
        raise TypeError("%s: `%s` must be a zhusuan.distributions.Distribution, but "
                        "it is %r." % (type(whole).__name__, name, part))
    if not (isinstance(part.group_ndims, int) and part.group_ndims == 0):
        raise ValueError("%s: `%s` must have group_ndims=0, but it has %s. Give "
                         "group_ndims to the whole instead." % (
                             type(whole).__name__, name, part.group_ndims))
    return part


def _check_bijector(bijector):
    if not isinstance(bijector, Bijector):
        raise TypeError(
            "TransformedDistribution: `bijector` must be a zhusuan.distributions."
            "bijectors.Bijector or a flow, but it is %r." % (bijector,))
    return bijector


def _over_last(reduce, x, n_axes):
    return reduce(x, axis=list(range(-n_axes, 0))) if n_axes else x
