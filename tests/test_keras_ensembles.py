"""Deep ensembles and SWAG of Keras networks, against closed forms of linear models."""
import numpy as np
import pytest
from keras_3 import HAS_KERAS_3

import zhusuan as zs

pytestmark = pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3")

RNG = np.random.RandomState(0)
X = RNG.standard_normal([40, 2]).astype(np.float32)
Y = (X @ [1., -2.] + 0.5 + 0.3 * RNG.standard_normal(40)).astype(np.float32)
NOISE = 0.3


def network(hidden=()):
    import keras

    return keras.Sequential(
        [keras.Input([2])] + [keras.layers.Dense(n, "tanh", name="hidden")
                              for n in hidden] + [keras.layers.Dense(1, name="last")])


def model(*hidden, **kwargs):
    return zs.keras.bayesian(network(hidden), **{
        "prior": 1., "noise": NOISE, **kwargs})


def exact_posterior():
    """Mean and covariance of the weights of the linear model, with the bias last."""
    design = np.hstack([X, np.ones([len(X), 1])]).astype(float)
    covariance = np.linalg.inv(design.T @ design / NOISE ** 2 + np.eye(3))
    return covariance @ design.T @ Y / NOISE ** 2, covariance


def flat(draws):
    return np.concatenate(
        [draws["last/kernel"][..., 0], draws["last/bias"]], axis=-1)


def ensemble(m, n_members=3, n_steps=600, **kwargs):
    return zs.keras.deep_ensemble(
        m, {"x": X, "y": Y}, n_members, n_steps, progress_bar=False,
        **{"seed": 1, "learning_rate": 0.05, "jit_compile": False, **kwargs})


def swag(m, **kwargs):
    return zs.keras.swag(m, {"x": X, "y": Y}, progress_bar=False, **{
        "seed": 1, "n_steps": 300, "learning_rate": 0.05, "batch_size": 8,
        "swag_learning_rate": 1e-3, "jit_compile": False, **kwargs})


def test_members_of_linear_model_are_the_mode():
    fit = ensemble(model())
    np.testing.assert_allclose(
        flat(fit.draws(3)), np.tile(exact_posterior()[0], [3, 1]), atol=2e-3)
    assert fit["last/kernel"].shape == (3, 2, 1) and "bound" in fit.history


def test_members_differ_and_seed_determines_them():
    fits = [ensemble(model(4), n_steps=20, seed=seed) for seed in (1, 1, 2)]
    kernels = [fit["hidden/kernel"] for fit in fits]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert np.all(kernels[0] != kernels[2])
    assert np.all(np.std(kernels[0], axis=0) > 1e-3)


def test_more_draws_than_members_repeat_them():
    fit = ensemble(model(4), 2, n_steps=10)
    draws = fit.draws(5)["hidden/kernel"]
    np.testing.assert_array_equal(draws, fit["hidden/kernel"][[0, 1, 0, 1, 0]])


def test_member_equals_fit_alone():
    # Unlike Adam, SGD depends on the scale of gradients.
    import keras

    options = {"n_steps": 100, "batch_size": 8, "learning_rate": None}
    start = {"hidden/kernel": RNG.standard_normal([3, 2, 4]),
             "hidden/bias": np.zeros([3, 4]),
             "last/kernel": RNG.standard_normal([3, 4, 1]),
             "last/bias": np.zeros([3, 1])}
    start = {name: x.astype(np.float32) for name, x in start.items()}
    together = ensemble(
        model(4), init=start, optimizer=keras.optimizers.SGD(1e-4), **options)
    for i in range(3):
        one = {name: x[i:i + 1] for name, x in start.items()}
        alone = ensemble(
            model(4), 1, init=one, optimizer=keras.optimizers.SGD(1e-4), **options)
        for name in start:
            np.testing.assert_allclose(
                alone[name][0], together[name][i], rtol=1e-3, atol=1e-4)


def test_ensemble_by_xla_is_saved(tmp_path):
    fit = ensemble(model(4), n_steps=60, checkpoint=tmp_path / "f.npz",
                   jit_compile=True)
    loaded = zs.variational.Fit.load(tmp_path / "f.npz")
    for name in fit.draws(3):
        np.testing.assert_array_equal(loaded[name], fit[name])
    again = zs.variational.Fit.load(tmp_path / "f.npz")
    resumed = ensemble(model(4), n_steps=60, resume=again, seed=None)
    np.testing.assert_array_equal(resumed["hidden/kernel"], fit["hidden/kernel"])


