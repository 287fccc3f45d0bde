"""Networks with random weights are saved, loaded, cloned and exported."""
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from keras_3 import HAS_KERAS_3
from layer_cases import KERAS_WARNING, every_layer, make_layer

pytestmark = [pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3"),
              KERAS_WARNING]

# Of `compile`, and the dtype policy.
HOW = {"eager": ({"run_eagerly": True}, "float32"),
       "traced": ({"jit_compile": False}, "float32"),
       "compiled": ({"jit_compile": True}, "float32"),
       "mixed_bfloat16": ({"jit_compile": True}, "mixed_bfloat16"),
       "float64": ({"jit_compile": False}, "float64")}
N = 40


def network(kind, policy="float32", **options):
    """A dense or a convolutional network for images of 12 x 12 pixels."""
    import keras

    from zhusuan import layers

    keras.utils.set_random_seed(1)
    options = dict({"kl_weight": 1. / N, "dtype": policy}, **options)
    parts = {
        "dense": [keras.layers.Flatten(),
                  layers.DenseFlipout(16, "relu", **options)],
        "convolutional": [
            layers.Conv2DFlipout(4, 3, strides=2, activation="relu", **options),
            keras.layers.Flatten(), layers.DenseReparameterization(8, **options)],
    }[kind]
    return keras.Sequential([keras.Input([12, 12, 1]), *parts,
                             layers.DenseFlipout(3, **options)])


def data():
    rng = np.random.RandomState(3)
    x = rng.uniform(size=[N, 12, 12, 1]).astype("float32")
    return x, (x.mean((1, 2, 3)) > 0.5).astype("int32")


def fitted(kind, how="traced", **options):
    import keras

    compile_options, policy = HOW[how]
    model = network(kind, policy, **options)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"], **compile_options)
    model.fit(*data(), batch_size=20, epochs=2, verbose=0)
    return model


def predict(model):
    return np.asarray(model.predict(data()[0], batch_size=20, verbose=0), "float64")


def differs(a, b):
    return not np.array_equal(a, b)


FAST = {("convolutional", "traced")}
every_way = pytest.mark.parametrize("kind, how", [
    pytest.param(kind, how, marks=[] if (kind, how) in FAST else pytest.mark.slow)
    for kind in ("dense", "convolutional") for how in HOW])


@every_way
def test_a_loaded_network_predicts_the_same_numbers(kind, how, tmp_path):
    """Each prediction draws new weights; the loaded network draws the same ones."""
    import keras

    model = fitted(kind, how)
    loss, accuracy = model.evaluate(*data(), verbose=0)
    assert np.isfinite(loss) and 0. <= accuracy <= 1.
    model.save(str(tmp_path / "model.keras"))
    first, second = predict(model), predict(model)
    assert differs(first, second)
    loaded = keras.models.load_model(str(tmp_path / "model.keras"))
    np.testing.assert_array_equal(predict(loaded), first)
    np.testing.assert_array_equal(predict(loaded), second)


def test_loaded_weights_predict_the_same_numbers(tmp_path):
    from keras.models import clone_model

    model = fitted("convolutional")
    model.save_weights(str(tmp_path / "model.weights.h5"))
    first = predict(model)
    twin = clone_model(model)
    assert differs(predict(twin), first)
    twin.load_weights(str(tmp_path / "model.weights.h5"))
    np.testing.assert_array_equal(predict(twin), first)


def test_training_continues_from_a_saved_network(tmp_path):
    import keras

    model = fitted("dense", kl_weight=_warmup())
    model.save(str(tmp_path / "model.keras"))
    loaded = keras.models.load_model(str(tmp_path / "model.keras"))
    losses = [m.fit(*data(), batch_size=20, shuffle=False, verbose=0).history["loss"]
              for m in (model, loaded)]
    np.testing.assert_array_equal(*losses)
    assert float(loaded.layers[1]._kl_step) == 6.


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_an_exported_network_draws_from_the_same_posterior(kind, tmp_path):
    model = fitted(kind, kl_weight=_warmup())
    model.export(str(tmp_path / "model"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "model"))
    x = data()[0]
    np.testing.assert_array_equal(served.serve(x), model(x))
    assert differs(served.serve(x), served.serve(x))


