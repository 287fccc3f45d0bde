"""Invertible maps with known Jacobian determinants.

They make constrained values of unconstrained ones: positive numbers by
:class:`Exp` or :class:`Softplus`, intervals by :class:`Sigmoid`, points of a
simplex by :class:`SoftmaxCentered`, increasing vectors by :class:`Ordered`.
"""
import tensorflow.compat.v2 as tf

from zhusuan.distributions.utils import convert_parameters

__all__ = ["Affine", "Bijector", "Exp", "Ordered", "Planar", "Sigmoid",
           "SoftmaxCentered", "Softplus"]


class Bijector:
    """A differentiable map that has an inverse.

    `event_ndims` is 0 for maps of single numbers, whose log determinants have the
    shape of `x`, and 1 for maps of vectors along the last axis, whose log
    determinants lack that axis.
    """

    event_ndims = 0

    def forward(self, x):
        """The image of the Tensor `x`."""
        raise NotImplementedError("%s has no forward(x)." % type(self).__name__)

    def inverse(self, y):
        """The value whose image is `y`."""
        raise NotImplementedError(
            "The inverse of %s has no closed form." % type(self).__name__)

    def forward_log_det_jacobian(self, x):
        """``log |det(d forward(x) / d x)|``."""
        raise NotImplementedError(
            "%s has no forward_log_det_jacobian(x)." % type(self).__name__)

    def forward_length(self, length):
        """The length of ``forward(x)`` along its last axis, from that of `x`."""
        return length


class Affine(Bijector):
    """``y = shift + scale x``, for numbers; `scale` must not be 0."""

    def __init__(self, shift=0., scale=1.):
        self._shift, self._scale = shift, scale

    def forward(self, x):
        return self._shift + self._scale * x

    def inverse(self, y):
        return (y - self._shift) / self._scale

    def forward_log_det_jacobian(self, x):
        scale = tf.convert_to_tensor(self._scale, dtype=x.dtype)
        return tf.math.log(tf.abs(scale)) + tf.zeros_like(x)


class Exp(Bijector):
    """``y = exp(x)``, from the real line to the positive numbers."""

    def forward(self, x):
        return tf.exp(x)

    def inverse(self, y):
        return tf.math.log(y)

    def forward_log_det_jacobian(self, x):
        return tf.identity(x)


class Softplus(Bijector):
    """``y = log(1 + exp(x))``, from the real line to the positive numbers."""

    def forward(self, x):
        return tf.math.softplus(x)

    def inverse(self, y):
        return y + tf.math.log(-tf.math.expm1(-y))

    def forward_log_det_jacobian(self, x):
        return -tf.math.softplus(-x)


class Sigmoid(Bijector):
    """``y = low + (high - low) sigmoid(x)``, from the real line to an interval."""

    def __init__(self, low=0., high=1.):
        self._low, self._high = low, high

    def forward(self, x):
        return self._low + (self._high - self._low) * tf.sigmoid(x)

    def inverse(self, y):
        return tf.math.log(y - self._low) - tf.math.log(self._high - y)

    def forward_log_det_jacobian(self, x):
        width = tf.convert_to_tensor(self._high - self._low, dtype=x.dtype)
        return tf.math.log(width) - tf.math.softplus(x) - tf.math.softplus(-x)


class SoftmaxCentered(Bijector):
    """``y = softmax([x, 0])``, from ``K - 1`` numbers to the simplex of ``K``.

    The determinant is that of the first ``K - 1`` components of `y`.
    """

    event_ndims = 1

    def forward(self, x):
        return tf.exp(_log_softmax_centered(x))

    def inverse(self, y):
        log_y = tf.math.log(y)
        return log_y[..., :-1] - log_y[..., -1:]

    def forward_log_det_jacobian(self, x):
        return tf.reduce_sum(_log_softmax_centered(x), axis=-1)

    def forward_length(self, length):
        return None if length is None else length + 1


class Ordered(Bijector):
    """``y_1 = x_1, y_i = y_(i-1) + exp(x_i)``: vectors that increase."""

    event_ndims = 1

    def forward(self, x):
        return tf.cumsum(tf.concat([x[..., :1], tf.exp(x[..., 1:])], axis=-1),
                         axis=-1)

    def inverse(self, y):
        steps = tf.math.log(y[..., 1:] - y[..., :-1])
        return tf.concat([y[..., :1], steps], axis=-1)

    def forward_log_det_jacobian(self, x):
        return tf.reduce_sum(x[..., 1:], axis=-1)


class Planar(Bijector):
    """``y = x + u tanh(w . x + b)``, a planar flow layer on vectors.

    See Rezende and Mohamed (2015), "Variational inference with normalizing
    flows", eq. 10 to 13. What is added to `u` in their appendix A.1 makes the map
    invertible, though not in closed form.

    :param u: A float Tensor of shape ``[..., d]``.
    :param w: A float Tensor of shape ``[..., d]``, not 0.
    :param b: A float Tensor of shape ``[...]``.
    """

    event_ndims = 1

    def __init__(self, u, w, b):
        u, self._w, self._b = convert_parameters(u=u, w=w, b=b)
        product = tf.reduce_sum(u * self._w, axis=-1, keepdims=True)
        norm = tf.reduce_sum(tf.square(self._w), axis=-1, keepdims=True)
        self._slope = tf.math.softplus(product) - 1.  # of u . w, above -1
        self._u = u + (self._slope - product) * self._w / norm

    def _score(self, x):
        return tf.reduce_sum(x * self._w, axis=-1) + self._b

    def forward(self, x):
        return x + self._u * tf.tanh(self._score(x))[..., tf.newaxis]

    def forward_log_det_jacobian(self, x):
        score = self._score(x)
        log_derivative = 2. * (tf.math.log(2. * tf.ones_like(score)) - score -
                               tf.math.softplus(-2. * score))
        return tf.math.log1p(tf.exp(log_derivative) * self._slope[..., 0])


def _log_softmax_centered(x):
    return tf.nn.log_softmax(tf.concat([x, tf.zeros_like(x[..., :1])], axis=-1))
