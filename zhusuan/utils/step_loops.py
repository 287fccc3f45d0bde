"""Many steps of a TensorFlow-1 script in one run of its session."""
from typing import Any, Callable, List, Optional, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf.compiled_gradients import is_reference_assignment
from zhusuan._tf.loop_bodies import (
    BodyOps,
    fill_with_array,
    in_session_graph,
    make_data_variable,
    root_name_scope,
)

__all__ = ["repeat_steps"]

_REFERENCES = (
    "repeat_steps: `step` assigns or reads a reference variable, but a loop requires "
    "resource variables. Create variables with use_resource=True, for example by "
    "tf.get_variable_scope().set_use_resource(True) before.")


def repeat_steps(step: Callable[[Any], Any], batches: Any,
                 data: Optional[Any] = None) -> Any:
    """Add a loop of training steps to a v1 graph, for many steps in one session run.

    Each step reads the variables that the step before it wrote, as in separate runs.
    Given the same minibatches and random numbers, the results are those of separate
    runs. The loop avoids the overhead of separate runs; with `data`, it also avoids
    feeding minibatches::

        rows = tf.placeholder(tf.int32, [None, batch_size])

        def step(x):
            cost, bound = build(x)
            return optimizer.minimize(cost), bound

        train, bounds = zs.utils.repeat_steps(step, rows, data=images)
        order = np.random.permutation(len(images))[:20 * batch_size]
        _, values = sess.run([train, bounds], {rows: order.reshape([20, batch_size])})

    Compute in `step` everything that depends on variables that it assigns, such as a
    seed from the global step. Variables that it assigns must be resource variables,
    for example by `tf.get_variable_scope().set_use_resource(True)` at the beginning of
    the script. Slots of optimizers have the type of their variables.

    :param step: A function of a minibatch, which is called once. It may create
        variables by `tf.get_variable` and `tf.layers`. It returns what a run of one
        step would fetch: operations, and numbers of shape ``[]``, alone or in tuples,
        lists and dicts.
    :param batches: Tensors ``[n_steps, ...]``, alone or in tuples, lists and dicts.
        Step ``i`` takes ``batches[i]``. With `data`, one int32 or int64 Tensor
        ``[n_steps, batch_size]``, usually a placeholder: the rows of `data` of each
        step. `n_steps` is at least 1, and may vary between runs.
    :param data: Arrays or Tensors ``[n_data, ...]``, alone or in tuples, lists and
        dicts, of which `step` takes a minibatch. NumPy arrays keep their dtype. The
        first run of a session copies them to its device. Neither the graph nor
        checkpoints contain them.

    :return: The result of `step`, with Tensors ``[n_steps]`` for numbers. They pass
        through float64, so that integers above 2^53 are rounded. To run the steps,
        fetch any part of it, once per run.

    Raises RuntimeError outside of v1 graphs, NotImplementedError for reference
    variables, and ValueError if `step` uses a Tensor from outside that depends on a
    variable that it assigns, if it returns no operation or number, or if parts of
    `data` have different lengths.

    >>> import numpy as np, tensorflow.compat.v1 as tf, zhusuan as zs
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.get_variable("w", initializer=0., use_resource=True)
    ...     rows = tf.placeholder(tf.int32, [None, 2])
    ...     def step(x):
    ...         cost = tf.reduce_mean((w - x) ** 2)
    ...         return tf.train.GradientDescentOptimizer(0.25).minimize(cost), cost
    ...     train, costs = zs.utils.repeat_steps(step, rows, np.float32([1, 3, 5]))
    ...     sess.run(tf.global_variables_initializer())
    ...     _, values = sess.run([train, costs], {rows: [[0, 1], [1, 2]]})
    ...     print(values, sess.run(w))  # w is 0, 1 and 2.5
    [ 5. 10.] 2.5
    """
    if not in_session_graph():
        raise RuntimeError(
            "repeat_steps is for graphs of TensorFlow 1, but there is none here. Write "
            "a loop over the steps in a function with @tf.function.")
    batches = tf.nest.map_structure(tf.convert_to_tensor, batches)
    if data is not None:
        _check_rows(batches)
    loaders, data = _load_data(data)
    structures: List[Any] = []

    def body(i: tf.Tensor, results: tf.TensorArray) -> Tuple[Any, Any]:
        batch = tf.nest.map_structure(lambda x: x[i], batches)
        if data is not None:
            batch = tf.nest.map_structure(lambda x: tf.gather(x, batch), data)
        result = _call(step, batch)
        structures.append(result)
        flat = tf.nest.flatten(result)
        with tf.control_dependencies(flat):
            return i + 1, results.write(i, tf.stack([
                tf.constant(0., tf.float64) if _is_operation(x)
                else tf.cast(x, tf.float64) for x in flat]))

    n_steps = tf.shape(tf.nest.flatten(batches)[0])[0]
    with tf.control_dependencies(loaders):
        _, results = tf.while_loop(
            lambda i, _: i < n_steps, body, (tf.constant(0), tf.TensorArray(
                tf.float64, n_steps, infer_shape=False)), parallel_iterations=1)
    return _unpack(structures[0], results.stack())


