"""Student's t distribution on vectors."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.vectors import VectorDistribution
from zhusuan.distributions._checks import check_min_rank, check_tril, checked
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    largest_exponent,
    log1p,
    log1p_inverse,
    widened,
)
from zhusuan.distributions._numerics.gamma_functions import (
    log_less_digamma,
    stirling_error,
)
from zhusuan.distributions._numerics.samplers import log_gamma_sample
from zhusuan.distributions._numerics.student_functions import bounded_df
from zhusuan.distributions._numerics.triangular import (
    log_abs_det,
    multiply,
    solve,
    squared_rows,
)

__all__ = ["MultivariateStudentT"]


class MultivariateStudentT(VectorDistribution):
    r"""Student's t distribution on vectors.

    .. math::

        p(x) = \frac{\Gamma(\frac{\nu + d}{2})}
                    {\Gamma(\frac{\nu}{2}) (\nu\pi)^{d/2} |\det L|}
               \left(1 + \frac{\|L^{-1} (x - \mu)\|^2}{\nu}\right)^{-\frac{\nu + d}{2}},
        \qquad x \in \mathbb{R}^d

    A draw is a normal vector divided by the root of one gamma variable, so its
    components depend on each other, also where :math:`L` is diagonal (Kotz and
    Nadarajah, 2004, "Multivariate t distributions and their applications", section
    1.1).

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value shape is
    ``[d]``.

    :param df: A positive float Tensor, the degrees of freedom :math:`\nu`.
    :param loc: A float Tensor of shape ``[..., d]``, the location :math:`\mu`.
    :param scale_tril: A float Tensor of shape ``[..., d, d]``, the lower triangle
        :math:`L` of the scale matrix :math:`L L^T`. Numbers above the diagonal
        are ignored.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or the
        log of the determinant is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.MultivariateStudentT(
    ...     1., [0., 0.], [[1., 0.], [3., 2.]])
    >>> print("%.4f" % dist.log_prob([0., 0.]))
    -2.5310
    """

    def __init__(self, df, loc, scale_tril, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        df, loc, scale_tril = convert_parameters(df=df, loc=loc, scale_tril=scale_tril)
        self._df = checked("df", df, check_numerics)
        self._loc = check_min_rank("loc", checked("loc", loc, check_numerics), 1)
        self._scale_tril = check_tril(
            "scale_tril", checked("scale_tril", scale_tril, check_numerics),
            "loc", self._loc, axis=-1)
        self._check_numerics = check_numerics
        super().__init__(
            self._loc, dtype=df.dtype, param_dtype=df.dtype, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"df": (self._df, 0), "loc": (self._loc, 1),
                        "scale_tril": (self._scale_tril, 2)}, **kwargs)

    @property
    def df(self):
        """The degrees of freedom, a positive float Tensor."""
        return self._df

    @property
    def loc(self):
        """The location, of shape ``[..., d]``."""
        return self._loc

    @property
    def scale_tril(self):
        """The Cholesky factor of the scale matrix, of shape ``[..., d, d]``."""
        return self._scale_tril

    @property
    def mean(self):
        """The location; nan for `df` up to 1."""
        return tf.where(self._df[..., tf.newaxis] > 1., self._loc,
                        self.dtype.as_numpy_dtype(np.nan))

    @property
    def variance(self):
        """The variances of the components; inf for `df` up to 2 and nan up to 1."""
        infinity, nan = self.dtype.as_numpy_dtype([np.inf, np.nan])
        df = bounded_df(self._df)[..., tf.newaxis]
        finite = squared_rows(self._scale_tril) * (df / (df - 2.))
        return tf.where(df > 2., finite, tf.where(df > 1., infinity, nan))

    @property
    def mode(self):
        """The location."""
        return self._loc

    def _entropy(self):
        df, tril = widened(self._df, self._scale_tril)
        half, size = 0.5 * bounded_df(df), tf.cast(self._length, df.dtype)
        # digamma(half + size / 2) - digamma(half), without cancellation
        step = (log1p_inverse(2. * half / size) + log_less_digamma(half) -
                log_less_digamma(half + 0.5 * size))
        return ((half + 0.5 * size) * step - _log_height(half, size) +
                log_abs_det("scale_tril", tril, self._check_numerics))

    def _sample(self, n_samples):
        df, loc, tril = widened(self._df, self._loc, self._scale_tril)
        shape = self._sample_shape(n_samples)
        half = 0.5 * bounded_df(df)
        log_precision = log_gamma_sample(half, shape[:-1]) - tf.math.log(half)
        # An infinite factor would have a slope of nan.
        deviation = tf.exp(tf.minimum(
            -0.5 * log_precision, 0.5 * largest_exponent(self.dtype)))
        noise = random_numbers.normal(shape, df.dtype) * deviation[..., tf.newaxis]
        noise = tf.squeeze(multiply(tril, noise[..., tf.newaxis]), axis=-1)
        return tf.cast(tf.clip_by_value(
            loc + noise, self.dtype.min, self.dtype.max), self.dtype)

    def _log_prob(self, given):
        given, df, loc, tril = widened(given, *[self.path_param(x) for x in (
            self._df, self._loc, self._scale_tril)])
        df, size = bounded_df(df), tf.cast(self._length, df.dtype)
        z = tf.squeeze(solve(tril, (given - loc)[..., tf.newaxis]), axis=-1)
        log_det = log_abs_det("scale_tril", tril, self._check_numerics)
        return tf.cast(
            _log_height(0.5 * df, size) - log_det -
            0.5 * (df + size) * _log1p_squares_of_ratios(z, tf.sqrt(df)), self.dtype)


def _log_height(half, size):
    """``lgamma(half + size / 2) - lgamma(half) - size log(2 pi half) / 2``.

    The large parts of the gamma functions are taken out of the difference.
    """
    return ((half + 0.5 * (size - 1.)) * log1p_inverse(2. * half / size) -
            (0.5 + HALF_LOG_2PI) * size +
            stirling_error(half + 0.5 * size) - stirling_error(half))


def _log1p_squares_of_ratios(x, y):
    """``log(1 + sum_i (x_i / y)^2)`` along the last axis of `x`, without overflow."""
    largest = tf.stop_gradient(tf.reduce_max(tf.abs(x), axis=-1))
    is_near = largest <= y
    divisor = tf.where(is_near, y, largest)
    total = tf.reduce_sum(tf.square(x / divisor[..., tf.newaxis]), axis=-1)
    near = log1p(tf.where(is_near, total, tf.zeros_like(total)))
    far = tf.math.log(tf.square(y / divisor) + total) + 2. * (
        tf.math.log(divisor) - tf.math.log(y))
    return tf.where(is_near, near, far)
