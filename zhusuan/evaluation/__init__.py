"""Model evaluation: marginal likelihoods, predictions and calibration."""
from zhusuan.evaluation import metrics
from zhusuan.evaluation.ais import AIS, AISResult
from zhusuan.evaluation.importance import is_loglikelihood
from zhusuan.evaluation.prediction import Prediction, predictive
from zhusuan.evaluation.prior import prior_predictive
from zhusuan.evaluation.sequential_monte_carlo import smc
from zhusuan.evaluation.simulation_based_calibration import Calibration, calibration

__all__ = ["AIS", "AISResult", "Calibration", "Prediction", "calibration",
           "is_loglikelihood", "metrics", "predictive", "prior_predictive", "smc"]
