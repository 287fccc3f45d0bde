"""Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman, 2018).

Parameters come from the prior and data from the model; then the rank of a parameter
among independent draws of its posterior is uniform. Every chain has data of its own.
A correct sampler fails a test here with the probability FAILURE_RATE, once and for
all, as the seeds are fixed. That the tests can fail is shown by wrong models.
"""
import chains
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs

N_SIMULATIONS, N_DRAWS, N_BINS = 320, 31, 8
FAILURE_RATE = 1e-3
SCHOOL_ERRORS = np.array([15., 10., 16., 11., 9., 11., 10., 18.])
rng = np.random.RandomState(0)
ROWS = rng.randn(40, 3)


@zs.meta_bayesian_net()
def eight_schools(n, errors=SCHOOL_ERRORS):
    """Non-centred; the scale of effects is positive."""
    bn = zs.BayesianNet()
    zero = tf.zeros([], "float64")
    mean = bn.normal("mean", zero, std=zero + 5., n_samples=n)
    scale = bn.half_normal("scale", zero + 5., n_samples=n)
    effects = bn.normal("effects", tf.zeros([8], "float64"), std=1., n_samples=n,
                        group_ndims=1)
    bn.normal("y", mean[:, None] + scale[:, None] * effects, std=tf.constant(errors),
              group_ndims=1)
    return bn


@zs.meta_bayesian_net()
def logistic_regression(n, spread=1.):
    bn = zs.BayesianNet()
    weights = bn.normal("weights", tf.zeros([3], "float64"), std=spread, n_samples=n,
                        group_ndims=1)
    logits = tf.linalg.matmul(weights, tf.constant(ROWS), transpose_b=True)
    bn.bernoulli("y", logits, dtype=tf.float64, group_ndims=1)
    return bn


# The model, one that is wrong, what to begin with.
MODELS = {
    "eight schools": (eight_schools, {"errors": 0.5 * SCHOOL_ERRORS},
                      {"mean": [], "scale": [], "effects": [8]}),
    "logistic regression": (logistic_regression, {"spread": 0.5}, {"weights": [3]})}


def p_value(sampler, model, fitted, shapes):
    """The smallest of the p-values of chi-square tests, times their number."""
    with chains.eagerly():
        with zs.seeded(3):
            bn = model.observe()
            truth = {name: bn[name].tensor.numpy() for name in shapes}
            data = bn["y"].tensor.numpy()
        out = sampler.run(
            fitted, {"y": data},
            {name: np.ones([N_SIMULATIONS] + s) for name, s in shapes.items()},
            N_DRAWS, 200, thin=8, seed=1, progress_bar=False)
    p_values = []
    for name, value in truth.items():
        ranks = (out[name] < value).sum(axis=0).reshape(N_SIMULATIONS, -1)
        for column in ranks.T:
            counts = np.histogram(column, N_BINS, (0, N_DRAWS + 1))[0]
            p_values.append(stats.chisquare(counts).pvalue)
    return min(p_values) * len(p_values)


@pytest.mark.filterwarnings("ignore:.*transitions diverged")  # a few, of schools
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MODELS))
def test_ranks_are_uniform(name):
    make, wrong, shapes = MODELS[name]

    def with_sampler(sampler, **settings):
        return p_value(sampler, make(N_SIMULATIONS), make(N_SIMULATIONS, **settings),
                       shapes)

    def hmc():
        # One step size for all: chains with the stiffest data must move, too.
        return zs.HMC(0.1, 10, adapt_step_size=True, target_acceptance_rate=0.95)

    assert with_sampler(hmc()) > FAILURE_RATE
    assert with_sampler(zs.NUTS(max_depth=6)) > FAILURE_RATE
    assert with_sampler(hmc(), **wrong) < FAILURE_RATE
