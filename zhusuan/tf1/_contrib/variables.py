"""`tf.contrib.framework`: create, find and restore variables."""
import re

import tensorflow.compat.v2 as tf

from zhusuan._tf import current_graph, make_placeholder
from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._contrib.arg_scope import add_arg_scope
from zhusuan.tf1._layers import static_or_dynamic

__all__ = ["add_model_variable", "assert_or_get_global_step",
           "assign_from_checkpoint_fn", "assign_from_values", "assign_from_values_fn",
           "filter_variables", "get_local_variables", "get_model_variables",
           "get_name_scope", "get_trainable_variables", "get_unique_variable",
           "get_variable_full_name", "get_variables", "get_variables_by_name",
           "get_variables_by_suffix", "get_variables_to_restore", "global_variable",
           "local_variable", "model_variable", "smart_cond", "variable"]

_KEYS = v1.GraphKeys


# -- Creation -----------------------------------------------------------------------

@add_arg_scope
def variable(name, shape=None, dtype=None, initializer=None, regularizer=None,
             trainable=True, collections=None, caching_device=None, device=None,
             partitioner=None, custom_getter=None, use_resource=None, **distribution):
    """`tf.get_variable` on a device.

    :param collections: Names; that of global variables by default.
    :param device: String or function for `tf.device`.
    :param distribution: `synchronization` and `aggregation`.
    """
    keys = [_KEYS.GLOBAL_VARIABLES] if collections is None else set(collections)
    with v1.device(device):
        return v1.get_variable(
            name, shape, dtype, initializer, regularizer, trainable, list(keys),
            caching_device, partitioner, custom_getter=custom_getter,
            use_resource=use_resource, **distribution)


@add_arg_scope
def model_variable(name, shape=None, dtype=tf.float32, initializer=None,
                   regularizer=None, trainable=True, collections=None,
                   caching_device=None, device=None, *args, **kwargs):
    """As :func:`variable`, also in the collections of global and model variables."""
    keys = list(collections or []) + [_KEYS.GLOBAL_VARIABLES, _KEYS.MODEL_VARIABLES]
    return variable(name, shape, dtype, initializer, regularizer, trainable, keys,
                    caching_device, device, *args, **kwargs)


def add_model_variable(var):
    """Add `var` to the collection of model variables, once."""
    if not any(var is other for other in v1.get_collection(_KEYS.MODEL_VARIABLES)):
        v1.add_to_collection(_KEYS.MODEL_VARIABLES, var)


def global_variable(initial_value, validate_shape=True, name=None, use_resource=None):
    """A variable that is not trainable, in the collection of global variables."""
    return _not_trainable(_KEYS.GLOBAL_VARIABLES, initial_value, validate_shape, name,
                      use_resource)


def local_variable(initial_value, validate_shape=True, name=None, use_resource=None):
    """A variable that is not trainable, in the collection of local variables."""
    return _not_trainable(_KEYS.LOCAL_VARIABLES, initial_value, validate_shape, name,
                      use_resource)


def _not_trainable(key, initial_value, validate_shape, name, use_resource):
    return v1.Variable(initial_value, trainable=False, collections=[key],
                       validate_shape=validate_shape, name=name,
                       use_resource=use_resource)


# -- Search ----------------------------------------------------------------------

def get_variables(scope=None, suffix=None, collection=_KEYS.GLOBAL_VARIABLES):
    """The variables of a scope, optionally those whose names end in `suffix`.

    :param scope: A name, or a variable scope.
    """
    scope = getattr(scope, "name", scope)
    if suffix is not None:
        scope = "{}.*{}".format(scope or "", suffix if ":" in suffix else suffix + ":")
    return v1.get_collection(collection, scope)


def get_trainable_variables(scope=None, suffix=None):
    """As :func:`get_variables`, for trainable variables."""
    return get_variables(scope, suffix, _KEYS.TRAINABLE_VARIABLES)


def get_model_variables(scope=None, suffix=None):
    """As :func:`get_variables`, for the variables of layers."""
    return get_variables(scope, suffix, _KEYS.MODEL_VARIABLES)


def get_local_variables(scope=None, suffix=None):
    """As :func:`get_variables`, for the collection of local variables."""
    return get_variables(scope, suffix, _KEYS.LOCAL_VARIABLES)


def get_variables_by_suffix(suffix, scope=None):
    """As :func:`get_variables`, with the arguments swapped."""
    return get_variables(scope, suffix)


def get_variables_by_name(given_name, scope=None):
    """The variables whose names without their scopes are `given_name`."""
    return [v for v in get_variables(scope)
            if v.op.name.split("/")[-1] == given_name]


