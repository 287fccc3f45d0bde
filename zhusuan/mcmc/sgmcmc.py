"""Stochastic gradient Markov chain Monte Carlo."""
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.mcmc._kernels import diffusion
from zhusuan.mcmc.adaptation import TargetFunction
from zhusuan.mcmc.sampler import Sampler
from zhusuan.utils import TensorLike, as_float

__all__ = ["PSGLD", "SGHMC", "SGHMCInfo", "SGLD", "SGMCMC", "SGMCMCInfo", "SGNHT",
           "SGNHTInfo"]


class SGMCMCInfo(NamedTuple):
    """Result of one step of :class:`SGLD` and :class:`PSGLD`.

    :param q: A dict by latent name: the positions after the step.
    """

    q: Dict[str, tf.Tensor]


class SGHMCInfo(NamedTuple):
    """Result of one step of :class:`SGHMC`; dicts by latent name.

    :param q: The positions after the step.
    :param mean_k: The mean of :math:`v^2` over a latent, 0-D.
    """

    q: Dict[str, tf.Tensor]
    mean_k: Dict[str, tf.Tensor]


class SGNHTInfo(NamedTuple):
    r"""Result of one step of :class:`SGNHT`; dicts by latent name.

    :param q: The positions after the step.
    :param mean_k: :math:`\overline{v^2}`, of the shape of `alpha`.
    :param alpha: The friction.
    """

    q: Dict[str, tf.Tensor]
    mean_k: Dict[str, tf.Tensor]
    alpha: Dict[str, tf.Tensor]


