"""The weight of the KL divergence: numbers, variables and schedules."""
from __future__ import annotations

import math
from typing import Any, Dict

import keras
import tensorflow.compat.v2 as tf

from zhusuan.distributions._conversion import check_int

__all__ = ["LinearWarmup", "check_kl_weight", "is_schedule"]


@keras.saving.register_keras_serializable(package="zhusuan")
class LinearWarmup(keras.optimizers.schedules.LearningRateSchedule):
    """A weight that increases linearly and then stays constant.

    Sonderby et al. (2016, "Ladder variational autoencoders", section 2.3) call this
    warm-up.

    :param end: A float, the last value, such as ``1. / n_data``.
    :param n_steps: An int > 0, the number of training steps until `end` is reached.
    :param start: A float, the value of step 0.

    Raises TypeError if `n_steps` is no int, and ValueError if it is not positive.

    >>> import zhusuan as zs
    >>> warmup = zs.layers.LinearWarmup(end=0.1, n_steps=10)
    >>> print(["%.2f" % warmup(step) for step in (0, 5, 10, 20)])
    ['0.00', '0.05', '0.10', '0.10']
    """

    def __init__(self, end: float, n_steps: int, start: float = 0.) -> None:
        self.n_steps = check_int("LinearWarmup: n_steps", n_steps)
        self.end, self.start = float(end), float(start)

    def __call__(self, step: Any) -> Any:
        done = keras.ops.cast(step, "float32") / self.n_steps
        return self.start + (self.end - self.start) * keras.ops.minimum(done, 1.)

    def get_config(self) -> Dict[str, Any]:
        """The arguments of the constructor."""
        return {"end": self.end, "n_steps": self.n_steps, "start": self.start}


def is_schedule(kl_weight: Any) -> bool:
    """Whether the weight is a function of the training step.

    >>> from zhusuan.layers.kl_schedules import is_schedule
    >>> is_schedule(lambda step: 0.01 * step), is_schedule(0.5)
    (True, False)
    """
    return callable(kl_weight) and not isinstance(kl_weight, keras.Variable)


def check_kl_weight(kl_weight: Any, owner: str) -> Any:
    """The weight of the divergences: a float, a variable or a schedule.

    :param owner: The name of the layer or model, for errors.

    >>> from zhusuan.layers.kl_schedules import check_kl_weight
    >>> check_kl_weight(1, owner="DenseFlipout")
    1.0
    """
    if isinstance(kl_weight, keras.Variable):
        if tuple(kl_weight.shape) != ():
            raise ValueError(
                "%s: the variable kl_weight must be a scalar, but it has shape %s." % (
                    owner, tuple(kl_weight.shape)))
        return kl_weight
    if isinstance(kl_weight, tf.Variable):  # a float would freeze its value
        raise TypeError(
            "%s: kl_weight must be a number, a keras.Variable or a function of the "
            "training step, but it is the tf.Variable %r. Pass a keras.Variable." % (
                owner, kl_weight.name))
    if callable(kl_weight):
        return kl_weight
    try:
        number = float(kl_weight)
    except (TypeError, ValueError):
        raise TypeError(
            "%s: kl_weight must be a number, a keras.Variable or a function of the "
            "training step, but it is %r." % (owner, kl_weight)) from None
    if not 0. <= number < math.inf:
        raise ValueError(
            "%s: kl_weight must be a finite number >= 0, but it is %r." % (
                owner, kl_weight))
    return number
