"""Functions that are traced once and called in other traces, with data as arguments.

Arrays that a function uses, such as those of its closure, become constants when it is
traced. Here they are arguments instead. A program therefore has one copy of an array,
however often it calls the function, and serves functions that differ in such arrays.
"""
import contextlib

import numpy as np
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf.graph_digest import Identity, digest_graph
from zhusuan._tf.programs import traced_in_scratch
from zhusuan._tf.random_numbers import draw_from, reserve_seeds, stream_of

__all__ = ["TracedFunction", "mark_as_data"]

_DATA = ("__zhusuan_data",)
# Integer vectors up to this length may be shapes, axes or permutations.
_MAX_RANK = 16
# Arrays above this length are arguments even if all entries are equal.
_LARGE = 1000
# The shapes of what these ops return depend on the values of their arguments.
_NEED_VALUES = {"DynamicPartition", "LinSpace", "Range", "Unique", "UniqueV2", "Where"}


def mark_as_data(x):
    """Let a constant of a function that is traced be an argument."""
    graph = getattr(x, "graph", None)
    if hasattr(graph, "outer_graph"):
        graph.get_collection_ref(_DATA).append(x)


class TracedFunction:
    """A function of a nest of arrays that is traced once.

    Data are the constant arrays of the trace and the eager Tensors that the function
    captures. Data are floats, or integers that are no shapes, axes or permutations.
    Single numbers are constants, except for those of :func:`mark_as_data`.

    The function is a function of its data, too, and of the seeds of `seeded`: the call
    draws the same numbers as the function would.

    - `key`: hashable, equal only for functions that compute the same from equal data.
    - `data`: the list of the data, arrays or eager Tensors.
    - `needs`: a list of what must be kept for as long as programs that call it.

    :param fn: A function of a nest of Tensors that returns a nest of Tensors.
    :param arrays: A nest of arrays, for the shapes and dtypes.
    :param jit_compile: A bool. Whether XLA compiles the programs that call it.
    """

    def __init__(self, fn, arrays, jit_compile=False):
        variables = []
        with traced_in_scratch(
                self._to_trace(fn, jit_compile, variables), arrays
        ) as (graph, (seeds, inputs, outputs)):
            captured = _tf.get_captures(graph)
            self._handles = [pair for pair in captured if _is_handle(pair[1])]
            data, self.data = _data_of(graph, captured)
            self.needs = variables + _tf.get_functions(graph)
            self._keep_graph(graph, seeds + tf.nest.flatten(inputs) + [
                inner for _, inner in self._handles] + data, outputs)

    def _to_trace(self, fn, jit_compile, variables):
        """A function of a nest that returns its seeds, its argument and the result.

        :param variables: A list to which variables are added that `fn` creates.
        """
        def record(create, **kwargs):
            variables.append(create(**kwargs))
            return variables[-1]

        def traced(arrays):
            seeds = [_tf.make_placeholder(np.int64, []) for _ in range(2)]
            place = _tf.for_xla() if jit_compile else contextlib.ExitStack()
            with place, draw_from(stream_of(*seeds)) as stream, (
                    tf.variable_creator_scope(record)):
                outputs = tf.nest.map_structure(tf.identity, fn(arrays))
            self._n_seeds = stream.n_used
            return seeds, arrays, outputs

        return traced

    def _keep_graph(self, graph, arguments, outputs):
        """Keep the graph without its arguments, and the key of both."""
        self._graph_def = _without_nodes(
            graph.as_graph_def(), {x.op.name for x in arguments})
        used = {name for node in self._graph_def.node for name in node.input}
        # For each argument, what nodes take of it: its value, control, both or nothing.
        self._uses = [
            [tensor for node, tensor in ((x.op.name, x.name), ("^" + x.op.name,) * 2)
             if node in used] for x in arguments]
        self._outputs = tf.nest.map_structure(
            lambda x: tf.TensorSpec(x.shape, x.dtype, x.name), outputs)
        self.key = (
            digest_graph(self._graph_def, [
                x.op.name if uses else None for x, uses in zip(arguments, self._uses)],
                         [x.name for x in tf.nest.flatten(self._outputs)]),
            tuple((x.dtype, str(x.shape)) for x in arguments),
            repr(tf.nest.map_structure(lambda x: x.dtype.name, self._outputs)),
            tuple(Identity(outer) for outer, _ in self._handles))

    def take_data(self):
        """The data as Tensors; `self.data` is empty after this."""
        data, self.data = self.data, []
        data.reverse()
        return [tf.convert_to_tensor(data.pop()) for _ in list(data)]

    def __call__(self, arrays, data):
        """Add the ops of the function to the function that is being traced.

        :param data: A list of Tensors, like `self.data`.
        """
        seeds = reserve_seeds(self._n_seeds)
        graph = v1.get_default_graph()
        handles = [outer for outer, _ in self._handles]
        values = list(seeds) + tf.nest.flatten(arrays) + handles + list(data)
        used = [(uses, graph.capture(tf.convert_to_tensor(x)))
                for uses, x in zip(self._uses, values) if uses]
        flat = tf.graph_util.import_graph_def(
            self._graph_def, {use: x for uses, x in used for use in uses},
            [x.name for x in tf.nest.flatten(self._outputs)], name="traced")
        for x, spec in zip(flat, tf.nest.flatten(self._outputs)):
            x.set_shape(spec.shape)
        # TensorFlow 1.15 confuses imported ops with Tensors that a loop captures from
        # another import, if their names are equal.
        return tf.nest.pack_sequence_as(self._outputs, [tf.identity(x) for x in flat])


def _data_of(graph, captured):
    """The Tensors of a graph that are data, and their values; both lists.

    :param captured: Pairs of the Tensors that the graph captures, and of those inside.
    """
    constants = [op.outputs[0] for op in graph.get_operations() if op.type == "Const"]
    marked = {id(x) for x in graph.get_collection_ref(_DATA)}
    constants = [x for x in constants if id(x) in marked or _is_data(x)]
    large = [x for x, _ in graph.large_constants]
    values = [tf.make_ndarray(x.op.get_attr("value")) for x in constants] + [
        value for _, value in graph.large_constants]
    del graph.large_constants[:]
    tensors = [pair for pair in captured if not _is_handle(pair[1])]
    return (constants + large + [inner for _, inner in tensors],
            values + [outer for outer, _ in tensors])


def _is_handle(x):
    """Whether a Tensor refers to a variable or a similar resource."""
    return x.dtype in (tf.resource, tf.variant)


def _is_data(x):
    """Whether a constant may be an argument, also of a program by XLA."""
    size, dtype = x.shape.num_elements(), x.dtype
    consumers = {op.type for op in x.consumers()}
    if not x.shape.rank or size < 2 or consumers & _NEED_VALUES:
        return False
    if size > _LARGE:
        return dtype.is_floating or dtype.is_complex or dtype.is_integer or (
            dtype.is_bool)
    if dtype.is_integer:
        return size > _MAX_RANK or consumers == {"Cast"}
    return (dtype.is_floating or dtype.is_complex) and not _is_uniform(x)


def _is_uniform(x):
    """Whether all entries are equal, so that XLA simplifies what uses them."""
    value = tf.make_ndarray(x.op.get_attr("value"))
    return bool(np.all(value == value.flat[0]))


def _without_nodes(graph_def, names):
    kept = [node for node in graph_def.node if node.name not in names]
    for node in kept:  # it may be colocated with a removed one, such as a variable
        node.attr.pop("_class", None)
    del graph_def.node[:]
    graph_def.node.extend(kept)
    return graph_def
