"""The inverse mass matrix that minimizes the Fisher divergence; pure functions.

With draws x and the gradients g of the log density there, the best metric is the
geometric mean of the covariance of x and the inverse of that of g. It is exact for
a normal distribution as soon as the draws span all dimensions. The source is
Seyboldt, Carlson and Carpenter (2026), "Preconditioning Hamiltonian Monte Carlo by
minimizing Fisher divergence", arXiv 2603.18845, algorithm 1.
"""
import tensorflow.compat.v2 as tf

__all__ = ["geometric_mean", "geometric_mean_factors", "low_rank", "regularized",
           "scale_of"]

# The weight of the identity matrix, compared to the sum over all draws.
RIDGE = 1e-5
# A further weight, in units of the rounding error, for positive definite matrices.
ROUNDING_RIDGE = 10.


def scale_of(variance, gradient_variance, previous):
    """The scales of the diagonal metric, (var x / var g)^(1/4).

    :param previous: The scales where this is 0 or not finite.
    """
    scale = tf.sqrt(tf.sqrt(variance) / tf.sqrt(gradient_variance))
    is_usable = tf.math.is_finite(scale) & (scale > 0.)
    return tf.where(is_usable, scale, previous)


def regularized(covariance, count, rounding):
    """A covariance of standardized draws, plus a small multiple of I.

    :param count: The number of draws.
    :param rounding: The rounding error of the numbers that were added up.
    """
    ridge = RIDGE / count + ROUNDING_RIDGE * rounding * tf.linalg.trace(covariance)
    return covariance + ridge * tf.eye(covariance.shape.as_list()[-1],
                                       dtype=covariance.dtype)


def geometric_mean_factors(c, d):
    """Factors of S, the geometric mean of `c` and the inverse of `d`.

    S is the only positive definite matrix with S d S = c. With d = L L',
    S = L'^-1 (L' c L)^(1/2) L^-1.

    :return: A matrix F with F F' = S, and the inverse of F'. They are nan if a number
        is not finite, where decompositions would raise.
    """
    is_finite = tf.reduce_all(tf.math.is_finite(c) & tf.math.is_finite(d))
    identity = tf.eye(c.shape.as_list()[-1], dtype=c.dtype)
    c, d = tf.where(is_finite, c, identity), tf.where(is_finite, d, identity)
    lower = tf.linalg.cholesky(d)
    middle = tf.matmul(lower, tf.matmul(c, lower), transpose_a=True)
    eigenvalues, vectors = tf.linalg.eigh(_symmetric(middle))
    fourth_root = tf.sqrt(tf.sqrt(tf.maximum(eigenvalues, 0.)))
    fourth_root = tf.where(is_finite, fourth_root, float("nan"))
    return (tf.linalg.triangular_solve(lower, vectors * fourth_root, adjoint=True),
            tf.matmul(lower, vectors / fourth_root))


def geometric_mean(c, d):
    """Eigenvalues and vectors of S, see :func:`geometric_mean_factors`."""
    factor, _ = geometric_mean_factors(c, d)
    is_finite = tf.reduce_all(tf.math.is_finite(factor))
    mean = _symmetric(tf.matmul(factor, factor, transpose_b=True))
    eigenvalues, vectors = tf.linalg.eigh(
        tf.where(is_finite, mean, tf.zeros_like(mean)))
    return tf.where(is_finite, eigenvalues, float("nan")), vectors


def low_rank(x, gradient, count, max_rank, rounding):
    """The eigenpairs farthest from 1 of the best metric of standardized draws.

    :param x: `[n, d]`, standardized draws; unused rows are 0.
    :param gradient: `[n, d]`, their standardized gradients.
    :param count: The number of draws.
    :param max_rank: An int k.

    :return: Eigenvalues `[k]` and orthonormal vectors `[d, k]`. Eigenvalues between
        1/2 and 2 are replaced by 1.
    """
    n, d = x.shape.as_list()
    basis = tf.eye(d, dtype=x.dtype)
    if 2 * n < d:
        basis, _ = tf.linalg.qr(tf.transpose(tf.concat([x, gradient], 0)))
        x, gradient = tf.matmul(x, basis), tf.matmul(gradient, basis)
    eigenvalues, vectors = geometric_mean(*[
        regularized(tf.matmul(y, y, transpose_a=True) / count, count, rounding)
        for y in (x, gradient)])
    # XLA of TensorFlow 1.15 sorts no float64 numbers.
    distance = tf.cast(tf.abs(tf.math.log(eigenvalues)), tf.float32)
    _, largest = tf.math.top_k(distance, max_rank)
    kept = tf.gather(eigenvalues, largest)
    is_near = (kept > 0.5) & (kept < 2.)
    return (tf.where(is_near, tf.ones_like(kept), kept),
            tf.matmul(basis, tf.gather(vectors, largest, axis=1)))


def _symmetric(x):
    return 0.5 * (x + tf.transpose(x))