def test_the_means_of_an_exported_network_are_its_predictions(tmp_path):
    model = fitted("convolutional", inference="mean")
    first = predict(model)
    np.testing.assert_array_equal(predict(model), first)
    model.export(str(tmp_path / "model"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "model"))
    np.testing.assert_allclose(served.serve(data()[0]), first, rtol=1e-4, atol=1e-5)


@every_layer
def test_every_layer_is_rebuilt_from_its_configuration(name):
    import json

    import keras

    from zhusuan.distributions import Normal

    layer, inputs = make_layer(
        name, seed=3, prior=Normal(0.5, std=2.), initial_std=0.2, kl_weight=0.1)
    expected = layer(inputs).numpy()
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    twin = keras.saving.deserialize_keras_object(config)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(inputs), expected)
    np.testing.assert_array_equal(twin.losses[0], layer.losses[0])
    assert twin.get_config() == layer.get_config()


def _warmup():
    from zhusuan.layers import LinearWarmup

    return LinearWarmup(1. / N, 5)


def priors():
    from zhusuan import distributions as d

    return [d.Normal(1., logstd=-1.), d.Laplace(0., 1.), d.StudentT(3., 0., 2.),
            d.Cauchy(0., 1.), d.Uniform(-9., 9.), d.Logistic(0., 1.),
            d.TruncatedNormal(0., 1., -5., 5.),
            d.MixtureSameFamily([0., 1.], d.Normal([0., 0.], std=[1., 0.1])),
            d.Mixture([0., 1.], [d.Normal(0., std=1.), d.Laplace(0., 1.)]),
            d.Normal(np.zeros([4, 3], "float32"), std=1., group_ndims=2)]


@pytest.mark.parametrize("i", range(10))
def test_priors_are_saved(i):
    import json

    from zhusuan.layers import DenseReparameterization

    layer, inputs = make_layer("DenseReparameterization", prior=priors()[i], seed=1)
    layer(inputs)
    config = json.loads(json.dumps(layer.get_config()))
    twin = DenseReparameterization.from_config(config)
    twin.build(inputs.shape)
    twin.set_weights(layer.get_weights())
    twin(inputs)
    np.testing.assert_allclose(twin.losses[0], layer.losses[0], rtol=1e-6)


def test_functions_are_saved_by_their_registered_names(tmp_path):
    import keras

    model = keras.Sequential([keras.Input([4]), make_layer(
        "DenseFlipout", kernel_posterior_fn=_laplace_function(),
        kernel_divergence_fn=None, seed=1)[0]])
    model.save(str(tmp_path / "model.keras"))
    x = np.ones([2, 4], "float32")
    expected = model.predict(x, verbose=0)
    loaded = keras.models.load_model(str(tmp_path / "model.keras"))
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), expected)


def _laplace_function():
    import keras

    import zhusuan as zs

    @keras.saving.register_keras_serializable(package="zhusuan_tests")
    def laplace(dtype, shape, name, trainable, add_variable_fn):
        loc = add_variable_fn(name=name + "_loc", shape=shape, dtype=dtype,
                              initializer="normal", trainable=trainable)
        return zs.distributions.Laplace(loc, tf.ones_like(loc))

    return laplace


def test_a_prior_of_another_library_raises_on_saving():
    import zhusuan as zs

    class Own(zs.distributions.Normal):
        pass

    layer = zs.layers.DenseFlipout(3, prior=Own(0., std=1.), name="first")
    with pytest.raises(TypeError, match="first: prior cannot be saved: Own is not a "
                                        "class of zhusuan.distributions"):
        layer.get_config()


@pytest.mark.slow
def test_two_devices_train_and_predict_the_same_numbers_after_loading(tmp_path):
    program = os.path.join(os.path.dirname(__file__), "layers_devices_program.py")
    done = subprocess.run([sys.executable, program, str(tmp_path)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
