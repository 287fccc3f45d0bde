"""Callbacks, files and modes of `zs.keras.VariationalModel`."""
import csv
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from keras_3 import HAS_KERAS_3

import zhusuan as zs

if not HAS_KERAS_3:
    pytest.skip("requires Keras 3", allow_module_level=True)

import keras

from zhusuan.keras import VariationalModel

# Of Keras, which passes its variables to h5py.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

X = (np.random.RandomState(0).uniform(size=(96, 6)) < 0.3).astype("int32")
QUIET = {"verbose": 0}
FIT = {"batch_size": 32, "shuffle": False, "verbose": 0}


def networks(*layers):
    keras.utils.set_random_seed(1)
    dense = keras.layers.Dense
    return {"encoder": keras.Sequential([
                keras.Input((6,)), dense(8, "tanh"), *layers, dense(4)]),
            "decoder": keras.Sequential([
                keras.Input((2,)), dense(8, "tanh"), *layers, dense(6)])}


def autoencoder(*layers, **options):
    return VariationalModel(
        n_latent=2, **dict({"seed": 3}, **networks(*layers)), **options)


def compiled(*layers, **options):
    model = autoencoder(*layers)
    model.compile(**options)
    return model


# -- Training and callbacks ---------------------------------------------------------

def test_history_and_callbacks_have_the_loss(tmp_path):
    model = compiled()
    path = str(tmp_path / "best.keras")
    history = model.fit(X, epochs=3, validation_data=X[:40], callbacks=[
        keras.callbacks.CSVLogger(str(tmp_path / "log.csv")),
        keras.callbacks.ModelCheckpoint(path, save_best_only=True)], **FIT).history
    assert list(history) == ["loss", "val_loss"]
    assert history["loss"][0] > history["loss"][2] > 0.
    assert history["val_loss"][2] == model.evaluate(X[:40], n_samples=0, **QUIET)
    with open(str(tmp_path / "log.csv"), newline="") as stream:
        rows = list(csv.DictReader(stream))
    np.testing.assert_allclose([float(r["loss"]) for r in rows], history["loss"])
    loaded = keras.saving.load_model(path)
    assert loaded.evaluate(X[:40], n_samples=0, **QUIET) == min(history["val_loss"])


def test_loss_of_an_epoch_is_the_mean_of_all_data():
    """Of batches of 32 and 8: q is the prior, so that the bound of a datum is exact."""
    x = np.repeat([[0] * 6, [1] * 6], [32, 8], axis=0)
    model = VariationalModel(n_latent=2, **{name: keras.layers.Dense(
        n, kernel_initializer="zeros", bias_initializer=bias)
        for name, n, bias in [("encoder", 4, "zeros"), ("decoder", 6, "ones")]})
    model.compile(keras.optimizers.SGD(0.))
    log_p_of_1 = -np.log1p(np.exp(-1.))
    expected = -6. * (0.8 * (log_p_of_1 - 1.) + 0.2 * log_p_of_1)
    found = model.fit(x, validation_data=x, validation_batch_size=32, **FIT).history
    assert found == {"loss": [pytest.approx(expected, rel=1e-5)],
                     "val_loss": [pytest.approx(expected, rel=1e-5)]}


def test_early_stopping_restores_the_best_weights():
    model = compiled(optimizer=keras.optimizers.SGD(3.))
    history = model.fit(X, epochs=30, validation_data=X, callbacks=[
        keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)], **FIT)
    losses = history.history["val_loss"]
    assert len(losses) < 30
    assert model.evaluate(X, batch_size=32, n_samples=0, **QUIET) == pytest.approx(
        min(losses), rel=1e-6)


@pytest.mark.parametrize("options", [
    pytest.param({"jit_compile": True}, marks=pytest.mark.slow),
    {"run_eagerly": True}, {"steps_per_execution": 3}])
def test_modes_agree(options):
    losses = [compiled(**o).fit(X, epochs=2, **FIT).history["loss"]
              for o in ({"jit_compile": False}, options)]
    # XLA draws other numbers; the step size is 0.001.
    np.testing.assert_allclose(*losses, rtol=(
        0.2 if "jit_compile" in options else 1e-5))


@pytest.mark.slow
def test_datasets_of_arrays_and_dicts_are_accepted():
    plain = compiled().fit(X, **FIT).history["loss"]
    for inputs in X, {"x": X}, (X,):
        data = tf.data.Dataset.from_tensor_slices(inputs).batch(32)
        assert compiled().fit(data, shuffle=False, **QUIET).history["loss"] == plain
    assert compiled().fit({"x": X}, **FIT).history["loss"] == plain