class SGMCMC(Sampler):
    """Base class of the samplers of this module.

    They follow a diffusion whose stationary distribution is the posterior, with
    gradients that may come from a minibatch: pass another one as `observed` at each
    step, and let the model's log joint scale its log likelihood up to that of the
    whole data set. Nothing is ever rejected, so that samples have a bias, which
    vanishes with the step size. :meth:`sample` returns an :class:`SGMCMCInfo`,
    :class:`SGHMCInfo` or :class:`SGNHTInfo`.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> x = tf.Variable(tf.zeros([4, 2]))  # 4 chains in 2 dimensions
    >>> sampler = zs.SGLD(0.1)
    >>> for _ in range(10):
    ...     _, info = sampler.sample(
    ...         lambda values: -0.5 * tf.reduce_sum(values["x"] ** 2, axis=-1),
    ...         observed={}, latent={"x": x})
    >>> isinstance(sampler, zs.SGMCMC), info.q["x"].shape.as_list()
    (True, [4, 2])
    """

    advice = "Take a smaller learning_rate"

    def init(self, position: List[tf.Tensor], target: TargetFunction) -> Any:
        """See `Sampler.init`."""
        raise NotImplementedError(
            "SGMCMC is a base class. Use SGLD, PSGLD, SGHMC or SGNHT.")

    def sample_info(self, samples: Dict[str, tf.Tensor], state: Any, info: Any,
                    parameters: Any) -> Any:
        """See `Sampler.sample_info`."""
        return SGMCMCInfo(samples)


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

    kept_fields = ("n_steps",)

    def __init__(self, learning_rate: TensorLike) -> None:
        self.learning_rate = learning_rate

    def init(self, position: List[tf.Tensor],
             target: TargetFunction) -> diffusion.Langevin:
        """See `Sampler.init`."""
        return diffusion.Langevin(position, _no_steps())

    def step(self, state: diffusion.Langevin, target: TargetFunction,
             parameters: Any) -> Tuple[diffusion.Langevin, Any]:
        """See `Sampler.step`."""
        return diffusion.langevin(
            state, target, as_float(self.learning_rate, _dtype(state))), ()


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

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> x = tf.Variable(tf.zeros([4, 2]))  # 4 chains in 2 dimensions
    >>> _, info = zs.PSGLD(0.1).sample(
    ...     lambda values: -0.5 * tf.reduce_sum(values["x"] ** 2, axis=-1),
    ...     observed={}, latent={"x": x})
    >>> print(info.q["x"].shape)
    (4, 2)
    """

    kept_fields = ("n_steps", "square")

    class RMSPreconditioner:
        """The names that 0.4 gave to the parameters of "rms"."""

        class HParams(NamedTuple):
            """See :class:`PSGLD`."""

            decay: float
            epsilon: float

        default_hps = HParams(decay=0.9, epsilon=1e-3)

    def __init__(self, learning_rate: TensorLike, preconditioner: str = "rms",
                 preconditioner_hparams: Optional[Any] = None) -> None:
        if preconditioner != "rms":
            raise ValueError("PSGLD: `preconditioner` must be \"rms\", but it is "
                             "%r." % (preconditioner,))
        self.learning_rate = learning_rate
        self._hparams = preconditioner_hparams or self.RMSPreconditioner.default_hps

    def init(self, position: List[tf.Tensor],
             target: TargetFunction) -> diffusion.Preconditioned:
        """See `Sampler.init`."""
        return diffusion.Preconditioned(position, _no_steps(), _zeros_like(position))

    def step(self, state: diffusion.Preconditioned, target: TargetFunction,
             parameters: Any) -> Tuple[diffusion.Preconditioned, Any]:
        """See `Sampler.step`."""
        dtype = _dtype(state)
        return diffusion.preconditioned_langevin(
            state, target, as_float(self.learning_rate, dtype),
            as_float(self._hparams.decay, dtype),
            as_float(self._hparams.epsilon, dtype)), ()


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
        an estimate of the noise of minibatches.
    :param n_iter_resample_v: An int, the number of steps after which v is resampled
        from :math:`N(0, \eta)`; 0 or None: before the first step only.
    :param second_order: A bool. Use the symmetric splitting of Chen, Ding and
        Carin (2015), whose bias is of higher order in the step size.

    :meth:`sample` returns an :class:`SGHMCInfo`.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> x = tf.Variable(tf.zeros([4, 2]))  # 4 chains in 2 dimensions
    >>> _, info = zs.SGHMC(0.1, friction=0.3).sample(
    ...     lambda values: -0.5 * tf.reduce_sum(values["x"] ** 2, axis=-1),
    ...     observed={}, latent={"x": x})
    >>> print(info.q["x"].shape, info.mean_k["x"].shape)
    (4, 2) ()
    """

    kept_fields = ("n_steps", "velocity")

    def __init__(self, learning_rate: TensorLike, friction: TensorLike = 0.25,
                 variance_estimate: TensorLike = 0.,
                 n_iter_resample_v: Optional[int] = 20,
                 second_order: bool = True) -> None:
        self.learning_rate = learning_rate
        self._friction = friction
        self._variance_estimate = variance_estimate
        self._resample_every = _interval(n_iter_resample_v)
        self._second_order = second_order

    def init(self, position: List[tf.Tensor],
             target: TargetFunction) -> diffusion.Momentum:
        """See `Sampler.init`."""
        return diffusion.Momentum(position, _no_steps(), _zeros_like(position))

    def step(self, state: diffusion.Momentum, target: TargetFunction,
             parameters: Any) -> Tuple[diffusion.Momentum, Any]:
        """See `Sampler.step`."""
        dtype = _dtype(state)
        return diffusion.momentum_step(
            state, target, as_float(self.learning_rate, dtype),
            as_float(self._friction, dtype),
            as_float(self._variance_estimate, dtype),
            self._resample_every, self._second_order), ()

    def sample_info(self, samples: Dict[str, tf.Tensor], state: diffusion.Momentum,
                    info: Any, parameters: Any) -> SGHMCInfo:
        """See `Sampler.sample_info`."""
        return SGHMCInfo(samples, {name: tf.reduce_mean(v ** 2) for name, v in
                                   zip(samples, state.velocity)})


