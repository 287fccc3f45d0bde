"""`zs.pathfinder` against exact posteriors and reference moments."""
import warnings

import modes
import numpy as np
import pytest
import scipy.special as sp
import scipy.stats as st
import tensorflow.compat.v2 as tf
from chains import eagerly, gaussian
from test_fit import (
    CHANCE,
    COUNTS,
    COVARIANCE,
    DESIGN,
    EVIDENCE,
    MEAN,
    RATE,
    TARGET,
    build_conjugate,
    build_regression,
)

import zhusuan as zs
from benchmarks import posteriordb
from benchmarks.posteriors import MODELS
from zhusuan._model.local_normal import Density
from zhusuan._model.unconstrained_space import find_starts

D = 10
FACTOR = np.random.RandomState(7).standard_normal([D, 30])
NORMAL_COVARIANCE = FACTOR @ FACTOR.T / 30.


def test_normal_posterior_has_its_mean_and_covariance():
    """In 10 dimensions, with correlations up to 0.4.

    Failure rate 4e-3: 55 and 10 numbers, each within 4 standard errors of as many draws
    as are effective, and 4 errors of the log evidence.
    """
    with eagerly():
        fit = zs.pathfinder(gaussian(np.linalg.inv(NORMAL_COVARIANCE)),
                            latent={"x": np.full(D, 3.)}, seed=1)
        draws = fit.draws(20000)["x"]
        diagnosis = fit.diagnose()
    assert diagnosis.k_hat < 0.5 and diagnosis.ess > 10000.
    n = 10000
    sd = np.sqrt(np.diag(NORMAL_COVARIANCE))
    assert np.all(np.abs(draws.mean(0)) < 4. * sd / n ** 0.5)
    products = np.outer(sd, sd) ** 2 + NORMAL_COVARIANCE ** 2
    assert np.all(np.abs(np.cov(draws.T) - NORMAL_COVARIANCE)
                  < 4. * np.sqrt(products / n))
    exact = 0.5 * np.linalg.slogdet(2. * np.pi * NORMAL_COVARIANCE)[1]
    value, error, is_bound = fit.log_evidence
    assert abs(value - exact) < 4. * error and error < 0.05 and not is_bound


@pytest.mark.parametrize("kind", ["graph", "eager"])
def test_log_evidence_of_linear_regression(kind):
    """Failure rate 3e-3: 3 standard errors, and 4.5 of the means of all draws."""
    with modes.session() if kind == "graph" else eagerly():
        fit = zs.pathfinder(build_regression, {"y": TARGET, "x": DESIGN}, seed=1)
        draws = fit.draws(20000)["w"]
        assert fit["w"].shape == (1000, 3)
    value, error, _ = fit.log_evidence
    assert abs(value - EVIDENCE) < 3. * error and error < 0.02
    sd = np.sqrt(np.diag(COVARIANCE))
    assert np.all(np.abs(draws.mean(0) - MEAN) < 4.5 * sd / 20000 ** 0.5)
    assert np.all(np.abs(draws.std(0) / sd - 1.) < 4.5 / 40000 ** 0.5)


@pytest.mark.slow
def test_graph_and_eager_programs_have_the_same_numbers():
    def run():
        fit = zs.pathfinder(build_conjugate(), COUNTS, seed=3, n_draws=100)
        return fit["rate"], fit.draws(50)["chance"], fit.history["bound"]

    with eagerly():
        eager, again = run(), run()
    with modes.session():
        in_graph = run()
    for x, y, z in zip(eager, again, in_graph):
        np.testing.assert_array_equal(x, y)
        np.testing.assert_allclose(x, z, rtol=1e-6)


def test_constrained_posteriors_are_resampled_exactly():
    """Gamma and Beta posteriors, which no normal distribution has.

    Failure rate 1e-4: 4.5 standard errors of as many draws as are effective, at least
    10000 of 20000.
    """
    with eagerly():
        fit = zs.pathfinder(build_conjugate(), COUNTS, seed=1)
        draws = fit.draws(20000, seed=5)
    for name, exact in ("rate", RATE), ("chance", CHANCE):
        assert abs(draws[name].mean() - exact.mean()) < 4.5 * exact.std() / 100.
        assert abs(draws[name].std() / exact.std() - 1.) < 0.04
    constants = (3. * np.log(2.) - sp.gammaln(3.) - np.sum(sp.gammaln(
        np.array(COUNTS["x"]) + 1.)))
    exact = (constants + sp.gammaln(15.) - 15. * np.log(5.)
             + sp.betaln(7., 4.) - sp.betaln(2., 2.))
    value, error, _ = fit.log_evidence
    assert abs(value - exact) < 3. * error


def two_modes(values):
    """0.25 N(-4, 0.8) + 0.75 N(4, 1), in two dimensions."""
    x = values["x"]
    parts = [np.log(weight) - 0.5 * tf.reduce_sum(tf.square((x - loc) / scale), -1)
             - 2. * np.log(scale) for weight, loc, scale in [
                 (0.25, -4., 0.8), (0.75, 4., 1.)]]
    return tf.reduce_logsumexp(tf.stack(parts), axis=0) - np.log(2. * np.pi)


