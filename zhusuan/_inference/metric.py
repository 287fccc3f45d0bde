"""The kinetic energy of Hamiltonian Monte Carlo: Gaussian momenta.

A metric stands for an inverse mass matrix, which works best when it is the
covariance of the target (Neal, 2011, "MCMC using Hamiltonian dynamics",
section 4.1).
"""
from collections import namedtuple

import tensorflow.compat.v2 as tf

from zhusuan import _compat, _random

__all__ = ["Dense", "Diagonal", "expand_chains", "kinetic_energy", "mean_over_data",
           "sum_over_data"]


class Diagonal(namedtuple("Diagonal", ["inverse_mass"])):
    """A list of Tensors that broadcast against the positions."""

    def draw(self, position):
        """Momenta for `position`, from N(0, mass)."""
        return [_random.normal(_compat.shape_of(x), x.dtype) * tf.math.rsqrt(i)
                for x, i in zip(position, self.inverse_mass)]

    def velocity(self, momentum):
        """How fast the position moves: inverse mass times momentum."""
        return [i * p for i, p in zip(self.inverse_mass, momentum)]


class Dense(namedtuple("Dense", ["inverse_mass", "cholesky"])):
    """A matrix and its lower Cholesky factor, for one position `[n_chains, d]`."""

    def draw(self, position):
        """Momenta for `position`, from N(0, mass)."""
        (x,) = position
        noise = _random.normal(_compat.shape_of(x), x.dtype)
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


def sum_over_data(x, chain_rank):
    """The sum over all axes after the first `chain_rank`."""
    return tf.reduce_sum(x, axis=list(range(chain_rank, x.shape.rank)))


def mean_over_data(x, chain_rank):
    """The mean over all axes after the first `chain_rank`."""
    return tf.reduce_mean(x, axis=list(range(chain_rank, x.shape.rank)))


def expand_chains(per_chain, x):
    """`per_chain` with axes of length 1 behind, to broadcast against `x`."""
    missing = x.shape.rank - per_chain.shape.rank
    if not missing:
        return per_chain
    shape = tf.concat([tf.shape(per_chain), [1] * missing], 0)
    static = per_chain.shape.concatenate([1] * missing)
    if static.is_fully_defined():
        shape = static
    return tf.reshape(per_chain, shape)
