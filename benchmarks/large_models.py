"""Posteriors of 200 to 5000 latents, by functions that return a `Posterior`."""
import numpy as np
import tensorflow.compat.v2 as tf

from benchmarks.posteriors import Posterior

__all__ = ["LARGE_MODELS"]


def log_gaussian_cox():
    """Counts with a log rate that is a Gaussian process on 200 points."""
    x = np.linspace(0., 10., 200)
    covariance = np.exp(-(x[:, None] - x) ** 2 / 4.5) + 0.001 * np.eye(200)
    rng = np.random.RandomState(0)
    y = tf.constant(rng.poisson(np.exp(
        np.linalg.cholesky(covariance) @ rng.randn(200))).astype(float))
    precision = tf.constant(np.linalg.inv(covariance))

    def log_joint(values):
        f = values["f"]
        return tf.reduce_sum(
            y * f - tf.exp(f) - 0.5 * f * tf.matmul(f, precision), -1)
    return Posterior(log_joint, {}, {"f": np.zeros(200)})


def item_response():
    """400 persons of unknown ability answer 50 questions of unknown difficulty."""
    rng = np.random.RandomState(0)
    truth = rng.randn(400, 1) - rng.randn(50)
    is_right = tf.constant((rng.rand(400, 50) < 1. / (1. + np.exp(-truth))) * 1.)

    def log_joint(values):
        ability, difficulty = values["ability"], values["difficulty"]
        log_scale = values["log_scale"]
        logits = ability[..., tf.newaxis] - difficulty[..., tf.newaxis, :]
        return (tf.reduce_sum(is_right * logits - tf.nn.softplus(logits), [-2, -1])
                - 0.5 * tf.reduce_sum(ability ** 2, -1)
                - 0.5 * tf.reduce_sum(difficulty ** 2, -1) * tf.exp(-2. * log_scale)
                - 50. * log_scale - 0.5 * log_scale ** 2)
    return Posterior(log_joint, {}, {
        "ability": np.zeros(400), "difficulty": np.zeros(50),
        "log_scale": np.zeros([])})


def random_walk():
    """1000 noisy values of a random walk: a state space model."""
    rng = np.random.RandomState(0)
    y = tf.constant(np.cumsum(0.1 * rng.randn(1000)) + rng.randn(1000))

    def log_joint(values):
        x = values["x"]
        steps = tf.concat([x[..., :1], x[..., 1:] - x[..., :-1]], -1)
        return -0.5 * tf.reduce_sum(100. * steps ** 2 + (y - x) ** 2, -1)
    return Posterior(log_joint, {}, {"x": np.zeros(1000)})


def neural_network():
    """A network of 8 inputs and 50 hidden units on 200 rows: 501 weights."""
    rng = np.random.RandomState(0)
    x = rng.randn(200, 8)
    y = tf.constant(np.sin(2. * x[:, 0]) + x[:, 1] * x[:, 2] + 0.3 * rng.randn(200))
    x = tf.constant(x)

    def log_joint(values):
        hidden = tf.tanh(tf.matmul(x, values["w"]) + values["b"][..., tf.newaxis, :])
        mean = tf.reduce_sum(hidden * values["v"][..., tf.newaxis, :], -1) / 50. ** 0.5
        mean += values["c"][..., tf.newaxis]
        return -0.5 * (
            tf.reduce_sum((y - mean) ** 2, -1) / 0.09
            + tf.reduce_sum(values["w"] ** 2, [-2, -1])
            + tf.reduce_sum(values["b"] ** 2 + values["v"] ** 2, -1)
            + values["c"] ** 2)
    return Posterior(log_joint, {}, {
        "w": 0.1 * rng.randn(8, 50), "b": np.zeros(50), "v": np.zeros(50),
        "c": np.zeros([])})


def groups():
    """5000 values around the means of 5000 groups with one mean and spread."""
    rng = np.random.RandomState(0)
    scale = np.exp(rng.randn(5000))
    y = tf.constant(1. + 2. * rng.randn(5000) + scale * rng.randn(5000))
    scale = tf.constant(scale)

    def log_joint(values):
        spread = tf.exp(values["log_spread"])[..., tf.newaxis]
        mean = values["mean"][..., tf.newaxis] + spread * values["z"]
        return -0.5 * (tf.reduce_sum(
            ((y - mean) / scale) ** 2 + values["z"] ** 2, -1)
            + values["mean"] ** 2 / 25. + values["log_spread"] ** 2)
    return Posterior(log_joint, {}, {
        "z": np.zeros(5000), "mean": np.zeros([]), "log_spread": np.zeros([])})


LARGE_MODELS = {model.__name__: model for model in (
    log_gaussian_cox, item_response, neural_network, random_walk, groups)}
