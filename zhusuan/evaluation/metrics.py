"""Metrics of predicted probabilities: proper scores, calibration, detection.

All functions take NumPy arrays, or what converts to them, such as Tensors outside of
graphs. Probabilities have the shape `[..., n_classes]` and labels the shape `[...]`.
For two classes, probabilities of class 1 of the shape `[n]` are accepted. For accuracy
and root mean squared error, see `sklearn.metrics.accuracy_score` and
`mean_squared_error`. Functions that call scikit-learn raise `ImportError` without it;
plots need Matplotlib.
"""
from importlib import import_module
from typing import Any, NamedTuple, Tuple

import numpy as np

from zhusuan.distributions._conversion import check_int
from zhusuan.utils._types import TensorLike

__all__ = ["ReliabilityCurve", "brier_score", "expected_calibration_error",
           "negative_log_likelihood", "out_of_distribution_auroc",
           "plot_reliability", "predictive_entropy", "reliability_curve"]

# How far the sum of probabilities may be from 1: a softmax of bfloat16 is not closer.
_TOLERANCE = 0.02


class ReliabilityCurve(NamedTuple):
    """Accuracy by confidence; float arrays `[n_bins]`. Empty bins have nan.

    >>> from zhusuan.evaluation import metrics
    >>> curve = metrics.reliability_curve([0, 1, 1], [0.1, 0.9, 0.3], n_bins=2)
    >>> curve.confidence.shape, int(curve.n_data.sum())
    ((2,), 3)
    """

    confidence: np.ndarray
    """The mean confidence in each bin: of the probability of the predicted class."""
    accuracy: np.ndarray
    """The proportion of correct predictions in each bin."""
    n_data: np.ndarray
    """The number of predictions in each bin."""


# -- Proper scores ----------------------------------------------------------------

def negative_log_likelihood(labels: TensorLike, probabilities: TensorLike) -> float:
    """Mean negative log probability of the labels.

    It is `sklearn.metrics.log_loss`, which clips probabilities at about 1e-15.

    :param labels: Classes, an int array `[...]` with values from 0 to `n_classes - 1`.
    :param probabilities: A float array `[..., n_classes]`, or `[n]` of class 1.

    :return: A float.

    >>> from zhusuan.evaluation import metrics
    >>> print("%.4f" % metrics.negative_log_likelihood([0, 1], [[0.5, 0.5], [0., 1.]]))
    0.3466
    """
    y, p = _labelled("negative_log_likelihood", labels, probabilities)
    log_loss = _from_scikit_learn("negative_log_likelihood", "log_loss")
    return float(log_loss(y, p, labels=range(p.shape[-1])))


def brier_score(labels: TensorLike, probabilities: TensorLike) -> float:
    r"""Mean squared error of the probabilities.

    .. math::

        \frac{1}{n} \sum_{i=1}^n \sum_k (p_{ik} - [y_i = k])^2

    (Brier, 1950, "Verification of forecasts expressed in terms of probability", eq. 2).
    Probabilities of class 1 alone give :math:`(p_i - y_i)^2` instead of the sum over
    two classes, as `sklearn.metrics.brier_score_loss` does.

    :param labels: Classes, an int array `[...]` with values from 0 to `n_classes - 1`.
    :param probabilities: A float array `[..., n_classes]`, or `[n]` of class 1.

    :return: A float, from 0 to 2, or to 1 for probabilities of class 1 alone.

    >>> from zhusuan.evaluation import metrics
    >>> metrics.brier_score([0, 1], [[0.5, 0.5], [0., 1.]])
    0.25
    >>> metrics.brier_score([0, 1], [0.5, 1.])
    0.125
    """
    y, p = _labelled("brier_score", labels, probabilities)
    score = np.mean(np.sum((p - np.eye(p.shape[-1])[y]) ** 2, axis=-1))
    return float(score / 2. if np.ndim(probabilities) == 1 else score)


# -- Calibration ------------------------------------------------------------------

def reliability_curve(labels: TensorLike, probabilities: TensorLike,
                      n_bins: int = 15) -> ReliabilityCurve:
    """Accuracy and confidence in bins of equal width.

    The predicted class has the largest probability, which is the confidence. The bins
    are open on the left (Guo, Pleiss, Sun and Weinberger, 2017, "On calibration of
    modern neural networks", section 2).

    :param labels: Classes, an int array `[...]` with values from 0 to `n_classes - 1`.
    :param probabilities: A float array `[..., n_classes]`, or `[n]` of class 1.
    :param n_bins: An int, the number of bins of the interval from 0 to 1.

    :return: A :class:`ReliabilityCurve`.

    >>> from zhusuan.evaluation import metrics
    >>> curve = metrics.reliability_curve([0, 1, 1], [0.1, 0.9, 0.3], n_bins=2)
    >>> print(curve.n_data, "%.3f" % curve.accuracy[1])
    [0 3] 0.667
    """
    y, p = _labelled("reliability_curve", labels, probabilities)
    return _reliability_curve(y, p, check_int("reliability_curve: n_bins", n_bins))


