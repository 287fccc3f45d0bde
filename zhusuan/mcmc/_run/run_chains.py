"""A run of whole chains: chunks of draws, progress, and warnings at its end."""
import re
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.latent_search import explain_chain_axis
from zhusuan.distributions._conversion import random_seed
from zhusuan.framework import MetaBayesianNet
from zhusuan.mcmc._run.checkpoint import Checkpoint
from zhusuan.mcmc._run.convergence import warn_of_problems
from zhusuan.mcmc._run.run_record import RunRecord
from zhusuan.utils._chunk_length import ChunkLength
from zhusuan.utils._progress_bar import progress_bar
from zhusuan.utils._warnings import warn_user

__all__ = ["Plan", "check_options", "plan_run", "run_chains"]

# Errors of operations on shapes that do not broadcast.
_SHAPES = re.compile("Dimensions must be equal|Incompatible shapes: |"
                     "required broadcastable shapes|should be broadcastable")


class Plan(NamedTuple):
    """The arguments of a run, all ints; see :meth:`zhusuan.mcmc.Sampler.run`."""

    n_samples: int
    n_warmup: int
    thin: int
    seed: int


def plan_run(n_samples, n_warmup, thin, seed):
    """A :class:`Plan` of checked ints, with a random seed if `seed` is None."""
    return Plan(_check_int("n_samples", n_samples, 0),
                _check_int("n_warmup", n_warmup, 0),
                _check_int("thin", thin, 1),
                random_seed() if seed is None else _check_int("seed", seed, 0))


def _check_int(name, value, smallest):
    """`value` as an int; ValueError unless it is an int of at least `smallest`."""
    if not isinstance(value, (int, np.integer)) or value < smallest:
        raise ValueError("%s must be an int of at least %d, but it is %r."
                         % (name, smallest, value))
    return int(value)


def check_options(n_chains, data, batch_size, n_data):
    """Raise unless `n_chains` is None or a positive int, and data= is not missing."""
    if n_chains is not None:
        _check_int("n_chains", n_chains, 1)
    if data is None and (batch_size is not None or n_data is not None):
        raise ValueError(
            "run: batch_size= and n_data= require data=, which is not given. Pass the "
            'observed values to split as data={"name": array}.')


def run_chains(loop, plan, latent, advice, shows_progress=True, resume=None,
               checkpoint=None):
    """The :class:`~zhusuan.mcmc.chains.Chains` of a run.

    :param loop: A `ChainLoop`.
    :param latent: A list of arrays, where chains start.
    :param advice: Sentences that name the options of the sampler to change.
    :param resume: Chains to resume, or None.
    :param checkpoint: The path of a file to write the chains to after each chunk.
    """
    def after_chunk():
        if file is not None:
            file.add(record)
        show(record.n_done, **record.summary())

    file = None if checkpoint is None else Checkpoint(checkpoint)
    record = RunRecord(plan, _start(loop, latent, plan.thin), resume)
    with progress_bar(record.n_transitions, "transition", shows_progress,
                      record.n_done) as show:
        try:
            _run_chunks(loop, record, after_chunk)
        except KeyboardInterrupt:
            warn_user(
                "Interrupted after %d of %d transitions. The draws so far are "
                "returned; pass them as resume= to continue."
                % (record.n_done, record.n_transitions))
    chains = record.chains()
    chains.model, chains.observed = loop.origin
    if file is not None:
        file.finish(chains)
    warn_of_problems(chains, advice, record.state)
    if chains.n_samples:
        loop.check_end(record.state)
    return chains


def _start(loop, latent, thin):
    """The start of a loop; explain errors of operations that lack an axis of chains."""
    try:
        return loop.start(latent, thin)
    except (ValueError, tf.errors.InvalidArgumentError) as error:
        model = loop.origin[0]
        if isinstance(model, MetaBayesianNet) and _SHAPES.search(str(error)):
            raise explain_chain_axis(
                error, model, loop.observed(), loop.n_chains) from error
        raise


def _run_chunks(loop, record, after_chunk):
    """Run chunks until the record is complete."""
    length = ChunkLength(1, loop.max_draws)
    while not record.is_complete:
        n_draws, thin = record.next_draws(int(length))
        with length.adapting():
            record.add(n_draws, thin, *loop.chunk(
                record.state, record.plan.seed, record.n_done, n_draws, thin,
                record.is_warmup))
        after_chunk()
