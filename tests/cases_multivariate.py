"""Rows of the table of distributions: a vector or matrix per draw.

The head of cases.py explains how to write a row.
"""
import itertools

import numpy as np
from case_row import NO_OWN_CHECKS, Case, sets
from scipy import linalg, special, stats

INF = np.inf


# -- Categories and counts ----------------------------------------------------------

def softmax(logits):
    return special.softmax(logits, axis=-1)


def weighted_log_softmax(x, logits):
    """``sum_k x_k log p_k`` with 0 log 0 = 0."""
    log_p = special.log_softmax(logits)
    with np.errstate(invalid="ignore"):
        return np.sum(np.where(x == 0., 0., x * log_p), axis=-1)


def log_coefficient(x):
    return special.gammaln(np.sum(x, axis=-1) + 1.) - np.sum(
        special.gammaln(x + 1.), axis=-1)


def compositions(n, k):
    """All vectors of `k` counts with sum `n`."""
    rows = [c for c in itertools.product(range(n + 1), repeat=k) if sum(c) == n]
    return np.asarray(rows, "float64")


def count_laws(logits, n_experiments):
    return [(lambda x, k=k: x[:, k], stats.binom(n_experiments, p))
            for k, p in enumerate(softmax(logits))]


LOGITS = sets(logits=[[0., 0., 0.], [1., -2., 0.5], [0., -INF, 3.], [-30., 0., 40.]])

CATEGORIES = [
    Case("OnehotCategorical", LOGITS,
         reference=lambda logits: None, log_prob=weighted_log_softmax,
         is_discrete=True, value_ndims=1, is_reparameterized=False, accepts=(),
         support=lambda logits: np.eye(3), points=lambda logits: np.eye(3),
         outside=lambda logits: [[0., 0., 0.], [1., 0., 1.], [2., -1., 0.]],
         marginals=lambda logits: count_laws(logits, 1), errors=NO_OWN_CHECKS),
    Case("Multinomial", LOGITS, options={"n_experiments": 4},
         reference=lambda logits, n_experiments: None,
         log_prob=lambda x, logits, n_experiments: (
             log_coefficient(x) + weighted_log_softmax(x, logits)),
         is_discrete=True, value_ndims=1, is_reparameterized=False, accepts=(),
         support=lambda logits, n_experiments: compositions(4, 3),
         points=lambda logits, n_experiments: compositions(4, 3),
         outside=lambda logits, n_experiments: [
             [1., 1., 1.], [-1., 5., 0.], [4., 4., 0.]],
         marginals=count_laws,
         errors=[({"n_experiments": 0}, ValueError, "n_experiments must be positive"),
                 ({"n_experiments": 1.5}, TypeError, "must be a positive int or a")]),
    Case("Multinomial", sets(logits=[[0., 1.], [3., -3.]]), label="many",
         options={"n_experiments": 300},
         reference=lambda logits, n_experiments: None,
         log_prob=lambda x, logits, n_experiments: stats.binom(
             n_experiments, softmax(logits)[1]).logpmf(x[:, 1]),
         is_discrete=True, value_ndims=1, is_reparameterized=False, accepts=(),
         support=lambda logits, n_experiments: [
             [n_experiments - i, i] for i in range(n_experiments + 1)],
         points=lambda logits, n_experiments: [
             [n_experiments - i, i] for i in (0, 1, 150, 214, 219, 300)],
         marginals=count_laws),
    Case("UnnormalizedMultinomial", LOGITS,
         reference=lambda logits: None, log_prob=weighted_log_softmax,
         is_discrete=True, value_ndims=1, is_sampled=False,
         is_reparameterized=False, accepts=(), errors=NO_OWN_CHECKS,
         support=lambda logits: compositions(3, 3),
         points=lambda logits: compositions(3, 3),
         outside=lambda logits: [[-1., 1., 0.]],
         quadrature=lambda logits: (compositions(3, 3),
                                    np.exp(log_coefficient(compositions(3, 3))))),
]


# -- Concrete -----------------------------------------------------------------------

