"""The schedule of overlapping windows, against an enumeration of its draws."""
import chains
import numpy as np
import pytest
import tensorflow.compat.v2 as tf

from zhusuan.mcmc._adaptation.metric_estimators import (
    CovarianceEstimator,
    OverlappingEstimator,
)
from zhusuan.mcmc._adaptation.schedules import overlapping_windows
from zhusuan.mcmc._kernels.hamiltonian import ChainState


def enumerate_windows(n_warmup):
    """By draw of warm-up, the draws of the foreground if the metric is updated.

    Each draw enters two lists. When the background has enough draws, it becomes the
    foreground, and a new one begins.
    """
    last = min(int(0.85 * n_warmup), n_warmup - 20)
    foreground, background, updates, length = [], [], {}, 80
    for draw in range(1, n_warmup + 1):
        foreground.append(draw)
        background.append(draw)
        if draw <= int(0.3 * n_warmup):
            is_end = len(background) == 10
        else:
            is_end = len(background) == length and draw + int(1.5 * length) <= last
            length = int(1.5 * length) if is_end else length
        if is_end:
            foreground, background = background, []
        if is_end or draw == last:
            updates[draw] = list(foreground)
    return updates


@pytest.mark.parametrize("n_warmup", [50, 100, 333, 800, 1000])
def test_overlapping_windows_match_an_enumeration(n_warmup):
    """The mean of draws, which are numbered, identifies the draws of a window."""
    estimator = OverlappingEstimator(CovarianceEstimator())
    schedule, wanted = overlapping_windows(n_warmup), enumerate_windows(n_warmup)

    def follow():
        chain = ChainState([tf.zeros([1], tf.float64)], tf.zeros([1], tf.float64), [])
        estimate, updates = tf.nest.map_structure(
            tf.constant, estimator.init(chain)), {}
        for draw in range(1, n_warmup + 1):
            events = schedule(tf.constant(draw, tf.int64))
            estimate = estimator.update(estimate, chain._replace(
                position=[tf.fill([1], tf.constant(draw, tf.float64))]))
            window = estimate
            if events.ends_window:
                window, estimate = estimator.end_window(estimate)
            if events.updates_metric:
                merged = estimator.merged(window)
                updates[draw] = merged.count.numpy(), merged.mean[0].numpy()
        return updates

    with chains.eagerly():
        found = follow()
    assert found == {draw: (len(x), pytest.approx(np.mean(x)))
                     for draw, x in wanted.items()}


def test_a_short_warmup_has_no_window():
    with chains.eagerly():
        assert overlapping_windows(49)(tf.constant(30, tf.int64)) == (False,) * 4


def test_the_step_size_is_searched_again_after_the_first_update():
    with chains.eagerly():
        schedule = overlapping_windows(200)
        restarts = [draw for draw in range(1, 201)
                    if schedule(tf.constant(draw, tf.int64)).restarts_step_size]
        always = overlapping_windows(200, updates_always=True)
        updates = [draw for draw in range(1, 201)
                   if always(tf.constant(draw, tf.int64)).updates_metric]
    assert restarts == [10] and updates == list(range(10, 171))
