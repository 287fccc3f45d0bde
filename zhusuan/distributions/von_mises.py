"""The von Mises distribution of angles."""
from __future__ import annotations

import math
from typing import Any, Callable, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import ContinuousDistribution, parameter
from zhusuan.distributions._numerics.elementary import polynomial
from zhusuan.distributions._numerics.samplers import rejection_sample
from zhusuan.utils import TensorLike

__all__ = ["VonMises"]


class VonMises(ContinuousDistribution):
    r"""The von Mises distribution of angles.

    .. math::

        p(x) = \frac{e^{\kappa \cos(x - \mu)}}{2\pi I_0(\kappa)}, \qquad
        x \in [-\pi, \pi]

    with :math:`I_0` the modified Bessel function of order 0. Angles are in
    radians. Samples lie in :math:`[-\pi, \pi]`. The density has the period
    :math:`2\pi` and can be evaluated at any angle. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`. Samples are not reparameterized.

    :param loc: A float Tensor, the mean direction :math:`\mu`.
    :param concentration: A non-negative float Tensor, :math:`\kappa`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter is
        inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.VonMises(0., 0.).prob(1.))
    0.1592
    """

    def __init__(self, loc: TensorLike, concentration: TensorLike,
                 group_ndims: TensorLike = 0, use_path_derivative: bool = False,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__(
            {"loc": loc, "concentration": concentration},
            group_ndims=group_ndims, is_reparameterized=False,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    loc = parameter("loc", "The mean direction, a float Tensor.")
    concentration = parameter("concentration", "The concentration, a Tensor >= 0.")

    @property
    def mean(self) -> tf.Tensor:
        """The mean direction."""
        return self.loc

    @property
    def variance(self) -> tf.Tensor:
        """The circular variance, 1 minus the length of the mean vector."""
        return tf.cast(_dispersion(_in_float64(self.concentration)), self.dtype)

    @property
    def mode(self) -> tf.Tensor:
        """The mean direction."""
        return self.loc

    def _draw(self, shape: TensorLike, loc: tf.Tensor,
              concentration: tf.Tensor) -> tf.Tensor:
        angle = loc + tf.where(
            tf.equal(concentration, np.inf), tf.zeros(shape, loc.dtype),
            _centred_sample(concentration, shape))
        turns = tf.round(angle / (2. * math.pi))
        return tf.clip_by_value(
            angle - 2. * math.pi * turns, -math.pi, math.pi)

    def _log_density(self, x: tf.Tensor, loc: tf.Tensor,
                     concentration: tf.Tensor) -> tf.Tensor:
        # cos(d) - 1, without cancellation where the angle d is small.
        fall = -2. * tf.square(tf.sin(0.5 * (x - loc)))
        is_point = tf.equal(concentration, np.inf)
        kappa = tf.where(is_point, tf.ones_like(concentration), concentration)
        log_height = tf.cast(_log_height(_in_float64(kappa)), x.dtype)
        infinity = tf.constant(np.inf, x.dtype)
        at_point = tf.where(tf.equal(fall, 0.), infinity, -infinity)
        return tf.where(is_point, at_point, kappa * fall - log_height)

    def _entropy(self) -> tf.Tensor:
        kappa = _in_float64(self.concentration)
        largest = np.finfo("float64").max
        return _log_height(kappa) + tf.minimum(kappa, largest) * _dispersion(kappa)


# Coefficients of 1 - I_1(k) / I_0(k) by powers of 1 / k, from the first power on: the
# quotient of the series of Abramowitz and Stegun, 9.7.1. It has 13 digits above 30.
_DISPERSION = [0.5, 0.125, 0.125, 0.1953125, 0.40625, 1.0478515625, 3.21875,
               11.466461181640625, 46.478515625, 211.27614974975586, 1064.67822265625,
               5892.0457146167755]
_LARGE = 30.


def _in_float64(kappa: tf.Tensor) -> tf.Tensor:
    return tf.cast(kappa, tf.float64)


@tf.custom_gradient
def _log_height(kappa: tf.Tensor) -> Tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """``log(2 pi I_0(kappa)) - kappa``, whose derivative is minus the dispersion."""
    few, inverse = _branches(kappa)
    small = tf.math.log(2. * math.pi * tf.math.bessel_i0e(few))
    large = 0.5 * tf.math.log(2. * math.pi * inverse) + inverse * polynomial(
        inverse, [c / k for k, c in enumerate(_DISPERSION[1:], 1)])
    return tf.where(kappa < _LARGE, small, large), lambda upstream: (
        -upstream * _dispersion(kappa))


@tf.custom_gradient
def _dispersion(kappa: tf.Tensor) -> Tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """``1 - I_1(kappa) / I_0(kappa)``, the circular variance."""
    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        """Mardia and Jupp (2000), "Directional statistics", eq. A.14."""
        few, inverse = _branches(kappa)
        ratio = _bessel_ratio(few)
        half = tf.constant(0.5, few.dtype)
        is_tiny = few < 1e-8
        small = tf.square(ratio) - 1. + tf.where(
            is_tiny, half, ratio / tf.where(is_tiny, half, few))
        large = -tf.square(inverse) * polynomial(
            inverse, [k * c for k, c in enumerate(_DISPERSION, 1)])
        return upstream * tf.where(kappa < _LARGE, small, large)

    few, inverse = _branches(kappa)
    large = inverse * polynomial(inverse, _DISPERSION)
    return tf.where(kappa < _LARGE, 1. - _bessel_ratio(few), large), gradient


def _branches(kappa: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    """`kappa`, at most 30, and ``1 / kappa``, at most 1 / 30."""
    return tf.minimum(kappa, _LARGE), 1. / tf.maximum(kappa, _LARGE)


def _bessel_ratio(kappa: tf.Tensor) -> tf.Tensor:
    return tf.math.bessel_i1e(kappa) / tf.math.bessel_i0e(kappa)


def _centred_sample(kappa: tf.Tensor, shape: TensorLike) -> tf.Tensor:
    """Best and Fisher (1979), "Efficient simulation of the von Mises distribution".

    Proposals are angles from a wrapped Cauchy distribution. Differences from 1 are
    computed without cancellation, for small and for large concentrations.
    """
    kappa = tf.clip_by_value(kappa, np.finfo("float32").tiny ** 0.5, 1e34)
    most = 1. + 2. * kappa
    root = most * tf.sqrt(1. - 4. * (kappa / most) / most)  # sqrt(1 + 4 kappa^2)
    second = tf.sqrt(2. + 2. * root)
    total = 1. + root + second
    rho = 2. * kappa / total
    one_minus_rho = (second + 1. + 1. / (root + 2. * kappa)) / total
    r_minus_1 = tf.square(one_minus_rho) / (2. * rho)

    def propose() -> Tuple[tf.Tensor, tf.Tensor]:
        turn = 0.5 * math.pi * random_numbers.uniform(shape, kappa.dtype)
        one_minus_z = 2. * tf.square(tf.sin(turn))
        one_plus_z = 2. * tf.square(tf.cos(turn))
        one_minus_f = r_minus_1 * one_minus_z / (r_minus_1 + one_plus_z)
        c = kappa * (r_minus_1 + one_minus_f)
        log_u = tf.math.log(random_numbers.open_uniform(shape, kappa.dtype))
        rejected = log_u > tf.math.log(c) + 1. - c
        angle = 2. * tf.asin(tf.sqrt(tf.clip_by_value(0.5 * one_minus_f, 0., 1.)))
        side = tf.sign(random_numbers.uniform(shape, kappa.dtype) - 0.5)
        return angle * side, rejected

    return rejection_sample(propose, shape, kappa.dtype)
