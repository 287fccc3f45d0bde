"""Entropies at every scale of the parameters, against mpmath."""
import modes
import numpy as np
import pytest
from case_programs import eagerly

import zhusuan.distributions as ds

mp = pytest.importorskip("mpmath")

SHAPES = np.array([1e-6, 1e-3, 0.1, 1., 2., 9.9, 31., 1e3, 1e5, 1e6, 1e8, 1e12])
LOGITS = np.array([-80., -20., -3., -1e-4, 0., 1e-4, 2., 20., 80.])


# -- Textbook formulas, with many digits ---------------------------------------------

def gamma(a, b):
    return a - mp.log(b) + mp.loggamma(a) + (1 - a) * mp.digamma(a)


def inverse_gamma(a, b):
    return a + mp.log(b) + mp.loggamma(a) - (1 + a) * mp.digamma(a)


def dirichlet(*alpha):
    total = mp.fsum(alpha)
    return (mp.fsum(map(mp.loggamma, alpha)) - mp.loggamma(total) +
            (total - len(alpha)) * mp.digamma(total) -
            mp.fsum((a - 1) * mp.digamma(a) for a in alpha))


def student_t(df):
    half = df / 2
    log_beta = mp.loggamma(half) + mp.log(mp.pi) / 2 - mp.loggamma(half + 0.5)
    return ((half + 0.5) * (mp.digamma(half + 0.5) - mp.digamma(half)) +
            mp.log(df) / 2 + log_beta)


def bernoulli(logit):
    p, q = 1 / (1 + mp.exp(-logit)), 1 / (1 + mp.exp(logit))
    return -p * mp.log(p) - q * mp.log(q)


def geometric(logit):
    return bernoulli(logit) * (1 + mp.exp(-logit))


def categorical(*logits):
    weights = [mp.exp(logit) for logit in logits]
    chances = [w / mp.fsum(weights) for w in weights]
    return -mp.fsum(p * mp.log(p) for p in chances)


def grid(*columns):
    return np.stack([x.ravel() for x in np.meshgrid(*columns)])


# The class, its entropy, and its parameters along the first axis; whether those are
# the components of a vector.
ROWS = [
    (ds.Gamma, gamma, grid(SHAPES, [0.3, 1e4]), False),
    (ds.InverseGamma, inverse_gamma, grid(SHAPES, [0.3, 1e4]), False),
    (ds.Beta, dirichlet, grid(SHAPES, SHAPES[1::2]), False),
    (ds.Dirichlet, dirichlet, grid(SHAPES[::2], SHAPES[1::2], [0.2, 1e5]), True),
    (ds.StudentT, student_t, SHAPES[np.newaxis], False),
    (ds.Bernoulli, bernoulli, LOGITS[np.newaxis], False),
    (ds.Geometric, geometric, LOGITS[np.newaxis], False),
    (ds.Categorical, categorical, grid(LOGITS[::2], LOGITS[1::2], [0.5]), True),
    (ds.OnehotCategorical, categorical, grid(LOGITS[::2], LOGITS[1::2], [0.5]), True)]

each_row = pytest.mark.parametrize("make, formula, columns, is_vector", ROWS,
                                   ids=lambda x: getattr(x, "__name__", None))


@each_row
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_entropies_match_at_every_scale(make, formula, columns, is_vector, dtype, mode):
    columns = columns.astype(dtype)
    arrays = [columns.T] if is_vector else list(columns)
    got, = modes.run(mode, lambda *xs: [make(*xs).entropy()], *arrays)
    with mp.workdps(60):
        want = [float(formula(*[mp.mpf(float(x)) for x in one])) for one in columns.T]
    # Log-odds of 80 leave 1e-35, of which float32 has few digits.
    precision = 4e-6 if dtype == "float32" else 1e-11
    np.testing.assert_allclose(got, want, rtol=precision, atol=precision)


@eagerly
def test_student_t_without_end_is_normal():
    dist = ds.StudentT(np.float32(np.inf), 0., 2.)
    np.testing.assert_allclose(dist.entropy(), ds.Normal(0., std=2.).entropy(), 1e-6)
    np.testing.assert_allclose(dist.variance, 4.)
