"""A cost of a v1 graph that XLA compiles together with its gradients."""
import contextlib

import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf.gradients import gradients_in_graph
from zhusuan._tf.op_graph import get_backward_ops
from zhusuan._tf.programs import compile_by_xla
from zhusuan._tf.random_numbers import in_iteration, seed_of_loop
from zhusuan._tf.traced_functions import TracedFunction

__all__ = ["compile_cost", "count_updates", "is_reference_assignment",
           "runs_of_gradients"]


def compile_cost(fn):
    """The list of Tensors that a function returns, computed by one compiled program.

    The first Tensor, a float number, is the cost. The program computes its gradients
    with respect to everything that depends on trainable variables outside of `fn`.
    `tf.gradients` of the cost, and thus every optimizer of TensorFlow 1, uses them.
    The other Tensors have no gradients.

    :param fn: A function without arguments, called once in the body of a function.
    """
    sources = []
    traced = TracedFunction(
        lambda _: _with_gradients(fn(), sources), (), jit_compile=True)
    data, seed = traced.take_data(), seed_of_loop()

    def program():
        with in_iteration(seed, 0, has_nodes=True):
            return traced((), data)

    values, gradients = compile_by_xla(program)()
    cost = _with_gradients_of(values[0], sources, gradients)
    return [cost] + [tf.stop_gradient(x) for x in values[1:]]


@contextlib.contextmanager
def runs_of_gradients(costs, feed_dict):
    """A dict of functions that run costs with the gradients of trainable variables.

    They share a session of their own, in which all variables are initialized.

    :param costs: A dict of Tensors.
    """
    variables = v1.trainable_variables()
    fetches = {key: [cost] + [x for x in v1.gradients(cost, variables) if x is not None]
               for key, cost in costs.items()}
    with v1.Session() as sess:
        sess.run(v1.global_variables_initializer())
        yield {key: lambda x=x: sess.run(x, feed_dict) for key, x in fetches.items()}


def count_updates():
    """The number of updates in the collection of the current graph, an int."""
    return len(v1.get_collection(v1.GraphKeys.UPDATE_OPS))


def is_reference_assignment(error):
    """Whether a TypeError is that of an assignment inside a function.

    Functions capture the values of reference variables.
    """
    return "expected types" in str(error) and "_ref" in str(error)


def _with_gradients(values, sources):
    """A list of Tensors, and the gradients of the first with respect to captures.

    :param sources: A list to which the captured Tensors are added, as they are outside.
    """
    trainable = {_tf.is_variable(x) and x.op for x in v1.trainable_variables()}
    captured = [(outer, inner) for outer, inner in _tf.get_captures(
        v1.get_default_graph()) if _is_trained(outer, trainable)]
    gradients = gradients_in_graph(values[0], [inner for _, inner in captured])
    found = [(outer, gradient) for (outer, _), gradient
             in zip(captured, gradients) if gradient is not None]
    sources.extend(outer for outer, _ in found)
    return list(values), [gradient for _, gradient in found]


def _is_trained(x, trainable):
    """Whether a Tensor is differentiable and depends on one of the variables."""
    return (x.dtype.is_floating or x.dtype == tf.resource) and not (
        trainable.isdisjoint(get_backward_ops([x])))


def _with_gradients_of(cost, sources, gradients):
    """The cost, as a function of `sources` with these gradients."""
    sources = [tf.raw_ops.ReadVariableOp(resource=x, dtype=gradient.dtype)
               if x.dtype == tf.resource else x
               for x, gradient in zip(sources, gradients)]

    @tf.custom_gradient
    def attach(cost, *sources):
        return tf.identity(cost), lambda factor: [None] + [
            tf.cast(factor, gradient.dtype) * gradient for gradient in gradients]

    return attach(cost, *sources)
