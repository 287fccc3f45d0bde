"""Normal distributions on vectors and matrices, by Cholesky factors."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._vector_base import VectorDistribution
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.utils import (
    check_min_rank,
    checked,
    convert_parameters,
    reciprocal,
)

__all__ = ["MatrixVariateNormalCholesky", "MultivariateNormalCholesky",
           "MultivariateNormalDiag"]

_HALF_LOG_2PI = 0.5 * np.log(2. * np.pi)


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

    def __init__(self, mean, std, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        mean, std = convert_parameters(mean=mean, std=std)
        self._mean = check_min_rank("mean", checked(
            "mean", mean, check_numerics), 1)
        self._std = check_min_rank("std", checked(
            "std", std, check_numerics), 1)
        self._std = _same_length("std", self._std, "mean", self._mean)
        self._check_numerics = check_numerics
        super().__init__(
            self._mean, dtype=mean.dtype, param_dtype=mean.dtype,
            is_continuous=True, is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"mean": (self._mean, 1), "std": (self._std, 1)}, **kwargs)

    @property
    def mean(self):
        """The mean, of shape ``[..., d]``."""
        return self._mean

    @property
    def std(self):
        """The standard deviations, of shape ``[..., d]``."""
        return self._std

    @property
    def variance(self):
        """The variances of the components, of shape ``[..., d]``."""
        return tf.square(self._std)

    @property
    def mode(self):
        """The same as :attr:`mean`."""
        return self._mean

    def _entropy(self):
        return tf.reduce_sum(
            tf.math.log(self._std) + (0.5 + _HALF_LOG_2PI), axis=-1)

    def _sample(self, n_samples):
        noise = random_numbers.normal(self._sample_shape(n_samples), self.dtype)
        return self._mean + self._std * noise

    def _log_prob(self, given):
        std = self.path_param(self._std)
        z = (given - self.path_param(self._mean)) * reciprocal(std)
        log_std = checked("log(std)", tf.math.log(std), self._check_numerics)
        return -tf.reduce_sum(
            0.5 * tf.square(z) + (log_std + _HALF_LOG_2PI), axis=-1)


class MultivariateNormalCholesky(VectorDistribution):
    r"""The normal distribution on vectors, by the Cholesky factor.

    .. math::

        p(x) = \frac{1}{(2\pi)^{d/2} |\det L|}
               \exp\left(-\frac{1}{2} \|L^{-1} (x - \mu)\|^2\right),
        \qquad x \in \mathbb{R}^d, \qquad \Sigma = L L^T

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value
    shape is ``[d]``.

    :param mean: A float Tensor of shape ``[..., d]``, :math:`\mu`.
    :param cov_tril: A float Tensor of shape ``[..., d, d]``, the lower triangle
        :math:`L` of the covariance :math:`\Sigma`. What stands above the
        diagonal is not read.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the determinant is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.MultivariateNormalCholesky(
    ...     [0., 0.], [[1., 0.], [3., 2.]])
    >>> print("%.4f" % dist.log_prob([0., 0.]))
    -2.5310
    """

    def __init__(self, mean, cov_tril, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        mean, cov_tril = convert_parameters(mean=mean, cov_tril=cov_tril)
        self._mean = check_min_rank("mean", checked(
            "mean", mean, check_numerics), 1)
        self._cov_tril = _check_tril(
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
    def mean(self):
        """The mean, of shape ``[..., d]``."""
        return self._mean

    @property
    def cov_tril(self):
        """The Cholesky factor of the covariance, of shape ``[..., d, d]``."""
        return self._cov_tril

    @property
    def variance(self):
        """The diagonal of the covariance, of shape ``[..., d]``."""
        return _squared_rows(self._cov_tril)

    @property
    def mode(self):
        """The same as :attr:`mean`."""
        return self._mean

    def _entropy(self):
        length = tf.cast(self.n_categories, self.dtype)
        return (0.5 + _HALF_LOG_2PI) * length + _log_det(
            "cov_tril", self._cov_tril, self._check_numerics)

    def _sample(self, n_samples):
        noise = random_numbers.normal(self._sample_shape(n_samples), self.dtype)
        noise = _multiply(self._cov_tril, noise[..., tf.newaxis])
        return self._mean + tf.squeeze(noise, axis=-1)

    def _log_prob(self, given):
        cov_tril = self.path_param(self._cov_tril)
        centred = given - self.path_param(self._mean)
        z = tf.squeeze(_solve(cov_tril, centred[..., tf.newaxis]), axis=-1)
        log_det = _log_det("cov_tril", cov_tril, self._check_numerics)
        return (-_HALF_LOG_2PI * tf.cast(self.n_categories, self.dtype) - log_det
                - 0.5 * tf.reduce_sum(tf.square(z), axis=-1))


class MatrixVariateNormalCholesky(Distribution):
    r"""The normal distribution on matrices, by two Cholesky factors.

    .. math::

        p(X) = \frac{1}{(2\pi)^{rc/2} |\det L_U|^c |\det L_V|^r}
               \exp\left(-\frac{1}{2} \|L_U^{-1} (X - M) L_V^{-T}\|_F^2\right),
        \qquad X \in \mathbb{R}^{r \times c}

    Rows have the covariance :math:`U = L_U L_U^T` and columns
    :math:`V = L_V L_V^T`; see Gupta and Nagar (1999), "Matrix variate
    distributions", section 2.2. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value
    shape is ``[r, c]``.

    :param mean: A float Tensor of shape ``[..., r, c]``, :math:`M`.
    :param u_tril: A float Tensor of shape ``[..., r, r]``, :math:`L_U`.
    :param v_tril: A float Tensor of shape ``[..., c, c]``, :math:`L_V`. What
        stands above a diagonal is not read.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of a determinant is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.MatrixVariateNormalCholesky(
    ...     [[0., 0.]], [[1.]], [[1., 0.], [3., 2.]])
    >>> print("%.4f" % dist.log_prob([[0., 0.]]))
    -2.5310
    """

    def __init__(self, mean, u_tril, v_tril, group_ndims=0,
                 is_reparameterized=True, use_path_derivative=False,
                 check_numerics=False, **kwargs):
        mean, u_tril, v_tril = convert_parameters(
            mean=mean, u_tril=u_tril, v_tril=v_tril)
        self._mean = check_min_rank("mean", checked(
            "mean", mean, check_numerics), 2)
        self._u_tril = _check_tril("u_tril", checked(
            "u_tril", u_tril, check_numerics), "mean", self._mean, axis=-2)
        self._v_tril = _check_tril("v_tril", checked(
            "v_tril", v_tril, check_numerics), "mean", self._mean, axis=-1)
        self._check_numerics = check_numerics
        super().__init__(
            dtype=mean.dtype, param_dtype=mean.dtype, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"mean": (self._mean, 2), "u_tril": (self._u_tril, 2),
                        "v_tril": (self._v_tril, 2)}, **kwargs)

    @property
    def mean(self):
        """The mean, of shape ``[..., r, c]``."""
        return self._mean

    @property
    def u_tril(self):
        """The Cholesky factor for the rows, of shape ``[..., r, r]``."""
        return self._u_tril

    @property
    def v_tril(self):
        """The Cholesky factor for the columns, of shape ``[..., c, c]``."""
        return self._v_tril

    @property
    def variance(self):
        """The variances of the elements, of shape ``[..., r, c]``."""
        return (_squared_rows(self._u_tril)[..., tf.newaxis] *
                _squared_rows(self._v_tril)[..., tf.newaxis, :])

    @property
    def mode(self):
        """The same as :attr:`mean`."""
        return self._mean

    def _entropy(self):
        n_rows, n_columns, log_det = self._size_and_log_det(
            self._u_tril, self._v_tril)
        return (0.5 + _HALF_LOG_2PI) * (n_rows * n_columns) + log_det

    def _value_shape(self):
        return tf.shape(self._mean)[-2:]

    def _get_value_shape(self):
        if self._mean.shape.rank is None:
            return tf.TensorShape([None, None])
        return self._mean.shape[-2:]

    def _sample(self, n_samples):
        noise = random_numbers.normal(self._sample_shape(n_samples), self.dtype)
        noise = _multiply(self._u_tril, noise)
        noise = _multiply(self._v_tril, tf.linalg.matrix_transpose(noise))
        return self._mean + tf.linalg.matrix_transpose(noise)

    def _log_prob(self, given):
        u_tril = self.path_param(self._u_tril)
        v_tril = self.path_param(self._v_tril)
        z = _solve(u_tril, given - self.path_param(self._mean))
        z = _solve(v_tril, tf.linalg.matrix_transpose(z))
        n_rows, n_columns, log_det = self._size_and_log_det(u_tril, v_tril)
        return (-_HALF_LOG_2PI * (n_rows * n_columns) - log_det
                - 0.5 * tf.reduce_sum(tf.square(z), axis=[-2, -1]))

    def _size_and_log_det(self, u_tril, v_tril):
        """``r``, ``c`` and the log of the root of the determinant."""
        n_rows, n_columns = [
            tf.cast(self.value_shape[axis], self.dtype) for axis in (0, 1)]
        log_det_u = _log_det("u_tril", u_tril, self._check_numerics)
        log_det_v = _log_det("v_tril", v_tril, self._check_numerics)
        return n_rows, n_columns, n_columns * log_det_u + n_rows * log_det_v


# -- Shapes of parameters -----------------------------------------------------

def _check_tril(name, tril, other_name, other, axis):
    """`tril`, if it is made of square matrices as long as an axis of `other`."""
    tril = check_min_rank(name, tril, 2)
    for own_axis in (-2, -1):
        tril = _same_length(name, tril, other_name, other, own_axis, axis)
    return tril


def _same_length(name, tensor, other_name, other, axis=-1, other_axis=-1):
    """`tensor`, if one of its axes is as long as one of `other`."""
    message = ("%s and %s should be broadcastable to match: axis %d of the first "
               "must be as long as axis %d of the second" % (
                   name, other_name, axis, other_axis))
    lengths = [_static_length(tensor, axis), _static_length(other, other_axis)]
    if None in lengths:
        return _tf.identity_after([tf.debugging.assert_equal(
            tf.shape(tensor)[axis], tf.shape(other)[other_axis],
            message=message + ".")], tensor)
    if lengths[0] != lengths[1]:
        raise ValueError("%s, but their shapes are %s and %s." % (
            message, tensor.shape, other.shape))
    return tensor


def _static_length(tensor, axis):
    return tensor.shape.as_list()[axis] if tensor.shape.rank else None


# -- Products and solutions with triangular matrices -----------------------------

def _log_det(name, tril, check_numerics):
    """``log |det tril|`` of triangular matrices."""
    diagonal = tf.linalg.diag_part(tril)
    return tf.reduce_sum(checked(
        "log(diag(%s))" % name, tf.math.log(tf.abs(diagonal)), check_numerics),
        axis=-1)


def _squared_rows(tril):
    """The diagonal of ``tril @ tril^T``."""
    return tf.reduce_sum(tf.square(tf.linalg.band_part(tril, -1, 0)), axis=-1)


def _multiply(tril, x):
    """``tril @ x``, of shape ``[..., d, m]``."""
    return _on_columns(lambda a, b: tf.matmul(
        tf.linalg.band_part(a, -1, 0), b), tril, x)


def _solve(tril, x):
    """``tril^-1 @ x``, of shape ``[..., d, m]``."""
    if x.dtype == tf.float16:  # for which TensorFlow has no solver
        solution = _solve(tf.cast(tril, tf.float32), tf.cast(x, tf.float32))
        return tf.cast(solution, tf.float16)
    return _on_columns(_tf.triangular_solve, tril, x)


def _on_columns(op, tril, x):
    """``op(tril, x)`` for a batch of triangles and a larger batch of matrices.

    An axis of the batch of `x` that `tril` lacks, or in which it has length 1,
    becomes columns of one matrix: one product with many columns is faster than
    many with one.
    """
    if tril.shape.rank is None or x.shape.rank is None or (
            x.shape.rank < tril.shape.rank):
        return op(tril, x)
    n_new = x.shape.rank - tril.shape.rank
    lengths = tril.shape.as_list()[:-2]
    one = [axis for axis, length in enumerate(lengths) if length == 1]
    shared = [n_new + axis for axis, length in enumerate(lengths) if length != 1]
    moved = list(range(n_new)) + [n_new + axis for axis in one]
    order = shared + [x.shape.rank - 2] + moved + [x.shape.rank - 1]
    x = _transpose(x, order)
    n_kept = len(shared) + 1
    flat = tf.reshape(x, tf.concat([tf.shape(x)[:n_kept], [-1]], axis=0))
    result = op(tf.squeeze(tril, axis=one) if one else tril, flat)
    result = tf.reshape(result, tf.concat(
        [tf.shape(result)[:n_kept], tf.shape(x)[n_kept:]], axis=0))
    return _transpose(result, np.argsort(order))


def _transpose(x, order):
    return x if list(order) == sorted(order) else tf.transpose(x, order)
