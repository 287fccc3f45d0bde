"""Predictions with uncertainty of Keras networks."""
import itertools

import numpy as np
import pytest
from keras_3 import HAS_KERAS_3
from scipy import special, stats

import zhusuan as zs

pytestmark = pytest.mark.skipif(not HAS_KERAS_3, reason="needs Keras 3")

if HAS_KERAS_3:
    import keras
    from keras import layers


def linear_model(n_outputs, likelihood, **options):
    network = keras.Sequential([
        keras.Input([2]), layers.Dense(n_outputs, use_bias=False, name="d")])
    return zs.keras.bayesian(network, likelihood=likelihood, **options)


def draws_and_outputs(n_outputs, n=40):
    rng = np.random.RandomState(0)
    x, w = rng.normal(size=[7, 2]), rng.normal(size=[n, 2, n_outputs])
    return x, {"d/kernel": w}, x @ w


def test_regression_follows_the_law_of_total_variance():
    x, draws, f = draws_and_outputs(1)
    draws["noise"] = np.random.RandomState(1).uniform(0.5, 1., size=40)
    p = zs.keras.predict(linear_model(1, "normal"), x, draws)
    np.testing.assert_allclose(p.mean, f[..., 0].mean(axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(p.epistemic, f[..., 0].var(axis=0), rtol=1e-5)
    np.testing.assert_allclose(p.aleatoric, np.mean(draws["noise"] ** 2), rtol=1e-5)
    np.testing.assert_allclose(p.std ** 2, p.epistemic + p.aleatoric)
    y = np.arange(7.) / 7.
    expected = special.logsumexp(stats.norm(
        f[..., 0], draws["noise"][:, None]).logpdf(y), axis=0) - np.log(40.)
    np.testing.assert_allclose(p.log_density(y), expected, rtol=1e-4)
    np.testing.assert_allclose(p.log_density(y[:, None]), expected, rtol=1e-4)


def test_classification_matches_entropies_of_scipy():
    x, draws, f = draws_and_outputs(3)
    p = zs.keras.predict(linear_model(3, "categorical"), x, draws)
    probabilities = special.softmax(f, axis=-1)
    mean = probabilities.mean(axis=0)
    aleatoric = stats.entropy(probabilities, axis=-1).mean(axis=0)
    np.testing.assert_allclose(p.probabilities, mean, rtol=1e-5)
    np.testing.assert_allclose(p.aleatoric, aleatoric, rtol=1e-5)
    np.testing.assert_allclose(p.epistemic, stats.entropy(mean, axis=-1) - aleatoric,
                               rtol=1e-4)
    y = np.arange(7) % 3
    np.testing.assert_allclose(p.log_density(y), np.log(mean[range(7), y]), rtol=1e-4)
    assert p.mean is None and p.std is None


def test_binary_classification_matches_entropies_of_scipy():
    x, draws, f = draws_and_outputs(1)
    p = zs.keras.predict(linear_model(1, "bernoulli"), x, draws)
    probabilities = special.expit(f[..., 0])
    mean = probabilities.mean(axis=0)
    total = stats.entropy([mean, 1. - mean])
    np.testing.assert_allclose(p.probabilities, mean, rtol=1e-5)
    np.testing.assert_allclose(p.epistemic + p.aleatoric, total, rtol=1e-5)
    np.testing.assert_allclose(p.log_density(np.ones(7)), np.log(mean), rtol=1e-4)


def test_counts_and_two_outputs_have_the_moments_of_their_mixtures():
    x, draws, f = draws_and_outputs(1)
    p = zs.keras.predict(linear_model(1, "poisson"), x, draws)
    rate = np.exp(f[..., 0])
    np.testing.assert_allclose(p.mean, rate.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(p.std ** 2, rate.var(axis=0) + rate.mean(axis=0),
                               rtol=1e-5)
    x, draws, f = draws_and_outputs(2)
    p = zs.keras.predict(linear_model(2, "heteroscedastic_normal"), x, draws)
    np.testing.assert_allclose(
        p.aleatoric, np.log1p(np.exp(f[..., 1])).mean(axis=0), rtol=1e-4)


def test_batches_and_parts_of_draws_do_not_change_predictions():
    x, draws, _ = draws_and_outputs(3, n=70)
    model = linear_model(3, "categorical")
    whole = zs.keras.predict(model, x, draws)
    parts = zs.keras.predict(model, x, draws, batch_size=3)
    np.testing.assert_allclose(whole.outputs, parts.outputs, rtol=1e-5, atol=1e-6)
    few = zs.keras.predict(model, x, draws, n_samples=7)
    np.testing.assert_allclose(few.outputs, whole.outputs[::10], rtol=1e-5, atol=1e-6)


def test_chains_and_fits_are_posteriors():
    model, x = linear_model(1, "normal", noise=0.5), np.ones([5, 2], np.float32)
    data = {"x": x, "y": np.ones(5)}
    chains = zs.HMC(step_size=0.1, n_leapfrogs=2).run(
        model, data, n_samples=4, n_warmup=2, n_chains=2, seed=1, progress_bar=False,
        jit_compile=False)
    p = zs.keras.predict(model, x, chains)
    np.testing.assert_allclose(p.mean[0], chains["d/kernel"].sum(axis=(2, 3)).mean(),
                               rtol=1e-5)
    fit = zs.laplace(model, data, seed=1)
    p = zs.keras.predict(model, x, fit)
    np.testing.assert_allclose(p.mean[0], fit["d/kernel"].sum(axis=(1, 2)).mean(),
                               rtol=1e-5)


def dropout_network():
    keras.utils.set_random_seed(1)
    return keras.Sequential([
        keras.Input([2]), layers.BatchNormalization(), layers.Dropout(0.5),
        layers.Dense(1, use_bias=False)])


def test_mc_dropout_averages_over_masks():
    network = dropout_network()
    x = np.array([[1., 2.]], np.float32)
    states = [v.numpy() for v in network.non_trainable_variables]
    p = zs.keras.predict(zs.keras.mc_dropout(network, noise=0.1), x, n_samples=2000,
                         seed=1)
    w = network.layers[-1].kernel.numpy()[:, 0]
    scale = (1. + 1e-3) ** -0.5  # of batch normalization in inference
    values = np.array([np.dot(2. * np.array(mask) * x[0] * scale, w)
                       for mask in itertools.product([0., 1.], repeat=2)])
    # Each fails with a probability below 1e-4.
    assert abs(p.mean[0] - values.mean()) < 4. * (values.var() / 2000.) ** 0.5
    np.testing.assert_allclose(p.epistemic[0], values.var(), rtol=0.12)
    np.testing.assert_allclose(p.aleatoric, 0.01, rtol=1e-5)
    assert len(np.unique(np.round(p.outputs, 4))) == 4
    for before, variable in zip(states, network.non_trainable_variables):
        np.testing.assert_array_equal(before, variable)
    np.testing.assert_array_equal(network(x), network(x))  # dropout is off again


def test_networks_with_random_weights_have_the_moments_of_their_posterior():
    network = keras.Sequential([
        keras.Input([2]), zs.layers.DenseFlipout(1, initial_std=0.2)])
    x = np.array([[1., 2.]], np.float32)
    p = zs.keras.predict(network, x, noise=0.1, n_samples=2000, seed=1)
    mean = network.layers[0].kernel_posterior.mean.numpy()[:, 0]
    # The bias has no variance. Each fails with a probability below 1e-4.
    std = 0.2 * 5. ** 0.5
    assert abs(p.mean[0] - x[0] @ mean) < 4. * std / 2000. ** 0.5
    np.testing.assert_allclose(p.epistemic[0], std ** 2, rtol=0.13)
    np.testing.assert_allclose(p.aleatoric, 0.01, rtol=1e-5)


def test_seed_determines_predictions_of_networks():
    network, x = dropout_network(), np.ones([4, 2], np.float32)
    first, again, other = [zs.keras.predict(
        network, x, noise=1., n_samples=5, seed=seed).outputs for seed in (1, 1, 2)]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])


@pytest.mark.parametrize("arguments, options, error, pattern", [
    (("network",), {}, TypeError, "a built Keras network"),
    ((), {"likelihood": "normal"}, ValueError, "noise= must be given"),
    ((), {"likelihood": "gaussian"}, ValueError, "likelihood must be one of"),
    ((), {"posterior": {}, "noise": 1.}, ValueError, "posterior= requires"),
])
def test_bad_arguments_raise(arguments, options, error, pattern):
    model = arguments[0] if arguments else dropout_network()
    with pytest.raises(error, match=pattern):
        zs.keras.predict(model, np.ones([1, 2]), **options)


def test_missing_draws_and_deterministic_networks_raise():
    model, x = linear_model(1, "normal"), np.ones([1, 2])
    with pytest.raises(ValueError, match="no draws of 'd/kernel'"):
        zs.keras.predict(model, x, {"noise": np.ones(3)})
    with pytest.raises(ValueError, match="no draws of 'noise'"):
        zs.keras.predict(model, x, {"d/kernel": np.ones([3, 2, 1])})
    with pytest.raises(TypeError, match="posterior must be Chains"):
        zs.keras.predict(model, x)
    with pytest.raises(ValueError, match="draws random numbers"):
        zs.keras.predict(model.network, x, noise=1.)
    with pytest.raises(ValueError, match="targets, but the prediction is of 1"):
        zs.keras.predict(model, x, {"d/kernel": np.ones([3, 2, 1]),
                                    "noise": np.ones(3)}).log_density(np.ones(2))


def network_of(*parts, shape=(2,)):
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input(shape), *parts, layers.Dense(1)])


