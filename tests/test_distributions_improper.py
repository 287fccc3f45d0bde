"""Flat and HalfFlat: constant densities that cannot be sampled."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly

import zhusuan as zs

ds = zs.distributions


def test_log_prob_is_0_on_the_support_with_slopes(mode):
    x = np.float32([-np.inf, -2., 0., 3e38, np.inf, np.nan])

    def compute(x):
        found = []
        for make in ds.Flat, ds.HalfFlat:
            with tf.GradientTape() as tape:
                tape.watch(x)
                log_prob = make([6]).log_prob(x)
            found += [log_prob, tape.gradient(log_prob, x)]
        return found

    flat, flat_slope, half, half_slope = modes.run(mode, compute, x)
    np.testing.assert_array_equal(flat[:5], [-np.inf, 0., 0., 0., -np.inf])
    np.testing.assert_array_equal(half[:5], [-np.inf, -np.inf, 0., 0., -np.inf])
    for slope in flat_slope, half_slope:
        np.testing.assert_array_equal(slope[2:4], 0.)


@eagerly
def test_shapes_dtypes_and_groups():
    dist = ds.Flat([3, 2], tf.float64, group_ndims=1)
    assert dist.get_batch_shape() == (3, 2)
    assert dist.log_prob(np.zeros([4, 3, 2])).shape == (4, 3)
    assert dist.log_prob(np.zeros([3, 2])).dtype == tf.float64
    assert ds.HalfFlat(5).get_batch_shape() == (5,)
    with pytest.raises(TypeError, match="not in"):
        ds.Flat(dtype=tf.int32)
    with pytest.raises(ValueError, match="broadcast to match"):
        ds.Flat(3).log_prob(np.float32([1., 2.]))


@pytest.mark.parametrize("kind", ["flat", "half_flat"])
@eagerly
def test_a_sample_raises_an_error_that_names_the_node(kind):
    bn = zs.BayesianNet()
    node = getattr(bn, kind)("slope", [2])
    with pytest.raises(NotImplementedError,
                       match="node 'slope' has no value.*improper.*Observe"):
        tf.identity(node.tensor)
    with pytest.raises(NotImplementedError, match="improper"):
        node.dist.sample(3)


def test_samplers_recover_the_posterior_of_flat_priors():
    """A normal likelihood, whose posterior is exact; five errors of the mean."""
    data = np.array([1., 3., 2., 4.])

    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        loc = bn.flat("loc")
        rate = bn.half_flat("rate")
        bn.normal("x", loc[..., tf.newaxis] + tf.zeros([4], loc.dtype), std=1.,
                  group_ndims=1)
        bn.exponential("y", rate)
        return bn

    with chains.eagerly():
        out = zs.NUTS(0.5).run(model(), {"x": data, "y": 2.},
                               {"loc": np.zeros(4), "rate": np.ones(4)},
                               500, 200, seed=1, progress_bar=False)
    assert out["loc"].dtype == np.float64
    np.testing.assert_allclose(out["loc"].mean(), 2.5, atol=5. * 0.5 / np.sqrt(600.))
    # The posterior of the rate is Gamma(2, 2).
    assert (out["rate"] > 0.).all()
    np.testing.assert_allclose(out["rate"].mean(), 1., atol=5. * 0.71 / np.sqrt(400.))
