"""Warnings about observed values outside the support of their distribution."""
import os
import threading
import warnings

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from cases import every_case
from scipy import stats

import zhusuan as zs

DTYPE = "float32"


def node_log_prob(dist, value, name="x"):
    return zs.BayesianNet({name: value}).stochastic(name, dist).cond_log_p


def supports(case):
    """A parameter set, a point inside where the density is finite, points outside."""
    for one in case.rounded_sets(DTYPE):
        inside, outside = (case.inside_points(one, DTYPE),
                           case.outside_points(one, DTYPE))
        inside = inside[np.isfinite(case.log_density(inside, one))]
        if len(inside) and len(outside):
            dtype = case.sample_dtype(DTYPE)
            return one, inside[:1].astype(dtype), outside.astype(dtype)
    return None


@every_case
def test_every_distribution_warns(case):
    found = supports(case)
    if found is None:
        pytest.skip("all values are possible")
    one, inside, outside = found
    n_outside = len(outside)

    def run(inside, outside):
        dist = case.make({n: np.asarray(v, DTYPE) for n, v in one.items()})
        node_log_prob(dist, inside)  # a warning would be an error
        with pytest.warns(zs.SupportWarning) as caught:
            log_prob = node_log_prob(dist, tf.concat([inside, outside], 0))
        message = "node 'x' has %d of %d values outside the support of its " % (
            n_outside, n_outside + 1)
        assert len(caught) == 1
        assert message in str(caught[0].message)
        assert np.array2string(outside[0].numpy()) in str(caught[0].message)
        return log_prob

    log_prob = modes.run("eager", run, inside, outside)
    assert np.isfinite(log_prob[0])
    assert np.all(np.isneginf(log_prob[1:]))


# A distribution, how many values are wrong of how many, and the first wrong one.
WRONG = {
    "dropped one-hot columns": (
        lambda: zs.distributions.OnehotCategorical([1., 2.]),
        [[0, 1], [0, 0], [1, 0], [0, 0]], 2, 4, [0, 0]),
    "label": (lambda: zs.distributions.Bernoulli([1.] * 3), [0, 2, 1], 1, 3, 2),
    "grouped": (lambda: zs.distributions.Bernoulli([[1.] * 3] * 2, group_ndims=2),
                [[0, 2, 1], [-1, 0, 0]], 2, 6, 2),
    "category": (lambda: zs.distributions.Categorical([[1., 2.]] * 3), [0, 2, 1],
                 1, 3, 2),
    "impossible category": (
        lambda: zs.distributions.Categorical([0., -np.inf]), [0, 1], 1, 2, 1),
    "total": (lambda: zs.distributions.Multinomial([1., 2.], 3),
              [[1, 2], [1, 1]], 1, 2, [1, 1]),
    "above the trials": (lambda: zs.distributions.Binomial([0., 1.], 3), [4, 3],
                         1, 2, 4),
    "fraction": (lambda: zs.distributions.Poisson([1., 2.], dtype=tf.float32),
                 [1.5, 2.], 1, 2, 1.5),
    "off the simplex": (lambda: zs.distributions.Dirichlet([1., 2.]),
                        [[.5, .5], [.5, .4]], 1, 2, [.5, .4]),
    "negative": (lambda: zs.distributions.Gamma([1., 1.], 1.), [1., -2.], 1, 2, -2.),
    "beyond the ends": (lambda: zs.distributions.Uniform([0., 0.], 1.), [.5, 1.],
                        1, 2, 1.),
    "one value for all": (lambda: zs.distributions.Bernoulli([1.] * 3), 2, 1, 1, 2),
    "samples of parameters": (
        lambda: zs.distributions.Bernoulli(np.zeros([5, 2], DTYPE), group_ndims=1),
        [3, 1], 1, 2, 3),
    "stretched": (lambda: zs.distributions.Bernoulli(np.zeros([2, 3], DTYPE)),
                  [[3], [1]], 1, 2, 3),
}
every_wrong = pytest.mark.parametrize(
    "make, value, n_wrong, n, example", WRONG.values(), ids=WRONG)


def caught_in(run):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = run()
    return result, [str(w.message) for w in caught
                    if w.category is zs.SupportWarning]


@every_wrong
@pytest.mark.parametrize("dynamic_shapes", [False, True])
def test_the_warning_counts_values_and_shows_one(make, value, n_wrong, n, example, mode,
                                     dynamic_shapes):
    value = np.asarray(value, make().dtype.as_numpy_dtype if mode == "eager" else
                       "float32" if isinstance(np.ravel(value)[0], float) else "int32")
    program = modes.program(mode, lambda: lambda x: node_log_prob(make(), x),
                            dynamic_shapes=dynamic_shapes)
    log_prob, messages = caught_in(lambda: program(value))
    assert np.any(np.isneginf(log_prob))
    if mode == "xla":
        assert messages == []
        return
    assert len(messages) == 1
    assert "node 'x' has %d of %d values" % (n_wrong, n) in messages[0]
    assert "for example, %s)" % np.array2string(
        np.asarray(example, value.dtype)) in messages[0]


