"""Learning rates that change during training."""

import numpy as np

import zhusuan.tf1 as tf


def cosine(peak, step, n_steps):
    """Increase the rate in 5 % of the steps, and decrease it to zero by a cosine.

    :param step: An integer Tensor, the number of the step. Its shape is `[]`.
    """
    progress = tf.cast(step, tf.float32) / n_steps
    return peak * tf.minimum(1., 20. * progress) * tf.cos(np.pi / 2. * progress) ** 2
