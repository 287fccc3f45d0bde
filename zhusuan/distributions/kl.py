"""Kullback-Leibler divergences in closed form.

Each divergence is a sum of non-negative terms that vanish for equal distributions, such
as :func:`_excess`. Divergences of similar distributions therefore do not cancel.
"""
from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple, Type

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._numerics.elementary import (
    expm1,
    log1p,
    log_ratio,
    sigmoid,
    softplus,
    widened,
)
from zhusuan.distributions._numerics.gamma_functions import stirling_divergence
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.bernoulli import Bernoulli
from zhusuan.distributions.beta import Beta
from zhusuan.distributions.categorical import Categorical, OnehotCategorical
from zhusuan.distributions.dirichlet import Dirichlet
from zhusuan.distributions.exponential import Exponential
from zhusuan.distributions.gamma import Gamma, InverseGamma
from zhusuan.distributions.geometric import Geometric
from zhusuan.distributions.half_normal import HalfNormal
from zhusuan.distributions.laplace import Laplace
from zhusuan.distributions.log_normal import LogNormal
from zhusuan.distributions.multivariate_normal import (
    MultivariateNormalCholesky,
    MultivariateNormalDiag,
)
from zhusuan.distributions.normal import Normal
from zhusuan.distributions.poisson import Poisson
from zhusuan.distributions.uniform import Uniform
from zhusuan.distributions.utils import maybe_explicit_broadcast

__all__ = ["kl_divergence"]

_Formula = Callable[[Any, Any], tf.Tensor]
_FORMULAS: Dict[Tuple[type, type], _Formula] = {}


def kl_divergence(p: Distribution, q: Distribution) -> tf.Tensor:
    r"""The Kullback-Leibler divergence :math:`\mathrm{E}_p[\log p(x) - \log q(x)]`.

    :param p: A :class:`~zhusuan.distributions.base.Distribution`.
    :param q: A distribution of the same family with the same `group_ndims`.
    :return: A Tensor in nats, of `param_dtype` and the common batch shape, summed over
        the last `group_ndims` axes.

    Raises NotImplementedError if no closed form is implemented, and ValueError if
    `group_ndims` differ.

    >>> import zhusuan as zs
    >>> p = zs.distributions.Normal(0., std=1.)
    >>> q = zs.distributions.Normal(1., std=1.)
    >>> print("%.1f" % zs.distributions.kl_divergence(p, q))
    0.5
    """
    formula = _FORMULAS.get((type(p), type(q)))
    if formula is None:
        raise NotImplementedError(
            "kl_divergence(p, q) has no closed form for p %s and q %s. Estimate "
            "it from samples x of p, as the mean of p.log_prob(x) - q.log_prob(x)."
            % (type(p).__name__, type(q).__name__))
    if isinstance(p.group_ndims, int) and isinstance(q.group_ndims, int) and (
            p.group_ndims != q.group_ndims):
        raise ValueError(
            "kl_divergence(p, q) requires the same group_ndims in both, but they are "
            "%d and %d." % (p.group_ndims, q.group_ndims))
    return p._group(tf.reduce_sum, tf.cast(formula(p, q), p.param_dtype))


def _between(*classes: Type[Distribution]) -> Callable[[_Formula], _Formula]:
    """Register the formula for two distributions of the same one of `classes`."""
    def register(formula: _Formula) -> _Formula:
        _FORMULAS.update({(c, c): formula for c in classes})
        return formula
    return register


def _excess(x: tf.Tensor) -> tf.Tensor:
    """``exp(x) - 1 - x``, which is non-negative, without cancellation."""
    near = tf.abs(x) < 0.003
    small = tf.where(near, x, tf.zeros_like(x))
    series = tf.square(small) * (0.5 + small * (1. / 6. + small / 24.))
    return tf.where(near, series, expm1(x) - x)


def _of_both(p: Distribution, q: Distribution, *names: str) -> List[tf.Tensor]:
    """For each name the parameters of `p` and of `q`, at least float32."""
    return widened(*[getattr(each, name) for name in names for each in (p, q)])


def _scales(p: tf.Tensor, q: tf.Tensor) -> tf.Tensor:
    """``(r^2 - 1) / 2 - log(r)`` for ``r = p / q``, the term of two normal scales."""
    return 0.5 * _excess(2. * log_ratio(p, q))


@_between(Normal)
def _normal(p: Normal, q: Normal) -> tf.Tensor:
    p_mean, q_mean, q_std = widened(p.mean, q.mean, q.std)
    return _normal_scales(p, q) + 0.5 * tf.square((p_mean - q_mean) / q_std)


def _normal_scales(p: Normal, q: Normal) -> tf.Tensor:
    if "logstd" in {**p._parameters, **q._parameters}:
        p_logstd, q_logstd = _of_both(p, q, "logstd")
        return 0.5 * _excess(2. * (p_logstd - q_logstd))
    return _scales(*_of_both(p, q, "std"))


@_between(LogNormal)
def _log_normal(p: LogNormal, q: LogNormal) -> tf.Tensor:
    p_loc, q_loc, _, q_scale = _of_both(p, q, "loc", "scale")
    return _half_normal(p, q) + 0.5 * tf.square((p_loc - q_loc) / q_scale)


