"""Laplace's approximation for networks, by the generalized Gauss-Newton matrix."""
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf.gradients import differentiable
from zhusuan.keras._gauss_newton import GaussNewton, Sums, score
from zhusuan.keras._members import (
    Members,
    as_arrays,
    as_one_member,
    choose_seed,
    train_members,
)
from zhusuan.keras._weight_blocks import (
    BlockNormal,
    NormalBlock,
    WeightGroup,
    normal_block,
)
from zhusuan.keras.bayesian_network import BayesianNetwork
from zhusuan.utils._types import TensorLike
from zhusuan.variational import Fit
from zhusuan.variational._training.draws import PosteriorDraws
from zhusuan.variational._training.problem import Problem
from zhusuan.variational.fits import Evidence

__all__ = ["laplace"]

_HESSIANS, _WEIGHTS = ("kronecker", "diagonal", "dense"), ("last_layer", "all")
# Factors of the precisions of the prior to choose from.
_PRIOR_FACTORS = np.logspace(-3., 3., 61)
# Rows of data whose log likelihoods are computed at once.
_N_AT_ONCE = 4096


def laplace(model: BayesianNetwork, data: Mapping[str, TensorLike],
            weights: str = "last_layer", hessian: str = "kronecker",
            n_steps: int = 5000, batch_size: Optional[int] = None,
            learning_rate: Any = None, tune_prior: bool = False,
            seed: Optional[int] = None, init: Any = None, **options: Any) -> Fit:
    r"""Approximate the posterior of a network by a normal distribution at its mode.

    Training by minibatches finds the MAP estimate :math:`\hat\theta`. The precision of
    the weights there is the generalized Gauss-Newton matrix plus that of the prior
    :math:`P`:

    .. math::

        q(\theta) = \mathcal{N}(\theta; \hat\theta, H^{-1}), \qquad
        H = \sum_n J_n^T F_n J_n + P, \qquad
        \log p(y) \approx \log p(y, \hat\theta) + \frac{d}{2} \log 2\pi
            - \frac{1}{2} \log \det H

    with the Jacobian :math:`J_n` of the outputs of the network for the datum :math:`n`,
    and the Fisher information :math:`F_n` of its targets (Daxberger et al., 2021,
    "Laplace redux - effortless Bayesian deep learning"). The factors of "kronecker"
    (Ritter, Botev and Barber, 2018, "A scalable Laplace approximation for neural
    networks") are those of each kernel and its bias, with products of all gradients of
    the weight matrix. They are exact for one datum with one output, and for a linear
    layer. Draws of the last layer (Kristiadi, Hein and Hennig, 2020, "Being Bayesian,
    even just a bit, fixes overconfidence in ReLU networks") often predict better than
    those of all weights.

    :param model: What :func:`~zhusuan.keras.bayesian` returns. The
        weights of its network do not change. Other latents, such as the noise, keep
        the values of the MAP estimate.
    :param data: A dict of arrays, ``{"x": inputs, "y": targets}``.
    :param weights: "last_layer" or "all". The weights of other layers are constant.
    :param hessian: "kronecker", "diagonal" or "dense". Memory of "dense" is of the
        square of the number of weights; "kronecker" has factors of the numbers of
        inputs and outputs of each layer, which are diagonal above 4096.
    :param n_steps: An int, the number of steps of training. 0 makes none, and requires
        `init`.
    :param batch_size: An int, the number of rows of a minibatch of training; all by
        default.
    :param learning_rate: As for :func:`~zhusuan.keras.ensembles.deep_ensemble`.
    :param tune_prior: A bool. Whether to multiply the precisions of the prior by the
        number that maximizes the approximate evidence; the mode stays the same. This
        requires normal priors.
    :param seed: An int that determines the result; random by default.
    :param init: A dict of initial values by the names of latents, such as
        ``model.weights``, or a :class:`~zhusuan.variational.fits.Fit` of the same
        model, such as of ``posterior="delta"``, whose first draw is used; by default
        those of the initializers of the network.
    :param options: Other arguments of :func:`~zhusuan.variational.fitting.fit`.

    :return: A :class:`~zhusuan.variational.fits.Fit`, with draws by the names of
        latents. Its evidence is conditional on latents that are constant.

    Raises ValueError for priors of weights that are not log-concave at the mode, and
    for unknown names.

    >>> import keras
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     keras.Input([1]), keras.layers.Dense(1, name="last")])
    >>> x = np.linspace(-1., 1., 8, dtype=np.float32)[:, np.newaxis]
    >>> fit = zs.keras.laplace(
    ...     zs.keras.bayesian(network, noise=0.5), {"x": x, "y": 2. * x[:, 0]},
    ...     n_steps=200, seed=1, progress_bar=False)
    >>> fit["last/kernel"].shape
    (1000, 1, 1)
    """
    for name, value, known in (("weights", weights, _WEIGHTS),
                               ("hessian", hessian, _HESSIANS)):
        if value not in known:
            raise ValueError("laplace: %s must be one of %s, but it is %r." % (
                name, ", ".join(map(repr, known)), value))
    seed = choose_seed("laplace", seed, options)
    arrays = as_arrays("laplace", data)
    members, history = _find_mode(
        model, arrays, n_steps, seed, init, batch_size=batch_size,
        learning_rate=learning_rate, **options)
    mode = _Mode(model, members)
    groups = _groups(model, weights, hessian)
    mode.check_unconstrained(groups)
    sums = GaussNewton(model, mode.values, groups, hessian == "diagonal").sums(
        arrays)
    if hessian == "diagonal":
        groups = [WeightGroup(group.sizes, (group.n_dims, 1)) for group in groups]
    priors = mode.priors(groups)
    factor = _best_factor(groups, sums, priors) if tune_prior else 1.
    blocks = _blocks(groups, sums, priors, factor)
    problem = Problem(model, {}, arrays)
    problem.posterior = BlockNormal(members._space, mode.vector, blocks)
    draws = PosteriorDraws(problem, None, arrays)
    log_evidence = mode.log_joint(arrays) + _change_of_prior(
        groups, priors, factor) + 0.5 * sum(
            x.group.n_dims * np.log(2. * np.pi) + x.log_det for x in blocks)
    return Fit(draws, {"bound": history}, Evidence(float(log_evidence), 0., False),
               problem.posterior, "laplace (%s, %s)" % (weights, hessian), seed=seed,
               n_done=len(history), stored=draws.to_store(seed), weigh=_no_weights,
               model=model, observed=arrays)


