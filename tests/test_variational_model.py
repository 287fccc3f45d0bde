"""`zs.keras.VariationalModel` on models whose evidence is known."""
import itertools

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from keras_3 import HAS_KERAS_3

import zhusuan as zs

if not HAS_KERAS_3:
    pytest.skip("requires Keras 3", allow_module_level=True)

import keras

from zhusuan.keras import VariationalModel

# p(x | z) = N(W z + B, NOISE^2 I). The columns of W are orthogonal, so that the
# numbers of the exact posterior are independent.
W = np.array([[1., 0.5], [1., -0.5], [0., 1.]], "float32")
B, NOISE = np.array([0.5, -1., 0.], "float32"), 0.7
X = 1.5 * np.random.RandomState(1).normal(size=(200, 3)).astype("float32")
PRECISION = 1. + np.sum(W ** 2, axis=0) / NOISE ** 2
EVIDENCE = scipy.stats.multivariate_normal(
    B, W.dot(W.T) + NOISE ** 2 * np.eye(3)).logpdf(X)
QUIET = {"verbose": 0}


def linear_model(mean_error=0., scale_error=0., seed=1, **options):
    """The linear model with its exact posterior, or one with errors."""
    encoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    gain = W / NOISE ** 2 / PRECISION
    encoder.set_weights([
        np.concatenate([gain, np.zeros([3, 2])], 1),
        np.concatenate([mean_error - B.dot(gain),
                        scale_error - 0.5 * np.log(PRECISION)])])
    decoder.set_weights([W.T, B])
    return VariationalModel(
        encoder=encoder, decoder=decoder, n_latent=2, likelihood="normal", noise=NOISE,
        seed=seed, **options)


def elbo_in_closed_form(mean_error, scale_error):
    """The evidence minus the divergence of two normal distributions with equal axes."""
    ratio = np.exp(2. * scale_error)
    divergence = 0.5 * np.sum(
        ratio - 1. - 2. * scale_error + mean_error ** 2 * PRECISION)
    return np.mean(EVIDENCE) - divergence


# -- Bounds and likelihoods -------------------------------------------------------

@pytest.mark.parametrize("objective, n_particles", [
    ("elbo", 1), ("sgvb", 2), ("reinforce", 2), ("importance_weighted", 3), ("iwae", 3),
    ("dreg", 3), ("vimco", 3), ("renyi", 3)])
def test_bounds_at_exact_posterior_are_the_evidence(objective, n_particles):
    model = linear_model()
    model.compile("sgd", objective, n_particles)
    found = model.evaluate(X, batch_size=64, return_dict=True, **QUIET)
    assert found == {
        "loss": pytest.approx(-np.mean(EVIDENCE), rel=1e-5),
        "log_likelihood": pytest.approx(np.mean(EVIDENCE), rel=1e-5)}


def test_elbo_matches_its_closed_form():
    """A mean of 400,000 terms; five standard errors."""
    model = linear_model(0.3, -0.2)
    model.compile(n_particles=2000)
    terms = _log_weights(0.3, -0.2, 2000)
    loss = model.evaluate(X, n_samples=0, **QUIET)
    error = 5. * np.std(terms.mean(axis=1)) / np.sqrt(2000.)
    assert error < 0.05
    assert -loss == pytest.approx(elbo_in_closed_form(0.3, -0.2), abs=error)


QUARTER = keras.Variable(0.25, trainable=False)


@pytest.mark.parametrize("kl_weight, weights", [
    (0.25, [0.25] * 3), (zs.layers.LinearWarmup(1., n_steps=2), [0., 0.5, 1.]),
    (lambda step: 0.1 * keras.ops.cast(step, "float32"), [0., 0.1, 0.2]),
    (lambda step: QUARTER.value, [0.25] * 3)])
