"""Distributions on the circle."""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _random
from zhusuan.distributions._samplers import rejection_sample
from zhusuan.distributions._special import widened
from zhusuan.distributions._univariate import Univariate, parameter

__all__ = ["VonMises"]


class VonMises(Univariate):
    r"""The von Mises distribution of angles.

    .. math::

        p(x) = \frac{e^{\kappa \cos(x - \mu)}}{2\pi I_0(\kappa)}, \qquad
        x \in [-\pi, \pi]

    with :math:`I_0` the modified Bessel function of order 0. Angles are in
    radians; samples lie in :math:`[-\pi, \pi]`, and the density has a period of
    :math:`2\pi`, so that it may be evaluated at any angle. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`. It is not reparameterized.

    :param loc: A float Tensor, the mean direction :math:`\mu`.
    :param concentration: A non-negative float Tensor, :math:`\kappa`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter is
        inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.VonMises(0., 0.).prob(1.))
    0.1592
    """

    def __init__(self, loc, concentration, group_ndims=0,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        super().__init__(
            {"loc": loc, "concentration": concentration},
            group_ndims=group_ndims, is_reparameterized=False,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    loc = parameter("loc", "The mean direction, a float Tensor.")
    concentration = parameter("concentration", "How narrow it is, a Tensor.")

    @property
    def mean(self):
        """The mean direction."""
        return self.loc

    @property
    def variance(self):
        """The circular variance, 1 minus the length of the mean vector."""
        kappa, = widened(self.concentration)
        return tf.cast(1. - _bessel_ratio(kappa), self.dtype)

    @property
    def mode(self):
        """The mean direction."""
        return self.loc

    def _draw(self, shape, loc, concentration):
        angle = loc + _centred_sample(concentration, shape)
        turns = tf.round(angle / (2. * math.pi))
        return tf.clip_by_value(
            angle - 2. * math.pi * turns, -math.pi, math.pi)

    def _log_density(self, x, loc, concentration):
        # cos(d) - 1, without cancellation where the angle d is small.
        fall = -2. * tf.square(tf.sin(0.5 * (x - loc)))
        return concentration * fall - _log_height(concentration)

    def _entropy(self):
        kappa, = widened(self.concentration)
        return _log_height(kappa) + kappa * (1. - _bessel_ratio(kappa))


def _log_height(kappa):
    """``log(2 pi I_0(kappa)) - kappa``."""
    return math.log(2. * math.pi) + tf.math.log(tf.math.bessel_i0e(kappa))


def _bessel_ratio(kappa):
    return tf.math.bessel_i1e(kappa) / tf.math.bessel_i0e(kappa)


def _centred_sample(kappa, shape):
    """Best and Fisher (1979), "Efficient simulation of the von Mises distribution".

    Angles from a wrapped Cauchy distribution are rejected. All differences from 1
    are computed as such, so that neither a small nor a large concentration
    cancels.
    """
    kappa = tf.maximum(kappa, np.finfo("float32").tiny ** 0.5)
    most = 1. + 2. * kappa
    root = most * tf.sqrt(1. - 4. * (kappa / most) / most)  # of 1 + 4 kappa^2
    second = tf.sqrt(2. + 2. * root)
    total = 1. + root + second
    rho = 2. * kappa / total
    one_minus_rho = (second + 1. + 1. / (root + 2. * kappa)) / total
    r_minus_1 = tf.square(one_minus_rho) / (2. * rho)

    def propose():
        turn = 0.5 * math.pi * _random.uniform(shape, kappa.dtype)
        one_minus_z = 2. * tf.square(tf.sin(turn))
        one_plus_z = 2. * tf.square(tf.cos(turn))
        one_minus_f = r_minus_1 * one_minus_z / (r_minus_1 + one_plus_z)
        c = kappa * (r_minus_1 + one_minus_f)
        log_u = tf.math.log(_random.open_uniform(shape, kappa.dtype))
        rejected = log_u > tf.math.log(c) + 1. - c
        angle = 2. * tf.asin(tf.sqrt(tf.clip_by_value(0.5 * one_minus_f, 0., 1.)))
        side = tf.sign(_random.uniform(shape, kappa.dtype) - 0.5)
        return angle * side, rejected

    return rejection_sample(propose, shape, kappa.dtype)
