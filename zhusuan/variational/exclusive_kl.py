"""Objectives that minimise KL(q||p): the evidence lower bound."""
import tensorflow.compat.v2 as tf

from zhusuan.variational.base import VariationalObjective

__all__ = ["EvidenceLowerBoundObjective", "elbo"]


class EvidenceLowerBoundObjective(VariationalObjective):
    r"""The evidence lower bound (ELBO).

    .. math::

        \mathcal{L}(x) = \mathbb{E}_{q(z|x)}
            [\log p(x, z) - \log q(z|x)] \leq \log p(x)

    Made by :func:`elbo`, which documents the parameters. The value is the
    estimate from the samples in `variational`, averaged over `axis`.
    """

    def __init__(self, meta_bn, observed, latent=None, axis=None,
                 variational=None):
        self._axis = axis
        super().__init__(
            meta_bn, observed, latent=latent, variational=variational)

    def _objective(self):
        return self._mean(self._log_weights())

    def _mean(self, x):
        if self._axis is None:
            return x
        return tf.reduce_mean(x, axis=self._axis)

    def sgvb(self):
        r"""The cost of stochastic gradient variational Bayes.

        All latents must be reparameterized. The gradient of the cost is an
        unbiased estimate of :math:`-\nabla\mathcal{L}`, by

        .. math::

            \nabla_\phi \mathbb{E}_{q_\phi(z|x)}[f(z)] =
            \mathbb{E}_{\epsilon}[\nabla_\phi f(z_\phi(\epsilon))]

        (Kingma and Welling, 2013, "Auto-encoding variational Bayes", eq. 5 and
        6).

        :return: A Tensor of the shape of the objective.
        """
        self._warn_if_not_reparameterized("sgvb()")
        return -self.tensor


def elbo(meta_bn, observed, latent=None, axis=None, variational=None):
    """The evidence lower bound (ELBO) of a model and a variational posterior.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param axis: The sample axis or axes (an int or a list of ints), which are
        averaged over; None if there is none.
    :param variational: A :class:`~zhusuan.framework.bn.BayesianNet`, the
        variational posterior.

    :return: An :class:`EvidenceLowerBoundObjective`.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", 0.5, std=0.5 ** 0.5, n_samples=10)  # the posterior
    >>> bound = zs.variational.elbo(build(), {"x": 1.}, variational=q, axis=0)
    >>> print("%.4f" % bound)                                 # the evidence
    -1.5155
    """
    return EvidenceLowerBoundObjective(
        meta_bn, observed, latent=latent, axis=axis, variational=variational)
