"""Warnings of `run` about draws, from arrays whose diagnostics are known."""
import warnings

import numpy as np
import pytest
from chains import eagerly

import zhusuan as zs
from zhusuan.mcmc import ConvergenceWarning
from zhusuan.mcmc._run.convergence import warn_of_problems


def chains_of(draws, **statistics):
    return zs.Chains({name: np.asarray(x) for name, x in draws.items()}, statistics,
                     1, 0, 1, 1, len(next(iter(draws.values()))), True, [])


def independent(n_samples=500, n_chains=4, shape=()):
    return np.random.RandomState(1).randn(n_samples, n_chains, *shape)


def check(match, draws, **statistics):
    """One warning, which matches; none if `match` is None."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warn_of_problems(chains_of(draws, **statistics), "Take smaller steps")
    assert len(found) == (match is not None)
    if match is not None:
        assert found[0].category is ConvergenceWarning
        with pytest.warns(ConvergenceWarning, match=match):
            warn_of_problems(chains_of(draws, **statistics), "Take smaller steps")


def test_independent_draws_give_no_warning():
    check(None, {"x": independent(), "y": independent(shape=(3,))})
    check(None, {"x": independent(200, 1), "empty": np.zeros([200, 1, 0])})


def test_few_draws_are_not_diagnosed():
    check(None, {"x": independent(99) + np.arange(4.)})
    check(None, {"x": np.zeros([19, 4])})


def test_a_chain_apart_is_reported_by_rhat_with_its_latent():
    apart = independent(shape=(3,))
    apart[:, 0, 2] += 2.
    check(r"R-hat of 'y' is 1\.\d\d\d, expected at most 1.01.*Increase n_samples",
          {"x": independent(), "y": apart})


def test_correlated_draws_are_reported_by_their_effective_sample_size():
    """Autoregression with 0.95 has an effective sample size of n / 39."""
    noise, x = independent(1000), np.zeros([1000, 4])
    for i in range(1, 1000):
        x[i] = 0.95 * x[i - 1] + noise[i]
    check(r"effective sample size of 'x' is \d\d\d?, expected at least 400", {"x": x})


def test_every_divergence_is_reported_with_the_advice_of_the_sampler():
    is_divergent = np.zeros([500, 4], bool)
    check(None, {"x": independent()}, is_divergent=is_divergent)
    is_divergent[3, 2] = True
    check("^1 of 2000 transitions diverged. Take smaller steps.$",
          {"x": independent()}, is_divergent=is_divergent)
    check("See statistics", {"x": independent()}, is_divergent=is_divergent,
          energy_error=np.zeros([500, 4]))


def test_trajectories_without_a_u_turn_are_reported_with_max_depth():
    is_cut = np.arange(2000).reshape(500, 4) < 7
    check("^7 of 2000 trajectories ended at max_depth.*Increase max_depth",
          {"x": independent()}, reached_max_depth=is_cut)


def test_chains_that_never_moved_are_reported():
    x = independent()
    x[:, 1:3] = x[:1, 1:3]
    check("^2 of 4 chains never moved in 500 draws. Take smaller steps.$", {"x": x})


def test_nuts_states_which_trajectories_reached_max_depth():
    """One leapfrog of a small step makes no U-turn."""
    with eagerly(), pytest.warns(
            ConvergenceWarning, match="30 of 30 trajectories ended"):
        chains = zs.NUTS(0.01, max_depth=1).run(
            lambda v: -0.5 * v["x"] ** 2, {}, {"x": np.ones(1)}, 30, 0, seed=1,
            progress_bar=False)
    assert np.all(chains.statistics["reached_max_depth"])
