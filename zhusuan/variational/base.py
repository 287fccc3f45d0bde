"""The base class of variational objectives."""
from typing import Any, Dict, Mapping, Optional

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.latents import (
    Latent,
    Model,
    are_of_one_joint,
    collect_latents,
    observe_latents,
    sum_log_probs,
)
from zhusuan.framework import BayesianNet
from zhusuan.utils import TensorArithmeticMixin, argument_names
from zhusuan.utils._types import Axis, TensorLike
from zhusuan.utils._warnings import warn_user

__all__ = ["VariationalObjective"]


@_tf.register_tensor_like
class VariationalObjective(TensorArithmeticMixin):
    r"""The base class of variational objectives.

    For a model :math:`p(x, z)` observed at :math:`x`, and samples
    :math:`z_k \sim q(z|x)` of the variational posterior, objectives are functions of

    .. math::

        l_k = \log p(x, z_k) - \log q(z_k|x).

    An objective is Tensor-like: its value is the estimate of the objective, for
    monitoring. In general, the gradient of that value is not an estimate of the
    gradient of the objective; use the costs returned by methods such as ``sgvb()``.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param variational: A :class:`~zhusuan.framework.bn.BayesianNet`, the
        variational posterior. Its latent nodes must have the names of the
        model's. Pass exactly one of `variational` and `latent`.
    :param axis: The sample axis or axes, an int or a list of ints, or None.

    The constructor raises `ValueError` if a node of the model has no value, or if the
    shapes of the log densities do not broadcast or lack a sample axis.

    >>> import zhusuan as zs
    >>> q = zs.BayesianNet()
    >>> _ = q.normal("z", 0., std=0.5 ** 0.5, n_samples=8)  # ~ exp(-z^2)
    >>> bound = zs.variational.elbo(
    ...     lambda values: -values["z"] ** 2, {}, axis=0, variational=q)
    >>> isinstance(bound, zs.variational.VariationalObjective), bound.tensor.shape.rank
    (True, 0)
    """

    def __init__(self, meta_bn: Model, observed: Mapping[str, TensorLike],
                 latent: Optional[Dict[str, Any]] = None,
                 variational: Optional[BayesianNet] = None,
                 axis: Optional[Axis] = None) -> None:
        self._latents = collect_latents(latent, variational)
        self._meta_bn, self._variational = meta_bn, variational
        self._observed = dict(observed)
        self._log_joint, self._bn = observe_latents(
            meta_bn, self._observed, self._latents, axis)
        self._axis = axis
        self._cached_tensor = _tf.CachedPerGraph()

    @property
    def bn(self) -> Optional[BayesianNet]:
        """The model, observed at the data and the samples; None for a function."""
        return self._bn

    @property
    def meta_bn(self) -> Model:
        """The argument `meta_bn`."""
        return self._meta_bn

    @property
    def variational(self) -> Optional[BayesianNet]:
        """The argument `variational`."""
        return self._variational

    @property
    def tensor(self) -> tf.Tensor:
        """The estimate of the objective."""
        return self._cached_tensor.get(self._objective)

    def _objective(self) -> tf.Tensor:
        raise NotImplementedError()

    def _log_weights(self) -> tf.Tensor:
        """:math:`l_k`."""
        return self._log_joint - sum_log_probs(self._latents)

    def _score_latents(self) -> Dict[str, Latent]:
        """The latents whose samples pass no gradient to their parameters."""
        return {name: z for name, z in self._latents.items()
                if not z.is_reparameterized}

    def _warn_if_not_reparameterized(self, method: str) -> None:
        for name, latent in self._score_latents().items():
            if latent.dist is not None:
                kind = type(latent.dist)
                warn_user(
                    "%s requires reparameterized latents, but the distribution of node "
                    "%r, %s, is not reparameterized. The gradients of its parameters "
                    "are biased. %sse another estimator such as reinforce() or "
                    "vimco()." % (
                        method, name, kind.__name__,
                        "Pass is_reparameterized=True to the node, or u"
                        if "is_reparameterized" in argument_names(kind) else "U"))

    def _warn_if_samples_have_children(self, message: str) -> None:
        """Warn about latents on which later ones may depend.

        The density of the parts of a joint one is evaluated at all their samples.
        """
        names = list(self._latents)
        for i, name in enumerate(names[:-1]):
            later = [self._latents[other] for other in names[i:]]
            if later[0].is_reparameterized and not are_of_one_joint(later):
                warn_user(message % name)

    def __tf_tensor__(self, dtype: Optional[tf.DType] = None,
                      name: Optional[str] = None) -> tf.Tensor:
        return tf.convert_to_tensor(self.tensor, dtype=dtype, name=name)
