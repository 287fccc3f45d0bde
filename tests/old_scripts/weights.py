"""Fixed weights, by the names of the variables: the same on each TensorFlow."""
import zlib

import numpy as np
import tensorflow as tf


def set_weights(sess):
    """Give each variable values that depend on its name and shape alone."""
    sess.run(tf.global_variables_initializer())
    for variable in tf.trainable_variables():
        start = zlib.crc32(variable.op.name.encode()) % 1000
        size = int(np.prod(variable.get_shape().as_list()))
        values = np.sin(np.arange(start, start + size) * 0.7) * 0.3
        if variable.op.name.endswith("gamma"):
            values += 1.
        sess.run(variable.assign(values.reshape(variable.get_shape().as_list())))


def wave(*shape):
    """Fixed numbers in -1..1."""
    return np.cos(np.arange(np.prod(shape)) * 1.3).reshape(shape).astype("float32")


def report(name, value):
    """One line for the test to read."""
    print("RESULT {} {!r}".format(name, float(value)))
