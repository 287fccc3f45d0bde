"""Groups for ArviZ: log likelihoods, predictions and priors of chains and fits."""
import copy
import pickle

import chains as helpers
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs
from zhusuan.variational.fits import Fit

arviz = pytest.importorskip("arviz")

N, NOISE = 40, 0.5
rng = np.random.RandomState(0)
X = np.stack([np.ones(N), np.linspace(-1., 1., N)], axis=1)
Y = X.dot([1., 2.]) + NOISE * rng.randn(N)
QUIET = {"seed": 1, "progress_bar": False}


@zs.meta_bayesian_net()
def line():
    bn = zs.BayesianNet()
    w = bn.normal("w", np.zeros(2), std=2., group_ndims=1)
    mean = bn.deterministic("mean", tf.linalg.matvec(tf.constant(X), w))
    bn.normal("y", mean, std=NOISE, group_ndims=1)
    return bn


@pytest.fixture(scope="module")
def runs():
    with helpers.eagerly():
        return {"chains": zs.NUTS().run(line(), {"y": Y}, **QUIET),
                "fit": zs.laplace(line(), {"y": Y}, seed=1)}


def exact_leave_one_out():
    """Log densities of each datum given the others, by conjugacy."""
    log_densities = []
    for i in range(N):
        x, y = np.delete(X, i, axis=0), np.delete(Y, i)
        covariance = np.linalg.inv(x.T.dot(x) / NOISE ** 2 + np.eye(2) / 4.)
        mean = covariance.dot(x.T.dot(y)) / NOISE ** 2
        log_densities.append(stats.norm.logpdf(
            Y[i], X[i].dot(mean), np.sqrt(X[i].dot(covariance).dot(X[i]) + NOISE ** 2)))
    return np.array(log_densities)


@pytest.mark.parametrize("name", ["chains", "fit"])
def test_leave_one_out_is_that_of_the_conjugate_model(runs, name):
    """The sum of 1000 draws has a standard error of 0.1; in-sample it is 2 larger."""
    data = runs[name].to_arviz(log_likelihood=True)
    loo = arviz.loo(data, pointwise=True)
    exact = exact_leave_one_out()
    np.testing.assert_allclose(loo.loo_i.values, exact, atol=0.05)
    assert abs(loo.elpd_loo - exact.sum()) < 0.4


@pytest.mark.parametrize("name", ["chains", "fit"])
def test_log_likelihoods_match_scipy(runs, name):
    data = runs[name].to_arviz(log_likelihood=True)
    w = data.posterior["w"].values
    np.testing.assert_allclose(data.log_likelihood["y"].values, stats.norm.logpdf(
        Y, w.dot(X.T), NOISE), rtol=1e-8)
    np.testing.assert_array_equal(data.observed_data["y"].values, Y)


@pytest.mark.parametrize("name", ["chains", "fit"])
def test_predictions_have_the_predictive_moments(runs, name):
    """z-tests of 80 numbers by 1000 independent draws or more, at 1e-4 in all."""
    data = runs[name].to_arviz(posterior_predictive=True)
    covariance = np.linalg.inv(X.T.dot(X) / NOISE ** 2 + np.eye(2) / 4.)
    mean = X.dot(covariance.dot(X.T.dot(Y))) / NOISE ** 2
    variance = np.einsum("ni,ij,nj->n", X, covariance, X) + NOISE ** 2
    y = data.posterior_predictive["y"].values.reshape(-1, N)
    n = 1000
    assert np.all(abs(y.mean(0) - mean) < 4.6 * np.sqrt(variance / n))
    assert np.all(abs(y.var(0) - variance) < 4.6 * variance * np.sqrt(2. / n))
    residuals = y - data.posterior["w"].values.reshape(-1, 2).dot(X.T)
    np.testing.assert_allclose(residuals.std(), NOISE, rtol=0.05)  # drawn afresh


def test_priors_are_drawn_with_their_predictions(runs):
    data = runs["chains"].to_arviz(prior=True)
    w, y = data.prior["w"].values, data.prior_predictive["y"].values
    assert w.shape == (1, 1000, 2) and y.shape == (1, 1000, N)
    assert abs(w.std() - 2.) < 0.15
    np.testing.assert_allclose(data.prior["mean"].values, w.dot(X.T), rtol=1e-6)
    np.testing.assert_allclose((y - w.dot(X.T)).std(), NOISE, rtol=0.05)


