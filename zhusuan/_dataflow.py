"""What the Tensors of a graph are computed from."""
import tensorflow.compat.v2 as tf

from zhusuan import _compat

__all__ = ["get_backward_ops"]


def get_backward_ops(seed_tensors, treat_as_inputs=None):
    """See :func:`zhusuan.framework.utils.get_backward_ops`."""
    blocked = {_op_of(x) for x in treat_as_inputs or ()}
    order, seen = [], set(blocked)
    stack = [(_op_of(x), False) for x in reversed(list(seed_tensors))]
    while stack:
        op, inputs_done = stack.pop()
        if inputs_done:
            order.append(op)
        elif op not in seen:
            seen.add(op)
            stack.append((op, True))
            before = [t.op for t in op.inputs] + list(op.control_inputs)
            stack.extend((o, False) for o in reversed(before))
    return order


def _op_of(x):
    if isinstance(x, tf.Operation):
        return x
    if _compat.is_variable(x):
        return x.op
    return tf.convert_to_tensor(x).op
