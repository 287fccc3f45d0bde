"""Activations, initializers and regularizers by the names of Keras, such as "relu"."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1

__all__ = ["get_activation", "get_initializer", "get_regularizer"]

_ACTIVATIONS = {
    "elu": tf.nn.elu,
    "exponential": tf.exp,
    "hard_sigmoid": lambda x: tf.clip_by_value(0.2 * x + 0.5, 0., 1.),
    "linear": None,
    "relu": tf.nn.relu,
    "selu": tf.nn.selu,
    "sigmoid": tf.nn.sigmoid,
    "softmax": tf.nn.softmax,
    "softplus": tf.nn.softplus,
    "softsign": tf.nn.softsign,
    "tanh": tf.nn.tanh,
}
_INITIALIZERS = {
    "constant": v1.constant_initializer,
    "glorot_normal": v1.glorot_normal_initializer,
    "glorot_uniform": v1.glorot_uniform_initializer,
    "he_normal": v1.he_normal_initializer,
    "he_uniform": v1.he_uniform_initializer,
    "identity": v1.identity_initializer,
    "lecun_normal": v1.lecun_normal_initializer,
    "lecun_uniform": v1.lecun_uniform_initializer,
    "normal": lambda: v1.random_normal_initializer(stddev=0.05),
    "one": v1.ones_initializer,
    "ones": v1.ones_initializer,
    "orthogonal": v1.orthogonal_initializer,
    "random_normal": lambda: v1.random_normal_initializer(stddev=0.05),
    "random_uniform": lambda: v1.random_uniform_initializer(-0.05, 0.05),
    "truncated_normal": lambda: v1.truncated_normal_initializer(stddev=0.05),
    "uniform": lambda: v1.random_uniform_initializer(-0.05, 0.05),
    "variance_scaling": v1.variance_scaling_initializer,
    "zero": v1.zeros_initializer,
    "zeros": v1.zeros_initializer,
}
_REGULARIZERS = {
    "l1": lambda w: 0.01 * tf.reduce_sum(tf.abs(w)),
    "l2": lambda w: 0.01 * tf.reduce_sum(tf.square(w)),
    "l1_l2": lambda w: 0.01 * tf.reduce_sum(tf.abs(w)) + 0.01 * tf.reduce_sum(
        tf.square(w)),
}


def get_activation(given):
    """A function, or None for the identity; `given` may be its name."""
    return _look_up(_ACTIVATIONS, given, "activation")


def get_initializer(given):
    """An initializer, or None for the default; `given` may be its name or class."""
    if not isinstance(given, str):
        return given
    return _look_up(_INITIALIZERS, given, "initializer")()


def get_regularizer(given):
    """A function of weights, or None; `given` may be its name."""
    return _look_up(_REGULARIZERS, given, "regularizer")


def _look_up(table, given, kind):
    if given is None or callable(given):
        return given
    if given in table:
        return table[given]
    raise ValueError("A layer was given the {} {!r}; expected a function or one of the "
                     "names {}.".format(kind, given, ", ".join(sorted(table))))
