"""Distributions on the unit interval."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics.elementary import log1p, sigmoid, softplus, widened
from zhusuan.distributions._numerics.gamma_functions import (
    gamma_entropy,
    gamma_height,
    log_power,
)
from zhusuan.distributions._numerics.incomplete_integrals import beta_cdf
from zhusuan.distributions._numerics.samplers import log_gamma_sample
from zhusuan.distributions._univariate_base import UNIT, Univariate, parameter
from zhusuan.distributions.utils import check_scalar, convert_parameters

__all__ = ["Beta", "BinConcrete"]


class Beta(Univariate):
    r"""The beta distribution.

    .. math::

        p(x) = \frac{\Gamma(\alpha + \beta)}{\Gamma(\alpha)\Gamma(\beta)}
               x^{\alpha - 1} (1 - x)^{\beta - 1}, \qquad x \in [0, 1]

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`. Samples are rounded to the numbers
    of their dtype that are neither 0 nor 1.

    :param alpha: A positive float Tensor, :math:`\alpha`.
    :param beta: A positive float Tensor, :math:`\beta`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of one is inf or nan.
    :param is_reparameterized: A bool. Let gradients flow from samples to
        parameters, by implicit reparameterisation (Figurnov, Mohamed and Mnih,
        2018). XLA of TensorFlow 1.15 cannot compile that.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Beta(1., 2.).prob(0.))
    2.0000
    """

    _support = UNIT
    _positive = ("alpha", "beta")

    def __init__(self, alpha, beta, group_ndims=0, check_numerics=False,
                 is_reparameterized=False, use_path_derivative=False, **kwargs):
        super().__init__(
            {"alpha": alpha, "beta": beta}, group_ndims=group_ndims,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    alpha = parameter("alpha", "The exponent of x plus 1, a positive Tensor.")
    beta = parameter("beta", "The exponent of 1 - x plus 1, a positive Tensor.")

    @property
    def mean(self):
        """``alpha / (alpha + beta)``."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def variance(self):
        """``mean (1 - mean) / (alpha + beta + 1)``."""
        total = self.alpha + self.beta
        return (self.alpha / total) * (self.beta / total) / (total + 1.)

    @property
    def mode(self):
        """Where the density is largest; nan where both its ends are infinite."""
        alpha, beta = self.alpha, self.beta
        zero, one, nan = self.dtype.as_numpy_dtype([0., 1., np.nan])
        end = tf.where(alpha < beta, zero, one)
        return tf.where(
            tf.minimum(alpha, beta) > 1., (alpha - 1.) / (alpha + beta - 2.),
            tf.where(tf.maximum(alpha, beta) < 1., nan, end))

    def _draw(self, shape, alpha, beta):
        # As logs: both gamma variables underflow where the parameters are small.
        # TensorFlow 1.15's own sigmoid is 0 below -18.
        return tf.exp(tf.math.log_sigmoid(
            log_gamma_sample(alpha, shape) - log_gamma_sample(beta, shape)))

    def _log_density(self, x, alpha, beta):
        total = alpha + beta
        log_rest = log1p(-tf.where(x < 1., x, tf.zeros_like(x)))
        return (log_power(x, alpha, total) +
                log_power(1. - x, beta, total, log_x=log_rest) +
                (2. * tf.math.log(total) - gamma_height(total)) +
                (gamma_height(alpha) - tf.math.log(alpha)) +
                (gamma_height(beta) - tf.math.log(beta)))

    def _entropy(self):
        alpha, beta = widened(self.alpha, self.beta)
        return (gamma_entropy(alpha) + gamma_entropy(beta) -
                gamma_entropy(alpha + beta, 2.))

    def _probability_up_to(self, x, alpha, beta):
        return beta_cdf(alpha, beta, x)


class BinConcrete(Univariate):
    r"""The binary Concrete or Gumbel-softmax distribution.

    .. math::

        p(x) = \frac{\lambda e^t}{x (1 - x) (1 + e^t)^2}, \qquad
        t = l - \lambda \log\frac{x}{1 - x}, \qquad x \in (0, 1)

    A continuous relaxation of the Bernoulli distribution, which it approaches
    as the temperature :math:`\lambda` falls to 0. See Maddison, Mnih and Teh
    (2017), "The Concrete distribution", eq. 22, here by the logit of x. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`. Also called
    `BinGumbelSoftmax`.

    At low temperatures most samples round to 0 or 1, where there is no density:
    they become the next number of their dtype that is inside.

    :param temperature: A positive float 0-D Tensor, :math:`\lambda`.
    :param logits: A float Tensor, the log-odds :math:`l` of 1.
    :param check_numerics: A bool. Raise InvalidArgumentError when `logits` or
        the temperature or its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.BinConcrete(1., 0.).prob(0.3))
    1.0000
    """

    _support = UNIT
    _positive = ("temperature",)

    def __init__(self, temperature, logits, group_ndims=0,
                 is_reparameterized=True, use_path_derivative=False,
                 check_numerics=False, **kwargs):
        temperature, logits = convert_parameters(
            temperature=temperature, logits=logits)
        temperature = check_scalar("temperature", temperature)
        super().__init__(
            {"temperature": temperature, "logits": logits},
            group_ndims=group_ndims, is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    temperature = parameter("temperature", "The temperature, a 0-D Tensor.")
    logits = parameter("logits", "The log-odds of 1, a float Tensor.")

    def _draw(self, shape, temperature, logits):
        return self._value_at(random_numbers.open_uniform(shape, logits.dtype),
                              temperature, logits)

    def _is_outside(self, given):
        return tf.logical_or(given <= 0., given >= 1.)

    def _log_density(self, x, temperature, logits):
        log_x, log_rest = tf.math.log(x), log1p(-x)
        t = logits - temperature * (log_x - log_rest)
        return (tf.math.log(temperature) + t - 2. * softplus(t) -
                log_x - log_rest)

    def _probability_up_to(self, x, temperature, logits):
        return tf.exp(-softplus(
            logits - temperature * (tf.math.log(x) - log1p(-x))))

    def _log_density_at_end(self, value, temperature, logits):
        # The density is the distance to the end to this power, times a number.
        power = temperature - 1.
        infinity = tf.constant(np.inf, value.dtype)
        return (tf.math.log(temperature) + tf.where(value > 0.5, logits, -logits) -
                tf.math.multiply_no_nan(infinity, power))

    def _value_at(self, probability, temperature, logits):
        noise = tf.math.log(probability) - log1p(-probability)
        return sigmoid((logits + noise) / temperature)