def _no_weights(n: int, seed: int) -> Any:
    raise ValueError(
        "Fit.diagnose: the approximation of zs.keras.laplace has no density of all "
        "latents, since some are constant. Compare predictions for held-out data "
        "instead, or use zs.laplace for small networks.")


def _find_mode(model: BayesianNetwork, data: Dict[str, np.ndarray], n_steps: int,
               seed: int, init: Any, **options: Any) -> Tuple[Members, np.ndarray]:
    if isinstance(init, Fit):
        init = {name: x[0] for name, x in init.draws(1).items()}
    init = as_one_member(init)
    if n_steps:
        members, fit = train_members(
            "laplace", model, data, 1, init, n_steps, seed, **options)
        return members, fit.history["bound"]
    if init is None:
        raise ValueError("laplace: n_steps=0 requires the values of the mode as init=.")
    return Members(model, data, 1, init, seed), np.zeros(0)


class _Prior(NamedTuple):
    """The prior of a group of weights: arrays of its shape."""

    precision: np.ndarray
    score: np.ndarray
    """The gradient of the log density at the mode."""


class _Mode:
    """The values of all latents at the MAP estimate.

    :param model: A `BayesianNetwork`.
    :param members: `Members` with one point.
    """

    def __init__(self, model: BayesianNetwork, members: Members) -> None:
        self._model, self._space = model, members._space
        self.vector = members.vectors[0]
        self.values = {name: x.numpy() for name, x in self._space.values(
            tf.constant(self.vector)).items()}

    def check_unconstrained(self, groups: List[WeightGroup]) -> None:
        """Raise for weights that are not latents without bounds."""
        parts = self._space.split(self.vector)
        for name in (name for group in groups for name in group.sizes):
            if name not in self.values:
                raise ValueError(
                    "laplace: the weight %r is not a latent, but a function of others. "
                    "Use hierarchical_prior(is_centered=True)." % name)
            if not np.array_equal(np.ravel(self.values[name]), parts[name].numpy()):
                raise ValueError(
                    "laplace: the prior of %r has bounds, but weights must be "
                    "unconstrained. Use a normal prior." % name)

    def priors(self, groups: List[WeightGroup]) -> List[_Prior]:
        """The curvature and the gradient of the prior of each group."""
        result = []
        for group in groups:
            parts = [self._prior_of(name) for name in group.sizes]
            precision, score = (np.concatenate([np.reshape(
                x, [-1, group.shape[1]]) for x in xs]) for xs in zip(*parts))
            result.append(_Prior(precision, score))
        return result

    def _prior_of(self, name: str) -> Tuple[np.ndarray, np.ndarray]:
        x = tf.constant(self.values[name])
        dist = self._net(np.zeros((1,) + _input_shape(self._model)))[name].dist
        gradient, gradients = differentiable(
            lambda xs: score(dist.log_prob, xs[0]), [x])
        curvature = gradients([gradient])[0]
        if curvature is None:  # of a prior with a constant slope
            curvature = tf.zeros_like(x)
        precision = -np.asarray(curvature, np.float64)
        if not np.all(precision > 0.):
            raise ValueError(
                "laplace: the prior of %r has no positive curvature at the mode, so it "
                "does not determine a normal distribution. Use a normal prior." % name)
        return precision, np.asarray(gradient, np.float64)

    def _net(self, x: Any, **observed: Any) -> Any:
        return self._model.observe(x=x, **dict(self.values, **observed))

    def log_joint(self, data: Dict[str, np.ndarray]) -> float:
        """The log joint density of all data and latents."""
        n_rows, log_prior, total = len(data["x"]), 0., 0.
        for first in range(0, n_rows, _N_AT_ONCE):
            bn = self._net(**{name: x[first:first + _N_AT_ONCE]
                              for name, x in data.items()})
            log_likelihood = float(tf.reduce_sum(bn.cond_log_prob("y")))
            log_prior = float(bn.log_joint()) - log_likelihood
            total += log_likelihood
        return total + log_prior


