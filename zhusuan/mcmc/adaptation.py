"""The base class of the adaptation of samplers."""
from typing import Any, Callable, List, Tuple

import tensorflow.compat.v2 as tf

__all__ = ["Adaptation", "TargetFunction"]

# A function of a position that returns the log density and its gradients.
TargetFunction = Callable[[List[tf.Tensor]], Tuple[tf.Tensor, List[tf.Tensor]]]


class Adaptation:
    """Tuning of a sampler during warm-up; this base class tunes nothing.

    Methods are pure. The state of an adaptation, `tuning`, is a nest of Tensors.

    :param fixed_parameters: The parameters of every transition.

    >>> from zhusuan.mcmc.adaptation import Adaptation
    >>> Adaptation(fixed_parameters=(0.5,)).parameters((), is_warmup=True)
    (0.5,)
    """

    def __init__(self, fixed_parameters: Any = ()) -> None:
        self._fixed_parameters = fixed_parameters

    def init(self, state: Any) -> Any:
        """The first `tuning`: NumPy arrays, for `Sampler.sample`."""
        return ()

    def is_warmup(self, tuning: Any) -> Any:
        """Whether the next call of `Sampler.sample` is part of warm-up."""
        return False

    def prepare(self, tuning: Any, state: Any, target: TargetFunction,
                is_warmup: Any) -> Any:
        """The `tuning` to make a transition with."""
        return tuning

    def parameters(self, tuning: Any, is_warmup: Any) -> Any:
        """The parameters of the next transition."""
        return self._fixed_parameters

    def update(self, tuning: Any, state: Any, info: Any, is_warmup: Any) -> Any:
        """The `tuning` after a transition to `state`."""
        return tuning

    def is_revision_due(self, tuning: Any) -> Any:
        """Whether :meth:`revise` is to be called after :meth:`update`.

        False, or a 0-D bool Tensor, which may be True in warm-up only: in `Sampler.run`
        there is one transition for each draw there.
        """
        return False

    def revise(self, tuning: Any) -> Any:
        """The `tuning` after rare work, such as the decomposition of a matrix.

        `Sampler.run` leaves its compiled loop for this: XLA takes long to compile
        decompositions, and longer than TensorFlow to run them.
        """
        return tuning
