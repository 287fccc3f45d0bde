"""Inference in Bayesian models of Keras networks."""
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

N, NOISE = 40, 0.5


def linear_problem():
    """A linear network, its data, and the exact posterior of its weights."""
    keras.utils.set_random_seed(1)
    network = keras.Sequential([
        keras.Input([2]), layers.Dense(1, use_bias=False, name="d")])
    model = zs.keras.bayesian(network, prior=1., noise=NOISE)
    rng = np.random.RandomState(1)
    x = rng.normal(size=[N, 2]).astype(np.float32)
    y = (x @ [1., -1.] + NOISE * rng.normal(size=N)).astype(np.float32)
    covariance = np.linalg.inv(x.T @ x / NOISE ** 2 + np.eye(2))
    return model, {"x": x, "y": y}, covariance @ (x.T @ y) / NOISE ** 2, covariance


def check_posterior(draws, mean, covariance, n_effective):
    """z-tests of the means and variances; the failure rate is below 4 * 1e-4."""
    draws = np.reshape(draws, (-1, 2))
    std = np.sqrt(np.diag(covariance))
    assert np.all(np.abs(draws.mean(axis=0) - mean) < 4. * std / n_effective ** 0.5)
    assert np.all(np.abs(draws.var(axis=0) / std ** 2 - 1.)
                  < 4. * (2. / n_effective) ** 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["NUTS", "HMC"])
def test_samplers_draw_from_the_exact_posterior(sampler):
    model, data, mean, covariance = linear_problem()
    sampler = zs.NUTS() if sampler == "NUTS" else zs.HMC(
        step_size=0.1, n_leapfrogs=5, adapt_step_size=True)
    chains = sampler.run(model, data, n_samples=300, n_warmup=200, n_chains=4, seed=1,
                         progress_bar=False, jit_compile=False)
    check_posterior(chains["d/kernel"], mean, covariance, 300)


def minibatches(data, kind):
    if kind == "arrays":
        return {"data": data, "batch_size": 10}
    batches = [{name: x[i:i + 10] for name, x in data.items()}
               for i in range(0, N, 10)]
    if kind == "list":
        return {"data": batches}
    return {"data": tf.data.Dataset.from_tensor_slices(data).batch(10), "n_data": N}


@pytest.mark.parametrize("kind", [
    "arrays", "list", pytest.param("dataset", marks=pytest.mark.slow)])
@pytest.mark.parametrize("sampler", ["SGLD", "SGHMC"])
def test_minibatches_are_scaled_to_all_data(sampler, kind):
    model, data, mean, covariance = linear_problem()
    sampler = zs.SGLD(2e-4) if sampler == "SGLD" else zs.SGHMC(
        2e-4, friction=0.3, n_iter_resample_v=None)
    chains = sampler.run(
        model, {}, n_samples=150, n_warmup=500, thin=10, n_chains=20, seed=1,
        progress_bar=False, jit_compile=False, **minibatches(data, kind))
    draws = chains["d/kernel"].reshape(-1, 2)
    std = np.sqrt(np.diag(covariance))
    # Without the scale, the variance would be 3.5 times that of the posterior.
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.3 * std.max())
    np.testing.assert_allclose(draws.std(axis=0), std, rtol=0.25)


def test_minibatches_of_unknown_number_require_n_data():
    model, data, _, _ = linear_problem()
    dataset = tf.data.Dataset.from_tensor_slices(data).batch(10)
    with pytest.raises(ValueError, match="Pass n_data="):
        zs.SGLD(1e-4).run(model, {}, data=dataset)
    with pytest.raises(ValueError, match="Pass n_data="):
        zs.variational.fit(model, data=dataset)


def test_resumed_minibatches_of_arrays_are_those_of_one_run():
    model, data, _, _ = linear_problem()

    def run(n, **options):
        return zs.SGLD(1e-3).run(
            model, {}, data=data, batch_size=10, n_samples=n, n_warmup=3, n_chains=2,
            progress_bar=False, jit_compile=False, **options)

    whole = run(20, seed=1)
    resumed = run(20, resume=run(8, seed=1))
    np.testing.assert_array_equal(whole["d/kernel"], resumed["d/kernel"])


