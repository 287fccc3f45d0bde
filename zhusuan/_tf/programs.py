"""Programs: functions of arrays that run in every mode of TensorFlow.

In a graph of TensorFlow 1, a program is placeholders, a part of that graph and a
session; elsewhere, a `tf.function`. XLA may compile both (TensorFlow 2).
"""
import contextlib
import re
import weakref

import numpy as np
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.framework.func_graph import dismantle_func_graph

from zhusuan import _tf
from zhusuan._tf.custom_gradients import release_custom_gradients

__all__ = ["arrays_of", "can_compile", "compilation_failure", "compiled",
           "device_names", "evaluate", "graph_def_of", "is_eager", "iterate",
           "output_specs", "program"]


def can_compile():
    """Whether `program` may be asked for XLA."""
    return not _tf.IS_TF1


def is_eager():
    """Whether programs run without a graph and a session of the user."""
    return _tf.program_key() is None


def compiled(fn):
    """`fn` as XLA compiles it, in a graph or not."""
    return tf.function(fn, autograph=False, jit_compile=True)


def program(fn, parts, jit_compile=False, devices=(None,)):
    """Function of a list of nests of arrays that returns `fn` of each, NumPy arrays.

    It takes the session to run in as a second argument, and a feed_dict for other
    placeholders as a third. In a graph, only this call adds operations.

    :param fn: A function of a nest of Tensors that returns a nest of Tensors.
    :param parts: Nests like those to be given; only dtypes and shapes matter.
    :param devices: Where to compute each part, all at once; None leaves it to
        TensorFlow.
    """
    if jit_compile and not can_compile():
        raise NotImplementedError(
            "jit_compile=True needs TensorFlow 2. Omit it, or write False.")
    parts = tf.nest.map_structure(_as_array, list(parts))
    build = _traced if is_eager() else _in_session
    return build(fn, parts, jit_compile, devices)


def compilation_failure(error):
    """The line of an error in which XLA states why it did not compile; None if not.

    Errors that a model raises from Python, such as a ValueError, give None.
    """
    if not isinstance(error, tf.errors.OpError) or isinstance(
            error, (tf.errors.ResourceExhaustedError, tf.errors.CancelledError)):
        return None
    lines = [line.strip() for line in str(error).splitlines()]
    return next((line for line in lines if not line.startswith("File ")
                 and re.search("XLA|tf2xla|compil", line)), None)


def graph_def_of(fn, arrays):
    """The GraphDef of a function of a nest of arrays, and the Tensors it captures.

    The function is traced in a graph that is released afterwards.
    """
    with _traced_in_scratch(fn, arrays) as (graph, graph_def, _):
        return graph_def, [outer for outer, _ in _tf.captured(graph)]


def output_specs(fn, arrays):
    """The nest of `tf.TensorSpec` of what a function of a nest of arrays returns.

    The function is traced in a graph that is released afterwards.
    """
    with _traced_in_scratch(fn, arrays) as (_, _, outputs):
        return tf.nest.map_structure(
            lambda x: tf.TensorSpec(x.shape, x.dtype), outputs)


@contextlib.contextmanager
def _traced_in_scratch(fn, arrays):
    with _tf.scratch_graph() as graph:
        outputs = fn(tf.nest.map_structure(
            lambda x: _tf.stand_in(np.asarray(x).dtype, np.shape(x)), arrays))
    graph_def = graph.as_graph_def()
    yield graph, graph_def, outputs
    # It has reference cycles that Python's garbage collector does not see.
    dismantle_func_graph(graph)
    release_custom_gradients(graph_def)


def _each(fn, parts, devices):
    outputs = []
    for part, device in zip(parts, devices):
        with _on(device):
            outputs.append(fn(part))
    return outputs


def device_names(session=None):
    """Full names of the devices that a program can use."""
    if is_eager():
        devices = tf.config.experimental.list_logical_devices()
    else:
        devices = _session(session).list_devices()
    return [device.name for device in devices]


