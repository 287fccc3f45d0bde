"""Models in the idiom of TensorFlow 2 and Keras 3, end to end."""
import numpy as np
import pytest
import tensorflow as tf

import zhusuan as zs

if tf.__version__.startswith("1."):
    pytest.skip("needs TensorFlow 2", allow_module_level=True)

keras = tf.keras
N, X_DIM, Z_DIM = 6, 8, 2
X = (np.cos(np.arange(N * X_DIM) * 1.3).reshape([N, X_DIM]) > 0).astype("float32")


class Network(keras.Model):
    def __init__(self, n_outputs, dtype):
        super().__init__(dtype=dtype)
        self.hidden = keras.layers.Dense(5, activation="tanh", dtype=dtype)
        self.top = keras.layers.Dense(n_outputs, dtype=dtype)

    def call(self, inputs):
        return self.top(self.hidden(inputs))


class VAE(tf.Module):
    """Layers made outside of the model function."""

    def __init__(self, dtype=None):
        super().__init__()
        self.dtype = dtype
        self.decoder, self.encoder = Network(X_DIM, dtype), Network(2 * Z_DIM, dtype)

    @property
    def trainable_variables(self):  # `tf.Module` does not find those of Keras 3
        return self.encoder.trainable_variables + self.decoder.trainable_variables

    @zs.meta_bayesian_net(scope="gen")
    def model(self, n):
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([n, Z_DIM]), std=1., group_ndims=1, n_samples=3)
        logits = self.decoder(z)  # the node itself
        bn.deterministic("x_mean", tf.sigmoid(logits))
        bn.bernoulli("x", tf.cast(logits, tf.float32), group_ndims=1, dtype=tf.float32)
        return bn

    def bound(self, x):
        mean, logstd = tf.split(tf.cast(self.encoder(x), tf.float32), 2, axis=-1)
        q = zs.BayesianNet()
        q.normal("z", mean, logstd=logstd, group_ndims=1, n_samples=3)
        return zs.variational.elbo(self.model(len(x)), {"x": x}, variational=q, axis=0)


def gradients(vae, x, seed=1):
    with zs.seeded(seed), tf.GradientTape() as tape:
        cost = tf.reduce_mean(vae.bound(x).sgvb())
    return cost, tape.gradient(cost, vae.trainable_variables)


@pytest.fixture
def vae():
    keras.utils.set_random_seed(1)
    vae = VAE()
    vae.bound(tf.constant(X))  # makes the variables
    return vae


def numpy_bound(vae, x, seed):
    """The bound in NumPy, from the weights and the posterior's samples."""
    weights = [v.numpy() for v in vae.encoder.variables + vae.decoder.variables]

    def mlp(h, w1, b1, w2, b2):
        return np.tanh(h @ w1 + b1) @ w2 + b2

    mean, logstd = np.split(mlp(x, *weights[:4]), 2, axis=-1)
    with zs.seeded(seed):
        q = zs.BayesianNet()
        z = q.normal("z", mean, logstd=logstd, group_ndims=1,
                     n_samples=3).tensor.numpy()

    def log_normal(z, mean, logstd):
        terms = -0.5 * np.log(2 * np.pi) - logstd
        return (terms - 0.5 * ((z - mean) * np.exp(-logstd)) ** 2).sum(-1)

    logits = mlp(z, *weights[4:])
    log_px = (x * logits - np.logaddexp(0., logits)).sum(-1)
    bound = log_px + log_normal(z, 0., 0.) - log_normal(z, mean, logstd)
    return bound.mean(0)


def test_the_bound_matches_numpy(vae):
    with zs.seeded(3):
        bound = vae.bound(tf.constant(X)).tensor
    np.testing.assert_allclose(bound, numpy_bound(vae, X, 3), rtol=1e-5)


def trained(vae, start, data, wrap):
    """Costs of all steps, and the weights in the end."""
    for v, value in zip(vae.trainable_variables, start):
        v.assign(value)
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(vae.trainable_variables)

    def step(x, number):
        cost, grads = gradients(vae, x, tf.stack([7, number]))
        optimizer.apply_gradients(zip(grads, vae.trainable_variables))
        return cost

    step = wrap(step)
    costs = [step(x, number).numpy() for number, x in data.enumerate()]
    return costs, [v.numpy() for v in vae.trainable_variables]


def test_traced_and_compiled_training_match_eager(vae):
    data = tf.data.Dataset.from_tensor_slices(X).batch(3)
    start = [v.numpy() for v in vae.trainable_variables]
    _, eager = trained(vae, start, data.repeat(3), lambda step: step)
    _, traced = trained(vae, start, data.repeat(3), tf.function)
    for a, b, before in zip(eager, traced, start):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
        assert np.abs(a - before).max() > 1e-3
    # XLA draws other numbers. Six images are learnt by heart: below log 2 per pixel.
    costs, _ = trained(vae, start, data.repeat(150), lambda step: tf.function(
        step, jit_compile=True))
    assert np.mean(costs[-50:]) < np.mean(costs[:50]) - 0.5
    assert np.mean(costs[-50:]) < X_DIM * np.log(2.)


