"""Samples, log densities and their gradients, by `tf.function` and compiled by XLA."""
from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import tensorflow as tf

import zhusuan as zs

try:
    import tensorflow_probability as tfp
except ImportError:
    tfp = None
try:
    import jax
    import numpyro.distributions as npd
except ImportError:
    jax = npd = None

# parameters(n) gives arrays, the others a distribution from such arrays.
Subject = namedtuple("Subject", "parameters zhusuan tfp numpyro")

zsd = zs.distributions
random = np.random.RandomState(0)


def normal(n, *shape):
    return random.normal(size=(n,) + shape).astype("float32")


def positive(n, *shape):
    return np.exp(0.5 * normal(n, *shape))


def triangles(d):
    return (np.tril(0.1 * normal(d, d)) + np.eye(d)).astype("float32")


SUBJECTS = {
    "Normal": Subject(
        lambda n: [normal(n), positive(n)],
        lambda m, s: zsd.Normal(m, std=s),
        lambda m, s: tfp.distributions.Normal(m, s),
        lambda m, s: npd.Normal(m, s)),
    "Bernoulli": Subject(
        lambda n: [normal(n)], lambda a: zsd.Bernoulli(a),
        lambda a: tfp.distributions.Bernoulli(logits=a),
        lambda a: npd.Bernoulli(logits=a)),
    "Categorical": Subject(
        lambda n: [normal(n, 100)], lambda a: zsd.Categorical(a),
        lambda a: tfp.distributions.Categorical(logits=a),
        lambda a: npd.Categorical(logits=a)),
    "Gamma": Subject(
        lambda n: [positive(n), positive(n)], lambda a, b: zsd.Gamma(a, b),
        lambda a, b: tfp.distributions.Gamma(a, b),
        lambda a, b: npd.Gamma(a, b)),
    "Dirichlet": Subject(
        lambda n: [positive(n, 50)], lambda a: zsd.Dirichlet(a),
        lambda a: tfp.distributions.Dirichlet(a),
        lambda a: npd.Dirichlet(a)),
    "MultivariateNormalCholesky": Subject(
        lambda n: [normal(n, 20), np.broadcast_to(triangles(20), (n, 20, 20)).copy()],
        lambda m, c: zsd.MultivariateNormalCholesky(m, c),
        lambda m, c: tfp.distributions.MultivariateNormalTriL(m, c),
        lambda m, c: npd.MultivariateNormal(m, scale_tril=c)),
}

# Textbook formulas, which neither treat ends of the support nor save digits.
BY_HAND = {
    "Normal": lambda x, m, s: (
        -0.5 * tf.square((x - m) / s) - tf.math.log(s) - 0.5 * np.log(2. * np.pi)),
    "Bernoulli": lambda x, a: tf.cast(x, tf.float32) * a - tf.math.softplus(a),
    "Gamma": lambda x, a, b: (
        a * tf.math.log(b) + (a - 1.) * tf.math.log(x) - b * x - tf.math.lgamma(a)),
    "Dirichlet": lambda x, a: (
        tf.reduce_sum((a - 1.) * tf.math.log(x) - tf.math.lgamma(a), -1)
        + tf.math.lgamma(tf.reduce_sum(a, -1))),
}


def zhusuan(name, what, rows, compiled):
    subject, values, x = prepared(name, rows)
    return in_tensorflow(subject.zhusuan, what, values, x, compiled)


def by_hand(name, what, rows, compiled):
    if what == "sample" or name not in BY_HAND:
        raise NotImplementedError("not written by hand")
    _, values, x = prepared(name, rows)
    return in_tensorflow(
        lambda *values: SimpleNamespace(log_prob=lambda x: BY_HAND[name](x, *values)),
        what, values, x, compiled)


def of_tfp(name, what, rows, compiled):
    import tensorflow_probability  # noqa: F401, says what is missing
    subject, values, x = prepared(name, rows)
    return in_tensorflow(subject.tfp, what, values, x, compiled)


def of_numpyro(name, what, rows, compiled):
    import numpyro  # noqa: F401
    if not compiled:
        raise NotImplementedError("NumPyro is always compiled")
    subject, values, x = prepared(name, rows)
    return in_jax(subject.numpyro, what, values, x.numpy())


def prepared(name, rows):
    subject = SUBJECTS[name]
    values = subject.parameters(rows)
    return subject, values, tf.stop_gradient(subject.zhusuan(*values).sample())


def in_tensorflow(build, what, values, x, compiled):
    values = [tf.constant(v) for v in values]

    @tf.function(jit_compile=compiled)
    def work(x, *values):
        if what == "sample":
            return build(*values).sample()
        if what == "log_prob":
            return build(*values).log_prob(x)
        with tf.GradientTape() as tape:
            tape.watch(values)
            log_prob = build(*values).log_prob(x)
        return tape.gradient(log_prob, values)

    try:
        work(x, *values)
    except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
        raise NotImplementedError("XLA has no such sampler") from None
    return lambda: tf.nest.map_structure(lambda t: t.numpy(), work(x, *values))


def in_jax(build, what, values, x):
    def log_prob(values):
        return build(*values).log_prob(x)

    work = jax.jit({
        "sample": lambda values: build(*values).sample(jax.random.PRNGKey(0)),
        "log_prob": log_prob,
        "gradient": jax.grad(lambda values: log_prob(values).sum())}[what])
    values = [jax.numpy.asarray(v) for v in values]
    return lambda: jax.block_until_ready(work(values))