def evaluate(fn, arrays, session=None, programs=None, name=None):
    """The NumPy value of `fn` of a nest of arrays, without XLA.

    Eagerly `fn` is called untraced, so that a model may create variables.

    :param programs: A dict that keeps programs of a graph, under `name`.
    """
    if is_eager():
        tensors = tf.nest.map_structure(tf.constant, arrays)
        return tf.nest.map_structure(_as_array, fn(tensors))
    programs = {} if programs is None else programs
    if name not in programs:
        programs[name] = program(fn, [arrays])
    return programs[name]([arrays], session)[0]


def arrays_of(values, session=None):
    """A dict of arrays, of what TensorFlow converts to Tensors, variables too.

    No operation is added to a graph.
    """
    if is_eager():
        return {name: tf.convert_to_tensor(x).numpy() for name, x in values.items()}
    with tf.Graph().as_default() as graph:
        arrays = {name: x if _tf.is_variable(x) else tf.convert_to_tensor(x)
                  for name, x in values.items()}
    in_graph = {name: x for name, x in arrays.items() if x.graph is not graph}
    arrays = {name: x if name in in_graph else tf.get_static_value(x)
              for name, x in arrays.items()}
    if in_graph:
        arrays.update(_session(session).run(in_graph))
    return arrays


def iterate(data, session=None):
    """The elements of an iterable or a `tf.data.Dataset`, with NumPy arrays."""
    if not isinstance(data, tf.data.Dataset):
        return data
    if is_eager():
        return (tf.nest.map_structure(_as_array, x) for x in data)
    return _iterate_in_session(data, _session(session))


def _iterate_in_session(dataset, session):
    # Those that no iteration uses now; a new one adds operations to the graph.
    free = _tf.graph_storage(
        session.graph, weakref.WeakKeyDictionary).setdefault(dataset, [])
    start, element = free.pop() if free else _iterator(dataset)
    try:
        session.run(start)
        with contextlib.suppress(tf.errors.OutOfRangeError):
            while True:
                yield session.run(element)
    finally:
        free.append((start, element))


def _iterator(dataset):
    """The operation that starts an iteration, and the next element."""
    iterator = v1.data.make_initializable_iterator(dataset)
    return iterator.initializer, iterator.get_next()


def _traced(fn, parts, jit_compile, devices):
    signature = [tf.TensorSpec(x.shape, x.dtype) for x in tf.nest.flatten(parts)]
    # A program that XLA compiles runs on one device.
    is_whole = jit_compile and len(devices) == 1
    options = {"jit_compile": True} if is_whole else {}
    if jit_compile and not is_whole:
        fn = compiled(fn)
    on_device = devices[0] if is_whole else None
    with _on(on_device):  # called as it is, it saves the time to look for a trace
        run = tf.function(
            lambda *flat: _each(fn, tf.nest.pack_sequence_as(parts, flat), devices),
            input_signature=signature, autograph=False, **options
        ).get_concrete_function()

    def call(values, session=None, feed_dict=None):
        with _on(on_device):
            outputs = run(*[tf.constant(x) for x in tf.nest.flatten(values)])
        return tf.nest.map_structure(_as_array, outputs)

    return call


def _in_session(fn, parts, jit_compile, devices):
    if jit_compile:
        fn = compiled(fn)
    placeholders = [v1.placeholder(x.dtype, x.shape)
                    for x in tf.nest.flatten(parts)]
    outputs = _each(fn, tf.nest.pack_sequence_as(parts, placeholders), devices)
    flat_outputs = tf.nest.flatten(outputs)

    def call(values, session=None, feed_dict=None):
        feed = dict(feed_dict or {})
        feed.update(zip(placeholders, tf.nest.flatten(values)))
        return tf.nest.pack_sequence_as(
            outputs, _session(session).run(flat_outputs, feed))

    return call


def _on(device):
    """The context of a device; of none in particular if None."""
    return contextlib.ExitStack() if device is None else tf.device(device)


def _session(session):
    session = session or v1.get_default_session()
    if session is None:
        raise ValueError(
            "There is a graph, but no session to run it in. Write `with "
            "tf.Session() as sess:` around the call, or pass session=sess.")
    return session


def _as_array(x):
    return x.numpy() if hasattr(x, "numpy") else x
