"""Simulation-based calibration of a model and a method of inference."""
import contextlib
import math
import warnings
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
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
from zhusuan.framework import MetaBayesianNet
from zhusuan.mcmc.chains import Chains, ConvergenceWarning
from zhusuan.mcmc.nuts import NUTS
from zhusuan.mcmc.sampler import Sampler
from zhusuan.utils import nearest_name_hint
from zhusuan.utils._progress_bar import progress_bar as show_progress
from zhusuan.utils._types import TensorLike
from zhusuan.utils._warnings import warn_user
from zhusuan.variational.fits import Fit

__all__ = ["Calibration", "calibration"]

# Each bin is expected to have as many ranks at least (Cochran, 1954).
_N_PER_BIN, _MAX_BINS = 5, 21
# The bands of the plot: their probability, and the simulations that determine them.
_BAND, _N_BAND_SIMULATIONS = 0.99, 2000


class Calibration(NamedTuple):
    """The ranks of parameters among draws of their posteriors.

    >>> import numpy as np
    >>> import zhusuan as zs
    >>> ranks = np.arange(100) % 10  # uniform among 9 draws
    >>> result = zs.evaluation.Calibration({"z": ranks}, 9, {"z": np.array(1.)})
    >>> print(result.p_value)
    1.0
    """

    ranks: Dict[str, np.ndarray]
    """Int arrays `[n_simulations]` + data axes by name, from 0 to `n_draws`."""
    n_draws: int
    """The number of draws of each posterior."""
    p_values: Dict[str, np.ndarray]
    """Arrays of data axes by name: p-values of chi-square tests of uniform ranks."""

    @property
    def p_value(self) -> float:
        """The smallest p-value times the number of tests (Bonferroni), at most 1."""
        smallest = min(float(np.min(p)) for p in self.p_values.values())
        return min(1., smallest * sum(p.size for p in self.p_values.values()))

    def __repr__(self) -> str:
        return "<Calibration: p-value %.2g; %d simulations, %d draws; %s>" % (
            self.p_value, len(next(iter(self.ranks.values()))), self.n_draws,
            ", ".join(self.ranks))

    def plot(self, ax: Any = None) -> Any:
        """Plot the distribution functions of ranks, less the uniform one.

        Ranks of a calibrated method stay in the grey band with a probability of 0.99
        for each number (Säilynoja, Bürkner and Vehtari, 2022, "Graphical test for
        discrete uniformity"). A curve with a hill on the left and a valley on the right
        shows draws that are too concentrated, the opposite draws that are too spread
        out, and one sign alone shows a bias.

        :param ax: The axes of Matplotlib to plot into; new ones by default.

        :return: The axes.
        """
        import matplotlib.pyplot as plt

        ax = plt.subplots()[1] if ax is None else ax
        grid = np.arange(self.n_draws + 1)
        columns = {name: x.reshape(len(x), -1).T for name, x in self.ranks.items()}
        n = len(next(iter(self.ranks.values())))
        half_width = _half_width(n, self.n_draws)
        ax.axhspan(-half_width, half_width, color="0.9")
        for i, (name, of_numbers) in enumerate(columns.items()):
            for j, ranks in enumerate(of_numbers):
                ax.step(grid / self.n_draws, _excess(ranks, self.n_draws),
                        color="C%d" % (i % 10), where="post", linewidth=0.8,
                        label=name if j == 0 else None)
        ax.set_xlabel("rank / number of draws")
        ax.set_ylabel("distribution function - uniform")
        ax.legend()
        return ax


