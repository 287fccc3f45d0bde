"""Train networks with random weights on two CPUs, for tests/test_layers_saving.py.

    python layers_devices_program.py FOLDER

In a program of its own, because the CPU can be split only before TensorFlow starts.
"""
import os
import sys
import warnings

import keras
import numpy as np
import tensorflow as tf

import zhusuan as zs

N = 64


def network(**options):
    layers = zs.layers
    options = dict({"kl_weight": layers.LinearWarmup(1. / N, 6)}, **options)
    return keras.Sequential([
        keras.Input([6, 6, 1]),
        layers.Conv2DFlipout(2, 3, activation="relu", seed=1, **options),
        keras.layers.Flatten(), layers.DenseFlipout(2, seed=2, **options)])


def compiled(model, learning_rate=0.01):
    model.compile(keras.optimizers.SGD(learning_rate),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def data():
    x = np.random.RandomState(0).uniform(size=[N, 6, 6, 1]).astype("float32")
    return x, (x.mean((1, 2, 3)) > 0.5).astype("int32")


def check_loss_of_one_device(strategy):
    """The loss holds the divergence once, whatever the number of replicas."""
    options = {"inference": "mean", "kl_weight": 1. / N}
    alone = compiled(network(**options))
    with strategy.scope():
        both = compiled(network(**options))
    both.set_weights(alone.get_weights())
    losses = [m.evaluate(*data(), batch_size=32, verbose=0) for m in (alone, both)]
    np.testing.assert_allclose(*losses, rtol=1e-5)
    assert losses[0] > 1.  # the divergence is the larger part


def check_training_and_loading(strategy, folder):
    with strategy.scope():
        model = compiled(network())
    model.fit(*data(), batch_size=32, epochs=3, verbose=0)
    for layer in model.layers[::2]:
        assert layer._kl_step.numpy() == 6, layer._kl_step
        np.testing.assert_array_equal(layer.seed_generator.state.numpy()[1], 6)
    path = os.path.join(folder, "model.keras")
    model.save(path)
    expected = model.predict(data()[0], batch_size=32, verbose=0)
    with strategy.scope():
        loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(
        loaded.predict(data()[0], batch_size=32, verbose=0), expected)


def check_replicas_draw_different_numbers(strategy):
    with strategy.scope():
        layer = zs.layers.DenseReparameterization(4, seed=3)
        layer.build([None, 2])

    @tf.function
    def draw():
        return strategy.run(lambda: layer(tf.ones([1, 2])))

    first, second = strategy.experimental_local_results(draw())
    assert (first.numpy() != second.numpy()).all()


def main(folder):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    check_loss_of_one_device(strategy)
    check_replicas_draw_different_numbers(strategy)
    check_training_and_loading(strategy, folder)


if __name__ == "__main__":
    warnings.simplefilter("error", UserWarning)
    main(sys.argv[1])