def get_unique_variable(var_op_name):
    """The variable of this full name.

    :raises ValueError: if there is none.
    """
    for candidate in get_variables(var_op_name):
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError("get_unique_variable was given {!r}, the name of no variable; "
                     "known variables: {}.".format(
                         var_op_name, [v.op.name for v in get_variables()]))


def get_variable_full_name(var):
    """The name of `var`, or of the whole variable if it is a partition."""
    part = var._save_slice_info
    return part.full_name if part else var.op.name


def get_variables_to_restore(include=None, exclude=None):
    """The variables of the scopes `include` (default: all) without those in `exclude`.

    :raises TypeError: if the scopes are not in a list.
    """
    for name, scopes in [("include", include), ("exclude", exclude)]:
        if not (scopes is None or isinstance(scopes, (list, tuple))):
            raise TypeError("get_variables_to_restore was given {}={!r}; expected a "
                            "list of scopes.".format(name, scopes))
    included = [v for scope in (include if include is not None else [None])
                for v in get_variables(scope)]
    excluded = {v.op.name for scope in exclude or [] for v in get_variables(scope)}
    return [v for v in included if v.op.name not in excluded]


def filter_variables(var_list, include_patterns=None, exclude_patterns=None,
                     reg_search=True):
    """The variables whose names match an expression to include and none to exclude.

    :param reg_search: Whether an expression may match anywhere in the name, instead of
        at its start only.
    """
    match = re.search if reg_search else re.match

    def matches(var, patterns):
        return any(match(pattern, var.name) for pattern in patterns)

    return [v for v in var_list
            if (include_patterns is None or matches(v, include_patterns))
            and not matches(v, exclude_patterns or [])]


# -- Restoration --------------------------------------------------------------------

def assign_from_values(var_names_to_values):
    """An op that assigns values to variables, and its `feed_dict`.

    :param var_names_to_values: Dictionary of arrays by the full names of variables.
    :return: The op and the `feed_dict`.
    """
    ops, feed = [], {}
    for name, value in var_names_to_values.items():
        var = get_unique_variable(name)
        placeholder = make_placeholder(var.dtype.base_dtype, var.shape)
        ops.append(var.assign(placeholder))
        feed[placeholder] = value.reshape(var.shape.as_list())
    return tf.group(*ops), feed


def assign_from_values_fn(var_names_to_values):
    """As :func:`assign_from_values`, as a function of a session."""
    op, feed = assign_from_values(var_names_to_values)
    return lambda session: session.run(op, feed)


def assign_from_checkpoint_fn(model_path, var_list, ignore_missing_vars=False,
                              reshape_variables=False):
    """A function of a session that restores variables from a checkpoint.

    :param var_list: Variables, or a dictionary of them by names in the checkpoint.
    :param ignore_missing_vars: Skip the variables that the checkpoint lacks.
    :param reshape_variables: Whether shapes may differ.
    :return: The function; None if the checkpoint has none of the variables.
    """
    if not var_list:
        raise ValueError("assign_from_checkpoint_fn was given var_list={!r}; expected "
                         "at least one variable.".format(var_list))
    if not isinstance(var_list, dict):
        var_list = {v.op.name: v for v in var_list}
    if ignore_missing_vars:
        var_list = _without_missing(var_list, model_path)
    if not var_list:
        v1.warn("No variable is in the checkpoint %s", model_path)
        return None
    saver = v1.Saver(var_list, reshape=reshape_variables)
    return lambda session: saver.restore(session, model_path)


def _without_missing(var_list, model_path):
    reader = tf.train.load_checkpoint(model_path)
    for name in var_list:
        if not reader.has_tensor(name):
            v1.warn("The checkpoint %s has no variable %s", model_path, name)
    return {name: v for name, v in var_list.items() if reader.has_tensor(name)}


# -- The graph --------------------------------------------------------------------

def get_name_scope():
    """The current name scope."""
    return current_graph().get_name_scope()


def assert_or_get_global_step(graph=None, global_step_tensor=None):
    """`global_step_tensor` after a check, or the step of the graph if it is None."""
    if global_step_tensor is None:
        return v1.get_global_step(graph)
    v1.assert_global_step(global_step_tensor)
    return global_step_tensor


def smart_cond(pred, true_fn=None, false_fn=None, name=None):
    """`tf.cond`, or one of the functions if `pred` is known."""
    return static_or_dynamic.smart_cond(
        pred if tf.is_tensor(pred) else bool(pred), true_fn, false_fn, name)
