"""The model in the loop of a run: its target, draws, and derived quantities."""
import numpy as np

from zhusuan._tf.traced_functions import TracedFunction

__all__ = ["InlineModel", "TracedModel"]


class InlineModel:
    """A model that the loop evaluates wherever it needs it.

    - `key` and `needs`: None.
    - `data`: an empty list.
    """

    key = needs = None
    data = ()

    def target(self, inline, batch, data):
        """The target with a minibatch; `inline` is a function that makes one."""
        return inline(batch)

    def values(self, inline, position, data):
        """The draw at a position, which the function `inline` computes."""
        return inline(position)

    def derived(self, inline, arrays, data):
        """The derived quantities of a draw, which `inline` computes."""
        return inline(arrays)


class TracedModel:
    """A model that is traced once, and whose data are arguments of the program.

    - `key`: hashable, equal for models that differ in data only.
    - `data`: a nest of eager Tensors.
    - `needs`: what must be kept for as long as programs of the model.
    - `is_whole`: whether `key` and `data` are all that programs of it depend on.

    :param target: A function of a minibatch that returns a target.
    :param to_values: A function of a position that returns the draw.
    :param derived: A function of a draw, a minibatch and a seed that returns a dict.
    :param position: A list of arrays, a position.
    :param batch: A dict of arrays, a minibatch.
    :param draw: A list of arrays, the draw at the position.
    :param jit_compile: A bool. Whether XLA compiles the program.
    """

    def __init__(self, target, to_values, derived, position, batch, draw, jit_compile):
        self._shapes = [x.shape for x in position]
        self._target = TracedFunction(
            lambda x: target(x[1])(x[0]), (position, batch), jit_compile)
        self._values = TracedFunction(to_values, position, jit_compile)
        self._derived = TracedFunction(
            derived, (draw, batch, np.zeros(2, np.int64)), jit_compile)
        self.is_whole = True
        functions = self._target, self._values, self._derived
        self.key = tuple(function.key for function in functions)
        self.needs = [function.needs for function in functions]
        self.data = [function.take_data() for function in functions]

    def target(self, inline, batch, data):
        """The target with a minibatch, in a program that has `data` as arguments.

        :param inline: A function of the minibatch that returns a target of positions
            of any shape.
        """
        def call(position):
            if [x.shape for x in position] != self._shapes:
                # A sampler may evaluate several proposals at once.
                self.is_whole = False
                return inline(batch)(position)
            return self._target((position, batch), data[0])
        return call

    def values(self, inline, position, data):
        """The draw at a position, in a program that has `data` as arguments."""
        return self._values(position, data[1])

    def derived(self, inline, arrays, data):
        """The derived quantities of a draw, in a program that has `data`."""
        return self._derived(arrays, data[2])
