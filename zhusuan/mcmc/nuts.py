"""The No-U-Turn sampler."""
from collections import namedtuple

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.constraints import Constraints, resolve
from zhusuan._model.target import Target
from zhusuan.mcmc._adaptation import hmc_tuning, stan_warmup
from zhusuan.mcmc._adaptation.switches import as_float
from zhusuan.mcmc._kernels import leapfrog
from zhusuan.mcmc._kernels.doubling import nuts_transition
from zhusuan.mcmc._kernels.flattening import Flat
from zhusuan.mcmc._run.sampler_variables import Memories, check_latent
from zhusuan.mcmc.sampler import Sampler

__all__ = ["NUTS", "NUTSInfo"]

# gamma, t0 and kappa of dual averaging, as in Stan and the paper.
_STAN = (0.05, 10., 0.75)

# chain: a ChainState with one position [n_chains, d].
_State = namedtuple("_State", ["chain", "warmup"])
_RunState = namedtuple("_RunState", ["state", "statistics"])


class NUTSInfo(namedtuple("NUTSInfo", [
        "samples", "acceptance_rate", "updated_step_size", "log_prob",
        "is_divergent", "energy_error", "n_leapfrogs", "tree_depth"])):
    """Statistics of one transition of :class:`NUTS`; all Tensors.

    :param samples: A dict by latent name: the positions after the transition.
    :param acceptance_rate: By chain, the mean over the points of the trajectory.
    :param updated_step_size: 0-D, the step size of the next transition.
    :param log_prob: By chain, the log joint density of `samples`.
    :param is_divergent: Bool, by chain: an energy error above 1000 was met.
    :param energy_error: By chain, of `samples`.
    :param n_leapfrogs: int32, by chain.
    :param tree_depth: int32, by chain: how often the trajectory was doubled.
    """

    __slots__ = ()


