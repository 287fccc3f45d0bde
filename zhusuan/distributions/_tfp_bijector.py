"""Bijectors of TensorFlow Probability as bijectors of ZhuSuan."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._tfp_distribution import is_in_range
from zhusuan.distributions.bijectors import Bijector

__all__ = ["AdaptedBijector", "adapted_bijector"]

# Attributes of TensorFlow Probability's bijectors only.
_OF_TFP = ("forward_min_event_ndims", "inverse_min_event_ndims",
           "forward_event_shape_tensor", "forward_log_det_jacobian")


def adapted_bijector(bijector):
    """One of ours for a bijector of TensorFlow Probability; all else unchanged."""
    if all(hasattr(bijector, name) for name in _OF_TFP):
        return AdaptedBijector(bijector)
    return bijector


class AdaptedBijector(Bijector):
    """A bijector of TensorFlow Probability, of one part.

    Values may have more axes than what is transformed, such as matrices of vectors.
    Its inverse is nan outside of its images.

    :param wrapped: The bijector.
    """

    def __init__(self, wrapped):
        if np.ndim(wrapped.forward_min_event_ndims):
            raise ValueError(
                "A bijector must map one Tensor to one Tensor, but %r maps several "
                "parts. Add one node for each part." % (wrapped,))
        self._wrapped = wrapped

    @property
    def wrapped(self):
        """The bijector of TensorFlow Probability."""
        return self._wrapped

    @property
    def event_ndims(self):
        """How many last axes of a value belong together."""
        return int(self._wrapped.inverse_min_event_ndims)

    def forward(self, x):
        # TensorFlow Probability returns what it computed from the same object.
        return self._wrapped.forward(tf.identity(x))

    def inverse(self, y):
        x = self._wrapped.inverse(tf.identity(y))
        inside = is_in_range(self._wrapped, y)
        inside = tf.reshape(inside, tf.concat([tf.shape(inside), tf.ones(
            [self._wrapped.forward_min_event_ndims], tf.int32)], axis=0))
        return tf.where(inside, x, x.dtype.as_numpy_dtype("nan"))

    def forward_log_det_jacobian(self, x):
        n_axes = int(self._wrapped.forward_min_event_ndims)
        log_det = self._wrapped.forward_log_det_jacobian(
            tf.identity(x), event_ndims=n_axes)
        return log_det + tf.zeros(tf.shape(x)[:tf.rank(x) - n_axes], x.dtype)
