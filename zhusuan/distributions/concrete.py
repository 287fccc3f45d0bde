"""Continuous relaxations of discrete distributions (Gumbel-softmax)."""
from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import (
    UNIT,
    CategoryDistribution,
    ContinuousDistribution,
    parameter,
)
from zhusuan.distributions._checks import check_min_rank, check_scalar, checked
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import (
    log1p,
    sigmoid,
    softplus,
    where_inside,
    widened,
)
from zhusuan.distributions._numerics.simplex import sums_to_one
from zhusuan.utils import TensorLike

__all__ = ["BinConcrete", "BinGumbelSoftmax", "Concrete", "ExpConcrete",
           "ExpGumbelSoftmax", "GumbelSoftmax"]


class BinConcrete(ContinuousDistribution):
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

    At low temperatures most samples round to 0 or 1, where the density is 0. They
    become the nearest number of their dtype inside the interval.

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

    def __init__(self, temperature: TensorLike, logits: TensorLike,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        temperature, logits = convert_parameters(
            temperature=temperature, logits=logits)
        temperature = check_scalar("temperature", temperature)
        super().__init__({"temperature": temperature, "logits": logits}, group_ndims,
                         is_reparameterized, use_path_derivative, check_numerics,
                         **kwargs)

    temperature = parameter("temperature", "The temperature, a 0-D Tensor.")
    logits = parameter("logits", "The log-odds of 1, a float Tensor.")

    def _draw(self, shape: TensorLike, temperature: tf.Tensor,
              logits: tf.Tensor) -> tf.Tensor:
        return self._quantile_inside(random_numbers.open_uniform(shape, logits.dtype),
                              temperature, logits)

    def _is_outside(self, given: tf.Tensor) -> tf.Tensor:
        return tf.logical_or(given <= 0., given >= 1.)

    def _log_density(self, x: tf.Tensor, temperature: tf.Tensor,
                     logits: tf.Tensor) -> tf.Tensor:
        log_x, log_rest = tf.math.log(x), log1p(-x)
        t = logits - temperature * (log_x - log_rest)
        return (tf.math.log(temperature) + t - 2. * softplus(t) -
                log_x - log_rest)

    def _cdf_inside(self, x: tf.Tensor, temperature: tf.Tensor,
                    logits: tf.Tensor) -> tf.Tensor:
        return tf.exp(self._log_cdf_inside(x, temperature, logits))

    def _log_cdf_inside(self, x: tf.Tensor, temperature: tf.Tensor,
                        logits: tf.Tensor) -> tf.Tensor:
        return -softplus(logits - temperature * (tf.math.log(x) - log1p(-x)))

    def _log_survival_inside(self, x: tf.Tensor, temperature: tf.Tensor,
                             logits: tf.Tensor) -> tf.Tensor:
        return -softplus(temperature * (tf.math.log(x) - log1p(-x)) - logits)

    def _log_density_at_end(self, value: tf.Tensor, temperature: tf.Tensor,
                            logits: tf.Tensor) -> tf.Tensor:
        # Near an end, the density is proportional to this power of the distance.
        power = temperature - 1.
        infinity = tf.constant(np.inf, value.dtype)
        return (tf.math.log(temperature) + tf.where(value > 0.5, logits, -logits) -
                tf.math.multiply_no_nan(infinity, power))

    def _quantile_inside(self, probability: tf.Tensor, temperature: tf.Tensor,
                         logits: tf.Tensor) -> tf.Tensor:
        noise = tf.math.log(probability) - log1p(-probability)
        return sigmoid((logits + noise) / temperature)


class _ConcreteFamily(CategoryDistribution):
    """Parameters, samples and density of Concrete variables in log space."""

    def __init__(self, temperature: TensorLike, logits: TensorLike,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        temperature, logits = convert_parameters(
            temperature=temperature, logits=logits)
        self._temperature = check_scalar("temperature", temperature)
        self._logits = check_min_rank(
            "logits", checked("logits", logits, check_numerics), 1)
        self._check_numerics = check_numerics
        super().__init__(
            self._logits, dtype=logits.dtype, param_dtype=logits.dtype,
            is_continuous=True, is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"logits": (self._logits, 1)}, **kwargs)

    @property
    def temperature(self) -> tf.Tensor:
        """The temperature, a positive 0-D Tensor."""
        return self._temperature

    @property
    def logits(self) -> tf.Tensor:
        """The log probabilities up to a constant, of shape ``[..., K]``."""
        return self._logits

    def _log_sample(self, n_samples: TensorLike) -> tf.Tensor:
        noise = random_numbers.gumbel(self._sample_shape(n_samples), self.dtype)
        scores, temperature = widened(self._logits + noise, self._temperature)
        gaps = scores - tf.reduce_max(scores, axis=-1, keepdims=True)
        # At low temperatures the quotients overflow.
        lowest = np.finfo(self.dtype.as_numpy_dtype).min
        return tf.cast(tf.nn.log_softmax(tf.maximum(gaps / temperature, lowest)),
                       self.dtype)

    def _log_density_of_log(self, log_x: tf.Tensor) -> tf.Tensor:
        """The log density of ``log x`` on the log simplex.

        Maddison, Mnih and Teh (2017), eq. 25, as a sum of log probabilities of
        a softmax, in which no two large terms cancel.
        """
        temperature = self.path_param(self._temperature)
        log_temperature = checked("log(temperature)", tf.math.log(temperature),
                                  self._check_numerics)
        n_categories = tf.cast(self.n_categories, self.dtype)
        scores = tf.nn.log_softmax(
            self.path_param(self._logits) - temperature * log_x)
        return ((tf.math.lgamma(n_categories) +
                 (n_categories - 1.) * log_temperature) +
                tf.reduce_sum(scores, axis=-1))


class ExpConcrete(_ConcreteFamily):
    r"""The distribution of the logarithm of a :class:`Concrete` variable.

    .. math::

        p(y) = (K - 1)!\, \lambda^{K - 1} \prod_{k=1}^K
               \frac{e^{l_k - \lambda y_k}}{\sum_j e^{l_j - \lambda y_j}},
        \qquad y \in \mathbb{R}^K, \quad \sum_k e^{y_k} = 1

    See Maddison, Mnih and Teh (2017), "The Concrete distribution", appendix
    C.3. At low temperatures, values of a Concrete variable underflow, but their
    logarithms do not. Prefer this class in objectives. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value
    shape is ``[K]``. Also called `ExpGumbelSoftmax`.

    :param temperature: A positive float 0-D Tensor, :math:`\lambda`.
    :param logits: A float Tensor of shape ``[..., K]``, :math:`l`, the log
        probabilities up to a constant.
    :param check_numerics: A bool. Raise InvalidArgumentError when `logits` or
        the log of `temperature` is inf or nan.

    >>> import numpy as np
    >>> import zhusuan as zs
    >>> dist = zs.distributions.ExpConcrete(1., [0., 0.])
    >>> print("%.4f" % dist.prob(np.log([0.5, 0.5])))
    0.2500
    """

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        return self._log_sample(n_samples)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        # The density is 0 where exp(given) underflows to 0.
        inside = tf.logical_and(
            tf.reduce_all(tf.math.is_finite(given), axis=-1),
            sums_to_one(tf.exp(given)))
        log_x = tf.where(inside[..., tf.newaxis], given, tf.zeros_like(given))
        return where_inside(
            inside, self._log_density_of_log(log_x))


class Concrete(_ConcreteFamily):
    r"""The Concrete or Gumbel-softmax distribution on the simplex.

    .. math::

        p(x) = (K - 1)!\, \lambda^{K - 1} \prod_{k=1}^K
               \frac{e^{l_k} x_k^{-\lambda - 1}}{\sum_j e^{l_j} x_j^{-\lambda}},
        \qquad x_k > 0, \quad \sum_k x_k = 1

    A continuous relaxation of the one-hot categorical distribution, which it
    approaches as the temperature :math:`\lambda` falls to 0. See Maddison, Mnih
    and Teh (2017), "The Concrete distribution", eq. 10, and Jang, Gu and Poole
    (2017), "Categorical reparameterization with Gumbel-softmax". See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value
    shape is ``[K]``. Also called `GumbelSoftmax`.

    Samples that underflow become the smallest normal number of their dtype, where the
    density is finite. Samples of :class:`ExpConcrete` do not underflow.

    :param temperature: A positive float 0-D Tensor, :math:`\lambda`.
    :param logits: A float Tensor of shape ``[..., K]``, :math:`l`, the log
        probabilities up to a constant.
    :param check_numerics: A bool. Raise InvalidArgumentError when `logits` or
        the log of `temperature` is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Concrete(1., [0., 0.])
    >>> print(["%.4f" % p for p in dist.prob([[0.5, 0.5], [1., 0.]])])
    ['1.0000', '0.0000']
    """

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        return tf.maximum(tf.exp(self._log_sample(n_samples)),
                          np.finfo(self.dtype.as_numpy_dtype).tiny)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        inside = tf.logical_and(tf.reduce_all(given > 0., axis=-1),
                                sums_to_one(given))
        log_x = tf.math.log(tf.where(
            inside[..., tf.newaxis], given, tf.ones_like(given)))
        log_prob = (self._log_density_of_log(log_x) -
                    tf.reduce_sum(log_x, axis=-1))
        return where_inside(inside, log_prob)


BinGumbelSoftmax = BinConcrete
ExpGumbelSoftmax = ExpConcrete
GumbelSoftmax = Concrete
