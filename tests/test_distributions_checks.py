"""Values out of range of a dtype, missing axes, forgotten squeezes."""
import warnings

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from case_row import FLOATS, INTEGERS
from cases import every_form
from scipy import special, stats

import zhusuan as zs

ds = zs.distributions
DTYPE = "float32"
DISCRETE = {
    "BetaBinomial": lambda **kw: ds.BetaBinomial(1., 1., 5, **kw),
    "Bernoulli": lambda **kw: ds.Bernoulli(0., **kw),
    "Binomial": lambda **kw: ds.Binomial(0., 5, **kw),
    "Categorical": lambda **kw: ds.Categorical([0., 1.], **kw),
    "DirichletMultinomial": lambda **kw: ds.DirichletMultinomial([1., 1.], None, **kw),
    "Geometric": lambda **kw: ds.Geometric(0., **kw),
    "Multinomial": lambda **kw: ds.Multinomial([0., 1.], None, **kw),
    "NegativeBinomial": lambda **kw: ds.NegativeBinomial(1., 0., **kw),
    "OnehotCategorical": lambda **kw: ds.OnehotCategorical([0., 1.], **kw),
    "OrderedLogistic": lambda **kw: ds.OrderedLogistic(0., [0., 1.], **kw),
    "Poisson": lambda **kw: ds.Poisson(1., **kw),
    "UnnormalizedMultinomial": lambda **kw: ds.UnnormalizedMultinomial([0., 1.], **kw),
    "ZeroInflatedNegativeBinomial": lambda **kw: ds.ZeroInflatedNegativeBinomial(
        1., 0., 0., **kw),
    "ZeroInflatedPoisson": lambda **kw: ds.ZeroInflatedPoisson(1., 0., **kw),
}
every_discrete = pytest.mark.parametrize("make", DISCRETE.values(), ids=DISCRETE)

# The first whole number that each dtype does not have, where it is that of 64 bits
# or fewer in another dtype.
TOO_LARGE = {"int16": [32768, 65537, -32769], "int32": [2 ** 31, 2 ** 32 + 1, -2 ** 40],
             "float16": [2049, 70000], "float32": [2 ** 24 + 1, 2 ** 53 - 1],
             "float64": [2 ** 53 + 1], "int64": [np.uint64(2 ** 63), 1e19]}


def test_every_discrete_distribution_is_checked():
    found = {name for name in ds.__all__ if isinstance(getattr(ds, name), type)
             and "dtype" in zs.utils.argument_names(getattr(ds, name))}
    assert found - set(DISCRETE) == {
        "BagofCategoricals", "Discrete", "OnehotDiscrete",  # aliases
        "Distribution", "Flat", "HalfFlat"}  # with a float dtype


# -- Values that the dtype does not have --------------------------------------

@every_discrete
@pytest.mark.parametrize("dtype", INTEGERS + FLOATS)
def test_numbers_out_of_range_of_the_dtype_raise(make, dtype):
    def run():
        dist = make(dtype=tf.as_dtype(dtype))
        for number in TOO_LARGE[dtype]:
            value = np.full(dist.get_value_shape().as_list(), number)
            for given in value, value.tolist(), value[np.newaxis]:
                for call in dist.log_prob, dist.prob:
                    with pytest.raises(TypeError, match="%s has no " % dtype):
                        call(given)
            with pytest.raises(TypeError, match="'x'.*%s has no " % dtype):
                zs.BayesianNet({"x": value}).stochastic("x", dist)
        return []

    modes.run("eager", run)


@every_discrete
@pytest.mark.parametrize("source", ["uint8", "uint16", "uint32", "uint64", "int8",
                                    "int64", "bool", "float64"])
@pytest.mark.parametrize("dtype", INTEGERS + FLOATS)
def test_numbers_in_range_of_the_dtype_convert(make, source, dtype):
    def run():
        dist = make(dtype=tf.as_dtype(dtype))
        value = np.array([0, 1], source)[[0] if dist.get_value_shape().rank == 0 else
                                         [0, 1]]
        return dist.log_prob(value), dist.log_prob(tf.constant(value.astype(dtype)))

    got, want = modes.run("eager", run)
    np.testing.assert_array_equal(got, want)
    assert np.all(np.isfinite(got))


def test_large_counts_match_scipy_in_int64(mode):
    def run(k):
        wide = ds.Categorical(tf.constant([0., 1.]), dtype=tf.int64)
        return (ds.Poisson(tf.constant(3e9, tf.float64), dtype=tf.int64).log_prob(k),
                wide.log_prob(tf.constant(2 ** 32 + 1, tf.int64)))

    poisson, category = modes.run(mode, run, np.int64(3000000000))
    np.testing.assert_allclose(poisson, stats.poisson.logpmf(3000000000, 3e9), 1e-5)
    assert category == -np.inf


