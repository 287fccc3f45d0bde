"""Marginal likelihoods by importance sampling."""
from typing import Any, Dict, Mapping, Optional, Union

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.latents import (
    Latent,
    Model,
    collect_latents,
    observe_latents,
    sum_log_probs,
)
from zhusuan._tf.loops import stack_in_loop
from zhusuan.framework import BayesianNet
from zhusuan.utils import log_mean_exp
from zhusuan.utils._types import Axis, TensorLike

__all__ = ["is_loglikelihood"]


def is_loglikelihood(meta_bn: Model, observed: Mapping[str, TensorLike],
                     latent: Optional[Dict[str, Any]] = None,
                     axis: Optional[Axis] = None,
                     proposal: Optional[BayesianNet] = None,
                     n_chunks: Optional[int] = None) -> tf.Tensor:
    r"""Estimate the marginal log likelihood by importance sampling.

    .. math::

        \log p(x) \approx \log \frac{1}{K} \sum_{k=1}^K
            \frac{p(x, z_k)}{q(z_k|x)}, \qquad z_k \sim q(z|x)

    (Burda, Grosse and Salakhutdinov, 2015, "Importance weighted autoencoders",
    eq. 8). The estimate of the likelihood is unbiased; the expectation of its log is a
    lower bound.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param axis: An int or a list of ints, the sample axes. None means one
        sample: the log weights are not reduced.
    :param proposal: A :class:`~zhusuan.framework.bn.BayesianNet`, :math:`q`, whose
        nodes have the names of the model's latents.
    :param n_chunks: An int. Evaluate the model on this number of equal chunks of the
        samples, one after another, which bounds the memory by that of one chunk. Raises
        `ValueError` unless it divides the number of samples and `axis` is an int.

    :return: A Tensor, of the shape of the log weights without `axis`.

    >>> import zhusuan as zs
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", 0., std=0.5 ** 0.5, n_samples=8)  # ~ exp(-z^2)
    >>> log_likelihood = zs.is_loglikelihood(
    ...     lambda values: -values["z"] ** 2, {}, axis=0, proposal=q)
    >>> print("%.4f" % log_likelihood)  # log(pi) / 2
    0.5724
    """
    latents = collect_latents(latent, proposal)
    if n_chunks is not None and n_chunks != 1:
        return _log_mean_in_chunks(meta_bn, observed, latents, axis, n_chunks)
    log_weights = _log_weights(meta_bn, observed, latents, axis)
    return log_weights if axis is None else log_mean_exp(log_weights, axis)


def _log_weights(meta_bn: Model, observed: Mapping[str, TensorLike],
                 latents: Dict[str, Latent], axis: Optional[Axis]) -> tf.Tensor:
    log_joint, _ = observe_latents(meta_bn, observed, latents, axis, "proposal")
    return log_joint - sum_log_probs(latents)


def _log_mean_in_chunks(meta_bn: Model, observed: Mapping[str, TensorLike],
                        latents: Dict[str, Latent], axis: Optional[Axis],
                        n_chunks: int) -> tf.Tensor:
    chunks = _Chunks(latents, axis, n_chunks)
    means = stack_in_loop(lambda i: log_mean_exp(_log_weights(
        meta_bn, observed, chunks.get(i), chunks.axis), chunks.axis), n_chunks)
    return log_mean_exp(means, 0)


class _Chunks:
    """Latents, split along their sample axis into chunks of equal length."""

    def __init__(self, latents: Dict[str, Latent], axis: Optional[Axis],
                 n_chunks: int) -> None:
        ranks = {z.log_prob.shape.rank for z in latents.values()}
        rank = ranks.pop() if len(ranks) == 1 else None
        if rank is None or not isinstance(axis, int) or not -rank <= axis < rank:
            raise ValueError(
                "n_chunks=%r requires `axis` to be one int, and latents that all have "
                "that axis (n_samples), but axis is %r and the shapes of log q are "
                "%s." % (n_chunks, axis, ", ".join(
                    "%r: %s" % (name, z.log_prob.shape)
                    for name, z in latents.items()) or "none"))
        self._latents = latents
        # Samples may have more axes than log densities, at the end.
        self.axis = axis % rank
        self._length = _divide(self._n_samples(), n_chunks)

    def _n_samples(self) -> Union[int, tf.Tensor]:
        log_prob = next(iter(self._latents.values())).log_prob
        static = log_prob.shape.as_list()[self.axis]
        return tf.shape(log_prob)[self.axis] if static is None else static

    def get(self, i: tf.Tensor) -> Dict[str, Latent]:
        """The i-th chunk of all latents; `i` may be a Tensor."""
        return {name: z._replace(sample=self._slice(z.sample, i),
                                 log_prob=self._slice(z.log_prob, i))
                for name, z in self._latents.items()}

    def _slice(self, x: tf.Tensor, i: tf.Tensor) -> tf.Tensor:
        indices = i * self._length + tf.range(self._length)
        return tf.gather(x, indices, axis=self.axis)


def _divide(n_samples: Union[int, tf.Tensor], n_chunks: int) -> Union[int, tf.Tensor]:
    message = "n_chunks (%d) must divide the number of samples" % n_chunks
    if isinstance(n_samples, int):
        if n_samples % n_chunks:
            raise ValueError("%s, %d." % (message, n_samples))
        return n_samples // n_chunks
    return _tf.identity_after([tf.debugging.assert_equal(
        n_samples % n_chunks, 0, message=message + ".")], n_samples // n_chunks)
