"""The base class of automatic posteriors."""
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.joint_parts import JointPart
from zhusuan._model.latents import Model
from zhusuan._model.local_normal import MAX_DIMS, LocalNormal, find_local_normal
from zhusuan._model.unconstrained_space import find_starts
from zhusuan.distributions._conversion import check_seed
from zhusuan.framework import BayesianNet
from zhusuan.utils._types import TensorLike
from zhusuan.variational.posteriors._joint_density import JointDensity

__all__ = ["Posterior"]

# The initial standard deviations in unconstrained space, if no scale is known.
_INITIAL_STD = 0.1


class Posterior:
    r"""The base class of automatic posteriors.

    A posterior is a distribution of vectors :math:`u` of unconstrained space, whose
    parts are mapped to the constrained values :math:`z` of the latents:

    .. math::

        \log q(z) = \log q(u) - \log\left|\det\frac{\partial z}{\partial u}\right|

    The constraints and the initial values are those of samplers, see
    :meth:`zhusuan.mcmc.Sampler.run <zhusuan.mcmc.sampler.Sampler.run>`. Angles, which
    samplers move across pi, lie in an interval that ends there.

    Calling the posterior returns a :class:`~zhusuan.framework.bn.BayesianNet` with a
    node for each latent, which every objective takes as `variational`.

    :param model: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a function
        of a dict of values by name that returns the log joint density.
    :param observed: A dict of observed values by name.
    :param latents: A list of names of latents of the model; all by default. The nodes
        of other latents are to be added by hand.
    :param latent: A dict of initial values by name. It is required for a function.
    :param constraints: A dict of constraints by name, or "auto", as for samplers.
    :param init: "uniform", "prior" or a dict of initial values, as for samplers. If
        some values are drawn, there are about 11 starts. A dict of values of all
        latents is one start, and with a first axis it has as many starts as rows.
    :param is_scaled: A bool. Whether to begin at a normal approximation near a mode, by
        Newton's method from all starts: of all iterates, the one whose normal
        distribution has the highest evidence lower bound. The variables are relative
        to its mean and scales, so that training does not depend on the units of the
        latents. Posteriors of more than 200 dimensions begin at the start with the
        highest log density, with standard deviations of 0.1. Without `is_scaled`, and
        with `latents`, there is one start, where the posterior begins.
    :param seed: An int that determines the initial values; random by default.
    :param session: The session to evaluate the model in, in a graph of TensorFlow 1.

    Subclasses create variables in ``_create_variables(start, random_state)``, and
    return the distribution of vectors from ``_distribution()``.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> from zhusuan.variational.posteriors.base import Posterior
    >>> posterior = zs.variational.posteriors.MeanField(build(), {"x": 1.})
    >>> isinstance(posterior, Posterior), posterior(n_samples=10)["z"].shape.as_list()
    (True, [10])
    """

    _has_jacobian = True
    # The defaults of `fit`: the estimator of the ELBO and the learning rate.
    _estimator, _learning_rate = "path_derivative", 0.05

    def __init__(self, model: Model, observed: Mapping[str, TensorLike],
                 latents: Optional[Sequence[str]] = None,
                 latent: Optional[Mapping[str, TensorLike]] = None,
                 constraints: Union[None, str, Dict[str, Any]] = "auto",
                 init: Union[None, str, Dict[str, Any]] = None, is_scaled: bool = True,
                 seed: Optional[int] = None, session: Any = None) -> None:
        seed = check_seed("%s: seed" % type(self).__name__, seed)
        is_scaled = is_scaled and latents is None
        self._space, starts = find_starts(
            model, dict(observed), None if is_scaled else 1, latents, latent,
            constraints, init, seed, session)
        normal = None
        if is_scaled and self.n_dims <= MAX_DIMS:
            normal = find_local_normal(
                self._space, model, dict(observed), starts, session)
        if normal is None:
            self._begin_at(
                LocalNormal(starts[0].astype(np.float64)), _INITIAL_STD, seed)
        else:
            self._begin_at(normal, 1., seed)

    @classmethod
    def _of_normal(cls, space: Any, normal: LocalNormal) -> "Posterior":
        """The posterior that begins at a normal distribution, without a search.

        :param space: The `UnconstrainedSpace` of the latents.
        """
        posterior = cls.__new__(cls)
        posterior._space = space
        posterior._begin_at(normal, 1., 0)
        return posterior

    def _begin_at(self, normal: LocalNormal, initial_std: float, seed: int) -> None:
        self._initial_std = initial_std
        self._create_variables(normal, np.random.RandomState(seed % 2 ** 32))

    def _create_variables(self, start: LocalNormal,
                          random_state: np.random.RandomState) -> None:
        """Create the variables, relative to a normal distribution.

        :param start: A `LocalNormal` of float64 arrays, the initial distribution, up to
            the factor `_initial_std` of its standard deviations. Covariances that are
            rounded to the dtype of the latents need not be positive definite.
        :param random_state: For initial values that are random.
        """
        raise NotImplementedError(
            "%s has no _create_variables(start, random_state)." % type(self).__name__)

    def _cast(self, x: np.ndarray) -> np.ndarray:
        """`x` in the dtype of the latents."""
        return x.astype(self._space.dtype.as_numpy_dtype)

    def _distribution(self) -> Any:
        """The distribution of vectors: of the batch or the value shape `[d]`."""
        raise NotImplementedError("%s has no _distribution()." % type(self).__name__)

    @property
    def variables(self) -> List[tf.Variable]:
        """The trainable variables, a list."""
        return [x for x in tf.nest.flatten(list(vars(self).values()))
                if isinstance(x, tf.Variable)]

    @property
    def shapes(self) -> Dict[str, Tuple[int, ...]]:
        """The shapes of the constrained values of latents, a dict by name."""
        return dict(self._space.shapes)

    @property
    def n_dims(self) -> int:
        """The number of dimensions of unconstrained space, an int."""
        return self._space.n_dims

    def __call__(self, n_samples: Optional[TensorLike] = None,
                 bn: Optional[BayesianNet] = None) -> BayesianNet:
        """Add a node for each latent to a BayesianNet.

        The values of the nodes are one draw of all latents.

        :param n_samples: None, an int or a 0-D integer Tensor. If given, values have an
            additional first axis of that length.
        :param bn: A BayesianNet, such as one with nodes of other latents; a new one by
            default.

        :return: The BayesianNet.
        """
        bn = BayesianNet() if bn is None else bn
        joint = JointDensity(self._space, self._distribution(), self._has_jacobian)
        values = joint.draw(n_samples)
        for name in self._space.shapes:
            bn.stochastic(name, JointPart(joint, name, values), n_samples=n_samples)
        return bn

    def __repr__(self) -> str:
        return "<zhusuan.variational.posteriors.%s of %s>" % (
            type(self).__name__, ", ".join(
                "%s %s" % (name, list(shape)) for name, shape in self.shapes.items()))
