"""Layers with random weights: precision, state and errors."""
import re

import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from keras_3 import HAS_KERAS_3
from layer_cases import INPUTS, KERAS_WARNING, every_layer, make_layer

pytestmark = [pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3"),
              KERAS_WARNING]

X = INPUTS["Dense"]


def kl_of(layer, training=False):
    layer(X, training=training)
    return float(layer.losses[-1])


def dense(units=3, kind="Flipout", **options):
    import zhusuan as zs

    return getattr(zs.layers, "Dense" + kind)(units, **dict({"seed": 1}, **options))


# -- Precision --

@every_layer
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_dtypes_follow_the_policy(name, policy):
    """The KL divergence has the precision of the variables, whatever the products."""
    layer, inputs = make_layer(name, dtype=policy, seed=1)
    outputs = layer(inputs)
    assert outputs.dtype.name == policy.replace("mixed_", "")
    variable_dtype = "float64" if policy == "float64" else "float32"
    assert {w.dtype for w in layer.trainable_weights} == {variable_dtype}
    reference, _ = make_layer(name, dtype=variable_dtype, seed=1)
    reference(inputs)
    reference.set_weights(layer.get_weights())
    reference.seed_generator.state.assign([1, 0])
    expected = reference(inputs)
    np.testing.assert_allclose(layer.losses[-1], reference.losses[-1], rtol=1e-6)
    tolerance = 1e-6 if policy == "float64" else 0.03
    np.testing.assert_allclose(tf.cast(outputs, tf.float64), expected,
                               atol=tolerance, rtol=tolerance)


def test_a_row_of_zeros_has_finite_gradients_by_local_reparameterization():
    layer = dense(kind="LocalReparameterization", kl_weight=0.)
    layer(X)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(np.zeros_like(X)))
    gradients = tape.gradient(loss, [w.value for w in layer.trainable_weights])
    assert all(np.isfinite(g).all() for g in gradients)


# -- State and shapes --

@every_layer
def test_outputs_have_the_computed_shape_also_when_symbolic(name):
    import keras

    layer, inputs = make_layer(name)
    shape = tuple(layer(inputs).shape)
    assert tuple(layer.compute_output_shape(inputs.shape)) == shape
    twin, _ = make_layer(name)
    symbol = keras.Input(inputs.shape[1:], dtype=inputs.dtype.name)
    model = keras.Model(symbol, twin(symbol))
    assert model.output_shape == (None,) + shape[1:]
    assert model(inputs[:1]).shape == (1,) + shape[1:]


@every_layer
def test_a_seed_repeats_the_draws(name):
    (first, inputs), (second, _) = (make_layer(name, seed=7) for _ in range(2))
    first(inputs)
    second(inputs)
    second.set_weights(first.get_weights())
    draws = first(inputs).numpy()
    np.testing.assert_array_equal(second(inputs), draws)
    assert (first(inputs).numpy() != draws).any()


@every_layer
def test_inference_at_the_mean_is_deterministic_and_training_is_not(name):
    layer, inputs = make_layer(name, inference="mean")
    outputs = layer(inputs).numpy()
    np.testing.assert_array_equal(layer(inputs), outputs)
    assert (layer(inputs, training=True).numpy() != outputs).any()
    assert layer.losses


@every_layer
def test_a_stateless_call_depends_on_its_arguments_alone(name):
    layer, inputs = make_layer(name, seed=3)
    layer(inputs)
    before = layer.seed_generator.state.numpy()
    variables = ([tf.zeros_like(w.value) for w in layer.trainable_variables],
                 [tf.convert_to_tensor(w) for w in layer.non_trainable_variables])
    outputs, state, losses = layer.stateless_call(*variables, inputs,
                                                  return_losses=True)
    again = layer.stateless_call(*variables, inputs)[0]
    np.testing.assert_array_equal(outputs, again)
    assert (outputs.numpy() != layer(inputs).numpy()).any()
    assert len(losses) == 1 and len(state) == len(variables[1])
    np.testing.assert_array_equal(layer.seed_generator.state[1], before[1] + 1)


