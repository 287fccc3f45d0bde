"""Programs: functions of arrays, built once and run in every mode of TensorFlow.

In a graph of TensorFlow 1 a program consists of placeholders, ops and a session;
elsewhere it is a `tf.function`. XLA may compile both (TensorFlow 2).
"""
import contextlib
import re
import weakref

import numpy as np
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.core.protobuf import rewriter_config_pb2
from tensorflow.python.eager import context as _context
from tensorflow.python.framework.func_graph import dismantle_func_graph

from zhusuan import _tf
from zhusuan._tf.custom_gradients import release_custom_gradients
from zhusuan._tf.versions import IS_TF1

__all__ = ["build_program", "can_compile", "compilation_failure", "compile_by_xla",
           "evaluate", "iterate_batches", "list_devices", "output_specs", "to_arrays",
           "traced_in_scratch", "uses_session"]


def can_compile():
    """Whether XLA can compile programs."""
    return not IS_TF1


def uses_session():
    """Whether programs run in the graph and a session of the user."""
    return _tf.session_graph() is not None


def compile_by_xla(fn):
    """A function that XLA compiles, in a graph or not."""
    if not can_compile():
        raise NotImplementedError(
            "jit_compile=True requires TensorFlow 2. Omit it, or pass False.")
    return tf.function(fn, autograph=False, jit_compile=True)


def build_program(fn, parts, jit_compile=False, devices=(None,), has_parts=False,
                  is_stateful=False):
    """Build a function of a list of nests of arrays that applies `fn` to each nest.

    The program returns NumPy arrays. Its second, optional argument is the session, its
    third a feed_dict for other placeholders. In a graph only this call adds operations,
    not the calls of the program.

    :param fn: A function of a nest of Tensors that returns a nest of Tensors.
    :param parts: Examples of the arguments, for their dtypes and shapes.
    :param jit_compile: A bool, whether XLA compiles `fn`.
    :param devices: A device for each part, which run concurrently; None lets
        TensorFlow choose.
    :param has_parts: A bool. Whether `fn` lets XLA compile parts of it instead.
    :param is_stateful: A bool. Whether `fn` assigns variables.
    """
    parts = list(parts)
    if uses_session():
        is_whole = jit_compile and not has_parts
        if not is_whole and (is_stateful or has_parts):
            # Functions order assignments, and call what XLA compiles inside of loops.
            fn = tf.function(fn, autograph=False)
        return _build_in_graph(fn, parts, is_whole, devices)
    return _build_traced(fn, parts, jit_compile, devices, has_parts)


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


def output_specs(fn, arrays):
    """The nest of `tf.TensorSpec` of what a function of a nest of arrays returns.

    The function is traced in a graph that is released afterwards.
    """
    with traced_in_scratch(fn, arrays) as (_, outputs):
        return tf.nest.map_structure(
            lambda x: tf.TensorSpec(x.shape, x.dtype), outputs)


@contextlib.contextmanager
def traced_in_scratch(fn, arrays):
    """A context with the graph of a function of a nest of arrays, and its result.

    The graph is released at the end.
    """
    with _tf.scratch_graph() as graph:
        outputs = fn(tf.nest.map_structure(
            lambda x: _tf.make_placeholder(*_dtype_and_shape(x)), arrays))
    yield graph, outputs
    release_custom_gradients(graph)
    # It has reference cycles that Python's garbage collector does not see.
    dismantle_func_graph(graph)


def _dtype_and_shape(x):
    if tf.is_tensor(x):
        return x.dtype, x.shape
    return np.asarray(x).dtype, np.shape(x)


def _apply_to_parts(fn, parts, devices):
    outputs = []
    for part, device in zip(parts, devices):
        with _on(device):
            outputs.append(fn(part))
    return outputs


def list_devices(session=None):
    """Full names of the devices that a program can use."""
    if uses_session():
        devices = _get_session(session).list_devices()
    else:
        devices = tf.config.experimental.list_logical_devices()
    return [device.name for device in devices]


def evaluate(fn, arrays, session=None, programs=None, name=None):
    """The NumPy value of `fn` of a nest of arrays, without XLA.

    Eagerly `fn` is called directly, so that a model may create variables.

    :param programs: A dict that keeps programs of a graph, under `name`.
    """
    if not uses_session():
        tensors = tf.nest.map_structure(tf.constant, arrays)
        return tf.nest.map_structure(_as_array, fn(tensors))
    programs = {} if programs is None else programs
    if name not in programs:
        programs[name] = build_program(fn, [arrays])
    return programs[name]([arrays], session)[0]


