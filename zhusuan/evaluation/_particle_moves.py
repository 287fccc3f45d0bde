"""Moves of all particles at one temperature: one program for all temperatures."""
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import programs, random_numbers
from zhusuan._tf.random_numbers import seeded
from zhusuan._tf.traced_functions import TracedFunction
from zhusuan.mcmc._kernels import hamiltonian
from zhusuan.mcmc._kernels.hamiltonian import HamiltonianParameters
from zhusuan.mcmc._kernels.metrics import Diagonal
from zhusuan.utils._warnings import warn_without_xla

__all__ = ["MoveRule", "Moved", "ParticleMoves", "at_positions"]

# The log step size changes by this multiple of the acceptance rate of a move minus the
# target rate. The rates are means over many particles, with little noise.
_GAIN = 1.
# Moves end when another one adds less than this part to the mean distance to the start,
# and a smaller part of the particles than the second number has rejected all moves.
_LEAST_GROWTH, _MOST_UNMOVED = 0.05, 1e-3
# Moves of different temperatures have different seeds.
_N_SEEDS = 2 ** 20


class MoveRule(NamedTuple):
    """The rule by which particles move.

    :param n_moves: An int, the number of moves, or the largest one.
    :param is_fixed: A bool. Whether all moves are made.
    :param n_leapfrogs: An int, the largest number of leapfrogs of a move.
    :param target_rate: A float, the acceptance rate to reach.
    """

    n_moves: int
    is_fixed: bool
    n_leapfrogs: int
    target_rate: float


class _Job(NamedTuple):
    """The argument of the program."""

    vectors: Any
    temperature: Any
    log_step: Any
    variances: Any
    seed: Any
    number: Any
    n_moves: Any
    data: Any
    """Of both targets, lists of Tensors, see `TracedFunction`."""


class Moved(NamedTuple):
    """The result of moves.

    :param vectors: An array `[n, d]`.
    :param log_ratios: An array `[n]`, the log ratio of the last and the first density.
    :param log_step: The log of the tuned step size.
    :param acceptance: The mean acceptance rate.
    :param n_moves: The number of moves made.
    """

    vectors: Any
    log_ratios: Any
    log_step: Any
    acceptance: Any
    n_moves: Any


class _Moving(NamedTuple):
    """The state of the loop over moves."""

    chain: Any
    log_step: Any
    rates: Any
    """The sum of mean acceptance rates."""
    unmoved: Any
    """The probability by particle that all moves were rejected, `[n]`."""
    distance: Any
    is_settled: Any


