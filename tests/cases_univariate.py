"""Rows of the table of distributions: one real or integer number per draw.

The head of cases.py explains how to write a row.
"""
import numpy as np
from case_row import NO_OWN_CHECKS, TAILS, Case, sets
from scipy import special, stats


def fold_normal_log_prob(x, mean, std):
    """scipy's own takes the log of a density that underflows."""
    terms = stats.norm(mean, std).logpdf(x), stats.norm(-mean, std).logpdf(x)
    return np.where(x < 0., -np.inf, np.logaddexp(*terms))


def fold_normal_points(mean, std):
    """scipy's quantiles are slow, and fail far out."""
    normal = stats.norm(mean, std)
    return np.abs(np.concatenate([[0.], normal.ppf(TAILS), normal.isf(TAILS)]))


def uniform_log_prob(x, minval, maxval):
    """scipy's support has its upper end in it."""
    inside = (x >= minval) & (x < maxval)
    return np.where(inside, -np.log(maxval - minval), -np.inf)


def normal_terms(x, mean, std):
    return np.maximum(np.abs(np.log(std)), ((np.abs(x) - np.abs(mean)) / std) ** 2)


SCALES = [({"std": 1., "logstd": 0.}, ValueError, "one of std and logstd, but both"),
          ({"std": None, "logstd": None}, ValueError, "and logstd, but neither"),
          ({"_sentinel": 1.}, ValueError, "takes one positional argument")]
NORMAL = sets(mean=[0., -3., 2000., 0., 1e6], std=[1., 0.5, 0.25, 1e-30, 1e30])
LOGSTD = sets(mean=[0., 1.5, 0., -1.], logstd=[0., -2., -50., 50.])

ROWS = [
    Case("Normal", NORMAL, label="std",
         reference=lambda mean, std: stats.norm(mean, std),
         terms=normal_terms, errors=SCALES),
    Case("Normal", LOGSTD, label="logstd",
         reference=lambda mean, logstd: stats.norm(mean, np.exp(logstd)),
         terms=lambda x, mean, logstd: normal_terms(x, mean, np.exp(logstd)),
         errors=SCALES),
    Case("FoldNormal", NORMAL[:4], label="std",
         reference=lambda mean, std: stats.foldnorm(abs(mean) / std, scale=std),
         log_prob=fold_normal_log_prob, points=fold_normal_points,
         terms=normal_terms, errors=SCALES),
    Case("Uniform",
         sets(minval=[0., -2., 1e6, -1e-30], maxval=[1., 3., 1e6 + 1., 1e-30]),
         reference=lambda minval, maxval: stats.uniform(minval, maxval - minval),
         log_prob=uniform_log_prob,
         pathwise="cdf", accepts=("is_reparameterized", "check_numerics"),
         errors=[({"minval": [0., 1.], "maxval": [1., 1.]}, ValueError,
                  "maxval must be greater than minval everywhere")]),
    Case("Bernoulli",
         sets(logits=[0., -3., 50., -1000.]),
         reference=lambda logits: stats.bernoulli(special.expit(logits)),
         is_discrete=True, is_reparameterized=False, accepts=(),
         log_prob=lambda x, logits: -np.logaddexp(0., (1. - 2. * x) * logits),
         support=lambda logits: [0., 1.],
         points=lambda logits: [0., 1.],
         outside=lambda logits: [-1., 2.], errors=NO_OWN_CHECKS),
]
