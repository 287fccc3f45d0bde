"""Rows of the table of distributions: heavy-tailed vectors and overdispersed counts.

See cases.py for the format of a row.
"""
import numpy as np
from case_row import Case, sets
from cases_multivariate import compositions, standard_points
from scipy import linalg, special, stats

# -- Student's t on vectors -----------------------------------------------------------


def student_log_prob(x, df, loc, scale_tril):
    """By the normalizer of each dimension; scipy's covariance would square rounding."""
    d = len(loc)
    z = linalg.solve_triangular(scale_tril, (x - loc).T, lower=True)
    squares = np.sum(z ** 2, axis=0)
    log_det = np.sum(np.log(np.abs(np.diag(scale_tril))))
    if df > 1e10:  # where the density is normal to the last digit
        return -0.5 * d * np.log(2. * np.pi) - log_det - 0.5 * squares
    # Gamma((df + d) / 2) / Gamma(df / 2), by way of the beta function.
    log_ratio = special.gammaln(0.5 * d) - special.betaln(0.5 * df, 0.5 * d)
    return (log_ratio - 0.5 * d * np.log(df * np.pi) - log_det -
            0.5 * (df + d) * np.log1p(squares / df))


def student_terms(x, df, loc, scale_tril):
    inverse = linalg.solve_triangular(scale_tril, np.eye(len(loc)), lower=True)
    z = np.abs(inverse) @ (np.abs(x) + np.abs(loc)).T
    squares = np.sum(z ** 2, axis=0)
    log_det = np.sum(np.abs(np.log(np.abs(np.diag(scale_tril)))))
    return (log_det + np.abs(np.log(df)) + (df + len(loc)) * np.minimum(
        squares / df, np.log1p(squares / df) + 1.))


def student_quadrature(df, loc, scale_tril):
    """Polar coordinates; r^2 / (df + r^2) by the rule of Gauss and Jacobi."""
    t, w = special.roots_sh_jacobi(40, 0.5 * df, 1.)
    flat = (1. - t) ** (0.5 * df - 1.)
    angles = 2. * np.pi * np.arange(8) / 8.
    radius = np.sqrt(df * t / (1. - t))
    z = (radius[:, None, None] * np.stack([np.cos(angles), np.sin(angles)], -1))
    # r dr = df / 2 / (1 - t)^2 dt
    weights = np.repeat(w / flat * 0.5 * df / (1. - t) ** 2, 8) * 2. * np.pi / 8.
    return (loc + z.reshape(-1, 2) @ scale_tril.T,
            weights * np.prod(np.diag(scale_tril)))


def student_laws(df, loc, scale_tril):
    scale = scale_tril @ scale_tril.T
    return [(lambda x, c=c: x @ c, stats.t(df, c @ loc, np.sqrt(c @ scale @ c)))
            for c in np.concatenate([np.eye(len(loc)), [[1., -2.]]])]


STUDENT = Case(
    "MultivariateStudentT",
    sets(df=[3., 7.5, 1., 100.],
         loc=[[0., 0.], [3., -1.], [0., 0.], [1., 0.]],
         scale_tril=[[[1., 0.], [0., 1.]], [[2., 0.], [-1.5, 0.5]],
                     [[0.0625, 0.], [5., 100.]], [[0.5, 0.], [0.25, 1.]]]),
    value_ndims=1, reference=lambda **_: None, log_prob=student_log_prob,
    terms=student_terms,
    points=lambda df, loc, scale_tril: loc + standard_points(2) @ scale_tril.T,
    quadrature=student_quadrature, marginals=student_laws,
    errors=[({"loc": 0.}, ValueError, "loc should have rank"),
            ({"scale_tril": np.eye(3)}, ValueError, "should be broadcastable")])


# -- Counts ---------------------------------------------------------------------------

def dirichlet_multinomial_log_prob(x, alpha, n_experiments):
    """A product of beta-binomial masses: each count, given those before it."""
    x = np.asarray(x, "float64")
    left, log_prob = np.full(len(x), float(n_experiments)), 0.
    for k in range(len(alpha) - 1):
        log_prob = log_prob + stats.betabinom(
            left, alpha[k], np.sum(alpha[k + 1:])).logpmf(x[:, k])
        left = left - x[:, k]
    return log_prob


ALPHA = sets(alpha=[[1., 1., 1.], [0.5, 3., 8.], [1e-3, 0.25, 2.], [300., 20., 1e3]])
COUNTS = [
    Case("DirichletMultinomial", ALPHA, options={"n_experiments": n}, label=label,
         is_discrete=True, value_ndims=1, is_reparameterized=False,
         accepts=("check_numerics",),
         reference=lambda **_: None, log_prob=dirichlet_multinomial_log_prob,
         support=lambda alpha, n_experiments: compositions(n_experiments, 3),
         points=lambda alpha, n_experiments: compositions(n_experiments, 3),
         outside=lambda alpha, n_experiments: [
             [1., 1., n_experiments], [-1., n_experiments + 1., 0.]],
         marginals=lambda alpha, n_experiments: [
             (lambda x, k=k: x[:, k], stats.betabinom(
                 n_experiments, alpha[k], np.sum(alpha) - alpha[k])) for k in range(3)],
         # The log gamma functions of the reference cancel for large alpha.
         terms=lambda x, alpha, n_experiments: 0. * x[:, 0] + (
             1. + n_experiments * np.log(np.sum(alpha) + 2.) +
             1e-3 * np.abs(special.gammaln(np.sum(alpha)))),
         errors=[({"n_experiments": 0}, ValueError, "n_experiments must be")])
    for label, n in (("", 4), ("many", 12))]

ROWS = [STUDENT] + COUNTS
