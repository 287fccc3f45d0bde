"""Groups of arrays for ArviZ, before version 1.0 and from then on."""
from typing import Any, Dict, Mapping, Optional, Sequence

from zhusuan.utils import argument_names

__all__ = ["to_arviz"]


def to_arviz(groups: Dict[str, Any],
             dims: Optional[Mapping[str, Sequence[str]]] = None,
             coords: Optional[Mapping[str, Sequence[Any]]] = None) -> Any:
    """InferenceData, or a DataTree from ArviZ 1.0 on.

    :param groups: Dicts of arrays `[n_chains, n_draws]` + data axes by the names of
        quantities, by the names of groups; without the first two axes for data.
    :param dims: A dict of lists with the names of data axes by the names of quantities.
    :param coords: A dict of lists with the labels along axes by their names.
    """
    import arviz

    of_groups: Dict[str, Any] = {
        "dims": None if dims is None else dict(dims),
        "coords": None if coords is None else dict(coords)}
    if "posterior" in argument_names(arviz.from_dict):  # before 1.0
        return arviz.from_dict(**groups, **of_groups)
    return arviz.from_dict(groups, **of_groups)
