"""The log joint density of a model at values of all its nodes."""
from typing import TYPE_CHECKING, Any, Callable, Dict, NamedTuple, Optional, Union

import tensorflow.compat.v2 as tf

from zhusuan.framework._function_model import evaluate_function
from zhusuan.framework._returned_nets import bayesian_net_in
from zhusuan.framework.meta_bn import MetaBayesianNet
from zhusuan.utils._types import TensorLike
from zhusuan.utils._warnings import warn_user

if TYPE_CHECKING:
    from zhusuan.framework.bn import BayesianNet

__all__ = ["Evaluation", "observe_all"]


class Evaluation(NamedTuple):
    """A model at values of all its nodes."""

    log_joint: tf.Tensor
    """The log joint density."""
    bn: Optional["BayesianNet"]
    """The BayesianNet; None if the model is a function."""
    derived: Dict[str, tf.Tensor]
    """Derived quantities by name: deterministic nodes, or what a function returned."""


def observe_all(
        model: Union[MetaBayesianNet, Callable[[Dict[str, tf.Tensor]], Any]],
        values: Dict[str, TensorLike]) -> Evaluation:
    """Evaluate the log joint density of a model at values of all its nodes.

    :param model: A :class:`MetaBayesianNet`, or a function of a dict of
        values by name.
    :param values: A dict of Tensors by name: observations and latents.
    """
    if isinstance(model, MetaBayesianNet):
        bn = bayesian_net_in(model.observe(**values))
        _check_no_free_latents(model, bn)
        return Evaluation(bn.log_joint(), bn, bn._derived_quantities())
    if hasattr(model, "stochastic_names"):
        raise TypeError(
            "The model must be a MetaBayesianNet, but it is a BayesianNet, "
            "whose nodes can be observed only once. Decorate the function that "
            "builds it with @zs.meta_bayesian_net().")
    if callable(model):
        log_joint, derived = evaluate_function(model, values)
        return Evaluation(log_joint, None, derived)
    raise TypeError(
        "The model must be a MetaBayesianNet or a function of a dict of values "
        "by name that returns the log joint density, but it is %r." % (model,))


def _check_no_free_latents(model: MetaBayesianNet, bn: "BayesianNet") -> None:
    """Raise if a latent node would be drawn from its prior without notice."""
    free = [name for name in bn.stochastic_names if not bn[name].is_observed()]
    if not free:
        return
    names = ", ".join(repr(name) for name in free)
    if model.log_joint is not None:
        warn_user(
            "The model's stochastic nodes %s are neither observed nor among the "
            "latents, so that they are drawn from their priors. Check that the "
            "log_joint function of the model expects that." % names)
        return
    raise ValueError(
        "The model's stochastic nodes %s are neither observed nor among the "
        "latents of the variational posterior, proposal or sampler. Observe "
        "them, or add nodes of the same names to the variational BayesianNet, or "
        "values to the `latent` of a sampler."
        % names)
