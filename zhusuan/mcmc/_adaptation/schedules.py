"""Schedules of warm-up: when draws are collected and when the metric changes.

A schedule is a function of the number of draws so far, an int64 Tensor that counts
the present one, and returns :class:`Events`.
"""
from typing import Any, List, NamedTuple, Optional

import tensorflow.compat.v2 as tf

__all__ = ["Doubling", "Events", "OverlappingWindows", "StanWindows",
           "overlapping_windows", "stan_windows"]

# The number of draws of early windows, with which the metric changes fast.
EARLY_LENGTH = 10


class Events(NamedTuple):
    """The consequences of a draw of warm-up; bools or 0-D bool Tensors.

    :param collects: Take the draw into the estimate of the metric.
    :param updates_metric: Use the estimate as the metric from now on.
    :param restarts_step_size: If the metric is updated: search a new step size.
    :param ends_window: If the metric is updated: begin the next window, without the
        draws of this one.
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
    :param last: An int, the last draw that may change the metric, so that others
        remain to tune the step size; None if tuning has no end.
    """

    first: int
    last: Optional[int] = None

    def __call__(self, n_draws):
        """The :class:`Events` of draw number `n_draws`."""
        first = max(self.first, 1)
        times = n_draws // first
        is_power = tf.equal(tf.bitwise.bitwise_and(times, times - 1), 0)
        is_end = (times > 0) & tf.equal(times * first, n_draws) & is_power
        if self.last is not None:
            is_end &= n_draws <= self.last
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


class OverlappingWindows(NamedTuple):
    """Windows for an `OverlappingEstimator`; each gives a metric at its end.

    :param ends: A list of ints, the last draw of each window.
    :param last: An int, the draw of the last update; none if it is 0.
    :param updates_always: A bool. Update the metric after every draw, too.
    """

    ends: List[int]
    last: int
    updates_always: bool = False

    def __call__(self, n_draws):
        """The :class:`Events` of draw number `n_draws`."""
        if not self.last:
            return Events(False, False, False, False)
        is_end = tf.reduce_any(tf.equal(n_draws, tf.constant(self.ends, tf.int64)))
        first, is_update = self.ends[0], is_end | tf.equal(n_draws, self.last)
        if self.updates_always:
            is_update = (n_draws >= first) & (n_draws <= self.last)
        return Events(True, is_update, tf.equal(n_draws, first), is_end)


def overlapping_windows(n_warmup, updates_always=False):
    """The schedule of nutpie for a warm-up of `n_warmup` draws.

    Windows of 10 draws during the first 30 %, then of 80, 120, 180, ... as long as a
    whole next window fits. The last 15 %, and 20 draws at least, are for the step size
    (Seyboldt, Carlson and Carpenter, 2026, arXiv 2603.18845; nutpie 0.16, which has
    early windows of 20 draws for one chain). Below 50 draws, there is no window.
    """
    if n_warmup < 50:
        return OverlappingWindows([], 0, updates_always)
    last = min(int(0.85 * n_warmup), n_warmup - 20)
    ends = list(range(EARLY_LENGTH, int(0.3 * n_warmup) + 1, EARLY_LENGTH))
    length = 80
    while ends[-1] + length + _next_length(length) <= last:
        ends.append(ends[-1] + length)
        length = _next_length(length)
    return OverlappingWindows(ends, last, updates_always)


def _next_length(length):
    return length + length // 2
