"""Univariate distributions of counts: 0, 1, 2, ..."""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics.elementary import (
    expm1,
    log1p,
    sigmoid,
    softplus,
    widened,
)
from zhusuan.distributions._numerics.gamma_functions import log_binomial, log_poisson
from zhusuan.distributions._numerics.incomplete_integrals import (
    beta_cdf_at_logit,
    gamma_survival,
)
from zhusuan.distributions._numerics.samplers import (
    binomial_sample,
    log_gamma_sample,
    poisson_sample,
)
from zhusuan.distributions._univariate_base import checked_parameters, parameter
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.utils import (
    FLOAT_DTYPES,
    INTEGER_DTYPES,
    check_dtype_in,
    check_totals,
)

__all__ = ["Binomial", "Geometric", "NegativeBinomial", "Poisson"]


class _Counts(Distribution):
    """A distribution of counts, by formulas for one count.

    Subclasses write ``_draw(shape)``, which gives float64 numbers, and
    ``_log_mass(k)`` of a whole number `k` >= 0, in the dtype of the parameters or,
    if that is float16, in float32. They may write ``_mass_up_to(k)``, in float64.
    """

    _positive = ()  # names of parameters that must have a finite log

    def __init__(self, tensors, dtype, group_ndims=0, check_numerics=False,
                 **kwargs):
        self._tensors = checked_parameters(tensors, self._positive, check_numerics)
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
        return tf.cast(tf.minimum(samples, _largest(self.dtype)), self.dtype)

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

    def _mass_up_to(self, k):
        return super()._cdf(k)

    def _widen(self, given):
        return tf.cast(given, self._parameters_now()[0].dtype)

    def _most(self, dtype):
        """The largest count that is possible."""
        return tf.constant(dtype.max, dtype)


def _largest(dtype):
    """The largest whole number of `dtype` that float64 holds as well."""
    if dtype == tf.int64:
        return np.nextafter(2. ** 63, 0.)
    return float(dtype.max)


class Poisson(_Counts):
    r"""The Poisson distribution.

    .. math::

        P(x) = \frac{\lambda^x e^{-\lambda}}{x!}, \qquad x \in \{0, 1, 2, \dots\}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`. Samples too large for their dtype become its largest number.

    :param rate: A float Tensor, :math:`\lambda \geq 0`, the mean.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when the rate or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Poisson(1.).prob(0))
    0.3679
    """

    _positive = ("rate",)

    def __init__(self, rate, dtype=tf.int32, group_ndims=0,
                 check_numerics=False, **kwargs):
        super().__init__({"rate": rate}, dtype, group_ndims=group_ndims,
                         check_numerics=check_numerics, **kwargs)

    rate = parameter("rate", "The mean, a float Tensor.")

    @property
    def mean(self):
        """The rate."""
        return self.rate

    @property
    def variance(self):
        """The rate."""
        return self.rate

    @property
    def mode(self):
        """The rate, rounded down."""
        return tf.cast(tf.floor(self.rate), self.dtype)

    def _draw(self, shape):
        return poisson_sample(self.rate, shape)

    def _log_mass(self, k):
        rate, = self._parameters_now()
        is_0 = tf.equal(k, 0.)
        one = tf.ones_like(k)
        inner = log_poisson(tf.where(is_0, one, k), tf.where(is_0, one, rate))
        return tf.where(is_0, -rate, inner)

    def _mass_up_to(self, k):
        rate, = self._parameters_now()
        return gamma_survival(k + 1., tf.ones_like(k), rate)


class _LogOdds(_Counts):
    """A distribution that depends on the probability of success."""

    logits = parameter("logits", "The log-odds of success, a float Tensor.")

    def _chances(self, dtype=None):
        """``p, q, log(p), log(q)``: of success, and of failure."""
        logits = self._parameters_now()[-1]
        logits = logits if dtype is None else tf.cast(logits, dtype)
        return (sigmoid(logits), sigmoid(-logits),
                -softplus(-logits), -softplus(logits))


class Binomial(_LogOdds):
    r"""The binomial distribution.

    .. math::

        P(x) = \binom{n}{x} \sigma(l)^x (1 - \sigma(l))^{n - x}, \qquad
        x \in \{0, 1, \dots, n\}, \qquad \sigma(l) = \frac{1}{1 + e^{-l}}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`.

    :param logits: A float Tensor, the log-odds :math:`l` of success.
    :param n_experiments: A positive int or 0-D int32 Tensor, :math:`n`. Or one total
        for each datum, which may be 0: an int32 Tensor that broadcasts with `logits`.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when `logits` is
        inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Binomial(0., 2).prob(1))
    0.5000
    """

    def __init__(self, logits, n_experiments, dtype=tf.int32, group_ndims=0,
                 check_numerics=False, **kwargs):
        super().__init__({"logits": logits}, dtype, group_ndims=group_ndims,
                         check_numerics=check_numerics, **kwargs)
        self._n_experiments = check_totals("n_experiments", n_experiments)
        self._add_to_batch("n_experiments", self._n_experiments)

    @property
    def n_experiments(self):
        """The number of trials, an int or an int32 Tensor."""
        return self._n_experiments

    @property
    def mean(self):
        """``n_experiments sigmoid(logits)``."""
        return self._most(self.param_dtype) * sigmoid(self.logits)

    @property
    def variance(self):
        """``mean sigmoid(-logits)``."""
        return self.mean * sigmoid(-self.logits)

    @property
    def mode(self):
        """``(n_experiments + 1) sigmoid(logits)``, rounded down."""
        n = self._most(tf.float64)
        mode = tf.floor((n + 1.) * sigmoid(tf.cast(self.logits, tf.float64)))
        return tf.cast(tf.minimum(mode, n), self.dtype)

    def _most(self, dtype):
        return tf.cast(self._n_experiments, dtype)

    def _draw(self, shape):
        return binomial_sample(self._n_experiments, self.logits, shape)

    def _log_mass(self, k):
        return log_binomial(k, self._most(k.dtype) - k, *self._chances())

    def _mass_up_to(self, k):
        logits, = self._parameters_now()
        failures = self._most(k.dtype) - k
        inner = beta_cdf_at_logit(tf.maximum(failures, 1.), k + 1., -logits)
        return tf.where(failures > 0., inner, tf.ones_like(inner))


