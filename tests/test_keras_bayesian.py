"""Bayesian models of Keras networks."""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from keras_3 import HAS_KERAS_3
from scipy import stats

import zhusuan as zs

pytestmark = pytest.mark.skipif(not HAS_KERAS_3, reason="needs Keras 3")

if HAS_KERAS_3:
    import keras
    from keras import layers


def sequential(*parts, **options):
    keras.utils.set_random_seed(1)
    return keras.Sequential(list(parts), **options)


def small_network(n_outputs=1, **options):
    return sequential(keras.Input([2]), layers.Dense(3, "tanh", name="a", **options),
                      layers.Dense(n_outputs, name="b", **options))


def random_weights(model, n, seed=0):
    rng = np.random.RandomState(seed)
    return {name: rng.normal(size=[n] + list(v.shape)).astype(v.dtype)
            for name, v in model.weights.items()}


def by_hand(weights, x):
    """The outputs of `small_network` with a first axis of samples, in NumPy."""
    h = np.tanh(x @ weights["a/kernel"] + weights["a/bias"][:, None])
    return h @ weights["b/kernel"] + weights["b/bias"][:, None]


def test_latents_are_named_by_paths_within_the_network():
    assert list(zs.keras.bayesian(small_network()).weights) == [
        "a/kernel", "a/bias", "b/kernel", "b/bias"]
    inner = sequential(keras.Input([2]), layers.Dense(2, name="d"), name="inner")
    x = keras.Input([2])
    model = zs.keras.bayesian(keras.Model(x, layers.Dense(1, name="out")(inner(x))))
    assert list(model.weights) == [
        "inner/d/kernel", "inner/d/bias", "out/kernel", "out/bias"]


def test_latents_of_equal_paths_have_different_names():
    class Twins(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = layers.Dense(2, name="d", use_bias=False)
            self.two = layers.Dense(1, name="d", use_bias=False)

        def call(self, x):
            return self.two(self.one(x))

    network = Twins()
    network(np.zeros([1, 2]))
    model = zs.keras.bayesian(network)
    assert list(model.weights) == ["d/kernel", "d/kernel_1"]


def test_weights_that_are_not_trainable_are_no_latents():
    network = small_network()
    network.layers[0].trainable = False
    model = zs.keras.bayesian(network, noise=1.)
    assert list(model.weights) == ["b/kernel", "b/bias"]
    x = np.ones([4, 2], np.float32)
    bn = model.observe(x=x, **{"b/kernel": np.ones([3, 1]), "b/bias": np.zeros([1])})
    expected = np.tanh(x @ network.layers[0].kernel.numpy()).sum(axis=1)
    np.testing.assert_allclose(bn["y"].dist.mean, expected, rtol=1e-5)


NETWORKS = {
    "convolution": lambda: (sequential(
        keras.Input([6, 6, 1]), layers.Conv2D(2, 3, activation="relu"),
        layers.MaxPooling2D(), layers.Flatten(), layers.Dense(2)), "images"),
    "strides and dilation": lambda: (sequential(
        keras.Input([6, 6, 1]), layers.Conv2D(2, (2, 3), strides=2, padding="same"),
        layers.Conv2D(3, 2, dilation_rate=2), layers.Flatten(), layers.Dense(2)),
        "images"),
    "convolution of volumes": lambda: (sequential(
        keras.Input([6, 6, 1]), layers.Reshape([3, 6, 2, 1]),
        layers.Conv3D(2, (2, 3, 1), padding="same"), layers.Flatten(),
        layers.Dense(2)), "images"),
    "batch normalization and dropout": lambda: (sequential(
        keras.Input([3]), layers.Dense(4), layers.BatchNormalization(),
        layers.Dropout(0.5), layers.Dense(2)), "rows"),
    "layer normalization": lambda: (sequential(
        keras.Input([3]), layers.Dense(4), layers.LayerNormalization(),
        layers.Dense(2)), "rows"),
    "embedding": lambda: (sequential(
        keras.Input([5], dtype="int32"), layers.Embedding(7, 3),
        layers.GlobalAveragePooling1D(), layers.Dense(2)), "words"),
    "recurrent": lambda: (sequential(
        keras.Input([4, 2]), layers.GRU(3), layers.Dense(2)), "sequences")}


def inputs_of(kind):
    rng = np.random.RandomState(1)
    return {"images": rng.normal(size=[5, 6, 6, 1]), "rows": rng.normal(size=[5, 3]),
            "words": rng.randint(7, size=[5, 5]),
            "sequences": rng.normal(size=[5, 4, 2])}[kind]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 2), (17,)])
