"""Normal distributions on vectors."""
from __future__ import annotations

from typing import Any

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import VectorDistribution
from zhusuan.distributions._checks import (
    check_min_rank,
    check_same_length,
    check_tril,
    checked,
)
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import HALF_LOG_2PI, reciprocal
from zhusuan.distributions._numerics.triangular import (
    log_abs_det,
    multiply,
    solve,
    squared_rows,
)
from zhusuan.utils import TensorLike

__all__ = ["MultivariateNormalCholesky", "MultivariateNormalDiag"]


class MultivariateNormalDiag(VectorDistribution):
    r"""The normal distribution on vectors of independent components.

    .. math::

        p(x) = \prod_{i=1}^d \frac{1}{\sqrt{2\pi}\,\sigma_i}
               \exp\left(-\frac{(x_i - \mu_i)^2}{2\sigma_i^2}\right),
        \qquad x \in \mathbb{R}^d

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value
    shape is ``[d]``.

    :param mean: A float Tensor of shape ``[..., d]``, :math:`\mu`.
    :param std: A positive float Tensor of shape ``[..., d]``, :math:`\sigma`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of `std` is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.MultivariateNormalDiag([0., 0.], [1., 2.])
    >>> print("%.4f" % dist.log_prob([0., 0.]))
    -2.5310
    """

    def __init__(self, mean: TensorLike, std: TensorLike, group_ndims: TensorLike = 0,
                 is_reparameterized: bool = True, use_path_derivative: bool = False,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        mean, std = convert_parameters(mean=mean, std=std)
        self._mean = check_min_rank("mean", checked(
            "mean", mean, check_numerics), 1)
        self._std = check_min_rank("std", checked(
            "std", std, check_numerics), 1)
        self._std = check_same_length("std", self._std, "mean", self._mean)
        self._check_numerics = check_numerics
        super().__init__(
            self._mean, dtype=mean.dtype, param_dtype=mean.dtype,
            is_continuous=True, is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"mean": (self._mean, 1), "std": (self._std, 1)}, **kwargs)

    @property
    def mean(self) -> tf.Tensor:
        """The mean, of shape ``[..., d]``."""
        return self._mean

    @property
    def std(self) -> tf.Tensor:
        """The standard deviations, of shape ``[..., d]``."""
        return self._std

    @property
    def variance(self) -> tf.Tensor:
        """The variances of the components, of shape ``[..., d]``."""
        return tf.square(self._std)

    @property
    def mode(self) -> tf.Tensor:
        """The same as :attr:`mean`."""
        return self._mean

    def _entropy(self) -> tf.Tensor:
        return tf.reduce_sum(
            tf.math.log(self._std) + (0.5 + HALF_LOG_2PI), axis=-1)

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        noise = random_numbers.normal(self._sample_shape(n_samples), self.dtype)
        return self._mean + self._std * noise

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        std = self.path_param(self._std)
        z = (given - self.path_param(self._mean)) * reciprocal(std)
        log_std = checked("log(std)", tf.math.log(std), self._check_numerics)
        return -tf.reduce_sum(
            0.5 * tf.square(z) + (log_std + HALF_LOG_2PI), axis=-1)


class MultivariateNormalCholesky(VectorDistribution):
    r"""The normal distribution on vectors, with the Cholesky factor of its covariance.

    .. math::

        p(x) = \frac{1}{(2\pi)^{d/2} |\det L|}
               \exp\left(-\frac{1}{2} \|L^{-1} (x - \mu)\|^2\right),
        \qquad x \in \mathbb{R}^d, \qquad \Sigma = L L^T

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value
    shape is ``[d]``.

    :param mean: A float Tensor of shape ``[..., d]``, :math:`\mu`.
    :param cov_tril: A float Tensor of shape ``[..., d, d]``, the lower triangle
        :math:`L` of the covariance :math:`\Sigma`. Entries above the
        diagonal are ignored.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the determinant is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.MultivariateNormalCholesky(
    ...     [0., 0.], [[1., 0.], [3., 2.]])
    >>> print("%.4f" % dist.log_prob([0., 0.]))
    -2.5310
    """

    def __init__(self, mean: TensorLike, cov_tril: TensorLike,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        mean, cov_tril = convert_parameters(mean=mean, cov_tril=cov_tril)
        self._mean = check_min_rank("mean", checked(
            "mean", mean, check_numerics), 1)
        self._cov_tril = check_tril(
            "cov_tril", checked("cov_tril", cov_tril, check_numerics),
            "mean", self._mean, axis=-1)
        self._check_numerics = check_numerics
        super().__init__(
            self._mean, dtype=mean.dtype, param_dtype=mean.dtype,
            is_continuous=True, is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"mean": (self._mean, 1),
                        "cov_tril": (self._cov_tril, 2)}, **kwargs)

    @property
    def mean(self) -> tf.Tensor:
        """The mean, of shape ``[..., d]``."""
        return self._mean

    @property
    def cov_tril(self) -> tf.Tensor:
        """The Cholesky factor of the covariance, of shape ``[..., d, d]``."""
        return self._cov_tril

    @property
    def variance(self) -> tf.Tensor:
        """The diagonal of the covariance, of shape ``[..., d]``."""
        return squared_rows(self._cov_tril)

    @property
    def mode(self) -> tf.Tensor:
        """The same as :attr:`mean`."""
        return self._mean

    def _entropy(self) -> tf.Tensor:
        length = tf.cast(self._length, self.dtype)
        return (0.5 + HALF_LOG_2PI) * length + log_abs_det(
            "cov_tril", self._cov_tril, self._check_numerics)

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        noise = random_numbers.normal(self._sample_shape(n_samples), self.dtype)
        noise = multiply(self._cov_tril, noise[..., tf.newaxis])
        return self._mean + tf.squeeze(noise, axis=-1)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        cov_tril = self.path_param(self._cov_tril)
        centred = given - self.path_param(self._mean)
        z = tf.squeeze(solve(cov_tril, centred[..., tf.newaxis]), axis=-1)
        log_det = log_abs_det("cov_tril", cov_tril, self._check_numerics)
        return (-HALF_LOG_2PI * tf.cast(self._length, self.dtype) - log_det
                - 0.5 * tf.reduce_sum(tf.square(z), axis=-1))
