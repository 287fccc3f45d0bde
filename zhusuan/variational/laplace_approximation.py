"""Laplace's approximation in one call."""
from typing import Any, Dict, Mapping, Optional, Tuple, Union

import numpy as np

from zhusuan._model.local_normal import Curvature, LocalNormal, Mode, find_mode
from zhusuan._model.unconstrained_space import UnconstrainedSpace, find_space
from zhusuan._tf import optimizers
from zhusuan.distributions._conversion import check_seed
from zhusuan.utils._types import TensorLike
from zhusuan.variational import posteriors
from zhusuan.variational._training.draws import PosteriorDraws
from zhusuan.variational._training.problem import Problem
from zhusuan.variational.fits import Evidence, Fit

__all__ = ["laplace"]

_POSTERIORS = {"dense": posteriors.MultivariateNormal,
               "diagonal": posteriors.MeanField}


def laplace(model: Any, observed: Optional[Mapping[str, TensorLike]] = None,
            hessian: str = "dense", seed: Optional[int] = None,
            latent: Optional[Mapping[str, TensorLike]] = None,
            constraints: Union[None, str, Dict[str, Any]] = "auto",
            init: Union[None, str, Dict[str, Any]] = None, session: Any = None) -> Fit:
    r"""Approximate the posterior by a normal distribution at its mode.

    With the constrained values :math:`z` of latents as a function of vectors :math:`u`
    of unconstrained space, the log density is

    .. math::

        f(u) = \log p(x, z(u)) + \log\left|\det\frac{\partial z}{\partial u}\right|

    Newton's method finds its mode :math:`\hat{u}`. With the Hessian
    :math:`-H = \nabla^2 f(\hat{u})`, by automatic differentiation,

    .. math::

        q(u) = \mathcal{N}(u; \hat{u}, H^{-1}), \qquad
        \log p(x) \approx f(\hat{u}) + \frac{d}{2} \log 2\pi - \frac{1}{2} \log \det H

    (Tierney and Kadane, 1986, "Accurate approximations for posterior moments and
    marginal densities", section 2). Both are exact where the posterior is normal in
    unconstrained space. Latents in float64 have the mode to some 1e-8 standard
    deviations, and those in float32 to some 1e-4. Memory is of order :math:`d^2` and
    time of :math:`d^3` for :math:`d` dimensions. In a graph of TensorFlow 1 the search
    uses a session.

    :param model: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, a log joint
        function, or a function decorated by
        :func:`~zhusuan.framework.meta_bn.meta_bayesian_net`, as
        :func:`~zhusuan.variational.fitting.fit` takes.
    :param observed: A dict of observed values by name.
    :param hessian: "dense", or "diagonal" for independent numbers with the diagonal of
        :math:`H`.
    :param seed: An int that determines the initial values and the draws; random by
        default.
    :param latent: A dict of initial values by name, which a log joint function
        requires.
    :param constraints: As for samplers, see
        :meth:`zhusuan.mcmc.Sampler.run <zhusuan.mcmc.sampler.Sampler.run>`.
    :param init: As for samplers. Of several modes, the search finds one near the
        initial values.
    :param session: The session to run in; the default one if None.

    :return: A :class:`~zhusuan.variational.fits.Fit`. Its `posterior` is an automatic
        posterior, its `log_evidence` has the error 0, since the formula has no Monte
        Carlo error, and its `history` has the log density of each step as
        "log_density".

    Raises ValueError if no mode is found, or if :math:`H` is not positive definite at
    the mode, such as along a latent on which the density does not depend.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> fit = zs.laplace(build(), {"x": 1.})
    >>> print("%.3f" % fit.log_evidence.value)
    -1.516
    """
    if hessian not in _POSTERIORS:
        raise ValueError("laplace: hessian must be one of %s, but it is %r." % (
            ", ".join(map(repr, _POSTERIORS)), hessian))
    seed = check_seed("laplace: seed", seed)
    problem = Problem(model, observed or {}, {})
    model, observed = problem.observe({})
    space, start = find_space(model, observed, latent=latent, constraints=constraints,
                              init=init, seed=seed, session=session)
    mode = _check_mode(find_mode(space, model, observed, start, session), space)
    normal, log_det = _normal_at(mode, hessian == "diagonal")
    problem.posterior = _POSTERIORS[hessian]._of_normal(space, normal)
    optimizers.initialize_variables(problem.posterior.variables, session)
    draws = PosteriorDraws(problem, session, {})
    log_evidence = mode.log_prob + 0.5 * (space.n_dims * np.log(2. * np.pi) - log_det)
    return Fit(draws, {"log_density": np.array(mode.log_probs)},
               Evidence(float(log_evidence), 0., is_bound=False), problem.posterior,
               "laplace (%s)" % type(problem.posterior).__name__, seed=seed,
               n_done=len(mode.log_probs), stored=draws.to_store(seed),
               weigh=draws.weigh, model=model, observed=observed)


def _check_mode(mode: Optional[Mode], space: UnconstrainedSpace) -> Mode:
    if mode is None:
        raise ValueError(
            "laplace: the log density, its gradient or its Hessian is not finite at "
            "the initial values. Pass init= with other values of the latents (%s)." %
            ", ".join(map(repr, space.sizes)))
    if not mode.is_converged:
        raise ValueError(
            "laplace: no mode was found in %d steps; the last log density is %.6g. The "
            "density may have no mode, as in a hierarchical model whose scale goes to "
            "0. Pass init= with values of high density, or use zs.variational.fit." % (
                len(mode.log_probs), mode.log_prob))
    if not mode.curvature.is_positive_definite:
        raise ValueError(
            "laplace: the density has no peak at the stationary point: its negative "
            "Hessian, in units of its diagonal, has the eigenvalue %.2g in a direction "
            "mostly of the latent %r. If the density is flat there, use a proper prior "
            "for the latent; otherwise pass other values as init=, or use "
            "zs.variational.fit." % _lowest(mode.curvature, space))
    return mode


def _lowest(curvature: Curvature, space: UnconstrainedSpace) -> Tuple[float, str]:
    """The lowest eigenvalue, and the latent with the largest part of its vector."""
    eigenvalue, vector = curvature.lowest
    owners = [name for name, size in space.sizes.items() for _ in range(size)]
    return eigenvalue, owners[np.argmax(np.abs(vector))]


def _normal_at(mode: Mode, is_diagonal: bool) -> Tuple[LocalNormal, float]:
    """The normal distribution, and the log determinant of its precision."""
    precision = mode.curvature.precision
    if not is_diagonal:
        return (LocalNormal(mode.position, precision, mode.curvature.covariance),
                mode.curvature.log_det)
    diagonal = np.diag(precision)
    return (LocalNormal(mode.position, np.diag(diagonal), np.diag(1. / diagonal)),
            float(np.sum(np.log(diagonal))))