def test_parameters_are_counted_twice_for_random_weights():
    from zhusuan.distributions import Normal

    layer = dense()
    layer(X)
    assert layer.count_params() == 2 * 4 * 3 + 3
    layer = dense(bias_prior=Normal(0., std=1.))
    layer(X)
    assert layer.count_params() == 2 * (4 * 3 + 3)
    assert [w.name for w in layer.weights] == [
        "kernel_posterior_mean", "kernel_posterior_logstd", "bias_posterior_mean",
        "bias_posterior_logstd"]


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_the_mean_of_a_convolution_matches_the_layer_of_keras(padding):
    import keras

    import zhusuan as zs

    for data_format in "channels_last", "channels_first":
        options = {"strides": 2, "padding": padding, "data_format": data_format}
        layer = zs.layers.Conv1DFlipout(3, 2, inference="mean", **options)
        twin = keras.layers.Conv1D(3, 2, **options)
        x = INPUTS["Conv1D"]
        outputs = layer(x)
        twin(x)
        twin.set_weights([layer.get_weights()[0], layer.get_weights()[2]])
        np.testing.assert_allclose(outputs, twin(x), rtol=1e-5, atol=1e-6)


def test_channels_first_draws_match_channels_last():
    import zhusuan as zs
    from zhusuan.distributions import Normal

    options = {"bias_prior": Normal(0., std=1.), "seed": 3, "initial_std": 0.5}
    x = INPUTS["Conv2D"]
    last = zs.layers.Conv2DFlipout(3, 2, **options)
    last(x)
    first = zs.layers.Conv2DFlipout(3, 2, data_format="channels_first", **options)
    first(x.transpose(0, 3, 1, 2))
    first.set_weights(last.get_weights())
    np.testing.assert_allclose(first(x.transpose(0, 3, 1, 2)),
                               np.transpose(last(x), [0, 3, 1, 2]), atol=1e-5)


def test_embeddings_mask_zero():
    layer, inputs = make_layer("EmbeddingReparameterization", mask_zero=True)
    np.testing.assert_array_equal(layer.compute_mask(inputs), inputs != 0)


def test_posteriors_are_attributes_at_the_present_variables():
    from zhusuan.distributions import Normal

    layer = dense(initial_std=0.5)
    assert layer.kernel_posterior is None
    layer(X)
    np.testing.assert_allclose(layer.kernel_posterior.std, np.full([4, 3], 0.5))
    assert layer.bias_posterior is None
    layer.set_weights([w + 1. for w in layer.get_weights()])
    np.testing.assert_array_equal(layer.kernel_posterior.mean, layer.get_weights()[0])
    layer = dense(bias_prior=Normal(0., std=1.), initial_std=0.2)
    layer(X)
    np.testing.assert_allclose(layer.bias_posterior.std, np.full(3, 0.2), rtol=1e-6)


# -- Functions --

def test_posterior_functions_own_variables_and_priors_may_be_trained():
    import zhusuan as zs

    def prior(dtype, shape, name, trainable, add_variable_fn):
        logstd = add_variable_fn(name=name + "_logstd", shape=(), dtype=dtype,
                                 initializer="zeros", trainable=trainable)
        return zs.distributions.Normal(tf.zeros([], dtype), logstd=logstd)

    layer = dense(kernel_prior_fn=prior)
    with tf.GradientTape() as tape:
        layer(X)
        loss, = layer.losses
    variable = layer.weights[2]
    assert variable.name == "kernel_prior_logstd"
    mean, logstd = [w.numpy() for w in layer.weights[:2]]
    np.testing.assert_allclose(  # the derivative of the KL divergence at std 1
        tape.gradient(loss, variable.value),
        np.sum(1. - mean ** 2 - np.exp(2. * logstd)), rtol=1e-5)


def test_divergence_and_tensor_functions_replace_the_defaults():
    import zhusuan as zs

    layer = dense(
        kernel_divergence_fn=lambda q, p, _: zs.distributions.kl_divergence(q, p) / 4.,
        kernel_posterior_tensor_fn=lambda q: q.mean, kernel_initializer="zeros")
    np.testing.assert_array_equal(layer(X), np.zeros([6, 3]))
    np.testing.assert_allclose(
        kl_of(layer), kl_of(dense(kernel_initializer="zeros")) / 4., rtol=1e-6)


def test_none_omits_the_prior_and_the_bias():
    layer = dense(kernel_prior_fn=None, bias_posterior_fn=None)
    layer(X)
    assert layer.losses == [] and len(layer.weights) == 2


# -- Errors --

def zs_normal():
    from zhusuan.distributions import Normal

    return Normal


def keras_variable(x):
    import keras

    return tf.convert_to_tensor(keras.Variable(x))