@zs.meta_bayesian_net()
def regression(x):
    bn = zs.BayesianNet()
    w = bn.normal("w", [0., 0.], std=1., group_ndims=1)
    bn.normal("y", tf.linalg.matvec(x, w) if w.shape.rank == 1 else tf.matmul(
        w, x, transpose_b=True), std=NOISE, group_ndims=1)
    return bn


def test_inputs_and_n_data_work_for_models_of_users():
    _, data, mean, covariance = linear_problem()
    chains = zs.SGLD(2e-4).run(
        regression(), {}, n_samples=150, n_warmup=500, thin=10, n_chains=20, seed=1,
        progress_bar=False, jit_compile=False, n_data=N, **minibatches(data, "list"))
    draws, std = chains["w"].reshape(-1, 2), np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.3 * std.max())
    np.testing.assert_allclose(draws.std(axis=0), std, rtol=0.25)


def test_thermostat_draws_from_the_posterior():
    model, data, mean, covariance = linear_problem()
    chains = zs.SGNHT(2e-4, variance_extra=0.1).run(
        model, {}, data=data, batch_size=10, n_samples=150, n_warmup=500, thin=10,
        n_chains=20, seed=1, progress_bar=False, jit_compile=False)
    draws, std = chains["d/kernel"].reshape(-1, 2), np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.3 * std.max())
    np.testing.assert_allclose(draws.std(axis=0), std, rtol=0.25)


def test_smc_draws_from_the_posterior_and_estimates_the_evidence():
    model, data, mean, covariance = linear_problem()
    fit = zs.smc(model, data, n_particles=1000, seed=1, jit_compile=False)
    np.testing.assert_allclose(fit["d/kernel"].mean(axis=0)[:, 0], mean, atol=0.03)
    evidence = stats.multivariate_normal(
        np.zeros(N), data["x"] @ data["x"].T + NOISE ** 2 * np.eye(N)).logpdf(data["y"])
    np.testing.assert_allclose(fit.log_evidence.value, evidence, atol=0.3)


def test_laplace_is_exact_for_linear_networks():
    model, data, mean, covariance = linear_problem()
    fit = zs.laplace(model, data, seed=1)
    check_posterior(fit["d/kernel"], mean, covariance, 1000)
    assert zs.laplace(model, data, hessian="diagonal", seed=1)["d/kernel"].shape == (
        1000, 2, 1)


def test_pathfinder_finds_the_posterior():
    model, data, mean, covariance = linear_problem()
    fit = zs.pathfinder(model, data, seed=1)
    np.testing.assert_allclose(fit["d/kernel"].mean(axis=0)[:, 0], mean, atol=0.03)


@pytest.mark.parametrize("posterior", [
    "mean_field", "multivariate_normal", "low_rank_normal", "delta",
    pytest.param("flow", marks=pytest.mark.slow)])
def test_fit_to_minibatches_finds_the_posterior_mean(posterior):
    model, data, mean, _ = linear_problem()
    fit = zs.variational.fit(
        model, data=data, batch_size=20, posterior=posterior, n_steps=400, seed=1,
        progress_bar=False, jit_compile=False)
    np.testing.assert_allclose(fit["d/kernel"].mean(axis=0)[:, 0], mean, atol=0.06)


def test_predictive_matches_the_exact_predictive_distribution():
    model, data, mean, covariance = linear_problem()
    fit = zs.laplace(model, data, seed=1)
    x = np.array([[1., 2.], [0., 1.]], np.float32)
    samples = zs.evaluation.predictive(model, fit, ["y"], observed={"x": x}).samples
    assert samples["y"].shape == (1000, 2)
    variance = np.diag(x @ covariance @ x.T) + NOISE ** 2
    # Each of the two bounds fails with a probability of 6e-5.
    assert np.all(np.abs(np.mean(samples["y"], axis=0) - x @ mean)
                  < 4. * np.sqrt(variance / 1000.))


