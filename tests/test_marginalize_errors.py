"""Errors of zs.marginalize: nodes that are not local, not finite, not known."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from test_marginalize import X, mixture

import zhusuan as zs


def chain_model(mean_of, group_ndims=1, n=3):
    """A model whose mean is a function of the float categories."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.bernoulli("z", np.full(n, 0.3), group_ndims=1)
        bn.normal("x", mean_of(tf.cast(z, "float64")), std=1., group_ndims=group_ndims)
        return bn
    return model()


@pytest.mark.parametrize("mean_of, reason", [
    (lambda z: tf.roll(z, 1, 0), "element depends on the category of another"),
    (lambda z: z + tf.reduce_sum(z), "element depends on the category of another"),
    (tf.cumsum, "element depends on the category of another"),
    (lambda z: tf.reduce_sum(z) + np.zeros(5), "data axes are"),
    (lambda z: tf.concat([z, z], 0), "data axes are")])
def test_nodes_must_be_local(mean_of, reason, mode):
    def log_joint(x):
        return zs.marginalize(chain_model(mean_of), ["z"]).observe(x=x).log_joint()

    length = {"data axes are": 5}.get(reason, 3)
    length = 6 if mean_of(tf.zeros(3)).shape[0] == 6 else length
    message = "'x' depends on 'z', but not element.*" + reason
    with pytest.raises(ValueError, match=message):
        modes.run(mode, log_joint, np.zeros(length))


@eagerly
def test_children_must_group_the_axes_of_data():
    marginal = zs.marginalize(chain_model(lambda z: z, group_ndims=0), ["z"])
    with pytest.raises(ValueError, match="'x'.*group_ndims is 0, less than 1"):
        marginal.observe(x=X).log_joint()


@eagerly
def test_factors_must_not_sum_over_data():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.bernoulli("z", np.zeros(3), group_ndims=1)
        bn.factor("f", tf.reduce_sum(tf.cast(z, tf.float32)))
        return bn
    with pytest.raises(ValueError, match="'f'.*is a factor"):
        zs.marginalize(model(), ["z"]).observe().log_joint()


@eagerly
def test_nodes_must_be_known_finite_and_free():
    with pytest.raises(ValueError, match="no stochastic node named 'y'.*Known names"):
        zs.marginalize(mixture(), ["y"])
    with pytest.raises(ValueError, match="'centre'"):
        zs.marginalize(mixture(), ["centre"])
    with pytest.raises(ValueError, match="'mu' follows.*finite number"):
        zs.marginalize(mixture(), ["mu"])
    model = zs.marginalize(mixture(), ["z"])
    with pytest.raises(ValueError, match="'z' is summed out, but it is also observed"):
        model.observe(z=np.zeros(3, int), x=X)
    with pytest.raises(TypeError, match="must be a MetaBayesianNet"):
        zs.marginalize(lambda v: 0., ["z"])
    custom = mixture()
    custom.log_joint = lambda bn: bn.cond_log_prob("x")
    with pytest.raises(ValueError, match="log_joint function"):
        zs.marginalize(custom, ["z"])


@eagerly
def test_unshared_variables_are_refused():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.bernoulli("z", tf.Variable(np.zeros(3)), group_ndims=1)
        bn.normal("x", tf.cast(z, "float64"), std=1., group_ndims=1)
        return bn
    with pytest.raises(ValueError, match="creates variables each .*reuse_variables"):
        zs.marginalize(model(), ["z"]).observe(x=X).log_joint()


@eagerly
def test_models_that_need_observations_are_examined_later():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        words = bn.unnormalized_multinomial("words", np.zeros([2]))
        z = bn.bernoulli("z", tf.cast(words, "float64"), group_ndims=1)
        bn.normal("x", tf.cast(z, "float64"), std=1., group_ndims=1)
        return bn
    marginal = zs.marginalize(model(), ["z"])
    values = {"words": np.array([1, 2]), "x": np.zeros(2)}
    assert np.isfinite(marginal.observe(**values).log_joint())
    with pytest.raises(ValueError, match="no stochastic node named 'y'"):
        zs.marginalize(model(), ["y"]).observe(**values)
