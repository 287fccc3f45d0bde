"""Samplers and diagnostics of the page "From TensorFlow Probability to ZhuSuan"."""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
import tfp_equivalents
from case_programs import eagerly
from optional_tfp import require_tfp
from scipy import stats

import zhusuan as zs

ROWS = tfp_equivalents.rows("`tfp.mcmc`")
SAMPLERS = {row.name: row for row in ROWS
            if row.is_call and row.is_class and row.name != "UncalibratedLangevin"}
N_CHAINS, N_DRAWS = 40, 400


@zs.meta_bayesian_net()
def normal_model():
    bn = zs.BayesianNet()
    bn.normal("x", 1., std=0.8)
    return bn


@zs.meta_bayesian_net()
def gamma_model():
    bn = zs.BayesianNet()
    bn.gamma("x", 3., 2.)
    return bn


def model_of(name):
    return gamma_model() if name.startswith("Transformed") else normal_model()


def both_samplers(tfp, row, model):
    """The kernel of TensorFlow Probability for a model of ZhuSuan, and our sampler."""
    def log_prob(x):
        return model.observe(x=x).log_joint()

    inner = tfp.mcmc.HamiltonianMonteCarlo(
        log_prob, 0.5 if row.name.startswith("Transformed") else 1., 5)
    names = {"log_prob": log_prob, "kernel": inner, "identity": tfp.bijectors.Exp()}
    return (eval(row.tfp, dict(vars(tfp.mcmc), **names)), eval(row.ours, {"zs": zs}))


def chains_of(tfp, kernel, n_warmup=400):
    """Draws of TensorFlow Probability, and the log densities that it records."""
    def trace(_, results):
        while hasattr(results, "inner_results"):
            results = results.inner_results
        return (results.target_log_prob if hasattr(results, "target_log_prob")
                else results.accepted_results.target_log_prob)

    @tf.function(autograph=False)
    def run():
        return tfp.mcmc.sample_chain(
            N_DRAWS, tf.ones([N_CHAINS]), kernel=kernel, num_burnin_steps=n_warmup,
            trace_fn=trace, seed=[1, 2])

    draws, log_prob = run()
    return draws.numpy(), log_prob.numpy()


@pytest.mark.filterwarnings("ignore:.*ended at max_depth")
@pytest.mark.parametrize("name", [
    name if name == "HamiltonianMonteCarlo" else
    pytest.param(name, marks=pytest.mark.slow) for name in sorted(SAMPLERS)])
@eagerly
def test_samplers_agree(name):
    """The means of both are within 5 standard errors of the exact ones.

    The probability that a correct sampler fails is below 3e-6 for each seed.
    """
    tfp, model = require_tfp(), model_of(name)
    kernel, sampler = both_samplers(tfp, SAMPLERS[name], model)
    theirs, log_prob = chains_of(tfp, kernel)
    ours = sampler.run(model, {}, {"x": np.ones([], "float32")}, N_DRAWS, 400,
                       n_chains=N_CHAINS, seed=1, progress_bar=False)
    law = (stats.gamma(3., scale=0.5) if name.startswith("Transformed")
           else stats.norm(1., 0.8))
    for draws in theirs, ours["x"]:
        for moment, exact in (draws, law.mean()), (draws ** 2, law.moment(2)):
            error = zs.diagnostics.mcse(moment.astype(float))
            assert abs(moment.mean() - exact) < 5. * error
    # Both record the density of the model, times the Jacobian of a bijector.
    density = model.observe(x=theirs[-1]).log_joint()
    jacobian = np.log(theirs[-1]) if name.startswith("Transformed") else 0.
    np.testing.assert_allclose(log_prob[-1], density + jacobian, atol=1e-4)
    density = model.observe(x=ours["x"][-1]).log_joint()
    jacobian = np.log(ours["x"][-1]) if name.startswith("Transformed") else 0.
    np.testing.assert_allclose(
        ours.statistics["log_prob"][-1], density + jacobian, atol=1e-4)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:supplied `TransitionKernel` is not calibrated")
