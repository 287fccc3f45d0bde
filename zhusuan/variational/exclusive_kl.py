"""Objectives that minimise KL(q||p): the evidence lower bound."""
from typing import Any, Callable, Dict, Iterable, Mapping, Optional, Tuple, Union

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.latents import Latent, Model, path_log_prob, sum_log_probs
from zhusuan.distributions import kl_divergence
from zhusuan.framework import BayesianNet, MetaBayesianNet
from zhusuan.framework.marginalization import MarginalizedBayesianNet
from zhusuan.utils import nearest_name_hint, sum_terms
from zhusuan.utils._types import Axis, TensorLike
from zhusuan.variational._moving_mean import get_moving_mean
from zhusuan.variational.base import VariationalObjective

__all__ = ["EvidenceLowerBoundObjective", "elbo"]


class EvidenceLowerBoundObjective(VariationalObjective):
    r"""The evidence lower bound (ELBO).

    .. math::

        \mathcal{L}(x) = \mathbb{E}_{q(z|x)}
            [\log p(x, z) - \log q(z|x)] \leq \log p(x)

    :func:`elbo` returns one and documents the parameters. The value is the estimate
    from the samples in `variational`, averaged over `axis`.

    >>> import zhusuan as zs
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", 0., std=0.5 ** 0.5, n_samples=8)  # ~ exp(-z^2)
    >>> bound = zs.variational.elbo(
    ...     lambda values: -values["z"] ** 2, {}, axis=0, variational=q)
    >>> print("%.4f" % bound, type(bound).__name__)  # log(pi) / 2
    0.5724 EvidenceLowerBoundObjective
    """

    def __init__(self, meta_bn: Model, observed: Mapping[str, TensorLike],
                 latent: Optional[Dict[str, Any]] = None, axis: Optional[Axis] = None,
                 variational: Optional[BayesianNet] = None,
                 scale: Optional[Mapping[str, TensorLike]] = None,
                 kl_weight: TensorLike = 1., analytic_kl: bool = False) -> None:
        super().__init__(meta_bn, observed, latent=latent,
                         variational=variational, axis=axis)
        self._terms = self._make_terms(scale, kl_weight, analytic_kl)

    def _make_terms(self, scale: Optional[Mapping[str, TensorLike]],
                    kl_weight: TensorLike, analytic_kl: bool) -> "_ElboTerms":
        is_plain = isinstance(kl_weight, (int, float)) and kl_weight == 1
        if scale is None and is_plain and not analytic_kl:
            return _ElboTerms(self._log_joint, self._latents)
        if (not isinstance(self._meta_bn, MetaBayesianNet)
                or self._meta_bn.log_joint is not None):
            raise ValueError(
                "elbo: `scale`, `kl_weight` and `analytic_kl` require the term of each "
                "node, but the model has a log joint function, which returns their "
                "sum. Apply the weights in that function, or pass a MetaBayesianNet "
                "without one.")
        return _weight_terms(self._bn, self._latents, scale or {}, kl_weight,
                             analytic_kl)

    def _log_weights(self) -> tf.Tensor:
        return self._terms.total()

    def _objective(self) -> tf.Tensor:
        return self._mean(self._log_weights())

    def _mean(self, x: tf.Tensor) -> tf.Tensor:
        if self._axis is None:
            return x
        return tf.reduce_mean(x, axis=self._axis)

    def sgvb(self, path_derivative: bool = False) -> tf.Tensor:
        r"""The cost of stochastic gradient variational Bayes.

        All latents must be reparameterized; the others raise a warning. The gradient of
        the cost is an unbiased estimate of :math:`-\nabla\mathcal{L}`, by

        .. math::

            \nabla_\phi \mathbb{E}_{q_\phi(z|x)}[f(z)] =
            \mathbb{E}_{\epsilon}[\nabla_\phi f(z_\phi(\epsilon))]

        (Kingma and Welling, 2013, "Auto-encoding variational Bayes", eq. 5 and
        6).

        :param path_derivative: A bool. Whether to omit the gradient of
            :math:`\log q_\phi(z|x)` to :math:`\phi` at fixed :math:`z`, whose
            expectation is zero (Roeder, Wu and Duvenaud, 2017, "Sticking the
            landing", algorithm 2). Without it the variance goes to zero as :math:`q`
            approaches the posterior.

        :return: A Tensor of the shape of the objective. With `path_derivative`, raises
            `ValueError` if a latent has no distribution.
        """
        self._warn_if_not_reparameterized("sgvb()")
        if not path_derivative:
            return -self.tensor
        return -self._mean(self._terms.subtract_log_q(path_log_prob))

    def reinforce(self, variance_reduction: bool = True,
                  baseline: Optional[TensorLike] = None, decay: float = 0.8,
                  path_derivative: bool = False
                  ) -> Union[tf.Tensor, Tuple[tf.Tensor, tf.Tensor]]:
        r"""The cost of the score function estimator, REINFORCE.

        It applies to all latents, and is meant for discrete ones. With
        :math:`l = \log p(x, z) - \log q_\phi(z|x)`, the gradient of the cost is
        an unbiased estimate of :math:`-\nabla\mathcal{L}`, by

        .. math::

            \nabla_\phi\mathcal{L} = \mathbb{E}_{q_\phi(z|x)}
                [(l - b) \nabla_\phi \log q_\phi(z|x)]

        (Williams, 1992, "Simple statistical gradient-following algorithms";
        Mnih and Gregor, 2014, "Neural variational inference and learning in
        belief networks", section 2, with :math:`b` as there). The gradient of
        reparameterized latents goes through their samples, and the gradient of the
        others is the one above; the sum is unbiased as well (Schulman et al., 2015,
        "Gradient estimation using stochastic computation graphs", theorem 1).

        :param variance_reduction: A bool. Whether :math:`b` includes the moving mean
            of :math:`l` minus `baseline` over the previous steps. In a graph or
            `tf.function`, each call of this method has a mean of its own. Eagerly,
            where each step calls it, the mean belongs to the object passed as
            `meta_bn`, which must persist between steps.
        :param baseline: A Tensor that broadcasts to the shape of :math:`l`: a
            prediction of :math:`l` that does not depend on :math:`z`, added to
            :math:`b`.
        :param decay: A number in [0, 1), the decay of the moving mean.
        :param path_derivative: A bool. As in :meth:`sgvb`, for the latents that are
            reparameterized.

        :return: The cost, a Tensor of the shape of the objective. With a
            `baseline`, a pair of the cost and a Tensor of the same shape, the cost for
            training the baseline: half the squared error.
        """
        log_weights = tf.stop_gradient(self._log_weights())
        signal = log_weights
        if baseline is not None:
            signal = signal - tf.stop_gradient(baseline)
        if variance_reduction:
            signal = self._subtract_moving_mean(signal, decay)
        scores = self._score_latents()
        paths = {name: z for name, z in self._latents.items()
                 if name not in scores}
        cost = -self._mean(
            self._terms.subtract_log_q(
                path_log_prob if path_derivative else lambda z: z.log_prob, paths) +
            signal * sum_log_probs(scores))
        if baseline is None:
            return cost
        return cost, self._mean(0.5 * tf.square(log_weights - baseline))

    def _subtract_moving_mean(self, signal: tf.Tensor, decay: TensorLike) -> tf.Tensor:
        mean, update = get_moving_mean(self._meta_bn, signal.dtype).advance(
            tf.reduce_mean(signal), decay)
        # The gradient of the cost depends on the signal, so running it, even without
        # the cost, runs the update.
        return _tf.identity_after([update], signal - mean)


