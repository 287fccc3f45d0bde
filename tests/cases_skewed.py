"""Rows of the table of distributions: skewed, half and bounded continuous ones.

The head of cases.py explains how to write a row.
"""
import numpy as np
from case_row import NO_OWN_CHECKS, TAILS, Case, sets
from cases_compound import LogitNormal, logit_normal_points
from scipy import special, stats

# -- Laws that SciPy lacks, or has with few digits ------------------------------------


class HalfStudentLaw:
    """The law of the absolute value of a Student's t variable."""

    def __init__(self, df, scale):
        self.df, self.scale = df, scale

    def support(self):
        return 0., np.inf

    def logpdf(self, x):
        z = x / self.scale / np.sqrt(self.df)
        with np.errstate(all="ignore"):
            log_square = np.where(z > 1e9, 2. * np.log(z), np.log1p(z ** 2))
        inner = (np.log(2.) - np.log(self.scale) - special.betaln(0.5 * self.df, 0.5) -
                 0.5 * np.log(self.df) - (self.df + 1.) / 2. * log_square)
        return np.where(x >= 0., inner, -np.inf)

    def cdf(self, x):
        square = np.square(np.maximum(x, 0.) / self.scale)
        return special.betainc(0.5, 0.5 * self.df, square / (self.df + square))

    def ppf(self, p):
        return stats.t(self.df, 0., self.scale).ppf(0.5 + 0.5 * np.asarray(p))

    def isf(self, q):
        return stats.t(self.df, 0., self.scale).isf(0.5 * np.asarray(q))


class AsymmetricLaplaceLaw:
    """SciPy's, where the branch that is not used may overflow."""

    def __init__(self, loc, scale, asymmetry):
        self._law = stats.laplace_asymmetric(asymmetry, loc, scale)

    def __getattr__(self, name):
        return getattr(self._law, name)

    def cdf(self, x):
        with np.errstate(over="ignore"):
            return self._law.cdf(x)


class SkewNormalLaw:
    """Its distribution function by Owen's T, as SciPy's is slow."""

    def __init__(self, loc, scale, alpha):
        self.loc, self.scale, self.alpha = loc, scale, alpha

    def support(self):
        return -np.inf, np.inf

    def logpdf(self, x):
        z = (x - self.loc) / self.scale
        return (np.log(2.) + stats.norm.logpdf(z) - np.log(self.scale) +
                special.log_ndtr(self.alpha * z))

    def cdf(self, x):
        z = (x - self.loc) / self.scale
        return special.ndtr(z) - 2. * special.owens_t(z, self.alpha)

    def ppf(self, p):
        return stats.skewnorm(self.alpha, self.loc, self.scale).ppf(p)

    def isf(self, q):
        return stats.skewnorm(self.alpha, self.loc, self.scale).isf(q)


def skew_normal_points(loc, scale, alpha):
    z = np.array([-30., -5., -2., -0.5, -1e-3, 0., 1e-3, 0.5, 2., 5., 30.])
    return loc + scale * z


def skew_normal_quadrature(loc, scale, alpha):
    nodes = np.linspace(-12., 12., 20001)
    return loc + scale * nodes, np.full(len(nodes), scale * (nodes[1] - nodes[0]))


class KumaraswamyLaw:
    """Kumaraswamy (1980), by logs."""

    def __init__(self, a, b):
        self.a, self.b = a, b

    def support(self):
        return 0., 1.

    def logpdf(self, x):
        with np.errstate(all="ignore"):
            inner = (np.log(self.a) + np.log(self.b) +
                     special.xlogy(self.a - 1., x) +
                     special.xlogy(self.b - 1., self._rest(x)))
        return np.where((x >= 0.) & (x <= 1.), inner, -np.inf)

    def _rest(self, x):
        """``1 - x^a``."""
        return -np.expm1(self.a * np.log(x))

    def cdf(self, x):
        x = np.clip(x, 0., 1.)
        with np.errstate(divide="ignore"):
            return -np.expm1(self.b * np.log(self._rest(x)))

    def ppf(self, p):
        return (-np.expm1(np.log1p(-p) / self.b)) ** (1. / self.a)

    def isf(self, q):
        return (-np.expm1(np.log(q) / self.b)) ** (1. / self.a)


