"""Laplace's approximation of Keras networks, exact for linear models."""
import numpy as np
import pytest
from keras_3 import HAS_KERAS_3
from scipy import special, stats

import zhusuan as zs

pytestmark = pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3")

RNG = np.random.RandomState(0)
X = RNG.standard_normal([30, 2])
Y = X @ [1., -2.] + 0.5 + 0.3 * RNG.standard_normal(30)
NOISE = 0.3
PRIOR = {"last/kernel": 1.5, "last/bias": 0.7}
STD = np.array([1.5, 1.5, 0.7])
DESIGN = np.hstack([X, np.ones([30, 1])])


def model(n_outputs=1, hidden=(), likelihood="normal", prior=None, noise=NOISE):
    import keras

    network = keras.Sequential([keras.Input([2], dtype="float64")] + [
        keras.layers.Dense(n, "tanh", name="hidden_%d" % i, dtype="float64")
        for i, n in enumerate(hidden)] + [
            keras.layers.Dense(n_outputs, name="last", dtype="float64")])
    options = {"noise": noise} if likelihood == "normal" else {}
    return zs.keras.bayesian(network, PRIOR if prior is None else prior, likelihood,
                             **options)


def laplace(m, y=Y, x=X, **kwargs):
    return zs.keras.laplace(m, {"x": x, "y": y}, progress_bar=False, **{
        "seed": 1, "jit_compile": False, **kwargs})


def exact():
    """Mean and covariance of the weights, with the bias last."""
    covariance = np.linalg.inv(
        DESIGN.T @ DESIGN / NOISE ** 2 + np.diag(STD ** -2.))
    return covariance @ DESIGN.T @ Y / NOISE ** 2, covariance


def at_exact_mode():
    mean, _ = exact()
    return {"last/kernel": mean[:2, np.newaxis], "last/bias": mean[2:]}


def block_covariance(block):
    left, right = (np.diag(x) if x.ndim == 1 else x for x in (block.left, block.right))
    factor = np.kron(left, right) * block.std.reshape(-1)
    return factor @ factor.T


@pytest.mark.parametrize("hessian", ["kronecker", "dense"])
def test_last_layer_of_linear_model_is_the_exact_posterior(hessian):
    fit = laplace(model(), hessian=hessian, n_steps=0, init=at_exact_mode())
    mean, covariance = exact()
    block, = fit.posterior.blocks
    np.testing.assert_allclose(block_covariance(block), covariance, rtol=1e-9)
    # 12 z-tests at 4.5 standard errors fail once in 10000 seeds.
    draws = fit.draws(20000)
    flat = np.concatenate([draws["last/kernel"][..., 0], draws["last/bias"]], axis=1)
    variance = np.diag(covariance)
    assert np.all(np.abs(flat.mean(0) - mean) < 4.5 * np.sqrt(variance / 20000))
    error = np.sqrt((covariance ** 2 + np.outer(variance, variance)) / 20000)
    assert np.all(np.abs(np.cov(flat.T) - covariance) < 4.5 * error)


@pytest.mark.parametrize("hessian", ["kronecker", "dense"])
def test_evidence_of_linear_model_is_exact(hessian):
    fit = laplace(model(), hessian=hessian, n_steps=0, init=at_exact_mode())
    expected = stats.multivariate_normal.logpdf(
        Y, cov=(DESIGN * STD ** 2) @ DESIGN.T + NOISE ** 2 * np.eye(30))
    np.testing.assert_allclose(fit.log_evidence.value, expected, rtol=1e-9)


def test_diagonal_inverts_the_diagonal_of_the_precision():
    fit = laplace(model(), hessian="diagonal", n_steps=0, init=at_exact_mode())
    precision = np.linalg.inv(exact()[1])
    found = np.diag(block_covariance(fit.posterior.blocks[0]))
    np.testing.assert_allclose(found, 1. / np.diag(precision), rtol=1e-9)


