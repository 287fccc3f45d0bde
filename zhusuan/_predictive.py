"""Posterior predictive samples and densities."""
from collections import namedtuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _compat
from zhusuan._inference.latents import collect_latents, merge_values, samples_of
from zhusuan.framework.meta_bn import MetaBayesianNet, bayesian_net_in
from zhusuan.utils import log_mean_exp, merge_dicts, nearest_name_hint, sum_terms

__all__ = ["Prediction", "predictive"]


class Prediction(namedtuple("Prediction", [
        "samples", "log_density", "standard_error"])):
    """What :func:`predictive` returns; Tensors.

    :param samples: A dict by the names of the predicted nodes: one value for each
        posterior sample.
    :param log_density: The estimate of :math:`\\log p(x^*|x)`; None where only
        names were given.
    :param standard_error: Its Monte Carlo standard error, or None.
    """

    __slots__ = ()


def predictive(meta_bn, posterior, held_out, observed=None, axis=0,
               n_effective=None):
    r"""Predict nodes of a model from posterior samples.

    .. math::

        \log p(x^*|x) \approx \log \frac{1}{K} \sum_{k=1}^K p(x^*|z_k), \qquad
        z_k \sim p(z|x)

    The standard error is that of the log by the delta method,
    :math:`s / (\bar{p} \sqrt{K})` with the mean and the standard deviation of
    :math:`p(x^*|z_k)`. It is too small where a few samples hold most of the mean.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, whose
        `log_joint` plays no role.
    :param posterior: A variational :class:`~zhusuan.framework.bn.BayesianNet`, or
        a dict of samples by name, such as those of a Markov chain.
    :param held_out: A dict of values :math:`x^*` by the names of nodes, or a list
        of names to draw samples of only.
    :param observed: A dict of other values that the model needs, by name.
    :param axis: An int, the axis of the K posterior samples in `log_prob` of the
        nodes.
    :param n_effective: A number or Tensor, how many independent samples a Markov
        chain is worth, in the place of K in the standard error. See
        :func:`~zhusuan.diagnostics.effective_sample_size`.

    :return: A :class:`Prediction`. Its densities have the shape of the sum of
        log probabilities of the nodes in `held_out`, without `axis`.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def model():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> chain = {"z": tf.zeros([100])}
    >>> prediction = zs.evaluation.predictive(model(), chain, {"x": 0.})
    >>> print("%.4f" % prediction.log_density, prediction.samples["x"].shape)
    -0.9189 (100,)
    """
    if not isinstance(meta_bn, MetaBayesianNet):
        raise TypeError(
            "predictive: the model must be a MetaBayesianNet, whose nodes can be "
            "drawn, but it is %r." % (meta_bn,))
    names = list(held_out)
    given = merge_values(observed or {}, _posterior_samples(posterior))
    samples = _draw(meta_bn, given, names)
    if not isinstance(held_out, dict):
        return Prediction(samples, None, None)
    bn = bayesian_net_in(meta_bn.observe(**merge_dicts(given, held_out)))
    log_probs = sum_terms([bn.cond_log_prob(name) for name in names])
    return Prediction(samples, log_mean_exp(log_probs, axis),
                      _relative_error(log_probs, axis, n_effective))


def _posterior_samples(posterior):
    if bayesian_net_in(posterior) is not None:
        return samples_of(collect_latents(None, posterior))
    if isinstance(posterior, dict):
        return posterior
    raise TypeError(
        "predictive: `posterior` must be a BayesianNet or a dict of samples by "
        "name, but it is %r." % (posterior,))


def _draw(meta_bn, given, names):
    bn = bayesian_net_in(meta_bn.observe(**given))
    for name in names:
        if name not in bn.stochastic_names:
            raise ValueError(
                "predictive: the model has no stochastic node %r to predict.%s" % (
                    name, nearest_name_hint(name, bn.stochastic_names)))
        if bn[name].is_observed():
            raise ValueError(
                "predictive: the node %r is to be predicted, but it is among the "
                "posterior samples or in `observed` as well. Take it out of one "
                "of them." % name)
    free = [name for name in bn.stochastic_names
            if name not in names and not bn[name].is_observed()]
    if free:
        raise ValueError(
            "predictive: the nodes %s are neither to be predicted nor have they "
            "posterior samples, so that they would be drawn from their priors. Add "
            "them to `posterior` or `observed`, or to `held_out` if they are to be "
            "predicted." % ", ".join(repr(name) for name in free))
    return {name: bn[name].tensor for name in names}


def _relative_error(log_probs, axis, n_effective):
    """The standard deviation of the mean of ``exp``, by that mean."""
    largest = tf.reduce_max(log_probs, axis=axis, keepdims=True)
    relative = tf.exp(log_probs - tf.where(
        tf.equal(largest, -np.inf), tf.zeros_like(largest), largest))
    if n_effective is None:
        n_effective = _compat.shape_of(log_probs)[axis]
    return tf.math.divide_no_nan(
        tf.math.reduce_std(relative, axis=axis),
        tf.reduce_mean(relative, axis=axis)) / tf.sqrt(
            tf.cast(n_effective, log_probs.dtype))
