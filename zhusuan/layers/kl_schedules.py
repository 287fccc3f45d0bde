"""Schedules of the weight of the KL divergence."""
from __future__ import annotations

from typing import Any, Dict

import keras

from zhusuan.distributions._conversion import check_int

__all__ = ["LinearWarmup"]


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