def test_rounding_of_continuous_values_is_precision_only():
    def run():
        grey = ds.Bernoulli(0., dtype=tf.float32).log_prob(np.array([0.3, 0.7]))
        normal = ds.Normal(0., std=1.).log_prob(np.array([0.1, 2 ** 24 + 1, 1e300]))
        return grey, normal

    grey, normal = modes.run("eager", run)
    np.testing.assert_allclose(grey, np.log([0.5, 0.5]), rtol=1e-6)
    np.testing.assert_allclose(normal[:2], stats.norm.logpdf([0.1, 2. ** 24]), 1e-6)


@every_discrete
@pytest.mark.parametrize("value", [0.5, -0.1, np.nan, np.inf])
def test_integer_dtypes_reject_fractions(make, value):
    dist = make()
    value = np.full(dist.get_value_shape().as_list(), value)
    with pytest.raises(TypeError, match="int32 has no "):
        modes.run("eager", lambda: dist.log_prob(value))


# -- group_ndims --------------------------------------------------------------

def batch_of(case, shape):
    one = case.rounded_sets(DTYPE)[0]
    values = {name: np.asarray(value if name in case.shared else np.broadcast_to(
        value, shape + np.shape(value)), DTYPE) for name, value in one.items()}
    points = case.densest_point(one, DTYPE).astype(case.sample_dtype(DTYPE))
    return values, np.broadcast_to(points, (4,) + shape + points.shape[1:])


def grouped(dist, which, x):
    if which == "node":
        return zs.BayesianNet({"x": x}).stochastic("x", dist).cond_log_p
    return getattr(dist, which)(x)


@every_form
@pytest.mark.parametrize("which", ["log_prob", "prob", "node"])
def test_axes_of_samples_are_not_grouped(case, which):
    """group_ndims above the rank of the batch, of every distribution."""
    values, points = batch_of(case, (2,))

    def run():
        def dist(group_ndims):
            return case.make(values, group_ndims=group_ndims,
                             **case.kwargs_for(DTYPE))

        for group_ndims in 2, np.int64(3), tf.constant(2):
            with pytest.raises(ValueError, match="group_ndims of .*at most the rank of "
                                                 "its batch shape.*tf.zeros"):
                grouped(dist(group_ndims), which, points)
        return grouped(dist(1), which, points)

    assert modes.run("eager", run).shape == (4,)


@pytest.mark.parametrize("which", ["log_prob", "prob", "node"])
@pytest.mark.parametrize("make", [
    lambda x, **kw: ds.Normal(x, std=1., **kw), lambda x, **kw: ds.Bernoulli(x, **kw),
    lambda x, **kw: ds.OnehotCategorical(x, **kw)])
def test_unknown_ranks_are_checked_at_run_time(which, make):
    def run(x, parameter, group_ndims):
        dist = make(parameter, group_ndims=group_ndims)
        with zs.support_checks(False):
            return grouped(dist, which, tf.cast(x, dist.dtype))

    rank = len(make(np.zeros([2, 3], DTYPE)).get_batch_shape().as_list())
    x, parameter = np.zeros([4, 2, 3], DTYPE), np.zeros([2, 3], DTYPE)
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most the rank"):
        modes.run("graph", lambda *a: run(*a, rank + 1), x, parameter,
                  dynamic_shapes="rank")
    assert modes.run("graph", lambda *a: run(*a, rank), x, parameter,
                     dynamic_shapes="rank").shape == (4,)


@pytest.mark.parametrize("which", ["log_prob", "prob", "entropy", "kl"])
def test_group_ndims_of_a_tensor(which, mode):
    if mode == "xla":
        pytest.skip("XLA leaves out assertions")

    def run(group_ndims, x):
        dist = ds.Normal(tf.zeros([3, 2]), std=1., group_ndims=group_ndims)
        return (dist.entropy() if which == "entropy" else
                ds.kl_divergence(dist, dist) if which == "kl" else
                getattr(dist, which)(x))

    x = np.zeros([4, 3, 2], DTYPE)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError),
                       match="group_ndims of .* at most the rank"):
        modes.run(mode, run, np.int32(3), x)
    assert modes.run(mode, run, np.int32(2), x).shape in [(4,), ()]


