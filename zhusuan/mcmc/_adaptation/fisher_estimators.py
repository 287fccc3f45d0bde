"""Estimators of the metric that minimizes the Fisher divergence.

They have the methods of those in `metric_estimators`, for chains with one position
`[n_chains, d]`.
"""
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.mcmc._adaptation import fisher_divergence
from zhusuan.mcmc._adaptation.metric_estimators import CovarianceEstimator
from zhusuan.mcmc._kernels.metrics import Dense, Diagonal, LowRank

__all__ = ["FisherEstimate", "FisherEstimator", "LowRankEstimate",
           "LowRankFisherEstimator"]


class FisherEstimate(NamedTuple):
    """Moments of the draws and of the gradients of the log density there.

    :param position: A `CovarianceEstimate` of the draws.
    :param gradient: That of the gradients.
    """

    position: Any
    gradient: Any


class FisherEstimator:
    """The best diagonal or dense metric, from the moments of draws and gradients.

    :param is_dense: A bool. Estimate a whole matrix instead of a diagonal.
    """

    def __init__(self, is_dense=False):
        self._is_dense = self.decomposes = is_dense
        self._moments = CovarianceEstimator(is_dense)

    def init(self, chain):
        """The estimate without draws."""
        return FisherEstimate(self._moments.init(chain), self._moments.init(chain))

    def first_metric(self, chain):
        """Unit masses."""
        return self._moments.first_metric(chain)

    def start_metric(self, chain, first):
        """The metric for draws of variance 1 and the present gradient."""
        variance = _start_variance(chain)
        if not self._is_dense:
            return Diagonal([variance])
        return Dense([tf.linalg.diag(variance)],
                     tf.linalg.diag(tf.math.rsqrt(variance)))

    def update(self, estimate, chain, is_new=None):
        """Take one draw of every chain into the estimate."""
        return FisherEstimate(*[self._moments.update(x, state, is_new) for x, state in [
            (estimate.position, chain), (estimate.gradient, _of_gradients(chain))]])

    def merge(self, earlier, later):
        """The estimate of the draws of both."""
        return FisherEstimate(*map(self._moments.merge, earlier, later))

    def end_window(self, estimate):
        """All draws, and none."""
        return estimate, tf.nest.map_structure(tf.zeros_like, estimate)

    def metric(self, estimate, previous):
        """The metric of all draws."""
        count = estimate.position.count
        squares = [x.squares[0] / count for x in estimate]
        if not self._is_dense:
            scale = fisher_divergence.scale_of(*squares, tf.sqrt(previous.variance))
            return Diagonal([scale ** 2])
        return _where_finite(self._dense(squares, count, previous), previous)

    def _dense(self, squares, count, previous):
        rounding = np.finfo(count.dtype.as_numpy_dtype).eps
        wide = [tf.cast(x, tf.float64) for x in squares]
        scale = fisher_divergence.scale_of(
            *map(tf.linalg.diag_part, wide),
            tf.cast(tf.sqrt(previous.variance), tf.float64))
        scales = scale[:, tf.newaxis] * scale
        count = tf.cast(count, tf.float64)
        factor, momentum_factor = fisher_divergence.geometric_mean_factors(*[
            fisher_divergence.regularized(x, count, rounding)
            for x in (wide[0] / scales, wide[1] * scales)])
        factor *= scale[:, tf.newaxis]
        momentum_factor /= scale[:, tf.newaxis]
        dtype = squares[0].dtype
        return Dense([tf.cast(tf.matmul(factor, factor, transpose_b=True), dtype)],
                     tf.cast(momentum_factor, dtype))


class LowRankEstimate(NamedTuple):
    """The moments of all draws, and the last draws themselves.

    :param moments: A :class:`FisherEstimate` of variances.
    :param n_kept: int32, the number of draws that were written to the rows.
    :param position: `[n_rows, d]`, the last draws; the oldest row is overwritten.
    :param gradient: `[n_rows, d]`, their gradients.
    """

    moments: Any
    n_kept: Any
    position: Any
    gradient: Any