def to_arrays(values, session=None):
    """Convert a dict of arrays, Tensors and variables to a dict of NumPy arrays.

    No operation is added to a graph.
    """
    if not uses_session():
        return {name: tf.convert_to_tensor(x).numpy() for name, x in values.items()}
    with tf.Graph().as_default() as graph:
        arrays = {name: x if _tf.is_variable(x) else tf.convert_to_tensor(x)
                  for name, x in values.items()}
    in_graph = {name: x for name, x in arrays.items() if x.graph is not graph}
    arrays = {name: x if name in in_graph else tf.get_static_value(x)
              for name, x in arrays.items()}
    if in_graph:
        arrays.update(_get_session(session).run(in_graph))
    return arrays


def iterate_batches(data, session=None):
    """Iterate over an iterable, or over a `tf.data.Dataset` as NumPy arrays."""
    if not isinstance(data, tf.data.Dataset):
        return data
    if not uses_session():
        return (tf.nest.map_structure(_as_array, x) for x in data)
    return _iterate_in_session(data, _get_session(session))


def _iterate_in_session(dataset, session):
    # Iterators that are not in use: a new one adds operations to the graph.
    free = _tf.get_graph_storage(
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


def _build_traced(fn, parts, jit_compile, devices, has_parts):
    signature = [tf.TensorSpec(*reversed(_dtype_and_shape(x)))
                 for x in tf.nest.flatten(parts)]
    parts = tf.nest.map_structure(lambda _: None, parts)  # the structure alone
    # A program that XLA compiles as a whole runs on one device.
    is_whole = jit_compile and can_compile() and not has_parts and len(devices) == 1
    options = {"jit_compile": True} if is_whole else {}
    if jit_compile and not is_whole and not has_parts:
        fn = compile_by_xla(fn)
    # Grappler would optimize what XLA compiles, too.
    called = unoptimized if jit_compile and not is_whole else contextlib.ExitStack
    on_device = devices[0] if is_whole else None
    with _on(on_device):  # a concrete function, since the lookup of a trace takes time
        run = tf.function(
            lambda *flat: _apply_to_parts(
                fn, tf.nest.pack_sequence_as(parts, flat), devices),
            input_signature=signature, autograph=False, **options
        ).get_concrete_function()

    def call(values, session=None, feed_dict=None):
        with _on(on_device), called():
            outputs = run(*map(tf.convert_to_tensor, tf.nest.flatten(values)))
        return tf.nest.map_structure(_as_array, outputs)

    return call


def _build_in_graph(fn, parts, jit_compile, devices):
    if jit_compile:
        fn = compile_by_xla(fn)
    placeholders = [_tf.make_placeholder(*_dtype_and_shape(x))
                    for x in tf.nest.flatten(parts)]
    outputs = _apply_to_parts(
        fn, tf.nest.pack_sequence_as(parts, placeholders), devices)
    flat_outputs = tf.nest.flatten(outputs)

    def call(values, session=None, feed_dict=None):
        feed = dict(feed_dict or {})
        feed.update(zip(placeholders, tf.nest.flatten(values)))
        return tf.nest.pack_sequence_as(
            outputs, _get_session(session).run(flat_outputs, feed))

    return call


@contextlib.contextmanager
def unoptimized():
    """A context: functions called there first are not optimized by Grappler."""
    rewriter = rewriter_config_pb2.RewriterConfig(disable_meta_optimizer=True)
    options = v1.ConfigProto(
        graph_options=v1.GraphOptions(rewrite_options=rewriter))
    context = _context.context()
    before = context.function_call_options
    context.function_call_options = _context.FunctionCallOptions(
        executor_type=before.executor_type, config_proto=options)
    try:
        yield
    finally:
        context.function_call_options = before


def _on(device):
    """The context of a device; of none in particular if None."""
    return contextlib.ExitStack() if device is None else tf.device(device)


def _get_session(session):
    session = session or v1.get_default_session()
    if session is None:
        raise ValueError(
            "The current graph has no session to run it in. Write `with tf.Session() "
            "as sess:` around the call, or pass session=sess.")
    return session


def _as_array(x):
    return x.numpy() if hasattr(x, "numpy") else x
