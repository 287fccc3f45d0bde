"""The Dirichlet-multinomial distribution of overdispersed counts."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.vectors import CategoryDistribution, known_totals
from zhusuan.distributions._checks import (
    NUMBER_DTYPES,
    check_dtype_in,
    check_min_rank,
    checked,
)
from zhusuan.distributions._conversion import check_totals, convert_parameters
from zhusuan.distributions._numerics.elementary import log1p, where_inside, widened
from zhusuan.distributions._numerics.gamma_functions import log_binomial
from zhusuan.distributions._numerics.samplers import count_categories, log_gamma_sample

__all__ = ["DirichletMultinomial"]


class DirichletMultinomial(CategoryDistribution):
    r"""The multinomial distribution whose probabilities follow a Dirichlet one.

    .. math::

        P(x) = \frac{n!\, \Gamma(A)}{\Gamma(n + A)}
               \prod_{k=1}^K \frac{\Gamma(x_k + \alpha_k)}{x_k!\, \Gamma(\alpha_k)},
        \qquad A = \sum_k \alpha_k, \qquad
        x \in \mathbb{N}_0^K, \quad \sum_k x_k = n

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`; the value shape is ``[K]``. Log probabilities are computed in
    float64.

    :param alpha: A positive float Tensor of shape ``[..., K]``, the concentrations
        :math:`\alpha`.
    :param n_experiments: A positive int or a 0-D int32 Tensor, :math:`n`. Or one total
        for each datum, which may be 0: an int32 Tensor that broadcasts to the batch.
        None takes :math:`n` from the value given to `log_prob`; there is no sampling
        then.
    :param dtype: The dtype of samples, an integer or float type of 16, 32 or 64 bits.
    :param check_numerics: A bool. Raise InvalidArgumentError when `alpha` is inf or
        nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.DirichletMultinomial([1., 1.], n_experiments=2)
    >>> print("%.4f" % dist.prob([1, 1]))
    0.3333
    """

    def __init__(self, alpha, n_experiments, dtype=tf.int32, group_ndims=0,
                 check_numerics=False, use_path_derivative=False, **kwargs):
        alpha, = convert_parameters(alpha=alpha)
        self._alpha = check_min_rank(
            "alpha", checked("alpha", alpha, check_numerics), 1)
        self._n_experiments = (None if n_experiments is None else
                               check_totals("n_experiments", n_experiments))
        super().__init__(
            self._alpha, dtype=check_dtype_in(dtype, NUMBER_DTYPES),
            param_dtype=alpha.dtype, is_continuous=False, is_reparameterized=False,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"alpha": (self._alpha, 1)}, **kwargs)
        self._add_to_batch("n_experiments", self._n_experiments)

    @property
    def alpha(self):
        """The concentrations, of shape ``[..., K]``."""
        return self._alpha

    @property
    def n_experiments(self):
        """The sum of the counts: an int, an int32 Tensor, or None."""
        return self._n_experiments

    def _totals(self, wanted):
        return tf.cast(known_totals(self, self._n_experiments, wanted),
                       self.param_dtype)[..., tf.newaxis]

    @property
    def mean(self):
        """``n_experiments alpha / sum(alpha)``, of shape ``[..., K]``."""
        return self._totals("the mean") * self._shares

    @property
    def variance(self):
        """The variances of the counts, of shape ``[..., K]``."""
        total, n = self._sum, self._totals("the variance")
        return self.mean * (1. - self._shares) * ((total + n) / (total + 1.))

    @property
    def _sum(self):
        return tf.reduce_sum(self._alpha, axis=-1, keepdims=True)

    @property
    def _shares(self):
        return self._alpha / self._sum

    def _sample(self, n_samples):
        n_experiments = known_totals(self, self._n_experiments, "samples")
        alpha, = widened(self._alpha)
        shape = self._sample_shape(n_samples)
        logits = log_gamma_sample(alpha, shape)
        totals = tf.reshape(n_experiments + tf.zeros(shape[:-1], tf.int32), [-1])
        most = tf.reduce_max(tf.concat([totals, [1]], axis=0))
        categories = random_numbers.categorical(
            tf.reshape(logits, [-1, self.n_categories]), most)
        counts = count_categories(
            categories, 1, most, self.n_categories,
            tf.range(most)[:, tf.newaxis] < totals)
        return tf.cast(tf.reshape(counts, shape), self.dtype)

    def _log_prob(self, given):
        counts = tf.cast(given, tf.float64)
        total = tf.reduce_sum(counts, axis=-1)
        is_count = tf.logical_and(counts >= 0., tf.equal(counts, tf.floor(counts)))
        inside = tf.reduce_all(is_count, axis=-1)
        if self._n_experiments is not None:
            inside = tf.logical_and(inside, tf.equal(
                total, tf.cast(self._n_experiments, tf.float64)))
        counts = tf.where(inside[..., tf.newaxis], counts, tf.zeros_like(counts))
        alpha = widened(self.path_param(self._alpha))[0]
        log_prob = _log_mass(counts, tf.cast(alpha, tf.float64))
        # By way of float32: XLA of TensorFlow 1.15 crashes at float64 to float16.
        log_prob = tf.cast(where_inside(inside, log_prob), alpha.dtype)
        return tf.cast(log_prob, self.param_dtype)


def _log_mass(counts, alpha):
    """By Bayes' rule, of negative binomial counts whose sum is given.

    The probability of success cancels. With that of the mean sum, none of the masses is
    the difference of large terms.
    """
    n = tf.reduce_sum(counts, axis=-1, keepdims=True)
    total = tf.reduce_sum(alpha, axis=-1, keepdims=True)
    # Without counts, the probability of success has no influence.
    chances = [tf.stop_gradient(x) for x in (
        n / (n + total), total / (n + total),
        -log1p(total / tf.maximum(n, 1.)), -log1p(n / total))]
    masses = [_log_negative_binomial(k, shape, chances)
              for k, shape in ((counts, alpha), (n, total))]
    return tf.reduce_sum(masses[0], axis=-1) - tf.squeeze(masses[1], axis=-1)


def _log_negative_binomial(k, shape, chances):
    shape = shape + tf.zeros_like(k)
    return (tf.math.log(shape) - tf.math.log(shape + k) +
            log_binomial(k, shape, *chances))
