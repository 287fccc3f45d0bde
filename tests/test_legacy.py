"""Scripts of ZhuSuan 0.3 still run, and are told what to write instead."""
import inspect
import re

import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly

import zhusuan as zs
from zhusuan import legacy
from zhusuan.framework._node_methods import NodeMethods
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
             "is_reparameterized", "check_numerics", "kwargs"])
    with zs.BayesianNet():
        pass  # the warning that the fixture wants


def test_each_node_warns_and_names_its_replacement():
    with zs.BayesianNet():
        with pytest.warns(FutureWarning, match=r"zs\.Concrete.*bn\.concrete"):
            zs.GumbelSoftmax("x", 0.5, [0., 0.])


def test_outside_of_a_model_the_error_says_so():
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


def test_every_node_class_stands_at_the_top():
    for name in set(legacy.__all__) - {"distributions", "framework"}:
        assert getattr(zs, name) is getattr(legacy, name)
        assert name in zs.__all__
    with zs.BayesianNet():
        pass  # the warning that the fixture wants
