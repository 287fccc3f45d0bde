"""Tables of draws, with a row for every number."""
from typing import Any, Callable, Dict, Mapping, Sequence

import numpy as np

from zhusuan.utils._moments import mean, quantile, standard_deviation

__all__ = ["MOMENT_COLUMNS", "SummaryTable"]


def _quantile(probability: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: quantile(x, probability)


MOMENT_COLUMNS: Dict[str, Callable[[np.ndarray], Any]] = {
    "mean": mean, "sd": standard_deviation,
    "5%": _quantile(0.05), "50%": _quantile(0.5), "95%": _quantile(0.95)}


class SummaryTable:
    """A table with a row for every number.

    Subclasses may override `_functions`, functions of draws by the names of columns,
    and `_formats`.

    :param draws: A dict of arrays `[n_samples, n_chains, ...]` by name.
    """

    _functions: Mapping[str, Callable[[np.ndarray], Any]] = MOMENT_COLUMNS
    _formats: Mapping[str, str] = {}

    def __init__(self, draws: Dict[str, np.ndarray]) -> None:
        self.names = [label for name, x in draws.items()
                      for label in _labels(name, x.shape[2:])]
        self.columns = {
            column: np.concatenate([np.ravel(of(x)) for x in draws.values()])
            for column, of in self._functions.items()}

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def __repr__(self) -> str:
        rows = [[""] + list(self.columns)]
        for i, name in enumerate(self.names):
            rows.append([name] + [self._formats.get(column, "%.3g") % values[i]
                                  for column, values in self.columns.items()])
        widths = [max(map(len, cells)) for cells in zip(*rows)]
        return "\n".join(
            "  ".join([row[0].ljust(widths[0])] + [
                cell.rjust(width) for cell, width in zip(row[1:], widths[1:])])
            for row in rows)


def _labels(name: str, shape: Sequence[int]) -> Sequence[str]:
    if not shape:
        return [name]
    return ["%s[%s]" % (name, ",".join(map(str, index)))
            for index in np.ndindex(*shape)]
