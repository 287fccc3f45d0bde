"""Normal approximations along the path of a quasi-Newton method."""
import collections
from typing import Deque, Iterator, NamedTuple, Optional, Tuple

import numpy as np

__all__ = ["QuasiNewtonNormal", "normals_along", "update_diagonal"]

# Products s y below this part of |s| |y| are rounding errors.
_MIN_PRODUCT = 1e-12

Pair = Tuple[np.ndarray, np.ndarray]


class QuasiNewtonNormal(NamedTuple):
    r"""A normal distribution with the inverse Hessian of L-BFGS as its covariance.

    The covariance is :math:`D (I + Q (L L^T - I) Q^T) D` with
    :math:`D = \mathrm{diag}(\alpha)^{1/2}`: a diagonal matrix, and twice as many
    directions as L-BFGS has pairs (Zhang et al., 2022, "Pathfinder", algorithm 4).

    :param mean: An array `[d]`.
    :param scale: An array `[d]`, the diagonal of :math:`D`.
    :param basis: An array `[d, m]`, :math:`Q`, with orthonormal columns.
    :param root: An array `[m, m]`, :math:`L`, lower triangular.
    """

    mean: np.ndarray
    scale: np.ndarray
    basis: np.ndarray
    root: np.ndarray

    @property
    def covariance(self) -> np.ndarray:
        """The array `[d, d]`."""
        root = self._transform(np.eye(len(self.mean)))
        return root.T @ root

    def draws(self, noise: np.ndarray) -> np.ndarray:
        """Draws `[..., d]` from standard normal noise of this shape."""
        return self.mean + self._transform(noise)

    def _transform(self, noise: np.ndarray) -> np.ndarray:
        excess = self.root - np.eye(len(self.root))
        return self.scale * (noise + noise @ self.basis @ excess.T @ self.basis.T)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Log densities `[n]` of vectors `[n, d]`."""
        z = (x - self.mean) / self.scale
        inside = z @ self.basis
        outside = z - inside @ self.basis.T
        squares = np.sum(outside ** 2, axis=-1) + np.sum(
            np.linalg.solve(self.root, inside.T) ** 2, axis=0)
        return -0.5 * squares - 0.5 * len(self.mean) * np.log(2. * np.pi) - np.sum(
            np.log(self.scale)) - np.sum(np.log(np.diag(self.root)))


def normals_along(positions: np.ndarray, gradients: np.ndarray, history_size: int
                  ) -> Iterator[Optional[QuasiNewtonNormal]]:
    """Yield the :class:`QuasiNewtonNormal` at each iterate.

    It is None where the inverse Hessian, by rounding errors, is not finite or not
    positive definite. At the first iterate, the covariance is the identity (Zhang et
    al., algorithm 3).

    :param positions: An array `[n, d]`.
    :param gradients: An array `[n, d]` of gradients of the log density.
    :param history_size: An int, the number of pairs of L-BFGS.
    """
    diagonal = np.ones(positions.shape[1])
    pairs: Deque[Pair] = collections.deque(maxlen=history_size)
    for i, (x, gradient) in enumerate(zip(positions, gradients)):
        if i:
            s, y = x - positions[i - 1], gradients[i - 1] - gradient
            if _is_curved(s, y):
                pairs.append((s, y))
                diagonal = update_diagonal(diagonal, s, y)
        yield _normal_at(x, gradient, diagonal, pairs)


# Densities far from the mode may be as large as floating-point numbers can be.
@np.errstate(all="ignore")
def _is_curved(s: np.ndarray, y: np.ndarray) -> bool:
    return bool(s @ y > _MIN_PRODUCT * np.linalg.norm(s) * np.linalg.norm(y) < np.inf)


@np.errstate(all="ignore")
def update_diagonal(diagonal: np.ndarray, s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The diagonal of the inverse Hessian after a step `s` that changes a gradient.

    (Gilbert and Lemarechal, 1989, "Some numerical experiments with variable-storage
    quasi-Newton algorithms", eq. 4.9; Zhang et al., algorithm 3).

    :param y: An array `[d]`, the change of the gradient of the negative log density.
    """
    a, b, c = np.sum(y ** 2 * diagonal), s @ y, np.sum(s ** 2 / diagonal)
    return 1. / (a / (b * diagonal) + y ** 2 / b
                 - a * s ** 2 / (b * c * diagonal ** 2))


@np.errstate(all="ignore")
def _normal_at(x: np.ndarray, gradient: np.ndarray, diagonal: np.ndarray,
               pairs: Deque[Pair]) -> Optional[QuasiNewtonNormal]:
    scale = np.sqrt(diagonal)
    basis, root = np.zeros([len(x), 0]), np.zeros([0, 0])
    if pairs:
        factor, middle = _low_rank_part(scale, pairs)
        basis, upper = np.linalg.qr(factor)
        try:
            root = np.linalg.cholesky(
                np.eye(len(upper)) + upper @ middle @ upper.T)
        except np.linalg.LinAlgError:
            return None
    normal = QuasiNewtonNormal(x, scale, basis, root)
    normal = normal._replace(mean=x + _times_covariance(normal, gradient))
    return normal if all(np.all(np.isfinite(part)) for part in normal) else None


def _low_rank_part(scale: np.ndarray, pairs: Deque[Pair]
                   ) -> Tuple[np.ndarray, np.ndarray]:
    """Matrices B and M of the inverse Hessian `D (I + B M B^T) D`.

    (Byrd, Nocedal and Schnabel, 1994, "Representations of quasi-Newton matrices",
    theorem 2.2).
    """
    s, y = np.array([s for s, _ in pairs]).T, np.array([y for _, y in pairs]).T
    s, y = s / scale[:, np.newaxis], y * scale[:, np.newaxis]
    products = s.T @ y
    inverse = np.linalg.inv(np.triu(products))
    corner = inverse.T @ (np.diag(np.diag(products)) + y.T @ y) @ inverse
    middle = np.block([[np.zeros_like(inverse), -inverse], [-inverse.T, corner]])
    return np.concatenate([y, s], axis=1), middle


def _times_covariance(normal: QuasiNewtonNormal, x: np.ndarray) -> np.ndarray:
    z = normal.scale * x
    inside = normal.basis.T @ z
    excess = normal.root @ (normal.root.T @ inside) - inside
    return normal.scale * (z + normal.basis @ excess)
