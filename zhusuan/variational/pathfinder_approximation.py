"""Pathfinder in one call: normal distributions along paths of L-BFGS, resampled."""
from typing import Any, Dict, List, Mapping, Optional, Union

import numpy as np

from zhusuan._model.initial_values import explain_not_finite
from zhusuan._model.local_normal import Density, LocalNormal
from zhusuan._model.unconstrained_space import UnconstrainedSpace, find_starts
from zhusuan._tf import optimizers, programs
from zhusuan.distributions._conversion import check_int, check_seed
from zhusuan.utils._types import TensorLike
from zhusuan.utils._warnings import warn_user
from zhusuan.variational import posteriors
from zhusuan.variational._pareto_smoothing import MAX_K_HAT, smooth_log_weights
from zhusuan.variational._quasi_newton_normal import QuasiNewtonNormal
from zhusuan.variational._training.path_draws import PathDraws
from zhusuan.variational._training.path_search import (
    BestNormal,
    find_best_normal,
    scatter,
)
from zhusuan.variational._training.problem import Problem
from zhusuan.variational.fits import Evidence, Fit

__all__ = ["pathfinder"]

# The posterior with a dense covariance takes too much memory for more dimensions.
_MAX_DENSE_DIMS = 1000


def pathfinder(model: Any, observed: Optional[Mapping[str, TensorLike]] = None,
               n_paths: int = 4, n_draws: int = 1000, max_steps: int = 1000,
               history_size: int = 6, seed: Optional[int] = None,
               latent: Optional[Mapping[str, TensorLike]] = None,
               constraints: Union[None, str, Dict[str, Any]] = "auto",
               init: Union[None, str, Dict[str, Any]] = None, session: Any = None
               ) -> Fit:
    r"""Draw from normal distributions along optimization paths, and resample the draws.

    From each of several initial positions :math:`u_0` in unconstrained space, L-BFGS
    ascends the log density :math:`f(u)` of `zs.laplace`. Each iterate :math:`u_l` has
    the inverse Hessian :math:`\Sigma_l` of L-BFGS, a diagonal matrix plus one of low
    rank, and thereby a normal distribution

    .. math::

        q_l(u) = \mathcal{N}(u; u_l + \Sigma_l \nabla f(u_l), \Sigma_l)

    Of each path, the one with the highest evidence lower bound, estimated by 5 draws,
    is selected. The mixture :math:`q` of those of all paths gives draws with the
    weights :math:`e^{f(u)} / q(u)`, which are Pareto smoothed and resampled (Zhang,
    Carpenter, Gelman and Vehtari, 2022, "Pathfinder: Parallel quasi-Newton variational
    inference", algorithms 1 to 5). In the paper, the weights of a draw are by the
    distribution of its own path. With those of the mixture, a mode that several paths
    find is not counted several times.

    Memory and time are of order :math:`d` for :math:`d` dimensions. The approximation
    takes some hundred gradients and some thousand log densities. It is not exact where
    the posterior is not normal, but its draws are good initial values for a sampler:
    ``run(model, observed, init=zs.pathfinder(model, observed))``. In a graph of
    TensorFlow 1 the search uses a session.

    :param model: As :func:`~zhusuan.variational.laplace_approximation.laplace` takes.
    :param observed: A dict of observed values by name.
    :param n_paths: An int, the number of initial positions.
    :param n_draws: An int, the number of draws that the fit has. At least as many are
        drawn of each path, and resampled.
    :param max_steps: An int, the largest number of steps of a path.
    :param history_size: An int, the number of steps that determine an inverse Hessian.
        More of them, such as the number of dimensions, fit strong correlations better.
    :param seed: An int that determines the initial values and the draws; random by
        default.
    :param latent: A dict of initial values by name, which a log joint function
        requires.
    :param constraints: As for samplers, see
        :meth:`zhusuan.mcmc.Sampler.run <zhusuan.mcmc.sampler.Sampler.run>`.
    :param init: As for samplers, with paths instead of chains. If `latent` or `init`
        have the same values of all latents for all paths, the first path begins
        there, and the others at a distance that is uniform on (-2, 2) in each
        dimension of unconstrained space.
    :param session: The session to run in; the default one if None.

    :return: A :class:`~zhusuan.variational.fits.Fit`. Its draws are resampled from all
        paths, its `log_evidence` is the estimate of importance sampling by the same
        draws, and `diagnose` gives k-hat of the mixture. The `history` has the "bound"
        and the "log_density" after each step of the path with the highest bound. The
        normal distribution of that path alone is the `posterior`, an automatic
        posterior; it is None for more than 1000 dimensions.

    Warns if paths fail because the density is not finite, and if k-hat of the weights
    is above 0.7. Raises ValueError if all paths fail, and ImportError without SciPy.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> fit = zs.pathfinder(build(), {"x": 1.}, seed=1)
    >>> print("%.2f" % fit.log_evidence.value)
    -1.52
    """
    n_paths = check_int("pathfinder: n_paths", n_paths, 1)
    n_draws = check_int("pathfinder: n_draws", n_draws, 1)
    max_steps = check_int("pathfinder: max_steps", max_steps, 1)
    history_size = check_int("pathfinder: history_size", history_size, 1)
    seed = check_seed("pathfinder: seed", seed)
    model, observed = Problem(model, observed or {}, {}).observe({})
    space, starts = find_starts(
        model, observed, n_paths, latent=latent, constraints=constraints, init=init,
        seed=seed, session=session)
    density = Density(space, model, observed, session, 1)
    starts = scatter(starts.astype(np.float64), density, seed)
    found = [find_best_normal(density, start, max_steps, history_size, seed, i)
             for i, start in enumerate(starts)]
    paths = [x for x in found if isinstance(x, BestNormal)]
    failed = [x for x in found if not isinstance(x, BestNormal)]
    if failed:
        _report_failed(failed, n_paths, model, observed, space, session)
    best = max(paths, key=lambda x: x.score)
    draws = PathDraws(
        space, density, [x.normal for x in paths], max(n_draws, 1000), session)
    vectors, log_weights = draws.candidates(n_draws, seed)
    stored = draws.resampled(n_draws, seed, vectors, log_weights)
    _warn_of_k_hat(log_weights)
    history = {"bound": best.bounds,
               "log_density": best.path.log_probs[-len(best.bounds):]}
    return Fit(draws, history, _log_evidence(log_weights),
               _posterior_at(space, best.normal, session),
               "pathfinder (%d path%s)" % (len(paths), "s" * (len(paths) > 1)),
               seed=seed, n_done=len(best.bounds), stored=stored, weigh=draws.weigh,
               is_converged=best.path.is_converged, model=model, observed=observed)


