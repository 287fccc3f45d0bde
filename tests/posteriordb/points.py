"""Three points in the support of each posterior, and points as vectors."""
from typing import Dict, List, Sequence

import numpy as np
from scipy import linalg

from benchmarks import posteriordb as data

from . import latent_normals

Point = Dict[str, np.ndarray]

# Simplexes of two probabilities: the second is one minus the first.
SIMPLEXES = ("theta1", "theta2")


def to_vector(point: Point) -> np.ndarray:
    """All free elements of a point in one vector, parameter by parameter."""
    return np.concatenate([
        np.ravel(value)[:1] if parameter in SIMPLEXES else np.ravel(value)
        for parameter, value in point.items()])


def to_point(vector: np.ndarray, like: Point) -> Point:
    """The inverse of `to_vector`, with the names and shapes of the point `like`."""
    point, start = {}, 0
    for parameter, value in like.items():
        size = 1 if parameter in SIMPLEXES else np.size(value)
        elements = vector[start:start + size]
        if parameter in SIMPLEXES:
            elements = np.append(elements, 1 - elements)
        point[parameter] = np.reshape(elements, np.shape(value))
        start += size
    return point


def _smooth_f(name, point):
    """Replace `f` by the mean of a Gaussian process given noisy values of it.

    The covariance has eigenvalues near 1e-10, so that the density of any other `f` is
    dominated by rounding.
    """
    x, variances = data.of_posterior(name)["x"], data.reference(name, "sd")["f"]**2
    matrix = latent_normals.covariance(x, point["rho"], point["alpha"])
    weights = linalg.solve(matrix + np.diag(variances), point["f"], assume_a="pos")
    return dict(point, f=np.dot(matrix, weights))


def points(name: str) -> List[Point]:
    """Three points in the support of a posterior.

    :param name: Name of a posterior.
    :return: Three dicts of float64 arrays by parameter: the reference means, the means
        plus or minus half of a standard deviation with random signs, and the means
        minus one standard deviation. Every element is clipped to its reference interval
        of 90 %. Bounded and ordered parameters thus stay in their support.
    """
    mean, sd, low, high = (
        to_vector(data.reference(name, moment))
        for moment in ("mean", "sd", "q5", "q95"))
    signs = np.random.RandomState(1).choice([-1., 1.], size=len(mean))
    vectors = [mean, mean + 0.5 * signs * sd, mean - sd]
    found = [to_point(np.clip(vector, low, high), data.reference(name, "mean"))
             for vector in vectors]
    if "f" in found[0]:
        found = [_smooth_f(name, point) for point in found]
    return found


def differences(log_densities: Sequence[float]) -> np.ndarray:
    """Log densities less the first of them, which removes their constant."""
    return np.array(log_densities[1:]) - log_densities[0]
