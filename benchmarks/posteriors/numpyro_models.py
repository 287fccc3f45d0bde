"""Posteriors as models of NumPyro: functions of data and columns, by model name."""
import jax
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


def arma(data, _):
    mu = numpyro.sample("mu", dist.Normal(0., 10.))
    phi = numpyro.sample("phi", dist.Normal(0., 2.))
    theta = numpyro.sample("theta", dist.Normal(0., 2.))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
    before = jnp.concatenate([mu[None], data["y"][:-1]])
    without_error = data["y"] - mu - phi * before

    def step(error, x):
        error = x - theta * error
        return error, error

    _, errors = jax.lax.scan(step, jnp.zeros_like(mu), without_error)
    numpyro.factor("errors", dist.Normal(0., sigma).log_prob(errors).sum())


def garch(data, _):
    mu = numpyro.sample("mu", dist.ImproperUniform(constraints.real, (), ()))
    alpha0 = numpyro.sample("alpha0", half_flat())
    alpha1 = numpyro.sample("alpha1", dist.Uniform(0., 1.))
    beta1 = numpyro.sample("beta1", dist.Uniform(0., 1. - alpha1))
    numpyro.factor("flat", jnp.log1p(-alpha1))
    first = jnp.zeros_like(mu) + jnp.square(data["sigma1"])

    def step(variance, square):
        variance = alpha0 + alpha1 * square + beta1 * variance
        return variance, variance

    _, variances = jax.lax.scan(step, first, (data["y"][:-1] - mu) ** 2)
    variances = jnp.concatenate([first[None], variances])
    numpyro.sample("y", dist.Normal(mu, jnp.sqrt(variances)), obs=data["y"])


def hidden_markov(log_transition, log_likelihoods):
    """The log density of a series from that of each value in each state."""
    def step(log_alpha, x):
        return jax.nn.logsumexp(
            log_alpha[:, None] + log_transition, axis=0) + x, None

    first = log_likelihoods[0] - jnp.log(2.)
    last, _ = jax.lax.scan(step, first, log_likelihoods[1:])
    numpyro.factor("series", jax.nn.logsumexp(last))


def log_transition_of(alpha):
    return jnp.log(jnp.stack([numpyro.sample(
        "theta%d" % (j + 1), dist.Dirichlet(alpha[j])) for j in range(2)]))


def positive_ordered(name, means):
    """Two increasing positive numbers with normal priors of deviation 1."""
    x = numpyro.sample(name, dist.ImproperUniform(
        constraints.positive_ordered_vector, (), (2,)))
    numpyro.factor("prior_of_" + name, dist.Normal(means, 1.).log_prob(x).sum())
    return x


def hmm_example(data, _):
    log_transition = log_transition_of(jnp.ones([2, 2]))
    mu = positive_ordered("mu", jnp.array([3., 10.]))
    hidden_markov(log_transition, dist.Normal(mu, 1.).log_prob(data["y"][:, None]))


def hmm_drive_0(data, _):
    log_transition = log_transition_of(data["alpha"])
    rates = [positive_ordered(name, jnp.array([0., 3.])) for name in ("phi", "lambda")]
    hidden_markov(log_transition, sum(
        dist.Exponential(rate).log_prob(data[series][:, None])
        for rate, series in zip(rates, "uv")))


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
    "kilpisjarvi": kilpisjarvi, "diamonds": diamonds, "arK": ar_k, "arma11": arma,
    "garch11": garch, "hmm_example": hmm_example, "hmm_drive_0": hmm_drive_0,
    "eight_schools_noncentered": eight_schools_noncentered,
    "low_dim_gauss_mix": low_dim_gauss_mix, "gp_regr": gp_regr}
