"""Hamiltonian dynamics: leapfrogs, and the transition of HMC; pure functions.

The source is Neal (2011), "MCMC using Hamiltonian dynamics", sections 2.3, 3.2 and
4.1. All chains move at once, and each accepts or rejects on its own.
"""
from typing import Any, List, NamedTuple

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.target import expand_chains, sum_over_data
from zhusuan._tf import random_numbers

__all__ = ["ChainState", "HamiltonianParameters", "MAX_ENERGY_ERROR",
           "TransitionInfo", "acceptance", "chain_state_at", "checked", "hamiltonian",
           "leapfrog", "one_leapfrog", "select_chains", "transition"]

# Stan reports a divergence above the same number.
MAX_ENERGY_ERROR = 1000.
# An iteration of a loop takes about 20 us in a session, and 1 us under XLA, as long
# as a leapfrog of a small model; unrolled leapfrogs take time to trace.
MAX_UNROLLED, LOOP_UNROLLED = 10, 5


class ChainState(NamedTuple):
    """Positions with their log densities, so that a leapfrog costs one evaluation.

    :param position: A list of Tensors, chain axes + data axes.
    :param log_prob: The log density, of the shape of the chain axes.
    :param gradient: A list of the gradients of the log density.
    """

    position: List[Any]
    log_prob: Any
    gradient: List[Any]


class HamiltonianParameters(NamedTuple):
    """The parameters of a transition that adaptation sets.

    :param step_size: A 0-D Tensor.
    :param metric: Of the module `metrics`.
    :param is_flat: A bool. The metric is that of one vector of all latents.
    """

    step_size: Any
    metric: Any
    is_flat: bool = False


class TransitionInfo(NamedTuple):
    """Statistics of one transition, by chain.

    :param acceptance_rate: The probability of acceptance.
    :param is_accepted: Bool.
    :param is_divergent: Bool: the energy error exceeds `MAX_ENERGY_ERROR`.
    :param energy_error: `proposed_energy - energy`; inf if it is not finite.
    :param momentum: A list of Tensors, the momenta at the start.
    :param energy: The Hamiltonian at the start.
    :param proposed_energy: The Hamiltonian at the end of the trajectory.
    :param log_prob: The log density at the start.
    """

    acceptance_rate: Any
    is_accepted: Any
    is_divergent: Any
    energy_error: Any
    momentum: List[Any]
    energy: Any
    proposed_energy: Any
    log_prob: Any


# -- Dynamics -----------------------------------------------------------------------

def chain_state_at(target, position):
    """The :class:`ChainState` at a list of positions."""
    return ChainState(list(position), *target(position))


def checked(state, sampler):
    """`state`; InvalidArgumentError if its log density is not finite."""
    return state._replace(log_prob=tf.debugging.check_numerics(
        state.log_prob, "%s: the log joint density of the present position is not "
        "finite. Try better initialization" % sampler))


def transition(state, target, parameters, n_leapfrogs):
    """Draw a momentum, follow the dynamics, accept or reject.

    :param state: A :class:`ChainState`.
    :param target: A function of a list of positions that returns log densities
        and a list of gradients.
    :param parameters: :class:`HamiltonianParameters`.
    :param n_leapfrogs: An int or a 0-D int32 Tensor.

    :return: The next :class:`ChainState` and a :class:`TransitionInfo`.
    """
    step_size, metric = parameters.step_size, parameters.metric
    momentum = metric.draw(state.position)
    proposal, final_momentum = leapfrog(
        state, momentum, target, step_size, n_leapfrogs, metric)
    energy = hamiltonian(state, momentum, metric)
    proposed_energy = hamiltonian(proposal, final_momentum, metric)
    energy_error, rate = acceptance(energy, proposed_energy)
    uniform = random_numbers.uniform(_tf.shape_of(rate), rate.dtype)
    is_accepted = uniform < rate
    info = TransitionInfo(
        rate, is_accepted, energy_error > MAX_ENERGY_ERROR, energy_error,
        momentum, energy, proposed_energy, state.log_prob)
    return select_chains(is_accepted, proposal, state), info


def leapfrog(state, momentum, target, step_size, n_leapfrogs, metric):
    """Follow the dynamics for `n_leapfrogs` steps (Neal, 2011, eq. 2.28-2.30).

    The two half steps in momentum between two positions are taken as one. Few steps
    are unrolled, more run in a loop.

    :return: The :class:`ChainState` and the momenta at the end.
    """
    def steps(n, state, momentum):
        for _ in range(n):
            state = _drift(state, momentum, target, step_size, metric)
            momentum = _kick(momentum, state, step_size)
        return state, momentum

    n_first, n_each = _unrolled(n_leapfrogs)
    momentum = _kick(momentum, state, 0.5 * step_size)
    state, momentum = steps(n_first, state, momentum)
    if n_each:
        _, state, momentum = tf.while_loop(
            lambda i, *_: i < n_leapfrogs,
            lambda i, *moving: (i + n_each,) + steps(n_each, *moving),
            (tf.constant(n_first), state, momentum), parallel_iterations=1)
    return state, _kick(momentum, state, -0.5 * step_size)


def _unrolled(n_leapfrogs):
    """How many leapfrogs to take first, and in each iteration of a loop, if any."""
    if tf.is_tensor(n_leapfrogs):
        return 0, 1
    if n_leapfrogs <= MAX_UNROLLED:
        return n_leapfrogs, 0
    return n_leapfrogs % LOOP_UNROLLED, LOOP_UNROLLED


def one_leapfrog(state, momentum, target, step_size, metric):
    """The same for one step, without a loop."""
    momentum = _kick(momentum, state, 0.5 * step_size)
    state = _drift(state, momentum, target, step_size, metric)
    return state, _kick(momentum, state, 0.5 * step_size)


def _kick(momentum, state, length):
    return [p + length * g for p, g in zip(momentum, state.gradient)]


def _drift(state, momentum, target, step_size, metric):
    velocity = metric.velocity(momentum)
    return chain_state_at(target, [x + step_size * v
                                   for x, v in zip(state.position, velocity)])


def acceptance(energy, proposed_energy):
    """The energy error and min(1, exp(-error)); inf and 0 if it is nan."""
    error = proposed_energy - energy
    error = tf.where(tf.math.is_finite(error), error,
                     tf.constant(float("inf"), error.dtype))
    return error, tf.exp(-tf.maximum(error, 0.))


def select_chains(condition, if_true, if_false):
    """Select by chain from two nests of Tensors that begin with chain axes."""
    return tf.nest.map_structure(
        lambda x, y: tf.where(expand_chains(condition, x), x, y),
        if_true, if_false)


def hamiltonian(state, momentum, metric):
    """The total energy: kinetic minus log density, by chain."""
    chain_rank = state.log_prob.shape.rank
    kinetic = 0.5 * sum(sum_over_data(p * v, chain_rank)
                        for p, v in zip(momentum, metric.velocity(momentum)))
    return kinetic - state.log_prob
