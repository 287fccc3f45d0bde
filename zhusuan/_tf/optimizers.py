"""Keras optimizers inside of compiled loops, in every version of TensorFlow."""
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

from zhusuan._tf.op_location import session_graph

__all__ = ["build_optimizer", "cosine_decay", "count_of_steps", "initialize_variables",
           "optimizer_variables", "set_variables"]


def cosine_decay(learning_rate, n_steps):
    """A Keras schedule that ends at 0 after `n_steps`."""
    keras = tf.keras
    schedules = keras.optimizers.schedules
    if not hasattr(schedules, "CosineDecay"):  # TensorFlow 1.15
        schedules = keras.experimental
    return schedules.CosineDecay(learning_rate, n_steps)


def build_optimizer(optimizer, variables):
    """Let an optimizer create its variables; those of TensorFlow 1.15 do so later."""
    if hasattr(optimizer, "build"):
        optimizer.build(variables)


def optimizer_variables(optimizer):
    """The variables of an optimizer that has been applied, a list."""
    variables = optimizer.variables
    variables = list(variables() if callable(variables) else variables)
    hyperparameters = getattr(optimizer, "_hyper", {})  # of TensorFlow 1.15
    variables += [hyperparameters[name] for name in sorted(hyperparameters)
                  if isinstance(hyperparameters[name], tf.Variable)]
    return [x if isinstance(x, tf.Variable) else x.value for x in variables]


def count_of_steps(optimizer):
    """The variable with the number of updates."""
    count = optimizer.iterations
    return count if isinstance(count, tf.Variable) else count.value


def initialize_variables(variables, session=None):
    """Initialize variables of a v1 graph that have no value yet."""
    if session_graph() is None or not variables:
        return
    session = session or v1.get_default_session()
    empty = set(session.run(v1.report_uninitialized_variables(variables)))
    session.run([x.initializer for x in variables if x.op.name.encode() in empty])


def set_variables(variables, arrays, session=None):
    """Assign arrays to variables; no operation is added to a graph."""
    if session_graph() is None:
        for variable, array in zip(variables, arrays):
            variable.assign(array)
        return
    session = session or v1.get_default_session()
    for variable, array in zip(variables, arrays):  # which may share initial values
        session.run(variable.initializer, {variable.initializer.inputs[1]: array})
