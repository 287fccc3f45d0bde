"""`tf.layers.InputSpec`: requirements on the inputs of a layer."""
import tensorflow.compat.v2 as tf

__all__ = ["InputSpec", "check_inputs"]


class InputSpec:
    """Required dtype, shape or rank of an input, and sizes of some of its axes."""

    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None,
                 axes=None):
        self.dtype = dtype
        self.shape = shape
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = axes or {}

    def find_fault(self, x):
        """A description of the requirement that the Tensor `x` violates, or None."""
        if self.dtype is not None and x.dtype.base_dtype != tf.as_dtype(self.dtype):
            return "the dtype {}".format(tf.as_dtype(self.dtype).name)
        if x.shape.ndims is None:
            needs_rank = (self.ndim, self.max_ndim, self.min_ndim) != (None,) * 3
            return "a known rank; set it by inputs.set_shape(...)" if (
                needs_rank or self.axes) else None
        return self._shape_fault([getattr(n, "value", n) for n in x.shape])

    def _shape_fault(self, sizes):
        rank = len(sizes)
        if self.ndim not in (None, rank):
            return "{} dimensions".format(self.ndim)
        if self.max_ndim is not None and rank > self.max_ndim:
            return "at most {} dimensions".format(self.max_ndim)
        if self.min_ndim is not None and rank < self.min_ndim:
            return "at least {} dimensions".format(self.min_ndim)
        for axis, wanted in self.axes.items():
            if wanted is not None and sizes[axis] not in (None, wanted):
                return "size {} along axis {}".format(wanted, axis)
        for wanted, size in zip(self.shape or [], sizes):
            if None not in (wanted, size) and wanted != size:
                return "the shape {}".format(tuple(self.shape))
        return None


def check_inputs(specs, inputs, layer_name):
    """Raise a ValueError if `inputs` violate the requirements."""
    if specs is None:
        return
    specs = specs if isinstance(specs, (list, tuple)) else [specs]
    inputs = tf.nest.flatten(inputs)
    if len(inputs) != len(specs):
        raise ValueError("The layer {!r} was given {} inputs; expected {}.".format(
            layer_name, len(inputs), len(specs)))
    for spec, x in zip(specs, inputs):
        fault = None if spec is None else spec.find_fault(x)
        if fault is not None:
            raise ValueError(
                "The layer {!r} was given an input of dtype {} and shape {}; expected "
                "{}.".format(layer_name, x.dtype.name, x.shape, fault))
