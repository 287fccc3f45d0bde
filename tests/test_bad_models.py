"""Mistakes in models: masks, factors, bounds that cross, nodes to sum out."""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly

import zhusuan as zs
from zhusuan import distributions as ds

Z = np.zeros(3)

# -- Groups -----------------------------------------------------------------------

@pytest.mark.parametrize("infer", [
    lambda model: zs.NUTS().run(model, {}, n_chains=4, progress_bar=False),
    lambda model: zs.variational.fit(model, progress_bar=False),
    zs.laplace, zs.pathfinder], ids=["run", "fit", "laplace", "pathfinder"])
@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.filterwarnings("ignore:The log joint density has shape")
@eagerly
def test_vectors_without_group_ndims_raise(infer, size):
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.normal("x", tf.zeros([size]), std=1.)
        return bn

    with pytest.raises(ValueError, match=r"for each chain, but it has \[\d+, %d\]. "
                       "Sum over data axes.*group_ndims" % size):
        infer(model())


# -- Masks ------------------------------------------------------------------------

NODES = {
    "normal": lambda bn, mask: bn.normal("x", Z, std=1., mask=mask),
    "counts": lambda bn, mask: bn.poisson("x", Z + 1., mask=mask),
    "dirichlet": lambda bn, mask: bn.dirichlet("x", np.ones([3, 2]), mask=mask),
    "normal vectors": lambda bn, mask: bn.multivariate_normal_cholesky(
        "x", np.zeros([3, 2]), np.eye(2) * np.ones([3, 1, 1]), mask=mask),
    "truncated": lambda bn, mask: bn.truncated(
        "x", ds.Normal(Z, std=1.), 0., mask=mask)}
every_node = pytest.mark.parametrize("node", NODES)


@pytest.mark.parametrize("shape", [(2,), (4,), (3, 2), (4, 3), (3, 1), (0,)])
@every_node
@eagerly
def test_masks_of_another_shape_raise(node, shape):
    with pytest.raises(ValueError, match=r"node 'x': A mask must broadcast to the "
                       r"batch shape .*\(3,\), but it has the shape"):
        NODES[node](zs.BayesianNet(), np.ones(shape, bool))


@pytest.mark.parametrize("shape", [(2,), (4,), (4, 3), (3, 1)])
@eagerly
def test_partial_observations_whose_mask_has_another_shape_raise(shape):
    bn = zs.BayesianNet({"x": zs.PartialObservation(Z, np.ones(shape, bool),
                                                    missing="drop")})
    with pytest.raises(ValueError, match="node 'x'.*`is_observed` has the shape"):
        bn.normal("x", Z, std=1.)


# -- Factors ----------------------------------------------------------------------

@zs.meta_bayesian_net()
def with_factor(log_density):
    bn = zs.BayesianNet()
    z = bn.normal("z", np.zeros(2), std=1., group_ndims=1)
    bn.factor("f", log_density(z.tensor))
    return bn


@pytest.mark.parametrize("log_density, error, message", [
    (lambda z: np.ones(4), ValueError, r"'z': \(3,\), 'f': \(4,\)"),
    (lambda z: -z ** 2, ValueError, r"'z': \(3,\), 'f': \(3, 2\)"),
    (lambda z: np.ones([5, 3]), ValueError, r"'z': \(3,\), 'f': \(5, 3\)"),
    (lambda z: tf.reduce_sum(z), ValueError, "depends on the positions of others"),
    (lambda z: tf.reduce_sum(z, keepdims=True)[0], ValueError,
     "depends on the positions of others"),
    (lambda z: tf.fill([3], tf.constant(np.nan, z.dtype)), ValueError,
     "is nan at .* of 3 of 3 chains .0, 1, 2., because"),
    (lambda z: None, TypeError, "factor 'f' must be a float Tensor or numbers"),
    (lambda z: lambda: z, TypeError, "factor 'f' must be a float Tensor or numbers"),
    (lambda z: ds.Normal(0., std=1.), TypeError, "factor 'f' must be a float Tensor")])
@pytest.mark.parametrize("n_chains", [None, 3])
@eagerly
def test_factors_that_do_not_have_the_shape_of_the_chains_raise(
        log_density, error, message, n_chains):
    with pytest.raises(error, match=message):
        zs.HMC(0.1, 2).run(
            with_factor(log_density), {}, {"z": np.ones([2] if n_chains else [3, 2])},
            2, 0, n_chains=n_chains, progress_bar=False)


# -- Bounds -----------------------------------------------------------------------

BOUNDED = {
    "Uniform": lambda low, high: ds.Uniform(low, high),
    "TruncatedNormal": lambda low, high: ds.TruncatedNormal(0., 1., low, high),
    "Truncated": lambda low, high: ds.Truncated(ds.Normal(0., std=1.), low, high),
    "Censored": lambda low, high: ds.Censored(ds.Normal(0., std=1.), low, high),
    "Sigmoid": lambda low, high: ds.bijectors.Sigmoid(low, high),
    "constraint": lambda low, high: zs.HMC(0.1, 2).run(
        lambda values: -values["x"] ** 2, {}, {"x": np.float32([0.5, 0.6])}, 1, 0,
        constraints={"x": (low, high)}, progress_bar=False)}


@pytest.mark.parametrize("low, high", [
    (2., 1.), (1., 1.), (np.nan, 1.), (0., np.nan), ([0., 0.], [1., -1.])])
@pytest.mark.parametrize("name", BOUNDED)
@eagerly
def test_bounds_that_cross_raise(name, low, high):
    low, high = np.float32(low), np.float32(high)
    with pytest.raises(ValueError, match="greater than|low < high"):
        BOUNDED[name](low, high)


# -- Nodes to sum out ---------------------------------------------------------------

DISCRETE = {
    "poisson": lambda bn: bn.poisson("z", Z + 1., group_ndims=1),
    "binomial": lambda bn: bn.binomial("z", Z, 4, group_ndims=1),
    "geometric": lambda bn: bn.geometric("z", Z, group_ndims=1),
    "normal": lambda bn: bn.normal("z", Z, std=1., group_ndims=1),
    "masked": lambda bn: bn.bernoulli("z", Z, group_ndims=1, mask=Z == 0.),
    "truncated": lambda bn: bn.truncated(
        "z", ds.Poisson(Z + 1.), 0, 4, group_ndims=1)}


@zs.meta_bayesian_net()
def sum_out(add):
    bn = zs.BayesianNet()
    bn.normal("x", tf.cast(add(bn), tf.float64), std=1., group_ndims=1)
    return bn


@pytest.mark.parametrize("node", DISCRETE)
@eagerly
def test_nodes_that_are_not_finite_are_not_summed_out(node):
    with pytest.raises(ValueError, match="'z' follows .* finite number of categories"):
        zs.marginalize(sum_out(DISCRETE[node]), ["z"]).observe(x=Z).log_joint()


@pytest.mark.parametrize("names", [[], (), ["z", "z"], [""], [3]])
@eagerly
def test_unsuitable_names_are_not_summed_out(names):
    model = sum_out(lambda bn: bn.bernoulli("z", Z, group_ndims=1))
    with pytest.raises(ValueError, match="different names|no stochastic node named"):
        zs.marginalize(model, names)


@eagerly
def test_factors_and_deterministic_nodes_are_no_latents_to_sum_out():
    for add in (lambda bn: bn.factor("z", Z), lambda bn: bn.deterministic("z", Z)):
        with pytest.raises(ValueError, match="no stochastic node named 'z'") as caught:
            zs.marginalize(sum_out(add), ["z"])
        assert "Did you mean 'z'" not in str(caught.value)
