"""Metrics of probabilities against scikit-learn, SciPy and calculation by hand."""
import sys

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from zhusuan.evaluation import metrics

sklearn_metrics = pytest.importorskip("sklearn.metrics")
STATE = np.random.RandomState(1)
PROBABILITIES = STATE.dirichlet(np.ones(4), 300)
LABELS = STATE.randint(0, 4, 300)
OF_LABELS = {"negative_log_likelihood", "brier_score", "reliability_curve",
             "expected_calibration_error", "plot_reliability"}
every_metric = pytest.mark.parametrize("name", sorted(OF_LABELS))


def test_negative_log_likelihood_matches_its_definition():
    expected = -np.mean(np.log(PROBABILITIES[np.arange(300), LABELS]))
    assert metrics.negative_log_likelihood(LABELS, PROBABILITIES) == (
        pytest.approx(expected, rel=1e-12))
    p = PROBABILITIES[:, 0]
    expected = -scipy.stats.bernoulli.logpmf(LABELS % 2, p).mean()
    assert metrics.negative_log_likelihood(LABELS % 2, p) == (
        pytest.approx(expected, rel=1e-12))


def test_brier_score_matches_scikit_learn():
    y, p = LABELS % 2, PROBABILITIES[:, 0]
    assert metrics.brier_score(y, p) == pytest.approx(
        sklearn_metrics.brier_score_loss(y, p), rel=1e-12)
    columns = [sklearn_metrics.brier_score_loss(np.equal(LABELS, k), p_k)
               for k, p_k in enumerate(PROBABILITIES.T)]
    assert metrics.brier_score(LABELS, PROBABILITIES) == pytest.approx(
        np.sum(columns), rel=1e-12)


def test_proper_scores_prefer_the_true_probabilities():
    """The probability of the opposite order is below 1e-9 for these 20,000 labels."""
    p = np.array([0.2, 0.5, 0.3])
    y = np.random.RandomState(2).choice(3, 20000, p=p)
    for score in metrics.negative_log_likelihood, metrics.brier_score:
        true = score(y, np.tile(p, [len(y), 1]))
        for other in [0.3, 0.4, 0.3], [0.1, 0.6, 0.3], [0., 0.7, 0.3]:
            assert true < score(y, np.tile(other, [len(y), 1]))


def test_calibration_error_by_hand():
    """Two bins: confidences 0.6 and 0.8 (one of two correct), and 0.3 (correct)."""
    p = [[0.6, 0.4, 0.], [0.1, 0.1, 0.8], [0.4, 0.3, 0.3]]
    curve = metrics.reliability_curve([0, 1, 0], p, n_bins=2)
    np.testing.assert_array_equal(curve.n_data, [1, 2])
    np.testing.assert_allclose(curve.confidence, [0.4, 0.7])
    np.testing.assert_allclose(curve.accuracy, [1., 0.5])
    assert metrics.expected_calibration_error([0, 1, 0], p, n_bins=2) == (
        pytest.approx((0.6 + 2 * 0.2) / 3))


def test_bins_are_open_on_the_left():
    """0.5 belongs to the first of two bins, and 1 to the last one."""
    curve = metrics.reliability_curve([1, 1, 1], [0.5, 0.75, 1.], n_bins=2)
    np.testing.assert_array_equal(curve.n_data, [1, 2])


def test_reliability_curve_matches_scikit_learn():
    calibration_curve = pytest.importorskip("sklearn.calibration").calibration_curve
    curve = metrics.reliability_curve(LABELS, PROBABILITIES, n_bins=10)
    accuracy, confidence = calibration_curve(
        PROBABILITIES.argmax(1) == LABELS, PROBABILITIES.max(1), n_bins=10)
    used = curve.n_data > 0
    np.testing.assert_allclose(curve.accuracy[used], accuracy)
    np.testing.assert_allclose(curve.confidence[used], confidence)
    assert curve.n_data.sum() == 300 and np.all(np.isnan(curve.accuracy[~used]))


def test_calibrated_predictions_have_a_small_calibration_error():
    """Labels drawn by the probabilities; a bin's deviation is below 5 deviations."""
    state = np.random.RandomState(3)
    p = state.uniform(size=40000)
    y = state.uniform(size=40000) < p
    assert metrics.expected_calibration_error(y, p, 10) < 5 * 0.5 / np.sqrt(40000 / 5)
    overconfident = np.where(p > 0.5, 0.99, 0.01)
    assert metrics.expected_calibration_error(y, overconfident) == pytest.approx(
        0.24, abs=0.02)


def test_entropy_matches_scipy():
    np.testing.assert_allclose(
        metrics.predictive_entropy(PROBABILITIES.reshape(3, 100, 4)),
        scipy.stats.entropy(PROBABILITIES.T).reshape(3, 100), rtol=1e-12)
    assert not np.signbit(metrics.predictive_entropy([0., 1.]))