@pytest.mark.parametrize("make", [
    lambda: network_of(layers.GRU(2, dropout=0.5), shape=(4, 2)),
    lambda: network_of(layers.GaussianNoise(1.)),
    lambda: network_of(layers.Dropout(0.)),
    lambda: network_of(zs.layers.DenseFlipout(3, inference="mean"))])
def test_networks_without_randomness_in_inference_raise(make):
    network = make()
    with pytest.raises(ValueError, match="random numbers in inference"):
        zs.keras.predict(network, np.ones((1,) + network.input_shape[1:]), noise=1.)


@pytest.mark.parametrize("make", [
    lambda: network_of(layers.SpatialDropout1D(0.5), layers.Flatten(), shape=(4, 2)),
    lambda: network_of(layers.GaussianDropout(0.5)),
    lambda: network_of(keras.Sequential([layers.Dropout(0.5)])),
    lambda: network_of(zs.layers.DenseFlipout(3, seed=1))])
def test_dropout_and_variational_layers_have_epistemic_uncertainty(make):
    network = make()
    p = zs.keras.predict(network, np.ones((1,) + network.input_shape[1:]), noise=1.,
                         seed=1)
    assert p.epistemic[0] > 1e-4


@pytest.mark.parametrize("head", ["float32", "mixed_bfloat16"])
def test_predictions_with_mixed_precision_are_those_of_some_mask(head):
    keras.utils.set_random_seed(1)
    network = keras.Sequential([
        keras.Input([2]), layers.Dense(3, dtype="mixed_bfloat16"),
        layers.Dropout(0.5, dtype="mixed_bfloat16"), layers.Dense(1, dtype=head)])
    found = zs.keras.predict(network, np.ones([1, 2]), noise=1., seed=1,
                             n_samples=20).outputs[:, 0, 0]
    hidden, last = [network.layers[i].kernel.numpy() for i in (0, 2)]
    masks = np.array(list(itertools.product([0., 2.], repeat=3)))
    expected = (masks * hidden.sum(axis=0)) @ last[:, 0]
    assert found.dtype == np.float32 and len(np.unique(found)) > 1
    assert np.all(np.min(np.abs(found - expected[:, None]), axis=0) < 0.03)


