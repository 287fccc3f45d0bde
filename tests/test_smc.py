"""`zs.smc` against closed forms.

With 10 islands, the log evidence is off by more than 3 reported standard errors for
1.5 % of all seeds (Student's t with 9 degrees of freedom).
"""
import modes
import numpy as np
import pytest
import scipy.special as sp
import scipy.stats as st
import tensorflow.compat.v2 as tf
from chains import eagerly
from test_fit import (
    CHANCE,
    COUNTS,
    COVARIANCE,
    DESIGN,
    EVIDENCE,
    MEAN,
    RATE,
    TARGET,
    build_conjugate,
    build_regression,
)

import zhusuan as zs

OPTIONS = {"seed": 1, "jit_compile": False}


def smc_regression(**options):
    return zs.smc(build_regression(DESIGN), {"y": TARGET}, **dict(OPTIONS, **options))


def check_evidence(fit, exact):
    assert abs(fit.log_evidence.value - exact) < 3. * fit.log_evidence.error
    assert not fit.log_evidence.is_bound


def test_evidence_and_moments_of_linear_regression():
    """Means within 4.5 errors of 500 draws, standard deviations within 10 %."""
    with eagerly():
        fit = smc_regression()
    check_evidence(fit, EVIDENCE)
    sd = np.sqrt(np.diag(COVARIANCE))
    assert fit["w"].shape == (1000, 3)
    assert np.all(np.abs(fit["w"].mean(0) - MEAN) < 4.5 * sd / 500 ** 0.5)
    assert np.all(np.abs(fit["w"].std(0) / sd - 1.) < 0.1)
    assert (fit.posterior, fit.method) == (None, "smc (prior)")
    assert fit.n_done == len(fit.history["temperature"])


def test_history_has_the_asked_effective_size():
    with eagerly():
        history = smc_regression(ess=0.7, n_moves=4).history
    assert set(history) == {"temperature", "ess", "acceptance", "step_size", "n_moves"}
    assert history["temperature"][-1] == 1. and np.all(
        np.diff(history["temperature"], prepend=0.) > 0.)
    np.testing.assert_allclose(history["ess"][:-1], 700., rtol=1e-3)
    assert history["ess"][-1] >= 700.
    np.testing.assert_array_equal(history["n_moves"], 4.)
    # The step size is tuned at once; 0.15 are 3 deviations by the leapfrogs' number.
    assert abs(np.mean(history["acceptance"]) - 0.8) < 0.15


@zs.meta_bayesian_net()
def build_modes():
    """Two modes of different width; the likelihood is a factor."""
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([2], tf.float64), std=10., group_ndims=1)

    def log_normal(mean, std):
        return -0.5 * tf.reduce_sum(tf.square((z - mean) / std), -1) - np.log(
            2. * np.pi * std ** 2)
    bn.factor("modes", tf.reduce_logsumexp(tf.stack([
        np.log(0.3) + log_normal(-5., 0.5), np.log(0.7) + log_normal(5., 0.3)]), 0))
    return bn


# The evidence of a normal likelihood with a normal prior, in two dimensions.
OF_MODES = np.log([0.3, 0.7]) + 2. * st.norm.logpdf(
    [-5., 5.], 0., np.sqrt(100. + np.array([0.25, 0.09])))


def test_two_modes_have_their_weights():
    """The weight of a mode has an error of 0.04, by 30 seeds; failure rate 1e-4."""
    with eagerly():
        fit = zs.smc(build_modes(), n_particles=2000, **OPTIONS)
    check_evidence(fit, sp.logsumexp(OF_MODES))
    right = fit["z"][:, 0] > 0.
    assert abs(np.mean(right) - sp.softmax(OF_MODES)[1]) < 0.16
    np.testing.assert_allclose(fit["z"][right].std(0), 0.3, rtol=0.15)
    np.testing.assert_allclose(fit["z"][~right].std(0), 0.5, rtol=0.15)


def test_error_of_the_evidence_is_the_spread_of_seeds():
    """A factor of 2 for 8 seeds; failure rate 3 %, by a chi distribution."""
    with eagerly():
        fits = [smc_regression(seed=seed, n_particles=400, n_moves=4)
                for seed in range(8)]
    values, errors = np.transpose([fit.log_evidence[:2] for fit in fits])
    spread = np.std(values, ddof=1)
    assert 0.5 < spread / np.mean(errors) < 2.
    # Failure rate 1e-3: Student's t with 7 degrees of freedom is below 5.4.
    assert abs(np.mean(values) - EVIDENCE) < 5.4 * spread / 8 ** 0.5


