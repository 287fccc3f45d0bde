"""importance_weighted_objective(): its identities, and the expectation of vimco()."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from estimators import (
    all_tuples,
    bit_log_weights,
    bit_model,
    bit_posterior,
    enumerated,
    gradients,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import logsumexp

import zhusuan as zs
from zhusuan.variational._importance_weights import (
    leave_one_out_bounds,
    normalize_weights,
)

X = 1.3
PARAMETERS = [np.array(p, np.float64) for p in (
    [0.3, -1.2], [2., -0.7], [-0.4, 0.9])]  # prior, weights, logits


# -- Leaving one out -------------------------------------------------------------

def bounds_without_each(log_weights):
    """The formula as published, in K^2 steps."""
    k = len(log_weights)
    bounds = []
    for left_out in range(k):
        others = np.delete(log_weights, left_out)
        bounds.append(logsumexp(np.append(others, others.mean())) - np.log(k))
    return np.array(bounds)


@pytest.mark.slow
@given(hnp.arrays(np.float64, st.integers(2, 6), elements=st.one_of(
    st.floats(-1e6, 1e6), st.floats(-10, 10),
    st.sampled_from([-np.inf, 0., 1000., -1e-9]))))
def test_bounds_without_each_sample(log_weights):
    with modes.context.eager_mode():
        values = leave_one_out_bounds(tf.constant(log_weights)).numpy()
    np.testing.assert_allclose(
        values, bounds_without_each(log_weights), rtol=1e-12, atol=1e-9)


def test_bounds_without_each_sample_in_every_mode(mode):
    log_weights = np.array([[0., 800., -np.inf], [1., 0., -np.inf], [-2., -800., 5.],
                            [1., -3., -np.inf]])
    np.testing.assert_allclose(
        modes.run(mode, leave_one_out_bounds, log_weights),
        np.stack([bounds_without_each(column) for column in log_weights.T], 1),
        rtol=1e-12)


def test_normalized_weights(mode):
    log_weights = np.array([[0., -np.inf], [np.log(3.), -np.inf]])
    np.testing.assert_allclose(
        modes.run(mode, lambda x: normalize_weights(x, 0), log_weights),
        [[0.25, 0.], [0.75, 0.]])


# -- Expectations -------------------------------------------------------------------

def expectation(n_samples, prior, weights, logits):
    """The exact objective, as a sum over all tuples of samples."""
    log_weights, q = bit_log_weights(prior, weights, logits, X)
    values = all_tuples(n_samples, 2)
    which = 2 * values[..., 0] + values[..., 1]  # of the four values, in their order
    bounds = tf.reduce_logsumexp(tf.gather(log_weights, which), 0) - np.log(n_samples)
    return tf.reduce_sum(tf.reduce_prod(tf.gather(q, which), 0) * bounds)


def objective(n_samples, prior, weights, logits, axis=0):
    q, p = bit_posterior(logits, all_tuples(n_samples, 2))
    bound = zs.variational.iw_objective(
        bit_model({"prior": prior, "weights": weights}), {"x": np.float64(X)},
        variational=q, axis=axis)
    return bound, p


@pytest.mark.parametrize("n_samples", [1, 2, 3])
def test_objective_is_exact(mode, n_samples):
    def expected_objective(*parameters):
        bound, p = objective(n_samples, *parameters)
        return tf.reduce_sum(p * bound)
    np.testing.assert_allclose(
        modes.run(mode, expected_objective, *PARAMETERS),
        modes.run("eager", lambda *p: expectation(n_samples, *p), *PARAMETERS),
        rtol=1e-12)


def test_bounds_grow_from_the_elbo_to_the_evidence():
    log_weights, q = modes.run(
        "eager", lambda *p: bit_log_weights(*p, x=X), *PARAMETERS)
    bounds = [modes.run("eager", lambda *p, k=k: expectation(k, *p), *PARAMETERS)
              for k in (1, 2, 3, 4)]
    np.testing.assert_allclose(bounds[0], q @ log_weights)
    assert (np.diff(bounds + [np.log(q @ np.exp(log_weights))]) > 0).all()


@pytest.mark.parametrize("n_samples, axis", [(2, 0), (2, -2), (3, [0])])
def test_expected_gradient_is_exact(mode, n_samples, axis):
    def estimate(*parameters):
        def cost(*parameters):
            bound, p = objective(n_samples, *parameters, axis=axis)
            return tf.reduce_sum(p * bound.vimco())
        return gradients(cost, *parameters)
    exact = modes.run("eager", lambda *parameters: gradients(
        lambda *p: expectation(n_samples, *p), *parameters), *PARAMETERS)
    for value, truth in zip(modes.run(mode, estimate, *PARAMETERS), exact):
        np.testing.assert_allclose(value, -truth, rtol=1e-8, atol=1e-12)


def gradient_at(values, logits, log_joint, axis):
    """The cost's gradient where the samples are `values`."""
    def cost(logits):
        q = zs.BayesianNet()
        q.stochastic("z", enumerated(values[None], logits))
        return tf.reduce_sum(zs.variational.iw_objective(
            lambda _: log_joint, {}, variational=q, axis=axis).vimco())
    return gradients(cost, logits)[0]


