"""The binomial distribution."""
from __future__ import annotations

from typing import Any, Union

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import LogOddsDistribution
from zhusuan.distributions._conversion import check_totals
from zhusuan.distributions._numerics.elementary import sigmoid
from zhusuan.distributions._numerics.gamma_functions import log_binomial
from zhusuan.distributions._numerics.incomplete_beta import beta_cdf_at_logit
from zhusuan.distributions._numerics.log_incomplete_beta import log_beta_cdf_at_logit
from zhusuan.distributions._numerics.samplers import binomial_sample
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["Binomial"]


class Binomial(LogOddsDistribution):
    r"""The binomial distribution.

    .. math::

        P(x) = \binom{n}{x} \sigma(l)^x (1 - \sigma(l))^{n - x}, \qquad
        x \in \{0, 1, \dots, n\}, \qquad \sigma(l) = \frac{1}{1 + e^{-l}}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and
    `group_ndims`.

    :param logits: A float Tensor, the log-odds :math:`l` of success.
    :param n_experiments: A positive int or 0-D int32 Tensor, :math:`n`. Or an int32
        Tensor of totals >= 0 that broadcasts with `logits`, one for each datum.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or
        64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when `logits` is
        inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Binomial(0., 2).prob(1))
    0.5000
    """

    def __init__(self, logits: TensorLike, n_experiments: TensorLike,
                 dtype: DTypeLike = tf.int32, group_ndims: TensorLike = 0,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__({"logits": logits}, dtype, group_ndims=group_ndims,
                         check_numerics=check_numerics, **kwargs)
        self._n_experiments = check_totals("n_experiments", n_experiments)
        self._add_to_batch("n_experiments", self._n_experiments)

    @property
    def n_experiments(self) -> Union[int, tf.Tensor]:
        """The number of trials, an int or an int32 Tensor."""
        return self._n_experiments

    @property
    def mean(self) -> tf.Tensor:
        """``n_experiments sigmoid(logits)``."""
        return self._largest_value(self.param_dtype) * sigmoid(self.logits)

    @property
    def variance(self) -> tf.Tensor:
        """``mean sigmoid(-logits)``."""
        return self.mean * sigmoid(-self.logits)

    @property
    def mode(self) -> tf.Tensor:
        """``(n_experiments + 1) sigmoid(logits)``, rounded down."""
        n = self._largest_value(tf.float64)
        mode = tf.floor((n + 1.) * sigmoid(tf.cast(self.logits, tf.float64)))
        return tf.cast(tf.minimum(mode, n), self.dtype)

    def _largest_value(self, dtype: tf.DType) -> tf.Tensor:
        return tf.cast(self._n_experiments, dtype)

    def _draw(self, shape: TensorLike) -> tf.Tensor:
        return binomial_sample(self._n_experiments, self.logits, shape)

    def _log_mass(self, k: tf.Tensor) -> tf.Tensor:
        return log_binomial(k, self._largest_value(k.dtype) - k, *self._probabilities())

    def _cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        logits, = self._widened_parameters()
        failures = self._largest_value(k.dtype) - k
        inner = beta_cdf_at_logit(tf.maximum(failures, 1.), k + 1., -logits)
        return tf.where(failures > 0., inner, tf.ones_like(inner))

    def _log_cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        logits, = self._widened_parameters()
        failures = self._largest_value(k.dtype) - k
        inner = log_beta_cdf_at_logit(tf.maximum(failures, 1.), k + 1., -logits)
        return tf.where(failures > 0., inner, tf.zeros_like(inner))

    def _log_survival_inside(self, k: tf.Tensor) -> tf.Tensor:
        logits, = self._widened_parameters()
        failures = self._largest_value(k.dtype) - k
        inner = log_beta_cdf_at_logit(k + 1., tf.maximum(failures, 1.), logits)
        return tf.where(failures > 0., inner, tf.constant(-np.inf, inner.dtype))
