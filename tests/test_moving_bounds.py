"""Latents whose bounds depend on other latents."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import special, stats

import zhusuan as zs
from zhusuan import diagnostics
from zhusuan._model.constraints import Constraints, resolve
from zhusuan._model.target import Target

ds = zs.distributions
ZERO = np.float64(0.)


@zs.meta_bayesian_net()
def stationary(n):
    """The coefficients of GARCH(1, 1): both positive, with a sum below 1."""
    bn = zs.BayesianNet()
    zero = tf.zeros([], "float64")
    alpha1 = bn.uniform("alpha1", zero, zero + 1., n_samples=n)
    bn.uniform("beta1", 0., 1. - alpha1)
    return bn


def start(n):
    return {"alpha1": np.full(n, 0.3), "beta1": np.full(n, 0.2)}


# E[alpha1] = 1/2; E[beta1] = 1/4; their squares; E[alpha1 beta1] = 1/12.
MOMENTS = [(lambda a, b: a, 0.5), (lambda a, b: b, 0.25), (lambda a, b: a * a, 1. / 3.),
           (lambda a, b: b * b, 1. / 9.), (lambda a, b: a * b, 1. / 12.)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["HMC", "NUTS"])
def test_runs_have_the_exact_moments(name):
    """Five means within 5 standard errors. Failure rate below 1e-5."""
    sampler = {"HMC": lambda: zs.HMC(0.3, 5, adapt_step_size=True),
               "NUTS": zs.NUTS}[name]()
    with chains.eagerly():
        out = sampler.run(
            stationary(20), {}, start(20), 300, 150, seed=4, progress_bar=False,
            jit_compile=name == "NUTS" and not modes.IS_TF1)
    assert (out["alpha1"] + out["beta1"] < 1.).all()
    for function, want in MOMENTS:
        x = function(out["alpha1"], out["beta1"])
        assert abs(x.mean() - want) < 5. * diagnostics.mcse(x)


# -- The target, from a formula and from differences --------------------------------

@zs.meta_bayesian_net()
def every_kind(n):
    """Chains of dependence, and every family with bounds."""
    bn = zs.BayesianNet()
    zero = tf.zeros([], "float64")
    a = bn.normal("a", zero, std=1., n_samples=n)
    b = bn.uniform("b", a, a + 2.)
    bn.stochastic("c", ds.TruncatedNormal(zero, zero + 1., b, b + a * a + 0.5))
    scale = bn.gamma("scale", zero + 2., zero + 1., n_samples=n)
    bn.pareto("d", zero + 3., scale)
    bn.truncated("e", ds.Gamma(zero + 2., zero + 1.), high=scale)
    bn.truncated("f", ds.Normal(b, std=tf.ones([], "float64")), low=a)
    bn.transformed("g", ds.Normal(zero + tf.zeros([n], "float64"), std=1.),
                   ds.bijectors.Beyond(a.tensor, is_above=False))
    bn.transformed("h", ds.Beta(zero + 2., zero + 3. + tf.zeros([n], "float64")),
                   ds.bijectors.Affine(b.tensor, -3.))
    return bn


NAMES = ["f", "c", "a", "b", "scale", "d", "e", "g", "h"]  # in any order


def by_hand(u):
    """The values of free positions, and the log determinant."""
    u = dict(zip(NAMES, u))
    y = {"a": u["a"], "scale": np.exp(u["scale"])}
    log_det = u["scale"]

    def between(name, low, high):
        y[name] = low + (high - low) * special.expit(u[name])
        return np.log(high - low) + np.log(special.expit(u[name])) + np.log(
            special.expit(-u[name]))

    log_det = log_det + between("b", y["a"], y["a"] + 2.)
    log_det += between("c", y["b"], y["b"] + y["a"] ** 2 + 0.5)
    log_det += between("e", 0., y["scale"])
    log_det += between("h", y["b"] - 3., y["b"])
    y["d"], y["f"] = y["scale"] + np.exp(u["d"]), y["a"] + np.exp(u["f"])
    y["g"] = y["a"] - np.exp(u["g"])
    return y, log_det + u["d"] + u["f"] + u["g"]


def log_density(u):
    """The log density of free positions by SciPy."""
    y, log_det = by_hand(u)
    a, b, scale = y["a"], y["b"], y["scale"]
    high = b + a ** 2 + 0.5
    log_p = (stats.norm.logpdf(a) - np.log(2.) + stats.truncnorm(b, high).logpdf(y["c"])
             + stats.gamma(2.).logpdf(scale) + stats.pareto(3., scale=scale).logpdf(
                 y["d"]) + stats.gamma(2.).logpdf(y["e"]) - stats.gamma(2.).logcdf(
                     scale) + stats.norm(b).logpdf(y["f"]) - stats.norm(b).logsf(a))
    log_p += stats.norm.logpdf(np.log(a - y["g"])) - np.log(a - y["g"])
    log_p += stats.beta(2., 3.).logpdf((b - y["h"]) / 3.) - np.log(3.)
    return log_p + log_det


def free_target(model, values):
    """The target of free positions and the conversion of values."""
    found = resolve("auto", model, {}, values)
    constraints = Constraints(found, model, {})
    return constraints, constraints.target(Target(model, {}, list(values)))


def test_target_matches_the_formula_and_its_slopes_differences(mode):
    u = np.random.RandomState(1).normal(size=[len(NAMES), 4])
    values, _ = by_hand(u)

    @tf.autograph.experimental.do_not_convert
    def compute(u, *values):
        u, model = tf.unstack(u, len(NAMES)), every_kind(4)
        constraints, target = free_target(model, dict(zip(NAMES, values)))
        log_joint, slopes = target(u)
        return (log_joint, tf.stack(slopes), tf.stack(constraints.values(u)),
                tf.stack(constraints.free(values)))

    log_joint, slopes, got, back = modes.run(
        mode, compute, u, *[values[name] for name in NAMES])
    np.testing.assert_allclose(got, [values[name] for name in NAMES], rtol=1e-12)
    np.testing.assert_allclose(back, u, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(log_joint, log_density(u), rtol=1e-10)
    for i in range(len(NAMES)):
        step = np.zeros_like(u)
        step[i] = 1e-5
        np.testing.assert_allclose(
            slopes[i], (log_density(u + step) - log_density(u - step)) / 2e-5,
            rtol=1e-6, atol=1e-7)


# -- In every sampler ----------------------------------------------------------------

@pytest.mark.parametrize("name, place", [
    ("SGLD", "graph"), ("SGLD", "eager"), ("SGHMC", "graph"), ("SGHMC", "eager")])
def test_a_run_matches_calls_of_sample(name, place):
    def make_sampler():
        return getattr(zs, name)(0.01)

    with modes.session() if place == "graph" else chains.eagerly():
        out = make_sampler().run(stationary(2), {}, start(2), 3, 0, seed=1,
                                 progress_bar=False, jit_compile=False)

    def make():
        latent = {k: chains.variable(k, x) for k, x in start(2).items()}
        sampler = make_sampler()

        def step(number):
            with zs.seeded(tf.stack([1, number])):
                op, info = sampler.sample(stationary(2), {}, latent, constraints="auto")
            return op, info[0]
        return step

    step = modes.program({"eager": "function"}.get(place, place), make)
    for i in range(3):
        _, samples = step(np.int32(i))
        for k, x in samples.items():
            np.testing.assert_allclose(out[k][i], x, rtol=1e-7, atol=1e-9)


def test_resuming_gives_the_draws_of_an_uninterrupted_run():
    with chains.eagerly():
        def run(n, **options):
            return zs.HMC(0.2, 3).run(
                stationary(4), {}, {"alpha1": ZERO + 0.3, "beta1": ZERO + 0.2}, n, 5,
                n_chains=4, seed=2, progress_bar=False, jit_compile=False, **options)

        whole = run(8)
        resumed = run(8, resume=run(4))
    np.testing.assert_array_equal(whole["beta1"], resumed["beta1"])


@zs.meta_bayesian_net()
def with_data(n):
    bn = zs.BayesianNet()
    zero = tf.zeros([], "float64")
    alpha1 = bn.uniform("alpha1", zero, zero + 1., n_samples=n)
    beta1 = bn.uniform("beta1", 0., 1. - alpha1)
    bn.normal("y", (alpha1 + beta1)[:, tf.newaxis] + tf.zeros([1, 3], "float64"),
              std=1., group_ndims=1)
    return bn


@pytest.mark.parametrize("place", ["graph", "eager"])
def test_minibatches_keep_the_bounds(place):
    batches = [{"y": np.full(3, 0.5)}, {"y": np.full(3, 0.75)}]
    with modes.session() if place == "graph" else chains.eagerly():
        out = zs.SGLD(0.01).run(with_data(2), {}, start(2), 20, 0, data=batches,
                                seed=1, progress_bar=False, jit_compile=False)
    assert (out["alpha1"] + out["beta1"] < 1.).all() and (out["beta1"] > 0.).all()


# -- Bounds that cross ---------------------------------------------------------------

@zs.meta_bayesian_net()
def crossing():
    bn = zs.BayesianNet()
    zero = tf.zeros([], "float64")
    low = bn.normal("low", zero, std=1., n_samples=20)
    high = bn.normal("high", zero, std=1., n_samples=20)
    bn.uniform("x", low, high)
    return bn


@pytest.mark.parametrize("place", ["graph", "eager"])
def test_bounds_that_cross_at_the_start_raise(place):
    latent = {"low": np.full(20, 1.), "high": np.full(20, -1.), "x": np.zeros(20)}
    with pytest.raises(ValueError, match="latent 'x' must be between its ends, which "
                       "depend on other latents and must not cross, but its initial"):
        with modes.session() if place == "graph" else chains.eagerly():
            zs.HMC(0.3, 3).run(crossing(), {}, latent, 2, 0, progress_bar=False,
                               jit_compile=False)


@pytest.mark.filterwarnings("ignore:.*transitions diverged")  # at crossed bounds
@pytest.mark.parametrize("place", ["graph", "eager"])
def test_proposals_whose_bounds_cross_are_rejected(place):
    """The ends follow two normals with low < high. Failure rate below 1e-6."""
    latent = {"low": np.full(20, -1.), "high": np.full(20, 1.), "x": np.zeros(20)}
    with modes.session() if place == "graph" else chains.eagerly():
        out = zs.HMC(0.4, 3).run(crossing(), {}, latent, 400, 50, seed=1,
                                 progress_bar=False, jit_compile=False)
    width = out["high"] - out["low"]
    assert (width > 0.).all() and np.isfinite(out["x"]).all()
    assert width.min() < 0.1
    assert abs(width.mean() - 2. / np.sqrt(np.pi)) < 5. * diagnostics.mcse(width)
