"""Layers with random weights against those of TensorFlow Probability, where installed.

Distributions and functions of TensorFlow Probability are arguments of these layers.
"""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from keras_3 import HAS_KERAS_3
from layer_cases import INPUTS, KERAS_WARNING
from optional_tfp import require_tfp

pytestmark = [
    pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3"), KERAS_WARNING,
    # The layers of TensorFlow Probability call Keras 2 in ways that it warns of.
    pytest.mark.filterwarnings("ignore:`layer.add_variable` is deprecated:UserWarning"),
    pytest.mark.filterwarnings("ignore:The initializer RandomNormal is unseeded")]

PAIRS = {
    "DenseReparameterization": ("DenseReparameterization", (3,)),
    "DenseLocalReparameterization": ("DenseLocalReparameterization", (3,)),
    "DenseFlipout": ("DenseFlipout", (3,)),
    "Conv1DReparameterization": ("Convolution1DReparameterization", (2, 2)),
    "Conv1DFlipout": ("Convolution1DFlipout", (2, 2)),
    "Conv2DReparameterization": ("Convolution2DReparameterization", (2, 3)),
    "Conv2DFlipout": ("Convolution2DFlipout", (2, 3)),
    "Conv3DReparameterization": ("Convolution3DReparameterization", (2, 2)),
    "Conv3DFlipout": ("Convolution3DFlipout", (2, 2)),
}
every_pair = pytest.mark.parametrize("name", PAIRS)


@pytest.fixture
def tfp():
    return require_tfp()


def inputs_of(name):
    return INPUTS[name[:6] if name.startswith("Conv") else "Dense"]


def theirs(tfp, name, **options):
    name, arguments = PAIRS[name]
    return getattr(tfp.layers, name)(*arguments, **options)


def ours(name, **options):
    import zhusuan as zs

    return getattr(zs.layers, name)(*PAIRS[name][1], **options)


@every_pair
def test_default_divergences_are_equal(tfp, name):
    """At equal posteriors; the default priors are standard normal in both."""
    x = inputs_of(name)
    their, our = theirs(tfp, name), ours(name)
    their(x)
    our(x)
    loc, untransformed, bias = [w.numpy() for w in their.trainable_weights]
    scale = np.finfo("float32").eps + np.log1p(np.exp(untransformed))
    our.set_weights([loc, np.log(scale), bias])
    our(x)
    np.testing.assert_allclose(our.losses[0], their.losses[0], rtol=1e-5)


@every_pair
def test_functions_of_theirs_are_arguments(tfp, name):
    """The same weights give the same divergence and the same outputs at the means."""
    x, tfd = inputs_of(name), tfp.distributions
    options = {
        "kernel_posterior_fn": tfp.layers.default_mean_field_normal_fn(),
        "kernel_prior_fn": lambda dtype, shape, *_: tfd.Independent(
            tfd.Normal(tf.zeros(shape, dtype), tf.constant(0.5, dtype)), len(shape)),
        "kernel_divergence_fn": lambda q, p, _: tfd.kl_divergence(q, p) / 10.,
        "bias_posterior_fn": tfp.layers.default_mean_field_normal_fn(),
        "bias_prior_fn": tfp.layers.default_multivariate_normal_fn,
        "kernel_posterior_tensor_fn": lambda d: d.mean(),
        "bias_posterior_tensor_fn": lambda d: d.mean(), "activation": "relu"}
    if "Local" in name:  # a function of the distribution of the outputs
        options["kernel_posterior_tensor_fn"] = None
    their = theirs(tfp, name, **{k: v for k, v in options.items() if v is not None})
    our = ours(name, inference="mean", **options)
    expected = their(x)
    our(x)
    our.set_weights([w.numpy() for w in their.trainable_weights])
    outputs = our(x)
    np.testing.assert_allclose(our.losses[0], sum(their.losses), rtol=1e-5)
    if "Reparameterization" in name and "Local" not in name:
        np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-5)


