"""Samplers recover known parameters from censored data and from missing entries.

Data and seeds are fixed. With other seeds, the posterior of one number would be more
than 4 of its standard deviations from the truth in 1 of 16000 sets of data.
"""
import chains as chain_models
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf

import zhusuan as zs
from zhusuan._model.target import Target

pytestmark = pytest.mark.slow

N = 200
TRUTH = {"intercept": 0.5, "slope": np.array([1.5, -1.]), "scale": 0.8}


def covariates():
    return np.random.RandomState(0).randn(N, 2)


def responses(seed):
    noise = np.random.RandomState(seed).randn(N)
    return TRUTH["intercept"] + covariates() @ TRUTH["slope"] + TRUTH["scale"] * noise


def add_coefficients(bn):
    """The nodes of a regression; returns the intercept, the slopes and the scale."""
    return (bn.normal("intercept", 0., std=5.),
            bn.normal("slope", np.zeros(2), std=5., group_ndims=1),
            bn.half_normal("scale", 2.))


def predictor(intercept, slope, x):
    return intercept[..., tf.newaxis] + tf.reduce_sum(
        slope[..., tf.newaxis, :] * x, axis=-1)


def draw(model, observed, **latents):
    start = dict({"intercept": 0., "slope": np.zeros(2), "scale": 1.}, **latents)
    with chain_models.eagerly():
        return zs.NUTS().run(model, observed, start, n_samples=200, n_warmup=200,
                             n_chains=4, seed=2, progress_bar=False)


def errors(chains, truth=TRUTH):
    """Distances from the truth in posterior standard deviations, an array."""
    return np.concatenate([np.ravel((chains[name].mean((0, 1)) - value)
                                    / chains[name].std((0, 1)))
                           for name, value in truth.items()])


def assert_recovered(chains, truth=TRUTH):
    assert np.max(chains.summary()["rhat"]) < 1.05
    assert np.all(np.abs(errors(chains, truth)) < 4.)
    # The posterior is not so wide that everything would fit.
    assert chains["slope"].std((0, 1)).max() < 0.2


# -- Censored responses -----------------------------------------------------------

@zs.meta_bayesian_net()
def tobit(low, high):
    bn = zs.BayesianNet()
    intercept, slope, scale = add_coefficients(bn)
    noise = zs.distributions.Normal(
        predictor(intercept, slope, covariates()), std=scale[..., tf.newaxis])
    bn.censored("y", noise, low, high, group_ndims=1)
    return bn


@zs.meta_bayesian_net()
def regression():
    bn = zs.BayesianNet()
    intercept, slope, scale = add_coefficients(bn)
    bn.normal("y", predictor(intercept, slope, covariates()),
              std=scale[..., tf.newaxis], group_ndims=1)
    return bn


@pytest.mark.parametrize("low, high", [
    (0., None), pytest.param(-0.5, 1.5, marks=pytest.mark.slow)])
def test_a_censored_regression_recovers_its_parameters(low, high):
    y = np.clip(responses(1), low, high)
    clipped = np.mean((y == low) | (y == high))
    assert 0.3 < clipped < 0.7
    assert_recovered(draw(tobit(low, high), {"y": y}))


def test_a_regression_that_ignores_censoring_does_not():
    """So that the tests above are able to fail."""
    y = np.maximum(responses(1), 0.)
    assert np.max(np.abs(errors(draw(regression(), {"y": y})))) > 6.


# -- Missing entries --------------------------------------------------------------

def missing_by(values, seed):
    """True more often where `values` are large."""
    return np.random.RandomState(seed).rand(N) < 1. / (1. + np.exp(-2. * values))


@pytest.mark.parametrize("form", ["nan-drop", "nan-latent", pytest.param(
    "mask-drop", marks=pytest.mark.slow)])
def test_responses_missing_at_random_leave_the_parameters(form):
    is_missing = missing_by(covariates()[:, 0], 3)
    assert 0.3 < is_missing.mean() < 0.7
    kind, missing = form.split("-")
    if kind == "nan":
        y = zs.PartialObservation(
            np.where(is_missing, np.nan, responses(4)), missing=missing)
    else:
        y = zs.PartialObservation(
            np.where(is_missing, -99., responses(4)), ~is_missing, missing=missing)
    latents = {"y_missing": np.zeros(is_missing.sum())} if missing == "latent" else {}
    chains = draw(regression(), {"y": y}, **latents)
    assert_recovered(chains)
    if latents:  # which follow their predictive distribution
        assert_recovered(chains, {"y_missing": responses(4)[is_missing]})


