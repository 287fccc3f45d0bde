"""All random numbers of the library.

By default draws use TensorFlow's stateful generators, which `tf.random.set_seed`
controls; under XLA only the seeds come from them. Inside ``with seeded(seed):`` draws
are pure functions of `seed`. This makes training steps and transitions repeatable, and
a resumed run draws the same numbers as an uninterrupted one.
"""
import contextlib
import threading

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf.op_location import is_compiled_by_xla
from zhusuan._tf.versions import IS_TF1

__all__ = ["Stream", "categorical", "current_stream", "draw_beside", "draw_from",
           "find_sampler", "gumbel", "has_stateless_sampler", "in_iteration",
           "next_seed", "normal", "normal_of_uniform", "open_uniform", "reserve_seeds",
           "seed_of_loop", "seeded", "signs", "stream_of", "uniform"]

# The numbers of nodes per seed, and of draws per node.
_N_NODES, _N_DRAWS = 2 ** 14, 2 ** 6

# An odd number of 64 bits, far from all small multiples: the golden ratio's.
_STRIDE = 0x9E3779B97F4A7C15 - 2 ** 64
# Another one, of the root of 2, whose multiples differ from those.
_UPPER_STRIDE = 0x6A09E667F3BCC909

# Polynomials of normal_of_uniform, highest power first, exact at Chebyshev nodes: of
# w - 2.5 for w from 0 to 5, and of sqrt(w) - 3 from there to 16, the last of float32.
_CENTRAL = [3.19696803e-08, 4.83978825e-07, -4.88579604e-06,
            -6.19474573e-06, 0.000308741177, -0.00177308282,
            -0.0059076601, 0.348802717, 2.12331347]
_TAIL = [-0.00024930596, 0.000112760957, 0.00186727968,
         -0.00516288344, 0.00813330565, -0.0107895523,
         0.0133462868, 1.41658182, 4.00643444]

_active = threading.local()


class Stream:
    """A stream of distinct stateless seeds.

    They are ``[s0, s1 + i]``. The first element of `counts` is the number of equal
    blocks of ``i``; its other elements divide each block in the same way.
    """

    def __init__(self, s0, s1, counts):
        self._s0, self._s1, self._counts = s0, s1, counts
        self._n_used = 0
        self._location = _tf.OpLocation()

    def next_seed(self):
        """A new int64 seed pair, for a `tf.random.stateless_*` function."""
        return tf.stack([self._s0, self._next_block()])

    def split(self):
        """A new stream that shares no seed with this one or other splits."""
        return Stream(self._s0, self._next_block(), self._counts[1:])

    @property
    def n_used(self):
        """The number of blocks of seeds in use."""
        return self._n_used

    def reserve(self, n):
        """Use `n` blocks of seeds: the pair of the first seed of these."""
        first = self._s1 + self._n_used * int(np.prod(self._counts[1:]))
        self._n_used += n
        return self._s0, first

    def _next_block(self):
        self._check_location()
        if self._n_used == self._counts[0]:
            raise RuntimeError(
                "zs.seeded: more than %d draws from one seed. In a long loop, use one "
                "seed for each step: with zs.seeded([seed, step])."
                % self._n_used)
        self._n_used += 1
        return self._s1 + (self._n_used - 1) * int(np.prod(self._counts[1:]))

    def _check_location(self):
        """Raise if a traced function would reuse the seed of its first call."""
        if not self._location.is_visible():
            raise RuntimeError(
                "zs.seeded was entered %s, and samples are now drawn %s. Enter it "
                "inside the function that draws, and pass a seed that changes as an "
                "argument of the function." % (self._location, _tf.OpLocation()))


@contextlib.contextmanager
def seeded(seed):
    """Make every sample drawn by nodes made in this context a function of `seed`.

    :param seed: An int, a pair of ints, or an integer Tensor of shape [] or [2],
        which may differ between runs, such as a placeholder or
        ``[seed, global_step]``. The second number should be in [0, 2^43).

    The same seed gives the same samples in a v1 graph, eagerly and in a
    `tf.function`, in every process and in TensorFlow 1 and 2, up to rounding.
    Under XLA the samples differ, and TensorFlow 1 requires a constant seed.

    In a loop or in a `tf.function`, enter the context inside the body, with a
    seed that depends on the loop variable or on an argument. A body that is traced
    once draws the same numbers whenever it runs with the same seed.

    >>> import zhusuan as zs
    >>> def draw():
    ...     with zs.seeded(7):
    ...         return zs.BayesianNet().normal("x", 0., std=1.).tensor
    >>> float(draw()) == float(draw())
    True
    """
    with draw_from(_root_stream(seed)):
        yield


