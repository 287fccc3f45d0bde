"""Rows of the table of distributions: overdispersed counts and ordered categories.

The head of cases.py explains how to write a row.
"""
import numpy as np
from case_row import NO_OWN_CHECKS, Case, sets
from scipy import special, stats

SWITCHES = {"is_discrete": True, "is_reparameterized": False,
            "accepts": ("check_numerics",)}


# -- Binomial counts ------------------------------------------------------------------

def beta_binomial_log_prob(x, alpha, beta, n_experiments):
    """By the products of which the beta functions are quotients, of whole counts."""
    def log_rising(start, count):
        return np.array([np.sum(np.log(start + np.arange(c))) for c in count])

    n = n_experiments
    inside = (x >= 0.) & (x <= n) & (x == np.floor(x))
    k = np.where(inside, x, 0.).astype(int)
    log_prob = (np.log(special.comb(n, k)) + log_rising(alpha, k) +
                log_rising(beta, n - k) - log_rising(alpha + beta, [n]))
    return np.where(inside, log_prob, -np.inf)


def beta_binomial(n, shapes, label=""):
    return Case(
        "BetaBinomial", shapes, label=label, options={"n_experiments": n},
        reference=lambda alpha, beta, n_experiments: stats.betabinom(
            n_experiments, alpha, beta),
        log_prob=beta_binomial_log_prob,
        support=lambda alpha, beta, n_experiments: np.arange(n_experiments + 1.),
        points=lambda alpha, beta, n_experiments: np.arange(n_experiments + 1.),
        outside=lambda alpha, beta, n_experiments: [-1., n_experiments + 1.],
        errors=[({"n_experiments": 0}, ValueError, "n_experiments must be")],
        **SWITCHES)


# -- Additional zeros -----------------------------------------------------------------

class ZeroInflated:
    """A mixture of 0 and of a law of counts."""

    def __init__(self, law, gate_logits):
        self.law, self.gate_logits = law, gate_logits

    def logpmf(self, x):
        log_gate = -np.logaddexp(0., -self.gate_logits)
        log_rest = -np.logaddexp(0., self.gate_logits)
        log_prob = log_rest + self.law.logpmf(x)
        return np.where(x == 0., np.logaddexp(log_gate, log_prob), log_prob)

    def cdf(self, x):
        gate = special.expit(self.gate_logits)
        inner = gate + special.expit(-self.gate_logits) * self.law.cdf(x)
        return np.where(np.asarray(x) < 0., 0., inner)

    def support(self):
        return 0., np.inf

    def ppf(self, p):
        gate = special.expit(self.gate_logits)
        return np.where(p <= gate, 0., self.law.ppf(np.maximum(
            p - gate, 0.) / (1. - gate)))

    def isf(self, q):
        return np.maximum(self.law.isf(np.minimum(
            1., q / special.expit(-self.gate_logits))), 0.)


def inflated_poisson(rate, gate_logits):
    return ZeroInflated(stats.poisson(rate), gate_logits)


def inflated_negative_binomial(total_count, logits, gate_logits):
    return ZeroInflated(stats.nbinom(total_count, special.expit(-logits)), gate_logits)


# -- Ordered categories ---------------------------------------------------------------

class OrderedLaw:
    """Differences of logistic distribution functions, from the nearer tail."""

    def __init__(self, eta, cutpoints):
        self.ends = np.concatenate([[-np.inf], np.asarray(cutpoints) - eta, [np.inf]])

    def logpmf(self, x):
        inside = (x >= 0) & (x <= len(self.ends) - 2)
        k = np.where(inside, x, 0).astype(int)
        low, high = self.ends[k], self.ends[k + 1]
        is_right = low + high > 0.
        low, high = np.where(is_right, -high, low), np.where(is_right, -low, high)
        log_prob = np.where(
            inside, np.log(special.expit(high) - special.expit(low)), -np.inf)
        return log_prob if np.all(np.diff(self.ends) > 0.) else np.full_like(
            log_prob, np.nan)

    def cdf(self, x):
        k = np.clip(np.asarray(x, int), -1, len(self.ends) - 2)
        return np.where(np.asarray(x) < 0, 0., special.expit(self.ends[k + 1]))

    def support(self):
        return 0., len(self.ends) - 2.


ROWS = [
    beta_binomial(12, sets(alpha=[2., 0.5, 1., 1e3, 1e-3],
                           beta=[3., 1.5, 1., 2e3, 5.])),
    beta_binomial(60, sets(alpha=[2., 30.], beta=[0.7, 4.]), "many"),
    Case("ZeroInflatedPoisson",
         sets(rate=[1.5, 7., 1e-3, 300.], gate_logits=[0., -2., 3., -40.]),
         errors=NO_OWN_CHECKS,
         reference=inflated_poisson,
         support=lambda rate, gate_logits: np.arange(
             stats.poisson(rate).isf(1e-13) + 1.),
         points=lambda rate, gate_logits: [0., 1., 2., 7., 20., 300., 350.],
         outside=lambda rate, gate_logits: [-1., -10.],
         terms=lambda x, rate, gate_logits: rate + special.gammaln(x + 1.) + x * np.abs(
             np.log(rate)) + np.abs(gate_logits), **SWITCHES),
    Case("ZeroInflatedNegativeBinomial",
         sets(total_count=[2., 0.5, 30.], logits=[0., 1., -1.],
              gate_logits=[0., -2., 3.]),
         errors=NO_OWN_CHECKS,
         reference=inflated_negative_binomial,
         points=lambda total_count, logits, gate_logits: [0., 1., 2., 7., 20., 100.],
         outside=lambda total_count, logits, gate_logits: [-1., -10.],
         terms=lambda x, total_count, logits, gate_logits: special.gammaln(
             x + total_count) + special.gammaln(x + 1.) + x * np.abs(logits),
         **SWITCHES),
    Case("OrderedLogistic",
         sets(eta=[0., 1.5, -80., 3.],
              cutpoints=[[-1., 0.5, 2.], [-3., 0., 0.25], [-1., 0., 1.],
                         [2., 2.125, 9.]]),
         reference=OrderedLaw,
         support=lambda eta, cutpoints: np.arange(4.),
         points=lambda eta, cutpoints: np.arange(4.),
         outside=lambda eta, cutpoints: [-1., 4.],
         terms=lambda x, eta, cutpoints: 0. * x + np.abs(eta) + np.max(
             np.abs(cutpoints)) + 1. / np.min(np.diff(cutpoints)),
         errors=[({"cutpoints": np.float32([0., 1., 0.5])}, ValueError,
                  "cutpoints must increase")], **SWITCHES),
]
