"""`tf.nn.rnn_cell`: the base class of the cells of recurrent networks."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.base import Layer
from zhusuan.tf1._layers.static_or_dynamic import axis_size

__all__ = ["LayerRNNCell", "RNNCell"]


class RNNCell(Layer):
    """One step of a recurrent network: ``output, new_state = cell(inputs, state)``.

    A subclass has the properties `state_size` (an int, a TensorShape, or a nest of
    them) and `output_size`, and the method ``call(inputs, state)``, which may use
    `tf.get_variable` and layers.
    """

    @property
    def state_size(self):
        """Sizes of the state, without the batch."""
        raise NotImplementedError(
            "The RNNCell {!r} has no `state_size`; expected the subclass to define "
            "it.".format(self.name))

    @property
    def output_size(self):
        """Size of the output, without the batch."""
        raise NotImplementedError(
            "The RNNCell {!r} has no `output_size`; expected the subclass to define "
            "it.".format(self.name))

    def __call__(self, inputs, state, scope=None):
        """Add one step to the graph; the first call creates the variables."""
        around = v1.get_variable_scope() if scope is None else scope
        with v1.variable_scope(around, custom_getter=self._tracked) as entered:
            given = {} if scope is None else {"scope": entered}
            return super().__call__(inputs, state, **given)

    def _tracked(self, getter, *args, **kwargs):
        """A custom getter that adds variables made in `call` to the cell."""
        variable = getter(*args, **kwargs)
        self._track(variable)
        return variable

    def zero_state(self, batch_size, dtype):
        """A state of zeros."""
        with v1.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return tf.nest.map_structure(
                lambda size: _zeros(batch_size, size, dtype), self.state_size)

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """A state of zeros, by default with the batch size and dtype of `inputs`."""
        if inputs is not None:
            inputs = tf.convert_to_tensor(inputs)
            batch_size = axis_size(inputs, 0)
            dtype = inputs.dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                "The RNNCell {!r} was given batch_size={!r} and dtype={!r} for its "
                "initial state; expected both, or `inputs`.".format(
                    self.name, batch_size, dtype))
        return self.zero_state(batch_size, dtype)


def _zeros(batch_size, size, dtype):
    sizes = (size if isinstance(size, tf.TensorShape) else
             tf.TensorShape([size])).as_list()
    if isinstance(batch_size, tf.Tensor):
        known = tf.get_static_value(batch_size)
        zeros = tf.zeros(tf.stack([tf.cast(batch_size, tf.int32)] + sizes), dtype)
        zeros.set_shape([known] + sizes)
        return zeros
    return tf.zeros([getattr(batch_size, "value", batch_size)] + sizes, dtype)


class LayerRNNCell(RNNCell):
    """A cell that creates its variables in `build`, as layers do."""

    def __call__(self, inputs, state, scope=None, *args, **kwargs):
        """Add one step to the graph; the first call creates the variables."""
        return Layer.__call__(self, inputs, state, *args, scope=scope, **kwargs)
