"""Objectives that minimise KL(q||p): the evidence lower bound."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.latents import path_log_prob, sum_log_probs
from zhusuan.variational._elbo_terms import ElboTerms, terms_by_node
from zhusuan.variational._moving_mean import moving_mean_of
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
                 variational=None, scale=None, kl_weight=1.,
                 analytic_kl=False):
        super().__init__(meta_bn, observed, latent=latent,
                         variational=variational, axis=axis)
        self._terms = self._make_terms(scale, kl_weight, analytic_kl)

    def _make_terms(self, scale, kl_weight, analytic_kl):
        is_plain = isinstance(kl_weight, (int, float)) and kl_weight == 1
        if scale is None and is_plain and not analytic_kl:
            return ElboTerms(self._log_joint, self._latents)
        if self._bn is None or self._meta_bn.log_joint is not None:
            raise ValueError(
                "elbo: `scale`, `kl_weight` and `analytic_kl` need the terms of "
                "each node, but the model is a log joint function, which does "
                "not tell them apart. Put the weights into that function, or "
                "give a MetaBayesianNet without one.")
        return terms_by_node(self._bn, self._latents, scale or {}, kl_weight,
                             analytic_kl)

    def _log_weights(self):
        return self._terms.total()

    def _objective(self):
        return self._mean(self._log_weights())

    def _mean(self, x):
        if self._axis is None:
            return x
        return tf.reduce_mean(x, axis=self._axis)

    def sgvb(self, path_derivative=False):
        r"""The cost of stochastic gradient variational Bayes.

        All latents must be reparameterized. The gradient of the cost is an
        unbiased estimate of :math:`-\nabla\mathcal{L}`, by

        .. math::

            \nabla_\phi \mathbb{E}_{q_\phi(z|x)}[f(z)] =
            \mathbb{E}_{\epsilon}[\nabla_\phi f(z_\phi(\epsilon))]

        (Kingma and Welling, 2013, "Auto-encoding variational Bayes", eq. 5 and
        6).

        :param path_derivative: A bool. Leave out the gradient of
            :math:`\log q_\phi(z|x)` to :math:`\phi` at fixed :math:`z`, whose
            expectation is zero (Roeder, Wu and Duvenaud, 2017, "Sticking the
            landing", algorithm 2). Without it the variance goes to zero as :math:`q`
            approaches the posterior.

        :return: A Tensor of the shape of the objective.
        """
        self._warn_if_not_reparameterized("sgvb()")
        if not path_derivative:
            return -self.tensor
        return -self._mean(self._terms.less_log_q(path_log_prob))

    def reinforce(self, variance_reduction=True, baseline=None, decay=0.8):
        r"""The cost of the score function estimator, REINFORCE.

        For latents of any kind, above all discrete ones. With
        :math:`l = \log p(x, z) - \log q_\phi(z|x)`, the gradient of the cost is
        an unbiased estimate of :math:`-\nabla\mathcal{L}`, by

        .. math::

            \nabla_\phi\mathcal{L} = \mathbb{E}_{q_\phi(z|x)}
                [(l - b) \nabla_\phi \log q_\phi(z|x)]

        (Williams, 1992, "Simple statistical gradient-following algorithms";
        Mnih and Gregor, 2014, "Neural variational inference and learning in
        belief networks", section 2, with :math:`b` as there). Where some
        latents are reparameterized, those take the gradient through their
        samples and the others the one above, which is unbiased as well
        (Schulman et al., 2015, "Gradient estimation using stochastic
        computation graphs", theorem 1).

        :param variance_reduction: A bool. Whether :math:`b` has a moving mean
            of what is left of :math:`l` over all that came before this step.
            In a graph or `tf.function`, each call of this method has a mean of
            its own. Eagerly, where each step calls it, the mean belongs to the
            model: to the object given as `meta_bn`, which should outlive the
            step.
        :param baseline: A Tensor that broadcasts to the shape of :math:`l`, a
            prediction of it that does not depend on :math:`z`; the other part
            of :math:`b`.
        :param decay: A number in [0, 1), the decay of the moving mean.

        :return: A Tensor of the shape of the objective, the cost. With a
            `baseline`, a pair of it and a Tensor of the same shape, the cost to
            train the baseline with: half the squared error.
        """
        log_weights = tf.stop_gradient(self._log_weights())
        signal = log_weights
        if baseline is not None:
            signal = signal - tf.stop_gradient(baseline)
        if variance_reduction:
            signal = self._less_moving_mean(signal, decay)
        scores = self._score_latents()
        paths = {name: z for name, z in self._latents.items()
                 if name not in scores}
        cost = -self._mean(
            self._terms.less_log_q(lambda z: z.log_prob, paths) +
            signal * sum_log_probs(scores))
        if baseline is None:
            return cost
        return cost, self._mean(0.5 * tf.square(log_weights - baseline))

    def _less_moving_mean(self, signal, decay):
        mean, update = moving_mean_of(self._meta_bn, signal.dtype).advance(
            tf.reduce_mean(signal), decay)
        # Whoever runs the gradient of the cost runs the update, for it needs
        # the signal, if not the cost.
        return _tf.identity_after([update], signal - mean)


def elbo(meta_bn, observed, latent=None, axis=None, variational=None,
         scale=None, kl_weight=1., analytic_kl=False):
    """The evidence lower bound (ELBO) of a model and a variational posterior.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param axis: The sample axis or axes (an int or a list of ints), which are
        averaged over; None if there is none.
    :param variational: A :class:`~zhusuan.framework.bn.BayesianNet`, the
        variational posterior.
    :param scale: A dict of factors by the names of nodes, for their log
        probabilities in the model and in the posterior. With a minibatch of B
        out of N data whose axis is grouped (``group_ndims``), the factor N / B
        of the data, and of latents that belong to one datum each, makes the
        bound an unbiased estimate of that of all data.
    :param kl_weight: A number or 0-D Tensor, the factor of
        :math:`\\log p(z) - \\log q(z)` of all latents; 1 for the bound, and less
        while annealing (Bowman et al., 2016, "Generating sentences from a
        continuous space", section 3.1).
    :param analytic_kl: A bool. Use the expectation of that difference, minus the
        KL divergence, for each latent whose pair of distributions
        :func:`~zhusuan.distributions.kl_divergence` knows; that has less
        variance (Kingma and Welling, 2013, eq. 7). A latent that the posterior
        draws before some that precede it in the model is estimated.

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
        meta_bn, observed, latent=latent, axis=axis, variational=variational,
        scale=scale, kl_weight=kl_weight, analytic_kl=analytic_kl)
