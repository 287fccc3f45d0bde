"""Densities of distributions of TensorFlow Probability outside of their supports."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from optional_tfp import require_tfp
from tfp_priors import tfp_priors

import zhusuan as zs
from zhusuan.distributions.tfp import AdaptedDistribution

# A value outside of the support of each prior that does not have the whole space.
OUTSIDE = {
    "exponential": -0.1, "gamma": -0.1, "log_normal": -0.1, "uniform": 2.1,
    "pareto": 1.9, "von_mises": 3.2, "independent": [1., -0.1], "sample": [-0.1, 1.],
    "transformed": 0.9, "mixture": -0.1, "dirichlet": [0.6, 0.6],
    "lkj": [[1., 2.], [2., 1.]], "cholesky_lkj": [[1., 0.], [1., 1.]],
    "wishart": [[1., 2.], [2., 1.]], "half_normal": [-0.1, 1.], "beta": 1.1,
    "inverse_gamma": -0.1, "simplexes": [[0.5, 0.5], [0.6, 0.6]],
    "small_wishart": [[0.1, 0.2], [0.2, 0.1]]}

# The others share their code.
every_prior = pytest.mark.parametrize("name", [
    name if name in ("exponential", "sample", "mixture", "dirichlet", "lkj") else
    pytest.param(name, marks=pytest.mark.slow) for name in sorted(OUTSIDE)])


def prior(name):
    tfp = require_tfp()
    with tf.init_scope():
        return tfp_priors(tfp.distributions, tfp.bijectors)[name]


def density_and_slope(name, adapt):
    def fn(x):
        tfp = require_tfp()
        dist = tfp_priors(tfp.distributions, tfp.bijectors)[name][1]
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = adapt(dist).log_prob(x)
        return y, tape.gradient(y, x)
    return fn


@every_prior
def test_log_prob_is_minus_inf_outside_of_the_support(name, mode):
    value = np.array(OUTSIDE[name], "float32")
    # Beside a value inside, which keeps its density.
    both = np.stack([value, prior(name)[0]])
    log_prob = modes.run(mode, density_and_slope(name, AdaptedDistribution), both)[0]
    assert log_prob[0] == -np.inf and np.isfinite(log_prob[1])


@every_prior
def test_density_and_slope_inside_match_tfp(name, mode):
    with modes.context.eager_mode():
        x = prior(name)[1].sample(50, seed=1).numpy()
    ours, theirs = [modes.run(mode, density_and_slope(name, adapt), x)
                    for adapt in (AdaptedDistribution, lambda dist: dist)]
    assert np.isfinite(ours[0]).all()
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("name, edge, log_prob", [
    ("exponential", 0., np.log(2.)), ("uniform", -1., -np.log(3.)),
    ("dirichlet", [0., 1.], np.log(2.)), ("pareto", 2., np.log(4.))])
def test_edges_of_the_support_have_their_density(name, edge, log_prob, mode):
    found = modes.run(mode, density_and_slope(name, AdaptedDistribution),
                      np.array(edge, "float32"))[0]
    np.testing.assert_allclose(found, log_prob, rtol=1e-5)


def test_nan_stays_nan(mode):
    found = modes.run(mode, density_and_slope("gamma", AdaptedDistribution),
                      np.array([np.nan, 1.], "float32"))[0]
    assert np.isnan(found[0]) and np.isfinite(found[1])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*(transitions diverged|ended at max_depth)")
@pytest.mark.parametrize("place", ["session", "eager", "xla"])
@pytest.mark.parametrize("sampler", [
    lambda: zs.HMC(0.1, 5), lambda: zs.NUTS(0.1, max_depth=3)], ids=["HMC", "NUTS"])
@pytest.mark.parametrize("name", [
    "exponential", "beta"] + [pytest.param(name, marks=pytest.mark.slow) for name in (
        "gamma", "inverse_gamma", "log_normal", "uniform", "pareto", "transformed",
        "mixture")])
def test_chains_without_constraints_stay_inside(name, sampler, place):
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.stochastic("t", prior(name)[1])
        return bn

    with modes.session() if place == "session" else chains.eagerly():
        out = sampler().run(
            model(), {}, {"t": prior(name)[0]}, 50, 0, n_chains=8, seed=1,
            constraints=None, progress_bar=False, jit_compile=place == "xla")
    with chains.eagerly():
        dist = AdaptedDistribution(prior(name)[1])
        assert np.isfinite(dist.log_prob(out["t"])).all()
    assert (out["t"][1:] != out["t"][:-1]).any()


def test_steps_stay_inside(mode):
    """`sample` has no constraints by default."""
    def make():
        tfd = require_tfp().distributions

        @zs.meta_bayesian_net()
        def model():
            bn = zs.BayesianNet()
            bn.stochastic("t", tfd.Exponential(2.))
            return bn

        x = chains.variable("t", np.ones([16], "float32"))
        hmc = zs.HMC(1., 3)

        def step():
            op, info = hmc.sample(model(), {}, {"t": x})
            return (info.samples["t"],) if op is None else (info.samples["t"], op)
        return step

    step = modes.program(mode, make)
    draws = np.array([step()[0] for _ in range(30)])
    assert (draws >= 0.).all() and (draws[1:] != draws[:-1]).any()


def float64_priors(tfd):
    """Priors whose bijectors have constants, by name."""
    one, eye = tf.ones([], tf.float64), tf.eye(2, dtype=tf.float64)
    gaussian = tfd.InverseGaussian(one, 3. * one)
    return {"inverse_gaussian": gaussian, "sample": tfd.Sample(gaussian, 2),
            "wishart": tfd.WishartTriL(5. * one, 0.3 * eye), "lkj": tfd.LKJ(2, one)}


@pytest.mark.parametrize("name", ["inverse_gaussian", "sample", "wishart", "lkj"])
@eagerly
def test_float64_priors_have_densities(name):
    dist = float64_priors(require_tfp().distributions)[name]
    x = dist.sample(5, seed=[1, 2])
    np.testing.assert_allclose(
        AdaptedDistribution(dist).log_prob(x), dist.log_prob(x), rtol=1e-10)
    assert np.all(AdaptedDistribution(dist).log_prob(-x) == -np.inf)


@pytest.mark.parametrize("name", ["wishart"] + [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("inverse_gaussian", "sample", "lkj")])
@eagerly
def test_float64_priors_have_chains(name):
    dist = float64_priors(require_tfp().distributions)[name]

    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.stochastic("t", dist)
        return bn

    start = dist.sample(5, seed=[1, 2])
    out = zs.NUTS(0.5, max_depth=4).run(
        model(), {}, {"t": start}, 20, 20, seed=1, progress_bar=False,
        jit_compile=False)
    assert out["t"].dtype == np.float64
    assert np.isfinite(AdaptedDistribution(dist).log_prob(out["t"])).all()