def test_names_of_axes_are_passed_on(runs):
    data = runs["chains"].to_arviz(
        posterior_predictive=True, dims={"w": ["term"], "y": ["row"]},
        coords={"term": ["constant", "slope"]})
    assert list(data.posterior["term"].values) == ["constant", "slope"]
    assert data.posterior_predictive["y"].dims == ("chain", "draw", "row")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of ArviZ
def test_functions_of_arviz_accept_the_result(runs):
    plt = pytest.importorskip("matplotlib.pyplot")
    both = {name: run.to_arviz(log_likelihood=True, posterior_predictive=True,
                               prior=True) for name, run in runs.items()}
    assert set(arviz.compare(both).index) == {"chains", "fit"}
    assert np.isfinite(arviz.waic(both["chains"]).elpd_waic)
    arviz.plot_ppc(both["chains"], num_pp_samples=10)
    arviz.plot_ppc(both["chains"], group="prior", num_pp_samples=10)
    plt.close("all")


def test_files_need_a_model(runs, tmp_path):
    for run, kind in ((runs["chains"], zs.Chains), (runs["fit"], Fit)):
        run.save(tmp_path / "run.npz")
        loaded = kind.load(tmp_path / "run.npz")
        with pytest.raises(TypeError, match="to_arviz: the model must be a Meta"):
            loaded.to_arviz(log_likelihood=True)
        again = loaded.to_arviz(log_likelihood=True, model=line(), observed={"y": Y})
        np.testing.assert_array_equal(
            again.log_likelihood["y"].values,
            run.to_arviz(log_likelihood=True).log_likelihood["y"].values)


def test_pickles_have_no_model(runs):
    chains = runs["chains"]
    copied = pickle.loads(pickle.dumps(chains))
    assert copied.model is None
    np.testing.assert_array_equal(copied["w"], chains["w"])
    for same in copy.copy(chains), copy.deepcopy(chains):
        assert same.model is chains.model and same.observed is chains.observed


@pytest.mark.slow
def test_ignored_entries_have_no_log_likelihood():
    y = np.ma.masked_array(Y, np.arange(N) < 2)
    for observed in (y, zs.PartialObservation(y.filled(np.nan), missing="latent")):
        with helpers.eagerly():
            chains = zs.NUTS().run(line(), {"y": observed}, n_samples=20, n_warmup=50,
                                   **QUIET)
            data = chains.to_arviz(log_likelihood=True)
        assert data.log_likelihood["y"].values.shape == (4, 20, N - 2)
        np.testing.assert_allclose(
            data.log_likelihood["y"].values,
            stats.norm.logpdf(Y, chains["w"].dot(X.T), NOISE)[..., 2:].swapaxes(0, 1),
            rtol=1e-6)


def test_missing_values_and_models_raise_errors():
    with helpers.eagerly():
        chains = zs.NUTS().run(line(), {"y": Y}, n_samples=4, n_warmup=4, **QUIET)
        with pytest.raises(ValueError, match="the nodes 'y' have neither draws nor"):
            chains.to_arviz(log_likelihood=True, observed={})
        chains = zs.NUTS().run(lambda values: -0.5 * values["x"] ** 2, {},
                               {"x": np.zeros(4)}, n_samples=4, n_warmup=4, **QUIET)
        assert "log_likelihood" not in dir(chains.to_arviz())
        with pytest.raises(TypeError, match="MetaBayesianNet, whose nodes have densit"):
            chains.to_arviz(prior=True)


@zs.meta_bayesian_net()
def with_covariate(has_all_entries=True):
    """y ~ N(m x, 1), where the covariate x has as many entries as there are chains."""
    bn = zs.BayesianNet()
    m = bn.normal("m", tf.zeros([], tf.float64), std=1.)
    x = bn.normal("x", np.zeros(4), std=3., group_ndims=1)
    mean = tf.expand_dims(m, -1) * (x if has_all_entries else tf.ones([1], tf.float64))
    bn.normal("y", mean, std=1., group_ndims=1)
    return bn


COVARIATES = {"x": np.arange(4.), "y": np.array([0.1, 1.9, 4.2, 6.3])}


