"""Objectives with several samples: the importance weighted bound."""
from zhusuan.utils import log_mean_exp
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
        self._axis = axis
        super().__init__(
            meta_bn, observed, latent=latent, variational=variational)

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
