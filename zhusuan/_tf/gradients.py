"""Gradients through a function of Tensors, in whichever mode TensorFlow runs.

Graphs use `tf.gradients`, which differentiates every control flow op. A
`tf.GradientTape` does not: in a graph with control flow of TensorFlow 1 it raises
for `tf.while_loop` and `tf.cond`, and silently drops paths through the TensorArrays of
`tf.scan` and `tf.map_fn`. Eager code has only the tape, and its loops and branches are
those of Python.
"""
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

__all__ = ["differentiable", "gradients_by_variables", "gradients_in_graph",
           "is_reference", "trainable_variables_of"]


def differentiable(fn, xs, is_persistent=False):
    """Evaluate a function such that gradients can be taken through it.

    :param fn: A function of a list of Tensors that returns a nest of Tensors.
    :param xs: The list of float Tensors to evaluate it at. Dependencies among them are
        ignored.
    :param is_persistent: A bool. Allow to call `gradients` several times.

    :return: The result of `fn`, and a function `gradients(ys, weights=None)`. It takes
        a list of Tensors that `fn` computed and returns the gradients of their sum
        with respect to each of `xs`: a dense Tensor, or None if no path connects them.
        `weights`, which have the shapes of the ys, multiply the ys in the sum.

    Errors, such as for second derivatives of loops of TensorFlow 1, are those of
    `tf.gradients`.
    """
    xs = [tf.identity(x) for x in xs]
    if not tf.executing_eagerly():
        def in_graph(ys, weights=None):
            return _dense(tf.gradients(ys, xs, grad_ys=weights), xs)
        return fn(xs), in_graph
    with tf.GradientTape(
            persistent=is_persistent, watch_accessed_variables=False) as tape:
        tape.watch(xs)
        values = fn(xs)

    def by_tape(ys, weights=None):
        return _dense(tape.gradient(ys, xs, output_gradients=weights), xs)
    return values, by_tape


def gradients_by_variables(fn, variables):
    """The nest that a function returns, and gradients of its first Tensor.

    :param fn: A function without arguments.
    :param variables: A list of variables.

    :return: The nest, and a list of dense gradients; zeros where no path connects them.
    """
    if tf.executing_eagerly():
        with tf.GradientTape() as tape:
            values = fn()
        gradients = tape.gradient(tf.nest.flatten(values)[0], variables)
    else:
        values = fn()
        gradients = tf.gradients(tf.nest.flatten(values)[0], variables)
    return values, [tf.zeros_like(x) if gradient is None else gradient
                    for x, gradient in zip(variables, _dense(gradients, variables))]


def gradients_in_graph(y, xs):
    """Dense gradients of a Tensor of a graph; None where no path connects them.

    :param xs: A list of Tensors, among which handles of resource variables may be.
    """
    return [None if x is None else tf.convert_to_tensor(x)
            for x in tf.gradients(y, xs)]


def trainable_variables_of(fn):
    """The trainable variables that a function without arguments uses, a list.

    :param fn: A function that returns a nest of Tensors. Of reference variables of a v1
        graph, which no tape watches, those are found on which the first Tensor depends.
    """
    with tf.GradientTape() as tape:
        values = fn()
    found = list(tape.watched_variables())
    references = [] if tf.executing_eagerly() else [
        x for x in v1.trainable_variables() if is_reference(x)]
    gradients = references and tf.gradients(tf.nest.flatten(values)[0], references)
    return found + [x for x, gradient in zip(references, gradients)
                    if gradient is not None]


def is_reference(variable):
    """Whether a variable is a reference variable, which v1 graphs have by default."""
    return variable.dtype.name.endswith("_ref")


def _dense(gradients, xs):
    return [_dense_sum(gradient, tf.shape(x)[0])
            if isinstance(gradient, tf.IndexedSlices) else gradient  # from tf.gather
            for gradient, x in zip(gradients, xs)]


def _dense_sum(slices, length):
    return tf.math.unsorted_segment_sum(slices.values, slices.indices, length)
