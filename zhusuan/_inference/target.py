"""From a model, whichever way it is given, to its log joint density."""
import warnings

from zhusuan.framework.bn import BayesianNet
from zhusuan.framework.meta_bn import MetaBayesianNet

__all__ = ["observe_all"]


def observe_all(model, values):
    """Evaluate the log joint density of a model with all its nodes given.

    :param model: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name.
    :param values: A dict of Tensors by name: observations and latents.

    :return: The log joint density, and the BayesianNet (None for a function).
    """
    if isinstance(model, MetaBayesianNet):
        bn = model.observe(**values)
        _refuse_free_latents(model, bn)
        return bn.log_joint(), bn
    if isinstance(model, BayesianNet):
        raise TypeError(
            "The model must be a MetaBayesianNet, but it is a BayesianNet, "
            "whose nodes can be observed once only. Decorate the function that "
            "builds it with @zs.meta_bayesian_net().")
    if callable(model):
        return model(dict(values)), None
    raise TypeError(
        "The model must be a MetaBayesianNet or a function of a dict of values "
        "by name that returns the log joint density, but it is %r." % (model,))


def _refuse_free_latents(model, bn):
    """Raise if a latent node would silently be drawn from its prior."""
    free = [name for name in bn.stochastic_names if not bn[name].is_observed()]
    if not free:
        return
    names = ", ".join(repr(name) for name in free)
    if model.log_joint is not None:
        warnings.warn(
            "The model's stochastic nodes %s are neither observed nor among the "
            "latents, so that they are drawn from their priors. Make sure that "
            "the log_joint function set on the model wants that." % names,
            stacklevel=5)
        return
    raise ValueError(
        "The model's stochastic nodes %s are neither observed nor among the "
        "latents of the variational posterior, proposal or sampler. Observe "
        "them, or add nodes of the same names to the variational BayesianNet."
        % names)