def test_training_finds_the_mode():
    fit = laplace(model(), n_steps=1000, learning_rate=0.05, batch_size=30)
    np.testing.assert_allclose(
        fit.posterior._loc.numpy(), exact()[0], atol=1e-3)


def test_weights_trained_by_keras_and_fits_are_modes():
    m = model(hidden=[3])
    fit = laplace(m, n_steps=0, init=m.weights)
    np.testing.assert_array_equal(
        fit["hidden_0/kernel"], np.tile(m.weights["hidden_0/kernel"].numpy(),
                                        [1000, 1, 1]))
    ensemble = zs.keras.deep_ensemble(
        m, {"x": X, "y": Y}, 2, 20, seed=1, progress_bar=False)
    again = laplace(m, n_steps=0, init=ensemble)
    np.testing.assert_array_equal(again["hidden_0/kernel"][0],
                                  ensemble["hidden_0/kernel"][0])
    assert np.std(again["last/kernel"]) > 0.


def test_kronecker_of_several_outputs_is_exact_for_linear_layer():
    y = np.stack([Y, -Y, Y ** 2], axis=1)
    fits = [laplace(model(3, prior=2.), y, hessian=hessian, n_steps=0,
                    init={"last/kernel": np.zeros([2, 3]), "last/bias": np.zeros(3)})
            for hessian in ("kronecker", "dense")]
    # The dense block has the kernel first, then the bias, as the other has rows.
    np.testing.assert_allclose(*[block_covariance(fit.posterior.blocks[0])
                                 for fit in fits], rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(*[fit.log_evidence.value for fit in fits], rtol=1e-10)


def layer_precisions(m, x, y):
    """The precision of each layer by "kronecker", and its block of "dense"."""
    kronecker, dense = (laplace(
        m, y, x, weights="all", hessian=hessian, n_steps=0, init=m.weights)
        for hessian in ("kronecker", "dense"))
    whole = np.linalg.inv(block_covariance(dense.posterior.blocks[0]))
    first = 0
    for block in kronecker.posterior.blocks:
        last = first + block.group.n_dims
        yield (np.linalg.inv(block_covariance(block)), whole[first:last, first:last])
        first = last


def test_kronecker_of_one_datum_is_the_block_of_dense():
    m = model(hidden=[3, 4], prior=2.)
    for actual, expected in layer_precisions(m, X[:1], Y[:1]):
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-9)


def test_kronecker_of_many_data_is_near_the_block_of_dense():
    m = model(hidden=[3], prior=2.)
    for actual, expected in layer_precisions(m, X, Y):
        assert np.linalg.norm(actual - expected) < 0.5 * np.linalg.norm(expected)
        np.testing.assert_allclose(np.trace(actual), np.trace(expected), rtol=1e-6)


def linear_precision(m, y):
    fit = laplace(m, y, hessian="dense", n_steps=0, init=m.weights)
    return np.linalg.inv(block_covariance(fit.posterior.blocks[0]))


def expected_precision(m, fisher):
    """The sum over data of Kronecker products, plus the prior of 1."""
    n_outputs = m.network.output_shape[-1]
    return np.eye(3 * n_outputs) + sum(
        np.kron(np.outer(x, x), f) for x, f in zip(DESIGN, fisher))


def outputs_of(m):
    return np.array(m.network(X))


def test_categorical_is_the_hessian_of_softmax_regression():
    m = model(3, likelihood="categorical", prior=1.)
    p = special.softmax(outputs_of(m), axis=1)
    fisher = [np.diag(x) - np.outer(x, x) for x in p]
    np.testing.assert_allclose(
        linear_precision(m, RNG.randint(0, 3, 30)), expected_precision(m, fisher),
        rtol=1e-8, atol=1e-10)


def test_bernoulli_and_poisson_are_hessians_of_their_regressions():
    for likelihood, variance in (
            ("bernoulli", lambda f: special.expit(f) * special.expit(-f)),
            ("poisson", np.exp)):
        m = model(likelihood=likelihood, prior=1.)
        fisher = variance(outputs_of(m))[..., np.newaxis]
        np.testing.assert_allclose(
            linear_precision(m, RNG.randint(0, 2, 30)), expected_precision(m, fisher),
            rtol=1e-8, atol=1e-10)


