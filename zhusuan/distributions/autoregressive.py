"""Autoregressive processes with normal noise."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.time_series import (
    NormalInnovations,
    axis_to_back,
    axis_to_front,
    check_initial,
)
from zhusuan.distributions._bases.vectors import last_dimension
from zhusuan.distributions._checks import check_min_rank, checked
from zhusuan.distributions._conversion import check_int, convert_parameters
from zhusuan.distributions.normal import Normal

__all__ = ["AR"]


class AR(NormalInnovations):
    r"""A sequence of T numbers that follow an autoregressive process of order p.

    .. math::

        p(x) = p_1(x_1, \dots, x_p) \prod_{t=p+1}^T \frac{1}{\sqrt{2\pi}\,\sigma}
               \exp\left(-\frac{e_t^2}{2\sigma^2}\right), \qquad
        e_t = x_t - c - \sum_{i=1}^p \phi_i x_{t-i}, \qquad x \in \mathbb{R}^T

    The process need not be stationary. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for `group_ndims`,
    `is_reparameterized` and `use_path_derivative`; the value shape is ``[T]``.

    :param coefficients: A float Tensor of shape ``[..., p]``, :math:`\phi`, that of the
        last number first.
    :param std: A positive float Tensor, the standard deviation :math:`\sigma` of the
        noise.
    :param n_steps: An int, T, the length of the sequence, at least p.
    :param constant: A float Tensor, :math:`c`.
    :param initial: A Distribution of the first p numbers, :math:`p_1`: of vectors of the
        length p, or of numbers that then are independent. None for normal numbers with
        the mean 0 and the standard deviation `std`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter is inf or
        nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.AR([0.5], std=1., n_steps=3)
    >>> print(dist.variance.numpy())
    [1.     1.25   1.3125]
    """

    def __init__(self, coefficients, std, n_steps, constant=0., initial=None,
                 group_ndims=0, is_reparameterized=True, use_path_derivative=False,
                 check_numerics=False, **kwargs):
        like = None if initial is None else tf.zeros([], initial.param_dtype)
        _, coefficients, std, constant = convert_parameters(
            initial=like, coefficients=coefficients, std=std, constant=constant)
        self._coefficients = check_min_rank("coefficients", checked(
            "coefficients", coefficients, check_numerics), 1)
        self._constant = checked("constant", constant, check_numerics)
        std = checked("std", std, check_numerics)
        order = last_dimension(self._coefficients)
        is_known = isinstance(order, int)
        if initial is None:
            initial = Normal(tf.zeros([], std.dtype), std=std,
                             is_reparameterized=is_reparameterized)
        initial = check_initial(self, initial, order if is_known else None, std)
        super().__init__(
            initial, order, check_int("n_steps", n_steps, order if is_known else 1),
            {"coefficients": (self._coefficients, 1), "std": (std, 0),
             "constant": (self._constant, 0)},
            is_reparameterized=is_reparameterized and initial.is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims, **kwargs)

    @property
    def coefficients(self):
        """The coefficients of the numbers before, that of the last one first."""
        return self._coefficients

    @property
    def constant(self):
        """What is added to each prediction, a float Tensor."""
        return self._constant

    @property
    def variance(self):
        """The variances of the numbers, of the shape ``[..., T]``.

        NotImplementedError if `initial` is a distribution of vectors, the covariance of
        which is not known.
        """
        if self._has_vectors:
            return super().variance
        order, zero = self._n_initial, tf.zeros_like(self._constant)
        n_noisy = self._n_steps - order
        # The numbers are linear in the first ones, in rows, and in the noise.
        rows = tf.eye(order, dtype=self.dtype) + tf.zeros(
            tf.concat([self.batch_shape, [1, 1]], axis=0), self.dtype)
        of_first = self._scan(rows, tf.zeros(tf.concat(
            [tf.shape(rows)[:-1], [n_noisy]], axis=0), self.dtype),
            self._coefficients[..., tf.newaxis, :], zero[..., tf.newaxis])
        first = tf.broadcast_to(self._initial_statistic("variance"),
                                tf.shape(rows)[:-1])[..., tf.newaxis]
        impulse = tf.one_hot(0, n_noisy, dtype=self.dtype) + tf.zeros(
            self._noise_shape(1)[1:], self.dtype)
        of_noise = self._scan(tf.zeros_like(rows[..., 0, :]), impulse,
                              self._coefficients, zero)
        return tf.reduce_sum(first * tf.square(of_first), axis=-2) + (
            tf.square(self._std)[..., tf.newaxis] *
            tf.cumsum(tf.square(of_noise), axis=-1))

    def _predictions(self, x):
        order = self._n_initial
        # The numbers before each number, the last one first: [T - p, p].
        lags = tf.range(self._n_steps - order)[:, tf.newaxis] + (
            order - 1 - tf.range(order))
        coefficients = self.path_param(self._coefficients)[..., tf.newaxis, :]
        return self.path_param(self._constant)[..., tf.newaxis] + tf.reduce_sum(
            coefficients * tf.gather(x, lags, axis=-1), axis=-1)

    def _continued(self, first, noise):
        return self._scan(first, noise, self._coefficients, self._constant)

    def _scan(self, first, noise, coefficients, constant):
        """Sequences, by their first numbers and their noise; number by number."""
        if self._n_steps == self._n_initial:
            return first

        def follow(before, noise):
            x = constant + tf.reduce_sum(coefficients * before, axis=-1) + noise
            return tf.concat([x[..., tf.newaxis], before[..., :-1]], axis=-1)

        by_time = axis_to_front(noise)
        windows = tf.scan(follow, by_time, initializer=tf.reverse(first, axis=[-1]))
        return tf.concat([first, axis_to_back(windows[..., 0])], axis=-1)
