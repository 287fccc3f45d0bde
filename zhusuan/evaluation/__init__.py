"""Model evaluation: marginal likelihoods and posterior predictions."""
from zhusuan.evaluation.ais import AIS, AISResult
from zhusuan.evaluation.importance import is_loglikelihood
from zhusuan.evaluation.prediction import Prediction, predictive
from zhusuan.evaluation.sequential_monte_carlo import smc

__all__ = ["AIS", "AISResult", "Prediction", "is_loglikelihood", "predictive", "smc"]
