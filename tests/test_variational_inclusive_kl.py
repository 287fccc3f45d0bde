"""klpq(): the self-normalised gradient, exact over all tuples of samples."""
import warnings

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from estimators import (
    all_tuples,
    bit_log_weights,
    bit_model,
    bit_posterior,
    gradients,
)

import zhusuan as zs

X = 1.3
PARAMETERS = [np.array(p, np.float64) for p in (
    [0.3, -1.2], [2., -0.7], [-0.4, 0.9])]  # prior, weights, logits


def expected_gradients(n_samples):
    def step(*parameters):
        def cost(prior, weights, logits):
            q, p = bit_posterior(logits, all_tuples(n_samples, 2))
            return tf.reduce_sum(p * zs.variational.klpq(
                bit_model({"prior": prior, "weights": weights}),
                {"x": np.float64(X)}, variational=q, axis=0).importance())
        return gradients(cost, *parameters)
    return step


def written_out(n_samples, prior, weights, logits):
    """- E[sum_k w_k grad log q(z_k)], with grad log q(z) = z - sigmoid(logits)."""
    log_weights, q = modes.run(
        "eager", lambda *p: bit_log_weights(*p, x=X), prior, weights, logits)
    values = all_tuples(n_samples, 2)
    which = 2 * values[..., 0] + values[..., 1]
    w = np.exp(log_weights[which])
    w /= w.sum(0)
    score = values - 1 / (1 + np.exp(-logits))
    return -(q[which].prod(0)[:, None] * (w[..., None] * score).sum(0)).sum(0)


@pytest.mark.parametrize("n_samples", [2, 3])
def test_expected_gradient(mode, n_samples):
    prior, weights, logits = modes.run(
        mode, expected_gradients(n_samples), *PARAMETERS)
    assert prior is None and weights is None  # the model is a constant
    np.testing.assert_allclose(
        logits, written_out(n_samples, *PARAMETERS), rtol=1e-10)


def test_bias_falls_with_the_number_of_samples():
    """Towards the exact gradient: the mean score under the posterior p(z|x)."""
    log_weights, q = modes.run(
        "eager", lambda *p: bit_log_weights(*p, x=X), *PARAMETERS)
    p = q * np.exp(log_weights)
    p /= p.sum()
    exact = -p @ (all_tuples(1, 2)[0] - 1 / (1 + np.exp(-PARAMETERS[2])))
    errors = [np.abs(written_out(k, *PARAMETERS) - exact).max() for k in (1, 2, 4, 6)]
    assert (np.diff(errors) < 0).all()


def normal_gradient(is_reparameterized):
    """Of the exact posterior N(0, 1/2) of exp(-z^2); truth: 0."""
    def step(loc, logstd):
        def cost(loc, logstd):
            with zs.seeded(5):
                q = zs.BayesianNet()
                q.normal("z", loc, logstd=logstd, n_samples=20000,
                         is_reparameterized=is_reparameterized)
                return zs.variational.klpq(
                    lambda values: -values["z"] ** 2, {}, variational=q,
                    axis=0).importance()
        return gradients(cost, loc, logstd)
    return step


@pytest.mark.parametrize("is_reparameterized", [True, False])
def test_samples_are_constants(mode, is_reparameterized):
    """Failure rate 1e-5 per run: 4.5 standard errors of a known variance."""
    loc, logstd = modes.run(mode, normal_gradient(is_reparameterized),
                            0., np.float32(np.log(0.5) / 2))
    # The scores (z - loc) / var and (z - loc)^2 / var - 1 have variance 2 and 2.
    assert abs(loc) < 4.5 * (2 / 20000) ** 0.5
    assert abs(logstd) < 4.5 * (2 / 20000) ** 0.5


def objective(axis=0):
    q = zs.BayesianNet()
    q.bernoulli("z", tf.zeros([3]), n_samples=4)
    return zs.variational.klpq(
        lambda values: tf.cast(values["z"], tf.float32), {}, variational=q, axis=axis)


def test_value_raises():
    with pytest.raises(NotImplementedError, match="importance"):
        modes.run("eager", lambda: objective().tensor)


def test_no_axis_warns():
    with pytest.warns(UserWarning, match="single sample .no axis. is heavily biased"
                                         ".*n_samples .*, and axis=0") as caught:
        value = modes.run("eager", lambda: objective(axis=None).importance())
    assert [w.filename for w in caught] == [__file__]
    np.testing.assert_allclose(value, np.full([4, 3], np.log(2.)), rtol=1e-6)


@pytest.mark.parametrize("axis, is_warned", [
    (0, True), ([0], True), (-2, True), ([0, 1], False), (1, False)])
def test_an_axis_of_length_one_warns(axis, is_warned):
    def build():
        q = zs.BayesianNet()
        q.bernoulli("z", tf.zeros([3]), n_samples=1)
        zs.variational.klpq(lambda values: tf.zeros([1, 3]), {}, variational=q,
                            axis=axis)
        return []

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        modes.run("eager", build)
    assert ["axis=%r has length 1" % (axis,) in str(w.message)
            for w in caught] == [True] * is_warned


def test_rws_is_the_deprecated_alias():
    def both():
        bound = objective()
        with pytest.warns(FutureWarning, match="importance"):
            return bound.rws(), bound.importance()
    rws, importance = modes.run("eager", both)
    np.testing.assert_array_equal(rws, importance)


def test_reparameterized_parents_warn():
    def cost():
        q = zs.BayesianNet()
        z = q.normal("parent", tf.zeros([3]), std=1., n_samples=4)
        q.normal("child", z, std=1.)
        return zs.variational.klpq(
            lambda values: -values["child"] ** 2, {}, variational=q,
            axis=0).importance()
    with pytest.warns(UserWarning, match="'parent'.*is_reparameterized=False"):
        modes.run("eager", cost)
