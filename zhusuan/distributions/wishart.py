"""Distributions of covariance and precision matrices."""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.matrices import positive_definite_cholesky
from zhusuan.distributions._bases.vectors import last_dimension
from zhusuan.distributions._checks import (
    check_min_rank,
    check_same_length,
    checked,
)
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import where_inside, widened
from zhusuan.distributions._numerics.multivariate_gamma import (
    multivariate_digamma,
    multivariate_lgamma,
)
from zhusuan.distributions._numerics.samplers import log_gamma_sample
from zhusuan.distributions._numerics.triangular import (
    log_abs_det,
    multiply,
    solve,
    squared_rows,
)
from zhusuan.distributions.base import Distribution

__all__ = ["InverseWishart", "Wishart"]


class _WishartLike(Distribution):
    """Degrees of freedom, a scale matrix, and Bartlett's decomposition."""

    def __init__(self, df, scale_tril, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        df, scale_tril = convert_parameters(df=df, scale_tril=scale_tril)
        tril = check_min_rank("scale_tril", checked(
            "scale_tril", scale_tril, check_numerics), 2)
        self._scale_tril = check_same_length(
            "scale_tril", tril, "scale_tril", tril, -2, -1)
        self._df = _check_df(checked("df", df, check_numerics), last_dimension(tril))
        self._check_numerics = check_numerics
        super().__init__(
            dtype=df.dtype, param_dtype=df.dtype, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"df": (self._df, 0), "scale_tril": (self._scale_tril, 2)},
            **kwargs)

    @property
    def df(self):
        """The degrees of freedom, a float Tensor."""
        return self._df

    @property
    def scale_tril(self):
        """The Cholesky factor of the scale matrix, of shape ``[..., d, d]``."""
        return self._scale_tril

    def _value_shape(self):
        return tf.shape(self._scale_tril)[-2:]

    def _get_value_shape(self):
        if self._scale_tril.shape.rank is None:
            return tf.TensorShape([None, None])
        return self._scale_tril.shape[-2:]

    @property
    def _length(self):
        return last_dimension(self._scale_tril)

    def _scale(self):
        """The scale matrix, and the products of pairs of its diagonal."""
        tril, = widened(self._scale_tril)
        diagonal = squared_rows(tril)
        return multiply(tril, tf.linalg.matrix_transpose(
            tf.linalg.band_part(tril, -1, 0))), (
                diagonal[..., tf.newaxis] * diagonal[..., tf.newaxis, :])

    def _over_matrix(self, x):
        """`x`, one number for each matrix, with the axes of a matrix."""
        return widened(x)[0][..., tf.newaxis, tf.newaxis]

    def _excess_df(self):
        """``df - d - 1``, with the axes of a matrix."""
        df = self._over_matrix(self._df)
        return df - tf.cast(self._length, df.dtype) - 1.

    def _rounded(self, is_defined, matrix):
        return tf.cast(tf.where(
            is_defined, matrix, matrix.dtype.as_numpy_dtype(np.nan)), self.dtype)

    def _standard_tril(self, n_samples):
        """Factors of samples with the identity matrix for a scale; float32 or wider.

        Bartlett (1933), "On the theory of statistical regression".
        """
        df, = widened(self._df)
        shape = self._sample_shape(n_samples)
        shapes = 0.5 * (df[..., tf.newaxis] - tf.cast(tf.range(self._length), df.dtype))
        diagonal = math.sqrt(2.) * tf.exp(0.5 * log_gamma_sample(shapes, shape[:-1]))
        return tf.linalg.set_diag(tf.linalg.band_part(
            random_numbers.normal(shape, df.dtype), -1, 0), diagonal)

    def _log_prob(self, given):
        given, df, tril = widened(
            given, self.path_param(self._df), self.path_param(self._scale_tril))
        given_tril, inside = positive_definite_cholesky(given)
        log_det = log_abs_det("scale_tril", tril, self._check_numerics)
        log_prob = self._log_density(given_tril, df, tril, log_det) - (
            0.5 * math.log(2.)) * df * tf.cast(self._length, df.dtype) - (
                multivariate_lgamma(0.5 * df, self._length))
        return tf.cast(where_inside(inside, log_prob), self.param_dtype)

    def _log_density(self, given_tril, df, tril, log_det):
        """The log density less the terms of `df` alone, from Cholesky factors.

        :param log_det: The log of the determinant of `tril`.
        """
        raise NotImplementedError


