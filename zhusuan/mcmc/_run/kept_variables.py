"""Variables: the latents that `sample` updates, and states kept between calls."""
import functools
import weakref

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.constraints import check_position

__all__ = ["Memories", "as_constant", "check_latent"]


def check_latent(latent):
    """The names and the variables of a sampler's `latent`, after checks."""
    if not isinstance(latent, dict) or not latent:
        raise TypeError(
            "`latent` must be a dict of tf.Variables by the names of latents, "
            "with at least one item, but it is %r." % (latent,))
    for name, variable in latent.items():
        if not _tf.is_variable(variable):
            raise TypeError(
                "The latent %r must be a tf.Variable, which the sampler updates, but "
                "it is %r. Write tf.Variable(initial_value)."
                % (name, variable))
    check_position(latent)
    return list(latent), list(latent.values())


def as_constant(x):
    """The value of a constant Tensor, an array."""
    value = tf.get_static_value(x) if tf.is_tensor(x) else np.asarray(x)
    if value is None:
        raise ValueError(
            "The initial values of the kept fields of a sampler must be constant, but "
            "one is %r. Return a NumPy array or tf.zeros of a static shape." % (x,))
    return value


class Memories:
    """One nest of variables for every set of latents that a sampler moves.

    They belong to the latents, so that calls in several traces and eager calls
    share the same memory. They are released with the latents, or with the v1
    graph of these. Copies are empty.
    """

    def __init__(self):
        self._eager = {}

    def get(self, latents, make):
        """The :class:`Memory` for a list of variables.

        :param make: Called the first time; returns the nest of NumPy arrays to
            begin with.
        """
        of_latents = self._of_latents()
        key = tuple(id(x) for x in latents)
        if key not in of_latents:
            memory = Memory(make())
            # Entries go with the first of the latents, so that no id is used again.
            # The references do not hold the dict, which would be a cycle.
            of_latents[key] = memory, [
                weakref.ref(x, functools.partial(_forget, weakref.ref(self), key))
                for x in latents] if of_latents is self._eager else list(latents)
        return of_latents[key][0]

    def __reduce__(self):
        return Memories, ()

    def _of_latents(self):
        graph = _tf.session_graph()
        if graph is None:
            return self._eager
        return _tf.get_graph_storage(
            graph, weakref.WeakKeyDictionary).setdefault(self, {})


def _forget(memories, key, _):
    if memories() is not None:
        memories()._eager.pop(key, None)


class Memory:
    """A nest of values in variables that are not trained."""

    def __init__(self, initial):
        with tf.init_scope():
            self.variables = tf.nest.map_structure(
                lambda x: tf.Variable(x, trainable=False), initial)

    def read(self):
        """The nest of their values."""
        return tf.nest.map_structure(tf.convert_to_tensor, self.variables)

    def updates(self, values, before):
        """Pairs for `commit`, without those of values that are unchanged.

        :param before: The nest that :meth:`read` returned.
        """
        tf.nest.assert_same_structure(self.variables, values)
        return [(variable, value) for variable, value, old in zip(*map(
            tf.nest.flatten, (self.variables, values, before))) if value is not old]
