"""Point estimates: the posterior mode."""
from typing import Any

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.local_normal import LocalNormal
from zhusuan.variational.posteriors._joint_density import PointMass
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["Delta"]


class Delta(Posterior):
    r"""One point, the maximum a posteriori (MAP) estimate after training.

    The log density of the point counts as 0, so that the objective is the log joint
    density. It is no bound of the log evidence, which a fit gives as nan. By default it
    is maximized as a density of the constrained values, without the Jacobian of
    constraints: this is the MAP estimate of the model as it is written. For other
    parameters, see
    :class:`~zhusuan.variational.posteriors.base.Posterior`.

    :param has_jacobian: A bool. Whether to include the Jacobian: the estimate then is
        the mode of the density in unconstrained space, which always is in the
        interior of the support.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> fit = zs.variational.fit(build(), {"x": 1.}, posterior="delta", n_steps=500,
    ...                          seed=1, progress_bar=False)
    >>> print("%.2f" % fit["z"].mean())
    0.50
    """

    def __init__(self, *args: Any, has_jacobian: bool = False, **kwargs: Any) -> None:
        self._has_jacobian = has_jacobian
        super().__init__(*args, **kwargs)

    def _create_variables(self, start: LocalNormal,
                          random_state: np.random.RandomState) -> None:
        self._mean, self._std = map(self._cast, (start.mean, start.conditional_std))
        self._loc = tf.Variable(np.zeros_like(self._mean), name="loc")

    def _distribution(self) -> PointMass:
        return PointMass(self._mean + self._std * tf.convert_to_tensor(self._loc))
