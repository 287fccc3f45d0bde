"""Distributions of values that are clipped to an interval."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bounds import (
    BoundedDistribution,
    clip_between,
    count_below,
    is_above,
    is_below,
)
from zhusuan.distributions._components import sample_to_shape
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["Censored"]


class Censored(BoundedDistribution):
    r"""The distribution of a value that is clipped to an interval.

    .. math::

        p(x) = \begin{cases} F(a) & x = a \\ f(x) & a < x < b \\
               1 - F(b) & x = b \end{cases}

    with :math:`f` and :math:`F` the density and the distribution function of `dist`.
    Values at an end are those of which only the side is known, as in Tobin (1958),
    "Estimation of relationships for limited dependent variables". If `dist` is
    discrete, the mass at :math:`b` is that of all values from :math:`b` on. Samples are
    clipped, and reparameterized if those of `dist` are. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`.

    :param dist: A univariate Distribution with a cdf and with `group_ndims` 0.
    :param low: A Tensor of the sample dtype of `dist`, the lower end :math:`a`. None
        or -inf if there is none.
    :param high: The upper end :math:`b`, likewise; None or inf if there is none.
        Raises ValueError unless it is greater than `low`, or InvalidArgumentError if
        the values are not static.

    Raises NotImplementedError if the density needs a cdf that `dist` lacks.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Censored(zs.distributions.Normal(0., std=1.), low=0.)
    >>> print("%.2f" % dist.prob(0.))
    0.50
    """

    has_mass_at_ends = True

    def __init__(self, dist: Distribution, low: Optional[TensorLike] = None,
                 high: Optional[TensorLike] = None, group_ndims: TensorLike = 0,
                 use_path_derivative: bool = False, **kwargs: Any) -> None:
        super().__init__(
            dist, low, high, group_ndims=group_ndims,
            use_path_derivative=use_path_derivative, **kwargs)

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        shape = self.get_batch_shape()
        if shape.is_fully_defined() and shape == self._dist.get_batch_shape():
            samples = self._dist.sample(n_samples)
        else:
            samples = sample_to_shape(self._dist, self._sample_shape(n_samples))
        return clip_between(samples, self._low, self._high)

    def _log_prob_at(self, given: tf.Tensor) -> tf.Tensor:
        outside = tf.logical_or(is_below(given, self._low), is_above(given, self._high))
        clipped = tf.stop_gradient(clip_between(given, self._low, self._high))
        masses = self._masses_at_ends(given, clipped)
        is_between = tf.logical_not(outside)
        for at_end, _ in masses:
            is_between = tf.logical_and(is_between, tf.logical_not(at_end))
        log_prob = self._dist._log_prob(self._away_from_ends(given, is_between))
        for at_end, mass in masses:
            log_prob = tf.where(at_end, tf.cast(mass, log_prob.dtype), log_prob)
        return tf.where(outside, log_prob.dtype.as_numpy_dtype(-np.inf), log_prob)

    def _masses_at_ends(self, given: tf.Tensor, clipped: tf.Tensor) -> tf.Tensor:
        """Pairs: whether `given` is an end, and the log mass if it is.

        Elsewhere the functions are evaluated at `clipped`, because their gradients may
        be infinite at an end.
        """
        masses = []
        if self._low is not None:
            at_low = tf.equal(given, self._low)
            end = tf.where(at_low, self._low, clipped)
            masses.append((at_low, self._dist._log_cdf(end)))
        if self._high is not None:
            at_high = tf.equal(given, self._high)
            end = tf.where(at_high, self._high, clipped)
            end = end if self._dist.is_continuous else count_below(end)
            masses.append((at_high, self._dist._log_survival(end)))
        return masses

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._with_ends(self._dist._cdf, given, 0., 1.)

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._with_ends(self._dist._log_cdf, given, -np.inf, 0.)

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        return self._with_ends(self._dist._log_survival, given, 0., -np.inf)

    def _with_ends(self, function: Any, given: tf.Tensor, below: Any,
                   above: Any) -> tf.Tensor:
        value = function(clip_between(given, self._low, self._high))
        below, above = [tf.constant(x, value.dtype) for x in (below, above)]
        if self._low is not None:
            value = tf.where(given < self._low, below, value)
        if self._high is not None:
            value = tf.where(given >= self._high, above, value)
        return value

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        return clip_between(
            self._dist.quantile(probability), self._low, self._high)
