"""Tempered sequential Monte Carlo in one call."""
from typing import Any, Dict, List, Mapping, NamedTuple, NoReturn, Optional, Union

import numpy as np

from zhusuan._model import target as density
from zhusuan._model.initial_values import random_state_of
from zhusuan._model.target import Target
from zhusuan._tf import programs
from zhusuan.distributions._conversion import check_int, check_seed
from zhusuan.evaluation import _tempering
from zhusuan.evaluation._annealing import Path
from zhusuan.evaluation._particle_moves import MoveRule, ParticleMoves, at_positions
from zhusuan.evaluation._references import (
    Reference,
    posterior_reference,
    prior_reference,
)
from zhusuan.framework import MetaBayesianNet, support_checks
from zhusuan.framework.meta_bn import observe_all
from zhusuan.utils import merge_dicts
from zhusuan.utils._resampling import resample
from zhusuan.utils._types import TensorLike
from zhusuan.utils._warnings import warn_user
from zhusuan.variational import Evidence, Fit, posteriors
from zhusuan.variational._training.problem import Problem
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["smc"]

_MAX_MOVES, _MAX_TEMPERATURES, _N_STORED = 50, 1000, 1000
# Above this error, few islands have most of the weight.
_LARGE_ERROR = 0.5
# The number of particles that are compared for independence.
_N_COMPARED = 4


def smc(model: Any, observed: Optional[Mapping[str, TensorLike]] = None,
        n_particles: int = 1000, n_islands: int = 10, ess: float = 0.5,
        n_moves: Union[int, str] = "auto", n_leapfrogs: int = 10,
        target_acceptance_rate: float = 0.8, seed: Optional[int] = None,
        jit_compile: Union[bool, str] = "auto",
        constraints: Union[None, str, Dict[str, Any]] = "auto",
        init: Union[None, Fit, Posterior] = None, session: Any = None) -> Fit:
    r"""Draw from the posterior by tempered sequential Monte Carlo.

    Particles are drawn from the prior :math:`p(z)`, and pass through the densities

    .. math::

        p(z) \, p(x \mid z)^{\beta_t}, \qquad 0 = \beta_0 < \dots < \beta_T = 1

    At each inverse temperature they are resampled by the weights
    :math:`p(x \mid z)^{\beta_t - \beta_{t-1}}`, and moved by Hamiltonian Monte Carlo in
    unconstrained space (Del Moral, Doucet and Jasra, 2006, "Sequential Monte Carlo
    samplers"; Dai, Heng, Jacob and Whiteley, 2022, "An invitation to sequential Monte
    Carlo samplers"). The weights of modes follow from those of the particles, so that
    no particle has to cross from one mode to another.

    The temperatures are chosen by bisection so that the effective sample size of each
    step is a given part of the particles (Jasra, Stephens, Doucet and Tsagaris, 2011).
    The masses of the moves are the inverse weighted variances of the particles, and the
    step size is tuned after each move. The likelihood consists of the log densities of
    observed nodes, and of all factors.

    Particles are split into islands, each of which is resampled on its own, by
    systematic resampling (Vergé, Dubarry, Del Moral and Moulines, 2015, "On parallel
    implementation of sequential Monte Carlo methods: the island particle model"). The
    islands share temperatures and step sizes, and otherwise are independent. The
    evidence is the mean of their estimates, and its error is that of this mean. Draws
    have the weights of their islands.

    :param model: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a function
        decorated by :func:`~zhusuan.framework.meta_bn.meta_bayesian_net`, as
        :func:`~zhusuan.variational.fitting.fit` takes. A log joint function requires
        `init`.
    :param observed: A dict of observed values by name.
    :param n_particles: An int, a multiple of `n_islands`.
    :param n_islands: An int, at least 2. The relative uncertainty of the error is about
        one over the root of twice this number.
    :param ess: A number in (0, 1), the effective sample size of each step over
        `n_particles`. More leads to more temperatures.
    :param n_moves: An int, the number of moves at each temperature. With "auto", moves
        end when less than 1 of 1000 particles has rejected all of them, and another one
        adds less than a twentieth to the mean distance that particles have from where
        they were resampled, or after 50.
    :param n_leapfrogs: An int, the largest number of leapfrogs of a move. Each move
        draws its number uniformly from 1 on.
    :param target_acceptance_rate: A number in (0, 1).
    :param seed: An int that determines the result; random by default.
    :param jit_compile: A bool, or "auto": compile by XLA, or warn and run without.
    :param constraints: As for samplers, see
        :meth:`zhusuan.mcmc.Sampler.run <zhusuan.mcmc.sampler.Sampler.run>`.
    :param init: None, or a distribution :math:`q(z)` to begin with instead of the
        prior: a :class:`~zhusuan.variational.fits.Fit` of an automatic posterior, or
        such a posterior, whose constraints are used. The densities are
        :math:`q(z)^{1 - \beta_t} p(x, z)^{\beta_t}`. It is required for log joint
        functions and improper priors, and few temperatures suffice if it is close to
        the posterior.
    :param session: The session to run in; the default one if None.

    :return: A :class:`~zhusuan.variational.fits.Fit`. Its `draws` are resampled from
        the particles, and repeat some of them. Its `posterior` is None, and its
        `history` has "temperature", "ess", "acceptance", "step_size" (in standard
        deviations of the particles) and "n_moves" for each temperature.

    Warns if the error of the log evidence is above 0.5. Raises TypeError for discrete
    latents, see :func:`~zhusuan.framework.marginalization.marginalize`, and ValueError
    if no particle has a positive likelihood.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z ** 2, std=0.5)  # two modes
    ...     return bn
    >>> fit = zs.smc(build(), {"x": 4.}, seed=1, jit_compile=False)
    >>> print("%.1f" % (fit["z"] > 0.).mean())
    0.5
    """
    rule = _check_rule(n_moves, n_leapfrogs, target_acceptance_rate)
    n_islands = _check_islands(n_particles, n_islands)
    ess = _check_fraction("ess", ess)
    seed = check_seed("smc: seed", seed)
    model, values = Problem(model, observed or {}, {}).observe({})
    reference, name = _make_reference(
        model, values, n_particles, constraints, init, seed, session)
    space = reference.space
    target = space.target(Target(model, values, list(space.shapes)))
    moves = ParticleMoves(Path, (target, reference.target), list(space.shapes), rule,
                          seed, jit_compile, session)
    _check_target(target, model, values, reference, session)
    run = _temper(moves, reference.vectors, n_islands, ess, random_state_of(seed))
    draws = programs.evaluate(space.values, run.vectors, session)
    return _make_fit(run, draws, seed, "smc (%s)" % name, model, values)