seeded.__module__ = "zhusuan"  # where users find it


def _root_stream(seed):
    seed = tf.convert_to_tensor(seed)
    shape = None if seed.shape.rank is None else seed.shape.as_list()
    if not seed.dtype.is_integer or shape not in ([], [2]):
        raise ValueError(
            "zs.seeded: `seed` must be an integer or a pair of integers, but it "
            "has shape %s and dtype %s." % (seed.shape, seed.dtype.name))
    seed = tf.cast(seed, tf.int64)
    s0, s1 = (seed, tf.zeros_like(seed)) if seed.shape.rank == 0 else (
        seed[0], seed[1])
    return stream_of(s0, s1 * (_N_NODES * _N_DRAWS))


def stream_of(s0, s1):
    """The :class:`Stream` of :func:`seeded` that begins with the pair of seeds."""
    return Stream(s0, s1, counts=(_N_NODES, _N_DRAWS))


def reserve_seeds(n):
    """Use `n` blocks of seeds: the pair of the first one; 0 if not seeded."""
    stream = current_stream()
    return (np.int64(0), np.int64(0)) if stream is None else stream.reserve(n)


def current_stream():
    """The :class:`Stream` of the innermost context, or None."""
    return getattr(_active, "stream", None)


@contextlib.contextmanager
def draw_from(stream):
    """Draw from `stream` in this context; from stateful generators if None."""
    previous = current_stream()
    _active.stream = stream
    try:
        yield stream
    finally:
        _active.stream = previous


def draw_beside():
    """A context whose draws use no seeds of the innermost :func:`seeded`."""
    stream = current_stream()
    return draw_from(stream and stream_of(stream._s0 + _UPPER_STRIDE, stream._s1))


def next_seed():
    """A new int64 seed pair of the innermost :func:`seeded`, or None."""
    stream = current_stream()
    return None if stream is None else stream.next_seed()


def seed_of_loop():
    """A seed for :func:`in_iteration`, from a stateful generator if not seeded.

    None on TensorFlow 1.15 if not seeded, since it lacks stateless samplers. With
    `tf.random.set_seed`, stateful ops in a loop and in front of it may have equal
    seeds.
    """
    seed = next_seed()
    return _stateful_seed() if seed is None and not IS_TF1 else seed


@contextlib.contextmanager
def in_iteration(seed, number, has_nodes=False):
    """Draw, in the body of a loop, from seeds of its own for each iteration.

    :param seed: What :func:`next_seed` or :func:`seed_of_loop` returned in front of
        the loop.
    :param number: An int64 0-D Tensor, which iteration this is.
    :param has_nodes: A bool. Whether the body makes nodes of a model.
    """
    stream = None if seed is None else Stream(
        seed[0] + (number + 1) * _STRIDE, seed[1],
        counts=(_N_NODES, _N_DRAWS) if has_nodes else (_N_DRAWS,))
    with draw_from(stream):
        yield


def int32_seed():
    """An int32 seed for samplers of other libraries; None outside of `seeded`."""
    if current_stream() is None:
        return None
    return _draw(tf.random.uniform, "stateless_uniform", [2], minval=0,
                 maxval=2 ** 31 - 1, dtype=tf.int32)


def normal(shape, dtype):
    """Standard normal samples of a float `dtype`."""
    if _draws_by_threefry() and tf.as_dtype(dtype) == tf.float32:
        return normal_of_uniform(uniform(shape, dtype))
    return _draw(tf.random.normal, "stateless_normal", shape, dtype=dtype)


def normal_of_uniform(u):
    """The normal quantiles of the middles of cells ``[u, u + 2^-23)``, in float32.

    XLA takes much longer for `tf.math.erfinv`. The quantile over ``x = 2 u - 1`` is a
    smooth function of ``w = -log(1 - x^2)`` (Giles, 2010, "Approximating the erfinv
    function"), here in two parts that are off by 2e-7 of the quantile at most.
    """
    x = 2. * u - (1. - 2. ** -23)
    w = -tf.math.log((1. - x) * (1. + x))
    return x * tf.where(w < 5., tf.math.polyval(_CENTRAL, w - 2.5),
                        tf.math.polyval(_TAIL, tf.sqrt(w) - 3.))


def uniform(shape, dtype):
    """Uniform samples on [0, 1) of a float `dtype`."""
    return _draw(tf.random.uniform, "stateless_uniform", shape, dtype=dtype)


def open_uniform(shape, dtype):
    """Uniform samples on (0, 1).

    Of the cells of TensorFlow's grid, the first is represented by its middle
    instead of by 0.
    """
    half_cell = np.finfo(tf.as_dtype(dtype).as_numpy_dtype).eps / 2.
    return tf.maximum(uniform(shape, dtype), half_cell)