class Wishart(_WishartLike):
    r"""The Wishart distribution of positive definite matrices.

    .. math::

        p(X) = \frac{|X|^{(\nu - d - 1) / 2}
               \exp\left(-\frac{1}{2} \mathrm{tr}(V^{-1} X)\right)}
               {2^{\nu d / 2} |V|^{\nu / 2} \Gamma_d(\nu / 2)}, \qquad
        X = X^T \succ 0, \qquad V = L L^T

    It is the distribution of the sum of :math:`\nu` squares :math:`x x^T` of normal
    vectors with the covariance :math:`V`. The density is that of the lower triangle of
    :math:`X`. It is 0 for matrices that are not symmetric and positive definite.
    A sample that is close to singular can be rounded to such a matrix.

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value shape is
    ``[d, d]``. Samples are made by Bartlett's decomposition.

    :param df: A float Tensor, the degrees of freedom :math:`\nu`, above ``d - 1``.
    :param scale_tril: A float Tensor of shape ``[..., d, d]``, the lower triangle
        :math:`L` of the scale matrix :math:`V`. Numbers above the diagonal
        are ignored.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or the
        log of the determinant is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Wishart(3., [[1., 0.], [0., 1.]])
    >>> print("%.4f" % dist.prob([[2., 0.], [0., 2.]]))
    0.0108
    """

    @property
    def mean(self):
        """``df V``, of shape ``[..., d, d]``."""
        return tf.cast(self._over_matrix(self._df) * self._scale()[0], self.dtype)

    @property
    def variance(self):
        """The variances of the elements, of shape ``[..., d, d]``."""
        scale, products = self._scale()
        return tf.cast(self._over_matrix(self._df) * (tf.square(scale) + products),
                       self.dtype)

    @property
    def mode(self):
        """``(df - d - 1) V``; nan where `df` is below ``d + 1``."""
        excess = self._excess_df()
        return self._rounded(excess >= 0., excess * self._scale()[0])

    def _entropy(self):
        df, tril = widened(self._df, self._scale_tril)
        size = tf.cast(self._length, df.dtype)
        log_det = log_abs_det("scale_tril", tril, self._check_numerics)
        return ((size + 1.) * (log_det + 0.5 * math.log(2.) * size) +
                multivariate_lgamma(0.5 * df, self._length) -
                0.5 * (df - size - 1.) * multivariate_digamma(0.5 * df, self._length) +
                0.5 * df * size)

    def _sample(self, n_samples):
        tril, = widened(self._scale_tril)
        root = multiply(tril, self._standard_tril(n_samples))
        return tf.cast(tf.matmul(root, root, transpose_b=True), self.dtype)

    def _log_density(self, given_tril, df, tril, log_det):
        size = tf.cast(self._length, df.dtype)
        root = solve(tril, given_tril)
        return ((df - size - 1.) * log_abs_det("", given_tril, False) - df * log_det -
                0.5 * tf.reduce_sum(tf.square(root), axis=[-2, -1]))


