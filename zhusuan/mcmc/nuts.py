"""The No-U-Turn sampler."""
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import tensorflow.compat.v2 as tf

from zhusuan.mcmc._adaptation.metric_choice import checked_metric, metric_warmup
from zhusuan.mcmc._adaptation.step_size import DualAveraging
from zhusuan.mcmc._adaptation.warmup import Warmup
from zhusuan.mcmc._kernels import hamiltonian
from zhusuan.mcmc._kernels.flattening import VectorLayout
from zhusuan.mcmc._kernels.hamiltonian import ChainState
from zhusuan.mcmc._kernels.no_u_turn import nuts_transition
from zhusuan.mcmc.adaptation import TargetFunction
from zhusuan.mcmc.sampler import Sampler
from zhusuan.utils._types import TensorLike

__all__ = ["NUTS", "NUTSInfo"]


class NUTSInfo(NamedTuple):
    """Statistics of one transition of :class:`NUTS`; all Tensors.

    :param samples: A dict by latent name: the positions after the transition.
    :param acceptance_rate: By chain, the mean over the points of the trajectory.
    :param updated_step_size: 0-D, the step size of the next transition.
    :param log_prob: By chain, the log joint density of `samples`.
    :param is_divergent: Bool, by chain: an energy error of the trajectory is above
        1000.
    :param energy_error: By chain, of `samples`.
    :param n_leapfrogs: int32, by chain.
    :param tree_depth: int32, by chain: how often the trajectory was doubled.
    :param reached_max_depth: Bool, by chain: the trajectory was doubled `max_depth`
        times.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> x = tf.Variable(tf.zeros([4, 2]))  # 4 chains in 2 dimensions
    >>> _, info = zs.NUTS(step_size=0.5).sample(
    ...     lambda values: -0.5 * tf.reduce_sum(values["x"] ** 2, axis=-1),
    ...     observed={}, latent={"x": x})
    >>> print(info.samples["x"].shape, info.is_divergent.shape)
    (4, 2) (4,)
    """

    samples: Dict[str, tf.Tensor]
    acceptance_rate: tf.Tensor
    updated_step_size: tf.Tensor
    log_prob: tf.Tensor
    is_divergent: tf.Tensor
    energy_error: tf.Tensor
    n_leapfrogs: tf.Tensor
    tree_depth: tf.Tensor
    reached_max_depth: tf.Tensor


class NUTS(Sampler):
    """The No-U-Turn sampler (Hoffman and Gelman, 2014; Betancourt, 2017).

    Hamiltonian Monte Carlo that chooses the number of leapfrogs of each transition,
    with many chains at once. During warm-up it tunes a step size and a metric, the
    inverse mass matrix, from the draws of all chains, which share them. The metric
    minimizes the Fisher divergence between the posterior and a normal distribution
    (Seyboldt, Carlson and Carpenter, 2026, arXiv 2603.18845): it uses the gradients
    beside the draws, and is exact for a normal posterior after few of them. Use
    :meth:`run`; :meth:`sample` is for loops of your own.

    :param step_size: A float or 0-D Tensor: the initial value of the search for the
        first step size, or the step size if there is no warm-up.
    :param max_depth: An int. A transition takes at most 2^max_depth - 1
        leapfrogs.
    :param dense_mass: A bool. True is short for `metric="dense"`.
    :param target_acceptance_rate: A float or 0-D Tensor.
    :param n_warmup: An int, the number of first calls of :meth:`sample` that are
        warm-up; :meth:`run` has its own.
    :param metric: "diagonal" (independent masses), "dense" (a matrix, at `d * d`
        operations for each leapfrog with `d` numbers in all latents), "low_rank" (a
        diagonal and 64 directions, at `128 * d` operations), or "auto": dense for up to
        200 numbers, low rank above. Other values raise ValueError.

    >>> import numpy as np
    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def schools():
    ...     bn = zs.BayesianNet()
    ...     mean = bn.normal("mean", 0., std=5.)
    ...     bn.normal("effect", mean, std=1.)
    ...     return bn
    >>> chains = zs.NUTS().run(
    ...     schools(), {"effect": np.float32(2.)}, {"mean": np.float32(0.)},
    ...     n_samples=500, n_warmup=200, seed=1, progress_bar=False)
    >>> bool(abs(chains["mean"].mean() - 2. * 25 / 26) < 0.3)
    True
    """

    def __init__(self, step_size: TensorLike = 1., max_depth: int = 10,
                 dense_mass: bool = False, target_acceptance_rate: TensorLike = 0.8,
                 n_warmup: int = 0, metric: str = "auto") -> None:
        if dense_mass and metric not in ("auto", "dense"):
            raise ValueError(
                'NUTS: dense_mass=True means metric="dense", but metric is %r. Pass '
                "only one of them." % (metric,))
        self.step_size = step_size
        self.target_acceptance_rate = target_acceptance_rate
        self._max_depth, self._n_warmup = max_depth, n_warmup
        self._metric = "dense" if dense_mass else checked_metric(metric, "NUTS")

    advice = ("Increase target_acceptance_rate or n_warmup. Without warm-up, decrease "
              "step_size")

    def init(self, position: List[tf.Tensor], target: TargetFunction) -> ChainState:
        """See `Sampler.init`."""
        return hamiltonian.checked(
            hamiltonian.chain_state_at(target, position), "NUTS")

    def step(self, state: ChainState, target: TargetFunction,
             parameters: Any) -> Tuple[ChainState, Any]:
        """See `Sampler.step`."""
        layout = VectorLayout(state)
        chain, info = nuts_transition(
            layout.flat_state(state), layout.flat_target(target), parameters,
            self._max_depth)
        return layout.split_state(chain), type(info)(*map(layout.per_chain, info))

    def adaptation(self, n_warmup: Optional[int]) -> Warmup:
        """See `Sampler.adaptation`."""
        return metric_warmup(
            DualAveraging(self.step_size, self.target_acceptance_rate), self._metric,
            self._n_warmup if n_warmup is None else n_warmup)

    def statistics(self, state: ChainState, info: Any,
                   parameters: Any) -> Dict[str, tf.Tensor]:
        """See `Sampler.statistics`."""
        fields = info._asdict()
        depth = fields.pop("depth")
        return dict(fields, tree_depth=depth, log_prob=state.log_prob,
                    reached_max_depth=depth >= self._max_depth,
                    step_size=parameters.step_size)

    def sample_info(self, samples: Dict[str, tf.Tensor], state: ChainState, info: Any,
                    parameters: Any) -> NUTSInfo:
        """See `Sampler.sample_info`."""
        statistics = self.statistics(state, info, parameters)
        return NUTSInfo(samples, updated_step_size=statistics.pop("step_size"),
                        **statistics)
