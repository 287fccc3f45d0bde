"""`zs.variational.fit` against closed forms."""
import modes
import numpy as np
import pytest
import scipy.stats as st
import tensorflow.compat.v2 as tf
from chains import eagerly

import zhusuan as zs

OPTIONS = {"seed": 1, "progress_bar": False, "jit_compile": False}

# Bayesian linear regression with correlated columns: a normal posterior.
DESIGN = np.random.RandomState(0).standard_normal([40, 3]) @ np.array(
    [[1., 0.9, 0.], [0., 0.4, 0.], [0., 0., 0.2]])
TARGET = DESIGN @ np.array([1., -2., 0.5]) + 0.5 * np.random.RandomState(
    1).standard_normal(40)
PRECISION = DESIGN.T @ DESIGN / 0.25 + np.eye(3)
COVARIANCE = np.linalg.inv(PRECISION)
MEAN = COVARIANCE @ DESIGN.T @ TARGET / 0.25
EVIDENCE = st.multivariate_normal.logpdf(
    TARGET, np.zeros(40), DESIGN @ DESIGN.T + 0.25 * np.eye(40))


@zs.meta_bayesian_net()
def build_regression(x):
    bn = zs.BayesianNet()
    w = bn.normal("w", tf.zeros([3], tf.float64), std=1., group_ndims=1)
    bn.normal("y", tf.linalg.matvec(x, w), std=0.5, group_ndims=1)
    return bn


def fit_regression(posterior, **options):
    return zs.variational.fit(
        build_regression(DESIGN), {"y": TARGET}, posterior, **dict(OPTIONS, **options))


def moments(fit):
    """The mean and the covariance of a normal posterior."""
    dist = fit.posterior._distribution()
    root = np.tril(dist.cov_tril.numpy())
    return dist.mean.numpy(), root @ root.T


def test_full_rank_is_the_posterior_of_linear_regression():
    """The gradient has no variance there, so that errors are far below 1e-2 sd."""
    with eagerly():
        fit = fit_regression("multivariate_normal", n_steps=3000)
        mean, covariance = moments(fit)
    sd = np.sqrt(np.diag(COVARIANCE))
    assert np.max(np.abs(mean - MEAN) / sd) < 1e-3
    assert np.max(np.abs(covariance - COVARIANCE) / np.outer(sd, sd)) < 5e-3
    assert abs(fit.log_evidence.value - EVIDENCE) < 1e-3
    assert fit.is_complete and fit.is_converged and fit.n_done == 3000
    assert fit.estimators == {"w": "path_derivative"}
    assert len(fit.history["bound"]) == 3000


def test_low_rank_is_the_posterior_of_linear_regression():
    with eagerly():
        fit = fit_regression("low_rank_normal", n_steps=3000)
        draws = fit.draws(20000)["w"]
    # Failure rate 1e-4: 4.5 standard errors, and the same for standard deviations.
    sd = np.sqrt(np.diag(COVARIANCE))
    assert np.all(np.abs(draws.mean(0) - MEAN) < 4.5 * sd / 20000 ** 0.5 + 1e-3 * sd)
    assert np.all(np.abs(draws.std(0) / sd - 1.) < 4.5 / 40000 ** 0.5 + 0.05)
    assert abs(fit.log_evidence.value - EVIDENCE) < 1e-2


def test_mean_field_has_the_variances_of_its_closed_form():
    """1 / diag(precision); the bound is lower by log(det(P) / prod(diag P)) / 2."""
    with eagerly():
        fit = fit_regression("mean_field", n_steps=4000)
        dist = fit.posterior._distribution()
        mean, std = dist.mean.numpy(), dist.std.numpy()
    exact = 1. / np.sqrt(np.diag(PRECISION))
    np.testing.assert_allclose(std, exact, rtol=0.02)
    assert np.max(np.abs(mean - MEAN) / exact) < 0.3
    gap = 0.5 * (np.sum(np.log(np.diag(PRECISION))) - np.linalg.slogdet(PRECISION)[1])
    bound = fit.log_evidence
    assert abs(bound.value - (EVIDENCE - gap)) < 4.5 * bound.error + 5e-3