def test_constrained_latents_follow_conjugate_posteriors():
    with eagerly():
        fit = zs.smc(build_conjugate(), COUNTS, n_particles=2000, **OPTIONS)
    x = np.array(COUNTS["x"])
    check_evidence(fit, (
        3. * np.log(2.) - 15. * np.log(5.) + sp.gammaln(15.) - sp.gammaln(3.)
        - np.sum(sp.gammaln(x + 1.)) + sp.betaln(7., 4.) - sp.betaln(2., 2.)))
    for name, exact in [("rate", RATE), ("chance", CHANCE)]:
        # Failure rate 1e-4: 4.5 errors of 1000 draws.
        assert abs(fit[name].mean() - exact.mean()) < 4.5 * exact.std() / 1000 ** 0.5
        np.testing.assert_allclose(fit[name].std(), exact.std(), rtol=0.1)


def test_simplex_follows_the_conjugate_posterior():
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        p = bn.dirichlet("p", tf.constant(before, tf.float64))
        bn.multinomial("x", tf.math.log(p), n_experiments=20)
        return bn

    before, x = np.array([1., 2., 3.]), np.array([10, 5, 5])
    exact = st.dirichlet(before + x)
    with eagerly():
        fit = zs.smc(build(), {"x": x}, n_particles=2000, **OPTIONS)
    check_evidence(fit, st.multinomial.logpmf(x, 20, [0.5, 0.3, 0.2]) - x @ np.log(
        [0.5, 0.3, 0.2]) + _log_beta(before + x) - _log_beta(before))
    np.testing.assert_allclose(fit["p"].sum(-1), 1.)
    assert np.all(np.abs(fit["p"].mean(0) - exact.mean())
                  < 4.5 * exact.var() ** 0.5 / 1000 ** 0.5)


def _log_beta(a):
    return np.sum(sp.gammaln(a)) - sp.gammaln(np.sum(a))


def test_likelihood_of_zero_counts():
    """Half of the prior is impossible; the exact evidence is 0.5 * 2."""
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        r = bn.uniform("r", tf.constant(0., tf.float64), 1.)
        bn.uniform("x", r - 0.25, r + 0.25)
        return bn

    with eagerly():
        fit = zs.smc(build(), {"x": np.float64(0.5)}, **OPTIONS)
        with pytest.raises(ValueError, match="1000 initial particles, .* 1000 -inf"):
            zs.smc(build(), {"x": np.float64(9.)}, **OPTIONS)
    check_evidence(fit, 0.)
    assert np.all(np.abs(fit["r"] - 0.5) < 0.25)
    assert abs(fit["r"].std() - 0.5 / 12 ** 0.5) < 0.02


def test_fit_is_the_distribution_to_begin_with():
    """A log joint function needs one; one that is exact makes the evidence exact."""
    def log_joint(values):
        return -0.5 * tf.reduce_sum(tf.square(values["x"] - 1.), -1)

    exact = 1.5 * np.log(2. * np.pi)
    with eagerly():
        laplace = zs.laplace(log_joint, latent={"x": np.ones(3)}, seed=1)
        at_once = zs.smc(log_joint, init=laplace, **OPTIONS)
        wide = zs.smc(log_joint, init=_wide_posterior(log_joint), **OPTIONS)
        with pytest.raises(ValueError, match="no prior .* init="):
            zs.smc(log_joint)
    assert abs(at_once.log_evidence.value - exact) < 1e-6 and at_once.n_done == 1
    assert at_once.method == "smc (MultivariateNormal)"
    check_evidence(wide, exact)
    assert wide.n_done > 1 and np.all(np.abs(wide["x"].mean(0) - 1.) < 0.2)


def _wide_posterior(log_joint):
    """A normal distribution around 3 with the standard deviation 4."""
    posterior = zs.variational.posteriors.MeanField(
        log_joint, {}, latent={"x": np.full(3, 3.)}, is_scaled=False, seed=1)
    mean, log_std = posterior.variables
    mean.assign(np.zeros(3))
    log_std.assign(np.full(3, np.log(4.)))
    return posterior


