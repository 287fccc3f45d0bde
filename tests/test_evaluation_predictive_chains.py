"""predictive() of Chains, on a part of the draws at a time."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import special, stats

import zhusuan as zs
from zhusuan import diagnostics

X = np.array([-1., 0.2, 2.5])


def make_model(seen=None):
    """z ~ N(0, 1); w ~ N(0, I_2); x_i ~ N(z + w_0 a_i + w_1, 0.5^2)."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([], tf.float64), std=1.)
        w = bn.normal("w", tf.zeros([2], tf.float64), std=1., group_ndims=1)
        a = tf.constant([1., 0., -1.], tf.float64)
        mean = z.tensor[..., None] + w.tensor[..., :1] * a + w.tensor[..., 1:]
        if seen is not None:
            seen.append(mean.shape.as_list())
        bn.normal("x", mean, std=0.5)
        return bn
    return model()


def make_chains(n_samples=7, chain_shape=(2,), seed=0):
    rng = np.random.RandomState(seed)
    shape = (n_samples,) + chain_shape
    return zs.Chains({"z": rng.randn(*shape), "w": rng.randn(*(shape + (2,)))}, {},
                     len(chain_shape), 0, 1, 1, n_samples, True, [])


def exact(chains, x=X):
    """log p(x | z_k, w_k) by SciPy, [n_samples, chains, 3]."""
    z, w = chains["z"].reshape(-1), chains["w"].reshape(-1, 2)
    mean = z[:, None] + w[:, :1] * [1., 0., -1.] + w[:, 1:]
    return stats.norm.logpdf(x, mean, 0.5)


@pytest.mark.parametrize("chain_shape", [(), (2,), (2, 3)], ids=str)
@pytest.mark.parametrize("batch_size", [None, 1, 2, 4, 7, 100])
def test_density_matches_scipy_for_every_batch_size(chain_shape, batch_size):
    chains = make_chains(7, chain_shape)
    log_probs = exact(chains)
    n = len(log_probs)

    def predict():
        return zs.evaluation.predictive(
            make_model(), chains, {"x": X}, batch_size=batch_size, n_effective=n)

    samples, log_density, error = modes.run("eager", predict)
    assert samples["x"].shape == (n, 3)
    np.testing.assert_allclose(
        log_density, special.logsumexp(log_probs, axis=0) - np.log(n), rtol=1e-9)
    p = np.exp(log_probs)
    np.testing.assert_allclose(error, p.std(0) / p.mean(0) / n ** 0.5, rtol=1e-9)


@pytest.mark.parametrize("batch_size", [3, 7])
def test_every_mode_gives_the_same(mode, batch_size):
    chains = make_chains()

    def predict(x):
        prediction = zs.evaluation.predictive(
            make_model(), chains, {"x": x}, batch_size=batch_size)
        return prediction.samples["x"], prediction.log_density

    samples, log_density = modes.run(mode, predict, X)
    assert samples.shape == (14, 3)
    np.testing.assert_allclose(
        log_density, special.logsumexp(exact(chains), axis=0) - np.log(14), rtol=1e-6)


@pytest.mark.parametrize("is_seeded", [True, False])
def test_samples_of_all_parts_are_independent(mode, is_seeded):
    """Every sample belongs to its draw, and no two noises are equal.

    Failure rate 1e-4: the correlations of 6 pairs of parts are within 5 standard
    errors, and so is the variance.
    """
    chains = make_chains(2000, ())

    def predict():
        def draw():
            return zs.evaluation.predictive(
                make_model(), chains, ["x"], batch_size=500).samples["x"]
        if not is_seeded:
            return draw()
        with zs.seeded(3):
            return draw()

    z, w = chains["z"][:, None], chains["w"]
    noise = (modes.run(mode, predict) - z - w[:, :1] * [1., 0., -1.] - w[:, 1:]) / 0.5
    assert len(np.unique(np.round(noise, 10))) == noise.size
    parts = np.corrcoef(noise.reshape(4, -1))
    assert np.abs(parts - np.eye(4)).max() < 5 / 1500 ** 0.5
    assert abs(noise.var() - 1.) < 5 * (2. / noise.size) ** 0.5


