"""Estimators for Categorical latents: exact by enumeration, and their variance.

z ~ Categorical(prior), x ~ N(weights[z], 1), q = Categorical(logits), all of three
values. Expectations are sums over all tuples of samples, so nothing here is random.
"""
import itertools

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from estimators import gradients
from scipy import special, stats

import zhusuan as zs

X = 1.3
PARAMETERS = [np.array(p) for p in (
    [0.3, -1.2, 0.5], [2., -0.7, 0.4], [-0.4, 0.9, 0.1])]  # prior, weights, logits


class Given(zs.distributions.Categorical):
    """A Categorical whose samples are given instead of drawn."""

    def __init__(self, values, logits):
        super().__init__(logits)
        self._values = values

    def _sample(self, n_samples):
        return tf.constant(self._values, self.dtype)


def all_tuples(n_samples):
    """All values of `n_samples` draws: int32 [n_samples, n]."""
    return np.array(list(itertools.product(
        range(3), repeat=n_samples)), np.int32).T


def posterior(values, logits):
    """q(z) with `values` [K, n] for samples, from `logits` [n, 3]."""
    bn = zs.BayesianNet()
    bn.stochastic("z", Given(values, logits), n_samples=values.shape[0])
    return bn


def model(prior, weights):
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = bn.categorical("z", prior)
        bn.normal("x", tf.gather(weights, z), std=np.float64(1.))
        return bn
    return build()


# -- Exact values, by numpy and scipy alone ----------------------------------------

def log_weights_and_q(prior, weights, logits):
    """log p(x, z) - log q(z), and q(z), for the three values of z."""
    log_q = special.log_softmax(logits)
    return (stats.norm.logpdf(X, weights) + special.log_softmax(prior) - log_q,
            np.exp(log_q))


def bound(n_samples, objective, *parameters):
    """The expectation of `objective` of log weights [K, n], over all tuples."""
    log_weights, q = log_weights_and_q(*parameters)
    which = all_tuples(n_samples)
    return q[which].prod(0) @ objective(log_weights[which])


def elbo(log_weights):
    return log_weights.mean(0)


def importance_weighted(log_weights):
    return special.logsumexp(log_weights, 0) - np.log(len(log_weights))


def slopes(f, parameters, h=1e-5):
    """The gradients of `f(*parameters)`, by central differences."""
    result = []
    for i, p in enumerate(parameters):
        def moved(step, i=i, p=p):
            return f(*parameters[:i], p + step, *parameters[i + 1:])
        result.append([(moved(step) - moved(-step)) / (2 * h)
                       for step in h * np.eye(len(p))])
    return result


def inclusive_kl_gradient(n_samples, *parameters):
    """- E[sum_k w_k grad log q(z_k)], with grad log q(z) = onehot(z) - q."""
    log_weights, q = log_weights_and_q(*parameters)
    which = all_tuples(n_samples)
    w = special.softmax(log_weights[which], 0)
    score = np.eye(3)[which] - q
    return -q[which].prod(0) @ (w[..., None] * score).sum(0)


# -- Expectations ------------------------------------------------------------------

def expected_gradients(n_samples, make_cost):
    """Of `make_cost(model, q)` to prior, weights and logits."""
    values = all_tuples(n_samples)

    def step(*parameters):
        def cost(prior, weights, logits):
            q = posterior(values, tf.tile(logits[None], [values.shape[1], 1]))
            p = tf.stop_gradient(tf.exp(tf.reduce_sum(q["z"].cond_log_p, 0)))
            return tf.reduce_sum(p * make_cost(model(prior, weights), q))
        return gradients(cost, *parameters)
    return step


def reinforce(model, q):
    return zs.variational.elbo(
        model, {"x": np.float64(X)}, variational=q, axis=0).reinforce()


def vimco(model, q):
    return zs.variational.iw_objective(
        model, {"x": np.float64(X)}, variational=q, axis=0).vimco()


def importance(model, q):
    return zs.variational.klpq(
        model, {"x": np.float64(X)}, variational=q, axis=0).importance()


@pytest.mark.parametrize("make_cost, n_samples, objective", [
    (reinforce, 1, elbo), (reinforce, 2, elbo),
    (vimco, 2, importance_weighted), (vimco, 3, importance_weighted)])
def test_expected_gradient_is_exact(mode, make_cost, n_samples, objective):
    estimates = modes.run(mode, expected_gradients(n_samples, make_cost), *PARAMETERS)
    exact = slopes(lambda *p: bound(n_samples, objective, *p), PARAMETERS)
    np.testing.assert_allclose(estimates, -np.array(exact), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("n_samples", [2, 3])
def test_expected_importance_gradient(mode, n_samples):
    prior, weights, logits = modes.run(
        mode, expected_gradients(n_samples, importance), *PARAMETERS)
    assert prior is None and weights is None  # the model is a constant
    np.testing.assert_allclose(
        logits, inclusive_kl_gradient(n_samples, *PARAMETERS), rtol=1e-10)


# -- Variance ----------------------------------------------------------------------

def vimco_variance(n_samples):
    """Of the gradient to the logits: the exact sum over its coordinates."""
    values, (prior, weights, logits) = all_tuples(n_samples), PARAMETERS

    def per_tuple(logits):
        return gradients(lambda logits: tf.reduce_sum(vimco(
            model(prior, weights), posterior(values, logits))), logits)[0]
    _, q = log_weights_and_q(*PARAMETERS)
    tiled = np.tile(logits, [values.shape[1], 1])
    return variance(modes.run("eager", per_tuple, tiled), q[values].prod(0))


def score_function_variance(n_samples, baseline):
    """The same with one baseline for all samples, a function of E and of L."""
    log_weights, q = log_weights_and_q(*PARAMETERS)
    values = all_tuples(n_samples)
    p, log_w = q[values].prod(0), log_weights[values]
    score = np.eye(3)[values] - q
    value = importance_weighted(log_w)
    signal = value - baseline(p @ value)
    through_weights = (special.softmax(log_w, 0)[..., None] * -score).sum(0)
    return variance(-(signal[:, None] * score.sum(0) + through_weights), p)


def variance(x, p):
    return (p @ (x - p @ x) ** 2).sum()


def test_vimco_has_less_variance_than_a_common_baseline():
    """Than with the mean of the bound, as in REINFORCE, and than without any.

    Mnih and Rezende, 2016, section 2.4: samples get no credit for what others did, the
    more so the more there are.
    """
    ratios = []
    for n_samples in (2, 3, 5):
        with_mean = score_function_variance(n_samples, lambda mean: mean)
        assert with_mean < score_function_variance(n_samples, lambda mean: 0.)
        ratios.append(vimco_variance(n_samples) / with_mean)
    assert 1 > ratios[0] > ratios[1] > ratios[2] and ratios[2] < 0.5
