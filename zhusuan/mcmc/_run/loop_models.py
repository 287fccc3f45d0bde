"""The model in the loop of a run: its target, and what is recorded of a position."""
from typing import Any, NamedTuple

from zhusuan._tf.traced_functions import TracedFunction

__all__ = ["InlineModel", "ModelFunctions", "TracedModel"]


class ModelFunctions(NamedTuple):
    """Functions of a model.

    :param target: From a minibatch to a target, a function of a position.
    :param values: From a position to the draw, a list of values of latents.
    :param derived: From a draw and a minibatch to derived quantities, a dict.
    """

    target: Any
    values: Any
    derived: Any


class InlineModel:
    """A model that the loop evaluates wherever it needs it.

    - `key` and `needs`: None.
    - `data`: an empty list.

    :param functions: A :class:`ModelFunctions`.
    """

    key = needs = None
    data = ()

    def __init__(self, functions):
        self._functions = functions

    def target(self, batch, data):
        """The target with a minibatch."""
        return self._functions.target(batch)

    def values(self, position, data):
        """The draw at a position."""
        return self._functions.values(position)

    def derived(self, draw, batch, data):
        """The derived quantities of a draw, a dict by name."""
        return self._functions.derived((draw, batch))


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
        self._functions = functions
        self._traced = traced = ModelFunctions(
            TracedFunction(lambda x: functions.target(x[1])(x[0]), (position, batch),
                           jit_compile),
            TracedFunction(functions.values, position, jit_compile),
            TracedFunction(functions.derived, (draw, batch), jit_compile))
        self.is_whole = True
        self.key = tuple(x.key for x in traced)
        self.needs = [x.needs for x in traced]
        self.data = ModelFunctions(*[x.take_data() for x in traced])

    def target(self, batch, data):
        """The target with a minibatch, in a program that has `data` as arguments."""
        def call(position):
            if [x.shape for x in position] != self._shapes:
                # A sampler may evaluate several proposals at once.
                self.is_whole = False
                return self._functions.target(batch)(position)
            return self._traced.target((position, batch), data.target)
        return call

    def values(self, position, data):
        """The draw at a position, in a program that has `data` as arguments."""
        return self._traced.values(position, data.values)

    def derived(self, draw, batch, data):
        """The derived quantities of a draw, a dict by name."""
        return self._traced.derived((draw, batch), data.derived)
