"""Names, shapes, dtypes and layers that Bayesian models of Keras networks take."""
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

X = np.random.RandomState(0).normal(size=[4, 2]).astype(np.float32)
Y = np.array([0., 1., 0., 1.], np.float32)
QUIET = {"progress_bar": False, "seed": 1}


def network_of(*parts, n_inputs=2):
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input([n_inputs]), *parts], name="net")


def linear_model(n_outputs=1, **options):
    return zs.keras.bayesian(network_of(layers.Dense(n_outputs, name="d")), **options)


ALGORITHMS = {
    "NUTS": lambda model, data: zs.NUTS().run(
        model, data, n_samples=3, n_warmup=3, n_chains=4, jit_compile=False, **QUIET),
    "laplace": lambda model, data: zs.laplace(model, data, seed=1),
    "fit": lambda model, data: zs.variational.fit(model, observed=data, n_steps=3,
                                                  **QUIET)}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_misnamed_targets_raise_with_the_known_name(algorithm):
    with pytest.raises(ValueError, match="'targets'"):
        ALGORITHMS[algorithm](linear_model(noise=0.5), {"x": X, "targets": Y})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_missing_targets_are_latents(algorithm):
    found = ALGORITHMS[algorithm](linear_model(noise=0.5), {"x": X})
    assert found["y"].shape[-1] == 4  # without the last axis, as samples


def test_errors_name_the_network():
    with pytest.raises(TypeError, match="model 'net' requires the input 'x'"):
        linear_model().observe(y=Y)
    with pytest.raises(ValueError, match="model 'net' has no stochastic node"):
        linear_model().observe(x=X, targets=Y)


@pytest.mark.parametrize("likelihood, n_outputs, shape", [
    ("normal", 3, [4, 1]), ("heteroscedastic_normal", 2, [4, 2]),
    ("categorical", 3, [4, 1]), ("categorical", 3, [4, 3]), ("bernoulli", 1, [4, 2]),
    ("poisson", 2, [4]), ("normal", 1, [3]), ("normal", 1, [1])])
def test_targets_of_other_shapes_raise(likelihood, n_outputs, shape):
    model = linear_model(n_outputs, likelihood=likelihood,
                         noise=1. if likelihood == "normal" else None)
    pattern = r"targets \"y\" have the shape \(%s" % shape[0]
    with pytest.raises(ValueError, match=pattern):
        model.observe(x=X, y=np.zeros(shape))
    draws = {name: np.ones([2] + list(v.shape)) for name, v in model.weights.items()}
    p = zs.keras.predict(model, X, draws)
    with pytest.raises(ValueError, match="targets"):
        p.log_density(np.zeros(shape))
    with pytest.raises(ValueError, match="targets"):  # not as samples
        p.log_density(np.zeros([4, 4]))


# -- Names and priors -----------------------------------------------------------------

def twin_network():
    """Two models within one, whose weights have the same paths."""
    def part(name):
        x = keras.Input([2])
        return keras.Model(x, layers.LayerNormalization(name="ln")(
            layers.Dense(2, name="d")(x)), name=name)

    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input([2]), part("a"), part("b")])


def test_priors_of_suffixed_names_are_those_of_their_paths():
    model = zs.keras.bayesian(twin_network(), prior={"*/bias": 7., "b": 2.})
    bn = model.observe(x=X)
    stds = {name: float(np.ravel(bn[name].dist.std)[0]) for name in model.weights}
    assert list(stds) == ["d/kernel", "d/bias", "ln/gamma", "ln/beta", "d/kernel_1",
                          "d/bias_1", "ln/gamma_1", "ln/beta_1"]
    assert stds["d/bias"] == stds["d/bias_1"] == 7.
    assert stds["d/kernel_1"] == stds["ln/gamma_1"] == stds["ln/beta_1"] == 2.
    assert stds["ln/gamma"] == 1. and stds["d/kernel"] == pytest.approx(2 ** -0.5)


def test_scales_of_suffixed_names_have_mean_1_by_default():
    bn = zs.keras.bayesian(twin_network()).observe(x=X)
    for name in ("ln/gamma", "ln/gamma_1"):
        np.testing.assert_allclose(bn[name].dist.mean, np.ones(2))


