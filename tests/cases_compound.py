"""Rows of the table of distributions: those that are made of others.

The head of cases.py explains how to write a row.
"""
import numpy as np
from case_row import TAILS, Case, sets
from cases_multivariate import standard_points
from scipy import special, stats

import zhusuan as zs
from zhusuan.distributions._checks import check_min_rank
from zhusuan.distributions._conversion import convert_parameters

ds = zs.distributions
SWITCHES = ("is_reparameterized", "use_path_derivative", "check_numerics")


# -- Bijections -------------------------------------------------------------------

def transformed(base, bijector):
    """A constructor that gives the base its parameters and switches."""
    def build(mean, std, is_reparameterized=True, check_numerics=False,
              bijector=bijector, **kwargs):
        return ds.TransformedDistribution(
            base(mean, std=std, is_reparameterized=is_reparameterized,
                 check_numerics=check_numerics), bijector, **kwargs)
    return build


class LogitNormal:
    """The law of the logistic function of a normal variable."""

    def __init__(self, mean, std):
        self.normal = stats.norm(mean, std)

    def support(self):
        return 0., 1.

    def logpdf(self, y):
        inside = (y > 0.) & (y < 1.)
        y = np.where(inside, y, 0.5)
        log_prob = self.normal.logpdf(special.logit(y)) - np.log(y) - np.log1p(-y)
        return np.where(inside, log_prob, -np.inf)

    def cdf(self, y):
        return self.normal.cdf(special.logit(np.clip(y, 0., 1.)))

    def ppf(self, p):
        return special.expit(self.normal.ppf(p))

    def isf(self, p):
        return special.expit(self.normal.isf(p))


def logit_normal_points(mean, std):
    """Not next to 1, where a finite difference has no room."""
    points = LogitNormal(mean, std).ppf(np.concatenate([TAILS, 1. - TAILS]))
    return points[points < 0.9999]


def log_normal_terms(x, mean, std):
    log_x = np.abs(np.log(x))
    return log_x + (np.maximum(log_x, np.abs(mean)) / std) ** 2


def logistic_normal(y, mean, std):
    """Of a normal variable and 0, through the softmax: Aitchison and Shen, 1980."""
    inside = np.all(y > 0., axis=-1) & (np.abs(np.sum(y, axis=-1) - 1.) < 1e-2)
    log_y = np.log(np.where(inside[:, None], y, 0.5))
    x = log_y[:, :-1] - log_y[:, -1:]
    log_prob = np.sum(stats.norm(mean, std).logpdf(x), -1) - np.sum(log_y, -1)
    return np.where(inside, log_prob, -np.inf)


def logistic_normal_terms(y, mean, std):
    log_y = np.abs(np.log(y))
    size = log_y[:, :-1] + log_y[:, -1:] + np.abs(mean)
    return np.sum(log_y, -1) + np.sum((size / std) ** 2, -1)


def softmax_centered(x):
    return special.softmax(np.concatenate([x, np.zeros([len(x), 1])], -1), axis=-1)


def logistic_normal_quadrature(mean, std):
    """The trapezoidal rule on the normal variable, which converges exponentially."""
    z = np.arange(-9., 9., 0.25)
    z = np.stack(np.meshgrid(z, z), -1).reshape(-1, 2)
    y = softmax_centered(mean + std * z)
    return y, 0.25 ** 2 * np.prod(std) * np.prod(y, axis=-1)


TRANSFORMED = [
    Case("TransformedDistribution", sets(mean=[0., -2., 1.5], std=[1., 0.3, 0.5]),
         label="exp", accepts=SWITCHES,
         build=transformed(ds.Normal, ds.bijectors.Exp()),
         reference=lambda mean, std: stats.lognorm(std, scale=np.exp(mean)),
         terms=log_normal_terms,
         errors=[({"bijector": np.exp}, TypeError, "must be a zhusuan.distributions"),
                 ({"bijector": ds.bijectors.SoftmaxCentered()}, ValueError,
                  "maps vectors, but `base` is a distribution of scalars")]),
    Case("TransformedDistribution", sets(mean=[0., -2., 1.5], std=[1., 0.3, 0.5]),
         label="sigmoid", accepts=SWITCHES,
         build=transformed(ds.Normal, ds.bijectors.Sigmoid()),
         reference=LogitNormal, points=logit_normal_points,
         terms=lambda x, mean, std: log_normal_terms(x, mean, std) +
         log_normal_terms(1. - x, mean, std)),
    Case("TransformedDistribution",
         sets(mean=[[0., 0.], [1., -2.]], std=[[1., 1.], [0.5, 0.25]]),
         label="softmax", accepts=SWITCHES, value_ndims=1,
         build=transformed(ds.MultivariateNormalDiag, ds.bijectors.SoftmaxCentered()),
         reference=lambda mean, std: None, log_prob=logistic_normal,
         terms=logistic_normal_terms,
         points=lambda mean, std: softmax_centered(
             mean + std * standard_points(2)[:-1]),
         outside=lambda mean, std: [[0.5, 0.5, 0.5], [-0.5, 1., 0.5], [0., 0., 1.]],
         quadrature=logistic_normal_quadrature,
         marginals=lambda mean, std: [
             (lambda y, k=k: np.log(y[:, k]) - np.log(y[:, 2]),
              stats.norm(mean[k], std[k])) for k in range(2)]),
]

