"""The terms that the evidence lower bound is a mean of."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions import kl_divergence
from zhusuan.utils import nearest_name_hint, sum_terms

__all__ = ["ElboTerms", "terms_by_node"]


class ElboTerms:
    """A term of the model, less the log probabilities of the latents.

    :param model_term: A Tensor.
    :param latents: A dict of latents by name.
    :param weights: A dict of the weights of :math:`\\log q` by name; what has
        none is not subtracted. All have weight 1 by default.
    """

    def __init__(self, model_term, latents, weights=None):
        self.model_term = model_term
        self._latents = latents
        self._weights = dict.fromkeys(latents, 1.) if weights is None else weights

    def total(self):
        """All of it, :math:`l_k`."""
        return self.less_log_q(lambda z: z.log_prob)

    def less_log_q(self, log_prob, latents=None):
        """The model's term less the sum of weighted ``log_prob(latent)``.

        :param latents: The latents to subtract; all by default.
        """
        latents = self._latents if latents is None else latents
        return self.model_term - sum_terms(
            [_times(self._weights[name], log_prob(z))
             for name, z in latents.items() if name in self._weights] or [0.])


def terms_by_node(bn, latents, scale, kl_weight, analytic_kl):
    r"""The terms of the ELBO, weighted node by node.

    .. math::

        \sum_x s_x \log p(x) + \beta \sum_z s_z (\log p(z) - \log q(z))

    :param bn: The model, a BayesianNet observed at data :math:`x` and latents
        :math:`z`, whose log joint is the sum of its nodes.
    :param latents: A dict of latents by name.
    :param scale: A dict of factors :math:`s` by name, 1 where it has none.
    :param kl_weight: A number, :math:`\beta`.
    :param analytic_kl: A bool. Put minus the divergence of q(z) from p(z) in the
        place of the last difference, where it is known.
    """
    _check_names(scale, bn)
    weights = {name: _product(scale.get(name, 1.),
                              kl_weight if name in latents else 1.)
               for name in bn.stochastic_names}
    divergences = _known_divergences(bn, latents) if analytic_kl else {}
    model_term = sum_terms([
        _times(weights[name], -divergences[name] if name in divergences
               else bn.cond_log_prob(name)) for name in bn.stochastic_names])
    return ElboTerms(model_term, latents, {
        name: weights[name] for name in latents if name not in divergences})


def _known_divergences(bn, latents):
    """KL(q(z)||p(z)) by name, where there is a closed form that may be used."""
    known = {}
    for name, latent in latents.items():
        if latent.dist is None or not _is_drawn_after_its_parents(name, bn, latents):
            continue
        try:
            divergence = kl_divergence(latent.dist, bn[name].dist)
        except NotImplementedError:
            continue
        known[name] = _with_shape_of(latent.log_prob, divergence)
    return known


def _is_drawn_after_its_parents(name, bn, latents):
    """Whether q draws all that p(z) may depend on before it draws z.

    Otherwise that may depend on z in turn, and the expectation of log p(z) over z
    is not the one in the divergence.
    """
    in_model = [n for n in bn.stochastic_names if n in latents]
    in_posterior = list(latents)
    return set(in_model[:in_model.index(name)]) <= set(
        in_posterior[:in_posterior.index(name)])


def _with_shape_of(x, divergence):
    """The divergence along the sample axes as well, which it may lack."""
    return tf.broadcast_to(divergence, tf.broadcast_dynamic_shape(
        tf.shape(divergence), tf.shape(x)))


def _check_names(scale, bn):
    for name in scale:
        if name not in bn.stochastic_names:
            raise ValueError(
                "elbo: `scale` has a factor for %r, but the model has no "
                "stochastic node of that name.%s" % (
                    name, nearest_name_hint(name, bn.stochastic_names)))


def _product(a, b):
    return b if _is_one(a) else a if _is_one(b) else a * b


def _times(weight, x):
    return x if _is_one(weight) else tf.cast(weight, x.dtype) * x


def _is_one(x):
    return isinstance(x, (int, float)) and x == 1