class SGNHT(SGMCMC):
    r"""Stochastic gradient Nose-Hoover thermostat (Ding et al., 2014, algorithm 2).

    SGHMC whose friction :math:`\alpha` adapts to the noise of the minibatches:

    .. math::

        v \leftarrow (1 - \alpha) v + \eta \nabla \log p(\theta, x)
            + N(0, 2 a \eta), \quad
        \theta \leftarrow \theta + v, \quad
        \alpha \leftarrow \alpha + \mu (\overline{v^2} - \eta)

    :param learning_rate: A float or 0-D Tensor, :math:`\eta`.
    :param variance_extra: A float or 0-D Tensor, :math:`a`, the noise to add, and
        the initial :math:`\alpha`.
    :param tune_rate: A float or 0-D Tensor, :math:`\mu`. It is 1 in the paper.
    :param n_iter_resample_v: As for :class:`SGHMC`; never by default.
    :param second_order: As for :class:`SGHMC`.
    :param use_vector_alpha: A bool. If true, every number has its own
        :math:`\alpha` and :math:`\overline{v^2} = v^2`; else every chain has one
        for each latent, and the mean is over data axes.

    :meth:`sample` returns an :class:`SGNHTInfo`.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> x = tf.Variable(tf.zeros([4, 2]))  # 4 chains in 2 dimensions
    >>> _, info = zs.SGNHT(0.1).sample(
    ...     lambda values: -0.5 * tf.reduce_sum(values["x"] ** 2, axis=-1),
    ...     observed={}, latent={"x": x})
    >>> print(info.q["x"].shape)
    (4, 2)
    """

    kept_fields = ("n_steps", "velocity", "alpha")

    def __init__(self, learning_rate: TensorLike, variance_extra: TensorLike = 0.,
                 tune_rate: TensorLike = 1., n_iter_resample_v: Optional[int] = None,
                 second_order: bool = True, use_vector_alpha: bool = True) -> None:
        self.learning_rate = learning_rate
        self._variance_extra = variance_extra
        self._tune_rate = tune_rate
        self._resample_every = _interval(n_iter_resample_v)
        self._second_order = second_order
        self._use_vector_alpha = use_vector_alpha

    def init(self, position: List[tf.Tensor],
             target: TargetFunction) -> diffusion.Thermostat:
        """See `Sampler.init`."""
        n_axes = None if self._use_vector_alpha else target(position)[0].shape.rank
        return diffusion.Thermostat(position, _no_steps(), _zeros_like(position),
                                    _zeros_like(position, n_axes))

    def step(self, state: diffusion.Thermostat, target: TargetFunction,
             parameters: Any) -> Tuple[diffusion.Thermostat, Any]:
        """See `Sampler.step`."""
        dtype = _dtype(state)
        return diffusion.thermostat_step(
            state, target, as_float(self.learning_rate, dtype),
            as_float(self._variance_extra, dtype),
            as_float(self._tune_rate, dtype),
            self._resample_every, self._second_order), ()

    def sample_info(self, samples: Dict[str, tf.Tensor], state: diffusion.Thermostat,
                    info: Any, parameters: Any) -> SGNHTInfo:
        """See `Sampler.sample_info`."""
        energy = diffusion.thermostat_energy(state.velocity, state.alpha)
        return SGNHTInfo(samples, dict(zip(samples, energy)),
                         dict(zip(samples, state.alpha)))


def _interval(n_iter: Optional[int]) -> Optional[int]:
    """An int, or None for 0.4's ways to write never: None, 0, negative numbers."""
    return n_iter if n_iter and n_iter > 0 else None


def _dtype(state: Any) -> tf.DType:
    return state.position[0].dtype


def _no_steps() -> np.ndarray:
    return np.zeros([], np.int64)


def _zeros_like(position: List[tf.Tensor],
                n_axes: Optional[int] = None) -> List[np.ndarray]:
    """Arrays of zeros, of the shapes of the first axes of the positions."""
    return [np.zeros(x.shape.as_list()[:n_axes], x.dtype.as_numpy_dtype)
            for x in position]
