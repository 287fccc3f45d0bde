"""Random walks with normal steps."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.time_series import (
    NormalInnovations,
    check_initial,
    convert_with_initial,
)
from zhusuan.distributions._checks import checked
from zhusuan.distributions._conversion import check_int
from zhusuan.distributions.normal import Normal

__all__ = ["GaussianRandomWalk"]


class GaussianRandomWalk(NormalInnovations):
    r"""A sequence of T numbers with independent normal steps.

    .. math::

        p(x) = p_1(x_1) \prod_{t=2}^T \frac{1}{\sqrt{2\pi}\,\sigma}
               \exp\left(-\frac{(x_t - x_{t-1} - \delta)^2}{2\sigma^2}\right),
        \qquad x \in \mathbb{R}^T

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`; the value shape is
    ``[T]``.

    :param std: A positive float Tensor, the standard deviation :math:`\sigma` of a
        step.
    :param n_steps: A positive int, T, the length of the sequence.
    :param drift: A float Tensor, the mean :math:`\delta` of a step.
    :param initial: A Distribution of the first number, :math:`p_1`. None for a normal
        distribution with the mean 0 and the standard deviation `std`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter is inf or
        nan.

    >>> import zhusuan as zs
    >>> walk = zs.distributions.GaussianRandomWalk(0.5, n_steps=4)
    >>> print(walk.variance.numpy())
    [0.25 0.5  0.75 1.  ]
    """

    def __init__(self, std, n_steps, drift=0., initial=None, group_ndims=0,
                 is_reparameterized=True, use_path_derivative=False,
                 check_numerics=False, **kwargs):
        initial, std, drift = convert_with_initial(
            self, initial, std=std, drift=drift)
        self._drift = checked("drift", drift, check_numerics)
        std = checked("std", std, check_numerics)
        if initial is None:
            initial = Normal(tf.zeros([], std.dtype), std=std,
                             is_reparameterized=is_reparameterized)
        initial = check_initial(self, initial, 1)
        super().__init__(
            initial, 1, check_int("n_steps", n_steps),
            {"std": (std, 0), "drift": (self._drift, 0)},
            is_reparameterized=is_reparameterized and initial.is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims, **kwargs)

    @property
    def drift(self):
        """The mean of a step, a float Tensor."""
        return self._drift

    @property
    def variance(self):
        """The variances of the numbers, of the shape ``[..., T]``."""
        steps = tf.cast(tf.range(self._n_steps), self.dtype)
        return self._initial_statistic("variance") + (
            tf.square(self._std)[..., tf.newaxis] * steps)

    def _predictions(self, x):
        return x[..., :-1] + self.path_param(self._drift)[..., tf.newaxis]

    def _continued(self, first, noise):
        steps = noise + self._drift[..., tf.newaxis]
        return tf.cumsum(tf.concat([first, steps], axis=-1), axis=-1)
