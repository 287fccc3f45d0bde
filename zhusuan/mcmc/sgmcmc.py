"""Stochastic gradient Markov chain Monte Carlo."""
from collections import namedtuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.constraints import Constraints, resolve
from zhusuan._model.target import Target
from zhusuan.mcmc._adaptation.switches import as_float
from zhusuan.mcmc._kernels import diffusion
from zhusuan.mcmc._run.loop import Kernel
from zhusuan.mcmc._run.sampler_variables import Memories, check_latent
from zhusuan.mcmc.sampler import Sampler

__all__ = ["PSGLD", "SGHMC", "SGLD", "SGMCMC", "SGNHT"]


class SGMCMC(Sampler):
    """Base class of the samplers of this module.

    They follow a diffusion that has the posterior for its stationary
    distribution, with gradients that may come from a minibatch: feed another one
    as `observed` at each step, and let the model's log joint scale its log
    likelihood up to that of the whole data set. Nothing is ever rejected, so
    that samples have a bias, which vanishes with the step size.
    """

    def __init__(self):
        self._memories = Memories()

    @tf.autograph.experimental.do_not_convert
    def sample(self, meta_bn, observed, latent, constraints=None):
        """One step of all chains.

        In a graph this builds the operation that makes it; eagerly and in a
        `tf.function` it makes one at each call. An object may be used for
        several models; velocities and the like belong to the latents.

        :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`,
            or a function of a dict of values by name that returns the log joint
            density. The density has the shape of the chain axes.
        :param observed: A dict of observed values by name.
        :param latent: A dict of variables by name, the positions. Their shapes
            are those of chain axes + data axes; all are float32 or all float64.
        :param constraints: None, or what values latents can take, as for
            :meth:`run`. The variables and `q` then are values; velocities are
            those of the free positions that are moved, to which a value is turned
            at every call, with its rounding.

        :return: The operation (None eagerly), and a named tuple of dicts by
            latent name: `q`, the positions after the step, and, where the
            sampler has them, `mean_k` and `alpha`.
        """
        names, variables = check_latent(latent)
        target = Target(meta_bn, observed, names)
        values = [tf.convert_to_tensor(x) for x in variables]
        constraints = Constraints(resolve(
            constraints, meta_bn, observed, dict(zip(names, values))))
        position, target = constraints.checked_free(values), constraints.target(target)

        def first_memory():
            log_joint, _ = target(position)  # the model makes its variables
            return self._memory(position, log_joint.shape.rank)

        memory = self._memories.get(variables, first_memory)
        state = self._advance(self._State(position, *memory.read()), target)
        state = state._replace(position=constraints.values(state.position))
        info = self._info(state, names)
        updates = list(zip(variables, state.position))
        updates += memory.updates(tuple(state)[1:])
        return _tf.commit(updates, after=tf.nest.flatten(info)), info

    def _memory(self, position, chain_rank):
        """The fields of the first state except the position, NumPy arrays."""
        raise NotImplementedError(
            "SGMCMC is no sampler. Use SGLD, PSGLD, SGHMC or SGNHT.")

    def _advance(self, state, target):
        """The next state."""
        raise NotImplementedError

    _advice = "Take a smaller learning_rate"

    def _kernel(self, n_warmup):
        def start(chain):
            memory = self._memory(chain.position, chain.log_prob.shape.rank)
            return self._State(chain.position, *tf.nest.map_structure(
                tf.constant, memory))

        return Kernel(start,
                      lambda state, target, _: self._advance(state, target),
                      lambda state: (state.position, {}))

    def _info(self, state, names):
        return self._Info(*[dict(zip(names, values))
                            for values in self._report(state)])

    def _report(self, state):
        """A list of values for each field of the info."""
        return [state.position]

    _Info = namedtuple("SGMCMCInfo", ["q"])


