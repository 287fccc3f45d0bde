"""Inputs of a Keras model as values by name."""
from collections.abc import Mapping

import keras
import tensorflow.compat.v2 as tf

__all__ = ["as_values", "check_rows", "count_data", "inputs_of", "refuse_losses",
           "refuse_targets"]


def inputs_of(batch):
    """The inputs in a batch that Keras passes to a step."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    refuse_targets(y, sample_weight)
    return x


def refuse_targets(y, *weights):
    """Raise if there are targets or weights, of arrays or in a batch."""
    if y is not None:
        raise ValueError(
            "VariationalModel: the model has no targets, but y is given. Pass all "
            "observed values as one dict by name, such as fit({\"x\": x, \"y\": y}).")
    if any(x is not None for x in weights):
        raise ValueError(
            "VariationalModel: weights are not supported. Omit sample_weight= and "
            "class_weight=, or resample the data by the weights.")


def refuse_losses(options):
    """Raise TypeError if `compile` has other arguments, such as a loss or metrics."""
    for name in options:
        raise TypeError(
            "VariationalModel.compile: unknown argument %s=. The loss is the negative "
            'bound that objective= names, such as objective="elbo". evaluate() also '
            "returns the log likelihood." % name)


def as_values(inputs, names):
    """A dict of Tensors by name.

    :param inputs: A dict, or one array if there is one name.
    :param names: A list of the names of data.
    """
    if not isinstance(inputs, Mapping):
        if isinstance(inputs, (list, tuple)) or len(names) > 1:
            raise ValueError(
                "VariationalModel: the inputs must be one array, or a dict of arrays "
                "by name, but they are %s, and data=%r. Pass a dict." % (
                    type(inputs).__name__, names))
        inputs = {names[0]: inputs}
    return {name: tf.convert_to_tensor(x) for name, x in inputs.items()}


def count_data(inputs):
    """The number of data in a batch, a Tensor."""
    return tf.shape(tf.nest.flatten(inputs)[0])[0]


def check_rows(values, n):
    """Raise unless all Tensors of a dict have `n` rows."""
    for name, x in values.items():
        if x.shape.rank == 0 or x.shape[0] != n:
            raise ValueError(
                "VariationalModel.generate: the conditions must have n=%d rows, but %r "
                "has the shape %s." % (n, name, x.shape))
