"""Log densities of the mixture and the hidden Markov models of two states."""
import numpy as np
from scipy import stats


def low_dim_gauss_mix(data, parameters):
    """A mixture of two normals with increasing means."""
    mu, sigma, theta = (parameters[name] for name in ("mu", "sigma", "theta"))
    if not mu[0] < mu[1] or min(sigma) <= 0 or not 0 < theta < 1:
        return -np.inf
    first = np.log(theta) + stats.norm.logpdf(data["y"], mu[0], sigma[0])
    second = np.log1p(-theta) + stats.norm.logpdf(data["y"], mu[1], sigma[1])
    return (np.sum(stats.norm.logpdf(mu, 0, 2))
            + np.sum(stats.halfnorm.logpdf(sigma, scale=2))
            + stats.beta.logpdf(theta, 5, 5) + np.sum(np.logaddexp(first, second)))


def log_forward(transition, log_emissions):
    """The log probability of all paths; the first state has weight one.

    `transition[j, k]` is the probability of state k after state j, `log_emissions` has
    the shape [N, 2].
    """
    log_transition = np.log(transition)
    log_weights = log_emissions[0]
    for log_emission in log_emissions[1:]:
        log_weights = log_emission + np.logaddexp(
            log_weights[0] + log_transition[0], log_weights[1] + log_transition[1])
    return np.logaddexp(log_weights[0], log_weights[1])


def _transition(parameters):
    """The matrix whose rows are theta1 and theta2, None off the simplex."""
    rows = np.stack([parameters["theta1"], parameters["theta2"]])
    is_valid = np.all(rows > 0) and np.allclose(np.sum(rows, 1), 1, atol=1e-12, rtol=0)
    return rows if is_valid else None


def hmm_example(data, parameters):
    """Normal emissions with positive increasing means and unit variance."""
    mu, transition = parameters["mu"], _transition(parameters)
    if transition is None or not 0 < mu[0] < mu[1]:
        return -np.inf
    log_emissions = stats.norm.logpdf(data["y"][:, None], mu, 1)
    return (stats.norm.logpdf(mu[0], 3, 1) + stats.norm.logpdf(mu[1], 10, 1)
            + log_forward(transition, log_emissions))


def _log_drive_prior(data, parameters):
    """The prior of all parameters of the two models of drives."""
    return sum(
        [stats.dirichlet.logpdf(parameters["theta1"], data["alpha"][0]),
         stats.dirichlet.logpdf(parameters["theta2"], data["alpha"][1])]
        + [stats.norm.logpdf(parameters[name][k], (0, 3)[k], 1)
           for name in ("phi", "lambda") for k in range(2)])


def hmm_drive_0(data, parameters):
    """Two exponential emissions with positive increasing rates."""
    phi, rate, transition = (
        parameters["phi"], parameters["lambda"], _transition(parameters))
    if transition is None or not 0 < phi[0] < phi[1] or not 0 < rate[0] < rate[1]:
        return -np.inf
    log_emissions = (stats.expon.logpdf(data["u"][:, None], scale=1 / phi)
                     + stats.expon.logpdf(data["v"][:, None], scale=1 / rate))
    return (_log_drive_prior(data, parameters)
            + log_forward(transition, log_emissions))


def hmm_drive_1(data, parameters):
    """Two normal emissions with increasing means of any sign."""
    phi, mean, transition = (
        parameters["phi"], parameters["lambda"], _transition(parameters))
    if transition is None or not phi[0] < phi[1] or not mean[0] < mean[1]:
        return -np.inf
    log_emissions = (stats.norm.logpdf(data["u"][:, None], phi, data["tau"])
                     + stats.norm.logpdf(data["v"][:, None], mean, data["rho"]))
    return (_log_drive_prior(data, parameters)
            + log_forward(transition, log_emissions))


DENSITIES = {"low_dim_gauss_mix": low_dim_gauss_mix, "hmm_example": hmm_example,
             "hmm_drive_0": hmm_drive_0, "hmm_drive_1": hmm_drive_1}
