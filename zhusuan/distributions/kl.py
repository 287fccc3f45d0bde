"""Kullback-Leibler divergences in closed form."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _compat
from zhusuan.distributions import multivariate, univariate
from zhusuan.distributions._special import softplus
from zhusuan.distributions.utils import maybe_explicit_broadcast

__all__ = ["kl_divergence"]

_FORMULAS = {}


def kl_divergence(p, q):
    r"""The divergence :math:`\mathrm{E}_p[\log p(x) - \log q(x)]` in nats.

    :param p: A :class:`~zhusuan.distributions.base.Distribution`.
    :param q: One of the same family and with the same `group_ndims`.
    :return: A Tensor of `param_dtype` and of the batch shape that both broadcast
        to, whose last `group_ndims` axes are summed. NotImplementedError where
        there is no closed form here.

    >>> import zhusuan as zs
    >>> p = zs.distributions.Normal(0., std=1.)
    >>> q = zs.distributions.Normal(1., std=1.)
    >>> print("%.1f" % zs.distributions.kl_divergence(p, q))
    0.5
    """
    formula = _FORMULAS.get((type(p), type(q)))
    if formula is None:
        raise NotImplementedError(
            "kl_divergence(p, q) knows no closed form for p %s and q %s. Estimate "
            "it from samples x of p, as the mean of p.log_prob(x) - q.log_prob(x)."
            % (type(p).__name__, type(q).__name__))
    if isinstance(p.group_ndims, int) and isinstance(q.group_ndims, int) and (
            p.group_ndims != q.group_ndims):
        raise ValueError(
            "kl_divergence(p, q) needs the same group_ndims in both, but they are "
            "%d and %d." % (p.group_ndims, q.group_ndims))
    return p._group(tf.reduce_sum, formula(p, q))


def _between(*classes):
    """Register a formula for all pairs of two objects of one of `classes`."""
    def register(formula):
        _FORMULAS.update({(c, c): formula for c in classes})
        return formula
    return register


def _excess(log_ratio):
    """``(r^2 - 1) / 2 - log(r)``, at least 0, for ``r = exp(log_ratio)``."""
    return 0.5 * tf.math.expm1(2. * log_ratio) - log_ratio


def _linear_excess(log_ratio):
    """``r - 1 - log(r)``, at least 0, for ``r = exp(log_ratio)``."""
    return 2. * _excess(0.5 * log_ratio)


@_between(univariate.Normal)
def _normal(p, q):
    return (_excess(p.logstd - q.logstd) +
            0.5 * tf.square((p.mean - q.mean) / q.std))


@_between(univariate.LogNormal)
def _log_normal(p, q):
    return _half_normal(p, q) + 0.5 * tf.square((p.loc - q.loc) / q.scale)


@_between(univariate.HalfNormal)
def _half_normal(p, q):
    return _excess(tf.math.log(p.scale) - tf.math.log(q.scale))


@_between(univariate.Laplace)
def _laplace(p, q):
    ratio = p.scale / q.scale
    distance = tf.abs(p.loc - q.loc) / q.scale
    return ratio * tf.exp(-distance / ratio) + distance - 1. - tf.math.log(ratio)


@_between(univariate.Uniform)
def _uniform(p, q):
    is_inside = tf.logical_and(q.minval <= p.minval, p.maxval <= q.maxval)
    divergence = tf.math.log((q.maxval - q.minval) / (p.maxval - p.minval))
    return tf.where(is_inside, divergence, p.dtype.as_numpy_dtype(np.inf))


@_between(univariate.Exponential)
def _exponential(p, q):
    return _linear_excess(tf.math.log(q.rate) - tf.math.log(p.rate))


@_between(univariate.Gamma, univariate.InverseGamma)
def _gamma(p, q):
    log_rates = tf.math.log(q.beta) - tf.math.log(p.beta)
    return (tf.math.lgamma(q.alpha) - tf.math.lgamma(p.alpha) +
            (p.alpha - q.alpha) * (tf.math.digamma(p.alpha) + log_rates) +
            p.alpha * _linear_excess(log_rates))


@_between(univariate.Poisson)
def _poisson(p, q):
    never = tf.equal(p.rate, 0.)
    rate = tf.where(never, tf.ones_like(p.rate), p.rate)
    excess = _linear_excess(tf.math.log(q.rate) - tf.math.log(rate))
    return tf.where(never, q.rate, rate * excess)


@_between(univariate.Bernoulli)
def _bernoulli(p, q):
    def term(sign):
        return tf.sigmoid(sign * p.logits) * (
            softplus(-sign * q.logits) - softplus(-sign * p.logits))
    return term(1.) + term(-1.)


@_between(univariate.Geometric)
def _geometric(p, q):
    return _bernoulli(p, q) / tf.sigmoid(p.logits)


@_between(univariate.Categorical, multivariate.OnehotCategorical)
def _categorical(p, q):
    log_p, log_q = tf.nn.log_softmax(p.logits), tf.nn.log_softmax(q.logits)
    return tf.reduce_sum(tf.math.multiply_no_nan(
        log_p - log_q, tf.exp(log_p)), axis=-1)


@_between(univariate.Beta)
def _beta(p, q):
    return _between_dirichlets(*[tf.stack(maybe_explicit_broadcast(
        each.alpha, each.beta, "alpha", "beta"), axis=-1) for each in (p, q)])


@_between(multivariate.Dirichlet)
def _dirichlet(p, q):
    return _between_dirichlets(p.alpha, q.alpha)


def _between_dirichlets(p, q):
    total_p = tf.reduce_sum(p, axis=-1)
    total_q = tf.reduce_sum(q, axis=-1)
    terms = (tf.math.lgamma(q) - tf.math.lgamma(p) +
             (p - q) * tf.math.digamma(p))
    return (tf.math.lgamma(total_p) - tf.math.lgamma(total_q) -
            (total_p - total_q) * tf.math.digamma(total_p) +
            tf.reduce_sum(terms, axis=-1))


@_between(multivariate.MultivariateNormalDiag)
def _diag(p, q):
    return tf.reduce_sum(
        _excess(tf.math.log(p.std) - tf.math.log(q.std)) +
        0.5 * tf.square((p.mean - q.mean) / q.std), axis=-1)


@_between(multivariate.MultivariateNormalCholesky)
def _cholesky(p, q):
    tril_p = tf.linalg.band_part(p.cov_tril, -1, 0)
    ratio = _compat.triangular_solve(q.cov_tril, tril_p)
    shift = _compat.triangular_solve(
        q.cov_tril, (p.mean - q.mean)[..., tf.newaxis])
    log_ratio = tf.math.log(tf.abs(tf.linalg.diag_part(ratio)))
    length = tf.cast(tf.shape(ratio)[-1], p.dtype)
    return (0.5 * (tf.reduce_sum(tf.square(ratio), axis=[-2, -1]) - length +
                   tf.reduce_sum(tf.square(shift), axis=[-2, -1])) -
            tf.reduce_sum(log_ratio, axis=-1))
