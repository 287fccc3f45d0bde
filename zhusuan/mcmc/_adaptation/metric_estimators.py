"""Metric estimators: the inverse mass matrix from draws of warm-up."""
from typing import Any, List, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.target import expand_chains
from zhusuan.mcmc._kernels.hamiltonian import Dense, Diagonal

__all__ = ["CovarianceEstimate", "CovarianceEstimator"]


class CovarianceEstimate(NamedTuple):
    """Weighted sums over draws, for each position of a list.

    :param count: 0-D, the sum of weights.
    :param count_of_squares: 0-D, the sum of squared weights.
    :param mean: A list of the means, of the shapes of the data axes.
    :param squares: A list of the sums of squared deviations from the mean, or of
        their outer products, `[d, d]`.
    """

    count: Any
    count_of_squares: Any
    mean: List[Any]
    squares: List[Any]


class CovarianceEstimator:
    """The covariance of the draws of all chains, shrunk as Stan does.

    Methods are pure. Another estimator has the same ones.

    :param is_dense: A bool. Estimate the whole matrix instead of its diagonal. There
        must be one position, `[n_chains, d]`.
    :param decay: None, or a float below 1: the weight of a draw compared to the next
        one of its chain.
    """

    def __init__(self, is_dense=False, decay=None):
        self._is_dense, self._decay = is_dense, decay

    def init(self, chain):
        """The estimate without draws, NumPy arrays.

        :param chain: A ChainState of static shapes.
        """
        dtype = chain.log_prob.dtype.as_numpy_dtype
        shapes = [x.shape.as_list()[chain.log_prob.shape.rank:]
                  for x in chain.position]
        zero = np.zeros([], dtype)
        return CovarianceEstimate(
            zero, zero, [np.zeros(shape, dtype) for shape in shapes],
            [np.zeros(2 * shape if self._is_dense else shape, dtype)
             for shape in shapes])

    def first_metric(self, chain):
        """The metric in use before the first estimate, NumPy arrays."""
        ones = [np.ones_like(x) for x in self.init(chain).mean]
        if not self._is_dense:
            return Diagonal(ones)
        return Dense([np.diag(x) for x in ones], np.diag(ones[0]))

    def update(self, estimate, chain, is_new=None):
        """Take one draw of every chain into the estimate.

        Groups are joined by Chan, Golub and LeVeque (1983), eq. 2.1, with the weights
        of earlier draws decayed.

        :param is_new: A bool Tensor, by chain: the draws to take; all if None.
        """
        weights = tf.ones_like(chain.log_prob) if is_new is None else tf.cast(
            is_new, chain.log_prob.dtype)
        n_new = tf.reduce_sum(weights)
        before = self._decayed(estimate)
        count = before.count + n_new
        joined = [_joined(x, weights, before.count, n_new, mean, squares)
                  for x, mean, squares in zip(
                      chain.position, before.mean, before.squares)]
        means, squares = map(list, zip(*joined))
        return CovarianceEstimate(
            count, before.count_of_squares + n_new, means, squares)

    def _decayed(self, estimate):
        if self._decay is None:
            return estimate
        d = tf.constant(self._decay, estimate.count.dtype)
        return CovarianceEstimate(
            d * estimate.count, d * d * estimate.count_of_squares, estimate.mean,
            [d * x for x in estimate.squares])

    def metric(self, estimate):
        """The shrunk covariance, (n / (n + 5)) covariance + 0.001 (5 / (n + 5)) I.

        Draws with unequal weights count as n = (sum of weights)^2 / (sum of squared
        weights) (Kish, 1965).
        """
        count, n, divisor = estimate.count, estimate.count, estimate.count - 1.
        if self._decay is not None:
            n = tf.math.divide_no_nan(count ** 2, estimate.count_of_squares)
            divisor = count
        ridge = 5e-3 / (n + 5.)
        shrunk = [n / (n + 5.) * tf.math.divide_no_nan(x, divisor)
                  for x in estimate.squares]
        if not self._is_dense:
            return Diagonal([x + ridge for x in shrunk])
        (x,) = shrunk
        x += ridge * tf.eye(x.shape.as_list()[0], dtype=x.dtype)
        return Dense([x], tf.linalg.cholesky(x))


def _joined(x, weights, count, n_new, mean, squares):
    """The mean and the squares with draws `x` added to `count` earlier ones.

    :param weights: 0 or 1 by chain, with the sum `n_new`.
    """
    chains = list(range(weights.shape.rank))
    weights = expand_chains(weights, x)
    now = tf.math.divide_no_nan(
        tf.reduce_sum(weights * x, chains, keepdims=True), n_new)
    shift = tf.reshape(now, tf.shape(mean)) - mean
    share = tf.math.divide_no_nan(n_new, count + n_new)
    between = count * share
    if squares.shape.rank > mean.shape.rank:
        new = tf.matmul(weights * (x - now), x - now, transpose_a=True)
        new += between * shift[:, tf.newaxis] * shift
    else:
        new = tf.reduce_sum(
            weights * (x - now) ** 2, chains) + between * shift ** 2
    return mean + shift * share, squares + new