def test_members_with_latent_noise_and_scales():
    fit = ensemble(model(
        4, noise=None, prior={"hidden/kernel": zs.keras.hierarchical_prior()}),
        n_steps=20)
    assert fit["noise"].shape == (3,) and np.all(fit["noise"] > 0.)
    assert fit["hidden/kernel/standard"].shape == (3, 2, 4)


def test_network_keeps_its_weights():
    m = model(4)
    before = [w.numpy() for w in m.network.trainable_variables]
    ensemble(m, n_steps=10)
    for x, w in zip(before, m.network.trainable_variables):
        np.testing.assert_array_equal(x, w.numpy())


def test_initializers_with_seeds_raise():
    import keras

    seeded = keras.Sequential([keras.Input([2]), keras.layers.Dense(
        1, kernel_initializer=keras.initializers.GlorotUniform(seed=3))])
    with pytest.raises(ValueError, match="initializers of the network"):
        ensemble(zs.keras.bayesian(seeded, noise=0.5), n_steps=10)


def test_swag_mean_is_near_the_mode():
    fit = swag(model())
    mean, covariance = exact_posterior()
    draws = flat(fit.draws(1000))
    assert np.all(np.abs(draws.mean(0) - mean) < 0.05)
    assert np.all(np.std(draws, axis=0) > 0.)
    assert fit["last/kernel"].shape == (1000, 2, 1)
    assert np.isnan(fit.log_evidence.value)


def test_swag_draws_have_the_moments_of_snapshots():
    # The 4 standard errors of 20000 draws fail once in 1500 seeds for 9 numbers.
    from zhusuan.keras._members import Members
    from zhusuan.keras.swag_posterior import _normal_of

    m = model()
    members = Members(m, {"x": X, "y": Y}, 1, None, 0)
    vectors = np.random.RandomState(2).standard_normal([6, 3]) @ [
        [2., 1., 0.], [0., 1., 0.], [0., 0., 0.1]]
    posterior = _normal_of(members, vectors, rank=4)
    last = vectors[-4:] - vectors.mean(0)
    expected = 0.5 * np.diag(vectors.var(0)) + last.T @ last / 6.
    import tensorflow as tf

    tf.random.set_seed(1)
    draws = posterior._distribution().sample(20000).numpy()
    error = np.sqrt((expected ** 2 + np.outer(
        np.diag(expected), np.diag(expected))) / 20000)
    assert np.all(np.abs(np.cov(draws.T, bias=True) + np.outer(
        draws.mean(0) - vectors.mean(0), draws.mean(0) - vectors.mean(0))
        - expected) < 4. * error)


@pytest.mark.slow
def test_swag_covariance_grows_with_learning_rate_and_seed_determines_it():
    fits = [swag(model(), swag_learning_rate=rate) for rate in (1e-4, 1e-4, 3e-3)]
    draws = [flat(fit.draws(500)) for fit in fits]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert np.all(np.std(draws[2], axis=0) > 2. * np.std(draws[0], axis=0))


def test_swag_is_saved(tmp_path):
    fit = swag(model(), n_steps=20, n_snapshots=4, rank=2)
    fit.save(tmp_path / "swag.npz")
    loaded = zs.variational.Fit.load(tmp_path / "swag.npz")
    np.testing.assert_array_equal(loaded["last/kernel"], fit["last/kernel"])
    assert len(loaded.history["bound"]) == 20 + 4 * 5


def test_swag_refuses_rank_above_snapshots():
    with pytest.raises(ValueError, match="rank must be between 2 and n_snapshots, 4"):
        swag(model(), n_snapshots=4, rank=5)


@pytest.mark.parametrize("name", ["deep_ensemble", "swag", "laplace"])
def test_data_that_are_no_dict_raise(name):
    with pytest.raises(TypeError, match=name + ": data must be a dict of arrays"):
        getattr(zs.keras, name)(model(), [{"x": X, "y": Y}])
