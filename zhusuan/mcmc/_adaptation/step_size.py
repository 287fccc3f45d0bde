"""Step-size rules of Hamiltonian Monte Carlo: search and dual averaging."""
import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.mcmc._kernels import hamiltonian
from zhusuan.utils import as_float

__all__ = ["DualAveraging", "OneLeapfrog", "StepSizeState", "Trajectory",
           "search_step_size"]

# The search ends after this many changes of the given step size.
MAX_CHANGES = 100


class OneLeapfrog:
    """Accept one leapfrog half of the time (Hoffman and Gelman, 2014, algorithm 4).

    :cvar factor: What a search multiplies a step size with, or divides it by.
    :cvar overshoot: What log step sizes shrink to, in units of the step size found.
    :cvar is_largest: Whether the search ends at the largest step size that is
        accepted, or at the first one beyond where it grows.
    """

    factor, overshoot, is_largest = 2., 10., False

    def is_met(self, chain, momentum, target, step_size, metric):
        """Whether the step size is small enough, a 0-D bool Tensor."""
        end = hamiltonian.one_leapfrog(chain, momentum, target, step_size, metric)
        return mean_acceptance(chain, momentum, end, metric) > 0.5


class Trajectory:
    """Accept the points of a trajectory at the target rate.

    A step size that one leapfrog accepts may leave all chains where they are for
    several transitions. So may ten times a step size that a trajectory accepts. The end
    alone is no criterion: after a period of the dynamics it is always accepted.

    :param n_leapfrogs: An int or a 0-D int32 Tensor, the length of the trajectory.
    :param target_rate: A float or 0-D Tensor.
    """

    factor, overshoot, is_largest = 1.5, 1., True

    def __init__(self, n_leapfrogs, target_rate):
        self._n_leapfrogs, self._target_rate = n_leapfrogs, target_rate

    def is_met(self, chain, momentum, target, step_size, metric):
        """Whether the step size is small enough, a 0-D bool Tensor."""
        def advance(i, state, p, total):
            state, p = hamiltonian.one_leapfrog(state, p, target, step_size, metric)
            return i + 1, state, p, total + mean_acceptance(
                chain, momentum, (state, p), metric)

        n = self._n_leapfrogs
        moving = 0, chain, momentum, tf.zeros([], step_size.dtype)
        if tf.is_tensor(n) or n > hamiltonian.MAX_UNROLLED:
            moving = tf.while_loop(lambda i, *_: i < n, advance, moving,
                                   parallel_iterations=1)
        else:
            for _ in range(n):
                moving = advance(*moving)
        rate = moving[-1] / tf.cast(n, step_size.dtype)
        return rate > as_float(self._target_rate, rate.dtype)


class StepSizeState(NamedTuple):
    """The state of :class:`DualAveraging`; 0-D Tensors.

    :param n_updates: int64, since the last search; 0 only before the first update.
    :param is_search_due: Bool: search a step size before the next transition.
    :param center: What log step sizes shrink to, mu in the paper.
    :param error_sum: The sum of target minus acceptance rate, t * H-bar.
    :param log_step: The log step size to explore with.
    :param log_average: The average of log step sizes.
    """

    n_updates: Any
    is_search_due: Any
    center: Any
    error_sum: Any
    log_step: Any
    log_average: Any