class SGLD(SGMCMC):
    r"""Stochastic gradient Langevin dynamics (Welling and Teh, 2011, eq. 4).

    .. math::

        \theta \leftarrow \theta + \frac{\epsilon}{2} \nabla \log p(\theta, x)
            + \eta, \qquad \eta \sim N(0, \epsilon)

    On a Gaussian of variance :math:`\sigma^2` the samples have the variance
    :math:`\sigma^2 / (1 - \epsilon / (4 \sigma^2))`.

    :param learning_rate: A float or 0-D Tensor, the step size
        :math:`\epsilon`, which may decay from step to step.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> def log_joint(values):
    ...     return -0.5 * tf.reduce_sum(values["x"] ** 2, axis=-1)
    >>> x = tf.Variable(tf.zeros([4, 2]))  # 4 chains in 2 dimensions
    >>> _, info = zs.SGLD(0.1).sample(log_joint, observed={}, latent={"x": x})
    >>> print(info.q["x"].shape)
    (4, 2)
    """

    _State = diffusion.Langevin

    def __init__(self, learning_rate):
        super().__init__()
        self.learning_rate = learning_rate

    def _memory(self, position, chain_rank):
        return (_no_steps(),)

    def _advance(self, state, target):
        return diffusion.langevin(
            state, target, as_float(self.learning_rate, _dtype(state)))


class PSGLD(SGMCMC):
    r"""Preconditioned SGLD (Li, Chen, Carlson and Carin, 2016, algorithm 1).

    .. math::

        V \leftarrow a V + (1 - a) g^2, \quad
        G = \frac{1}{\lambda + \sqrt{V}}, \quad
        \theta \leftarrow \theta + \frac{\epsilon}{2} G g + \eta, \quad
        \eta \sim N(0, \epsilon G)

    with the gradient :math:`g = \nabla \log p(\theta, x)`. As in common
    implementations, the paper's small term :math:`\Gamma` is left out. Two
    points differ from the paper. V is divided by the sum of its weights,
    :math:`1 - a^t`, so that it is an average from the first step on. And g is
    the gradient of the whole log joint, where the paper's V takes that of the
    mean over the N data: what is :math:`(\epsilon, \lambda)` there is
    :math:`(N \epsilon, N \lambda)` here.

    :param learning_rate: A float or 0-D Tensor, :math:`\epsilon`.
    :param preconditioner: "rms".
    :param preconditioner_hparams: A
        ``PSGLD.RMSPreconditioner.HParams(decay=0.9, epsilon=1e-3)``, the default:
        :math:`a` and :math:`\lambda`.
    """

    _State = diffusion.Preconditioned

    class RMSPreconditioner:
        """The names that 0.4 gave to the parameters of "rms"."""

        HParams = namedtuple("HParams", ["decay", "epsilon"])
        default_hps = HParams(decay=0.9, epsilon=1e-3)

    def __init__(self, learning_rate, preconditioner="rms",
                 preconditioner_hparams=None):
        super().__init__()
        if preconditioner != "rms":
            raise ValueError("PSGLD: `preconditioner` must be \"rms\", but it is "
                             "%r." % (preconditioner,))
        self.learning_rate = learning_rate
        self._hparams = preconditioner_hparams or self.RMSPreconditioner.default_hps

    def _memory(self, position, chain_rank):
        return _no_steps(), _zeros_like(position)

    def _advance(self, state, target):
        dtype = _dtype(state)
        return diffusion.preconditioned_langevin(
            state, target, as_float(self.learning_rate, dtype),
            as_float(self._hparams.decay, dtype),
            as_float(self._hparams.epsilon, dtype))