class LowRankFisherEstimator:
    """The best metric of low rank plus diagonal.

    :param max_rank: An int, the largest number of eigenvalues other than 1.
    :param n_rows: An int, the number of last draws for eigenvectors.
    """

    def __init__(self, max_rank=64, n_rows=128):
        self._max_rank, self._n_rows = max_rank, n_rows
        self._diagonal = FisherEstimator()
        self.decomposes = True

    def init(self, chain):
        """The estimate without draws."""
        dtype = chain.log_prob.dtype.as_numpy_dtype
        rows = np.zeros([self._n_rows, chain.position[0].shape.as_list()[-1]], dtype)
        return LowRankEstimate(
            self._diagonal.init(chain), np.zeros([], np.int32), rows, rows)

    def first_metric(self, chain):
        """Unit masses."""
        (ones,) = self._diagonal.first_metric(chain).inverse_mass
        rank = self._rank(len(ones))
        return LowRank(ones, np.zeros([len(ones), rank], ones.dtype),
                       np.ones([rank], ones.dtype))

    def start_metric(self, chain, first):
        """The metric for draws of variance 1 and the present gradient."""
        return first._replace(scale=tf.sqrt(_start_variance(chain)))

    def update(self, estimate, chain, is_new=None):
        """Take one draw of every chain into the estimate.

        Rows repeat a chain that did not move; its draw does not enter the moments.
        """
        (x,), (gradient,) = chain.position, chain.gradient
        x, gradient = x[:self._n_rows], gradient[:self._n_rows]
        n_new = x.shape.as_list()[0]
        rows = (estimate.n_kept + tf.range(n_new)) % self._n_rows
        return LowRankEstimate(
            self._diagonal.update(estimate.moments, chain, is_new),
            estimate.n_kept + n_new,
            *[tf.tensor_scatter_nd_update(kept, rows[:, tf.newaxis], new)
              for kept, new in ((estimate.position, x), (estimate.gradient, gradient))])

    def merge(self, earlier, later):
        """The estimate of the draws of both; rows of the last ones."""
        age = tf.range(self._n_rows)  # 0 for the last draw
        n_later = tf.minimum(later.n_kept, self._n_rows)

        def last_rows(earlier_rows, later_rows):
            return tf.where(
                (age < n_later)[:, tf.newaxis],
                tf.gather(later_rows, (later.n_kept - 1 - age) % self._n_rows),
                tf.gather(earlier_rows,
                          (earlier.n_kept - 1 - age + n_later) % self._n_rows))

        return LowRankEstimate(
            self._diagonal.merge(earlier.moments, later.moments),
            earlier.n_kept + later.n_kept,
            last_rows(earlier.position, later.position),
            last_rows(earlier.gradient, later.gradient))

    def end_window(self, estimate):
        """All draws, and none; rows need not be erased."""
        return estimate, estimate._replace(
            n_kept=tf.zeros_like(estimate.n_kept), moments=tf.nest.map_structure(
                tf.zeros_like, estimate.moments))

    def metric(self, estimate, previous):
        """The metric of all draws."""
        (variance,) = self._diagonal.metric(
            estimate.moments, previous).inverse_mass
        dtype, scale = variance.dtype, tf.cast(tf.sqrt(variance), tf.float64)
        n = tf.minimum(estimate.n_kept, self._n_rows)
        eigenvalues, vectors = fisher_divergence.low_rank(
            _centred(estimate.position, n) / scale,
            _centred(estimate.gradient, n) * scale, tf.cast(n, tf.float64),
            self._rank(scale.shape.as_list()[0]), np.finfo(dtype.as_numpy_dtype).eps)
        return _where_finite(LowRank(
            tf.sqrt(variance), tf.cast(vectors, dtype), tf.cast(eigenvalues, dtype)),
            previous)

    def _rank(self, d):
        return min(self._max_rank, 2 * self._n_rows, d)


def _centred(rows, n):
    """The first `n` rows minus their mean, float64; others are 0."""
    is_used = tf.range(rows.shape.as_list()[0]) < n
    rows = tf.where(is_used[:, tf.newaxis], tf.cast(rows, tf.float64),
                    tf.zeros([], tf.float64))
    centred = rows - tf.reduce_sum(rows, 0) / tf.cast(n, tf.float64)
    return tf.where(is_used[:, tf.newaxis], centred, tf.zeros_like(centred))


def _of_gradients(chain):
    return chain._replace(position=chain.gradient)


def _start_variance(chain):
    """The inverse of the size of the gradient, as for draws of variance 1."""
    size = tf.reduce_mean(tf.abs(chain.gradient[0]), 0)
    is_usable = tf.math.is_finite(size) & (size > 0.)
    return tf.where(is_usable, 1. / size, tf.ones_like(size))


def _where_finite(metric, previous):
    """The metric, or `previous` unless all numbers are finite."""
    is_finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(x))
                               for x in tf.nest.flatten(metric)])
    return tf.nest.map_structure(
        lambda new, old: tf.where(is_finite, new, old), metric, previous)
