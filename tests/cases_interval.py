"""Rows of the table of distributions: intervals, angles, extreme shapes.

The head of cases.py explains how to write a row.
"""
import numpy as np
from case_row import NO_OWN_CHECKS, TAILS, Case, sets
from scipy import special, stats

# -- On the real line ---------------------------------------------------------------

def normal_terms(x, mean, std):
    return np.maximum(np.abs(np.log(std)), ((np.abs(x) - np.abs(mean)) / std) ** 2)


def student_log_prob(x, df, loc, scale):
    """scipy's own squares numbers that overflow."""
    z = np.abs(x - loc) / scale / np.sqrt(df)
    with np.errstate(over="ignore"):
        log_square = np.where(z > 1e9, 2. * np.log(z), np.log1p(z ** 2))
    return (-np.log(scale) - special.betaln(0.5 * df, 0.5) - 0.5 * np.log(df) -
            (df + 1.) / 2. * log_square)


def truncated_normal(loc, scale, low, high):
    return stats.truncnorm((low - loc) / scale, (high - loc) / scale, loc, scale)


def truncated_log_prob(x, loc, scale, low, high):
    """scipy's own cancels far out and rounds the ends; by the scaled erfc."""
    is_right = low - loc + high - loc > 0.
    ends = (high, low) if is_right else (low, high)
    outer, inner = [(loc - e) / scale * (-1. if is_right else 1.) for e in ends]
    slope = (high - low) / scale * (1. + 0.5 * np.abs(outer + inner))
    if slope < 1e-5:  # which leaves a flat density
        log_prob = -np.log(high - low)
    elif inner <= 0.:  # it holds the centre, or ends there
        log_prob = stats.norm(loc, scale).logpdf(x) - np.log(
            special.ndtr(outer) - special.ndtr(inner))
    else:
        gap = (high - low) / scale * (outer + inner)
        beyond = special.erfcx(outer / np.sqrt(2.)) * np.exp(-0.5 * gap) if (
            np.isfinite(gap)) else 0.
        mass = np.sqrt(np.pi / 2.) * (special.erfcx(inner / np.sqrt(2.)) - beyond)
        rise = (x - ends[1]) / scale * ((x - loc) / scale + (ends[1] - loc) / scale)
        log_prob = -0.5 * rise - np.log(mass * scale)
    return np.where((x >= low) & (x <= high), log_prob, -np.inf)


def truncated_points(loc, scale, low, high):
    """scipy's quantiles are slow, and fail far out."""
    ends = np.clip([low, high], loc - 8. * scale, loc + 8. * scale)
    return np.linspace(ends[0], ends[1], 9) if ends[0] < ends[1] else [low, high]


def student_points(df, loc, scale):
    return loc + scale * np.array([-1e12, -30., -3., 0., 0.5, 2., 40., 1e15])


class CircularLaw:
    """The law of von Mises angles in [-pi, pi]."""

    def __init__(self, loc, concentration):
        self.loc, self.concentration = loc, concentration

    def cdf(self, x):
        if not self.concentration:
            return np.clip((x + np.pi) / (2. * np.pi), 0., 1.)
        law = stats.vonmises(self.concentration)
        x = np.clip(x, -np.pi, np.pi)
        return law.cdf(x - self.loc) - law.cdf(-np.pi - self.loc)


