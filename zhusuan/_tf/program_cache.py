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
from zhusuan._tf import programs

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
    graph_def, captured, names = programs.trace_graph_def(function, arrays)
    return (_GraphDigest(graph_def).of_graph(), tuple(map(_Identity, captured)),
            make_hashable(names))


def make_hashable(value):
    """A hashable key of a setting: by value if plain, else by identity."""
    if isinstance(value, dict):
        return tuple((name, make_hashable(x)) for name, x in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(make_hashable(x) for x in value)
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return type(value), repr(value)
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind != "O":
        return value.dtype.str, np.shape(value), value.tobytes()
    return _Identity(value)


class _Identity:
    """A key that compares an object by identity and keeps it alive."""

    def __init__(self, value):
        self._value = value

    def __eq__(self, other):
        return isinstance(other, _Identity) and self._value is other._value

    def __hash__(self):
        return id(self._value)


class _GraphDigest:
    """The hash of a GraphDef, in which names of functions do not matter.

    TensorFlow numbers functions, such as the bodies of loops, through the program.
    """

    def __init__(self, graph_def):
        self._nodes = graph_def.node
        self._functions = {f.signature.name: f for f in graph_def.library.function}
        self._digests = {}

    def of_graph(self):
        return self._of_nodes(self._nodes)

    def _of_function(self, name):
        if name not in self._digests:
            self._digests[name] = "recursive"
            function = self._functions[name]
            nodes = self._of_nodes(function.node_def)
            signature = type(function)()
            signature.CopyFrom(function)
            signature.signature.name = ""
            del signature.node_def[:]
            # Attributes of functions are hints; those of arguments stay.
            signature.attr.clear()
            self._digests[name] = _hash([nodes, _serialized(signature)])
        return self._digests[name]

    def _of_nodes(self, nodes):
        return _hash([part for node in nodes for part in self._of_node(node)])

    def _of_node(self, node):
        """Bytes of the node, with functions replaced by their digests."""
        yield "%s %s %s %s" % (node.name, self._function_or(node.op), node.device,
                               " ".join(node.input))
        for name in sorted(node.attr):
            # The gradient is part of the graph, so its registered name does not matter.
            if name == "_gradient_op_type":
                continue
            value = node.attr[name]
            yield name
            for function in [value.func] + list(value.list.func):
                if function.name:
                    yield self._function_or(function.name)
            if not value.func.name and not value.list.func:
                yield _serialized(value)

    def _function_or(self, name):
        return self._of_function(name) if name in self._functions else name


def _serialized(message):
    return message.SerializeToString(deterministic=True)


def _hash(parts):
    """The hash of strings and bytes and of their boundaries."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()
