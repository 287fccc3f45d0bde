"""The weight of the KL divergence of layers: numbers, variables and schedules."""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from keras_3 import HAS_KERAS_3
from layer_cases import INPUTS, KERAS_WARNING

pytestmark = [pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3"),
              KERAS_WARNING]

X = INPUTS["Dense"]


def kl_of(layer, training=False):
    layer(X, training=training)
    return float(layer.losses[-1])


def dense(units=3, kind="Flipout", **options):
    import zhusuan as zs

    return getattr(zs.layers, "Dense" + kind)(units, **dict({"seed": 1}, **options))


def test_the_kl_weight_multiplies_the_divergence():
    layer = dense(kl_weight=0.)
    layer(X)
    assert layer.losses == []
    twin = dense(kl_weight=0.5, kernel_initializer="zeros")
    once = dense(kl_weight=1, kernel_initializer="zeros")
    np.testing.assert_allclose(kl_of(twin), 0.5 * kl_of(once), rtol=1e-6)


def test_a_variable_as_kl_weight_is_read_in_each_call_and_not_trained():
    import keras

    weight = keras.Variable(0.)
    layer = dense(kl_weight=weight)
    model = keras.Sequential([keras.Input([4]), layer])
    model.compile("sgd", "mse")
    target = np.zeros([6, 3])
    plain = model.evaluate(X, target, verbose=0)
    weight.assign(1000.)
    assert model.evaluate(X, target, verbose=0) > plain + 1000.
    model.fit(X, target, verbose=0)
    assert float(weight) == 1000.
    assert not weight.trainable
    assert len(model.trainable_weights) == 3


def test_variables_of_tensorflow_raise_and_checks_leave_variables_unchanged():
    import keras

    from zhusuan.layers._kl_weights import check_kl_weight

    with pytest.raises(TypeError, match="the tf.Variable 'v:0'. Pass a keras.Variable"):
        dense(kl_weight=tf.Variable(0.5, name="v"))
    weight = keras.Variable(0.5)
    assert check_kl_weight(weight, "layer") is weight and weight.trainable


def test_a_schedule_counts_training_steps():
    from zhusuan.layers import LinearWarmup

    layer = dense(kl_weight=LinearWarmup(1., 2), kernel_initializer="zeros")
    full = kl_of(dense(kernel_initializer="zeros"))
    steps = [kl_of(layer, training) for training in
             (True, False, True, True, True, False)]
    np.testing.assert_allclose(steps, full * np.array([0., 0.5, 0.5, 1., 1., 1.]),
                               rtol=1e-6)


def test_a_shared_layer_counts_training_steps_once():
    import keras

    from zhusuan.layers import LinearWarmup

    x = np.ones([6, 4], "f")
    options = {"units": 4, "kernel_initializer": "zeros"}
    shared = dense(kl_weight=LinearWarmup(1., 4), **options)
    first, second = keras.Input((4,)), keras.Input((4,))
    model = keras.Model([first, second], shared(shared(first)) + shared(second))
    full = 3. * kl_of(dense(**options)) / 4.  # of three calls in a step
    for run_eagerly in False, True:
        model.compile(keras.optimizers.SGD(0.), "mse", run_eagerly=run_eagerly)
        n_before = int(shared._kl_step)
        model.fit([x, x], x, batch_size=3, verbose=0)
        assert int(shared._kl_step) == n_before + 2
    shared._kl_step.assign(1)
    for training in True, True, False:
        model([x, x], training=training)
        assert len(model.losses) == 3
        np.testing.assert_allclose(
            [float(loss) for loss in model.losses], float(model.losses[0]), rtol=1e-6)
        np.testing.assert_allclose(
            sum(map(float, model.losses)) / full, int(shared._kl_step) - training,
            rtol=1e-5)


def test_schedules_of_keras_and_functions_are_kl_weights():
    import keras

    decay = keras.optimizers.schedules.ExponentialDecay(1., 1, 0.5)
    full = kl_of(dense(kernel_initializer="zeros"))
    for schedule in (decay, lambda step: 0.5 ** tf.cast(step, tf.float32)):
        layer = dense(kl_weight=schedule, kernel_initializer="zeros")
        np.testing.assert_allclose([kl_of(layer, True) for _ in range(3)],
                                   full * np.array([1., 0.5, 0.25]), rtol=1e-6)


def test_linear_warmup_starts_and_ends_at_its_values():
    from zhusuan.layers import LinearWarmup

    warmup = LinearWarmup(0.5, 4, start=0.1)
    np.testing.assert_allclose([float(warmup(i)) for i in (0, 2, 4, 9)],
                               [0.1, 0.3, 0.5, 0.5], rtol=1e-6)
    with pytest.raises(ValueError, match="n_steps must be at least 1"):
        LinearWarmup(1., 0)
    with pytest.raises(TypeError, match="n_steps must be an int, but it is 1.5"):
        LinearWarmup(1., 1.5)
