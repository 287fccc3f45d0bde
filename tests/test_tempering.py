"""Weights of particles: temperatures, evidence of islands, resampling."""
import numpy as np
import pytest
from scipy import optimize, special

from zhusuan.evaluation import _tempering
from zhusuan.utils._resampling import systematic_indices

LOG_RATIOS = 30. * np.random.RandomState(0).standard_normal(200) ** 3


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("is_equal", [True, False])
def test_bisection_finds_the_asked_effective_size(fraction, is_equal):
    """Of SciPy's root of the formula; of half of the particles, which are possible."""
    weights = np.full(200, 1. / 200.) if is_equal else special.softmax(
        np.random.RandomState(1).standard_normal(200))
    log_ratios = np.where(np.arange(200) % 2, LOG_RATIOS, -np.inf)

    def ess(increment):
        own, factors = weights[1::2], np.exp(
            increment * (LOG_RATIOS[1::2] - LOG_RATIOS[1::2].max()))
        return (own @ factors) ** 2 / (own @ factors ** 2)

    exact = optimize.brentq(lambda x: ess(x) - fraction * ess(0.), 0., 0.75)
    found = _tempering.next_temperature(0.25, log_ratios, weights, fraction)
    assert abs(found - 0.25 - exact) < 2e-4 * exact


def test_bisection_finds_tiny_temperatures_and_the_end():
    weights = np.full(200, 1. / 200.)
    tiny = _tempering.next_temperature(0., 1e150 * LOG_RATIOS, weights, 0.5)
    assert 0. < tiny < 1e-150
    assert abs(1e150 * tiny / _tempering.next_temperature(
        0., LOG_RATIOS, weights, 0.5) - 1.) < 1e-3
    assert _tempering.next_temperature(0., 1e-9 * LOG_RATIOS, weights, 0.5) == 1.
    assert _tempering.next_temperature(0.3, 0. * LOG_RATIOS, weights, 0.5) == 1.


def test_evidence_of_islands_is_their_mean():
    logs = np.array([1., 2., 4., -np.inf])
    value, error = _tempering.evidence_of(logs + 1000.)
    mean, sd = np.mean(np.exp(logs)), np.std(np.exp(logs), ddof=1)
    np.testing.assert_allclose(value, 1000. + np.log(mean))
    np.testing.assert_allclose(error, sd / mean / 2.)
    weights = _tempering.particle_weights(logs, 3)
    np.testing.assert_allclose(weights, np.repeat(np.exp(logs), 3) / (12. * mean))


def test_islands_are_resampled_on_their_own():
    log_weights = np.log([[0.5, 0.25, 0.25, 1e-300], [1., 1., 1., 1.]]) - 900.
    log_weights = np.concatenate([log_weights, np.full([1, 4], -np.inf)])
    indices = _tempering.resample_islands(log_weights, np.random.RandomState(0))
    np.testing.assert_array_equal(indices, [0, 0, 1, 2] + list(range(4, 12)))
    np.testing.assert_allclose(_tempering.island_log_means(log_weights), [
        np.log(0.25) - 900., -900., -np.inf])


def test_variances_are_weighted():
    x = np.random.RandomState(0).standard_normal([50, 3])
    x[:, 2] = 7.
    weights = special.softmax(np.arange(50) / 10.)
    weights[:5] = 0.
    x[:5, 0] = np.inf  # of islands without weight
    weights /= weights.sum()
    exact = np.diag(np.cov(x[5:].T, aweights=weights[5:], ddof=0))
    np.testing.assert_allclose(
        _tempering.weighted_variances(weights, x), [exact[0], exact[1], 1.])


def test_systematic_resampling_rounds_the_expected_counts():
    weights = np.random.RandomState(0).gamma(0.3, size=40)
    weights[[0, 17, 39]] = 0.
    expected = 25 * weights / weights.sum()
    counts = np.array([np.bincount(systematic_indices(
        weights, 25, np.random.RandomState(seed)), minlength=40)
        for seed in range(2000)])
    assert np.all((counts == np.floor(expected)) | (counts == np.ceil(expected)))
    # Failure rate 1e-3: 40 means within 4.2 standard errors, at most 0.5 / 2000^0.5.
    assert np.all(np.abs(counts.mean(0) - expected) < 4.2 * 0.5 / 2000 ** 0.5)
