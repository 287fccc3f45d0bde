"""The model, the observations and the posterior of each step of a fit."""
import inspect

import tensorflow.compat.v2 as tf

from zhusuan._model.target import called_model
from zhusuan.framework import MetaBayesianNet
from zhusuan.framework.meta_bn import bayesian_net_in
from zhusuan.utils import argument_names, merge_dicts
from zhusuan.variational import posteriors
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["Problem", "make_posterior"]

_POSTERIORS = {"mean_field": posteriors.MeanField, "delta": posteriors.Delta,
               "multivariate_normal": posteriors.MultivariateNormal,
               "low_rank_normal": posteriors.LowRankNormal, "flow": posteriors.Flow}


def make_posterior(posterior, problem, latent, constraints, init, **options):
    """The function of a number of samples that returns a BayesianNet.

    :param posterior: A name, a class of posteriors, or such a function.
    :param problem: A :class:`Problem` without a posterior.
    :param options: Those of `Posterior`.
    """
    if isinstance(posterior, str):
        if posterior not in _POSTERIORS:
            raise ValueError("fit: posterior must be one of %s, or a function that "
                             "returns a BayesianNet, but it is %r." % (
                                 ", ".join(map(repr, _POSTERIORS)), posterior))
        posterior = _POSTERIORS[posterior]
    if inspect.isclass(posterior) and issubclass(posterior, Posterior):
        model, observed = problem.observe(problem.first_batch)
        return posterior(model, observed, latent=latent, constraints=constraints,
                         init=init, **options)
    if not callable(posterior):
        raise TypeError(
            "fit: posterior must be a name, or a function of n_samples that returns a "
            "BayesianNet, but it is %r." % (posterior,))
    ignored = [name for name, is_given in (
        ("latent", latent is not None), ("constraints", constraints != "auto"),
        ("init", init is not None)) if is_given]
    if ignored:
        raise ValueError(
            "fit: %s= cannot be combined with a posterior that is a function or an "
            "object. Omit it, or pass it to the class of the "
            "posterior." % "=, ".join(ignored))
    return posterior


class Problem:
    """The model and the posterior, which may use the data of a minibatch.

    :param model: A MetaBayesianNet, a log joint function, or a function that returns a
        MetaBayesianNet and has arguments with the names of data.
    :param observed: A dict of observed values by name.
    :param first_batch: A dict of arrays by name, an example of a minibatch.
    """

    def __init__(self, model, observed, first_batch):
        self._observed, self.first_batch = dict(observed), first_batch
        model = called_model(model)
        self._model, self.posterior = model, None
        inputs = () if not isinstance(model, MetaBayesianNet) else (
            model._inputs_among(merge_dicts(self._observed, first_batch)))
        # The names of nodes whose observed values minibatches have.
        self.batch_names = [name for name in first_batch if name not in inputs]

    def observe(self, batch):
        """The model, and its observed values for a minibatch, a dict by name."""
        return self._model, merge_dicts(self._observed, batch)

    def with_all_data(self, data):
        """The model and its observed values; no model if inputs were in minibatches.

        :param data: A dict of all data that are split into minibatches, or None.
        """
        if data is not None:
            return self.observe(data)
        has_inputs = len(self.batch_names) < len(self.first_batch)
        return None if has_inputs else self._model, self._observed

    def draw(self, batch, n_samples):
        """The BayesianNet of the posterior with `n_samples` samples."""
        if isinstance(self.posterior, Posterior):
            return self.posterior(n_samples)
        everything = merge_dicts(self._observed, batch)
        taken = {name: everything[name] for name in argument_names(self.posterior)
                 if name in everything}
        q = self.posterior(n_samples=n_samples, **taken)
        if isinstance(q, MetaBayesianNet):
            q = q.observe()
        bn = bayesian_net_in(q)
        if bn is None:
            raise TypeError(
                "fit: the function posterior must return a BayesianNet, but it "
                "returned %r." % (q,))
        return bn

    def values(self, n_samples):
        """A dict of draws of all latents by name, Tensors.

        Of a posterior that depends on a minibatch, they are those of the first one.
        """
        q = self.draw(self.first_batch, n_samples)
        return {name: tf.convert_to_tensor(q[name]) for name in q.stochastic_names
                if not q[name].is_observed()}
