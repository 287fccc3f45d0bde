"""Checks of the results of the methods of samplers."""
from typing import Any, Dict, Optional, Tuple

import tensorflow.compat.v2 as tf

from zhusuan.mcmc.adaptation import Adaptation, TargetFunction
from zhusuan.utils._structures import (
    check_same_specs,
    check_tensors_by_name,
    wrong_result,
)

__all__ = ["CheckedMethods"]


class CheckedMethods:
    """The methods of a sampler with checks of their results.

    A subclass has the methods and attributes of `Sampler`.
    """

    kept_fields: Tuple[str, ...] = ()
    init: Any
    step: Any
    statistics: Any
    adaptation: Any

    def _checked_init(self, position: Any, target: TargetFunction) -> Any:
        """The state of `init`; TypeError or ValueError unless it is one."""
        state, name = self.init(position, target), type(self).__name__
        if "position" not in getattr(state, "_fields", ()):
            raise wrong_result(
                name + ".init", "a named tuple with a field `position`", state)
        check_same_specs(name + ".init: the position", state.position, position)
        unknown = [x for x in self.kept_fields if x not in state._fields]
        if isinstance(self.kept_fields, str) or unknown:
            raise ValueError(
                "%s.kept_fields must be a tuple of names from %s, but it is %r." % (
                    name, ", ".join(map(repr, state._fields)), self.kept_fields))
        return state

    def _checked_step(self, old: Any, target: TargetFunction, parameters: Any) -> Any:
        """The pair of `step`; TypeError or ValueError unless it is one."""
        name, result = type(self).__name__ + ".step", self.step(old, target, parameters)
        if hasattr(result, "_fields") or not (
                isinstance(result, tuple) and len(result) == 2):
            raise wrong_result(name, "a pair, the next state and statistics or ()",
                               result)
        state, info = result
        if type(state) is not type(old):
            raise wrong_result(name, "a state of the type of the one that it receives, "
                               "%s" % type(old).__name__, state)
        if not isinstance(info, tuple) or (info and not hasattr(info, "_fields")):
            raise wrong_result(
                name, "a named tuple of statistics, or (), after the state", info)
        for field in state._fields:
            check_same_specs("%s: the field `%s`" % (name, field),
                             getattr(state, field), getattr(old, field))
        return state, info

    def _checked_statistics(self, state: Any, info: Any, parameters: Any,
                            chain_shape: Any) -> Dict[str, tf.Tensor]:
        """The dict of `statistics`; TypeError or ValueError unless it is one."""
        return check_tensors_by_name(
            type(self).__name__ + ".statistics",
            self.statistics(state, info, parameters), chain_shape)

    def _checked_adaptation(self, n_warmup: Optional[int]) -> Adaptation:
        adaptation = self.adaptation(n_warmup)
        if not isinstance(adaptation, Adaptation):
            raise wrong_result(type(self).__name__ + ".adaptation",
                               "a zs.mcmc.Adaptation", adaptation)
        return adaptation
