"""Rows of the table of distributions: positive numbers and those between 0 and 1.

The head of cases.py explains how to write a row.
"""
import numpy as np
from case_row import NO_OWN_CHECKS, Case, sets
from scipy import special, stats

SHAPE_RATE = sets(alpha=[2., 0.7, 1., 30.], beta=[1., 3., 2., 0.5])
IMPLICIT = ("is_reparameterized", "use_path_derivative", "check_numerics")


def gamma_terms(x, alpha, beta):
    logs = (np.abs(special.gammaln(alpha)) + np.abs(alpha * np.log(beta)) +
            np.abs((alpha - 1.) * np.log(x)))
    return logs + beta * x


ROWS = [
    Case("Exponential", sets(rate=[1., 3., 1e-6]), errors=NO_OWN_CHECKS,
         reference=lambda rate: stats.expon(scale=1. / rate),
         terms=lambda x, rate: np.abs(np.log(rate)) + rate * x),
    Case("HalfNormal", sets(scale=[1., 0.3, 1e-12]), errors=NO_OWN_CHECKS,
         reference=lambda scale: stats.halfnorm(scale=scale),
         terms=lambda x, scale: np.abs(np.log(scale)) + (x / scale) ** 2),
    Case("HalfCauchy", sets(scale=[1., 0.3, 1e-6]), errors=NO_OWN_CHECKS,
         reference=lambda scale: stats.halfcauchy(scale=scale),
         points=lambda scale: scale * np.array([0., 1e-9, 0.1, 1., 7., 1e6, 1e12]),
         terms=lambda x, scale: np.abs(np.log(scale)) + np.log1p((x / scale) ** 2)),
    Case("Gamma", SHAPE_RATE, accepts=IMPLICIT,
         errors=NO_OWN_CHECKS,
         reference=lambda alpha, beta: stats.gamma(alpha, scale=1. / beta),
         terms=gamma_terms),
    Case("InverseGamma", SHAPE_RATE, accepts=IMPLICIT,
         errors=NO_OWN_CHECKS,
         reference=lambda alpha, beta: stats.invgamma(alpha, scale=beta),
         points=lambda alpha, beta: beta * np.array([1e-2, 0.1, 0.5, 1., 3., 90., 1e5]),
         terms=lambda x, alpha, beta: gamma_terms(1. / x, alpha, beta) +
         2. * np.abs(np.log(x))),
]