REAL = [
    Case("StudentT", sets(df=[0.7, 5., 1e5], loc=[-1., 0., 0.], scale=[2., 1., 1e-10]),
         label="extreme",
         reference=lambda df, loc, scale: stats.t(df, loc, scale),
         log_prob=student_log_prob, points=student_points,
         terms=lambda x, df, loc, scale: np.maximum(
             np.abs(np.log(scale)), df + np.abs(loc / scale)) + 0. * x),
    Case("TruncatedNormal",
         sets(loc=[0., 1., 0., 0., 0., 0.], scale=[1., 2., 1., 0.5, 1., 1e3],
              low=[-1., 0., 4., -np.inf, -np.inf, -0.25],
              high=[2., 3., 5., 0.5, np.inf, 0.25]),
         reference=truncated_normal, points=truncated_points,
         log_prob=truncated_log_prob,
         terms=lambda x, loc, scale, low, high: np.maximum(
             normal_terms(x, loc, scale), 20.),
         pathwise="cdf",
         errors=[({"low": [3., 3.]}, ValueError, "greater than")]),
    Case("VonMises",
         sets(loc=[0., 1., -3., 0., 0.], concentration=[1., 4., 0., 1e4, 1e-30]),
         reference=lambda loc, concentration: stats.vonmises(
             concentration, loc) if concentration else stats.uniform(
             -np.pi, 2. * np.pi),
         log_prob=lambda x, loc, concentration: (
             -2. * concentration * np.sin((x - loc) / 2.) ** 2 -
             np.log(2. * np.pi * special.i0e(concentration))),
         points=lambda loc, concentration: np.linspace(-np.pi, np.pi, 21),
         outside=lambda loc, concentration: np.zeros([0]),
         quadrature=lambda loc, concentration: (
             np.linspace(-np.pi, np.pi, 4001)[:-1], np.full(4000, np.pi / 2000.)),
         marginals=lambda loc, concentration: [
             (np.asarray, CircularLaw(loc, concentration))],
         terms=lambda x, loc, concentration: concentration * np.maximum(
             1., np.abs(x) + np.abs(loc)),
         is_reparameterized=False, errors=NO_OWN_CHECKS,
         accepts=("use_path_derivative", "check_numerics")),
]


# -- Positive and in the unit interval ----------------------------------------------

def gamma_points(alpha):
    law = stats.gamma(alpha)
    points = np.concatenate([law.ppf(TAILS[-5:]), law.isf(TAILS)])
    return points[points > 1e-30]


def gamma_log_prob(x, alpha, beta):
    """scipy's own is nan at 0 for shape 1, and cancels for large shapes."""
    direct = (special.xlogy(alpha, beta) + special.xlogy(alpha - 1., x) - beta * x -
              special.gammaln(alpha))
    u = beta * (x / alpha) - 1.  # from the mean; by Stirling's formula
    excess = np.where(np.abs(u) < 1e-4, -u ** 2 / 2. + u ** 3 / 3. - u ** 4 / 4.,
                      np.log1p(u) - u)
    far = alpha * excess - np.log(x) + 0.5 * np.log(alpha / (2. * np.pi))
    return np.where(alpha < 1e8, direct, far)


def inverse_gamma_log_prob(x, alpha, beta):
    log_prob = gamma_log_prob(1. / x, alpha, beta) - 2. * np.log(x)
    return np.where(x > 0., log_prob, -np.inf)


def restricted_to(low, high, log_prob):
    def restricted(x, **one):
        return np.where((x >= low) & (x <= high), log_prob(x, **one), -np.inf)
    return restricted


def beta_log_prob(x, alpha, beta):
    return (special.xlogy(alpha - 1., x) + special.xlog1py(beta - 1., -x) -
            special.betaln(alpha, beta))


def unit_points(alpha, beta):
    law = stats.beta(alpha, beta)
    return np.concatenate([[0., 1., 1e-30, 1e-3, 0.5, 0.99], law.ppf(TAILS[-5:]),
                           law.isf(TAILS[-5:])])


def bin_concrete_log_prob(x, temperature, logits):
    y = np.log(x) - np.log1p(-x)
    t = logits - temperature * y
    log_prob = (np.log(temperature) + t - 2. * np.logaddexp(0., t) - np.log(x) -
                np.log1p(-x))
    return np.where((x > 0.) & (x < 1.), log_prob, -np.inf)