@zs.meta_bayesian_net()
def build_conjugate():
    """A rate with the posterior Gamma(3 + 12, 2 + 3), a chance with Beta(2+5, 2+2)."""
    bn = zs.BayesianNet()
    rate = bn.gamma("rate", tf.constant(3., tf.float64), 2.)
    chance = bn.beta("chance", tf.constant(2., tf.float64), 2.)
    bn.poisson("x", rate[..., tf.newaxis] * tf.ones([3], tf.float64), group_ndims=1)
    bn.bernoulli("y", tf.math.log(chance / (1. - chance))[..., tf.newaxis] * tf.ones(
        [7], tf.float64), group_ndims=1)
    return bn


COUNTS = {"x": [3, 4, 5], "y": [1, 1, 1, 1, 1, 0, 0]}
RATE, CHANCE = st.gamma(15., scale=0.2), st.beta(7., 4.)


def test_delta_is_the_mode_of_the_model_as_it_is_written():
    """Without the Jacobian: (a - 1) / b and (a - 1) / (a + b - 2)."""
    with eagerly():
        fit = zs.variational.fit(build_conjugate(), COUNTS, "delta", n_steps=2000,
                                 n_particles=1, **OPTIONS)
    np.testing.assert_allclose(fit["rate"], 14. / 5., rtol=1e-4)
    np.testing.assert_allclose(fit["chance"], 6. / 9., rtol=1e-4)


def test_delta_with_jacobian_is_the_mode_in_unconstrained_space():
    """a / b and a / (a + b)."""
    with eagerly():
        model = build_conjugate()
        posterior = zs.variational.posteriors.Delta(
            model, COUNTS, has_jacobian=True, seed=1)
        fit = zs.variational.fit(model, COUNTS, posterior, n_steps=2000,
                                 n_particles=1, **OPTIONS)
    np.testing.assert_allclose(fit["rate"], 15. / 5., rtol=1e-4)
    np.testing.assert_allclose(fit["chance"], 7. / 11., rtol=1e-4)


def test_mean_field_has_the_moments_of_conjugate_posteriors():
    """A normal in unconstrained space is near these; draws are in the support."""
    with eagerly():
        fit = zs.variational.fit(build_conjugate(), COUNTS, n_steps=3000, **OPTIONS)
        draws = fit.draws(20000)
    assert np.all(draws["rate"] > 0.) and np.all((draws["chance"] > 0.) & (
        draws["chance"] < 1.))
    for name, exact in ("rate", RATE), ("chance", CHANCE):
        assert abs(draws[name].mean() - exact.mean()) < 0.05 * exact.std()
        assert abs(draws[name].std() / exact.std() - 1.) < 0.05
    summary = fit.summary()
    assert summary.names == ["rate", "chance"]
    assert list(summary.columns) == ["mean", "sd", "5%", "50%", "95%"]


@pytest.mark.slow
def test_minibatches_are_scaled_to_all_data():
    """Of rows, whose covariates are arguments of the model function; of a Dataset."""
    rows = {"x": DESIGN, "y": TARGET}
    with eagerly():
        batches = tf.data.Dataset.from_tensor_slices(rows).batch(8)
        for data, options in (rows, {"batch_size": 8}), (batches, {"n_data": 40}):
            fit = zs.variational.fit(
                build_regression, posterior="multivariate_normal", data=data,
                n_steps=4000, n_particles=4, **dict(OPTIONS, **options))
            mean, covariance = moments(fit)
            sd = np.sqrt(np.diag(COVARIANCE))
            assert np.max(np.abs(mean - MEAN) / sd) < 0.25
            assert np.max(np.abs(np.sqrt(np.diag(covariance)) / sd - 1.)) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("objective, estimator", [
    ("elbo", "sgvb"), ("importance_weighted", "auto"), ("renyi", "auto"),
    ("klpq", "auto")])
