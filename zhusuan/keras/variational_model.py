"""Keras models for generative models with variational posteriors."""
import random
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

import keras
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf.random_numbers import seeded
from zhusuan.distributions._conversion import check_int, check_seed
from zhusuan.keras._autoencoder import Autoencoder, refuse_functions
from zhusuan.keras._generative_functions import GenerativeFunctions
from zhusuan.keras._model_inputs import (
    as_values,
    check_rows,
    count_data,
    inputs_of,
    refuse_losses,
    refuse_targets,
)
from zhusuan.keras._objectives import DataObjective
from zhusuan.keras._steps import count_replicas, gradients_of, noise_of
from zhusuan.utils._types import TensorLike

__all__ = ["VariationalModel"]

# Streams of seeds: that of training begins at 0, the others here.
_TEST, _PREDICTION, _GENERATION = 2 ** 40, 2 ** 41, 2 ** 41 + 2 ** 40


@keras.saving.register_keras_serializable(package="zhusuan")
class VariationalModel(keras.Model):
    """A generative model with a variational posterior, trained by `fit` of Keras.

    There are two ways to define it. The first is a variational autoencoder with a
    standard normal prior of the latents "z" and a diagonal normal posterior::

        model = zs.keras.VariationalModel(encoder=encoder, decoder=decoder, n_latent=40)
        model.compile("adam", objective="elbo")
        model.fit(x_train, validation_data=x_val)
        model.evaluate(x_test, return_dict=True)  # "loss" and "log_likelihood"
        images = model.generate(100)

    The second is a pair of functions that return BayesianNets. Arguments are passed by
    name: the networks, `n_samples`, the number of samples of each latent, `n_data`, the
    number of data, and inputs::

        def generative(decoder, n_data, n_samples):
            bn = zs.BayesianNet()
            z = bn.normal("z", tf.zeros([n_data, 40]), std=1., group_ndims=1,
                          n_samples=n_samples)
            bn.bernoulli("x", decoder(z), group_ndims=1)
            return bn

        def variational(encoder, x, n_samples):
            bn = zs.BayesianNet()
            mean, logstd = tf.split(encoder(x), 2, axis=-1)
            bn.normal("z", mean, logstd=logstd, group_ndims=1, n_samples=n_samples)
            return bn

        model = zs.keras.VariationalModel(
            generative, variational, networks={"encoder": encoder, "decoder": decoder})

    Log densities must have the shape `[n_samples, n_data]`. In mixed precision, pass
    ``dtype="float32"`` to the last layers of networks that functions take. To save the
    model, register the functions by `keras.saving.register_keras_serializable`, or pass
    them as `custom_objects` to `keras.saving.load_model`.

    Inputs of `fit`, `evaluate` and `predict` are arrays `[n_data, ...]`, dicts of them
    by name, or `tf.data.Dataset` of either, without targets and sample weights. The
    noise of each training step is a function of `seed` and the number of the step.
    `evaluate`, `predict` and `generate` return the same numbers in each call.

    :param model: The generative function, which may be decorated by
        :func:`~zhusuan.framework.meta_bn.meta_bayesian_net`.
    :param variational: The function of the posterior.
    :param networks: A dict of layers or models of Keras by the names of arguments of
        the functions; or a list of networks that the functions use without taking them
        as arguments. With a list, only the weights can be saved.
    :param data: The name of the node of data, or a list of names. Other inputs are
        conditions, such as labels, that the functions take as arguments.
    :param encoder: A network with outputs `[n, 2 * n_latent]`: means and log standard
        deviations.
    :param decoder: A network with inputs `[n, n_latent]`. Its outputs have the shape of
        the data. For "categorical" they have another axis, of classes, and for
        "heteroscedastic_normal" the last axis has two numbers for each of the data.
    :param n_latent: An int, the number of latents of each datum.
    :param likelihood: The distribution of data given the outputs of the decoder, as
        :func:`~zhusuan.keras.bayesian` defines it: "bernoulli", "categorical",
        "normal", "heteroscedastic_normal" or "poisson"; or a function of a BayesianNet
        and the outputs `[n_samples, n, ...]` that adds the node "x". Data between 0 and
        1 are accepted for "bernoulli".
    :param noise: A positive number, the standard deviation of "normal"; a weight to
        train by default.
    :param seed: An int. By default, `keras.utils.set_random_seed` determines it.
    :param kwargs: `name`, `dtype` and `trainable` of `keras.Model`.

    Raises `TypeError` and `ValueError` if functions, networks and names do not fit.
    """

    def __init__(self, model: Optional[Callable[..., Any]] = None,
                 variational: Optional[Callable[..., Any]] = None,
                 networks: Union[None, Dict[str, Any], Sequence[Any]] = None,
                 data: Union[str, Sequence[str]] = "x", encoder: Any = None,
                 decoder: Any = None, n_latent: Optional[int] = None,
                 likelihood: Union[str, Callable[..., Any]] = "bernoulli",
                 noise: Optional[float] = None, seed: Optional[int] = None,
                 **kwargs: Any) -> None:
        # Layers cast their inputs themselves; densities need data of full precision.
        super().__init__(autocast=False, **kwargs)
        self.seed = random.randrange(2 ** 31) if seed is None else check_seed(
            "VariationalModel: seed", seed)
        self._data = [data] if isinstance(data, str) else list(data)
        self._is_autoencoder = encoder is not None or decoder is not None
        self._settings = {
            "data": data, "seed": self.seed, "n_latent": n_latent, "noise": noise,
            "likelihood": likelihood} if self._is_autoencoder else {
                "data": data, "seed": self.seed, "model": model,
                "variational": variational}
        if self._is_autoencoder:
            refuse_functions(model=model, variational=variational, networks=networks,
                             data=None if data == "x" else data)
            networks = {"encoder": encoder, "decoder": decoder}
            is_trained = noise is None and likelihood == "normal"
            functions = Autoencoder(networks, n_latent, likelihood,
                                    self._make_noise() if is_trained else noise)
            model, variational = functions.model, functions.variational
        self.networks: Any = [] if networks is None else networks
        self._functions = GenerativeFunctions(
            model, variational, self.networks, self._data)
        self._objective: Optional[DataObjective] = None
        self._loss_mean = keras.metrics.Mean(name="loss")
        self._log_likelihood_mean = keras.metrics.Mean(name="log_likelihood")
        self._n_test_samples = 0  # importance samples of `test_step`
        self._test_functions: Dict[int, Any] = {}  # compiled, by their number
        self.built = all(layer.built for layer in self.layers)

    def build(self, input_shape: Any = None) -> None:
        """Do nothing: the networks build themselves when they are called."""

    # -- Training -----------------------------------------------------------------

    def compile(self, optimizer: Any = "adam", objective: str = "elbo",
                n_particles: int = 1, alpha: float = 0.5, kl_weight: Any = 1.,
                run_eagerly: bool = False, steps_per_execution: int = 1,
                jit_compile: Union[bool, str] = "auto", **kwargs: Any) -> None:
        """Configure the training.

        :param optimizer: An optimizer of Keras, or its name.
        :param objective: The bound and the estimator of its gradient, see
            :mod:`zhusuan.variational`: "elbo" and "importance_weighted" choose an
            estimator for the latents. "sgvb" and "reinforce" are estimators for the
            ELBO; "iwae" (Burda, Grosse and Salakhutdinov, 2015), "dreg" and "vimco" for
            the importance weighted bound. "renyi" is the Renyi bound of order `alpha`.
        :param n_particles: An int, the number of samples of each latent. "reinforce"
            and "vimco", which apply to discrete latents, require two or more.
        :param alpha: A number.
        :param kl_weight: The weight of the divergence of the ELBO in training: a number
            or a function of the step, such as `zhusuan.layers.LinearWarmup`. Evaluation
            and validation ignore it.
        :param run_eagerly: As in Keras, also `steps_per_execution` and `jit_compile`.

        Raises `ValueError` for an unknown objective or a weight of another bound than
        the ELBO, `TypeError` for a loss, metrics or a variable as weight.
        """
        refuse_losses(kwargs)
        optimizer = keras.optimizers.get(optimizer)
        self._objective = DataObjective(objective, n_particles, alpha, kl_weight)
        super().compile(optimizer, run_eagerly=run_eagerly, jit_compile=jit_compile,
                        steps_per_execution=steps_per_execution)
        self._test_functions = {}
        self._compile_arguments = {
            "optimizer": optimizer, "objective": objective, "n_particles": n_particles,
            "alpha": alpha, "kl_weight": kl_weight, "run_eagerly": run_eagerly,
            "jit_compile": jit_compile, "steps_per_execution": steps_per_execution}

    def fit(self, x: Any = None, y: None = None, *args: Any, **kwargs: Any) -> Any:
        """Train the model; for parameters, see `keras.Model`.

        Raises `ValueError` for targets and weights, and if the objective does not apply
        to the latents.
        """
        refuse_targets(y, kwargs.get("sample_weight"), kwargs.get("class_weight"))
        return super().fit(x, y, *args, **kwargs)

    @property
    def metrics(self) -> List[Any]:
        """The loss, and the log likelihood if `evaluate` estimates it."""
        return [self._loss_mean] + (
            [self._log_likelihood_mean] if self._n_test_samples else [])

    def train_step(self, data: Any) -> Dict[str, tf.Tensor]:
        """One step of the optimizer on a batch; `fit` calls it."""
        values = inputs_of(data)
        if not all(layer.built for layer in self.layers):
            self(values)  # which creates the weights

        def costs() -> Any:
            with noise_of(self.seed, self.optimizer.iterations):
                cost, loss = self._mean_costs(values, training=True)
            return self.optimizer.scale_loss(cost / count_replicas()), loss

        variables = self.trainable_weights
        (_, loss), gradients = gradients_of(costs, variables, self.variables)
        self.optimizer.apply_gradients(zip(gradients, variables))
        self._loss_mean.update_state(loss, sample_weight=count_data(values))
        return {"loss": self._loss_mean.result()}

    def test_step(self, data: Any) -> Dict[str, tf.Tensor]:
        """The metrics on a batch; `evaluate` calls it."""
        values = inputs_of(data)
        n_before = 2 * tf.cast(tf.convert_to_tensor(self._loss_mean.count), tf.int64)
        with noise_of(self.seed, n_before, _TEST):
            _, loss = self._mean_costs(values, training=False)
        if self._n_test_samples:
            with noise_of(self.seed, n_before + 1, _TEST):
                self._log_likelihood_mean.update_state(
                    self(values, training=False, output="log_likelihood"))
        self._loss_mean.update_state(loss, sample_weight=count_data(values))
        return {metric.name: metric.result() for metric in self.metrics}

    def evaluate(self, x: Any = None, y: None = None, batch_size: Optional[int] = None,
                 verbose: Any = "auto", sample_weight: None = None,
                 steps: Optional[int] = None, callbacks: Any = None,
                 return_dict: bool = False, n_samples: Optional[int] = None,
                 **kwargs: Any) -> Any:
        """Estimate the loss and the log likelihood of data.

        :param x: The data, as for `fit`. For other parameters, see `keras.Model`; `y`
            and `sample_weight` must be None.
        :param n_samples: An int, the number of importance samples, see
            :func:`~zhusuan.evaluation.is_loglikelihood`; 0 omits the log likelihood.
            By default 100, and 0 for the validation data of `fit`. The networks are
            evaluated at up to 50 samples at a time, if that divides their number.
        :return: The mean negative bound with added losses of layers, "loss", and the
            mean log likelihood of a datum, "log_likelihood": a list, or a dict with
            `return_dict`; a float with `n_samples` 0.
        """
        refuse_targets(y, sample_weight)
        if n_samples is None:
            is_validation = isinstance(callbacks, keras.callbacks.CallbackList)
            n_samples = 0 if is_validation else 100
        n = check_int("VariationalModel.evaluate: n_samples", n_samples, 0)
        self._n_test_samples, self.test_function = n, self._test_functions.get(n)
        try:
            return super().evaluate(
                x=x, batch_size=batch_size, verbose=verbose, steps=steps,
                callbacks=callbacks, return_dict=return_dict, **kwargs)
        finally:
            self._test_functions[n] = self.test_function
            self._n_test_samples = 0

    def _mean_costs(self, values: Any, training: bool) -> Any:
        """The cost to differentiate and the loss, means over data with added losses."""
        costs = self(values, training=training, output="objective")
        return (tf.reduce_mean(costs.cost) + costs.added,
                costs.added - tf.reduce_mean(costs.bound))

    # -- Outputs ------------------------------------------------------------------

    def call(self, inputs: Any, training: Optional[bool] = None,
             output: str = "reconstruction") -> Any:
        """Reconstruct data; `predict` does so in batches.

        :param inputs: Data, as for `fit`.
        :param training: A bool, the mode of the networks.
        :return: The means of the data given draws of the latents, or the modes where
            there are no means: a Tensor, or a dict by name of several data.
        """
        values = as_values(inputs, self._data)
        if self._is_autoencoder:
            values = {name: tf.cast(x, self.variable_dtype)
                      for name, x in values.items()}
        self._functions.check_values(values)
        if output == "objective":
            step = self.optimizer.iterations.value if training else None
            return self._functions.objective(
                values, self._objective, lambda: self.losses, step)
        if output == "log_likelihood":
            return self._functions.log_likelihood(values, self._n_test_samples)
        with seeded([self.seed, _PREDICTION]):
            return self._by_name(self._functions.reconstruct(values))

    def generate(self, n: int, conditions: Optional[Mapping[str, TensorLike]] = None,
                 mean: bool = False, seed: Optional[int] = None,
                 batch_size: int = 1000) -> Any:
        """Draw data from the prior predictive distribution.

        :param n: An int, the number of data.
        :param conditions: A dict of arrays with `n` rows, the other inputs of the model
            function by name.
        :param mean: A bool. Whether to return the means of the data given the latents
            instead of draws.
        :param seed: An int. By default that of the model.
        :param batch_size: An int, the number of data to draw at a time.
        :return: An array `[n, ...]`, or a dict of them by name of several data.
        """
        n = check_int("VariationalModel.generate: n", n)
        batch_size = check_int("VariationalModel.generate: batch_size", batch_size)
        seed = check_seed("generate: seed", self.seed if seed is None else seed)
        values = as_values(conditions or {}, [])
        self._functions.check_values(values, has_data=False)
        check_rows(values, n)
        parts = []
        for start in range(0, n, batch_size):
            rows = {name: x[start:start + batch_size] for name, x in values.items()}
            with seeded([seed, _GENERATION + start]):
                parts.append(self._functions.generate(
                    rows, min(batch_size, n - start), mean))
        return self._by_name([np.concatenate(x) for x in zip(*parts)])

    def _by_name(self, values: Sequence[Any]) -> Any:
        return values[0] if len(values) == 1 else dict(zip(self._data, values))

    # -- Configuration ------------------------------------------------------------

    def _make_noise(self) -> Callable[[], tf.Tensor]:
        self._log_noise = self.add_weight(
            shape=(), initializer="zeros", name="log_noise", autocast=False)
        return lambda: tf.exp(tf.convert_to_tensor(self._log_noise))

    def get_config(self) -> Dict[str, Any]:
        """The arguments of the constructor, serialized by Keras."""
        if not self._is_autoencoder and not isinstance(self.networks, dict):
            raise NotImplementedError(
                "VariationalModel: the functions do not take the networks as "
                "arguments, so a loaded model would use other networks. Pass a dict as "
                "networks= to save the model, or call save_weights.")
        config = dict(self._settings, **(
            self.networks if self._is_autoencoder else {"networks": self.networks}))
        return dict(super().get_config(), **{
            name: keras.saving.serialize_keras_object(x) for name, x in config.items()})

    @classmethod
    def from_config(cls, config: Dict[str, Any], custom_objects: Any = None
                    ) -> "VariationalModel":
        """A model from the result of :meth:`get_config`."""
        return cls(**{name: keras.saving.deserialize_keras_object(x, custom_objects)
                      for name, x in config.items()})

    def get_compile_config(self) -> Optional[Dict[str, Any]]:
        """The arguments of `compile`, serialized by Keras; None before it is called."""
        if not self.compiled:
            return None
        return keras.saving.serialize_keras_object(self._compile_arguments)

    def compile_from_config(self, config: Dict[str, Any]) -> None:
        """Call `compile` with the result of :meth:`get_compile_config`."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)
