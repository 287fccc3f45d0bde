"""Autoregressive processes with normal noise."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.time_series import (
    NormalInnovations,
    check_initial,
    convert_with_initial,
)
from zhusuan.distributions._bases.vectors import last_dimension
from zhusuan.distributions._checks import check_min_rank, checked
from zhusuan.distributions._conversion import check_int
from zhusuan.distributions._numerics.linear_recurrence import (
    continue_linearly,
    lagged,
)
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

    :param coefficients: A float Tensor of shape ``[..., p]``, :math:`\phi`: first that
        of the last number.
    :param std: A positive float Tensor, the standard deviation :math:`\sigma` of the
        noise.
    :param n_steps: An int, T, the length of the sequence, at least p.
    :param constant: A float Tensor, :math:`c`.
    :param initial: A Distribution of the first p numbers, :math:`p_1`: of vectors of
        the length p, or of numbers that then are independent. None for normal numbers
        with the mean 0 and the standard deviation `std`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter is inf
        or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.AR([0.5], std=1., n_steps=3)
    >>> print(dist.variance.numpy())
    [1.     1.25   1.3125]
    """

    def __init__(self, coefficients, std, n_steps, constant=0., initial=None,
                 group_ndims=0, is_reparameterized=True, use_path_derivative=False,
                 check_numerics=False, **kwargs):
        initial, coefficients, std, constant = convert_with_initial(
            self, initial, coefficients=coefficients, std=std, constant=constant)
        self._coefficients = check_min_rank("coefficients", checked(
            "coefficients", coefficients, check_numerics), 1)
        self._constant = checked("constant", constant, check_numerics)
        std = checked("std", std, check_numerics)
        order = last_dimension(self._coefficients)
        if initial is None:
            initial = Normal(tf.zeros([], std.dtype), std=std,
                             is_reparameterized=is_reparameterized)
        initial = check_initial(self, initial, order)
        super().__init__(
            initial, order, check_int(
                "n_steps", n_steps, order if isinstance(order, int) else 1),
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
        """The constant of each prediction, a float Tensor."""
        return self._constant

    @property
    def variance(self):
        """The variances of the numbers, of the shape ``[..., T]``.

        NotImplementedError if `initial` is a distribution of vectors, since their
        covariance is unknown.
        """
        if self._has_vectors:
            return super().variance
        order, n_noisy = self._n_initial, self._n_steps - self._n_initial
        of_noise = tf.one_hot(0, n_noisy, dtype=self.dtype)
        of_first = tf.eye(order, dtype=self.dtype)
        variance = self._initial_statistic("variance")[..., tf.newaxis]
        # The numbers are linear in the first ones, in rows here, and in the noise.
        rows = continue_linearly(self._coefficients[..., tf.newaxis, :], of_first,
                                 tf.zeros([order, n_noisy], self.dtype))
        impulse = continue_linearly(
            self._coefficients, tf.zeros([order], self.dtype), of_noise)
        others = tf.reduce_sum(variance * tf.square(rows), axis=-2) + (
            tf.square(self._std)[..., tf.newaxis] *
            tf.cumsum(tf.square(impulse), axis=-1))
        return tf.concat([variance[..., 0], others], axis=-1)

    def _predictions(self, x):
        coefficients = self.path_param(self._coefficients)[..., tf.newaxis, :]
        return self.path_param(self._constant)[..., tf.newaxis] + tf.reduce_sum(
            coefficients * lagged(x, self._n_initial), axis=-1)

    def _continued(self, first, noise):
        if isinstance(self._n_initial, int) and self._n_initial == self._n_steps:
            return first
        others = continue_linearly(
            self._coefficients, first, self._constant[..., tf.newaxis] + noise)
        return tf.concat([first, others], axis=-1)