def test_names_of_weights_match_one_weight_only():
    bn = zs.keras.bayesian(twin_network(), prior={
        "d/kernel": 3., "d/kernel_1": 4., "d/bias": 5.}).observe(x=X)
    assert [float(np.ravel(bn[name].dist.std)[0]) for name in (
        "d/kernel", "d/kernel_1", "d/bias", "d/bias_1")] == [3., 4., 5., 1.]


def attention_network():
    x = keras.Input([5, 3])
    h = layers.MultiHeadAttention(2, 4, name="m")(x, x)
    return keras.Model(x, layers.Dense(1)(layers.Flatten()(h)))


def on_sequences(layer):
    return lambda: keras.Sequential([
        keras.Input([5, 3]), layer(), layers.Flatten(), layers.Dense(1)])


# The number of products that one output is a sum of, or 1 for other weights.
FAN_INS = {
    "attention": (attention_network, {
        "m/query/kernel": 3, "m/query/bias": 1, "m/value/kernel": 3,
        "m/attention_output/kernel": 8, "m/attention_output/bias": 1}),
    "gru": (on_sequences(lambda: layers.GRU(4, name="m")), {
        "m/gru_cell/kernel": 3, "m/gru_cell/recurrent_kernel": 4,
        "m/gru_cell/bias": 1}),
    "depthwise": (on_sequences(lambda: layers.DepthwiseConv1D(2, name="m")), {
        "m/kernel": 2, "m/bias": 1}),
    "separable": (on_sequences(lambda: layers.SeparableConv1D(7, 2, name="m")), {
        "m/depthwise_kernel": 2, "m/pointwise_kernel": 3, "m/bias": 1}),
    "transposed": (on_sequences(lambda: layers.Conv1DTranspose(7, 2, name="m")), {
        "m/kernel": 6}),
    "groups": (on_sequences(lambda: layers.Conv1D(6, 2, groups=3, name="m")), {
        "m/kernel": 2})}


@pytest.mark.parametrize("name", FAN_INS)
def test_default_priors_have_the_fan_in_of_layers(name):
    make, fan_ins = FAN_INS[name]
    bn = zs.keras.bayesian(make()).observe(x=np.zeros([2, 5, 3], np.float32))
    for weight, n in fan_ins.items():
        np.testing.assert_allclose(bn[weight].dist.std, n ** -0.5, rtol=1e-6)
        assert not np.any(bn[weight].dist.mean)


# -- Networks -------------------------------------------------------------------------

def network_of_two_outputs():
    x = keras.Input([2])
    return keras.Model(x, [layers.Dense(1)(x), layers.Dense(1)(x)])


@pytest.mark.parametrize("make, pattern", [
    (network_of_two_outputs, "several outputs"),
    (lambda: network_of(zs.layers.DenseFlipout(1)), "belongs to zs.layers"),
    (lambda: network_of(layers.Dense(2), zs.layers.DenseFlipout(1, kl_weight=0.)),
     "belongs to zs.layers"),
    (lambda: network_of(layers.Dense(1, activity_regularizer="l2")),
     "activity_regularizer")])
def test_networks_that_are_not_supported_raise_at_once(make, pattern):
    with pytest.raises(ValueError, match=pattern):
        zs.keras.bayesian(make())


def test_regularizers_of_weights_are_ignored():
    model = zs.keras.bayesian(network_of(layers.Dense(
        1, kernel_regularizer="l2", bias_regularizer="l1")), noise=1.)
    assert np.isfinite(model.observe(x=X, y=Y).log_joint())


def test_losses_of_layers_raise_beside_regularizers():
    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(keras.ops.sum(x))
            return x

    model = zs.keras.bayesian(network_of(layers.Dense(
        1, kernel_regularizer="l2", bias_regularizer="l1"), Penalty()))
    with pytest.raises(ValueError, match="call add_loss"):
        model.observe(x=X)


