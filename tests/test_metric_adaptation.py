"""Metrics: their products, and their estimates by the Fisher divergence."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy.linalg import sqrtm

import zhusuan as zs
from zhusuan import diagnostics
from zhusuan.mcmc._adaptation import fisher_divergence
from zhusuan.mcmc._adaptation.fisher_estimators import (
    FisherEstimator,
    LowRankFisherEstimator,
)
from zhusuan.mcmc._adaptation.metric_choice import METRICS
from zhusuan.mcmc._adaptation.metric_estimators import EstimatorByDimension
from zhusuan.mcmc._kernels.hamiltonian import (
    ChainState,
    HamiltonianParameters,
    chain_state_at,
)
from zhusuan.mcmc._kernels.metrics import Dense, Diagonal, LowRank
from zhusuan.mcmc._kernels.no_u_turn import nuts_transition

DTYPES = ["float32", "float64"]
TOLERANCE = {"float32": 1e-3, "float64": 1e-5}


def run(mode, fn, *args):
    """`modes.run` without AutoGraph, as the library runs its loops: that of
    TensorFlow 1.15 evaluates comprehensions wrongly."""
    return modes.run(mode, tf.autograph.experimental.do_not_convert(fn), *args)


def precision_of(mode, tolerance):
    """XLA of TensorFlow 1.15 ends eigendecompositions early."""
    return max(tolerance, 3e-3) if modes.IS_TF1 and mode == "xla" else tolerance


def random_covariance(d, seed=0, condition=100.):
    """A matrix whose eigenvalues are between 1 and 1 / `condition`."""
    vectors = orthonormal(d, d, seed)
    return vectors @ np.diag(np.geomspace(1. / condition, 1., d)) @ vectors.T


def orthonormal(d, k, seed=0):
    return np.linalg.qr(np.random.RandomState(seed).randn(d, k))[0]


# -- Products -----------------------------------------------------------------------

def low_rank_example(dtype):
    rng = np.random.RandomState(3)
    scale, vectors, eigenvalues = (
        np.exp(rng.randn(6)), orthonormal(6, 3), np.array([30., 0.02, 1.]))
    dense = scale[:, None] * (
        np.eye(6) + vectors @ np.diag(eigenvalues - 1.) @ vectors.T) * scale
    return LowRank(*[tf.constant(x, dtype) for x in (scale, vectors, eigenvalues)]
                   ), dense


def dense_example(dtype):
    dense = random_covariance(6)
    factor = np.linalg.cholesky(np.linalg.inv(dense))
    return Dense([tf.constant(dense, dtype)], tf.constant(factor, dtype)), dense


def diagonal_example(dtype):
    variance = np.exp(np.random.RandomState(4).randn(6))
    return Diagonal([tf.constant(variance, dtype)]), np.diag(variance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("example", [
    diagonal_example, dense_example, low_rank_example])
def test_products_match_the_dense_matrix(mode, example, dtype, replace_draws):
    """Momenta of unit vectors are a factor of the mass: nothing is random."""
    replace_draws(normal=lambda shape, dtype: tf.eye(shape[0], dtype=dtype))
    p = np.random.RandomState(5).randn(4, 6).astype(dtype)
    _, dense = example(dtype)

    def products(p):
        metric, _ = example(dtype)
        return (metric.velocity([p])[0], metric.draw([tf.zeros([6, 6], dtype)])[0],
                metric.variance)

    velocity, factor, variance = run(mode, products, p)
    tolerance = 100. * np.finfo(dtype).eps
    np.testing.assert_allclose(velocity, p @ dense, tolerance, tolerance)
    np.testing.assert_allclose(
        factor.T @ factor @ dense, np.eye(6), 0, TOLERANCE[dtype])
    np.testing.assert_allclose(variance, np.diag(dense), tolerance)


# -- Estimates ----------------------------------------------------------------------

def test_the_geometric_mean_matches_scipy(mode):
    c, d = random_covariance(5, 1), random_covariance(5, 2)
    eigenvalues, vectors = run(mode, fisher_divergence.geometric_mean, c, d)
    root = sqrtm(d)
    inverse = np.linalg.inv(root)
    wanted = inverse @ sqrtm(root @ c @ root) @ inverse
    np.testing.assert_allclose(
        vectors @ np.diag(eigenvalues) @ vectors.T, wanted,
        0, precision_of(mode, 1e-8))
    factor, inverse = run(mode, fisher_divergence.geometric_mean_factors, c, d)
    np.testing.assert_allclose(
        factor @ factor.T, wanted, 0, precision_of(mode, 1e-8))
    np.testing.assert_allclose(
        factor.T @ inverse, np.eye(5), 0, precision_of(mode, 1e-8))
    np.testing.assert_allclose(wanted @ d @ wanted, c, rtol=1e-8, atol=1e-12)


def draws_of(covariance, n, n_chains, dtype, seed=0):
    """`[n, n_chains, d]` draws around 3, and gradients of the log density there."""
    shape = n, n_chains, len(covariance)
    x = np.random.RandomState(seed).randn(*shape) @ np.linalg.cholesky(covariance).T
    return (3. + x).astype(dtype), -(x @ np.linalg.inv(covariance)).astype(dtype)


def estimated(mode, estimator, x, gradients):
    """The metric of draws and gradients, `[n, n_chains, d]`."""
    def estimate(x, gradients):
        _, n_chains, d = x.shape.as_list()
        chain = ChainState([x[0]], tf.zeros([n_chains], x.dtype), [gradients[0]])
        estimate = tf.nest.map_structure(tf.constant, estimator.init(chain))
        for position, gradient in zip(tf.unstack(x), tf.unstack(gradients)):
            estimate = estimator.update(
                estimate, chain._replace(position=[position], gradient=[gradient]))
        metric = estimator.metric(estimate, tf.nest.map_structure(
            tf.constant, estimator.first_metric(chain)))
        return metric.velocity([tf.eye(d, dtype=x.dtype)])[0]

    return run(mode, estimate, x, gradients)


@pytest.mark.parametrize("dtype", DTYPES)
def test_three_draws_give_the_variances_of_independent_normals(mode, dtype):
    variance = np.array([1e-6, 1., 1e4])
    x, gradients = draws_of(np.diag(variance), 3, 2, dtype)
    metric = estimated(mode, FisherEstimator(), x, gradients)
    np.testing.assert_allclose(np.diag(metric), variance, rtol=1e-2)


@pytest.mark.parametrize("dtype", DTYPES)
def test_few_draws_give_the_covariance_of_a_normal(mode, dtype):
    """The sample covariance of 12 draws would be wrong by half."""
    covariance = random_covariance(5)
    x, gradients = draws_of(covariance, 6, 2, dtype)
    metric = estimated(mode, FisherEstimator(is_dense=True), x, gradients)
    tolerance = precision_of(mode, TOLERANCE[dtype])
    np.testing.assert_allclose(metric, covariance, 0, tolerance)
    sample = np.cov(x.reshape(12, 5).T)
    assert np.abs(sample - covariance).max() > 0.2 * np.abs(covariance).max()


@pytest.mark.parametrize("dtype", DTYPES)
def test_draws_of_fewer_directions_than_draws_give_a_spiked_covariance(mode, dtype):
    eigenvalues = np.ones(12)
    eigenvalues[:3] = 50., 10., 0.05
    vectors = orthonormal(12, 12)
    covariance = vectors @ np.diag(eigenvalues) @ vectors.T
    x, gradients = [y.reshape(20, 12) for y in draws_of(covariance, 20, 1, "float64")]
    found, directions = run(
        mode, lambda x, gradient: fisher_divergence.low_rank(
            x, gradient, tf.constant(20., x.dtype), 4, np.finfo(dtype).eps),
        x - x.mean(0), gradients - gradients.mean(0))
    tolerance = precision_of(mode, 5 * TOLERANCE[dtype])
    np.testing.assert_allclose(found, [50., 0.05, 10., 1.], rtol=tolerance)
    np.testing.assert_allclose(
        np.eye(12) + directions @ np.diag(found - 1.) @ directions.T, covariance,
        0, 10. * tolerance)


def test_a_basis_of_few_draws_gives_the_metric_of_all_dimensions(mode):
    """Outside of the span of draws and gradients, the metric is the identity."""
    if modes.IS_TF1 and mode == "xla":
        pytest.skip("eigendecompositions of XLA in 1.15 lose eigenvalues 1e7 apart")
    x, gradients = [y.reshape(5, 30) for y in draws_of(
        random_covariance(30), 5, 1, "float64")]
    ridge = fisher_divergence.RIDGE / 5. * np.eye(30)
    wanted, vectors = run("eager", fisher_divergence.geometric_mean, *[
        y.T @ y / 5. + ridge for y in (x, gradients)])
    wanted = vectors @ np.diag(np.where(
        (wanted > 0.5) & (wanted < 2.), 1., wanted)) @ vectors.T
    found, vectors = run(mode, lambda x, gradient: fisher_divergence.low_rank(
        x, gradient, tf.constant(5., x.dtype), 10, 0.), x, gradients)
    assert 2 * len(x) < 30
    np.testing.assert_allclose(
        np.eye(30) + vectors @ np.diag(found - 1.) @ vectors.T, wanted,
        0, precision_of(mode, 1e-6) * wanted.max())


def test_low_rank_metrics_use_the_last_draws(mode):
    """With 8 rows, the last 8 of 14 draws, of another covariance than the others."""
    old = draws_of(random_covariance(3, 7), 3, 2, "float64")
    covariance = random_covariance(3, condition=1e4)
    new = draws_of(covariance, 4, 2, "float64", seed=1)
    x, gradients = map(np.concatenate, zip(old, new))
    found = estimated(mode, LowRankFisherEstimator(3, 8), x, gradients)
    scale = (x.var((0, 1)) / gradients.var((0, 1))) ** 0.25
    standardized = covariance / scale / scale[:, None]
    eigenvalues, vectors = np.linalg.eigh(standardized)
    eigenvalues = np.where((eigenvalues > 0.5) & (eigenvalues < 2.), 1., eigenvalues)
    wanted = scale[:, None] * (vectors @ np.diag(eigenvalues) @ vectors.T) * scale
    tolerance = precision_of(mode, 1e-3) * wanted.max()
    np.testing.assert_allclose(found, wanted, 0, tolerance)


@pytest.mark.parametrize("estimator", [
    FisherEstimator(), FisherEstimator(is_dense=True), LowRankFisherEstimator(2, 4)])
@pytest.mark.parametrize("fault", ["equal draws", "equal gradients", "infinite"])
def test_what_cannot_be_estimated_keeps_its_metric(estimator, fault):
    x, gradients = draws_of(np.eye(2), 5, 2, "float64")
    if fault == "equal draws":
        x[..., 0] = 3.
    elif fault == "equal gradients":
        gradients[..., 0] = 1.
    else:
        gradients[2, 1, 0] = np.inf
    metric = estimated("eager", estimator, x, gradients)
    assert np.isfinite(metric).all() and (np.diag(metric) > 0.).all()
    if isinstance(estimator, FisherEstimator) and not metric[0, 1]:
        assert metric[0, 0] == 1.


@pytest.mark.parametrize("metric", METRICS)
def test_the_first_metric_is_the_inverse_of_the_gradient(metric):
    """Of 1e6 and 1e-2: the first transition neither stands still nor goes astray."""
    precision = np.diag([1e6, 1e-2])
    sampler, target = zs.NUTS(metric=metric), density(precision)

    def prepared():
        state = sampler.init([tf.ones([3, 2], tf.float64)], target)
        adaptation = sampler.adaptation(100)
        tuning = tf.nest.map_structure(tf.constant, adaptation.init(state))
        return adaptation.prepare(
            tuning, state, target, tf.constant(True)).metric.variance
    np.testing.assert_allclose(
        run("eager", prepared), 1. / np.diag(precision))


def density(precision):
    def target(position):
        gradient = -tf.matmul(position[0], tf.constant(precision))
        return 0.5 * tf.reduce_sum(gradient * position[0], -1), [gradient]
    return target


# -- Samplers -----------------------------------------------------------------------

COVARIANCE = random_covariance(3, condition=400.)


@pytest.mark.slow
@pytest.mark.parametrize("sampler, place, dtype", [
    (zs.NUTS(metric="diagonal"), "eager", "float64"),
    (zs.NUTS(metric="low_rank"), "session", "float64"),
    (zs.NUTS(metric="dense"), "xla", "float32"),
    (zs.HMC(0.3, 3, adapt_step_size=True, adapt_mass=True, metric="low_rank"),
     "xla", "float32"),
    (zs.HMC(0.3, 3, adapt_step_size=True, adapt_mass=True, metric="dense"),
     "session", "float64"),
])
def test_chains_have_the_moments_of_the_target(sampler, place, dtype):
    """Failure rate: means and mean squares within 4.5 standard errors, 6 numbers."""
    with modes.session() if place == "session" else chains.eagerly():
        out = sampler.run(
            chains.gaussian(np.linalg.inv(COVARIANCE)), {},
            {"x": np.zeros([4, 3], dtype)}, 500, 150, seed=2, progress_bar=False,
            jit_compile="auto" if place == "xla" else False)
    x = out["x"].astype("float64")
    assert (np.abs(x.mean((0, 1))) < 4.5 * diagnostics.mcse(x)).all()
    gap = (x ** 2).mean((0, 1)) - np.diag(COVARIANCE)
    assert (np.abs(gap) < 4.5 * diagnostics.mcse(x ** 2)).all()


def test_two_latents_are_one_vector():
    """Their correlation, which a metric of each alone cannot have."""
    precision = np.linalg.inv([[1., 0.99], [0.99, 1.]])

    def log_joint(values):
        x = tf.stack([values["a"], values["b"]], -1)
        return chains.gaussian(precision)({"x": x})

    with chains.eagerly():
        hmc = zs.HMC(0.3, 2, adapt_step_size=True, adapt_mass=True, metric="dense")
        out = hmc.run(log_joint, {}, {"a": np.zeros(4), "b": np.zeros(4)}, 200, 200,
                      seed=1, progress_bar=False, jit_compile=False)
    assert out.statistics["step_size"][-1] > 0.7  # 0.15 with a diagonal metric
    assert out["a"].shape == (200, 4)


def test_a_period_of_equal_scales_is_no_long_trajectory():
    """8 steps of pi / 4 end where they began: without a look across the join of both
    halves, 15 or 31 leapfrogs follow."""
    target = density(np.eye(10))

    def go():
        state = chain_state_at(target, [tf.constant(np.random.RandomState(0).randn(
            200, 10))])
        parameters = HamiltonianParameters(
            tf.constant(np.pi / 4., tf.float64), Diagonal([tf.ones([10], tf.float64)]))
        with zs.seeded(1):
            return nuts_transition(state, target, parameters, 8)[1].n_leapfrogs
    assert run("eager", go).max() <= 7


def test_the_dimension_chooses_the_estimator():
    estimator = EstimatorByDimension(
        FisherEstimator(is_dense=True), LowRankFisherEstimator(2, 8), 4)
    for d, kind in ((4, Dense), (5, LowRank)):
        chain = ChainState([tf.zeros([2, d])], tf.zeros([2]), [tf.zeros([2, d])])
        estimate = estimator.init(chain)
        assert isinstance(estimator.first_metric(chain), kind)
        with chains.eagerly():
            window, _ = estimator.end_window(estimate)
            assert type(window) is type(estimate)


# -- Errors -------------------------------------------------------------------------

@pytest.mark.parametrize("metric", ["full", "Dense", 3, None, True])
def test_unknown_metrics_raise(metric):
    with pytest.raises(ValueError, match="'diagonal', 'dense', 'low_rank'"):
        zs.NUTS(metric=metric)
    with pytest.raises(ValueError, match="HMC: metric must be one of"):
        zs.HMC(adapt_step_size=True, adapt_mass=True, metric=metric)


def test_contradictions_raise():
    with pytest.raises(ValueError, match="dense_mass=True means metric=\"dense\""):
        zs.NUTS(dense_mass=True, metric="diagonal")
    with pytest.raises(ValueError, match="Write adapt_step_size=True, adapt_mass=True"):
        zs.HMC(metric="dense")
