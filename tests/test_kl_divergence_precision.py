"""Divergences of neighbours and of far pairs at every scale, against mpmath."""
import itertools

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly

import zhusuan.distributions as ds
from zhusuan.distributions import kl

mp = pytest.importorskip("mpmath")

SIZES = [1e-20, 1e-6, 1e-3, 0.3, 1., 7., 40., 1e3, 1e6, 1e10, 1e20]
NEAR, FAR = [1., 1. + 1e-4, 1. - 1e-4, 1. + 2e-7, 1. - 1e-9], [3., 1e-4, 1e4]
LOGITS = [-200., -40., -10., -1., 0., 0.3, 3., 20., 200.]
STEPS = [0., 1e-4, -1e-6, 2., -30.]


# -- Textbook formulas, with many digits ---------------------------------------------

def scales(p, q):
    return (p / q) ** 2 / 2 - mp.mpf(1) / 2 - mp.log(p / q)


def normal(p, q):
    return scales(p[1], q[1]) + ((p[0] - q[0]) / q[1]) ** 2 / 2


def normal_by_logs(p, q):
    return normal((p[0], mp.exp(p[1])), (q[0], mp.exp(q[1])))


def laplace(p, q):
    step = abs(p[0] - q[0])
    return (p[1] * mp.exp(-step / p[1]) + step) / q[1] - 1 - mp.log(p[1] / q[1])


def uniform(p, q):
    return mp.log((q[1] - q[0]) / (p[1] - p[0]))


def exponential(p, q):
    return mp.log(p[0] / q[0]) + q[0] / p[0] - 1


def lgamma_difference(q, p):
    return mp.loggamma(q) - mp.loggamma(p) - (q - p) * mp.digamma(p)


def gamma(p, q):
    return (lgamma_difference(q[0], p[0]) + q[0] * mp.log(p[1] / q[1]) +
            p[0] * (q[1] / p[1] - 1))


def dirichlet(p, q):
    return sum(lgamma_difference(y, x) for x, y in zip(p, q)) - lgamma_difference(
        sum(q), sum(p))


def poisson(p, q):
    return p[0] * mp.log(p[0] / q[0]) - p[0] + q[0]


def masses(p, q):
    return sum(x * mp.log(x / y) for x, y in zip(p, q))


def softmax(logits):
    terms = [mp.exp(x) for x in logits]
    return [x / sum(terms) for x in terms]


def bernoulli(p, q):
    return masses(softmax([p[0], 0]), softmax([q[0], 0]))


def geometric(p, q):
    return bernoulli(p, q) / softmax([p[0], 0])[0]


def categorical(p, q):
    return masses(softmax(p), softmax(q))


# -- All pairs -----------------------------------------------------------------------

def scaled(*columns, sizes=SIZES):
    """Parameter vectors at each size, and those times each factor."""
    for size, factor in itertools.product(sizes, NEAR + FAR):
        for column in columns:
            start = [size * c for c in column]
            yield start, [factor * x for x in start]
            yield start, [factor * start[0]] + start[1:]


def moved():
    """Locations and scales; the location moves by a part of the scale."""
    for size, factor in itertools.product(SIZES, NEAR + FAR):
        for move in 0., 1e-4, 0.3, 20.:
            yield [0., size], [size * move, size * factor]


def moved_logs():
    for p, q in moved():
        if 1e-10 < p[1] < 1e10:
            yield [p[0], np.log(p[1])], [q[0], np.log(q[1])]


def stepped(*rest):
    for logit, step in itertools.product(LOGITS, STEPS):
        yield [logit, *rest], [logit + step, *rest]


def widened_intervals():
    for size, factor in itertools.product(SIZES, [1., 1. + 1e-4, 3., 1e4]):
        yield [-size, size], [-size * factor, size * factor]


def one(make):
    return lambda x: make(*tf.unstack(x))


def vector(make):
    return lambda x: make(x)


def tril(x):
    """A triangle whose scale is that of `x`, ``[size, part below the diagonal]``."""
    zero = tf.zeros_like(x[0])
    return tf.stack([tf.stack([x[0], zero]), tf.stack([x[1], 2. * x[0]])])


