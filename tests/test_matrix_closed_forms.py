"""Moments, modes, entropies and edges of vectors, matrices and mixtures."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases_heavy_vectors import dirichlet_multinomial_log_prob
from cases_matrices import lkj_quadrature, scale_of
from cases_multivariate import compositions
from scipy import integrate, special, stats

import zhusuan as zs
from zhusuan import diagnostics
from zhusuan._tf.gradients import differentiable

ds = zs.distributions
TRIL = np.array([[2., 0., 0.], [-1.5, 0.5, 0.], [1., 0.25, 1.]])
DF = np.array([7.5, 20.])


# -- Correlations ----------------------------------------------------------------------

@pytest.mark.parametrize("concentration", [0.8, 1., 4.])
@eagerly
def test_lkj_moments_match_quadrature(concentration):
    dist = ds.LKJCholesky(3, np.float64(concentration))
    x, weights = lkj_quadrature(concentration, 3)
    density = weights * dist.prob(x).numpy()
    np.testing.assert_allclose(density.sum(), 1., rtol=1e-9)
    mean = np.einsum("n,nij->ij", density, x)
    np.testing.assert_allclose(dist.mean, mean, rtol=2e-3, atol=1e-9)
    np.testing.assert_allclose(
        dist.variance, np.einsum("n,nij->ij", density, x ** 2) - mean ** 2, rtol=2e-2,
        atol=1e-9)
    np.testing.assert_allclose(
        dist.entropy(), -np.sum(density * dist.log_prob(x).numpy()), rtol=2e-2)


@pytest.mark.parametrize("concentration", [0.7, 1., 3.])
@eagerly
def test_lkj_of_two_integrates_to_one(concentration):
    dist = ds.LKJCholesky(2, np.float64(concentration))

    def density(angle):  # the number below the diagonal is cos(angle)
        return np.sin(angle) * float(dist.prob(
            [[1., 0.], [np.cos(angle), np.sin(angle)]]))

    total, _ = integrate.quad(density, 0., np.pi)
    np.testing.assert_allclose(total, 1., rtol=1e-5)


@eagerly
def test_lkj_of_one_row_and_of_tiny_concentrations():
    single = ds.LKJCholesky(1, 2.)
    np.testing.assert_array_equal(single.sample(3), np.ones([3, 1, 1]))
    assert float(single.log_prob([[1.]])) == 0.
    tiny = ds.LKJCholesky(4, tf.constant(1e-30))
    samples = tiny.sample(100)
    assert np.isfinite(samples).all() and np.isfinite(tiny.log_prob(samples)).all()


@eagerly
def test_lkj_modes():
    mode = ds.LKJCholesky(3, np.array([0.5, 2.])).mode.numpy()
    assert np.isnan(mode[0]).all()
    np.testing.assert_array_equal(mode[1], np.eye(3))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["NUTS", pytest.param("HMC", marks=pytest.mark.slow)])
def test_samplers_give_the_correlations_of_lkj(name):
    """E[r^2] = 1 / (2 a + 1) with a = concentration - 1 + d / 2, for 3 correlations.

    Within 5 standard errors: failure rate below 4e-6.
    """
    n_chains = 20

    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.lkj_cholesky("factor", 3, tf.constant(2., "float64"), n_samples=n_chains)
        return bn

    sampler = zs.NUTS() if name == "NUTS" else zs.HMC(0.2, 7, adapt_step_size=True)
    with chains.eagerly():
        out = sampler.run(
            model(), {}, {"factor": np.tile(np.eye(3), [n_chains, 1, 1])}, 250, 150,
            seed=5, progress_bar=False, jit_compile=name == "NUTS" and not modes.IS_TF1)
    factor = out["factor"]
    correlation = factor @ np.swapaxes(factor, -2, -1)
    np.testing.assert_allclose(np.diagonal(correlation, axis1=-2, axis2=-1), 1.)
    for i, j in (1, 0), (2, 0), (2, 1):
        for power, want in (1, 0.), (2, 1. / 6.):
            x = correlation[..., i, j] ** power
            assert abs(x.mean() - want) <= 5. * diagnostics.mcse(x)


# -- Covariances -----------------------------------------------------------------------

def scipy_law(name, df):
    return (stats.wishart if name == "Wishart" else stats.invwishart)(
        df, scale_of(TRIL))


every_covariance = pytest.mark.parametrize("name", ["Wishart", "InverseWishart"])


@every_covariance
@eagerly
def test_moments_of_covariances_match_scipy(name):
    dist = getattr(ds, name)(DF, TRIL)
    for i, df in enumerate(DF):
        law = scipy_law(name, df)
        np.testing.assert_allclose(dist.mean[i], law.mean(), rtol=1e-12)
        np.testing.assert_allclose(dist.variance[i], law.var(), rtol=1e-10)
        np.testing.assert_allclose(dist.mode[i], law.mode(), rtol=1e-12)


@every_covariance
@eagerly
def test_entropies_of_covariances_match_samples(name):
    """Within 6 standard errors: failure rate 2e-9."""
    dist = getattr(ds, name)(DF, TRIL)
    with zs.seeded(2):
        log_prob = -dist.log_prob(dist.sample(20000)).numpy()
    error = log_prob.std(axis=0) / np.sqrt(20000.)
    assert np.all(np.abs(log_prob.mean(axis=0) - dist.entropy()) < 6. * error)
    if name == "Wishart":
        want = [scipy_law(name, df).entropy() for df in DF]
        np.testing.assert_allclose(dist.entropy(), want, rtol=1e-10)


@every_covariance
@eagerly
def test_moments_that_do_not_exist_are_nan(name):
    dist = getattr(ds, name)(2.5, TRIL)
    undefined = [dist.mode] if name == "Wishart" else [dist.mean, dist.variance]
    assert all(np.isnan(x).all() for x in undefined)


@every_covariance
def test_matrices_that_are_not_positive_definite_have_no_density(name, mode):
    """Neither an error nor slopes of nan, alone and next to good matrices."""
    values = np.stack([np.eye(3), np.diag([1., -1., 2.]), np.zeros([3, 3]),
                       np.ones([3, 3]), np.diag([1., np.inf, 1.]),
                       np.eye(3) + np.eye(3, k=1), np.full([3, 3], 1e-300)])

    def compute():
        arguments = [tf.constant(x) for x in (DF[:1], TRIL, values)]
        log_prob, gradients = differentiable(
            lambda xs: getattr(ds, name)(xs[0], xs[1]).log_prob(xs[2]), arguments)
        return [log_prob] + gradients([log_prob])

    log_prob, *slopes = modes.run(mode, compute)
    np.testing.assert_allclose(
        log_prob[0], scipy_law(name, DF[0]).logpdf(np.eye(3)), rtol=1e-12)
    assert np.all(np.isneginf(log_prob[1:]))
    assert all(np.isfinite(slope).all() for slope in slopes)


@every_covariance
@eagerly
def test_large_covariances_match_scipy(name):
    root = np.random.RandomState(0).normal(size=[20, 30])
    x = root @ root.T
    dist = getattr(ds, name)(np.float64(25.), np.eye(20))
    law = (stats.wishart if name == "Wishart" else stats.invwishart)(25., np.eye(20))
    np.testing.assert_allclose(
        dist.log_prob(np.stack([x, -x])), [law.logpdf(x), -np.inf], rtol=1e-10)


# -- Vectors ---------------------------------------------------------------------------

@eagerly
def test_vector_t_matches_scipy_and_its_limit():
    law = stats.multivariate_t([1., 0., -1.], scale_of(TRIL), df=4.5)
    dist = ds.MultivariateStudentT(np.float64(4.5), [1., 0., -1.], TRIL)
    x = np.random.RandomState(0).normal(size=[6, 3]) * 4.
    np.testing.assert_allclose(dist.log_prob(x), law.logpdf(x), rtol=1e-10)
    np.testing.assert_allclose(dist.variance, np.diag(scale_of(TRIL)) * 4.5 / 2.5)
    with zs.seeded(1):
        log_prob = -dist.log_prob(dist.sample(20000)).numpy()
    error = 6. * log_prob.std() / np.sqrt(20000.)  # failure rate 2e-9
    assert abs(log_prob.mean() - dist.entropy()) < error
    wide = ds.MultivariateStudentT(np.float64(np.inf), [0., 0., 0.], TRIL)
    normal = ds.MultivariateNormalCholesky(np.zeros(3), TRIL)
    np.testing.assert_allclose(wide.log_prob(x), normal.log_prob(x), rtol=1e-12)
    np.testing.assert_allclose(wide.entropy(), normal.entropy(), rtol=1e-12)
    few = ds.MultivariateStudentT([1., 1.5], [0., 0.], np.eye(2, dtype="float32"))
    assert np.isnan(few.mean[0]).all() and np.isinf(few.variance[1]).all()


@eagerly
def test_vector_t_far_away_has_finite_densities():
    dist = ds.MultivariateStudentT(1., [0., 0.], np.eye(2, dtype="float32"))
    np.testing.assert_allclose(
        dist.log_prob([1e25, -1e25]),
        -np.log(2. * np.pi) - 1.5 * (np.log(2.) + 50. * np.log(10.)), rtol=1e-5)


@eagerly
def test_dirichlet_multinomial_moments_match_enumeration():
    alpha, n = np.array([0.5, 2., 3.]), 5
    dist, x = ds.DirichletMultinomial(alpha, n), compositions(5, 3)
    mass = np.exp(dirichlet_multinomial_log_prob(x, alpha, n))
    mean = mass @ x
    np.testing.assert_allclose(dist.mean, mean, rtol=1e-10)
    np.testing.assert_allclose(dist.variance, mass @ (x - mean) ** 2, rtol=1e-10)


@eagerly
def test_dirichlet_multinomial_totals_for_each_datum():
    alpha, totals = np.array([0.5, 2.]), np.array([0, 3, 40])
    dist = ds.DirichletMultinomial(alpha, totals)
    x = np.array([[0, 0], [1, 2], [10, 30]])
    want = stats.betabinom(totals, *alpha).logpmf(x[:, 0])
    np.testing.assert_allclose(dist.log_prob(x), want, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        ds.DirichletMultinomial(alpha, None).log_prob(x), want, rtol=1e-10, atol=1e-12)
    assert np.array_equal(dist.sample(9).numpy().sum(-1), np.tile(totals, [9, 1]))
    with pytest.raises(ValueError, match="n_experiments must be given for samples"):
        ds.DirichletMultinomial(alpha, None).sample()


@eagerly
def test_dirichlet_multinomial_of_large_shapes_is_multinomial():
    share = np.array([0.2, 0.3, 0.5])
    x = compositions(6, 3).astype("int32")
    dist = ds.DirichletMultinomial(1e15 * share, 6)
    np.testing.assert_allclose(
        dist.log_prob(x), stats.multinomial(6, share).logpmf(x), rtol=1e-9)


# -- Mixtures of families --------------------------------------------------------------

LOGITS = np.array([0.5, -1., 2.])


def vectors():
    return ds.Mixture(LOGITS, [
        ds.MultivariateNormalDiag([0., 1.], np.array([1., 0.5])),
        ds.MultivariateNormalCholesky([3., -1.], np.array([[1., 0.], [-0.5, 0.3]])),
        ds.MultivariateStudentT(np.float64(5.), [1., 1.], np.eye(2))])


@eagerly
def test_mixtures_of_vectors_match_scipy():
    x = np.random.RandomState(0).normal(0., 2., [9, 2])
    root = np.array([[1., 0.], [-0.5, 0.3]])
    logs = [stats.multivariate_normal([0., 1.], np.diag([1., 0.25])).logpdf(x),
            stats.multivariate_normal([3., -1.], root @ root.T).logpdf(x),
            stats.multivariate_t([1., 1.], np.eye(2), df=5.).logpdf(x)]
    want = special.logsumexp(
        np.stack(logs, -1) + special.log_softmax(LOGITS), axis=-1)
    np.testing.assert_allclose(vectors().log_prob(x), want, rtol=1e-10)
    weights = special.softmax(LOGITS)
    means = np.array([[0., 1.], [3., -1.], [1., 1.]])
    variances = np.array([[1., 0.25], [1., 0.34], [5. / 3., 5. / 3.]])
    mean = weights @ means
    np.testing.assert_allclose(vectors().mean, mean, rtol=1e-10)
    np.testing.assert_allclose(
        vectors().variance, weights @ (variances + (means - mean) ** 2), rtol=1e-10)
    with pytest.raises(NotImplementedError, match="no cdf"):
        vectors().cdf(x)


def test_samples_of_mixtures_of_vectors_have_the_moments(mode):
    """Within 6 standard errors: failure rate below 1e-7."""
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 has no seeded gamma variables")

    def draw():
        with zs.seeded(5):
            return vectors().sample(8000), vectors().mean, vectors().variance

    x, mean, variance = modes.run(mode, draw)
    assert np.all(np.abs(x.mean(0) - mean) < 6. * np.sqrt(variance / 8000.))
    squares = (x - mean) ** 2
    assert np.all(np.abs(squares.mean(0) - variance) <
                  6. * squares.std(0) / np.sqrt(8000.))


@eagerly
def test_batches_of_components_broadcast():
    dist = ds.Mixture(np.zeros([4, 1, 2], "float32"), [
        ds.Normal(tf.zeros([3]), std=1.), ds.Laplace(0., tf.ones([4, 1]))])
    assert dist.get_batch_shape().as_list() == [4, 3]
    samples = dist.sample(5)
    assert len(np.unique(samples)) == 60
    assert dist.mean.shape == dist.variance.shape == (4, 3)
    x = np.array([-1., 0., 2.], "float32")
    want = 0.5 * stats.norm.cdf(x) + 0.5 * stats.laplace.cdf(x)
    np.testing.assert_allclose(dist.cdf(x), np.tile(want, [4, 1]), rtol=1e-5)


@pytest.mark.parametrize("components, error, message", [
    (list, TypeError, "list of at least one Distribution"),
    (lambda: [ds.Normal(0., std=1.), 1.], TypeError, r"components\[1\]. must be"),
    (lambda: [ds.Normal(0., std=1.), ds.Normal(np.float64(0.), std=1.)], ValueError,
     "the same dtype"),
    (lambda: [ds.Normal(0., std=1.), ds.Poisson(1., dtype=tf.float32)], ValueError,
     "the same is_continuous"),
    (lambda: [ds.Normal(0., std=1.), ds.Dirichlet([1., 1.])], ValueError,
     "the same value shape"),
    (lambda: [ds.Normal(0., std=1.)], ValueError, "number of components, 1")])
def test_clear_errors_of_mixtures(components, error, message):
    with pytest.raises(error, match=message):
        modes.run("eager", lambda: [ds.Mixture([0., 0.], components()).mean])


def test_mixtures_of_positive_families_are_positive_latents():
    with chains.eagerly():
        from zhusuan._model import supports
        gamma, normal = ds.Gamma(1., 1.), ds.Normal(0., std=1.)
        positive = ds.Mixture([0., 0.], [gamma, ds.LogNormal(0., 1.)])
        assert supports.support_of("x", positive) == "positive"
        assert supports.support_of("x", ds.Mixture([0., 0.], [gamma, normal])) is None