@pytest.fixture(scope="module")
def covariate_runs():
    with helpers.eagerly():
        return {"chains": zs.NUTS().run(with_covariate(), COVARIATES, None, 200, 100,
                                        **QUIET),
                "fit": zs.laplace(with_covariate(), COVARIATES, seed=1)}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chains", "fit"])
def test_nodes_without_latents_have_the_axes_of_chains(covariate_runs, name):
    with helpers.eagerly():
        data = covariate_runs[name].to_arviz(log_likelihood=True)
    m = data.posterior["m"].values[..., np.newaxis]
    x, y = COVARIATES["x"], COVARIATES["y"]
    np.testing.assert_allclose(data.log_likelihood["x"].values, np.broadcast_to(
        stats.norm.logpdf(x, 0., 3.), m.shape[:2] + (4,)))
    np.testing.assert_allclose(
        data.log_likelihood["y"].values, stats.norm.logpdf(y, m * x, 1.), rtol=1e-6)


def test_named_nodes_are_predicted_given_the_others(covariate_runs):
    """The mean of 800 draws is 4 standard errors off with a probability of 1e-4."""
    with helpers.eagerly():
        data = covariate_runs["chains"].to_arviz(posterior_predictive=["y"])
        assert list(data.posterior_predictive) == ["y"]
        residuals = (data.posterior_predictive["y"].values[..., 3]
                     - data.posterior["m"].values * COVARIATES["x"][3])
        assert abs(residuals.mean()) < 4. / np.sqrt(800)
        with pytest.raises(ValueError, match="unknown observed node 'z'"):
            covariate_runs["chains"].to_arviz(posterior_predictive=["z"])


def test_observations_that_broadcast_raise_an_error():
    with helpers.eagerly():
        chains = zs.NUTS().run(with_covariate(False), COVARIATES, None, 10, 10,
                               n_chains=2, **QUIET)
        with pytest.raises(ValueError, match=r"has the shape \(1,\), but its observat"):
            chains.to_arviz(posterior_predictive=True)


@pytest.mark.slow
def test_latents_without_draws_raise_an_error():
    @zs.meta_bayesian_net()
    def two():
        bn = zs.BayesianNet()
        a = bn.normal("a", tf.zeros([], tf.float64), std=1.)
        b = bn.normal("b", tf.zeros([], tf.float64), std=100.)
        bn.normal("y", a + b, std=1.)
        return bn

    with helpers.eagerly():
        chains = zs.NUTS().run(two(), {"y": 1.}, None, 10, 50, keep=["a"], **QUIET)
        for group in "log_likelihood", "posterior_predictive":
            with pytest.raises(ValueError, match="'b' have neither draws nor observed"):
                chains.to_arviz(**{group: True})


def test_sums_over_parents_have_no_log_likelihood():
    @zs.meta_bayesian_net()
    def mixture():
        bn = zs.BayesianNet()
        m = bn.normal("m", tf.zeros([], tf.float64), std=1.)
        z = bn.bernoulli("z", tf.zeros([3], tf.float64), dtype=tf.float64)
        bn.normal("x", tf.expand_dims(m, -1) + 4. * z, std=1.)
        return bn

    model, observed = zs.marginalize(mixture(), ["z"]), {"x": np.array([0., 1., 4.])}
    chains = zs.Chains({"m": np.zeros([5, 4])}, {}, 1, 0, 1, 1, 5, True, [],
                       model=model, observed=observed)
    with helpers.eagerly():
        with pytest.raises(ValueError, match="sums over parents of these"):
            chains.to_arviz(log_likelihood=True)
        data = chains.to_arviz(posterior_predictive=True)
    assert data.posterior_predictive["x"].shape == (4, 5, 3)


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["drop", "latent"])
def test_missing_entries_are_predicted(missing):
    y = np.ma.masked_array(Y, np.arange(N) < 2).filled(np.nan)
    with helpers.eagerly():
        chains = zs.NUTS().run(
            line(), {"y": zs.PartialObservation(y, missing=missing)}, None, 20, 50,
            **QUIET)
        data = chains.to_arviz(posterior_predictive=True, prior=True)
    np.testing.assert_array_equal(data.observed_data["y"].values, y)
    assert data.posterior_predictive["y"].shape == (4, 20, N)
    assert np.all(np.isfinite(data.posterior_predictive["y"].values))
    assert "y" in data.prior_predictive and "y" not in data.prior