def test_kl_weight_multiplies_the_divergence_in_training(kl_weight, weights):
    """One step an epoch, which changes no weight; five standard errors."""
    model = linear_model(0.3, -0.2)
    model.compile(keras.optimizers.SGD(0.), n_particles=1000, kl_weight=kl_weight)
    history = model.fit(X, batch_size=200, epochs=3, validation_data=(X,),
                        validation_batch_size=200, **QUIET).history
    mean = (X - B).dot(W / NOISE ** 2 / PRECISION) + 0.3
    variance = np.exp(-0.4) / PRECISION
    divergence = np.mean(0.5 * np.sum(
        mean ** 2 + variance - 1. - np.log(variance), axis=1))
    bound = elbo_in_closed_form(0.3, -0.2)
    assert history["loss"] == pytest.approx(
        [-bound - (1. - weight) * divergence for weight in weights], abs=0.1)
    assert history["val_loss"] == pytest.approx([-bound] * 3, abs=0.1)
    assert divergence > 1.  # a wrong weight moves the loss by 0.1 or more


def test_importance_sampling_matches_the_evidence():
    """Where the bound is off by 0.4; five standard errors, of draws by SciPy."""
    model = linear_model(0.3, -0.2)
    model.compile()
    loss, log_likelihood = model.evaluate(X, n_samples=2000, **QUIET)
    weights = np.exp(_log_weights(0.3, -0.2, 2000))
    error = 5. * np.sqrt(np.sum(np.var(weights, 0) / np.mean(weights, 0) ** 2) / 2000.
                         ) / len(X)
    assert error < 0.03
    assert log_likelihood == pytest.approx(np.mean(EVIDENCE), abs=error)
    assert -loss < np.mean(EVIDENCE) - 0.3


def _log_weights(mean_error, scale_error, n):
    """log p(x, z) - log q(z | x), by SciPy, at `[n]` draws of z for each of X."""
    mean = (X - B).dot(W / NOISE ** 2 / PRECISION) + mean_error
    std = np.exp(scale_error) / np.sqrt(PRECISION)
    z = mean + std * np.random.RandomState(2).normal(size=(n,) + mean.shape)
    normal = scipy.stats.norm
    return (normal.logpdf(z).sum(-1) - normal.logpdf(z, mean, std).sum(-1)
            + normal.logpdf(X, z.dot(W.T) + B, NOISE).sum(-1))


def test_loss_of_a_step_is_the_bound_with_its_noise():
    """The first step of `fit`, by `zs.variational.elbo` and the same numbers."""
    model = linear_model(0.3, -0.2, seed=5)
    model.compile("sgd", n_particles=4)

    @zs.meta_bayesian_net()
    def generative():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([200, 2]), std=1., group_ndims=1, n_samples=4)
        bn.normal("x", tf.matmul(z, tf.broadcast_to(W.T, [4, 2, 3])) + B, std=NOISE,
                  group_ndims=1)
        return bn

    with zs.seeded([5, 0]):
        q = zs.BayesianNet()
        mean, logstd = tf.split(model.networks["encoder"](X), 2, axis=-1)
        q.normal("z", mean, logstd=logstd, group_ndims=1, n_samples=4)
        bound = zs.variational.elbo(generative(), {"x": X}, variational=q, axis=0)
    history = model.fit(X, batch_size=200, shuffle=False, **QUIET)
    assert history.history["loss"] == [pytest.approx(
        -float(tf.reduce_mean(bound)), rel=1e-5)]


