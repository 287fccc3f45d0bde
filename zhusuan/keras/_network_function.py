"""A Keras network as a function of its trainable weights."""
import keras
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.keras._convolution_products import (
    can_be_product,
    convolutions_as_products,
    patch_size,
)
from zhusuan.layers import VariationalLayer

__all__ = ["NetworkFunction", "call_at", "convert_inputs", "dtype_of_weights",
           "layers_within", "takes_integers"]

# Layers whose products with several weights are as fast as one batch of products.
_VECTORIZED = (keras.layers.Dense, keras.layers.LayerNormalization,
               keras.layers.BatchNormalization)
# Layers whose inputs are integers.
_OF_INTEGERS = (keras.layers.Embedding, keras.layers.CategoryEncoding,
                keras.layers.Hashing, keras.layers.IntegerLookup)
# Layers whose products are one batch only above `_MAX_UNROLLED` samples.
_VECTORIZED_FOR_MANY = (keras.layers.Embedding,)
# Other layers are repeated for up to this many samples, and run in a loop above.
_MAX_UNROLLED = 16
# Convolutions as products need more memory, up to this many numbers of patches.
_MAX_PATCHES = 2 ** 25


class NetworkFunction:
    """The outputs of a network at other values of its trainable weights.

    Weights are named by their paths within the network, and in order of creation by a
    suffix `_1`, `_2` and so on where several have the same path. Other state, such as
    the statistics of batch normalization, is read from the network and never updated.
    Layers run in inference mode.

    :param network: A built Keras network.
    """

    def __init__(self, network):
        _check_network(network)
        self.network = network
        self.paths = _paths_of_weights(network)
        self.variables = dict(zip(self.paths, network.trainable_variables))
        self.dtype = dtype_of_weights(network)
        self._keeps_integers = takes_integers(network)
        self._layers = layers_within(network)
        self._is_vectorized = self._all_weights_in(
            lambda layer: type(layer) in _VECTORIZED)
        self._is_vectorized_for_many = self._all_weights_in(
            lambda layer: type(layer) in _VECTORIZED + _VECTORIZED_FOR_MANY
            or can_be_product(layer))

    def layers_of(self, name):
        """The layers with a weight, from the outermost, without the network."""
        return [layer for layer in self._layers[1:] if any(
            v is self.variables[name] for v in layer.trainable_variables)]

    @property
    def output_shape(self):
        """The static shape of the outputs, with None for data; None if unknown."""
        outputs = getattr(self.network, "outputs", None)
        return tuple(outputs[0].shape) if outputs else None

    def __call__(self, weights, x):
        """The outputs for inputs `x`, and their rank without sample axes.

        :param weights: A list of Tensors in the order of `variables`: sample axes and
            the shape of the weight. The sample axes broadcast.
        :param x: A Tensor whose first axis is that of data.

        :return: A Tensor with the sample axes of the weights in front, and an int.
        """
        x = self._convert_inputs(x)
        shapes = [list(v.shape) for v in self.variables.values()]
        batched = {i: w for i, (w, own) in enumerate(zip(weights, shapes))
                   if w.shape.rank > len(own)}
        if not batched:
            outputs = self._evaluate(weights, x)
            return outputs, outputs.shape.rank
        lead = _sample_shape([w.shape[:w.shape.rank - len(shapes[i])]
                              for i, w in batched.items()],
                             [tf.shape(w)[:w.shape.rank - len(shapes[i])]
                              for i, w in batched.items()])
        stacked = {i: _with_one_axis(w, lead, shapes[i]) for i, w in batched.items()}
        if isinstance(lead, list) and np.prod(lead, dtype=int) == 1:
            outputs = self._evaluate([
                tf.squeeze(stacked[i], 0) if i in stacked else w
                for i, w in enumerate(weights)], x)[tf.newaxis]
        else:
            # With inputs of one axis less, the vectorized products have shapes that XLA
            # resolves at each call, by compiling the program again.
            inputs = _with_one_axis(x, lead, x.shape.as_list())
            outputs = self._map(lambda of_one: self._evaluate([
                of_one[0].get(i, w) for i, w in enumerate(weights)], of_one[1]),
                (stacked, inputs))
        return _with_sample_shape(outputs, lead), outputs.shape.rank - 1

    def _map(self, function, stacked):
        """Apply a function to each of the Tensors that are stacked in a nest."""
        if self._is_vectorized:
            return tf.vectorized_map(function, stacked)
        n = tf.nest.flatten(stacked)[0].shape[0]
        if self._fits_as_products(stacked[1].shape):
            with convolutions_as_products(self._layers):
                return tf.vectorized_map(function, stacked)
        if n is None or n > _MAX_UNROLLED:
            return tf.map_fn(function, stacked, fn_output_signature=self.dtype)
        parts = [tf.unstack(x, n) for x in tf.nest.flatten(stacked)]
        return tf.stack([function(tf.nest.pack_sequence_as(stacked, list(part)))
                         for part in zip(*parts)])

    def _fits_as_products(self, shape):
        """Whether to use one batch of products for inputs of several samples."""
        if not self._is_vectorized_for_many or None in shape or (
                shape[0] <= _MAX_UNROLLED):
            return False
        largest = max([patch_size(layer) for layer in self._layers
                       if can_be_product(layer)] + [1])
        return np.prod(shape, dtype=float) * largest <= _MAX_PATCHES

    def _all_weights_in(self, is_known):
        """Whether all trainable weights belong to layers of a kind."""
        known = {id(v) for layer in self._layers if is_known(layer)
                 for v in layer.trainable_variables}
        return all(id(v) in known for v in self.network.trainable_variables)

    def _convert_inputs(self, x):
        return convert_inputs(x, self.dtype, self._keeps_integers)

    def _evaluate(self, weights, x):
        self._check_is_same()
        outputs, losses = call_at(
            self.network, weights, self.network.non_trainable_variables, x)
        self._refuse_losses(losses)
        return tf.cast(outputs, self.dtype)

    def _check_is_same(self):
        """Raise if other weights are trainable than when the model was made."""
        now = self.network.trainable_variables
        if len(now) != len(self.variables) or any(
                x is not y for x, y in zip(now, self.variables.values())):
            raise ValueError(
                "bayesian: the trainable weights of the network %r have changed since "
                "the model was created; its latents were %s. Make the model again." % (
                    self.network.name, ", ".join(map(repr, self.variables))))

    def _refuse_losses(self, losses):
        if losses:
            raise ValueError(
                "bayesian: layers of the network %r call add_loss, but the model does "
                "not include the losses. Use layers without "
                "losses." % self.network.name)