def test_a_node_warns_once_in_a_loop(mode):
    program = modes.program(mode, lambda: lambda x: node_log_prob(
        zs.distributions.Poisson([1., 2.]), x, name="counts"))

    def steps():
        return [program(np.array([-i, 3], "int32")) for i in range(1, 6)]

    assert len(caught_in(steps)[1]) == (0 if mode == "xla" else 1)
    # New filters, such as those of another test, reset the count.
    assert len(caught_in(steps)[1]) == (0 if mode == "xla" else 1)


def test_nodes_warn_one_by_one():
    def run():
        bn = zs.BayesianNet({"a": 2, "b": 2, "c": 1})
        return [bn.bernoulli(name, 0.).cond_log_p for name in "abc"]

    _, messages = caught_in(lambda: modes.run("eager", run))
    assert [m.split("'")[1] for m in messages] == ["a", "b"]


def test_the_warning_names_the_line_of_the_user(mode):
    def run(x):
        return zs.BayesianNet({"x": x}).bernoulli("x", 0.).cond_log_p

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        modes.run(mode, run, np.int32(2))
    blamed = [w.filename for w in caught if w.category is zs.SupportWarning]
    assert len(blamed) == (0 if mode == "xla" else 1)
    # AutoGraph puts a copy of the user's function into a file of its own.
    assert all(name == __file__ if mode in ("graph", "eager") else
               os.sep + "zhusuan" + os.sep not in name for name in blamed)


def test_checks_can_be_switched_off(mode):
    def run(x):
        with zs.support_checks(False):
            return node_log_prob(zs.distributions.Bernoulli(0.), x)

    log_prob, messages = caught_in(lambda: modes.run(mode, run, np.int32(2)))
    assert messages == []
    assert log_prob == -np.inf


def test_disabled_checks_add_no_op():
    def count(enabled):
        with tf.Graph().as_default() as graph:
            with zs.support_checks(enabled):
                node_log_prob(zs.distributions.Bernoulli(0.), 2)
            return len(graph.get_operations())

    def plain():
        with tf.Graph().as_default() as graph:
            node = zs.BayesianNet({"x": 2}).bernoulli("x", 0.)
            node.dist.log_prob(node.tensor)
            return len(graph.get_operations())

    assert count(False) == plain() < count(True)


def test_latent_nodes_and_distributions_do_not_warn(mode):
    def run(x):
        bn = zs.BayesianNet()
        bn.gamma("z", [1., 2.], 1.)
        return bn.log_joint(), zs.distributions.Gamma(1., 1.).log_prob(x)

    assert caught_in(lambda: modes.run(mode, run, np.float32(-1.)))[1] == []


@pytest.mark.parametrize("where", ["cond", "while", "map", "gradient"])
def test_within_control_flow(where, mode):
    def log_prob(x):
        return node_log_prob(zs.distributions.Exponential(tf.ones([])), x)

    def run(x):
        if where == "cond":
            return tf.cond(x[0] < 0., lambda: log_prob(x[0]), lambda: log_prob(x[1]))
        if where == "while":
            return tf.while_loop(lambda i, _: i < 2, lambda i, total: (
                i + 1, total + log_prob(tf.gather(x, i))), (0, 0.))[1]
        if where == "map":
            return tf.map_fn(log_prob, x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = log_prob(x[0]) + log_prob(x[1])
        slope = tape.gradient(total, x)
        return slope + 0. * tf.where(tf.math.is_finite(total), total, 0.)

    found, messages = caught_in(
        lambda: modes.run(mode, run, np.array([-1., 2.], DTYPE)))
    assert len(messages) == (0 if mode == "xla" else 1)
    wanted = {"map": [-np.inf, -2.], "gradient": [0., -1.]}.get(where, -np.inf)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.slow
@pytest.mark.parametrize("make", [
    lambda: zs.HMC(3., n_leapfrogs=3), lambda: zs.NUTS(step_size=3.),
    lambda: zs.SGLD(.3)])
@pytest.mark.parametrize("jit_compile", [False, "auto"])
def test_samplers_do_not_warn_about_their_proposals(make, jit_compile):
    def run():
        @zs.meta_bayesian_net()
        def model():
            bn = zs.BayesianNet()
            bn.uniform("x", 0., 1.)
            return bn

        make().run(model(), {}, {"x": tf.constant([.9, .5])}, n_samples=5, n_warmup=0,
                   seed=1, progress_bar=False, constraints=None,
                   jit_compile=jit_compile)
        return []

    assert caught_in(lambda: modes.run("eager", run))[1] == []


def test_threads_have_their_own_switch():
    seen = []

    def work():
        seen.extend(caught_in(lambda: modes.run("eager", lambda: node_log_prob(
            zs.distributions.Bernoulli(0.), 2)))[1])

    with zs.support_checks(False):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(seen) == 1


def test_an_error_filter_raises():
    with pytest.raises(zs.SupportWarning, match="'x' has 1 of 1"):
        modes.run("eager", lambda: node_log_prob(zs.distributions.Bernoulli(0.), 2))


def test_the_density_itself_is_unchanged(mode):
    x = np.array([0.5, -1.0], DTYPE)
    log_prob, _ = caught_in(lambda: modes.run(mode, lambda x: node_log_prob(
        zs.distributions.Gamma([2., 2.], 1.), x), x))
    np.testing.assert_allclose(log_prob, stats.gamma(2.).logpdf(x), rtol=1e-5)