def test_auroc_is_the_mann_whitney_statistic():
    inside, outside = STATE.normal(size=50).round(1), STATE.normal(1., size=30).round(1)
    u = scipy.stats.mannwhitneyu(outside, inside, alternative="two-sided").statistic
    assert metrics.out_of_distribution_auroc(inside, outside) == pytest.approx(
        u / (50 * 30), rel=1e-12)
    assert metrics.out_of_distribution_auroc([1.], [2.]) == 1.


@pytest.mark.parametrize("name", sorted(OF_LABELS - {"plot_reliability"}))
def test_axes_of_data_are_joined(name):
    metric = getattr(metrics, name)
    np.testing.assert_array_equal(
        metric(LABELS.reshape(3, 100), PROBABILITIES.reshape(3, 100, 4)),
        metric(LABELS, PROBABILITIES))


@pytest.mark.parametrize("dtype, tolerance", [("float16", 0.01), ("float32", 1e-5)])
def test_probabilities_of_low_precision_are_accepted(dtype, tolerance):
    low = PROBABILITIES.astype(dtype)
    for name in "negative_log_likelihood", "brier_score":
        metric = getattr(metrics, name)
        assert metric(LABELS, low) == pytest.approx(
            metric(LABELS, PROBABILITIES), abs=tolerance)


@pytest.mark.skipif(not tf.executing_eagerly(), reason="graphs have symbolic Tensors")
def test_tensors_are_accepted():
    logits = tf.constant(np.log(PROBABILITIES), tf.float32)
    for dtype in "float32", "bfloat16":
        p = tf.nn.softmax(tf.cast(logits, dtype))
        assert metrics.brier_score(tf.constant(LABELS), p) == pytest.approx(
            metrics.brier_score(LABELS, PROBABILITIES), abs=0.01)


def test_plot_shows_the_used_bins():
    plt = pytest.importorskip("matplotlib.pyplot")
    ax = metrics.plot_reliability([0, 1, 1], [0.1, 0.9, 0.3], n_bins=4)
    np.testing.assert_allclose(ax.lines[1].get_xdata(), [0.7, 0.9])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [0., 1.])
    np.testing.assert_allclose(
        [bar.get_height() for bar in ax.patches], [0., 0., 1 / 3., 2 / 3.])
    assert metrics.plot_reliability([0, 1], [0.1, 0.9], ax=ax) is ax
    plt.close(ax.figure)


@every_metric
@pytest.mark.parametrize("labels, probabilities, message", [
    ([0, 1], [[0.5, 0.5]], r"but the shapes are \(2,\) and \(1, 2\)"),
    ([], [], "the shapes are"),
    (0, 0.5, "the shapes are"),
    (0, [0.5, 0.5], "the shapes are"),
    ([0, 1], [[1.], [1.]], "at least two classes"),
    ([0], [[0.5, 1.5]], "sums over the last axis 1.*Apply a softmax"),
    ([0], [[-0.5, 1.5]], "in .0, 1."),
    ([0], [[np.nan, 1.]], "in .0, 1."),
    ([0], [1.5], "in .0, 1."),
    ([2], [[0.5, 0.5]], r"integers from 0 to 1.*they are \[2\]"),
    ([-1], [[0.5, 0.5]], "integers from 0 to 1"),
    ([0.5], [[0.5, 0.5]], "integers from 0 to 1"),
    ([np.nan], [[0.5, 0.5]], "integers from 0 to 1"),
    (["a"], [[0.5, 0.5]], "integers from 0 to 1"),
    ([[0, 0, 1]], [[0.2, 0.3, 0.5]], "one-hot labels by np.argmax")])
def test_bad_arguments_raise(name, labels, probabilities, message):
    with pytest.raises(ValueError, match="^" + name + ": .*" + message):
        getattr(metrics, name)(labels, probabilities)


@pytest.mark.parametrize("n_bins", [0, 2.5, "3"])
def test_bad_numbers_of_bins_raise(n_bins):
    with pytest.raises((TypeError, ValueError), match="calibration_error: n_bins"):
        metrics.expected_calibration_error([0], [0.5], n_bins)


@pytest.mark.parametrize("scores", [[], [np.nan], [np.inf]])
def test_bad_scores_raise(scores):
    with pytest.raises(ValueError, match="scores_out must have one or more finite"):
        metrics.out_of_distribution_auroc([1.], scores)


def test_missing_scikit_learn_raises_a_clear_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    for call in [lambda: metrics.negative_log_likelihood([0], [0.5]),
                 lambda: metrics.out_of_distribution_auroc([0.], [1.])]:
        with pytest.raises(ImportError, match="scikit-learn.*Run pip install"):
            call()
    metrics.brier_score([0], [0.5])