def test_seeds_determine_the_noise():
    same = [compiled().fit(X, **FIT).history for _ in range(2)]
    assert same[0] == same[1]
    models = [VariationalModel(n_latent=2, **networks()) for _ in range(2)]
    assert models[0].seed == models[1].seed  # by keras.utils.set_random_seed
    fixed = compiled(optimizer=keras.optimizers.SGD(0.))
    losses = fixed.fit(X, epochs=2, **FIT).history["loss"]
    assert losses[0] != losses[1]  # by the noise of the steps
    other = VariationalModel(n_latent=2, seed=4, **networks())
    other.compile()
    assert other.fit(X, **FIT).history != same[0]


def test_networks_are_in_training_mode_in_fit_only():
    model = compiled(keras.layers.BatchNormalization())
    moving = [v for v in model.non_trainable_variables if "moving" in v.path]
    before = [v.numpy() for v in moving]
    model.evaluate(X, **QUIET)
    model.predict(X, **QUIET)
    for x, y in zip(before, moving):
        np.testing.assert_array_equal(x, y.numpy())
    model.fit(X, **FIT)
    assert all(np.any(x != y.numpy()) for x, y in zip(before, moving))


@keras.saving.register_keras_serializable(package="zhusuan tests")
class AddsOne(keras.layers.Layer):
    def call(self, x):
        self.add_loss(tf.constant(1.))
        return x


@pytest.mark.parametrize("objective", ["elbo", "dreg"])
def test_losses_of_layers_are_added_once(objective):
    options = {"optimizer": keras.optimizers.SGD(0.), "objective": objective,
               "n_particles": 2}
    plain = compiled(**options)
    added = VariationalModel(n_latent=2, seed=3, encoder=networks()["encoder"],
                             decoder=keras.Sequential([
                                 networks()["decoder"], AddsOne()]))
    added.compile(**dict(options, optimizer=keras.optimizers.SGD(0.)))
    losses = [m.fit(X, **FIT).history["loss"][0] for m in (plain, added)]
    assert losses[1] - losses[0] == pytest.approx(1., abs=1e-5)


# -- Files ------------------------------------------------------------------------

@keras.saving.register_keras_serializable(package="zhusuan tests")
@zs.meta_bayesian_net()
def generative(decoder, n_data, n_samples, t=None):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([n_data, 2]), std=1., group_ndims=1,
                  n_samples=n_samples)
    logits = decoder(z)
    bn.bernoulli("x", logits if t is None else (
        logits + 20. * (2. * tf.cast(t, tf.float32) - 1.)), group_ndims=1)
    return bn


@keras.saving.register_keras_serializable(package="zhusuan tests")
def variational(encoder, x, n_samples):
    bn = zs.BayesianNet()
    mean, logstd = tf.split(encoder(tf.cast(x, tf.float32)), 2, axis=-1)
    bn.normal("z", mean, logstd=logstd, group_ndims=1, n_samples=n_samples)
    return bn


def of_functions():
    # The rank of outputs with an axis of samples is 3.
    return VariationalModel(generative, variational, seed=3, networks={
        "encoder": networks()["encoder"],
        "decoder": keras.Sequential([keras.layers.Dense(8, "tanh"),
                                     keras.layers.Dense(6)])})


@pytest.mark.parametrize("build, objective", [
    (autoencoder, {"objective": "importance_weighted", "n_particles": 3}),
    (of_functions, {"kl_weight": zs.layers.LinearWarmup(1., n_steps=10)})])
def test_saved_models_are_equal_and_resume(build, objective, tmp_path):
    model = build()
    model.compile("adam", **objective)
    model.fit(X, epochs=2, **FIT)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.seed == model.seed and type(loaded) is VariationalModel
    for method in "predict", "evaluate":
        np.testing.assert_array_equal(
            getattr(model, method)(X, **QUIET), getattr(loaded, method)(X, **QUIET))
    np.testing.assert_array_equal(model.generate(5), loaded.generate(5))
    assert (model.fit(X, epochs=2, **FIT).history == loaded.fit(
        X, epochs=2, **FIT).history)
    model.save_weights(tmp_path / "model.weights.h5")
    other = build()
    other.predict(X, **QUIET)
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(
        other.predict(X, **QUIET), model.predict(X, **QUIET))


def test_exported_models_reconstruct_the_same(tmp_path):
    """A SavedModel. Keras infers no signature of models that build themselves."""
    model = autoencoder()
    x = X.astype("float32")
    reconstruction = model.predict(x, **QUIET)
    model.export(str(tmp_path / "model"), verbose=False, input_signature=[
        keras.InputSpec(shape=(None, 6), dtype="float32")])
    served = tf.saved_model.load(str(tmp_path / "model"))
    np.testing.assert_allclose(served.serve(x[:32]), reconstruction[:32], rtol=1e-6)
    assert np.shape(served.serve(x[:3])) == (3, 6)


def test_models_that_are_not_compiled_are_saved(tmp_path):
    model = VariationalModel(n_latent=2, likelihood="normal", **networks())
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.predict(X, **QUIET), model.predict(X, **QUIET))
    with pytest.raises(ValueError, match="compile"):
        loaded.fit(X, **FIT)


