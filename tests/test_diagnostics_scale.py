"""Diagnostics of draws of every scale, offset and dtype."""
import warnings

import numpy as np
import pytest
from test_diagnostics import arviz, autoregression  # noqa: F401

from zhusuan import diagnostics
from zhusuan.evaluation import ais
from zhusuan.mcmc.chains import Summary
from zhusuan.utils import _moments

EXPONENTS = [-300, -200, -100, -30, -18, -8, 8, 18, 30, 100, 200, 300]
METHODS = ("mean", "bulk", "tail")


@pytest.fixture(scope="module")
def draws():
    return autoregression(1000, 4, 0.9)


@pytest.fixture(scope="module")
def sticky():
    """A Metropolis chain: many draws are equal."""
    return np.repeat(autoregression(100, 2, 0.3), 7, axis=0)


def summarize(x):
    columns = Summary({"x": x}).columns
    return {name: column[0] for name, column in columns.items()}


@pytest.mark.parametrize("kind", ["draws", "sticky"])
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_scale_changes_no_diagnostic(request, kind, exponent):
    x, scale = request.getfixturevalue(kind), 10. ** exponent
    plain, scaled = summarize(x), summarize(x * scale)
    for column in ("ess_bulk", "ess_tail"):
        assert scaled[column] == pytest.approx(plain[column], rel=1e-9)
    # Rounding decides whether the draws on both sides of the median are as far from
    # it, here and in ArviZ.
    assert scaled["rhat"] == pytest.approx(plain["rhat"], rel=1e-3)
    for column in ("mean", "sd", "mcse", "5%", "50%", "95%"):
        assert scaled[column] / scale == pytest.approx(
            plain[column], rel=1e-9, abs=1e-12)
    for of in (lambda x: diagnostics.ess(x, "mean"),
               lambda x: diagnostics.effective_sample_size_1d(x[:, 0]),
               lambda x: diagnostics.effective_sample_size(x[:, :1])):
        assert of(x * scale) == pytest.approx(of(x), rel=1e-9)


@pytest.mark.parametrize("exponent", [-30, -12, 12, 30])
def test_agrees_with_arviz_at_every_scale(arviz, draws, exponent):  # noqa: F811
    """ArviZ takes draws below 1e-15 for constant, so that it gets them unscaled."""
    scale = 10. ** exponent
    for method in METHODS:
        np.testing.assert_allclose(diagnostics.ess(draws * scale, method),
                                   arviz.ess(draws.T, method=method), rtol=1e-6)
    np.testing.assert_allclose(diagnostics.mcse(draws * scale) / scale,
                               arviz.mcse(draws.T), rtol=1e-6)
    np.testing.assert_allclose(diagnostics.split_rhat(draws * scale),
                               arviz.rhat(draws.T * scale), rtol=1e-6)


def test_the_known_size_of_a_tiny_autoregression():
    """n (1 - phi) / (1 + phi). Failure rate: the estimate has an error of 10 %."""
    x = autoregression(4000, 4, 0.95, seed=1) * 1e-18
    known = 16000 * 0.05 / 1.95
    assert diagnostics.ess(x, "mean") == pytest.approx(known, rel=0.3)
    assert diagnostics.mcse(x) == pytest.approx(1e-18 / known ** 0.5, rel=0.3)


@pytest.mark.parametrize("exponent", [-38, -30, 30, 38])
def test_float32_draws_of_every_scale(draws, exponent):
    """The standard deviation would overflow or vanish in float32."""
    x = np.clip(draws / 3., -1., 1.).astype("float32")
    scaled = summarize(x * np.float32(10. ** exponent))
    plain = summarize(x)
    assert scaled["rhat"] == pytest.approx(plain["rhat"], rel=1e-3)
    for column in ("mean", "sd", "mcse", "5%", "95%"):
        assert scaled[column] / 10. ** exponent == pytest.approx(
            plain[column], rel=1e-3)


@pytest.mark.parametrize("offset, tolerance", [(1e3, 1e-9), (-1e8, 1e-5), (1e12, 1e-2)])
def test_offset_changes_no_diagnostic(draws, offset, tolerance):
    """To the rounding of the draws, which are about 1."""
    plain, moved = summarize(draws), summarize(draws + offset)
    for column in ("sd", "mcse", "ess_bulk", "ess_tail", "rhat"):
        assert moved[column] == pytest.approx(plain[column], rel=tolerance)
    assert moved["mean"] - offset == pytest.approx(plain["mean"], abs=tolerance)
    assert diagnostics.ess(draws + offset, "mean") == pytest.approx(
        diagnostics.ess(draws, "mean"), rel=tolerance)


