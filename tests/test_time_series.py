"""Random walks and autoregressive processes, against explicit covariances."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases_time_series import factor
from scipy import stats

import zhusuan as zs

ds = zs.distributions
N_STEPS = 6
COEFFICIENTS = np.array([0.5, -0.25, 0.75])
ROOT = np.array([[1., 0., 0.], [0.5, 2., 0.], [-1., 0.25, 0.5]])
FIRST = np.array([1., -1., 2.])


def law(coefficients, constant, std, first_mean, first_root):
    """The process as a normal vector."""
    p = len(coefficients)
    tril = factor(coefficients, N_STEPS)
    centre = np.concatenate([first_mean, np.full(N_STEPS - p, constant)])
    scale = std * np.eye(N_STEPS)
    scale[:p, :p] = first_root
    root = tril @ scale
    return stats.multivariate_normal(tril @ centre, root @ root.T)


def process(**kwargs):
    initial = ds.MultivariateNormalCholesky(FIRST, ROOT)
    return ds.AR(COEFFICIENTS, 0.5, N_STEPS, 0.25, initial, **kwargs)


PROCESSES = {
    "vector": (process, law(COEFFICIENTS, 0.25, 0.5, FIRST, ROOT)),
    "numbers": (
        lambda: ds.AR(COEFFICIENTS, 0.5, N_STEPS, 0.25, ds.Normal(
            np.float64(1.), std=3.)),
        law(COEFFICIENTS, 0.25, 0.5, np.ones(3), 3. * np.eye(3))),
    "walk": (
        lambda: ds.GaussianRandomWalk(0.5, N_STEPS, 0.25, ds.Normal(
            np.float64(1.), std=3.)),
        law([1.], 0.25, 0.5, [1.], 3. * np.eye(1))),
    "walk as a process": (
        lambda: ds.AR(np.array([1.]), 0.5, N_STEPS),
        law([1.], 0., 0.5, [0.], 0.5 * np.eye(1)))}
every_process = pytest.mark.parametrize("name", PROCESSES)


@every_process
def test_density_matches_that_of_a_normal_vector(name, mode):
    make, want = PROCESSES[name]
    x = np.random.RandomState(0).normal(size=[5, N_STEPS])
    log_prob, entropy, mean = modes.run(
        mode, lambda x: [make().log_prob(x), make().entropy(), make().mean], x)
    np.testing.assert_allclose(log_prob, want.logpdf(x), rtol=1e-12)
    np.testing.assert_allclose(entropy, want.entropy(), rtol=1e-12)
    np.testing.assert_allclose(mean, want.mean, rtol=1e-12)


@every_process
def test_samples_have_the_covariance(name, mode):
    """Within 6 standard errors of 27 numbers: failure rate below 1e-6."""
    make, want = PROCESSES[name]

    def draw():
        with zs.seeded(3):
            return make().sample(20000)

    x = modes.run(mode, draw)
    gap = x.mean(axis=0) - want.mean
    variances = np.diag(want.cov)
    assert np.all(np.abs(gap) < 6. * np.sqrt(variances / 20000.))
    error = np.sqrt((want.cov ** 2 + np.outer(variances, variances)) / 20000.)
    assert np.all(np.abs(np.cov(x.T) - want.cov) < 6. * error)


@eagerly
def test_variances_are_the_diagonal():
    for name in "numbers", "walk", "walk as a process":
        make, want = PROCESSES[name]
        np.testing.assert_allclose(make().variance, np.diag(want.cov), rtol=1e-12)
    with pytest.raises(NotImplementedError, match="AR has no variance"):
        process().variance  # noqa: B018


@eagerly
def test_the_mode_has_the_largest_density():
    for make, want in PROCESSES.values():
        np.testing.assert_allclose(make().mode, want.mean, rtol=1e-12)


@eagerly
def test_batches_of_processes_and_first_numbers_broadcast():
    """First numbers of a batch are independent, also if `initial` has no batch."""
    coefficients = np.random.RandomState(1).normal(size=[4, 1, 2])
    initial = ds.Normal(np.zeros([1, 3]), std=np.array([1., 2., 3.]))
    dist = ds.AR(coefficients, 1., 5, initial=initial)
    assert dist.get_batch_shape().as_list() == [4, 3]
    samples = dist.sample(2).numpy()
    assert samples.shape == (2, 4, 3, 5)
    assert len(np.unique(samples)) == samples.size
    assert dist.variance.shape == (4, 3, 5)
    with zs.seeded(1):
        scales = dist.sample(2000).numpy()[..., :2].std(axis=0)
    # Within 6 standard errors of 24 numbers: failure rate below 1e-7.
    gap = scales - np.array([1., 2., 3.])[:, np.newaxis]
    assert np.all(np.abs(gap) < 6. * 3. / np.sqrt(4000.))
    want = [[ds.AR(coefficients[i, 0], 1., 5, initial=ds.Normal(
        np.float64(0.), std=1. + j)).log_prob(samples[:, i, j]).numpy()
        for j in range(3)] for i in range(4)]
    np.testing.assert_allclose(
        dist.log_prob(samples), np.moveaxis(want, -1, 0), rtol=1e-12)


@eagerly
def test_sequences_of_first_numbers_only():
    dist = ds.AR([0.5, 0.25], 1., 2)
    np.testing.assert_allclose(
        dist.log_prob([0.5, -1.]), stats.norm.logpdf([0.5, -1.]).sum(), rtol=1e-6)
    assert dist.sample(3).shape == (3, 2)
    assert ds.GaussianRandomWalk(1., 1).sample().shape == (1,)


@eagerly
def test_path_derivatives_pass_the_first_numbers():
    mean = tf.constant(0.5)
    walk = ds.GaussianRandomWalk(1., 3, initial=ds.Normal(mean, std=1.))
    with tf.GradientTape() as tape:
        tape.watch(mean)
        log_prob = ds.GaussianRandomWalk(
            1., 3, initial=ds.Normal(mean, std=1.),
            use_path_derivative=True).log_prob([1., 2., 3.])
    assert tape.gradient(log_prob, mean) is None
    np.testing.assert_allclose(log_prob, walk.log_prob([1., 2., 3.]))


@pytest.mark.parametrize("initial, error, message", [
    (lambda: ds.MultivariateNormalDiag([0.], [1.]), ValueError,
     r"AR: `initial` must have the value shape \(\) or \(2,\)"),
    (lambda: ds.Poisson(1.), TypeError, "AR: `initial` must be continuous"),
    (lambda: 1., TypeError, "AR: `initial` must be a .*Distribution"),
    (lambda: ds.Normal(tf.zeros([2]), std=1., group_ndims=1), ValueError,
     "`initial` must have group_ndims=0")])
def test_clear_errors_of_first_numbers(initial, error, message):
    with pytest.raises(error, match=message):
        modes.run("eager", lambda: [ds.AR([0.5, 0.25], 1., 4, initial=initial()).mean])


def test_nodes_are_observed_and_sampled():
    def run():
        bn = zs.BayesianNet({"walk": np.zeros(4, "float32")})
        std = bn.gamma("std", 2., 2.)
        bn.gaussian_random_walk("walk", std, n_steps=4, drift=0.5)
        ar = bn.ar("ar", [0.5], 1., n_steps=3, n_samples=7)
        return bn.cond_log_prob("walk"), ar.tensor

    log_prob, samples = modes.run("eager", run)
    assert np.isfinite(log_prob)
    assert samples.shape == (7, 3)
