"""Posteriors whose likelihood is summed by a loop: moments of every sampler.

x ~ N(0, 1), with 30 observations of 1 whose standard deviation is 1, has the posterior
N(30 / 31, 1 / 31). With a gradient that misses the loop, chains leave it for N(0, 1)
or never move.
"""
import chains
import control_flow
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs

N_CHAINS, N_DATA = 400, 30
MEAN, VARIANCE = 30. / 31., 1. / 31.


def by_scan(x, y):
    # A loop of TensorFlow 1 loses gradients through TensorArrays only.
    return tf.reduce_sum(tf.scan(
        lambda _, y: -0.5 * (y - x) ** 2, y, initializer=tf.zeros_like(x)), axis=0)


def by_while_loop(x, y):
    return tf.while_loop(
        lambda i, _: i < N_DATA,
        lambda i, total: (i + 1, total - 0.5 * (tf.gather(y, i) - x) ** 2),
        (tf.constant(0), tf.zeros_like(x)), maximum_iterations=N_DATA)[1]


def by_map_fn(x, y):
    return tf.reduce_sum(tf.map_fn(lambda y: -0.5 * (y - x) ** 2, y), axis=0)


LOOPS = {fn.__name__: fn for fn in (by_scan, by_while_loop, by_map_fn)}


def posterior(loop):
    def log_joint(values):
        x = values["x"]
        return -0.5 * x ** 2 + LOOPS[loop](x, tf.ones([N_DATA], x.dtype))
    return log_joint


# Steps are short, so that the bias of those without acceptance is below 10 %.
SAMPLERS = {
    "SGLD": lambda: zs.SGLD(0.01),
    "PSGLD": lambda: zs.PSGLD(0.15, preconditioner_hparams=(
        zs.PSGLD.RMSPreconditioner.HParams(decay=0.99, epsilon=10.))),
    "SGHMC": lambda: zs.SGHMC(0.005, friction=0.3),
    "SGNHT": lambda: zs.SGNHT(0.005, variance_extra=0.3),
    "HMC": lambda: zs.HMC(0.1, 3, adapt_step_size=True),
    "NUTS": lambda: zs.NUTS(0.1, max_depth=4, n_warmup=50)}


def assert_moments_fit(x):
    """400 chains: the mean within 5.6 standard errors of one draw of each.

    20 % are 2.8 standard errors of the variance of one draw, of the last of some
    hundred correlated ones more than 4; the bias takes up to 10 %.
    """
    assert abs(np.mean(x) - MEAN) < 0.05
    assert abs(np.var(x) / VARIANCE - 1.) < 0.2


PLACES = {"session": ("graph", False), "eager": ("eager", False),
          "session-xla": ("graph", True), "eager-xla": ("eager", True)}
if modes.IS_TF1:
    PLACES = {name: place for name, place in PLACES.items() if not place[1]}
every_place = pytest.mark.parametrize("place", sorted(PLACES))
every_sampler = pytest.mark.parametrize("sampler", sorted(SAMPLERS))


def run(place, sampler, loop, is_v2=False):
    mode, jit_compile = PLACES[place]
    options = {"n_samples": 60, "n_warmup": 60, "seed": 1, "progress_bar": False,
               "jit_compile": jit_compile}
    start = {"x": np.ones(N_CHAINS)}
    if mode == "eager":
        with chains.eagerly():
            return SAMPLERS[sampler]().run(posterior(loop), {}, start, **options)
    with control_flow.version(is_v2), modes.session():
        return SAMPLERS[sampler]().run(posterior(loop), {}, start, **options)


@pytest.mark.slow
@every_place
@every_sampler
def test_runs_sample_the_posterior(sampler, place):
    assert_moments_fit(run(place, sampler, "by_scan")["x"])


@pytest.mark.slow
@pytest.mark.parametrize("is_v2", [False, True])
@pytest.mark.parametrize("loop", sorted(LOOPS))
@every_sampler
def test_runs_in_sessions_sample_the_posterior(sampler, loop, is_v2):
    assert_moments_fit(run("session", sampler, loop, is_v2)["x"])


@pytest.mark.slow
@pytest.mark.parametrize("program", ["graph", "eager", "function", "xla"])
@every_sampler
def test_steps_sample_the_posterior(sampler, program):
    def make():
        x = chains.variable("x", np.ones(N_CHAINS))
        one = SAMPLERS[sampler]()
        if sampler == "HMC":  # which would tune for ever
            one.adapt_step_size = None

        def step(seed):
            with chains.seeded(program, seed):
                op, info = one.sample(posterior("by_scan"), {}, {"x": x})
            return op, x if not tf.executing_eagerly() else tf.identity(x)
        return step

    with control_flow.version(False):
        step = chains.run(program, make)
        n_steps = {"eager": 40}.get(program, 80)
        draws = [step(np.int64(i))[1] for i in range(n_steps)]
    assert_moments_fit(draws[n_steps // 2:])


@zs.meta_bayesian_net()
def prior():
    bn = zs.BayesianNet()
    bn.normal("x", tf.zeros([N_CHAINS], tf.float64), std=1.)
    return bn


@pytest.mark.parametrize("mode", ["graph", "eager"])
@pytest.mark.parametrize("loop", ["by_scan"] + [
    pytest.param(loop, marks=pytest.mark.slow)
    for loop in ("by_map_fn", "by_while_loop")])
def test_ais_estimates_the_evidence(loop, mode):
    """The standard error of the estimate is 0.03: five of them."""
    constant = -0.5 * (N_DATA + 1) * np.log(2. * np.pi)

    def log_joint(values):
        return posterior(loop)(values) + constant

    def estimate(*session):
        x = tf.Variable(np.zeros(N_CHAINS))
        hmc = zs.HMC(0.1, 3, adapt_step_size=True)
        ais = zs.evaluation.AIS(log_joint, prior(), hmc, {}, {"x": x},
                                n_temperatures=40, n_adapt=10)
        for sess in session:
            sess.run(v1.global_variables_initializer())
        return ais.run(*session)

    if mode == "eager":
        with chains.eagerly():
            found = estimate()
    else:
        with control_flow.version(False), modes.session() as sess:
            found = estimate(sess)
    ones = np.ones(N_DATA)
    evidence = stats.multivariate_normal(cov=np.eye(N_DATA) + 1.).logpdf(ones)
    assert abs(found - evidence) < 0.15