@_between(HalfNormal)
def _half_normal(p: Distribution, q: Distribution) -> tf.Tensor:
    return _scales(*_of_both(p, q, "scale"))


@_between(Laplace)
def _laplace(p: Laplace, q: Laplace) -> tf.Tensor:
    p_loc, q_loc, p_scale, q_scale = _of_both(p, q, "loc", "scale")
    distance = tf.abs(p_loc - q_loc)
    ratio, steps = p_scale / q_scale, distance / p_scale
    near = steps < 1.
    moved = tf.where(
        near, ratio * _excess(-tf.where(near, steps, tf.zeros_like(steps))),
        distance / q_scale - ratio * (1. - tf.exp(-tf.minimum(steps, 200.))))
    return moved + _excess(log_ratio(p_scale, q_scale))


@_between(Uniform)
def _uniform(p: Uniform, q: Uniform) -> tf.Tensor:
    p_low, q_low, p_high, q_high = _of_both(p, q, "minval", "maxval")
    is_inside = tf.logical_and(q_low <= p_low, p_high <= q_high)
    divergence = log_ratio(q_high - q_low, p_high - p_low,
                            difference=(q_high - p_high) + (p_low - q_low))
    return tf.where(is_inside, divergence, tf.constant(np.inf, divergence.dtype))


@_between(Exponential)
def _exponential(p: Exponential, q: Exponential) -> tf.Tensor:
    p_rate, q_rate = _of_both(p, q, "rate")
    return _excess(log_ratio(q_rate, p_rate))


@_between(Gamma, InverseGamma)
def _gamma(p: Distribution, q: Distribution) -> tf.Tensor:
    p_alpha, q_alpha, p_beta, q_beta = [
        tf.cast(x, tf.float64) for x in _of_both(p, q, "alpha", "beta")]
    # A common factor of alpha and beta leaves the mean unchanged.
    log_means = log_ratio(p_alpha, q_alpha) + log_ratio(q_beta, p_beta)
    return q_alpha * _excess(log_means) + _shapes(q_alpha, p_alpha)


