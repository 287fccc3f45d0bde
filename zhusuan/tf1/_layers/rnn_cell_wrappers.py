"""`tf.nn.rnn_cell`: cells that combine or wrap other cells."""
import hashlib
import itertools

import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.rnn_cell_base import RNNCell
from zhusuan.tf1._layers.rnn_cells import LSTMStateTuple

__all__ = ["DeviceWrapper", "DropoutWrapper", "MultiRNNCell", "ResidualWrapper"]


class MultiRNNCell(RNNCell):
    """A stack of cells, whose states form a tuple.

    :param state_is_tuple: False concatenates the states in one Tensor.
    """

    def __init__(self, cells, state_is_tuple=True):
        super().__init__()
        if not isinstance(cells, (list, tuple)) or not cells:
            raise (TypeError if cells else ValueError)(
                "MultiRNNCell was given cells={!r}; expected a list of at least one "
                "RNNCell.".format(cells))
        self._cells = cells
        self._state_is_tuple = state_is_tuple
        nested = [c for c in cells if isinstance(c.state_size, (list, tuple))]
        if nested and not state_is_tuple:
            raise ValueError(
                "MultiRNNCell was given state_is_tuple=False and cells whose states "
                "are tuples; expected state_is_tuple=False for these cells too.")

    @property
    def state_size(self):
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self):
        return self._cells[-1].output_size

    def zero_state(self, batch_size, dtype):
        if not self._state_is_tuple:
            return super().zero_state(batch_size, dtype)
        with v1.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return tuple(c.zero_state(batch_size, dtype) for c in self._cells)

    @property
    def trainable_weights(self):
        return _all_weights(self._cells, "trainable_weights") if self.trainable else []

    @property
    def non_trainable_weights(self):
        frozen = ([] if self.trainable else
                  _all_weights(self._cells, "trainable_weights"))
        return frozen + _all_weights(self._cells, "non_trainable_weights")

    def call(self, inputs, state):
        states = state if self._state_is_tuple else tf.split(
            state, [cell.state_size for cell in self._cells], axis=1)
        new_states = []
        for number, (cell, state) in enumerate(zip(self._cells, states)):
            with v1.variable_scope("cell_{}".format(number)):
                inputs, state = cell(inputs, state)
            new_states.append(state)
        return inputs, (tuple(new_states) if self._state_is_tuple else
                        tf.concat(new_states, 1))


def _all_weights(cells, kind):
    return [v for cell in cells for v in getattr(cell, kind, [])]


class _Wrapper(RNNCell):
    """A cell that changes the inputs or outputs of another cell.

    It has no variable scope of its own.
    """

    def __init__(self, cell, **kwargs):
        super().__init__(**kwargs)
        self.cell = cell

    @property
    def wrapped_cell(self):
        """The other cell."""
        return self.cell

    @property
    def state_size(self):
        return self.cell.state_size

    @property
    def output_size(self):
        return self.cell.output_size

    @property
    def trainable_weights(self):
        return self.cell.trainable_weights

    @property
    def non_trainable_weights(self):
        return self.cell.non_trainable_weights

    def zero_state(self, batch_size, dtype):
        with v1.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self.cell.zero_state(batch_size, dtype)

    def __call__(self, inputs, state, scope=None):
        """Add one step to the graph."""
        return self.call(inputs, state, scope=scope)


class ResidualWrapper(_Wrapper):
    """Add the inputs to the outputs, or combine them by ``residual_fn(in, out)``."""

    def __init__(self, cell, residual_fn=None, **kwargs):
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn or _add_structures

    def call(self, inputs, state, scope=None):
        outputs, new_state = self.cell(inputs, state, scope=scope)
        return self._residual_fn(inputs, outputs), new_state


def _add_structures(inputs, outputs):
    def total(x, y):
        if not x.shape.is_compatible_with(y.shape):
            raise ValueError("ResidualWrapper was given inputs of the shape {} and a "
                             "cell with outputs of the shape {}; expected the same. "
                             "Pass a `residual_fn`.".format(x.shape, y.shape))
        return x + y

    return tf.nest.map_structure(total, inputs, outputs)


class DeviceWrapper(_Wrapper):
    """Place the operations of a cell on a device."""

    def __init__(self, cell, device, **kwargs):
        super().__init__(cell, **kwargs)
        self._device = device

    def zero_state(self, batch_size, dtype):
        with v1.device(self._device):
            return super().zero_state(batch_size, dtype)

    def call(self, inputs, state, scope=None):
        with v1.device(self._device):
            return self.cell(inputs, state, scope=scope)


