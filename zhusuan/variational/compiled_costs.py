"""Costs of TensorFlow-1 scripts that XLA compiles with their gradients."""
from typing import Any, Callable, Dict, Optional

import tensorflow.compat.v2 as tf

from zhusuan._tf.compiled_gradients import (
    compile_cost,
    count_updates,
    is_reference_assignment,
    runs_of_gradients,
)
from zhusuan._tf.op_location import is_in_loop_of_graph
from zhusuan._tf.programs import can_compile, uses_session
from zhusuan.utils._warnings import warn_user
from zhusuan.utils.timing import fastest

__all__ = ["compiled_cost", "is_compilation_faster"]


def compiled_cost(fn: Callable[[], Any], jit_compile: bool = True) -> Any:
    """Add the cost of a function to a v1 graph, compiled by XLA with its gradients.

    The optimizer stays outside: `optimizer.minimize` of the cost uses the gradients
    that the compiled program computes in the same run. Wrap the part of a script that
    defines the cost in a function::

        def build():
            with zs.seeded(noise):
                bounds = zs.variational.elbo(
                    build_gen(n), {"x": x}, variational=build_q_net(x), axis=0)
                return tf.reduce_mean(bounds.sgvb()), tf.reduce_mean(bounds)

        cost, bound = zs.variational.compiled_cost(build, jit_compile=True)
        step = tf.train.AdamOptimizer(0.001).minimize(cost)

    Values and gradients equal those without compilation up to rounding, given the same
    samples. Samples under XLA differ from those without it, also inside of
    :func:`zhusuan.seeded`, where they are a function of the seed. Elsewhere,
    `tf.set_random_seed` controls them.

    The program is compiled in the first run, and again for each new batch size or
    other integer that determines a shape, which takes seconds each time. Feed batches
    of few sizes.

    :param fn: A function without arguments that returns the cost, a float Tensor of
        shape ``[]``, or a tuple or list that begins with it. It is called once and may
        use placeholders and create variables by `tf.get_variable` and `tf.layers`.
        Each run of the cost makes its assignments, which require resource variables.
        If it adds updates to the collection `UPDATE_OPS`, as batch normalization does,
        a warning says that they are not in that collection of the graph.
    :param jit_compile: A bool. With False, the result is that of `fn`.

    :return: The result of `fn` with Tensors of the graph. The cost has gradients with
        respect to trainable variables, and Tensors outside of `fn` that depend on
        these. The other Tensors have no gradients; they are for monitoring. Fetch
        these Tensors: others that are computed from the same inputs repeat the work.

    Raises RuntimeError outside of v1 graphs. Raises NotImplementedError on TensorFlow
    1.15, which cannot compile programs whose batch size varies, in loops of TensorFlow
    1, and for assignments to reference variables. Raises ValueError if the cost is not
    a float number, and TypeError if `jit_compile` is not a bool or a part of the result
    is not a Tensor. Operations that XLA cannot compile raise errors of TensorFlow when
    the session runs.

    The faster choice depends on the machine and the model;
    :func:`~zhusuan.variational.compiled_costs.is_compilation_faster` measures it.

    >>> import tensorflow.compat.v1 as tf
    >>> import zhusuan as zs
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.get_variable("w", initializer=3.)
    ...     cost = zs.variational.compiled_cost(lambda: w ** 2)
    ...     step = tf.train.GradientDescentOptimizer(0.5).minimize(cost)
    ...     sess.run(tf.global_variables_initializer())
    ...     _ = sess.run(step)
    ...     print(sess.run(w))  # 3 - 0.5 * 6
    0.0
    """
    if not isinstance(jit_compile, bool):
        raise TypeError(
            "compiled_cost: jit_compile must be True or False, but it is %r. To "
            "measure which is faster, call zs.variational.is_compilation_faster." % (
                jit_compile,))
    if not jit_compile:
        return fn()
    _check_mode()
    traces = []

    def compute_tensors() -> Any:
        n_before = count_updates()
        result = _call(fn)
        _check_structure(result)
        tensors = list(map(_to_tensor, tf.nest.flatten(result)))
        structure = tf.nest.map_structure(lambda _: None, result)
        traces.append((structure, count_updates() > n_before))
        _check_cost(tensors[0])
        return tensors

    tensors = compile_cost(compute_tensors)
    (structure, has_updates), = traces
    if has_updates:
        warn_user(
            "compiled_cost: `fn` adds updates to the collection UPDATE_OPS, as batch "
            "normalization does. Each run of the cost makes them, and the collection "
            "of the graph does not contain them. For runs without updates, pass a "
            "placeholder as `training`.")
    return tf.nest.pack_sequence_as(structure, tensors)


