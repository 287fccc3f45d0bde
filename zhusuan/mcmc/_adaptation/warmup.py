"""Adaptation of HMC and NUTS, composed of three replaceable pieces."""
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.mcmc._kernels.flattening import VectorLayout
from zhusuan.mcmc._kernels.hamiltonian import HamiltonianParameters
from zhusuan.mcmc._kernels.metrics import Identity
from zhusuan.mcmc.adaptation import Adaptation

__all__ = ["Tuning", "Warmup", "is_off"]


class Tuning(NamedTuple):
    """The state of :class:`Warmup`.

    :param n_draws: int64, the number of draws of warm-up that may tune the metric.
    :param is_metric_due: Bool: `revise` is to update the metric.
    :param step_size: The state of the step-size rule.
    :param estimate: The state of the metric estimator; ``()`` without one.
    :param metric: The metric in use; ``()`` without an estimator.
    """

    n_draws: Any
    is_metric_due: Any
    step_size: Any
    estimate: Any
    metric: Any


class Warmup(Adaptation):
    """Tune a step size and a metric; the adaptation of a `Sampler`.

    Methods are pure: they return a new :class:`Tuning`.

    :param step_size_rule: Such as `DualAveraging`.
    :param estimator: Such as `CovarianceEstimator`. If None, masses are 1.
    :param schedule: Of the module `schedules`.
    :param tunes_step_size: A switch: None, a bool, or a 0-D bool Tensor.
    :param tunes_metric: A switch. If it is None or False, masses are 1.
    :param is_flat: A bool. The metric is that of one vector of all latents.
    :param n_warmup: An int, the number of draws of warm-up in :meth:`is_warmup`; no
        end if None.
    """

    def __init__(self, step_size_rule, estimator, schedule, tunes_step_size=True,
                 tunes_metric=True, is_flat=False, n_warmup=None):
        self._rule, self._estimator = step_size_rule, estimator
        self._schedule, self._is_flat = schedule, is_flat
        self._tunes_step_size = tunes_step_size
        self._tunes_metric = tunes_metric if estimator is not None else False
        self._n_warmup = n_warmup
        self._decomposes = not is_off(self._tunes_metric) and estimator.decomposes

    def init(self, state):
        """The first :class:`Tuning`, NumPy arrays, for a ChainState."""
        chain = self._view(state)
        estimate, metric = ((), ()) if self._estimator is None else (
            self._estimator.init(chain), self._estimator.first_metric(chain))
        return Tuning(np.zeros([], np.int64), np.zeros([], bool),
                      self._rule.init(chain.log_prob.dtype), estimate, metric)

    def is_warmup(self, tuning):
        """Whether the next call of `sample` is part of warm-up."""
        return True if self._n_warmup is None else tuning.n_draws < self._n_warmup

    def prepare(self, tuning, state, target, is_warmup):
        """Search a step size before a transition, if that is due.

        The metric of the first transition is chosen before the first search.
        """
        def search():
            chain, flat_target = state, target
            if self._is_flat:
                layout = VectorLayout(state)
                chain, flat_target = (layout.flat_state(state),
                                      layout.flat_target(target))
            started = self._with_start_metric(tuning, chain)
            return started._replace(step_size=self._rule.with_search(
                started.step_size, chain, flat_target, self._metric(started)))

        is_due = _both(self._tunes_step_size, is_warmup)
        if is_due is not False:
            is_due &= tuning.step_size.is_search_due
        return _if_on(is_due, search, tuning)

    def _with_start_metric(self, tuning, chain):
        if is_off(self._tunes_metric):
            return tuning
        return tuning._replace(metric=_select(
            tf.equal(tuning.n_draws, 0),
            lambda: self._estimator.start_metric(chain, tuning.metric), tuning.metric))

    def parameters(self, tuning, is_warmup):
        """The :class:`HamiltonianParameters` of the next transition."""
        step_size = (self._rule.given(tuning.step_size)
                     if is_off(self._tunes_step_size) else self._rule.current(
                         tuning.step_size, _both(self._tunes_step_size, is_warmup)))
        return HamiltonianParameters(
            step_size, self._metric(tuning), self._is_flat)

    def update(self, tuning, state, info, is_warmup):
        """Tune by a transition to `state`, whose `info` has an `acceptance_rate`.

        Where it has `is_accepted`, chains that did not move do not enter the metric.
        """
        def with_rate(tuning):
            return tuning._replace(step_size=self._rule.update(
                tuning.step_size, tf.reduce_mean(info.acceptance_rate)))

        def with_draw(tuning):
            return self._with_draw(tuning, self._view(state), getattr(
                info, "is_accepted", None))

        tunes_step_size = _both(self._tunes_step_size, is_warmup)
        tunes_metric = _both(self._tunes_metric, is_warmup)
        if tunes_step_size is tunes_metric:  # one branch instead of two
            return _if_on(
                tunes_metric, lambda: with_draw(with_rate(tuning)), tuning)
        tuning = _if_on(tunes_step_size, lambda: with_rate(tuning), tuning)
        return _if_on(tunes_metric, lambda: with_draw(tuning), tuning)

    def _with_draw(self, tuning, chain, is_new):
        n_draws = tuning.n_draws + 1
        events = self._schedule(n_draws)
        tuning = tuning._replace(n_draws=n_draws, estimate=_select(
            events.collects,
            lambda: self._estimator.update(tuning.estimate, chain, is_new),
            tuning.estimate))
        if self._decomposes:
            return tuning._replace(
                is_metric_due=tf.convert_to_tensor(events.updates_metric))
        return _if_on(events.updates_metric,
                      lambda: self._with_metric(tuning, events), tuning)

    def is_revision_due(self, tuning):
        """Whether a metric that needs decompositions is to be updated."""
        return tuning.is_metric_due if self._decomposes else False

    def revise(self, tuning):
        """Update the metric by the draws so far."""
        return self._with_metric(tuning, self._schedule(tuning.n_draws))._replace(
            is_metric_due=tf.constant(False))

    def _with_metric(self, tuning, events):
        window, following = _select(
            events.ends_window, lambda: self._estimator.end_window(tuning.estimate),
            (tuning.estimate, tuning.estimate))
        return tuning._replace(
            step_size=_select(
                events.restarts_step_size,
                lambda: self._rule.request_search(tuning.step_size),
                tuning.step_size),
            estimate=following,
            metric=self._estimator.metric(window, tuning.metric))

    def _metric(self, tuning):
        return Identity() if is_off(self._tunes_metric) else tuning.metric

    def _view(self, state):
        """The chain in the coordinates of the metric."""
        return VectorLayout(state).flat_state(state) if self._is_flat else state


def is_off(switch):
    """Whether a switch is off for good; a Tensor may be on at any time."""
    return switch is None or switch is False


def _both(switch, is_warmup):
    """Whether both hold: a bool if that is known, else a 0-D bool Tensor."""
    if is_off(switch) or is_warmup is False:
        return False
    if switch is True or is_warmup is True:
        return is_warmup if switch is True else switch
    return switch & is_warmup


def _if_on(switch, make_new, old):
    """The nest `old`, or where `switch` is true the one that `make_new` returns."""
    if switch is False:
        return old
    return make_new() if switch is True else tf.cond(switch, make_new, lambda: old)


def _select(switch, make_new, old):
    """The same without a branch, for what is cheap to make."""
    if switch is False:
        return old
    new = make_new()
    if switch is True:
        return new
    return tf.nest.map_structure(
        lambda new, old: tf.where(switch, new, old), new, old)
