"""Priors of the weights of Keras networks that depend on latents."""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from keras_3 import HAS_KERAS_3
from scipy import stats

import zhusuan as zs

pytestmark = pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3")

RNG = np.random.RandomState(0)
X = RNG.standard_normal([6, 3]).astype(np.float32)
Y = RNG.standard_normal(6).astype(np.float32)
NAME = "last/kernel"


def model(prior):
    import keras

    network = keras.Sequential([keras.Input([3]), keras.layers.Dense(
        2, use_bias=False, name="last")])
    return zs.keras.bayesian(network, prior, noise=0.5)



@pytest.mark.parametrize("per_input, shape", [(False, (1, 1)), (True, (3, 1))])
@pytest.mark.parametrize("is_centered", [False, True])
def test_log_joint_matches_scipy(per_input, shape, is_centered):
    m = model(zs.keras.hierarchical_prior(2., per_input, is_centered))
    scale = RNG.uniform(0.5, 2., shape).astype(np.float32)
    value = RNG.standard_normal([3, 2]).astype(np.float32)
    size = scale * (1. if per_input else 3. ** -0.5)
    w = value if is_centered else size * value
    latent = NAME if is_centered else NAME + "/standard"
    y = X @ w + 0.1
    bn = m.observe(x=X, y=y, **{NAME + "/scale": scale, latent: value})
    expected = stats.halfnorm.logpdf(scale, scale=2.).sum() + stats.norm.logpdf(
        value, scale=size if is_centered else 1.).sum() + stats.norm.logpdf(
            0.1, scale=0.5) * 12
    np.testing.assert_allclose(float(bn.log_joint()), expected, rtol=1e-5)
    np.testing.assert_allclose(np.asarray(bn[NAME]), w, rtol=1e-6)


@pytest.mark.parametrize("is_centered", [False, True])
def test_samplers_and_fits_predict(is_centered):
    m = model(zs.keras.hierarchical_prior(per_input=True, is_centered=is_centered))
    data = {"x": X, "y": np.stack([Y, -Y], axis=1)}
    chains = zs.HMC(step_size=0.1, n_leapfrogs=3).run(
        m, data, n_chains=2, n_samples=10, n_warmup=10, seed=1, progress_bar=False,
        jit_compile=False)
    fit = zs.variational.fit(m, data, n_steps=20, seed=1, progress_bar=False,
                             jit_compile=False)
    assert chains[NAME].shape == (10, 2, 3, 2)
    for posterior, n_draws in ((chains, 20), (fit, 1000)):
        prediction = zs.keras.predict(m, X, posterior)
        assert prediction.outputs.shape == (n_draws, 6, 2)
    weights = np.asarray(fit[NAME]) if is_centered else (
        fit[NAME + "/scale"] * fit[NAME + "/standard"])
    np.testing.assert_allclose(prediction.mean, X @ weights.mean(0), atol=1e-4)


def test_prior_of_own_function_takes_the_net():
    def prior(bn, name, shape, dtype):
        mean = bn.normal("mean of " + name, tf.zeros([]), std=1.)
        return zs.distributions.Normal(
            tf.ones(shape, dtype) * mean[..., tf.newaxis, tf.newaxis], std=0.5)

    w = RNG.standard_normal([3, 2]).astype(np.float32)
    bn = model(prior).observe(x=X, **{NAME: w, "mean of " + NAME: np.float32(0.3)})
    np.testing.assert_allclose(
        float(bn.cond_log_prob(NAME)), stats.norm.logpdf(w, 0.3, 0.5).sum(), rtol=1e-5)


@pytest.mark.parametrize("value, error, message", [
    (lambda: tf.zeros([3]), ValueError, "its last axes must be those of the weight"),
    (lambda: tf.zeros([3, 2], tf.float64), TypeError, "of the dtype float64, but the"),
    (lambda: "normal", TypeError, "must return a distribution or a Tensor"),
    (lambda: zs.distributions.Normal(tf.zeros([2]), std=1.), ValueError,
     "returned a distribution of the shape"),
    (lambda: zs.distributions.Normal(tf.zeros([3, 2], tf.float64), std=tf.ones(
        [], tf.float64)), TypeError, "has the dtype float64, but the weight has")])
def test_wrong_results_of_functions_raise(value, error, message):
    with pytest.raises(error, match=message):
        model(lambda bn, name, shape, dtype: value()).observe(x=X)


def test_scale_that_is_not_positive_raises():
    with pytest.raises(ValueError, match="hierarchical_prior: scale must be positive"):
        zs.keras.hierarchical_prior(0.)
