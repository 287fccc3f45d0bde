"""Log densities of the autoregressions, by loops over time."""
import numpy as np
from scipy import stats


def ar(data, parameters):
    """Autoregression of order five; the first five values are conditioned on."""
    alpha, beta, sigma = (parameters[name] for name in ("alpha", "beta", "sigma"))
    if sigma <= 0:
        return -np.inf
    y, order = data["y"], len(beta)
    means = [alpha + sum(beta[k] * y[t - 1 - k] for k in range(order))
             for t in range(order, len(y))]
    return (stats.norm.logpdf(alpha, 0, 10)
            + np.sum(stats.norm.logpdf(beta, 0, 10))
            + stats.halfcauchy.logpdf(sigma, scale=2.5)
            + np.sum(stats.norm.logpdf(y[order:], means, sigma)))


def arma11_errors(y, mu, phi, theta):
    """The errors of an ARMA(1, 1) process, by recursion."""
    errors = [y[0] - (mu + phi * mu)]
    for t in range(1, len(y)):
        errors.append(y[t] - (mu + phi * y[t - 1] + theta * errors[t - 1]))
    return np.array(errors)


def arma11(data, parameters):
    """ARMA(1, 1) with normal errors."""
    mu, phi, theta, sigma = (
        parameters[name] for name in ("mu", "phi", "theta", "sigma"))
    if sigma <= 0:
        return -np.inf
    errors = arma11_errors(data["y"], mu, phi, theta)
    return (stats.norm.logpdf(mu, 0, 10) + stats.norm.logpdf(phi, 0, 2)
            + stats.norm.logpdf(theta, 0, 2)
            + stats.halfcauchy.logpdf(sigma, scale=2.5)
            + np.sum(stats.norm.logpdf(errors, 0, sigma)))


def garch11_sds(y, first_sd, mu, alpha0, alpha1, beta1):
    """The conditional standard deviations of a GARCH(1, 1) process, by recursion."""
    sds = [first_sd]
    for t in range(1, len(y)):
        sds.append(np.sqrt(alpha0 + alpha1 * (y[t - 1] - mu)**2
                           + beta1 * sds[t - 1]**2))
    return np.array(sds)


def garch11(data, parameters):
    """GARCH(1, 1) with a flat prior where alpha1 + beta1 < 1."""
    mu, alpha0, alpha1, beta1 = (
        parameters[name] for name in ("mu", "alpha0", "alpha1", "beta1"))
    if alpha0 <= 0 or not 0 < alpha1 < 1 or not 0 < beta1 < 1 - alpha1:
        return -np.inf
    sds = garch11_sds(data["y"], data["sigma1"], mu, alpha0, alpha1, beta1)
    return np.sum(stats.norm.logpdf(data["y"], mu, sds))


DENSITIES = {"arK": ar, "arma11": arma11, "garch11": garch11}
