"""Hashes of graphs, equal only for graphs that compute the same."""
import hashlib

__all__ = ["Identity", "digest_graph"]


def digest_graph(graph_def):
    """The hash of a GraphDef, in which names of functions do not matter."""
    return _GraphDigest(graph_def).of_graph()


class Identity:
    """A key that compares an object by identity and keeps it alive."""

    def __init__(self, value):
        self._value = value

    def __eq__(self, other):
        return isinstance(other, Identity) and self._value is other._value

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