class DualAveraging:
    """Search a first step size, then tune it by dual averaging.

    The source is Hoffman and Gelman (2014), "The No-U-Turn Sampler", algorithm 5.
    Methods are pure: they return a new :class:`StepSizeState`.

    :param initial: A float or 0-D Tensor: where the first search begins, and the step
        size until then.
    :param target_rate: A float or 0-D Tensor, the acceptance rate to reach.
    :param gamma: A float, how strongly log step sizes shrink to the center.
    :param t0: A float that damps early updates.
    :param kappa: A float in (0.5, 1], how fast the average forgets.
    :param n_unsettled: An int, the number of updates before the average is usable
        alone, as dual averaging begins beyond the first step size.
    :param criterion: Of the search: :class:`OneLeapfrog` by default, or
        :class:`Trajectory`.
    """

    def __init__(self, initial, target_rate, gamma=0.05, t0=10., kappa=0.75,
                 n_unsettled=20, criterion=None):
        self._initial, self._target_rate = initial, target_rate
        self._gamma, self._t0, self._kappa = gamma, t0, kappa
        self._n_unsettled = n_unsettled
        self._criterion = criterion or OneLeapfrog()

    def init(self, dtype):
        """The state before any transition, NumPy arrays."""
        zero = np.zeros([], tf.as_dtype(dtype).as_numpy_dtype)
        return StepSizeState(np.zeros([], np.int64), np.ones([], bool),
                             zero, zero, zero, zero)

    def with_search(self, state, chain, target, metric):
        """Search a step size and restart dual averaging there."""
        first = tf.where(state.n_updates > 0, tf.exp(state.log_step),
                         self.given(state))
        log_step = tf.math.log(search_step_size(
            chain, target, first, metric, self._criterion))
        zero = tf.zeros_like(log_step)
        return StepSizeState(
            tf.constant(0, tf.int64), tf.constant(False),
            log_step + math.log(self._criterion.overshoot), zero, log_step, zero)

    def update(self, state, acceptance_rate):
        """Move by one step of dual averaging (Hoffman and Gelman, 2014, eq. 6).

        :param acceptance_rate: A 0-D Tensor, the mean over chains.
        """
        target_rate, gamma, t0, kappa = [
            as_float(x, state.center.dtype)
            for x in (self._target_rate, self._gamma, self._t0, self._kappa)]
        n_updates = state.n_updates + 1
        t = tf.cast(n_updates, state.center.dtype)
        error_sum = state.error_sum + (target_rate - acceptance_rate)
        # H-bar is an average with weights 1 / (t + t0) that starts at 0, so that it
        # is the plain sum over t + t0.
        log_step = state.center - tf.sqrt(t) / gamma * error_sum / (t + t0)
        weight = t ** -kappa
        log_average = weight * log_step + (1. - weight) * state.log_average
        return state._replace(n_updates=n_updates, error_sum=error_sum,
                              log_step=log_step, log_average=log_average)

    def request_search(self, state):
        """Let the next transition of warm-up begin with a search."""
        return state._replace(is_search_due=tf.constant(True))

    def current(self, state, is_tuning):
        """The step size of the next transition.

        :param is_tuning: A bool or a 0-D bool Tensor.
        """
        if is_tuning is False:
            return self._settled(state)
        return tf.where(is_tuning, tf.exp(state.log_step), self._settled(state))

    def _settled(self, state):
        """The step size after tuning; the given one without any.

        After few updates, it is the geometric mean of the average with half of the
        first step size, where proposals are accepted.
        """
        log_step = state.log_average
        if self._n_unsettled:
            n_updates = tf.cast(state.n_updates, log_step.dtype)
            weight = tf.minimum(n_updates / self._n_unsettled, 1.)
            safe = state.center - math.log(2. * self._criterion.overshoot)
            log_step = weight * log_step + (1. - weight) * safe
        return tf.where(state.n_updates > 0, tf.exp(log_step), self.given(state))

    def given(self, state):
        """The initial step size."""
        return as_float(self._initial, state.log_step.dtype)


def search_step_size(chain, target, step_size, metric, criterion=None):
    """A step size at the limit that a criterion accepts, with one momentum.

    Multiplies `step_size` by the criterion's factor until the criterion fails, or
    divides it until the criterion holds, at most 100 times.

    :param criterion: :class:`OneLeapfrog` by default, or :class:`Trajectory`.
    """
    criterion = criterion or OneLeapfrog()
    momentum = metric.draw(chain.position)
    larger = tf.cast(criterion.factor, step_size.dtype)

    def change(i, step_size, grow, _):
        small = criterion.is_met(chain, momentum, target, step_size, metric)
        grow = tf.where(tf.equal(i, 0), small, grow)
        crossed = tf.not_equal(small, grow)
        factor = tf.where(grow, larger, 1. / larger)
        if criterion.is_largest:  # one step back from growth
            end = tf.where(grow, 1. / larger, 1.)
        else:
            end = tf.ones([], step_size.dtype)
        return i + 1, step_size * tf.where(crossed, end, factor), grow, crossed

    no = tf.constant(False)
    return tf.while_loop(
        lambda i, step_size, grow, crossed: (i < MAX_CHANGES) & ~crossed,
        change, (tf.constant(0), step_size, no, no), parallel_iterations=1)[1]


def mean_acceptance(chain, momentum, end, metric):
    """The mean over chains of the acceptance rates of a proposal.

    :param end: A pair, the ChainState and the momenta of the proposal.
    """
    _, rate = hamiltonian.acceptance(
        hamiltonian.hamiltonian(chain, momentum, metric),
        hamiltonian.hamiltonian(*end, metric=metric))
    return tf.reduce_mean(rate)
