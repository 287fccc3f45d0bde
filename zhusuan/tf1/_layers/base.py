"""`tf.layers.Layer`: scopes, variables, losses and updates of one layer.

Names of scopes, operations and variables are those of TensorFlow 1.15.
"""
import inspect
import re

import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.functions_by_name import get_regularizer
from zhusuan.tf1._layers.input_spec import InputSpec, check_inputs

__all__ = ["InputSpec", "Layer", "layer_and_function", "layer_function"]

_KEYS = v1.GraphKeys
_LAYER_COUNTS = ("__zhusuan_layer_counts",)  # a collection of each graph


class Layer:
    """The base class of layers.

    A subclass creates its variables by :meth:`add_weight` in ``build(input_shape)`` and
    computes its outputs in ``call(inputs, ...)``. The class has defaults of the
    attributes, for subclasses that do not call this constructor.

    :param trainable: Whether variables are added to the trainable ones.
    :param name: The variable scope; by default the name of the class in snake case.
    :param dtype: The dtype of the variables; by default that of the first input.
    :param activity_regularizer: A function of the output. Its value divided by the
        batch size is added to the regularization losses.
    """

    trainable = True
    built = False
    input_spec = None
    _name = _base_name = _dtype = _activity_regularizer = None
    _scope = _reuse = None

    def __init__(self, trainable=True, name=None, dtype=None,
                 activity_regularizer=None, _scope=None, _reuse=None):
        self.trainable = trainable
        self._name = self._base_name = getattr(name, "name", name)
        self._dtype = None if dtype is None else tf.as_dtype(dtype)
        self._activity_regularizer = get_regularizer(activity_regularizer)
        self._reuse = _reuse
        if _scope:
            with v1.variable_scope(_scope) as self._scope:
                pass

    # -- Names ---------------------------------------------------------------------

    @property
    def name(self):
        """The given name, or that of the class with a number unique in the graph."""
        if not self._name:
            self._name = _add_number(_snake_case(type(self).__name__))
        return self._name

    @property
    def scope_name(self):
        """The name of the variable scope, once the layer has been called."""
        if self._scope is None:
            raise ValueError(
                "`scope_name` of the layer {!r} was read before its first call, which "
                "chooses the scope. Call the layer first.".format(self.name))
        return self._scope.name

    @property
    def dtype(self):
        """The name of the dtype of the variables, or None before the first call."""
        return None if self._dtype is None else self._dtype.name

    def _choose_scope(self, scope):
        if self._scope is not None:
            return
        default = self._base_name or _snake_case(type(self).__name__)
        if self._reuse and scope is None:
            scope = default
        with v1.variable_scope(scope, default_name=default) as self._scope:
            pass

    def _entered_scope(self):
        """A context of the layer's own variable scope, without a new name scope."""
        return v1.variable_scope(
            self._scope, reuse=self.built or self._reuse, auxiliary_name_scope=False)

    # -- Calls ---------------------------------------------------------------------

    def build(self, input_shape):
        """Create the variables; called once, before the first ``call``."""

    def call(self, inputs, *args, **kwargs):
        """The output of the layer."""
        return inputs

    def __call__(self, inputs, *args, **kwargs):
        """Add the layer to the graph; the first call creates the variables."""
        self._choose_scope(kwargs.pop("scope", None))
        with self._entered_scope() as scope:
            if "scope" in inspect.signature(self.call).parameters:
                kwargs["scope"] = scope
            with v1.name_scope(scope.original_name_scope):
                inputs = _as_tensors(inputs)
                self._build_once(inputs)
                check_inputs(self.input_spec, inputs, self.name)
                outputs = self.call(inputs, *args, **kwargs)
                self._penalize_activity(outputs)
        return outputs

    apply = __call__

    def _build_once(self, inputs):
        if self.built:
            return
        check_inputs(self.input_spec, inputs, self.name)
        flat = tf.nest.flatten(inputs)
        if self._dtype is None and flat and hasattr(flat[0], "dtype"):
            self._dtype = tf.as_dtype(flat[0].dtype).base_dtype
        self.build(tf.nest.map_structure(lambda x: x.shape, inputs))
        self.built = True

    def _penalize_activity(self, outputs):
        if self._activity_regularizer is None:
            return
        with v1.name_scope("ActivityRegularizer"):
            for output in tf.nest.flatten(outputs):
                penalty = self._activity_regularizer(output)
                self.add_loss(penalty / tf.cast(tf.shape(output)[0], penalty.dtype))

    # -- Variables -----------------------------------------------------------------

    def add_weight(self, name, shape, dtype=None, initializer=None, regularizer=None,
                   trainable=True, constraint=None, use_resource=None,
                   partitioner=None, **unused):
        """A variable from `tf.get_variable`, in the scope of the layer.

        :param regularizer: A function of the variable. Its value is added to the
            regularization losses when the variable is created, not when it is reused.
        """
        self._choose_scope(None)
        known = {id(v) for v in v1.get_collection(_KEYS.GLOBAL_VARIABLES)}
        with self._entered_scope() as scope:
            with v1.name_scope(scope.original_name_scope):
                variable = v1.get_variable(
                    name, shape, tf.as_dtype(dtype or self._dtype or tf.float32),
                    initializer, trainable=bool(trainable and self.trainable),
                    constraint=constraint, use_resource=use_resource,
                    partitioner=partitioner)
                if regularizer is not None:
                    self._penalize_weights(name, variable, regularizer, known)
        self._track(variable)
        return variable

    def add_variable(self, *args, **kwargs):
        """The same as :meth:`add_weight`."""
        return self.add_weight(*args, **kwargs)

    def _penalize_weights(self, name, variable, regularizer, known):
        for part in _partitions(variable):
            if id(part) not in known:
                with v1.name_scope(name + "/Regularizer"):
                    penalty = regularizer(part)
                if penalty is not None:
                    self.add_loss(penalty)

    def _track(self, variable):
        trained = {id(v) for v in v1.get_collection(_KEYS.TRAINABLE_VARIABLES)}
        kind = ("_trainable_weights" if id(_partitions(variable)[0]) in trained else
                "_non_trainable_weights")
        weights = self._list(kind)
        if all(variable is not v for v in weights):
            weights.append(variable)

    def _list(self, name):
        """A list attribute, which exists even if the constructor was not called."""
        return vars(self).setdefault(name, [])

    @property
    def trainable_weights(self):
        """The trainable variables; none if the layer is not trainable."""
        return list(self._list("_trainable_weights")) if self.trainable else []

    @property
    def non_trainable_weights(self):
        """All other variables."""
        frozen = [] if self.trainable else self._list("_trainable_weights")
        return list(frozen) + self._list("_non_trainable_weights")

    @property
    def weights(self):
        """All variables, trainable ones first."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def variables(self):
        """The same as `weights`."""
        return self.weights

    @property
    def trainable_variables(self):
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self):
        """The same as `non_trainable_weights`."""
        return self.non_trainable_weights

    def count_params(self):
        """The number of elements of all variables."""
        return sum(v.shape.num_elements() for v in self.weights)

    # -- Losses and updates --------------------------------------------------------

    @property
    def losses(self):
        """The penalties of the weights and of the outputs."""
        return list(self._list("_losses"))

    @property
    def updates(self):
        """The operations to run in each training step."""
        return list(self._list("_updates")) if self.trainable else []

    def add_loss(self, losses, inputs=None):
        """Add to the losses of the layer and to the regularization losses."""
        for loss in tf.nest.flatten(losses):
            loss = loss() if callable(loss) else loss
            if loss is not None:
                self._list("_losses").append(loss)
                v1.add_to_collection(_KEYS.REGULARIZATION_LOSSES, loss)

    def add_update(self, updates, inputs=None):
        """Add to `updates` and, if the layer is trainable, to the collection."""
        for update in tf.nest.flatten(updates):
            update = update() if callable(update) else update
            self._list("_updates").append(update)
            if self.trainable:
                v1.add_to_collection(_KEYS.UPDATE_OPS, update)

    def get_losses_for(self, inputs):
        """All losses: a layer does not record the inputs of each."""
        return self.losses

    def get_updates_for(self, inputs):
        """All updates: a layer does not record the inputs of each."""
        return self.updates


def _partitions(variable):
    """The variables that a partitioned variable consists of; else itself."""
    return list(variable) if hasattr(variable, "as_tensor") else [variable]


def _snake_case(name):
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2",
                   re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()
    return "private" + words if words.startswith("_") else words


def _add_number(base):
    store = v1.get_collection_ref(_LAYER_COUNTS)
    if not store:
        store.append({})
    store[0][base] = store[0].get(base, 0) + 1
    return "{}_{}".format(base, store[0][base])


def _as_tensors(inputs):
    """Convert arrays, lists of numbers and Tensor-like objects to Tensors."""
    if isinstance(inputs, tf.SparseTensor):
        return inputs
    if isinstance(inputs, (list, tuple, dict)):  # a layer of several inputs
        return tf.nest.map_structure(
            lambda x: tf.convert_to_tensor(x) if hasattr(x, "shape") else x, inputs)
    return tf.convert_to_tensor(inputs)


def layer_and_function(base, name, doc, without_reuse=False, **attributes):
    """A subclass of a layer with these class attributes, and its function.

    The function is called by the name in snake case.
    """
    layer = type(name, (base,), dict(
        attributes, __doc__=doc, __module__=base.__module__))
    return layer, layer_function(layer, _snake_case(name), without_reuse)


def layer_function(layer, name, without_reuse=False):
    """A function of `inputs`, the arguments of the class `layer`, and `reuse`."""
    parameters = [p for p in inspect.signature(layer).parameters.values()
                  if p.kind is p.POSITIONAL_OR_KEYWORD]
    more = [] if without_reuse else [
        inspect.Parameter("reuse", inspect.Parameter.POSITIONAL_OR_KEYWORD,
                          default=None)]
    first = inspect.Parameter("inputs", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    signature = inspect.Signature([first] + parameters + more)

    def function(*args, **kwargs):
        given = dict(signature.bind(*args, **kwargs).arguments)
        inputs = given.pop("inputs")
        private = {} if without_reuse else {
            "_reuse": given.pop("reuse", None), "_scope": given.get("name")}
        return layer(**given, **private)(inputs)

    function.__name__ = function.__qualname__ = name
    function.__signature__ = signature
    function.__doc__ = "Call a new :class:`{}` with `inputs`.".format(layer.__name__)
    return function
