"""Samplers of gamma, Poisson and binomial variables, and rejection sampling.

They use the kernels of TensorFlow if there are any. XLA and the seeded generators of
TensorFlow 1.15 have none. There, a loop proposes whole batches until every element of
the batch is accepted.
"""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics.elementary import (
    largest_exponent,
    log1p,
    reciprocal,
    sigmoid,
)
from zhusuan.distributions._numerics.gamma_functions import log_binomial, log_poisson
from zhusuan.distributions._numerics.student_functions import bounded_df

__all__ = ["binomial_sample", "count_categories", "log_gamma_sample", "poisson_sample",
           "rejection_sample", "student_sample"]

# The probability of acceptance is at least 0.6, so that the probability of an element
# without a sample after this number of rounds is negligible.
_MOST_ROUNDS = 200
# Below this mean, events are counted one by one.
_COUNT_BELOW = 10.


def rejection_sample(propose, shape, dtype):
    """Draw samples by rejection.

    :param propose: A function that draws ``(samples, rejected)`` of the shape `shape`.
    """
    seed = random_numbers.next_seed()

    def body(number, waiting, samples):
        with random_numbers.in_iteration(seed, number):
            proposed, rejected = propose()
        new_samples = tf.where(waiting, proposed, samples)
        still_waiting = tf.logical_and(waiting, rejected)
        # Static shapes must not change in a loop.
        new_samples.set_shape(samples.shape)
        still_waiting.set_shape(waiting.shape)
        return number + 1, still_waiting, new_samples

    _, _, samples = tf.while_loop(
        lambda number, waiting, samples: tf.reduce_any(waiting), body,
        (tf.constant(0, tf.int64), tf.fill(shape, True),
         tf.zeros(shape, dtype)), maximum_iterations=_MOST_ROUNDS)
    return tf.stop_gradient(samples)


def _broadcast(parameter, shape):
    """Broadcast `parameter` to the batch ``B`` of a shape ``[n] + B``."""
    return tf.broadcast_to(
        parameter, tf.convert_to_tensor(shape[1:], dtype=tf.int32))


# -- Gamma --------------------------------------------------------------------

def log_gamma_sample(alpha, shape):
    """The logs of samples of Gamma(alpha, 1), differentiable by alpha.

    If alpha is small, most samples underflow, but their logs do not:
    ``G(alpha) = G(alpha + 1) U^(1 / alpha)`` (Devroye 1986, page 420). The gradient is
    that of implicit reparameterization (Figurnov, Mohamed and Mnih, 2018, eq. 5).

    :param alpha: A positive Tensor, float32 or float64.
    :param shape: ``[n] + B``, where `alpha` is broadcastable to ``B``.
    """
    is_small = alpha < 1.
    sample = _gamma_sample_from_1(tf.where(is_small, alpha + 1., alpha), shape)
    log_uniform = tf.math.log(random_numbers.open_uniform(shape, alpha.dtype))
    boost = tf.where(is_small, reciprocal(tf.where(
        is_small, alpha, tf.ones_like(alpha))), tf.zeros_like(alpha))
    return tf.math.log(sample) + log_uniform * boost


def _gamma_sample_from_1(alpha, shape):
    alpha = _broadcast(alpha, shape)
    kernel = random_numbers.find_sampler("gamma")
    if kernel is not None:
        return kernel(shape, alpha)
    return _with_implicit_gradient(alpha, _marsaglia_tsang(alpha, shape))


def _marsaglia_tsang(alpha, shape):
    """Marsaglia and Tsang (2000), "A simple method for generating gamma variables"."""
    d = alpha - 1. / 3.
    c = tf.math.rsqrt(9. * d)

    def propose():
        x = random_numbers.normal(shape, alpha.dtype)
        root = 1. + c * x
        is_positive = root > 0.
        safe = tf.where(is_positive, root, tf.ones_like(root))
        # Not `** 3`, which graphs replace by products and eager execution does not.
        v = safe * safe * safe
        log_u = tf.math.log(random_numbers.open_uniform(shape, alpha.dtype))
        # The comparison accepts nan, which nan parameters cause.
        rejected = log_u > 0.5 * tf.square(x) + d * (1. - v + tf.math.log(v))
        return d * v, tf.logical_or(rejected, root <= 0.)

    return rejection_sample(propose, shape, alpha.dtype)