@every_pair
@pytest.mark.parametrize("theirs_is", [None, "posterior", "prior"])
def test_their_divergence_accepts_default_distributions(tfp, name, theirs_is):
    x, tfd = inputs_of(name), tfp.distributions
    options = {} if theirs_is is None else {"kernel_%s_fn" % theirs_is: (
        tfp.layers.default_mean_field_normal_fn() if theirs_is == "posterior" else
        tfp.layers.default_multivariate_normal_fn)}
    options.update(seed=1, kernel_initializer="zeros")
    ones = [ours(name, kernel_divergence_fn=lambda q, p, _: tfd.kl_divergence(
        q, p) / 10., **options), ours(name, kl_weight=0.1, **options)]
    for layer in ones:
        layer(x)
    ones[1].set_weights(ones[0].get_weights())
    for layer in ones:
        layer(x)
    np.testing.assert_allclose(ones[0].losses[0], ones[1].losses[0], rtol=1e-5)
    with pytest.raises(NotImplementedError, match="No KL(.|\n)*Cauchy"):
        tfd.kl_divergence(tfd.Cauchy(0., 1.), tfd.Normal(0., 1.))


@pytest.mark.parametrize("name", ["DenseFlipout", "DenseLocalReparameterization",
                                  "DenseReparameterization"])
def test_draws_from_their_posterior_have_its_moments(tfp, name):
    """|z| < 5 for means of 2000 draws; 18 numbers fail with probability 1e-5."""
    x = INPUTS["Dense"]
    layer = ours(name, seed=2, use_bias=False, kernel_prior_fn=None,
                 kernel_posterior_fn=lambda dtype, shape, *_: tfp.distributions.Normal(
                     tf.fill(shape, tf.constant(0.5, dtype)), tf.constant(2., dtype)))

    @tf.function(autograph=False)
    def draw():
        return tf.map_fn(lambda _: layer(x), tf.range(2000), parallel_iterations=1,
                         fn_output_signature=tf.float32)

    layer(x)
    draws = draw().numpy()
    std = 2. * np.sqrt(np.square(x).sum(1))[:, np.newaxis]
    z = (draws.mean(0) - 0.5 * x.sum(1, keepdims=True)) / (std / np.sqrt(2000.))
    assert np.abs(z).max() < 5.
    np.testing.assert_allclose(draws.std(0), np.tile(std, [1, 3]), rtol=0.1)


def test_a_prior_of_theirs_has_a_closed_form_with_the_default_posterior(tfp):
    from zhusuan.distributions import Normal

    x, tfd = INPUTS["Dense"], tfp.distributions
    wrapped = ours("DenseFlipout", kernel_initializer="zeros", kernel_prior_fn=lambda
                   dtype, shape, *_: tfd.Independent(tfd.Normal(
                       tf.ones(shape, dtype), 2.), len(shape)))
    own = ours("DenseFlipout", kernel_initializer="zeros", prior=Normal(1., std=2.))
    wrapped(x)
    own(x)
    np.testing.assert_allclose(wrapped.losses[0], own.losses[0], rtol=1e-6)


def test_joint_posteriors_of_theirs_are_results_of_functions(tfp):
    import keras

    import zhusuan as zs

    tfd = tfp.distributions

    class Posterior(keras.layers.Layer):
        def __init__(self, size):
            super().__init__()
            self.mean = self.add_weight(shape=(size,), initializer="zeros")

        def call(self, inputs):
            return tfd.Independent(tfd.Normal(tf.convert_to_tensor(self.mean), 0.5), 1)

    def prior(kernel_size, bias_size, dtype):
        size = kernel_size + bias_size
        return lambda _: tfd.Independent(tfd.Normal(tf.zeros([size], dtype), 1.), 1)

    layer = zs.layers.DenseVariational(
        3, lambda kernel_size, bias_size, dtype: Posterior(kernel_size + bias_size),
        prior, kl_weight=0.1, kl_use_exact=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(INPUTS["Dense"]))
    np.testing.assert_allclose(
        layer.losses[0], 0.1 * 15 * (0.5 * 0.25 - 0.5 - np.log(0.5)), rtol=1e-5)
    variable, = layer.trainable_weights
    np.testing.assert_allclose(
        tape.gradient(loss, variable.value),
        np.concatenate([np.repeat(INPUTS["Dense"].sum(0), 3), [6.] * 3]), rtol=1e-5)