class NUTS(Sampler):
    """The No-U-Turn sampler (Hoffman and Gelman, 2014; Betancourt, 2017).

    Hamiltonian Monte Carlo that finds the number of leapfrogs itself, with many
    chains at once. During warm-up it tunes step size and mass as Stan does; both
    are shared by all chains. :meth:`run` is the way to use it.

    :param step_size: A float or 0-D Tensor: where the search for the first step
        size begins, or the step size where there is no warm-up.
    :param max_depth: An int. A transition takes at most 2^max_depth - 1
        leapfrogs.
    :param dense_mass: A bool. Let the inverse mass be the whole covariance matrix
        of all latents, instead of its diagonal.
    :param target_acceptance_rate: A float or 0-D Tensor.
    :param n_warmup: An int, how many of the first calls of :meth:`sample` are
        warm-up; :meth:`run` has its own.

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

    def __init__(self, step_size=1., max_depth=10, dense_mass=False,
                 target_acceptance_rate=0.8, n_warmup=0):
        self.step_size = step_size
        self.target_acceptance_rate = target_acceptance_rate
        self._max_depth, self._is_dense = max_depth, dense_mass
        self._n_warmup = n_warmup
        self._memories = Memories()

    @tf.autograph.experimental.do_not_convert
    def sample(self, meta_bn, observed, latent, constraints=None):
        """One transition of all chains, as :meth:`zhusuan.hmc.HMC.sample`.

        :return: The operation (None eagerly) and a :class:`NUTSInfo`.
        """
        names, variables = check_latent(latent)
        values = [tf.convert_to_tensor(x) for x in variables]
        target = Target(meta_bn, observed, names)
        constraints = Constraints(resolve(
            constraints, meta_bn, observed, dict(zip(names, values))))
        position, target = constraints.checked_free(values), constraints.target(target)
        chain = leapfrog.checked(leapfrog.start(target, position), "NUTS")
        flat = _flat(chain)
        memory = self._memories.get(
            variables, lambda: self._first_warmup(flat, chain))
        state = _State(flat.chain_state(chain), memory.read())
        state, info = self._advance(
            state, flat.target(target), state.warmup.n_done < self._n_warmup,
            self._n_warmup)
        samples = constraints.values(flat.split(state.chain.position[0]))
        info = NUTSInfo(dict(zip(names, samples)), **self._statistics(
            flat, state, info, state.warmup.n_done < self._n_warmup))
        updates = list(zip(variables, samples)) + memory.updates(state.warmup)
        return _tf.commit(updates, after=tf.nest.flatten(info)), info

    def _advance(self, state, target, is_warmup, n_warmup):
        """One transition, and the tuning that follows it."""
        chain, tuning = state
        tuning = tuning._replace(
            dual=self._searched(chain, tuning, target, is_warmup))
        chain, info = nuts_transition(
            chain, target, self._current_step(tuning.dual, is_warmup),
            tuning.metric, self._max_depth)
        tuning = tf.cond(
            is_warmup, lambda: self._tuned(
                tuning, chain, info, stan_warmup.make_schedule(n_warmup)),
            lambda: tuning)
        return _State(chain, tuning), info

    def _searched(self, chain, tuning, target, is_warmup):
        """Dual averaging, restarted if that is due."""
        dual = tuning.dual
        first = tf.where(tf.equal(tuning.n_done, 0),
                         as_float(self.step_size, dual.log_step.dtype),
                         tf.exp(dual.log_step))
        return tf.cond(
            is_warmup & tf.equal(dual.n_updates, 0),
            lambda: hmc_tuning.restart(hmc_tuning.search_step_size(
                chain, target, first, tuning.metric)),
            lambda: dual)

    def _current_step(self, dual, is_warmup):
        given = as_float(self.step_size, dual.log_step.dtype)
        frozen = tf.where(
            dual.n_updates > 0, hmc_tuning.settled_step_size(dual), given)
        return tf.where(is_warmup & (dual.n_updates > 0),
                        tf.exp(dual.log_step), frozen)

    def _tuned(self, tuning, chain, info, schedule):
        rate = tf.reduce_mean(info.acceptance_rate)
        dual = hmc_tuning.update_step_size(
            tuning.dual, rate, as_float(self.target_acceptance_rate, rate.dtype),
            *[as_float(x, rate.dtype) for x in _STAN])
        return stan_warmup.update(
            tuning._replace(dual=dual), chain.position[0], schedule)

    def _first_warmup(self, flat, chain):
        return stan_warmup.begin(
            flat.size, chain.log_prob.dtype.as_numpy_dtype, self._is_dense)

    def _statistics(self, flat, state, info, is_warmup):
        """All fields of :class:`NUTSInfo` except `samples`."""
        return {
            "acceptance_rate": flat.per_chain(info.acceptance_rate),
            "updated_step_size": self._current_step(state.warmup.dual, is_warmup),
            "log_prob": flat.per_chain(state.chain.log_prob),
            "is_divergent": flat.per_chain(info.is_divergent),
            "energy_error": flat.per_chain(info.energy_error),
            "n_leapfrogs": flat.per_chain(info.n_leapfrogs),
            "tree_depth": flat.per_chain(info.depth)}

    _advice = "Take a smaller step_size or a larger n_warmup"

    def _kernel(self, n_warmup):
        return _NUTSKernel(self, n_warmup)


class _NUTSKernel:
    """The functions of a `Kernel`."""

    def __init__(self, nuts, n_warmup):
        self._nuts, self._n_warmup = nuts, n_warmup
        self._flat = None

    def start(self, chain):
        self._flat = flat = _flat(chain)
        tuning = tf.nest.map_structure(
            tf.constant, self._nuts._first_warmup(flat, chain))
        zero = tf.zeros_like(chain.log_prob)
        none = tf.zeros_like(zero, tf.int32)
        return _RunState(_State(flat.chain_state(chain), tuning), {
            "acceptance_rate": zero, "step_size": tf.zeros([], zero.dtype),
            "log_prob": chain.log_prob, "is_divergent": tf.cast(none, tf.bool),
            "energy_error": zero, "n_leapfrogs": none, "tree_depth": none})

    def advance(self, state, target, is_warmup):
        flat = self._flat
        state, info = self._nuts._advance(
            state.state, flat.target(target), is_warmup, self._n_warmup)
        statistics = self._nuts._statistics(flat, state, info, is_warmup)
        statistics["step_size"] = statistics.pop("updated_step_size")
        return _RunState(state, statistics)

    def report(self, state):
        return self._flat.split(state.state.chain.position[0]), state.statistics


def _flat(chain):
    return Flat([x.shape.as_list() for x in chain.position],
                chain.log_prob.shape.rank)
