"""Variational Renyi bounds, which interpolate the ELBO and the evidence."""
from typing import Mapping, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.latents import Model
from zhusuan.framework import BayesianNet
from zhusuan.utils import log_mean_exp
from zhusuan.utils._types import Axis, TensorLike
from zhusuan.variational.base import VariationalObjective

__all__ = ["RenyiBoundObjective", "renyi_bound"]


class RenyiBoundObjective(VariationalObjective):
    r"""The variational Renyi bound.

    .. math::

        \mathcal{L}_{\alpha, K}(x) = \frac{1}{1 - \alpha} \mathbb{E}\left[\log
            \frac{1}{K} \sum_{k=1}^K
            \left(\frac{p(x, z_k)}{q(z_k|x)}\right)^{1 - \alpha}\right]

    (Li and Turner, 2016, "Renyi divergence variational inference", sections 3
    and 4.1). :func:`renyi_bound` returns one and documents the parameters.

    >>> import zhusuan as zs
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", 0., std=0.5 ** 0.5, n_samples=8)  # ~ exp(-z^2)
    >>> bound = zs.variational.renyi_bound(
    ...     lambda values: -values["z"] ** 2, {}, 0.5, axis=0, variational=q)
    >>> bound.sgvb().shape.as_list()
    []
    """

    def __init__(self, meta_bn: Model, observed: Mapping[str, TensorLike], alpha: float,
                 axis: Optional[Axis] = None,
                 variational: Optional[BayesianNet] = None) -> None:
        if axis is None:
            raise ValueError(
                "The Renyi bound requires `axis`, the axis of the samples. Pass axis=0 "
                "for nodes with n_samples.")
        if np.isnan(float(alpha)):
            raise ValueError("renyi_bound: `alpha` must be a number, not nan.")
        self._alpha = float(alpha)
        super().__init__(meta_bn, observed, variational=variational, axis=axis)

    @property
    def alpha(self) -> float:
        """The order of the divergence, a float."""
        return self._alpha

    def _objective(self) -> tf.Tensor:
        log_weights = self._log_weights()
        if self._alpha == 1.:
            return tf.reduce_mean(log_weights, axis=self._axis)
        if self._alpha == -np.inf:
            return tf.reduce_max(log_weights, axis=self._axis)
        if self._alpha == np.inf:
            return tf.reduce_min(log_weights, axis=self._axis)
        power = 1. - self._alpha
        return log_mean_exp(power * log_weights, self._axis) / power

    def sgvb(self) -> tf.Tensor:
        """The cost of the reparameterized gradient.

        All latents must be reparameterized; the others raise a warning (Li and Turner,
        2016, section 4.2).

        :return: A Tensor of the shape of the objective.
        """
        self._warn_if_not_reparameterized("sgvb()")
        return -self.tensor


def renyi_bound(meta_bn: Model, observed: Mapping[str, TensorLike], alpha: float,
                axis: Optional[Axis] = None,
                variational: Optional[BayesianNet] = None) -> RenyiBoundObjective:
    """The variational Renyi bound of order `alpha`.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param alpha: A Python number: 1 gives the ELBO, 0 the importance weighted
        objective, -inf the largest and inf the smallest log weight. The bound
        decreases with `alpha`. NaN raises `ValueError`.
    :param axis: The sample axis or axes, an int or a list of ints. None raises
        `ValueError`.
    :param variational: A :class:`~zhusuan.framework.bn.BayesianNet`, the
        variational posterior.

    :return: A :class:`RenyiBoundObjective`.

    >>> import zhusuan as zs
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", 0., std=0.5 ** 0.5, n_samples=8)  # ~ exp(-z^2)
    >>> bound = zs.variational.renyi_bound(
    ...     lambda values: -values["z"] ** 2, {}, 0.5, axis=0, variational=q)
    >>> print("%.4f" % bound)  # log(pi) / 2
    0.5724
    """
    return RenyiBoundObjective(
        meta_bn, observed, alpha, axis=axis, variational=variational)
