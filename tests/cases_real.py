"""Rows of the table of distributions: the whole line, heavy tails; categories.

The head of cases.py explains how to write a row.
"""
import numpy as np
from case_row import NO_OWN_CHECKS, TAILS, Case, sets
from scipy import special, stats

LOC_SCALE = sets(loc=[0., -3., 2000., 0.], scale=[1., 0.5, 0.25, 1e-12])


def standard(x, loc, scale):
    return np.abs(x - loc) / scale


def ordinary_tails(law):
    """Quantiles whose squares are finite, unlike the last ones of heavy tails."""
    tails = TAILS[TAILS > 1e-14]
    return np.concatenate([law.ppf(tails), law.isf(tails)])


def gumbel_terms(x, loc, scale):
    z = (x - loc) / scale
    return np.maximum(np.abs(np.log(scale)), np.maximum(np.abs(z), np.exp(-z)))


def categorical_log_prob(x, logits):
    return special.log_softmax(logits)[np.asarray(x, int)]


ROWS = [
    Case("Laplace", LOC_SCALE, reference=stats.laplace, errors=NO_OWN_CHECKS,
         terms=lambda x, loc, scale: np.maximum(
             np.abs(np.log(scale)), standard(x, loc, scale))),
    Case("Logistic", LOC_SCALE, reference=stats.logistic, errors=NO_OWN_CHECKS,
         terms=lambda x, loc, scale: np.maximum(
             np.abs(np.log(scale)), standard(x, loc, scale))),
    Case("Gumbel", LOC_SCALE, reference=stats.gumbel_r, terms=gumbel_terms,
         errors=NO_OWN_CHECKS),
    Case("Cauchy", LOC_SCALE, reference=stats.cauchy, errors=NO_OWN_CHECKS,
         points=lambda loc, scale: ordinary_tails(stats.cauchy(loc, scale)),
         terms=lambda x, loc, scale: np.maximum(
             np.abs(np.log(scale)),
             2. * np.log1p(standard(x, loc, scale)))),
    Case("StudentT",
         sets(df=[3., 1.5, 30.], loc=[0., -3., 100.], scale=[1., 0.5, 0.25]),
         reference=stats.t, errors=NO_OWN_CHECKS,
         points=lambda df, loc, scale: ordinary_tails(stats.t(df, loc, scale)),
         terms=lambda x, df, loc, scale: special.gammaln(df / 2. + 1.) + (
             df + 1.) * np.log1p(standard(x, loc, scale))),
    Case("Categorical",
         sets(logits=[[0., 0., 0.], [1., -2., 0.5], [-30., 0., 40.]]),
         reference=lambda logits: None, log_prob=categorical_log_prob,
         is_discrete=True, is_reparameterized=False, accepts=(),
         support=lambda logits: [0., 1., 2.], points=lambda logits: [0., 1., 2.],
         outside=lambda logits: [-1., 3.],
         errors=[({"logits": np.zeros(2 ** 15 + 1), "dtype": "int16"}, ValueError,
                  "dtype=int16 cannot represent 32769 categories"),
                 ({"logits": np.zeros(2050), "dtype": "float16"}, ValueError,
                  "all integers above 2048.*dtype=tf.int32")]),
]
