"""Objectives with several samples: the importance weighted bound."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.latents import (
    merge_values,
    path_log_prob,
    samples_of,
    sum_log_probs,
)
from zhusuan._model.target import observe_all
from zhusuan.utils import log_mean_exp, sum_terms
from zhusuan.variational._importance_weights import (
    bounds_without,
    normalized_weights,
    samples_first,
)
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
        Salakhutdinov, 2015, section 3).

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
        inference for Monte Carlo objectives", section 2). Time and memory are
        of order K. Reparameterized latents take the gradient through their
        samples, which is unbiased as well.

        :return: A Tensor of the shape of the objective. ValueError, or
            InvalidArgumentError where only a run can tell, if K is 1.
        """
        axes = self._sample_axes()
        self._require_own_values(axes)
        log_weights = _with_several_samples(
            samples_first(self._log_weights(), axes), self._latents)
        bound = log_mean_exp(log_weights, 0)
        cost = bound
        scores = self._score_latents()
        if scores:
            log_q = samples_first(sum_log_probs(scores), axes)
            signal = tf.stop_gradient(bound - bounds_without(log_weights))
            cost += tf.reduce_sum(signal * log_q, 0)
        return -cost

    def dreg(self):
        r"""The cost of the doubly reparameterized gradient estimator, DReG.

        All latents must be reparameterized. The gradient of the cost is an
        unbiased estimate of :math:`-\nabla\mathcal{L}_K`, whose signal to the
        parameters of q does not fade as K grows. With normalised weights
        :math:`\tilde{w}_k`, it is

        .. math::

            -\sum_k \tilde{w}_k^2 \frac{\partial l_k}{\partial z_k}
                \nabla_\phi z_k, \qquad
            -\sum_k \tilde{w}_k \nabla_\theta \log p_\theta(x, z_k)

        for the parameters of q and of the model (Tucker et al., 2019, "Doubly
        reparameterized gradient estimators for Monte Carlo objectives").

        The model is evaluated a second time, so its variables must be shared
        (``reuse_variables=True``) or be made outside of it.

        :return: A Tensor of the shape of the objective.
        """
        self._warn_if_not_reparameterized("dreg()")
        self._sample_axes()  # the rank is known
        self._require_own_values(range(self._log_weights().shape.rank))
        self._warn_if_samples_have_children(
            "dreg() leaves out the gradient of a later latent's log q through "
            "the sample of node %r: should one depend on it, the estimate is "
            "biased. Use sgvb() there, or one node for both.")
        weights = normalized_weights(self._log_weights(), self._axis)
        scaled = {name: z._replace(sample=_scale_gradient(z.sample, weights))
                  for name, z in self._latents.items()}
        log_joint = self._log_joint_again(scaled)
        log_q = sum_terms([path_log_prob(z) for z in scaled.values()] or [0.])
        return -tf.reduce_sum(weights * (log_joint - log_q), axis=self._axis)

    def _log_joint_again(self, latents):
        def refuse(next_creator, **kwargs):
            raise ValueError(
                "dreg() evaluates the model a second time, and it made a new "
                "variable (%s). Write @zs.meta_bayesian_net(scope=\"name\", "
                "reuse_variables=True), or make the variables outside of the "
                "model." % (kwargs.get("name") or "without a name"))
        with tf.variable_creator_scope(refuse):
            return observe_all(self._meta_bn, merge_values(
                self._observed, samples_of(latents)))[0]

    def _sample_axes(self):
        """The sample axes as a list of non-negative ints."""
        rank = self._log_weights().shape.rank
        if rank is None:
            raise ValueError(
                "The rank of the log joint density must be known. Give the "
                "observations of the model a rank, by set_shape().")
        return [int(i) % rank for i in np.atleast_1d(self._axis)]

    def _require_own_values(self, axes):
        """Raise unless the latents have log q of their own all along `axes`."""
        wanted = self._log_weights().shape
        for name, latent in self._latents.items():
            shape = latent.log_prob.shape
            if shape.rank != wanted.rank or any(
                    not shape[i:i + 1].is_compatible_with(wanted[i:i + 1])
                    for i in axes):
                raise ValueError(
                    "Each sample of the latent %r needs a log q of its own, but "
                    "log q has shape %s and the log weights %s, with sample axis "
                    "%r. Give the node the n_samples of the other latents." % (
                        name, shape, wanted, self._axis))


def _scale_gradient(x, factor):
    """`x`, with its gradient multiplied by `factor` along its first axes."""
    shape = tf.concat([tf.shape(factor), tf.ones(
        [tf.rank(x) - tf.rank(factor)], tf.int32)], 0)

    @tf.custom_gradient
    def identity(x):
        return tf.identity(x), lambda upstream: upstream * tf.reshape(factor, shape)
    return identity(x)


def _with_several_samples(log_weights, latents):
    """`log_weights` of shape [K, ...], if K > 1."""
    message = ("vimco: the number of samples, which is the length of `axis`, "
               "should be larger than 1. Give the latent nodes (%s) n_samples=2 "
               "or more, or use elbo(...).reinforce()." % ", ".join(
                   repr(name) for name in latents))
    n_samples = _tf.shape_of(log_weights)[0]
    if isinstance(n_samples, int):
        if n_samples < 2:
            raise ValueError(message)
        return log_weights
    return _tf.identity_after([tf.debugging.assert_greater(
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