# -- Masks ------------------------------------------------------------------------

def masked(mean, std, mask=True, is_reparameterized=True, check_numerics=False,
           **kwargs):
    """A normal distribution whose mask ignores nothing."""
    return ds.MaskedDistribution(
        ds.Normal(mean, std=std, is_reparameterized=is_reparameterized,
                  check_numerics=check_numerics), mask, **kwargs)


MASKED = [
    Case("MaskedDistribution", sets(mean=[0., -2., 1.5], std=[1., 0.3, 0.5]),
         lambda mean, std: stats.norm(mean, std), build=masked,
         terms=lambda x, mean, std: ((np.abs(x) + np.abs(mean)) / std) ** 2,
         errors=[({"mask": 1.}, TypeError, "dtype bool")])]


# -- Mixtures ---------------------------------------------------------------------

def mixture(build):
    """A constructor of parameters ``[..., K]``, those of the components too."""
    def make(**arguments):
        own = {n: arguments.pop(n) for n in ("logits", "mean", "std", "rate")
               if n in arguments}
        own = dict(zip(own, convert_parameters(**own)))
        logits, *_ = [check_min_rank(n, x, 1) for n, x in own.items()]
        del own["logits"]
        if build is ds.Poisson and "dtype" in arguments:
            own["dtype"] = arguments.pop("dtype")
        return ds.MixtureSameFamily(logits, build(**own), **arguments)
    return make


class Mixture:
    """The law of a mixture of laws of scipy."""

    def __init__(self, laws, logits):
        self.laws, self.log_weights = laws, special.log_softmax(logits)

    def support(self):
        return self.laws.support()[0][0], self.laws.support()[1][0]

    def logpdf(self, x):
        return special.logsumexp(
            self.laws.logpdf(x[..., None]) + self.log_weights, axis=-1)

    def logpmf(self, x):
        return special.logsumexp(
            self.laws.logpmf(x[..., None]) + self.log_weights, axis=-1)

    def cdf(self, x):
        x = np.asarray(x)[..., None]
        return np.sum(np.exp(self.log_weights) * self.laws.cdf(x), axis=-1)

    def ppf(self, p):
        """Quantiles of the components, between which that of the mixture lies."""
        return np.sort(self.laws.ppf(np.reshape(p, [-1, 1])).ravel())

    def isf(self, p):
        return np.sort(self.laws.isf(np.reshape(p, [-1, 1])).ravel())


MIXTURES = [
    Case("MixtureSameFamily",
         sets(logits=[[0., 0., 0.], [1., -2., 0.5], [-20., 3., 0.]],
              mean=[[-1., 2., 0.], [0., 5., 1.], [-30., 30., 0.]],
              std=[[1., 0.5, 2.], [1., 1., 3.], [0.25, 4., 1.]]),
         label="normals", is_reparameterized=False, accepts=(),
         build=mixture(ds.Normal),
         reference=lambda logits, mean, std: Mixture(stats.norm(mean, std), logits),
         terms=lambda x, logits, mean, std: np.max(
             ((np.abs(x[:, None]) + np.abs(mean)) / std) ** 2, axis=-1) +
         np.max(np.abs(logits)),
         errors=[({"logits": np.zeros(4)}, ValueError,
                  "must end with the same K")]),
    Case("MixtureSameFamily",
         sets(logits=[[0., 1.], [-2., 3.]], rate=[[1., 9.], [0.5, 30.]]),
         label="counts", is_discrete=True, is_reparameterized=False, accepts=(),
         build=mixture(ds.Poisson),
         reference=lambda logits, rate: Mixture(stats.poisson(rate), logits),
         support=lambda logits, rate: np.arange(0., 80.),
         points=lambda logits, rate: [0., 1., 3., 8., 9., 40., 100.],
         outside=lambda logits, rate: [-1.],
         terms=lambda x, logits, rate: np.max(
             rate + x[:, None] * np.abs(np.log(rate)), axis=-1) +
         special.gammaln(x + 1.),
         errors=[({"logits": np.zeros(3)}, ValueError,
                  "must end with the same K")]),
]

ROWS = TRANSFORMED + MASKED + MIXTURES
