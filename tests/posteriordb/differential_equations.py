"""Log densities of the models of differential equations, solved by SciPy."""
import numpy as np
from scipy import integrate, stats


def _solve(derivative, start_time, start, times):
    """The solution at all times, [len(times), len(start)], to about ten digits."""
    solution = integrate.solve_ivp(
        derivative, (start_time, times[-1]), start, method="DOP853", t_eval=times,
        rtol=1e-11, atol=1e-12)
    return solution.y.T


def predators_and_prey(z_init, theta, times):
    """The Lotka-Volterra populations (hare, lynx) at all times, from time 0."""
    def derivative(_, populations):
        u, v = populations
        return [(theta[0] - theta[1] * v) * u, (-theta[2] + theta[3] * u) * v]
    return _solve(derivative, 0., z_init, times)


def lotka_volterra(data, parameters):
    """Two populations with log-normal errors."""
    theta, z_init, sigma = (parameters[name] for name in ("theta", "z_init", "sigma"))
    if min(np.concatenate([theta, z_init, sigma])) <= 0:
        return -np.inf
    z = predators_and_prey(z_init, theta, data["ts"])
    return (np.sum(stats.norm.logpdf(theta[[0, 2]], 1, 0.5))
            + np.sum(stats.norm.logpdf(theta[[1, 3]], 0.05, 0.05))
            + np.sum(stats.lognorm.logpdf(sigma, 1, scale=np.exp(-1)))
            + np.sum(stats.lognorm.logpdf(z_init, 1, scale=10))
            + np.sum(stats.lognorm.logpdf(data["y_init"], sigma, scale=z_init))
            + np.sum(stats.lognorm.logpdf(data["y"], sigma, scale=z)))


def concentration(dose, volume, k_a, k_m, v_m, times):
    """The concentration with first-order absorption and Michaelis-Menten elimination.
    """
    def derivative(t, c):
        return (k_a * np.exp(-k_a * t) * dose / volume
                - v_m / volume * c / (k_m + c))
    return _solve(derivative, 0., [0.], times)[:, 0]


def one_comp_mm_elim_abs(data, parameters):
    """A concentration with log-normal errors."""
    k_a, k_m, v_m, sigma = (
        parameters[name] for name in ("k_a", "K_m", "V_m", "sigma"))
    if min(k_a, k_m, v_m, sigma) <= 0:
        return -np.inf
    c = concentration(data["D"], data["V"], k_a, k_m, v_m, data["times"])
    return (np.sum(stats.halfcauchy.logpdf([k_a, k_m, v_m, sigma]))
            + np.sum(stats.lognorm.logpdf(data["C_hat"], sigma, scale=c)))


DENSITIES = {"lotka_volterra": lotka_volterra,
             "one_comp_mm_elim_abs": one_comp_mm_elim_abs}
