"""Posteriors as models of NumPyro: functions of data and columns, by model name."""
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints

from benchmarks.posteriors.priors import name_priors

__all__ = ["model"]


def model(name, data, posterior):
    """A NumPyro model without arguments; NotImplementedError if none is written.

    :param name: The name of a model of posteriordb.
    :param data: Its data set, a dict of arrays.
    :param posterior: The `Posterior` of ZhuSuan, for the columns of a regression.
    """
    if name in MODELS:
        return lambda: MODELS[name](data, posterior)
    if posterior.columns is None:
        raise NotImplementedError("no model of NumPyro for %s" % name)
    return lambda: regression(posterior, *{
        "normal": (normal, dist.HalfNormal(10.)),
        "half_cauchy": (flat, dist.HalfCauchy(2.5)),
        "flat": (flat, half_flat())}[name_priors(name)])


def normal(d):
    return dist.Normal(jnp.zeros(d), 10.).to_event(1)


def flat(d):
    return dist.ImproperUniform(constraints.real_vector, (), (d,))


def half_flat():
    return dist.ImproperUniform(constraints.positive, (), ())


def regression(posterior, prior, prior_of_sigma):
    beta = numpyro.sample("beta", prior(posterior.columns.shape[1]))
    sigma = numpyro.sample("sigma", prior_of_sigma)
    numpyro.sample("y", dist.Normal(posterior.columns @ beta, sigma),
                   obs=posterior.observed["y"])


def kilpisjarvi(data, _):
    alpha = numpyro.sample("alpha", dist.Normal(data["pmualpha"], data["psalpha"]))
    beta = numpyro.sample("beta", dist.Normal(data["pmubeta"], data["psbeta"]))
    sigma = numpyro.sample("sigma", half_flat())
    numpyro.sample("y", dist.Normal(alpha + beta * data["x"], sigma), obs=data["y"])


def diamonds(data, posterior):
    b = numpyro.sample("b", dist.Normal(
        jnp.zeros(posterior.columns.shape[1]), 1.).to_event(1))
    intercept = numpyro.sample("Intercept", dist.StudentT(3., 8., 10.))
    sigma = numpyro.sample("sigma", dist.FoldedDistribution(
        dist.StudentT(3., 0., 10.)))
    numpyro.sample("Y", dist.Normal(intercept + posterior.columns @ b, sigma),
                   obs=data["Y"])


def ar_k(data, _):
    k, y = int(data["K"]), data["y"]
    lags = np.stack([y[k - i - 1:-i - 1] for i in range(k)], -1)
    alpha = numpyro.sample("alpha", dist.Normal(0., 10.))
    beta = numpyro.sample("beta", dist.Normal(jnp.zeros(k), 10.).to_event(1))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
    numpyro.sample("y", dist.Normal(alpha + lags @ beta, sigma), obs=y[k:])


def eight_schools_noncentered(data, _):
    mu = numpyro.sample("mu", dist.Normal(0., 5.))
    tau = numpyro.sample("tau", dist.HalfCauchy(5.))
    z = numpyro.sample("z", dist.Normal(jnp.zeros(8), 1.).to_event(1))
    numpyro.sample("y", dist.Normal(mu + tau * z, data["sigma"]), obs=data["y"])


def low_dim_gauss_mix(data, _):
    sigma = numpyro.sample("sigma", dist.HalfNormal(2.).expand([2]).to_event(1))
    mu = numpyro.sample("mu", dist.ImproperUniform(
        constraints.ordered_vector, (), (2,)))
    numpyro.factor("prior_of_mu", dist.Normal(0., 2.).log_prob(mu).sum())
    theta = numpyro.sample("theta", dist.Beta(5., 5.))
    numpyro.sample("y", dist.MixtureSameFamily(
        dist.Categorical(jnp.stack([theta, 1. - theta])), dist.Normal(mu, sigma)),
        obs=data["y"])


def gp_regr(data, _):
    rho = numpyro.sample("rho", dist.Gamma(25., 4.))
    alpha = numpyro.sample("alpha", dist.HalfNormal(2.))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1.))
    distance = data["x"][:, None] - data["x"]
    covariance = alpha**2 * jnp.exp(-distance**2 / (2. * rho**2))
    numpyro.sample("y", dist.MultivariateNormal(
        jnp.zeros(11), covariance + sigma * jnp.eye(11)), obs=data["y"])


MODELS = {
    "kilpisjarvi": kilpisjarvi, "diamonds": diamonds, "arK": ar_k,
    "eight_schools_noncentered": eight_schools_noncentered,
    "low_dim_gauss_mix": low_dim_gauss_mix, "gp_regr": gp_regr}