@pytest.mark.slow
@pytest.mark.parametrize("objective, n_particles", [("elbo", 2), ("dreg", 4)])
def test_training_finds_the_maximum_likelihood(objective, n_particles):
    """Of probabilistic PCA (Tipping and Bishop, 1999, eq. 7)."""
    state = np.random.RandomState(3)
    x = (state.normal(size=(500, 2)).dot(W.T) + B
         + 0.6 * state.normal(size=(500, 3))).astype("float32")
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    variance, values, vectors = values[0], values[1:], vectors[:, 1:]
    covariance = (vectors * (values - variance)).dot(vectors.T) + variance * np.eye(3)
    best = scipy.stats.multivariate_normal(x.mean(0), covariance).logpdf(x).mean()
    keras.utils.set_random_seed(1)
    model = VariationalModel(
        encoder=keras.Sequential([keras.layers.Dense(4)]),
        decoder=keras.Sequential([keras.layers.Dense(3)]), n_latent=2,
        likelihood="normal", seed=1)
    before = model.predict(x, **QUIET)
    model.compile(keras.optimizers.Adam(0.06), objective, n_particles)
    repeated = np.tile(x, [100, 1])
    model.fit(repeated, batch_size=500, epochs=9, **QUIET)
    model.optimizer.learning_rate = 0.003
    model.fit(repeated, batch_size=500, epochs=3, **QUIET)
    _, log_likelihood = model.evaluate(x, batch_size=500, **QUIET)
    assert best - 0.02 < log_likelihood < best + 0.01
    log_noise, = [w.numpy() for w in model.weights if w.name == "log_noise"]
    assert np.exp(log_noise) == pytest.approx(np.sqrt(variance), rel=0.1)
    assert np.std(model.predict(x, **QUIET) - x) < np.std(before - x)


@pytest.mark.parametrize("likelihood, outputs, x, expected", [
    ("bernoulli", [0.5, -1.], [[0, 1], [1, 1]], lambda x: scipy.stats.bernoulli.logpmf(
        x, scipy.special.expit([0.5, -1.])).sum(1)),
    ("bernoulli", [0.5, -1.], [[0.25, 1.]], lambda x: np.sum(
        x * scipy.special.log_expit([0.5, -1.])
        + (1 - x) * scipy.special.log_expit([-0.5, 1.]), 1)),
    ("normal", [0.5, -1.], [[0., 1.], [2., 3.]], lambda x: scipy.stats.norm.logpdf(
        x, [0.5, -1.]).sum(1)),
    ("heteroscedastic_normal", [0.5, -1.], [[0.], [3.]],
     lambda x: scipy.stats.norm.logpdf(x, 0.5, np.log1p(np.exp(-1.)) ** 0.5).sum(1)),
    ("heteroscedastic_normal", [0.5, 2., -1., 3.], [[0., 1.], [3., 2.]],
     lambda x: scipy.stats.norm.logpdf(
         x, [0.5, 2.], np.log1p(np.exp([-1., 3.])) ** 0.5).sum(1)),
    ("normal", [0.5], [[0.], [2.]],
     lambda x: scipy.stats.norm.logpdf(x, 0.5).sum(1)),
    ("poisson", [0.5, -1.], [[0, 4]], lambda x: scipy.stats.poisson.logpmf(
        x, np.exp([0.5, -1.])).sum(1)),
    ("categorical", [0.5, -1., 0.], [1, 2, 0],
     lambda x: scipy.special.log_softmax([0.5, -1., 0.])[x])])
def test_likelihoods_match_scipy(likelihood, outputs, x, expected):
    """The posterior is the prior and the decoder is constant: the bound is exact."""
    x = np.array(x)
    encoder = keras.Sequential([keras.layers.Reshape((-1,)), keras.layers.Dense(
        2, kernel_initializer="zeros")])
    decoder = keras.Sequential([keras.layers.Dense(
        len(outputs), kernel_initializer="zeros",
        bias_initializer=lambda shape, dtype: tf.constant(outputs, dtype))])
    model = VariationalModel(encoder=encoder, decoder=decoder, n_latent=1,
                             likelihood=likelihood)
    model.compile()
    loss, log_likelihood = model.evaluate(x, **QUIET)
    assert -loss == pytest.approx(expected(x).mean(), rel=1e-5)
    assert log_likelihood == pytest.approx(expected(x).mean(), rel=1e-5)
    assert model.generate(7).shape == model.predict(x[:1], **QUIET).shape[:0] + (
        7,) + x.shape[1:]
    assert model.generate(7, mean=True).shape == (7,) + x.shape[1:]


