"""The draws of whole chains, their summary and their export."""
import copy
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from zhusuan._model.model_draws import ModelDraws
from zhusuan.mcmc import _chains_file, diagnostics
from zhusuan.utils import merge_dicts, nearest_name_hint
from zhusuan.utils._arviz import to_arviz
from zhusuan.utils._paths import as_path
from zhusuan.utils._record_file import as_list, by_index
from zhusuan.utils._summary_table import MOMENT_COLUMNS, SummaryTable
from zhusuan.utils._types import PathLike

__all__ = ["Chains", "ConvergenceWarning", "Summary"]

_NUMBERS = ("chain_rank", "n_warmup", "thin", "seed", "n_done", "is_complete")
# The names in ArviZ.
_ARVIZ_NAMES = {"is_divergent": "diverging", "log_prob": "lp"}


class ConvergenceWarning(UserWarning):
    """The draws of a run may not represent the distribution.

    >>> import warnings
    >>> import zhusuan as zs
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", zs.mcmc.ConvergenceWarning)
    ...     chains = zs.HMC().run(lambda values: -values["x"] ** 2, {}, {"x": [0., 0.]},
    ...                           n_samples=10, n_warmup=10, progress_bar=False)
    """


class Chains:
    """The draws of a run by name, and the state to resume it from.

    ``chains["x"]`` is the array of the latent or derived quantity "x": `[n_samples]` +
    chain axes + data axes.

    :param draws: A dict of such arrays of latents.
    :param statistics: A dict of arrays `[n_samples]` + chain axes (or without
        them, for what chains share): statistics of the transition that led to
        each draw.
    :param chain_rank: An int, the number of chain axes.
    :param n_warmup: An int, how many transitions came before the draws.
    :param thin: An int, the number of transitions for each draw.
    :param seed: An int.
    :param n_done: An int, the number of transitions made so far.
    :param is_complete: A bool. Whether the run was not interrupted.
    :param state: A list of arrays, where to resume.
    :param warmup_statistics: A dict of arrays `[n_warmup]` + chain axes: the
        statistics of the transitions of warm-up, which made no draw.
    :param derived: A dict of arrays of derived quantities: deterministic nodes, or what
        a log joint function returned beside the density. Empty by default.
    :param model: The model of the run, for :meth:`to_arviz`. Files and pickles do
        not have it.
    :param observed: A dict of its observed values by name.

    >>> import zhusuan as zs
    >>> chains = zs.NUTS().run(
    ...     lambda values: -0.5 * values["x"] ** 2, {}, {"x": [0., 1.]}, n_samples=400,
    ...     n_warmup=100, seed=1, progress_bar=False)  # two chains
    >>> chains["x"].shape, chains.summary().names
    ((400, 2), ['x'])
    """

    def __init__(self, draws: Dict[str, np.ndarray], statistics: Dict[str, np.ndarray],
                 chain_rank: int, n_warmup: int, thin: int, seed: int, n_done: int,
                 is_complete: bool, state: List[np.ndarray],
                 warmup_statistics: Optional[Dict[str, np.ndarray]] = None,
                 derived: Optional[Dict[str, np.ndarray]] = None, model: Any = None,
                 observed: Optional[Mapping[str, Any]] = None) -> None:
        self.draws, self.statistics, self.state = draws, statistics, state
        self.derived = dict(derived or {})
        self.chain_rank, self.is_complete = chain_rank, is_complete
        self.n_warmup, self.thin, self.seed = n_warmup, thin, seed
        self.n_done = n_done
        self.warmup_statistics = warmup_statistics or {}
        self.model, self.observed = model, dict(observed or {})

    def __getstate__(self) -> Dict[str, Any]:
        return dict(vars(self), model=None, observed={})  # as in files

    def __copy__(self) -> "Chains":
        twin = type(self).__new__(type(self))
        vars(twin).update(vars(self))
        return twin

    def __deepcopy__(self, memo: Dict[int, Any]) -> "Chains":
        twin = copy.copy(self)
        vars(twin).update(copy.deepcopy(self.__getstate__(), memo),
                          model=self.model, observed=self.observed)
        return twin

    def __getitem__(self, name: str) -> np.ndarray:
        recorded = self._recorded()
        if name not in recorded:
            raise KeyError("The chains have no draws of %r.%s" % (
                name, nearest_name_hint(name, recorded)))
        return recorded[name]

    def _recorded(self) -> Dict[str, np.ndarray]:
        """The draws of latents and derived quantities, a dict."""
        return merge_dicts(self.draws, self.derived)

    @property
    def n_samples(self) -> int:
        """The number of draws of each chain, an int."""
        return len(next(iter(self._recorded().values())))

    @property
    def n_chains(self) -> int:
        """The number of chains over all chain axes, an int."""
        return int(np.prod(self._chain_shape, dtype=int))

    @property
    def _chain_shape(self) -> Tuple[int, ...]:
        draws = next(iter(self._recorded().values()))
        return draws.shape[1:1 + self.chain_rank]

    def __repr__(self) -> str:
        return "<Chains: %d draws of %d chains%s; %s>" % (
            self.n_samples, self.n_chains,
            "" if self.is_complete else ", interrupted",
            ", ".join("%s %s" % (name, list(x.shape[1 + self.chain_rank:]))
                      for name, x in self._recorded().items()))

    def _by_chain(self, x: np.ndarray) -> np.ndarray:
        """`x` with one axis for all chains, after that of draws."""
        if x.shape[1:1 + self.chain_rank] != self._chain_shape:  # chains share it
            x = np.broadcast_to(x.reshape(
                (-1,) + (1,) * self.chain_rank), (len(x),) + self._chain_shape)
        return x.reshape((len(x), self.n_chains) + x.shape[1 + self.chain_rank:])

    def summary(self) -> "Summary":
        """Location, spread and convergence diagnostics of every number.

        :return: A :class:`~zhusuan.mcmc.chains.Summary`.
        """
        return Summary({
            name: self._by_chain(x) for name, x in self._recorded().items()})

    def to_arviz(self, log_likelihood: bool = False,
                 posterior_predictive: Union[bool, Sequence[str]] = False,
                 prior: bool = False,
                 dims: Optional[Mapping[str, Sequence[str]]] = None,
                 coords: Optional[Mapping[str, Sequence[Any]]] = None,
                 model: Any = None, observed: Optional[Mapping[str, Any]] = None,
                 session: Any = None) -> Any:
        """Export the draws to ArviZ, optionally with predictions of the model.

        `arviz.loo`, `waic` and `compare` need `log_likelihood`, `plot_ppc` needs
        `posterior_predictive`, or `prior` with ``group="prior"``. Each of the three
        adds the group of observed data, too, in which missing entries are nan.

        :param log_likelihood: A bool. Whether to add the log densities of all entries
            of the observed nodes, as if `group_ndims` was 0, at each draw. Entries that
            are missing or that a mask ignores are omitted.
        :param posterior_predictive: A bool. Whether to add draws of the observed nodes
            given each draw. A list of names draws these nodes, and others, such as
            covariates with a distribution, have their observed values.
        :param prior: A bool. Whether to add as many draws of all nodes from the prior,
            as the groups "prior" and "prior_predictive".
        :param dims: A dict of lists with the names of data axes by the names of nodes.
        :param coords: A dict of lists with the labels along axes, by their names.
        :param model: The MetaBayesianNet; that of the run by default. Chains from a
            file have none.
        :param observed: A dict of observed values by name; those of the run by default.
        :param session: The session to run in; the default one if None.

        :return: InferenceData, or a DataTree from ArviZ 1.0 on.

        Raises TypeError if a model is needed and there is none, or it is a log joint
        function. Raises ValueError if nodes have no values, if an observation has more
        entries than a draw of its node, or if the model sums over parents of data
        (`zs.marginalize`), whose entries then have no log densities. Improper priors
        cannot be drawn from, which raises NotImplementedError.
        """
        groups: Dict[str, Any] = {"posterior": self._by_chain_first(self._recorded())}
        if self.statistics:
            groups["sample_stats"] = self._by_chain_first({
                _ARVIZ_NAMES.get(name, name): x
                for name, x in self.statistics.items()})
        if log_likelihood or posterior_predictive or prior:
            groups.update(ModelDraws(
                "Chains.to_arviz", self.model if model is None else model,
                self.observed if observed is None else observed, session).arviz_groups(
                    self.draws, self._chain_shape, self.seed, log_likelihood,
                    posterior_predictive, prior))
        return to_arviz(groups, dims, coords)

    def _by_chain_first(self, arrays: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
        """Arrays with the axis of all chains in front of that of draws."""
        return {name: np.swapaxes(self._by_chain(x), 0, 1)
                for name, x in arrays.items()}

    def save(self, path: PathLike) -> None:
        """Write everything to a file (.npz); a failure leaves the old one unchanged.

        :param path: A str, bytes or `os.PathLike`.
        """
        _chains_file.write(as_path(path, "Chains.save: `path`"), self._to_record())

    def _to_record(self) -> Tuple[Dict[str, Dict[str, np.ndarray]], Dict[str, Any]]:
        """The content of a file: dicts of arrays by name, and numbers."""
        parts = {"draws": self.draws, "derived": self.derived,
                 "statistics": self.statistics,
                 "warmup_statistics": self.warmup_statistics,
                 "state": by_index(self.state)}
        return parts, {name: getattr(self, name) for name in _NUMBERS}

    @classmethod
    def load(cls, path: PathLike) -> "Chains":
        """Load chains from a file of :meth:`save` or from the checkpoint of a run.

        :param path: A str, bytes or `os.PathLike`.

        Raises ValueError where the file is damaged or another one, and OSError where
        it cannot be read.
        """
        parts, numbers = _chains_file.read(
            as_path(path, "Chains.load: `path`"), _NUMBERS)
        return cls(parts["draws"], parts["statistics"], state=as_list(parts["state"]),
                   warmup_statistics=parts["warmup_statistics"],
                   derived=parts["derived"], **numbers)


class Summary(SummaryTable):
    """A table with a row for every number of all latents and derived quantities.

    ``summary["mean"]`` is a column, an array with one item for each of
    `summary.names`. The columns are mean, sd, the quantiles 5%, 50% and 95%, the
    standard error mcse of the mean, the effective sample sizes ess_bulk and
    ess_tail, and rhat (see :mod:`zhusuan.mcmc.diagnostics`).

    :param draws: A dict of arrays `[n_samples, n_chains, ...]` by name.

    >>> import numpy as np
    >>> from zhusuan.mcmc.chains import Summary
    >>> draws = np.random.RandomState(0).randn(1000, 4, 2)  # 4 chains of 2 numbers
    >>> summary = Summary({"x": draws})
    >>> summary.names, bool(np.all(summary["rhat"] < 1.01))
    (['x[0]', 'x[1]'], True)
    """

    _functions = dict(
        MOMENT_COLUMNS, mcse=diagnostics.mcse, ess_bulk=diagnostics.ess,
        ess_tail=lambda x: diagnostics.ess(x, "tail"), rhat=diagnostics.split_rhat)
    _formats = {"ess_bulk": "%.0f", "ess_tail": "%.0f", "rhat": "%.3f"}
