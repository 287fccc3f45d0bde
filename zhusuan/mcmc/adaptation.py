"""The base class of the adaptation of samplers."""
from typing import Any

__all__ = ["Adaptation"]


class Adaptation:
    """Tuning of a sampler during warm-up; this base class tunes nothing.

    Methods are pure. The state of an adaptation, `tuning`, is a nest of Tensors.

    :param fixed_parameters: The parameters of every transition.
    """

    def __init__(self, fixed_parameters: Any = ()):
        self._fixed_parameters = fixed_parameters

    def init(self, state: Any) -> Any:
        """The first `tuning`: NumPy arrays, for :meth:`Sampler.sample`."""
        return ()

    def is_warmup(self, tuning: Any) -> Any:
        """Whether the next call of :meth:`Sampler.sample` is part of warm-up."""
        return False

    def prepare(self, tuning: Any, state: Any, target: Any, is_warmup: Any) -> Any:
        """The `tuning` to make a transition with."""
        return tuning

    def parameters(self, tuning: Any, is_warmup: Any) -> Any:
        """The parameters of the next transition."""
        return self._fixed_parameters

    def update(self, tuning: Any, state: Any, info: Any, is_warmup: Any) -> Any:
        """The `tuning` after a transition to `state`."""
        return tuning
