"""The base class of distributions: shapes, sampling, densities and grouping."""
from __future__ import annotations

import copy
from typing import Any, Callable, List, Mapping, Optional, Tuple, Union

import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import (
    check_group_ndims,
    check_has_axes,
    check_keywords,
    check_n_samples,
)
from zhusuan.distributions._closed_forms import ClosedForms
from zhusuan.distributions._conversion import convert_given
from zhusuan.distributions._outer_product_warning import (
    WHOLE_SHAPE,
    warn_of_outer_product,
)
from zhusuan.distributions._parameter_shapes import (
    check_parameters_broadcast,
    dynamic_batch_shape,
    static_batch_shape,
)
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["Distribution"]

# AutoGraph parses the source of every function that is called, at the first trace.
_do_not_convert = tf.autograph.experimental.do_not_convert


class Distribution(ClosedForms):
    """The base class of probability distributions.

    **Shapes.** The parameters broadcast to the *batch shape* ``B``, not counting
    their own event axes. One draw has the *value shape* ``V``, which is ``[]`` for
    univariate distributions.

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
    parameters; otherwise they stop at the samples. With `use_path_derivative`,
    ``log_prob`` applies `tf.stop_gradient` to the parameters, so that its gradient
    flows through the value alone (Roeder, Wu and Duvenaud, 2017, "Sticking the
    landing", eq. 8).

    **Subclasses** implement ``_sample(n_samples)``, which returns
    ``[n_samples] + B + V``, and ``_log_prob(given)``, which returns ``(... +) B``.
    The shapes follow from the `parameters` passed to this constructor; otherwise
    override ``_batch_shape``, ``_get_batch_shape``, ``_value_shape`` and
    ``_get_value_shape``. Where a closed form exists, implement ``_entropy()``,
    ``_cdf(given)``, ``_quantile(probability)`` and the properties `mean`, `variance`
    and `mode`.

    :param dtype: The dtype of samples.
    :param param_dtype: The dtype of parameters and of log probabilities.
    :param is_continuous: A bool. Whether there is a density rather than a mass
        function.
    :param is_reparameterized: A bool, see above.
    :param use_path_derivative: A bool, see above.
    :param group_ndims: An int >= 0 or a 0-D integer Tensor, ``g`` above.
    :param parameters: A dict of ``name: (Tensor, number of event axes)``.

    The constructor raises ValueError if the parameters do not broadcast or
    `group_ndims` is negative, and TypeError for an unknown argument.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Normal([0., 1.], std=[[1.], [2.], [3.]], group_ndims=1)
    >>> print(dist.get_batch_shape(), dist.sample(5).shape, dist.log_prob(0.).shape)
    (3, 2) (5, 3, 2) (3,)
    """

    def __init__(self, dtype: DTypeLike, param_dtype: DTypeLike, is_continuous: bool,
                 is_reparameterized: bool, use_path_derivative: bool = False,
                 group_ndims: TensorLike = 0,
                 parameters: Optional[Mapping[str, Tuple[tf.Tensor, int]]] = None,
                 **kwargs: Any) -> None:
        check_keywords(type(self), kwargs)
        self._dtype = tf.as_dtype(dtype).base_dtype
        self._param_dtype = tf.as_dtype(param_dtype).base_dtype
        self._is_continuous = is_continuous
        self._is_reparameterized = is_reparameterized
        self._use_path_derivative = use_path_derivative
        self._group_ndims = check_group_ndims(group_ndims)
        self._parameters = dict(parameters or {})
        check_parameters_broadcast(self._parameters)

    # -- Properties --

    @property
    def dtype(self) -> tf.DType:
        """The dtype of samples."""
        return self._dtype

    @property
    def param_dtype(self) -> tf.DType:
        """The dtype of parameters and log probabilities."""
        return self._param_dtype

    @property
    def is_continuous(self) -> bool:
        """Whether the distribution has a density rather than a mass function."""
        return self._is_continuous

    @property
    def is_reparameterized(self) -> bool:
        """Whether gradients flow from samples to parameters."""
        return self._is_reparameterized

    @property
    def use_path_derivative(self) -> bool:
        """Whether ``log_prob`` stops gradients to the parameters."""
        return self._use_path_derivative

    @property
    def group_ndims(self) -> Union[int, tf.Tensor]:
        """The number of last batch axes that form one event."""
        return self._group_ndims

    def path_param(self, param: TensorLike) -> tf.Tensor:
        """Stop the gradient to `param` if `use_path_derivative`."""
        return tf.stop_gradient(param) if self._use_path_derivative else param

    def with_path_derivative(self) -> Distribution:
        """A copy with `use_path_derivative` that shares all Tensors."""
        twin = copy.copy(self)
        twin._use_path_derivative = True
        return twin

    def without_groups(self) -> Distribution:
        """A copy with `group_ndims` 0 that shares all Tensors."""
        twin = copy.copy(self)
        twin._group_ndims = 0
        return twin

    # -- Shapes --

    @property
    def value_shape(self) -> tf.Tensor:
        """The shape of one draw, a 1-D int32 Tensor."""
        return _shape_tensor(self.get_value_shape(), self._value_shape)

    def get_value_shape(self) -> tf.TensorShape:
        """The static shape of one draw, a `tf.TensorShape`."""
        return self._get_value_shape()

    @property
    def batch_shape(self) -> tf.Tensor:
        """The shape of the batch of distributions, a 1-D int32 Tensor."""
        return _shape_tensor(self.get_batch_shape(), self._batch_shape)

    def get_batch_shape(self) -> tf.TensorShape:
        """The static shape of the batch, a `tf.TensorShape`."""
        return self._get_batch_shape()

    def _value_shape(self) -> tf.Tensor:
        return tf.constant([], dtype=tf.int32)

    def _get_value_shape(self) -> tf.TensorShape:
        return tf.TensorShape([])

    def _batch_shape(self) -> tf.Tensor:
        return dynamic_batch_shape(self._parameters)

    def _get_batch_shape(self) -> tf.TensorShape:
        return static_batch_shape(self._parameters)

    def _add_to_batch(self, name: str, parameter: tf.Tensor) -> None:
        """Include one more parameter in the batch shape, if it has axes."""
        if tf.is_tensor(parameter) and parameter.shape.rank != 0:
            self._parameters[name] = parameter, 0
            check_parameters_broadcast(self._parameters)

    def _sample_shape(self,
                      n_samples: Union[int, tf.Tensor]) -> Union[List[int], tf.Tensor]:
        """``[n_samples] + B + V``: a list of ints if it is static, else a Tensor."""
        static = self.get_batch_shape().concatenate(self.get_value_shape())
        if static.is_fully_defined() and not tf.is_tensor(n_samples):
            return [int(n_samples)] + static.as_list()
        return tf.concat([tf.reshape(tf.cast(n_samples, tf.int32), [1]),
                          self.batch_shape, self.value_shape], axis=0)

    # -- Sampling --

    @_do_not_convert
    def sample(self, n_samples: Optional[TensorLike] = None) -> tf.Tensor:
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

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        raise NotImplementedError(
            "%s has no _sample(n_samples)." % type(self).__name__)

    # -- Densities --

    @_do_not_convert
    def log_prob(self, given: TensorLike) -> tf.Tensor:
        """The log density or log mass at `given`, summed over grouped axes.

        :param given: A Tensor of the sample dtype, broadcastable to
            ``(... +) B + V``.
        :return: A Tensor of `param_dtype` and shape ``(... +) B[:-g]``.

        Raises ValueError if `given` does not broadcast and TypeError if it does not
        have the sample dtype.
        """
        given = self._check_input_shape(given)
        self._warn_of_outer_product(given)
        return self._group(tf.reduce_sum, self._log_prob(given))

    @_do_not_convert
    def prob(self, given: TensorLike) -> tf.Tensor:
        """The density or mass at `given`, see :meth:`log_prob`."""
        given = self._check_input_shape(given)
        self._warn_of_outer_product(given)
        return self._group(tf.reduce_prod, self._prob(given))

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        raise NotImplementedError(
            "%s has no _log_prob(given)." % type(self).__name__)

    def _prob(self, given: tf.Tensor) -> tf.Tensor:
        return tf.exp(self._log_prob(given))

    def _ordinary_value(self) -> tf.Tensor:
        """A value that broadcasts to ``B + V`` and causes no nan in `_log_prob`.

        Gradients that are multiplied by 0 are 0 there, too. It is in the support, or
        its log density is -inf. It replaces values that a mask ignores.
        """
        return tf.constant(0.5 if self._is_continuous else 0, self._dtype)

    def _group(self, reduce: Callable[..., tf.Tensor], x: tf.Tensor) -> tf.Tensor:
        if isinstance(self._group_ndims, int):
            if self._group_ndims == 0:
                return x
            x = check_has_axes(self, self._group_ndims, x)
            return reduce(x, axis=list(range(-self._group_ndims, 0)))
        static = tf.get_static_value(self._group_ndims)
        x = check_has_axes(
            self, self._group_ndims if static is None else int(static), x)
        return reduce(x, axis=tf.range(-self._group_ndims, 0))

    def _warn_of_outer_product(self, given: tf.Tensor) -> None:
        warn_of_outer_product(
            "The value given to log_prob or prob", given.shape, WHOLE_SHAPE,
            self.get_batch_shape().concatenate(self.get_value_shape()))

    def _check_input_shape(self, given: TensorLike) -> tf.Tensor:
        """Convert `given` to a Tensor of the sample dtype that broadcasts to ``B + V``.

        Raises ValueError if the static shapes do not broadcast.
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

    def __repr__(self) -> str:
        return "<zhusuan.distributions.%s batch_shape=%s value_shape=%s %s>" % (
            type(self).__name__, self.get_batch_shape(),
            self.get_value_shape(), self._dtype.name)


def _shape_tensor(static: tf.TensorShape,
                  dynamic: Callable[[], tf.Tensor]) -> tf.Tensor:
    """A shape as a Tensor: a constant if it is static, else ``dynamic()``."""
    if static.is_fully_defined():
        return tf.constant(static.as_list(), dtype=tf.int32)
    return dynamic()