def test_a_log_joint_names_what_to_write():
    def run():
        bn = zs.BayesianNet({"x": tf.zeros([5])})
        bn.normal("x", 0., std=1., group_ndims=1)
        return bn.log_joint()

    with pytest.raises(ValueError, match=r"batch shape, \(\), but it is 1. .*shape "
                                         r"of the data, such as tf.zeros\(\[n\]\)"):
        modes.run("eager", run)


# -- Forgotten squeezes -------------------------------------------------------

def caught(run):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        run()
    return [str(w.message) for w in found if "every element" in str(w.message)]


@every_form
@pytest.mark.parametrize("order", ["value", "parameters"])
@pytest.mark.parametrize("where", ["log_prob", "prob", "node"])
def test_a_forgotten_squeeze_warns(case, order, where):
    """A mean [N, 1] with data [N], and the reverse, for every distribution."""
    long, short = batch_of(case, (4, 1)), batch_of(case, (4,))
    values = (short if order == "value" else long)[0]
    points = (long if order == "value" else short)[1][0]

    def run():
        dist = case.make(values, **case.kwargs_for(DTYPE))
        if where == "node":
            zs.BayesianNet({"x": points}).stochastic("x", dist).cond_log_p  # noqa: B018
        else:
            getattr(dist, where)(points)
        return []

    found = caught(lambda: modes.run("eager", run))
    assert len(found) == 1
    assert "tf.squeeze(x, axis=-1)" in found[0]
    assert ("'x'" in found[0]) == (where == "node")


@pytest.mark.parametrize("make", [
    lambda x, y: ds.Normal(x, std=y), ds.Gamma, ds.Beta, ds.StudentT, ds.Uniform,
    lambda x, y: ds.MultivariateNormalDiag(x[..., tf.newaxis], y[..., tf.newaxis])])
def test_parameters_that_make_an_outer_product_warn(make):
    for x, y in ([4, 1], [4]), ([4], [4, 1]), ([3, 4, 1], [4]):
        found = caught(lambda: modes.run("eager", lambda: [make(  # noqa: B023
            tf.ones(x), 2. * tf.ones(y)).get_batch_shape() and 0.]))  # noqa: B023
        assert len(found) == 1
        assert "and the shape of" in found[0]
    for x, y in ([4, 1], [3]), ([4, 1], [1, 4]), ([4, 1], []), ([4], [2, 4]):
        assert not caught(lambda: modes.run("eager", lambda: [make(  # noqa: B023
            tf.ones(x), 2. * tf.ones(y)).get_batch_shape() and 0.]))  # noqa: B023


def test_a_dense_layer_against_a_column_of_unknown_length(mode):
    def run(*arrays):
        mean, x = [tf.ensure_shape(a, [None, 1][:len(a.shape)]) for a in arrays]
        return zs.BayesianNet({"x": x}).normal("x", mean, std=1.).cond_log_p

    arrays = np.zeros([5, 1], DTYPE), np.zeros([5], DTYPE)
    for mean, x in arrays, arrays[::-1]:
        assert len(caught(lambda: modes.run(  # noqa: B023
            mode, run, mean, x, dynamic_shapes=True))) == 1  # noqa: B023


@pytest.mark.parametrize("mean, x", [
    ([5], [5]), ([5, 1], [5, 1]), ([5, 1], [1]), ([5, 1], []), ([], [5, 1]),
    ([3, 1], [5]),  # chains against data
    ([3, 1, 2], [5, 2]), ([7, 5], [5]), ([5], [7, 5]), ([1, 1], [5]), ([1], [5]),
    ([2, 5, 3], [2, 5, 3]), ([5, 1], [1, 5]), ([5, 5], [5]), ([2, 3, 1], [3, 4])])
def test_intended_broadcasts_do_not_warn(mean, x):
    def run():
        dist = ds.Normal(tf.zeros(mean), std=1.)
        dist.log_prob(tf.zeros(x))
        zs.BayesianNet({"x": tf.zeros(x)}).stochastic("x", dist).cond_log_p  # noqa: B018
        return []

    assert caught(lambda: modes.run("eager", run)) == []


def test_values_on_a_grid_warn_in_nodes_only():
    """[M, 1] against [N] is how a density is evaluated for several parameters."""
    def run(as_node):
        dist, x = ds.Normal(tf.zeros([5]), std=1.), tf.zeros([3, 1])
        return (zs.BayesianNet({"x": x}).stochastic("x", dist).cond_log_p if as_node
                else dist.log_prob(x))

    for as_node in False, True:
        assert len(caught(lambda: modes.run(
            "eager", lambda: run(as_node)))) == as_node  # noqa: B023


# -- Counts: totals of zero and totals for each datum, empty batches -----------

