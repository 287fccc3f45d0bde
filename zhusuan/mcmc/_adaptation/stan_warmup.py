"""Stan's warm-up: when step size and mass are tuned; pure functions.

After a few transitions for the step size alone, the mass comes from the draws of
windows that double in length, and a few transitions for the step size end it
(Stan Reference Manual, "Automatic parameter tuning").
"""
from collections import namedtuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.mcmc._adaptation import hmc_tuning
from zhusuan.mcmc._kernels.metric import Dense, Diagonal

__all__ = ["Estimate", "Schedule", "Warmup", "add_draws", "begin", "finish_window",
           "make_schedule", "update"]

# first: where windows begin; ends: after how many transitions each one ends.
Schedule = namedtuple("Schedule", ["first", "ends"])

# n_done: transitions of warm-up, int64; dual: for the step size; estimate: of the
# window; metric: in use.
Warmup = namedtuple("Warmup", ["n_done", "dual", "estimate", "metric"])

# count: of draws; squares: the sum of squared deviations from the mean, `[d]`, or
# of their outer products, `[d, d]`.
Estimate = namedtuple("Estimate", ["count", "mean", "squares"])


def make_schedule(n_warmup):
    """The :class:`Schedule` of a warm-up of `n_warmup` transitions.

    75, then windows of 25, 50, 100, ..., then 50; below 150 in all, one window after
    15 %, and 10 % or 20 transitions after it; below 50 none. Stan leaves 10 % in every
    case and has none below 20: a step size is not found in 2 transitions, nor a mass
    in 15.
    """
    if n_warmup < 50:
        return Schedule(n_warmup, [])
    first, last, length = 75, 50, 25
    if n_warmup < first + last + length:
        first, last = int(0.15 * n_warmup), max(int(0.1 * n_warmup), 20)
        return Schedule(first, [n_warmup - last])
    stop, ends = n_warmup - last, [first + length]
    while ends[-1] < stop:
        length *= 2
        end = ends[-1] + length
        # If the one after it would have no room, this one takes all that is left.
        ends.append(stop if end + 2 * length >= stop else end)
    return Schedule(first, ends)


def begin(d, dtype, is_dense):
    """The first :class:`Warmup` for `d` numbers of a chain, NumPy arrays."""
    zero, one = np.zeros([], dtype), np.ones([d], dtype)
    count = np.zeros([], np.int64)
    metric = Diagonal([one])
    if is_dense:
        metric = Dense(np.diag(one), np.diag(one))
    squares = np.zeros_like(metric.inverse_mass if is_dense else one)
    return Warmup(
        count, hmc_tuning.DualAveraging(count, zero, zero, zero, zero),
        Estimate(zero, np.zeros([d], dtype), squares), metric)


def update(warmup, x, schedule):
    """What follows a transition of warm-up to `x`, but for the step size."""
    n_done = warmup.n_done + 1
    warmup = warmup._replace(n_done=n_done)
    if not schedule.ends:
        return warmup
    is_in_window = (n_done > schedule.first) & (n_done <= schedule.ends[-1])
    warmup = warmup._replace(estimate=tf.nest.map_structure(
        lambda new, old: tf.where(is_in_window, new, old),
        add_draws(warmup.estimate, x), warmup.estimate))
    is_end = tf.reduce_any(tf.equal(n_done, tf.constant(schedule.ends, tf.int64)))
    return tf.cond(is_end, lambda: finish_window(warmup), lambda: warmup)


def add_draws(estimate, x):
    """Take one draw of every chain into the estimate.

    Groups are joined by Chan, Golub and LeVeque (1983), eq. 2.1.
    """
    n_new = tf.cast(tf.shape(x)[0], x.dtype)
    mean = tf.reduce_mean(x, 0)
    total = estimate.count + n_new
    shift = mean - estimate.mean
    weight = estimate.count * n_new / total
    if estimate.squares.shape.rank == 2:
        squares = tf.matmul(x - mean, x - mean, transpose_a=True)
        squares += weight * shift[:, tf.newaxis] * shift
    else:
        squares = tf.reduce_sum((x - mean) ** 2, 0) + weight * shift ** 2
    return Estimate(total, estimate.mean + shift * n_new / total,
                    estimate.squares + squares)


def finish_window(warmup):
    """Take the window's covariance for inverse mass, and search a step size anew.

    With n draws, (n / (n + 5)) covariance + 0.001 (5 / (n + 5)) I, as Stan does.
    """
    n = warmup.estimate.count
    shrunk = n / (n + 5.) * warmup.estimate.squares / (n - 1.)
    if isinstance(warmup.metric, Dense):
        d = shrunk.shape.as_list()[0]
        shrunk += 5e-3 / (n + 5.) * tf.eye(d, dtype=shrunk.dtype)
        metric = Dense(shrunk, tf.linalg.cholesky(shrunk))
    else:
        metric = Diagonal([shrunk + 5e-3 / (n + 5.)])
    return warmup._replace(
        dual=warmup.dual._replace(n_updates=tf.constant(0, tf.int64)),
        estimate=tf.nest.map_structure(tf.zeros_like, warmup.estimate),
        metric=metric)
