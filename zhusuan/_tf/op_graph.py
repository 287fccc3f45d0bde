"""Dependencies between the Tensors of a graph."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["get_backward_ops", "identify", "nearest"]

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
            before = [t.op for t in op.inputs if identify(t) not in blocked]
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
    return identify(tf.convert_to_tensor(x))


def identify(x):
    """A key for a Tensor of a graph, however it was got hold of; None if eager."""
    return (x.op, x.value_index) if hasattr(x, "op") else None


def nearest(x, among):
    """The Tensors that `x` is computed from, none of them through another one.

    Values count, shapes do not. An op with several outputs, such as the call of a
    `tf.function`, counts as computing each of them from all of its inputs. From the
    body of a function the way leads to what stands around it.

    :param x: A Tensor of a graph.
    :param among: A set of keys, see :func:`identify`.
    :return: A set, part of `among`.
    """
    found, seen, stack, outside = set(), {None}, [x], _Outside()
    while stack:
        x = stack.pop()
        key = identify(x)
        if key in seen:
            continue
        seen.add(key)
        if key in among:
            found.add(key)
        elif x.op.type not in _SHAPES_ONLY:
            stack.extend(outside.of(x) + list(x.op.inputs))
    return found


class _Outside:
    """The Tensors that are passed to the arguments of functions."""

    def __init__(self):
        self._by_graph = {}

    def of(self, x):
        if x.op.type != "Placeholder":
            return []
        graph = x.op.graph
        if graph not in self._by_graph:
            self._by_graph[graph] = {
                identify(inner): outer for outer, inner in _tf.captured(graph)}
        outer = self._by_graph[graph].get(identify(x))
        return [] if outer is None else [outer]
