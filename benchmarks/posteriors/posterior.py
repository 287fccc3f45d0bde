"""A posterior: a model, what is observed, and how its draws are compared."""
from typing import Any, Callable, Dict, NamedTuple

import numpy as np

__all__ = ["Posterior"]


class Posterior(NamedTuple):
    """A model with data, initial values, and its reference quantities."""

    #: A `zs.MetaBayesianNet`.
    model: Any
    #: A dict of observed arrays by the names of nodes.
    observed: Dict[str, Any]
    #: A dict of arrays by the names of latents: a point to start from.
    start: Dict[str, np.ndarray]
    #: As for `run`.
    constraints: Any = "auto"
    #: From a dict of draws to a dict of the reference quantities of the same names.
    derive: Callable = dict
    #: Columns `[N, D]` of the regressions, for the same model in other libraries.
    columns: Any = None