def _input_shape(model: BayesianNetwork) -> Tuple[int, ...]:
    return tuple(n or 1 for n in model.network.input_shape[1:])


def _groups(model: BayesianNetwork, weights: str, hessian: str) -> List[WeightGroup]:
    """The groups of weights: a kernel and its bias, one weight, or all if "dense"."""
    shapes = {name: tuple(v.shape) for name, v in model.weights.items()}
    if weights == "last_layer":
        last = list(shapes)[-1].rpartition("/")[0]
        shapes = {name: shape for name, shape in shapes.items()
                  if name.rpartition("/")[0] == last}
    sizes = {name: int(np.prod(shape, dtype=int)) for name, shape in shapes.items()}
    if hessian == "dense":
        return [WeightGroup(sizes, (sum(sizes.values()), 1))]
    groups: List[WeightGroup] = []
    for name, shape in shapes.items():
        columns = shape[-1] if len(shape) > 1 else 1
        before = groups[-1] if groups else None
        if (before is not None and len(shape) == 1 and len(before.sizes) == 1
                and before.shape[1] == shape[0] and list(before.sizes)[0].rpartition(
                    "/")[0] == name.rpartition("/")[0]):
            groups[-1] = WeightGroup(dict(before.sizes, **{name: sizes[name]}),
                                     (before.shape[0] + 1, shape[0]))
        else:
            groups.append(WeightGroup(
                {name: sizes[name]}, (sizes[name] // columns, columns)))
    return groups


def _blocks(groups: List[WeightGroup], sums: List[Sums], priors: List[_Prior],
            factor: float) -> List[NormalBlock]:
    return [normal_block(group, *of_group, prior=prior.precision, prior_factor=factor)
            for group, of_group, prior in zip(groups, sums, priors)]


def _change_of_prior(groups: List[WeightGroup], priors: List[_Prior],
                     factor: float) -> float:
    """The change of the log density of normal priors with `factor` precisions."""
    return sum(0.5 * group.n_dims * np.log(factor) - 0.5 * (factor - 1.) * np.sum(
        prior.score ** 2 / prior.precision) for group, prior in zip(groups, priors))


def _best_factor(groups: List[WeightGroup], sums: List[Sums], priors: List[_Prior]
                 ) -> float:
    """The factor of the precisions of the prior with the highest evidence."""
    def log_evidence(factor: float) -> float:
        return _change_of_prior(groups, priors, factor) + 0.5 * sum(
            x.log_det for x in _blocks(groups, sums, priors, factor))

    return float(max(_PRIOR_FACTORS, key=log_evidence))
