"""The terms that the evidence lower bound is a mean of."""
import tensorflow.compat.v2 as tf

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


def terms_by_node(bn, latents, scale, kl_weight):
    r"""The terms of the ELBO, weighted node by node.

    .. math::

        \sum_x s_x \log p(x) + \beta \sum_z s_z (\log p(z) - \log q(z))

    :param bn: The model, a BayesianNet observed at data :math:`x` and latents
        :math:`z`, whose log joint is the sum of its nodes.
    :param latents: A dict of latents by name.
    :param scale: A dict of factors :math:`s` by name, 1 where it has none.
    :param kl_weight: A number, :math:`\beta`.
    """
    _check_names(scale, bn)
    weights = {name: _product(scale.get(name, 1.),
                              kl_weight if name in latents else 1.)
               for name in bn.stochastic_names}
    log_p = sum_terms([_times(weights[name], bn.cond_log_prob(name))
                       for name in bn.stochastic_names])
    return ElboTerms(log_p, latents, {name: weights[name] for name in latents})


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
