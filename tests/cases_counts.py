"""Rows of the table of distributions: counts.

The head of cases.py explains how to write a row.
"""
import numpy as np
from case_row import NO_OWN_CHECKS, TAILS, Case, sets
from scipy import special, stats


def sigmoid(logits):
    return special.expit(logits)


def count_points(law):
    with np.errstate(all="ignore"):  # old SciPy, at a rate of 0
        if not law.std() < 1e6:  # where SciPy searches for hours
            return np.array([0., 1., 2., 10., 1e3])
        return np.unique(np.concatenate([
            [0., 1., 2., 10.], law.ppf(TAILS[3:]), law.isf(TAILS[2:])]))


class Sure:
    """All mass at 0."""

    def std(self):
        return 0.

    def ppf(self, q):
        return np.zeros_like(q)

    isf = ppf

    def support(self):
        return 0., np.inf

    def cdf(self, x):
        return np.where(np.asarray(x) < 0., 0., 1.)


def poisson(rate):
    return stats.poisson(rate) if rate else Sure()


def poisson_log_prob(x, rate):
    log_prob = special.xlogy(x, rate) - special.gammaln(x + 1.) - rate
    return np.where((x >= 0.) & (x == np.floor(x)), log_prob, -np.inf)


def binomial_log_prob(x, logits, n_experiments):
    with np.errstate(invalid="ignore"):
        log_prob = stats.binom(n_experiments, sigmoid(logits)).logpmf(x)
        log_p, log_q = -np.logaddexp(0., -logits), -np.logaddexp(0., logits)
        tails = (np.log(special.comb(n_experiments, x)) + x * log_p +
                 (n_experiments - x) * log_q)
    return np.where(np.abs(logits) > 20., tails, log_prob)


def negative_log_prob(x, total_count, logits):
    log_prob = (special.gammaln(x + total_count) - special.gammaln(total_count) -
                special.gammaln(x + 1.) - x * np.logaddexp(0., -logits) -
                total_count * np.logaddexp(0., logits))
    return np.where(x >= 0., log_prob, -np.inf)


ROWS = [
    Case("Poisson", sets(rate=[1.5, 7., 0., 1e-10, 1e3]), errors=NO_OWN_CHECKS,
         reference=poisson, log_prob=poisson_log_prob,
         points=lambda rate: count_points(poisson(rate)),
         outside=lambda rate: [-1., -10.],
         is_discrete=True, is_reparameterized=False, accepts=("check_numerics",)),
    Case("Binomial", sets(logits=[0., -2., 3., 40.]),
         options={"n_experiments": 12},
         reference=lambda logits, n_experiments: stats.binom(
             n_experiments, sigmoid(logits)),
         log_prob=binomial_log_prob,
         support=lambda logits, n_experiments: np.arange(13.),
         points=lambda logits, n_experiments: np.arange(13.),
         outside=lambda logits, n_experiments: [-1., 13.],
         is_discrete=True, is_reparameterized=False, accepts=("check_numerics",),
         errors=[({"n_experiments": 0}, ValueError, "n_experiments must be positive"),
                 ({"n_experiments": 1.5}, TypeError, "must be a positive int or a")]),
    Case("Binomial", sets(logits=[0., -0.5, 9.]), label="many",
         options={"n_experiments": 60},
         reference=lambda logits, n_experiments: stats.binom(
             n_experiments, sigmoid(logits)),
         log_prob=binomial_log_prob,
         support=lambda logits, n_experiments: np.arange(61.),
         points=lambda logits, n_experiments: np.arange(61.),
         outside=lambda logits, n_experiments: [-1., 61.],
         is_discrete=True, is_reparameterized=False, accepts=("check_numerics",)),
    Case("Geometric", sets(logits=[0., -2., 3.]), errors=NO_OWN_CHECKS,
         reference=lambda logits: stats.geom(sigmoid(logits), loc=-1),
         log_prob=lambda x, logits: np.where(x >= 0., -x * np.logaddexp(
             0., logits) - np.logaddexp(0., -logits), -np.inf),
         points=lambda logits: [0., 1., 5., 100., 1000.],
         outside=lambda logits: [-1., -10.],
         is_discrete=True, is_reparameterized=False, accepts=("check_numerics",)),
    Case("NegativeBinomial",
         sets(total_count=[2., 0.5, 30., 300.], logits=[0., 1., -1., 0.5]),
         reference=lambda total_count, logits: stats.nbinom(
             total_count, sigmoid(-logits)),
         log_prob=negative_log_prob, errors=NO_OWN_CHECKS,
         points=lambda total_count, logits: count_points(
             stats.nbinom(total_count, sigmoid(-logits))),
         outside=lambda total_count, logits: [-1., -10.],
         is_discrete=True, is_reparameterized=False, accepts=("check_numerics",)),
]