# -- Discrete latents -------------------------------------------------------------

@pytest.mark.slow
@pytest.mark.parametrize("objective", ["vimco", "reinforce", "elbo"])
def test_discrete_latents_are_trained_to_the_evidence(objective):
    """Two binary latents with four states: the evidence by enumeration."""
    x = np.tile(np.repeat([[0, 0, 1], [1, 1, 0], [1, 1, 1]], [60, 30, 10], axis=0),
                [50, 1])
    keras.utils.set_random_seed(2)
    model = VariationalModel(_binary_generative, _binary_variational, networks={
        "encoder": keras.layers.Dense(2), "decoder": keras.layers.Dense(3)}, seed=1)
    model.compile(keras.optimizers.Adam(0.05), objective, 8)
    history = model.fit(x, batch_size=100, epochs=3, shuffle=False, **QUIET)
    x = x[:100]
    loss, log_likelihood = model.evaluate(x, batch_size=100, n_samples=1000, **QUIET)
    assert loss < history.history["loss"][0] - 0.3
    states = np.array(list(itertools.product([0, 1], repeat=2)), "float32")
    logits = model.networks["decoder"](states).numpy()
    log_p = np.log(0.25) + scipy.stats.bernoulli.logpmf(
        x[:, None], scipy.special.expit(logits)).sum(-1)
    exact = scipy.special.logsumexp(log_p, axis=1).mean()
    assert log_likelihood == pytest.approx(exact, abs=0.02)
    assert -loss < exact + 0.02


def _binary_generative(decoder, n_data, n_samples):
    bn = zs.BayesianNet()
    z = bn.bernoulli("z", tf.zeros([n_data, 2]), group_ndims=1, n_samples=n_samples)
    bn.bernoulli("x", decoder(tf.cast(z, tf.float32)), group_ndims=1)
    return bn


def _binary_variational(encoder, x, n_samples):
    bn = zs.BayesianNet()
    bn.bernoulli("z", encoder(tf.cast(x, tf.float32)), group_ndims=1,
                 n_samples=n_samples)
    return bn


@pytest.mark.parametrize("objective", ["sgvb", "iwae", "dreg", "renyi"])
def test_objectives_of_paths_raise_for_discrete_latents(objective):
    model = VariationalModel(_binary_generative, _binary_variational, networks={
        "encoder": keras.layers.Dense(2), "decoder": keras.layers.Dense(3)})
    model.compile(objective=objective, n_particles=3)
    with pytest.raises(ValueError, match="latent 'z', a Bernoulli, are not rep.*vimco"):
        model.fit(np.zeros([4, 3]), **QUIET)


# -- Predictions ------------------------------------------------------------------

def test_generated_data_have_the_moments_of_the_model():
    """Five standard errors of 40,000 draws."""
    model = linear_model()
    draws, means = model.generate(40000), model.generate(40000, mean=True)
    for found, noise in (draws, NOISE), (means, 0.):
        covariance = W.dot(W.T) + noise ** 2 * np.eye(3)
        np.testing.assert_allclose(found.mean(0), B, atol=5 * 1.5 / 200.)
        np.testing.assert_allclose(np.cov(found.T), covariance, atol=5 * 3.2 / 200.)
    np.testing.assert_array_equal(draws[:1000], model.generate(1000))
    assert np.any(model.generate(1000, seed=2) != draws[:1000])


def test_reconstructions_are_means_at_draws_of_the_posterior():
    """Five standard deviations of the mean error, and of the variance of errors."""
    x = np.tile(X[:1], [20000, 1])
    errors = linear_model().predict(x, batch_size=20000, **QUIET) - (
        B + ((x - B).dot(W / NOISE ** 2 / PRECISION)).dot(W.T))
    covariance = (W / PRECISION).dot(W.T)
    np.testing.assert_allclose(errors.mean(0), 0., atol=5 * 0.6 / np.sqrt(20000))
    np.testing.assert_allclose(np.cov(errors.T), covariance, atol=0.03)
