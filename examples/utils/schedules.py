"""Learning rates by step, for optimizers of Keras 3."""

import tensorflow as tf


class Trapezoid(tf.keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that increases, is constant, and decreases to zero, linearly.

    A run whose rate is constant can be extended. The last checkpoint before the
    decrease is that of a longer run, unlike with a cosine.

    :param rate: The constant rate.
    :param warm_up: Number of steps of the increase.
    :param decay: Number of steps of the decrease.
    :param n_steps: Number of all steps.
    """

    def __init__(self, rate, warm_up, decay, n_steps):
        self._rate, self._warm_up = rate, warm_up
        self._decay, self._n_steps = decay, n_steps

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        return self._rate * tf.minimum(1., tf.minimum(
            (step + 1) / self._warm_up, (self._n_steps - step) / self._decay))
