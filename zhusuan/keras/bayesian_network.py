"""Bayesian models of Keras networks, whose latents are the trainable weights."""
from typing import Any, Callable, Dict, Union

import keras

from zhusuan.framework import BayesianNet, MetaBayesianNet
from zhusuan.keras._likelihoods import Likelihood
from zhusuan.keras._network_function import NetworkFunction
from zhusuan.keras._weight_priors import WeightPriors
from zhusuan.utils._types import TensorLike

__all__ = ["BayesianNetwork", "bayesian"]


class BayesianNetwork(MetaBayesianNet):
    """The model of a Keras network that :func:`bayesian` returns.

    :param network: A built Keras network.
    :param prior: As :func:`bayesian` takes.
    :param likelihood: As :func:`bayesian` takes.
    :param noise: As :func:`bayesian` takes.

    >>> import keras
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     keras.Input([2]), keras.layers.Dense(1, name="out")])
    >>> model = zs.keras.bayesian(network)
    >>> list(model.weights)
    ['out/kernel', 'out/bias']
    """

    # The data of minibatches are a part of all, which the prior does not repeat.
    _scales_minibatches = True

    def __init__(self, network: keras.Layer, prior: Any = None,
                 likelihood: Union[str, Callable[..., Any]] = "normal",
                 noise: Any = None) -> None:
        self._network_function = NetworkFunction(network)
        self._priors = WeightPriors(prior, self._network_function)
        self._likelihood = Likelihood(likelihood, noise, self._network_function.dtype)
        shape = self._network_function.output_shape
        if shape is not None:
            self._likelihood.check_outputs(shape)
        super().__init__(self._build)

    @property
    def network(self) -> keras.Layer:
        """The Keras network."""
        return self._network_function.network

    @property
    def weights(self) -> Dict[str, keras.Variable]:
        """The trainable weights of the network by the names of latents."""
        return dict(self._network_function.variables)

    def observe(self, **kwargs: TensorLike) -> BayesianNet:
        """Build a BayesianNet of this model with observations.

        :param kwargs: The inputs as `x`, and observed values by the names of nodes:
            the targets as `y`, or weights.
        :return: A :class:`~zhusuan.framework.bn.BayesianNet`.
        """
        if "y" in kwargs:
            kwargs["y"] = self._likelihood.convert_targets(kwargs["y"])
        return super().observe(**kwargs)

    @property
    def _name(self) -> str:
        return self.network.name

    def _build(self, x: TensorLike) -> BayesianNet:
        bn = BayesianNet()
        weights = [self._priors.add_to(bn, name)
                   for name in self._network_function.variables]
        outputs, rank = self._network_function(weights, x)
        self._likelihood.add_nodes(bn, outputs, rank)
        return bn