def cholesky(p, q):
    """By the matrices: scales 1 and 2, and what solves for the part below."""
    ratio = p[0] / q[0]
    below = (p[1] - q[1] * ratio) / (2 * q[0])
    return 2 * scales(p[0], q[0]) + below ** 2 / 2


PAIRS = [
    (ds.Normal, lambda x: ds.Normal(x[0], std=x[1]), normal, moved),
    (ds.Normal, lambda x: ds.Normal(x[0], logstd=x[1]), normal_by_logs, moved_logs),
    (ds.LogNormal, one(ds.LogNormal), normal, moved),
    (ds.HalfNormal, one(ds.HalfNormal), lambda p, q: scales(p[0], q[0]),
     lambda: scaled([1.])),
    (ds.Laplace, one(ds.Laplace), laplace, moved),
    (ds.Uniform, one(ds.Uniform), uniform, widened_intervals),
    (ds.Exponential, one(ds.Exponential), exponential, lambda: scaled([1.])),
    (ds.Gamma, one(ds.Gamma), gamma, lambda: scaled([1., 1.], [1., 0.01])),
    (ds.InverseGamma, one(ds.InverseGamma), gamma, lambda: scaled([1., 3.])),
    (ds.Poisson, one(ds.Poisson), poisson, lambda: scaled([1.])),
    (ds.Bernoulli, one(ds.Bernoulli), bernoulli, stepped),
    (ds.Geometric, one(ds.Geometric), geometric, stepped),
    (ds.Categorical, vector(ds.Categorical), categorical,
     lambda: stepped(0., 1.)),
    (ds.OnehotCategorical, vector(ds.OnehotCategorical), categorical,
     lambda: stepped(0., -30.)),
    (ds.Beta, one(ds.Beta), dirichlet,
     lambda: scaled([1., 1.], [1., 100.], sizes=SIZES[::2])),
    (ds.Dirichlet, vector(ds.Dirichlet), dirichlet,
     lambda: scaled([1., 1e-4, 1e3], sizes=SIZES[1::2])),
    (ds.MultivariateNormalDiag,
     lambda x: ds.MultivariateNormalDiag(tf.zeros_like(x), x),
     lambda p, q: scales(p[0], q[0]), lambda: scaled([1.])),
    (ds.MultivariateNormalCholesky,
     lambda x: ds.MultivariateNormalCholesky(tf.zeros([2], x.dtype), tril(x)),
     cholesky, lambda: scaled([1., 0.5])),
]
each = pytest.mark.parametrize("cls, make, formula, pairs", PAIRS)


def test_every_pair_is_tested():
    assert {(row[0], row[0]) for row in PAIRS} == set(kl._FORMULAS)


def rounded(pairs, dtype):
    """The pairs in `dtype`; those that it does not hold are left out."""
    info = np.finfo(dtype)
    for pair in pairs:
        with np.errstate(over="ignore"):
            p, q = [np.asarray(x, dtype) for x in pair]
        sizes = np.abs(np.concatenate([p, q])).astype("float64")
        if np.all((sizes == 0.) | ((sizes > info.tiny) & (sizes < info.max))):
            yield p, q


def digits(formula):
    """How many digits the arguments of a formula need to cancel."""
    return 240 if formula in (bernoulli, geometric, categorical) else 60


def exact(formula, p, q):
    with mp.workdps(digits(formula)):
        value = formula([mp.mpf(float(x)) for x in p], [mp.mpf(float(x)) for x in q])
        return float(value)


@each
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@eagerly
def test_divergence_is_exact_and_not_negative(cls, make, formula, pairs, dtype):
    rtol, atol = (1e-3, 1e-9) if dtype == "float32" else (1e-7, 1e-16)
    info = np.finfo(dtype)
    wanted = [(p, q, exact(formula, p, q)) for p, q in rounded(pairs(), dtype)]
    wanted = [(p, q, want) for p, q, want in wanted
              if info.tiny < want < info.max or want == 0.]
    assert len(wanted) > 10
    for p, q, want in wanted:
        got = ds.kl_divergence(make(tf.constant(p)), make(tf.constant(q))).numpy()
        assert got >= 0., (p, q, got, want)
        assert abs(got - want) <= rtol * want + atol, (p, q, got, want)
        if np.array_equal(p, q):
            assert got == 0.


