"""The Dirichlet distribution."""
from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import CategoryDistribution
from zhusuan.distributions._checks import check_min_rank, checked, static_length
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import where_inside, widened
from zhusuan.distributions._numerics.gamma_functions import (
    gamma_entropy,
    lgamma,
    log_power_of,
)
from zhusuan.distributions._numerics.samplers import log_gamma_sample
from zhusuan.distributions._numerics.simplex import is_on_simplex
from zhusuan.utils import TensorLike

__all__ = ["Dirichlet"]


class Dirichlet(CategoryDistribution):
    r"""The Dirichlet distribution on the simplex.

    .. math::

        p(x) = \frac{\Gamma(\sum_k \alpha_k)}{\prod_k \Gamma(\alpha_k)}
               \prod_{k=1}^K x_k^{\alpha_k - 1}, \qquad
        x_k \ge 0, \quad \sum_k x_k = 1

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`; the value shape is ``[K]``. Values that sum to 1 within 0.001
    are accepted as points of the simplex.

    Samples that underflow become the smallest normal number of their dtype.

    :param alpha: A positive float Tensor of shape ``[..., K]`` with ``K >= 2``,
        the concentrations :math:`\alpha`.
    :param check_numerics: A bool. Raise InvalidArgumentError when `alpha` or the
        log of the normalizing constant is inf or nan.
    :param is_reparameterized: A bool. Whether gradients flow from samples to
        `alpha`, by implicit reparameterization (Figurnov, Mohamed and Mnih,
        2018).

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Dirichlet([1., 1., 1.])
    >>> print(["%.1f" % p for p in dist.prob([[0.2, 0.3, 0.5], [1., 0., 0.]])])
    ['2.0', '2.0']
    """

    def __init__(self, alpha: TensorLike, group_ndims: TensorLike = 0,
                 check_numerics: bool = False, is_reparameterized: bool = False,
                 use_path_derivative: bool = False, **kwargs: Any) -> None:
        alpha, = convert_parameters(alpha=alpha)
        alpha = check_min_rank("alpha", checked("alpha", alpha, check_numerics), 1)
        self._alpha = _at_least_two(alpha)
        self._check_numerics = check_numerics
        super().__init__(
            self._alpha, dtype=alpha.dtype, param_dtype=alpha.dtype,
            is_continuous=True, is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"alpha": (self._alpha, 1)}, **kwargs)

    @property
    def alpha(self) -> tf.Tensor:
        """The concentrations, of shape ``[..., K]``."""
        return self._alpha

    @property
    def mean(self) -> tf.Tensor:
        """``alpha / sum(alpha)``, of shape ``[..., K]``."""
        return self._alpha / tf.reduce_sum(self._alpha, axis=-1, keepdims=True)

    @property
    def variance(self) -> tf.Tensor:
        """The variances of the components, of shape ``[..., K]``."""
        total = tf.reduce_sum(self._alpha, axis=-1, keepdims=True)
        return self.mean * (1. - self.mean) / (1. + total)

    @property
    def mode(self) -> tf.Tensor:
        """The mode if all of alpha are above 1, else nan; of shape ``[..., K]``."""
        excess = self._alpha - 1.
        exists = tf.reduce_all(excess > 0., axis=-1, keepdims=True)
        mode = excess / tf.reduce_sum(excess, axis=-1, keepdims=True)
        return tf.where(exists, mode, self.dtype.as_numpy_dtype(np.nan))

    def _entropy(self) -> tf.Tensor:
        alpha, = widened(self._alpha)
        return tf.reduce_sum(gamma_entropy(alpha), axis=-1) - gamma_entropy(
            tf.reduce_sum(alpha, axis=-1), tf.cast(self.n_categories, alpha.dtype))

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        alpha, = widened(self._alpha)
        log_gamma = log_gamma_sample(alpha, self._sample_shape(n_samples))
        sample = tf.cast(tf.nn.softmax(log_gamma), self.dtype)
        return tf.maximum(sample, np.finfo(self.dtype.as_numpy_dtype).tiny)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        alpha, given = widened(self.path_param(self._alpha), given)
        inside = is_on_simplex(given)
        given = tf.where(inside[..., tf.newaxis], given, tf.ones_like(given))
        log_beta = checked("log(B(alpha))", _log_beta(alpha), self._check_numerics)
        log_prob = tf.reduce_sum(log_power_of(given, alpha - 1.), axis=-1) - log_beta
        log_prob = tf.cast(log_prob, self.dtype)
        return where_inside(inside, log_prob)


def _at_least_two(alpha: tf.Tensor) -> tf.Tensor:
    length = static_length(alpha, -1)
    if length is not None and length < 2:
        raise ValueError(
            "Dirichlet: the last axis of alpha must have length K >= 2, but the "
            "shape of alpha is %s." % alpha.shape)
    return alpha


def _log_beta(alpha: tf.Tensor) -> tf.Tensor:
    """The log of the multivariate beta function."""
    return (tf.reduce_sum(lgamma(alpha), axis=-1) -
            lgamma(tf.reduce_sum(alpha, axis=-1)))