def test_layers_made_within_the_model_function_are_made_once():
    @zs.meta_bayesian_net(scope="inner", reuse_variables=True)
    def model():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([4, Z_DIM]), std=1., group_ndims=1)
        bn.normal("x", keras.layers.Dense(3)(z), std=1., group_ndims=1)
        return bn

    net = model()
    z, x = tf.ones([4, Z_DIM]), tf.zeros([4, 3])
    assert not net.variables
    first = net.observe(z=z, x=x).log_joint()
    kernel, bias = net.variables
    assert [tuple(v.shape) for v in net.trainable_variables] == [(2, 3), (3,)]
    mean = z.numpy() @ kernel.numpy() + bias.numpy()
    want = -0.5 * (mean ** 2).sum(-1) - 1. - 2.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(first, want, rtol=1e-5)
    optimizer = keras.optimizers.SGD(0.1)
    with tf.GradientTape() as tape:
        cost = -tf.reduce_mean(net.observe(z=z, x=x).log_joint())
    optimizer.apply_gradients(zip(tape.gradient(cost, net.trainable_variables),
                                  net.trainable_variables))
    assert len(net.variables) == 2 and net.variables[0] is kernel
    assert np.mean(net.observe(z=z, x=x).log_joint()) > np.mean(first)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_log_densities_in_float32(vae, dtype):
    mixed = VAE(dtype)
    mixed.bound(tf.constant(X))
    for a, b in zip(mixed.trainable_variables, vae.trainable_variables):
        assert a.dtype == "float32"
        a.assign(b)
    with zs.seeded(1):
        assert mixed.decoder(tf.zeros([2, Z_DIM])).dtype == dtype[len("mixed_"):]
        bound = mixed.bound(tf.constant(X)).tensor
    with zs.seeded(1):
        exact = vae.bound(tf.constant(X)).tensor
    assert bound.dtype == tf.float32
    np.testing.assert_allclose(bound, exact, rtol=0.02)
    _, grads = gradients(mixed, tf.constant(X))
    _, exact_grads = gradients(vae, tf.constant(X))
    for g, exact in zip(grads, exact_grads):
        assert g.dtype == tf.float32
        np.testing.assert_allclose(g, exact, atol=0.05 * np.abs(exact).max() + 1e-3)


def test_checkpoints_restore_weights_and_optimizer(vae, tmp_path):
    optimizer = keras.optimizers.Adam(0.01)
    x = tf.constant(X)

    def train(optimizer, vae, steps):
        for step in steps:
            _, grads = gradients(vae, x, step)
            optimizer.apply_gradients(zip(grads, vae.trainable_variables))

    train(optimizer, vae, range(2))
    path = tf.train.Checkpoint(vae=vae, optimizer=optimizer).save(
        str(tmp_path / "checkpoint"))
    train(optimizer, vae, range(2, 4))

    other, other_optimizer = VAE(), keras.optimizers.Adam(0.01)
    other.bound(x)
    other_optimizer.build(other.trainable_variables)
    checkpoint = tf.train.Checkpoint(vae=other, optimizer=other_optimizer)
    checkpoint.restore(path).assert_consumed()
    train(other_optimizer, other, range(2, 4))
    for a, b in zip(vae.trainable_variables, other.trainable_variables):
        np.testing.assert_array_equal(a, b)


def test_a_trained_generator_is_exported_as_saved_model(vae, tmp_path):
    class Generator(tf.Module):
        def __init__(self):
            super().__init__()
            self.vae = vae

        @tf.function(input_signature=[tf.TensorSpec([None, Z_DIM])])
        def decode(self, z):
            return vae.model(tf.shape(z)[0]).observe(z=z)["x_mean"]

        @tf.function(input_signature=[tf.TensorSpec([], tf.int32),
                                      tf.TensorSpec([2], tf.int64)])
        def generate(self, n, seed):
            with zs.seeded(seed):
                return vae.model(n).observe()["x_mean"]

    generator = Generator()
    tf.saved_model.save(generator, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    z = tf.constant(np.linspace(-1., 1., 10).reshape([5, 2]).astype("float32"))
    np.testing.assert_allclose(
        loaded.decode(z), tf.sigmoid(vae.decoder(z)), rtol=1e-6)
    seed = tf.constant([1, 2], tf.int64)
    samples = loaded.generate(4, seed)
    assert samples.shape == [3, 4, X_DIM]
    np.testing.assert_array_equal(samples, generator.generate(4, seed))
    assert np.any(samples != loaded.generate(4, seed + 1))
