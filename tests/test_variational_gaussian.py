"""Estimators that differentiate through samples, on a model of normals.

z ~ N(0, 1), x ~ N(z + offset, 0.7^2), q = N(loc, exp(logstd)^2). Expectations
are sums over a quadrature, so that they hold to many digits, not statistically.
"""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from estimators import fixed_noise, gradients, normal_quadrature

import zhusuan as zs

X, STD = 1.3, 0.7
PARAMETERS = [np.float64(p) for p in (0.4, -0.3, -0.2)]  # offset, loc, logstd


def log_joint(values, offset):
    z = values["z"]
    return (zs.distributions.Normal(np.float64(0.), std=np.float64(1.)).log_prob(z)
            + zs.distributions.Normal(z + offset, std=np.float64(STD)).log_prob(X))


def posterior(noise, loc, logstd):
    q = zs.BayesianNet()
    batch = tf.zeros_like(noise[0])
    q.stochastic("z", fixed_noise(noise, loc + batch, logstd=logstd + batch),
                 n_samples=noise.shape[0])
    return q


def expected_gradients(n_samples, make_cost):
    """Of `make_cost(model, q)` to offset, loc and logstd."""
    noise, p = normal_quadrature(n_samples)

    def step(*parameters):
        def cost(offset, loc, logstd):
            return tf.reduce_sum(p * make_cost(
                lambda values: log_joint(values, offset),
                posterior(noise, loc, logstd)))
        return gradients(cost, *parameters)
    return step


def exact_elbo_gradients(offset, loc, logstd):
    residual, variance = X - offset - loc, np.exp(2 * logstd)
    return [residual / STD ** 2, residual / STD ** 2 - loc,
            1 - variance * (1 / STD ** 2 + 1)]


def exact_iw_gradients(*parameters, power=1.):
    """By an integral over z on a fixed grid, so by the gradient of densities."""
    grid = np.linspace(-9., 9., 361)
    pairs = np.stack([g.ravel() for g in np.meshgrid(grid, grid)])

    def objective(offset, loc, logstd):
        log_q = (-0.5 * tf.square((pairs - loc) / tf.exp(logstd)) - logstd
                 - 0.5 * np.log(2 * np.pi))
        log_weights = log_joint({"z": tf.constant(pairs)}, offset) - log_q
        bound = (tf.reduce_logsumexp(power * log_weights, 0) - np.log(2)) / power
        return tf.reduce_sum(tf.exp(tf.reduce_sum(log_q, 0)) * bound) * (
            grid[1] - grid[0]) ** 2
    return modes.run("eager", lambda *p: gradients(objective, *p), *parameters)


def sgvb(model, q):
    return zs.variational.elbo(model, {}, variational=q, axis=0).sgvb()


def sticking_the_landing(model, q):
    return zs.variational.elbo(model, {}, variational=q, axis=0).sgvb(
        path_derivative=True)


def iw_sgvb(model, q):
    return zs.variational.iw_objective(model, {}, variational=q, axis=0).sgvb()


def iw_vimco(model, q):
    """Of reparameterized latents: the gradient of the samples, once."""
    return zs.variational.iw_objective(model, {}, variational=q, axis=0).vimco()


def dreg(model, q):
    return zs.variational.iw_objective(model, {}, variational=q, axis=0).dreg()


def reinforce(model, q):
    return zs.variational.elbo(model, {}, variational=q, axis=0).reinforce()


def renyi(model, q):
    return zs.variational.renyi_bound(model, {}, 0.5, axis=0, variational=q).sgvb()


@pytest.mark.parametrize("make_cost", [sgvb, sticking_the_landing, reinforce])
def test_expected_elbo_gradient_is_exact(mode, make_cost):
    values = modes.run(mode, expected_gradients(1, make_cost), *PARAMETERS)
    np.testing.assert_allclose(
        values, -np.array(exact_elbo_gradients(*PARAMETERS)), rtol=1e-8)


@pytest.mark.parametrize("make_cost", [iw_sgvb, dreg, iw_vimco])
def test_expected_importance_weighted_gradient(mode, make_cost):
    values = modes.run(mode, expected_gradients(2, make_cost), *PARAMETERS)
    np.testing.assert_allclose(
        values, -np.array(exact_iw_gradients(*PARAMETERS)), rtol=1e-5, atol=1e-6)


def test_expected_renyi_gradient(mode):
    values = modes.run(mode, expected_gradients(2, renyi), *PARAMETERS)
    np.testing.assert_allclose(
        values, -np.array(exact_iw_gradients(*PARAMETERS, power=0.5)),
        rtol=1e-5, atol=1e-6)


# -- Variance, measured over the noise ---------------------------------------------

