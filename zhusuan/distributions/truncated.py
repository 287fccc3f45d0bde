"""Distributions of values that are known to lie in an interval."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bounds import (
    BoundedDistribution,
    clip_between,
    count_below,
    is_above,
    is_below,
)
from zhusuan.distributions._interval_mass import (
    count_quantile_between,
    log_mass_between,
    quantile_between,
)
from zhusuan.distributions._numerics.elementary import smaller_or_rest
from zhusuan.distributions._numerics.quantile_gradients import quantile_with_end_slopes
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["Truncated"]


class Truncated(BoundedDistribution):
    r"""A distribution restricted to an interval.

    .. math::

        p(x) = \frac{f(x)}{F(b) - F(a)}, \qquad x \in [a, b]

    with :math:`f` and :math:`F` the density and the distribution function of `dist`.
    If `dist` is discrete, both ends belong to the support: the denominator is
    :math:`P(a \leq x \leq b)`. The interval may lie far in a tail. Samples are
    quantiles of uniform variables, and reparameterized if those of `dist` are. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`, and
    :class:`~zhusuan.distributions.TruncatedNormal` for the normal distribution, which
    is more accurate in narrow intervals.

    :param dist: A univariate Distribution with a cdf and with `group_ndims` 0.
    :param low: A Tensor of the sample dtype of `dist`, the lower end :math:`a`. None
        or -inf if there is none.
    :param high: The upper end :math:`b`, likewise; None or inf if there is none.
        Raises ValueError unless it is greater than `low`, or InvalidArgumentError if
        the values are not static.

    Raises NotImplementedError if `dist` has no cdf, and for samples if it is continuous
    and has no quantile function.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Truncated(zs.distributions.Exponential(1.), low=2.)
    >>> print("%.4f" % dist.prob(2.))
    1.0000
    """

    def __init__(self, dist: Distribution, low: Optional[TensorLike] = None,
                 high: Optional[TensorLike] = None, group_ndims: TensorLike = 0,
                 use_path_derivative: bool = False, **kwargs: Any) -> None:
        super().__init__(
            dist, low, high, group_ndims=group_ndims,
            use_path_derivative=use_path_derivative, **kwargs)

    # -- Samples and densities --

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        uniform = random_numbers.open_uniform(
            self._sample_shape(n_samples), self._param_dtype)
        try:
            return tf.cast(self._quantile_inside(uniform), self._dtype)
        except NotImplementedError as error:
            raise NotImplementedError(
                "Truncated: samples require the quantile function and the cdf of "
                "`dist`, but %s lacks one of them. Observe the node, or draw from "
                "`dist` and select the draws between low and high." % (
                    type(self._dist).__name__)) from error

    def _log_prob_at(self, given: tf.Tensor) -> tf.Tensor:
        outside = tf.logical_or(is_below(given, self._low), is_above(given, self._high))
        log_prob = self._dist._log_prob(
            self._away_from_ends(given, tf.logical_not(outside)))
        infinity = log_prob.dtype.as_numpy_dtype(-np.inf)
        log_total = tf.cast(self._log_mass(self._low, self._high), log_prob.dtype)
        outside = tf.logical_or(outside, tf.equal(log_prob, infinity))
        return tf.where(outside, infinity, log_prob - log_total)

    def _log_mass(self, low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        """The log of the probability of an interval under `dist`, ends included."""
        if low is not None and not self._dist.is_continuous:
            low = count_below(low)
        return log_mass_between(self._dist, low, high)

    # -- Functions of probability --

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        below, _ = self._log_shares(given)
        share = tf.exp(below)
        if self._low is None or not self._dist.is_continuous:
            return share
        # log(0) has no derivative. The tangent replaces it at the lower end.
        density = tf.stop_gradient(tf.exp(self._log_prob_at(self._low)))
        density = tf.where(tf.math.is_finite(density), density, tf.zeros_like(density))
        start = tf.cast((given - self._low) * density, share.dtype)
        return tf.where(tf.equal(given, self._low), start, share)

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        below, above = self._log_shares(given)
        return smaller_or_rest(below, above)

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        below, above = self._log_shares(given)
        return smaller_or_rest(above, below)

    def _log_shares(self, given: tf.Tensor) -> tf.Tensor:
        """The logs of the shares of the mass up to a value and beyond it."""
        at_least = given if self._dist.is_continuous else tf.cast(
            tf.math.floor(tf.cast(given, tf.float64)), given.dtype)
        x = clip_between(at_least, self._low, self._high)
        total = self._log_mass(self._low, self._high)
        below = self._log_mass(self._low, x) - total
        above = log_mass_between(self._dist, x, self._high) - total
        zero, infinity = [tf.constant(v, total.dtype) for v in (0., -np.inf)]
        if self._low is not None:
            is_low = given < self._low
            below = tf.where(is_low, infinity, below)
            above = tf.where(is_low, zero, above)
        if self._high is not None:
            below = tf.where(given > self._high, zero, below)
            above = tf.where(given >= self._high, infinity, above)
        return below, above

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        if not self._dist.is_continuous:
            return self._quantile_inside(probability)
        return quantile_with_end_slopes(
            self._quantile_inside, probability, self._log_prob_at)

    def _quantile_inside(self, probability: tf.Tensor) -> tf.Tensor:
        if self._dist.is_continuous:
            return quantile_between(self._dist, probability, self._low, self._high)
        return count_quantile_between(self._dist, probability, self._low, self._high)
