"""`tf.contrib.framework`: finding variables, and the global step."""
from zhusuan._compat import V1_API as tf
from zhusuan.tf1._contrib.layers import model_variable

__all__ = [
    "create_global_step",
    "get_global_step",
    "get_model_variables",
    "get_or_create_global_step",
    "get_trainable_variables",
    "get_variables",
    "get_variables_by_name",
    "get_variables_by_suffix",
    "get_variables_to_restore",
    "model_variable",
    "nest",
]

nest = tf.nest
create_global_step = tf.train.create_global_step
get_global_step = tf.train.get_global_step
get_or_create_global_step = tf.train.get_or_create_global_step


def get_variables(scope=None, suffix=None,
                  collection=tf.GraphKeys.GLOBAL_VARIABLES):
    """The variables of a scope (its name, or the scope), whose names end so."""
    scope = getattr(scope, "name", scope)
    found = tf.get_collection(collection, scope)
    return [v for v in found if suffix is None or
            v.op.name[-len(suffix):] == suffix]


def get_trainable_variables(scope=None, suffix=None):
    """As :func:`get_variables`, of those that are trained."""
    return get_variables(scope, suffix, tf.GraphKeys.TRAINABLE_VARIABLES)


def get_model_variables(scope=None, suffix=None):
    """As :func:`get_variables`, of those that layers have made."""
    return get_variables(scope, suffix, tf.GraphKeys.MODEL_VARIABLES)


def get_variables_by_suffix(suffix, scope=None):
    """As :func:`get_variables`."""
    return get_variables(scope, suffix)


def get_variables_by_name(given_name, scope=None):
    """The variables whose names without their scopes are `given_name`."""
    return [v for v in get_variables(scope)
            if v.op.name.split("/")[-1] == given_name]


def get_variables_to_restore(include=None, exclude=None):
    """The variables of the scopes `include` (None: all), without those `exclude`."""
    included = [v for scope in include or [None] for v in get_variables(scope)]
    excluded = {v.op.name for scope in exclude or [] for v in get_variables(scope)}
    return [v for v in included if v.op.name not in excluded]