def test_outputs_are_those_of_the_network_with_each_sample(name, shape):
    network, kind = NETWORKS[name]()
    model, x = zs.keras.bayesian(network, likelihood="categorical"), inputs_of(kind)
    weights = random_weights(model, int(np.prod(shape)))
    outputs_at = tf.function(
        lambda w: model.observe(x=x, **w)["y"].dist.logits, autograph=False)
    outputs = outputs_at(
        {name: tf.reshape(w, shape + w.shape[1:]) for name, w in weights.items()})
    states = [v.numpy() for v in network.non_trainable_variables]
    for i, of_one in enumerate(np.reshape(outputs, (-1, 5, 2))):
        for name, variable in model.weights.items():
            variable.assign(weights[name][i])
        np.testing.assert_allclose(of_one, network(x, training=False), rtol=1e-4,
                                   atol=1e-5)
    for before, variable in zip(states, network.non_trainable_variables):
        np.testing.assert_array_equal(before, variable)


def test_sample_axes_of_weights_broadcast():
    model = zs.keras.bayesian(small_network())
    x, weights = np.ones([4, 2], np.float32), random_weights(model, 3)
    fixed = dict(weights, **{"a/kernel": weights["a/kernel"][:1]})
    bn = model.observe(x=x, noise=1., **dict(fixed, **{
        "a/kernel": fixed["a/kernel"][0]}))
    np.testing.assert_allclose(bn["y"].dist.mean, by_hand(fixed, x)[..., 0], rtol=1e-4,
                               atol=1e-5)


SCIPY = {
    "normal": (1, lambda f, y: stats.norm(f[..., 0], 0.5).logpdf(y)),
    "heteroscedastic_normal": (2, lambda f, y: stats.norm(
        f[..., 0], np.sqrt(np.log1p(np.exp(f[..., 1])) + 1e-6)).logpdf(y)),
    "categorical": (3, lambda f, y: np.take_along_axis(
        f - np.log(np.exp(f).sum(-1, keepdims=True)),
        np.broadcast_to(y[:, None], f.shape[:-1] + (1,)), -1)[..., 0]),
    "bernoulli": (1, lambda f, y: stats.bernoulli(
        1. / (1. + np.exp(-f[..., 0]))).logpmf(y)),
    "poisson": (1, lambda f, y: stats.poisson(np.exp(f[..., 0])).logpmf(y))}


@pytest.mark.parametrize("likelihood", SCIPY)
@pytest.mark.parametrize("has_last_axis", [False, True])
def test_log_joint_matches_scipy(likelihood, has_last_axis):
    n_outputs, log_prob = SCIPY[likelihood]
    if has_last_axis and likelihood == "categorical":
        pytest.skip("classes have no last axis")
    model = zs.keras.bayesian(
        small_network(n_outputs), prior=2., likelihood=likelihood,
        noise=0.5 if likelihood == "normal" else None)
    x, y = np.random.RandomState(0).normal(size=[4, 2]), np.array([0, 1, 0, 1])
    weights = random_weights(model, 3)
    targets = y[:, None] if has_last_axis else y
    found = model.observe(x=x, y=targets, **weights).log_joint()
    expected = log_prob(by_hand(weights, x).astype(float), y).sum(axis=-1) + sum(
        stats.norm(0., 2.).logpdf(w).reshape(3, -1).sum(axis=1)
        for w in weights.values())
    np.testing.assert_allclose(found, expected, rtol=2e-5)


def test_default_priors_keep_the_variance_of_layers():
    model = zs.keras.bayesian(sequential(
        keras.Input([8]), layers.Dense(4, name="d"), layers.LayerNormalization(
            name="n"), layers.Dense(1, name="out")))
    bn = model.observe(x=np.zeros([2, 8]))
    for name, mean, std in [("d/kernel", 0., 8 ** -0.5), ("d/bias", 0., 1.),
                            ("n/gamma", 1., 1.), ("n/beta", 0., 1.),
                            ("out/kernel", 0., 0.5)]:
        dist = bn[name].dist
        np.testing.assert_allclose(dist.mean, np.full(dist.batch_shape, mean))
        np.testing.assert_allclose(dist.std, std, rtol=1e-6)


