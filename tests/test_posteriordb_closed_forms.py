"""The NumPy densities of posteriordb against other forms of the same densities."""
import itertools

import numpy as np
import pytest
from posteriordb import (
    densities,
    differential_equations,
    latent_normals,
    mixtures,
    time_series,
)
from posteriordb.points import differences, points
from scipy import integrate, signal, special, stats

from benchmarks import posteriordb as data

pytestmark = pytest.mark.usefixtures("data_dir")
GP_POISSON = "gp_pois_regr-gp_pois_regr"
LYNX = "hudson_lynx_hare-lotka_volterra"
ELIMINATION = "one_comp_mm_elim_abs-one_comp_mm_elim_abs"


def test_arma_errors_match_a_linear_filter():
    y, mu, phi, theta = data.read("arma")["y"], 0.3, 0.9, -0.4
    shocks = y - mu - phi * np.append(mu, y[:-1])
    np.testing.assert_allclose(
        time_series.arma11_errors(y, mu, phi, theta),
        signal.lfilter([1.], [1., theta], shocks), rtol=1e-9)


def test_garch_variances_match_a_linear_filter():
    y, mu, alpha0, alpha1, beta1 = data.read("garch")["y"], 5., 1.4, 0.5, 0.3
    shocks = np.append(0.25, alpha0 + alpha1 * (y[:-1] - mu)**2)
    np.testing.assert_allclose(
        time_series.garch11_sds(y, 0.5, mu, alpha0, alpha1, beta1)**2,
        signal.lfilter([1.], [1., -beta1], shocks), rtol=1e-9)


def test_forward_recursion_matches_all_paths():
    random = np.random.RandomState(2)
    transition = np.array([[0.7, 0.3], [0.1, 0.9]])
    emissions = random.uniform(0.1, 2., size=(8, 2))
    total = 0.
    for path in itertools.product(range(2), repeat=8):
        total += np.prod([emissions[t, path[t]] for t in range(8)]) * np.prod(
            [transition[path[t], path[t + 1]] for t in range(7)])
    np.testing.assert_allclose(
        mixtures.log_forward(transition, np.log(emissions)), np.log(total), rtol=1e-12)


def by_enumeration(model, d, point):
    """The log density of a hidden Markov model, by a sum over all paths."""
    emission = {
        "hmm_example": lambda t, k: stats.norm.pdf(d["y"][t] - point["mu"][k]),
        "hmm_drive_0": lambda t, k: np.prod([
            rate * np.exp(-rate * x) for rate, x in (
                (point["phi"][k], d["u"][t]), (point["lambda"][k], d["v"][t]))]),
        "hmm_drive_1": lambda t, k: (
            stats.norm.pdf((d["u"][t] - point["phi"][k]) / 0.1)
            * stats.norm.pdf((d["v"][t] - point["lambda"][k]) / 0.1)),
    }[model]
    a = np.array([point["theta1"], point["theta2"]])
    total = sum(
        np.prod([emission(t, k) for t, k in enumerate(path)])
        * np.prod([a[j, k] for j, k in zip(path, path[1:])])
        for path in itertools.product(range(2), repeat=6))
    if model == "hmm_example":
        prior = (point["mu"][0] - 3)**2 + (point["mu"][1] - 10)**2
    else:
        prior = sum(point[k][0]**2 + (point[k][1] - 3)**2 for k in ("phi", "lambda"))
        total *= a[0, 0]**3 * a[0, 1] * a[1, 0] * a[1, 1]**3
    return np.log(total) - prior / 2


@pytest.mark.parametrize("name", [
    "hmm_example-hmm_example", "bball_drive_event_0-hmm_drive_0",
    "bball_drive_event_1-hmm_drive_1"])
def test_hidden_markov_model_matches_all_paths_of_six_steps(name):
    model = data.posterior(name).model
    d = {field: value[:6] if value.shape and field != "alpha" else value
         for field, value in data.of_posterior(name).items()}
    three = points(name)
    np.testing.assert_allclose(
        differences([densities.DENSITIES[model](d, point) for point in three]),
        differences([by_enumeration(model, d, point) for point in three]), rtol=1e-9)