def calibration(meta_bn: MetaBayesianNet, data: Sequence[str],
                method: Union[None, Sampler, Callable[..., Any]] = None,
                n_simulations: int = 100, n_draws: int = 99,
                names: Optional[Sequence[str]] = None,
                observed: Optional[Mapping[str, TensorLike]] = None,
                seed: Optional[int] = None, progress_bar: bool = True,
                session: Any = None) -> Calibration:
    r"""Test whether a method draws from the posteriors of a model.

    Each simulation draws parameters :math:`\theta` from the priors and data :math:`x`
    from the model, and applies the method to the data. The rank of a parameter among
    `n_draws` independent draws of its posterior then has a uniform distribution (Talts,
    Betancourt, Simpson, Vehtari and Gelman, 2018, "Validating Bayesian inference
    algorithms with simulation-based calibration", theorem 1). The chi-square test
    divides the ranks into at most 21 bins.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet` with proper
        priors.
    :param data: A list of the names of the nodes that are data. Their parameters must
        have the axes of the data.
    :param method: A :class:`~zhusuan.mcmc.sampler.Sampler`, whose `run` has its
        default arguments; or a function, such as `zs.laplace`, that is called as
        ``method(meta_bn, observed, seed=seed)`` and returns
        :class:`~zhusuan.mcmc.chains.Chains` or a
        :class:`~zhusuan.variational.fits.Fit`. NUTS by default.
    :param n_simulations: An int.
    :param n_draws: An int, the number of draws among which the rank is counted. They
        are at equal distances among all draws of the method. If those are correlated
        at such distances, ranks are not uniform.
    :param names: A list of the names of the quantities to rank; all latents by
        default. Deterministic nodes can be among them for Chains.
    :param observed: A dict of values by name of nodes that are the same in all
        simulations.
    :param seed: An int that determines everything; random by default.
    :param progress_bar: A bool. Show the progress over the simulations.
    :param session: The session to run in, in a graph of TensorFlow 1; the default one
        if None. A function `method` uses its own.

    :return: A :class:`Calibration`.

    Raises `TypeError` if the model is no MetaBayesianNet, or the method returns
    something else, and `ValueError` if a name belongs to no node or the method makes
    fewer draws than `n_draws`. Warns once with the number of
    :class:`~zhusuan.mcmc.chains.ConvergenceWarning`.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def model():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> result = zs.evaluation.calibration(
    ...     model(), ["x"], zs.laplace, n_simulations=20, seed=1, progress_bar=False)
    >>> print(result.ranks["z"].shape, result.p_value > 0.01)
    (20,) True
    """
    n_simulations = check_int("calibration: n_simulations", n_simulations)
    n_draws = check_int("calibration: n_draws", n_draws, 2)
    seed = check_seed("calibration: seed", seed)
    infer = _as_function(method, session)
    simulated = ModelDraws("calibration", meta_bn, {}, session).prior(
        n_simulations, seed, observed)
    data, names = _as_list(data), None if names is None else _as_list(names)
    _check_data(data, simulated, observed or {})
    ranks = []
    with show_progress(n_simulations, "simulation", progress_bar) as show, \
            _counted_warnings(n_simulations):
        for i in range(n_simulations):
            truth = {name: x[i] for name, x in simulated.items()}
            result = infer(meta_bn, dict(
                observed or {}, **{name: truth[name] for name in data}),
                seed=(seed + i) % 2 ** 63)
            ranks.append(_ranks(result, truth, names, n_draws))
            show(i + 1)
    stacked = {name: np.stack([x[name] for x in ranks]) for name in ranks[0]}
    return Calibration(stacked, n_draws, {
        name: _p_values(x, n_draws) for name, x in stacked.items()})


def _as_function(method: Union[None, Sampler, Callable[..., Any]], session: Any
                 ) -> Callable[..., Any]:
    sampler = NUTS() if method is None else method
    if not isinstance(sampler, Sampler):
        return sampler

    def run(meta_bn: Any, observed: Any, seed: int) -> Chains:
        return sampler.run(meta_bn, observed, seed=seed, progress_bar=False,
                           session=session)
    return run


