"""Posteriors that are normal distributions with any covariance."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions import MultivariateNormalCholesky
from zhusuan.variational.posteriors.base import INITIAL_STD, Posterior

__all__ = ["MultivariateNormal"]


class MultivariateNormal(Posterior):
    r"""A normal distribution with any covariance in unconstrained space.

    .. math::

        q(u) = \mathcal{N}(u; \mu, L L^T), \qquad L = \mathrm{diag}(s)\, T

    with a lower triangular matrix :math:`T` that has ones on its diagonal, so that
    steps in :math:`T` are independent of the scales of the latents. Memory and time are
    of order :math:`d^2`. For parameters, see
    :class:`~zhusuan.variational.posteriors.base.Posterior`.
    """

    def _create_variables(self, start: np.ndarray,
                          random_state: np.random.RandomState) -> None:
        self._loc = tf.Variable(start, name="loc")
        self._log_scale = tf.Variable(
            np.full_like(start, np.log(INITIAL_STD)), name="log_scale")
        self._lower = tf.Variable(
            np.zeros([len(start)] * 2, start.dtype), name="lower")

    def _distribution(self) -> MultivariateNormalCholesky:
        diagonal = tf.exp(self._log_scale)
        lower = diagonal[:, tf.newaxis] * tf.convert_to_tensor(self._lower)
        return MultivariateNormalCholesky(
            tf.convert_to_tensor(self._loc), tf.linalg.set_diag(
                tf.linalg.band_part(lower, -1, 0), diagonal))