def _with_implicit_gradient(alpha, sample):
    """`sample` with the implicit gradient by `alpha`, of shape ``sample.shape[1:]``."""

    @tf.custom_gradient
    def attach(alpha):
        def gradient(upstream):
            slope = tf.raw_ops.RandomGammaGrad(alpha=alpha, sample=sample)
            return tf.reduce_sum(upstream * slope, axis=0)

        return tf.identity(sample), gradient

    return attach(alpha)


def student_sample(df, shape):
    """Finite samples of Student's t distribution, differentiable by `df`."""
    half = 0.5 * bounded_df(df)
    log_precision = log_gamma_sample(half, shape) - tf.math.log(half)
    # The gradient of an infinite factor is nan, even if the sample is clipped.
    deviation = tf.exp(tf.minimum(-0.5 * log_precision, largest_exponent(df.dtype)))
    sample = random_numbers.normal(shape, df.dtype) * deviation
    return tf.clip_by_value(sample, df.dtype.min, df.dtype.max)


# -- Counts -------------------------------------------------------------------

def poisson_sample(rate, shape):
    """Samples of a Poisson distribution, whole numbers in float64.

    Infinite, negative and nan rates give nan.
    """
    rate = _broadcast(tf.cast(rate, tf.float64), shape)
    valid = tf.logical_and(rate >= 0., rate < np.inf)
    safe = tf.where(valid, rate, tf.zeros_like(rate))  # TensorFlow's kernel would hang
    kernel = random_numbers.find_sampler("poisson")
    if kernel is not None:
        samples = kernel(shape, safe)
    else:
        few = _count_events(
            lambda: -tf.math.log(random_numbers.open_uniform(shape, tf.float64)),
            tf.minimum(safe, _COUNT_BELOW), shape)
        samples = tf.where(safe < _COUNT_BELOW, few, _many_poisson(
            tf.maximum(safe, _COUNT_BELOW), shape))
    return tf.where(valid, samples, tf.constant(np.nan, tf.float64))


def binomial_sample(n, logits, shape):
    """Samples of a binomial distribution, whole numbers in float64.

    The time does not grow with the number of trials.

    :param n: A Tensor, the number of trials.
    :param logits: A Tensor, the log-odds of success.
    """
    n, logits = tf.cast(n, tf.float64), tf.cast(logits, tf.float64)
    if random_numbers.has_stateless_sampler("binomial"):
        seed = random_numbers.next_seed()
        if seed is None:
            seed = tf.random.uniform([2], maxval=tf.int64.max, dtype=tf.int64)
        return tf.random.stateless_binomial(
            shape, seed, n, sigmoid(logits), output_dtype=tf.float64)
    flipped = logits > 0.
    p = sigmoid(-tf.abs(logits))
    is_few = n * p < _COUNT_BELOW
    few = _count_events(_geometric_gaps(p, shape), tf.where(
        is_few, n, tf.zeros_like(n * p)), shape)
    # The branch that is not selected gets harmless parameters.
    some = tf.where(is_few, 4. * _COUNT_BELOW * tf.ones_like(n * p), n)
    many = _many_binomial(some, tf.where(
        is_few, tf.constant(0.5, tf.float64), p), shape)
    samples = tf.where(is_few, few, many)
    return tf.where(flipped, n - samples, samples)


