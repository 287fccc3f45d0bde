"""Arguments of layers as configurations of Keras, and back."""
import keras

from zhusuan.layers._distribution_config import (
    build_distribution,
    describe_distribution,
)

__all__ = ["describe_argument", "describe_kl_weight", "describe_prior", "restore"]


def describe_kl_weight(kl_weight):
    """The number, or a dict of a variable or schedule."""
    if isinstance(kl_weight, float):
        return kl_weight
    if isinstance(kl_weight, keras.Variable):
        return {"variable": float(keras.ops.convert_to_numpy(kl_weight))}
    return keras.saving.serialize_keras_object(kl_weight)


def describe_prior(prior, argument, layer):
    """A dict of a distribution, or None."""
    if prior is None:
        return None
    try:
        return describe_distribution(prior)
    except TypeError as error:
        raise TypeError(
            "%s: %s cannot be saved: %s Pass a function registered with "
            "keras.saving.register_keras_serializable as kernel_prior_fn or "
            "bias_prior_fn." % (layer, argument, error)) from None


def describe_argument(value):
    """A function, initializer or activation as Keras serializes it."""
    if value is None or isinstance(value, str):
        return value
    return keras.saving.serialize_keras_object(value)


def restore(config):
    """The arguments of the constructor from a configuration."""
    return {name: _restore_value(value) for name, value in config.items()}


def _restore_value(value):
    if not isinstance(value, dict):
        return value
    if "distribution" in value:
        return build_distribution(value, "float32")
    if "variable" in value:
        return keras.Variable(value["variable"], trainable=False, name="kl_weight")
    if "class_name" in value:
        return keras.saving.deserialize_keras_object(value)
    return value