class ParticleMoves:
    """Moves of particles by Hamiltonian Monte Carlo between two densities.

    :param make_path: A function of two targets, the last and the first density, that
        returns a `Path`.
    :param targets: These targets, functions of vectors `[n, d]` that return log
        densities `[n]` and gradients.
    :param names: A list of the names of the latents, for a warning.
    :param rule: A :class:`MoveRule`.
    :param seed: An int.
    :param jit_compile: A bool, or "auto": by XLA if XLA compiles the program.
    """

    def __init__(self, make_path, targets, names, rule, seed, jit_compile, session):
        self._make_path, self._targets, self._names = make_path, targets, names
        self._rule, self._seed = rule, seed
        self._jit_compile, self._session = jit_compile, session
        self._program, self._has_run = None, False
        self._is_compiled = programs.can_compile() if (
            jit_compile == "auto") else bool(jit_compile)

    def log_ratios(self, vectors):
        """The log ratios of the densities at vectors, an array `[n]`."""
        return self._run(vectors, 0., 0., np.ones(vectors.shape[1]), 0, 0).log_ratios

    def __call__(self, vectors, temperature, log_step, variances, stage):
        """Move particles at a temperature, a :class:`Moved`.

        :param vectors: An array `[n, d]`.
        :param temperature: A float, the inverse temperature.
        :param log_step: A float, the log step size, in units of the square roots of
            `variances`.
        :param variances: An array `[d]`.
        :param stage: An int, different in each call.
        """
        return self._run(vectors, temperature, log_step, variances, stage,
                         self._rule.n_moves)

    def _run(self, vectors, temperature, log_step, variances, stage, n_moves):
        dtype = vectors.dtype.type
        job = _Job(vectors, dtype(temperature), dtype(log_step),
                   variances.astype(dtype), np.int64(self._seed),
                   np.int64(stage * _N_SEEDS), np.int32(n_moves), [])
        try:
            moved = self._call(job)
        except Exception as error:
            reason = programs.compilation_failure(error)
            if self._jit_compile != "auto" or self._has_run or reason is None:
                raise
            self._program, self._is_compiled = None, False
            moved = self._call(job)  # raises again what XLA found in the model
            warn_without_xla("smc", self._names, reason)
        self._has_run = True
        return moved

    def _call(self, job):
        if self._program is None:
            self._build(job)
        return self._program([job._replace(data=self._data)], self._session)[0]

    def _build(self, job):
        targets, self._data = self._targets, []
        if not programs.uses_session():
            traced = [TracedFunction(target, job.vectors, self._is_compiled)
                      for target in targets]
            self._needs = [x.needs for x in traced]
            self._data = [x.take_data() for x in traced]
            targets = traced
        self._program = programs.build_program(
            lambda job: self._moved(targets, job), [job._replace(data=self._data)],
            self._is_compiled)

    def _moved(self, targets, job):
        path = self._make_path(*[at_positions(target, job.data[i:i + 1])
                                 for i, target in enumerate(targets)])
        rule, target = self._rule, path.at(job.temperature)
        zero = tf.zeros([], job.log_step.dtype)

        def move(i, moving):
            with seeded(tf.stack([job.seed, job.number + tf.cast(i, tf.int64)])):
                n_leapfrogs = _draw_number(rule.n_leapfrogs, zero.dtype)
                chain, info = hamiltonian.transition(
                    moving.chain, target, HamiltonianParameters(
                        tf.exp(moving.log_step), Diagonal([job.variances])),
                    n_leapfrogs)
            rate = _mean_where_possible(info.acceptance_rate, info.log_prob)
            unmoved = moving.unmoved * (1. - info.acceptance_rate)
            distance = _mean_distance(chain.position[0], job.vectors, job.variances)
            is_settled = tf.logical_and(
                _mean_where_possible(unmoved, info.log_prob) < _MOST_UNMOVED,
                distance < (1. + _LEAST_GROWTH) * moving.distance)
            return i + 1, _Moving(
                chain, moving.log_step + _GAIN * (rate - rule.target_rate),
                moving.rates + rate, unmoved, distance, is_settled)

        def has_more(i, moving):
            is_due = i < job.n_moves
            return is_due if rule.is_fixed else tf.logical_and(
                is_due, tf.logical_not(moving.is_settled))

        chain, _ = path.enter(job.temperature, [job.vectors])
        n_moves, end = tf.while_loop(
            has_more, move, (tf.constant(0), _Moving(
                chain, job.log_step, zero, tf.ones_like(chain.log_prob), zero,
                tf.constant(False))), parallel_iterations=1)
        _, log_ratios = path.enter(job.temperature, end.chain.position)
        acceptance = end.rates / tf.cast(tf.maximum(n_moves, 1), zero.dtype)
        return Moved(end.chain.position[0], log_ratios, end.log_step, acceptance,
                     n_moves)


def at_positions(target, data=()):
    """A target of lists of one position, from one of vectors.

    :param data: A list of further arguments of `target`.
    """
    def at(position):
        log_prob, gradient = target(position[0], *data)
        return log_prob, [gradient]
    return at


def _draw_number(largest, dtype):
    """A random number from 1 to `largest`, a 0-D int32 Tensor."""
    uniform = random_numbers.uniform([], dtype)
    return tf.minimum(1 + tf.cast(uniform * largest, tf.int32), largest)


def _mean_where_possible(rates, log_probs):
    """The mean over particles whose density is positive."""
    is_possible = tf.cast(tf.math.is_finite(log_probs), rates.dtype)
    return tf.reduce_sum(rates * is_possible) / tf.maximum(
        tf.reduce_sum(is_possible), 1.)


def _mean_distance(x, y, variances):
    """The mean distance of rows, in units of the square roots of `variances`."""
    return tf.reduce_mean(tf.sqrt(
        tf.reduce_sum(tf.math.squared_difference(x, y) / variances, axis=-1)))