def bayesian(network: keras.Layer, prior: Any = None,
             likelihood: Union[str, Callable[..., Any]] = "normal",
             noise: Any = None) -> BayesianNetwork:
    r"""Make a Bayesian model of a Keras network, whose weights are latents.

    The model takes the inputs as the observed value "x" and the targets as the node
    "y", in every algorithm: ``zs.NUTS().run(model, {"x": x, "y": y})``,
    ``zs.variational.fit(model, data={"x": x, "y": y}, batch_size=100)``,
    ``zs.SGHMC(1e-4).run(model, {}, data={"x": x, "y": y}, batch_size=100)``,
    `zs.laplace`, `zs.pathfinder`, `zs.smc` and `zs.evaluation.predictive`. The log
    likelihood of a minibatch is multiplied by the number of data over its size; the
    priors are not. :func:`~zhusuan.keras.predict` averages predictions over draws.

    The latents are the trainable weights, named by their paths within the network, such
    as "dense/kernel", and have sample or chain axes in front. Give layers names, since
    those that Keras makes are numbered in each program. Weights that are not trainable
    have the values of the network, which are never updated: batch normalization uses
    its moving averages, dropout is not active, and regularizers of weights are ignored,
    since the priors replace them. To train some layers only, set
    ``layer.trainable = False`` for the others before.

    Inputs that are integers are converted to the dtype of the weights, unless the
    network has layers of indices, such as `Embedding`, or its input has an integer
    dtype. Outputs have the dtype of the weights, also with mixed precision.

    Networks of `Dense`, `LayerNormalization` and `BatchNormalization` layers are
    evaluated at all samples of the weights at once; those with `Conv2D`, `Conv3D` and
    `Embedding` layers too, if there are more than 16 samples and the memory suffices;
    and others one sample after another.

    :param network: A built model or layer of Keras 3: Sequential, functional or
        subclassed, with one input and one output.
    :param prior: The prior of the weights:

        - None: :math:`\mathcal{N}(0, 1 / n)` for kernels, where each output is a sum
          of :math:`n` products (for transposed convolutions, of at most :math:`n`).
          The variance of the outputs of a layer does not depend on its width (Neal,
          1996, "Bayesian Learning for Neural Networks", section 2.1). Biases and
          embeddings have :math:`\mathcal{N}(0, 1)`, and the scales of normalization
          layers :math:`\mathcal{N}(1, 1)`;
        - a number, the standard deviation of a normal distribution with mean 0;
        - a distribution whose shape is that of the weight or of its last axes, such as
          a distribution of a single number. It is repeated independently along the
          other axes;
        - a function of the name, shape and dtype of a weight that returns one of these
          distributions;
        - a function whose first argument is `bn`, the BayesianNet, followed by the
          name, shape and dtype. It may add latents, such as a scale, and returns a
          distribution or the weight itself, a Tensor, with sample axes in front.
          :func:`~zhusuan.keras.hierarchical_priors.hierarchical_prior` makes such
          functions;
        - a dict of these by name of a layer or model within, name of a weight, or
          pattern of paths such as "\*/bias" (see `fnmatch`). The name of a weight is
          used first, then the first key that matches; other weights have the default.
    :param likelihood: The distribution of targets, given the outputs:

        - "normal" with the outputs as mean;
        - "heteroscedastic_normal": the first half of the outputs is the mean, and the
          softplus of the second half, plus 1e-6, the variance (Lakshminarayanan,
          Pritzel and Blundell, 2017, "Simple and scalable predictive uncertainty
          estimation using deep ensembles", section 2.2.1);
        - "categorical" with the outputs as logits, for classes 0, 1, ...;
        - "bernoulli" with the outputs as log-odds of 1;
        - "poisson" with the outputs as log rate;
        - a function of the BayesianNet and the outputs, with sample axes in front, that
          adds nodes. Their `group_ndims` must sum over data.

        The targets have the shape of the outputs. With one output for each datum, they
        may omit the last axis, as their samples do. They have no axis for classes.
    :param noise: The standard deviation of "normal", a number; or its prior, a
        distribution of a number or of one for each output. By default the latent
        "noise" has the prior `HalfNormal` with scale 1, which fits targets that are
        scaled to the variance 1.

    :return: A :class:`BayesianNetwork`, which is a
        :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`. Raises TypeError if the
        network is not of Keras 3 or has trainable weights that are not floats, and
        ValueError if it is not built, has no trainable weights, several inputs or
        outputs, a stateful RNN, layers of `zs.layers` or an `activity_regularizer`, if
        its number of outputs does not fit the likelihood, or if a prior matches no
        weight. Layers that call `add_loss`, and outputs of subclassed networks, raise
        when the network is evaluated first; targets of another shape, and weights whose
        `trainable` has changed, when the model is observed.

    >>> import keras
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     keras.Input([1]), keras.layers.Dense(8, "tanh", name="hidden"),
    ...     keras.layers.Dense(1, name="out")])
    >>> model = zs.keras.bayesian(network, prior={"hidden": 2., "*/bias": 1.})
    >>> list(model.weights)
    ['hidden/kernel', 'hidden/bias', 'out/kernel', 'out/bias']
    >>> data = {"x": np.ones([20, 1]), "y": np.ones([20])}
    >>> fit = zs.variational.fit(model, data, n_steps=10, progress_bar=False)
    >>> fit["hidden/kernel"].shape
    (1000, 1, 8)
    """
    return BayesianNetwork(network, prior, likelihood, noise)