def test_improper_prior_needs_a_fit():
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        bn.normal("x", bn.flat("z", dtype=tf.float64), std=1.)
        return bn

    data = {"x": np.float64(1.)}
    with eagerly():
        with pytest.raises(ValueError, match="'z' has the improper prior Flat"):
            zs.smc(build(), data, **OPTIONS)
        fit = zs.smc(build(), data, init=zs.laplace(build(), data), **OPTIONS)
    assert abs(fit.log_evidence.value) < 1e-6


def test_discrete_latents():
    """A sum over them, if latents do not depend on them."""
    @zs.meta_bayesian_net()
    def build(is_parent):
        bn = zs.BayesianNet()
        k = bn.bernoulli("k", 0.)
        z = bn.normal("z", 2. * tf.cast(k, tf.float32) if is_parent else 0., std=1.)
        bn.normal("x", z + 2. * tf.cast(k, tf.float32), std=1.)
        return bn

    with eagerly():
        with pytest.raises(TypeError, match="'k' follows Bernoulli.*zs.marginalize"):
            zs.smc(build(False), {"x": 1.})
        summed = zs.marginalize(build(True), ["k"])
        with pytest.raises(ValueError, match="'z' depends on a node that zs.marg"):
            zs.smc(summed, {"x": 1.}, **OPTIONS)
        fit = zs.smc(zs.marginalize(build(False), ["k"]), {"x": 1.}, **OPTIONS)
    check_evidence(fit, st.norm.logpdf(1., 0., 2. ** 0.5))


def test_graph_has_the_numbers_of_eager_runs():
    with eagerly():
        eager = smc_regression()
    with modes.session():
        graph = smc_regression()
    np.testing.assert_allclose(graph["w"], eager["w"], rtol=1e-6)
    np.testing.assert_allclose(graph.log_evidence[:2], eager.log_evidence[:2],
                               rtol=1e-6)


@pytest.mark.skipif(modes.IS_TF1, reason="compiles with TensorFlow 2 only")
def test_compiled_moves_have_the_evidence():
    with eagerly():
        fit = smc_regression(jit_compile=True)
    check_evidence(fit, EVIDENCE)


def test_seed_determines_the_result():
    with eagerly():
        first, again, other = [
            smc_regression(seed=seed, n_particles=100) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(first["w"], again["w"])
    assert first.log_evidence == again.log_evidence != other.log_evidence


def test_fit_of_particles_is_complete(tmp_path):
    with eagerly():
        model = build_conjugate()
        fit = zs.smc(model, COUNTS, n_particles=200, **OPTIONS)
        fit.save(tmp_path / "fit.npz")
        loaded = zs.variational.Fit.load(tmp_path / "fit.npz")
        chains = zs.HMC(0.1, 2).run(model, COUNTS, n_samples=1, n_warmup=0, n_chains=2,
                                    init=fit, seed=1, progress_bar=False,
                                    jit_compile=False)
    np.testing.assert_array_equal(loaded["rate"], fit["rate"])
    assert loaded.log_evidence == fit.log_evidence
    assert fit.draws(7, seed=3)["chance"].shape == (7,)
    assert len(np.unique(fit.draws(5000)["rate"])) <= 200
    assert fit.summary().names == ["rate", "chance"] and chains.n_chains == 2
    with pytest.raises(ValueError, match="particles of smc have no density"):
        fit.diagnose()


def test_dependent_particles_raise():
    """`group_ndims` sums over the particles, too."""
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([3]), std=1., group_ndims=1)
        bn.normal("x", z[..., 0], std=1., group_ndims=1)
        return bn

    with eagerly(), pytest.raises(ValueError, match="depends on the positions of oth"):
        zs.smc(build(), {"x": 1.}, **OPTIONS)


@pytest.mark.parametrize("options, message", [
    ({"n_particles": 105}, "n_particles must be a multiple of n_islands, 10"),
    ({"n_particles": 10}, "at least 2 particles"),
    ({"n_islands": 1}, "n_islands must be at least 2"),
    ({"ess": 1.}, "ess must be a number between 0 and 1"),
    ({"n_moves": "many"}, "n_moves must be an int or \"auto\""),
    ({"n_moves": 0}, "n_moves must be at least 1"),
    ({"n_leapfrogs": 0}, "n_leapfrogs must be at least 1"),
    ({"target_acceptance_rate": None}, "target_acceptance_rate must be a number"),
    ({"init": "prior"}, "init= must be a fit of an automatic posterior"),
])
def test_bad_arguments_raise(options, message):
    with pytest.raises((TypeError, ValueError), match="smc: " + message
                       if "particles" not in message else message):
        smc_regression(**options)
