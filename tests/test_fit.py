"""`zs.variational.fit` against closed forms, and how it ends, resumes and fails."""
import os
import pathlib
import signal
import subprocess
import sys

import fit_program
import modes
import numpy as np
import pytest
import scipy.stats as st
import tensorflow.compat.v2 as tf
from chains import eagerly

import zhusuan as zs
from zhusuan.variational import Fit, NotFiniteError
from zhusuan.variational._training.training_loop import TrainingLoop

PROGRAM = pathlib.Path(fit_program.__file__)
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


# -- The end of a fit -----------------------------------------------------------------

def assert_same(fit, other):
    for x, y in zip(fit.state, other.state):
        np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(fit.history["bound"], other.history["bound"])
    np.testing.assert_array_equal(fit["w"], other["w"])
    assert fit.log_evidence == other.log_evidence


def test_a_killed_fit_continues_to_the_same_numbers(tmp_path):
    path = str(tmp_path / "fit.npz")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), path, "2"], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=str(PROGRAM.parent.parent)))
    assert done.returncode == -signal.SIGKILL, done.stdout.decode()
    before = Fit.load(path)
    assert 0 < before.n_done < 300 and not before.is_complete
    assert_same(fit_program.run(path), fit_program.run())
    assert Fit.load(path).n_done == 300


def test_fits_are_saved_and_resumed(tmp_path):
    path = str(tmp_path / "fit.npz")
    fit = fit_program.run(n_steps=40, learning_rate=np.float32(0.01))
    fit.save(path)
    loaded = Fit.load(path)
    assert_same(fit, loaded)
    assert loaded.draws(10)["w"].shape == (10, 2)
    assert repr(loaded) == repr(fit) and loaded.estimators == fit.estimators
    with pytest.raises(ValueError, match="has 1000 draws, but n is 2000"):
        loaded.draws(2000)
    with pytest.raises(ValueError, match="resume=: the state .* other shapes"):
        with eagerly():
            fit_regression("mean_field", resume=path)


def test_damaged_files_are_named(tmp_path):
    path = tmp_path / "fit.npz"
    np.savez(str(path), x=np.zeros(3))
    with pytest.raises(ValueError, match="fit.npz.*Fit.save wrote"):
        fit_program.run(str(path))
    with pytest.raises(TypeError, match="checkpoint="):
        fit_program.run(42)


def test_not_finite_steps_name_the_node_and_the_step():
    """A minibatch with nan; the weights are those of a fit that ends before."""
    good = [{"y": np.float64(i)} for i in range(6)]
    bad = good[:4] + [{"y": np.float64(np.nan)}]

    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.constant(0., tf.float64), std=1.)
        bn.normal("x", z, std=1.)
        bn.normal("y", z, std=1.)
        return bn

    def run(data, n_steps):
        return zs.variational.fit(
            build(), {"x": 0.}, data=data, n_steps=n_steps,
            optimizer=tf.keras.optimizers.Adam(0.1), **OPTIONS)

    with eagerly():
        with pytest.raises(NotFiniteError, match="step 4 .*node 'y'") as caught:
            run(bad, 50)
        exact = run(good, 4)
    assert caught.value.step == 4 and caught.value.fit.n_done == 4
    for x, y in zip(caught.value.fit.state, exact.state):
        np.testing.assert_array_equal(x, y)


def test_gradients_that_are_not_finite_name_the_node():
    """sqrt(|z|) has a finite value and an infinite slope at 0."""
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", 0., std=1.)
        bn.normal("x", tf.sqrt(tf.abs(z - tf.stop_gradient(z))), std=1.)
        return bn

    with eagerly(), pytest.raises(NotFiniteError, match="step 0 .*gradient.*node 'x'"):
        zs.variational.fit(build(), {"x": 1.}, init={"z": 0.}, **OPTIONS)


