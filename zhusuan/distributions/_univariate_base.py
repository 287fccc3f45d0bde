"""Base class of the continuous univariate distributions."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._numerics.elementary import widened
from zhusuan.distributions._numerics.quantile_gradients import quantile_with_end_slopes
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.utils import checked, convert_parameters

__all__ = ["POSITIVE", "REAL", "UNIT", "Univariate", "checked_parameters",
           "parameter", "standardized"]


def parameter(name, meaning):
    """The property of a :class:`Univariate` that gives one parameter."""
    return property(lambda self: self._tensors[name], doc=meaning)


def standardized(x, loc, scale):
    """``(x - loc) / scale``, with finite gradients where the upstream gradient is 0."""
    zeros = tf.zeros_like((x - loc) / scale)
    return _standardized(x + zeros, loc + zeros, scale + zeros)


@tf.custom_gradient
def _standardized(x, loc, scale):
    def gradient(upstream):
        slope = upstream / scale
        z = (x - loc) / scale
        return slope, -slope, -tf.math.multiply_no_nan(z, upstream) / scale

    return (x - loc) / scale, gradient


class _Support:
    """An interval: which values have a density, and which are samples.

    Samples keep off the ends, where a density may be 0 or infinite: they are
    rounded to the nearest number inside.
    """

    def __init__(self, low, high, sample_low, sample_high):
        self._ends = low, high
        self._sample_ends = sample_low, sample_high

    def ends(self, dtype):
        """The first and the last value that may have a density."""
        info = np.finfo(dtype.as_numpy_dtype)
        return [dtype.as_numpy_dtype(end(info)) for end in self._ends]

    def clip(self, samples):
        """`samples`, rounded to what is finite and inside."""
        info = np.finfo(samples.dtype.as_numpy_dtype)
        low, high = [samples.dtype.as_numpy_dtype(end(info))
                     for end in self._sample_ends]
        return tf.clip_by_value(samples, low, high)


def _zero(info):
    return 0.


def _largest(info):
    return info.max


def _smallest(info):
    return info.tiny


REAL = _Support(lambda info: -info.max, _largest, lambda info: -info.max, _largest)
POSITIVE = _Support(_zero, _largest, _smallest, _largest)
UNIT = _Support(_zero, lambda info: 1., _smallest, lambda info: 1. - info.epsneg)


class Univariate(Distribution):
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
        tensors = checked_parameters(tensors, self._positive, check_numerics)
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
        outside = self._is_outside(given)
        beyond, given, *parameters = widened(
            tf.cast(self._is_above(given), self.dtype), given,
            *self._tensors.values())
        inner = tf.where(outside, tf.constant(0.5, given.dtype), given)
        return tf.where(outside, beyond, self._probability_up_to(inner, *parameters))

    def _is_above(self, given):
        """Whether `given`, outside of the support, is above it."""
        return given > self._support.ends(self.dtype)[0]

    def _probability_up_to(self, x, *parameters):
        return super()._cdf(x)

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


def checked_parameters(values, positive, check_numerics):
    """Parameters as Tensors of one dtype, by name, in the order given.

    :param values: A dict of what users gave.
    :param positive: Names of the parameters whose logs must be finite, too.
    :param check_numerics: A bool, whether to check at all.
    """
    tensors = dict(zip(values, convert_parameters(**values)))
    if not check_numerics:
        return tensors
    return {name: _checked_parameter(name, x, name in positive)
            for name, x in tensors.items()}


def _checked_parameter(name, tensor, has_log):
    tensor = checked(name, tensor, True)
    if not has_log:
        return tensor
    return _tf.identity_after(
        [checked("log(%s)" % name, tf.math.log(tensor), True)], tensor)
