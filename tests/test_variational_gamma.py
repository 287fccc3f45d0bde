"""Score function estimators of a Gamma latent, which is not reparameterized.

z ~ Gamma(2, 1), x ~ Poisson(z), q = Gamma(alpha, beta): the ELBO and the posterior
Gamma(2 + x, 2) are known. TensorFlow's Gamma sampler would let gradients through; here
they must not get into the estimate beside the score.

Failure rate 1e-5 for each test and mode: two z-tests at 4.5 standard errors.
"""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from estimators import gradients, z_scores
from scipy.special import polygamma

import zhusuan as zs

X, SHAPE, RATE = 3., 2., 1.  # the datum, and the prior
N = 4000


@zs.meta_bayesian_net()
def model():
    bn = zs.BayesianNet()
    z = bn.gamma("z", np.float64(SHAPE), np.float64(RATE))
    bn.poisson("x", z)
    return bn


def per_sample_gradients(make_cost, n_samples):
    """Gradients to N copies of alpha and beta, each with samples of its own."""
    def step(alpha, beta):
        def cost(alpha, beta):
            with zs.seeded(4):
                q = zs.BayesianNet()
                q.gamma("z", alpha, beta, n_samples=n_samples)
                return tf.reduce_sum(make_cost(q))
        copies = tf.ones([N], alpha.dtype)
        return gradients(cost, alpha * copies, beta * copies)
    return step


def reinforce(q):
    return zs.variational.elbo(
        model(), {"x": X}, variational=q, axis=0).reinforce(variance_reduction=False)


def vimco(q):
    return zs.variational.iw_objective(
        model(), {"x": X}, variational=q, axis=0).vimco()


def importance(q):
    return zs.variational.klpq(
        model(), {"x": X}, variational=q, axis=0).importance()


def exact_elbo_gradients(alpha, beta):
    """E[log z] = psi(alpha) - log(beta), E[z] = alpha / beta, and the entropy
    alpha - log(beta) + log Gamma(alpha) + (1 - alpha) psi(alpha)."""
    power, rate = SHAPE - 1 + X, RATE + 1
    to_alpha = power * polygamma(1, alpha) - rate / beta
    to_beta = -power / beta + rate * alpha / beta ** 2
    return (to_alpha + 1 + (1 - alpha) * polygamma(1, alpha),
            to_beta - 1 / beta)


def test_expected_reinforce_gradient(mode):
    """0.4 had the sign of the gradient to alpha wrong."""
    alpha, beta = 1.7, 1.1
    estimates = modes.run(mode, per_sample_gradients(reinforce, 1),
                          np.float64(alpha), np.float64(beta))
    for estimate, exact in zip(estimates, exact_elbo_gradients(alpha, beta)):
        assert abs(z_scores(-estimate, exact)) < 4.5


@pytest.mark.parametrize("make_cost", [reinforce, vimco, importance])
def test_no_expected_gradient_at_the_posterior(mode, make_cost):
    """The bounds are tight there, and the divergence zero."""
    estimates = modes.run(mode, per_sample_gradients(make_cost, 5),
                          np.float64(SHAPE + X), np.float64(RATE + 1))
    for estimate in estimates:
        assert np.std(estimate) < 1e-9 or abs(z_scores(estimate, 0.)) < 4.5
