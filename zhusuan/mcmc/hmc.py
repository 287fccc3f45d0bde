"""Hamiltonian Monte Carlo."""
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import tensorflow.compat.v2 as tf

from zhusuan.mcmc._adaptation.metric_choice import checked_metric, metric_warmup
from zhusuan.mcmc._adaptation.metric_estimators import CovarianceEstimator
from zhusuan.mcmc._adaptation.schedules import Doubling
from zhusuan.mcmc._adaptation.step_size import DualAveraging, Trajectory
from zhusuan.mcmc._adaptation.warmup import Warmup, is_off
from zhusuan.mcmc._kernels import hamiltonian
from zhusuan.mcmc._kernels.flattening import VectorLayout
from zhusuan.mcmc._kernels.hamiltonian import ChainState
from zhusuan.mcmc.adaptation import TargetFunction
from zhusuan.mcmc.sampler import Sampler
from zhusuan.utils._types import TensorLike

__all__ = ["HMC", "HMCInfo"]

# The least t0 in a run; that of Hoffman and Gelman (2014).
_LEAST_T0 = 10.


class HMCInfo(NamedTuple):
    """Statistics of one transition of :class:`HMC`; all Tensors.

    :param samples: A dict by latent name: the positions after the transition.
    :param acceptance_rate: The probability of acceptance, by chain.
    :param updated_step_size: 0-D, the step size of the next transition.
    :param init_momentum: A dict by latent name: the momenta that were drawn.
    :param orig_hamiltonian: The Hamiltonian before the leapfrogs, by chain.
    :param hamiltonian: The Hamiltonian of the proposal, by chain.
    :param orig_log_prob: The log joint density before the transition, by chain.
    :param log_prob: The log joint density of `samples`.
    :param is_accepted: Bool, by chain.
    :param is_divergent: Bool, by chain: the energy error is above 1000 or not finite.
    :param energy_error: `hamiltonian - orig_hamiltonian`; inf if not finite.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> x = tf.Variable(tf.zeros([4, 2]))  # 4 chains in 2 dimensions
    >>> _, info = zs.HMC(step_size=0.5).sample(
    ...     lambda values: -0.5 * tf.reduce_sum(values["x"] ** 2, axis=-1),
    ...     observed={}, latent={"x": x})
    >>> print(info.samples["x"].shape, info.acceptance_rate.shape)
    (4, 2) (4,)
    """

    samples: Dict[str, tf.Tensor]
    acceptance_rate: tf.Tensor
    updated_step_size: tf.Tensor
    init_momentum: Dict[str, tf.Tensor]
    orig_hamiltonian: tf.Tensor
    hamiltonian: tf.Tensor
    orig_log_prob: tf.Tensor
    log_prob: tf.Tensor
    is_accepted: Optional[tf.Tensor] = None
    is_divergent: Optional[tf.Tensor] = None
    energy_error: Optional[tf.Tensor] = None


