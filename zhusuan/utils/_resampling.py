"""Resampling of weighted draws."""
import numpy as np

__all__ = ["resample", "systematic_indices"]


def systematic_indices(weights, n, random_state):
    """The indices of `n` draws, in the order of the weights, by systematic resampling.

    Each index occurs ``n * weight`` times, rounded up or down. The source is Kitagawa
    (1996), "Monte Carlo filter and smoother for non-Gaussian nonlinear state space
    models", section 2.1, with one random number.

    :param weights: A non-negative array with a positive sum.
    :param random_state: A `np.random.RandomState`.
    """
    points = (np.arange(n) + random_state.uniform()) / n
    totals = np.cumsum(weights)
    # Rounding may leave the last point above the last total, whose weight may be 0.
    last = np.flatnonzero(weights)[-1]
    return np.minimum(np.searchsorted(totals / totals[-1], points, "right"), last)


def resample(weights, n, random_state):
    """The indices of `n` draws by systematic resampling, in random order.

    For parameters, see :func:`systematic_indices`.
    """
    # In their own order, weights with a period could be in step with the points.
    order = random_state.permutation(len(weights))
    return random_state.permutation(
        order[systematic_indices(weights[order], n, random_state)])
