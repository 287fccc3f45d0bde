"""Programs of a sampler, cached for runs of the same model and settings.

TensorFlow frees neither code compiled by XLA nor the bodies of loops, and the
operations of a graph live as long as the graph. One program per run would therefore
fill the memory.
"""
import collections
import hashlib
import weakref

import numpy as np

from zhusuan import _tf
from zhusuan._tf.graph_digest import Identity
from zhusuan._tf.traced_functions import TracedFunction

__all__ = ["ProgramCache", "fingerprint", "make_hashable"]

# Keys of one sampler; the least recently used one is dropped.
_MAX_KEYS = 8


class ProgramCache:
    """The programs of one sampler by hashable keys. Copies are empty.

    Programs in a v1 graph belong to that graph, and are released with it.
    """

    def __init__(self):
        self._eager = collections.OrderedDict()

    def programs(self, key):
        """The dict of the programs of this key, by name."""
        by_key = self._of_graph()
        programs = by_key[key] = by_key.pop(key, {})
        if len(by_key) > _MAX_KEYS:
            by_key.popitem(last=False)
        return programs

    def _of_graph(self):
        graph = _tf.session_graph()
        if graph is None:
            return self._eager
        return _tf.get_graph_storage(graph, weakref.WeakKeyDictionary).setdefault(
            self, collections.OrderedDict())

    def __reduce__(self):
        return ProgramCache, ()


def fingerprint(function, arrays):
    """A hashable key, equal only for functions that compute the same.

    The function is traced, so everything that it uses is compared by value: code,
    data, settings, and the current values of its closures and globals. Variables, and
    eager Tensors of more than a few numbers, are compared by identity.

    :param function: A function of a nest of Tensors that returns a nest of Tensors.
    :param arrays: A nest of arrays, for the shapes and dtypes.
    """
    traced = TracedFunction(function, arrays)
    return traced.key, make_hashable(traced.data)


def make_hashable(value):
    """A hashable key of a setting: by value if plain, else by identity."""
    if isinstance(value, dict):
        return tuple((name, make_hashable(x)) for name, x in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(make_hashable(x) for x in value)
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return type(value), repr(value)
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind != "O":
        return value.dtype.str, np.shape(value), hashlib.sha256(
            np.ascontiguousarray(value)).digest()
    return Identity(value)
