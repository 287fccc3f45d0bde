"""HMC leaves its target invariant: exact draws, one transition, a test."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs

N_CHAINS = 20000
# Two numbers are tested; a correct sampler fails with this probability, once and
# for all, as the seeds are fixed.
FAILURE_RATE = 1e-3


def skewed(values):
    """exp(g) has the density of Gamma(3, 1); h given g is N(0, e^-g)."""
    g, h = values["g"], values["h"]
    return 3. * g - tf.exp(g) + tf.reduce_sum(
        0.5 * g[:, None] - 0.5 * h ** 2 * tf.exp(g)[:, None], -1)


def exact_draws(seed):
    rng = np.random.RandomState(seed)
    g = np.log(rng.gamma(3., size=N_CHAINS))
    return g, rng.randn(N_CHAINS, 2) / np.exp(g / 2)[:, None]


def p_values(g, h):
    """Of Kolmogorov-Smirnov tests of g and, given g, of h."""
    return [stats.kstest(np.exp(g), stats.gamma(3.).cdf)[1],
            stats.kstest(np.sum(h ** 2 * np.exp(g)[:, None], -1),
                         stats.chi2(2).cdf)[1]]


def after_a_transition(step_size):
    def make():
        g, h = exact_draws(1)
        latent = {"g": chains.variable("g", g), "h": chains.variable("h", h)}
        hmc = zs.HMC(step_size, 3)

        def step():
            with zs.seeded(5):
                info = hmc.sample(skewed, {}, latent)[1]
            return info.samples, info.acceptance_rate

        return step

    return modes.program("eager", make)()


@pytest.mark.parametrize("step_size", [0.1, 0.5, 0.8])
def test_the_target_is_left_invariant(step_size):
    samples, rate = after_a_transition(step_size)
    assert min(p_values(**samples)) > FAILURE_RATE
    # They have moved, and some have been rejected, so that it was a test.
    start, _ = exact_draws(1)
    assert 0.2 < np.mean(samples["g"] != start) < 1.


def test_the_test_sees_a_missing_rejection(replace_draws):
    replace_draws(
        uniform=lambda shape, dtype: tf.fill(shape, tf.constant(-1, dtype)))
    samples, _ = after_a_transition(0.5)
    assert min(p_values(**samples)) < FAILURE_RATE

