"""Runs of NUTS against the reference draws of posteriordb."""
import numpy as np
import pytest
import tensorflow as tf
from posteriordb.every import every

from benchmarks import posteriordb
from benchmarks.posteriors.judge import judge
from benchmarks.posteriors.measure import measure

# Of each kind one that takes seconds.
QUICK = [name for name in posteriordb.names() if name in (
    "arK-arK", "eight_schools-eight_schools_noncentered", "gp_pois_regr-gp_regr",
    "low_dim_gauss_mix-low_dim_gauss_mix", "sblrc-blr")]


@pytest.mark.slow
@pytest.mark.skipif(tf.__version__.startswith("1."), reason="runs eagerly")
@pytest.mark.filterwarnings("ignore:. of 4000 transitions diverged")  # eight schools
@every(QUICK)
def test_draws_of_nuts_match_the_references(name):
    """Failure rate: about 30 moments with |z| above 4, 0.2 % for each posterior."""
    found = measure(name)
    verdict = found.verdict
    assert verdict.worst_z < 4. and verdict.max_rhat < 1.01
    assert min(verdict.min_ess_bulk, verdict.min_ess_tail) > 400.
    assert found.n_divergent <= 2
    assert found.gradients > 4000 and found.warmup_gradients > 4000


def normal_draws(name, shift):
    """Independent draws with the reference means and standard deviations."""
    rng = np.random.RandomState(1)
    mean, sd = [posteriordb.reference(name, moment) for moment in ("mean", "sd")]
    return {parameter: x + sd[parameter] * (rng.randn(1000, 4, *x.shape) + shift)
            for parameter, x in mean.items()}


@every([name for name in posteriordb.names() if name == "nes2000-nes"])
@pytest.mark.parametrize("shift, low, high", [(0., 0., 4.), (0.1, 4., 9.)])
def test_z_scores_show_a_shift_of_a_tenth_of_the_sd(name, shift, low, high):
    """A standard error is sqrt(1 / 4000 + 1 / 10000) = 0.019 standard deviations."""
    verdict = judge(name, normal_draws(name, shift))
    assert low < verdict.worst_z < high
    assert verdict.max_rhat < 1.01 and verdict.min_ess_bulk > 3000.


@every([name for name in posteriordb.names() if name.startswith("one_comp")])
def test_heavy_tails_are_judged_by_their_shares(name):
    """Draws of K_m and V_m between their quantiles have no share in the tails."""
    draws = normal_draws(name, 0.)
    low, high = [posteriordb.reference(name, moment) for moment in ("q5", "q95")]
    for parameter in ("K_m", "V_m"):
        # A tenth of the draws in each tail, at twice the share.
        share = np.random.RandomState(2).rand(*draws[parameter].shape)
        draws[parameter] = np.where(share < 0.1, low[parameter] - 1., np.where(
            share < 0.2, high[parameter] + 1., np.mean([
                low[parameter], high[parameter]])))
    expected = (0.1 - 0.05) / np.hypot(np.sqrt(0.1 * 0.9 / 4000), 0.0022)
    assert 0.7 * expected < judge(name, draws).worst_z < 1.3 * expected
