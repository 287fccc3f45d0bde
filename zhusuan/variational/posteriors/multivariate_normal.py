"""Posteriors that are normal distributions with any covariance."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.local_normal import LocalNormal
from zhusuan.distributions import MultivariateNormalCholesky
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["MultivariateNormal"]


class MultivariateNormal(Posterior):
    r"""A normal distribution with any covariance in unconstrained space.

    .. math::

        q(u) = \mathcal{N}(u; \mu, L L^T)

    with a lower triangular matrix :math:`L`. Memory and time are of order :math:`d^2`.
    For parameters, see
    :class:`~zhusuan.variational.posteriors.base.Posterior`.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> fit = zs.variational.fit(build(), {"x": 1.}, posterior="multivariate_normal",
    ...                          n_steps=500, seed=1, progress_bar=False)
    >>> print("%.2f" % fit.log_evidence.value)
    -1.52
    """

    def _create_variables(self, start: LocalNormal,
                          random_state: np.random.RandomState) -> None:
        covariance = start.covariance
        if covariance is None:
            covariance = np.eye(len(start.mean))
        self._mean, self._root = map(
            self._cast, (start.mean, np.linalg.cholesky(covariance)))
        self._loc = tf.Variable(np.zeros_like(self._mean), name="loc")
        self._log_scale = tf.Variable(np.full_like(
            self._mean, np.log(self._initial_std)), name="log_scale")
        self._lower = tf.Variable(np.zeros_like(self._root), name="lower")

    def _distribution(self) -> MultivariateNormalCholesky:
        diagonal = tf.exp(self._log_scale)
        lower = tf.linalg.set_diag(
            tf.linalg.band_part(tf.convert_to_tensor(self._lower), -1, 0), diagonal)
        return MultivariateNormalCholesky(
            self._mean + tf.linalg.matvec(self._root, tf.convert_to_tensor(self._loc)),
            tf.matmul(self._root, lower))
