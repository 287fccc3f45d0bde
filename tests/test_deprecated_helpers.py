"""Undocumented helpers of 0.4, which scripts import by their old paths."""
import importlib

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import special, stats

import zhusuan as zs
from zhusuan.legacy._helpers import helpers_of

MODULES = ["zhusuan.utils", "zhusuan.distributions.utils", "zhusuan.hmc"]
ALL = [(module, name) for module in MODULES for name in helpers_of(module)]


def helper(name):
    module = next(m for m, n in ALL if n == name)
    with pytest.warns(FutureWarning, match=r"%s\.%s is deprecated" % (module, name)):
        return getattr(importlib.import_module(module), name)


def eagerly(function, *args):
    return modes.run("eager", function, *args)


@pytest.mark.parametrize("module, name", ALL)
def test_every_helper_warns_once_and_blames_the_user(module, name):
    with pytest.warns(FutureWarning, match="use .* instead") as caught:
        assert callable(getattr(importlib.import_module(module), name))
    assert [w.filename for w in caught] == [__file__]


@pytest.mark.parametrize("module", MODULES)
def test_import_statements_work_and_other_names_do_not(module):
    name = next(iter(helpers_of(module)))
    with pytest.warns(FutureWarning, match=name):
        exec("from %s import %s" % (module, name), {})
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        importlib.import_module(module).no_such_name  # noqa: B018
    with pytest.raises(ImportError):
        exec("from %s import no_such_name" % module, {})


def test_public_names_are_not_deprecated():
    for name in "log_combination", "explicit_broadcast", "maybe_explicit_broadcast", \
            "is_same_dynamic_shape":
        assert name in zs.distributions.utils.__all__


def test_utils():
    x = np.array([[1., 2., 3.], [-1., 800., 0.]], "float32")
    log_sum_exp = helper("log_sum_exp")
    for axis, keepdims in [(None, False), (1, True), (0, False)]:
        np.testing.assert_allclose(
            eagerly(lambda x: log_sum_exp(x, axis, keepdims), x),  # noqa: B023
            special.logsumexp(x.astype(float), axis=axis, keepdims=keepdims), rtol=1e-6)
    convert = helper("convert_to_int")
    assert [convert(v) for v in (3, np.int64(4), 5.0, None, "x", [1])] == [
        3, 4, 5, None, None, None]

    @helper("add_name_scope")
    def scoped(x, y=1.):
        """Text."""
        return tf.add(x, y, name="sum")

    assert (scoped.__name__, scoped.__doc__) == ("scoped", "Text.")
    with tf.Graph().as_default():
        assert scoped(tf.constant(1.), y=2.).op.name == "scoped/sum"


@pytest.mark.parametrize("dynamic_shapes", [False, True, "rank"])
def test_shapes(dynamic_shapes):
    shape_list, shape_at = helper("get_shape_list"), helper("get_shape_at")

    def run(x):
        want = {False: [2, 3], True: [None, None], "rank": None}[dynamic_shapes]
        assert shape_list(x) == want
        assert dynamic_shapes or shape_at(x, -1) == 3
        return [tf.convert_to_tensor(shape_at(x, axis)) for axis in (0, 1, -1)]

    got = modes.run("graph", run, np.zeros([2, 3]), dynamic_shapes=dynamic_shapes)
    assert list(got) == [2, 3, 3]


def test_uniform_numbers_keep_off_the_ends():
    draw = helper("open_interval_standard_uniform")
    x = eagerly(lambda: draw([10000], tf.float16))
    assert x.dtype == "float16"
    assert 0. < x.min() < 0.01
    assert 0.99 < x.max() < 1.


def test_dtypes():
    ints, floats = np.zeros(3, "int32"), np.zeros(2, "float32")
    for name in "assert_same_float_dtype", "assert_same_log_float_dtype":
        check = helper(name)
        assert check([(floats, "a"), (floats, "b")]) == tf.float32
        assert check([]) is None
        with pytest.raises(TypeError, match="b must have a dtype in"):
            check([(floats, "a"), (ints, "b")])
        with pytest.raises(TypeError, match="b must have the same dtype as a"):
            check([(floats, "a"), (np.zeros(2), "b")])
    for name in "assert_same_float_or_int_dtype", "assert_same_float_and_int_dtype":
        assert helper(name)([(ints, "a"), (ints, "b")]) == tf.int32
    assert helper("assert_same_specific_dtype")([(ints, "a")], [tf.int32]) == tf.int32
    assert helper("assert_dtype_is_float")(tf.float16) == tf.float16
    assert helper("assert_dtype_is_int_or_float")(tf.int16) == tf.int16
    assert helper("assert_dtype_in_dtypes")(tf.bool, [tf.bool]) == tf.bool
    with pytest.raises(TypeError, match=r"`dtype`\(int32\) not in"):
        helper("assert_dtype_is_float")(tf.int32)


