"""The half-t distribution."""
from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import POSITIVE, ContinuousDistribution, parameter
from zhusuan.distributions._numerics.elementary import standardized, widened
from zhusuan.distributions._numerics.incomplete_beta import half_student_cdf
from zhusuan.distributions._numerics.log_incomplete_beta import (
    log_half_student_cdf,
    log_half_student_survival,
)
from zhusuan.distributions._numerics.samplers import student_sample
from zhusuan.distributions._numerics.student_functions import (
    bounded_df,
    log_student_height,
    student_entropy,
    student_log_density,
)
from zhusuan.utils import TensorLike

__all__ = ["HalfStudentT"]


class HalfStudentT(ContinuousDistribution):
    r"""The distribution of the absolute value of a centred Student's t variable.

    .. math::

        p(x) = \frac{2\,\Gamma(\frac{\nu + 1}{2})}
                    {\Gamma(\frac{\nu}{2}) \sqrt{\nu\pi}\, s}
               \left(1 + \frac{x^2}{\nu s^2}\right)^{-\frac{\nu + 1}{2}},
        \qquad x \in [0, \infty)

    See Gelman (2006), "Prior distributions for variance parameters in hierarchical
    models". See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param df: A positive float Tensor, the degrees of freedom :math:`\nu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.HalfStudentT(1.).prob(1.))
    0.3183
    """

    _support = POSITIVE
    _positive = ("df", "scale")

    def __init__(self, df: TensorLike, scale: TensorLike = 1.,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(
            {"df": df, "scale": scale}, group_ndims,
            is_reparameterized, use_path_derivative, check_numerics, **kwargs)

    df = parameter("df", "The degrees of freedom, a positive float Tensor.")
    scale = parameter("scale", "The scale, a positive float Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``2 scale df p(0) / (df - 1)`` with Student's density p; inf up to df 1."""
        df, scale = widened(self.df, self.scale)
        df = bounded_df(df)
        finite = 2. * scale * (df / (df - 1.)) * tf.exp(log_student_height(0.5 * df))
        return tf.where(self.df > 1., tf.cast(finite, self.dtype),
                        self.dtype.as_numpy_dtype(np.inf))

    @property
    def variance(self) -> tf.Tensor:
        """``scale^2 df / (df - 2) - mean^2``; inf for `df` up to 2, nan up to 1."""
        infinity, nan = self.dtype.as_numpy_dtype([np.inf, np.nan])
        df = bounded_df(self.df)
        finite = tf.square(self.scale) * (df / (df - 2.)) - tf.square(self.mean)
        return tf.where(self.df > 2., finite,
                        tf.where(self.df > 1., infinity, nan))

    @property
    def mode(self) -> tf.Tensor:
        """0."""
        return tf.zeros_like(self.scale)

    def _draw(self, shape: TensorLike, df: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        standard = tf.abs(student_sample(df, shape))
        sample = scale * standard
        return tf.where(standard >= df.dtype.max, tf.stop_gradient(sample), sample)

    def _log_density(self, x: tf.Tensor, df: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return math.log(2.) + student_log_density(x, df, scale)

    def _cdf_inside(self, x: tf.Tensor, df: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return _in_float64(half_student_cdf, x, df, scale)

    def _log_cdf_inside(self, x: tf.Tensor, df: tf.Tensor,
                        scale: tf.Tensor) -> tf.Tensor:
        return _in_float64(log_half_student_cdf, x, df, scale)

    def _log_survival_inside(self, x: tf.Tensor, df: tf.Tensor,
                             scale: tf.Tensor) -> tf.Tensor:
        return _in_float64(log_half_student_survival, x, df, scale)

    def _entropy(self) -> tf.Tensor:
        return student_entropy(*widened(self.df, self.scale)) - math.log(2.)


def _in_float64(function: Callable[[tf.Tensor, tf.Tensor], tf.Tensor], x: tf.Tensor,
                df: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """``function(df, x / scale)``: in float32, densities of far tails underflow."""
    df, *wide = [tf.cast(y, tf.float64) for y in (df, x, tf.zeros_like(x), scale)]
    return tf.cast(function(df, standardized(*wide)), x.dtype)
