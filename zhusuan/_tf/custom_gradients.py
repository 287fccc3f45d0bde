"""Release of the gradient functions that `tf.custom_gradient` registers in graphs.

TensorFlow keeps the gradient function of every call in a graph, with all Tensors that
it uses, for the rest of the program.
"""
from tensorflow.python.framework import ops

__all__ = ["release_custom_gradients"]

# The registry of TensorFlow 2, and that of 1.15.
_REGISTRY = getattr(ops, "gradient_registry", None) or ops._gradient_registry
# The names that `tf.custom_gradient` makes; a user's registrations have others.
_PREFIX = b"CustomGradient-"


def release_custom_gradients(graph):
    """Release the gradient functions of a graph that is no longer used.

    Those of the functions that it calls stay, since other graphs may call them.
    """
    for op in graph.get_operations():
        if op.type in ("Identity", "IdentityN"):
            name = op.node_def.attr["_gradient_op_type"].s
            if name.startswith(_PREFIX):
                _REGISTRY._registry.pop(name.decode(), None)
