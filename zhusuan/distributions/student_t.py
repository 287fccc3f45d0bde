"""Student's t distribution."""
from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import ContinuousDistribution, parameter
from zhusuan.distributions._numerics.elementary import standardized, widened
from zhusuan.distributions._numerics.incomplete_beta import student_cdf
from zhusuan.distributions._numerics.log_incomplete_beta import log_student_cdf
from zhusuan.distributions._numerics.samplers import student_sample
from zhusuan.distributions._numerics.student_functions import (
    bounded_df,
    student_entropy,
    student_log_density,
)
from zhusuan.utils import TensorLike

__all__ = ["StudentT"]


class StudentT(ContinuousDistribution):
    r"""Student's t distribution.

    .. math::

        p(x) = \frac{\Gamma(\frac{\nu + 1}{2})}
                    {\Gamma(\frac{\nu}{2}) \sqrt{\nu\pi}\, s}
               \left(1 + \frac{z^2}{\nu}\right)^{-\frac{\nu + 1}{2}},
        \qquad z = \frac{x - \mu}{s}, \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param df: A positive float Tensor, the degrees of freedom :math:`\nu`.
    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of `df` or of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.StudentT(1.).prob(1.))
    0.1592
    """

    _positive = ("df", "scale")

    def __init__(self, df: TensorLike, loc: TensorLike = 0., scale: TensorLike = 1.,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__({"df": df, "loc": loc, "scale": scale}, group_ndims,
                         is_reparameterized, use_path_derivative, check_numerics,
                         **kwargs)

    df = parameter("df", "The degrees of freedom, a positive float Tensor.")
    loc = parameter("loc", "The location, a float Tensor.")
    scale = parameter("scale", "The scale, a positive float Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """The location; nan for `df` up to 1."""
        return tf.where(self.df > 1., self.loc, self.dtype.as_numpy_dtype(np.nan))

    @property
    def variance(self) -> tf.Tensor:
        """``scale^2 df / (df - 2)``; inf for `df` up to 2 and nan up to 1."""
        infinity, nan = self.dtype.as_numpy_dtype([np.inf, np.nan])
        df = bounded_df(self.df)
        finite = tf.square(self.scale) * (df / (df - 2.))
        return tf.where(self.df > 2., finite,
                        tf.where(self.df > 1., infinity, nan))

    @property
    def mode(self) -> tf.Tensor:
        """The location."""
        return self.loc

    def _draw(self, shape: TensorLike, df: tf.Tensor, loc: tf.Tensor,
              scale: tf.Tensor) -> tf.Tensor:
        standard = student_sample(df, shape)
        sample = loc + scale * standard
        is_clipped = tf.abs(standard) >= df.dtype.max
        return tf.where(is_clipped, tf.stop_gradient(sample), sample)

    def _log_density(self, x: tf.Tensor, df: tf.Tensor, loc: tf.Tensor,
                     scale: tf.Tensor) -> tf.Tensor:
        return student_log_density(x - loc, df, scale)

    def _cdf_inside(self, x: tf.Tensor, df: tf.Tensor, loc: tf.Tensor,
                    scale: tf.Tensor) -> tf.Tensor:
        # In float32 the density of a far tail and its derivatives underflow.
        df, *wide = [tf.cast(y, tf.float64) for y in (df, x, loc, scale)]
        return tf.cast(student_cdf(df, standardized(*wide)), x.dtype)

    def _log_cdf_inside(self, x: tf.Tensor, df: tf.Tensor, loc: tf.Tensor,
                        scale: tf.Tensor) -> tf.Tensor:
        df, *wide = [tf.cast(y, tf.float64) for y in (df, x, loc, scale)]
        return tf.cast(log_student_cdf(df, standardized(*wide)), x.dtype)

    def _log_survival_inside(self, x: tf.Tensor, df: tf.Tensor, loc: tf.Tensor,
                             scale: tf.Tensor) -> tf.Tensor:
        df, *wide = [tf.cast(y, tf.float64) for y in (df, x, loc, scale)]
        return tf.cast(log_student_cdf(df, -standardized(*wide)), x.dtype)

    def _entropy(self) -> tf.Tensor:
        return student_entropy(*widened(self.df, self.scale))