def _report_failed(failed: List[np.ndarray], n_paths: int, model: Any,
                   observed: Mapping[str, Any], space: UnconstrainedSpace,
                   session: Any) -> None:
    """Warn of paths that failed, or raise if all did.

    :param failed: Vectors where the density is not finite.
    """
    at = programs.evaluate(
        space.values, failed[0][np.newaxis].astype(space.dtype.as_numpy_dtype), session)
    text = "pathfinder: %s of %d paths failed, because %s." % (
        "all" if len(failed) == n_paths else len(failed), n_paths,
        explain_not_finite(model, observed, at, session))
    if len(failed) < n_paths:
        warn_user(text + " The fit has the draws of the others.")
        return
    raise ValueError(text + " Check the data and the parameters, or pass init= with "
                     "values of the latents where the density is finite (%s)." %
                     ", ".join(map(repr, space.sizes)))


def _warn_of_k_hat(log_weights: np.ndarray) -> None:
    k_hat = smooth_log_weights(log_weights)[1]
    if k_hat > MAX_K_HAT:
        warn_user(
            "pathfinder: k-hat of the importance weights is %.2g, above 0.7: the "
            "normal distributions differ from the posterior of the model, and neither "
            "the draws nor log_evidence are reliable. Use a sampler with init=fit, or "
            "a larger history_size or n_paths." % k_hat)


def _log_evidence(log_weights: np.ndarray) -> Evidence:
    """The log of the mean weight, and its error by the delta method."""
    highest = np.max(log_weights)
    weights = np.exp(log_weights - highest)
    mean = np.mean(weights)
    error = np.std(weights) / mean / np.sqrt(len(weights))
    return Evidence(float(highest + np.log(mean)), float(error), is_bound=False)


def _posterior_at(space: UnconstrainedSpace, normal: QuasiNewtonNormal, session: Any
                  ) -> Any:
    if space.n_dims > _MAX_DENSE_DIMS:
        return None
    posterior = posteriors.MultivariateNormal._of_normal(
        space, LocalNormal(normal.mean, covariance=normal.covariance))
    optimizers.initialize_variables(posterior.variables, session)
    return posterior