@eagerly
def test_langevin_samplers_have_the_same_stationary_variance():
    """The variance of x <- x - e x / (2 s^2) + N(0, e) is s^2 / (1 - e / (4 s^2)).

    The tolerance is 5 standard errors of 16000 draws, so that a correct sampler fails
    with a probability below 1e-6 for each seed.
    """
    tfp, model = require_tfp(), normal_model()
    row = next(row for row in ROWS if row.name == "UncalibratedLangevin")
    kernel, sampler = both_samplers(tfp, row, model)
    theirs = tfp.mcmc.sample_chain(
        N_DRAWS, tf.ones([N_CHAINS]), kernel=kernel, num_burnin_steps=50,
        trace_fn=None, seed=[1, 2]).numpy()
    ours = sampler.run(model, {}, {"x": np.ones([], "float32")}, N_DRAWS, 50,
                       n_chains=N_CHAINS, seed=1, progress_bar=False)["x"]
    for draws in theirs, ours:
        squares = (draws - 1.).astype(float) ** 2
        exact = 0.8 ** 2 / (1. - 0.5 / (4. * 0.8 ** 2))
        assert abs(squares.mean() - exact) < 5. * zs.diagnostics.mcse(squares)


# -- Diagnostics ----------------------------------------------------------------------

def autoregressive(shift):
    """Four chains of 1000 correlated draws, one of them shifted."""
    noise = np.random.RandomState(0).randn(1000, 4)
    draws = np.zeros_like(noise)
    for i in range(1, 1000):
        draws[i] = 0.6 * draws[i - 1] + noise[i]
    return draws + [0., 0., 0., shift]


def halves(draws):
    return np.concatenate([draws[:500], draws[500:]], axis=1)


@eagerly
def test_effective_sample_sizes_agree():
    """Within 2 %: Geyer's sequence of ours is monotone."""
    tfp, draws = require_tfp(), autoregressive(0.)
    theirs = tfp.mcmc.effective_sample_size(
        halves(draws), cross_chain_dims=1, filter_beyond_positive_pairs=True)
    np.testing.assert_allclose(zs.diagnostics.ess(draws, "mean"), theirs, rtol=0.02)
    np.testing.assert_allclose(
        zs.diagnostics.ess(draws, "mean"),
        tfp.mcmc.effective_sample_size(draws, cross_chain_dims=1), rtol=0.02)


def normal_scores(x):
    ranks = stats.rankdata(x).reshape(x.shape)
    return stats.norm.ppf((ranks - 0.375) / (x.size + 0.25))


@pytest.mark.parametrize("shift", [0., 0.3, 2.])
@eagerly
def test_rhat_is_that_of_tfp_for_ranks(shift):
    """With m chains of n draws, rhat^2 = (R + (n - 1) / (m n)) m / (m + 1)."""
    tfp, draws = require_tfp(), autoregressive(shift)
    n, m = 500, 8
    spread = np.abs(halves(draws) - np.median(draws))
    theirs = [float(tfp.mcmc.potential_scale_reduction(normal_scores(x)))
              for x in (halves(draws), spread)]
    roots = [((r + (n - 1.) / (m * n)) * m / (m + 1.)) ** 0.5 for r in theirs]
    np.testing.assert_allclose(zs.diagnostics.split_rhat(draws), max(roots), rtol=1e-6)
    plain = tfp.mcmc.potential_scale_reduction(draws, split_chains=True)
    np.testing.assert_allclose(
        tfp.mcmc.potential_scale_reduction(halves(draws)), plain, rtol=1e-6)


# -- Evidence -------------------------------------------------------------------------

@pytest.mark.slow
@eagerly
def test_annealed_importance_sampling_agrees():
    """Both log evidences are within 0.1 of the exact one, above 5 standard errors."""
    tfp = require_tfp()

    @zs.meta_bayesian_net()
    def joint():
        bn = zs.BayesianNet()
        bn.normal("y", bn.normal("x", 1., std=0.8), std=0.5)
        return bn

    def prior(x):
        return normal_model().observe(x=x).log_joint()

    @tf.function(autograph=False)
    def weights():
        return tfp.mcmc.sample_annealed_importance_chain(
            100, prior, lambda x: joint().observe(x=x, y=0.3).log_joint(),
            1. + 0.8 * tf.random.stateless_normal([1000], [1, 2]),
            lambda f: tfp.mcmc.HamiltonianMonteCarlo(f, 0.3, 3), seed=[1, 2])[1]

    exact = stats.norm(1., (0.8 ** 2 + 0.5 ** 2) ** 0.5).logpdf(0.3)
    theirs = float(zs.log_mean_exp(weights(), axis=0))
    tf.random.set_seed(1)
    ours = zs.evaluation.AIS(
        joint(), normal_model(), zs.HMC(0.3, 3), {"y": np.float32(0.3)},
        {"x": tf.Variable(tf.zeros([1000]))}, n_temperatures=100).run()
    assert abs(theirs - exact) < 0.1 and abs(ours - exact) < 0.1