def test_mixture_matches_a_sum_of_densities():
    name = "low_dim_gauss_mix-low_dim_gauss_mix"
    for point in points(name):
        (m1, m2), (s1, s2), weight = point["mu"], point["sigma"], point["theta"]
        y = data.of_posterior(name)["y"]
        likelihood = (weight * stats.norm.pdf(y, m1, s1)
                      + (1 - weight) * stats.norm.pdf(y, m2, s2))
        prior = (stats.norm.pdf(m1, 0, 2) * stats.norm.pdf(m2, 0, 2)
                 * 4 * stats.norm.pdf(s1, 0, 2) * stats.norm.pdf(s2, 0, 2)
                 * stats.beta.pdf(weight, 5, 5))
        np.testing.assert_allclose(
            densities.log_density(name, point),
            np.log(prior) + np.sum(np.log(likelihood)), rtol=1e-12)


def log_marginal_of_schools(d, mu, tau):
    """The log density of arrays mu and tau, with theta integrated out."""
    sds = np.hypot(tau[..., None], d["sigma"])
    return (stats.norm.logpdf(mu, 0, 5) + stats.halfcauchy.logpdf(tau, scale=5)
            + np.sum(stats.norm.logpdf(d["y"], mu[..., None], sds), -1))


def test_eight_schools_matches_marginal_times_conditional():
    d = data.read("eight_schools")
    for point in points("eight_schools-eight_schools_centered"):
        mu, tau = point["mu"], point["tau"]
        precision = tau**-2 + d["sigma"]**-2
        mean = (mu / tau**2 + d["y"] / d["sigma"]**2) / precision
        expected = log_marginal_of_schools(d, mu, tau) + np.sum(
            stats.norm.logpdf(point["theta"], mean, precision**-0.5))
        np.testing.assert_allclose(
            latent_normals.eight_schools(d, point), expected, rtol=1e-12)


@pytest.mark.parametrize("model", ["centered", "noncentered"])
def test_reference_moments_of_eight_schools_match_quadrature(model):
    """The six differences are below five standard errors."""
    d = data.read("eight_schools")
    mu, tau = np.linspace(-20, 30, 101), np.exp(np.linspace(-6, 5, 111))
    log_density = np.log(tau) + log_marginal_of_schools(
        d, *np.meshgrid(mu, tau, indexing="ij"))
    weights = np.exp(log_density - np.max(log_density))
    weights /= np.sum(weights)
    reference = {moment: data.reference("eight_schools-eight_schools_" + model, moment)
                 for moment in ("mean", "mcse", "mean_square", "mcse_square")}
    for parameter, grid, axis in (("mu", mu, 1), ("tau", tau, 0)):
        for power, moment, error in ((1, "mean", "mcse"),
                                     (2, "mean_square", "mcse_square")):
            expected = np.dot(np.sum(weights, axis), grid**power)
            assert abs(reference[moment][parameter] - expected) < (
                5 * reference[error][parameter])


def test_gp_regression_matches_sequential_prediction():
    name = "gp_pois_regr-gp_regr"
    d = data.of_posterior(name)
    for point in points(name):
        rho, alpha, sigma = (point[k] for k in ("rho", "alpha", "sigma"))
        expected = (stats.gamma.logpdf(rho, 25, scale=0.25)
                    + stats.halfnorm.logpdf(alpha, scale=2)
                    + stats.halfnorm.logpdf(sigma))
        for n in range(11):
            near = alpha**2 * np.exp(-0.5 * ((d["x"][:n] - d["x"][n]) / rho)**2)
            past = alpha**2 * np.exp(
                -0.5 * (np.subtract.outer(d["x"][:n], d["x"][:n]) / rho)**2)
            weights = np.linalg.solve(past + sigma * np.eye(n), near)
            expected += stats.norm.logpdf(
                d["y"][n], np.dot(weights, d["y"][:n]),
                np.sqrt(alpha**2 + sigma - np.dot(weights, near)))
        np.testing.assert_allclose(
            densities.log_density(name, point), expected, rtol=1e-9)


def test_gp_poisson_matches_the_density_of_f():
    d = data.of_posterior(GP_POISSON)
    for point in points(GP_POISSON):
        k = latent_normals.covariance(d["x"], point["rho"], point["alpha"])
        values, vectors = np.linalg.eigh(k + latent_normals.JITTER * np.eye(11))
        expected = (
            stats.gamma.logpdf(point["rho"], 25, scale=0.25)
            + stats.halfnorm.logpdf(point["alpha"], scale=2)
            + np.sum(stats.norm.logpdf(np.dot(vectors.T, point["f"]), 0, values**0.5))
            + np.sum(d["k"] * point["f"] - np.exp(point["f"])
                     - special.gammaln(d["k"] + 1)))
        np.testing.assert_allclose(
            densities.log_density(GP_POISSON, point), expected, rtol=1e-5)


