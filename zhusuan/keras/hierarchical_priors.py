"""Priors of weights whose scales are latents."""
from typing import Any, Callable, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions import HalfNormal, Normal
from zhusuan.framework import BayesianNet

__all__ = ["hierarchical_prior"]


def hierarchical_prior(scale: float = 1., per_input: bool = False,
                       is_centered: bool = False) -> Callable[..., Any]:
    r"""Normal prior of a weight matrix whose scale is a latent.

    .. math::

        s_i \sim \mathrm{HalfNormal}(\sigma), \qquad
        W_{ij} \sim \mathcal{N}(0, s_i^2 / n)

    The scale is shared by all inputs :math:`i`, or each has its own: automatic
    relevance determination (Neal, 1996, "Bayesian Learning for Neural Networks",
    section 1.2). It is the latent ``name + "/scale"``. The number :math:`n` is that of
    inputs of the layer for a shared scale, and 1 for a scale of each input.

    :param scale: A positive number, :math:`\sigma`.
    :param per_input: A bool. Whether each input has its own scale.
    :param is_centered: A bool. Whether the weight itself is a latent. Otherwise the
        latent is ``name + "/standard"``, and the weight is a deterministic node, its
        product with the scale, which samplers explore faster.

    :return: A function, the `prior` of a weight in
        :func:`~zhusuan.keras.bayesian`.

    Raises ValueError for a scale that is not positive.

    >>> import keras
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     keras.Input([4]), keras.layers.Dense(8, "relu", name="first"),
    ...     keras.layers.Dense(1, name="last")])
    >>> model = zs.keras.bayesian(network, prior={
    ...     "first/kernel": zs.keras.hierarchical_prior(per_input=True),
    ...     "last/kernel": zs.keras.hierarchical_prior()})
    """
    if not scale > 0.:
        raise ValueError(
            "hierarchical_prior: scale must be positive, but it is %r." % (scale,))

    def prior(bn: BayesianNet, name: str, shape: Tuple[int, ...], dtype: tf.DType
              ) -> Any:
        n_inputs = int(np.prod(shape[:-1], dtype=int))
        axes = list(shape[:-1]) + [1] if per_input else [1] * len(shape)
        scales = bn.stochastic(name + "/scale", HalfNormal(
            tf.constant(scale, dtype, axes), group_ndims=len(shape))).tensor
        factor = 1. if per_input else n_inputs ** -0.5
        if is_centered:
            return Normal(tf.zeros(shape, dtype), std=factor * scales + tf.zeros(
                shape, dtype), group_ndims=len(shape))
        standard = bn.stochastic(name + "/standard", Normal(
            tf.zeros(shape, dtype), std=tf.ones([], dtype), group_ndims=len(shape)))
        return factor * scales * standard.tensor

    return prior
