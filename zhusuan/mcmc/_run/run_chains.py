"""A run of whole chains: chunks of draws, progress, and warnings at its end."""
import os
import random
import time
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.constraints import check_position
from zhusuan._tf import programs
from zhusuan.framework._float_dtype import cast_numbers
from zhusuan.mcmc._run.convergence import warn_of_problems
from zhusuan.mcmc.chains import Chains
from zhusuan.utils._paths import as_path
from zhusuan.utils._progress import progress_bar
from zhusuan.utils._warnings import warn_user

__all__ = ["Plan", "chains_to_resume", "checkpoint_path", "plan_run", "run_chains",
           "start_values"]

# Chunks grow below the first number of seconds, and shrink above the second.
SHORT, LONG = 0.1, 0.5


class Plan(NamedTuple):
    """The arguments of a run, all ints; see :meth:`zhusuan.mcmc.Sampler.run`."""

    n_samples: int
    n_warmup: int
    thin: int
    seed: int


def plan_run(n_samples, n_warmup, thin, seed):
    """A :class:`Plan` of checked ints, with a random seed if `seed` is None."""
    if seed is None:
        seed = random.SystemRandom().getrandbits(62)
    return Plan(_check_int("n_samples", n_samples, 0),
                _check_int("n_warmup", n_warmup, 0),
                _check_int("thin", thin, 1), _check_int("seed", seed, 0))


def _check_int(name, value, smallest):
    """`value` as an int; ValueError unless it is an int of at least `smallest`."""
    if not isinstance(value, (int, np.integer)) or value < smallest:
        raise ValueError("%s must be an int of at least %d, but it is %r."
                         % (name, smallest, value))
    return int(value)


def checkpoint_path(checkpoint):
    """A path as a str; None if there is none."""
    return checkpoint if checkpoint is None else as_path(checkpoint, "checkpoint=")


def chains_to_resume(resume, checkpoint=None):
    """The :class:`Chains` to resume, read from a file if `resume` is a path.

    :param checkpoint: The path of a file to resume instead, if it exists.
    """
    if checkpoint is not None and os.path.exists(checkpoint):
        return Chains.load(checkpoint)
    if resume is None or isinstance(resume, Chains):
        return resume
    return Chains.load(as_path(resume, "resume=", " of saved Chains, or Chains"))


def start_values(latent, observed, n_chains, session):
    """Arrays by name, with the chain axes that they will have.

    :param observed: A dict of observed values by name, for the dtype of numbers.
    """
    arrays = programs.to_arrays(cast_numbers(latent, observed.values()), session)
    check_position(arrays)
    if n_chains is None:
        return arrays
    n_chains = _check_int("n_chains", n_chains, 1)
    return {name: np.repeat(x[np.newaxis], n_chains, axis=0)
            for name, x in arrays.items()}


def run_chains(loop, plan, latent, advice, shows_progress=True, resume=None,
               checkpoint=None):
    """The :class:`~zhusuan.mcmc.chains.Chains` of a run.

    :param loop: A `ChainLoop`.
    :param latent: A dict of arrays by name, where chains start.
    :param advice: A clause that names the options of the sampler to change.
    :param resume: Chains to resume, or None.
    :param checkpoint: The path of a file to save the chains to after each chunk.
    """
    def after_chunk():
        if checkpoint is not None:
            record.chains().save(checkpoint)
        show(record.n_done, **record.summary())

    record = _Record(plan, list(latent), loop.start(latent.values(), plan.thin))
    if resume is not None:
        record.resume(resume)
    with progress_bar(record.n_transitions, "transition", shows_progress,
                      record.n_done) as show:
        try:
            _run_chunks(loop, record, after_chunk)
        except KeyboardInterrupt:
            warn_user(
                "Interrupted after %d of %d transitions: the draws so far are "
                "returned. Pass them as resume= to continue."
                % (record.n_done, record.n_transitions))
    chains = record.chains()
    warn_of_problems(chains, advice)
    if chains.n_samples:
        loop.check_end({name: x[-1] for name, x in chains.draws.items()})
    return chains