# -- Arguments ------------------------------------------------------------------------

def _check_rule(n_moves: Union[int, str], n_leapfrogs: int,
                target_rate: float) -> MoveRule:
    is_fixed = not isinstance(n_moves, str)
    if not is_fixed and n_moves != "auto":
        raise ValueError("smc: n_moves must be an int or \"auto\", but it is %r." % (
            n_moves,))
    return MoveRule(check_int("smc: n_moves", n_moves) if is_fixed else _MAX_MOVES,
                    is_fixed, check_int("smc: n_leapfrogs", n_leapfrogs),
                    _check_fraction("target_acceptance_rate", target_rate))


def _check_islands(n_particles: int, n_islands: int) -> int:
    check_int("smc: n_particles", n_particles)
    check_int("smc: n_islands", n_islands, 2)
    if n_particles % n_islands or n_particles < 2 * n_islands:
        raise ValueError(
            "smc: n_particles must be a multiple of n_islands, %d, with at least 2 "
            "particles for each island, but it is %d." % (n_islands, n_particles))
    return int(n_islands)


def _check_fraction(name: str, value: float) -> float:
    try:
        is_fraction = 0. < float(value) < 1.
    except (TypeError, ValueError):
        is_fraction = False
    if not is_fraction:
        raise ValueError("smc: %s must be a number between 0 and 1, but it is %r." % (
            name, value))
    return float(value)


def _make_reference(model: Any, observed: Dict[str, Any], n: int, constraints: Any,
                    init: Any, seed: int, session: Any) -> Any:
    """The :class:`Reference` where particles start, and its name."""
    if init is None:
        if not isinstance(model, MetaBayesianNet):
            raise ValueError(
                "smc: a log joint function has no prior to draw particles from. Pass "
                "init= with a fit, such as zs.laplace(model, observed, latent=...), or "
                "a function decorated with @zs.meta_bayesian_net() as the model.")
        return prior_reference(model, observed, n, constraints, seed, session), "prior"
    posterior = init.posterior if isinstance(init, Fit) else init
    if not isinstance(posterior, Posterior) or isinstance(posterior, posteriors.Delta):
        raise TypeError(
            "smc: init= must be a fit of an automatic posterior with a density, such "
            "as that of zs.laplace, or such a posterior of zs.variational.posteriors, "
            "but it is %r." % (init,))
    if constraints != "auto":
        raise ValueError(
            "smc: constraints= cannot be combined with init=, whose constraints are "
            "used. Pass it to the function that creates the fit.")
    return posterior_reference(posterior, n, seed, session), type(posterior).__name__


def _check_target(target: Any, model: Any, observed: Dict[str, Any],
                  reference: Reference, session: Any) -> None:
    """Raise unless the log density is one number for each particle."""
    def evaluate(fn: Any, position: List[np.ndarray]) -> Any:
        return programs.evaluate(lambda x: fn(at_positions(target), x), position,
                                 session)

    def nodes() -> Dict[str, Any]:
        found = {}

        def find(vectors: Any) -> Any:
            values = reference.space.values(vectors)
            with support_checks(False):
                bn = observe_all(model, merge_dicts(observed, values)).bn
            found.update({} if bn is None else bn.nodes)
            return vectors

        programs.evaluate(find, reference.vectors[:_N_COMPARED], session)
        return found

    log_prob, _ = evaluate(lambda target, x: target(x), [reference.vectors])
    density.check_chain_axis(len(reference.vectors), log_prob)
    best = np.argsort(np.where(np.isfinite(log_prob), -log_prob, np.inf))[:_N_COMPARED]
    density.check_independence(nodes, [reference.vectors[best]], evaluate)


