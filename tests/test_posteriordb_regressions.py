"""The NumPy regressions of posteriordb against closed forms of their posteriors."""
import numpy as np
import pytest
from posteriordb import densities, linear_regressions
from posteriordb.every import every
from posteriordb.points import differences, points
from scipy import linalg, special, stats

from benchmarks import posteriordb as data

pytestmark = pytest.mark.usefixtures("data_dir")
# Regressions with flat coefficients: the posterior is known in closed form.
LEAST_SQUARES = [name for name in data.names()
                 if data.posterior(name).model in linear_regressions.DESIGNS]


def least_squares(name):
    """The target, the columns, the estimate and the sum of squared residuals."""
    y, x = linear_regressions.design(
        data.posterior(name).model, data.of_posterior(name))
    beta = linalg.lstsq(x, y)[0]
    return y, x, beta, np.sum((y - np.dot(x, beta))**2)


def normal_logpdf(x, mean, covariance):
    """The log density of a normal vector, by a Cholesky factor."""
    factor = linalg.cholesky(covariance, lower=True)
    white = linalg.solve_triangular(factor, x - mean, lower=True)
    return np.sum(stats.norm.logpdf(white)) - np.sum(np.log(np.diag(factor)))


@every(LEAST_SQUARES)
def test_regression_matches_least_squares(name):
    y, x, estimate, residual = least_squares(name)

    def closed_form(point):
        beta, sigma = point["beta"], point["sigma"]
        squares = residual + np.sum(np.dot(x, beta - estimate)**2)
        return -len(y) * np.log(sigma) - squares / (2 * sigma**2) - (
            np.log1p((sigma / 2.5)**2) * (
                data.posterior(name).model in linear_regressions.WITH_CAUCHY_PRIOR))

    three = points(name)
    np.testing.assert_allclose(
        differences([densities.log_density(name, point) for point in three]),
        differences([closed_form(point) for point in three]), rtol=1e-9)


@every(LEAST_SQUARES)
def test_reference_means_match_least_squares(name):
    """The largest of 170 differences is below five standard errors."""
    y, x, estimate, residual = least_squares(name)
    mean, mcse = data.reference(name, "mean"), data.reference(name, "mcse")
    assert np.max(np.abs((mean["beta"] - estimate) / mcse["beta"])) < 5
    if data.posterior(name).model in linear_regressions.WITH_CAUCHY_PRIOR:
        return
    # sigma^2 has an inverse gamma distribution.
    shape = (len(y) - len(estimate) - 1) / 2
    expected = np.sqrt(residual / 2) * np.exp(
        special.gammaln(shape - 0.5) - special.gammaln(shape))
    assert abs(mean["sigma"] - expected) < 5 * mcse["sigma"]


def conjugate_regression(name, point):
    """Target, columns, coefficients, and their prior mean and standard deviation."""
    d = data.of_posterior(name)
    if "blr" in name:
        return d["y"], d["X"], point["beta"], np.zeros(5), np.full(5, 10.)
    both = np.append(point["alpha"], point["beta"])
    if "arK" in name:
        lags = [d["y"][5 - k:-k] for k in range(1, 6)]
        return (d["y"][5:], np.stack([np.ones(195)] + lags, 1), both, np.zeros(6),
                np.full(6, 10.))
    return (d["y"], np.stack([np.ones(len(d["x"])), d["x"]], 1), both,
            np.array([d["pmualpha"], d["pmubeta"]]),
            np.array([d["psalpha"], d["psbeta"]]))


@pytest.mark.parametrize("name, prior", [
    ("sblri-blr", lambda sigma: stats.halfnorm.logpdf(sigma, scale=10)),
    ("sblrc-blr", lambda sigma: stats.halfnorm.logpdf(sigma, scale=10)),
    ("arK-arK", lambda sigma: stats.halfcauchy.logpdf(sigma, scale=2.5)),
    ("kilpisjarvi_mod-kilpisjarvi", lambda sigma: 0.),
])
def test_regression_matches_evidence_times_conditional(name, prior):
    for point in points(name):
        y, x, beta, mean, sd = conjugate_regression(name, point)
        noise = point["sigma"]**2 * np.eye(len(y))
        evidence = normal_logpdf(y, np.dot(x, mean), noise + np.dot(x * sd**2, x.T))
        precision = np.dot(x.T, x) / point["sigma"]**2 + np.diag(sd**-2)
        shift = linalg.solve(
            precision, np.dot(x.T, y - np.dot(x, mean)) / point["sigma"]**2)
        _, log_det = np.linalg.slogdet(precision / (2 * np.pi))
        off = beta - mean - shift
        conditional = (log_det - np.dot(off, np.dot(precision, off))) / 2
        np.testing.assert_allclose(
            densities.log_density(name, point),
            prior(point["sigma"]) + evidence + conditional, rtol=1e-6)


@pytest.mark.parametrize("model, file, sd", [
    ("kidscore_interaction_z", "kidiq_with_mom_work", 0.5),
    ("logearn_interaction_z", "earnings", 1.)])
def test_standardized_column_has_the_sample_standard_deviation(model, file, sd):
    _, x = linear_regressions.design(model, data.read(file))
    np.testing.assert_allclose(np.sum(x[:, 1]), 0, atol=1e-9)
    np.testing.assert_allclose(np.sum(x[:, 1]**2) / (len(x) - 1), sd**2, rtol=1e-12)