class SGHMC(SGMCMC):
    r"""Stochastic gradient HMC (Chen, Fox and Guestrin, 2014, eq. 15).

    .. math::

        v \leftarrow (1 - \alpha) v + \eta \nabla \log p(\theta, x)
            + N(0, 2 (\alpha - \hat\beta) \eta), \qquad
        \theta \leftarrow \theta + v

    In equilibrium, v has the variance :math:`\eta`.

    :param learning_rate: A float or 0-D Tensor, :math:`\eta`, the square of the
        step size of Hamiltonian dynamics.
    :param friction: A float or 0-D Tensor, :math:`\alpha` in (0, 1].
    :param variance_estimate: A float or 0-D Tensor, :math:`\hat\beta <= \alpha`,
        an estimate of the noise that minibatches bring by themselves.
    :param n_iter_resample_v: An int. Draw v anew from :math:`N(0, \eta)` after so
        many steps; 0 or None: before the first step only.
    :param second_order: A bool. Use the symmetric splitting of Chen, Ding and
        Carin (2015), whose bias is of higher order in the step size.

    The info has `q` and `mean_k`, the mean of :math:`v^2` over a latent (0-D).
    """

    _State = diffusion.Momentum
    _Info = namedtuple("SGHMCInfo", ["q", "mean_k"])

    def __init__(self, learning_rate, friction=0.25, variance_estimate=0.,
                 n_iter_resample_v=20, second_order=True):
        super().__init__()
        self.learning_rate = learning_rate
        self._friction = friction
        self._variance_estimate = variance_estimate
        self._resample_every = _interval(n_iter_resample_v)
        self._second_order = second_order

    def _memory(self, position, chain_rank):
        return _no_steps(), _zeros_like(position)

    def _advance(self, state, target):
        dtype = _dtype(state)
        return diffusion.momentum_step(
            state, target, as_float(self.learning_rate, dtype),
            as_float(self._friction, dtype),
            as_float(self._variance_estimate, dtype),
            self._resample_every, self._second_order)

    def _report(self, state):
        return [state.position, [tf.reduce_mean(v ** 2) for v in state.velocity]]


class SGNHT(SGMCMC):
    r"""Stochastic gradient Nose-Hoover thermostat (Ding et al., 2014, algorithm 2).

    SGHMC whose friction :math:`\alpha` finds the noise of the minibatches itself:

    .. math::

        v \leftarrow (1 - \alpha) v + \eta \nabla \log p(\theta, x)
            + N(0, 2 a \eta), \quad
        \theta \leftarrow \theta + v, \quad
        \alpha \leftarrow \alpha + \mu (\overline{v^2} - \eta)

    :param learning_rate: A float or 0-D Tensor, :math:`\eta`.
    :param variance_extra: A float or 0-D Tensor, :math:`a`, the noise to add, and
        what :math:`\alpha` begins with.
    :param tune_rate: A float or 0-D Tensor, :math:`\mu`. It is 1 in the paper.
    :param n_iter_resample_v: As for :class:`SGHMC`; never by default.
    :param second_order: As for :class:`SGHMC`.
    :param use_vector_alpha: A bool. If true, every number has its own
        :math:`\alpha` and :math:`\overline{v^2} = v^2`; else every chain has one
        for each latent, and the mean is over data axes.

    The info has `q`, `mean_k` (:math:`\overline{v^2}`) and `alpha`.
    """

    _State = diffusion.Thermostat
    _Info = namedtuple("SGNHTInfo", ["q", "mean_k", "alpha"])

    def __init__(self, learning_rate, variance_extra=0., tune_rate=1.,
                 n_iter_resample_v=None, second_order=True, use_vector_alpha=True):
        super().__init__()
        self.learning_rate = learning_rate
        self._variance_extra = variance_extra
        self._tune_rate = tune_rate
        self._resample_every = _interval(n_iter_resample_v)
        self._second_order = second_order
        self._use_vector_alpha = use_vector_alpha

    def _memory(self, position, chain_rank):
        alpha = _zeros_like(
            position, None if self._use_vector_alpha else chain_rank)
        return _no_steps(), _zeros_like(position), alpha

    def _advance(self, state, target):
        dtype = _dtype(state)
        return diffusion.thermostat_step(
            state, target, as_float(self.learning_rate, dtype),
            as_float(self._variance_extra, dtype),
            as_float(self._tune_rate, dtype),
            self._resample_every, self._second_order)

    def _report(self, state):
        energy = diffusion.thermostat_energy(state.velocity, state.alpha)
        return [state.position, energy, state.alpha]


def _interval(n_iter):
    """An int, or None where 0.4 has several words for never."""
    return n_iter if n_iter and n_iter > 0 else None


def _dtype(state):
    return state.position[0].dtype


def _no_steps():
    return np.zeros([], np.int64)


def _zeros_like(position, n_axes=None):
    """Arrays of zeros, of the shapes of the first axes of the positions."""
    return [np.zeros(x.shape.as_list()[:n_axes], x.dtype.as_numpy_dtype)
            for x in position]
