"""Base class of sequences of numbers with normal innovations."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.vectors import broadcast_to_event
from zhusuan.distributions._components import check_component, sample_to_shape
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import HALF_LOG_2PI, standardized
from zhusuan.distributions.base import Distribution

__all__ = ["NormalInnovations", "check_initial", "convert_with_initial"]


class NormalInnovations(Distribution):
    """A sequence of numbers, each of which depends on those before it.

    A value has the shape ``[T]``. Its first p numbers follow `initial`; the others are
    a prediction plus normal noise. Subclasses write ``_predictions(x)``, those of the
    last ``T - p`` numbers of sequences, and ``_continued(first, noise)``, the sequences
    of their first numbers and their noise. `path_param` gives the parameters of the
    former.

    :param initial: A Distribution of numbers, or of vectors of the length p.
    :param n_initial: An int or a 0-D Tensor, p.
    :param n_steps: An int, T.
    :param parameters: As those of :class:`Distribution`; one of them is "std".
    """

    def __init__(self, initial, n_initial, n_steps, parameters, **kwargs):
        self._initial, self._n_initial = initial, n_initial
        self._n_steps = n_steps
        self._std, _ = parameters["std"]
        super().__init__(
            dtype=self._std.dtype, param_dtype=self._std.dtype, is_continuous=True,
            parameters=parameters, **kwargs)

    @property
    def std(self):
        """The standard deviation of the noise, a positive float Tensor."""
        return self._std

    @property
    def n_steps(self):
        """The length of a sequence, an int."""
        return self._n_steps

    @property
    def initial(self):
        """The distribution of the first number, or of the first numbers."""
        return self._initial

    # -- Shapes --

    def _get_value_shape(self):
        return tf.TensorShape([self._n_steps])

    def _value_shape(self):
        return tf.constant([self._n_steps], tf.int32)

    def _get_batch_shape(self):
        return tf.broadcast_static_shape(
            super()._get_batch_shape(), self._initial.get_batch_shape())

    def _batch_shape(self):
        return tf.broadcast_dynamic_shape(
            super()._batch_shape(), self._initial.batch_shape)

    # -- The first numbers --

    @property
    def _has_vectors(self):
        """Whether `initial` is a distribution of all first numbers together."""
        return self._initial.get_value_shape().rank == 1

    def _initial_log_prob(self, first):
        initial = (self._initial.with_path_derivative() if self._use_path_derivative
                   else self._initial)
        if self._has_vectors:
            return initial._log_prob(initial._check_input_shape(first))
        # Not `log_prob`, which would warn of the axis of time.
        time_first = _axis_to_front(first)
        return tf.reduce_sum(
            initial._log_prob(initial._check_input_shape(time_first)), axis=0)

    def _initial_statistic(self, name):
        """The mean, mode or variance of the first numbers, of the shape ``B + [p]``."""
        statistic = getattr(self._initial, name)
        if not self._has_vectors:
            statistic = statistic[..., tf.newaxis]
        return tf.broadcast_to(statistic, tf.concat(
            [self.batch_shape, [self._n_initial]], axis=0))

    def _sample_initial(self, shape):
        """First numbers of the shape ``shape + [p]``."""
        if self._has_vectors:
            return sample_to_shape(self._initial, shape)
        time_first = sample_to_shape(
            self._initial, tf.concat([[self._n_initial], shape], axis=0))
        return _axis_to_back(time_first)

    # -- Densities, samples and moments --

    def _log_prob(self, given):
        given = broadcast_to_event(given, self)
        first = given[..., :self._n_initial]
        std = self.path_param(self._std)[..., tf.newaxis]
        z = standardized(given[..., self._n_initial:], self._predictions(given), std)
        return self._initial_log_prob(first) - tf.reduce_sum(
            0.5 * tf.square(z) + (tf.math.log(std) + HALF_LOG_2PI), axis=-1)

    def _predictions(self, x):
        raise NotImplementedError(
            "%s has no _predictions(x)." % type(self).__name__)

    def _continued(self, first, noise):
        raise NotImplementedError(
            "%s has no _continued(first, noise)." % type(self).__name__)

    def _noise_shape(self, n_samples):
        shape = tf.concat([[n_samples], self.batch_shape], axis=0)
        return tf.concat([shape, [self._n_steps - self._n_initial]], axis=0)

    def _sample(self, n_samples):
        shape = self._noise_shape(n_samples)
        noise = self._std[..., tf.newaxis] * random_numbers.normal(shape, self.dtype)
        return self._continued(self._sample_initial(shape[:-1]), noise)

    @property
    def mean(self):
        """The sequence of the means, of the shape ``[..., T]``."""
        return self._without_noise("mean")

    @property
    def mode(self):
        """The sequence without noise that follows the mode of the first numbers."""
        return self._without_noise("mode")

    def _without_noise(self, name):
        noise = tf.zeros(self._noise_shape(1)[1:], self.dtype)
        return self._continued(self._initial_statistic(name), noise)

    def _entropy(self):
        n_noisy = tf.cast(self._n_steps - self._n_initial, self.dtype)
        initial = self._initial.entropy()
        if not self._has_vectors:
            initial = tf.cast(self._n_initial, self.dtype) * initial
        return initial + n_noisy * (tf.math.log(self._std) + (0.5 + HALF_LOG_2PI))


def _axis_to_front(x):
    """`x`, the last axis of which becomes the first one."""
    return tf.transpose(x, tf.roll(tf.range(tf.rank(x)), 1, axis=0))


def _axis_to_back(x):
    """`x`, the first axis of which becomes the last one."""
    return tf.transpose(x, tf.roll(tf.range(tf.rank(x)), -1, axis=0))


def convert_with_initial(whole, initial, **parameters):
    """`initial` as a Distribution or None, and the parameters as Tensors of its dtype.

    :return: A list: `initial`, and the Tensors in the order of their names.
    """
    if initial is None:
        return [None] + convert_parameters(**parameters)
    initial = check_component(whole, "initial", initial)
    like = tf.zeros([], initial.param_dtype)
    return [initial] + convert_parameters(initial=like, **parameters)[1:]


def check_initial(whole, initial, n_initial):
    """`initial`, if it is a Distribution of the first numbers.

    :param n_initial: The number of first numbers, an int or a 0-D Tensor.
    """
    name = type(whole).__name__
    if not initial.is_continuous:
        raise TypeError("%s: `initial` must be continuous, but it is %r." % (
            name, initial))
    shape, known = initial.get_value_shape(), tf.get_static_value(n_initial)
    if shape.rank != 0 and not shape.is_compatible_with([known]):
        raise ValueError(
            "%s: `initial` must have the value shape () or (%s,), but it is %r." % (
                name, "p" if known is None else known, initial))
    return initial