def gumbel(shape, dtype):
    """Standard Gumbel samples of a float `dtype`."""
    return -tf.math.log(-tf.math.log(open_uniform(shape, dtype)))


def signs(shape, dtype):
    """Samples of -1 and 1 with equal probabilities, of a float `dtype`.

    Each bit of a random int32 is one of them.
    """
    shape = tf.convert_to_tensor(shape, tf.int32)
    size = tf.reduce_prod(shape)
    words = _draw(tf.random.uniform, "stateless_uniform", [(size + 31) // 32],
                  minval=-2 ** 31, maxval=2 ** 31 - 1, dtype=tf.int32)
    bits = tf.bitwise.bitwise_and(
        tf.bitwise.right_shift(words[:, tf.newaxis], tf.range(32)), 1)
    return 1. - 2. * tf.cast(tf.reshape(tf.reshape(bits, [-1])[:size], shape), dtype)


def categorical(logits, n_samples):
    """Category numbers, int32, of shape ``[n_samples] + logits.shape[:-1]``.

    :param logits: A float Tensor ``[..., K]``, log probabilities up to a
        constant; none is taken where they are -inf.
    """
    shape = tf.shape(logits)
    rows = tf.reshape(logits, tf.stack([-1, shape[-1]]))
    if rows.dtype == tf.float16:
        rows = tf.cast(rows, tf.float32)
    if current_stream() is None:
        samples = tf.random.categorical(rows, n_samples, dtype=tf.int32)
    else:
        samples = _invert_cdf(rows, n_samples)
    return tf.reshape(tf.transpose(samples), tf.concat(
        [tf.reshape(tf.cast(n_samples, tf.int32), [1]), shape[:-1]], axis=0))


def _invert_cdf(logits, n_samples):
    """Draw categories by inversion: XLA has no `stateless_categorical`."""
    cdf = tf.cumsum(tf.cast(tf.nn.softmax(logits), tf.float64), axis=-1)
    below = uniform(tf.stack([tf.shape(cdf)[0], n_samples]), tf.float64)
    return tf.searchsorted(cdf, below * cdf[:, -1:], side="right")


def find_sampler(name):
    """TensorFlow's sampler ``f(shape, parameter)`` with this name, or None.

    TensorFlow 1.15 lacks the stateless ones.
    """
    if not _has_kernels():
        return None
    if current_stream() is None:
        stateful = getattr(tf.random, name, None)
        return stateful and (lambda shape, parameter: stateful(
            shape[:1], parameter, dtype=tf.as_dtype(parameter.dtype)))
    stateless = getattr(tf.random, "stateless_" + name, None)
    return stateless and (lambda shape, parameter: stateless(
        shape, next_seed(), parameter, dtype=parameter.dtype))


def has_stateless_sampler(name):
    """Whether TensorFlow has a stateless sampler with this name, outside of XLA."""
    return _has_kernels() and hasattr(tf.random, "stateless_" + name)


def _has_kernels():
    """Whether TensorFlow's samplers have kernels here: XLA compiles none of them."""
    return not is_compiled_by_xla()


def _draw(stateful, stateless_name, shape, **kwargs):
    stream = current_stream()
    if stream is None and not _draws_by_threefry():
        return stateful(shape, **kwargs)
    stateless = getattr(tf.random, stateless_name, None)
    if stateless is None:
        raise NotImplementedError(
            "zs.seeded requires tf.random.%s, which the installed TensorFlow does not "
            "have. Use TensorFlow 2, or draw this node outside of zs.seeded."
            % stateless_name)
    seed = _stateful_seed() if stream is None else stream.next_seed()
    if _draws_by_threefry():
        kwargs["alg"] = "threefry"  # three times as fast there, and only there
        seed = _for_threefry(seed)
    return stateless(shape, seed=seed, **kwargs)


def _for_threefry(seed):
    """A seed pair that has its information in the lower 32 bits of each number.

    XLA's Threefry ignores the upper ones, so that the numbers of ``seeded([seed,
    step])`` would be those of step 0 again after 4096 steps.
    """
    upper = tf.bitwise.right_shift(seed, tf.constant(32, tf.int64))
    return seed + upper[::-1] * _UPPER_STRIDE


def _draws_by_threefry():
    return is_compiled_by_xla() and not IS_TF1


def _stateful_seed():
    """A seed pair from a stateful generator, which is slow under XLA."""
    return tf.random.uniform([2], minval=-2 ** 63, maxval=2 ** 63 - 1, dtype=tf.int64)
