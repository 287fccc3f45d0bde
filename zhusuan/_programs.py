"""Functions of arrays that run wherever TensorFlow is used now.

What a whole chain is made of: in a graph of TensorFlow 1, placeholders, a part
of that graph and a session; elsewhere, a `tf.function`. Either way XLA may
compile it (TensorFlow 2).
"""
import contextlib

import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

from zhusuan import _compat

__all__ = ["can_compile", "evaluate", "iterate", "once", "program"]


def can_compile():
    """Whether `program` may be asked for XLA."""
    return not _compat.IS_TF1


def program(fn, arrays, session=None, jit_compile=False):
    """A function like `fn`, of a nest of arrays, giving a nest of NumPy arrays.

    :param fn: A function of a nest of Tensors that gives a nest of Tensors.
    :param arrays: A nest like the argument; only dtypes and shapes matter.
    :param session: In a graph, the one to run in; the default one if None.
    """
    arrays = tf.nest.map_structure(_as_array, arrays)
    if _compat.program_key() is None:
        return _traced(fn, arrays, jit_compile)
    return _in_session(fn, arrays, _session(session), jit_compile)


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


def _traced(fn, arrays, jit_compile):
    signature = [tf.TensorSpec(x.shape, x.dtype) for x in tf.nest.flatten(arrays)]
    options = {"jit_compile": True} if jit_compile else {}
    compiled = tf.function(
        lambda *flat: fn(tf.nest.pack_sequence_as(arrays, flat)),
        input_signature=signature, autograph=False, **options)

    def call(values):
        outputs = compiled(*[tf.constant(x) for x in tf.nest.flatten(values)])
        return tf.nest.map_structure(_as_array, outputs)

    return call


def _in_session(fn, arrays, session, jit_compile):
    if jit_compile:
        fn = tf.function(fn, autograph=False, jit_compile=True)
    placeholders = [v1.placeholder(x.dtype, x.shape)
                    for x in tf.nest.flatten(arrays)]
    outputs = fn(tf.nest.pack_sequence_as(arrays, placeholders))
    flat_outputs = tf.nest.flatten(outputs)

    def call(values):
        feed = dict(zip(placeholders, tf.nest.flatten(values)))
        return tf.nest.pack_sequence_as(outputs, session.run(flat_outputs, feed))

    return call


def _session(session):
    session = session or v1.get_default_session()
    if session is None:
        raise ValueError(
            "There is a graph, but no session to run it in. Write `with "
            "tf.Session() as sess:` around the call, or pass session=sess.")
    return session


def _as_array(x):
    return x.numpy() if hasattr(x, "numpy") else x
