"""Metrics of Hamiltonian dynamics: the inverse mass matrix, best the covariance.

Every metric has the same methods. `draw` returns momenta from N(0, mass) for
positions, `velocity` returns inverse mass times momentum. `is_elementwise` is True if
the inverse mass is diagonal, so that this product is cheap.
"""
from typing import Any, List, NamedTuple

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers

__all__ = ["Dense", "Diagonal", "Identity", "LowRank"]


class Identity:
    """Unit masses."""

    is_elementwise = True

    def draw(self, position):
        """Momenta for `position`."""
        return [_standard_normal(x) for x in position]

    def velocity(self, momentum):
        """Inverse mass times momentum."""
        return momentum


class Diagonal(NamedTuple):
    """Independent masses.

    :param inverse_mass: A list of Tensors that broadcast against the positions.
    """

    inverse_mass: List[Any]

    @property
    def is_elementwise(self):
        return True

    def draw(self, position):
        """Momenta for `position`."""
        return [_standard_normal(x) * tf.math.rsqrt(i)
                for x, i in zip(position, self.inverse_mass)]

    def velocity(self, momentum):
        """Inverse mass times momentum."""
        return [i * p for i, p in zip(self.inverse_mass, momentum)]

    @property
    def variance(self):
        """The diagonal of the inverse mass of the first position."""
        return self.inverse_mass[0]


class Dense(NamedTuple):
    """A full mass matrix, for one position `[n_chains, d]`.

    :param inverse_mass: A list of one Tensor `[d, d]`.
    :param momentum_factor: A Tensor F, `[d, d]`, with F F' = mass.
    """

    inverse_mass: List[Any]
    momentum_factor: Any

    @property
    def is_elementwise(self):
        return False

    def draw(self, position):
        """Momenta for `position`."""
        (x,) = position
        return [tf.matmul(_standard_normal(x), self.momentum_factor, transpose_b=True)]

    def velocity(self, momentum):
        """Inverse mass times momentum."""
        (p,), (inverse_mass,) = momentum, self.inverse_mass
        return [tf.matmul(p, inverse_mass)]

    @property
    def variance(self):
        """The diagonal of the inverse mass."""
        return tf.linalg.diag_part(self.inverse_mass[0])


class LowRank(NamedTuple):
    """The inverse mass diag(s) (I + U (L - I) U') diag(s), for one `[n_chains, d]`.

    Products cost O(d k) instead of O(d^2) (Seyboldt, Carlson and Carpenter, 2026,
    arXiv 2603.18845).

    :param scale: s, `[d]`.
    :param vectors: U, `[d, k]`, with orthonormal columns.
    :param eigenvalues: L, `[k]`; 1 where a column has no effect.
    """

    scale: Any
    vectors: Any
    eigenvalues: Any

    @property
    def is_elementwise(self):
        return False

    def draw(self, position):
        """Momenta for `position`."""
        (x,) = position
        return [self._stretched(_standard_normal(x), tf.math.rsqrt(self.eigenvalues))
                / self.scale]

    def velocity(self, momentum):
        """Inverse mass times momentum."""
        (p,) = momentum
        return [self.scale * self._stretched(self.scale * p, self.eigenvalues)]

    def _stretched(self, x, factors):
        """Rows of `x`, multiplied by `factors` along the vectors."""
        along = tf.matmul(x, self.vectors)
        return x + tf.matmul((factors - 1.) * along, self.vectors, transpose_b=True)

    @property
    def variance(self):
        """The diagonal of the inverse mass."""
        return self.scale ** 2 * (1. + tf.linalg.matvec(
            self.vectors ** 2, self.eigenvalues - 1.))


def _standard_normal(x):
    return random_numbers.normal(_tf.shape_of(x), x.dtype)
