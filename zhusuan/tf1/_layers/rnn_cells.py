"""`tf.nn.rnn_cell`: simple recurrent, gated recurrent and LSTM cells."""
import collections

import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.base import InputSpec
from zhusuan.tf1._layers.functions_by_name import get_activation, get_initializer
from zhusuan.tf1._layers.rnn_cell_base import LayerRNNCell
from zhusuan.tf1._layers.static_or_dynamic import require_known_size

__all__ = ["BasicLSTMCell", "BasicRNNCell", "GRUCell", "LSTMCell", "LSTMStateTuple"]

_ZEROS, _ONES = v1.zeros_initializer(), v1.ones_initializer()


class _Cell(LayerRNNCell):
    """A cell with `num_units` units and an activation, tanh by default."""

    def __init__(self, num_units, activation, reuse, name, dtype, **kwargs):
        super().__init__(name=name, dtype=dtype, _reuse=reuse, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = int(num_units)
        self._activation = get_activation(activation) if activation else tf.tanh

    @property
    def state_size(self):
        return self._num_units

    @property
    def output_size(self):
        return self._num_units


def _affine(x, state, kernel, bias):
    return tf.nn.bias_add(tf.matmul(tf.concat([x, state], 1), kernel), bias)


class BasicRNNCell(_Cell):
    """``output = new_state = activation([inputs, state] @ kernel + bias)``."""

    def __init__(self, num_units, activation=None, reuse=None, name=None, dtype=None,
                 **kwargs):
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)

    def build(self, inputs_shape):
        n_inputs = require_known_size(inputs_shape, -1, self.name)
        self._kernel = self.add_weight(
            "kernel", [n_inputs + self._num_units, self._num_units])
        self._bias = self.add_weight("bias", [self._num_units], None, _ZEROS)

    def call(self, inputs, state):
        output = self._activation(_affine(inputs, state, self._kernel, self._bias))
        return output, output


class GRUCell(_Cell):
    """The gated recurrent unit: Cho et al. (2014)."""

    def __init__(self, num_units, activation=None, reuse=None, kernel_initializer=None,
                 bias_initializer=None, name=None, dtype=None, **kwargs):
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._kernel_initializer = get_initializer(kernel_initializer)
        self._bias_initializer = get_initializer(bias_initializer)

    def build(self, inputs_shape):
        n_inputs = require_known_size(inputs_shape, -1, self.name)
        self._gate_kernel, self._gate_bias = self._add_kernel_and_bias(
            "gates", n_inputs, 2 * self._num_units, _ONES)
        self._candidate_kernel, self._candidate_bias = self._add_kernel_and_bias(
            "candidate", n_inputs, self._num_units, _ZEROS)

    def _add_kernel_and_bias(self, name, n_inputs, n_outputs, default_bias):
        bias_initializer = self._bias_initializer
        if bias_initializer is None:
            bias_initializer = default_bias
        return (self.add_weight(name + "/kernel",
                                [n_inputs + self._num_units, n_outputs], None,
                                self._kernel_initializer),
                self.add_weight(name + "/bias", [n_outputs], None, bias_initializer))

    def call(self, inputs, state):
        gates = tf.sigmoid(_affine(inputs, state, self._gate_kernel, self._gate_bias))
        reset, update = tf.split(gates, 2, axis=1)
        candidate = self._activation(_affine(
            inputs, reset * state, self._candidate_kernel, self._candidate_bias))
        new_state = update * state + (1. - update) * candidate
        return new_state, new_state


class LSTMStateTuple(collections.namedtuple("LSTMStateTuple", ["c", "h"])):
    """The state of an LSTM: the memory `c` and the output `h`."""

    __slots__ = ()

    @property
    def dtype(self):
        """The dtype of both."""
        if self.c.dtype != self.h.dtype:
            raise TypeError("An LSTMStateTuple holds c of dtype {} and h of dtype {}; "
                            "expected the same.".format(self.c.dtype, self.h.dtype))
        return self.c.dtype


