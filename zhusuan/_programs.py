"""Functions of arrays that run wherever TensorFlow is used now.

What a whole chain is made of: in a graph of TensorFlow 1, placeholders, a part
of that graph and a session; elsewhere, a `tf.function`. Either way XLA may
compile it (TensorFlow 2).
"""
import contextlib

import numpy as np
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.framework.func_graph import dismantle_func_graph

from zhusuan import _compat

__all__ = ["can_compile", "can_keep", "compiled", "device_names", "evaluate",
           "graph_def_of", "iterate", "once", "program"]


def can_compile():
    """Whether `program` may be asked for XLA."""
    return not _compat.IS_TF1


def can_keep():
    """Whether programs may outlive a run: those in a graph belong to it."""
    return _compat.program_key() is None


def compiled(fn):
    """`fn` as XLA compiles it, in a graph or not."""
    if not can_compile():
        raise NotImplementedError(
            "jit_compile=True needs TensorFlow 2. Leave it out, or write False.")
    return tf.function(fn, autograph=False, jit_compile=True)


def program(fn, parts, session=None, jit_compile=False, devices=(None,)):
    """A function of a list of nests of arrays: gives `fn` of each, NumPy arrays.

    :param fn: A function of a nest of Tensors that gives a nest of Tensors.
    :param parts: Nests like those to be given; only dtypes and shapes matter.
    :param session: In a graph, the one to run in; the default one if None.
    :param devices: Where to compute each part, all at once; None leaves it to
        TensorFlow.
    """
    parts = tf.nest.map_structure(_as_array, list(parts))
    if _compat.program_key() is None:
        return _traced(fn, parts, jit_compile, devices)
    return _in_session(fn, parts, _session(session), jit_compile, devices)


def graph_def_of(fn, arrays):
    """The GraphDef of a function of a nest of arrays, and the Tensors it captures.

    The function is traced, and nothing stays of that.
    """
    traced = tf.function(
        lambda *flat: fn(tf.nest.pack_sequence_as(arrays, flat)),
        input_signature=[tf.TensorSpec(np.shape(x), np.asarray(x).dtype)
                         for x in tf.nest.flatten(arrays)],
        autograph=False).get_concrete_function()
    graph_def = traced.graph.as_graph_def()
    captured = [outer for outer, _ in _compat.captured(traced.graph)]
    # It has reference cycles that Python's garbage collector does not see.
    dismantle_func_graph(traced.graph)
    return graph_def, captured


def _each(fn, parts, devices):
    outputs = []
    for part, device in zip(parts, devices):
        with _on(device):
            outputs.append(fn(part))
    return outputs


def device_names(session=None):
    """Full names of the devices that a program can use."""
    if _compat.program_key() is None:
        devices = tf.config.experimental.list_logical_devices()
    else:
        devices = _session(session).list_devices()
    return [device.name for device in devices]


def once(fn, arrays, session=None):
    """The NumPy value of `fn` of a nest of arrays; nothing is compiled.

    Eagerly `fn` runs as it is, so that a model may make variables.
    """
    tensors = tf.nest.map_structure(tf.constant, arrays)
    return evaluate(fn(tensors), session)


def evaluate(tensors, session=None):
    """The values of a nest of Tensors, as NumPy arrays."""
    if _compat.program_key() is None:
        return tf.nest.map_structure(_as_array, tensors)
    values = _session(session).run(tf.nest.flatten(tensors))
    return tf.nest.pack_sequence_as(tensors, values)


def iterate(data, session=None):
    """The elements of an iterable or a `tf.data.Dataset`, with NumPy arrays."""
    if not isinstance(data, tf.data.Dataset):
        return data
    if _compat.program_key() is None:
        return (tf.nest.map_structure(_as_array, x) for x in data)
    return _iterate_in_session(data, _session(session))


def _iterate_in_session(dataset, session):
    element = v1.data.make_one_shot_iterator(dataset).get_next()
    with contextlib.suppress(tf.errors.OutOfRangeError):
        while True:
            yield session.run(element)


def _traced(fn, parts, jit_compile, devices):
    signature = [tf.TensorSpec(x.shape, x.dtype) for x in tf.nest.flatten(parts)]
    # What XLA compiles stays on one device.
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

    def call(values):
        with _on(on_device):
            outputs = run(*[tf.constant(x) for x in tf.nest.flatten(values)])
        return tf.nest.map_structure(_as_array, outputs)

    return call


def _in_session(fn, parts, session, jit_compile, devices):
    if jit_compile:
        fn = compiled(fn)
    placeholders = [v1.placeholder(x.dtype, x.shape)
                    for x in tf.nest.flatten(parts)]
    outputs = _each(fn, tf.nest.pack_sequence_as(parts, placeholders), devices)
    flat_outputs = tf.nest.flatten(outputs)

    def call(values):
        feed = dict(zip(placeholders, tf.nest.flatten(values)))
        return tf.nest.pack_sequence_as(outputs, session.run(flat_outputs, feed))

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
