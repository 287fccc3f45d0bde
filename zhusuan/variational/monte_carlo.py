"""Objectives with several samples: the importance weighted bound."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _compat
from zhusuan._inference.latents import sum_log_probs
from zhusuan.utils import log_mean_exp
from zhusuan.variational._weights import bounds_without, samples_first
from zhusuan.variational.base import VariationalObjective

__all__ = ["ImportanceWeightedObjective", "importance_weighted_objective",
           "iw_objective"]


class ImportanceWeightedObjective(VariationalObjective):
    r"""The importance weighted lower bound of K samples.

    .. math::

        \mathcal{L}_K(x) = \mathbb{E}_{z_1, \dots, z_K \sim q(z|x)}\left[
            \log \frac{1}{K} \sum_{k=1}^K \frac{p(x, z_k)}{q(z_k|x)}\right]
        \leq \log p(x)

    (Burda, Grosse and Salakhutdinov, 2015, "Importance weighted autoencoders",
    eq. 8). Made by :func:`importance_weighted_objective`, which documents the
    parameters.
    """

    def __init__(self, meta_bn, observed, latent=None, axis=None,
                 variational=None):
        if axis is None:
            raise ValueError(
                "The importance weighted objective needs `axis`, the axis of "
                "the samples (0 for nodes made with n_samples).")
        super().__init__(meta_bn, observed, latent=latent,
                         variational=variational, axis=axis)

    def _objective(self):
        return log_mean_exp(self._log_weights(), self._axis)

    def sgvb(self):
        r"""The cost whose gradient goes through the samples.

        All latents must be reparameterized. The gradient of the cost is an
        unbiased estimate of :math:`-\nabla\mathcal{L}_K` (Burda, Grosse and
        Salakhutdinov, 2015, eq. 13 and 14).

        :return: A Tensor of the shape of the objective.
        """
        self._warn_if_not_reparameterized("sgvb()")
        return -self.tensor

    def vimco(self):
        r"""The cost of variational inference for Monte Carlo objectives, VIMCO.

        For latents of any kind, above all discrete ones. The gradient of the
        cost is an unbiased estimate of :math:`-\nabla\mathcal{L}_K`, by

        .. math::

            \nabla_\phi\mathcal{L}_K = \mathbb{E}\Big[
                \sum_k (\hat{L} - L_{-k}) \nabla_\phi \log q_\phi(z_k|x) +
                \nabla_\phi \hat{L}\Big]

        where :math:`\hat{L}` is the value of the objective at the samples, and
        :math:`L_{-k}` its value with the weight of sample k replaced by the
        geometric mean of the others (Mnih and Rezende, 2016, "Variational
        inference for Monte Carlo objectives", algorithm 1). Time and memory
        are of order K. Reparameterized latents take the gradient through their
        samples, which is unbiased as well.

        :return: A Tensor of the shape of the objective. ValueError, or
            InvalidArgumentError where only a run can tell, if K is 1.
        """
        axes = self._sample_axes()
        log_weights = samples_first(self._log_weights(), axes)
        log_weights = _with_several_samples(log_weights)
        bound = log_mean_exp(log_weights, 0)
        cost = bound
        scores = self._score_latents()
        if scores:
            log_q = samples_first(sum_log_probs(scores), axes)
            signal = tf.stop_gradient(bound - bounds_without(log_weights))
            cost += tf.reduce_sum(signal * log_q, 0)
        return -cost

    def _sample_axes(self):
        """The sample axes as a list of non-negative ints, if all latents have them."""
        log_weights = self._log_weights()
        rank = log_weights.shape.rank
        if rank is None:
            raise ValueError(
                "The rank of the log joint density must be known. Give the "
                "observations of the model a rank, by set_shape().")
        axes = [int(i) % rank for i in np.atleast_1d(self._axis)]
        for name, latent in self._latents.items():
            shape = latent.log_prob.shape
            if shape.rank != rank or any(
                    not shape[i:i + 1].is_compatible_with(
                        log_weights.shape[i:i + 1]) for i in axes):
                raise ValueError(
                    "Each sample of the latent %r needs a log q of its own, but "
                    "log q has shape %s and the log weights %s, with sample axis "
                    "%r. Give the node the n_samples of the other latents." % (
                        name, shape, log_weights.shape, self._axis))
        return axes


def _with_several_samples(log_weights):
    """`log_weights` of shape [K, ...], if K > 1."""
    message = ("vimco: the number of samples, which is the length of `axis`, "
               "should be larger than 1. Give the latent nodes n_samples=2 or "
               "more, or use elbo(...).reinforce().")
    n_samples = _compat.shape_of(log_weights)[0]
    if isinstance(n_samples, int):
        if n_samples < 2:
            raise ValueError(message)
        return log_weights
    return _compat.ensured([tf.debugging.assert_greater(
        n_samples, 1, message=message)], log_weights)


def importance_weighted_objective(meta_bn, observed, latent=None, axis=None,
                                  variational=None):
    """The importance weighted lower bound of a model and a posterior.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param axis: The sample axis or axes (an int or a list of ints). Required.
    :param variational: A :class:`~zhusuan.framework.bn.BayesianNet`, the
        variational posterior.

    :return: An :class:`ImportanceWeightedObjective`.
    """
    return ImportanceWeightedObjective(
        meta_bn, observed, latent=latent, axis=axis, variational=variational)


iw_objective = importance_weighted_objective