class BinConcreteLaw:
    """Its distribution function, by the logit, and where it lies."""

    def __init__(self, temperature, logits):
        self.temperature, self.logits = temperature, logits

    def cdf(self, x):
        x = np.clip(x, 0., 1.)
        return special.expit(self.temperature * special.logit(x) - self.logits)

    def ppf(self, p):
        return special.expit((self.logits + special.logit(p)) / self.temperature)

    def support(self):
        return 0., 1.


def bin_concrete(temperature, label):
    return Case(
        "BinConcrete", sets(logits=[0., 1.5, -5.]), label=label,
        shared={"temperature": temperature},
        reference=BinConcreteLaw, log_prob=bin_concrete_log_prob,
        points=lambda temperature, logits: [
            1e-30, 1e-5, 0.01, 0.3, 0.5, 0.75, 0.999],
        outside=lambda temperature, logits: [-1., -1e-30, 0., 1., 1.5],
        quadrature=logit_quadrature,
        terms=lambda x, temperature, logits: np.abs(np.log(x)) + np.abs(logits) + 1.,
        errors=[({"temperature": [1., 1.]}, ValueError, "should be a scalar")])


def logit_quadrature(temperature, logits):
    y = np.linspace(-30., 30., 20001)
    x = special.expit(y)
    return x, (y[1] - y[0]) * x * special.expit(-y)


def log_quadrature(sign):
    """Of the exponential of a grid of logs; what is tiny may matter."""
    def quadrature(alpha, beta):
        largest = np.log(stats.gamma(alpha).isf(1e-14) / beta)
        y = np.arange(-700., largest, 0.005)
        return np.exp(sign * y), 0.005 * np.exp(sign * y)
    return quadrature


def unit_quadrature(alpha, beta):
    y = np.arange(-700., 40., 0.005)
    x = special.expit(y)
    return x, 0.005 * x * special.expit(-y)


EXTREME = sets(alpha=[1., 0.1, 1e4], beta=[1., 1., 1e-10])

POSITIVE = [
    Case("LogNormal", sets(loc=[0., -2., 30.], scale=[1., 0.3, 2.]),
         errors=NO_OWN_CHECKS,
         reference=lambda loc, scale: stats.lognorm(scale, scale=np.exp(loc)),
         terms=lambda x, loc, scale: np.abs(np.log(x)) + (
             np.maximum(np.abs(np.log(x)), np.abs(loc)) / scale) ** 2),
    Case("Gamma", EXTREME, label="extreme",
         reference=lambda alpha, beta: stats.gamma(alpha, scale=1. / beta),
         log_prob=restricted_to(0., np.inf, gamma_log_prob),
         quadrature=log_quadrature(1.),
         points=lambda alpha, beta: np.concatenate(
             [[0., 1e-30], gamma_points(alpha) / beta]),
         terms=lambda x, alpha, beta: np.abs(np.log(beta)) + np.abs(
             (alpha - 1.) * np.log(beta * x / alpha))),
    Case("InverseGamma", EXTREME, label="extreme",
         reference=lambda alpha, beta: stats.invgamma(alpha, scale=beta),
         log_prob=inverse_gamma_log_prob, quadrature=log_quadrature(-1.),
         points=lambda alpha, beta: np.concatenate(
             [[0.], beta / gamma_points(alpha)]),
         terms=lambda x, alpha, beta: np.abs(np.log(beta)) + np.abs(
             (alpha + 1.) * np.log(beta / x / alpha))),
    Case("Beta",
         sets(alpha=[2., 0.5, 1., 0.1, 300., 1e4], beta=[3., 1.5, 1., 1., 2., 1e4]),
         errors=NO_OWN_CHECKS,
         reference=lambda alpha, beta: stats.beta(alpha, beta),
         log_prob=restricted_to(0., 1., beta_log_prob),
         points=unit_points, quadrature=unit_quadrature,
         terms=lambda x, alpha, beta: np.abs(
             (alpha - 1.) * np.log(x)) + np.abs((beta - 1.) * np.log1p(-x))),
    bin_concrete(1., "warm"),
    bin_concrete(2., "hot"),
]

ROWS = REAL + POSITIVE