def expected_calibration_error(labels: TensorLike, probabilities: TensorLike,
                               n_bins: int = 15) -> float:
    r"""Mean absolute difference between accuracy and confidence.

    .. math::

        \mathrm{ECE} = \sum_{m=1}^M \frac{n_m}{n}
            \left|\mathrm{acc}_m - \mathrm{conf}_m\right|

    (Guo, Pleiss, Sun and Weinberger, 2017, "On calibration of modern neural networks",
    eq. 3). The bins are those of :func:`reliability_curve`.

    :param labels: Classes, an int array `[...]` with values from 0 to `n_classes - 1`.
    :param probabilities: A float array `[..., n_classes]`, or `[n]` of class 1.
    :param n_bins: An int, :math:`M`.

    :return: A float in [0, 1].

    >>> from zhusuan.evaluation import metrics
    >>> print("%.2f" % metrics.expected_calibration_error([1, 0], [0.8, 0.8]))
    0.30
    """
    y, p = _labelled("expected_calibration_error", labels, probabilities)
    curve = _reliability_curve(
        y, p, check_int("expected_calibration_error: n_bins", n_bins))
    gaps = np.abs(curve.accuracy - curve.confidence)
    return float(np.nansum(curve.n_data * gaps) / len(y))


def plot_reliability(labels: TensorLike, probabilities: TensorLike, n_bins: int = 15,
                     ax: Any = None) -> Any:
    """Plot accuracy by confidence, with the share of predictions in each bin.

    Predictions of a calibrated model are on the diagonal; those of an overconfident
    model are below it.

    :param labels: Classes, an int array `[...]` with values from 0 to `n_classes - 1`.
    :param probabilities: A float array `[..., n_classes]`, or `[n]` of class 1.
    :param n_bins: An int, the number of bins of the interval from 0 to 1.
    :param ax: The axes of Matplotlib to plot into; new ones by default.

    :return: The axes.

    >>> from matplotlib.figure import Figure
    >>> from zhusuan.evaluation import metrics
    >>> axes = metrics.plot_reliability([0, 1, 1], [0.1, 0.9, 0.3], n_bins=2,
    ...                                 ax=Figure().subplots())
    >>> axes.get_xlabel()
    'confidence'
    """
    y, p = _labelled("plot_reliability", labels, probabilities)
    curve = _reliability_curve(y, p, check_int("plot_reliability: n_bins", n_bins))
    import matplotlib.pyplot as plt

    ax = plt.subplots()[1] if ax is None else ax
    width = 1. / n_bins
    ax.bar(np.arange(n_bins) * width, curve.n_data / len(y), width, align="edge",
           color="0.85", label="share of predictions")
    ax.plot([0., 1.], [0., 1.], color="grey", linestyle=":", label="calibrated")
    is_used = curve.n_data > 0
    ax.plot(curve.confidence[is_used], curve.accuracy[is_used], marker="o",
            label="model")
    ax.set(xlabel="confidence", ylabel="accuracy", xlim=(0., 1.), ylim=(0., 1.02))
    ax.legend()
    return ax


def _reliability_curve(y: np.ndarray, p: np.ndarray, n_bins: int) -> ReliabilityCurve:
    confidence = np.max(p, axis=-1)
    is_correct = np.argmax(p, axis=-1) == y
    # `sklearn.calibration.calibration_curve` does not return the numbers of data, and
    # its version determines the side on which bins are open.
    inner_edges = np.linspace(0., 1., n_bins + 1)[1:-1]
    bins = np.searchsorted(inner_edges, confidence, side="left")
    n_data = np.bincount(bins, minlength=n_bins)
    with np.errstate(invalid="ignore"):
        return ReliabilityCurve(
            np.bincount(bins, confidence, n_bins) / n_data,
            np.bincount(bins, is_correct, n_bins) / n_data, n_data)


# -- Detection of inputs out of distribution --------------------------------------

