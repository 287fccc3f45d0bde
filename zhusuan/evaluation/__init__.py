"""Model evaluation: marginal likelihoods, and predictions of priors and posteriors."""
from zhusuan.evaluation.ais import AIS, AISResult
from zhusuan.evaluation.importance import is_loglikelihood
from zhusuan.evaluation.prediction import Prediction, predictive
from zhusuan.evaluation.prior import prior_predictive

__all__ = ["AIS", "AISResult", "Prediction", "is_loglikelihood", "predictive",
           "prior_predictive"]
