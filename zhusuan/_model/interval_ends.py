"""The ends of intervals that constrain latents: Tensors, and their values."""
import tensorflow.compat.v2 as tf

__all__ = ["interval_ends", "with_known_ends"]


def interval_ends(constraints):
    """The Tensors among the ends of intervals, in order.

    :param constraints: A dict that `resolve` returned.
    """
    return [end for x in constraints.values() if isinstance(x, tuple)
            for end in x if tf.is_tensor(end)]


def with_known_ends(constraints, ends):
    """Constraints with the values of :func:`interval_ends` instead of Tensors.

    The bodies of compiled loops are other graphs, which cannot use these Tensors.

    :param ends: A list of arrays.
    """
    ends = iter(ends)
    return {name: tuple(next(ends) if tf.is_tensor(end) else end for end in x)
            if isinstance(x, tuple) else x for name, x in constraints.items()}
