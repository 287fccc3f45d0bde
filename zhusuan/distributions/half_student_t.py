"""The half-t distribution."""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.continuous import ContinuousDistribution
from zhusuan.distributions._bases.intervals import POSITIVE
from zhusuan.distributions._bases.parameters import parameter
from zhusuan.distributions._numerics.elementary import standardized, widened
from zhusuan.distributions._numerics.incomplete_beta import half_student_cdf
from zhusuan.distributions._numerics.samplers import student_sample
from zhusuan.distributions._numerics.student_functions import (
    bounded_df,
    log_student_height,
    student_entropy,
    student_log_density,
)

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

    def __init__(self, df, scale=1., group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        super().__init__(
            {"df": df, "scale": scale}, group_ndims=group_ndims,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    df = parameter("df", "The degrees of freedom, a positive float Tensor.")
    scale = parameter("scale", "The scale, a positive float Tensor.")

    @property
    def mean(self):
        """``2 scale df p(0) / (df - 1)`` with Student's density p; inf up to df 1."""
        df, scale = widened(self.df, self.scale)
        df = bounded_df(df)
        finite = 2. * scale * (df / (df - 1.)) * tf.exp(log_student_height(0.5 * df))
        return tf.where(self.df > 1., tf.cast(finite, self.dtype),
                        self.dtype.as_numpy_dtype(np.inf))

    @property
    def variance(self):
        """``scale^2 df / (df - 2) - mean^2``; inf for `df` up to 2, nan up to 1."""
        infinity, nan = self.dtype.as_numpy_dtype([np.inf, np.nan])
        df = bounded_df(self.df)
        finite = tf.square(self.scale) * (df / (df - 2.)) - tf.square(self.mean)
        return tf.where(self.df > 2., finite,
                        tf.where(self.df > 1., infinity, nan))

    @property
    def mode(self):
        """0."""
        return tf.zeros_like(self.scale)

    def _draw(self, shape, df, scale):
        standard = tf.abs(student_sample(df, shape))
        sample = scale * standard
        return tf.where(standard >= df.dtype.max, tf.stop_gradient(sample), sample)

    def _log_density(self, x, df, scale):
        return math.log(2.) + student_log_density(x, df, scale)

    def _probability_up_to(self, x, df, scale):
        # In float32 the density of a far tail and its derivatives underflow.
        df, *wide = [tf.cast(y, tf.float64) for y in (df, x, tf.zeros_like(x), scale)]
        return tf.cast(half_student_cdf(df, standardized(*wide)), x.dtype)

    def _entropy(self):
        return student_entropy(*widened(self.df, self.scale)) - math.log(2.)
