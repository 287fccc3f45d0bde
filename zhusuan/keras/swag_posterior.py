"""Stochastic weight averaging: a normal distribution of the iterates of SGD."""
from typing import Any, Dict, List, Mapping, Optional, Union

import keras
import numpy as np

from zhusuan.distributions._conversion import check_int, check_seed
from zhusuan.keras._members import (
    Members,
    as_arrays,
    as_one_member,
    train_members,
)
from zhusuan.keras.bayesian_network import BayesianNetwork
from zhusuan.utils._types import TensorLike
from zhusuan.variational import Fit, fit
from zhusuan.variational._training.draws import PosteriorDraws
from zhusuan.variational._training.problem import Problem
from zhusuan.variational.fits import Evidence
from zhusuan.variational.posteriors import LowRankNormal

__all__ = ["swag"]


def swag(model: BayesianNetwork, data: Mapping[str, TensorLike], n_steps: int = 5000,
         n_snapshots: int = 40, snapshot_steps: Optional[int] = None, rank: int = 20,
         swag_learning_rate: float = 0.01, momentum: float = 0.9,
         batch_size: Optional[int] = None, learning_rate: Any = None,
         seed: Optional[int] = None,
         init: Optional[Mapping[str, TensorLike]] = None, progress_bar: bool = True,
         jit_compile: Union[bool, str] = "auto") -> Fit:
    r"""Approximate the posterior by a normal distribution of the iterates of SGD.

    Adam finds the MAP estimate. From there on, SGD with a constant learning rate
    maximizes the log joint density, and snapshots :math:`\theta_1, \dots, \theta_T` of
    the latents in unconstrained space are taken. With their mean
    :math:`\bar\theta`, their variances :math:`D`, and the matrix :math:`A` of the
    deviations of the last :math:`K` snapshots,

    .. math::

        q(\theta) = \mathcal{N}\left(\theta; \bar\theta,
            \frac{1}{2} D + \frac{1}{2 (K - 1)} A A^T\right)

    (Maddox, Garipov, Izmailov, Vetrov and Wilson, 2019, "A simple baseline for Bayesian
    uncertainty in deep learning", section 3.3). In the paper, deviations are from the
    running mean. The width of the distribution depends on the learning rate, which is
    to be chosen by validation.

    :param model: What :func:`~zhusuan.keras.bayesian` returns. The
        weights of its network do not change.
    :param data: A dict of arrays, ``{"x": inputs, "y": targets}``.
    :param n_steps: An int, the number of steps of Adam.
    :param n_snapshots: An int, :math:`T`, at least 2.
    :param snapshot_steps: An int, the number of steps of SGD between snapshots; by
        default those of one pass over the data.
    :param rank: An int, :math:`K`, at least 2 and at most `n_snapshots`.
    :param swag_learning_rate: A number, the learning rate of SGD for the mean over data
        of the log joint density.
    :param momentum: A number, the momentum of SGD.
    :param batch_size: An int, the number of rows of a minibatch; all by default.
    :param learning_rate: That of Adam, as for
        :func:`~zhusuan.keras.ensembles.deep_ensemble`.
    :param seed: An int that determines the result; random by default.
    :param init: A dict of initial values by the names of latents; those of the
        initializers of the network by default.
    :param progress_bar: A bool. Whether to show a bar for each of the two phases.
    :param jit_compile: As :func:`~zhusuan.variational.fitting.fit` takes.

    :return: A :class:`~zhusuan.variational.fits.Fit` with draws by the names of
        latents. Its history has the log joint density of each step as "bound", and its
        posterior is a `zs.variational.posteriors.LowRankNormal`. It has no evidence.

    Raises ValueError for numbers out of range.

    >>> import keras
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     keras.Input([1]), keras.layers.Dense(1, name="last")])
    >>> x = np.linspace(-1., 1., 8, dtype=np.float32)[:, np.newaxis]
    >>> fit = zs.keras.swag(
    ...     zs.keras.bayesian(network, noise=0.5), {"x": x, "y": 2. * x[:, 0]},
    ...     n_steps=20, n_snapshots=10, rank=5, batch_size=4, seed=1,
    ...     progress_bar=False)
    >>> fit["last/kernel"].shape
    (1000, 1, 1)
    """
    n_snapshots = check_int("swag: n_snapshots", n_snapshots, 2)
    if not 2 <= check_int("swag: rank", rank, 2) <= n_snapshots:
        raise ValueError("swag: rank must be between 2 and n_snapshots, %d, but it is "
                         "%d." % (n_snapshots, rank))
    seed = check_seed("swag: seed", seed)
    arrays = as_arrays("swag", data)
    options: Dict[str, Any] = {"progress_bar": progress_bar, "jit_compile": jit_compile}
    members, start = train_members(
        "swag", model, arrays, 1, as_one_member(init), n_steps, seed,
        batch_size=batch_size, learning_rate=learning_rate, **options)
    n_data = len(next(iter(arrays.values())))
    if snapshot_steps is None:
        snapshot_steps = -(-n_data // (batch_size or n_data))
    snapshots = _Snapshots(members, snapshot_steps)
    walk = fit(
        model, data=arrays, posterior=members, n_steps=n_snapshots * snapshot_steps,
        n_particles=1, seed=seed, batch_size=batch_size, callbacks=[snapshots],
        optimizer=keras.optimizers.SGD(swag_learning_rate / n_data, momentum=momentum),
        **options)
    problem = Problem(model, {}, arrays)
    problem.posterior = _normal_of(members, np.stack(snapshots.vectors), rank)
    draws = PosteriorDraws(problem, None, arrays)
    return Fit(
        draws, {"bound": np.concatenate([start.history["bound"],
                                         walk.history["bound"]])},
        Evidence(np.nan, np.nan, False), problem.posterior, "SWAG", seed=seed,
        n_done=start.n_done + walk.n_done, is_complete=walk.is_complete,
        is_converged=walk.is_converged, stored=draws.to_store(seed),
        weigh=draws.weigh, model=model, observed=arrays)


class _Snapshots:
    """A callback that copies the position of SGD after each epoch."""

    def __init__(self, members: Members, epoch_length: int) -> None:
        self._members, self._epoch_length = members, epoch_length
        self.vectors: List[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        self.vectors.append(self._members.vectors[0].astype(np.float64))


def _normal_of(members: Members, vectors: np.ndarray, rank: int) -> LowRankNormal:
    """The distribution of snapshots, an array `[n_snapshots, d]`."""
    mean = np.mean(vectors, axis=0)
    # Weights that do not move have the standard deviation of a rounding error.
    least = np.finfo(np.float32).eps * (1. + np.abs(mean))
    scale = np.sqrt(0.5 * np.var(vectors, axis=0) + least ** 2)
    deviations = (vectors[-rank:] - mean).T / np.sqrt(2. * (rank - 1.))
    return LowRankNormal._of_factor(
        members._space, mean, scale, deviations / scale[:, np.newaxis])
