"""Tuning of Hamiltonian Monte Carlo while it runs: pure functions."""
import math
from collections import namedtuple

import tensorflow.compat.v2 as tf

from zhusuan.mcmc._adaptation.switches import as_float
from zhusuan.mcmc._kernels import leapfrog
from zhusuan.mcmc._kernels.metric import Diagonal

__all__ = [
    "DualAveraging",
    "MovingVariance",
    "restart",
    "search_step_size",
    "settled_step_size",
    "shrunk_variance",
    "update_step_size",
    "update_variance",
]

# The first step size is looked for between 2^-100 and 2^100 of the given one.
MAX_DOUBLINGS = 100

# Dual averaging explores 10 times the first step size, so that its average is usable
# only after about this number of updates.
_N_UNSETTLED = 20

# n_updates: int64, 0 before the first restart; center: what log step sizes
# shrink to, mu in the paper; error_sum: of target minus acceptance, t * H-bar;
# log_step: to explore with; log_average: for the time after tuning.
DualAveraging = namedtuple("DualAveraging", [
    "n_updates", "center", "error_sum", "log_step", "log_average"])

# n_updates: int64; mean and variance: lists, of the shapes of the data axes.
MovingVariance = namedtuple("MovingVariance", ["n_updates", "mean", "variance"])


def search_step_size(state, target, step_size, metric):
    """A step size at which one leapfrog is accepted about half of the time.

    Doubles or halves `step_size` until the mean acceptance over chains crosses
    1/2 (Hoffman and Gelman, 2014, algorithm 4), at most 100 times.
    """
    momentum = metric.draw(state.position)
    energy = leapfrog.hamiltonian(state, momentum, metric)

    def is_small(step_size):
        end = leapfrog.one_leapfrog(state, momentum, target, step_size, metric)
        _, rate = leapfrog.acceptance(
            energy, leapfrog.hamiltonian(*end, metric=metric))
        return tf.reduce_mean(rate) > 0.5

    def move_on(i, step_size, grow, _):
        small = is_small(step_size)
        grow = tf.where(tf.equal(i, 0), small, grow)
        crossed = tf.not_equal(small, grow)
        factor = tf.where(crossed, 1., tf.where(grow, 2., 0.5))
        step_size *= tf.cast(factor, step_size.dtype)
        return i + 1, step_size, grow, crossed

    no = tf.constant(False)
    return tf.while_loop(
        lambda i, step_size, grow, crossed: (i < MAX_DOUBLINGS) & ~crossed,
        move_on, (tf.constant(0), step_size, no, no), parallel_iterations=1)[1]


def restart(step_size):
    """Begin dual averaging at a step size that was searched for."""
    log_step = tf.math.log(step_size)
    return DualAveraging(
        tf.constant(0, tf.int64), log_step + math.log(10.),
        tf.zeros_like(log_step), log_step, tf.zeros_like(log_step))


def update_step_size(dual, acceptance_rate, target_rate, gamma, t0, kappa):
    """One step of dual averaging (Hoffman and Gelman, 2014, eq. 6).

    :param acceptance_rate: A 0-D Tensor, the mean over chains.
    """
    n_updates = dual.n_updates + 1
    t = tf.cast(n_updates, dual.center.dtype)
    error_sum = dual.error_sum + (target_rate - acceptance_rate)
    # H-bar is an average with weights 1 / (t + t0) that starts at 0, so that it
    # is the plain sum over t + t0.
    log_step = dual.center - tf.sqrt(t) / gamma * error_sum / (t + t0)
    weight = t ** -kappa
    log_average = weight * log_step + (1. - weight) * dual.log_average
    return DualAveraging(
        n_updates, dual.center, error_sum, log_step, log_average)


def settled_step_size(dual):
    """The step size after tuning by one update or more.

    The average; after few updates, its geometric mean with half of the first step size,
    where one leapfrog is accepted more than half of the time.
    """
    n_updates = tf.cast(dual.n_updates, dual.center.dtype)
    weight = tf.minimum(n_updates / _N_UNSETTLED, 1.)
    safe = dual.center - math.log(20.)
    return tf.exp(weight * dual.log_average + (1. - weight) * safe)


def update_variance(moving, position, chain_rank, decay):
    """Take one position of every chain into an exponentially weighted variance.

    The weights of all positions so far, decay^0, decay^1, ..., are normalised;
    the variance is that of chains and time together, by the formula for joining
    two groups (Chan, Golub and LeVeque, 1983, eq. 2.1, for relative weights).
    """
    n_updates = moving.n_updates + 1
    chains = list(range(chain_rank))
    means, variances = [], []
    for x, mean, variance in zip(position, moving.mean, moving.variance):
        d = as_float(decay, x.dtype)
        weight = (1. - d) / (1. - d ** tf.cast(n_updates, x.dtype))
        now = tf.reduce_mean(x, chains, keepdims=True)
        spread = tf.reduce_mean((x - now) ** 2, chains)
        shift = tf.reshape(now, tf.shape(mean)) - mean
        means.append(mean + weight * shift)
        variances.append((1. - weight) * (variance + weight * shift ** 2)
                         + weight * spread)
    return MovingVariance(n_updates, means, variances)


def shrunk_variance(moving, n_chains, decay):
    """A :class:`Diagonal` metric of the variances, shrunk to 1/1000.

    With n values, (n / (n + 5)) variance + 0.001 (5 / (n + 5)), as Stan does,
    to keep every variance positive. Values with unequal weights count as
    n = (sum of weights)^2 / (sum of squared weights) (Kish, 1965).
    """
    def shrink(variance):
        d = as_float(decay, variance.dtype)
        power = d ** tf.cast(moving.n_updates, d.dtype)
        n = (1. - power) * (1. + d) / ((1. + power) * (1. - d))
        n *= tf.cast(n_chains, d.dtype)
        return (n * variance + 5e-3) / (n + 5.)

    return Diagonal([shrink(variance) for variance in moving.variance])
