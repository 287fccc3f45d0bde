"""Rows of the table of distributions: censored and truncated ones.

The head of cases.py explains how to write a row.
"""
import numpy as np
from case_row import Case, gauss_legendre, sets
from cases_interval import normal_terms, truncated_log_prob, truncated_normal
from scipy import stats

import zhusuan as zs
from zhusuan.distributions._conversion import convert_parameters

ds = zs.distributions
CROSSED = [({"low": 3., "high": 2.}, ValueError, "high must be greater than low"),
           ({"low": None, "high": None}, ValueError, "neither low nor high"),
           ({"low": -np.inf, "high": None}, ValueError, "neither low nor high")]
CROSSED_COUNTS = [({"low": 3, "high": 3}, ValueError, "high must be greater than low"),
                  ({"low": None, "high": None}, ValueError, "neither low nor high")]


def bounded(cls, base, own, switches=()):
    """A constructor that gives `base` its parameters and switches.

    :param own: The names of the parameters of `base`.
    """
    def build(low, high, **arguments):
        given = {name: arguments.pop(name) for name in own if name in arguments}
        given.update(low=low, high=high)
        if "dtype" not in switches:
            given = dict(zip(given, convert_parameters(**given)))
        low, high = given.pop("low"), given.pop("high")
        keywords = {name: arguments.pop(name) for name in switches
                    if name in arguments}
        return cls(base(**given, **keywords), low, high, **arguments)
    return build


def normal(loc, scale, **keywords):
    return ds.Normal(loc, std=scale, **keywords)


class TruncatedLaw:
    """The law of scipy that is restricted to an interval, by its cdf."""

    def __init__(self, law, low, high):
        self.law, self.low, self.high = law, low, high
        self.is_discrete = hasattr(law.dist, "pmf")
        self.below = law.cdf(low - 1. if self.is_discrete else low)
        self.mass = law.cdf(high) - self.below

    def support(self):
        return self.low, self.high

    def _inside(self, x, log_prob):
        return np.where((x >= self.low) & (x <= self.high),
                        log_prob - np.log(self.mass), -np.inf)

    def logpdf(self, x):
        return self._inside(x, self.law.logpdf(x))

    def logpmf(self, x):
        return self._inside(x, self.law.logpmf(x))

    def cdf(self, x):
        return np.clip((self.law.cdf(x) - self.below) / self.mass, 0., 1.)

    def ppf(self, p):
        return np.clip(self.law.ppf(self.below + p * self.mass), self.low, self.high)

    def isf(self, p):
        return self.ppf(1. - np.asarray(p))


class CensoredLaw(TruncatedLaw):
    """The law of a value that is clipped to an interval."""

    def masses(self):
        beyond = self.high - 1. if self.is_discrete else self.high
        return self.law.logcdf(self.low), self.law.logsf(beyond)

    def _inside(self, x, log_prob):
        low, high = self.masses()
        return np.select(
            [x == self.low, x == self.high, (x > self.low) & (x < self.high)],
            [low, high, log_prob], -np.inf)

    def cdf(self, x):
        x = np.asarray(x)
        return np.select([x < self.low, x >= self.high], [0., 1.], self.law.cdf(x))

    def ppf(self, p):
        return np.clip(self.law.ppf(p), self.low, self.high)

    def uniform(self, x):
        """A uniform number of each value: mass is spread at random."""
        draw = np.random.RandomState(1).uniform(size=np.shape(x))
        above = np.where(x >= self.high, 1., self.law.cdf(x))
        below = np.where(x <= self.low, 0., self.law.cdf(x))
        return below + draw * (above - below)


class CensoredCounts(CensoredLaw):
    """Counts, of which every one has mass."""

    def uniform(self, x):
        draw = np.random.RandomState(1).uniform(size=np.shape(x))
        above = np.where(x >= self.high, 1., self.law.cdf(x))
        below = np.where(x <= self.low, 0., self.law.cdf(x - 1.))
        return below + draw * (above - below)


def points_of(low, high):
    """Values between the ends, which may have mass and no derivative."""
    return np.linspace(low, high, 11)[1:-1]


def censored_quadrature(loc, scale, low, high):
    """Nodes between the ends, with both ends as values of weight 1."""
    nodes, weights = gauss_legendre(truncated_normal(loc, scale, low, high))
    return np.append(nodes, [low, high]), np.append(weights, [1., 1.])


def poisson_terms(x, rate, low, high):
    return rate + x * np.maximum(1., np.log(np.maximum(x, 1.)))