class DropoutWrapper(_Wrapper):
    """Dropout of the inputs, the states and the outputs of a cell.

    :param variational_recurrent: Whether all steps share one mask (Gal and Ghahramani,
        2016). This requires `dtype`, and `input_size` if the inputs have dropout.
    :param dropout_state_filter_visitor: A function of a part of the state that
        returns whether it has dropout: a bool, or a bool for each of its parts. By
        default all parts have, except the memory `c` of an LSTM.
    """

    def __init__(self, cell, input_keep_prob=1., output_keep_prob=1.,
                 state_keep_prob=1., variational_recurrent=False, input_size=None,
                 dtype=None, seed=None, dropout_state_filter_visitor=None, **kwargs):
        super().__init__(cell, dtype=dtype, **kwargs)
        self._keep = {"input": _check_probability(input_keep_prob),
                      "state": _check_probability(state_keep_prob),
                      "output": _check_probability(output_keep_prob)}
        self._seed = seed
        self._is_dropped = dropout_state_filter_visitor or _is_not_memory
        self._noise = None
        if variational_recurrent:
            if dtype is None or (
                    _has_dropout(self._keep["input"]) and input_size is None):
                raise ValueError(
                    "DropoutWrapper was given variational_recurrent=True, dtype={!r} "
                    "and input_size={!r}; expected `dtype`, and `input_size` if "
                    "input_keep_prob is below 1.".format(dtype, input_size))
            sizes = {"input": input_size, "state": cell.state_size,
                     "output": cell.output_size}
            self._noise = {part: self._uniform(part, sizes[part])
                           for part in ("input", "state", "output")
                           if part != "input" or _has_dropout(self._keep["input"])}

    def _uniform(self, part, sizes):
        numbers = itertools.count()
        return tf.nest.map_structure(lambda size: tf.random.uniform(
            [1] + tf.TensorShape(size).as_list(), dtype=self._dtype,
            seed=self._seed_of(part, next(numbers))), _shapes(sizes))

    def _seed_of(self, part, number):
        """The seed of TensorFlow 1.15 for this part, which gives the same mask."""
        if self._seed is None:
            return None
        text = "{}{}_{}".format(self._seed, part, number)
        return int(hashlib.md5(text.encode("utf-8")).hexdigest()[:8], 16) % 2 ** 31

    def call(self, inputs, state, scope=None):
        inputs = self._apply_dropout("input", inputs)
        outputs, new_state = self.cell(inputs, state, scope=scope)
        new_state = self._apply_dropout("state", new_state, self._is_dropped)
        return self._apply_dropout("output", outputs), new_state

    def _apply_dropout(self, part, values, is_dropped=lambda value: True):
        keep = self._keep[part]
        if not _has_dropout(keep):
            return values
        numbers = itertools.count()

        def drop(value, noise):
            number = next(numbers)
            if noise is None:
                return v1.dropout(value, rate=1. - keep,
                                     seed=self._seed_of(part, number))
            y = value / keep * tf.floor(keep + noise)
            y.set_shape(value.shape)
            return y

        def skip(value):
            next(numbers)
            return value

        return _drop_selected(drop, skip, is_dropped(values), is_dropped, values,
                              None if self._noise is None else self._noise[part])


def _drop_selected(drop, skip, decision, is_dropped, values, noise):
    """Apply `drop` to the parts of `values` that `is_dropped` selects, else `skip`."""
    if decision is False:
        return skip(values)
    if not isinstance(values, (list, tuple)):
        return drop(values, noise)
    decisions = [True] * len(values) if decision is True else decision
    parts = [_drop_selected(
        drop, skip, bool(wanted) and is_dropped(value), is_dropped, value,
        None if noise is None else noise[index])
             for index, (wanted, value) in enumerate(zip(decisions, values))]
    return type(values)(*parts) if hasattr(values, "_fields") else type(values)(parts)


def _is_not_memory(state):
    if isinstance(state, LSTMStateTuple):
        return LSTMStateTuple(c=False, h=True)
    return not isinstance(state, tf.TensorArray)


def _shapes(sizes):
    return tf.nest.map_structure(lambda size: size if isinstance(
        size, tf.TensorShape) else tf.TensorShape([size]), sizes)


def _check_probability(probability):
    known = tf.get_static_value(tf.convert_to_tensor(probability))
    if known is None:
        return probability
    if not 0. <= known <= 1.:
        raise ValueError("DropoutWrapper was given a probability of {!r}; expected one "
                         "between 0 and 1.".format(float(known)))
    return float(known)


def _has_dropout(keep):
    return not isinstance(keep, float) or keep < 1.