def test_the_model_sees_one_part_at_a_time():
    """1000 draws for Chains by default, which bounds the memory."""
    def lengths(posterior, **options):
        seen = []
        modes.run("function", lambda: zs.evaluation.predictive(
            make_model(seen), posterior, ["x"], **options).samples)
        return {shape[0] for shape in seen}

    chains = make_chains(2500, ())
    assert lengths(chains) == {1000, 500}
    assert lengths(chains, batch_size=100) == {100}
    assert lengths(chains.draws, batch_size=2000) == {2000, 500}
    assert lengths(chains.draws) == {2500}


def test_parts_along_another_axis():
    """Of a posterior with the samples in the second axis, beside a shared latent."""
    rng = np.random.RandomState(0)
    z = rng.randn(3, 8, 1)
    net = zs.meta_bayesian_net()(_rows)
    wanted = np.mean(stats.norm.pdf(X, z + 0.1, 0.5), axis=1)
    for batch_size in (None, 3, 8):
        got = modes.run("eager", lambda: zs.evaluation.predictive(
            net(), {"z": z, "shift": np.full([3, 1, 1], 0.1)}, {"x": X},  # noqa: B023
            axis=1, batch_size=batch_size))  # noqa: B023
        assert got.samples["x"].shape == (3, 8, 3)
        np.testing.assert_allclose(np.exp(got.log_density), wanted, rtol=1e-9)


def _rows():
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([], tf.float64), std=1.)
    shift = bn.normal("shift", tf.zeros([], tf.float64), std=1.)
    bn.normal("x", z + shift + tf.zeros([3], tf.float64), std=0.5)
    return bn


def test_a_chain_counts_by_its_effective_sample_size():
    rng = np.random.RandomState(0)
    z, w = np.zeros([400, 2]), rng.randn(400, 2, 2)
    for t in range(1, 400):
        z[t] = 0.9 * z[t - 1] + rng.randn(2) * 0.19 ** 0.5
    chains = zs.Chains({"z": z, "w": w}, {}, 1, 0, 1, 1, 400, True, [])

    def error(**options):
        return modes.run("eager", lambda: zs.evaluation.predictive(
            make_model(), chains, {"x": X}, **options).standard_error)

    n_effective = diagnostics.ess(z, "mean")
    assert n_effective < 100
    np.testing.assert_allclose(error() * n_effective ** 0.5,
                               error(n_effective=1.), rtol=1e-9)


def test_densities_alone():
    chains = make_chains()
    got = modes.run("eager", lambda: [
        x for x in zs.evaluation.predictive(
            make_model(), chains, {"x": X}, return_samples=False, batch_size=3)
        if x is not None])
    assert len(got) == 2
    np.testing.assert_allclose(
        got[0], special.logsumexp(exact(chains), axis=0) - np.log(14), rtol=1e-9)


def test_parts_of_very_different_densities(mode):
    """The first part has none, the second much less than the third."""
    z = np.array([1e200, -1e200, 310., 310., 300., 300.2])[:, None]
    log_density, error = modes.run(mode, lambda x: zs.evaluation.predictive(
        make_model(), {"z": z[:, 0], "w": np.zeros([6, 2])}, {"x": x},
        batch_size=2)[1:], X)
    with np.errstate(over="ignore"):
        log_probs = stats.norm.logpdf(X, z, 0.5)
    largest = log_probs.max(0)
    assert (largest < -1e5).all()
    p = np.exp(log_probs - largest)
    np.testing.assert_allclose(log_density, largest + np.log(p.mean(0)), rtol=1e-6)
    np.testing.assert_allclose(error, p.std(0) / p.mean(0) / 6 ** 0.5, rtol=1e-6)


