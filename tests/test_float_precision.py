"""The warning about posteriors that need float64."""
import chains as chain_models
import numpy as np
import pytest
from scipy import stats
from test_run import run

import zhusuan as zs
from zhusuan.mcmc import ConvergenceWarning
from zhusuan.mcmc._kernels.metrics import Dense, Diagonal, LowRank
from zhusuan.mcmc._run.chain_state import Chain
from zhusuan.mcmc._run.float_precision import MAX_CONDITION, find_imprecision


class Tuning:
    def __init__(self, metric):
        self.metric = metric


def finding(metric):
    return find_imprecision([Chain(None, Tuning(metric))])


def covariance(condition, d, seed=1):
    """A random covariance with a condition number, float64."""
    axes = stats.ortho_group.rvs(d, random_state=seed)
    size = np.log10(condition) / 2.
    return (axes * np.logspace(-size, size, d)) @ axes.T


def run_nuts(covariance, dtype, metric="auto", place="eager", **settings):
    start = np.random.RandomState(1).randn(4, len(covariance)).astype(dtype)
    return run(place, zs.NUTS(metric=metric, **settings), chain_models.gaussian(
        np.linalg.inv(covariance)), {"x": start}, 40, 300)


@pytest.mark.parametrize("metric, place", [
    ("auto", "eager"), ("low_rank", "session")])
def test_float32_warns_of_an_ill_conditioned_posterior(metric, place):
    with pytest.warns(ConvergenceWarning, match=(
            "condition number of the metric, .*e.0[56], exceeds the precision of .*"
            "float64 arrays")):
        run_nuts(covariance(1e8, 4), "float32", metric, place, max_depth=6)


def test_float64_does_not_warn_of_the_same_posterior():
    run_nuts(covariance(1e8, 4), "float64")


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["auto", "low_rank", "diagonal"])
def test_float32_does_not_warn_of_other_scales(metric):
    """float32 has an exponent for each number."""
    run_nuts(np.diag([1e-8, 1., 1e8]), "float32", metric)


def test_float32_does_not_warn_of_correlated_posteriors():
    run_nuts(covariance(1e3, 4), "float32")


def test_the_limit_is_one_of_correlations():
    """The eigenvalues of a correlation matrix of two are 1 + r and 1 - r."""
    for share, warns in (0.9, False), (1.1, True):
        r = 1. - 2. / (share * MAX_CONDITION)
        scale = np.array([1e-6, 1e6])
        matrix = (np.array([[1., r], [r, 1.]]) * scale * scale[:, np.newaxis])
        assert bool(finding(Dense([matrix.astype("float32")], None))) == warns
        assert finding(Dense([matrix], None)) is None
        # Variance 1 in 49 of 50 directions.
        low_rank = LowRank(np.full(50, 1e3, "float32"), np.eye(50, 2), np.array(
            [1., 49. / (share * MAX_CONDITION)], "float32"))
        assert bool(finding(low_rank)) == warns


def test_metrics_without_correlations_have_no_finding():
    assert finding(Diagonal([np.array([1e-30, 1e30], "float32")])) is None
    assert finding(Dense([np.full((2, 2), np.nan, "float32")], None)) is None
    assert finding(()) is None and find_imprecision([]) is None