@pytest.mark.parametrize("dynamic_shapes", [False, "rank"])
def test_ranks_and_scalars(dynamic_shapes):
    error = tf.errors.InvalidArgumentError if dynamic_shapes else ValueError

    def run(name, *args):
        check = helper(name)
        return modes.run("graph", lambda x: check(x, *args), np.zeros([2], "float32"),
                         dynamic_shapes=dynamic_shapes)

    for name in "assert_rank_at_least", "assert_rank_at_least_static":
        assert run(name, 1, "x").shape == (2,)
        with pytest.raises(error, match="x should have rank"):
            run(name, 2, "x")
    with pytest.raises(error, match="x should be a scalar"):
        run("assert_scalar", "x")


def test_positive_scalars():
    check = helper("assert_positive_int32_scalar")
    assert check(3, "n") == 3
    assert eagerly(lambda: check(tf.constant(3), "n")) == 3
    for value in 0, -1:
        with pytest.raises(ValueError, match="n must be positive"):
            check(value, "n")
    for value in 3., 0., np.float32(3.), np.array(3.), "3", True, None:
        with pytest.raises(TypeError, match="n must be a positive int"):
            check(value, "n")


@pytest.mark.parametrize("value", [3., 3.5, np.float32(3.), np.array(3.), [3.], "3",
                                   True, np.bool_(True)])
@pytest.mark.parametrize("make", [zs.distributions.Binomial,
                                  zs.distributions.Multinomial])
def test_float_numbers_of_experiments_raise(make, value):
    with pytest.raises(TypeError, match="n_experiments must be a positive int"):
        make([0., 1.], value)


def test_parts_of_hmc():
    """One transition by hand keeps the energy and has the rate of Metropolis."""
    momentum, velocity = helper("random_momentum"), helper("velocity")
    hamiltonian, leapfrog = helper("hamiltonian"), helper("leapfrog_integrator")
    rate = helper("get_acceptance_rate")

    def log_posterior(q):
        return -0.5 * tf.reduce_sum(q[0] ** 2, -1) - 0.5 * tf.reduce_sum(q[1] ** 2, -1)

    def run(a, b):
        q, mass = [a, b], [tf.constant([1., 4.]), tf.ones([3])]
        p = momentum([m + tf.zeros_like(x) for m, x in zip(mass, q)])
        axes = [[-1], [-1]]
        start, new_q, new_p = hamiltonian(q, p, log_posterior, mass, axes)[0], q, p
        for i in range(11):
            new_q, new_p = leapfrog(new_q, new_p, 0. if i == 0 else 0.02,
                                    0.01 if i in (0, 10) else 0.02,
                                    lambda q: [-x for x in q], mass)
        return p, velocity(p, mass), start, rate(
            q, p, new_q, new_p, log_posterior, mass, axes)

    a, b = np.ones([500, 2], "float32"), np.zeros([500, 3], "float32")
    p, v, start, (old, new, old_log_prob, _, acceptance) = eagerly(run, a, b)
    kinetic = 0.5 * (p[0] ** 2 / [1., 4.]).sum(-1) + 0.5 * (p[1] ** 2).sum(-1)
    np.testing.assert_allclose(start, kinetic + 1., rtol=1e-5)
    np.testing.assert_allclose(old, start)
    np.testing.assert_allclose(old_log_prob, -np.ones(500))
    np.testing.assert_allclose(new, old, atol=2e-3)
    np.testing.assert_allclose(acceptance, np.exp(np.minimum(old - new, 0.)), rtol=1e-5)
    np.testing.assert_allclose(v[0], p[0] / [1., 4.], rtol=1e-6)
    # 500 squared normal numbers; the seed is fixed.
    assert stats.kstest(p[0][:, 1] / 2., "norm").pvalue > 1e-3
