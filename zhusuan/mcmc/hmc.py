"""Hamiltonian Monte Carlo."""
from collections import namedtuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.constraints import Constraints, resolve
from zhusuan._model.target import Target
from zhusuan.mcmc._adaptation import hmc_tuning
from zhusuan.mcmc._adaptation.hmc_tuning import DualAveraging, MovingVariance
from zhusuan.mcmc._adaptation.switches import as_float, if_on, is_off
from zhusuan.mcmc._kernels import leapfrog
from zhusuan.mcmc._kernels.metric import Diagonal
from zhusuan.mcmc._run.loop import Kernel
from zhusuan.mcmc._run.sampler_variables import Memories, check_latent
from zhusuan.mcmc.sampler import Sampler

__all__ = ["HMC", "HMCInfo"]

# t0 of Hoffman and Gelman (2014): what no warm-up is too short for.
_LEAST_T0 = 10.

_Tuning = namedtuple("_Tuning", ["step_size", "mass"])
# Whether a transition tunes, None, bools or bool Tensors.
_Adapt = namedtuple("_Adapt", ["step_size", "mass"])
_RunState = namedtuple("_RunState", ["chain", "tuning", "statistics"])


class HMCInfo(namedtuple("HMCInfo", [
        "samples", "acceptance_rate", "updated_step_size", "init_momentum",
        "orig_hamiltonian", "hamiltonian", "orig_log_prob", "log_prob",
        "is_accepted", "is_divergent", "energy_error"],
        defaults=(None, None, None))):
    """What one transition of :class:`HMC` did; all Tensors.

    :param samples: A dict by latent name: the positions after the transition.
    :param acceptance_rate: The probability of acceptance, by chain.
    :param updated_step_size: 0-D, the step size that the next transition begins
        with.
    :param init_momentum: A dict by latent name: the momenta that were drawn.
    :param orig_hamiltonian: The Hamiltonian before the leapfrogs, by chain.
    :param hamiltonian: The Hamiltonian after them, of the proposal.
    :param orig_log_prob: The log joint density before the transition, by chain.
    :param log_prob: The log joint density of `samples`.
    :param is_accepted: Bool, by chain.
    :param is_divergent: Bool, by chain: the energy error is above 1000, or not
        a number.
    :param energy_error: `hamiltonian - orig_hamiltonian`; inf if not finite.
    """

    __slots__ = ()


