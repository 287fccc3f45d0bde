"""BayesianNet: names, look-ups, densities and errors."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs

X = np.array([0.5, -1.0], "float32")


def small_net(observed=None):
    """z ~ N(0, 1), x ~ N(z, 2), and their sum."""
    bn = zs.BayesianNet(observed=observed)
    z = bn.normal("z", [0.0, 0.0], std=1.0, group_ndims=1)
    x = bn.normal("x", z, std=2.0, group_ndims=1)
    bn.deterministic("sum", z + x)
    return bn


# -- Looking up ---------------------------------------------------------------

def test_nodes_are_found_by_name_and_kept_in_order():
    bn = small_net()
    assert list(bn.nodes) == ["z", "x", "sum"]
    assert bn.stochastic_names == ("z", "x")
    assert bn["z"] is bn.nodes["z"] is bn.get("z")
    assert isinstance(bn["z"], zs.StochasticTensor)
    assert tf.is_tensor(bn["sum"])
    assert bn.get(["x", "sum"]) == [bn["x"], bn.nodes["sum"]]


def test_nodes_is_a_copy():
    bn = small_net()
    bn.nodes.clear()
    assert list(bn.nodes) == ["z", "x", "sum"]


def test_a_node_has_its_net_name_and_distribution():
    bn = small_net(observed={"x": X})
    z, x = bn["z"], bn["x"]
    assert (z.name, z.bn, z.dtype, z.is_observed()) == ("z", bn, tf.float32, False)
    assert (x.name, x.is_observed()) == ("x", True)
    assert isinstance(z.dist, zs.distributions.Normal)
    assert z.shape.as_list() == z.get_shape().as_list() == [2]
    assert repr(z).startswith("<zhusuan.StochasticTensor 'z' latent <zhusuan.")
    assert repr(x).startswith("<zhusuan.StochasticTensor 'x' observed <zhusuan.")
    assert repr(bn) == "<zhusuan.BayesianNet with nodes z, x, sum>"


def test_stochastic_takes_any_distribution_and_n_samples():
    bn = zs.BayesianNet()
    node = bn.stochastic("z", zs.distributions.Normal([0.0, 1.0], std=1.0),
                         n_samples=5)
    assert node is bn["z"]
    assert node.shape.as_list() == [5, 2]


@pytest.mark.parametrize("look_up", [
    lambda bn, name: bn[name], lambda bn, name: bn.get(name),
    lambda bn, name: bn.get(["x", name]), lambda bn, name: bn.cond_log_prob(name),
    lambda bn, name: bn.cond_log_prob(["x", name])])
def test_unknown_names(look_up):
    bn = small_net()
    with pytest.raises(ValueError, match="no node named 'summ'.* mean 'sum'.*"
                                         "Known names: sum, x, z"):
        look_up(bn, "summ")
    with pytest.raises(TypeError, match="must be a string.*3 of type int"):
        look_up(bn, 3)


def test_a_deterministic_node_has_no_density():
    with pytest.raises(ValueError, match="'sum' is deterministic"):
        small_net().cond_log_prob("sum")


@pytest.mark.parametrize("add", [
    lambda bn: bn.normal("z", 0.0, std=1.0),
    lambda bn: bn.deterministic("z", 1.0),
    lambda bn: bn.normal("sum", 0.0, std=1.0),
    lambda bn: bn.deterministic("sum", 1.0)])
def test_names_are_unique(add):
    bn = small_net()
    nodes = bn.nodes
    with pytest.raises(ValueError, match="Names should be unique"):
        add(bn)
    assert {name: id(node) for name, node in bn.nodes.items()} == {
        name: id(node) for name, node in nodes.items()}


@pytest.mark.parametrize("add", [
    lambda bn, name: bn.normal(name, 0.0, std=1.0),
    lambda bn, name: bn.stochastic(name, zs.distributions.Normal(0.0, std=1.0)),
    lambda bn, name: bn.deterministic(name, 1.0)])
def test_names_are_strings(add):
    with pytest.raises(TypeError, match="must be a string"):
        add(zs.BayesianNet(), 1)


def test_setting_an_item_raises_and_names_observe():
    with pytest.raises(TypeError, match=r"observe\(z=value\)"):
        small_net()["z"] = 1.0


# -- Arguments ----------------------------------------------------------------

def test_misspelt_keywords_raise():
    bn = zs.BayesianNet()
    with pytest.raises(TypeError, match="'n_sample'.* mean 'n_samples'"):
        bn.normal("z", 0.0, std=1.0, n_sample=3)
    with pytest.raises(TypeError, match="'group_ndim'.* mean 'group_ndims'"):
        bn.normal("z", 0.0, std=1.0, group_ndim=1)
    with pytest.raises(TypeError, match="'group_ndim'.* mean 'group_ndims'"):
        zs.distributions.Normal(0.0, std=1.0, group_ndim=1)
    with pytest.raises(TypeError, match="'n_sample'.* mean 'n_samples'"):
        bn.stochastic("z", zs.distributions.Normal(0.0, std=1.0), n_sample=3)
    assert not bn.nodes


def test_deprecated_keyword_names_its_successor():
    with pytest.raises(ValueError, match="has been deprecated.*`group_ndims`"):
        zs.BayesianNet().normal("z", 0.0, std=1.0, group_event_ndims=1)


def test_a_positional_scale_raises():
    with pytest.raises(ValueError, match="order of logstd/std has changed"):
        zs.BayesianNet().normal("z", 0.0, 1.0)


def test_missing_and_surplus_arguments_name_the_distribution():
    with pytest.raises(TypeError, match="Bernoulli: .*logits.*It takes name, logits"):
        zs.BayesianNet().bernoulli("x")
    with pytest.raises(TypeError, match="Bernoulli: .*It takes name, logits"):
        zs.BayesianNet().bernoulli("x", 0.0, None, 0, tf.int32, "surplus")


def test_positional_order_of_0_4():
    bn = zs.BayesianNet()
    assert bn.bernoulli("b", [0.0, 0.0], 3, 1, tf.int64).dtype == tf.int64
    assert bn["b"].shape.as_list() == [3, 2]
    assert bn.cond_log_prob("b").shape.as_list() == [3]
    normal = bn.normal("n", [0.0, 0.0], None, 1.0, None, 1, 3)
    assert normal.shape.as_list() == [3, 2]
    assert normal.cond_log_p.shape.as_list() == [3]


def test_stochastic_needs_a_distribution():
    with pytest.raises(TypeError, match="node 'z' requires a .*Distribution.*3.0"):
        zs.BayesianNet().stochastic("z", 3.0)


# -- Observation --------------------------------------------------------------

def test_observed_nodes_take_the_observation_as_value(mode):
    def values(x):
        bn = small_net(observed={"x": x})
        return bn["x"].tensor, bn["x"] + 0.0

    for value in modes.run(mode, values, X):
        np.testing.assert_array_equal(value, X)


@pytest.mark.parametrize("value", [
    [0.5, -1.0], (0.5, -1.0), X, X.astype("float64"), X.astype("float16"), 1, 0.5,
    np.float64(0.5), np.array([1, 2])])
def test_observations_take_the_dtype_of_the_node(value):
    node = small_net(observed={"x": value})["x"]
    assert node.tensor.dtype == tf.float32
    np.testing.assert_array_equal(tf.get_static_value(node.tensor), value)


def test_observations_of_integer_nodes():
    for value in ([0, 1], np.array([0.0, 1.0]), np.array([False, True]),
                  np.array([0, 1], "int64"), np.array([0, 1], "uint8")):
        bn = zs.BayesianNet(observed={"x": value})
        x = bn.bernoulli("x", [0.0, 0.0])
        np.testing.assert_array_equal(tf.get_static_value(x.tensor), [0, 1])
    bn = zs.BayesianNet(observed={"x": np.array([0.5, 0.2])})
    with pytest.raises(TypeError, match="Incompatible types of .*node 'x'.*int32"):
        bn.bernoulli("x", [0.0, 0.0])


def test_a_tensor_of_another_dtype_raises():
    bn = zs.BayesianNet(observed={"x": tf.constant([1, 2])})
    with pytest.raises(TypeError, match=r"Incompatible types of .*node 'x'.*float32"
                                        r".*tf\.cast\(value, tf\.float32\)"):
        bn.normal("x", [0.0, 0.0], std=1.0)


@pytest.mark.parametrize("shape", [[3], [2, 1], [2, 3]])
def test_an_observation_that_does_not_broadcast(shape):
    bn = zs.BayesianNet(observed={"x": np.zeros(shape, "float32")})
    with pytest.raises(ValueError, match="Incompatible shapes of .*node 'x'"):
        bn.normal("x", np.zeros([4, 2], "float32"), std=1.0)


@pytest.mark.parametrize("shape, batch", [
    ([], [5]), ([1], [5]), ([5], [5]), ([3, 5], [5]), ([1, 5], [5]), ([4, 1], [4, 2]),
    ([5], []), ([3, 5], [1]), ([7, 4, 1, 2], [4, 1, 2])])
def test_sample_axes_and_stretched_axes_do_not_warn(shape, batch):
    bn = zs.BayesianNet(observed={"x": np.zeros(shape, "float32")})
    node = bn.normal("x", np.zeros(batch, "float32"), std=1.0)
    expected = np.broadcast(np.zeros(shape), np.zeros(batch)).shape
    assert tuple(node.cond_log_p.shape.as_list()) == expected


@pytest.mark.parametrize("shape, batch", [([5, 1], [5]), ([7, 4, 1], [4, 2])])
def test_an_outer_product_warns(shape, batch):
    bn = zs.BayesianNet(observed={"x": np.zeros(shape, "float32")})
    with pytest.warns(UserWarning, match=r"node 'x' has shape \(.*every element"
                                         r".*squeeze") as caught:
        bn.normal("x", np.zeros(batch, "float32"), std=1.0)
    assert caught[0].filename == __file__


def test_a_deterministic_node_cannot_be_observed():
    with pytest.raises(ValueError, match="'sum' is deterministic.*observed"):
        small_net(observed={"sum": X})


def test_an_observation_without_a_node_is_found_by_log_joint():
    bn = small_net(observed={"y": X})
    with pytest.raises(ValueError, match="'y' matches no stochastic node"
                                         ".*Known names: x, z"):
        bn.log_joint()


# -- Densities ----------------------------------------------------------------

def reference_terms(z, x):
    return (stats.norm.logpdf(z).sum(-1), stats.norm.logpdf(x, z, 2.0).sum(-1))


def test_densities(mode):
    z = np.array([[0.1, 0.2], [0.3, -0.4], [2.0, 0.0]], "float32")

    def densities(z, x):
        bn = small_net(observed={"z": z, "x": x})
        return bn.cond_log_prob("z"), bn.cond_log_prob(["x", "z"]), bn.log_joint()

    log_z, (log_x, log_z_again), log_joint = modes.run(mode, densities, z, X)
    for_z, for_x = reference_terms(z, X)
    np.testing.assert_allclose(log_z, for_z, rtol=1e-5)
    np.testing.assert_allclose(log_x, for_x, rtol=1e-5)
    np.testing.assert_array_equal(log_z, log_z_again)
    np.testing.assert_allclose(log_joint, for_z + for_x, rtol=1e-5)


def test_densities_are_of_the_sample_that_was_drawn(mode):
    def densities(x):
        bn = small_net(observed={"x": x})
        return bn.log_joint(), bn["z"].tensor

    log_joint, z = modes.run(mode, densities, X)
    np.testing.assert_allclose(log_joint, sum(reference_terms(z, X)), rtol=1e-5)


def test_log_joint_is_cached_until_a_node_is_added():
    bn = small_net(observed={"z": X, "x": X})
    first = bn.log_joint()
    assert bn.log_joint() is first
    bn.deterministic("more", 1.0)
    second = bn.log_joint()
    assert second is not first
    bn.normal("y", 0.0, std=1.0)
    assert bn.log_joint() is not second
    assert bn.cond_log_prob("z") is bn["z"].cond_log_p


def test_log_joint_counts_nodes_added_later(mode):
    def run(y):
        bn = zs.BayesianNet(observed={"x": 0.5, "y": y})
        bn.normal("x", 0.0, std=1.0)
        bn.cond_log_prob("x")
        bn.normal("y", 0.0, std=3.0)
        before = bn.log_joint()
        bn.normal("w", 0.0, std=1.0, is_reparameterized=False)
        return before, bn.log_joint(), bn["w"].tensor

    before, after, w = modes.run(mode, run, np.float32(1.0))
    expected = stats.norm.logpdf(0.5) + stats.norm.logpdf(1.0, 0.0, 3.0)
    np.testing.assert_allclose(before, expected, rtol=1e-5)
    np.testing.assert_allclose(after, expected + stats.norm.logpdf(w), rtol=1e-5)


def test_a_net_without_stochastic_nodes_has_no_density():
    bn = zs.BayesianNet()
    bn.deterministic("one", 1.0)
    with pytest.raises(ValueError, match="no stochastic node"):
        bn.log_joint()
