"""The LKJ distribution of correlation matrices, by their Cholesky factors."""
import math
from typing import Any, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.matrices import is_correlation_cholesky
from zhusuan.distributions._bases.parameters import convert_and_check, parameter
from zhusuan.distributions._conversion import check_int
from zhusuan.distributions._numerics.elementary import (
    largest_exponent,
    where_inside,
    widened,
)
from zhusuan.distributions._numerics.gamma_functions import lgamma, log_less_digamma
from zhusuan.distributions._numerics.samplers import log_gamma_sample
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    r"""The distribution of the Cholesky factor of a random correlation matrix.

    .. math::

        p(L) = \prod_{k=2}^d \frac{\Gamma(\eta + \frac{d - 1}{2})}
               {\pi^{(k - 1) / 2}\, \Gamma(\eta + \frac{d - k}{2})}
               L_{kk}^{d - k + 2\eta - 2}, \qquad
        L_{kk} > 0, \quad \sum_{j \le k} L_{kj}^2 = 1

    The density of the correlation matrix :math:`L L^T` is proportional to
    :math:`\det(L L^T)^{\eta - 1}` (Lewandowski, Kurowicka and Joe, 2009, "Generating
    random correlation matrices based on vines and extended onion method"). The density
    above is that of the numbers below the diagonal of :math:`L`. Samples are drawn by
    the onion method of section 3.2.

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value shape is
    ``[d, d]``. Rows whose squares sum to 1 within 0.001 count as unit vectors.

    :param dimension: A positive int, :math:`d`.
    :param concentration: A positive float Tensor, :math:`\eta`. At 1, correlation
        matrices are uniformly distributed; correlations are smaller above 1.
    :param check_numerics: A bool. Raise InvalidArgumentError when `concentration` or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.LKJCholesky(2, 1.)
    >>> print("%.2f" % dist.prob([[1., 0.], [0.6, 0.8]]))
    0.50
    """

    def __init__(self, dimension: int, concentration: TensorLike,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        self._dimension = check_int("dimension", dimension)
        self._tensors = convert_and_check(
            {"concentration": concentration}, ("concentration",), check_numerics)
        super().__init__(
            dtype=self.concentration.dtype, param_dtype=self.concentration.dtype,
            is_continuous=True, is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"concentration": (self.concentration, 0)}, **kwargs)

    concentration = parameter("concentration", "The shape, a positive float Tensor.")

    @property
    def dimension(self) -> int:
        """The number d of rows of a matrix, an int."""
        return self._dimension

    def _get_value_shape(self) -> tf.TensorShape:
        return tf.TensorShape([self._dimension, self._dimension])

    def _value_shape(self) -> tf.Tensor:
        return tf.constant([self._dimension, self._dimension], tf.int32)

    def _shapes(self, concentration: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        """The shapes of the squares: of the diagonal, and of the others of each row."""
        before = np.arange(float(self._dimension))
        rest = tf.constant(0.5 * before[::-1], concentration.dtype)
        return (concentration[..., tf.newaxis] + rest,
                tf.constant(0.5 * before, concentration.dtype))

    # -- Moments --

    @property
    def mean(self) -> tf.Tensor:
        """The mean, of shape ``[..., d, d]``: a diagonal matrix."""
        concentration, = widened(self.concentration)
        diagonal, others = self._shapes(concentration)
        log_mean = (lgamma(diagonal + 0.5) - lgamma(diagonal) +
                    lgamma(diagonal + others) - lgamma(diagonal + others + 0.5))
        # Its row is not random, so no rounding may change it.
        log_mean = tf.where(others > 0., log_mean, tf.zeros_like(log_mean))
        return tf.cast(tf.linalg.diag(tf.exp(log_mean)), self.dtype)

    @property
    def variance(self) -> tf.Tensor:
        """The variances of the elements, of shape ``[..., d, d]``."""
        concentration, = widened(self.concentration)
        diagonal, others = self._shapes(concentration)
        total = diagonal + others
        below = tf.linalg.band_part(tf.ones(
            [self._dimension, self._dimension], total.dtype), -1, 0) * (
                0.5 / total)[..., tf.newaxis]
        mean = tf.cast(tf.linalg.diag_part(self.mean), total.dtype)
        on_diagonal = tf.where(others > 0., diagonal / total - tf.square(mean),
                               tf.zeros_like(total))
        return tf.cast(tf.linalg.set_diag(below, on_diagonal), self.dtype)

    @property
    def mode(self) -> tf.Tensor:
        """The identity matrix; nan where the concentration is below 1."""
        identity = tf.eye(self._dimension, dtype=self.dtype)
        has_mode = self.concentration[..., tf.newaxis, tf.newaxis] >= 1.
        return tf.where(has_mode, identity, self.dtype.as_numpy_dtype(np.nan))

    def _entropy(self) -> tf.Tensor:
        concentration, = widened(self.concentration)
        diagonal, others = self._shapes(concentration)
        # E[log(L_kk^2)] = digamma(diagonal) - digamma(diagonal + others)
        log_square = (tf.math.log(diagonal / (diagonal + others)) -
                      log_less_digamma(diagonal) +
                      log_less_digamma(diagonal + others))
        return -tf.reduce_sum(self._log_normalizers(concentration) +
                              (diagonal - 1.) * log_square, axis=-1)

    # -- Samples and densities --

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        """Each row is a normal vector and the root of a gamma variable, normalized."""
        concentration, = widened(self.concentration)
        shape = self._sample_shape(n_samples)
        below = random_numbers.normal(shape, concentration.dtype)
        below = below - tf.linalg.band_part(below, 0, -1)
        shapes, _ = self._shapes(concentration)
        log_gamma = log_gamma_sample(shapes, shape[:-1])
        # An exponential that underflows or overflows would have no slope.
        bound = 0.25 * largest_exponent(log_gamma.dtype)
        diagonal = math.sqrt(2.) * tf.exp(
            tf.clip_by_value(0.5 * log_gamma, -bound, bound))
        length = tf.sqrt(tf.reduce_sum(tf.square(below), axis=-1) + tf.square(diagonal))
        tril = tf.linalg.set_diag(below, diagonal) / length[..., tf.newaxis]
        tril = tf.cast(tril, self.dtype)
        return tf.linalg.set_diag(tril, tf.maximum(
            tf.linalg.diag_part(tril), np.finfo(self.dtype.as_numpy_dtype).tiny))

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        inside = is_correlation_cholesky(given)
        concentration, diagonal = widened(
            self.path_param(self.concentration), tf.linalg.diag_part(given))
        diagonal = tf.where(inside[..., tf.newaxis], diagonal, tf.ones_like(diagonal))
        shapes, _ = self._shapes(concentration)
        # The first row is 1, whatever its rounding.
        powers = (2. * (shapes - 1.) * tf.math.log(diagonal))[..., 1:]
        log_prob = tf.reduce_sum(powers, axis=-1) + tf.reduce_sum(
            self._log_normalizers(concentration), axis=-1)
        return tf.cast(where_inside(inside, log_prob), self.param_dtype)

    def _log_normalizers(self, concentration: tf.Tensor) -> tf.Tensor:
        """The log of the constant factor of the density of each row."""
        diagonal, others = self._shapes(concentration)
        return (lgamma(diagonal + others) - lgamma(diagonal) -
                math.log(math.pi) * others)