def exp_concrete_log_prob(y, temperature, logits):
    k = len(logits)
    scores = logits - temperature * y
    return (special.gammaln(k) + (k - 1.) * np.log(temperature) +
            np.sum(scores, axis=-1) - k * special.logsumexp(scores, axis=-1))


def concrete_log_prob(x, temperature, logits):
    inside = np.all(x > 0., axis=-1)  # float16 makes a 0 of small numbers
    log_x = np.log(np.where(inside[:, None], x, 1.))
    log_prob = (exp_concrete_log_prob(log_x, temperature, logits) -
                np.sum(log_x, axis=-1))
    return np.where(inside, log_prob, -INF)


def exp_concrete_terms(y, temperature, logits):
    return 3. * (np.max(np.abs(logits)) + np.max(np.abs(y), axis=-1))


def log_simplex_points(temperature, logits):
    scores = [[0., 0., 0.], [1., -1., 0.], [0., -5., -9.], [-60., 0., -2.],
              [-5., -7., 0.]]
    return special.log_softmax(scores, axis=-1)


def simplex_points(temperature, logits):
    return np.exp(log_simplex_points(temperature, logits))


def log_simplex_quadrature(temperature, logits):
    """The trapezoidal rule for the first two scores of a softmax.

    The density falls off like exp(-temperature |score|) and is analytic: the rule
    converges exponentially. The measure is that of d log x_1 d log x_2 / x_3.
    """
    u = np.arange(-34., 34., 0.4)
    grid = np.stack(np.meshgrid(u, u), axis=-1).reshape(-1, 2) / temperature
    scores = np.concatenate([grid, np.zeros([len(grid), 1])], axis=-1)
    return (special.log_softmax(scores + logits / temperature, axis=-1),
            np.full(len(grid), (0.4 / temperature) ** 2))


def simplex_quadrature(temperature, logits):
    log_x, weights = log_simplex_quadrature(temperature, logits)
    return np.exp(log_x), weights * np.exp(np.sum(log_x, axis=-1))


class Censored:
    """A law whose tails are moved to the ends of [-7, 7]; float16 underflows there."""

    def __init__(self, law):
        self.law = law

    def cdf(self, x):
        return np.where(x < -7., 0., np.where(x >= 7., 1., self.law.cdf(x)))


def difference_laws(temperature, logits, log=lambda x: x):
    """Differences of log components: logistic, as Gumbel variables differ."""
    last, middle, first = np.argsort(logits, kind="stable")
    gap = logits[first] - logits[middle]
    return [
        (lambda x: np.clip(log(x[:, first]) - log(x[:, middle]), -7., 7.),
         Censored(stats.logistic(gap / temperature, 1. / temperature))),
        (lambda x: x[:, first] >= x[:, last],
         stats.bernoulli(special.expit(logits[first] - logits[last])))]


CONCRETE_LOGITS = sets(logits=[[0., 0., 0.], [1., -2., 0.5], [-20., 3., 0.]])
TEMPERATURE = [({"temperature": [1., 1.]}, ValueError, "should be a scalar")]
RELAXED = [
    case for label, temperature in (("warm", 0.7), ("cold", 0.4)) for case in (
        Case("ExpConcrete", CONCRETE_LOGITS, label=label,
             shared={"temperature": temperature}, value_ndims=1,
             reference=lambda **_: None, log_prob=exp_concrete_log_prob,
             terms=exp_concrete_terms, points=log_simplex_points,
             outside=lambda temperature, logits: [[0., 0., 0.], [-9., -9., -9.]],
             tangents=lambda points: np.full(points.shape, 0.1),
             quadrature=log_simplex_quadrature, marginals=difference_laws,
             errors=TEMPERATURE),
        Case("Concrete", CONCRETE_LOGITS, label=label,
             shared={"temperature": temperature}, value_ndims=1,
             reference=lambda **_: None, log_prob=concrete_log_prob,
             terms=lambda x, temperature, logits: exp_concrete_terms(
                 np.log(x), temperature, logits),
             points=simplex_points,
             outside=lambda temperature, logits: [
                 [1., 0., 0.], [0.5, 0.5, 0.5], [-0.5, 1., 0.5], [0., 0., 0.]],
             quadrature=simplex_quadrature,
             marginals=lambda temperature, logits: difference_laws(
                 temperature, logits, np.log),
             errors=TEMPERATURE))]


