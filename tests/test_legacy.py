"""Scripts of ZhuSuan 0.3 run, with warnings that name the replacements."""
import inspect
import re

import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly

import zhusuan as zs
from zhusuan import legacy
from zhusuan.framework.node_methods import NodeMethods
from zhusuan.legacy.framework import stochastic


@pytest.fixture(autouse=True)
def deprecated_with_block():
    """The warning of the `with` block itself is tested elsewhere."""
    with pytest.warns(FutureWarning):
        yield


def test_nodes_belong_to_the_innermost_model():
    with zs.BayesianNet() as outer:
        a = zs.Normal("a", 0., std=1.)
        with zs.BayesianNet({"b": [1., 2.]}) as inner:
            b = zs.Normal("b", tf.zeros([2]), std=1., group_ndims=1)
        c = zs.Bernoulli("c", a, n_samples=3)
    assert outer.nodes == {"a": a, "c": c} and inner.nodes == {"b": b}
    assert isinstance(b, zs.StochasticTensor) and isinstance(b, zs.Normal)
    assert b.is_observed() and not a.is_observed()
    assert c.shape.as_list() == [3]
    assert inner.cond_log_prob("b").shape.rank == 0
    assert (a + 1.).shape.rank == 0


@eagerly
def test_the_log_joint_is_that_of_the_methods():
    observed = {"z": 0.5, "x": [1., -1.]}
    new = zs.BayesianNet(observed)
    new.normal("x", tf.stack([new.normal("z", 1., std=2.), 0.]), std=1., group_ndims=1)
    with zs.BayesianNet(observed) as old:
        zs.Normal("x", tf.stack([zs.Normal("z", 1., std=2.), 0.]), std=1.,
                  group_ndims=1)
    np.testing.assert_array_equal(old.log_joint(), new.log_joint())


@pytest.mark.parametrize("name", [
    n for n in stochastic.__all__ if inspect.isclass(getattr(stochastic, n))])
def test_the_replacement_exists(name):
    method = re.search(r"``bn\.(\w+)", getattr(stochastic, name).__doc__).group(1)
    assert hasattr(zs.BayesianNet, method)
    if hasattr(NodeMethods, method):
        assert list(inspect.signature(getattr(stochastic, name)).parameters) in (
            list(inspect.signature(getattr(NodeMethods, method)).parameters)[1:],
            ["name", "mean", "_sentinel", "std", "logstd", "n_samples", "group_ndims",
             "is_reparameterized", "check_numerics", "mask", "kwargs"])
    with zs.BayesianNet():
        pass  # the warning that the fixture wants


def test_each_node_warns_and_names_its_replacement():
    with zs.BayesianNet():
        with pytest.warns(FutureWarning, match=r"zs\.Concrete.*bn\.concrete"):
            zs.GumbelSoftmax("x", 0.5, [0., 0.])


def test_nodes_outside_of_a_model_raise():
    with pytest.raises(RuntimeError, match="belongs to no model"):
        zs.Normal("x", 0., std=1.)


def test_names_and_keywords_are_checked():
    with zs.BayesianNet():
        zs.Normal("x", 0., std=1.)
        with pytest.raises(ValueError, match="Names should be unique"):
            zs.Normal("x", 0., std=1.)
        with pytest.raises(TypeError, match="'n_samples'"):
            zs.Normal("y", 0., std=1., n_sample=3)


def test_empirical_nodes_must_be_observed():
    with zs.BayesianNet({"x": np.zeros([5, 2], "float32")}) as bn:
        x = zs.Empirical("x", tf.float32, [5], value_shape=[2])
        y = zs.Empirical("y", tf.int32, None)
    assert x.shape.as_list() == [5, 2] and x.dist.is_continuous
    assert not y.dist.is_continuous and y.dist.get_batch_shape().rank is None
    with pytest.raises(NotImplementedError, match="Observe its node"):
        y.tensor  # noqa: B018
    with pytest.raises(NotImplementedError, match="log probability"):
        bn.cond_log_prob("x")


