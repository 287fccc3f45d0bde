"""`Fit.diagnose` against ArviZ, SciPy and exact posteriors."""
import modes
import numpy as np
import pytest
import scipy.stats as st
import tensorflow.compat.v2 as tf
from chains import eagerly
from test_fit import (
    CHANCE,
    COUNTS,
    COVARIANCE,
    DESIGN,
    MEAN,
    OPTIONS,
    RATE,
    TARGET,
    build_conjugate,
    build_regression,
    fit_regression,
)

import zhusuan as zs
from zhusuan.variational._pareto_smoothing import (
    fit_generalized_pareto,
    smooth_log_weights,
)


@pytest.mark.parametrize("shape", [-0.3, 0.1, 0.6, 1.2])
def test_generalized_pareto_fit_recovers_the_shape(shape):
    """Failure rate 1e-4 each: 4 asymptotic errors (1 + k) / sqrt(n); k > -0.5."""
    n = 10000
    x = np.sort(st.genpareto(shape, scale=2.).rvs(n, random_state=1))
    k_hat, scale = fit_generalized_pareto(x)
    assert abs(k_hat - shape) < 4. * (1. + shape) / n ** 0.5 + 2e-3
    assert abs(scale / 2. - 1.) < 4. * (2. * (1. + shape)) ** 0.5 / n ** 0.5 + 2e-3


@pytest.mark.parametrize("spread", [0.01, 1., 4.])
@pytest.mark.parametrize("n", [100, 1001, 5000])
def test_smoothed_weights_match_arviz(n, spread):
    arviz = pytest.importorskip("arviz", reason="needs ArviZ (not on Python 3.7)")
    log_weights = spread * np.random.RandomState(n).standard_t(4, size=n) - 500.
    smoothed, k_hat = smooth_log_weights(log_weights)
    expected, expected_k_hat = arviz.psislw(log_weights)
    np.testing.assert_allclose(k_hat, expected_k_hat, rtol=1e-6)
    np.testing.assert_allclose(smoothed, expected, rtol=1e-6)


def test_k_hat_of_equal_and_of_single_weights():
    """Equal weights, also up to rounding; one draw with all of the weight."""
    state = np.random.RandomState(0)
    levels = -50. + 7e-15 * state.randint(3, size=1000)
    for equal in np.zeros(1000), levels:
        smoothed, k_hat = smooth_log_weights(equal)
        assert k_hat < 0.
        np.testing.assert_allclose(smoothed, -np.log(1000.))
    single = np.full(1000, -2000.)
    single[7] = 0.
    smoothed, k_hat = smooth_log_weights(single)
    assert k_hat == np.inf and np.argmax(smoothed) == 7


def test_k_hat_is_low_where_the_family_contains_the_posterior():
    with eagerly():
        exact = zs.laplace(build_regression(DESIGN), {"y": TARGET}, seed=1).diagnose()
        trained = fit_regression("multivariate_normal", n_steps=1000).diagnose()
    for diagnosis in exact, trained:
        assert diagnosis.k_hat < 0.5
        assert diagnosis.ess > 19500.
        assert diagnosis.draws["w"].shape == (20000, 3)
        # Failure rate 1e-4: 4.5 standard errors.
        sd = np.sqrt(np.diag(COVARIANCE))
        assert np.all(np.abs(
            diagnosis.draws["w"].mean(0) - MEAN) < 4.5 * sd / 20000 ** 0.5)


def test_resampled_draws_have_the_moments_of_the_posterior():
    """Gamma and Beta posteriors, which no normal distribution has."""
    with eagerly():
        fit = zs.laplace(build_conjugate(), COUNTS, seed=1)
        diagnosis = fit.diagnose()
    assert diagnosis.k_hat < 0.7 and 10000. < diagnosis.ess < 20000.
    np.testing.assert_allclose(np.sum(np.exp(diagnosis.log_weights)), 1.)
    summary = diagnosis.summary()
    assert summary.names == ["rate", "chance"]
    for i, exact in enumerate((RATE, CHANCE)):
        # Failure rate 1e-5: 4.5 standard errors.
        assert abs(summary["mean"][i] - exact.mean()) < 4.5 * exact.std() / 100.
        assert abs(summary["sd"][i] / exact.std() - 1.) < 0.05


def test_k_hat_of_mean_field_on_a_funnel_is_high():
    """Failure rate below 1/40: none of 40 seeds has 0.7 or less, by NumPy."""
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        v = bn.normal("v", tf.constant(0., tf.float64), std=3.)
        bn.normal("x", tf.zeros([9], tf.float64),
                  std=tf.exp(v.tensor / 2.)[..., tf.newaxis], group_ndims=1)
        return bn

    with eagerly():
        fit = zs.variational.fit(build(), {}, n_steps=2000, **OPTIONS)
        with pytest.warns(UserWarning, match="k-hat of the fit is .*init=fit"):
            diagnosis = fit.diagnose()
    assert diagnosis.k_hat > 0.7
    assert diagnosis.ess < 10000.
    assert "k-hat" in repr(diagnosis)


@pytest.mark.parametrize("kind", ["graph", "eager"])
def test_weights_are_those_of_all_data(kind):
    """Of a fit by minibatches of rows, whose covariates are arguments."""
    with modes.session() if kind == "graph" else eagerly():
        fit = zs.variational.fit(
            build_regression, posterior="multivariate_normal", n_steps=3000,
            data={"x": DESIGN, "y": TARGET}, batch_size=20, n_particles=4, **OPTIONS)
        diagnosis = fit.diagnose()
    assert diagnosis.k_hat < 0.7 and diagnosis.ess > 10000.


def test_diagnose_refuses_what_has_no_weights(tmp_path):
    rows = {"x": DESIGN, "y": TARGET}
    with eagerly():
        delta = fit_regression("delta", n_steps=10, n_particles=1)
        with pytest.raises(ValueError, match="point estimate has no density"):
            delta.diagnose()
        part = zs.variational.fit(build_regression, data=rows, n_data=80, n_steps=10,
                                  **OPTIONS)
        with pytest.raises(ValueError, match="depends on all.*dict of arrays"):
            part.diagnose()
        with pytest.raises(ValueError, match="n_draws must be at least 100"):
            part.diagnose(10)
        part.save(tmp_path / "fit.npz")
        with pytest.raises(ValueError, match="read from a file has no posterior"):
            zs.variational.Fit.load(tmp_path / "fit.npz").diagnose()


def test_weights_of_single_data_raise():
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        bn.normal("z", tf.zeros([2]), std=1.)
        return bn

    with eagerly():
        loc = tf.Variable([0., 0.])

        def posterior(n_samples):
            q = zs.BayesianNet()
            q.normal("z", loc, std=1., n_samples=n_samples)
            return q

        fit = zs.variational.fit(build(), {}, posterior, 10, **OPTIONS)
        with pytest.raises(ValueError, match=r"shape is \(100, 2\).*group_ndims"):
            fit.diagnose()


def test_weights_that_are_not_finite_raise():
    with eagerly():
        fit = fit_regression("mean_field", n_steps=10)
        draws = fit.draws(200)
    for bad, words in (np.nan, "1 of 200 draws are nan"), (-np.inf, "200 of 200"):
        log_weights = np.full(200, bad)
        log_weights[1:] = -np.inf
        fit._weigh = lambda n, seed, x=log_weights: (draws, x)
        with pytest.raises(ValueError, match=words):
            fit.diagnose(200)