@zs.meta_bayesian_net()
def with_random_covariate():
    """The second covariate is a node, whose missing entries become latents."""
    bn = zs.BayesianNet()
    intercept, slope, scale = add_coefficients(bn)
    second = bn.normal("second", np.zeros(N), std=1., group_ndims=1)
    x = tf.stack([tf.broadcast_to(covariates()[:, 0], tf.shape(second.tensor)),
                  second.tensor], axis=-1)
    bn.normal("y", predictor(intercept, slope, x), std=scale[..., tf.newaxis],
              group_ndims=1)
    return bn


def test_covariates_missing_at_random_become_latents():
    """They are missing where the response is large."""
    y = responses(5)
    is_missing = missing_by(3. * (y - 1.), 6)
    assert 0.3 < is_missing.mean() < 0.7
    second = zs.PartialObservation(
        np.where(is_missing, np.nan, covariates()[:, 1]), missing="latent")
    assert_recovered(draw(with_random_covariate(), {"y": y, "second": second},
                          second_missing=np.zeros(is_missing.sum())))


# -- Nothing observed -------------------------------------------------------------

def add_nothing(bn, intercept, slope, scale):
    pass


def add_masked_normal(bn, intercept, slope, scale):
    bn.normal("y", predictor(intercept, slope, covariates()),
              std=scale[..., tf.newaxis], group_ndims=1, mask=np.zeros(N, bool))


def add_masked_counts(bn, intercept, slope, scale):
    rate = tf.exp(predictor(intercept, slope, covariates()))
    bn.poisson("y", rate, group_ndims=1, mask=np.zeros(N, bool))


def add_masked_vectors(bn, intercept, slope, scale):
    bn.multivariate_normal_cholesky(
        "y", slope[..., tf.newaxis, :] * covariates(), scale[
            ..., tf.newaxis, tf.newaxis, tf.newaxis] * np.eye(2), group_ndims=1,
        mask=np.zeros(N, bool))


def add_censored(bn, intercept, slope, scale):
    dist = zs.distributions.Normal(predictor(intercept, slope, covariates()),
                                   std=scale[..., tf.newaxis])
    bn.censored("y", dist, 0., group_ndims=1, mask=np.zeros(N, bool))


def add_partly_observed(bn, intercept, slope, scale):
    bn.normal("y", predictor(intercept, slope, covariates()),
              std=scale[..., tf.newaxis], group_ndims=1)


MASKED = {"normal": (add_masked_normal, np.ones(N)),
          "counts": (add_masked_counts, np.ones(N)),
          "vectors": (add_masked_vectors, np.ones([N, 2])),
          "censored": (add_censored, np.zeros(N)),
          "of NaN": (add_masked_normal, np.full(N, np.nan)),
          "partial": (add_partly_observed, zs.PartialObservation(
              np.full(N, 3.), np.zeros(N, bool), missing="drop")),
          "all NaN": (add_partly_observed, zs.PartialObservation(
              np.full(N, np.nan), missing="drop")),
          "masked array": (add_partly_observed, np.ma.masked_array(
              np.full(N, 3.), np.ones(N, bool)))}


@pytest.mark.parametrize("kind", MASKED)
def test_a_mask_of_all_false_leaves_exactly_the_prior(kind, mode):
    """Density and gradients, to the last bit."""
    @zs.meta_bayesian_net()
    def model(add):
        bn = zs.BayesianNet()
        add(bn, *add_coefficients(bn))
        return bn

    add, y = MASKED[kind]
    names = ["intercept", "slope", "scale"]

    def densities(*position):
        return [Target(model(one), observed, names)(list(position))
                for one, observed in ((add, {"y": y}), (add_nothing, {}))]

    masked, prior = modes.run(mode, densities, np.array([0.3, -1.]),
                              np.array([[1., 2.], [0., -5.]]), np.array([0.1, 3.]))
    for x, wanted in zip(tf.nest.flatten(masked), tf.nest.flatten(prior)):
        np.testing.assert_array_equal(x, wanted)