@eagerly
def test_implicit_nodes_are_their_samples():
    samples = tf.constant(np.arange(12.).reshape([3, 2, 2]))
    with zs.BayesianNet():
        x = zs.Implicit("x", samples, value_shape=[2])
    np.testing.assert_array_equal(x.tensor, samples)
    np.testing.assert_array_equal(x.dist.sample(7), samples)
    assert x.dist.get_batch_shape().as_list() == [3, 2]
    assert x.dist.batch_shape.numpy().tolist() == [3, 2]
    assert x.dist.value_shape.numpy().tolist() == [2]
    with pytest.raises(NotImplementedError, match="no log probability"):
        x.dist.log_prob(samples)


def test_every_node_class_is_at_the_top_level():
    for name in set(legacy.__all__) - {"distributions", "framework"}:
        assert getattr(zs, name) is getattr(legacy, name)
        assert name in zs.__all__
    with zs.BayesianNet():
        pass  # the warning that the fixture wants


def of_0_3(observed, w):
    @zs.reuse("model")
    def model(observed):
        with zs.BayesianNet(observed=observed) as bn:
            mean = zs.Normal("mean", tf.zeros([2]), logstd=0.3, n_samples=3,
                             group_ndims=1)
            rate = zs.Gamma("rate", tf.ones([2]), w[:1], n_samples=3, group_ndims=1)
            k = zs.Categorical("k", w)
            scale = tf.gather(w, k) ** 2 + 1.
            zs.Normal("x", mean * w, std=scale / rate, group_ndims=1)
            zs.Bernoulli("y", mean, group_ndims=1)
        return bn

    return model(observed)


def of_0_4(observed, w):
    @zs.meta_bayesian_net(scope="model", reuse_variables=True)
    def model():
        bn = zs.BayesianNet()
        mean = bn.normal("mean", tf.zeros([2]), logstd=0.3, n_samples=3, group_ndims=1)
        rate = bn.gamma("rate", tf.ones([2]), w[:1], n_samples=3, group_ndims=1)
        k = bn.categorical("k", w)
        scale = tf.gather(w, k) ** 2 + 1.
        bn.normal("x", mean * w, std=scale / rate, group_ndims=1)
        bn.bernoulli("y", mean, group_ndims=1)
        return bn

    return model().observe(**observed)


def of_today(observed, w):
    bn = zs.BayesianNet(observed)
    normal = zs.distributions.Normal
    mean = bn.stochastic("mean", normal(tf.zeros([2]), logstd=0.3, group_ndims=1),
                         n_samples=3)
    gamma = zs.distributions.Gamma(tf.ones([2]), w[:1], group_ndims=1)
    rate = bn.stochastic("rate", gamma, n_samples=3)
    k = bn.stochastic("k", zs.distributions.Categorical(w))
    scale = tf.gather(w, k) ** 2 + 1.
    bn.stochastic("x", normal(mean * w, std=scale / rate, group_ndims=1))
    bn.stochastic("y", zs.distributions.Bernoulli(mean, group_ndims=1))
    return bn


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of the old styles
@pytest.mark.parametrize("old", [of_0_3, of_0_4])
@eagerly
def test_old_styles_match_methods_in_densities_and_gradients(old):
    with zs.BayesianNet():
        pass  # the warning that the fixture wants
    rng = np.random.RandomState(1)
    w = tf.constant(rng.randn(2).astype("float32") ** 2 + 0.5)
    arrays = {name: tf.constant(rng.rand(3, 2).astype("float32") + 0.1)
              for name in ("mean", "rate", "x")}
    fixed = {"k": tf.constant(1), "y": tf.constant([[0, 1]] * 3)}

    def densities_and_gradients(model):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([w, arrays])
            bn = model(dict(arrays, **fixed), w)
            log_joint = bn.log_joint()
            terms = bn.cond_log_prob(["mean", "rate", "k", "x", "y"])
        return [log_joint, terms, tape.gradient(log_joint, [w, arrays])]

    want = tf.nest.flatten(densities_and_gradients(of_today))
    assert all(g is not None for g in want)
    for a, b in zip(tf.nest.flatten(densities_and_gradients(old)), want):
        np.testing.assert_array_equal(a, b)
