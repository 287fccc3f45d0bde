"""Posteriors that are normal distributions with a covariance of low rank."""
from typing import Any, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.local_normal import LocalNormal
from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import VectorDistribution
from zhusuan.distributions._numerics.elementary import HALF_LOG_2PI
from zhusuan.utils._types import TensorLike
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["LowRankNormal"]

_INITIAL_FACTOR = 0.1


class LowRankNormal(Posterior):
    r"""A normal distribution in unconstrained space with some directions of covariance.

    .. math::

        q(u) = \mathcal{N}(u; \mu, S (I + W W^T) S), \qquad S = \mathrm{diag}(s)

    with a matrix :math:`W` of `rank` columns (Ong, Nott and Smith, 2018, "Gaussian
    variational approximation with a factor covariance structure", section 3). Memory
    and time are of order :math:`d` times `rank`. For other parameters, see
    :class:`~zhusuan.variational.posteriors.base.Posterior`.

    :param rank: An int; the square root of the number of dimensions by default.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> posterior = zs.variational.posteriors.LowRankNormal(build(), {"x": 1.}, rank=1)
    >>> posterior(n_samples=10)["z"].shape.as_list()
    [10]
    """

    def __init__(self, *args: Any, rank: Optional[int] = None, **kwargs: Any) -> None:
        if rank is not None and (not isinstance(rank, (int, np.integer)) or rank < 1):
            raise ValueError(
                "LowRankNormal: rank must be a positive int, but it is %r." % (rank,))
        self._rank = rank
        super().__init__(*args, **kwargs)

    @classmethod
    def _of_factor(cls, space: Any, mean: np.ndarray, scale: np.ndarray,
                   factor: np.ndarray) -> "LowRankNormal":
        """The posterior with the given parameters, without a search.

        :param space: The `UnconstrainedSpace` of the latents.
        """
        posterior = cls.__new__(cls)
        posterior._space, posterior._rank = space, factor.shape[-1]
        posterior._mean, posterior._std = map(posterior._cast, (mean, scale))
        posterior._loc = tf.Variable(np.zeros_like(posterior._mean), name="loc")
        posterior._log_scale = tf.Variable(
            np.zeros_like(posterior._mean), name="log_scale")
        posterior._factor = tf.Variable(posterior._cast(factor), name="factor")
        return posterior

    def _create_variables(self, start: LocalNormal,
                          random_state: np.random.RandomState) -> None:
        n_dims = len(start.mean)
        rank = self._rank or int(np.ceil(np.sqrt(n_dims)))
        self._mean, self._std = map(self._cast, (start.mean, start.conditional_std))
        self._loc = tf.Variable(np.zeros_like(self._mean), name="loc")
        self._log_scale = tf.Variable(np.full_like(
            self._mean, np.log(self._initial_std)), name="log_scale")
        # At zero, the expected gradient is zero.
        factor = _INITIAL_FACTOR * random_state.standard_normal([n_dims, rank])
        if start.covariance is not None:
            factor += _excess_covariance(
                start.covariance, start.conditional_std, rank)
        self._factor = tf.Variable(self._cast(factor), name="factor")

    def _distribution(self) -> "_NormalOfLowRank":
        return _NormalOfLowRank(
            self._mean + self._std * tf.convert_to_tensor(self._loc),
            np.log(self._std) + tf.convert_to_tensor(self._log_scale),
            tf.convert_to_tensor(self._factor))


def _excess_covariance(covariance: np.ndarray, std: np.ndarray,
                       rank: int) -> np.ndarray:
    """The matrix W for which `I + W W^T` is nearest to a covariance in units of std."""
    values, vectors = np.linalg.eigh(covariance / np.outer(std, std))
    n_used = min(rank, len(std))
    factor = np.zeros([len(std), rank])
    factor[:, :n_used] = (vectors * np.sqrt(np.maximum(values - 1., 0.)))[:, -n_used:]
    return factor


class _NormalOfLowRank(VectorDistribution):
    """The distribution above, of vectors.

    :param mean: A Tensor `[d]`.
    :param log_scale: A Tensor `[d]`.
    :param factor: A Tensor `[d, rank]`.
    """

    def __init__(self, mean: tf.Tensor, log_scale: tf.Tensor,
                 factor: tf.Tensor) -> None:
        self._mean, self._log_scale, self._factor = mean, log_scale, factor
        super().__init__(
            mean, dtype=mean.dtype, param_dtype=mean.dtype, is_continuous=True,
            is_reparameterized=True,
            parameters={"mean": (mean, 1), "log_scale": (log_scale, 1)})

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        shape = self._sample_shape(n_samples)
        noise = random_numbers.normal(shape, self.dtype)
        rank = self._factor.shape.as_list()[-1]
        common = random_numbers.normal(
            tf.concat([shape[:-1], [rank]], axis=0), self.dtype)
        noise += tf.matmul(common, self._factor, transpose_b=True)
        return self._mean + tf.exp(self._log_scale) * noise

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        mean, log_scale, factor = map(
            self.path_param, (self._mean, self._log_scale, self._factor))
        z = (given - mean) * tf.exp(-log_scale)
        # By the formulas of Woodbury and Sylvester.
        inner = tf.linalg.cholesky(
            tf.eye(factor.shape.as_list()[-1], dtype=self.dtype)
            + tf.matmul(factor, factor, transpose_a=True))
        # A solution has the components along the last axis but one.
        projected = tf.linalg.triangular_solve(inner, tf.matmul(
            factor, _as_columns(z), transpose_a=True))
        squares = tf.reduce_sum(tf.square(z), -1) - tf.reshape(
            tf.reduce_sum(tf.square(projected), 0), tf.shape(z)[:-1])
        log_det = tf.reduce_sum(log_scale) + tf.reduce_sum(
            tf.math.log(tf.linalg.diag_part(inner)))
        length = tf.cast(self._length, self.dtype)
        return -HALF_LOG_2PI * length - log_det - 0.5 * squares


def _as_columns(x: tf.Tensor) -> tf.Tensor:
    """A matrix whose columns are the vectors of the last axis."""
    return tf.transpose(tf.reshape(x, [-1, x.shape.as_list()[-1]]))