def gradient_deviation(make_cost, n_samples, parameters, n=4000):
    """The standard deviation of the gradients to loc and logstd, of n repetitions."""
    noise = np.random.RandomState(1).normal(size=[n_samples, n])
    offset, loc, logstd = parameters

    def per_repetition(loc, logstd):
        def cost(loc, logstd):
            q = zs.BayesianNet()
            q.stochastic("z", fixed_noise(noise, loc, logstd=logstd),
                         n_samples=n_samples)
            return tf.reduce_sum(make_cost(
                lambda values: log_joint(values, offset), q))
        return gradients(cost, loc, logstd)
    return np.std(modes.run("eager", per_repetition, np.full(n, loc),
                            np.full(n, logstd)), axis=1)


def score_function(model, q):
    """REINFORCE of the same posterior, its samples taken as constants."""
    node = q["z"]
    q = zs.BayesianNet()
    q.stochastic("z", Constants(node.tensor, node.dist), n_samples=1)
    return zs.variational.elbo(model, {}, variational=q, axis=0).reinforce()


class Constants(zs.distributions.Normal):
    """The same distribution, not reparameterized, with given samples."""

    def __init__(self, values, dist):
        super().__init__(dist.mean, logstd=dist.logstd, is_reparameterized=False)
        self._values = values

    def _sample(self, n_samples):
        return self._values


@pytest.mark.parametrize("estimator, plain, n_samples", [
    (sticking_the_landing, sgvb, 1), (dreg, iw_sgvb, 5)])
def test_path_derivatives_have_no_variance_at_the_posterior(
        estimator, plain, n_samples):
    """Where q is the exact one; Roeder 2017, section 3; Tucker 2019, section 3."""
    precision = 1 + 1 / STD ** 2
    at_posterior = (0.4, (X - 0.4) / STD ** 2 / precision, -np.log(precision) / 2)
    assert gradient_deviation(estimator, n_samples, at_posterior).max() < 1e-12
    assert gradient_deviation(plain, n_samples, at_posterior).min() > 0.1


def test_score_function_has_more_variance():
    """At a posterior that is some way off, by more than the 3 % of their own error."""
    assert (gradient_deviation(score_function, 1, PARAMETERS)
            > 1.3 * gradient_deviation(sgvb, 1, PARAMETERS)).all()


def test_doubly_reparameterized_has_less_variance():
    """With 50 samples, Tucker 2019, figure 1."""
    assert (1.3 * gradient_deviation(dreg, 50, PARAMETERS)
            < gradient_deviation(iw_sgvb, 50, PARAMETERS)).all()


# -- The Renyi bound --------------------------------------------------------------

def test_renyi_bounds_are_ordered_and_include_known_bounds(mode):
    noise = np.random.RandomState(2).normal(size=[6, 3])
    alphas = [-np.inf, -2., 0., 0.5, 1., 3., np.inf]

    def bounds(offset, loc, logstd):
        q = posterior(noise, loc, logstd)
        model = lambda values: log_joint(values, offset)  # noqa: E731
        known = [zs.variational.iw_objective(model, {}, variational=q, axis=0),
                 zs.variational.elbo(model, {}, variational=q, axis=0)]
        return [b.tensor for b in [zs.variational.renyi_bound(
            model, {}, alpha, axis=0, variational=q) for alpha in alphas] + known]
    values = np.array(modes.run(mode, bounds, *PARAMETERS))
    assert (np.diff(values[:len(alphas)], axis=0) < 0).all()
    np.testing.assert_allclose(values[[2, 4]], values[len(alphas):], rtol=1e-12)


# -- Errors -----------------------------------------------------------------------

def test_dreg_rejects_models_that_recreate_variables():
    @zs.meta_bayesian_net(scope="model")
    def model():
        bn = zs.BayesianNet()
        bn.normal("z", tf.Variable(0., name="prior_loc"), std=1.)
        return bn

    def cost():
        q = zs.BayesianNet()
        q.normal("z", 0., std=1., n_samples=3)
        return zs.variational.iw_objective(
            model(), {}, variational=q, axis=0).dreg()
    with pytest.raises(ValueError, match="prior_loc.*reuse_variables=True"):
        modes.run("eager", cost)


@pytest.mark.parametrize("method", ["elbo", "iw_objective", "renyi_bound"])
def test_sgvb_warns_of_latents_that_are_not_reparameterized(method):
    def cost():
        q = zs.BayesianNet()
        q.normal("unfit", 0., std=1., n_samples=3, is_reparameterized=False)
        options = {"alpha": 0.5} if method == "renyi_bound" else {}
        return getattr(zs.variational, method)(
            lambda values: -values["unfit"] ** 2, {}, variational=q, axis=0,
            **options).sgvb()
    with pytest.warns(UserWarning, match="'unfit'.*reinforce"):
        modes.run("eager", cost)