def call_at(network, weights, others, x):
    """The outputs in inference mode at other values of the variables.

    Also return the losses that layers add, a list without those of regularizers.

    :param weights: The values of the trainable variables, a list of Tensors.
    :param others: The values of the other variables.
    """
    variables = network.trainable_variables + network.non_trainable_variables
    with keras.StatelessScope(
            state_mapping=list(zip(variables, list(weights) + list(others))),
            collect_losses=True) as scope:
        outputs = network(x, training=False)
    if isinstance(outputs, (list, tuple, dict)):
        _refuse_outputs(network)
    return outputs, scope.losses


def dtype_of_weights(network):
    """The `tf.DType` of the first weight that is a float; float32 if there is none."""
    dtypes = [tf.as_dtype(v.dtype) for v in network.trainable_variables]
    return next((dtype for dtype in dtypes if dtype.is_floating), tf.float32)


def _refuse_outputs(network):
    raise ValueError(
        "zs.keras: the network %r has several outputs. Concatenate them to one output, "
        "and split it in a likelihood that is a function." % network.name)


def convert_inputs(x, dtype, keeps_integers):
    """Inputs as a Tensor, whose numbers have the dtype of the weights."""
    x = tf.convert_to_tensor(x)
    if x.dtype.is_floating or x.dtype.is_integer and not keeps_integers:
        return tf.cast(x, dtype)
    return x


def takes_integers(network):
    """Whether integer inputs are indices rather than numbers."""
    inputs = getattr(network, "inputs", None)
    return bool(inputs) and not tf.as_dtype(inputs[0].dtype).is_floating or any(
        isinstance(layer, _OF_INTEGERS) for layer in layers_within(network))


