"""Steps of stochastic gradient MCMC: pure functions.

Each takes a state, a target and numbers, and returns the next state. The target is a
function of a list of positions that returns log densities (unused here) and the list
of gradients, both of the whole log joint density; the potential energy of the papers
is its negative.
"""
from typing import Any, List, NamedTuple

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.target import expand_chains, mean_over_data
from zhusuan._tf import random_numbers

__all__ = [
    "Langevin",
    "Momentum",
    "Preconditioned",
    "Thermostat",
    "langevin",
    "momentum_step",
    "preconditioned_langevin",
    "thermostat_energy",
    "thermostat_step",
]


class Langevin(NamedTuple):
    """The state of :func:`langevin`.

    :param position: A list of Tensors, as in the states below.
    :param n_steps: int64, as in the states below.
    """

    position: List[Any]
    n_steps: Any


class Preconditioned(NamedTuple):
    """The state of :func:`preconditioned_langevin`.

    :param square: A list of moving averages of squared gradients.
    """

    position: List[Any]
    n_steps: Any
    square: List[Any]


class Momentum(NamedTuple):
    """The state of :func:`momentum_step`.

    :param velocity: A list, step size times momentum.
    """

    position: List[Any]
    n_steps: Any
    velocity: List[Any]


class Thermostat(NamedTuple):
    """The state of :func:`thermostat_step`.

    :param velocity: A list, step size times momentum.
    :param alpha: A list of frictions, of the shape of the latent or of the chain axes.
    """

    position: List[Any]
    n_steps: Any
    velocity: List[Any]
    alpha: List[Any]


def langevin(state, target, learning_rate):
    """Welling and Teh (2011), eq. 4."""
    _, gradient = target(state.position)
    position = [x + 0.5 * learning_rate * g + _noise(x, learning_rate)
                for x, g in zip(state.position, gradient)]
    return Langevin(position, state.n_steps + 1)


def preconditioned_langevin(state, target, learning_rate, decay, epsilon):
    """Li, Chen, Carlson and Carin (2016), algorithm 1, without the term Gamma.

    The average of squared gradients starts at zero; it is divided by the sum of
    its weights (Kingma and Ba, 2015, "Adam", section 3).
    """
    _, gradient = target(state.position)
    n_steps = state.n_steps + 1
    position, squares = [], []
    for x, g, square in zip(state.position, gradient, state.square):
        square = decay * square + (1. - decay) * g ** 2
        mean = square / (1. - decay ** tf.cast(n_steps, x.dtype))
        rate = learning_rate / (epsilon + tf.sqrt(mean))
        position.append(x + 0.5 * rate * g + _noise(x, rate))
        squares.append(square)
    return Preconditioned(position, n_steps, squares)


def momentum_step(state, target, learning_rate, friction, variance_estimate,
                  resample_every, second_order):
    """Chen, Fox and Guestrin (2014), eq. 15, or its symmetric splitting.

    :param resample_every: An int or None. Resample the velocity before the first
        step and after each `resample_every` steps; only before the first if None.
    """
    velocity = _resampled(state, learning_rate, resample_every)
    noise = 2. * (friction - variance_estimate) * learning_rate
    alpha = [friction for _ in velocity]
    position, velocity = _friction_step(
        state.position, velocity, alpha, target, learning_rate, noise,
        second_order)
    return Momentum(position, state.n_steps + 1, velocity)


def thermostat_step(state, target, learning_rate, variance_extra, tune_rate,
                    resample_every, second_order):
    """Ding et al. (2014), algorithm 2, or its symmetric splitting.

    A thermostat compares the mean squared velocity, over the axes that its alpha
    does not have, with the learning rate.
    """
    def heated(alpha, velocity, rate):
        energies = thermostat_energy(velocity, alpha)
        return [a + rate * (k - learning_rate) for a, k in zip(alpha, energies)]

    velocity = _resampled(state, learning_rate, resample_every)
    alpha = [tf.where(tf.equal(state.n_steps, 0), variance_extra, a)
             for a in state.alpha]
    if second_order:
        alpha = heated(alpha, velocity, 0.5 * tune_rate)
    position, velocity = _friction_step(
        state.position, velocity,
        [expand_chains(a, v) for a, v in zip(alpha, velocity)],
        target, learning_rate, 2. * variance_extra * learning_rate, second_order)
    rate = 0.5 * tune_rate if second_order else tune_rate
    return Thermostat(position, state.n_steps + 1, velocity,
                      heated(alpha, velocity, rate))


def thermostat_energy(velocity, alpha):
    """The mean squared velocities over the axes that `alpha` does not have."""
    return [mean_over_data(v ** 2, a.shape.rank)
            for v, a in zip(velocity, alpha)]


def _friction_step(position, velocity, alpha, target, learning_rate, noise,
                   second_order):
    """Move by the velocity, which the gradient drives and friction slows.

    The first order scheme is Euler's. The second order one does the parts one
    after another and back: half of the move, half of the friction, gradient and
    noise, half of the friction, half of the move (Chen, Ding and Carin, 2015,
    "On the convergence of stochastic gradient MCMC algorithms with high-order
    integrators", section 3.3).
    """
    if second_order:
        position = [x + 0.5 * v for x, v in zip(position, velocity)]
    _, gradient = target(position)
    pushes = [learning_rate * g + _noise(g, noise) for g in gradient]
    if second_order:
        damping = [tf.exp(-0.5 * a) for a in alpha]
        velocity = [d * (d * v + push)
                    for v, d, push in zip(velocity, damping, pushes)]
        position = [x + 0.5 * v for x, v in zip(position, velocity)]
    else:
        velocity = [(1. - a) * v + push
                    for v, a, push in zip(velocity, alpha, pushes)]
        position = [x + v for x, v in zip(position, velocity)]
    return position, velocity


def _resampled(state, learning_rate, every):
    """The velocities, resampled from N(0, learning rate) if that is due."""
    is_due = tf.equal(state.n_steps % every if every else state.n_steps, 0)
    return tf.cond(
        is_due,
        lambda: [_noise(v, learning_rate) for v in state.velocity],
        lambda: [tf.identity(v) for v in state.velocity])


def _noise(x, variance):
    return tf.sqrt(variance) * random_numbers.normal(_tf.shape_of(x), x.dtype)