def _shapes(q: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
    """The Bregman divergence of ``lgamma(a) - a log(a) + a`` from `p` to `q`.

    If both are large, Stirling's series gives it. Otherwise, the functional equation
    ``lgamma(a) = lgamma(a + n) - log(a) - ... - log(a + n - 1)`` increases them.
    """
    few = tf.minimum(p, q) < 10.
    shift = tf.where(few, 10. * tf.ones_like(q * p), tf.zeros_like(q * p))
    q_up, p_up = q + shift, p + shift
    log_up = log_ratio(q_up, p_up)
    large = 0.5 * _excess(log_up) + stirling_divergence(q_up, p_up)
    steps = np.arange(10.)
    small = (tf.reduce_sum(_excess(log_ratio(
        q[..., tf.newaxis] + steps, p[..., tf.newaxis] + steps)), axis=-1) +
        q_up * _excess(-log_up) - q * _excess(log_ratio(p, q)))
    return large + tf.where(few, small, tf.zeros_like(small))


@_between(Poisson)
def _poisson(p: Poisson, q: Poisson) -> tf.Tensor:
    p_rate, q_rate = _of_both(p, q, "rate")
    never = tf.equal(p_rate, 0.)
    one = tf.ones_like(p_rate)
    before, after = tf.where(never, one, p_rate), tf.where(never, one, q_rate)
    return tf.where(never, q_rate, before * _excess(log_ratio(after, before)))


@_between(Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> tf.Tensor:
    p_logits, q_logits = _of_both(p, q, "logits")
    zeros = tf.zeros_like(p_logits) + tf.zeros_like(q_logits)
    return _between_logits(p_logits + zeros, q_logits + zeros)


@tf.custom_gradient
def _between_logits(p: tf.Tensor, q: tf.Tensor) -> Tuple[tf.Tensor, Callable[..., Any]]:
    """The divergence of Bernoulli distributions, for finite and infinite log-odds."""
    def gradient(upstream: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        by_p = tf.math.multiply_no_nan(p - q, sigmoid(p) * sigmoid(-p))
        # sigmoid(q) - sigmoid(p), by exponentials of negative numbers.
        step = _step(p, q)
        by_q = tf.where(
            step >= 0., -sigmoid(q) * sigmoid(-p) * expm1(tf.minimum(-step, 0.)),
            sigmoid(p) * sigmoid(-q) * expm1(tf.minimum(step, 0.)))
        return upstream * by_p, upstream * by_q

    # After the flip, success is the less probable outcome under p.
    flipped = p > 0.
    x, y = tf.where(flipped, -p, p), tf.where(flipped, -q, q)
    chance, step = sigmoid(x), y - x
    near = tf.abs(step) < 1.
    step = tf.where(near, step, tf.zeros_like(step))
    small = chance * _excess(step) - _excess(log1p(chance * expm1(step)))
    large = (tf.math.multiply_no_nan(softplus(-y) - softplus(-x), chance) +
             sigmoid(-x) * (softplus(y) - softplus(x)))
    return tf.where(near, small, large), gradient


def _step(p: tf.Tensor, q: tf.Tensor) -> tf.Tensor:
    """``q - p``, and 0 for equal infinities."""
    is_certain = tf.logical_and(tf.equal(p, q), tf.math.is_inf(p))
    return tf.where(is_certain, tf.zeros_like(q - p), q - p)


@_between(Geometric)
def _geometric(p: Geometric, q: Geometric) -> tf.Tensor:
    p_logits, q_logits = _of_both(p, q, "logits")
    # In this range the result depends on the ratio of the probabilities, which may
    # underflow.
    rare = tf.logical_and(p_logits < -60., q_logits < -40.)
    step = _step(p_logits, q_logits)
    zeros = tf.zeros_like(step)
    usual = _between_logits(*[tf.where(rare, zeros, x) for x in (p_logits, q_logits)])
    return tf.where(rare, _excess(step),
                    usual / sigmoid(tf.where(rare, zeros, p_logits)))


@_between(Categorical, OnehotCategorical)
def _categorical(p: Distribution, q: Distribution) -> tf.Tensor:
    p_logits, q_logits = _of_both(p, q, "logits")
    zeros = tf.zeros_like(p_logits) + tf.zeros_like(q_logits)
    return _between_softmaxes(p_logits + zeros, q_logits + zeros)


@tf.custom_gradient
def _between_softmaxes(p: tf.Tensor,
                       q: tf.Tensor) -> Tuple[tf.Tensor, Callable[..., Any]]:
    """``sum(p log(p / q))`` over the categories that occur."""
    def gradient(upstream: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        upstream = upstream[..., tf.newaxis]
        log_p, change, masses = _masses(p, q)
        total = tf.reduce_sum(masses, axis=-1, keepdims=True)
        by_p = tf.math.multiply_no_nan(-change - total, tf.exp(log_p))
        return upstream * by_p, upstream * (tf.nn.softmax(q) - tf.nn.softmax(p))

    *_, masses = _masses(p, q)
    return tf.reduce_sum(masses, axis=-1), gradient


def _masses(p: tf.Tensor, q: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """``log(p)``, ``log(q / p)`` and ``q - p - p log(q / p)`` of each category."""
    log_p, log_q = tf.nn.log_softmax(p), tf.nn.log_softmax(q)
    change = log_q - log_p
    near = tf.abs(change) < 1.
    chance = tf.exp(log_p)
    small = chance * _excess(tf.where(near, change, tf.zeros_like(change)))
    large = tf.exp(log_q) - chance - tf.math.multiply_no_nan(change, chance)
    return log_p, change, tf.where(near, small, large)


@_between(Beta)
def _beta(p: Beta, q: Beta) -> tf.Tensor:
    return _between_dirichlets(*[tf.stack(maybe_explicit_broadcast(
        each.alpha, each.beta, "alpha", "beta"), axis=-1) for each in (p, q)])


@_between(Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> tf.Tensor:
    return _between_dirichlets(p.alpha, q.alpha)


def _between_dirichlets(p: tf.Tensor, q: tf.Tensor) -> tf.Tensor:
    p, q = tf.cast(p, tf.float64), tf.cast(q, tf.float64)
    p_total, q_total = tf.reduce_sum(p, axis=-1), tf.reduce_sum(q, axis=-1)
    log_totals = log_ratio(p_total, q_total, tf.reduce_sum(p - q, axis=-1))
    log_means = log_ratio(p, q) - log_totals[..., tf.newaxis]
    return (tf.reduce_sum(q * _excess(log_means) + _shapes(q, p), axis=-1) -
            _shapes(q_total, p_total))


@_between(MultivariateNormalDiag)
def _diag(p: MultivariateNormalDiag, q: MultivariateNormalDiag) -> tf.Tensor:
    p_mean, q_mean, p_std, q_std = _of_both(p, q, "mean", "std")
    return tf.reduce_sum(_scales(p_std, q_std) +
                         0.5 * tf.square((p_mean - q_mean) / q_std), axis=-1)


@_between(MultivariateNormalCholesky)
def _cholesky(p: MultivariateNormalCholesky,
              q: MultivariateNormalCholesky) -> tf.Tensor:
    p_tril, q_tril = [tf.linalg.band_part(x, -1, 0)
                      for x in _of_both(p, q, "cov_tril")]
    p_mean, q_mean = _of_both(p, q, "mean")
    sizes = [tf.abs(tf.linalg.diag_part(x)) for x in (p_tril, q_tril)]
    below = _tf.triangular_solve(q_tril, p_tril - q_tril)
    below = tf.linalg.set_diag(below, tf.zeros_like(tf.linalg.diag_part(below)))
    shift = _tf.triangular_solve(q_tril, (p_mean - q_mean)[..., tf.newaxis])
    return (tf.reduce_sum(_scales(*sizes), axis=-1) + 0.5 * (
        tf.reduce_sum(tf.square(below), axis=[-2, -1]) +
        tf.reduce_sum(tf.square(shift), axis=[-2, -1])))