def _count_events(draw_gap, limit, shape):
    """Count the events within `limit`, given the gaps between them."""
    seed = random_numbers.next_seed()

    def body(number, time, count):
        with random_numbers.in_iteration(seed, number):
            time += draw_gap()
        time.set_shape(count.shape)  # as in `rejection_sample`
        return number + 1, time, count + tf.cast(time <= limit, tf.float64)

    zeros = tf.zeros(shape, tf.float64)
    return tf.while_loop(
        lambda number, time, count: tf.reduce_any(time <= limit), body,
        (tf.constant(0, tf.int64), zeros, zeros),
        maximum_iterations=_MOST_ROUNDS)[-1]


def _geometric_gaps(p, shape):
    log_q = log1p(-tf.maximum(p, np.finfo("float64").tiny))
    return lambda: tf.math.ceil(
        tf.math.log(random_numbers.open_uniform(shape, tf.float64)) / log_q)


def _many_poisson(rate, shape):
    """Hoermann (1993), "The transformed rejection method", algorithm PTRS."""
    b = 0.931 + 2.53 * tf.sqrt(rate)
    a = -0.059 + 0.02483 * b
    log_scale = tf.math.log(1.1239 + 1.1328 / (b - 3.4))

    def log_mass(k):
        at_least_1 = tf.maximum(k, 1.)
        return tf.where(k < 1., -rate, log_poisson(at_least_1, rate))

    return _transformed_rejection(a, b, rate + 0.43, log_scale, log_mass,
                                  lambda k: k < 0., shape)


def _many_binomial(n, p, shape):
    """Hoermann (1993), algorithm BTRS, for ``p <= 1/2`` and ``n p >= 10``."""
    spread = tf.sqrt(n * p * (1. - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    chances = p, 1. - p, tf.math.log(p), log1p(-p)
    mode = tf.floor((n + 1.) * p)
    log_mode = log_binomial(mode, n - mode, *chances)
    log_scale = tf.math.log((2.83 + 5.1 / b) * spread)

    def log_mass(k):
        k = tf.clip_by_value(k, tf.zeros_like(n), n)
        return log_binomial(k, n - k, *chances) - log_mode

    return _transformed_rejection(
        a, b, n * p + 0.5, log_scale, log_mass,
        lambda k: tf.logical_or(k < 0., k > n), shape)


def _transformed_rejection(a, b, centre, log_scale, log_mass, outside, shape):
    """Draw counts by rejection from a rounded ratio of uniforms."""

    def propose():
        u = random_numbers.open_uniform(shape, tf.float64) - 0.5
        edge = 0.5 - tf.abs(u)
        k = tf.floor((2. * a / edge + b) * u + centre)
        log_v = tf.math.log(random_numbers.open_uniform(shape, tf.float64))
        height = log_v + log_scale - tf.math.log(a / tf.square(edge) + b)
        return k, tf.logical_or(outside(k), height > log_mass(k))

    return rejection_sample(propose, shape, tf.float64)


def count_categories(categories, n_samples, n_experiments, n_categories, is_counted):
    """The number of occurrences of each category in each of the experiments.

    Counted without one-hot vectors: the memory is that of the categories and of
    the counts.

    :param categories: An int32 Tensor ``[n_samples * n_experiments] + B``.
    :param is_counted: A bool Tensor, broadcastable to ``[n_experiments, prod(B)]``.
    :return: An int32 Tensor of ``n_samples * prod(B) * n_categories`` counts.
    """
    categories = tf.cast(tf.reshape(
        categories, tf.stack([n_samples, n_experiments, -1])), tf.int64)
    shape = tf.shape(categories, out_type=tf.int64)
    row = tf.reshape(tf.range(shape[0] * shape[2]),
                     tf.stack([shape[0], 1, shape[2]]))
    n_categories = tf.cast(n_categories, tf.int64)
    return tf.math.unsorted_segment_sum(
        tf.cast(tf.broadcast_to(is_counted, shape), tf.int32),
        row * n_categories + categories,
        shape[0] * shape[2] * n_categories)
