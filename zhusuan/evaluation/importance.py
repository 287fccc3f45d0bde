"""Marginal likelihoods by importance sampling."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.latents import (
    Latent,
    check_axis,
    collect_latents,
    merge_values,
    samples_of,
    sum_log_probs,
)
from zhusuan._model.target import observe_all
from zhusuan.utils import log_mean_exp

__all__ = ["is_loglikelihood"]


def is_loglikelihood(meta_bn, observed, latent=None, axis=None, proposal=None,
                     n_chunks=None):
    r"""Estimate the marginal log likelihood by importance sampling.

    .. math::

        \log p(x) \approx \log \frac{1}{K} \sum_{k=1}^K
            \frac{p(x, z_k)}{q(z_k|x)}, \qquad z_k \sim q(z|x)

    (Burda, Grosse and Salakhutdinov, 2015, eq. 8). The estimate of the
    likelihood is unbiased; that of its log is a lower bound in expectation.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param axis: An int or a list of ints, the sample axes. None means one
        sample: the log weights are not reduced.
    :param proposal: A :class:`~zhusuan.framework.bn.BayesianNet` with nodes of
        the names of the model's latents, :math:`q`.
    :param n_chunks: An int. Evaluate the model on the samples in so many parts,
        one after another, which bounds the memory by that of one part. Must
        divide the number of samples; `axis` must be an int.

    :return: A Tensor, of the shape of the log weights without `axis`.
    """
    latents = collect_latents(latent, proposal)
    if n_chunks not in (None, 1):
        return _log_mean_in_chunks(meta_bn, observed, latents, axis, n_chunks)
    log_weights = _log_weights(meta_bn, observed, latents, axis)
    return log_weights if axis is None else log_mean_exp(log_weights, axis)


def _log_weights(meta_bn, observed, latents, axis):
    log_joint, _ = observe_all(
        meta_bn, merge_values(observed, samples_of(latents)))
    check_axis(axis, log_joint, latents)
    return log_joint - sum_log_probs(latents)


def _log_mean_in_chunks(meta_bn, observed, latents, axis, n_chunks):
    parts = _Parts(latents, axis, n_chunks)

    def log_mean(i):
        return log_mean_exp(
            _log_weights(meta_bn, observed, parts.at(i), parts.axis), parts.axis)

    # The first part stands outside of the loop, so that the model makes its
    # variables there.
    first = log_mean(0)
    means = tf.TensorArray(first.dtype, size=n_chunks, element_shape=first.shape)
    _, means = tf.while_loop(
        lambda i, _: i < n_chunks,
        lambda i, means: (i + 1, means.write(i, log_mean(i))),
        (tf.constant(1), means.write(0, first)), parallel_iterations=1)
    return log_mean_exp(means.stack(), 0)


class _Parts:
    """Latents, cut along their sample axis into parts of equal length."""

    def __init__(self, latents, axis, n_parts):
        ranks = {z.log_prob.shape.rank for z in latents.values()}
        rank = ranks.pop() if len(ranks) == 1 else None
        if rank is None or not isinstance(axis, int) or not -rank <= axis < rank:
            raise ValueError(
                "n_chunks=%r needs `axis` to be one int, and latents that all "
                "have that axis (n_samples), but axis is %r and the shapes of "
                "log q are %s." % (n_parts, axis, ", ".join(
                    "%r: %s" % (name, z.log_prob.shape)
                    for name, z in latents.items()) or "none"))
        self._latents = latents
        # Counted from the front, where samples and log probabilities agree.
        self.axis = axis % rank
        self._length = _divided(self._n_samples(), n_parts)

    def _n_samples(self):
        log_prob = next(iter(self._latents.values())).log_prob
        static = log_prob.shape.as_list()[self.axis]
        return tf.shape(log_prob)[self.axis] if static is None else static

    def at(self, i):
        """The i-th part of all latents; `i` may be a Tensor."""
        return {name: Latent(self._cut(z.sample, i), self._cut(z.log_prob, i),
                             z.dist) for name, z in self._latents.items()}

    def _cut(self, x, i):
        indices = i * self._length + tf.range(self._length)
        return tf.gather(x, indices, axis=self.axis)


def _divided(n_samples, n_parts):
    message = "n_chunks (%d) must divide the number of samples" % n_parts
    if isinstance(n_samples, int):
        if n_samples % n_parts:
            raise ValueError("%s, %d." % (message, n_samples))
        return n_samples // n_parts
    return _tf.identity_after([tf.debugging.assert_equal(
        n_samples % n_parts, 0, message=message + ".")], n_samples // n_parts)