@contextlib.contextmanager
def _counted_warnings(n_simulations: int) -> Iterator[None]:
    """A context in which convergence warnings are collected into one."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        yield
    of_runs = [x for x in caught if issubclass(x.category, ConvergenceWarning)]
    for x in caught:
        if x not in of_runs:
            warnings.warn_explicit(x.message, x.category, x.filename, x.lineno)
    if of_runs:
        warn_user("calibration: %d warnings in %d runs; the first: %s" % (
            len(of_runs), n_simulations, of_runs[0].message), ConvergenceWarning)


def _as_list(names: Union[str, Sequence[str]]) -> List[str]:
    return [names] if isinstance(names, str) else list(names)


def _check_data(data: Sequence[str], simulated: Mapping[str, Any],
                observed: Mapping[str, Any]) -> None:
    if not data:
        raise ValueError(
            "calibration: data= is empty. Pass the names of the data nodes.")
    for name in data:
        if name in observed:
            raise ValueError("calibration: the node %r is in data= and in observed=. "
                             "Remove it from one of them." % name)
    _check_names("data", data, simulated)


def _check_names(argument: str, names: Sequence[str], known: Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(
                "calibration: %s= has the name %r, but the nodes with draws are %s.%s"
                % (argument, name, ", ".join(map(repr, known)),
                   nearest_name_hint(name, known)))


def _ranks(result: Any, truth: Mapping[str, np.ndarray],
           names: Optional[Sequence[str]], n_draws: int) -> Dict[str, np.ndarray]:
    """How many of `n_draws` draws are below the truth, a dict of arrays by name."""
    latents, all_draws = _draws_of(result)
    names = latents if names is None else names
    _check_names("names", names, all_draws)
    draws = {name: _at_equal_distances(all_draws[name], n_draws) for name in names}
    return {name: np.sum(x < truth[name], axis=0) for name, x in draws.items()}


def _draws_of(result: Any) -> Tuple[Sequence[str], Mapping[str, np.ndarray]]:
    """The names of latents, and draws `[n]` + data axes by name."""
    if isinstance(result, Chains):
        return list(result.draws), {
            name: x.reshape((-1,) + x.shape[2:])
            for name, x in result._by_chain_first(result._recorded()).items()}
    if isinstance(result, Fit):
        draws = result._stored_draws()
        return list(draws), draws
    raise TypeError("calibration: the method must return Chains or a Fit, but it "
                    "returned %r." % (result,))


def _at_equal_distances(draws: np.ndarray, n: int) -> np.ndarray:
    if len(draws) < n:
        raise ValueError(
            "calibration: the method returned %d draws, but n_draws is %d. Pass a "
            "smaller n_draws=, or return more draws from the method." % (len(draws), n))
    return draws[(np.arange(n) * len(draws)) // n]


# -- Uniformity -------------------------------------------------------------------

def _p_values(ranks: np.ndarray, n_draws: int) -> np.ndarray:
    """P-values of chi-square tests for all columns of `[n_simulations, ...]`."""
    n = len(ranks)
    n_bins = min(_MAX_BINS, max(3, n // _N_PER_BIN), n_draws + 1)
    n_bins -= n_bins % 2 == 0  # so that the number of degrees of freedom is even
    if n_bins < 3:
        return np.ones(ranks.shape[1:])
    edges = np.round(np.linspace(0, n_draws + 1, n_bins + 1)).astype(int)
    expected = n * np.diff(edges) / (n_draws + 1.)
    columns = ranks.reshape(n, -1).T
    return np.array([_chi_square_survival(np.sum(
        (np.histogram(column, edges - 0.5)[0] - expected) ** 2 / expected), n_bins - 1)
        for column in columns]).reshape(ranks.shape[1:])


def _chi_square_survival(x: float, n_degrees: int) -> float:
    """The probability of more than `x`, for an even number of degrees of freedom.

    It is a Poisson probability (Abramowitz and Stegun, 1964, 26.4.21). SciPy, which has
    it as well, is optional.
    """
    terms = [-0.5 * x + (i * math.log(0.5 * x) if i else 0.) - math.lgamma(i + 1.)
             for i in range(n_degrees // 2)] if x > 0. else [0.]
    return min(1., sum(map(math.exp, terms)))


def _excess(ranks: np.ndarray, n_draws: int) -> np.ndarray:
    """The distribution function of ranks at 0, 1, ..., less the uniform one."""
    counts = np.bincount(ranks, minlength=n_draws + 1)
    return (np.cumsum(counts) / len(ranks)
            - np.arange(1, n_draws + 2) / (n_draws + 1.))


def _half_width(n: int, n_draws: int) -> float:
    """The largest deviation of `n` uniform ranks, with the probability of the band."""
    state = np.random.RandomState(0)
    largest = [np.abs(_excess(state.randint(0, n_draws + 1, n), n_draws)).max()
               for _ in range(_N_BAND_SIMULATIONS)]
    return float(np.quantile(largest, _BAND))
