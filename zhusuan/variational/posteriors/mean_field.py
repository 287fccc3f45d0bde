"""Posteriors of independent normal numbers."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.local_normal import LocalNormal
from zhusuan.distributions import Normal
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["MeanField"]


class MeanField(Posterior):
    r"""Independent normal distributions in unconstrained space.

    .. math::

        q(u) = \prod_{i=1}^d \mathcal{N}(u_i; \mu_i, \sigma_i^2)

    (Kucukelbir et al., 2017, "Automatic differentiation variational inference",
    section 2.4). For parameters, see
    :class:`~zhusuan.variational.posteriors.base.Posterior`.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     rate = bn.gamma("rate", 2., 2.)
    ...     bn.poisson("x", rate)
    ...     return bn
    >>> posterior = zs.variational.posteriors.MeanField(build(), {"x": 3})
    >>> bound = zs.variational.elbo(
    ...     build(), {"x": 3}, variational=posterior(n_samples=10), axis=0)
    >>> bound.sgvb().shape.as_list()
    []
    """

    def _create_variables(self, start: LocalNormal,
                          random_state: np.random.RandomState) -> None:
        # The optimum for a normal distribution of this precision.
        self._mean, self._std = map(self._cast, (start.mean, start.conditional_std))
        self._loc = tf.Variable(np.zeros_like(self._mean), name="loc")
        self._log_std = tf.Variable(np.full_like(
            self._mean, np.log(self._initial_std)), name="log_std")

    def _distribution(self) -> Normal:
        return Normal(self._mean + self._std * tf.convert_to_tensor(self._loc),
                      logstd=np.log(self._std) + tf.convert_to_tensor(self._log_std))
