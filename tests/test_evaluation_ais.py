"""AIS against the exact evidence of a linear-Gaussian model, from both sides."""
import contextlib

import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs
from zhusuan.evaluation._annealing import sigmoid_schedule

STD = 0.3
X = np.array([[1., -0.5], [0.3, 2.], [0., 0.]])
EVIDENCE = stats.norm(0, np.hypot(1, STD)).logpdf(X).sum(1)
VARIANCE = STD ** 2 / (1 + STD ** 2)  # of the posterior N(x / (1 + STD^2), VARIANCE)
N_CHAINS = 1000

both_ways = pytest.mark.parametrize("mode", ["graph", "eager"])


def prior(dtype=tf.float64):
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        bn.normal("z", tf.zeros([N_CHAINS, 3, 2], dtype), std=1., group_ndims=1)
        return bn
    return build()


def model(dtype=tf.float64):
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([N_CHAINS, 3, 2], dtype), std=1., group_ndims=1)
        bn.normal("x", z, std=STD, group_ndims=1)
        return bn
    return build()


def posterior_samples():
    noise = np.random.RandomState(1).normal(size=[N_CHAINS, 3, 2])
    return {"z": X / (1 + STD ** 2) + noise * VARIANCE ** 0.5}


@contextlib.contextmanager
def running(mode, make_ais):
    """An AIS and the arguments of its methods, in a Session or eagerly."""
    context = modes.session() if mode == "graph" else modes.context.eager_mode()
    with context as sess:
        tf.random.set_seed(5)
        ais = make_ais()
        if mode == "graph":
            sess.run(v1.global_variables_initializer())
        yield ais, (sess,) if mode == "graph" else ()


def normal_ais(observed=None, **options):
    hmc = options.pop("hmc", zs.HMC(step_size=0.1, n_leapfrogs=3, adapt_step_size=True))
    options = dict({"n_temperatures": 30}, **options)
    z = tf.Variable(np.zeros([N_CHAINS, 3, 2]))
    return zs.evaluation.AIS(model(), prior(), hmc, observed or {"x": X}, {"z": z},
                             **options)


def standard_errors_off(weights):
    """Of the mean of weights [chains, data] from 1, in its standard errors."""
    return (weights.mean(0) - 1) / (weights.std(0) / len(weights) ** 0.5)


@pytest.mark.parametrize("jit_compile", [
    False, pytest.param(True, marks=pytest.mark.slow)])
@both_ways
def test_weights_are_unbiased_both_ways(mode, jit_compile):
    """E[w] = p(x) and E[1/w] = 1/p(x), within 4.5 standard errors (rate 1e-4)."""
    if jit_compile and modes.IS_TF1:
        with running(mode, contextlib.ExitStack), pytest.raises(
                NotImplementedError, match="requires TensorFlow 2"):
            normal_ais(jit_compile=True)
        return
    with running(mode, lambda: normal_ais(jit_compile=jit_compile)) as (ais, sess):
        forward = ais.sample(*sess)
        backward = ais.reverse(posterior_samples(), *sess)
    assert forward.log_weights.shape == (N_CHAINS, 3)
    off = standard_errors_off(np.exp(forward.log_weights - EVIDENCE))
    assert (np.abs(off) < 4.5).all()
    off = standard_errors_off(np.exp(EVIDENCE - backward.log_weights))
    assert (np.abs(off) < 4.5).all()


@both_ways
def test_bounds_bracket_the_evidence(mode):
    """With few chains, the mean of several runs of each is off by its bias."""
    with running(mode, lambda: normal_ais(n_temperatures=8)) as (ais, sess):
        lower = ais.sample(*sess).log_weights.mean()
        upper = ais.reverse(posterior_samples(), *sess).log_weights.mean()
        estimate = ais.run(*sess)
    # The means of log w itself are bounds of one chain each: E[log w] is below.
    assert lower < EVIDENCE.mean() < upper
    assert isinstance(estimate, float)
    assert abs(estimate - EVIDENCE.mean()) < 0.15


@both_ways
def test_more_temperatures_close_the_gap(mode):
    def spread(n):
        with running(mode, lambda: normal_ais(n_temperatures=n)) as (ais, sess):
            result = ais.sample(*sess)
        return result.log_weights.std(), result.effective_sample_size.min()
    (few, few_effective), (many, many_effective) = spread(5), spread(80)
    assert many < 0.6 * few
    assert 1 <= few_effective < many_effective <= N_CHAINS


def step_sizes(ais, sess=None):
    return np.exp(ais._log_steps)


@both_ways
def test_without_tuning_the_given_step_is_used(mode):
    hmc = zs.HMC(step_size=0.125, n_leapfrogs=2)
    with running(mode, lambda: normal_ais(hmc=hmc)) as (ais, sess):
        ais.run(*sess)
        np.testing.assert_allclose(step_sizes(ais, *sess), 0.125, rtol=1e-6)


@both_ways
def test_step_sizes_shrink_with_the_density(mode):
    """The prior has scale 1, the posterior 0.29; tuned at every temperature."""
    with running(mode, normal_ais) as (ais, sess):
        ais.run(*sess)
        steps = step_sizes(ais, *sess)
    assert steps[1] > 1.5 * steps[-1]


def test_data_may_be_fed():
    fed = []

    def make():
        fed.append(v1.placeholder(tf.float64, [3, 2]))
        return normal_ais({"x": fed[0]})
    with running("graph", make) as (ais, (sess,)):
        estimate = ais.run(sess, feed_dict={fed[0]: X})
    assert abs(estimate - EVIDENCE.mean()) < 0.1


@both_ways
def test_chains_of_zero_density_get_no_weight(mode):
    """p is flat on [0, 1/2), q on [0, 1): half of the chains have weight 0."""
    n = 4000

    @zs.meta_bayesian_net()
    def uniform(end):
        bn = zs.BayesianNet()
        bn.uniform("z", tf.zeros([n]), end)
        return bn

    def make():
        return zs.evaluation.AIS(
            uniform(0.5), uniform(1.), zs.HMC(step_size=0.1, n_leapfrogs=2), {},
            {"z": tf.Variable(tf.zeros([n]))}, n_temperatures=10)
    with running(mode, make) as (ais, sess):
        result = ais.sample(*sess)
    # Those that began outside never come in: no transition accepts from -inf.
    share = np.isfinite(result.log_weights).mean()
    assert abs(share - 0.5) < 4.5 * 0.5 / n ** 0.5
    np.testing.assert_allclose(result.log_weights[np.isfinite(result.log_weights)],
                               np.log(2.), rtol=1e-4)
    assert abs(result.estimate) < 0.1


def test_schedule():
    betas = sigmoid_schedule(100)
    assert betas[0] == 0 and betas[-1] == 1 and (np.diff(betas) > 0).all()
    np.testing.assert_allclose(betas + betas[::-1], 1.)
    assert np.diff(betas).argmax() in (49, 50)


@pytest.mark.parametrize("options, message", [
    ({"n_temperatures": 0}, "`n_temperatures` must be at least 1"),
    ({"n_adapt": 0}, "`n_adapt` must be at least 1")])
def test_invalid_numbers_raise(options, message):
    with pytest.raises(ValueError, match=message):
        with running("eager", lambda: normal_ais(**options)):
            pass


def test_reverse_needs_all_latents():
    with running("eager", normal_ais) as (ais, _):
        with pytest.raises(ValueError, match="none of 'z'"):
            ais.reverse({})


def test_a_graph_needs_a_session():
    with running("graph", normal_ais) as (ais, _):
        with pytest.raises(ValueError, match="run.sess, feed_dict"):
            ais.run()