NORMAL = sets(loc=[0., 1., 0., -3.], scale=[1., 2., 1., 0.5],
              low=[-1., 0., 4., -2.], high=[2., 3., 5., -1.])
SWITCHES = ("is_reparameterized",)
COUNTS = sets(rate=[4., 0.5, 40.])

TRUNCATED = [
    Case("Truncated", NORMAL, label="normal",
         accepts=SWITCHES,
         build=bounded(ds.Truncated, normal, ("loc", "scale"), SWITCHES),
         reference=truncated_normal, pathwise="cdf",
         points=lambda loc, scale, low, high: points_of(low, high),
         log_prob=truncated_log_prob,
         terms=lambda x, loc, scale, low, high: np.maximum(
             normal_terms(x, loc, scale), 20.), errors=CROSSED),
    Case("Truncated", sets(loc=[0., 1., -2.], scale=[1., 2., 0.5],
                           low=[-1., 0.5, -3.], high=[3., 2., 0.]),
         label="logistic", accepts=SWITCHES, pathwise="cdf",
         build=bounded(ds.Truncated, ds.Logistic, ("loc", "scale"), SWITCHES),
         reference=lambda loc, scale, low, high: TruncatedLaw(
             stats.logistic(loc, scale), low, high),
         points=lambda loc, scale, low, high: np.linspace(low, high, 9),
         terms=lambda x, loc, scale, low, high: 4. + np.abs((x - loc) / scale),
         errors=CROSSED),
    Case("Truncated", COUNTS, label="counts", is_discrete=True,
         is_reparameterized=False, accepts=(), options={"low": 2, "high": 6},
         build=bounded(ds.Truncated, ds.Poisson, ("rate",), ("dtype",)),
         reference=lambda rate, low, high: TruncatedLaw(stats.poisson(rate), low, high),
         points=lambda rate, low, high: np.arange(2., 7.),
         support=lambda rate, low, high: np.arange(2., 7.),
         outside=lambda rate, low, high: [-1., 0., 1., 7., 100.],
         terms=poisson_terms, errors=CROSSED_COUNTS),
    Case("Truncated", sets(logits=[0., -1., 2.]), label="geometric", is_discrete=True,
         is_reparameterized=False, accepts=(), options={"low": 2, "high": 6},
         build=bounded(ds.Truncated, ds.Geometric, ("logits",), ("dtype",)),
         reference=lambda logits, low, high: TruncatedLaw(
             stats.geom(1. / (1. + np.exp(-logits)), loc=-1), low, high),
         points=lambda logits, low, high: np.arange(2., 7.),
         support=lambda logits, low, high: np.arange(2., 7.),
         outside=lambda logits, low, high: [-1., 0., 1., 7., 100.],
         terms=lambda x, logits, low, high: 10. + 8. * np.abs(logits) + 0. * x,
         errors=CROSSED_COUNTS),
]

CENSORED = [
    Case("Censored", COUNTS, label="counts", is_discrete=True, accepts=(),
         is_reparameterized=False, options={"low": 2, "high": 6},
         build=bounded(ds.Censored, ds.Poisson, ("rate",), ("dtype",)),
         reference=lambda rate, low, high: CensoredLaw(stats.poisson(rate), low, high),
         points=lambda rate, low, high: np.arange(2., 7.),
         support=lambda rate, low, high: np.arange(2., 7.),
         outside=lambda rate, low, high: [-1., 0., 1., 7., 100.],
         marginals=lambda rate, low, high: [(
             CensoredCounts(stats.poisson(rate), low, high).uniform, stats.uniform())],
         terms=poisson_terms, errors=CROSSED_COUNTS),
]


ROWS = TRUNCATED + CENSORED

# The mass at its ends has no derivative, so that it stays out of the table.
CENSORED_NORMAL = Case("Censored", sets(loc=[0., 1., 0., -3.], scale=[1., 2., 1., 0.5],
                      low=[-3., -4., 4., -2.], high=[3., 5., 5., -1.]),
     label="normal", accepts=(),
     build=bounded(ds.Censored, normal, ("loc", "scale")),
     reference=lambda loc, scale, low, high: CensoredLaw(
         stats.norm(loc, scale), low, high),
     points=lambda loc, scale, low, high: points_of(low, high),
     quadrature=censored_quadrature,
     marginals=lambda loc, scale, low, high: [(
         CensoredLaw(stats.norm(loc, scale), low, high).uniform, stats.uniform())],
     terms=lambda x, loc, scale, low, high: np.maximum(
         normal_terms(x, loc, scale), 20.), errors=CROSSED)