def unit_grid(a, b):
    law = KumaraswamyLaw(a, b)
    points = np.concatenate([[0., 1., 1e-3, 0.5, 0.99], law.ppf(TAILS[-6:]),
                             law.isf(TAILS[-6:])])
    # A finite difference has no room next to 1.
    return points[(points < 0.9999) | (points == 1.)]


def logit_grid(a, b):
    y = np.arange(-700., 36., 0.005)
    x = special.expit(y)
    return x, 0.005 * x * special.expit(-y)


def weibull_log_prob(x, concentration, scale):
    z = x / scale
    with np.errstate(all="ignore"):
        inner = (np.log(concentration) - np.log(scale) +
                 special.xlogy(concentration - 1., z) - z ** concentration)
    return np.where(x >= 0., inner, -np.inf)


def panels(end):
    """The Gauss-Legendre rule on each of the intervals of length 1 from 0 to `end`."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    starts = np.arange(0., end)[:, None]
    return (starts + 0.5 * (nodes + 1.)).ravel(), np.tile(0.5 * weights, int(end))


def weibull_quadrature(concentration, scale):
    """The trapezoidal rule on the log of the cumulative hazard."""
    y = np.arange(-40., 5., 0.01)
    x = scale * np.exp(y / concentration)
    return x, 0.01 * x / concentration


def pareto_quadrature(concentration, scale):
    """The log of x / scale, times the concentration, is exponential."""
    y, weights = panels(40.)
    x = scale * np.exp(y / concentration)
    return x, weights * x / concentration


def two_sided_quadrature(loc, scale, asymmetry):
    y, weights = panels(40.)
    sides = [-scale * asymmetry, scale / asymmetry]
    return (np.concatenate([loc + side * y for side in sides]),
            np.concatenate([np.abs(side) * weights for side in sides]))


def weibull_points(concentration, scale):
    law = stats.weibull_min(concentration, scale=scale)
    return np.concatenate([[0.], law.ppf(TAILS[-6:]), law.isf(TAILS)])


class ParetoLaw:
    """Its closed forms: old versions of SciPy divide by zero on the way."""

    def __init__(self, concentration, scale):
        self.concentration, self.scale = concentration, scale

    def support(self):
        return self.scale, np.inf

    def logpdf(self, x):
        return pareto_log_prob(x, self.concentration, self.scale)

    def cdf(self, x):
        x = np.maximum(x, self.scale)
        return -np.expm1(-self.concentration * np.log(x / self.scale))

    def ppf(self, p):
        return self.scale * np.exp(-np.log1p(-np.asarray(p)) / self.concentration)

    def isf(self, q):
        return self.scale * np.asarray(q) ** (-1. / self.concentration)


def pareto_points(concentration, scale):
    law = ParetoLaw(concentration, scale)
    return np.concatenate([[scale], law.ppf(TAILS[-5:]), law.isf(TAILS[2:])])


def pareto_log_prob(x, concentration, scale):
    inner = (np.log(concentration) - np.log(scale) -
             (concentration + 1.) * np.log(np.maximum(x, scale) / scale))
    return np.where(x >= scale, inner, -np.inf)


def logit_normal_terms(x, loc, scale):
    logs = np.abs(np.log(x)), np.abs(np.log1p(-x))
    return logs[0] + logs[1] + (np.maximum(logs[0] + logs[1], np.abs(loc)) / scale) ** 2


def half_student_points(df, scale):
    return scale * np.array([0., 1e-9, 0.1, 1., 7., 300., 1e6])


def two_sided(x, loc, scale, asymmetry):
    rate = np.maximum(asymmetry, 1. / asymmetry)
    return np.maximum(np.abs(np.log(scale)), rate * (np.abs(x) + np.abs(loc)) / scale)


ROWS = [
    Case("HalfStudentT",
         sets(df=[3., 1.5, 30., 0.7, 1e5], scale=[1., 0.5, 2., 1e-6, 1.]),
         errors=NO_OWN_CHECKS,
         reference=HalfStudentLaw, points=half_student_points,
         terms=lambda x, df, scale: np.abs(np.log(scale)) + df + (
             df + 1.) * np.log1p(x / scale)),
    Case("Weibull",
         sets(concentration=[2., 0.7, 1., 30., 0.1], scale=[1., 3., 2., 1e6, 1e-3]),
         errors=NO_OWN_CHECKS,
         reference=lambda concentration, scale: stats.weibull_min(
             concentration, scale=scale),
         log_prob=weibull_log_prob, points=weibull_points,
         quadrature=weibull_quadrature,
         terms=lambda x, concentration, scale: (
             np.abs(np.log(scale)) + np.abs(np.log(x))) * concentration *
         np.maximum(1., (x / scale) ** concentration)),
    Case("Pareto", sets(concentration=[3., 1.5, 40., 0.2], scale=[1., 2., 1e6, 1e-3]),
         errors=NO_OWN_CHECKS,
         reference=ParetoLaw, points=pareto_points, pathwise="cdf",
         quadrature=pareto_quadrature,
         terms=lambda x, concentration, scale: (concentration + 1.) * (
             np.abs(np.log(x)) + np.abs(np.log(scale)))),
    Case("AsymmetricLaplace",
         sets(loc=[0., -3., 2000., 0.], scale=[1., 0.5, 0.25, 1e-12],
              asymmetry=[2., 0.5, 1., 10.]),
         errors=NO_OWN_CHECKS,
         reference=AsymmetricLaplaceLaw, quadrature=two_sided_quadrature,
         terms=two_sided),
    Case("SkewNormal",
         sets(loc=[0., -3., 2000., 0.], scale=[1., 0.5, 0.25, 1e-12],
              alpha=[4., 0.5, 1., 30.]),
         errors=NO_OWN_CHECKS,
         reference=SkewNormalLaw, points=skew_normal_points,
         quadrature=skew_normal_quadrature,
         terms=lambda x, loc, scale, alpha: np.abs(np.log(scale)) + (
             1. + alpha ** 2) * ((np.abs(x) + np.abs(loc)) / scale) ** 2),
    Case("SkewNormal", sets(loc=[0., 1.], scale=[1., 2.], alpha=[-3., 0.]),
         label="left", errors=NO_OWN_CHECKS, reference=SkewNormalLaw,
         points=skew_normal_points,
         quadrature=skew_normal_quadrature,
         terms=lambda x, loc, scale, alpha: np.abs(np.log(scale)) + (
             1. + alpha ** 2) * ((np.abs(x) + np.abs(loc)) / scale) ** 2),
    Case("LogitNormal", sets(loc=[0., -2., 1.5], scale=[1., 0.3, 0.5]),
         errors=NO_OWN_CHECKS,
         reference=lambda loc, scale: LogitNormal(loc, scale),
         points=lambda loc, scale: logit_normal_points(loc, scale),
         terms=logit_normal_terms),
    Case("Kumaraswamy",
         sets(a=[2., 0.5, 1., 1., 40.], b=[3., 1.5, 1., 0.9, 1e4]),
         errors=NO_OWN_CHECKS,
         reference=KumaraswamyLaw, points=unit_grid, quadrature=logit_grid,
         terms=lambda x, a, b: np.abs((a - 1.) * np.log(x)) + np.abs(
             (b - 1.) * np.log(-np.expm1(a * np.log(x)))) + a * np.abs(np.log(x)) *
         np.abs(b - 1.)),
]