def test_draws_cover_two_modes_with_their_weights():
    """Of 8 paths, more find one mode than the other one.

    Failure rate 1e-4: 4 standard errors of the share of 20000 draws, and of the
    evidence.
    """
    with eagerly():
        fit = zs.pathfinder(two_modes, latent={"x": np.zeros(2)}, n_paths=8, seed=1)
        draws = fit.draws(20000)["x"]
    share = np.mean(draws[:, 0] < 0.)
    assert abs(share - 0.25) < 4. * (0.25 * 0.75 / 20000) ** 0.5
    value, error, _ = fit.log_evidence
    assert abs(value) < 4. * error and error < 0.02


def test_paths_of_equal_initial_values_begin_apart():
    """The gradient of the two modes is 0 at the only value that is given."""
    def symmetric(values):
        return tf.math.log(tf.cosh(4. * values["x"])) - 0.5 * tf.square(values["x"])

    with eagerly():
        fit = zs.pathfinder(symmetric, latent={"x": np.float64(0.)}, n_paths=6, seed=1)
    assert abs(np.mean(fit["x"] > 0.) - 0.5) < 0.1
    assert abs(np.mean(np.abs(fit["x"])) - 4.) < 0.2


def posterior_of(name):
    return MODELS[posteriordb.posterior(name).model](posteriordb.of_posterior(name))


def check_means(name, draws, tolerance):
    """Errors of means in units of standard deviations, by parameter."""
    for parameter in posteriordb.posterior(name).shapes:
        mean, sd = [posteriordb.reference(name, moment)[parameter]
                    for moment in ("mean", "sd")]
        error = np.abs(np.mean(draws[parameter], axis=0) - mean) / sd
        assert np.all(error < tolerance), parameter


def test_eight_schools_match_reference_moments(data_dir):
    """Up to 0.7 sd of references, since the posterior is not normal; 0.5 for this seed.

    The prior means of "mu" and "tau" are 1.3 sd away, or infinite.
    """
    name = "eight_schools-eight_schools_noncentered"
    with eagerly(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "pathfinder: k-hat")
        posterior = posterior_of(name)
        fit = zs.pathfinder(posterior.model, posterior.observed, seed=1)
        draws = posterior.derive(fit.draws(4000))
    check_means(name, draws, 0.7)


@pytest.mark.parametrize("dtype, unit", [("float32", 10.), ("float64", 1000.)])
def test_units_of_latents(dtype, unit):
    """Standard deviations of 1 / unit and of unit, far from the initial values."""
    def log_joint(values):
        return -0.5 * (tf.square((values["a"] - 2.) * unit)
                       + tf.square((values["b"] - 5. * unit) / unit))

    start = {"a": np.ones([], dtype), "b": np.zeros([], dtype)}
    with eagerly():
        fit = zs.pathfinder(log_joint, latent=start, seed=1)
        draws = fit.draws(10000)
    assert draws["a"].dtype == dtype
    for name, mean, sd in ("a", 2., 1. / unit), ("b", 5. * unit, unit):
        assert abs(draws[name].mean() - mean) < 0.05 * sd
        assert abs(draws[name].std() / sd - 1.) < 0.05
    assert abs(fit.log_evidence.value - np.log(2. * np.pi)) < 0.01


@zs.meta_bayesian_net()
def build_scales():
    bn = zs.BayesianNet()
    bn.half_cauchy("scales", tf.ones([2], tf.float64), group_ndims=1)
    return bn


def test_density_is_zero_where_a_latent_overflows():
    """The Jacobian of exp grows there, but the model has the largest number."""
    with eagerly():
        space, _ = find_starts(build_scales(), {}, 4, seed=1)
        density = Density(space, build_scales(), {}, None, 1)
        x = np.array([[0., 0.], [700., 0.], [710., 0.], [1e8, 0.], [0., -700.]])
        log_probs = density.log_probs(x)
    np.testing.assert_array_equal(np.isneginf(log_probs), [0, 0, 1, 1, 0])
    np.testing.assert_allclose(log_probs[0], -2. * np.log(np.pi))


def test_regression_with_flat_priors_matches_reference_moments(data_dir):
    """From initial values whose density is lower by some 1e6.

    Failure rate 1e-4: 4 errors of 3000 effective draws are 0.07 sd.
    """
    name = "kidiq-kidscore_interaction"
    with eagerly():
        posterior = posterior_of(name)
        fit = zs.pathfinder(posterior.model, posterior.observed, seed=1)
        draws = posterior.derive(fit.draws(4000))
    check_means(name, draws, 0.1)


def test_many_dimensions_have_no_dense_matrix():
    d = 1500

    def log_joint(values):
        return -0.5 * tf.reduce_sum(tf.square(values["x"] - 1.), axis=-1)

    with eagerly():
        fit = zs.pathfinder(
            log_joint, latent={"x": np.zeros(d)}, n_draws=200, n_paths=2, seed=1)
    assert fit.posterior is None and fit["x"].shape == (200, d)
    assert abs(fit["x"].mean() - 1.) < 4.5 / (200 * d) ** 0.5
    assert abs(fit.log_evidence.value - 0.5 * d * np.log(2. * np.pi)) < 0.5