def _run_chunks(loop, record, after_chunk):
    """Run chunks until the record is complete, of a size that takes some 0.3 s."""
    length = 1
    while not record.is_complete:
        n_draws, thin = record.next_draws(min(length, loop.max_draws))
        began = time.perf_counter()
        record.add(n_draws, thin, *loop.chunk(
            record.state, record.plan.seed, record.n_done, n_draws, thin,
            record.is_warmup))
        took = time.perf_counter() - began
        if took < SHORT:
            length = min(4 * length, loop.max_draws)
        elif took > LONG:
            length = max(length // 2, 1)
        after_chunk()


class _Record:
    """The progress of a run: its state, and the draws so far."""

    def __init__(self, plan, names, start):
        self.plan, self.state = plan, start.state
        self._names, self._chain_rank = names, start.chain_rank
        # Reports of chunks; the first one has no draws, but shapes.
        self._reports = [start.report]
        self._warmup_statistics = [start.report.statistics]
        self.n_done = 0
        self.n_divergent = 0  # among the draws, of all chains
        self.last = {}

    def resume(self, before):
        """Take over the state and the draws of other :class:`Chains`."""
        arguments = {"n_warmup": (before.n_warmup, self.plan.n_warmup),
                "thin": (before.thin, self.plan.thin),
                "latent": (list(before.draws), self._names),
                "derived": (sorted(before.derived),
                            sorted(self._reports[0].derived))}
        for name, (old, new) in arguments.items():
            if old != new:
                raise ValueError(
                    "resume=: the run to resume had %s=%r, but now it is %r. Pass the "
                    "same arguments; only n_samples may grow."
                    % (name, old, new))
        if [np.shape(x) for x in before.state] != [
                np.shape(x) for x in tf.nest.flatten(self.state)]:
            raise ValueError(
                "resume=: the state to resume has other shapes than that of this run. "
                "It is of a sampler of another kind, of latents of other shapes, or "
                "of another number of devices.")
        self.plan = self.plan._replace(seed=before.seed)
        self.state = tf.nest.pack_sequence_as(self.state, before.state)
        self._reports = [self._reports[0]._replace(
            values=list(before.draws.values()), derived=before.derived,
            statistics=before.statistics)]
        if before.warmup_statistics:
            self._warmup_statistics = [before.warmup_statistics]
        self.n_done = before.n_done
        self.n_divergent = _count_divergent(before.statistics)

    @property
    def n_transitions(self):
        return self.plan.n_warmup + self.plan.n_samples * self.plan.thin

    @property
    def is_complete(self):
        return self.n_done >= self.n_transitions

    @property
    def is_warmup(self):
        return self.n_done < self.plan.n_warmup

    def next_draws(self, at_most):
        """The number of draws to make next, and of transitions for each."""
        if self.is_warmup:
            return min(at_most, self.plan.n_warmup - self.n_done), 1
        left = (self.n_transitions - self.n_done) // self.plan.thin
        return min(at_most, left), self.plan.thin

    def add(self, n_draws, thin, state, report):
        """Take over what a chunk of the loop returned."""
        if self.is_warmup:
            self._warmup_statistics.append(report.statistics)
        else:
            self._reports.append(report)
            self.n_divergent += _count_divergent(report.statistics)
        self.last = report.statistics
        self.state = state
        self.n_done += n_draws * thin

    def summary(self):
        """Statistics for the progress bar, by name."""
        shown = {"phase": "warm-up" if self.is_warmup else "sampling"}
        if "acceptance_rate" in self.last:
            shown["acceptance"] = "%.2f" % np.mean(self.last["acceptance_rate"])
        if "step_size" in self.last:
            shown["step"] = "%.3g" % np.mean(self.last["step_size"][-1])
        if "is_divergent" in self.last:
            shown["divergent"] = self.n_divergent
        return shown

    def chains(self):
        """The :class:`Chains` so far."""
        # The order of a dict is not that of `tf.nest`, which sorts names.
        order = list(self._reports[0].derived)
        report = _concatenated(self._reports)
        return Chains(
            draws=dict(zip(self._names, report.values)),
            derived={name: report.derived[name] for name in order},
            statistics=report.statistics,
            chain_rank=self._chain_rank, n_warmup=self.plan.n_warmup,
            thin=self.plan.thin, seed=self.plan.seed, n_done=self.n_done,
            is_complete=self.is_complete,
            state=[np.asarray(x) for x in tf.nest.flatten(self.state)],
            warmup_statistics=_concatenated(self._warmup_statistics))


def _concatenated(nests):
    return tf.nest.map_structure(lambda *parts: np.concatenate(parts), *nests)


def _count_divergent(statistics):
    return int(np.sum(statistics.get("is_divergent", 0)))