def _check_network(network):
    if not isinstance(network, keras.layers.Layer):
        raise TypeError(
            "bayesian: the network must be a model or layer of Keras 3, but it is %r."
            % (network,))
    if not network.built:
        raise ValueError(
            "bayesian: the network %r is not built, so it has no weights yet. Add "
            "keras.Input(shape) as its first layer, or call it on a batch of data "
            "first."
            % network.name)
    if not network.trainable_variables:
        raise ValueError(
            "bayesian: the network %r has no trainable weights. Add a layer with "
            "weights, or set layer.trainable = True." % network.name)
    for variable in network.trainable_variables:
        if not tf.as_dtype(variable.dtype).is_floating:
            raise TypeError(
                "bayesian: the trainable weight %r has the dtype %s, but weights must "
                "be floats to have a density. Create it with trainable=False." % (
                    variable.path, variable.dtype))
    dtypes = {variable.dtype for variable in network.trainable_variables}
    if len(dtypes) > 1:
        raise TypeError(
            "bayesian: the trainable weights of the network %r have several dtypes: "
            "%s. Create all layers with the same dtype." % (
                network.name, ", ".join(sorted(dtypes))))
    if len(getattr(network, "inputs", None) or [None]) > 1:
        raise ValueError(
            "bayesian: the network %r has %d inputs, but the model passes one input, "
            "'x'. Concatenate the inputs, and split them in the network." % (
                network.name, len(network.inputs)))
    if len(getattr(network, "outputs", None) or [None]) > 1:
        _refuse_outputs(network)
    for layer in layers_within(network):
        if isinstance(layer, VariationalLayer):
            raise ValueError(
                "bayesian: the layer %r belongs to zs.layers, whose layers have their "
                "own posteriors. Use a layer of Keras, or zs.keras.predict without "
                "bayesian." % layer.name)
        if getattr(layer, "activity_regularizer", None) is not None:
            raise ValueError(
                "bayesian: the layer %r has an activity_regularizer, a loss that the "
                "model does not include. Create the layer without it, or pass a "
                "function as likelihood=." % layer.name)
        if getattr(layer, "stateful", False):
            raise ValueError(
                "bayesian: the layer %r is a stateful RNN, whose outputs depend on "
                "earlier batches. Create it with stateful=False." % layer.name)


def layers_within(layer):
    """All layers in a layer, with itself, a list in order without repetition."""
    found, waiting = {}, [layer]
    while waiting:
        x = waiting.pop(0)
        if isinstance(x, keras.layers.Layer):
            if id(x) not in found:
                found[id(x)] = x
                waiting += list(vars(x).values())
        elif isinstance(x, (list, tuple)):
            waiting += x
        elif isinstance(x, dict):
            waiting += x.values()
    return list(found.values())


def _paths_of_weights(network):
    """The paths of the trainable variables within the network, by their names."""
    paths = [v.path for v in network.trainable_variables]
    prefix = network.name + "/"
    if all(path.startswith(prefix) for path in paths):
        paths = [path[len(prefix):] for path in paths]
    named = {}
    for path in paths:
        name, n = path, 0
        while name in named or (n and name in paths):
            n += 1
            name = "%s_%d" % (path, n)
        named[name] = path
    return named


def _sample_shape(static, dynamic):
    """The broadcast shape of sample axes: a list of ints, or a Tensor if unknown."""
    shape = static[0]
    for other in static[1:]:
        shape = tf.broadcast_static_shape(shape, other)
    if shape.is_fully_defined():
        return shape.as_list()
    shape = dynamic[0]
    for other in dynamic[1:]:
        shape = tf.broadcast_dynamic_shape(shape, other)
    return shape


def _with_one_axis(x, lead, own):
    """`x` with one sample axis in front of its own shape.

    :param lead: The sample axes, a list of ints or a Tensor.
    :param own: A list of ints, of which the first may be None.
    """
    last = own if None not in own else tf.shape(x)[x.shape.rank - len(own):]
    if isinstance(lead, list) and None not in own:
        whole = lead + own
    else:
        whole = tf.concat([lead, last], axis=0)
    if tf.is_tensor(whole) or x.shape.as_list() != whole:
        x = tf.broadcast_to(x, whole)
    n_axes = len(lead) if isinstance(lead, list) else lead.shape[0]
    return x if n_axes == 1 else tf.reshape(x, tf.concat([[-1], last], axis=0))


def _with_sample_shape(outputs, lead):
    """Outputs whose first axis becomes the sample axes `lead`."""
    if isinstance(lead, list):
        if len(lead) == 1:
            return outputs
        own = outputs.shape[1:]
        if own.is_fully_defined():
            return tf.reshape(outputs, lead + own.as_list())
    elif lead.shape[0] == 1:
        return outputs
    return tf.reshape(outputs, tf.concat([lead, tf.shape(outputs)[1:]], axis=0))
