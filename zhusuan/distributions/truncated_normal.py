"""The truncated normal distribution."""
from __future__ import annotations

from typing import Any, List

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import ContinuousDistribution, parameter
from zhusuan.distributions._checks import check_less
from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    log1p,
    log_add,
    smaller_or_rest,
)
from zhusuan.distributions._numerics.normal_functions import log_ndtr, normal_quantile
from zhusuan.distributions._numerics.normal_interval import (
    NormalInterval,
    log_normal_mass,
)
from zhusuan.utils import TensorLike

__all__ = ["TruncatedNormal"]


class TruncatedNormal(ContinuousDistribution):
    r"""The truncated normal distribution, restricted to an interval.

    .. math::

        p(x) = \frac{\phi(z)}{\sigma \left(\Phi\left(\frac{b - \mu}{\sigma}\right)
               - \Phi\left(\frac{a - \mu}{\sigma}\right)\right)}, \qquad
        z = \frac{x - \mu}{\sigma}, \qquad x \in [a, b]

    with :math:`\phi` the standard normal density and :math:`\Phi` its
    distribution function. The interval may lie far in a tail. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, :math:`\mu`, the mean before truncation.
    :param scale: A positive float Tensor, :math:`\sigma`, the standard deviation
        before truncation.
    :param low: A float Tensor, the lower end :math:`a`; it may be -inf.
    :param high: A float Tensor, the upper end :math:`b`; it may be inf. Raises
        ValueError unless it is greater than `low`, or InvalidArgumentError if the
        values are not static.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter,
        including the ends, or the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.TruncatedNormal(0., 1., 0., 10.)
    >>> print("%.4f" % dist.prob(0.))
    0.7979
    """

    _positive = ("scale",)

    def __init__(self, loc: TensorLike, scale: TensorLike, low: TensorLike,
                 high: TensorLike, group_ndims: TensorLike = 0,
                 is_reparameterized: bool = True, use_path_derivative: bool = False,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__({"loc": loc, "scale": scale, "low": low, "high": high},
                         group_ndims, is_reparameterized, use_path_derivative,
                         check_numerics, **kwargs)
        self._tensors["high"] = check_less("low", self.low, "high", self.high)

    loc = parameter("loc", "The mean before truncation, a float Tensor.")
    scale = parameter("scale", "The standard deviation before truncation.")
    low = parameter("low", "The lower end of the support.")
    high = parameter("high", "The upper end of the support.")

    @property
    def mode(self) -> tf.Tensor:
        """The point of the interval that is closest to `loc`."""
        return tf.minimum(tf.maximum(self.loc, self.low), self.high)

    def _draw(self, shape: TensorLike, loc: tf.Tensor, scale: tf.Tensor, low: tf.Tensor,
              high: tf.Tensor) -> tf.Tensor:
        return self._quantile_inside(random_numbers.open_uniform(shape, loc.dtype),
                              loc, scale, low, high)

    def _clip_samples(self, samples: tf.Tensor) -> tf.Tensor:
        return super()._clip_samples(
            tf.minimum(tf.maximum(samples, self.low), self.high))

    def _is_outside(self, given: tf.Tensor) -> tf.Tensor:
        return tf.logical_or(super()._is_outside(given), tf.logical_or(
            given < self.low, given > self.high))

    def _is_above(self, given: tf.Tensor) -> tf.Tensor:
        return given > self.high

    def _log_density(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                     low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        a, b = _standard_ends(loc, scale, low, high)
        interval = NormalInterval(a, b, _standard_width(scale, low, high))
        # Differences from the peak in the interval, because differences from `loc`
        # cancel if the interval lies far in a tail.
        peak = interval.select(0.5 * (low + high), low, high, loc)
        rise = ((x - peak) / scale) * ((x - loc) / scale + (peak - loc) / scale)
        return (-HALF_LOG_2PI - tf.math.log(scale) - 0.5 * rise -
                interval.log_mass_over_peak())

    def _cdf_inside(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                    low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        a, b = _standard_ends(loc, scale, low, high)
        z = (tf.minimum(tf.maximum(x, low), high) - loc) / scale
        at_low, log_mass = z <= a, log_normal_mass(a, b)
        inner = tf.exp(log_normal_mass(a, tf.where(at_low, b, z)) - log_mass)
        # log(0) has no derivative. The tangent replaces it at the lower end.
        start = (z - a) * tf.exp(-HALF_LOG_2PI - 0.5 * tf.square(a) - log_mass)
        return tf.where(at_low, start, inner)

    def _log_cdf_inside(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                        low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        return _log_share(x, loc, scale, low, high, is_below=True)

    def _log_survival_inside(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                             low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        return _log_share(x, loc, scale, low, high, is_below=False)

    def _quantile_inside(self, probability: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                         low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        a, b = _standard_ends(loc, scale, low, high)
        log_mass = log_normal_mass(a, b)
        log_p = log_add(log_ndtr(a), tf.math.log(probability) + log_mass)
        log_q = log_add(log_ndtr(-b), log1p(-probability) + log_mass)
        # In an interval this narrow, the density is constant within rounding.
        flat = a + probability * (b - a)
        return loc + scale * tf.where(
            NormalInterval(a, b, b - a).slope() < 1e-3, flat,
            normal_quantile(log_p, log_q))


# Replaces infinity. It has finite derivatives and a square in range of float32.
_FAR = 1e15


def _standard_ends(loc: tf.Tensor, scale: tf.Tensor, low: tf.Tensor,
                   high: tf.Tensor) -> List[tf.Tensor]:
    """The ends of the interval in standard deviations from `loc`, both finite."""
    ends = []
    for end, far in (low, -_FAR), (high, _FAR):
        is_finite = tf.math.is_finite(end)
        z = (tf.where(is_finite, end, tf.zeros_like(end)) - loc) / scale
        ends.append(tf.where(is_finite, z, tf.constant(far, z.dtype)))
    return ends


def _standard_width(scale: tf.Tensor, low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
    is_finite = tf.logical_and(tf.math.is_finite(low), tf.math.is_finite(high))
    return tf.where(is_finite, high - low, _FAR * scale) / scale


def _log_share(x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor, low: tf.Tensor,
               high: tf.Tensor, is_below: bool) -> tf.Tensor:
    """The log of the share of the mass on one side of `x`.

    In float64, as it is a difference of logs that are large in a far interval.
    """
    dtype = x.dtype
    x, loc, scale, low, high = [
        tf.cast(y, tf.float64) for y in (x, loc, scale, low, high)]
    a, b = _standard_ends(loc, scale, low, high)
    total = log_normal_mass(a, b, _standard_width(scale, low, high))
    x = tf.minimum(tf.maximum(x, low), high)
    # At an end there is no mass on one side, and its log has no slope.
    at_end = [x <= low, x >= high]
    from_low, to_high = [tf.where(end, other, x) for end, other in zip(
        at_end, (low + scale, high - scale))]
    shares = [
        log_normal_mass(a, (from_low - loc) / scale,
                        _standard_width(scale, low, from_low)),
        log_normal_mass((to_high - loc) / scale, b,
                        _standard_width(scale, to_high, high))]
    infinity = tf.constant(-np.inf, total.dtype)
    own, other = [tf.where(end, infinity, share - total)
                  for end, share in list(zip(at_end, shares))[::1 if is_below else -1]]
    return tf.cast(smaller_or_rest(own, other), dtype)
