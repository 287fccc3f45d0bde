"""Noise and gradients of one step on each replica of a `tf.distribute` strategy."""
import tensorflow.compat.v2 as tf

from zhusuan._tf.gradients import gradients_by_variables, trainable_variables_of
from zhusuan._tf.random_numbers import seeded

__all__ = ["count_replicas", "gradients_of", "noise_of"]


def count_replicas():
    """The number of replicas that share one step, an int."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def noise_of(seed, number, stream=0):
    """A context whose random numbers are a function of the step and the replica.

    :param seed: An int.
    :param number: The number of the step, an int or an integer Tensor.
    :param stream: An int, the number of the first step among those of the same seed.
    """
    replica = tf.distribute.get_replica_context()
    own = 0 if replica is None else replica.replica_id_in_sync_group
    number = tf.cast(tf.convert_to_tensor(number), tf.int64)
    return seeded(tf.stack([tf.constant(seed, tf.int64), (
        stream + number * count_replicas() + tf.cast(own, tf.int64))]))


def gradients_of(function, trainable, tracked):
    """The nest that a function returns, and gradients of its first Tensor.

    :param function: A function without arguments.
    :param trainable: A list of Keras variables to differentiate by.
    :param tracked: A list of all variables of the Keras model. Raises `ValueError` if
        the function uses another trainable variable.
    """
    results = []

    def compute():
        results.append(gradients_by_variables(function, [x.value for x in trainable]))
        return results[-1][0]

    used = trainable_variables_of(compute)
    known = {id(x.value) for x in tracked}
    unknown = [x.name for x in used if id(x) not in known]
    if unknown or not trainable:
        raise ValueError(
            "VariationalModel: %s. Pass all layers and models that the functions use "
            "as networks=." % (
                "the functions use variables of no network, %s" % ", ".join(unknown)
                if unknown else "the networks have no trainable weights"))
    return results[-1]
