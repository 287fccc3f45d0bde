"""A run of whole chains: chunks of draws, progress, and warnings at its end."""
import os
import random
import time
from typing import NamedTuple

import numpy as np

from zhusuan._model.constraints import check_position
from zhusuan._tf import programs
from zhusuan.framework._float_dtype import cast_numbers
from zhusuan.mcmc._run.checkpoint import Checkpoint
from zhusuan.mcmc._run.convergence import warn_of_problems
from zhusuan.mcmc._run.run_record import RunRecord
from zhusuan.mcmc.chains import Chains
from zhusuan.utils._paths import as_path
from zhusuan.utils._progress_bar import progress_bar
from zhusuan.utils._warnings import warn_user

__all__ = ["Plan", "chains_to_resume", "check_n_chains", "checkpoint_path", "plan_run",
           "run_chains", "start_values"]

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


def check_n_chains(n_chains):
    """Raise unless `n_chains` is None or a positive int."""
    if n_chains is not None:
        _check_int("n_chains", n_chains, 1)


def start_values(latent, observed, n_chains, session):
    """Arrays by name, with the chain axes that they will have.

    :param observed: A dict of observed values by name, for the dtype of numbers.
    """
    arrays = programs.to_arrays(cast_numbers(latent, observed.values()), session)
    check_position(arrays)
    if n_chains is None:
        return arrays
    return {name: np.repeat(x[np.newaxis], n_chains, axis=0)
            for name, x in arrays.items()}


def run_chains(loop, plan, latent, advice, shows_progress=True, resume=None,
               checkpoint=None):
    """The :class:`~zhusuan.mcmc.chains.Chains` of a run.

    :param loop: A `ChainLoop`.
    :param latent: A list of arrays, where chains start.
    :param advice: A clause that names the options of the sampler to change.
    :param resume: Chains to resume, or None.
    :param checkpoint: The path of a file to write the chains to after each chunk.
    """
    def after_chunk():
        if file is not None:
            file.add(record)
        show(record.n_done, **record.summary())

    file = None if checkpoint is None else Checkpoint(checkpoint)
    record = RunRecord(plan, loop.start(latent, plan.thin), resume)
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
    if file is not None:
        file.finish(chains)
    warn_of_problems(chains, advice, record.state)
    if chains.n_samples:
        loop.check_end(record.state)
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
