"""The model in the loop of a run: its target and the recorded values."""
from typing import Any, NamedTuple

from zhusuan._tf.traced_functions import TracedFunction

__all__ = ["InlineModel", "ModelFunctions", "TracedModel"]


class ModelFunctions(NamedTuple):
    """Functions of a model.

    :param target: From a minibatch to a target, a function of a position.
    :param values: From a position to the draw, a list of values of latents.
    :param derived: From a pair, a draw and a minibatch, to derived quantities, a dict.
    """

    target: Any
    values: Any
    derived: Any


class InlineModel:
    """A model that the loop evaluates wherever it needs it.

    - `key` and `needs`: None.
    - `data`: an empty list.
    """

    key = needs = None
    data = ()

    def bind(self, functions, data):
        """The :class:`ModelFunctions` themselves."""
        return functions


class TracedModel:
    """A model that is traced once, and whose data are arguments of the program.

    - `key`: hashable, equal for models that differ in data only.
    - `data`: a nest of eager Tensors.
    - `needs`: what must be kept for as long as programs of the model.
    - `is_whole`: whether `key` and `data` are all that programs of it depend on.

    :param functions: A :class:`ModelFunctions`.
    :param position: A list of arrays, a position.
    :param draw: A list of arrays, the draw there.
    :param batch: A dict of arrays, a minibatch.
    :param jit_compile: A bool. Whether XLA compiles the program.
    """

    def __init__(self, functions, position, draw, batch, jit_compile):
        self._shapes = [x.shape for x in position]
        self._traced = traced = ModelFunctions(
            TracedFunction(lambda x: functions.target(x[1])(x[0]), (position, batch),
                           jit_compile),
            TracedFunction(functions.values, position, jit_compile),
            TracedFunction(functions.derived, (draw, batch), jit_compile))
        self.is_whole = True
        self.key = tuple(x.key for x in traced)
        self.needs = [x.needs for x in traced]
        self.data = ModelFunctions(*[x.take_data() for x in traced])

    def bind(self, functions, data):
        """The traced functions, in a program that has `data` as arguments.

        :param functions: The :class:`ModelFunctions` as of the trace. The model does
            not keep them, since they refer to the run.
        """
        def target(batch):
            def call(position):
                if [x.shape for x in position] != self._shapes:
                    # A sampler may evaluate several proposals at once.
                    self.is_whole = False
                    return functions.target(batch)(position)
                return self._traced.target((position, batch), data.target)
            return call

        return ModelFunctions(
            target, lambda position: self._traced.values(position, data.values),
            lambda arrays: self._traced.derived(arrays, data.derived))
