"""Pareto smoothed importance sampling."""
import numpy as np

__all__ = ["MAX_K_HAT", "fit_generalized_pareto", "smooth_log_weights"]

# Importance sampling with a larger k-hat is not reliable.
MAX_K_HAT = 0.7
# Fewer draws determine no tail.
_MIN_TAIL = 5
# Largest weights that differ relatively by less count as equal.
_EQUAL = 1e-3


def smooth_log_weights(log_weights):
    """Normalized log weights, the largest of which follow a generalized Pareto one.

    (Vehtari, Simpson, Gelman, Yao and Gabry, 2024, "Pareto smoothed importance
    sampling", algorithm 1).

    :param log_weights: An array `[n]`, -inf for weights of 0.

    :return: An array `[n]`, and the shape of the distribution, k-hat: inf if a few
        draws have all the weight, -inf if the largest weights are equal.
    """
    x = log_weights - np.max(log_weights)
    n_tail = int(np.ceil(min(0.2 * len(x), 3. * len(x) ** 0.5)))
    order = np.argsort(x)
    cutoff = max(x[order[-n_tail - 1]], np.log(np.finfo(float).tiny))
    tail = order[x[order] > cutoff]
    if len(tail) >= _MIN_TAIL:
        excess = np.exp(cutoff) * np.expm1(x[tail] - cutoff)
        k_hat, scale = fit_generalized_pareto(excess)
        smoothed = _quantiles(len(tail), k_hat, scale) + np.exp(cutoff)
        x[tail] = np.minimum(np.log(smoothed), 0.)
    else:
        k_hat = -np.inf if -cutoff < _EQUAL else np.inf
    return x - np.log(np.sum(np.exp(x))), k_hat


def fit_generalized_pareto(x):
    """The shape and the scale of a generalized Pareto distribution at 0.

    The ratio of both is averaged over its profile likelihood (Zhang and Stephens, 2009,
    "A new and efficient estimation method for the generalized Pareto distribution",
    section 2), and the shape is drawn to 0.5 with the weight of 10 draws (Vehtari et
    al., appendix C).

    :param x: An increasing array `[n]` of positive numbers.
    """
    n = len(x)
    n_grid = 30 + int(n ** 0.5)
    quartile = x[int(n / 4. + 0.5) - 1]
    spread = 1. - np.sqrt(n_grid / (np.arange(n_grid) + 0.5))
    theta = 1. / x[-1] + spread / (3. * quartile)
    theta = theta[theta != 0.]
    log_likelihood = n * _profile(theta, _shape(theta[:, np.newaxis], x))
    weights = np.exp(log_likelihood - np.max(log_likelihood))
    theta = np.sum(theta * weights) / np.sum(weights)
    shape = _shape(theta, x)
    return (n * shape + 5.) / (n + 10.), -shape / theta


def _shape(theta, x):
    return np.mean(np.log1p(-theta * x), axis=-1)


def _profile(theta, shape):
    """The mean log likelihood for a ratio of shape and scale."""
    return np.log(-theta / shape) - shape - 1.


def _quantiles(n, shape, scale):
    log_survival = np.log1p(-(np.arange(n) + 0.5) / n)
    if shape == 0.:
        return -scale * log_survival
    return scale * np.expm1(-shape * log_survival) / shape
