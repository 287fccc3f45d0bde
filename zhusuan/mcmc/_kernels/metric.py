"""The kinetic energy of Hamiltonian Monte Carlo: Gaussian momenta.

A metric stands for an inverse mass matrix, which works best when it is the
covariance of the target (Neal, 2011, "MCMC using Hamiltonian dynamics",
section 4.1).
"""
from collections import namedtuple

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.chain_axes import sum_over_data
from zhusuan._tf import random_numbers

__all__ = ["Dense", "Diagonal", "kinetic_energy"]


class Diagonal(namedtuple("Diagonal", ["inverse_mass"])):
    """A list of Tensors that broadcast against the positions."""

    def draw(self, position):
        """Momenta for `position`, from N(0, mass)."""
        return [random_numbers.normal(_tf.shape_of(x), x.dtype) * tf.math.rsqrt(i)
                for x, i in zip(position, self.inverse_mass)]

    def velocity(self, momentum):
        """How fast the position moves: inverse mass times momentum."""
        return [i * p for i, p in zip(self.inverse_mass, momentum)]


class Dense(namedtuple("Dense", ["inverse_mass", "cholesky"])):
    """A matrix and its lower Cholesky factor, for one position `[n_chains, d]`."""

    def draw(self, position):
        """Momenta for `position`, from N(0, mass)."""
        (x,) = position
        noise = random_numbers.normal(_tf.shape_of(x), x.dtype)
        # With inverse mass = L L', mass = L'^-1 L^-1.
        return [tf.transpose(tf.linalg.triangular_solve(
            self.cholesky, tf.transpose(noise), adjoint=True))]

    def velocity(self, momentum):
        """How fast the position moves: inverse mass times momentum."""
        (p,) = momentum
        return [tf.matmul(p, self.inverse_mass)]


def kinetic_energy(metric, momentum, chain_rank):
    """Half of momentum times velocity, of the shape of the chain axes."""
    return 0.5 * sum(
        sum_over_data(p * v, chain_rank)
        for p, v in zip(momentum, metric.velocity(momentum)))
