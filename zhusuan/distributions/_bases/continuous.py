"""Base class of the continuous univariate distributions."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.intervals import REAL
from zhusuan.distributions._bases.parameters import convert_and_check
from zhusuan.distributions._numerics.elementary import log1p, widened
from zhusuan.distributions._numerics.quantile_gradients import quantile_with_end_slopes
from zhusuan.distributions.base import Distribution

__all__ = ["ContinuousDistribution"]


class ContinuousDistribution(Distribution):
    """A distribution of real numbers, by formulas for one number.

    The formulas get the parameters, in the order in which the constructor takes
    them, in float32 if they are float16: many functions need that.

    Subclasses write ``_draw(shape, *parameters)`` and ``_log_density(x,
    *parameters)``, where `x` is inside of the support; and, where they exist,
    ``_entropy``, ``_cdf`` and ``_quantile``. See :class:`Distribution`.
    """

    _support = REAL
    _positive = ()  # names of parameters that must have a finite log

    def __init__(self, tensors, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        tensors = convert_and_check(tensors, self._positive, check_numerics)
        self._tensors = tensors
        dtype = next(iter(tensors.values())).dtype
        super().__init__(
            dtype=dtype, param_dtype=dtype, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={name: (x, 0) for name, x in tensors.items()}, **kwargs)

    def _parameters_now(self):
        return widened(*self._tensors.values())

    def _sample(self, n_samples):
        samples = self._draw(
            self._sample_shape(n_samples), *self._parameters_now())
        return self._clip_samples(tf.cast(samples, self.dtype))

    def _clip_samples(self, samples):
        return self._support.clip(samples)

    def _draw(self, shape, *parameters):
        raise NotImplementedError(
            "%s has no _draw(shape, ...)." % type(self).__name__)

    def _log_prob(self, given):
        outside = self._is_outside(given)
        given, *parameters = widened(
            given, *[self.path_param(x) for x in self._tensors.values()])
        inner = tf.where(outside, tf.constant(0.5, given.dtype), given)
        log_prob = self._log_density(inner, *parameters)
        return tf.cast(tf.where(
            outside, tf.constant(-np.inf, log_prob.dtype), log_prob),
            self.param_dtype)

    def _is_outside(self, given):
        """Whether the density is 0 at `given`; nan is not outside but nan."""
        low, high = self._support.ends(self.dtype)
        return tf.logical_or(given < low, given > high)

    def _log_density(self, x, *parameters):
        raise NotImplementedError(
            "%s has no _log_density(x, ...)." % type(self).__name__)

    def _cdf(self, given):
        return self._inside(self._probability_up_to, given, 0., 1.)

    def _log_cdf(self, given):
        return self._inside(self._log_probability_up_to, given, -np.inf, 0.)

    def _log_survival(self, given):
        return self._inside(self._log_probability_beyond, given, 0., -np.inf)

    def _inside(self, function, given, below, above):
        """``function(given, *parameters)``, and constants outside of the support."""
        outside, is_above = self._is_outside(given), self._is_above(given)
        given, *parameters = widened(given, *self._tensors.values())
        inner = tf.where(outside, tf.constant(0.5, given.dtype), given)
        beyond = tf.where(is_above, *[tf.constant(x, given.dtype) for x in (
            above, below)])
        return tf.where(outside, beyond, function(inner, *parameters))

    def _is_above(self, given):
        """Whether `given`, outside of the support, is above it."""
        return given > self._support.ends(self.dtype)[0]

    def _probability_up_to(self, x, *parameters):
        return super()._cdf(x)

    def _log_probability_up_to(self, x, *parameters):
        return tf.math.log(self._probability_up_to(x, *parameters))

    def _log_probability_beyond(self, x, *parameters):
        return log1p(-self._probability_up_to(x, *parameters))

    def _quantile(self, probability):
        probability, *parameters = widened(probability, *self._tensors.values())
        return quantile_with_end_slopes(
            lambda p: self._value_at(p, *parameters), probability,
            lambda value: self._log_density_at_end(value, *parameters))

    def _log_density_at_end(self, value, *parameters):
        """The limit of the log density where the support ends, at `value`."""
        return self._log_prob(self._clip_samples(tf.cast(value, self.dtype)))

    def _value_at(self, probability, *parameters):
        return super()._quantile(probability)
