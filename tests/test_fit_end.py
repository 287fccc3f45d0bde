"""How `zs.variational.fit` ends, resumes and fails."""
import os
import pathlib
import signal
import subprocess
import sys

import fit_program
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from chains import eagerly
from test_fit import DESIGN, OPTIONS, TARGET, build_regression, fit_regression

import zhusuan as zs
from zhusuan.variational import Fit, NotFiniteError
from zhusuan.variational._training.record import Record
from zhusuan.variational._training.training_loop import TrainingLoop

PROGRAM = pathlib.Path(fit_program.__file__)


def assert_same(fit, other):
    for x, y in zip(fit.state, other.state):
        np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(fit.history["bound"], other.history["bound"])
    np.testing.assert_array_equal(fit["w"], other["w"])
    assert fit.log_evidence == other.log_evidence


@pytest.mark.slow
def test_a_killed_fit_continues_to_the_same_numbers(tmp_path):
    path = str(tmp_path / "fit.npz")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), path, "1"], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=str(PROGRAM.parent.parent)))
    assert done.returncode == -signal.SIGKILL, done.stdout.decode()
    before = Fit.load(path)
    assert 0 < before.n_done < 300 and not before.is_complete
    assert_same(fit_program.run(path), fit_program.run())
    assert_same(Fit.load(path), fit_program.run())


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


def test_not_finite_steps_name_the_node_and_the_step(tmp_path):
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
    caught.value.fit.save(tmp_path / "fit.npz")
    assert Fit.load(tmp_path / "fit.npz").summary().names == ["z"]
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


@pytest.mark.slow
@pytest.mark.parametrize("owner, name, is_after", [
    (TrainingLoop, "chunk", False), (TrainingLoop, "chunk", True),
    (Record, "add", False), (Record, "add", True)])
def test_interrupted_fits_resume_to_the_same_weights(
        monkeypatch, owner, name, is_after):
    """Ctrl-C before or after the third chunk of steps is made or recorded."""
    call, n_calls = getattr(owner, name), []

    def interrupted(*args):
        n_calls.append(1)
        result = call(*args) if is_after or len(n_calls) != 3 else None
        if len(n_calls) == 3:
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(owner, name, interrupted)
    with pytest.warns(UserWarning, match="Interrupted after .* of 300 steps"):
        fit = fit_program.run()
    assert 0 < fit.n_done < 300 and not fit.is_complete and "incomplete" in repr(fit)
    resumed, whole = fit_program.run(resume=fit), fit_program.run()
    for x, y in zip(resumed.state, whole.state):
        np.testing.assert_array_equal(x, y)
    assert resumed.n_done == 300
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.close(fit.plot().figure)  # of bounds that are nan


@pytest.mark.skipif(modes.IS_TF1, reason="programs are not compiled")
def test_models_that_xla_cannot_compile_are_fitted_without_it():
    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", 0., std=1.)
        y = tf.numpy_function(lambda x: x, [0. * z], tf.float32)
        bn.normal("x", z + tf.stop_gradient(tf.ensure_shape(y, z.shape)), std=1.)
        return bn

    model = zs.meta_bayesian_net()(build)()
    options = {"seed": 1, "progress_bar": False}
    with eagerly():
        with pytest.warns(UserWarning, match="XLA cannot compile the model") as caught:
            for n_steps in 1, 500:  # of one line, which warns once
                fit = zs.variational.fit(model, {"x": 1.}, n_steps=n_steps, **options)
        assert len(caught) == 1
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
        fails(ValueError, "several particles, but n_particles is 1",
              objective="klpq", n_particles=1)
        fails(ValueError, "n_data= multiplies the log densities of data=", n_data=3)
        fails(ValueError, "learning_rate= applies to the default", learning_rate=0.1,
              optimizer=tf.keras.optimizers.Adam(0.1))
        fit = fit_regression("mean_field", n_steps=1)
        fails(ValueError, "latent=, constraints=, init= cannot be combined", latent={},
              constraints=None, init="prior", posterior=fit.posterior)
        fails(ValueError, "has the seed 1, but seed is 2", resume=fit, seed=2)
        fails(ValueError, "equally many rows.*'a': 2.*'b': 3",
              data={"a": np.zeros(2), "b": np.zeros(3)})
