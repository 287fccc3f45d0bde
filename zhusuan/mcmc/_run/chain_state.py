"""Arguments and results of the compiled loop over transitions."""
from typing import Any, Dict, List, NamedTuple

import tensorflow.compat.v2 as tf

__all__ = ["Chain", "Job", "Report", "Start", "revised", "transition"]


class Chain(NamedTuple):
    """The state of chains.

    :param state: What the sampler's `init` and `step` return.
    :param tuning: The state of its adaptation.
    """

    state: Any
    tuning: Any


class Report(NamedTuple):
    """Arrays or Tensors for each draw.

    :param values: A list of the values of the latents whose draws are stored.
    :param derived: A dict of derived quantities by name.
    :param statistics: A dict of statistics by name.
    """

    values: List[Any]
    derived: Dict[str, Any]
    statistics: Dict[str, Any]


class Start(NamedTuple):
    """Chains before the first transition.

    :param state: A list with the :class:`Chain` for each device, arrays.
    :param report: The :class:`Report` of a chunk without any draw.
    :param names: The names of the latents in the report, a list.
    :param chain_shape: A tuple, the shape of log densities.
    """

    state: List[Any]
    report: Any
    names: List[str]
    chain_shape: Any


class Job(NamedTuple):
    """The argument of the compiled function.

    Batches are stacked, by transition; data are those of the model, see `TracedModel`.
    """

    chain: Any
    seed: Any
    n_done: Any
    n_draws: Any
    thin: Any
    is_warmup: Any
    batches: Dict[str, Any]
    data: Any


def transition(sampler, adaptation, chain, target, is_warmup):
    """One transition of a sampler, and the tuning around it.

    :param chain: A :class:`Chain`.
    :param is_warmup: A bool or a 0-D bool Tensor.
    :return: The next :class:`Chain`, and the info of the step.
    """
    tuning = adaptation.prepare(chain.tuning, chain.state, target, is_warmup)
    state, info = sampler._checked_step(
        chain.state, target, adaptation.parameters(tuning, is_warmup))
    return Chain(state, adaptation.update(tuning, state, info, is_warmup)), info


def revised(adaptation, chain):
    """The :class:`Chain` with revised tuning, if that is due."""
    is_due = adaptation.is_revision_due(chain.tuning)
    return chain if is_due is False else chain._replace(tuning=tf.cond(
        is_due, lambda: adaptation.revise(chain.tuning), lambda: chain.tuning))
