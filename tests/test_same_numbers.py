"""One model, one set of weights, fixed noise: the same ELBO in every way to run.

The reference is the same mathematics in NumPy, in float64, with gradients by hand;
central differences check those. So all modes and both TensorFlows agree with it, and
with each other, to 1e-5 of the largest element of each quantity.
"""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf

import zhusuan as zs

N_DATA, N_SAMPLES, X_DIM, H_DIM, Z_DIM = 4, 3, 6, 5, 2
SHAPES = {"q_w": [X_DIM, H_DIM], "q_b": [H_DIM], "mean_w": [H_DIM, Z_DIM],
          "logstd_w": [H_DIM, Z_DIM], "p_w": [Z_DIM, H_DIM], "p_b": [H_DIM],
          "out_w": [H_DIM, X_DIM]}
_rng = np.random.RandomState(20)
WEIGHTS = {name: 0.5 * _rng.standard_normal(shape) for name, shape in SHAPES.items()}
X = (_rng.uniform(size=[N_DATA, X_DIM]) < 0.4).astype("int32")
NOISE = _rng.standard_normal([N_SAMPLES, N_DATA, Z_DIM])


# -- By hand ------------------------------------------------------------------

def reference_elbo(w):
    """The ELBO of each datum, and what its gradient needs."""
    h = np.tanh(X @ w["q_w"] + w["q_b"])
    mean, logstd = h @ w["mean_w"], h @ w["logstd_w"]
    z = mean + np.exp(logstd) * NOISE
    g = np.tanh(z @ w["p_w"] + w["p_b"])
    logits = g @ w["out_w"]
    log_2pi = np.log(2 * np.pi)
    log_p_z = (-0.5 * log_2pi - 0.5 * z**2).sum(-1)
    log_p_x = (X * logits - np.logaddexp(0.0, logits)).sum(-1)
    log_q_z = (-0.5 * log_2pi - logstd - 0.5 * NOISE**2).sum(-1)
    return (log_p_z + log_p_x - log_q_z).mean(0), (h, logstd, z, g, logits)


def reference_gradients(w):
    """Of the mean ELBO over data, by the chain rule."""
    _, (h, logstd, z, g, logits) = reference_elbo(w)
    scale = 1.0 / (N_SAMPLES * N_DATA)
    d_logits = scale * (X - 1.0 / (1.0 + np.exp(-logits)))
    d_g = d_logits @ w["out_w"].T * (1 - g**2)
    d_z = d_g @ w["p_w"].T - scale * z
    d_mean = d_z.sum(0)
    d_logstd = (d_z * NOISE * np.exp(logstd)).sum(0) + 1.0 / N_DATA
    d_h = (d_mean @ w["mean_w"].T + d_logstd @ w["logstd_w"].T) * (1 - h**2)
    return {"q_w": X.T @ d_h, "q_b": d_h.sum(0), "mean_w": h.T @ d_mean,
            "logstd_w": h.T @ d_logstd, "p_w": np.einsum("knz,knh->zh", z, d_g),
            "p_b": d_g.sum((0, 1)), "out_w": np.einsum("knh,knx->hx", g, d_logits)}


def test_reference_gradients_match_differences():
    gradients = reference_gradients(WEIGHTS)
    for name, weight in WEIGHTS.items():
        for index in np.ndindex(*weight.shape):
            values = []
            for step in (1e-5, -1e-5):
                moved = {k: v.copy() for k, v in WEIGHTS.items()}
                moved[name][index] += step
                values.append(reference_elbo(moved)[0].mean())
            slope = (values[0] - values[1]) / 2e-5
            np.testing.assert_allclose(gradients[name][index], slope, atol=1e-9)


# -- By ZhuSuan ---------------------------------------------------------------

@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(w):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([N_DATA, Z_DIM], w["p_w"].dtype), std=1.0,
                  group_ndims=1, n_samples=N_SAMPLES)
    h = tf.tanh(tf.tensordot(z, w["p_w"], 1) + w["p_b"])
    bn.bernoulli("x", tf.tensordot(h, w["out_w"], 1), group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(w, x):
    bn = zs.BayesianNet()
    h = tf.tanh(tf.matmul(tf.cast(x, w["q_w"].dtype), w["q_w"]) + w["q_b"])
    bn.normal("z", tf.matmul(h, w["mean_w"]), logstd=tf.matmul(h, w["logstd_w"]),
              group_ndims=1, n_samples=N_SAMPLES)
    return bn


def elbo_and_gradients(x, w):
    with tf.GradientTape() as tape:
        tape.watch(w)
        bound = zs.variational.elbo(
            build_gen(w), {"x": x}, variational=build_q_net(w, x), axis=0)
        cost = tf.reduce_mean(bound.sgvb())
    return bound, tape.gradient(cost, w)


@pytest.fixture
def fixed_noise(replace_draws):
    def normal(shape, dtype):
        assert [int(n) for n in shape] == list(NOISE.shape)
        return tf.constant(NOISE, dtype)
    replace_draws(normal=normal)


def assert_close(value, expected, rtol):
    np.testing.assert_allclose(value, expected, 0, atol=rtol * np.abs(expected).max())


@pytest.mark.parametrize("dtype, rtol", [("float32", 1e-5), ("float64", 1e-12)])
def test_elbo_and_gradients_match_the_reference(mode, dtype, rtol, fixed_noise):
    def make():
        weights = {name: tf.Variable(value.astype(dtype))
                   for name, value in WEIGHTS.items()}
        return lambda x: elbo_and_gradients(
            x, {name: tf.convert_to_tensor(v) for name, v in weights.items()})

    bound, gradients = modes.program(mode, make)(X)
    assert bound.dtype == dtype
    assert_close(bound, reference_elbo(WEIGHTS)[0], rtol)
    expected = reference_gradients(WEIGHTS)
    assert set(gradients) == set(expected)
    for name, gradient in gradients.items():
        assert_close(-gradient, expected[name], rtol)