@pytest.mark.parametrize("is_after", [False, True])
def test_interrupted_fits_resume_to_the_same_weights(monkeypatch, is_after):
    """Ctrl-C before or after the third chunk of steps has changed the variables."""
    chunk, n_calls = TrainingLoop.chunk, []

    def interrupted(*args):
        n_calls.append(1)
        bounds = chunk(*args) if is_after or len(n_calls) != 3 else None
        if len(n_calls) == 3:
            raise KeyboardInterrupt
        return bounds

    monkeypatch.setattr(TrainingLoop, "chunk", interrupted)
    with pytest.warns(UserWarning, match="Interrupted after .* of 300 steps"):
        fit = fit_program.run()
    assert 0 < fit.n_done < 300 and not fit.is_complete
    resumed, whole = fit_program.run(resume=fit), fit_program.run()
    for x, y in zip(resumed.state, whole.state):
        np.testing.assert_array_equal(x, y)
    assert resumed.n_done == 300


@pytest.mark.skipif(modes.IS_TF1, reason="programs are not compiled")
def test_models_that_xla_cannot_compile_are_fitted_without_it():
    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", 0., std=1.)
        y = tf.numpy_function(lambda x: x, [0. * z], tf.float32)
        bn.normal("x", z + tf.stop_gradient(tf.ensure_shape(y, z.shape)), std=1.)
        return bn

    model = zs.meta_bayesian_net()(build)()
    options = {"seed": 1, "progress_bar": False, "n_steps": 500}
    with eagerly():
        with pytest.warns(UserWarning, match="without XLA, which cannot compile"):
            fit = zs.variational.fit(model, {"x": 1.}, **options)
        assert abs(fit["z"].mean() - 0.5) < 0.2
        with pytest.raises(tf.errors.OpError):
            zs.variational.fit(model, {"x": 1.}, jit_compile=True, **options)


def test_fits_end_early_where_the_bound_has_converged():
    with eagerly():
        fit = fit_regression("multivariate_normal", n_steps=3000, tolerance=1e-3)
    assert 200 < fit.n_done < 3000 and fit.is_complete and fit.is_converged


def test_callbacks_report_epochs_and_end_the_fit():
    class Callback:
        def __init__(self):
            self.epochs, self.ended = [], False

        def set_model(self, model):
            self.model = model

        def on_epoch_end(self, epoch, logs):
            self.epochs.append((epoch, logs["bound"]))
            self.model.stop_training = epoch == 4

        def on_train_end(self, logs):
            self.ended = True

    callback = Callback()
    with eagerly():
        fit = fit_regression("mean_field", n_steps=1000, callbacks=[callback])
    assert [epoch for epoch, _ in callback.epochs] == list(range(5)) and callback.ended
    assert fit.n_done == 50 and not fit.is_complete
    np.testing.assert_allclose(
        [bound for _, bound in callback.epochs],
        fit.history["bound"].reshape(5, 10).mean(1))


def test_fits_start_samplers_and_reach_arviz():
    with eagerly():
        model = build_regression(DESIGN)
        fit = fit_regression("mean_field", n_steps=200)
        chains = zs.HMC(0.01, 1).run(
            model, {"y": TARGET}, n_samples=1, n_warmup=0, n_chains=3, seed=1, init=fit,
            progress_bar=False, jit_compile=False)
        assert chains["w"].shape == (1, 3, 3)
        sd = fit["w"].std(0)
        assert np.all(np.abs(chains["w"][0] - fit["w"].mean(0)) < 8. * sd + 0.1)
    pytest.importorskip("arviz")
    assert fit.to_arviz().posterior["w"].shape == (1, 1000, 3)


def test_wrong_arguments_are_named():
    def fails(error, match, **options):
        with pytest.raises(error, match=match):
            fit_regression(**dict({"posterior": "mean_field", "n_steps": 1}, **options))

    with eagerly():
        fails(ValueError, "posterior must be one of 'mean_field'.*'fancy'",
              posterior="fancy")
        fails(TypeError, "posterior must be a name, or a function", posterior=3)
        fails(ValueError, "objective must be one of 'elbo'.*'loss'", objective="loss")
        fails(ValueError, "estimator must be .*'vimco'", estimator="vimco")
        fails(ValueError, "n_steps must be at least 1", n_steps=0)
        fails(ValueError, "batch_size= is the number of rows of data=", batch_size=3)
        fails(ValueError, "compares particles, but n_particles is 1",
              objective="klpq", n_particles=1)
        fails(ValueError, "equally many rows.*'a': 2.*'b': 3",
              data={"a": np.zeros(2), "b": np.zeros(3)})
