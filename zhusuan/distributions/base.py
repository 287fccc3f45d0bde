"""Base class of all distributions: the shape law, the checks, the grouping."""
import copy

import tensorflow.compat.v2 as tf

from zhusuan.distributions import _outer_product_warning as outer_product
from zhusuan.distributions._checks import (
    check_broadcast,
    check_group_ndims,
    check_has_axes,
    check_keywords,
    check_n_samples,
)
from zhusuan.distributions._conversion import convert_given

__all__ = ["Distribution"]

# AutoGraph would read the source of all that these call, at the first trace.
_do_not_convert = tf.autograph.experimental.do_not_convert


class _Statistic:
    """A property that says what is missing; classes and objects may replace it."""

    def __init__(self, meaning):
        self.__doc__ = (
            "The %s, a Tensor of a shape broadcastable to ``B + V``. "
            "NotImplementedError where it does not exist or has no closed form."
            % meaning)

    def __set_name__(self, owner, name):
        self._name = name

    def __get__(self, distribution, owner=None):
        if distribution is None:
            return self
        raise _no_closed_form(distribution, self._name)


class Distribution:
    """The base class of probability distributions.

    **Shapes.** The parameters broadcast to the *batch shape* ``B`` (followed by
    the parameters' own event axes, if any); one draw has the *value shape*
    ``V``, which is ``[]`` for univariate distributions.

    ==================  ==============================  =======================
    call                argument                        result shape
    ==================  ==============================  =======================
    ``sample()``                                        ``B + V``
    ``sample(n)``       int or 0-D integer Tensor       ``[n] + B + V``
    ``log_prob(x)``     broadcastable to                ``(... +) B[:-g]``
                        ``(... +) B + V``
    ==================  ==============================  =======================

    ``g`` is `group_ndims`: the last ``g`` axes of ``B`` are one event, whose
    log probabilities are summed (and probabilities multiplied).

    **Gradients.** If `is_reparameterized`, gradients flow from samples to the
    parameters; otherwise samples are constants to differentiation. With
    `use_path_derivative`, ``log_prob`` sees its parameters through
    `tf.stop_gradient`, so that its gradient flows through the value alone
    (Roeder, Wu and Duvenaud, 2017, "Sticking the landing", eq. 8).

    **Subclasses** write ``_sample(n_samples)``, which returns
    ``[n_samples] + B + V``, and ``_log_prob(given)``, which returns
    ``(... +) B``. They give their `parameters` to this constructor, and the
    shapes follow; or override the ``_batch_shape`` and ``_value_shape`` family.
    Where they have a closed form, ``_entropy()``, ``_cdf(given)``,
    ``_log_cdf(given)``, ``_log_survival(given)`` and ``_quantile(probability)`` and
    properties `mean`, `variance` and `mode` may follow.

    :param dtype: The dtype of samples.
    :param param_dtype: The dtype of parameters and of log probabilities.
    :param is_continuous: A bool.
    :param is_reparameterized: A bool.
    :param use_path_derivative: A bool.
    :param group_ndims: An int >= 0 or a 0-D integer Tensor, ``g`` above.
    :param parameters: A dict of ``name: (Tensor, number of event axes)``.
    """

    def __init__(self, dtype, param_dtype, is_continuous, is_reparameterized,
                 use_path_derivative=False, group_ndims=0, parameters=None,
                 **kwargs):
        check_keywords(type(self), kwargs)
        self._dtype = tf.as_dtype(dtype).base_dtype
        self._param_dtype = tf.as_dtype(param_dtype).base_dtype
        self._is_continuous = is_continuous
        self._is_reparameterized = is_reparameterized
        self._use_path_derivative = use_path_derivative
        self._group_ndims = check_group_ndims(group_ndims)
        self._parameters = dict(parameters or {})
        self._check_parameters_broadcast()

    # -- Properties --

    @property
    def dtype(self):
        """The dtype of samples."""
        return self._dtype

    @property
    def param_dtype(self):
        """The dtype of parameters and log probabilities."""
        return self._param_dtype

    @property
    def is_continuous(self):
        """Whether the distribution has a density rather than a mass function."""
        return self._is_continuous

    @property
    def is_reparameterized(self):
        """Whether gradients flow from samples to parameters."""
        return self._is_reparameterized

    @property
    def use_path_derivative(self):
        """Whether ``log_prob`` stops gradients to the parameters."""
        return self._use_path_derivative

    @property
    def group_ndims(self):
        """How many of the last batch axes form one event."""
        return self._group_ndims

    def path_param(self, param):
        """`param` as ``log_prob`` should see it, see `use_path_derivative`."""
        return tf.stop_gradient(param) if self._use_path_derivative else param

    def with_path_derivative(self):
        """This distribution with `use_path_derivative`, sharing all Tensors."""
        twin = copy.copy(self)
        twin._use_path_derivative = True
        return twin

    # -- Shapes --

    @property
    def value_shape(self):
        """The shape of one draw, a 1-D int32 Tensor."""
        static = self.get_value_shape()
        if static.is_fully_defined():
            return tf.constant(static.as_list(), dtype=tf.int32)
        return self._value_shape()

    def get_value_shape(self):
        """The static shape of one draw, a `tf.TensorShape`."""
        return self._get_value_shape()

    @property
    def batch_shape(self):
        """The shape of the batch of distributions, a 1-D int32 Tensor."""
        static = self.get_batch_shape()
        if static.is_fully_defined():
            return tf.constant(static.as_list(), dtype=tf.int32)
        return self._batch_shape()

    def get_batch_shape(self):
        """The static shape of the batch, a `tf.TensorShape`."""
        return self._get_batch_shape()

    def _value_shape(self):
        return tf.constant([], dtype=tf.int32)

    def _get_value_shape(self):
        return tf.TensorShape([])

    def _batch_shape(self):
        shape = tf.constant([], dtype=tf.int32)
        for tensor, event_ndims in self._parameters.values():
            own = tf.shape(tensor)
            own = own[:tf.size(own) - event_ndims] if event_ndims else own
            shape = tf.broadcast_dynamic_shape(shape, own)
        return shape

    def _get_batch_shape(self):
        shape = tf.TensorShape([])
        for tensor, event_ndims in self._parameters.values():
            shape = tf.broadcast_static_shape(
                shape, _without_last(tensor.shape, event_ndims))
        return shape

    def _check_parameters_broadcast(self):
        seen_name, seen = None, tf.TensorShape([])
        for name, (tensor, event_ndims) in self._parameters.items():
            shape = _without_last(tensor.shape, event_ndims)
            outer_product.warn_of_outer_product(
                name, shape, "the shape of %s" % seen_name, seen)
            seen = check_broadcast(name, shape, seen_name, seen)
            seen_name = name if seen_name is None else seen_name + " and " + name

    def _add_to_batch(self, name, parameter):
        """Let one more parameter take part in the batch shape, if it has axes."""
        if tf.is_tensor(parameter) and parameter.shape.rank != 0:
            self._parameters[name] = parameter, 0
            self._check_parameters_broadcast()

    def _sample_shape(self, n_samples):
        """``[n_samples] + B + V``: a list of ints if known, else a Tensor."""
        static = self.get_batch_shape().concatenate(self.get_value_shape())
        if static.is_fully_defined() and not tf.is_tensor(n_samples):
            return [int(n_samples)] + static.as_list()
        return tf.concat([tf.reshape(tf.cast(n_samples, tf.int32), [1]),
                          self.batch_shape, self.value_shape], axis=0)

    # -- Sampling --

    @_do_not_convert
    def sample(self, n_samples=None):
        """Draw samples.

        :param n_samples: None, an int, or a 0-D integer Tensor.
        :return: A Tensor of shape ``B + V`` if `n_samples` is None, else
            ``[n_samples] + B + V``.
        """
        shape = self.get_batch_shape().concatenate(self.get_value_shape())
        if n_samples is None:
            samples = tf.squeeze(self._sample(1), axis=0)
        else:
            n_samples, n_static = check_n_samples(n_samples)
            samples = tf.convert_to_tensor(self._sample(n_samples))
            shape = tf.TensorShape([n_static]).concatenate(shape)
        samples.set_shape(shape)
        if not self._is_reparameterized:
            samples = tf.stop_gradient(samples)
        return samples

    def _sample(self, n_samples):
        raise NotImplementedError(
            "%s has no _sample(n_samples)." % type(self).__name__)

    # -- Densities --

    @_do_not_convert
    def log_prob(self, given):
        """The log density or log mass at `given`, grouped.

        :param given: A Tensor of the sample dtype, broadcastable to
            ``(... +) B + V``.
        :return: A Tensor of `param_dtype` and shape ``(... +) B[:-g]``.
        """
        given = self._check_input_shape(given)
        self._warn_of_outer_product(given)
        return self._group(tf.reduce_sum, self._log_prob(given))

    @_do_not_convert
    def prob(self, given):
        """The density or mass at `given`, grouped. See :meth:`log_prob`."""
        given = self._check_input_shape(given)
        self._warn_of_outer_product(given)
        return self._group(tf.reduce_prod, self._prob(given))

    def _log_prob(self, given):
        raise NotImplementedError(
            "%s has no _log_prob(given)." % type(self).__name__)

    def _prob(self, given):
        return tf.exp(self._log_prob(given))

    # -- What has a closed form for some distributions only --

    mean = _Statistic("expectation")
    variance = _Statistic("variance")
    mode = _Statistic("point where the density or mass is largest")

    def entropy(self):
        """The entropy in nats, grouped: minus the expectation of ``log_prob``.

        :return: A Tensor of `param_dtype` and shape ``B[:-g]``.
        """
        entropy = tf.cast(self._entropy(), self._param_dtype)
        return self._group(tf.reduce_sum, tf.broadcast_to(
            entropy, self.batch_shape))

    @_do_not_convert
    def cdf(self, given):
        """The probability of values up to `given`, not grouped.

        :param given: A Tensor of the sample dtype, broadcastable to
            ``(... +) B``.
        :return: A Tensor of `param_dtype` and shape ``(... +) B``.
        """
        return tf.cast(self._cdf(self._check_input_shape(given)), self._param_dtype)

    @_do_not_convert
    def log_cdf(self, given):
        """The log of :meth:`cdf`, accurate where that underflows or rounds to 1.

        :param given: A Tensor of the sample dtype, broadcastable to
            ``(... +) B``.
        :return: A Tensor of `param_dtype` and shape ``(... +) B``.
        """
        return tf.cast(self._log_cdf(self._check_input_shape(given)),
                       self._param_dtype)

    @_do_not_convert
    def log_survival(self, given):
        """The log of the probability of values above `given`. See :meth:`log_cdf`."""
        return tf.cast(self._log_survival(self._check_input_shape(given)),
                       self._param_dtype)

    @_do_not_convert
    def quantile(self, probability):
        """The smallest value whose :meth:`cdf` reaches `probability`.

        :param probability: A Tensor of `param_dtype` with values in [0, 1],
            broadcastable to ``(... +) B``.
        :return: A Tensor of the sample dtype and shape ``(... +) B``.
        """
        probability = convert_given(probability, self._param_dtype)
        return tf.cast(self._quantile(probability), self._dtype)

    def _entropy(self):
        raise _no_closed_form(self, "entropy()")

    def _cdf(self, given):
        raise _no_closed_form(self, "cdf(given)")

    def _log_cdf(self, given):
        return tf.math.log(self._cdf(given))

    def _log_survival(self, given):
        return tf.math.log1p(-self._cdf(given))

    def _quantile(self, probability):
        raise _no_closed_form(self, "quantile(probability)")

    def _group(self, reduce, x):
        if isinstance(self._group_ndims, int):
            if self._group_ndims == 0:
                return x
            x = check_has_axes(self, self._group_ndims, x)
            return reduce(x, axis=list(range(-self._group_ndims, 0)))
        static = tf.get_static_value(self._group_ndims)
        x = check_has_axes(
            self, self._group_ndims if static is None else int(static), x)
        return reduce(x, axis=tf.range(-self._group_ndims, 0))

    def _warn_of_outer_product(self, given):
        outer_product.warn_of_outer_product(
            "The value given to log_prob or prob", given.shape,
            outer_product.WHOLE_SHAPE,
            self.get_batch_shape().concatenate(self.get_value_shape()))

    def _check_input_shape(self, given):
        """`given` as a Tensor of the sample dtype, which broadcasts to ``B + V``.

        ValueError if the static shapes show that it does not.
        """
        given = convert_given(given, self._dtype, self._is_continuous)
        shape = self.get_batch_shape().concatenate(self.get_value_shape())
        try:
            tf.broadcast_static_shape(given.shape, shape)
        except ValueError:
            raise ValueError(
                "The value given to log_prob or prob of %r should broadcast to "
                "match its batch shape + value shape, %s, but the value has "
                "shape %s." % (self, shape, given.shape)) from None
        return given

    def __repr__(self):
        return "<zhusuan.distributions.%s batch_shape=%s value_shape=%s %s>" % (
            type(self).__name__, self.get_batch_shape(),
            self.get_value_shape(), self._dtype.name)


def _no_closed_form(distribution, name):
    return NotImplementedError(
        "%s has no %s: it does not exist or has no closed form. Estimate it from "
        "samples instead." % (type(distribution).__name__, name))


def _without_last(shape, n_axes):
    if shape.rank is None or n_axes == 0:
        return shape
    return shape[:shape.rank - n_axes]
