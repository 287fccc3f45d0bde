"""Rows of the table of distributions: mixtures of different families.

See cases.py for the format of a row.
"""
import numpy as np
import tensorflow.compat.v2 as tf
from case_row import Case, sets
from scipy import special, stats

import zhusuan as zs
from zhusuan.distributions._conversion import convert_parameters

ds = zs.distributions


def normal_and_logistic(logits, mean, scale, **kwargs):
    logits, mean, scale = convert_parameters(
        logits=logits, mean=mean, scale=scale)
    return ds.Mixture(
        logits, [ds.Normal(mean, std=scale), ds.Logistic(
            tf.zeros_like(mean), tf.ones_like(scale))],
        **kwargs)


def poisson_and_geometric(logits, rate, **kwargs):
    logits, rate = convert_parameters(logits=logits, rate=rate)
    own = {n: kwargs.pop(n) for n in ("dtype",) if n in kwargs}
    return ds.Mixture(
        logits, [ds.Poisson(rate, **own), ds.Geometric(tf.zeros_like(rate), **own)],
        **kwargs)


class TwoLaws:
    """The law of a mixture of two laws of scipy."""

    def __init__(self, laws, logits):
        self.laws, self.log_weights = laws, special.log_softmax(logits)

    def support(self):
        return self.laws[0].support()

    def _log_sum(self, logs):
        return special.logsumexp(
            np.stack(logs, axis=-1) + self.log_weights, axis=-1)

    def logpdf(self, x):
        return self._log_sum([law.logpdf(x) for law in self.laws])

    def logpmf(self, x):
        return self._log_sum([law.logpmf(x) for law in self.laws])

    def cdf(self, x):
        return sum(w * law.cdf(x) for w, law in zip(
            np.exp(self.log_weights), self.laws))

    def ppf(self, p):
        """Quantiles of the laws, between which that of the mixture lies."""
        return np.sort(np.concatenate([law.ppf(p) for law in self.laws]))

    def isf(self, p):
        return np.sort(np.concatenate([law.isf(p) for law in self.laws]))


ROWS = [
    Case("Mixture",
         sets(logits=[[0., 0.], [1., -2.], [-20., 3.]], mean=[0., 5., -30.],
              scale=[1., 0.5, 4.]),
         label="normal and logistic", is_reparameterized=False, accepts=(),
         errors=[({"logits": [0., 0., 0.]}, ValueError, "logits")],
         build=normal_and_logistic,
         reference=lambda logits, mean, scale: TwoLaws(
             [stats.norm(mean, scale), stats.logistic()], logits),
         terms=lambda x, logits, mean, scale: (
             (np.abs(x) + np.abs(mean)) / scale) ** 2 + np.abs(x) + np.max(
                 np.abs(logits))),
    Case("Mixture", sets(logits=[[0., 1.], [-2., 3.]], rate=[9., 30.]),
         label="counts", is_discrete=True, is_reparameterized=False, accepts=(),
         errors=[({"logits": [0.]}, ValueError, "logits")],
         build=poisson_and_geometric,
         reference=lambda logits, rate: TwoLaws(
             [stats.poisson(rate), stats.geom(0.5, -1)], logits),
         support=lambda logits, rate: np.arange(0., 100.),
         points=lambda logits, rate: [0., 1., 3., 8., 9., 40., 100.],
         outside=lambda logits, rate: [-1.],
         terms=lambda x, logits, rate: rate + x * (1. + np.abs(np.log(rate))) +
         special.gammaln(x + 1.))]
