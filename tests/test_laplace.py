"""`zs.laplace` against closed forms."""
import modes
import numpy as np
import pytest
import scipy.special as sp
import tensorflow.compat.v2 as tf
from chains import eagerly
from test_fit import (
    COUNTS,
    COVARIANCE,
    DESIGN,
    EVIDENCE,
    MEAN,
    PRECISION,
    TARGET,
    build_conjugate,
    build_regression,
    moments,
)

import zhusuan as zs


def test_laplace_is_exact_for_a_normal_posterior():
    with eagerly():
        fit = zs.laplace(build_regression(DESIGN), {"y": TARGET}, seed=1)
        mean, covariance = moments(fit)
    sd = np.sqrt(np.diag(COVARIANCE))
    assert np.max(np.abs(mean - MEAN) / sd) < 1e-8
    assert np.max(np.abs(covariance - COVARIANCE) / np.outer(sd, sd)) < 1e-8
    assert abs(fit.log_evidence.value - EVIDENCE) < 1e-8
    assert fit.log_evidence[1:] == (0., False)
    assert fit.method == "laplace (MultivariateNormal)"
    assert fit.n_done == len(fit.history["log_density"])


def test_diagonal_laplace_has_the_conditional_variances():
    with eagerly():
        fit = zs.laplace(build_regression(DESIGN), {"y": TARGET}, "diagonal", seed=1)
        dist = fit.posterior._distribution()
        mean, std = dist.mean.numpy(), dist.std.numpy()
    np.testing.assert_allclose(mean, MEAN, rtol=1e-8)
    np.testing.assert_allclose(std, np.diag(PRECISION) ** -0.5, rtol=1e-8)
    gap = 0.5 * (np.sum(np.log(np.diag(PRECISION))) - np.linalg.slogdet(PRECISION)[1])
    assert abs(fit.log_evidence.value - (EVIDENCE - gap)) < 1e-8


def log_peak(log_density, curvature):
    """Laplace's formula in one dimension."""
    return log_density + 0.5 * np.log(2. * np.pi / curvature)


def test_laplace_is_that_in_unconstrained_space():
    """By hand: Gamma(15, 5) in log space and Beta(7, 4) in logit space.

    The densities there are e^(15 u - 5 e^u), with its peak at log(15 / 5) and the
    curvature 15, and s(v)^7 s(-v)^4, with 7 / 11 and 7 * 4 / 11.
    """
    with eagerly():
        fit = zs.laplace(build_conjugate(), COUNTS, seed=1)
        mean, covariance = moments(fit)
        draws = fit.draws(2000)
    np.testing.assert_allclose(mean, [np.log(3.), np.log(7. / 4.)], atol=1e-8)
    np.testing.assert_allclose(
        covariance, np.diag([1. / 15., 11. / 28.]), rtol=1e-8, atol=1e-12)
    assert np.all(draws["rate"] > 0.)
    assert np.all((draws["chance"] > 0.) & (draws["chance"] < 1.))
    # The evidence exceeds its approximation by the errors of Stirling's formula.
    x = np.array(COUNTS["x"])
    constants = (3. * np.log(2.) - sp.gammaln(3.) - np.sum(sp.gammaln(x + 1.))
                 - sp.betaln(2., 2.))
    exact = constants + log_peak(15. * np.log(3.) - 15., 15.) + log_peak(
        7. * np.log(7. / 11.) + 4. * np.log(4. / 11.), 28. / 11.)
    assert abs(fit.log_evidence.value - exact) < 1e-8


@pytest.mark.parametrize("kind", ["graph", "eager"])
def test_laplace_runs_in_every_mode(kind):
    with modes.session() if kind == "graph" else eagerly():
        fit = zs.laplace(build_regression, {"y": TARGET, "x": DESIGN}, seed=1)
        draws = fit.draws(20000)["w"]
        assert fit["w"].shape == (1000, 3)
    # Failure rate 1e-4: 4.5 standard errors.
    sd = np.sqrt(np.diag(COVARIANCE))
    assert np.all(np.abs(draws.mean(0) - MEAN) < 4.5 * sd / 20000 ** 0.5)
    assert np.all(np.abs(draws.std(0) / sd - 1.) < 4.5 / 40000 ** 0.5)
    assert abs(fit.log_evidence.value - EVIDENCE) < 1e-8


def test_float32_and_units_of_latents():
    """Standard deviations of 1e-4 and 1e4, and a mode that is far from the start."""
    def log_joint(values):
        return -0.5 * (tf.square((values["a"] - 2.) / 1e-4)
                       + tf.square((values["b"] - 5e4) / 1e4))

    with eagerly():
        fit = zs.laplace(log_joint, latent={"a": np.float32(1.), "b": np.float32(0.)})
        mean, covariance = moments(fit)
    np.testing.assert_allclose(mean, [2., 5e4], rtol=1e-5)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), [1e-4, 1e4], rtol=1e-5)
    assert abs(fit.log_evidence.value - np.log(2. * np.pi)) < 1e-3