class _LSTM(_Cell):
    """A cell with a memory and input, forget and output gates."""

    def __init__(self, num_units, forget_bias, state_is_tuple, activation, reuse, name,
                 dtype, **kwargs):
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self):
        if self._state_is_tuple:
            return LSTMStateTuple(self._num_units, self.output_size)
        return self._num_units + self.output_size

    def _add_kernel(self, inputs_shape, initializer=None, partitioner=None):
        n_inputs = require_known_size(inputs_shape, -1, self.name)
        self._kernel = self.add_weight(
            "kernel", [n_inputs + self.output_size, 4 * self._num_units], None,
            initializer, partitioner=partitioner)
        self._bias = self.add_weight("bias", [4 * self._num_units], None, _ZEROS)

    def build(self, inputs_shape):
        self._add_kernel(inputs_shape)

    def call(self, inputs, state):
        c, h = state if self._state_is_tuple else tf.split(
            state, [self._num_units, self.output_size], axis=1)
        parts = tf.split(_affine(inputs, h, self._kernel, self._bias), 4, axis=1)
        c, h = self._step(c, *parts)
        state = LSTMStateTuple(c, h) if self._state_is_tuple else tf.concat([c, h], 1)
        return h, state

    def _step(self, c, i, j, f, o):
        """The new memory and output, from the gates before the sigmoid."""
        c = (c * tf.sigmoid(f + self._forget_bias)
             + tf.sigmoid(i) * self._activation(j))
        return c, self._activation(c) * tf.sigmoid(o)


class BasicLSTMCell(_LSTM):
    """The LSTM cell of Zaremba et al. (2014)."""

    def __init__(self, num_units, forget_bias=1., state_is_tuple=True, activation=None,
                 reuse=None, name=None, dtype=None, **kwargs):
        super().__init__(num_units, forget_bias, state_is_tuple, activation, reuse,
                         name, dtype, **kwargs)


class LSTMCell(_LSTM):
    """The LSTM cell of Sak et al. (2014): with peepholes, clipping and a projection.

    :param use_peepholes: Whether the gates depend on the memory.
    :param cell_clip: The largest absolute value of the memory.
    :param num_proj: The size to which the output is projected.
    :param proj_clip: The largest absolute value of the projected output.
    """

    def __init__(self, num_units, use_peepholes=False, cell_clip=None, initializer=None,
                 num_proj=None, proj_clip=None, num_unit_shards=None,
                 num_proj_shards=None, forget_bias=1., state_is_tuple=True,
                 activation=None, reuse=None, name=None, dtype=None, **kwargs):
        super().__init__(num_units, forget_bias, state_is_tuple, activation, reuse,
                         name, dtype, **kwargs)
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._initializer = get_initializer(initializer)
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards

    @property
    def output_size(self):
        return self._num_proj or self._num_units

    def build(self, inputs_shape):
        self._add_kernel(inputs_shape, self._initializer,
                         _partitioner(self._num_unit_shards))
        if self._use_peepholes:
            self._w_f_diag, self._w_i_diag, self._w_o_diag = [
                self.add_weight(name, [self._num_units], None, self._initializer)
                for name in ("w_f_diag", "w_i_diag", "w_o_diag")]
        if self._num_proj:
            self._proj_kernel = self.add_weight(
                "projection/kernel", [self._num_units, self._num_proj], None,
                self._initializer, partitioner=_partitioner(self._num_proj_shards))

    def _step(self, c, i, j, f, o):
        if self._use_peepholes:
            f, i = f + self._w_f_diag * c, i + self._w_i_diag * c
        c = (c * tf.sigmoid(f + self._forget_bias)
             + tf.sigmoid(i) * self._activation(j))
        c = _clipped(c, self._cell_clip)
        if self._use_peepholes:
            o = o + self._w_o_diag * c
        h = self._activation(c) * tf.sigmoid(o)
        if self._num_proj:
            h = _clipped(tf.matmul(h, self._proj_kernel), self._proj_clip)
        return c, h


def _clipped(x, limit):
    return x if limit is None else tf.clip_by_value(x, -limit, limit)


def _partitioner(n_shards):
    return None if n_shards is None else v1.fixed_size_partitioner(n_shards)
