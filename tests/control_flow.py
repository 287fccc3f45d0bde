"""One function for each control flow op, of TensorFlow 1 and of TensorFlow 2."""
import contextlib

import modes
import numpy as np
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.ops import control_flow_util

WEIGHTS = np.linspace(0.5, 1.5, 4)
POINT = np.array([0.3, 0.9, 1.2])

# A graph has loops and branches of either version; elsewhere there is one kind.
PROGRAMS = {"graph": ("graph", False), "graph-v2": ("graph", True),
            "eager": ("eager", None), "function": ("function", None),
            "xla": ("xla", None)}


@contextlib.contextmanager
def version(is_v2):
    """Control flow v2 in graphs, or not; None changes nothing."""
    if is_v2 is None:
        yield
        return
    before = v1.control_flow_v2_enabled() if not modes.IS_TF1 else (
        control_flow_util.ENABLE_CONTROL_FLOW_V2)
    switch(is_v2)
    try:
        yield
    finally:
        switch(before)


def switch(is_v2):
    if is_v2:
        v1.enable_control_flow_v2()
    else:
        v1.disable_control_flow_v2()


def weights(x):
    return tf.constant(WEIGHTS, x.dtype)


def while_loop(x):
    return tf.while_loop(lambda i, _: i < 4,
                         lambda i, a: (i + 1, a * 0.7 + tf.sin(x) * a),
                         (tf.constant(0), x ** 2), maximum_iterations=4)[1]


def scan(x):
    return tf.reduce_sum(tf.scan(lambda a, w: a * tf.cos(x) + w * x, weights(x),
                                 initializer=x), axis=0)


def map_fn(x):
    return tf.reduce_sum(tf.map_fn(lambda w: tf.sin(w * x), weights(x)), axis=0)


def foldl(x):
    return tf.foldl(lambda a, w: a * tf.cos(x) + w * x, weights(x), initializer=x)


def foldr(x):
    return tf.foldr(lambda a, w: a * tf.cos(x) + w * x, weights(x), initializer=x)


def cond(x):
    return tf.cond(tf.reduce_sum(x) > 0., lambda: x ** 3, lambda: tf.sin(x))


def case(x):
    total = tf.reduce_sum(x)
    return tf.case([(total > 100., lambda: x ** 3), (total > 0., lambda: tf.exp(x))],
                   default=lambda: tf.sin(x))


def switch_case(x):
    return tf.switch_case(tf.cast(tf.reduce_sum(x) > 0., tf.int32),
                          [lambda: x ** 3, lambda: tf.exp(x)])


def loops_in_a_loop(x):
    return tf.while_loop(
        lambda i, _: i < 3, lambda i, a: (i + 1, 0.02 * (while_loop(x * a) + scan(a))),
        (tf.constant(0), x), maximum_iterations=3)[1]


def a_branch_in_a_loop(x):
    return tf.while_loop(
        lambda i, _: i < 3, lambda i, a: (i + 1, tf.cond(
            a[0] > 0.2, lambda: a * tf.cos(x), lambda: foldl(x * a))),
        (tf.constant(0), x), maximum_iterations=3)[1]


def a_loop_in_a_branch(x):
    return tf.cond(x[0] > 0., lambda: map_fn(x) + foldr(x), lambda: x)


OPS = {fn.__name__: fn for fn in (
    while_loop, scan, map_fn, foldl, foldr, cond, case, switch_case, loops_in_a_loop,
    a_branch_in_a_loop, a_loop_in_a_branch)}
