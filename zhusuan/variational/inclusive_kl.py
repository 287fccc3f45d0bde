"""Objectives that minimise KL(p||q): importance weighted score functions."""
from typing import Any, Dict, Mapping, NoReturn, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.latents import Model, log_probs_at_constants
from zhusuan.framework import BayesianNet
from zhusuan.utils import sum_terms
from zhusuan.utils._types import Axis, TensorLike
from zhusuan.utils._warnings import warn_deprecated, warn_user
from zhusuan.variational._importance_weights import normalize_weights
from zhusuan.variational.base import VariationalObjective

__all__ = ["InclusiveKLObjective", "klpq"]


class InclusiveKLObjective(VariationalObjective):
    r"""The inclusive Kullback-Leibler divergence of the posterior from q.

    .. math::

        \mathrm{KL}(p(z|x)\|q(z|x)) =
            \mathbb{E}_{p(z|x)}[\log p(z|x) - \log q(z|x)]

    :func:`klpq` returns one and documents the parameters. It has no value, since that
    requires the evidence: using it as a Tensor raises `NotImplementedError`.
    :meth:`importance` returns a cost that minimises it.

    >>> import zhusuan as zs
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", [0.], std=1., n_samples=8)
    >>> divergence = zs.variational.klpq(
    ...     lambda values: -values["z"] ** 2, {}, variational=q, axis=0)
    >>> type(divergence).__name__, divergence.importance().shape.as_list()
    ('InclusiveKLObjective', [1])
    """

    def __init__(self, meta_bn: Model, observed: Mapping[str, TensorLike],
                 latent: Optional[Dict[str, Any]] = None, axis: Optional[Axis] = None,
                 variational: Optional[BayesianNet] = None) -> None:
        super().__init__(meta_bn, observed, latent=latent,
                         variational=variational, axis=axis)
        if self._latents and self._has_one_sample():
            warn_user(
                "klpq(...) with a single sample (%s) is heavily biased, because the "
                "normalized importance weight is 1 for every sample. Pass n_samples to "
                "the latent nodes, and axis=0." % (
                    "no axis" if axis is None else "axis=%r has length 1" % (axis,)))

    def _has_one_sample(self) -> bool:
        if self._axis is None:
            return True
        shape = self._log_weights().shape
        return shape.rank is not None and all(
            shape.as_list()[i] == 1 for i in np.atleast_1d(self._axis))

    def _objective(self) -> NoReturn:
        raise NotImplementedError(
            "The inclusive KL divergence cannot be evaluated, because it requires the "
            "evidence p(x). Use importance() as the cost of training, and elbo(...) or "
            "importance_weighted_objective(...) for monitoring.")

    def importance(self) -> tf.Tensor:
        r"""The cost of self-normalised importance sampling.

        The gradient of the cost estimates that of the divergence to the
        parameters :math:`\phi` of :math:`q`, by

        .. math::

            -\sum_k \tilde{w}_k \nabla_\phi \log q_\phi(z_k|x), \qquad
            \tilde{w}_k = \frac{e^{l_k}}{\sum_j e^{l_j}}

        (Bornschein and Bengio, 2015, "Reweighted wake-sleep", section 2.2, the
        wake-phase update of q). Its bias is of order 1/K. The gradient treats the
        samples and the model as constants: train the model with another objective.

        :return: A Tensor of the shape of the log weights without `axis`.
        """
        self._warn_if_samples_have_children(
            "importance() treats samples as constants, but node %r is "
            "reparameterized: if a later latent depends on it, gradients "
            "flow through its sample. Set is_reparameterized=False.")
        log_q = sum_terms(log_probs_at_constants(self._latents) or [0.])
        if self._axis is None:
            return -log_q
        weights = normalize_weights(self._log_weights(), self._axis)
        return -tf.reduce_sum(weights * log_q, axis=self._axis)

    def rws(self) -> tf.Tensor:
        """Deprecated alias of :meth:`importance`."""
        warn_deprecated("klpq(...).rws()", "klpq(...).importance()")
        return self.importance()


def klpq(meta_bn: Model, observed: Mapping[str, TensorLike],
         latent: Optional[Dict[str, Any]] = None, axis: Optional[Axis] = None,
         variational: Optional[BayesianNet] = None) -> InclusiveKLObjective:
    """The inclusive KL divergence of the model's posterior from `variational`.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param axis: The sample axis or axes, an int or a list of ints. A single sample
        (axis=None, or axes of length 1) raises a warning: its normalised weight is 1,
        so the estimate is heavily biased and its expected gradient is 0.
    :param variational: A :class:`~zhusuan.framework.bn.BayesianNet`, the
        variational posterior.

    :return: An :class:`InclusiveKLObjective`.

    >>> import zhusuan as zs
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", [0.], std=1., n_samples=8)
    >>> divergence = zs.variational.klpq(
    ...     lambda values: -values["z"] ** 2, {}, variational=q, axis=0)
    >>> divergence.importance().shape.as_list()
    [1]
    """
    return InclusiveKLObjective(
        meta_bn, observed, latent=latent, axis=axis, variational=variational)
