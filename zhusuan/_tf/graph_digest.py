"""Hashes of graphs, equal only for graphs that compute the same."""
import hashlib

__all__ = ["Identity", "digest_graph"]


def digest_graph(graph_def, arguments, outputs):
    """The hash of a GraphDef as a function; names in it do not matter.

    :param arguments: A list of names of placeholders; None for one without use.
    :param outputs: A list of names of Tensors.
    """
    return _GraphDigest(graph_def).of_graph(arguments, outputs)


class Identity:
    """A key that compares an object by identity and keeps it alive."""

    def __init__(self, value):
        self._value = value

    def __eq__(self, other):
        return isinstance(other, Identity) and self._value is other._value

    def __hash__(self):
        return id(self._value)


class _GraphDigest:
    """The hash of a GraphDef, in which names do not matter.

    TensorFlow numbers functions, such as the bodies of loops, and captured Tensors
    through the program.
    """

    def __init__(self, graph_def):
        self._nodes = graph_def.node
        self._functions = {f.signature.name: f for f in graph_def.library.function}
        self._digests = {}

    def of_graph(self, arguments, outputs):
        return self._of_body(arguments, self._nodes, outputs)

    def _of_function(self, name):
        if name not in self._digests:
            self._digests[name] = "recursive"
            function = self._functions[name]
            signature = function.signature
            arguments = [x.name for x in signature.input_arg]
            outputs = [function.ret[x.name] for x in signature.output_arg]
            outputs += sorted("^" + x for x in function.control_ret.values())
            self._digests[name] = _hash(
                [self._of_body(arguments, function.node_def, outputs)] + [
                    str(list(map(_type_of, args)))
                    for args in (signature.input_arg, signature.output_arg)])
        return self._digests[name]

    def _of_body(self, arguments, nodes, outputs):
        numbers = {x: "argument %d" % i for i, x in enumerate(arguments)}
        numbers.update((x.name, "node %d" % i) for i, x in enumerate(nodes))

        def numbered(reference):
            """A reference to a node, as "^name" or "name:0", by its number."""
            control = "^" if reference.startswith("^") else ""
            name, colon, rest = reference[len(control):].partition(":")
            return control + numbers[name] + colon + rest

        parts = [part for node in nodes for part in self._of_node(node, numbered)]
        return _hash(parts + list(map(numbered, outputs)))

    def _of_node(self, node, numbered):
        """Bytes of the node, with functions replaced by their digests."""
        yield "%s %s %s" % (self._function_or(node.op), node.device,
                            " ".join(map(numbered, node.input)))
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


def _type_of(argument):
    return [argument.type, argument.number_attr, argument.type_attr,
            argument.type_list_attr, argument.is_ref]


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
