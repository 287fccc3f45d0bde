"""Rows of the table of distributions: covariances and correlations.

See cases.py for the format of a row.
"""
import itertools

import numpy as np
from case_row import Case, sets
from scipy import special, stats

DTYPES = ("float32", "float64")  # float16 rounds samples to singular matrices


# -- Correlations -------------------------------------------------------------------

def rows_of_factors(angles):
    """Cholesky factors of correlation matrices of three, by three angles each."""
    a, b, c = np.moveaxis(np.asarray(angles), -1, 0)
    zero = np.zeros_like(a)
    return np.stack([np.stack(row, -1) for row in (
        (zero + 1., zero, zero), (np.cos(a), np.sin(a), zero),
        (np.cos(b), np.sin(b) * np.cos(c), np.sin(b) * np.sin(c)))], axis=-2)


def lkj_log_prob(x, concentration, dimension):
    """By the determinant of the correlation and the Jacobian of the factor.

    The constant is that of Lewandowski, Kurowicka and Joe (2009), eq. 16, as a product
    of beta functions.
    """
    d = dimension
    diagonal = np.diagonal(x, axis1=-2, axis2=-1)[..., 1:]
    log_det = 2. * np.sum(np.log(diagonal), axis=-1)
    # d C / d L: each element C_ij below the diagonal is L_jj times L_ij and more.
    jacobian = np.sum(np.arange(d - 2., -1., -1.) * np.log(diagonal), axis=-1)
    k = np.arange(1, d)
    beta = concentration + (d - 1. - k) / 2.
    constant = np.sum(((2. * concentration - 2. + d - k) * (d - k)) * np.log(2.) +
                      (d - k) * special.betaln(beta, beta))
    return (concentration - 1.) * log_det + jacobian - constant


def lkj_quadrature(concentration, dimension):
    """Gauss and Jacobi, for each canonical partial correlation."""
    powers = [concentration - 0.5, concentration - 0.5, concentration - 1.]
    nodes = [special.roots_jacobi(20, p, p) for p in powers]
    x = np.array(list(itertools.product(*[n for n, _ in nodes])))
    w = np.prod(list(itertools.product(*[w for _, w in nodes])), axis=-1)
    flat = np.prod([(1. - x[:, i] ** 2) ** p for i, p in enumerate(powers)], axis=0)
    # The numbers below the diagonal are x_1, x_2 and sqrt(1 - x_2^2) x_3.
    weights = w / flat * np.sqrt(1. - x[:, 1] ** 2)
    return rows_of_factors(np.arccos(x)), weights


def lkj_laws(concentration, dimension):
    """Correlations follow a beta law on (-1, 1): section 3 of the same article."""
    a = concentration - 1. + 0.5 * dimension
    return [(lambda x, i=i, j=j: np.sum(x[:, i] * x[:, j], axis=-1),
             stats.beta(a, a, loc=-1., scale=2.))
            for i, j in ((1, 0), (2, 0), (2, 1))]


def short_tangents(points):
    """A part of the way to the next point: densities bend where matrices are small."""
    return 0.02 * (np.roll(points, 1, axis=0) - points)


ANGLES = [[1.5, 1.6, 1.4], [0.5, 1., 2.], [2.5, 0.3, 1.], [1., 1.2, 0.02],
          [0.2, 2.8, 1.5]]
CORRELATION = Case(
    "LKJCholesky", sets(concentration=[1., 2.5, 0.4, 30.]), options={"dimension": 3},
    value_ndims=2, reference=lambda **_: None, log_prob=lkj_log_prob,
    terms=lambda x, concentration, dimension: (concentration + 1.) * np.sum(
        np.abs(np.log(np.diagonal(x, axis1=-2, axis2=-1))), axis=-1) +
    concentration * (1. + np.abs(np.log(concentration))),
    points=lambda **_: np.concatenate([[np.eye(3)], rows_of_factors(ANGLES)]),
    outside=lambda **_: [0.5 * np.eye(3), -np.eye(3), np.zeros([3, 3]),
                         np.eye(3) + 0.125 * np.eye(3, k=1)],
    tangents=short_tangents, quadrature=lkj_quadrature, marginals=lkj_laws,
    dtypes=DTYPES,
    errors=[({"dimension": 0}, ValueError, "dimension must be at least 1"),
            ({"dimension": 2.5}, TypeError, "dimension must be an int")])


# -- Covariances --------------------------------------------------------------------

def scale_of(scale_tril):
    lower = np.tril(scale_tril)
    return lower @ lower.T


def wishart_log_prob(x, df, scale_tril):
    if not 1. < df < np.inf:
        return np.full(len(x), np.nan)
    return stats.wishart(float(df), scale_of(scale_tril)).logpdf(np.moveaxis(x, 0, -1))


def inverse_wishart_log_prob(x, df, scale_tril):
    if not 1. < df < np.inf:
        return np.full(len(x), np.nan)
    law = stats.invwishart(float(df), scale_of(scale_tril))
    return np.array([law.logpdf(one) for one in x])  # old versions take no batches


def condition(x):
    """The condition numbers of matrices scaled to correlations, a bound on rounding."""
    deviation = np.sqrt(np.diagonal(x, axis1=-2, axis2=-1))
    return np.linalg.cond(x / deviation[..., :, None] / deviation[..., None, :])


def wishart_terms(x, df, scale_tril):
    scale = scale_of(scale_tril)
    trace = np.abs(np.linalg.solve(scale, x)).sum(axis=(-2, -1)) * condition(scale)
    return (df + 1.) * (condition(x) + np.abs(np.linalg.slogdet(x)[1]) + np.abs(
        np.linalg.slogdet(scale)[1])) + trace + df * np.log(df + 2.)