def predictive_entropy(probabilities: TensorLike) -> np.ndarray:
    r"""Entropy of predicted probabilities, :math:`-\sum_k p_k \log p_k`, in nats.

    :param probabilities: A float array `[..., n_classes]`.

    :return: A float array `[...]`.

    >>> from zhusuan.evaluation import metrics
    >>> print(metrics.predictive_entropy([[0.5, 0.5], [0., 1.]]).round(4))
    [0.6931 0.    ]
    """
    p = _checked_probabilities("predictive_entropy", np.asarray(probabilities))
    # The sum of -0 and 0 is 0.
    return -np.sum(p * np.log(np.where(p > 0., p, 1.)), axis=-1) + 0.


def out_of_distribution_auroc(scores_in: TensorLike, scores_out: TensorLike) -> float:
    """Area under the ROC curve of the detection of inputs out of distribution.

    It is the probability that a random input out of distribution has a higher score
    than one in distribution, with one half for equal scores
    (`sklearn.metrics.roc_auc_score`).

    :param scores_in: A float array of scores of inputs in distribution, such as
        :func:`predictive_entropy` of their probabilities. Higher scores indicate
        inputs out of distribution.
    :param scores_out: A float array of scores of inputs out of distribution.

    :return: A float: 1 for perfect detection, 0.5 for random scores.

    >>> from zhusuan.evaluation import metrics
    >>> metrics.out_of_distribution_auroc([0.1, 0.3], [0.2, 0.5])
    0.75
    """
    scores = [_checked_scores(name, scores) for name, scores in [
        ("scores_in", scores_in), ("scores_out", scores_out)]]
    roc_auc_score = _from_scikit_learn("out_of_distribution_auroc", "roc_auc_score")
    return float(roc_auc_score(np.repeat([0, 1], [len(x) for x in scores]),
                               np.concatenate(scores)))


# -- Arguments --------------------------------------------------------------------

def _from_scikit_learn(function: str, name: str) -> Any:
    try:
        module = import_module("sklearn.metrics")
    except ImportError as error:
        raise ImportError(
            "%s: the package scikit-learn, whose %s computes the metric, is not "
            "installed. Run pip install scikit-learn." % (function, name)) from error
    return getattr(module, name)


def _labelled(function: str, labels: TensorLike, probabilities: TensorLike
              ) -> Tuple[np.ndarray, np.ndarray]:
    """Labels `[n]` and probabilities `[n, n_classes]` of float64, checked."""
    y, p = np.asarray(labels), np.asarray(probabilities)
    is_of_class_1 = p.ndim == 1 and y.shape == p.shape
    if not (is_of_class_1 or y.shape == p.shape[:-1]) or not y.ndim or not y.size:
        raise ValueError(
            "%s: labels [...] need probabilities [..., n_classes], or labels [n] "
            "probabilities [n] of class 1, but the shapes are %s and %s. Convert "
            "one-hot labels by np.argmax(labels, -1)." % (function, y.shape, p.shape))
    if is_of_class_1:
        p = np.stack([1. - p.astype(np.float64), p], axis=-1)
    p = _checked_probabilities(function, p)
    return (_checked_labels(function, y, p.shape[-1]).reshape(-1),
            p.reshape(-1, p.shape[-1]))


def _checked_probabilities(function: str, p: np.ndarray) -> np.ndarray:
    """Probabilities of float64, whose sums are 1 up to rounding."""
    if p.ndim == 0 or p.shape[-1] < 2:
        raise ValueError(
            "%s: probabilities must have a last axis of at least two classes, but "
            "their shape is %s. For two classes, probabilities [n] of class 1 are "
            "accepted." % (function, p.shape))
    p = p.astype(np.float64)
    total = np.sum(p, axis=-1, keepdims=True)
    if not (np.all(np.isfinite(p)) and np.all(p >= 0.)
            and np.all(np.abs(total - 1.) <= _TOLERANCE)):
        raise ValueError(
            "%s: probabilities must be in [0, 1] and their sums over the last axis 1, "
            "but they are from %s to %s and their sums from %s to %s. Apply a softmax "
            "to logits." % (function, p.min(), p.max(), total.min(), total.max()))
    return p / total


def _checked_labels(function: str, y: np.ndarray, n_classes: int) -> np.ndarray:
    if y.dtype.kind not in "biuf" or np.any(y != np.floor(y)) or (
            y.min() < 0 or y.max() >= n_classes):
        raise ValueError(
            "%s: labels must be integers from 0 to %d, the last class, but they are %s."
            % (function, n_classes - 1, np.array2string(y, threshold=10)))
    return y.astype(int)


def _checked_scores(name: str, scores: TensorLike) -> np.ndarray:
    x = np.ravel(np.asarray(scores)).astype(np.float64)
    if not x.size or not np.all(np.isfinite(x)):
        raise ValueError(
            "out_of_distribution_auroc: %s must have one or more finite numbers, but "
            "it is %r." % (name, scores))
    return x
