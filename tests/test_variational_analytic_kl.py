"""elbo(analytic_kl=True): the same expectation with less variance."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from estimators import all_tuples, bit_posterior, gradients, normal_quadrature
from test_variational_gaussian import posterior

import zhusuan as zs

PARAMETERS = [np.float64(p) for p in (0.4, -0.3, -0.2)]  # weight, loc, logstd


@zs.meta_bayesian_net()
def chain_model(weight):
    """z ~ N(0, 1), x ~ N(weight z, 0.7^2)."""
    bn = zs.BayesianNet()
    z = bn.normal("z", np.float64(0.), std=1.)
    bn.normal("x", weight * z, std=0.7)
    return bn


def normal_bound(weight, noise, loc, logstd, **options):
    return zs.variational.elbo(
        chain_model(weight), {"x": np.float64(1.3)},
        variational=posterior(noise, loc, logstd), axis=0, **options)


@pytest.mark.parametrize("options", [
    {}, {"kl_weight": 0.3}, {"scale": {"x": 3., "z": 2.}}], ids=str)
def test_same_expectation(mode, options):
    noise, p = normal_quadrature(1)

    def both(*parameters):
        def expected(weight, loc, logstd, analytic_kl):
            return tf.reduce_sum(p * normal_bound(
                weight, noise, loc, logstd, analytic_kl=analytic_kl,
                **options).sgvb())
        return [gradients(lambda *q, a=a: expected(*q, analytic_kl=a), *parameters)
                for a in (True, False)]
    analytic, sampled = modes.run(mode, both, *PARAMETERS)
    np.testing.assert_allclose(analytic, sampled, rtol=1e-8)


def test_divergence_has_no_variance():
    noise = np.random.RandomState(0).normal(size=[1, 50])
    value = modes.run("eager", lambda *p: normal_bound(
        p[0], noise, *p[1:], analytic_kl=True, scale={"x": 0.}).tensor, *PARAMETERS)
    assert np.ptp(value) == 0
    loc, logstd = PARAMETERS[1:]
    np.testing.assert_allclose(
        value[0], -(np.exp(2 * logstd) + loc ** 2 - 1 - 2 * logstd) / 2)


def test_reinforce_with_known_divergence(mode):
    """Expected gradients, summed over all tuples; Bernoulli has a closed form."""
    def costs(prior, logits):
        @zs.meta_bayesian_net()
        def model():
            bn = zs.BayesianNet()
            z = bn.bernoulli("z", prior, group_ndims=1)
            bn.normal("x", tf.reduce_sum(tf.cast(z, prior.dtype), -1), std=1.)
            return bn
        q, p = bit_posterior(logits, all_tuples(2, 2))
        return [tf.reduce_sum(p * zs.variational.elbo(
            model(), {"x": np.float64(1.3)}, variational=q, axis=0,
            analytic_kl=analytic).reinforce()) for analytic in (True, False)]
    parameters = [np.array([0.3, -1.2]), np.array([-0.4, 0.9])]
    analytic, sampled = modes.run(mode, lambda *a: [
        gradients(lambda *b, i=i: costs(*b)[i], *a) for i in (0, 1)], *parameters)
    np.testing.assert_allclose(analytic, sampled, rtol=1e-8)


def two_latents(first, second):
    """The ELBO of a -> b in the model, where q draws `first`, then `second`."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        a = bn.normal("a", 0., std=1.)
        bn.normal("b", a, std=1.)
        return bn
    with zs.seeded(1):
        q = zs.BayesianNet()
        one = q.normal(first, 0.3, std=0.5, n_samples=100)
        q.normal(second, 0.8 * one, std=0.6)
        return zs.variational.elbo(model(), {}, variational=q, axis=0,
                                   analytic_kl=True).tensor, q


def test_a_latent_drawn_before_its_parents_is_estimated():
    """There KL(q(b)||p(b|a)) is not the expectation, for a depends on b."""
    def values():
        bound, q = two_latents("b", "a")
        a, b = q["a"].tensor, q["b"].tensor
        log_p_b = zs.distributions.Normal(a, std=1.).log_prob(b)
        divergence = zs.distributions.kl_divergence(
            q["a"].dist, zs.distributions.Normal(0., std=1.))
        return bound, tf.reduce_mean(log_p_b - q["b"].cond_log_p - divergence)
    bound, expected = modes.run("eager", values)
    np.testing.assert_allclose(bound, expected, rtol=1e-5)


def test_a_child_drawn_after_its_parents_is_exact():
    def values():
        bound, q = two_latents("a", "b")
        a = q["a"].tensor
        return bound, -tf.reduce_mean(
            zs.distributions.kl_divergence(
                q["b"].dist, zs.distributions.Normal(a, std=1.))
            + zs.distributions.kl_divergence(
                q["a"].dist, zs.distributions.Normal(0., std=1.)))
    bound, expected = modes.run("eager", values)
    np.testing.assert_allclose(bound, expected, rtol=1e-5)
