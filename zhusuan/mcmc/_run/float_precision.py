"""Whether the dtype of chains resolves the posterior, by its metric."""
import numpy as np

from zhusuan.mcmc._kernels.metrics import Dense, LowRank

__all__ = ["find_imprecision"]

# Of float32; float64 resolves every metric that warm-up can estimate.
_EPS = np.finfo(np.float32).eps
# Rounding moves the eigenvalues of a correlation matrix by up to `_EPS` times their sum
# (Weyl's inequality), and warm-up adds ten times that to the smallest ones, for
# positive definite matrices. At this ratio of the sum to the smallest eigenvalue, half
# of the latter is rounding: the metric is wrong, and step sizes become small.
MAX_CONDITION = 0.05 / _EPS


def find_imprecision(states):
    """A clause about a metric that float32 does not resolve; None if there is none.

    Different scales of the latents do no harm, since each number has its own exponent.

    :param states: A list with the `Chain` of each device, NumPy arrays.
    """
    metrics = [getattr(chain.tuning, "metric", None) for chain in states]
    condition = max(map(_condition, metrics), default=1.)
    if condition <= MAX_CONDITION:
        return None
    return ("the condition number of the metric, %.1e, exceeds the precision of "
            "float32, %.1e, because the latents are strongly "
            "correlated" % (condition, MAX_CONDITION))


def _condition(metric):
    """The sum of the eigenvalues over the smallest one, of the scaled metric."""
    if isinstance(metric, Dense):
        (matrix,) = metric.inverse_mass
        if not _is_checked(matrix):
            return 1.
        wide = np.asarray(matrix, np.float64)
        scale = np.sqrt(np.diagonal(wide))
        eigenvalues = np.linalg.eigvalsh(wide / scale / scale[:, np.newaxis])
        return np.sum(eigenvalues) / max(eigenvalues[0], np.finfo(np.float64).tiny)
    if isinstance(metric, LowRank) and _is_checked(metric.eigenvalues):
        eigenvalues = np.asarray(metric.eigenvalues, np.float64)
        total = len(metric.scale) + np.sum(eigenvalues - 1.)
        return total / min(np.min(eigenvalues), 1.)
    return 1.


def _is_checked(x):
    return x.dtype == np.float32 and x.size and np.all(np.isfinite(x))
