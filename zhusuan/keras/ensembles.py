"""Deep ensembles: several networks, trained from different initial weights."""
from typing import Any, Mapping, Optional

from zhusuan.keras._members import as_arrays, choose_seed, train_members
from zhusuan.keras.bayesian_network import BayesianNetwork
from zhusuan.utils._types import TensorLike
from zhusuan.variational import Fit

__all__ = ["deep_ensemble"]


def deep_ensemble(model: BayesianNetwork, data: Mapping[str, TensorLike],
                  n_members: int = 5, n_steps: int = 5000,
                  batch_size: Optional[int] = None, learning_rate: Any = None,
                  optimizer: Any = None, seed: Optional[int] = None,
                  init: Optional[Mapping[str, TensorLike]] = None, **options: Any
                  ) -> Fit:
    """Train several networks from different initial weights.

    Each member is the MAP estimate of the model, from initial weights of the
    initializers of the network (Lakshminarayanan, Pritzel and Blundell, 2017, "Simple
    and scalable predictive uncertainty estimation using deep ensembles", without
    adversarial training). All members are trained in one compiled loop, on the same
    minibatches.

    :param model: What :func:`~zhusuan.keras.bayesian` returns. The
        weights of its network do not change.
    :param data: A dict of arrays, ``{"x": inputs, "y": targets}``.
    :param n_members: An int, the number of networks.
    :param n_steps: An int, the number of steps.
    :param batch_size: An int, the number of rows of a minibatch; all by default.
    :param learning_rate: As :func:`~zhusuan.variational.fitting.fit` takes; 0.01 by
        default, with cosine decay.
    :param optimizer: A Keras optimizer; Adam by default.
    :param seed: An int that determines the initial weights and the minibatches; random
        by default, or that of the fit to resume.
    :param init: A dict of initial values by the names of latents, with a first axis of
        members.
    :param options: Other arguments of :func:`~zhusuan.variational.fitting.fit`, such as
        `progress_bar`, `callbacks` and `checkpoint`.

    :return: A :class:`~zhusuan.variational.fits.Fit` whose draws are the members:
        ``fit["dense/kernel"]`` has the shape `[n_members]` + that of the weight. Its
        history has the mean log joint density of the members as "bound".

    Raises ValueError if all members would begin at the same weights.

    >>> import keras
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     keras.Input([1]), keras.layers.Dense(1, name="last")])
    >>> x = np.linspace(-1., 1., 8, dtype=np.float32)[:, np.newaxis]
    >>> fit = zs.keras.deep_ensemble(
    ...     zs.keras.bayesian(network, noise=0.5), {"x": x, "y": 2. * x[:, 0]},
    ...     n_members=3, n_steps=20, seed=1, progress_bar=False)
    >>> fit["last/kernel"].shape
    (3, 1, 1)
    """
    return train_members(
        "deep_ensemble", model, as_arrays("deep_ensemble", data), n_members, init,
        n_steps, choose_seed("deep_ensemble", seed, options), batch_size=batch_size,
        learning_rate=learning_rate, optimizer=optimizer, **options)[1]
