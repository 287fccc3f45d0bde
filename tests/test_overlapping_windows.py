"""Overlapping windows: their schedule, and the estimates of merged windows."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf

from zhusuan.mcmc._adaptation.fisher_estimators import LowRankFisherEstimator
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


@pytest.mark.parametrize("is_dense", [False, True])
def test_merged_moments_match_numpy(mode, is_dense):
    x = 100. + np.random.RandomState(7).randn(9, 4, 3) @ np.diag([1., 2., 3.])
    estimator = CovarianceEstimator(is_dense)

    def merged(x):
        chain = ChainState([x[0]], tf.zeros([4], x.dtype), [x[0]])
        parts = []
        for draws in (x[:2], x[2:]):
            part = tf.nest.map_structure(tf.constant, estimator.init(chain))
            for position in tf.unstack(draws):
                part = estimator.update(part, chain._replace(position=[position]))
            parts.append(part)
        return estimator.merge(*parts)

    found = modes.run(mode, tf.autograph.experimental.do_not_convert(merged), x)
    flat = x.reshape(36, 3)
    squares = 35. * np.cov(flat.T)
    assert found.count == found.count_of_squares == 36.
    np.testing.assert_allclose(found.mean[0], flat.mean(0), rtol=1e-13)
    np.testing.assert_allclose(
        found.squares[0], squares if is_dense else np.diag(squares), rtol=1e-10)


@pytest.mark.parametrize("n_earlier", [2, 9])
@pytest.mark.parametrize("n_later", [0, 3, 9])
def test_merged_rows_are_those_of_the_last_draws(n_earlier, n_later):
    estimator = LowRankFisherEstimator(n_rows=8)

    def estimate_of(draws):
        chain = ChainState([tf.zeros([2, 1], tf.float64)], tf.zeros([2], tf.float64),
                           [tf.zeros([2, 1], tf.float64)])
        estimate = tf.nest.map_structure(tf.constant, estimator.init(chain))
        for draw in draws:
            x = tf.constant([[2. * draw], [2. * draw + 1.]], tf.float64)
            estimate = estimator.update(
                estimate, chain._replace(position=[x], gradient=[-x]))
        return estimate

    with chains.eagerly():
        n = n_earlier + n_later
        merged = estimator.merge(estimate_of(range(n_earlier)),
                                 estimate_of(range(n_earlier, n)))
        found = tf.nest.map_structure(lambda x: x.numpy(), merged)
    n_used = min(2 * n, 8)
    wanted = np.arange(2. * n)[::-1][:n_used, np.newaxis]
    assert found.n_kept == found.moments.position.count == 2 * n
    np.testing.assert_array_equal(found.position[:n_used], wanted)
    np.testing.assert_array_equal(found.gradient[:n_used], -wanted)
