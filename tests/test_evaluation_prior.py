"""prior_predictive, and predictive of fits."""
import chains as helpers
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs

places = pytest.mark.parametrize("place", ["session", "eager"])


def enter(place):
    return modes.session() if place == "session" else helpers.eagerly()


@zs.meta_bayesian_net()
def counts(rate_of_rates=2., n=3):
    """Poisson counts with a gamma rate: they are negative binomial."""
    bn = zs.BayesianNet()
    rate = bn.gamma("rate", tf.constant(3., tf.float64), rate_of_rates)
    bn.deterministic("log_rate", tf.math.log(rate))
    bn.poisson("y", rate * tf.ones([n], tf.float64), group_ndims=1)
    return bn


@places
def test_draws_have_the_marginal_laws(place):
    """Kolmogorov-Smirnov and chi-square tests, each at 1e-3, once and for all."""
    with enter(place):
        draws = zs.evaluation.prior_predictive(counts(), 4000, seed=1)
    assert sorted(draws) == ["log_rate", "rate", "y"]
    assert draws["rate"].shape == (4000,) and draws["y"].shape == (4000, 3)
    assert stats.kstest(draws["rate"], stats.gamma(3., scale=0.5).cdf).pvalue > 1e-3
    np.testing.assert_allclose(draws["log_rate"], np.log(draws["rate"]))
    probs = stats.nbinom.pmf(np.arange(6), 3, 2. / 3.)
    n = np.bincount(draws["y"][:, 0].astype(int), minlength=7)
    observed = np.append(n[:6], n[6:].sum())
    expected = 4000 * np.append(probs, 1. - probs.sum())
    assert stats.chisquare(observed, expected).pvalue > 1e-3
    # The entries share their rate: the correlation is 1 / (1 + 2).
    assert abs(np.corrcoef(draws["y"].T)[0, 1] - 1. / 3.) < 0.06


@places
def test_the_seed_determines_the_draws(place):
    with enter(place):
        first, same, other = [zs.evaluation.prior_predictive(
            counts(), 5, seed=seed)["y"] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(first, same)
    assert np.any(first != other)
    assert len(np.unique(first)) > 1  # the draws of one call differ


def test_given_values_are_used_and_not_returned():
    with helpers.eagerly():
        draws = zs.evaluation.prior_predictive(
            counts(), 2000, observed={"rate": np.float64(9.)}, seed=1)
    assert sorted(draws) == ["log_rate", "y"]
    assert abs(draws["y"].mean() - 9.) < 5. * 3. / np.sqrt(6000)


def test_models_without_densities_or_draws_raise_errors():
    @zs.meta_bayesian_net()
    def improper():
        bn = zs.BayesianNet()
        bn.stochastic("x", zs.distributions.Flat())
        return bn

    with helpers.eagerly():
        with pytest.raises(TypeError, match="the model must be a MetaBayesianNet"):
            zs.evaluation.prior_predictive(lambda values: 0.)
        with pytest.raises(NotImplementedError, match="The node 'x' has no value"):
            zs.evaluation.prior_predictive(improper(), 3)
        with pytest.raises(ValueError, match="n_samples"):
            zs.evaluation.prior_predictive(counts(), 0)


@places
def test_predictive_takes_fits(place):
    """Draws of a conjugate normal model; the density within five standard errors."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([], tf.float64), std=1.)
        bn.normal("x", z, std=1.)
        return bn

    with enter(place) as session:
        fit = zs.laplace(model(), {"x": 1.}, seed=1)
        prediction = zs.evaluation.predictive(model(), fit, {"x": 0.3})
        with pytest.raises(ValueError, match="are along the first axis, but axis is 1"):
            zs.evaluation.predictive(model(), fit, {"x": 0.3}, axis=1)
        values = [prediction.samples["x"], prediction.log_density,
                  prediction.standard_error]
        samples, density, error = (
            session.run(values) if place == "session" else [
                x.numpy() for x in values])
    assert samples.shape == (1000,)
    exact = stats.norm.logpdf(0.3, 0.5, np.sqrt(1.5))
    assert abs(density - exact) < 5. * error < 0.1