# -- Dirichlet ----------------------------------------------------------------------

def dirichlet_log_prob(x, alpha):
    log_powers = np.where(alpha == 1., 0., special.xlogy(alpha - 1., x))
    return (special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha)) +
            np.sum(log_powers, axis=-1))


def dirichlet_terms(x, alpha):
    log_x = np.abs(np.log(np.maximum(x, 1e-300)))
    return (np.abs(special.gammaln(np.sum(alpha))) +
            np.sum(np.abs((alpha - 1.) * log_x), axis=-1))


def dirichlet_quadrature(alpha):
    """Gauss and Jacobi, for x_1 and for the share of x_2 in what is left."""
    a, b, c = alpha
    nodes = [special.roots_jacobi(30, right - 1., left - 1.)
             for left, right in ((a, b + c), (b, c))]
    first, share = [(1. + x) / 2. for x, _ in nodes]
    x = np.stack([np.repeat(first, 30), np.outer(1. - first, share).ravel(),
                  np.outer(1. - first, 1. - share).ravel()], axis=-1)
    weights = [w * 0.5 ** (left + right - 1.) for (_, w), (left, right) in zip(
        nodes, ((a, b + c), (b, c)))]
    density = np.prod(x ** (alpha - 1.), axis=-1)
    return x, np.outer(*weights).ravel() / density


DIRICHLET = Case(
    "Dirichlet",
    sets(alpha=[[1., 1., 1.], [2., 0.5, 3.], [0.01, 0.01, 0.01], [300., 20., 1.]]),
    value_ndims=1, reference=lambda alpha: None, log_prob=dirichlet_log_prob,
    terms=dirichlet_terms, accepts=("is_reparameterized", "use_path_derivative",
                                    "check_numerics"),
    points=lambda alpha: [[0.25, 0.25, 0.5], [0.125, 0.75, 0.125], [0.5, 0.375, 0.125],
                          [1e-30, 0.5, 0.5], [0.5, 1e-30, 0.5], [0.5, 0.5, 0.]],
    outside=lambda alpha: [[0.5, 0.5, 0.5], [-0.5, 0.5, 1.], [0., 0., 0.]],
    quadrature=dirichlet_quadrature,
    marginals=lambda alpha: [
        (lambda x, k=k: x[:, k], stats.beta(a, np.sum(alpha) - a))
        for k, a in enumerate(alpha)],
    errors=[({"alpha": [1.]}, ValueError, "K >= 2")])


# -- Normal vectors and matrices ----------------------------------------------------

def normal_log_prob(x, mean, tril):
    """By the solution with the factor, which scipy's covariance would square."""
    z = linalg.solve_triangular(tril, (x - mean).T, lower=True)
    return np.sum(-0.5 * z ** 2 - np.log(np.diag(tril))[:, None]
                  - 0.5 * np.log(2. * np.pi), axis=0)


def normal_terms(x, mean, tril):
    z = linalg.solve_triangular(tril, (np.abs(x) + np.abs(mean)).T, lower=True)
    return np.sum(z ** 2 + np.abs(np.log(np.diag(tril)))[:, None], axis=0)


def standard_points(length):
    """The mean, and points up to 30 standard deviations away from it."""
    signs = np.resize([1., -1., 1.], length)
    return np.concatenate([np.zeros([1, length]), np.eye(length), -8. * np.eye(length),
                           [0.1 * signs, 30. * signs]])


def normal_points(mean, tril):
    return mean + standard_points(len(mean)) @ tril.T


def normal_quadrature(mean, tril):
    """Gauss and Hermite, for each component on its own."""
    z, w = np.polynomial.hermite.hermgauss(12)
    z, w = z * np.sqrt(2.), w * np.exp(z ** 2) * np.sqrt(2.)
    nodes = np.asarray(list(itertools.product(z, repeat=len(mean))))
    weights = np.prod(list(itertools.product(w, repeat=len(mean))), axis=-1)
    return mean + nodes @ tril.T, weights * np.prod(np.diag(tril))


