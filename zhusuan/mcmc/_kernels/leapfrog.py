"""Hamiltonian dynamics, and the transition of HMC: pure functions.

The source is Neal (2011), "MCMC using Hamiltonian dynamics", sections 2.3 and
3.2. All chains move at once; each accepts on its own.
"""
from collections import namedtuple

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.chain_axes import expand_chains
from zhusuan._tf import random_numbers
from zhusuan.mcmc._kernels.metric import kinetic_energy

__all__ = ["MAX_ENERGY_ERROR", "ChainState", "TransitionInfo", "acceptance",
           "checked", "hamiltonian", "leapfrog", "one_leapfrog", "select_chains",
           "start", "transition"]

# Where the simulation has lost its target (Stan uses the same number).
MAX_ENERGY_ERROR = 1000.
# A loop takes about 20 us for an iteration in a session, and 1 us under XLA, as long
# as a leapfrog of a small model; code that is not a loop takes time to build.
MAX_UNROLLED, LOOP_UNROLLED = 10, 5

# position and gradient: lists of Tensors, chain axes + data axes; log_prob: the
# log density, of the shape of the chain axes. Keeping it and its gradient makes
# a transition cost one evaluation per leapfrog.
ChainState = namedtuple("ChainState", ["position", "log_prob", "gradient"])

# momentum: the drawn one; energy and proposed_energy: the Hamiltonian at both
# ends of the trajectory; all others as in `zhusuan.hmc.HMCInfo`.
TransitionInfo = namedtuple("TransitionInfo", [
    "acceptance_rate", "is_accepted", "is_divergent", "energy_error",
    "momentum", "energy", "proposed_energy"])


def start(target, position):
    """The :class:`ChainState` at a list of positions."""
    return ChainState(list(position), *target(position))


def checked(state, sampler):
    """`state`, unless its log density is not finite: InvalidArgumentError."""
    return state._replace(log_prob=tf.debugging.check_numerics(
        state.log_prob, "%s: the log joint density of the present position is not "
        "finite. Try better initialization" % sampler))


def transition(state, target, step_size, n_leapfrogs, metric):
    """Draw a momentum, follow the dynamics, accept or stay.

    :param state: A :class:`ChainState`.
    :param target: A function of a list of positions that returns log densities
        and a list of gradients.
    :param step_size: A 0-D Tensor.
    :param n_leapfrogs: An int or a 0-D int32 Tensor.
    :param metric: Such as `Diagonal`.

    :return: The next :class:`ChainState` and a :class:`TransitionInfo`.
    """
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
        momentum, energy, proposed_energy)
    return select_chains(is_accepted, proposal, state), info


def leapfrog(state, momentum, target, step_size, n_leapfrogs, metric):
    """Follow the dynamics for `n_leapfrogs` steps (Neal, 2011, eq. 2.28-2.30).

    The two half steps in momentum between two positions are taken as one. Steps
    are written one after another where they are few, else in a loop.

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
    return start(target, [x + step_size * v
                          for x, v in zip(state.position, velocity)])


def acceptance(energy, proposed_energy):
    """The energy error and min(1, exp(-error)); inf and 0 where it is nan."""
    error = proposed_energy - energy
    error = tf.where(tf.math.is_finite(error), error,
                     tf.constant(float("inf"), error.dtype))
    return error, tf.exp(-tf.maximum(error, 0.))


def select_chains(condition, if_true, if_false):
    """One of two nests of Tensors that begin with chain axes, by chain."""
    return tf.nest.map_structure(
        lambda x, y: tf.where(expand_chains(condition, x), x, y),
        if_true, if_false)


def hamiltonian(state, momentum, metric):
    """The total energy: kinetic minus log density, by chain."""
    chain_rank = state.log_prob.shape.rank
    return kinetic_energy(metric, momentum, chain_rank) - state.log_prob
