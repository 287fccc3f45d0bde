"""Schedules of warm-up: when draws are collected and when the metric changes.

A schedule is a function of the number of draws so far, an int64 Tensor that counts
the present one, and returns :class:`Events`.
"""
from typing import Any, List, NamedTuple

import tensorflow.compat.v2 as tf

__all__ = ["Doubling", "Events", "StanWindows", "stan_windows"]


class Events(NamedTuple):
    """The consequences of a draw of warm-up; bools or 0-D bool Tensors.

    :param collects: Take the draw into the estimate of the metric.
    :param updates_metric: Use the estimate as the metric from now on.
    :param restarts_step_size: If the metric is updated: search a new step size.
    :param ends_window: If the metric is updated: forget all draws.
    """

    collects: Any
    updates_metric: Any
    restarts_step_size: Any
    ends_window: Any


class Doubling(NamedTuple):
    """A new metric after n, 2n, 4n, ... draws, with a search of a step size for it.

    A metric that changed at each draw would meet step sizes that were tuned for
    others.

    :param first: An int, n.
    """

    first: int

    def __call__(self, n_draws):
        """The :class:`Events` of draw number `n_draws`."""
        first = max(self.first, 1)
        times = n_draws // first
        is_power = tf.equal(tf.bitwise.bitwise_and(times, times - 1), 0)
        is_end = (times > 0) & tf.equal(times * first, n_draws) & is_power
        return Events(True, is_end, True, False)


class StanWindows(NamedTuple):
    """Windows of draws; each gives a metric at its end.

    :param first: An int, how many draws precede the first window.
    :param ends: A list of ints, the last draw of each window.
    """

    first: int
    ends: List[int]

    def __call__(self, n_draws):
        """The :class:`Events` of draw number `n_draws`."""
        if not self.ends:
            return Events(False, False, False, False)
        return Events(
            (n_draws > self.first) & (n_draws <= self.ends[-1]),
            tf.reduce_any(tf.equal(n_draws, tf.constant(self.ends, tf.int64))),
            True, True)


def stan_windows(n_warmup):
    """Stan's schedule of a warm-up of `n_warmup` draws.

    75 draws for the step size alone, then windows of 25, 50, 100, ..., then 50 for the
    step size (Stan Reference Manual, "Automatic parameter tuning"). Below 150 draws,
    one window begins after 15 % and leaves 10 % or 20 draws after it; below 50 draws,
    there is none. Stan leaves 10 % in every case, and has no window below 20 draws: a
    step size is not found in 2 transitions, nor a metric in 15.
    """
    if n_warmup < 50:
        return StanWindows(n_warmup, [])
    first, last, length = 75, 50, 25
    if n_warmup < first + last + length:
        first, last = int(0.15 * n_warmup), max(int(0.1 * n_warmup), 20)
        return StanWindows(first, [n_warmup - last])
    stop, ends = n_warmup - last, [first + length]
    while ends[-1] < stop:
        length *= 2
        end = ends[-1] + length
        # If the next window would not fit, this one takes all that is left.
        ends.append(stop if end + 2 * length >= stop else end)
    return StanWindows(first, ends)
