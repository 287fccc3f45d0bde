"""The base class of dense layers and convolutions with random weights."""
import keras
import tensorflow.compat.v2 as tf

from zhusuan import distributions
from zhusuan._tf import random_numbers
from zhusuan.layers import _estimators, _saved_arguments
from zhusuan.layers._arguments import (
    check_function,
    checked_prior,
    checked_std,
    choose,
)
from zhusuan.layers._random_weights import (
    RandomWeight,
    deterministic,
    mean_field_normal,
    prior_function,
)
from zhusuan.layers.base import VariationalLayer

__all__ = ["PARAMETERS", "LinearLayer"]

_FUNCTIONS = ["posterior_fn", "posterior_tensor_fn", "prior_fn", "divergence_fn"]

# The end of the docstring of each class.
PARAMETERS = """
    :param activation: A function or the name of one in Keras, or None for the identity.
    :param prior: The prior of the elements of the kernel, a distribution of ZhuSuan;
        ``Normal(0., std=1.)`` by default.
    :param bias_prior: The prior of the bias. By default the bias is not random.
    :param initial_std: The initial standard deviation of the posteriors, a float > 0.
    :param use_bias: A bool.
    :param kernel_initializer: The initializer of the means of the kernel.
    :param bias_initializer: The initializer of the (means of the) bias.
    :param kernel_posterior_fn: A function ``(dtype, shape, name, trainable,
        add_variable_fn)`` that returns the posterior of the kernel, a distribution of
        ZhuSuan or of TensorFlow Probability. It is called again in each call of the
        layer and gets the present values of its variables. "default" is a normal
        distribution with independent elements.
    :param kernel_posterior_tensor_fn: A function of the posterior that returns a draw.
        None calls ``sample()``.
        :class:`~zhusuan.layers.dense.DenseLocalReparameterization` calls it with the
        distribution of the outputs before the activation.
    :param kernel_prior_fn: Like `kernel_posterior_fn`, for the prior. None omits the KL
        divergence of the kernel; "default" returns `prior`.
    :param kernel_divergence_fn: A function ``(posterior, prior, None)`` that returns
        the divergence, to be multiplied by `kl_weight`. None is the KL divergence: in
        closed form, else estimated from one draw.
    :param bias_posterior_fn: Like `kernel_posterior_fn`. None omits the bias. "default"
        is a bias that is not random, or a normal distribution if there is a prior.
    :param bias_posterior_tensor_fn: Like `kernel_posterior_tensor_fn`.
    :param bias_prior_fn: Like `kernel_prior_fn`. "default" returns `bias_prior`.
    :param bias_divergence_fn: Like `kernel_divergence_fn`.
    :param kwargs: `kl_weight`, `seed` and `inference`, see
        :class:`~zhusuan.layers.base.VariationalLayer`, and arguments of
        `keras.layers.Layer`.

    Raises ValueError or TypeError for arguments that exclude each other, and when the
    layer is built for a posterior or a prior of another shape than the weight.
"""


