"""The result of an approximation of the posterior: draws, summary, bound, files."""
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import numpy as np

from zhusuan._model.model_draws import ModelDraws
from zhusuan.distributions._conversion import check_int, check_seed
from zhusuan.utils import nearest_name_hint
from zhusuan.utils._arviz import to_arviz
from zhusuan.utils._paths import as_path
from zhusuan.utils._resampling import resample
from zhusuan.utils._summary_table import SummaryTable
from zhusuan.utils._types import PathLike
from zhusuan.utils._warnings import warn_user
from zhusuan.variational import _fit_file
from zhusuan.variational._pareto_smoothing import MAX_K_HAT, smooth_log_weights

__all__ = ["Diagnosis", "Evidence", "Fit", "FitSummary", "NotFiniteError"]

# The draws that `summary`, `to_arviz` and `save` use.
_N_DRAWS = 1000
# Few draws often miss the tail of the weights, so that their k-hat is too low.
_MIN_WEIGHTED, _MAX_WEIGHTED, _MAX_NUMBERS = 1000, 20000, 2 ** 26


class Evidence(NamedTuple):
    """An estimate of the log evidence, or of a bound of it."""

    value: float
    """The estimate; nan for point masses, which have none."""
    error: float
    """Its Monte Carlo standard error."""
    is_bound: bool = True
    """Whether it estimates a lower bound. Renyi bounds of negative order do not."""


class Diagnosis(NamedTuple):
    """The importance weights of draws of an approximate posterior."""

    k_hat: float
    """The shape of the generalized Pareto distribution of the largest weights. Up to
    0.5 the weights have a finite variance, and above 0.7 they are not reliable. It is
    -inf where the weights are equal, so that the approximation is exact."""
    ess: float
    """The effective number of draws, one over the sum of squared weights."""
    log_weights: np.ndarray
    """Smoothed log weights `[n]`, whose exponentials sum to 1."""
    draws: Dict[str, np.ndarray]
    """Draws, resampled by their weights: arrays `[n]` + data axes by name."""

    def summary(self) -> "FitSummary":
        """Location and spread of every number, by the weights."""
        return _summarize(self.draws)

    def __repr__(self) -> str:
        return "<Diagnosis: k-hat %.2g; effective size %.4g of %d draws>" % (
            self.k_hat, self.ess, len(self.log_weights))


