"""Posteriors that are normalizing flows."""
from typing import Any, List, Sequence

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.local_normal import LocalNormal
from zhusuan.distributions import MultivariateNormalDiag, TransformedDistribution
from zhusuan.distributions.bijectors import Affine, Chain
from zhusuan.transform import IAF, RealNVP
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["Flow"]

_KINDS = {"real_nvp": RealNVP, "iaf": IAF}


class Flow(Posterior):
    r"""A normalizing flow of normal numbers in unconstrained space.

    .. math::

        u = \mu + s \odot f(\epsilon), \qquad \epsilon \sim \mathcal{N}(0, I)

    with the layers :math:`f` of a flow (Rezende and Mohamed, 2015, "Variational
    inference with normalizing flows"). For other parameters, see
    :class:`~zhusuan.variational.posteriors.base.Posterior`.

    :param kind: "iaf" for :class:`~zhusuan.transform.IAF`, whose densities at other
        values than its samples, such as in path derivatives, take one pass per
        dimension; or "real_nvp" for :class:`~zhusuan.transform.RealNVP`.
    :param n_layers: An int.
    :param hidden_units: A tuple of ints, the widths of the hidden layers.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> posterior = zs.variational.posteriors.Flow(build(), {"x": 1.}, n_layers=2)
    >>> posterior(n_samples=10)["z"].shape.as_list()
    [10]
    """

    # Path derivatives require the inverse of the flow; steps of 0.05 diverge.
    _estimator, _learning_rate = "sgvb", 0.01

    def __init__(self, *args: Any, kind: str = "iaf", n_layers: int = 4,
                 hidden_units: Sequence[int] = (64,), **kwargs: Any) -> None:
        if kind not in _KINDS:
            raise ValueError("Flow: kind must be one of %s, but it is %r." % (
                ", ".join(map(repr, sorted(_KINDS))), kind))
        self._kind, self._n_layers = kind, n_layers
        self._hidden_units = tuple(hidden_units)
        super().__init__(*args, **kwargs)

    def _create_variables(self, start: LocalNormal,
                          random_state: np.random.RandomState) -> None:
        self._mean, self._std = map(self._cast, (start.mean, start.conditional_std))
        self._loc = tf.Variable(np.zeros_like(self._mean), name="loc")
        self._log_scale = tf.Variable(np.full_like(
            self._mean, np.log(self._initial_std)), name="log_scale")
        self._weights: List[tf.Variable] = []

        def record(create: Any, **kwargs: Any) -> tf.Variable:
            # Others cannot be assigned in a compiled loop of TensorFlow 1.15.
            self._weights.append(create(**dict(kwargs, use_resource=True)))
            return self._weights[-1]

        with tf.variable_creator_scope(record):
            self._layers = _KINDS[self._kind](
                len(start.mean), self._n_layers, self._hidden_units, self._mean.dtype)

    def _distribution(self) -> TransformedDistribution:
        loc = self._mean + self._std * tf.convert_to_tensor(self._loc)
        scale = self._std * tf.exp(self._log_scale)
        bijector = Chain([Affine(loc, scale), self._layers])
        return TransformedDistribution(MultivariateNormalDiag(
            tf.zeros_like(loc), tf.ones_like(loc)), bijector)
