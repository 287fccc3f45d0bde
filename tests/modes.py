"""Run the same function in every way that TensorFlow has: the tests' one harness.

    modes.run(mode, tf.sin, np.zeros([2, 3], "float32"))

gives numpy results, whether `mode` is a version-1 graph in a `Session`, eager
execution, `tf.function`, or a function that XLA compiles. A test that needs state
over several calls (variables, a chain) takes `program`:

    step = modes.program(mode, make)     # make() creates variables, returns step
    first, second = step(x), step(x)
"""
import contextlib

import missing_kernels
import numpy as np
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.eager import context

IS_TF1 = v1.VERSION.startswith("1.")
SEED = 1234


def run(mode, fn, *args, **options):
    """The value of `fn(*args)` in `mode`, as numpy, in the structure `fn` returned.

    Variables that `fn` makes are initialised. `options` are those of `program`.
    """
    return program(mode, lambda: fn, **options)(*args)


def program(mode, make, dynamic_shapes=False, seed=SEED, use_resource=True):
    """A function of numpy arrays that runs `make()` in `mode`.

    :param make: called once, in the mode, so it may create variables. It returns the
        function to run: of Tensors, giving a nest of Tensors, variables, `None`s and
        (in a graph) operations; the latter two become `None`.
    :param dynamic_shapes: with True, that function sees Tensors of known rank and
        unknown sizes; with "rank", of unknown rank. Eager Tensors always know theirs.
    :param seed: the seed of TensorFlow's random numbers in the program. Under XLA,
        TensorFlow's stateful generators ignore it; `zs.seeded` does not.
    :param use_resource: False gives the old reference variables, in a graph.
    """
    if mode == "graph":
        return _graph(make, dynamic_shapes, seed, use_resource)
    with context.eager_mode():
        tf.random.set_seed(seed)
        fn = make()
    return _eager(_COMPILE[mode](fn), dynamic_shapes if mode != "eager" else None)


@contextlib.contextmanager
def session(seed=SEED):
    """A session on a new graph that is the default one within the block."""
    with tf.Graph().as_default() as graph:
        tf.random.set_seed(seed)
        with v1.Session(graph=graph) as sess:
            yield sess


def _graph(make, dynamic_shapes, seed, use_resource):
    graph = tf.Graph()
    built = []  # (session, placeholders, fetches), once the first arguments are known

    def build(arrays):
        placeholders = [v1.placeholder(a.dtype, _shape(a, dynamic_shapes))
                        for a in arrays]
        tf.random.set_seed(seed)
        scope = v1.variable_scope(v1.get_variable_scope(), use_resource=use_resource)
        with scope:
            fetches = tf.nest.map_structure(_tensor, make()(*placeholders))
        sess = v1.Session(graph=graph)
        sess.run(v1.global_variables_initializer())
        built.append((sess, placeholders, fetches))

    def call(*args):
        arrays = [_array(a) for a in args]
        with graph.as_default():
            if not built:
                build(arrays)
            sess, placeholders, fetches = built[0]
            flat = tf.nest.flatten(fetches)
            wanted = [t for t in flat if t is not None]
            values = iter(sess.run(wanted, dict(zip(placeholders, arrays))))
        flat = [None if t is None else next(values) for t in flat]
        return tf.nest.pack_sequence_as(fetches, flat)

    return call


def _eager(compile_for, dynamic_shapes):
    compiled = []

    def call(*args):
        arrays = [_array(a) for a in args]
        with context.eager_mode():
            if not compiled:
                signature = [tf.TensorSpec(_shape(a, dynamic_shapes), a.dtype)
                             for a in arrays]
                compiled.append(compile_for(signature))
            outputs = compiled[0](*[tf.constant(a) for a in arrays])
            return tf.nest.map_structure(_numpy, outputs)

    return call


def _compile_xla(fn, signature):
    if not IS_TF1:
        return tf.function(_outputs(fn), input_signature=signature, jit_compile=True)

    def compiled(*args):
        """XLA of TensorFlow 1.15 takes and gives flat lists only."""
        structure = []

        def flat(*inputs):
            outputs = _outputs(fn)(*inputs)
            structure.append(outputs)
            return [t for t in tf.nest.flatten(outputs) if t is not None]

        values = v1.xla.experimental.compile(flat, list(args))
        values = iter(values if isinstance(values, (list, tuple)) else [values])
        return tf.nest.map_structure(
            lambda t: None if t is None else next(values), structure[0])

    return _with_expected_skips(tf.function(compiled, input_signature=signature))


def _with_expected_skips(function):
    """`function`, which skips a test that is listed in missing_kernels.py."""

    def call(*args):
        try:
            return function(*args)
        except tf.errors.InvalidArgumentError as error:
            missing_kernels.skip_if_expected(error)
            raise

    return call


def _outputs(fn):
    """`fn` with plain Tensors for results, whatever Tensor-like objects it returns."""

    def outputs(*args):
        return tf.nest.map_structure(_tensor, fn(*args))

    return outputs


_COMPILE = {
    "eager": lambda fn: lambda signature: fn,
    "function": lambda fn: lambda signature: tf.function(
        _outputs(fn), input_signature=signature),
    "xla": lambda fn: lambda signature: _compile_xla(fn, signature),
}


def _array(value):
    """As TensorFlow would read it: Python numbers are float32 or int32."""
    array = np.asarray(value)
    if hasattr(value, "dtype"):
        return array
    return array.astype({"f": "float32", "i": "int32"}.get(array.dtype.kind,
                                                          array.dtype))


def _shape(array, dynamic):
    if dynamic == "rank":
        return None
    return [None] * array.ndim if dynamic else array.shape


def _tensor(value):
    if value is None or isinstance(value, tf.Operation):
        return value
    return tf.convert_to_tensor(value)


def _numpy(value):
    return None if value is None else tf.convert_to_tensor(value).numpy()
