"""Base classes that several families of distributions share."""
from zhusuan.distributions._bases.alpha_beta import AlphaBetaDistribution
from zhusuan.distributions._bases.continuous import ContinuousDistribution
from zhusuan.distributions._bases.counts import (
    CountDistribution,
    LogOddsDistribution,
    largest_count,
)
from zhusuan.distributions._bases.half import HalfDistribution
from zhusuan.distributions._bases.intervals import POSITIVE, REAL, UNIT
from zhusuan.distributions._bases.location_scale import (
    LocationScaleDistribution,
    LocationScaleParameters,
)
from zhusuan.distributions._bases.normal import NormalFamily
from zhusuan.distributions._bases.parameters import parameter
from zhusuan.distributions._bases.vectors import (
    CategoryDistribution,
    LogitsDistribution,
    VectorDistribution,
    broadcast_to_event,
    last_dimension,
)

__all__ = ["AlphaBetaDistribution", "CategoryDistribution", "ContinuousDistribution",
           "CountDistribution", "HalfDistribution", "LocationScaleDistribution",
           "LocationScaleParameters", "LogOddsDistribution", "LogitsDistribution",
           "NormalFamily", "POSITIVE", "REAL", "UNIT", "VectorDistribution",
           "broadcast_to_event", "largest_count", "last_dimension", "parameter"]