def test_hessian_of_many_dimensions_is_complete():
    """More rows than are computed at once: a chain of correlated numbers."""
    d = 150
    precision = 3. * np.eye(d) - np.eye(d, k=1) - np.eye(d, k=-1)

    def log_joint(values):
        x = values["x"]
        return -0.5 * tf.reduce_sum(x * tf.linalg.matvec(
            tf.constant(precision), x), axis=-1)

    with eagerly():
        fit = zs.laplace(log_joint, latent={"x": np.ones(d)}, seed=1)
        _, covariance = moments(fit)
    np.testing.assert_allclose(covariance, np.linalg.inv(precision), atol=1e-10)
    assert abs(fit.log_evidence.value - 0.5 * (
        d * np.log(2. * np.pi) - np.linalg.slogdet(precision)[1])) < 1e-8


def test_flat_direction_raises_with_the_latent():
    """The density depends on the sum of two latents; or is flat along one."""
    def of_sum(values):
        return -tf.square(values["a"] + values["b"]) - tf.square(values["c"])

    def linear(values):
        return 0. * values["flat"] - tf.square(values["c"])

    start = {"a": np.float64(1.), "b": np.float64(2.), "c": np.float64(1.)}
    with eagerly():
        with pytest.raises(ValueError, match="no peak .* latent '[ab]'.*proper prior"):
            zs.laplace(of_sum, latent=start)
        with pytest.raises(ValueError, match="no peak .* latent 'flat'"):
            zs.laplace(linear, latent={"flat": np.float64(1.), "c": np.float64(1.)})


def test_density_without_a_mode_raises():
    """The density of centred effects grows without bound as the scale goes to 0."""
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        scale = bn.uniform("scale", tf.constant(0., tf.float64), 10.)
        bn.normal("x", tf.zeros([8], tf.float64), std=scale[..., tf.newaxis],
                  group_ndims=1)
        return bn

    with eagerly():
        with pytest.raises(ValueError, match="no mode was found.*variational.fit"):
            zs.laplace(build(), {}, seed=1)


def test_unknown_hessian_raises():
    with pytest.raises(ValueError, match="hessian must be one of 'dense', 'diagonal'"):
        zs.laplace(build_conjugate(), COUNTS, "full")


def test_saved_laplace_has_the_same_draws(tmp_path):
    with eagerly():
        fit = zs.laplace(build_conjugate(), COUNTS, seed=1)
        fit.save(tmp_path / "fit.npz")
        loaded = zs.variational.Fit.load(tmp_path / "fit.npz")
    np.testing.assert_array_equal(loaded["rate"], fit["rate"])
    assert loaded.log_evidence == fit.log_evidence
    assert fit.summary().names == ["rate", "chance"]


@zs.meta_bayesian_net()
def build_constrained():
    """Latents in a simplex, above each other, of a correlation, on a circle."""
    bn = zs.BayesianNet()
    p = bn.dirichlet("p", 3. * tf.ones([3], tf.float64))
    low = bn.uniform("low", tf.constant(-1., tf.float64), 1.)
    high = bn.uniform("high", low, 2.)  # an end depends on another latent
    factor = bn.lkj_cholesky("factor", 3, tf.constant(4., tf.float64))
    angle = bn.von_mises("angle", tf.constant(0.5, tf.float64), 5.)
    bn.normal("x", p[..., 0] + low * high + factor.tensor[..., 2, 0] + angle, std=0.5)
    return bn


@pytest.mark.slow
def test_hessian_of_constrained_latents_matches_differences():
    """Of gradients, whose error by differences of 1e-4 is some 1e-7."""
    from zhusuan._model import local_normal, target, unconstrained_space

    with eagerly():
        model, observed = build_constrained(), {"x": np.float64(1.)}
        space, start = unconstrained_space.find_space(model, observed, seed=1)
        mode = local_normal.find_mode(space, model, observed, start)
        of_vectors = space.target(target.Target(model, observed, list(space.shapes)))
        moves = 1e-4 * np.eye(space.n_dims)
        slopes = [(of_vectors(tf.constant(mode.position + move))[1].numpy()
                   - of_vectors(tf.constant(mode.position - move))[1].numpy()) / 2e-4
                  for move in moves]
        gradient = of_vectors(tf.constant(mode.position))[1].numpy()
        fit = zs.laplace(model, observed, seed=1)
        draws = fit.draws(500)
    assert mode.is_converged and np.max(np.abs(gradient)) < 1e-7
    np.testing.assert_allclose(mode.curvature.precision, -np.array(slopes), atol=1e-6)
    np.testing.assert_allclose(draws["p"].sum(-1), 1.)
    assert np.all((draws["low"] < draws["high"]) & (draws["high"] < 2.))
    assert np.all(np.abs(draws["angle"]) <= np.pi)
    np.testing.assert_allclose(np.sum(draws["factor"] ** 2, -1), 1.)


@pytest.mark.slow
def test_chains_start_at_laplace():
    with eagerly():
        model = build_conjugate()
        fit = zs.laplace(model, COUNTS, seed=1)
        chains = zs.NUTS().run(model, COUNTS, n_samples=300, n_warmup=200, n_chains=4,
                               init=fit, seed=1, progress_bar=False, jit_compile=False)
    assert abs(chains["rate"].mean() - 3.) < 0.3


def test_plot_has_the_log_density():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    with eagerly():
        fit = zs.laplace(build_conjugate(), COUNTS, seed=1)
    axes = fit.plot()
    np.testing.assert_array_equal(
        axes.lines[0].get_ydata(), fit.history["log_density"])
    plt.close("all")