def test_other_objectives_find_the_posterior(objective, estimator):
    """Each is exact where the family contains the posterior."""
    with eagerly():
        fit = zs.variational.fit(
            build_conjugate(), COUNTS, "multivariate_normal", 1500,
            objective=objective, estimator=estimator, n_particles=20, **OPTIONS)
        draws = fit.draws(4000)
    for name, exact in ("rate", RATE), ("chance", CHANCE):
        assert abs(draws[name].mean() - exact.mean()) < 0.15 * exact.std()
        assert abs(draws[name].std() / exact.std() - 1.) < 0.2
    assert set(fit.estimators.values()) == {{
        "elbo": "sgvb", "importance_weighted": "dreg", "renyi": "sgvb",
        "klpq": "importance"}[objective]}


def test_discrete_latents_use_the_score_function():
    """Beside an automatic posterior: p(z = 1 | x) by Bayes' theorem."""
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = bn.bernoulli("z", 0.)
        m = bn.normal("m", 0., std=0.5)
        bn.normal("x", tf.cast(z, tf.float32) + m, std=1.)
        return bn

    with eagerly():
        automatic = zs.variational.posteriors.MeanField(
            build(), {"x": 2.}, ["m"], seed=1)
        logit = tf.Variable(0.)

        def posterior(n_samples):
            q = zs.BayesianNet()
            q.bernoulli("z", logit, n_samples=n_samples)
            return automatic(n_samples, q)

        fit = zs.variational.fit(build(), {"x": 2.}, posterior, 2000, **OPTIONS)
        assert fit.estimators == {"z": "reinforce", "m": "path_derivative"}
        chance = 1. / (1. + np.exp(-logit.numpy()))
        # Given E[m], the optimum of the mean field is a fixed point.
        mean = 0.25 / 1.25 * (2. - chance)
        np.testing.assert_allclose(
            automatic._distribution().mean.numpy(), [mean], atol=0.05)
        np.testing.assert_allclose(logit.numpy(), 2. - mean - 0.5, atol=0.15)


def test_variables_of_the_model_are_trained():
    """The maximum of the evidence of x ~ N(0, s^2 + 1) for s, where s^2 = 3."""
    with eagerly():
        log_s = tf.Variable(0.)

        @zs.meta_bayesian_net()
        def build():
            bn = zs.BayesianNet()
            z = bn.normal("z", tf.zeros([2]), std=tf.exp(log_s), group_ndims=1)
            bn.normal("x", z, std=1., group_ndims=1)
            return bn

        fit = zs.variational.fit(build(), {"x": [2., -2.]}, n_steps=2000, **OPTIONS)
        assert abs(log_s.numpy() - 0.5 * np.log(3.)) < 0.05
    exact = np.sum(st.norm.logpdf([2., -2.], 0., 2.))
    assert abs(fit.log_evidence.value - exact) < 0.01


@pytest.mark.parametrize("kind", ["graph", "eager", "xla"])
def test_fit_runs_in_every_mode(kind):
    if kind == "xla" and modes.IS_TF1:
        pytest.skip("XLA does not compile programs of TensorFlow 1.15")
    with modes.session() if kind == "graph" else eagerly():
        fit = fit_regression("multivariate_normal", n_steps=2000,
                             jit_compile=kind == "xla")
        draws = fit.draws(20000)["w"]
    sd = np.sqrt(np.diag(COVARIANCE))
    assert np.all(np.abs(draws.mean(0) - MEAN) < 4.5 * sd / 20000 ** 0.5 + 1e-2 * sd)
    assert abs(fit.log_evidence.value - EVIDENCE) < 1e-2