def normal_laws(mean, tril):
    cov = tril @ tril.T
    return [(lambda x, c=c: x @ c, stats.norm(c @ mean, np.sqrt(c @ cov @ c)))
            for c in np.concatenate([np.eye(len(mean)), [np.arange(len(mean)) - 3.]])]


def vector_row(name, parameters, tril, **kwargs):
    """A row for a law of vectors, from its parameters to (mean, lower triangle)."""
    def of(function):
        def with_point(x, mean, **scale):
            return function(x, mean, tril(**scale))

        def without(mean, **scale):
            return function(mean, tril(**scale))
        return with_point if function in (normal_log_prob, normal_terms) else without

    return Case(name, parameters, value_ndims=1,
                reference=lambda mean, **scale: stats.multivariate_normal(
                    mean, tril(**scale) @ tril(**scale).T),
                log_prob=of(normal_log_prob), terms=of(normal_terms),
                points=of(normal_points), quadrature=of(normal_quadrature),
                marginals=of(normal_laws), **kwargs)


def flat(u_tril, v_tril):
    return np.kron(u_tril, v_tril)


def ravelled(x):
    return x.reshape(len(x), -1)


TRIL = [[[1., 0.], [0., 1.]], [[2., 0.], [-1.5, 0.5]], [[0.01, 0.], [5., 100.]],
        [[1e-20, 0.], [1e-19, 1e-20]]]
U_TRIL = [[[1., 0.], [0., 1.]], [[2., 0.], [-1.5, 0.5]], [[30., 0.], [1., 0.02]]]
V_TRIL = [[[1.]], [[0.5]], [[10.]]]

NORMALS = [
    vector_row("MultivariateNormalDiag",
               sets(mean=[[0., 0.], [3., -1.], [1e3, 0.], [0., 0.]],
                    std=[[1., 1.], [0.5, 2.], [0.25, 1e4], [1e-30, 1e30]]),
               tril=lambda std: np.diag(std),
               errors=[({"mean": 0.}, ValueError, "mean should have rank"),
                       ({"std": np.ones(3)}, ValueError,
                        "should be broadcastable to match")]),
    vector_row("MultivariateNormalCholesky",
               sets(mean=[[0., 0.], [3., -1.], [1e3, 0.], [0., 0.]], cov_tril=TRIL),
               tril=lambda cov_tril: cov_tril,
               errors=[({"mean": 0.}, ValueError, "mean should have rank"),
                       ({"cov_tril": np.eye(3)}, ValueError,
                        "should be broadcastable to match")]),
    Case("MatrixVariateNormalCholesky",
         sets(mean=[[[0.], [0.]], [[3.], [-1.]], [[1e3], [0.]]],
              u_tril=U_TRIL, v_tril=V_TRIL), value_ndims=2,
         reference=lambda mean, u_tril, v_tril: stats.matrix_normal(
             mean, u_tril @ u_tril.T, v_tril @ v_tril.T),
         log_prob=lambda x, mean, u_tril, v_tril: normal_log_prob(
             ravelled(x), mean.ravel(), flat(u_tril, v_tril)),
         terms=lambda x, mean, u_tril, v_tril: normal_terms(
             ravelled(x), mean.ravel(), flat(u_tril, v_tril)),
         points=lambda mean, u_tril, v_tril: normal_points(
             mean.ravel(), flat(u_tril, v_tril)).reshape((-1,) + mean.shape),
         quadrature=lambda mean, u_tril, v_tril: [
             a.reshape((-1,) + mean.shape) if a.ndim == 2 else a
             for a in normal_quadrature(mean.ravel(), flat(u_tril, v_tril))],
         marginals=lambda mean, u_tril, v_tril: [
             (lambda x, f=f: f(ravelled(x)), law)
             for f, law in normal_laws(mean.ravel(), flat(u_tril, v_tril))],
         errors=[({"mean": [0., 0.]}, ValueError, "mean should have rank"),
                 ({"u_tril": np.eye(3)}, ValueError,
                  "u_tril and mean should be broadcastable to match"),
                 ({"v_tril": np.eye(2)}, ValueError,
                  "v_tril and mean should be broadcastable to match")]),
]

ROWS = CATEGORIES + RELAXED + [DIRICHLET] + NORMALS