# -- The particles --------------------------------------------------------------------

class _Run(NamedTuple):
    """The result of tempering."""

    vectors: np.ndarray
    log_evidences: np.ndarray
    """Of each island."""
    history: Dict[str, np.ndarray]


def _temper(moves: ParticleMoves, vectors: np.ndarray, n_islands: int, fraction: float,
            random_state: np.random.RandomState) -> _Run:
    """Take particles from the temperature 0 to 1."""
    n, d = vectors.shape
    log_ratios = _check_log_ratios(moves.log_ratios(vectors))
    log_evidences = np.zeros(n_islands)
    temperature, log_step = 0., -0.25 * np.log(d)
    stages: List[Any] = []
    while temperature < 1.:
        weights = _tempering.particle_weights(log_evidences, n // n_islands)
        after = _tempering.next_temperature(temperature, log_ratios, weights, fraction)
        _check_progress(temperature, after, len(stages))
        log_factors = _tempering.log_factors_of(log_ratios, after - temperature)
        ess = n * _tempering.relative_ess(weights, log_factors)
        by_island = log_factors.reshape([n_islands, -1])
        log_evidences = log_evidences + _tempering.island_log_means(by_island)
        variances = _tempering.weighted_variances(
            _tempering.multiply_weights(weights, log_factors), vectors)
        moved = moves(vectors[_tempering.resample_islands(by_island, random_state)],
                      after, log_step, variances, len(stages) + 1)
        vectors, log_step, temperature = moved.vectors, float(moved.log_step), after
        log_ratios = np.asarray(moved.log_ratios, np.float64)
        # Particles of islands without weight may be outside of the support.
        log_ratios = np.where(np.isnan(log_ratios), -np.inf, log_ratios)
        stages.append((after, ess, moved.acceptance, np.exp(log_step), moved.n_moves))
    names = "temperature", "ess", "acceptance", "step_size", "n_moves"
    return _Run(vectors, log_evidences, {
        name: np.array(x, np.float64) for name, x in zip(names, zip(*stages))})


def _check_log_ratios(log_ratios: np.ndarray) -> np.ndarray:
    """Log likelihoods in float64, -inf for nan."""
    log_ratios = np.asarray(log_ratios, np.float64)
    n_nan = int(np.sum(np.isnan(log_ratios)))
    if np.any(np.isposinf(log_ratios)) or not np.any(np.isfinite(log_ratios)):
        raise ValueError(
            "smc: of the log likelihoods of %d initial particles, %d are inf, %d -inf "
            "and %d nan. Check the data and the log density of the model, or pass "
            "init= with a fit to start closer to the posterior." % (
                len(log_ratios), np.sum(np.isposinf(log_ratios)),
                np.sum(np.isneginf(log_ratios)), n_nan))
    if n_nan:
        warn_user(
            "smc: the log likelihood of %d of %d particles at the start is nan, which "
            "counts as a likelihood of 0. Check the log density of the model at draws "
            "of its prior." % (n_nan, len(log_ratios)))
    return np.where(np.isnan(log_ratios), -np.inf, log_ratios)


def _check_progress(temperature: float, after: float, n_stages: int) -> None:
    if after <= temperature or n_stages == _MAX_TEMPERATURES:
        raise ValueError(
            "smc: the posterior was not reached in %d temperatures; the last inverse "
            "temperature is %.3g. Pass init= with a fit to start closer to the "
            "posterior, or a smaller ess=." % (n_stages, temperature))


# -- The result -----------------------------------------------------------------------

def _make_fit(run: _Run, values: Dict[str, np.ndarray], seed: int, method: str,
              model: Any, observed: Mapping[str, TensorLike]) -> Fit:
    value, error = _tempering.evidence_of(run.log_evidences)
    if error > _LARGE_ERROR:
        warn_user(
            "smc: the standard error of the log evidence is %.2g, because few islands "
            "have most of the weight. Pass a larger n_particles= or n_moves=, or init= "
            "with a fit." % error)
    n = len(run.vectors)
    weights = _tempering.particle_weights(
        run.log_evidences, n // len(run.log_evidences))

    def draw(n: int, seed: int) -> Dict[str, np.ndarray]:
        chosen = resample(weights, n, random_state_of(seed))
        return {name: x[chosen] for name, x in values.items()}

    return Fit(draw, run.history, Evidence(float(value), float(error), is_bound=False),
               None, method, seed=seed, n_done=len(run.history["temperature"]),
               stored=draw(_N_STORED, seed), weigh=_refuse_weights, model=model,
               observed=observed)


def _refuse_weights(n: int, seed: int) -> NoReturn:
    raise ValueError(
        "Fit.diagnose: particles of smc have no density to compare with the posterior, "
        "which they follow already. Compare log_evidence and summaries of several "
        "seeds instead.")
