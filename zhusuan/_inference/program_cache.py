"""Compiled programs of a sampler, to use again where nothing has changed.

TensorFlow frees neither what XLA compiled nor the bodies of loops, so that a program
for each run would fill the memory.
"""
import collections
import hashlib

import numpy as np

from zhusuan import _programs

__all__ = ["ProgramCache", "fingerprint", "frozen"]

# Of one sampler; the least recently used one goes.
_MAX_PROGRAMS = 8


class ProgramCache:
    """The programs of one sampler by hashable keys. Copies are empty."""

    def __init__(self):
        self._programs = collections.OrderedDict()

    def get(self, key):
        """The program, or None."""
        if key in self._programs:
            self._programs.move_to_end(key)
        return self._programs.get(key)

    def put(self, key, program):
        """Keep a program."""
        self._programs[key] = program
        if len(self._programs) > _MAX_PROGRAMS:
            self._programs.popitem(last=False)

    def __reduce__(self):
        return ProgramCache, ()


def fingerprint(function, arrays):
    """A hashable key, equal only for functions that compute the same.

    The function is traced, so that everything it uses is compared by value: code,
    data, settings, and whatever its closures and globals have become. Variables, and
    eager Tensors of more than a few numbers, are compared by identity.

    :param function: Of a nest of Tensors, gives a nest of Tensors.
    :param arrays: A nest of arrays, for the shapes and dtypes.
    """
    graph_def, captured = _programs.graph_def_of(function, arrays)
    return _GraphDigest(graph_def).of_graph(), tuple(map(_Same, captured))


def frozen(value):
    """A hashable key of a setting: by value if plain, else by identity."""
    if isinstance(value, dict):
        return tuple((name, frozen(x)) for name, x in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(frozen(x) for x in value)
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return type(value), repr(value)
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind != "O":
        return value.dtype.str, np.shape(value), value.tobytes()
    return _Same(value)


class _Same:
    """An object as a key that is equal to itself only; it stays alive with the key."""

    def __init__(self, value):
        self._value = value

    def __eq__(self, other):
        return isinstance(other, _Same) and self._value is other._value

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
        """Bytes of the node, in which functions stand by their digests."""
        yield "%s %s %s %s" % (node.name, self._function_or(node.op), node.device,
                               " ".join(node.input))
        for name in sorted(node.attr):
            # How the gradient is made does not matter: it is in the graph.
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
    """Of strings and bytes, with their boundaries."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()
