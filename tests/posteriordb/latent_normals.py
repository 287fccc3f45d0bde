"""Log densities of the models of latent normals: eight schools, Gaussian processes.

Two models are sampled in standard normals `z`, while the references name `theta` or
`f`. `theta = mu + tau z` and `f = L z` have the Jacobians tau^8 and |L|.
"""
from typing import Callable, NamedTuple

import numpy as np
from scipy import linalg, stats

JITTER = 1e-10  # added to the diagonal of the covariance of `f`


def eight_schools(data, parameters):
    """The density of mu, tau and theta; it is the same in both parametrizations."""
    mu, tau, theta = (parameters[name] for name in ("mu", "tau", "theta"))
    if tau <= 0:
        return -np.inf
    return (stats.norm.logpdf(mu, 0, 5) + stats.halfcauchy.logpdf(tau, scale=5)
            + np.sum(stats.norm.logpdf(theta, mu, tau))
            + np.sum(stats.norm.logpdf(data["y"], theta, data["sigma"])))


def eight_schools_in_z(data, latents):
    """The density of mu, tau and z."""
    mu, tau, z = (latents[name] for name in ("mu", "tau", "z"))
    if tau <= 0:
        return -np.inf
    return (stats.norm.logpdf(mu, 0, 5) + stats.halfcauchy.logpdf(tau, scale=5)
            + np.sum(stats.norm.logpdf(z))
            + np.sum(stats.norm.logpdf(data["y"], mu + tau * z, data["sigma"])))


def z_of_schools(data, parameters):
    """The latents of the model that are sampled, at a point of the parameters."""
    mu, tau = parameters["mu"], parameters["tau"]
    return {"mu": mu, "tau": tau, "z": (parameters["theta"] - mu) / tau}


def theta_of_schools(data, latents):
    """The parameters at a point of the latents."""
    mu, tau = latents["mu"], latents["tau"]
    return {"mu": mu, "tau": tau, "theta": mu + tau * latents["z"]}


def covariance(x, rho, alpha):
    """The squared exponential kernel, a matrix by pairs of `x`."""
    return alpha**2 * np.exp(-(x[:, None] - x[None, :])**2 / (2 * rho**2))


def cholesky_of_f(data, parameters):
    """The Cholesky factor of the covariance of `f`, with the jitter."""
    matrix = covariance(data["x"], parameters["rho"], parameters["alpha"])
    return linalg.cholesky(matrix + JITTER * np.eye(len(matrix)), lower=True)


def gp_regr(data, parameters):
    """Gaussian process regression; `sigma` is the variance of the noise."""
    rho, alpha, sigma = (parameters[name] for name in ("rho", "alpha", "sigma"))
    if min(rho, alpha, sigma) <= 0:
        return -np.inf
    matrix = covariance(data["x"], rho, alpha) + sigma * np.eye(len(data["x"]))
    return (stats.gamma.logpdf(rho, 25, scale=1 / 4)
            + stats.halfnorm.logpdf(alpha, scale=2) + stats.halfnorm.logpdf(sigma)
            + stats.multivariate_normal.logpdf(data["y"], cov=matrix))


def gp_pois_regr_in_z(data, latents):
    """The density of rho, alpha and z."""
    rho, alpha, z = (latents[name] for name in ("rho", "alpha", "z"))
    if min(rho, alpha) <= 0:
        return -np.inf
    f = f_of_process(data, latents)["f"]
    return (stats.gamma.logpdf(rho, 25, scale=1 / 4)
            + stats.halfnorm.logpdf(alpha, scale=2)
            + np.sum(stats.norm.logpdf(z))
            + np.sum(stats.poisson.logpmf(data["k"], np.exp(f))))


def z_of_process(data, parameters):
    """The latents of the model that are sampled, at a point of the parameters."""
    z = linalg.solve_triangular(
        cholesky_of_f(data, parameters), parameters["f"], lower=True)
    return {"rho": parameters["rho"], "alpha": parameters["alpha"], "z": z}


def f_of_process(data, latents):
    """The parameters at a point of the latents."""
    f = np.dot(cholesky_of_f(data, latents), latents["z"])
    return {"rho": latents["rho"], "alpha": latents["alpha"], "f": f}


def gp_pois_regr(data, parameters):
    """The density of rho, alpha and f."""
    if min(parameters["rho"], parameters["alpha"]) <= 0:
        return -np.inf
    log_jacobian = np.sum(np.log(np.diag(cholesky_of_f(data, parameters))))
    return gp_pois_regr_in_z(data, z_of_process(data, parameters)) - log_jacobian


class Standardized(NamedTuple):
    """A model that is sampled in standard normals.

    `latents(data, parameters)` and its inverse `parameters(data, latents)` convert
    points; `log_density(data, latents)` is without the Jacobian.
    """
    latents: Callable
    parameters: Callable
    log_density: Callable


DENSITIES = {
    "eight_schools_centered": eight_schools,
    "eight_schools_noncentered": eight_schools,
    "gp_regr": gp_regr,
    "gp_pois_regr": gp_pois_regr,
}
STANDARDIZED = {
    "eight_schools_noncentered": Standardized(
        z_of_schools, theta_of_schools, eight_schools_in_z),
    "gp_pois_regr": Standardized(z_of_process, f_of_process, gp_pois_regr_in_z),
}
