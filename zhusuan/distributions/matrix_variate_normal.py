"""The normal distribution on matrices."""
from __future__ import annotations

from typing import Any, Tuple

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._checks import check_min_rank, check_tril, checked
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import HALF_LOG_2PI
from zhusuan.distributions._numerics.triangular import (
    log_abs_det,
    multiply,
    solve,
    squared_rows,
)
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["MatrixVariateNormalCholesky"]


class MatrixVariateNormalCholesky(Distribution):
    r"""The normal distribution on matrices, with two Cholesky factors.

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
    :param v_tril: A float Tensor of shape ``[..., c, c]``, :math:`L_V`. Entries
        above the diagonals are ignored.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of a determinant is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.MatrixVariateNormalCholesky(
    ...     [[0., 0.]], [[1.]], [[1., 0.], [3., 2.]])
    >>> print("%.4f" % dist.log_prob([[0., 0.]]))
    -2.5310
    """

    def __init__(self, mean: TensorLike, u_tril: TensorLike, v_tril: TensorLike,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        mean, u_tril, v_tril = convert_parameters(
            mean=mean, u_tril=u_tril, v_tril=v_tril)
        self._mean = check_min_rank("mean", checked(
            "mean", mean, check_numerics), 2)
        self._u_tril = check_tril("u_tril", checked(
            "u_tril", u_tril, check_numerics), "mean", self._mean, axis=-2)
        self._v_tril = check_tril("v_tril", checked(
            "v_tril", v_tril, check_numerics), "mean", self._mean, axis=-1)
        self._check_numerics = check_numerics
        super().__init__(
            dtype=mean.dtype, param_dtype=mean.dtype, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"mean": (self._mean, 2), "u_tril": (self._u_tril, 2),
                        "v_tril": (self._v_tril, 2)}, **kwargs)

    @property
    def mean(self) -> tf.Tensor:
        """The mean, of shape ``[..., r, c]``."""
        return self._mean

    @property
    def u_tril(self) -> tf.Tensor:
        """The Cholesky factor for the rows, of shape ``[..., r, r]``."""
        return self._u_tril

    @property
    def v_tril(self) -> tf.Tensor:
        """The Cholesky factor for the columns, of shape ``[..., c, c]``."""
        return self._v_tril

    @property
    def variance(self) -> tf.Tensor:
        """The variances of the elements, of shape ``[..., r, c]``."""
        return (squared_rows(self._u_tril)[..., tf.newaxis] *
                squared_rows(self._v_tril)[..., tf.newaxis, :])

    @property
    def mode(self) -> tf.Tensor:
        """The same as :attr:`mean`."""
        return self._mean

    def _entropy(self) -> tf.Tensor:
        n_rows, n_columns, log_det = self._size_and_log_det(
            self._u_tril, self._v_tril)
        return (0.5 + HALF_LOG_2PI) * (n_rows * n_columns) + log_det

    def _value_shape(self) -> tf.Tensor:
        return tf.shape(self._mean)[-2:]

    def _get_value_shape(self) -> tf.TensorShape:
        if self._mean.shape.rank is None:
            return tf.TensorShape([None, None])
        return self._mean.shape[-2:]

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        noise = random_numbers.normal(self._sample_shape(n_samples), self.dtype)
        noise = multiply(self._u_tril, noise)
        noise = multiply(self._v_tril, tf.linalg.matrix_transpose(noise))
        return self._mean + tf.linalg.matrix_transpose(noise)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        u_tril = self.path_param(self._u_tril)
        v_tril = self.path_param(self._v_tril)
        z = solve(u_tril, given - self.path_param(self._mean))
        z = solve(v_tril, tf.linalg.matrix_transpose(z))
        n_rows, n_columns, log_det = self._size_and_log_det(u_tril, v_tril)
        return (-HALF_LOG_2PI * (n_rows * n_columns) - log_det
                - 0.5 * tf.reduce_sum(tf.square(z), axis=[-2, -1]))

    def _size_and_log_det(self, u_tril: tf.Tensor,
                          v_tril: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """``r``, ``c`` and the log of the root of the determinant."""
        n_rows, n_columns = [
            tf.cast(self.value_shape[axis], self.dtype) for axis in (0, 1)]
        log_det_u = log_abs_det("u_tril", u_tril, self._check_numerics)
        log_det_v = log_abs_det("v_tril", v_tril, self._check_numerics)
        return n_rows, n_columns, n_columns * log_det_u + n_rows * log_det_v
