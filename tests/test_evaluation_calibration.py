"""Simulation-based calibration in one call."""
import functools

import chains as helpers
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs
from zhusuan.evaluation import Calibration, simulation_based_calibration

FAILURE_RATE = 1e-3  # of each test below, once and for all


@zs.meta_bayesian_net()
def model(noise=1.):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([2], tf.float64), std=1., group_ndims=1)
    bn.normal("x", z, std=noise, group_ndims=1)
    return bn


def wrong_laplace(meta_bn, observed, seed):
    """The posterior of a model with less noise: it is too narrow."""
    return zs.laplace(model(0.2), observed, seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("place, n", [("session", 4), ("eager", 40)])
def test_exact_posteriors_have_uniform_ranks(place, n):
    with modes.session() if place == "session" else helpers.eagerly():
        result = zs.evaluation.calibration(
            model(), ["x"], zs.laplace, n_simulations=n, seed=1, progress_bar=False)
    assert result.ranks["z"].shape == (n, 2)
    assert result.ranks["z"].min() >= 0 and result.ranks["z"].max() <= 99
    assert result.p_value > FAILURE_RATE


@pytest.mark.slow
def test_a_wrong_method_has_a_small_p_value():
    with helpers.eagerly():
        result = zs.evaluation.calibration(
            model(), ["x"], wrong_laplace, n_simulations=40, seed=1, progress_bar=False)
    assert result.p_value < FAILURE_RATE
    assert result.p_values["z"].shape == (2,)


class ShortNUTS(zs.NUTS):
    """For TensorFlow 1.15, where transitions are not compiled and take long."""

    run = functools.partialmethod(zs.NUTS.run, n_samples=250, n_warmup=200)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:calibration. .* warnings in 60 runs")
def test_samplers_are_methods():
    @zs.meta_bayesian_net()
    def gamma_poisson():
        bn = zs.BayesianNet()
        rate = bn.gamma("rate", tf.constant(2., tf.float64), 1.)
        bn.deterministic("root", tf.sqrt(rate))
        bn.poisson("y", rate)
        return bn

    with helpers.eagerly():
        result = zs.evaluation.calibration(
            gamma_poisson(), ["y"], ShortNUTS() if modes.IS_TF1 else None,
            names=["rate", "root"], n_simulations=60, seed=1, progress_bar=False)
    assert result.p_value > FAILURE_RATE
    np.testing.assert_array_equal(result.ranks["rate"], result.ranks["root"])


def test_p_values_match_scipy():
    ranks = np.random.RandomState(0).randint(0, 100, [200, 3]) ** 2 // 99
    counts = [np.histogram(x, np.round(np.linspace(0, 100, 22)) - 0.5)[0]
              for x in ranks.T]
    expected = 200 * np.diff(np.round(np.linspace(0, 100, 22))) / 100.
    np.testing.assert_allclose(
        simulation_based_calibration._p_values(ranks, 99),
        [stats.chisquare(x, expected).pvalue for x in counts], rtol=1e-10)


@pytest.mark.parametrize("n", [20, 100])
def test_the_band_has_its_probability(n):
    """The largest of 1000 deviations exceed it 10 times, and 25 with rate 1e-5."""
    width = simulation_based_calibration._half_width(n, 99)
    ranks = np.random.RandomState(1).randint(0, 100, [1000, n])
    excess = [np.abs(simulation_based_calibration._excess(x, 99)).max() for x in ranks]
    assert np.sum(np.array(excess) > width) < 25


def test_the_plot_has_a_line_for_each_number():
    plt = pytest.importorskip("matplotlib.pyplot")
    ranks = np.random.RandomState(0).randint(0, 100, [50, 3])
    axes = Calibration({"z": ranks, "scale": ranks[:, 0]}, 99, {}).plot()
    assert len(axes.lines) == 4
    plt.close("all")


def test_errors_name_the_argument():
    def check(error, message, *arguments, **options):
        with helpers.eagerly(), pytest.raises(error, match=message):
            zs.evaluation.calibration(*arguments, seed=1, n_simulations=2,
                                      progress_bar=False, **options)

    laplace = zs.laplace
    check(ValueError, "data= has the name 'y', but the nodes wit", model(), ["y"])
    check(ValueError, "names= has the name 'w'", model(), ["x"], laplace, names=["w"])
    check(TypeError, "must be a MetaBayesianNet", lambda values: 0., ["x"])
    check(TypeError, "must return Chains or a Fit, but it returned 3", model(), ["x"],
          lambda *arguments, **options: 3)
    check(ValueError, "returned 20 draws, but n_draws is 99", model(), ["x"],
          functools.partial(zs.NUTS().run, n_samples=5, n_warmup=5, progress_bar=False))
    check(ValueError, "data= is empty", model(), [])
    check(ValueError, "in data= and in observed=", model(), ["x"],
          observed={"x": np.zeros(2)})
    check(ValueError, "n_draws", model(), ["x"], n_draws=1)