@pytest.mark.parametrize("shape", [[N], [N, 1]])
def test_draws_convert_to_arviz(shape):
    arviz = pytest.importorskip("arviz")
    model, data, _, _ = linear_problem()
    data["y"] = data["y"].reshape(shape)
    chains = zs.HMC(step_size=0.1, n_leapfrogs=3).run(
        model, data, n_samples=10, n_warmup=5, n_chains=2, seed=1, progress_bar=False,
        jit_compile=False)
    groups = chains.to_arviz(log_likelihood=True, posterior_predictive=True, prior=True)
    assert isinstance(groups, arviz.InferenceData)
    assert groups.log_likelihood["y"].shape == (2, 10, *shape)
    assert groups.posterior_predictive["y"].shape == (2, 10, *shape)
    assert groups.posterior["d/kernel"].shape == (2, 10, 2, 1)


@pytest.mark.parametrize("kind", ["convolution", "embedding"])
def test_fit_separates_two_classes(kind):
    rng, y = np.random.RandomState(0), np.arange(40) % 2
    if kind == "convolution":
        x = rng.normal(size=[40, 6, 6, 1]) + 2. * y[:, None, None, None] - 1.
        parts = [keras.Input([6, 6, 1]), layers.Conv2D(2, 2, activation="relu"),
                 layers.GlobalAveragePooling2D()]
    else:
        x = rng.randint(4, size=[40, 5]) + 4 * y[:, None]
        parts = [keras.Input([5], dtype="int32"), layers.Embedding(8, 2),
                 layers.GlobalAveragePooling1D()]
    keras.utils.set_random_seed(1)
    model = zs.keras.bayesian(
        keras.Sequential(parts + [layers.Dense(2)]), likelihood="categorical")
    fit = zs.variational.fit(model, {"x": x, "y": y}, n_steps=200, seed=1,
                             progress_bar=False, jit_compile=False)
    probabilities = zs.keras.predict(model, x, fit, n_samples=50).probabilities
    assert np.mean(np.argmax(probabilities, axis=1) == y) > 0.9


def test_nuts_equals_nuts_on_the_density_by_hand():
    """In TensorFlow alone; the draws use the same seeds and differ by rounding."""
    keras.utils.set_random_seed(1)
    network = keras.Sequential([
        keras.Input([1], dtype="float64"),
        layers.Dense(16, "tanh", name="a", dtype="float64"),
        layers.Dense(1, name="b", dtype="float64")])
    rng = np.random.RandomState(1)
    x = rng.normal(size=[30, 1])
    y = np.sin(2. * x[:, 0]) + 0.3 * rng.normal(size=30)
    model = zs.keras.bayesian(network, prior=1., noise=0.3)
    latent = {name: 0.1 * rng.normal(size=[2] + list(v.shape))
              for name, v in model.weights.items()}

    def log_joint(values):
        w1, b1, w2, b2 = [
            tf.convert_to_tensor(values[name])
            for name in ("a/kernel", "a/bias", "b/kernel", "b/bias")]
        h = tf.tanh(tf.matmul(tf.constant(x), w1) + b1[:, tf.newaxis, :])
        mean = (tf.matmul(h, w2) + b2[:, tf.newaxis, :])[..., 0]
        return -0.5 * (
            tf.reduce_sum(w1 ** 2, axis=[1, 2]) + tf.reduce_sum(w2 ** 2, axis=[1, 2])
            + tf.reduce_sum(b1 ** 2, axis=1) + tf.reduce_sum(b2 ** 2, axis=1)
            + tf.reduce_sum((y - mean) ** 2, axis=1) / 0.3 ** 2)

    def run(*arguments):
        return zs.NUTS(step_size=0.02, max_depth=5).run(
            *arguments, latent=latent, n_samples=10, n_warmup=10, seed=1,
            progress_bar=False, jit_compile=False)

    ours, hand = run(model, {"x": x, "y": y}), run(log_joint, {})
    assert np.ptp(hand["b/bias"]) > 0.1  # the chains move
    for name in latent:
        np.testing.assert_allclose(ours[name], hand[name], rtol=1e-6, atol=1e-9)