class HMC(Sampler):
    """Hamiltonian Monte Carlo (Neal, 2011) with many chains at once.

    The step size is shared by all chains. With `adapt_step_size`, a first one is
    searched at which the points of a trajectory have the mean acceptance rate
    `target_acceptance_rate`, then tuned by dual averaging (Hoffman and Gelman,
    2014, "The No-U-Turn Sampler", sections 3.2 and 4.1). With `adapt_mass`, the
    inverse mass matrix is the diagonal of the variances of all chains so far,
    shrunk as Stan does. Proposals that were rejected do not enter the variances.

    :param step_size: A float or 0-D Tensor, the initial step size.
    :param n_leapfrogs: An int or 0-D int32 Tensor.
    :param adapt_step_size: None, a bool, or a 0-D bool Tensor such as a
        placeholder: whether this transition tunes the step size. Transitions before
        the first tuning use `step_size`; those after tuning use the average of the
        tuned step sizes.
    :param target_acceptance_rate: A float or 0-D Tensor.
    :param gamma: A float, how strongly dual averaging shrinks to its first step size.
    :param t0: A float that damps early tuning. In :meth:`run` it is at most a tenth of
        the warm-up, or 10, as in the paper, if that is more: otherwise a short warm-up
        would end before the step size changes.
    :param kappa: A float in (0.5, 1], how fast the average forgets.
    :param adapt_mass: As `adapt_step_size`, which must be given too (otherwise
        ValueError), since a new mass needs a new step size.
    :param mass_collect_iters: An int n. The mass changes after n, 2n, 4n, ... tuning
        transitions; each time another first step size is searched, from the present
        one. In :meth:`run` the second half of warm-up leaves the mass as it is; with
        less than 2n transitions of warm-up, masses are 1.
    :param mass_decay: A float below 1, the weight of a position compared to that
        of the next, in the variance.
    :param metric: The inverse mass matrix that :meth:`run` tunes, if `adapt_mass` is
        True (otherwise ValueError): "auto" (the variances above), or "diagonal",
        "dense" or "low_rank" as in :class:`~zhusuan.mcmc.nuts.NUTS`. With a metric
        that makes all scales equal, trajectories of a period of the dynamics, 2 pi,
        return to where they began: choose `n_leapfrogs` times the step size of about 2.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> def log_joint(values):
    ...     return -0.5 * tf.reduce_sum(values["x"] ** 2, axis=-1)
    >>> x = tf.Variable(tf.zeros([4, 2]))  # 4 chains in 2 dimensions
    >>> hmc = zs.HMC(step_size=0.5, n_leapfrogs=5)
    >>> _, info = hmc.sample(log_joint, observed={}, latent={"x": x})
    >>> print(info.acceptance_rate.shape)
    (4,)
    """

    def __init__(self, step_size: TensorLike = 1., n_leapfrogs: TensorLike = 10,
                 adapt_step_size: Optional[TensorLike] = None,
                 target_acceptance_rate: TensorLike = 0.8, gamma: float = 0.05,
                 t0: float = 100, kappa: float = 0.75,
                 adapt_mass: Optional[TensorLike] = None, mass_collect_iters: int = 10,
                 mass_decay: float = 0.99, metric: str = "auto") -> None:
        if adapt_mass is not None and adapt_step_size is None:
            raise ValueError(
                "If adapt_mass is given, adapt_step_size must be given too, because "
                "the step size depends on the mass. Write adapt_step_size=True.")
        if checked_metric(metric, "HMC") != "auto" and is_off(adapt_mass):
            raise ValueError(
                "HMC: metric=%r requires adapt_mass=True, but adapt_mass is %r. Write "
                "adapt_step_size=True, adapt_mass=True." % (metric, adapt_mass))
        self.step_size = step_size
        self.n_leapfrogs = n_leapfrogs
        self.adapt_step_size = adapt_step_size
        self.adapt_mass = adapt_mass
        self.target_acceptance_rate = target_acceptance_rate
        self._dual_averaging = {"gamma": gamma, "t0": t0, "kappa": kappa}
        self._mass_collect_iters = mass_collect_iters
        self._mass_decay = mass_decay
        self._metric = metric

    def init(self, position: List[tf.Tensor], target: TargetFunction) -> ChainState:
        """See `Sampler.init`."""
        return hamiltonian.checked(
            hamiltonian.chain_state_at(target, position), "HMC")

    def step(self, state: ChainState, target: TargetFunction,
             parameters: Any) -> Tuple[ChainState, Any]:
        """See `Sampler.step`."""
        if not parameters.is_flat:
            return hamiltonian.transition(state, target, parameters, self.n_leapfrogs)
        layout = VectorLayout(state)
        chain, info = hamiltonian.transition(
            layout.flat_state(state), layout.flat_target(target), parameters,
            self.n_leapfrogs)
        by_chain = [layout.per_chain(x) for x in info._replace(momentum=info.energy)]
        return layout.split_state(chain), type(info)(*by_chain)._replace(
            momentum=layout.split(info.momentum[0]))

    def adaptation(self, n_warmup: Optional[int]) -> Warmup:
        """See `Sampler.adaptation`; warm-up tunes all adaptive parameters."""
        if n_warmup is not None and self._metric != "auto":
            return metric_warmup(self._rule(n_warmup), self._metric, n_warmup)
        step_switch, mass_switch = self.adapt_step_size, self.adapt_mass
        estimator: Optional[CovarianceEstimator] = CovarianceEstimator(
            decay=self._mass_decay)
        if n_warmup is not None:
            step_switch = not is_off(step_switch)
            # A mass in use only at the end of warm-up would meet the step size of
            # another mass.
            mass_switch = not is_off(mass_switch) and (
                n_warmup >= 2 * self._mass_collect_iters)
            estimator = estimator if mass_switch else None
        return Warmup(
            self._rule(n_warmup), estimator, Doubling(
                self._mass_collect_iters, None if n_warmup is None else n_warmup // 2),
            step_switch, mass_switch)

    def _rule(self, n_warmup: Optional[int]) -> DualAveraging:
        """Dual averaging for :meth:`sample`, or for a warm-up of `n_warmup`."""
        settings = dict(self._dual_averaging)
        if n_warmup is None:
            settings["n_unsettled"] = 0
        else:
            settings["t0"] = min(settings["t0"], max(0.1 * n_warmup, _LEAST_T0))
        return DualAveraging(
            self.step_size, self.target_acceptance_rate,
            criterion=Trajectory(self.n_leapfrogs, self.target_acceptance_rate),
            **settings)

    def statistics(self, state: ChainState, info: Any,
                   parameters: Any) -> Dict[str, tf.Tensor]:
        """See `Sampler.statistics`."""
        return {"acceptance_rate": info.acceptance_rate,
                "is_divergent": info.is_divergent, "energy_error": info.energy_error,
                "log_prob": state.log_prob, "step_size": parameters.step_size}

    def sample_info(self, samples: Dict[str, tf.Tensor], state: ChainState, info: Any,
                    parameters: Any) -> HMCInfo:
        """See `Sampler.sample_info`."""
        return HMCInfo(
            samples=samples, acceptance_rate=info.acceptance_rate,
            updated_step_size=parameters.step_size, init_momentum=info.momentum,
            orig_hamiltonian=info.energy, hamiltonian=info.proposed_energy,
            orig_log_prob=info.log_prob, log_prob=state.log_prob,
            is_accepted=info.is_accepted, is_divergent=info.is_divergent,
            energy_error=info.energy_error)

    @property
    def advice(self) -> str:  # type: ignore[override]  # it depends on a setting
        """See `Sampler`."""
        if is_off(self.adapt_step_size):
            return "Decrease step_size, or pass adapt_step_size=True with n_warmup"
        return "Increase target_acceptance_rate or n_warmup"