@pytest.mark.parametrize("name, log_jacobian", [
    ("eight_schools-eight_schools_noncentered", lambda d, p: 8 * np.log(p["tau"])),
    (GP_POISSON, lambda d, p: np.linalg.slogdet(
        latent_normals.covariance(d["x"], p["rho"], p["alpha"])
        + latent_normals.JITTER * np.eye(11))[1] / 2),
])
def test_density_of_z_differs_by_the_jacobian(name, log_jacobian):
    for point in points(name):
        of_z = densities.latent_log_density(name, densities.latents(name, point))
        np.testing.assert_allclose(
            of_z - densities.log_density(name, point),
            log_jacobian(data.of_posterior(name), point), rtol=1e-5)


def test_lotka_volterra_conserves_its_first_integral():
    for point in points(LYNX):
        theta, start = point["theta"], point["z_init"]
        u, v = np.vstack([start, differential_equations.predators_and_prey(
            start, theta, data.of_posterior(LYNX)["ts"])]).T
        conserved = (theta[3] * u - theta[2] * np.log(u)
                     + theta[1] * v - theta[0] * np.log(v))
        np.testing.assert_allclose(conserved, conserved[0], rtol=1e-8)


def log_normal(x, mean_of_log, sd):
    """The log density of log-normal values without its constant."""
    return np.sum(-np.log(x) - np.log(sd) - ((np.log(x) - mean_of_log) / sd)**2 / 2)


def test_lotka_volterra_matches_a_solution_in_logs():
    d = data.of_posterior(LYNX)

    def log_density(point):
        a, b, c, e = point["theta"]
        z = integrate.odeint(
            lambda w, _: [a - b * np.exp(w[1]), -c + e * np.exp(w[0])],
            np.log(point["z_init"]), np.append(0., d["ts"]), rtol=1e-10, atol=1e-10)
        y = np.vstack([d["y_init"], d["y"]])
        prior = -2 * ((a - 1)**2 + (c - 1)**2) - 200 * (
            (b - 0.05)**2 + (e - 0.05)**2)
        return (prior + log_normal(point["sigma"], -1, 1 + np.zeros(2))
                + log_normal(point["z_init"], np.log(10), 1 + np.zeros(2))
                + log_normal(y, z, point["sigma"] + np.zeros((21, 2))))

    three = points(LYNX)
    np.testing.assert_allclose(
        differences([densities.log_density(LYNX, point) for point in three]),
        differences([log_density(point) for point in three]), rtol=1e-7)


def test_elimination_matches_another_solver():
    d = data.of_posterior(ELIMINATION)

    def log_density(point):
        k_a, k_m, v_m, sigma = (point[k] for k in ("k_a", "K_m", "V_m", "sigma"))
        c = integrate.odeint(
            lambda c, t: 15 * k_a * np.exp(-k_a * t) - v_m / 2 * c / (k_m + c),
            0., np.append(0., d["times"]), rtol=1e-10, atol=1e-10)[1:, 0]
        prior = -sum(np.log1p(value**2) for value in (k_a, k_m, v_m, sigma))
        return prior + log_normal(d["C_hat"], np.log(c), sigma + np.zeros(20))

    three = points(ELIMINATION)
    np.testing.assert_allclose(
        differences([densities.log_density(ELIMINATION, point) for point in three]),
        differences([log_density(point) for point in three]), rtol=1e-6)


def test_concentration_matches_linear_elimination_where_k_m_is_large():
    times, k_a, rate, volume, k_m = np.linspace(0.5, 10, 20), 0.8, 0.3, 2., 1e9
    expected = 30 / volume * k_a / (k_a - rate) * (
        np.exp(-rate * times) - np.exp(-k_a * times))
    np.testing.assert_allclose(
        differential_equations.concentration(
            30., volume, k_a, k_m, rate * k_m * volume, times),
        expected, rtol=1e-7)


def test_concentration_balances_absorption_and_elimination():
    times, k_a, k_m, v_m, volume = np.linspace(1e-3, 10, 2001), 0.8, 0.3, 1., 2.
    c = np.append(0., differential_equations.concentration(
        30., volume, k_a, k_m, v_m, times))
    times = np.append(0., times)
    rate = v_m / volume * c / (k_m + c)
    eliminated = np.append(0., np.cumsum(
        np.diff(times) * (rate[1:] + rate[:-1]) / 2))
    absorbed = 30 / volume * -np.expm1(-k_a * times)
    np.testing.assert_allclose(c, absorbed - eliminated, atol=1e-4)
