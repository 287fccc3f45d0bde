"""Dependencies between the Tensors of a graph."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["find_nearest_sources", "get_backward_ops", "tensor_key"]

# Their outputs depend on the shapes of their inputs alone.
_SHAPES_ONLY = {"OnesLike", "Rank", "Shape", "ShapeN", "Size", "ZerosLike"}


def get_backward_ops(seed_tensors, treat_as_inputs=None):
    """See :func:`zhusuan.framework.utils.get_backward_ops`."""
    blocked = set() if treat_as_inputs is None else set(_sources(treat_as_inputs))
    seeds = [key for key in _sources(seed_tensors) if key not in blocked]
    order, seen = [], set()
    stack = [(op, False) for op, _ in reversed(seeds)]
    while stack:
        op, inputs_done = stack.pop()
        if inputs_done:
            order.append(op)
        elif op not in seen:
            seen.add(op)
            stack.append((op, True))
            before = [t.op for t in op.inputs if tensor_key(t) not in blocked]
            stack.extend((o, False) for o in reversed(before + op.control_inputs))
    return order


def _sources(xs):
    """The :func:`_source` of one Tensor, or of each in a collection."""
    if not isinstance(xs, (list, tuple, set, frozenset)):
        xs = [xs]
    return [_source(x) for x in xs]


def _source(x):
    """The op that computes a Tensor, variable or node, and the output's number."""
    if isinstance(x, tf.Operation):
        return x, 0
    if _tf.is_variable(x):
        return x.op, 0
    return tensor_key(tf.convert_to_tensor(x))


def tensor_key(x):
    """A key that is equal for equal Tensors of a graph; None for eager Tensors."""
    return (x.op, x.value_index) if hasattr(x, "op") else None


def find_nearest_sources(x, among):
    """The Tensors `among` others that `x` depends on, not through another one.

    Dependencies through shapes do not count. An op with several outputs, such as the
    call of a `tf.function`, counts as computing each of them from all of its inputs.
    The search leaves the body of a function through its captures.

    :param x: A Tensor of a graph.
    :param among: A set of keys, see :func:`tensor_key`.
    :return: A set, part of `among`.
    """
    found, seen, stack, captures = set(), {None}, [x], _Captures()
    while stack:
        x = stack.pop()
        key = tensor_key(x)
        if key in seen:
            continue
        seen.add(key)
        if key in among:
            found.add(key)
        elif x.op.type not in _SHAPES_ONLY:
            stack.extend(captures.outside(x) + list(x.op.inputs))
    return found


class _Captures:
    """The Tensors outside of functions to which their placeholders correspond."""

    def __init__(self):
        self._by_graph = {}

    def outside(self, x):
        if x.op.type != "Placeholder":
            return []
        graph = x.op.graph
        if graph not in self._by_graph:
            self._by_graph[graph] = {
                tensor_key(inner): outer for outer, inner in _tf.get_captures(graph)}
        outer = self._by_graph[graph].get(tensor_key(x))
        return [] if outer is None else [outer]