class HMC(Sampler):
    """Hamiltonian Monte Carlo (Neal, 2011) with many chains at once.

    The step size is shared by all chains. With `adapt_step_size`, the first one
    is searched for in both directions, then tuned by dual averaging so that the
    mean acceptance rate becomes `target_acceptance_rate` (Hoffman and Gelman,
    2014, "The No-U-Turn Sampler", sections 3.2 and 4.1). With `adapt_mass`, the
    inverse mass matrix is the diagonal of the variances of all chains so far,
    shrunk as Stan does.

    :param step_size: A float or 0-D Tensor, where to begin.
    :param n_leapfrogs: An int or 0-D int32 Tensor.
    :param adapt_step_size: None, a bool, or a 0-D bool Tensor such as a
        placeholder: whether this transition tunes the step size. Until the
        first one that does, `step_size` is used as it is; when tuning is over,
        the average of the tuned ones.
    :param target_acceptance_rate: A float or 0-D Tensor.
    :param gamma: A float, how strongly tuning is held back.
    :param t0: A float, how much early transitions count less in tuning. In
        :meth:`run` it is at most a tenth of the warm-up, or 10, as in the paper, if
        that is more: else a short one ends before the step size has moved.
    :param kappa: A float in (0.5, 1], how fast the average forgets.
    :param adapt_mass: As `adapt_step_size`, which must be given too, else
        ValueError: a new mass needs a new step size.
    :param mass_collect_iters: An int, the mass is used after so many tuning
        transitions. A new first step size is searched for then. In :meth:`run` with
        less than twice as many transitions of warm-up, masses are 1.
    :param mass_decay: A float below 1, the weight of a position compared to that
        of the next, in the variance.

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

    def __init__(self, step_size=1., n_leapfrogs=10, adapt_step_size=None,
                 target_acceptance_rate=0.8, gamma=0.05, t0=100, kappa=0.75,
                 adapt_mass=None, mass_collect_iters=10, mass_decay=0.99):
        if adapt_mass is not None and adapt_step_size is None:
            raise ValueError(
                "If adapt_mass is given, adapt_step_size must be given too: with "
                "another mass, the step size fits no longer.")
        self.step_size = step_size
        self.n_leapfrogs = n_leapfrogs
        self.adapt_step_size = adapt_step_size
        self.adapt_mass = adapt_mass
        self.target_acceptance_rate = target_acceptance_rate
        self._dual_averaging = {"gamma": gamma, "t0": t0, "kappa": kappa}
        self._mass_collect_iters = mass_collect_iters
        self._mass_decay = mass_decay
        self._memories = Memories()

    @tf.autograph.experimental.do_not_convert
    def sample(self, meta_bn, observed, latent, constraints=None):
        """One transition of all chains.

        In a graph this builds the operation that makes it; eagerly and in a
        `tf.function` it makes one at each call. An object may be used for
        several models; the tuning belongs to the latents.

        :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`,
            or a function of a dict of values by name that returns the log joint
            density. The density has the shape of the chain axes.
        :param observed: A dict of observed values by name.
        :param latent: A dict of variables by name, the positions. Their shapes
            are those of chain axes + data axes; all are float32 or all float64.
        :param constraints: None, or what values latents can take, as for
            :meth:`run`. The variables and `samples` then are values. Momenta and
            log densities are those of the free positions that are moved, to which
            a value is turned at every call, with its rounding.

        :return: The operation (None eagerly) and an :class:`HMCInfo`.

        Raises InvalidArgumentError ("Try better initialization") where the
        present log joint density is not finite.
        """
        names, variables = check_latent(latent)
        values = [tf.convert_to_tensor(x) for x in variables]
        target = Target(meta_bn, observed, names)
        constraints = Constraints(resolve(
            constraints, meta_bn, observed, dict(zip(names, values))))
        position, target = constraints.checked_free(values), constraints.target(target)
        chain = leapfrog.checked(leapfrog.start(target, position), "HMC")
        memory = self._memories.get(
            variables, lambda: _untuned(position, chain.log_prob.shape.rank))
        adapt = _Adapt(self.adapt_step_size, self.adapt_mass)
        new_chain, tuning, info = self._advance(
            chain, memory.read(), target, adapt)

        def by_name(tensors):
            return dict(zip(names, tensors))

        samples = constraints.values(new_chain.position)
        info = HMCInfo(
            samples=by_name(samples),
            acceptance_rate=info.acceptance_rate,
            updated_step_size=self._current_step(tuning.step_size, adapt),
            init_momentum=by_name(info.momentum),
            orig_hamiltonian=info.energy,
            hamiltonian=info.proposed_energy,
            orig_log_prob=chain.log_prob,
            log_prob=new_chain.log_prob,
            is_accepted=info.is_accepted,
            is_divergent=info.is_divergent,
            energy_error=info.energy_error)
        updates = list(zip(variables, samples))
        updates += memory.updates(tuning)
        return _tf.commit(updates, after=tf.nest.flatten(info)), info

    def _advance(self, chain, tuning, target, adapt, n_warmup=None):
        """One transition, and the tuning that follows it.

        :param n_warmup: An int, how many transitions tune; None if unknown.
        """
        metric = self._metric(chain, tuning.mass, adapt)
        dual = self._searched(chain, tuning, target, metric, adapt)
        step_size = self._current_step(dual, adapt, n_warmup)
        new_chain, info = leapfrog.transition(
            chain, target, step_size, self.n_leapfrogs, metric)
        tuning = _Tuning(
            if_on(adapt.step_size,
                  lambda: self._tuned_step(
                      dual, info.acceptance_rate, n_warmup), dual),
            if_on(adapt.mass,
                  lambda: hmc_tuning.update_variance(
                      tuning.mass, new_chain.position,
                      chain.log_prob.shape.rank, self._mass_decay),
                  tuning.mass))
        return new_chain, tuning, info

    def _metric(self, chain, mass, adapt):
        ones = [tf.ones_like(x) for x in mass.variance]
        if is_off(adapt.mass):
            return Diagonal(ones)
        shrunk = hmc_tuning.shrunk_variance(
            mass, tf.size(chain.log_prob), self._mass_decay)
        in_use = mass.n_updates >= self._mass_collect_iters
        return Diagonal([tf.where(in_use, x, y)
                         for x, y in zip(shrunk.inverse_mass, ones)])

    def _searched(self, chain, tuning, target, metric, adapt):
        """Dual averaging, restarted if that is due."""
        dual, mass = tuning
        if is_off(adapt.step_size):
            return dual
        is_due = tf.equal(dual.n_updates, 0)
        if not is_off(adapt.mass):
            is_due |= adapt.mass & tf.equal(
                mass.n_updates, self._mass_collect_iters)
        first = tf.where(tf.equal(dual.n_updates, 0),
                         self._given_step(dual), tf.exp(dual.log_step))
        return tf.cond(
            is_due & adapt.step_size,
            lambda: hmc_tuning.restart(hmc_tuning.search_step_size(
                chain, target, first, metric)),
            lambda: dual)

    def _current_step(self, dual, adapt, n_warmup=None):
        given = self._given_step(dual)
        if is_off(adapt.step_size):
            return given
        settled = (tf.exp(dual.log_average) if n_warmup is None else
                   hmc_tuning.settled_step_size(dual))
        frozen = tf.where(dual.n_updates > 0, settled, given)
        return tf.where(adapt.step_size, tf.exp(dual.log_step), frozen)

    def _tuned_step(self, dual, acceptance_rate, n_warmup):
        dtype = acceptance_rate.dtype
        settings = dict(self._dual_averaging)
        if n_warmup is not None:
            settings["t0"] = min(settings["t0"], max(0.1 * n_warmup, _LEAST_T0))
        settings = {name: as_float(x, dtype) for name, x in settings.items()}
        return hmc_tuning.update_step_size(
            dual, tf.reduce_mean(acceptance_rate),
            as_float(self.target_acceptance_rate, dtype), **settings)

    def _given_step(self, dual):
        return as_float(self.step_size, dual.log_step.dtype)

    @property
    def _advice(self):
        if is_off(self.adapt_step_size):
            return "Take a smaller step_size, or adapt_step_size=True with n_warmup"
        return "Take a smaller step_size or a larger n_warmup"

    def _kernel(self, n_warmup):
        """For whole chains: warm-up tunes what may be tuned at all."""
        # A mass in use only at the end of warm-up would meet the step size of another.
        has_mass = n_warmup >= 2 * self._mass_collect_iters
        switches = self.adapt_step_size, self.adapt_mass if has_mass else None

        def start(chain):
            tuning = tf.nest.map_structure(tf.constant, _untuned(
                chain.position, chain.log_prob.shape.rank))
            zero, no = tf.zeros_like(chain.log_prob), tf.zeros_like(
                chain.log_prob, tf.bool)
            return _RunState(chain, tuning, {
                "acceptance_rate": zero, "is_divergent": no,
                "energy_error": zero, "log_prob": chain.log_prob,
                "step_size": self._given_step(tuning.step_size)})

        def advance(state, target, is_warmup):
            adapt = _Adapt(*[None if is_off(switch) else is_warmup
                             for switch in switches])
            chain, tuning, info = self._advance(
                state.chain, state.tuning, target, adapt, n_warmup)
            return _RunState(chain, tuning, {
                "acceptance_rate": info.acceptance_rate,
                "is_divergent": info.is_divergent,
                "energy_error": info.energy_error, "log_prob": chain.log_prob,
                "step_size": self._current_step(tuning.step_size, adapt, n_warmup)})

        return Kernel(start, advance,
                      lambda state: (state.chain.position, state.statistics))


def _untuned(position, chain_rank):
    """The tuning to begin with, NumPy arrays."""
    dtype = position[0].dtype.as_numpy_dtype
    zero, count = np.zeros([], dtype), np.zeros([], np.int64)

    def no_data():
        return [np.zeros(x.shape.as_list()[chain_rank:], dtype) for x in position]

    return _Tuning(DualAveraging(count, zero, zero, zero, zero),
                   MovingVariance(count, no_data(), no_data()))