def test_posterior_is_the_normal_distribution_of_one_path():
    with eagerly():
        fit = zs.pathfinder(build_regression(DESIGN), {"y": TARGET}, seed=1)
        trained = zs.variational.fit(
            build_regression(DESIGN), {"y": TARGET}, fit.posterior, n_steps=300, seed=1,
            progress_bar=False, jit_compile=False)
    assert isinstance(fit.posterior, zs.variational.posteriors.MultivariateNormal)
    assert abs(trained.log_evidence.value - EVIDENCE) < 0.05
    assert fit.method == "pathfinder (4 paths)"
    assert fit.n_done == len(fit.history["log_density"]) == len(fit.history["bound"])
    assert np.max(fit.history["bound"]) < EVIDENCE + 0.5


@pytest.mark.slow
def test_chains_start_at_draws_of_all_paths():
    with eagerly():
        fit = zs.pathfinder(two_modes, latent={"x": np.zeros(2)}, n_paths=8, seed=1)
        chains = zs.NUTS().run(
            two_modes, {}, fit.draws(40), n_samples=20, n_warmup=20, seed=1,
            progress_bar=False, jit_compile=False)
        model = build_conjugate()
        conjugate = zs.NUTS().run(
            model, COUNTS, n_samples=300, n_warmup=200, n_chains=4, seed=1,
            init=zs.pathfinder(model, COUNTS, seed=1), progress_bar=False,
            jit_compile=False)
    # Chains do not change their mode.
    n_low = np.sum(chains["x"][-1, :, 0] < 0.)
    assert st.binom(40, 0.25).ppf(1e-4) <= n_low <= st.binom(40, 0.25).isf(1e-4)
    assert abs(conjugate["rate"].mean() - 3.) < 0.3


def test_saved_fit_has_the_same_draws(tmp_path):
    with eagerly():
        fit = zs.pathfinder(build_conjugate(), COUNTS, seed=1, n_draws=50)
        fit.save(tmp_path / "fit.npz")
        loaded = zs.variational.Fit.load(tmp_path / "fit.npz")
    np.testing.assert_array_equal(loaded["rate"], fit["rate"])
    np.testing.assert_array_equal(loaded.history["bound"], fit.history["bound"])
    assert loaded.log_evidence == fit.log_evidence
    assert repr(loaded) == repr(fit)
    assert fit.summary().names == ["rate", "chance"]
    with pytest.raises(ValueError, match="has 50 draws, but n is 60"):
        loaded.draws(60)


@zs.meta_bayesian_net()
def build_half_line():
    """A density that is nan where x is below 0."""
    bn = zs.BayesianNet()
    x = bn.normal("x", tf.constant(1., tf.float64), std=1.)
    bn.normal("y", tf.sqrt(x.tensor), std=1.)
    return bn


def test_failed_paths_are_dropped_with_a_warning():
    values = np.array([1., -1., 2., -2.])
    with eagerly():
        with pytest.warns(UserWarning, match="2 of 4 paths failed, because the log "
                                             "density of the node 'y' is nan"):
            fit = zs.pathfinder(
                build_half_line(), {"y": 1.}, init={"x": values}, seed=1)
    assert fit.method == "pathfinder (2 paths)"
    assert np.all(fit["x"] > 0.)


def test_failure_of_all_paths_raises_with_the_node():
    with eagerly():
        with pytest.raises(ValueError, match="all of 3 paths failed, because the log "
                                             "density of the node 'y' is nan.*'x'"):
            zs.pathfinder(build_half_line(), {"y": 1.}, n_paths=3,
                          init={"x": np.array([-1., -2., -3.])}, seed=1)
        with pytest.raises(ValueError, match="the log joint density is not finite"):
            zs.pathfinder(lambda values: np.nan * values["x"],
                          latent={"x": np.float64(1.)}, seed=1)


def test_density_that_is_finite_at_one_position_only_raises():
    def log_joint(values):
        x = values["x"]
        return tf.where(tf.equal(x, 1.), -x, np.nan * x)

    with eagerly():
        with pytest.raises(ValueError, match="all of 2 paths failed"):
            zs.pathfinder(log_joint, latent={"x": np.float64(1.)}, n_paths=2, seed=1)


def test_large_k_hat_warns():
    def heavy_tailed(values):
        return -tf.reduce_sum(tf.math.log1p(tf.square(values["x"])), axis=-1)

    with eagerly():
        with pytest.warns(UserWarning, match="pathfinder: k-hat .*0.7.*init=fit"):
            fit = zs.pathfinder(heavy_tailed, latent={"x": np.zeros(10)}, seed=1)
        with pytest.warns(UserWarning, match="k-hat of the fit is"):
            fit.diagnose()


@pytest.mark.parametrize("name", ["n_paths", "n_draws", "max_steps", "history_size"])
def test_wrong_numbers_raise(name):
    with pytest.raises(ValueError, match="pathfinder: %s" % name):
        zs.pathfinder(build_conjugate(), COUNTS, **{name: 0})
