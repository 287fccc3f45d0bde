"""Outputs and gradients of layers with random weights, against closed forms.

Each statistical test compares means of draws with their expectation by |z| < 5. With at
most 100 numbers per test and fixed seeds it fails with probability 6e-5 if it is right,
for the normal approximation of means of 1000 draws.
"""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from keras_3 import HAS_KERAS_3
from layer_cases import INPUTS, every_layer, kind, make_layer

pytestmark = pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3")

MEAN_FIELD = [name for name in every_layer.args[1] if name != "DenseVariational"]
every_mean_field = pytest.mark.parametrize("name", MEAN_FIELD)
N_DRAWS = 1000


def built(name, **options):
    """A layer with posteriors of random means and standard deviations."""
    import keras

    keras.utils.set_random_seed(4)
    layer, inputs = make_layer(name, seed=5, initial_std=0.3, **options)
    layer(inputs)
    rng = np.random.RandomState(2)
    layer.set_weights([w + 0.3 * rng.randn(*w.shape) for w in layer.get_weights()])
    return layer, inputs


def random_bias(name):
    import zhusuan as zs

    if kind(name) == "Embedding":
        return {}
    return {"bias_prior": zs.distributions.Normal(0., std=1.)}


def draws_of(function, n=N_DRAWS):
    """Results of `n` calls of a function that returns Tensors, as arrays."""
    @tf.function(autograph=False, jit_compile=True)
    def many():
        example = function()
        return tf.map_fn(lambda _: function(), tf.range(n), parallel_iterations=1,
                         fn_output_signature=[
                             tf.TensorSpec(x.shape, x.dtype) for x in example])
    return [x.numpy() for x in many()]


def check_mean(draws, expected):
    """|z| < 5 for every element, and draws that differ where they should."""
    error = draws.std(0) / np.sqrt(len(draws)) + 1e-6
    z = (draws.mean(0) - expected) / error
    assert np.abs(z).max() < 5., z


def moments(layer, inputs):
    """The exact mean and variance of the outputs, by the plain linear map."""
    import keras

    weights = [w.value for w in layer.trainable_weights]
    mean, variance = weights[0], tf.exp(2. * weights[1])
    if "embedding" in layer.name:
        return tf.gather(mean, inputs), tf.gather(variance, inputs)
    if mean.shape.rank == 2:
        def product(x, kernel):
            return tf.matmul(x, kernel)
    else:
        def product(x, kernel):
            return keras.ops.conv(x, kernel, padding="valid")
    bias_mean, bias_variance = weights[2], tf.exp(2. * weights[3])
    return (product(inputs, mean) + bias_mean,
            product(np.square(inputs), variance) + bias_variance)


@every_mean_field
def test_outputs_have_the_moments_of_independent_normal_weights(name):
    layer, inputs = built(name, **random_bias(name))
    mean, variance = moments(layer, inputs)
    draws, = draws_of(lambda: [layer(inputs)])
    check_mean(draws, mean)
    check_mean(np.square(draws - mean), variance)


@pytest.mark.slow
@every_mean_field
def test_gradients_of_the_expected_log_likelihood_match_the_closed_form(name):
    """Of a normal likelihood: E[(y - t)^2] = (E[y] - t)^2 + Var[y]."""
    layer, inputs = built(name, kl_weight=0., **random_bias(name))
    target = np.float32(0.5)
    variables = [w.value for w in layer.trainable_weights]
    with tf.GradientTape() as tape:
        mean, variance = moments(layer, inputs)
        loss = 0.5 * tf.reduce_sum(tf.square(mean - target) + variance)
    expected = tape.gradient(loss, variables)

    def gradients():
        with tf.GradientTape() as tape:
            loss = 0.5 * tf.reduce_sum(tf.square(layer(inputs, training=True) - target))
        return [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables)]

    for draws, gradient in zip(draws_of(gradients), expected):
        check_mean(draws, tf.convert_to_tensor(gradient))


@every_mean_field
def test_kl_and_its_gradients_match_the_closed_form(name):
    import zhusuan as zs

    layer, inputs = built(name, prior=zs.distributions.Normal(0.2, std=0.5),
                          kl_weight=0.25)
    mean, logstd = [w.numpy() for w in layer.trainable_weights[:2]]
    with tf.GradientTape() as tape:
        layer(inputs)
        loss, = layer.losses
    by_mean, by_logstd = tape.gradient(
        loss, [w.value for w in layer.trainable_weights[:2]])
    ratio = np.exp(2. * logstd) / 0.25
    kl = 0.5 * (ratio + (mean - 0.2) ** 2 / 0.25 - 1.) - logstd + np.log(0.5)
    np.testing.assert_allclose(loss, 0.25 * kl.sum(), rtol=1e-5)
    np.testing.assert_allclose(by_mean, (mean - 0.2), rtol=1e-5)
    np.testing.assert_allclose(by_logstd, 0.25 * (ratio - 1.), rtol=1e-4, atol=1e-6)


