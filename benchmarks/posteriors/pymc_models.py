"""Posteriors as models of PyMC: functions of data and columns, by model name."""
import numpy as np
import pymc as pm
import pytensor.tensor as pt

from benchmarks.posteriors.priors import name_priors

__all__ = ["model"]


def model(name, data, posterior):
    """A PyMC model; NotImplementedError if none is written.

    The parameters are those of `numpyro_models.model`.
    """
    with pm.Model() as found:
        if name in MODELS:
            MODELS[name](data, posterior)
        elif posterior.columns is None:
            raise NotImplementedError("no model of PyMC for %s" % name)
        else:
            regression(posterior, *{
                "normal": (normal, lambda: pm.HalfNormal("sigma", 10.)),
                "half_cauchy": (flat, lambda: pm.HalfCauchy("sigma", 2.5)),
                "flat": (flat, half_flat)}[name_priors(name)])
    return found


def normal(d):
    return pm.Normal("beta", 0., 10., shape=d)


def flat(d):
    return pm.Flat("beta", shape=d)


def half_flat():
    return pm.HalfFlat("sigma")


def regression(posterior, make_beta, make_sigma):
    beta, sigma = make_beta(posterior.columns.shape[1]), make_sigma()
    pm.Normal("y", posterior.columns @ beta, sigma, observed=posterior.observed["y"])


def kilpisjarvi(data, _):
    alpha = pm.Normal("alpha", data["pmualpha"], data["psalpha"])
    beta = pm.Normal("beta", data["pmubeta"], data["psbeta"])
    pm.Normal("y", alpha + beta * data["x"], half_flat(), observed=data["y"])


def diamonds(data, posterior):
    b = pm.Normal("b", 0., 1., shape=posterior.columns.shape[1])
    intercept = pm.StudentT("Intercept", nu=3., mu=8., sigma=10.)
    sigma = pm.HalfStudentT("sigma", nu=3., sigma=10.)
    pm.Normal("Y", intercept + posterior.columns @ b, sigma, observed=data["Y"])


def ar_k(data, _):
    k, y = int(data["K"]), data["y"]
    lags = np.stack([y[k - i - 1:-i - 1] for i in range(k)], -1)
    alpha = pm.Normal("alpha", 0., 10.)
    beta = pm.Normal("beta", 0., 10., shape=k)
    sigma = pm.HalfCauchy("sigma", 2.5)
    pm.Normal("y", alpha + lags @ beta, sigma, observed=y[k:])


def eight_schools_noncentered(data, _):
    mu = pm.Normal("mu", 0., 5.)
    tau = pm.HalfCauchy("tau", 5.)
    z = pm.Normal("z", 0., 1., shape=8)
    pm.Normal("y", mu + tau * z, data["sigma"], observed=data["y"])


def low_dim_gauss_mix(data, _):
    sigma = pm.HalfNormal("sigma", 2., shape=2)
    mu = pm.Normal("mu", 0., 2., shape=2, initval=[-1., 1.],
                   transform=pm.distributions.transforms.ordered)
    theta = pm.Beta("theta", 5., 5.)
    pm.Mixture("y", w=pt.stack([theta, 1. - theta]),
               comp_dists=pm.Normal.dist(mu, sigma, shape=2), observed=data["y"])


def gp_regr(data, _):
    rho = pm.Gamma("rho", 25., 4.)
    alpha = pm.HalfNormal("alpha", 2.)
    sigma = pm.HalfNormal("sigma", 1.)
    distance = data["x"][:, None] - data["x"]
    covariance = alpha**2 * pt.exp(-distance**2 / (2. * rho**2))
    pm.MvNormal("y", np.zeros(11), covariance + sigma * np.eye(11),
                observed=data["y"])


MODELS = {
    "kilpisjarvi": kilpisjarvi, "diamonds": diamonds, "arK": ar_k,
    "eight_schools_noncentered": eight_schools_noncentered,
    "low_dim_gauss_mix": low_dim_gauss_mix, "gp_regr": gp_regr}
