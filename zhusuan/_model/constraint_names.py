"""Names of constraints, with their bijectors and the distributions that imply them."""
from zhusuan import distributions as d
from zhusuan.distributions import bijectors

__all__ = ["MEANINGS", "NAMED", "SUPPORTS"]

NAMED = {"positive": bijectors.Exp, "unit": bijectors.Sigmoid,
         "simplex": bijectors.SoftmaxCentered, "ordered": bijectors.Ordered,
         "positive_ordered": bijectors.PositiveOrdered,
         "sum_to_zero": bijectors.SumToZero, "circular": bijectors.Circular,
         "cholesky_corr": bijectors.CholeskyCorr,
         "positive_definite": bijectors.PositiveDefinite}
# The words of error messages.
MEANINGS = {"positive": "positive", "unit": "between 0 and 1",
            "simplex": "positive, with the sum 1 along its last axis",
            "ordered": "increasing along its last axis",
            "positive_ordered": "positive and increasing along its last axis",
            "sum_to_zero": "a vector along its last axis with the sum 0",
            "circular": "an angle between -pi and pi",
            "cholesky_corr": "a lower triangular matrix with a positive diagonal and "
            "rows of the length 1",
            "positive_definite": "a symmetric positive definite matrix"}

# The distributions whose support a name describes.
SUPPORTS = {
    "positive": (d.Exponential, d.FoldNormal, d.Gamma, d.HalfCauchy, d.HalfFlat,
                 d.HalfNormal, d.HalfStudentT, d.InverseGamma, d.LogNormal, d.Weibull),
    "unit": (d.Beta, d.BinConcrete, d.Kumaraswamy, d.LogitNormal),
    "simplex": (d.Dirichlet, d.Concrete),
    "circular": (d.VonMises,), "cholesky_corr": (d.LKJCholesky,),
    "positive_definite": (d.InverseWishart, d.Wishart)}