def elbo(meta_bn: Model, observed: Mapping[str, TensorLike],
         latent: Optional[Dict[str, Any]] = None, axis: Optional[Axis] = None,
         variational: Optional[BayesianNet] = None,
         scale: Optional[Mapping[str, TensorLike]] = None, kl_weight: TensorLike = 1.,
         analytic_kl: bool = False) -> EvidenceLowerBoundObjective:
    """The evidence lower bound (ELBO) of a model and a variational posterior.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param axis: The sample axis or axes to average over, an int or a list of ints;
        None if there is none.
    :param variational: A :class:`~zhusuan.framework.bn.BayesianNet`, the
        variational posterior.
    :param scale: A dict of factors by the names of nodes, which multiply their log
        densities in the model and in the posterior. For a minibatch of B
        out of N data points whose axis is grouped (``group_ndims``), the factor N / B
        for the data, and for latents of single data points, makes the
        bound an unbiased estimate of the bound of all data.
    :param kl_weight: A number or 0-D Tensor, the factor of
        :math:`\\log p(z) - \\log q(z)` of all latents; 1 for the bound, and less
        during annealing (Bowman et al., 2016, "Generating sentences from a
        continuous space", section 3.1).
    :param analytic_kl: A bool. Whether to replace that difference by its expectation,
        minus the KL divergence, for each latent whose pair of distributions
        :func:`~zhusuan.distributions.kl_divergence` supports. This reduces the
        variance (Kingma and Welling, 2013, eq. 7). A latent is estimated from samples
        if the posterior draws it before a latent that precedes it in the model.

    :return: An :class:`EvidenceLowerBoundObjective`. Raises `ValueError` if `scale`
        has an unknown name, or if `scale`, `kl_weight` or `analytic_kl` is used with a
        log joint function.

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


# -- Terms ---------------------------------------------------------------------

class _ElboTerms:
    """The term of the model minus the weighted log densities of the latents.

    :param model_term: A Tensor.
    :param latents: A dict of latents by name.
    :param weights: A dict of the weights of :math:`\\log q` by name, 1 by default.
        Latents without a weight are not subtracted.
    """

    def __init__(self, model_term: tf.Tensor, latents: Dict[str, Latent],
                 weights: Optional[Mapping[str, TensorLike]] = None) -> None:
        self.model_term = model_term
        self._latents = latents
        self._weights = dict.fromkeys(latents, 1.) if weights is None else weights

    def total(self) -> tf.Tensor:
        """The sum of all terms, :math:`l_k`."""
        return self.subtract_log_q(lambda z: z.log_prob)

    def subtract_log_q(self, log_prob: Callable[[Latent], tf.Tensor],
                       latents: Optional[Dict[str, Latent]] = None) -> tf.Tensor:
        """The model's term minus the sum of weighted ``log_prob(latent)``.

        :param latents: A dict of the latents to subtract; all by default.
        """
        latents = self._latents if latents is None else latents
        return self.model_term - sum_terms(
            [_times(self._weights[name], log_prob(z))
             for name, z in latents.items() if name in self._weights] or [0.])


def _weight_terms(bn: BayesianNet, latents: Dict[str, Latent],
                  scale: Mapping[str, TensorLike], kl_weight: TensorLike,
                  analytic_kl: bool) -> _ElboTerms:
    r"""Weight the terms of the ELBO node by node.

    .. math::

        \sum_x s_x \log p(x) + \beta \sum_z s_z (\log p(z) - \log q(z))

    Factors of the model count as data :math:`x`.

    :param bn: The model, a BayesianNet observed at data :math:`x` and latents
        :math:`z`, whose log joint is the sum of its nodes.
    :param latents: A dict of latents by name.
    :param scale: A dict of factors :math:`s` by name, 1 where it has none.
    :param kl_weight: A number, :math:`\beta`.
    :param analytic_kl: A bool. Whether to replace the last difference by minus the
        divergence of q(z) from p(z), where it has a closed form.
    """
    _check_names(scale, bn)
    names = bn.stochastic_names + bn.factor_names
    weights = {name: _product(scale.get(name, 1.),
                              kl_weight if name in latents else 1.)
               for name in names}
    divergences = _closed_form_divergences(bn, latents) if analytic_kl else {}
    model_term = sum_terms([
        _times(weights[name], -divergences[name] if name in divergences
               else bn.cond_log_prob(name)) for name in names])
    return _ElboTerms(model_term, latents, {
        name: weights[name] for name in latents if name not in divergences})


def _closed_form_divergences(bn: BayesianNet,
                             latents: Dict[str, Latent]) -> Dict[str, tf.Tensor]:
    """KL(q(z)||p(z)) by name, where it has a closed form that applies."""
    found = {}
    for name, latent in latents.items():
        if isinstance(bn, MarginalizedBayesianNet) and name in bn.child_names:
            continue  # its density is a sum of those of its distribution
        if latent.dist is None or not _is_drawn_after_its_parents(name, bn, latents):
            continue
        try:
            divergence = kl_divergence(latent.dist, bn[name].dist)
        except NotImplementedError:
            continue
        found[name] = _broadcast_to_shape_of(latent.log_prob, divergence)
    return found


def _is_drawn_after_its_parents(name: str, bn: BayesianNet,
                                latents: Dict[str, Latent]) -> bool:
    """Whether q draws the possible parents of z in the model before z.

    Otherwise q may draw them given z, and the expectation of log p(z) over z differs
    from the one in the divergence.
    """
    in_model = [n for n in bn.stochastic_names if n in latents]
    in_posterior = list(latents)
    return set(in_model[:in_model.index(name)]) <= set(
        in_posterior[:in_posterior.index(name)])


def _broadcast_to_shape_of(x: tf.Tensor, divergence: tf.Tensor) -> tf.Tensor:
    """Broadcast the divergence along the sample axes, which it may lack."""
    return tf.broadcast_to(divergence, tf.broadcast_dynamic_shape(
        tf.shape(divergence), tf.shape(x)))


def _check_names(scale: Iterable[str], bn: BayesianNet) -> None:
    for name in scale:
        known = bn.stochastic_names + bn.factor_names
        if name not in known:
            raise ValueError(
                "elbo: `scale` has a factor for %r, but the model has no stochastic "
                "node of that name.%s" % (
                    name, nearest_name_hint(name, known)))


def _product(a: Any, b: Any) -> TensorLike:
    if _is_one(a) or _is_one(b):
        return b if _is_one(a) else a
    # Lists have no product, and a list times an int repeats it.
    return a * b if tf.is_tensor(a) or tf.is_tensor(b) else np.multiply(a, b)


def _times(weight: TensorLike, x: tf.Tensor) -> tf.Tensor:
    return x if _is_one(weight) else tf.cast(weight, x.dtype) * x


def _is_one(x: TensorLike) -> bool:
    return isinstance(x, (int, float)) and x == 1