def test_priors_are_found_by_weight_layer_pattern_and_function():
    laplace = zs.distributions.Laplace(0., scale=1.)
    model = zs.keras.bayesian(small_network(), prior={
        "*/bias": 3., "a": lambda name, shape, dtype: zs.distributions.Normal(
            tf.zeros(shape, dtype), std=5.), "b/kernel": laplace})
    weights = random_weights(model, 1)
    bn = model.observe(x=np.zeros([1, 2]), **weights)
    for name, dist in [("a/kernel", stats.norm(0., 5.)), ("a/bias", stats.norm(0., 3.)),
                       ("b/bias", stats.norm(0., 3.)), ("b/kernel", stats.laplace())]:
        np.testing.assert_allclose(
            bn.cond_log_prob(name), [dist.logpdf(weights[name]).sum()], rtol=1e-5)
    drawn = model.observe(x=np.zeros([1, 2]))["b/kernel"]
    assert drawn.tensor.shape == (3, 1)


def add_loss_network():
    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(keras.ops.sum(x))
            return x
    return sequential(keras.Input([2]), layers.Dense(1), Penalty())


def integer_network():
    class Integers(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(2,), dtype="int32", initializer="ones")

        def call(self, x):
            return x * keras.ops.cast(self.w, "float32")
    return sequential(keras.Input([2]), Integers())


@pytest.mark.parametrize("make, options, error, pattern", [
    (lambda: "network", {}, TypeError, "of Keras 3"),
    (lambda: sequential(layers.Dense(1)), {}, ValueError, "is not built"),
    (lambda: sequential(keras.Input([2]), layers.ReLU()), {}, ValueError,
     "no trainable weights"),
    (lambda: sequential(keras.Input([2, 2], batch_size=3), layers.GRU(
        1, stateful=True)), {}, ValueError, "stateful RNN"),
    (add_loss_network, {}, ValueError, "add_loss"),
    (integer_network, {}, TypeError, "int32"),
    (lambda: small_network(), {"prior": {"c": 1.}}, ValueError,
     "'c' of prior= matches no layer .*'a/kernel'"),
    (lambda: small_network(), {"prior": -1.}, ValueError, "must be positive"),
    (lambda: small_network(), {"prior": "normal"}, TypeError, "must be a distribution"),
    (lambda: small_network(), {"likelihood": "gaussian"}, ValueError,
     "likelihood must be one of 'normal'"),
    (lambda: small_network(), {"likelihood": "heteroscedastic_normal"}, ValueError,
     "two outputs"),
    (lambda: small_network(), {"likelihood": "categorical"}, ValueError,
     "logit for each class"),
    (lambda: small_network(), {"noise": 0.}, ValueError, "must be positive"),
    (lambda: small_network(2), {"likelihood": "categorical", "noise": 1.}, ValueError,
     "noise= requires"),
    (lambda: small_network(), {"prior": zs.distributions.Normal(
        tf.zeros([7]), std=1.)}, ValueError, "must be that of the weight"),
])
def test_bad_arguments_raise(make, options, error, pattern):
    with pytest.raises(error, match=pattern):
        model = zs.keras.bayesian(make(), **options)
        model.observe(x=np.zeros([3, 2], np.float32))


def test_missing_inputs_raise():
    model = zs.keras.bayesian(small_network())
    with pytest.raises(TypeError, match="requires the input 'x'"):
        model.observe(y=np.zeros([3]))


@pytest.mark.parametrize("likelihood, n_outputs, shape", [
    ("categorical", 3, [4, 1]), ("categorical", 3, [4, 3]), ("normal", 2, [4]),
    ("normal", 1, [4, 2]), ("bernoulli", 1, [3]), ("poisson", 1, [])])
def test_targets_that_do_not_fit_the_outputs_raise(likelihood, n_outputs, shape):
    model = zs.keras.bayesian(small_network(n_outputs), likelihood=likelihood)
    with pytest.raises(ValueError, match="the targets \"y\" have the shape"):
        model.observe(x=np.ones([4, 2]), y=np.zeros(shape))
