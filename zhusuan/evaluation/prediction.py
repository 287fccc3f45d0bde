"""Posterior predictive samples and densities."""
from typing import (
    Any,
    Dict,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf, diagnostics
from zhusuan._model.latents import collect_latents, merge_values, samples_of
from zhusuan.evaluation._sample_parts import SampleParts
from zhusuan.framework import BayesianNet, MetaBayesianNet, support_checks
from zhusuan.framework.meta_bn import bayesian_net_in
from zhusuan.mcmc.chains import Chains
from zhusuan.utils import as_float, merge_dicts, nearest_name_hint, sum_terms
from zhusuan.utils._types import TensorLike
from zhusuan.variational.fits import Fit

__all__ = ["Prediction", "predictive"]

# The default of batch_size for Chains and fits, which may hold many draws.
_BATCH_SIZE = 1000
# The number of draws to compute effective sample sizes from at a time.
_BLOCK = 2 ** 20


class _Moments(NamedTuple):
    """Moments of the densities of some posterior samples."""

    count: tf.Tensor
    """The number of densities."""
    log_scale: tf.Tensor
    """The log of the largest density."""
    mean: tf.Tensor
    """The mean, scaled by ``exp(-log_scale)`` unless that is 0 or inf."""
    squares: tf.Tensor
    """The sum of squared deviations from the mean, scaled by ``exp(-2 log_scale)``."""


class Prediction(NamedTuple):
    """The result of :func:`predictive`.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def model():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> prediction = zs.evaluation.predictive(model(), {"z": tf.zeros([100])}, ["x"])
    >>> prediction.samples["x"].shape.as_list(), prediction.log_density is None
    ([100], True)
    """

    samples: Optional[Dict[str, tf.Tensor]]
    """Samples by the names of the predicted nodes, one for each posterior sample; None
    with ``return_samples=False``."""
    log_density: Optional[tf.Tensor]
    """The estimate of :math:`\\log p(x^*|x)`; None if `held_out` is a list of names."""
    standard_error: Optional[tf.Tensor]
    """The Monte Carlo standard error of `log_density`, or None."""


def predictive(meta_bn: MetaBayesianNet,
               posterior: Union[Chains, Fit, BayesianNet, Dict[str, Any]],
               held_out: Union[Dict[str, Any], Sequence[str]],
               observed: Optional[Mapping[str, TensorLike]] = None, axis: int = 0,
               n_effective: Optional[TensorLike] = None,
               batch_size: Optional[int] = None,
               return_samples: bool = True) -> Prediction:
    r"""Predict nodes of a model from posterior samples.

    .. math::

        \log p(x^*|x) \approx \log \frac{1}{K} \sum_{k=1}^K p(x^*|z_k), \qquad
        z_k \sim p(z|x)

    The standard error of the log follows from the delta method:
    :math:`s / (\bar{p} \sqrt{K})` with the mean and the standard deviation of
    :math:`p(x^*|z_k)`. It is too small if a few samples dominate the mean.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`. Its
        `log_joint` is not used.
    :param posterior: :class:`~zhusuan.mcmc.chains.Chains`, a
        :class:`~zhusuan.variational.fits.Fit`, a variational
        :class:`~zhusuan.framework.bn.BayesianNet`, or a dict of samples by name. The
        draws of all chains become one axis, the first, in the order of
        ``chains["z"].reshape([-1] + data axes)``; those of a fit are ``fit["z"]``.
    :param held_out: A dict of values :math:`x^*` by the names of nodes, or a list
        of names, for samples only. The samples of a node that is observed in part
        (:class:`~zhusuan.PartialObservation`) have its observed entries, and missing
        entries are imputed.
    :param observed: A dict of other values that the model requires, by name.
    :param axis: An int, the axis of the K posterior samples in `log_prob` of the
        nodes; 0 for Chains and fits.
    :param n_effective: A number or Tensor, the effective sample size of a Markov
        chain, which replaces K in the standard error. For Chains the
        default is the smallest effective sample size of all latents, see
        :func:`~zhusuan.mcmc.diagnostics.ess`.
    :param batch_size: An int, the number of posterior samples to evaluate the model on
        at a time, which bounds the memory of everything but the result. `axis` must be
        non-negative and K static. By default 1000 for Chains and fits, all otherwise.
    :param return_samples: A bool. False computes only `log_density` and
        `standard_error`, in memory that does not grow with K.

    :return: A :class:`Prediction`. Its densities have the shape of the sum of
        log densities of the nodes in `held_out`, without `axis`. Raises `TypeError` if
        the model or the posterior is of another type, and `ValueError` if the posterior
        samples, `observed` and `held_out` do not cover the stochastic nodes of the
        model exactly.

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
            "sampled, but it is %r." % (meta_bn,))
    if not isinstance(held_out, dict) and not return_samples:
        raise ValueError(
            "predictive: return_samples=False with a list of names as `held_out` "
            "computes nothing. Pass a dict of values as `held_out`.")
    latents = _posterior_samples(posterior, axis)
    if isinstance(posterior, (Chains, Fit)):
        batch_size = _BATCH_SIZE if batch_size is None else batch_size
    if isinstance(posterior, Chains) and n_effective is None and isinstance(
            held_out, dict):
        n_effective = _smallest_ess(posterior)

    def predict(latents: Dict[str, tf.Tensor]) -> Tuple[Dict[str, tf.Tensor], Any]:
        return _predict(meta_bn, merge_values(observed or {}, latents), held_out, axis,
                        return_samples)

    samples, moments = SampleParts(latents, axis, batch_size).evaluate(predict)
    samples = samples if return_samples else None
    if not isinstance(held_out, dict):
        return Prediction(samples, None, None)
    return Prediction(samples, *_density_and_error(moments, n_effective))


def _posterior_samples(posterior: Any, axis: int) -> Mapping[str, TensorLike]:
    if isinstance(posterior, (Chains, Fit)) and axis != 0:
        raise ValueError(
            "predictive: the draws of Chains and fits are along the first axis, but "
            "axis is %r. Write axis=0." % (axis,))
    if isinstance(posterior, Fit):
        return posterior._stored_draws()
    if isinstance(posterior, Chains):
        if not posterior.n_samples:
            raise ValueError("predictive: the Chains have no draws. Run them with "
                             "n_samples of at least 1.")
        if not posterior.draws:
            raise ValueError("predictive: the Chains have no draws of latents. Name "
                             "all latents in keep= of the run, or omit it.")
        return {name: _flatten_chains(x, posterior.chain_rank)
                for name, x in posterior.draws.items()}
    if bayesian_net_in(posterior) is not None:
        return samples_of(collect_latents(None, posterior))
    if isinstance(posterior, dict):
        return posterior
    raise TypeError(
        "predictive: `posterior` must be Chains, a Fit, a BayesianNet or a dict of "
        "samples by name, but it is %r." % (posterior,))


def _flatten_chains(x: np.ndarray, chain_rank: int) -> np.ndarray:
    x = np.asarray(x)
    return x.reshape((int(np.prod(x.shape[:1 + chain_rank], dtype=int)),)
                     + x.shape[1 + chain_rank:])


def _smallest_ess(chains: Chains) -> float:
    """The smallest ESS of all elements of all latents, in blocks of bounded memory."""
    smallest = []
    for x in chains.draws.values():
        columns = x.reshape(len(x), chains.n_chains, -1)
        length = max(1, _BLOCK // max(1, len(x) * chains.n_chains))
        smallest += [np.min(diagnostics.ess(columns[..., i:i + length], "mean"))
                     for i in range(0, columns.shape[-1], length)]
    return float(np.min(smallest))


def _predict(meta_bn: MetaBayesianNet, given: Mapping[str, TensorLike],
             held_out: Union[Dict[str, Any], Sequence[str]], axis: int,
             return_samples: bool
             ) -> Tuple[Dict[str, tf.Tensor], Union[_Moments, Tuple[()]]]:
    """Return samples of the nodes by name, and the :class:`_Moments` of densities.

    The dict of samples is empty without `return_samples`, and the moments are empty if
    `held_out` is a list of names.
    """
    names = list(held_out)
    bn = bayesian_net_in(meta_bn.observe(**given))
    _check_nodes(bn, names, can_be_partial=not isinstance(held_out, dict))
    samples = {name: bn[name].tensor for name in names} if return_samples else {}
    if not isinstance(held_out, dict):
        return samples, ()
    bn = bayesian_net_in(meta_bn.observe(**merge_dicts(given, held_out)))
    with support_checks(False):  # a density of 0 is a valid result
        log_probs = sum_terms([bn.cond_log_prob(name) for name in names])
    return samples, _moments(log_probs, axis)


def _nodes_to_predict(bn: BayesianNet, can_be_partial: bool) -> List[str]:
    """The names of the nodes without an observation, or without a whole one."""
    return [name for name in bn.stochastic_names if not bn[name].is_observed()
            or (bn[name].is_partly_observed() and can_be_partial)]


def _check_nodes(bn: BayesianNet, names: Sequence[str],
                 can_be_partial: bool) -> None:
    """Raise unless the nodes `names` are exactly those without a value.

    :param can_be_partial: A bool. Whether nodes may be observed in part.
    """
    for name in names:
        if name not in bn.stochastic_names:
            raise ValueError(
                "predictive: the model has no stochastic node %r to predict.%s" % (
                    name, nearest_name_hint(name, _nodes_to_predict(
                        bn, can_be_partial), "Nodes to predict")))
        if name not in _nodes_to_predict(bn, can_be_partial):
            raise ValueError(
                "predictive: the node %r is to be predicted, but it is also among the "
                "posterior samples or in `observed`. Remove it from one of them."
                % name)
    free = [name for name in bn.stochastic_names
            if name not in names and not bn[name].is_observed()]
    if free:
        raise ValueError(
            "predictive: the nodes %s have no posterior samples and are not in "
            "`held_out`, so they would be drawn from their priors. Add them "
            "to `posterior` or `observed`, or to `held_out` if they are to be "
            "predicted." % ", ".join(repr(name) for name in free))


# -- Densities --------------------------------------------------------------------

def _moments(log_probs: tf.Tensor, axis: int) -> _Moments:
    if log_probs.dtype == tf.float16:  # has no sums above 65504
        log_probs = tf.cast(log_probs, tf.float32)
    largest = tf.stop_gradient(tf.reduce_max(log_probs, axis=axis, keepdims=True))
    densities = tf.exp(log_probs - _replace_infinite(largest))
    mean = tf.reduce_mean(densities, axis=axis, keepdims=True)
    return _Moments(
        tf.cast(_tf.shape_of(log_probs)[axis], log_probs.dtype),
        tf.squeeze(largest, axis), tf.squeeze(mean, axis),
        tf.reduce_sum(tf.square(densities - mean), axis=axis))


def _replace_infinite(x: tf.Tensor) -> tf.Tensor:
    return tf.where(tf.math.is_finite(x), x, tf.zeros_like(x))


def _density_and_error(
        parts: _Moments,
        n_effective: Optional[TensorLike]) -> Tuple[tf.Tensor, tf.Tensor]:
    """Compute the log density and its standard error.

    :param parts: :class:`_Moments`, stacked along a first axis.
    """
    total = tf.reduce_sum(parts.count)
    count = tf.reshape(parts.count, tf.concat(
        [[-1], tf.ones([tf.rank(parts.mean) - 1], tf.int32)], axis=0))
    log_scale = _replace_infinite(tf.reduce_max(parts.log_scale, axis=0))
    scale = tf.exp(parts.log_scale - log_scale)
    mean = tf.reduce_sum(count * scale * parts.mean, axis=0) / total
    # Chan, Golub and LeVeque (1983), eq. 2.1, for all parts at once.
    squares = tf.reduce_sum(tf.square(scale) * parts.squares + count * tf.square(
        scale * parts.mean - mean), axis=0)
    error = tf.math.divide_no_nan(tf.sqrt(squares / total), mean)
    if n_effective is not None:
        total = as_float(n_effective, total.dtype)
    return tf.math.log(mean) + log_scale, error / tf.sqrt(total)