# -- Functions ---------------------------------------------------------------------

def test_conditions_are_arguments_of_the_functions():
    model = of_functions()
    t = np.arange(96)[:, None] % 2
    model.compile()
    model.fit({"x": X, "t": t}, **FIT)
    found = model.generate(6, {"t": t[:6]}, batch_size=4)
    np.testing.assert_array_equal(found, np.tile(t[:6], [1, 6]))
    assert model.predict({"x": X, "t": t}, **QUIET).shape == X.shape


def test_several_data_are_dicts():
    def generative(n_data, n_samples, scale):
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([n_data]), std=1., n_samples=n_samples)
        bn.normal("x", scale(z[..., None])[..., 0], std=1.)
        bn.categorical("t", tf.stack([z, -z], axis=-1))
        return bn

    def variational(encode, x, t, n_samples):
        bn = zs.BayesianNet()
        inputs = tf.stack([x, tf.cast(t, tf.float32)], axis=-1)
        bn.normal("z", encode(inputs)[..., 0], std=1., n_samples=n_samples)
        return bn

    model = VariationalModel(
        generative, variational, data=["x", "t"],
        networks={"scale": keras.layers.Dense(1), "encode": keras.layers.Dense(1)})
    model.compile()
    values = {"x": X[:, 0] * 1.5, "t": X[:, 1]}
    model.fit(values, **FIT)
    for found in model.predict(values, **QUIET), model.generate(96):
        assert {name: x.shape for name, x in found.items()} == {"x": (96,), "t": (96,)}
    with pytest.raises(ValueError, match="must have the data 'x', 't', but they have"):
        model.predict({"x": X[:, 0]}, **QUIET)


def test_networks_of_the_surroundings_are_trained_and_found_missing():
    encoder, decoder = networks().values()

    def generative(n_data, n_samples):
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([n_data, 2]), std=1., group_ndims=1,
                      n_samples=n_samples)
        flat = decoder(tf.reshape(z, [-1, 2]))
        bn.bernoulli("x", tf.reshape(flat, [n_samples, -1, 6]), group_ndims=1)
        return bn

    def infer(x, n_samples):
        return variational(encoder, x, n_samples)

    model = VariationalModel(generative, infer, networks=[encoder, decoder])
    model.compile()
    before = [w.numpy() for w in model.trainable_weights]
    model.fit(X, **FIT)
    assert len(before) == 8
    assert all(np.any(w.numpy() != b) for w, b in zip(model.trainable_weights, before))
    with pytest.raises(NotImplementedError, match="Pass a dict as networks="):
        model.get_config()
    for some, message in ([encoder], "variables of no network"), (
            None, "variables of no network"):
        model = VariationalModel(generative, infer, networks=some)
        model.compile()
        with pytest.raises(ValueError, match=message + ".*Pass all layers and models"):
            model.fit(X, **FIT)


# -- Precision and devices -----------------------------------------------------------

@pytest.mark.slow
@pytest.mark.parametrize("policy", [
    "mixed_bfloat16", pytest.param("mixed_float16", marks=pytest.mark.slow)])
def test_mixed_precision_agrees_with_float32(policy):
    exact = compiled().evaluate(X, **QUIET)
    keras.config.set_dtype_policy(policy)
    try:
        model = compiled()
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_allclose(model.evaluate(X, **QUIET), exact, rtol=0.01)
    model.fit(X, epochs=10, **FIT)
    assert model.evaluate(X, n_samples=0, **QUIET) < exact[0] - 0.05
    assert model.predict(X, **QUIET).dtype == np.float32


PROGRAM = """
import keras, numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import test_variational_model_keras as t
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    model = t.compiled(optimizer=keras.optimizers.SGD(0.1), n_particles=200)
before = [w.numpy() for w in model.trainable_weights]
loss = model.fit(t.X, **dict(t.FIT, batch_size=96)).history["loss"][0]
one = t.compiled(optimizer=keras.optimizers.SGD(0.1), n_particles=200)
again = one.fit(t.X, **dict(t.FIT, batch_size=96)).history["loss"][0]
assert abs(again / loss - 1) < 0.01
for b, x, y in zip(before, model.trainable_weights, one.trainable_weights):
    step = np.max(np.abs(y.numpy() - b))
    np.testing.assert_allclose(x.numpy() - b, y.numpy() - b, atol=0.1 * step)
model.evaluate(t.X, verbose=0)
print(model.predict(t.X, verbose=0).shape)
"""


@pytest.mark.slow
def test_replicas_take_the_step_of_one_device():
    """The gradients of 200 samples differ by their noise."""
    here = os.path.dirname(os.path.abspath(__file__))
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(
        [here, os.path.dirname(here)]))
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True,
                          text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-2:] == ["(96,", "6)"]
