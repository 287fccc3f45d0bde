"""The progress of a run: its state, and the draws so far."""
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.mcmc._run.chain_state import Report
from zhusuan.mcmc.chains import Chains

__all__ = ["ALL_ROWS", "RowCounts", "RunRecord"]


class RowCounts(NamedTuple):
    """Numbers of transitions of warm-up and of draws."""

    warmup: int
    draws: int


ALL_ROWS = RowCounts(0, 0)


class _Progress(NamedTuple):
    """State that a chunk changes, replaced at once: Ctrl-C leaves no partial chunk."""

    state: Any
    n_done: int = 0
    n_divergent: int = 0
    """Among the draws, of all chains."""
    last: Any = {}
    """The statistics of the last chunk."""
    counts: RowCounts = ALL_ROWS


class RunRecord:
    """The state of a run, and its draws so far.

    Draws are copied into arrays of their final length, so that the memory of chunks is
    released and the draws exist once.

    :param plan: A `Plan`.
    :param start: A `Start`.
    :param before: The :class:`~zhusuan.mcmc.chains.Chains` to resume, or None.
    """

    def __init__(self, plan, start, before=None):
        self.plan, self._progress = plan, _Progress(start.state)
        self._names, self._chain_shape = start.names, start.chain_shape
        # The order of a dict is not that of `tf.nest`, which sorts names.
        self._derived_names = list(start.report.derived)
        if before is not None:
            self._check_arguments(before)
        n_rows = max(plan.n_samples, 0 if before is None else before.n_samples)
        self._draws = _Rows(start.report, n_rows)
        self._warmup = _Rows(start.report.statistics, plan.n_warmup)
        if before is not None:
            self._resume(before)

    def _check_arguments(self, before):
        arguments = {
            "n_warmup": (before.n_warmup, self.plan.n_warmup),
            "thin": (before.thin, self.plan.thin),
            "draws of the latents": (list(before.draws), self._names),
            "derived": (sorted(before.derived), sorted(self._derived_names))}
        for name, (old, new) in arguments.items():
            if old != new:
                raise ValueError(
                    "resume=: the run to resume had %s=%r, but now it is %r. Pass the "
                    "same arguments; only n_samples may increase."
                    % (name, old, new))
        if _shapes(before.state) != _shapes(tf.nest.flatten(self.state)):
            raise ValueError(
                "resume=: the shapes or dtypes of the saved state differ from those of "
                "this run. The state belongs to another kind of sampler, to other "
                "latents, or to another number of devices. Pass the same sampler, "
                "latents and devices.")

    def _resume(self, before):
        self.plan = self.plan._replace(seed=before.seed)
        self._draws.write(Report(list(before.draws.values()), before.derived,
                                 before.statistics), 0, before.n_samples)
        counts = RowCounts(0, before.n_samples)
        if before.warmup_statistics:
            counts = counts._replace(warmup=min(before.n_done, before.n_warmup))
            self._warmup.write(before.warmup_statistics, 0, counts.warmup)
        self._progress = _Progress(
            tf.nest.pack_sequence_as(self.state, before.state), before.n_done,
            _count_divergent(before.statistics), counts=counts)

    @property
    def state(self):
        """The state after the last chunk."""
        return self._progress.state

    @property
    def n_done(self):
        """The number of transitions so far."""
        return self._progress.n_done

    @property
    def n_transitions(self):
        """The number of transitions of the whole run."""
        return self.plan.n_warmup + self.plan.n_samples * self.plan.thin

    @property
    def is_complete(self):
        """Whether all draws are made."""
        return self.n_done >= self.n_transitions

    @property
    def is_warmup(self):
        """Whether the next transition is one of warm-up."""
        return self.n_done < self.plan.n_warmup

    def next_draws(self, at_most):
        """The number of draws to make next, and of transitions for each."""
        if self.is_warmup:
            return min(at_most, self.plan.n_warmup - self.n_done), 1
        left = (self.n_transitions - self.n_done) // self.plan.thin
        return min(at_most, left), self.plan.thin

    def add(self, n_draws, thin, state, report):
        """Copy the results of a chunk of the loop."""
        before = self._progress
        n_divergent, counts = before.n_divergent, before.counts
        if self.is_warmup:
            self._warmup.write(report.statistics, counts.warmup, n_draws)
            counts = counts._replace(warmup=counts.warmup + n_draws)
        else:
            self._draws.write(report, counts.draws, n_draws)
            counts = counts._replace(draws=counts.draws + n_draws)
            n_divergent += _count_divergent(report.statistics)
        self._progress = _Progress(
            state, before.n_done + n_draws * thin, n_divergent, report.statistics,
            counts)

    def summary(self):
        """Statistics for the progress bar, by name."""
        shown = {"phase": "warm-up" if self.is_warmup else "sampling",
                 "chains": int(np.prod(self._chain_shape, dtype=int))}
        last = self._progress.last
        if "is_divergent" in last:
            shown["divergent"] = self._progress.n_divergent
        if "acceptance_rate" in last:
            shown["acceptance"] = "%.2f" % np.mean(last["acceptance_rate"])
        if "step_size" in last:
            shown["step"] = "%.3g" % np.mean(last["step_size"][-1])
        if "n_leapfrogs" in last:
            shown["leapfrogs"] = "%.1f" % np.mean(last["n_leapfrogs"])
        return shown

    @property
    def row_counts(self):
        """The :class:`RowCounts` so far."""
        return self._progress.counts

    def chains(self, start=ALL_ROWS):
        """The :class:`Chains` so far, from the rows `start` on."""
        stop = self.row_counts
        return self._chains(self._warmup.rows(start.warmup, stop.warmup),
                            self._draws.rows(start.draws, stop.draws))

    def pieces(self, n_bytes):
        """Chains that are parts of all rows, of some `n_bytes` each, in order.

        Only the last one has a state.
        """
        n_rows = max(1, n_bytes // max(self._draws.n_bytes_of_row, 1))
        stop = self.row_counts
        last = max(stop.draws - 1, 0) // n_rows * n_rows
        yield self._chains(self._warmup.rows(0, stop.warmup),
                           self._draws.rows(0, 0), [])
        for i in range(0, last, n_rows):
            yield self._chains(self._warmup.rows(0, 0),
                               self._draws.rows(i, i + n_rows), [])
        yield self._chains(self._warmup.rows(0, 0), self._draws.rows(last, stop.draws))

    def _chains(self, warmup_statistics, report, state=None):
        state = self.state if state is None else state
        return Chains(
            draws=dict(zip(self._names, report.values)),
            derived={name: report.derived[name] for name in self._derived_names},
            statistics=report.statistics,
            chain_rank=len(self._chain_shape), n_warmup=self.plan.n_warmup,
            thin=self.plan.thin, seed=self.plan.seed, n_done=self.n_done,
            is_complete=self.is_complete,
            state=[np.asarray(x) for x in tf.nest.flatten(state)],
            warmup_statistics=warmup_statistics)


class _Rows:
    """A nest of arrays that are filled along their first axis.

    :param like: A nest of arrays with that axis.
    :param n_rows: An int, its final length.
    """

    def __init__(self, like, n_rows):
        self.n_bytes_of_row = sum(
            x.dtype.itemsize * int(np.prod(x.shape[1:], dtype=int))
            for x in tf.nest.flatten(like))
        try:
            # The system provides the memory of rows as they are filled.
            self._arrays = tf.nest.map_structure(
                lambda x: np.empty((n_rows,) + x.shape[1:], x.dtype), like)
        except MemoryError as error:
            raise MemoryError(
                "run: %d draws of %d bytes each do not fit into memory. Pass the "
                "latents to store as keep=, a smaller n_samples, or a larger "
                "thin." % (n_rows, self.n_bytes_of_row)) from error

    def write(self, nest, start, n_rows):
        """Fill the `n_rows` rows from `start` on."""
        for array, new in zip(tf.nest.flatten(self._arrays), tf.nest.flatten(nest)):
            array[start:start + n_rows] = new

    def rows(self, start, stop):
        """The nest of the rows between two numbers."""
        return tf.nest.map_structure(lambda x: x[start:stop], self._arrays)


def _shapes(arrays):
    return [(np.shape(x), np.asarray(x).dtype) for x in arrays]


def _count_divergent(statistics):
    return int(np.sum(statistics.get("is_divergent", 0)))