class InverseWishart(_WishartLike):
    r"""The inverse Wishart distribution of positive definite matrices.

    .. math::

        p(X) = \frac{|\Psi|^{\nu / 2} |X|^{-(\nu + d + 1) / 2}
               \exp\left(-\frac{1}{2} \mathrm{tr}(\Psi X^{-1})\right)}
               {2^{\nu d / 2} \Gamma_d(\nu / 2)}, \qquad
        X = X^T \succ 0, \qquad \Psi = L L^T

    The inverse of :math:`X` follows a Wishart distribution with the scale matrix
    :math:`\Psi^{-1}`. The density is that of the lower triangle of :math:`X`. It is 0
    for matrices that are not symmetric and positive definite. A sample that is close to
    singular can be rounded to such a matrix.

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value shape is
    ``[d, d]``. Samples are made by Bartlett's decomposition.

    :param df: A float Tensor, the degrees of freedom :math:`\nu`, above ``d - 1``.
    :param scale_tril: A float Tensor of shape ``[..., d, d]``, the lower triangle
        :math:`L` of the scale matrix :math:`\Psi`. Numbers above the diagonal
        are ignored.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or the
        log of the determinant is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.InverseWishart(5., [[1., 0.], [0., 1.]])
    >>> print("%.2f" % dist.mean[0, 0])
    0.50
    """

    @property
    def mean(self):
        """``Psi / (df - d - 1)``; nan where `df` is not above ``d + 1``."""
        excess = self._excess_df()
        return self._rounded(excess > 0., self._scale()[0] / excess)

    @property
    def variance(self):
        """The variances of the elements; nan where `df` is not above ``d + 3``.

        Press (1982), "Applied multivariate analysis", eq. 5.2.4.
        """
        scale, products = self._scale()
        gap = self._excess_df()
        numerator = (gap + 2.) * tf.square(scale) + gap * products
        # In steps: the product of all factors overflows.
        variance = numerator / (gap + 1.) / gap / gap / (gap - 2.)
        return self._rounded(gap > 2., variance)

    @property
    def mode(self):
        """``Psi / (df + d + 1)``, of shape ``[..., d, d]``."""
        df = self._over_matrix(self._df)
        return tf.cast(self._scale()[0] / (
            df + tf.cast(self._length, df.dtype) + 1.), self.dtype)

    def _entropy(self):
        df, tril = widened(self._df, self._scale_tril)
        size = tf.cast(self._length, df.dtype)
        log_det = log_abs_det("scale_tril", tril, self._check_numerics)
        return ((size + 1.) * (log_det - 0.5 * math.log(2.) * size) +
                multivariate_lgamma(0.5 * df, self._length) + 0.5 * df * size -
                0.5 * (df + size + 1.) * multivariate_digamma(0.5 * df, self._length))

    def _sample(self, n_samples):
        tril, = widened(self._scale_tril)
        transposed = tf.linalg.matrix_transpose(tf.linalg.band_part(tril, -1, 0))
        root = solve(self._standard_tril(n_samples), transposed + tf.zeros(
            self._sample_shape(n_samples), tril.dtype))
        return tf.cast(tf.matmul(root, root, transpose_a=True), self.dtype)

    def _log_density(self, given_tril, df, tril, log_det):
        size = tf.cast(self._length, df.dtype)
        root = solve(given_tril, tf.linalg.band_part(tril, -1, 0))
        return (df * log_det - (df + size + 1.) * log_abs_det("", given_tril, False) -
                0.5 * tf.reduce_sum(tf.square(root), axis=[-2, -1]))


def _check_df(df, length):
    """`df`, checked to be finite and greater than ``length - 1``."""
    message = ("df must be finite and greater than d - 1, where d is the number of "
               "rows of scale_tril")
    known, size = tf.get_static_value(df), tf.get_static_value(length)
    if known is not None and size is not None:
        if not np.all((known > size - 1.) & (known < np.inf)):
            raise ValueError("%s, but df is %s and d is %d." % (message, known, size))
        return df
    is_valid = tf.logical_and(
        df > tf.cast(length, df.dtype) - 1., tf.math.is_finite(df))
    return _tf.identity_after([tf.debugging.Assert(
        tf.reduce_all(is_valid), [message + "."])], df)
