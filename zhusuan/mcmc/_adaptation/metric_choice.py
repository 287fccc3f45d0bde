"""The adaptation of the metrics that users choose by name."""
from zhusuan.mcmc._adaptation.fisher_estimators import (
    FisherEstimator,
    LowRankFisherEstimator,
)
from zhusuan.mcmc._adaptation.metric_estimators import (
    EstimatorByDimension,
    OverlappingEstimator,
)
from zhusuan.mcmc._adaptation.schedules import overlapping_windows
from zhusuan.mcmc._adaptation.warmup import Warmup

__all__ = ["METRICS", "checked_metric", "metric_warmup"]

# The largest number of latents with a dense metric by default.
DENSE_LIMIT = 200
METRICS = ("auto", "diagonal", "dense", "low_rank")


def checked_metric(metric, sampler):
    """The name of a metric; ValueError unless it is one."""
    if not isinstance(metric, str) or metric not in METRICS:
        raise ValueError("%s: metric must be one of %s, but it is %r." % (
            sampler, ", ".join(map(repr, METRICS)), metric))
    return metric


def metric_warmup(rule, metric, n_warmup, **settings):
    """The :class:`Warmup` of a step-size rule and a metric of one vector.

    :param metric: One of `METRICS`.
    :param settings: Of `Warmup`.
    """
    # A diagonal costs little beside a draw, a decomposition of a matrix does not.
    schedule = overlapping_windows(n_warmup, updates_always=metric == "diagonal")
    return Warmup(rule, OverlappingEstimator(_estimator(metric)), schedule,
                  is_flat=True, n_warmup=n_warmup, **settings)


def _estimator(metric):
    if metric == "low_rank":
        return LowRankFisherEstimator()
    if metric == "auto":
        return EstimatorByDimension(
            FisherEstimator(is_dense=True), LowRankFisherEstimator(), DENSE_LIMIT)
    return FisherEstimator(is_dense=metric == "dense")