@pytest.mark.parametrize("value", [0., 1., 0.1, -1e-30, 1e30, 1e308, 5e-324])
def test_constant_chains_of_every_size(value):
    x = np.full([50, 2], value)
    assert [diagnostics.ess(x, method) for method in METHODS] == [100.] * 3
    assert diagnostics.mcse(x) == 0. and np.isnan(diagnostics.split_rhat(x))
    found = summarize(x)
    assert found["mean"] == found["5%"] == found["95%"] == value
    assert found["sd"] == 0.


@pytest.mark.parametrize("scale", [1e-300, 1., 1e300])
def test_a_chain_that_moves_once_is_not_constant(scale):
    x = np.ones([50, 2]) * scale
    x[25:] += scale * 1e-12
    assert diagnostics.ess(x, "mean") < 10. and diagnostics.split_rhat(x) > 10.


@pytest.mark.parametrize("dtype, offset", [
    ("int8", 0), ("uint8", 9), ("int64", -2 ** 62), ("int64", 2 ** 62),
    ("uint64", 2 ** 63 + 2 ** 62)])
def test_integers_are_numbers(dtype, offset):
    """Also integers that round to the same float64."""
    counts = np.random.RandomState(0).poisson(3., [400, 3])
    moved = counts.astype(dtype) + np.array(offset, dtype)
    assert moved.dtype == dtype
    plain, found = summarize(counts.astype(float)), summarize(moved)
    for column in ("sd", "mcse", "ess_bulk", "ess_tail", "rhat"):
        assert found[column] == pytest.approx(plain[column], rel=1e-12)
    assert found["50%"] == pytest.approx(offset + plain["50%"], rel=1e-15)


def test_integers_of_the_whole_range():
    x = np.array([[-2 ** 63, 2 ** 63 - 1]] * 8)
    assert _moments.mean(x) == pytest.approx(-0.5, abs=2 ** 12)
    assert _moments.standard_deviation(x) == pytest.approx(
        2. ** 63 * np.sqrt(16 / 15), rel=1e-12)


def test_booleans_are_zero_and_one():
    x = autoregression(400, 3, 0.5) > 0.
    np.testing.assert_equal(summarize(x), summarize(x.astype(float)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("scale", [1e-300, 1., 1e300])
def test_a_draw_that_is_not_finite_affects_its_own_dimension_only(bad, scale):
    x = np.stack([autoregression(50, 2, 0.)] * 2, axis=-1) * scale
    x[7, 1, 0] = bad
    table = Summary({"x": x})
    alone = Summary({"x": x[..., 1]})
    for column, values in table.columns.items():
        np.testing.assert_allclose(values[1], alone[column][0], rtol=1e-12)
    for column in ("sd", "mcse", "ess_bulk", "ess_tail", "rhat"):
        assert np.isnan(table[column][0])
    np.testing.assert_equal(table["mean"][0], bad)
    if np.isnan(bad):
        assert np.isnan(table["50%"][0])
    else:
        assert table["50%"][0] == pytest.approx(
            np.median(np.delete(x[..., 0], 0)), abs=0.2 * scale)


def test_no_draws_have_no_moments():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = Summary({"x": np.zeros([0, 3, 2])})
    assert all(np.isnan(column).all() for column in table.columns.values())


def test_numbers_of_different_scales_do_not_mix(draws):
    scales = 10. ** np.array([-300., 0., 300.])
    together = diagnostics.mcse(draws[..., None] * scales)
    np.testing.assert_allclose(together / scales, diagnostics.mcse(draws), rtol=1e-9)


@pytest.mark.parametrize("scale", [1e-300, 1e-18, 1e300])
def test_the_plot_of_autocorrelations_has_no_scale(draws, scale):
    plt = pytest.importorskip("matplotlib.pyplot")
    lags = [diagnostics.plot_autocorrelation(
        draws * s, plt.subplots()[1]).lines[0].get_ydata() for s in (1., scale)]
    np.testing.assert_allclose(lags[1], lags[0], rtol=1e-6, atol=1e-12)
    plt.close("all")


@pytest.mark.parametrize("offset", [-1e300, -1e5, 0., 1e5, 1e300])
def test_ais_effective_sample_size_has_no_scale(offset):
    log_weights = np.full([4, 2], offset)
    log_weights[1:, 0] = -np.inf
    np.testing.assert_allclose(ais._effective_sample_size(log_weights), [1., 4.])


def test_ais_effective_sample_size_of_infinite_weights():
    log_weights = np.array([[np.inf, -np.inf, np.nan],
                            [np.inf, -np.inf, 0.], [3., -np.inf, 0.]])
    np.testing.assert_array_equal(
        ais._effective_sample_size(log_weights), [2., 0., np.nan])