class Geometric(_LogOdds):
    r"""The number of failures in front of the first success.

    .. math::

        P(x) = \sigma(l) (1 - \sigma(l))^x, \qquad x \in \{0, 1, 2, \dots\},
        \qquad \sigma(l) = \frac{1}{1 + e^{-l}}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`. Samples too large for their dtype become its largest number.

    :param logits: A float Tensor, the log-odds :math:`l` of success.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when `logits` is
        inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Geometric(0.).prob(1))
    0.2500
    """

    def __init__(self, logits, dtype=tf.int32, group_ndims=0,
                 check_numerics=False, **kwargs):
        super().__init__({"logits": logits}, dtype, group_ndims=group_ndims,
                         check_numerics=check_numerics, **kwargs)

    @property
    def mean(self):
        """``exp(-logits)``."""
        return tf.exp(-self.logits)

    @property
    def variance(self):
        """``mean (mean + 1)``."""
        return self.mean * (self.mean + 1.)

    @property
    def mode(self):
        """0."""
        return tf.cast(tf.zeros_like(self.logits), self.dtype)

    def _draw(self, shape):
        *_, log_q = self._chances(tf.float64)
        log_u = tf.math.log(random_numbers.open_uniform(shape, tf.float64))
        # Where failure is certain, log(q) underflows to 0.
        return tf.floor(log_u / tf.minimum(log_q, -np.finfo("float64").tiny))

    def _log_mass(self, k):
        _, _, log_p, log_q = self._chances()
        return tf.math.multiply_no_nan(log_q, k + tf.zeros_like(log_q)) + log_p

    def _entropy(self):
        logits, = widened(self.logits)
        # log(1 + u) / u is 1 or 0 beyond these ends, where u does not fit.
        least = math.log(np.finfo(logits.dtype.as_numpy_dtype).tiny)
        inner = tf.clip_by_value(logits, least, 1e3)
        return softplus(-logits) + softplus(inner) * tf.exp(-inner)

    def _mass_up_to(self, k):
        *_, log_q = self._chances(k.dtype)
        return -expm1((k + 1.) * log_q)

    def _quantile(self, probability):
        probability, = widened(probability)
        *_, log_q = self._chances()
        return tf.nn.relu(tf.math.ceil(log1p(-probability) / log_q) - 1.)


class NegativeBinomial(_LogOdds):
    r"""The number of successes in front of the r-th failure.

    .. math::

        P(x) = \frac{\Gamma(x + r)}{\Gamma(r)\, x!}
               \sigma(l)^x (1 - \sigma(l))^r, \qquad x \in \{0, 1, 2, \dots\},
        \qquad \sigma(l) = \frac{1}{1 + e^{-l}}

    It is also the Poisson distribution with a rate that follows
    ``Gamma(r, exp(-l))``. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`. Samples too large for their dtype become its largest number.

    :param total_count: A positive float Tensor, :math:`r`, which need not be
        whole.
    :param logits: A float Tensor, the log-odds :math:`l` of success.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of `total_count` is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.NegativeBinomial(2., 0.).prob(0))
    0.2500
    """

    _positive = ("total_count",)

    def __init__(self, total_count, logits, dtype=tf.int32, group_ndims=0,
                 check_numerics=False, **kwargs):
        super().__init__(
            {"total_count": total_count, "logits": logits}, dtype,
            group_ndims=group_ndims, check_numerics=check_numerics, **kwargs)

    total_count = parameter("total_count", "The number of failures, a Tensor.")

    @property
    def mean(self):
        """``total_count exp(logits)``."""
        return self.total_count * tf.exp(self.logits)

    @property
    def variance(self):
        """``mean (exp(logits) + 1)``."""
        return self.mean * (tf.exp(self.logits) + 1.)

    @property
    def mode(self):
        """``(total_count - 1) exp(logits)``, rounded down, or 0."""
        return tf.cast(tf.floor(tf.nn.relu(self.total_count - 1.) *
                                tf.exp(self.logits)), self.dtype)

    def _draw(self, shape):
        total_count = tf.cast(self.total_count, tf.float64)
        log_rate = (log_gamma_sample(total_count, shape) +
                    tf.cast(self.logits, tf.float64))
        rate = tf.minimum(tf.exp(log_rate), _largest(tf.float64))
        one_each = ([1] + shape if isinstance(shape, list) else
                    tf.concat([[1], shape], axis=0))
        return tf.squeeze(poisson_sample(rate, one_each), axis=0)

    def _log_mass(self, k):
        total_count, _ = self._parameters_now()
        # Of all orders of the trials, those that end with a failure.
        last_fails = tf.math.log(total_count) - tf.math.log(total_count + k)
        return last_fails + log_binomial(k, total_count, *self._chances())

    def _mass_up_to(self, k):
        total_count, logits = self._parameters_now()
        return beta_cdf_at_logit(total_count, k + 1., -logits)