ERRORS = {
    "units": (lambda: dense(0), ValueError, "units must be at least 1, but it is 0"),
    "bool": (lambda: dense(True), TypeError, "units must be an int, but it is True"),
    "kl_weight": (lambda: dense(kl_weight=-1.), ValueError,
                  "kl_weight must be a finite number >= 0, but it is -1.0"),
    "kl_weight of text": (lambda: dense(kl_weight="1/n"), TypeError,
                          "kl_weight must be a number, a keras.Variable or a function"),
    "inference": (lambda: dense(inference="map"), ValueError,
                  'inference must be "sample" or "mean", but it is \'map\''),
    "std": (lambda: dense(initial_std=0.), ValueError, "initial_std must be a number"),
    "std of text": (lambda: dense(initial_std="a"), ValueError,
                    "initial_std must be a number > 0, but it is 'a'"),
    "std of nan": (lambda: dense(initial_std=np.nan), ValueError, "but it is nan"),
    "variable": (lambda: dense(kernel_posterior_fn=lambda *_: zs_normal()(
                     tf.Variable(np.zeros([4, 3], "f")), std=1.))(X), ValueError,
                 "kernel_posterior_fn creates a variable.*add_variable_fn"),
    "variable of a prior": (
        lambda: dense(kernel_prior_fn=lambda *_: zs_normal()(
            keras_variable(0.), std=1.))(X), ValueError,
        "kernel_prior_fn creates a variable.*add_variable_fn"),
    "prior": (lambda: dense(prior=1.), TypeError,
              "prior must be a distribution such as zs.distributions.Normal"),
    "two priors": (lambda: dense(prior=zs_normal()(0., std=1.), kernel_prior_fn=len),
                   ValueError, "give either prior or kernel_prior_fn, not both"),
    "function": (lambda: dense(kernel_prior_fn=3), TypeError,
                 "kernel_prior_fn must be a function, but it is 3"),
    "no posterior": (lambda: dense(kernel_posterior_fn=None), TypeError,
                     "kernel_posterior_fn must be a function, but it is None"),
    "result": (lambda: dense(kernel_posterior_fn=lambda *_: 3.)(X), TypeError,
               "kernel_posterior_fn returned 3.0, but it must return a distribution"),
    "shape": (lambda: dense(kernel_posterior_fn=lambda *_: zs_normal()(
                  np.zeros(5), std=1.))(X), ValueError,
              "values of shape .5,., but the weight has shape .4, 3."),
    "shape of prior": (lambda: dense(prior=zs_normal()(np.zeros(5), std=1.))(X),
                       ValueError,
                       "the prior of the kernel has shape .5,., which does not"),
    "larger prior": (lambda: dense(prior=zs_normal()(np.zeros([2, 4, 3]), std=1.))(X),
                     ValueError, "does not broadcast to the shape .4, 3. of the"),
    "channels": (lambda: dense().build((None, None)), ValueError,
                 "the number of channels of the inputs must be known to build"),
    "unknown": (lambda: dense(kernel_prior=3), ValueError, "kernel_prior"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_arguments_raise(case):
    make, error, words = ERRORS[case]
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize("kind, words", [
    ("Flipout", "a distribution that is symmetric about its mean, with independent "
                "elements, such as Normal or Laplace"),
    ("LocalReparameterization", "a Normal distribution")])
def test_other_families_raise(kind, words):
    import zhusuan as zs

    layer = dense(kind=kind, kernel_posterior_fn=lambda dtype, shape, *_: (
        zs.distributions.Gumbel(tf.zeros(shape, dtype), 1.)))
    with pytest.raises(ValueError, match="returned Gumbel, but the layer requires " +
                       re.escape(words)):
        layer(X)
    dense(kind="Reparameterization",
          kernel_posterior_fn=layer.kernel_posterior_fn)(X)


def test_layers_of_keras_2_as_posteriors_raise():
    import zhusuan as zs

    class Keras2Layer:
        trainable_weights = ()

    layer = zs.layers.DenseVariational(3, lambda *_: Keras2Layer())
    with pytest.raises(TypeError, match="Return a keras.layers.Layer of Keras 3"):
        layer(X)


def test_a_missing_closed_form_raises_if_it_is_required():
    import zhusuan as zs

    layer = zs.layers.DenseVariational(
        3, kl_use_exact=True, prior=zs.distributions.Laplace(0., 1.))
    with pytest.raises(NotImplementedError, match="Use kl_use_exact=False"):
        layer(X)


@pytest.mark.parametrize("name", ["DenseFlipout", "DenseVariational", "Conv2DFlipout",
                                  "EmbeddingReparameterization"])
def test_layers_are_built_while_training_is_traced(name):
    import keras

    layer, inputs = make_layer(name, kl_weight=0.1)
    model = keras.Sequential([layer])  # without an Input
    model.compile("sgd", "mse")
    target = np.zeros(layer.compute_output_shape(inputs.shape), "float32")
    history = model.fit(inputs, target, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert np.isfinite(model.evaluate(inputs, target, verbose=0))
