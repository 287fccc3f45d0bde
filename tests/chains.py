"""Shared parts of the tests of samplers: variables in every mode, seeds, targets."""
import contextlib

import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.eager import context

import zhusuan as zs

# Every mode, and both kinds of variables where there are two.
PROGRAMS = {"graph": ("graph", True), "graph-ref": ("graph", False),
            "eager": ("eager", True), "function": ("function", True),
            "xla": ("xla", True)}
every_program = pytest.mark.parametrize("program", PROGRAMS)


def run(program, make, **options):
    """`modes.program` for a key of PROGRAMS."""
    mode, use_resource = PROGRAMS[program]
    return modes.program(mode, make, use_resource=use_resource, **options)


def variable(name, value):
    """A variable of the kind that the program has."""
    if tf.executing_eagerly():
        return tf.Variable(value)
    return v1.get_variable(name, initializer=np.asarray(value))


def seeded(program, seed):
    """`zs.seeded`, which XLA of TensorFlow 1.15 cannot compile."""
    if program == "xla" and modes.IS_TF1:
        return contextlib.ExitStack()
    return zs.seeded(seed)


def gaussian(precision):
    """A log joint function of "x", `[chains..., d]`: N(0, inverse precision)."""
    def log_joint(values):
        x = values["x"]
        return -0.5 * tf.reduce_sum(
            x * tf.linalg.matvec(tf.constant(precision, x.dtype), x), axis=-1)
    return log_joint


@zs.meta_bayesian_net(scope="model", reuse_variables=True)
def two_latents(n_chains, dtype="float32"):
    """y ~ N(a + sum(b), 0.5); scalar a and 2-D b have standard normal priors."""
    bn = zs.BayesianNet()
    zero = tf.zeros([], dtype)
    a = bn.normal("a", zero, std=1., n_samples=n_chains)
    b = bn.normal("b", tf.zeros([2], dtype), std=1., n_samples=n_chains,
                  group_ndims=1)
    bn.normal("y", a.tensor + tf.reduce_sum(b.tensor, -1), std=0.5)
    return bn


def two_latents_log_joint(a, b, y):
    """The same in numpy, without constants."""
    return (-0.5 * a ** 2 - 0.5 * np.sum(b ** 2, -1)
            - 0.5 * ((y - a - b.sum(-1)) / 0.5) ** 2)


def two_latents_gradient(a, b, y):
    """Its gradients with respect to a and b."""
    pull = (y - a - b.sum(-1)) / 0.25
    return pull - a, pull[..., None] - b


def eagerly():
    """A context for what runs eagerly, in TensorFlow 1 too."""
    return context.eager_mode()