@pytest.mark.parametrize("batch_size", [None, 2])
def test_densities_that_are_zero_or_infinite(batch_size):
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([], tf.float64), std=1.)
        bn.gamma("x", z.tensor[..., None] + tf.zeros([2], tf.float64), 1.)
        return bn

    # Gamma(0.5) has an infinite density at 0, and none below.
    log_density = modes.run("eager", lambda: zs.evaluation.predictive(
        model(), {"z": np.array([2., 2., 0.5, 2.])}, {"x": np.array([0., -1.])},
        batch_size=batch_size).log_density)
    np.testing.assert_array_equal(log_density, [np.inf, -np.inf])


@pytest.mark.parametrize("batch_size", [None, 3])
def test_an_empty_batch_of_data(mode, batch_size):
    """No datum has no density, and no samples but their axis."""
    @zs.meta_bayesian_net()
    def model(x):
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([], tf.float64), std=1.)
        bn.normal("y", z.tensor[..., None] * x, std=0.5)
        return bn

    chains = {"z": np.linspace(-1., 1., 7)}

    def predict(x):
        prediction = zs.evaluation.predictive(
            model(x), chains, {"y": x}, batch_size=batch_size)
        return prediction.samples["y"], prediction.log_density, (
            prediction.standard_error)

    samples, log_density, error = modes.run(mode, predict, np.zeros([0]))
    assert samples.shape == (7, 0)
    assert log_density.shape == error.shape == (0,)


@pytest.mark.parametrize("n_chunks", [None, 2])
@pytest.mark.parametrize("axis", [None, 0])
def test_is_loglikelihood_of_an_empty_batch(mode, axis, n_chunks):
    if n_chunks and axis is None:
        pytest.skip("parts need an axis")

    def estimate(x):
        with zs.seeded(0):
            q = zs.BayesianNet()
            q.normal("z", tf.zeros_like(x), std=1., n_samples=4)

            @zs.meta_bayesian_net()
            def model():
                bn = zs.BayesianNet()
                z = bn.normal("z", tf.zeros_like(x), std=1., n_samples=4)
                bn.normal("x", z, std=1.)
                return bn

            return zs.is_loglikelihood(
                model(), {"x": x}, proposal=q, axis=axis, n_chunks=n_chunks)

    shape = (0,) if axis == 0 else (4, 0)
    assert modes.run(mode, estimate, np.zeros([0], "float32")).shape == shape


@pytest.mark.parametrize("options, message", [
    ({"axis": 1}, "draws of Chains and fits are along the first axis"),
    ({"batch_size": 0}, "batch_size must be an int of at least 1"),
    ({"batch_size": 2.5}, "batch_size must be an int of at least 1"),
    ({"held_out": ["x"], "return_samples": False}, "computes nothing"),
    ({"posterior": make_chains(0)}, "have no draws"),
    ({"posterior": {"z": np.zeros(4), "w": np.zeros([5, 2])}, "batch_size": 2},
     "different lengths along axis 0: 'z': 4, 'w': 5"),
    ({"posterior": make_chains().draws, "axis": -2, "batch_size": 2},
     "needs a non-negative `axis`"),
], ids=str)
def test_errors(options, message):
    arguments = dict({"posterior": make_chains(), "held_out": {"x": X}}, **options)
    with pytest.raises(ValueError, match=message):
        modes.run("eager", lambda: zs.evaluation.predictive(
            make_model(), **arguments).samples)


def test_a_node_that_does_not_depend_on_the_draws():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.normal("z", tf.zeros([], tf.float64), std=1.)
        bn.normal("x", tf.zeros([5], tf.float64), std=1.)
        return bn

    with pytest.raises(ValueError, match="the node 'x' has shape .* for 2 posterior"):
        modes.run("eager", lambda: zs.evaluation.predictive(
            model(), {"z": np.zeros(4)}, ["x"], batch_size=2).samples)
