"""`tf.contrib.layers`: initializers and regularizers."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1

__all__ = ["apply_regularization", "l1_l2_regularizer", "l1_regularizer",
           "l2_regularizer", "sum_regularizer", "variance_scaling_initializer",
           "xavier_initializer", "xavier_initializer_conv2d"]


def xavier_initializer(uniform=True, seed=None, dtype=tf.float32):
    """Glorot and Bengio (2010): the variance 2 / (inputs + outputs).

    The dtype is that of the variable. Passing it to the initializer, too, would warn
    about a deprecated argument.
    """
    kind = (v1.glorot_uniform_initializer if uniform else
            v1.glorot_normal_initializer)
    return kind(seed=seed)


xavier_initializer_conv2d = xavier_initializer


def variance_scaling_initializer(factor=2., mode="FAN_IN", uniform=False, seed=None,
                                 dtype=tf.float32):
    """He et al. (2015) by default: the variance `factor` / inputs."""
    return v1.variance_scaling_initializer(
        factor, mode.lower(), "uniform" if uniform else "truncated_normal",
        seed=seed)


def l1_regularizer(scale, scope=None):
    """The penalty ``scale * sum(|w|)``, as a function of a variable w."""
    return _regularizer(scale, scope, "l1_regularizer",
                        lambda w: tf.reduce_sum(tf.abs(w)))


def l2_regularizer(scale, scope=None):
    """The penalty ``scale * sum(w**2) / 2``, as a function of a variable w."""
    return _regularizer(scale, scope, "l2_regularizer", tf.nn.l2_loss)


def l1_l2_regularizer(scale_l1=1., scale_l2=1., scope=None):
    """The sum of both penalties."""
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope)


def _regularizer(scale, scope, name, norm):
    if not 0. <= scale < float("inf"):
        raise ValueError("{} was given the scale {!r}; expected a number from 0 "
                         "up.".format(name, scale))

    def penalty(weights):
        with v1.name_scope(scope, name, [weights]):
            return tf.cast(scale, weights.dtype.base_dtype) * norm(weights)

    return penalty if scale else lambda weights: None


def sum_regularizer(regularizer_list, scope=None):
    """The sum of penalties; None in the list, or as a penalty, counts as zero."""

    def penalty(weights):
        parts = [f(weights) for f in regularizer_list if f is not None]
        parts = [p for p in parts if p is not None]
        return tf.add_n(parts, name=scope or "sum_regularizer") if parts else None

    return penalty


def apply_regularization(regularizer, weights_list=None):
    """The penalty of a list of weights, by default of the collection "weights"."""
    if weights_list is None:
        weights_list = v1.get_collection(v1.GraphKeys.WEIGHTS)
    penalties = [p for p in map(regularizer, weights_list) if p is not None]
    total = tf.add_n(penalties) if penalties else tf.constant(0.)
    if penalties:
        v1.add_to_collection(v1.GraphKeys.REGULARIZATION_LOSSES, total)
    return total
