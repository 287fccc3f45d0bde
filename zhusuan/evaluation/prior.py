"""Draws of a model from its priors."""
from typing import Any, Dict, Mapping, Optional

import numpy as np

from zhusuan._model.model_draws import ModelDraws
from zhusuan.distributions._conversion import check_int, check_seed
from zhusuan.framework import MetaBayesianNet
from zhusuan.utils._types import TensorLike

__all__ = ["prior_predictive"]


def prior_predictive(meta_bn: MetaBayesianNet, n_samples: int = 1000,
                     observed: Optional[Mapping[str, TensorLike]] = None,
                     seed: Optional[int] = None, session: Any = None
                     ) -> Dict[str, np.ndarray]:
    """Draw all nodes of a model, latents from their priors and data given those.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`. Its
        `log_joint` and its factors are not used.
    :param n_samples: An int, the number of draws.
    :param observed: A dict of values of some nodes by name, given which the nodes that
        depend on them are drawn. The data that a posterior is conditioned on do not
        belong here.
    :param seed: An int that determines the draws; random by default.
    :param session: The session to run in, in a graph of TensorFlow 1; the default one
        if None.

    :return: A dict of arrays `[n_samples]` + the axes of the node by name: all
        stochastic nodes that are not observed, and the deterministic ones.

    Raises `TypeError` if the model is no MetaBayesianNet, and `NotImplementedError` if
    a node has an improper prior.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def model():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=3.)
    ...     bn.normal("x", z, std=4.)
    ...     return bn
    >>> draws = zs.evaluation.prior_predictive(model(), 20000, seed=1)
    >>> print("%.0f" % draws["x"].std())
    5
    """
    n_samples = check_int("prior_predictive: n_samples", n_samples)
    seed = check_seed("prior_predictive: seed", seed)
    return ModelDraws("prior_predictive", meta_bn, {}, session).prior(
        n_samples, seed, observed)
