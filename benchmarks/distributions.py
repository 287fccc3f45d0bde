"""Samples, log densities and gradients beside TensorFlow Probability and NumPyro.

    python -m benchmarks.distributions [--rows 100000] [--rounds 7] [NAME ...]

All in one process, turn by turn: by `tf.function`, with ratios to TFP, and compiled by
XLA, with ratios to NumPyro. What is not installed is left out. The tables give medians
of ratios that are each taken within one round: a machine that slows down slows both.
"""
import argparse
from collections import namedtuple

import numpy as np
import tensorflow as tf

import zhusuan as zs
from benchmarks.timing import interleave, print_table

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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", default=list(SUBJECTS))
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    for name in options.names or SUBJECTS:
        if not hasattr(zsd, name):
            print("\n{}: not in zhusuan.distributions".format(name))
            continue
        values = SUBJECTS[name].parameters(options.rows)
        x = tf.stop_gradient(SUBJECTS[name].zhusuan(*values).sample())
        for what in "sample", "log_prob", "gradient":
            for compiled in False, True:
                print("\n{} {}, {} rows{}\n".format(
                    name, what, options.rows, ", compiled" if compiled else ""))
                compare(candidates(SUBJECTS[name], what, values, x, compiled),
                        options.rounds)


def compare(found, rounds):
    baseline = next((n for n in ("NumPyro", "TFP", "ZhuSuan") if n in found), None)
    if baseline is None:
        print("none can")
    else:
        print_table(interleave(found, baseline, rounds, calls=3, warm_up=2), baseline)


def candidates(subject, what, values, x, compiled):
    """Functions that do the work once, by the name of the library."""
    found = {"ZhuSuan": in_tensorflow(subject.zhusuan, what, values, x, compiled)}
    if tfp is not None:
        found["TFP"] = in_tensorflow(subject.tfp, what, values, x, compiled)
    if npd is not None and compiled:
        found["NumPyro"] = in_jax(subject.numpyro, what, values, x.numpy())
    return {name: call for name, call in found.items() if call is not None}


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
        return None  # XLA has no such sampler
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


if __name__ == "__main__":
    main()
