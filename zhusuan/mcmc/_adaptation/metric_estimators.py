"""Metric estimators: the inverse mass matrix from draws of warm-up.

All have the same methods, which are pure. `init` and `first_metric` return the
estimate without draws, and the metric in use until the first estimate: NumPy arrays.
`start_metric` returns the metric of the first transition. `update` takes one draw of
every chain into the estimate, or only of the chains that moved. `merge` returns the
estimate of the draws of two, without decay. `end_window` returns the estimate to use at
the end of a window, and the one to continue with. `metric` returns the metric, with
numbers of `previous` where none can be estimated. `decomposes` is whether `metric`
decomposes matrices.
"""
from typing import Any, List, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.target import expand_chains
from zhusuan.mcmc._kernels.metrics import Dense, Diagonal

__all__ = ["CovarianceEstimate", "CovarianceEstimator", "EstimatorByDimension",
           "Overlap", "OverlappingEstimator"]


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

    :param is_dense: A bool. Estimate the whole matrix instead of its diagonal. There
        must be one position, `[n_chains, d]`.
    :param decay: None, or a float below 1: the weight of a draw compared to the next
        one of its chain.
    """

    def __init__(self, is_dense=False, decay=None):
        self._is_dense, self._decay = is_dense, decay
        self.decomposes = is_dense

    def init(self, chain):
        """The estimate without draws, for a ChainState of static shapes."""
        dtype = chain.log_prob.dtype.as_numpy_dtype
        shapes = [x.shape.as_list()[chain.log_prob.shape.rank:]
                  for x in chain.position]
        zero = np.zeros([], dtype)
        return CovarianceEstimate(
            zero, zero, [np.zeros(shape, dtype) for shape in shapes],
            [np.zeros(2 * shape if self._is_dense else shape, dtype)
             for shape in shapes])

    def first_metric(self, chain):
        """Unit masses."""
        ones = [np.ones_like(x) for x in self.init(chain).mean]
        if not self._is_dense:
            return Diagonal(ones)
        return Dense([np.diag(x) for x in ones], np.diag(ones[0]))

    def start_metric(self, chain, first):
        """The metric `first`."""
        return first

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

    def merge(self, earlier, later):
        """The estimate of the draws of both."""
        count = earlier.count + later.count
        share = tf.math.divide_no_nan(later.count, count)
        shifts = [y - x for x, y in zip(earlier.mean, later.mean)]
        return CovarianceEstimate(
            count, earlier.count_of_squares + later.count_of_squares,
            [x + share * shift for x, shift in zip(earlier.mean, shifts)],
            [x + y + earlier.count * share * self._square(shift) for x, y, shift
             in zip(earlier.squares, later.squares, shifts)])

    def _square(self, x):
        return x[:, tf.newaxis] * x if self._is_dense else x ** 2

    def _decayed(self, estimate):
        if self._decay is None:
            return estimate
        d = tf.constant(self._decay, estimate.count.dtype)
        return CovarianceEstimate(
            d * estimate.count, d * d * estimate.count_of_squares, estimate.mean,
            [d * x for x in estimate.squares])

    def end_window(self, estimate):
        """All draws, and none."""
        return estimate, tf.nest.map_structure(tf.zeros_like, estimate)

    def metric(self, estimate, previous=None):
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
        identity = tf.eye(x.shape.as_list()[0], dtype=x.dtype)
        x += ridge * identity
        # With x = L L', the mass is L'^-1 L^-1.
        return Dense([x], tf.linalg.triangular_solve(
            tf.linalg.cholesky(x), identity, adjoint=True))


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


class Overlap(NamedTuple):
    """The estimates of two windows: of the previous one, and of the present one."""

    previous: Any
    present: Any


class OverlappingEstimator:
    """Windows that overlap: each window begins with the draws of the previous one.

    The draws of both estimate the metric (Seyboldt, Carlson and Carpenter, 2026, arXiv
    2603.18845). A draw enters one estimate; they are merged for the metric alone.

    :param estimator: The estimator of both.
    """

    def __init__(self, estimator):
        self._estimator, self.decomposes = estimator, estimator.decomposes
        self.first_metric = estimator.first_metric
        self.start_metric = estimator.start_metric

    def init(self, chain):
        """The estimates without draws."""
        empty = self._estimator.init(chain)
        return Overlap(empty, empty)

    def update(self, estimate, chain, is_new=None):
        """Take one draw of every chain into the present window."""
        return estimate._replace(
            present=self._estimator.update(estimate.present, chain, is_new))

    def end_window(self, estimate):
        """The present window as the previous one, twice."""
        estimate = Overlap(*self._estimator.end_window(estimate.present))
        return estimate, estimate

    def metric(self, estimate, previous):
        """The metric of both windows."""
        return self._estimator.metric(self.merged(estimate), previous)

    def merged(self, estimate):
        """The estimate of both windows."""
        return self._estimator.merge(*estimate)


class EstimatorByDimension:
    """One estimator up to a dimension, and another above, for one `[n_chains, d]`.

    :param small: The estimator for `d` of at most `limit`.
    :param large: The estimator for others.
    """

    def __init__(self, small, large, limit):
        self._small, self._large, self._limit = small, large, limit
        self.decomposes = small.decomposes or large.decomposes

    def _for_chain(self, chain):
        return self._for_dimension(chain.position[0])

    def _for_estimate(self, estimate):
        # The last array of every estimate has an axis of the latents.
        return self._for_dimension(tf.nest.flatten(estimate)[-1])

    def _for_dimension(self, x):
        d = tf.TensorShape(x.shape).as_list()[-1]
        return self._small if d <= self._limit else self._large

    def init(self, chain):
        """The estimate without draws."""
        return self._for_chain(chain).init(chain)

    def first_metric(self, chain):
        """Unit masses."""
        return self._for_chain(chain).first_metric(chain)

    def start_metric(self, chain, first):
        """The metric of the first transition."""
        return self._for_chain(chain).start_metric(chain, first)

    def update(self, estimate, chain, is_new=None):
        """Take one draw of every chain into the estimate."""
        return self._for_chain(chain).update(estimate, chain, is_new)

    def merge(self, earlier, later):
        """The estimate of the draws of both."""
        return self._for_estimate(earlier).merge(earlier, later)

    def end_window(self, estimate):
        """The estimate to use, and the one to continue with."""
        return self._for_estimate(estimate).end_window(estimate)

    def metric(self, estimate, previous):
        """The metric of the estimate."""
        return self._for_estimate(estimate).metric(estimate, previous)