def test_networks_of_several_outputs_raise():
    x = keras.Input([2])
    h = layers.Dropout(0.5)(x)
    network = keras.Model(x, [layers.Dense(1)(h), layers.Dense(1)(h)])
    with pytest.raises(ValueError, match="several outputs"):
        zs.keras.predict(network, np.ones([3, 2]), noise=1.)


def test_integer_inputs_of_dropout_networks_are_numbers():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = [layers.LayerNormalization(), layers.Dropout(0.5),
                          layers.Dense(1)]

        def call(self, x):
            for part in self.parts:
                x = part(x)
            return x

    network, x = Own(), np.arange(8).reshape(4, 2)
    network(x.astype(np.float32))
    np.testing.assert_array_equal(*[zs.keras.predict(
        network, x.astype(dtype), noise=1., seed=1, n_samples=3).outputs
        for dtype in ("int64", "float32")])


def test_messages_state_what_to_pass():
    model, x = linear_model(1, "normal", noise=0.5), np.ones([1, 2])
    draws = {"d/kernel": np.ones([3, 2, 1])}
    with pytest.raises(TypeError, match="pass the result as posterior="):
        zs.keras.predict(model, x)
    with pytest.raises(ValueError, match='key "x" only, but it has \'x\', \'y\''):
        zs.keras.predict(model, {"x": x, "y": x}, draws)
    with pytest.raises(ValueError, match="n_samples is 4, .* has 3 draws"):
        zs.keras.predict(model, x, draws, n_samples=4)
    np.testing.assert_array_equal(zs.keras.predict(model, {"x": x}, draws).outputs,
                                  zs.keras.predict(model, x, draws).outputs)


def test_fits_draw_as_many_as_are_requested(tmp_path):
    model, x = linear_model(1, "normal", noise=0.5), np.ones([5, 2], np.float32)
    fit = zs.laplace(model, {"x": x, "y": np.ones(5)}, seed=1)
    n = len(fit["d/kernel"]) + 1
    assert len(zs.keras.predict(model, x, fit, n_samples=n).outputs) == n
    fit.save(tmp_path / "fit.npz")
    with pytest.raises(ValueError, match="n_samples is %d" % n):
        zs.keras.predict(model, x, type(fit).load(tmp_path / "fit.npz"), n_samples=n)