def inverse_wishart_terms(x, df, scale_tril):
    scale = scale_of(scale_tril)
    trace = np.abs(np.linalg.solve(x, scale + 0. * x)).sum(axis=(-2, -1)) * condition(x)
    return (df + 3.) * (condition(x) + np.abs(np.linalg.slogdet(x)[1]) + np.abs(
        np.linalg.slogdet(scale)[1])) + trace + df * np.log(df + 2.)


ROOTS = np.array([[[1., 0.], [0., 1.]], [[0.5, 0.], [0.25, 2.]], [[3., 0.], [-2., 1.]],
                  [[1., 0.], [0., 0.5]], [[2., 0.], [0.5, 2.]]])
SINGULAR = [[[1., 2.], [2., 1.]], [[-1., 0.], [0., 1.]], [[0., 0.], [0., 0.]],
            [[1., 0.5], [0.25, 1.]], [[1., 1.], [1., 1.]]]


def matrices_around(scale_tril):
    roots = np.tril(scale_tril) @ ROOTS
    return roots @ np.swapaxes(roots, -2, -1)


def wishart_points(df, scale_tril):
    return df * matrices_around(scale_tril)


def inverse_wishart_points(df, scale_tril):
    return matrices_around(scale_tril) / df


def bartlett_rule(df):
    """Factors of standard Wishart matrices, and weights of their log density.

    Gauss and Laguerre for the squares of the diagonal, Gauss and Hermite below it. The
    weights are relative to the measure of the lower triangle of the matrix.
    """
    first, w_first = special.roots_genlaguerre(12, 0.5 * df - 1.)
    last, w_last = special.roots_genlaguerre(12, 0.5 * df - 1.5)
    middle, w_middle = special.roots_hermite(6)
    a, b, c = [g.ravel() for g in np.meshgrid(
        np.sqrt(2. * first), np.sqrt(2.) * middle, np.sqrt(2. * last), indexing="ij")]
    w = (w_first[:, None, None] * w_middle[:, None] * w_last).ravel()
    tril = np.stack([np.stack([a, 0. * a], -1), np.stack([b, c], -1)], -2)
    weight = np.exp(0.5 * (a ** 2 + b ** 2 + c ** 2)) * (0.5 * a ** 2) ** (
        1. - 0.5 * df) * (0.5 * c ** 2) ** (1.5 - 0.5 * df)
    # d(a^2 / 2) = a da, d(c^2 / 2) = c dc; d(matrix) = 4 a^2 c d(a, b, c)
    return tril, w * weight * np.sqrt(2.) * 4. * a


def wishart_quadrature(df, scale_tril):
    tril, weights = bartlett_rule(df)
    root = scale_tril @ tril
    return (root @ np.swapaxes(root, -2, -1),
            weights * np.linalg.det(scale_tril) ** 3)


def inverse_wishart_quadrature(df, scale_tril):
    tril, weights = bartlett_rule(df)
    root = np.linalg.solve(tril, scale_tril.T + 0. * tril)
    # The inverse of a matrix W changes volumes by det(W)^-3.
    return (np.swapaxes(root, -2, -1) @ root, weights *
            np.linalg.det(tril) ** -6. * np.linalg.det(scale_tril) ** 3)


DIRECTIONS = np.array([[1., 0.], [0., 1.], [1., -1.], [0.5, 2.]])


def along(c):
    return lambda x: np.einsum("i,nij,j->n", c, x, c)


def wishart_laws(df, scale_tril):
    """A quadratic form is a chi-squared variable."""
    scale = scale_of(scale_tril)
    return [(along(c), stats.chi2(df, scale=c @ scale @ c)) for c in DIRECTIONS]


def inverse_wishart_laws(df, scale_tril):
    """It is an inverse Wishart matrix of one number: an inverse gamma variable."""
    scale = scale_of(scale_tril)
    return [(along(c), stats.invgamma(0.5 * (df - 1.), scale=0.5 * c @ scale @ c))
            for c in DIRECTIONS]


PARAMETERS = sets(
    df=[6., 8.5, 50.],
    scale_tril=[[[1., 0.], [0., 1.]], [[2., 0.], [-1.5, 0.5]], [[0.125, 0.], [3., 8.]]])
ERRORS = [({"scale_tril": [1., 2.]}, ValueError, "scale_tril should have rank"),
          ({"scale_tril": np.ones([2, 3])}, ValueError, "should be broadcastable"),
          ({"df": 0.5}, ValueError, "df must be finite and greater than d - 1"),
          ({"df": np.inf}, ValueError, "df must be finite")]
COVARIANCES = [
    Case("Wishart", PARAMETERS, value_ndims=2, reference=lambda **_: None,
         log_prob=wishart_log_prob, terms=wishart_terms, points=wishart_points,
         outside=lambda **_: SINGULAR, quadrature=wishart_quadrature,
         marginals=wishart_laws, dtypes=DTYPES, errors=ERRORS),
    Case("InverseWishart", PARAMETERS, value_ndims=2, reference=lambda **_: None,
         log_prob=inverse_wishart_log_prob, terms=inverse_wishart_terms,
         points=inverse_wishart_points, outside=lambda **_: SINGULAR,
         tangents=short_tangents, quadrature=inverse_wishart_quadrature,
         marginals=inverse_wishart_laws,
         dtypes=DTYPES, errors=ERRORS)]

ROWS = [CORRELATION] + COVARIANCES