def is_compilation_faster(fn: Callable[[], Any],
                          feed_dict: Optional[Dict[Any, Any]] = None) -> bool:
    """Whether :func:`compiled_cost` computes a cost and its gradients faster here.

    This adds both versions to the v1 graph, and runs them alternately for a second in a
    session of its own, which initializes all variables::

        jit_compile = zs.variational.is_compilation_faster(build, {x: images[:128]})
        cost, bound = zs.variational.compiled_cost(build, jit_compile)

    The choice may differ between runs. Store it with checkpoints, since samples under
    XLA differ from those without it.

    :param fn: The function of :func:`compiled_cost`. It is called twice, so it must
        reuse its variables.
    :param feed_dict: A dict of values for placeholders, as for `tf.Session.run`.

    :return: A bool; False on TensorFlow 1.15, which does not compile.

    Raises the errors of :func:`compiled_cost`.

    >>> import tensorflow.compat.v1 as tf
    >>> import zhusuan as zs
    >>> with tf.Graph().as_default():
    ...     w = tf.get_variable("w", initializer=3.)
    ...     choice = zs.variational.is_compilation_faster(lambda: w ** 2)
    >>> choice in (False, True)  # depends on the machine
    True
    """
    if not can_compile():
        return False
    costs = {jit_compile: tf.nest.flatten(compiled_cost(fn, jit_compile))[0]
             for jit_compile in (False, True)}
    with runs_of_gradients(costs, feed_dict) as runs:
        return fastest(runs)


def _call(fn: Callable[[], Any]) -> Any:
    try:
        return fn()
    except TypeError as error:
        if not is_reference_assignment(error):
            raise
        raise NotImplementedError(
            "compiled_cost: `fn` assigns values to reference variables, as batch "
            "normalization does, but a compiled function requires resource variables. "
            "Create them with use_resource=True, or call "
            "tf.enable_resource_variables() before.") from error


def _check_mode() -> None:
    if not can_compile():
        raise NotImplementedError(
            "compiled_cost: jit_compile=True requires TensorFlow 2. Pass "
            "jit_compile=False, which runs the same script on TensorFlow 1.15.")
    if not uses_session():
        raise RuntimeError(
            "compiled_cost is for graphs of TensorFlow 1, but there is none here. "
            "Decorate the training step by @tf.function(jit_compile=True).")
    if is_in_loop_of_graph():
        raise NotImplementedError(
            "compiled_cost: a loop of TensorFlow 1 cannot contain a compiled cost. "
            "Pass jit_compile=False, or run single steps.")


def _to_tensor(x: Any) -> tf.Tensor:
    try:
        return tf.convert_to_tensor(x)
    except (TypeError, ValueError):
        raise TypeError(
            "compiled_cost: the result of `fn` must consist of Tensors, but it "
            "contains %r. Return only Tensors, in tuples, lists and dicts." % (
                x,)) from None


def _check_structure(result: Any) -> None:
    if isinstance(result, dict) or (
            isinstance(result, (tuple, list)) and not result):
        raise ValueError(
            "compiled_cost: `fn` must return the cost, or a tuple or list that begins "
            "with it, but it returned %r." % (result,))


def _check_cost(cost: Any) -> None:
    if not cost.dtype.is_floating or cost.shape.rank != 0:
        raise ValueError(
            "compiled_cost: the first Tensor that `fn` returns, the cost, must be a "
            "float Tensor of shape [], but it has shape %s and dtype %s. Return "
            "tf.reduce_mean(...) of it." % (cost.shape, cost.dtype.name))