@pytest.mark.parametrize("axis", [[0, 2], [-1, 0], (2, 0)])
def test_several_sample_axes_count_as_one(mode, axis):
    rng = np.random.RandomState(0)
    values = rng.randint(2, size=[2, 3, 4])
    arrays = [rng.normal(size=[2, 3, 4]) for _ in range(2)]
    gradient = modes.run(
        mode, lambda *a: gradient_at(values, *a, axis=axis), *arrays)

    def merge(x):
        return x.transpose([0, 2, 1]).reshape([8, 3])
    np.testing.assert_allclose(merge(gradient), modes.run(
        "eager", lambda *a: gradient_at(merge(values), *a, axis=0),
        *[merge(x) for x in arrays]), rtol=1e-10)


def test_memory_is_of_order_k():
    """No Tensor of the cost and its gradient is larger than the samples."""
    k, n = 50, 3
    with modes.session() as sess:
        logits = tf.zeros([n, 2])
        q = zs.BayesianNet()
        q.bernoulli("z", logits, group_ndims=1, n_samples=k)
        gradients(lambda logits: tf.reduce_sum(zs.variational.iw_objective(
            bit_model({"prior": logits, "weights": tf.ones([2])}), {"x": X},
            variational=q, axis=0).vimco()), logits)
        shapes = [t.shape for op in sess.graph.get_operations() for t in op.outputs]
    sizes = [shape.num_elements() for shape in shapes if shape.is_fully_defined()]
    assert max(sizes) == k * n * 2


# -- Errors --------------------------------------------------------------------------

def vimco_of_normals(log_joint, n_samples=None, axis=0, **shapes):
    q = zs.BayesianNet()
    for name, shape in shapes.items():
        q.normal(name, tf.zeros(shape), std=1., n_samples=n_samples,
                 is_reparameterized=False)
    return zs.variational.iw_objective(
        lambda values: log_joint, {}, variational=q, axis=axis).vimco()


def test_one_sample_raises():
    with pytest.raises(ValueError, match="should be larger than 1.*'z'.*reinforce"):
        modes.run("eager", lambda: vimco_of_normals(tf.zeros([1, 5]), z=[1, 5]))


@pytest.mark.parametrize("mode", ["graph", "function"])
def test_one_sample_raises_at_run_time(mode):
    with pytest.raises(tf.errors.InvalidArgumentError, match="should be larger than 1"):
        modes.run(mode, lambda x: vimco_of_normals(x, z=tf.shape(x)),
                  np.zeros([1, 5]).astype("float32"), dynamic_shapes=True)


@pytest.mark.parametrize("log_joint, axis, shapes, message", [
    ([4, 5], 0, {"z": [4, 5], "w": [5]}, "latent 'w' must have one element per sample"),
    ([4, 5], 0, {"z": [4, 5], "w": [3, 5]}, "log q of 'w' has shape"),
    ([4, 5], 0, {"z": [3, 5]}, "log q of the latent 'z' has shape"),
    ([], 0, {"z": []}, "Pass n_samples to the latent nodes .'z'"),
    ([4], 1, {"z": [4]}, "axis=1 is out of range"),
], ids=str)
def test_mismatched_sample_axes_raise(log_joint, axis, shapes, message):
    with pytest.raises(ValueError, match=message):
        modes.run("eager", lambda: vimco_of_normals(
            tf.zeros(log_joint), axis=axis, **shapes))