class Fit:
    """An approximate posterior.

    ``fit["x"]`` is an array of 1000 draws of the latent "x" (fewer of many numbers):
    `[1000]` + data axes.

    :param draw: A function of a number of draws and a seed that returns a dict of
        arrays of constrained values by name, `[n]` + data axes. None if only the draws
        in `stored` exist.
    :param history: A dict of arrays by name with one number for each step, such as
        "bound", or "log_density" of `zs.laplace`. It is nan for steps during which
        Ctrl-C was pressed.
    :param log_evidence: An :class:`Evidence`.
    :param posterior: The posterior, a function of a number of samples that returns a
        BayesianNet; None if there is none.
    :param method: A string that names the approximation.
    :param estimators: A dict of the names of gradient estimators by latent.
    :param seed: An int.
    :param n_done: An int, the number of steps made.
    :param is_complete: A bool. Whether all steps were made, or the tolerance ended the
        fit; not after Ctrl-C or `stop_training`.
    :param is_converged: A bool. Whether the bound had stopped increasing.
    :param state: A list of arrays, where to resume.
    :param stored: A dict of arrays by name, the draws of `summary`, `to_arviz` and
        `save`; drawn when they are needed if None.
    :param weigh: A function of a number of draws and a seed that returns draws as
        `draw` does, and an array of their log importance weights; None if there is
        none.
    :param model: The model of the fit, for :meth:`to_arviz`. Files do not have it.
    :param observed: A dict of its observed values by name.
    :param is_compiled: A bool. Whether XLA compiled the steps; None if there are none.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> fit = zs.laplace(build(), {"x": 1.})
    >>> print(fit["z"].shape, "%.4f" % fit.log_evidence.value)
    (1000,) -1.5155
    """

    def __init__(self, draw: Optional[Callable[[int, int], Dict[str, np.ndarray]]],
                 history: Dict[str, np.ndarray], log_evidence: Evidence,
                 posterior: Any = None, method: str = "",
                 estimators: Optional[Dict[str, str]] = None, seed: int = 0,
                 n_done: int = 0, is_complete: bool = True, is_converged: bool = True,
                 state: Optional[List[np.ndarray]] = None,
                 stored: Optional[Dict[str, np.ndarray]] = None,
                 weigh: Optional[Callable[[int, int], Tuple[
                     Dict[str, np.ndarray], np.ndarray]]] = None,
                 model: Any = None, observed: Optional[Mapping[str, Any]] = None,
                 is_compiled: Optional[bool] = None) -> None:
        self._draw, self._stored, self._weigh = draw, dict(stored or {}), weigh
        self.model, self.observed = model, dict(observed or {})
        self.history, self.log_evidence = history, log_evidence
        self.posterior, self.method = posterior, method
        self.estimators = dict(estimators or {})
        self.seed, self.n_done = seed, n_done
        self.is_complete, self.is_converged = is_complete, is_converged
        self.is_compiled = is_compiled
        self.state = list(state or [])

    def draws(self, n: int = _N_DRAWS, seed: Optional[int] = None
              ) -> Dict[str, np.ndarray]:
        """Draw constrained values of the latents.

        :param n: An int, the number of draws.
        :param seed: An int that determines the draws; that of the fit by default.

        :return: A dict of arrays `[n]` + data axes by name. Of a posterior that depends
            on data in minibatches, they are those of the first minibatch.

        The posterior has the present values of its variables. If its object or function
        is passed to another fit, those are of that fit, but ``fit["x"]`` and `summary`
        stay the same.
        """
        n = check_int("Fit.draws: n", n)
        seed = check_seed("Fit.draws: seed", self.seed if seed is None else seed)
        if self._draw is None:
            n_stored = len(next(iter(self._stored.values()), ()))
            if n > n_stored:
                raise ValueError(
                    "Fit.draws: a fit that was read from a file has %d draws, but n is "
                    "%d. Run fit(..., resume=this_fit), or laplace, pathfinder or smc "
                    "again, to draw more." % (n_stored, n))
            return {name: x[:n] for name, x in self._stored.items()}
        return self._draw(n, seed)

    def _stored_draws(self) -> Dict[str, np.ndarray]:
        if self._stored:
            return self._stored
        return self.draws(_N_DRAWS)

    def __getitem__(self, name: str) -> np.ndarray:
        draws = self._stored_draws()
        if name not in draws:
            raise KeyError("The fit has no draws of %r.%s" % (
                name, nearest_name_hint(name, draws)))
        return draws[name]

    def summary(self) -> "FitSummary":
        """Location and spread of every number.

        :return: A :class:`FitSummary`.
        """
        return _summarize(self._stored_draws())

    def diagnose(self, n_draws: Optional[int] = None, seed: Optional[int] = None
                 ) -> Diagnosis:
        r"""Compare the approximate posterior with the model by importance weights.

        The log weights of draws are :math:`\log p(x, z) - \log q(z)`. The largest are
        smoothed by a generalized Pareto distribution, whose shape is k-hat (Vehtari,
        Simpson, Gelman, Yao and Gabry, 2024, "Pareto smoothed importance sampling").

        :param n_draws: An int, at least 100. The default is 20000, and fewer, at least
            1000, for draws of many numbers.
        :param seed: An int that determines the draws; that of the fit by default.

        :return: A :class:`Diagnosis`: k-hat, the effective number of draws, and draws
            resampled by their weights. The mass of the posterior that no draw of the
            approximation reaches, such as another mode, has no effect.

        Warns if k-hat is above 0.7. Raises ValueError for point estimates, for fits
        loaded from files, and for data that were not arrays.
        """
        if n_draws is None:
            n_draws = self._default_n_weighted()
        n_draws = check_int("Fit.diagnose: n_draws", n_draws, 100)
        seed = check_seed("Fit.diagnose: seed", self.seed if seed is None else seed)
        if self._weigh is None:
            raise ValueError(
                "Fit.diagnose: a fit that was read from a file has no posterior to "
                "draw from. Run fit(..., resume=this_fit), or laplace or pathfinder "
                "again.")
        draws, log_weights = self._weigh(n_draws, seed)
        _check_log_weights(log_weights)
        log_weights, k_hat = smooth_log_weights(log_weights)
        if k_hat > MAX_K_HAT:
            warn_user(
                "k-hat of the fit is %.2g, above 0.7: the approximate posterior "
                "differs from that of the model, and resampled draws are not reliable. "
                "Use a richer posterior=, more steps, or a sampler with init=fit."
                % k_hat)
        weights = np.exp(log_weights)
        chosen = resample(weights, n_draws, np.random.RandomState(seed % 2 ** 32))
        return Diagnosis(float(k_hat), float(1. / np.sum(weights ** 2)), log_weights, {
            name: x[chosen] for name, x in draws.items()})

    def _default_n_weighted(self) -> int:
        n_numbers = sum(x[0].size for x in self._stored_draws().values())
        return int(np.clip(_MAX_NUMBERS // n_numbers, _MIN_WEIGHTED, _MAX_WEIGHTED))

    def to_arviz(self, log_likelihood: bool = False,
                 posterior_predictive: Union[bool, Sequence[str]] = False,
                 prior: bool = False,
                 dims: Optional[Mapping[str, Sequence[str]]] = None,
                 coords: Optional[Mapping[str, Sequence[Any]]] = None,
                 model: Any = None, observed: Optional[Mapping[str, Any]] = None,
                 session: Any = None) -> Any:
        """Export the draws to ArviZ as one chain, optionally with predictions.

        :return: InferenceData, or a DataTree from ArviZ 1.0 on.

        Arguments and errors are those of
        :meth:`Chains.to_arviz <zhusuan.mcmc.chains.Chains.to_arviz>`.
        """
        stored = self._stored_draws()
        groups: Dict[str, Any] = {"posterior": {
            name: x[np.newaxis] for name, x in stored.items()}}
        if log_likelihood or posterior_predictive or prior:
            groups.update(ModelDraws(
                "Fit.to_arviz", self.model if model is None else model,
                self.observed if observed is None else observed, session).arviz_groups(
                    {name: x[:, np.newaxis] for name, x in stored.items()}, (1,),
                    self.seed, log_likelihood, posterior_predictive, prior))
        return to_arviz(groups, dims, coords)

    def plot(self, ax: Any = None) -> Any:
        """Plot the history, such as the bound, and its moving mean by Matplotlib.

        :param ax: The axes to plot into; new ones by default.

        :return: The axes.
        """
        import matplotlib.pyplot as plt

        ax = plt.subplots()[1] if ax is None else ax
        name, values = next(iter(self.history.items()))
        window = max(1, len(values) // 50)
        ax.plot(values, alpha=0.3 if window > 1 else 1., label=name)
        if window > 1:
            ax.plot(np.arange(window - 1, len(values)), np.convolve(
                values, np.ones(window) / window, "valid"), label="moving mean")
            # The first steps are far below the others.
            ax.set_ylim(*_finite_quantiles(values[len(values) // 10:], [0.01, 1.]))
        ax.set_xlabel("step")
        ax.legend()
        return ax

    def save(self, path: PathLike) -> None:
        """Save the draws and results, but not the posterior, to a file (.npz).

        A failure leaves the old file unchanged. The file has the draws of `summary`.

        :param path: A str, bytes or `os.PathLike`.
        """
        _fit_file.write(
            as_path(path, "Fit.save: `path`"), draws=self._stored,
            history=self.history, state=self.state, attributes=dict(
                self.log_evidence._asdict(), method=self.method,
                estimators=self.estimators, seed=self.seed, n_done=self.n_done,
                is_complete=self.is_complete, is_converged=self.is_converged,
                is_compiled=self.is_compiled))

    @classmethod
    def load(cls, path: PathLike) -> "Fit":
        """Load a fit from a file of :meth:`save`.

        :param path: A str, bytes or `os.PathLike`.

        Raises ValueError where the file is damaged or another one, and OSError where
        it cannot be read.
        """
        parts, attributes = _fit_file.read(as_path(path, "Fit.load: `path`"))
        evidence = Evidence(**{name: attributes.pop(name) for name in Evidence._fields})
        return cls(None, parts["history"], evidence, state=parts["state"],
                   stored=parts["draws"], **attributes)

    def __repr__(self) -> str:
        value, error, is_bound = self.log_evidence
        return "<Fit by %s: %d steps%s; log evidence%s %.4g +- %.2g>" % (
            self.method, self.n_done, "" if self.is_complete else ", incomplete",
            " at least" if is_bound else "", value, error)


def _finite_quantiles(x: np.ndarray, levels: Sequence[float]) -> Any:
    """Quantiles without nan; a pair of None, for defaults, if there are only nan."""
    x = x[np.isfinite(x)]
    return np.quantile(x, levels) if len(x) else [None] * len(levels)


class NotFiniteError(FloatingPointError):
    """The bound or its gradient was not finite in a step of a fit.

    :param message: A string.
    :param fit: The :class:`Fit` after the last finite step.
    :param step: An int, the number of the step, from 0.
    """

    def __init__(self, message: str, fit: Fit, step: int) -> None:
        super().__init__(message)
        self.fit, self.step = fit, step


class FitSummary(SummaryTable):
    """A table with a row for every number of all latents.

    ``summary["mean"]`` is a column, an array with one item for each of
    `summary.names`. The columns are mean, sd, and the quantiles 5%, 50% and 95%.

    :param draws: A dict of arrays `[n_samples, 1, ...]` by name.
    """


def _summarize(draws: Dict[str, np.ndarray]) -> FitSummary:
    return FitSummary({name: x[:, np.newaxis] for name, x in draws.items()})


def _check_log_weights(log_weights: np.ndarray) -> None:
    n_wrong = int(np.sum(np.isnan(log_weights) | np.isposinf(log_weights)))
    if n_wrong or np.all(np.isneginf(log_weights)):
        raise ValueError(
            "Fit.diagnose: the log weights log p - log q of %d of %d draws are %s. "
            "Check the log density of the model at fit.draws()." % (
                n_wrong or len(log_weights), len(log_weights),
                "nan or inf" if n_wrong else "-inf, outside of the support"))