def test_heteroscedastic_normal_has_its_fisher_information():
    m = model(2, likelihood="heteroscedastic_normal", prior=1.)
    raw = outputs_of(m)[:, 1]
    variance = np.log1p(np.exp(raw)) + 1e-6
    fisher = [np.diag([1. / v, 0.5 * (special.expit(r) / v) ** 2])
              for v, r in zip(variance, raw)]
    np.testing.assert_allclose(
        linear_precision(m, Y), expected_precision(m, fisher), rtol=1e-7, atol=1e-9)


def test_sums_do_not_depend_on_batches():
    from zhusuan.keras._gauss_newton import GaussNewton
    from zhusuan.keras.laplace_approximation import _groups

    m = model(2, [3], "heteroscedastic_normal")
    values = {name: v.numpy() for name, v in m.weights.items()}
    sums = [GaussNewton(m, values, _groups(m, "all", "kronecker"), False).sums(
        {"x": X, "y": Y}, batch_size) for batch_size in (7, None)]
    for a, b in zip(*sums):
        for x, y in zip(a, b):
            np.testing.assert_allclose(x, y, rtol=1e-10)


@pytest.mark.parametrize("is_diagonal", [False, True])
def test_dense_layers_have_the_sums_of_all_gradients(is_diagonal, monkeypatch):
    from zhusuan.keras._dense_inputs import DenseInputs
    from zhusuan.keras._gauss_newton import GaussNewton
    from zhusuan.keras.laplace_approximation import _groups

    m = model(2, [3, 4], "heteroscedastic_normal")
    values = {name: v.numpy() for name, v in m.weights.items()}
    assert DenseInputs(m.network, m.weights).has("hidden_0/kernel")
    sums = []
    for _ in range(2):
        sums.append(GaussNewton(m, values, _groups(
            m, "all", "kronecker"), is_diagonal).sums({"x": X, "y": Y}))
        monkeypatch.setattr(DenseInputs, "has", lambda self, name: False)
    for a, b in zip(*sums):
        for x, y in zip(a, b):
            np.testing.assert_allclose(x, y, rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("hessian", ["kronecker", "diagonal"])
def test_network_too_large_for_a_dense_hessian(hessian):
    import keras

    network = keras.Sequential([
        keras.Input([256]), keras.layers.Dense(100, "relu", name="first"),
        keras.layers.Dense(10, name="last")])
    m = zs.keras.bayesian(network, likelihood="categorical")
    x = RNG.standard_normal([64, 256]).astype(np.float32)
    fit = zs.keras.laplace(m, {"x": x, "y": np.arange(64) % 10}, "all", hessian,
                           n_steps=0, init=m.weights, seed=1)
    assert np.isfinite(fit.log_evidence.value)
    kernel = fit["first/kernel"]
    assert kernel.shape[1:] == (256, 100) and np.all(np.isfinite(kernel))
    # No weight is wider than its prior.
    assert np.std(kernel - kernel.mean(0)) < 256 ** -0.5


def test_tuned_prior_has_the_highest_evidence():
    zero = {"last/kernel": np.full([2, 1], 1e-3), "last/bias": np.full([1], 1e-3)}
    fits = {std: laplace(model(prior=std), n_steps=0, init=zero) for std in (
        0.1, 0.3, 1.)}
    tuned = laplace(model(prior=1.), n_steps=0, init=zero, tune_prior=True)
    assert tuned.log_evidence.value >= max(
        fit.log_evidence.value for fit in fits.values()) - 1e-9


def test_latent_noise_stays_at_the_mode():
    fit = laplace(model(noise=None), n_steps=200, learning_rate=0.05)
    assert np.ptp(fit["noise"]) == 0. and 0.1 < fit["noise"][0] < 1.


def test_convolutions_and_normalizations_have_blocks():
    import keras

    network = keras.Sequential([
        keras.Input([4, 4, 1]), keras.layers.Conv2D(2, 3, name="conv"),
        keras.layers.LayerNormalization(name="norm"), keras.layers.Flatten(),
        keras.layers.Dense(3, name="last")])
    m = zs.keras.bayesian(network, likelihood="categorical")
    x = RNG.standard_normal([6, 4, 4, 1]).astype(np.float32)
    fit = zs.keras.laplace(m, {"x": x, "y": np.arange(6) % 3}, "all", n_steps=0,
                           init=m.weights, seed=1)
    assert [block.group.shape for block in fit.posterior.blocks] == [
        (10, 2), (2, 1), (2, 1), (9, 3)]
    assert np.isfinite(fit.log_evidence.value)
    assert fit["conv/kernel"].shape == (1000, 3, 3, 1, 2)


def test_likelihood_may_be_a_function():
    m = model(likelihood=lambda bn, outputs: bn.student_t(
        "y", 5., outputs[..., 0], 0.3, group_ndims=1), prior=1.)
    residual = Y - outputs_of(m)[:, 0]
    # The negative second derivative of the log density, where it is positive.
    curvature = 6. * (5. * 0.09 - residual ** 2) / (5. * 0.09 + residual ** 2) ** 2
    np.testing.assert_allclose(
        linear_precision(m, Y), expected_precision(
            m, np.maximum(curvature, 0.)[:, np.newaxis, np.newaxis]), rtol=1e-7)


def test_diagnose_raises():
    fit = laplace(model(), n_steps=0, init=at_exact_mode())
    with pytest.raises(ValueError, match="has no density of all latents"):
        fit.diagnose()


def test_fit_is_saved(tmp_path):
    fit = laplace(model(), n_steps=20)
    fit.save(tmp_path / "laplace.npz")
    loaded = zs.variational.Fit.load(tmp_path / "laplace.npz")
    np.testing.assert_array_equal(loaded["last/kernel"], fit["last/kernel"])
    assert loaded.method == "laplace (last_layer, kronecker)"


@pytest.mark.parametrize("options, message", [
    ({"hessian": "full"}, "laplace: hessian must be one of 'kronecker', 'diagonal'"),
    ({"weights": "first"}, "laplace: weights must be one of 'last_layer', 'all'"),
    ({"n_steps": 0}, "laplace: n_steps=0 requires the values of the mode")])
def test_wrong_arguments_raise(options, message):
    with pytest.raises(ValueError, match=message):
        laplace(model(), **options)


def test_priors_without_curvature_and_functions_of_latents_raise():
    kinked = model(prior=lambda name, shape, dtype: zs.distributions.Laplace(
        np.zeros(shape), np.ones(shape)))
    with pytest.raises(ValueError, match="no positive curvature at the mode"):
        laplace(kinked, n_steps=0, init=at_exact_mode())
    with pytest.raises(ValueError, match="is not a latent, but a function of others"):
        laplace(model(prior=zs.keras.hierarchical_prior()), n_steps=5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_has_the_curvature_of_float32(policy):
    import keras
    from keras import layers

    def deviations(dtype):
        keras.utils.set_random_seed(1)
        m = zs.keras.bayesian(keras.Sequential([
            keras.Input([2]), layers.Dense(3, "tanh", dtype=dtype, name="a"),
            layers.Dense(1, dtype=dtype, name="b")]), noise=NOISE)
        fit = zs.keras.laplace(
            m, {"x": x, "y": x.sum(axis=1)}, weights="all", n_steps=0, init=m.weights,
            seed=1)
        return np.concatenate([fit[name].std(axis=0).ravel() for name in m.weights])

    x = np.random.RandomState(0).normal(size=[20, 2]).astype(np.float32)
    np.testing.assert_allclose(deviations(policy), deviations("float32"),
                               rtol=0.1)