def test_joint_posterior_has_the_moments_of_its_covariance():
    layer, inputs = built("DenseVariational")
    posterior = layer.posterior
    design = np.concatenate([
        np.kron(inputs, np.eye(3)), np.tile(np.eye(3), [6, 1])], axis=1)
    tril = posterior.cov_tril.numpy().astype("float64")
    assert np.abs(np.tril(tril, -1)).max() > 0.01
    draws, = draws_of(lambda: [tf.reshape(layer(inputs), [-1])])
    check_mean(draws, design @ posterior.mean.numpy())
    centred = draws - design @ posterior.mean.numpy()
    check_mean(centred[:, :1] * centred, ((design @ tril) @ (design @ tril).T)[0])


def test_kl_of_a_joint_posterior_matches_the_closed_form():
    from zhusuan.distributions import Normal

    layer, inputs = built("DenseVariational", prior=Normal(0.2, std=0.5))
    layer(inputs)
    tril = layer.posterior.cov_tril.numpy().astype("float64")
    shift = layer.posterior.mean.numpy() - 0.2
    np.testing.assert_allclose(
        layer.losses[-1], 0.5 * (np.square(tril).sum() + shift @ shift) / 0.25 - 7.5 +
        15. * np.log(0.5) - np.log(np.diag(tril)).sum(), rtol=1e-5)


def test_exact_kl_of_a_joint_posterior_matches_its_estimate():
    exact, inputs = built("DenseVariational", kl_use_exact=True)
    estimated, _ = built("DenseVariational", kl_use_exact=False)

    def loss():
        estimated(inputs)
        return [estimated.losses[-1]]

    exact(inputs)
    check_mean(draws_of(loss)[0], exact.losses[0])


@pytest.mark.slow
def test_kl_without_a_closed_form_is_estimated_from_the_draw():
    import zhusuan as zs

    prior = zs.distributions.MixtureSameFamily(
        [0., 0.], zs.distributions.Normal([0., 0.], std=[1., 0.1]))
    for name in ("DenseReparameterization", "DenseFlipout",
                 "DenseLocalReparameterization"):
        layer, inputs = built(name, prior=prior, use_bias=False)

        def loss(layer=layer, inputs=inputs):
            layer(inputs)
            return [layer.losses[-1]]

        # The expectation by Gauss-Hermite quadrature of each weight.
        nodes, weights = np.polynomial.hermite_e.hermegauss(200)
        mean, logstd = [w.numpy().astype("float64")[..., np.newaxis]
                        for w in layer.trainable_weights]
        x = mean + np.exp(logstd) * nodes
        log_prior = np.log(0.5 * np.exp(-0.5 * x ** 2) +
                           5. * np.exp(-50. * x ** 2))
        kl = -logstd - 0.5 * nodes ** 2 - log_prior
        check_mean(draws_of(loss)[0], (kl * weights).sum() / weights.sum())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Dense", "Conv2D"])
def test_flipout_reduces_the_variance_of_gradients(kind):
    """The larger the batch, the more: here below a third, of the variance in total."""
    rng = np.random.RandomState(1)
    inputs = np.concatenate([INPUTS[kind]] * 16)
    inputs = (inputs + rng.randn(*inputs.shape)).astype("float32")
    variances = {}
    for estimator in ("Reparameterization", "Flipout"):
        layer, few = built(kind + estimator, kl_weight=0., use_bias=False)
        mean = layer.trainable_weights[0].value

        def gradients(layer=layer, mean=mean):
            with tf.GradientTape() as tape:
                loss = 0.5 * tf.reduce_mean(tf.square(layer(inputs) - 1.))
            return [tape.gradient(loss, mean)]

        variances[estimator] = draws_of(gradients, 300)[0].var(0).sum()
    assert variances["Flipout"] < variances["Reparameterization"] / 3.


def test_flipout_draws_differ_between_data_and_agree_between_positions():
    import zhusuan as zs

    layer = zs.layers.DenseFlipout(200, initial_std=1., seed=3)
    outputs = layer(np.ones([2, 3, 4], "float32")).numpy()
    np.testing.assert_allclose(outputs[:, 0], outputs[:, 1], rtol=1e-5)
    assert np.abs(outputs[0, 0] - outputs[1, 0]).max() > 1.


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_signs_are_balanced_and_independent(dtype, jit_compile):
    """For 20,000 signs, |mean| < 0.036 fails with probability 4e-7."""
    from zhusuan import seeded
    from zhusuan._tf import random_numbers

    @tf.function(jit_compile=jit_compile)
    def draw(seed):
        with seeded(seed):
            return random_numbers.signs([200, 100], dtype)

    x = tf.cast(draw(tf.constant(3)), tf.float64).numpy()
    assert set(x.ravel()) == {-1., 1.}
    for products in (x, x[1:] * x[:-1], x[:, 1:] * x[:, :-1], x[:, 32:] * x[:, :-32]):
        assert abs(products.mean()) < 0.036
    assert (draw(tf.constant(4)).numpy() != draw(tf.constant(3)).numpy()).any()
