"""elbo(scale=, kl_weight=): terms weighted node by node."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from estimators import all_tuples, bit_log_weights, bit_posterior, gradients

import zhusuan as zs

DATA = np.random.RandomState(0).normal(size=[12]).astype(np.float32)


@zs.meta_bayesian_net()
def global_model(n):
    """One weight for all data, whose axis is grouped."""
    bn = zs.BayesianNet()
    w = bn.normal("w", 0., std=1.)
    bn.normal("x", w[..., None] + tf.zeros([n]), std=2., group_ndims=1)
    return bn


def bound(x, **options):
    with zs.seeded(3):
        q = zs.BayesianNet()
        q.normal("w", 0.3, std=0.5, n_samples=5)
        q["w"].tensor  # noqa: B018 (draws it here)
    return zs.variational.elbo(global_model(x.shape[0]), {"x": x}, variational=q,
                               **options)


def test_minibatches_average_to_the_bound_of_all_data(mode):
    def bounds(data):
        batches = tf.split(data, 3)
        return bound(data), [bound(b, scale={"x": 3.}) for b in batches]
    whole, batches = modes.run(
        mode, lambda data: tf.nest.map_structure(
            tf.convert_to_tensor, bounds(data)), DATA)
    np.testing.assert_allclose(np.mean(batches, 0), whole, rtol=1e-5)


def test_kl_weight(mode):
    def bounds(data, weight):
        return [bound(data, kl_weight=w).tensor for w in (weight, 0., 1.)] + [
            bound(data).tensor]
    weighted, without, plain, default = modes.run(mode, bounds, DATA, 0.25)
    np.testing.assert_allclose(plain, default, rtol=1e-6)
    np.testing.assert_allclose(weighted, without + 0.25 * (plain - without), rtol=1e-5)


@pytest.mark.parametrize("weight", [2, 0.5])
def test_lists_of_factors_match_arrays(mode, weight):
    factors = [1., 2., 3., 4., 5.]

    def bounds(data):
        return [bound(data, scale={"w": scale}, kl_weight=weight).tensor
                for scale in (factors, np.array(factors, np.float32))]
    of_list, of_array = modes.run(mode, bounds, DATA)
    np.testing.assert_array_equal(of_list, of_array)


X = 1.3
PARAMETERS = [np.array(p, np.float64) for p in (
    [0.3, -1.2], [2., -0.7], [-0.4, 0.9])]  # prior, weights, logits


@zs.meta_bayesian_net()
def bit_model_of(prior, weights):
    bn = zs.BayesianNet()
    z = bn.bernoulli("z", prior, group_ndims=1)
    bits = tf.cast(z, weights.dtype)
    bn.normal("x", tf.reduce_sum(bits * weights, -1) + tf.reduce_prod(bits, -1), std=1.)
    return bn


def test_reinforce_is_exact_for_weighted_terms(mode):
    """Summed over all tuples of samples."""
    x_scale, z_scale, beta = 3., 2., 0.25

    def expected_cost(prior, weights, logits):
        q, p = bit_posterior(logits, all_tuples(2, 2))
        return tf.reduce_sum(p * zs.variational.elbo(
            bit_model_of(prior, weights), {"x": np.float64(X)}, variational=q, axis=0,
            scale={"x": x_scale, "z": z_scale}, kl_weight=beta).reinforce())

    def exact_cost(prior, weights, logits):
        log_weights, q = bit_log_weights(prior, weights, logits, X)
        z = tf.cast(all_tuples(1, 2)[0], logits.dtype)

        def log_p(logit):
            return tf.reduce_sum(
                z * tf.math.log_sigmoid(logit)
                + (1 - z) * tf.math.log_sigmoid(-logit), -1)
        kl = log_p(logits) - log_p(prior)
        return -tf.reduce_sum(q * (
            x_scale * (log_weights + kl) - beta * z_scale * kl))

    estimate = modes.run(mode, lambda *p: gradients(expected_cost, *p), *PARAMETERS)
    exact = modes.run("eager", lambda *p: gradients(exact_cost, *p), *PARAMETERS)
    for value, truth in zip(estimate, exact):
        np.testing.assert_allclose(value, truth, rtol=1e-9, atol=1e-12)


def test_unknown_name_raises():
    with pytest.raises(ValueError, match="'xx'.*Did you mean 'x'"):
        modes.run("eager", lambda: bound(DATA, scale={"xx": 2.}))


def test_log_joint_functions_raise():
    def weighted():
        q = zs.BayesianNet()
        q.normal("w", 0., std=1.)
        return zs.variational.elbo(lambda values: -values["w"] ** 2, {},
                                   variational=q, kl_weight=0.5)
    with pytest.raises(ValueError, match="log joint function"):
        modes.run("eager", weighted)