def _check_rows(batches: Any) -> None:
    if not tf.is_tensor(batches) or not batches.dtype.is_integer or (
            batches.shape.rank == 0):
        raise ValueError(
            "repeat_steps: with `data`, `batches` must be one int32 or int64 Tensor "
            "[n_steps, batch_size], the rows of `data` of each step, but it is %r." % (
                batches,))


def _load_data(data: Any) -> Tuple[List[Any], Any]:
    """Operations that load the data, and the data as Tensors and variables."""
    loaders = []

    def to_variable(x: Any) -> Any:
        if tf.is_tensor(x) or _tf.is_variable(x):
            return x
        array = np.asarray(x)
        variable = make_data_variable(array)
        loaders.append(fill_with_array(variable, array))
        return variable

    placed = None if data is None else tf.nest.map_structure(to_variable, data)
    lengths = {str(x.shape[0]) for x in tf.nest.flatten(placed) if data is not None}
    if len(lengths - {"None", "?"}) > 1:
        raise ValueError(
            "repeat_steps: all parts of `data` must have the same number of rows, but "
            "they have %s rows." % " and ".join(sorted(lengths)))
    return loaders, placed


def _call(step: Callable[[Any], Any], batch: Any) -> Any:
    """The result of the step, a nest of operations and numbers, after all checks."""
    ops = BodyOps()
    try:
        with root_name_scope():
            result = step(batch)
    except TypeError as error:
        if not is_reference_assignment(error):
            raise
        raise NotImplementedError(_REFERENCES) from error
    if ops.uses_references():
        raise NotImplementedError(_REFERENCES)
    outdated = ops.find_outdated()
    if outdated:
        raise ValueError(
            "repeat_steps: `step` uses the Tensor %s, which is computed outside of it "
            "from the variable %r. All steps of a run would use its first value, but "
            "`step` assigns the variable. Compute the Tensor in `step`." % (
                outdated[0].name, outdated[1]))
    if not tf.nest.flatten(result):
        raise ValueError("repeat_steps: `step` returned %r. Return what a run of one "
                         "step fetches, such as optimizer.minimize(cost)." % (result,))
    return tf.nest.map_structure(_to_fetch, result)


def _to_fetch(x: Any) -> Any:
    if _is_operation(x):
        return x
    try:
        number = tf.convert_to_tensor(x)
    except (TypeError, ValueError):
        number = None
    if number is None or number.shape.rank != 0 or not (
            number.dtype.is_floating or number.dtype.is_integer):
        raise ValueError(
            "repeat_steps: `step` must return operations and numbers of shape [], but "
            "it returned %r. Return for example tf.reduce_mean(...) of it." % (x,))
    return number


def _is_operation(x: Any) -> bool:
    return isinstance(x, tf.Operation)


def _unpack(structure: Any, results: tf.Tensor) -> Any:
    """The column of the results for each number, an operation for each operation."""
    flat = tf.nest.flatten(structure)
    return tf.nest.pack_sequence_as(structure, [
        column.op if _is_operation(x) else tf.cast(column, x.dtype)
        for x, column in zip(flat, tf.unstack(results, len(flat), axis=1))])
