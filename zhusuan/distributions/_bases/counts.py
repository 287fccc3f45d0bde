"""Base classes of the distributions of counts: 0, 1, 2, ..."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.parameters import convert_and_check, parameter
from zhusuan.distributions._checks import FLOAT_DTYPES, INTEGER_DTYPES, check_dtype_in
from zhusuan.distributions._numerics.elementary import sigmoid, softplus, widened
from zhusuan.distributions.base import Distribution

__all__ = ["CountDistribution", "LogOddsDistribution", "largest_count"]


class CountDistribution(Distribution):
    """A distribution of counts, by formulas for one count.

    Subclasses write ``_draw(shape)``, which gives float64 numbers, and
    ``_log_mass(k)`` of a whole number `k` >= 0, in the dtype of the parameters or,
    if that is float16, in float32. They may write ``_mass_up_to(k)``,
    ``_log_mass_up_to(k)`` and ``_log_mass_above(k)``, in float64.
    """

    _positive = ()  # names of parameters that must have a finite log

    def __init__(self, tensors, dtype, group_ndims=0, check_numerics=False,
                 **kwargs):
        self._tensors = convert_and_check(tensors, self._positive, check_numerics)
        first = next(iter(self._tensors.values()))
        super().__init__(
            dtype=check_dtype_in(dtype, INTEGER_DTYPES + FLOAT_DTYPES),
            param_dtype=first.dtype, is_continuous=False,
            is_reparameterized=False, group_ndims=group_ndims,
            parameters={name: (x, 0) for name, x in self._tensors.items()},
            **kwargs)

    def _parameters_now(self):
        return widened(*[self.path_param(x) for x in self._tensors.values()])

    def _sample(self, n_samples):
        samples = self._draw(self._sample_shape(n_samples))
        return tf.cast(tf.minimum(samples, largest_count(self.dtype)), self.dtype)

    def _log_prob(self, given):
        k = self._widen(given)
        outside = tf.logical_or(k < 0., tf.not_equal(k, tf.floor(k)))
        outside = tf.logical_or(outside, k > self._most(k.dtype))
        log_mass = self._log_mass(tf.where(outside, tf.zeros_like(k), k))
        return tf.cast(tf.where(
            outside, tf.constant(-np.inf, k.dtype), log_mass), self.param_dtype)

    def _cdf(self, given):
        # float64 distinguishes large counts from their successors.
        k = tf.floor(tf.cast(given, tf.float64))
        return tf.where(k < 0., tf.zeros_like(k),
                        self._mass_up_to(tf.nn.relu(k)))

    def _log_cdf(self, given):
        k = tf.floor(tf.cast(given, tf.float64))
        return tf.where(k < 0., tf.constant(-np.inf, k.dtype),
                        self._log_mass_up_to(tf.nn.relu(k)))

    def _log_survival(self, given):
        k = tf.floor(tf.cast(given, tf.float64))
        return tf.where(k < 0., tf.zeros_like(k), self._log_mass_above(tf.nn.relu(k)))

    def _mass_up_to(self, k):
        return super()._cdf(k)

    def _log_mass_up_to(self, k):
        return super()._log_cdf(k)

    def _log_mass_above(self, k):
        return super()._log_survival(k)

    def _widen(self, given):
        return tf.cast(given, self._parameters_now()[0].dtype)

    def _most(self, dtype):
        """The largest count that is possible."""
        return tf.constant(dtype.max, dtype)


def largest_count(dtype):
    """The largest whole number of `dtype` that float64 holds as well."""
    if dtype == tf.int64:
        return np.nextafter(2. ** 63, 0.)
    return float(dtype.max)


class LogOddsDistribution(CountDistribution):
    """A distribution that depends on the probability of success."""

    logits = parameter("logits", "The log-odds of success, a float Tensor.")

    def _chances(self, dtype=None):
        """``p, q, log(p), log(q)``: of success, and of failure."""
        logits = self._parameters_now()[-1]
        logits = logits if dtype is None else tf.cast(logits, dtype)
        return (sigmoid(logits), sigmoid(-logits),
                -softplus(-logits), -softplus(logits))
