"""Monte Carlo objectives of several samples: the importance weighted bound."""
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    NoReturn,
    Optional,
    Tuple,
)

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.latents import (
    Latent,
    Model,
    observe_latents,
    path_log_prob,
    sum_log_probs,
    with_samples,
)
from zhusuan.framework import BayesianNet
from zhusuan.utils import log_mean_exp, sum_terms
from zhusuan.utils._types import Axis, TensorLike
from zhusuan.variational._importance_weights import (
    leave_one_out_bounds,
    merge_sample_axes,
    normalize_weights,
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
    eq. 8). :func:`importance_weighted_objective` returns one and documents the
    parameters.

    >>> import zhusuan as zs
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", 0., std=0.5 ** 0.5, n_samples=8)  # ~ exp(-z^2)
    >>> bound = zs.variational.importance_weighted_objective(
    ...     lambda values: -values["z"] ** 2, {}, axis=0, variational=q)
    >>> bound.vimco().shape.as_list()
    []
    """

    _axis: Axis  # None raises an error

    def __init__(self, meta_bn: Model, observed: Mapping[str, TensorLike],
                 latent: Optional[Dict[str, Any]] = None, axis: Optional[Axis] = None,
                 variational: Optional[BayesianNet] = None) -> None:
        if axis is None:
            raise ValueError(
                "The importance weighted objective requires `axis`, the axis of the "
                "samples. Pass axis=0 for nodes with n_samples.")
        super().__init__(meta_bn, observed, latent=latent,
                         variational=variational, axis=axis)

    def _objective(self) -> tf.Tensor:
        return log_mean_exp(self._log_weights(), self._axis)

    def sgvb(self) -> tf.Tensor:
        r"""The cost of the reparameterized gradient.

        All latents must be reparameterized; the others raise a warning. The gradient of
        the cost is an unbiased estimate of :math:`-\nabla\mathcal{L}_K` (Burda, Grosse
        and Salakhutdinov, 2015, section 3).

        :return: A Tensor of the shape of the objective.
        """
        self._warn_if_not_reparameterized("sgvb()")
        return -self.tensor

    def vimco(self) -> tf.Tensor:
        r"""The cost of variational inference for Monte Carlo objectives, VIMCO.

        It applies to all latents, and is meant for discrete ones. The gradient of the
        cost is an unbiased estimate of :math:`-\nabla\mathcal{L}_K`, by

        .. math::

            \nabla_\phi\mathcal{L}_K = \mathbb{E}\Big[
                \sum_k (\hat{L} - L_{-k}) \nabla_\phi \log q_\phi(z_k|x) +
                \nabla_\phi \hat{L}\Big]

        where :math:`\hat{L}` is the value of the objective at the samples, and
        :math:`L_{-k}` its value with the weight of sample k replaced by the
        geometric mean of the others (Mnih and Rezende, 2016, "Variational
        inference for Monte Carlo objectives", section 2). Time and memory are
        of order K. The gradient of reparameterized latents goes through their
        samples; the sum is unbiased as well.

        :return: A Tensor of the shape of the objective. If K is 1, raises `ValueError`,
            or `tf.errors.InvalidArgumentError` at run time if K is dynamic.
        """
        axes = self._sample_axes()
        self._check_log_q_has_axes(axes)
        log_weights = _check_several_samples(
            merge_sample_axes(self._log_weights(), axes), self._latents)
        bound = log_mean_exp(log_weights, 0)
        cost = bound
        scores = self._score_latents()
        if scores:
            log_q = merge_sample_axes(sum_log_probs(scores), axes)
            signal = tf.stop_gradient(bound - leave_one_out_bounds(log_weights))
            cost += tf.reduce_sum(signal * log_q, 0)
        return -cost

    def dreg(self) -> tf.Tensor:
        r"""The cost of the doubly reparameterized gradient estimator, DReG.

        All latents must be reparameterized; the others raise a warning. The gradient of
        the cost is an unbiased estimate of :math:`-\nabla\mathcal{L}_K`, whose
        signal-to-noise ratio for the parameters of q does not decrease with K. With
        normalised weights
        :math:`\tilde{w}_k`, it is

        .. math::

            -\sum_k \tilde{w}_k^2 \frac{\partial l_k}{\partial z_k}
                \nabla_\phi z_k, \qquad
            -\sum_k \tilde{w}_k \nabla_\theta \log p_\theta(x, z_k)

        for the parameters of q and of the model (Tucker et al., 2019, "Doubly
        reparameterized gradient estimators for Monte Carlo objectives").

        The model is evaluated a second time, so its variables must be shared
        (``reuse_variables=True``) or be created outside the model function; otherwise
        `ValueError` is raised.

        :return: A Tensor of the shape of the objective.
        """
        self._warn_if_not_reparameterized("dreg()")
        self._sample_axes()  # the rank is known
        self._check_log_q_has_axes(range(self._log_weights().shape.rank))
        self._warn_if_samples_have_children(
            "dreg() omits the gradient of a later latent's log q through "
            "the sample of node %r: if one depends on it, the estimate is "
            "biased. Use sgvb(), or one node for both.")
        weights = normalize_weights(self._log_weights(), self._axis)
        scaled = with_samples(self._latents, {
            name: _scale_gradient(z.sample, weights)
            for name, z in self._latents.items()})
        log_joint = self._evaluate_log_joint(scaled)
        log_q = sum_terms([path_log_prob(z) for z in scaled.values()] or [0.])
        return -tf.reduce_sum(weights * (log_joint - log_q), axis=self._axis)

    def _evaluate_log_joint(self, latents: Dict[str, Latent]) -> tf.Tensor:
        def refuse(next_creator: Callable[..., tf.Variable], **kwargs: Any) -> NoReturn:
            raise ValueError(
                "dreg() evaluates the model a second time, which created a new "
                'variable (%s). Write @zs.meta_bayesian_net(scope="name", '
                "reuse_variables=True), or create the variables outside the "
                "model." % (kwargs.get("name") or "unnamed"))
        with tf.variable_creator_scope(refuse):
            return observe_latents(
                self._meta_bn, self._observed, latents, self._axis)[0]

    def _sample_axes(self) -> List[int]:
        """The sample axes as a list of non-negative ints."""
        rank = self._log_weights().shape.rank
        if rank is None:
            raise ValueError(
                "The log joint density must have a static rank. Set the shape of "
                "the observations of the model by set_shape().")
        return [int(i) % rank for i in np.atleast_1d(self._axis)]

    def _check_log_q_has_axes(self, axes: Iterable[int]) -> None:
        """Raise unless each sample along `axes` has a log q of its own."""
        expected = self._log_weights().shape
        for name, latent in self._latents.items():
            shape = latent.log_prob.shape
            if shape.rank != expected.rank or any(
                    not shape[i:i + 1].is_compatible_with(expected[i:i + 1])
                    for i in axes):
                raise ValueError(
                    "log q of the latent %r must have one element per sample, but log "
                    "q has shape %s and the log weights %s, with sample axis %r. Pass "
                    "the same n_samples to all latent nodes." % (
                        name, shape, expected, self._axis))


def _scale_gradient(x: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Return `x`, whose gradient is multiplied by `factor` along its first axes."""
    shape = tf.concat([tf.shape(factor), tf.ones(
        [tf.rank(x) - tf.rank(factor)], tf.int32)], 0)

    @tf.custom_gradient
    def identity(x: tf.Tensor) -> Tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        return tf.identity(x), lambda upstream: upstream * tf.reshape(factor, shape)
    return identity(x)


def _check_several_samples(log_weights: tf.Tensor, latents: Iterable[str]) -> tf.Tensor:
    """Return `log_weights` of shape [K, ...]; raise unless K > 1."""
    message = ("vimco: the number of samples, which is the length of `axis`, should be "
               "larger than 1. Pass n_samples=2 or more to the latent nodes (%s), or "
               "use elbo(...).reinforce()." % ", ".join(
                   repr(name) for name in latents))
    n_samples = _tf.shape_of(log_weights)[0]
    if isinstance(n_samples, int):
        if n_samples < 2:
            raise ValueError(message)
        return log_weights
    return _tf.identity_after([tf.debugging.assert_greater(
        n_samples, 1, message=message)], log_weights)


def importance_weighted_objective(
        meta_bn: Model, observed: Mapping[str, TensorLike],
        latent: Optional[Dict[str, Any]] = None, axis: Optional[Axis] = None,
        variational: Optional[BayesianNet] = None) -> ImportanceWeightedObjective:
    """The importance weighted lower bound of a model and a variational posterior.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param axis: The sample axis or axes, an int or a list of ints. None raises
        `ValueError`.
    :param variational: A :class:`~zhusuan.framework.bn.BayesianNet`, the
        variational posterior.

    :return: An :class:`ImportanceWeightedObjective`.

    >>> import zhusuan as zs
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", 0., std=0.5 ** 0.5, n_samples=8)  # ~ exp(-z^2)
    >>> bound = zs.variational.importance_weighted_objective(
    ...     lambda values: -values["z"] ** 2, {}, axis=0, variational=q)
    >>> print("%.4f" % bound)  # log(pi) / 2
    0.5724
    """
    return ImportanceWeightedObjective(
        meta_bn, observed, latent=latent, axis=axis, variational=variational)


iw_objective = importance_weighted_objective