class LinearLayer(VariationalLayer):
    """A linear map of the inputs by a random kernel, a bias and an activation.

    Subclasses define `_estimator`, `_product`, `_kernel_shape` and `_n_outputs`, and
    `_channel_axis` if the last axis is not the one of the channels.
    """

    _estimator = ""
    _channel_axis = -1

    def __init__(self, *, activation=None, prior=None, bias_prior=None,
                 initial_std=0.03, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_posterior_fn="default",
                 kernel_posterior_tensor_fn=None, kernel_prior_fn="default",
                 kernel_divergence_fn=None, bias_posterior_fn="default",
                 bias_posterior_tensor_fn=None, bias_prior_fn="default",
                 bias_divergence_fn=None, **kwargs):
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.prior = checked_prior(
            prior, kernel_prior_fn, "prior", "kernel_prior_fn", self.name)
        self.bias_prior = checked_prior(
            bias_prior, bias_prior_fn, "bias_prior", "bias_prior_fn", self.name)
        self.initial_std = checked_std(initial_std, self.name)
        self.use_bias = bool(use_bias) and bias_posterior_fn is not None
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_posterior_fn = kernel_posterior_fn
        self.kernel_posterior_tensor_fn = kernel_posterior_tensor_fn
        self.kernel_prior_fn = kernel_prior_fn
        self.kernel_divergence_fn = kernel_divergence_fn
        self.bias_posterior_fn = bias_posterior_fn
        self.bias_posterior_tensor_fn = bias_posterior_tensor_fn
        self.bias_prior_fn = bias_prior_fn
        self.bias_divergence_fn = bias_divergence_fn
        for name in self._function_names():
            check_function(getattr(self, name), name, self.name)
        self._kernel = self._bias = None

    def build(self, input_shape):
        """Create the variables."""
        super().build(input_shape)
        self._kernel = RandomWeight(
            self, "kernel", self._kernel_shape(input_shape),
            choose(self.kernel_posterior_fn, mean_field_normal(
                self.kernel_initializer, self.initial_std)),
            choose(self.kernel_prior_fn, prior_function(self.prior)),
            self.kernel_divergence_fn, self.kernel_posterior_tensor_fn)
        self._kernel.check_family(self._estimator)
        if self.use_bias:
            self._bias = self._build_bias()
            self._bias.check_family(self._estimator)
        self.built = True

    @property
    def kernel_posterior(self):
        """The posterior of the kernel, a distribution; None if not built."""
        return self._kernel and self._kernel.posterior_of_user()

    @property
    def bias_posterior(self):
        """The posterior of the bias, a distribution; None without a random bias."""
        return self._bias and self._bias.posterior_of_user()

    def call(self, inputs, training=False):
        """The outputs for a draw of the weights, or for their means."""
        with self._seeded():
            outputs, draws = (
                self._by_estimator(inputs) if self._draws_weights(training) else
                self._by_means(inputs))
            self._add_divergences([each.divergence(draw) for each, draw in
                                   zip(self._weights(), draws)], training)
        return self.activation(outputs)

    def get_config(self):
        """The arguments of the constructor, serialized."""
        config = {**super().get_config(), "initial_std": self.initial_std,
                  "use_bias": self.use_bias}
        for name in ("activation", "kernel_initializer", "bias_initializer",
                     *self._function_names()):
            config[name] = _saved_arguments.describe_argument(getattr(self, name))
        for name in ("prior", "bias_prior"):
            config[name] = _saved_arguments.describe_prior(
                getattr(self, name), name, self.name)
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = _saved_arguments.describe_argument(
                self.activity_regularizer)
        return config

    # -- Weights --

    @staticmethod
    def _function_names():
        return ["%s_%s" % (weight, function) for weight in ("kernel", "bias")
                for function in _FUNCTIONS]

    def _build_bias(self):
        prior_fn = self.bias_prior_fn
        if prior_fn == "default":
            prior_fn = self.bias_prior and prior_function(self.bias_prior)
        posterior_fn = (
            deterministic(self.bias_initializer) if prior_fn is None else
            mean_field_normal(self.bias_initializer, self.initial_std))
        return RandomWeight(
            self, "bias", (self._n_outputs(),),
            choose(self.bias_posterior_fn, posterior_fn), prior_fn,
            self.bias_divergence_fn, self.bias_posterior_tensor_fn)

    def _weights(self):
        return [each for each in (self._kernel, self._bias) if each is not None]

    def _broadcastable(self, bias):
        """A bias in the compute dtype, with an axis for each axis of the outputs."""
        bias = self._cast(bias)
        if self._channel_axis == -1 or bias is None:
            return bias
        return tf.reshape(bias, [-1] + [1] * (-1 - self._channel_axis))

    def _cast(self, weight):
        return None if weight is None else tf.cast(weight, self.compute_dtype)

    # -- Estimators: outputs, and the draw of each weight --

    def _by_estimator(self, inputs):
        return {"reparameterization": self._by_reparameterization,
                "local_reparameterization": self._by_local_reparameterization,
                "flipout": self._by_flipout}[self._estimator](inputs)

    def _by_means(self, inputs):
        means = [each.posterior().mean for each in self._weights()]
        return self._outputs_at(inputs, means), [None] * len(means)

    def _by_reparameterization(self, inputs):
        draws = [each.draw() for each in self._weights()]
        return self._outputs_at(inputs, draws), draws

    def _outputs_at(self, inputs, weights):
        kernel, bias = [*weights, None][:2]
        return _estimators.reparameterization(
            self._product, inputs, self._cast(kernel), self._broadcastable(bias))

    def _by_flipout(self, inputs):
        pairs = [each.draw_perturbation() for each in self._weights()]
        (kernel, perturbation), (bias, bias_perturbation) = [*pairs, (None, None)][:2]
        outputs = _estimators.flipout(
            self._product, inputs, self._cast(kernel), self._cast(perturbation),
            self._signs(inputs, inputs.shape[self._channel_axis]),
            self._signs(inputs, self._n_outputs()), self._broadcastable(bias),
            self._broadcastable(bias_perturbation))
        return outputs, [mean if change is None else mean + change
                         for mean, change in pairs]

    def _signs(self, inputs, n_channels):
        """Signs for each datum and channel, equal along the other axes."""
        inputs = tf.convert_to_tensor(inputs)
        shape = [tf.shape(inputs)[0]] + [1] * (inputs.shape.rank - 1)
        shape[self._channel_axis] = n_channels
        return random_numbers.signs(shape, self.compute_dtype)

    def _by_local_reparameterization(self, inputs):
        moments = [each.moments() for each in self._weights()]
        (kernel, variance), (bias, bias_variance) = [*moments, (None, None)][:2]
        mean, std = _estimators.local_reparameterization(
            self._product, inputs, self._cast(kernel), self._cast(variance),
            self._broadcastable(bias), self._broadcastable(bias_variance))
        return self._draw_outputs(mean, std), [None] * len(moments)

    def _draw_outputs(self, mean, std):
        if self.kernel_posterior_tensor_fn is not None:
            return self.kernel_posterior_tensor_fn(
                distributions.Normal(mean, std=std))
        noise = random_numbers.normal(tf.shape(mean), self.variable_dtype)
        return mean + std * self._cast(noise)