def test_totals_for_each_datum(mode):
    def run(logits, counts):
        return (ds.Multinomial(logits, None).log_prob(counts),
                ds.UnnormalizedMultinomial(logits).log_prob(counts))

    logits = np.array([0.5, -1., 0.], DTYPE)
    counts = np.array([[0, 0, 0], [1, 0, 0], [3, 2, 5], [0, 9, 0]], "int32")
    p = np.exp(logits) / np.exp(logits).sum()
    multinomial, bag = modes.run(mode, run, logits, counts)
    np.testing.assert_allclose(multinomial, [
        stats.multinomial.logpmf(k, k.sum(), p.astype(float) / p.astype(float).sum())
        if k.sum() else 0. for k in counts], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(bag, counts @ np.log(p), rtol=1e-5, atol=1e-6)


TOTALS = np.array([0, 3, 7, 50])


def test_a_tensor_of_totals_for_each_datum(mode):
    """Zero trials have one outcome, of probability 1."""
    logits = np.array([0., 1., -2., 0.3], DTYPE)
    counts = np.array([0, 3, 8, 20], "int32")
    p = special.expit(logits.astype(float))

    def run(logits, counts):
        totals = tf.constant(TOTALS, tf.int32)
        binomial = ds.Binomial(logits, totals)
        multinomial = ds.Multinomial(logits[:2], totals)
        vectors = tf.stack([counts, totals - counts], axis=-1)
        return [binomial.log_prob(counts), binomial.cdf(counts), binomial.mean,
                binomial.variance, binomial.sample(400), multinomial.log_prob(vectors),
                multinomial.mean, multinomial.sample(400)]

    (log_prob, cdf, mean, variance, samples, of_vectors, mean_vector,
     vectors) = modes.run(mode, run, logits, counts)
    law = stats.binom(TOTALS, p)
    np.testing.assert_allclose(log_prob, law.logpmf(counts), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(cdf, law.cdf(counts), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose([mean, variance], [law.mean(), law.var()], rtol=1e-5)
    q = special.softmax(logits[:2].astype(float))
    np.testing.assert_allclose(of_vectors, stats.binom(TOTALS, q[0]).logpmf(counts),
                               rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(mean_vector, np.outer(TOTALS, q), rtol=1e-5)
    assert np.array_equal(vectors.sum(axis=-1), np.tile(TOTALS, [400, 1]))
    # Six standard errors: fails once in 10^8 runs, and the seed is fixed.
    for found, of in (samples, law), (vectors[..., 1], stats.binom(TOTALS, q[1])):
        error = np.abs(found.mean(axis=0) - of.mean())
        assert np.all(error <= 6. * of.std() / np.sqrt(400.))


@eagerly
def test_totals_may_be_arrays_and_lists():
    for given in TOTALS, list(TOTALS), TOTALS.astype("uint8"):
        log_prob = ds.Binomial([0.], given).log_prob([0, 1, 2, 50])
        np.testing.assert_allclose(
            log_prob, stats.binom(TOTALS, 0.5).logpmf([0, 1, 2, 50]), rtol=1e-5)


@pytest.mark.parametrize("make", [ds.Binomial, ds.Multinomial])
def test_totals_that_int32_lacks_raise(make):
    too_large = 2 ** 32 + 5
    for bad in np.array(too_large), np.array([1, too_large]), [too_large, 1], [1.5, 2.]:
        with pytest.raises(TypeError, match="n_experiments must be"):
            modes.run("eager", lambda: make([0., 0.], bad))  # noqa: B023
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError),
                       match="n_experiments must be non-negative"):
        modes.run("eager", lambda: make([0., 0.], [-1, 2]))


@every_form
def test_empty_batches(case):
    """No data: empty densities, sums over none of them, and a bound of 0."""
    values, points = batch_of(case, (0,))

    def run(x, *arrays):
        make = lambda **kw: case.make(  # noqa: E731
            dict(zip(values, arrays)), **kw, **case.kwargs_for(DTYPE))
        found = [make().log_prob(x[0]), make().prob(x),
                 make(group_ndims=1).log_prob(x[0]), make(group_ndims=1).prob(x[0]),
                 zs.BayesianNet({"x": x[0]}).stochastic(
                     "x", make(group_ndims=1)).cond_log_p]
        return found + ([make().sample(3)] if case.is_sampled else [])

    found = modes.run("eager", run, points, *values.values())
    assert [x.shape for x in found[:5]] == [(0,), (4, 0), (), (), ()]
    assert found[2] == found[4] == 0.
    assert found[3] == 1.
    assert all(x.shape[:2] == (3, 0) for x in found[5:])
