"""Flows with learnt layers, as bijectors: RealNVP, MAF and IAF."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions.bijectors import Bijector

__all__ = ["IAF", "MAF", "RealNVP"]

_MAX_LOG_SCALE = 3.  # of one layer


class _Flow(Bijector):
    """A chain of layers on vectors, each in the opposite order of the one before.

    A layer has ``forward(x)`` and ``inverse(y)``, which return the image and the
    log determinant of ``forward`` there.
    """

    event_ndims = 1

    def __init__(self, n_dims, n_layers=4, hidden_units=(64,), dtype=tf.float32):
        self._n_dims = n_dims
        with _tf.unique_variable_scope(type(self).__name__):
            self._layers = [
                self._make_layer(i, n_dims, hidden_units, tf.as_dtype(dtype))
                for i in range(n_layers)]

    def forward(self, x):
        return self.forward_and_log_det(x)[0]

    def inverse(self, y):
        return self.inverse_and_log_det(y)[0]

    def forward_log_det_jacobian(self, x):
        return self.forward_and_log_det(x)[1]

    def forward_and_log_det(self, x):
        return self._through([layer.forward for layer in self._layers], x)

    def inverse_and_log_det(self, y):
        return self._through([layer.inverse for layer in self._layers[::-1]], y)

    def _through(self, maps, value):
        if not value.shape[-1:].is_compatible_with([self._n_dims]):
            raise ValueError(
                "%s(%r) maps vectors of length %d, the last axis, but it was given "
                "values of shape %s." % (
                    type(self).__name__, self._n_dims, self._n_dims, value.shape))
        total = tf.zeros_like(value[..., 0])
        for each in maps:
            value, log_det = each(value)
            total += log_det
        return value, total


class RealNVP(_Flow):
    r"""Affine coupling layers, fast in both directions.

    .. math::

        y_B = x_B \odot \exp(s(x_A)) + t(x_A), \qquad y_A = x_A

    where A and B are the even and odd elements, which change places after each
    layer (Dinh, Sohl-Dickstein and Bengio, 2017, "Density estimation using Real
    NVP", eq. 4 and 5).

    The constructor makes variables: share them as those of other layers, by
    :func:`~zhusuan.framework.utils.reuse_variables` or a MetaBayesianNet that
    reuses variables. A flow starts near the identity.

    :param n_dims: An int, the length of vectors.
    :param n_layers: An int.
    :param hidden_units: A tuple of ints, the widths of the hidden layers of each
        network.
    :param dtype: The dtype of vectors.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> flow = zs.transform.RealNVP(3)
    >>> x = tf.ones([5, 3])
    >>> y = flow.forward(x)
    >>> flow.forward_log_det_jacobian(x).shape.as_list()
    [5]
    """

    @staticmethod
    def _make_layer(i, n_dims, hidden_units, dtype):
        return _Coupling(i, n_dims, hidden_units, dtype)


class MAF(_Flow):
    r"""Masked autoregressive layers, fast in densities.

    .. math::

        y_i = x_i \exp(s_i(y_{<i})) + m_i(y_{<i})

    (Papamakarios, Pavlakou and Murray, 2017, "Masked autoregressive flow for
    density estimation", section 3). The inverse takes one pass through each network,
    and so does the density of given values with ``inverse_and_log_det``;
    ``forward``, and so sampling, as many as there are dimensions. For parameters,
    see :class:`RealNVP`.
    """

    @staticmethod
    def _make_layer(i, n_dims, hidden_units, dtype):
        return _Swapped(_Autoregressive(i, n_dims, hidden_units, dtype))


class IAF(_Flow):
    r"""Inverse autoregressive layers, fast in samples.

    .. math::

        y_i = x_i \exp(s_i(x_{<i})) + m_i(x_{<i})

    (Kingma et al., 2016, "Improving variational inference with inverse
    autoregressive flow", section 4). ``forward``, and so sampling and the density of
    samples, takes one pass through each network; ``inverse`` as many as there are
    dimensions. For parameters, see :class:`RealNVP`.
    """

    has_cheap_inverse = False

    @staticmethod
    def _make_layer(i, n_dims, hidden_units, dtype):
        return _Autoregressive(i, n_dims, hidden_units, dtype)


# -- Layers -----------------------------------------------------------------------

class _Coupling:

    def __init__(self, i, n_dims, hidden_units, dtype):
        kept = np.arange(n_dims) % 2 == i % 2
        self._kept = tf.constant(kept)
        widths = [n_dims] + list(hidden_units)
        masks = [np.ones(shape) for shape in zip(widths, widths[1:] + [n_dims])]
        self._network = _Network("coupling_%d" % i, masks, dtype)

    def forward(self, x):
        shift, log_scale = self._parameters(x)
        return x * tf.exp(log_scale) + shift, tf.reduce_sum(log_scale, -1)

    def inverse(self, y):
        shift, log_scale = self._parameters(y)
        return (y - shift) * tf.exp(-log_scale), tf.reduce_sum(log_scale, -1)

    def _parameters(self, x):
        zeros = tf.zeros_like(x)
        return [tf.where(self._kept, zeros, parameter) for parameter in
                self._network(tf.where(self._kept, x, zeros))]


class _Autoregressive:

    def __init__(self, i, n_dims, hidden_units, dtype):
        self._n_dims = n_dims
        self._network = _Network(
            "autoregressive_%d" % i,
            _masks(n_dims, hidden_units, is_reversed=i % 2 == 1), dtype)

    def forward(self, x):
        shift, log_scale = self._network(x)
        return x * tf.exp(log_scale) + shift, tf.reduce_sum(log_scale, -1)

    def inverse(self, y):
        # Each pass makes one more element exact, in the order of the network. Not
        # a tf.while_loop, whose gradient TensorFlow 1.15 fails to build here.
        x = tf.zeros_like(y)
        for _ in range(self._n_dims):
            shift, log_scale = self._network(x)
            x = (y - shift) * tf.exp(-log_scale)
        return x, self.forward(x)[1]


class _Swapped:
    """The inverse of a layer."""

    def __init__(self, layer):
        self._layer = layer

    def forward(self, x):
        y, log_det = self._layer.inverse(x)
        return y, -log_det

    def inverse(self, y):
        x, log_det = self._layer.forward(y)
        return x, -log_det


# -- Networks ---------------------------------------------------------------------

class _Network:
    """A perceptron with masked weights, for shifts and bounded log scales."""

    def __init__(self, name, masks, dtype):
        self._masks = [tf.constant(mask, dtype) for mask in masks]
        with _tf.unique_variable_scope(name):
            self._hidden = [
                self._dense("hidden_%d" % i, mask.shape, dtype, mask.shape[0] ** -0.5)
                for i, mask in enumerate(masks[:-1])]
            self._outputs = [self._dense(output, masks[-1].shape, dtype, 0.01)
                             for output in ("shift", "log_scale")]

    @staticmethod
    def _dense(name, shape, dtype, stddev):
        return [_tf.get_variable(
            "%s_%s" % (name, part), list(size), dtype,
            tf.random_normal_initializer(stddev=deviation))
            for part, size, deviation in [("weights", shape, stddev),
                                          ("bias", shape[1:], 0.)]]

    def __call__(self, x):
        for mask, (weights, bias) in zip(self._masks, self._hidden):
            x = tf.tanh(_dot(x, weights * mask) + bias)
        shift, raw = [_dot(x, weights * self._masks[-1]) + bias
                      for weights, bias in self._outputs]
        return shift, _MAX_LOG_SCALE * tf.tanh(raw / _MAX_LOG_SCALE)


def _dot(x, weights):
    return tf.linalg.matvec(weights, x, transpose_a=True)


def _masks(n_dims, hidden_units, is_reversed):
    """Masks that let an output see only those inputs of a lower degree.

    Germain et al. (2015), "MADE", eq. 12 and 13.
    """
    ends = np.arange(1, n_dims + 1)
    ends = ends[::-1] if is_reversed else ends
    lowest = min(1, n_dims - 1)
    degrees = [ends] + [np.arange(width) % max(1, n_dims - 1) + lowest
                        for width in hidden_units]
    masks = [after >= before[:, None] for before, after in zip(degrees, degrees[1:])]
    return [mask.astype(float) for mask in masks + [ends > degrees[-1][:, None]]]