@each
@eagerly
def test_gradient_matches_differences_also_near_equality(cls, make, formula, pairs):
    chosen = [(p, q) for p, q in itertools.islice(
        rounded(pairs(), "float64"), 0, None, 5) if 1e-5 < np.abs(p).max() < 1e12]
    assert chosen
    for p, q in chosen:
        sources = [tf.constant(p), tf.constant(q)]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            value = ds.kl_divergence(*[make(x) for x in sources])
        got = np.concatenate([g.numpy() for g in tape.gradient(value, sources)])
        values = np.concatenate([p, q])
        for i, number in enumerate(values):
            want, change = slope(formula, values, i), max(abs(number), 1e-3)
            # The error of one relative unit of the parameter, and rounding.
            assert abs(got[i] - want) * change <= (
                1e-5 * abs(want) * change + 1e-10 +
                3e-14 * (np.abs(values).max() + value.numpy())), (
                    p, q, i, got[i], want)


def slope(formula, values, i):
    """The derivative of the formula by number `i` of both vectors, as a float."""
    half = len(values) // 2

    def moved(x):
        numbers = [mp.mpf(float(v)) for v in values]
        numbers[i] = x
        return formula(numbers[:half], numbers[half:])

    with mp.workdps(2 * digits(formula)):
        start = mp.mpf(float(values[i]))
        step = max(abs(start), mp.mpf(10) ** -3) * mp.mpf(10) ** -30
        return float((moved(start + step) - moved(start - step)) / (2 * step))


@eagerly
def test_certain_outcomes_have_divergences_and_gradients():
    for dtype in "float32", "float64":
        for make, p, q, want in [
                (ds.Bernoulli, np.inf, np.inf, 0.),
                (ds.Bernoulli, -np.inf, -np.inf, 0.),
                (ds.Bernoulli, np.inf, 0., np.log(2.)),
                (ds.Bernoulli, -np.inf, 0., np.log(2.)),
                (ds.Bernoulli, 0., np.inf, np.inf), (ds.Geometric, np.inf, np.inf, 0.),
                (ds.Geometric, -np.inf, -np.inf, 0.),
                (ds.Geometric, np.inf, 0., np.log(2.)),
                (ds.Categorical, [0.3, -np.inf, 1.1], [0.3, -np.inf, 1.1], 0.),
                (ds.Categorical, [0., -np.inf, 0.], [0., 0., 0.], np.log(1.5)),
                (ds.OnehotCategorical, [0., -np.inf], [0., 0.], np.log(2.)),
                (ds.Poisson, 0., 3., 3.), (ds.Poisson, 0., 0., 0.)]:
            sources = [tf.constant(x, dtype) for x in (p, q)]
            with tf.GradientTape() as tape:
                tape.watch(sources)
                got = ds.kl_divergence(*[make(x) for x in sources])
            np.testing.assert_allclose(got.numpy(), want, rtol=1e-6)
            slopes = tape.gradient(got, sources)
            assert np.isinf(want) or all(
                np.isfinite(s.numpy()).all() for s in slopes), (make, p, q, slopes)


def test_divergences_in_all_modes(mode):
    """Neighbours, whose divergences and gradients take the stable branches."""
    def compute(x):
        pairs = [(make(x), make(x * 1.0001)) for make in (
            lambda x: ds.Normal(x, std=x), lambda x: ds.Gamma(x, x),
            lambda x: ds.Beta(x, 2.), ds.Bernoulli, ds.Poisson, ds.Categorical)]
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = sum(tf.reduce_sum(ds.kl_divergence(make(x), make(x * 1.0001)))
                        for make in (ds.Exponential, ds.Dirichlet, ds.Geometric))
        return [ds.kl_divergence(*pair) for pair in pairs], tape.gradient(total, x)

    values, slope = modes.run(mode, compute, np.float32([0.5, 3., 1e4]))
    for value in values:
        assert np.all(value >= 0.) and np.all(np.isfinite(value))
        assert np.all(value < 2e-4)
    assert np.all(np.isfinite(slope))
