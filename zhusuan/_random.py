"""Where all randomness of the library comes from.

By default draws use TensorFlow's stateful generators, under the control of
`tf.random.set_seed`. Inside ``with seeded(seed):`` they are pure functions of
`seed` instead, which makes a training step or a transition repeatable, and a
run that was interrupted go on to the same numbers.
"""
import contextlib
import threading

import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["Stream", "current_stream", "draw_from", "normal", "open_uniform",
           "seeded", "uniform"]

# Seeds of one node's draws: consecutive numbers that no other node gets.
_DRAWS_PER_STREAM = 2 ** 6
_STREAMS_PER_SEED = 2 ** 14

_active = threading.local()


class Stream:
    """A sequence of stateless seeds ``[s0, s1], [s0, s1 + 1], ...``."""

    def __init__(self, s0, s1):
        self._s0, self._s1 = s0, s1
        self._n_used = 0

    def next_seed(self):
        """The next int64 seed pair, for a `tf.random.stateless_*` function."""
        self._n_used += 1
        return tf.stack([self._s0, self._s1 + (self._n_used - 1)])

    def split(self):
        """A new stream that shares no seed with this one or other splits."""
        self._n_used += 1
        return Stream(self._s0, self._s1 + (self._n_used - 1) * _DRAWS_PER_STREAM)


@contextlib.contextmanager
def seeded(seed):
    """Make every sample drawn by nodes made in this context a function of `seed`.

    :param seed: An int, a pair of ints, or an integer Tensor of shape [] or [2],
        which may change from run to run, such as a placeholder or
        ``[seed, global_step]``. The second number should be in [0, 2^43).

    The same seed gives the same samples in a v1 graph, eagerly and in a
    `tf.function`, in every process; compiled by XLA, normal samples follow
    another transformation of the same random bits.

    Gamma, Poisson and binomial samples need TensorFlow 2 here.

    >>> import zhusuan as zs
    >>> def draw():
    ...     with zs.seeded(7):
    ...         return zs.BayesianNet().normal("x", 0., std=1.).tensor
    >>> bool(draw() == draw())
    True
    """
    with draw_from(_root_stream(seed)):
        yield


def _root_stream(seed):
    seed = tf.cast(tf.convert_to_tensor(seed), tf.int64)
    if seed.shape.rank == 0:
        seed = tf.stack([seed, 0])
    if seed.shape.as_list() != [2]:
        raise ValueError(
            "seeded: `seed` must be an integer or a pair of integers, but its "
            "shape is %s." % (seed.shape,))
    return Stream(seed[0], seed[1] * (_DRAWS_PER_STREAM * _STREAMS_PER_SEED))


def current_stream():
    """The :class:`Stream` of the innermost context, or None."""
    return getattr(_active, "stream", None)


@contextlib.contextmanager
def draw_from(stream):
    """Draw from `stream` in this context; from stateful generators if None."""
    previous = current_stream()
    _active.stream = stream
    try:
        yield
    finally:
        _active.stream = previous


def normal(shape, dtype):
    """Standard normal samples of a float `dtype`."""
    return _draw(tf.random.normal, "stateless_normal", shape, dtype=dtype)


def uniform(shape, dtype):
    """Uniform samples on [0, 1) of a float `dtype`."""
    return _draw(tf.random.uniform, "stateless_uniform", shape, dtype=dtype)


def open_uniform(shape, dtype):
    """Uniform samples on (0, 1): 0 is replaced by the smallest normal number."""
    tiny = np.finfo(tf.as_dtype(dtype).as_numpy_dtype).tiny
    return tf.maximum(uniform(shape, dtype), tiny)


def _draw(stateful, stateless_name, shape, **kwargs):
    stream = current_stream()
    if stream is None:
        return stateful(shape, **kwargs)
    stateless = getattr(tf.random, stateless_name, None)
    if stateless is None:
        raise NotImplementedError(
            "zs.seeded needs tf.random.%s, which this TensorFlow does not have. "
            "Use TensorFlow 2, or draw this node outside of zs.seeded."
            % stateless_name)
    return stateless(shape, seed=stream.next_seed(), **kwargs)