def test_weights_that_are_no_longer_trainable_raise():
    network = network_of(layers.Dense(2, name="a"), layers.Dense(1, name="b"))
    model = zs.keras.bayesian(network, noise=1.)
    network.layers[0].trainable = False
    with pytest.raises(ValueError, match="'a/kernel'.* Make the model again"):
        model.observe(x=X)


def test_networks_without_argument_training_are_evaluated():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.d = layers.Dense(1, use_bias=False, name="d")

        def call(self, x):
            return self.d(x)

    network = Own()
    network(X)
    model = zs.keras.bayesian(network, noise=1.)
    bn = model.observe(x=X, **{"d/kernel": [[1.], [2.]]})
    np.testing.assert_allclose(bn["y"].dist.mean, X @ [1., 2.], rtol=1e-5)


# -- Dtypes ---------------------------------------------------------------------------

def subclassed_normalization():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.n, self.d = layers.LayerNormalization(), layers.Dense(1)

        def call(self, x):
            return self.d(self.n(x))

    network = Own()
    network(X)
    return network


@pytest.mark.parametrize("make", [
    lambda: network_of(layers.Dense(1)), subclassed_normalization])
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_integer_inputs_are_numbers_of_the_dtype_of_weights(make, dtype):
    model = zs.keras.bayesian(make(), noise=0.5)
    x = np.arange(8).reshape(4, 2)
    rng = np.random.RandomState(1)
    weights = {name: rng.normal(size=[3] + list(v.shape)).astype(np.float32)
               for name, v in model.weights.items()}
    np.testing.assert_allclose(
        model.observe(x=x.astype(dtype), y=Y, **weights).log_joint(),
        model.observe(x=x.astype(np.float32), y=Y, **weights).log_joint(), rtol=1e-6)


@pytest.mark.slow
def test_fits_to_integer_inputs_are_those_to_floats():
    model = zs.keras.bayesian(subclassed_normalization(), noise=0.5)
    x = np.arange(8).reshape(4, 2)
    fits = [zs.variational.fit(model, data={"x": x.astype(dtype), "y": Y}, batch_size=2,
                               n_steps=3, **QUIET) for dtype in ("int64", "float32")]
    for name in model.weights:
        np.testing.assert_allclose(fits[0][name], fits[1][name], rtol=1e-5)


def test_indices_stay_integers():
    n = 2 ** 24 + 1  # which float32 does not have

    class Last(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(), name="w")

        def call(self, x):
            return self.w * keras.ops.cast(x - (n - 1), "float32")

    network = keras.Sequential([keras.Input([1], dtype="int32"), Last(name="l")])
    bn = zs.keras.bayesian(network, noise=1.).observe(x=[[n]], **{"l/w": 2.})
    np.testing.assert_allclose(bn["y"].dist.mean, [2.])


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("head", ["float32", None])
@pytest.mark.parametrize("kind", ["dense", "convolution"])
@pytest.mark.parametrize("n", [1, 3, 20])
def test_mixed_precision_has_outputs_of_the_dtype_of_weights(policy, head, kind, n):
    keras.utils.set_random_seed(1)
    parts = [layers.Dense(3, dtype=policy)] if kind == "dense" else [
        layers.Reshape([2, 1]), layers.Conv1D(3, 2, dtype=policy), layers.Flatten()]
    network = keras.Sequential([keras.Input([2]), *parts, layers.Dense(
        1, dtype=head or policy)])
    model = zs.keras.bayesian(network, noise=0.5)
    weights = {name: np.ones([n] + list(v.shape), np.float32)
               for name, v in model.weights.items()}
    bn = model.observe(x=X, y=Y, **weights)
    assert bn["y"].dist.dtype == tf.float32
    expected = 3. * (X.sum(axis=1) + 1.) + 1.
    np.testing.assert_allclose(bn["y"].dist.mean, np.tile(expected, [n, 1]), rtol=0.1,
                               atol=0.1)
    found = bn.cond_log_prob("y")
    np.testing.assert_allclose(found, stats.norm(bn["y"].dist.mean, 0.5).logpdf(
        Y).sum(axis=-1), rtol=1e-4)
