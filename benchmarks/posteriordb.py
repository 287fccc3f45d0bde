"""The data sets and reference moments of posteriordb, read from the test data."""
import functools
import json
import os
import re
import zipfile
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import numpy as np


class Posterior(NamedTuple):
    """A row of the table of posteriors.

    `data` is the name of the data set, `model` the name of the model, and `shapes` maps
    each parameter that has reference moments to its shape.
    """
    data: str
    model: str
    shapes: Dict[str, Tuple[int, ...]]


def _folder() -> Path:
    return Path(os.environ.get("ZHUSUAN_TEST_DATA", "")) / "posteriordb"


@functools.lru_cache(maxsize=None)
def _references() -> dict:
    path = _folder() / "references.json"
    if "ZHUSUAN_TEST_DATA" not in os.environ or not path.exists():
        return {}
    return json.loads(path.read_text())


def names() -> List[str]:
    """Names of all posteriors; empty without a folder with test data."""
    return list(_references())


def posterior(name: str) -> Posterior:
    """The data set, the model and the parameters of a posterior."""
    entry = _references()[name]
    shapes = {parameter: np.shape(value)
              for parameter, value in reference(name, "mean").items()}
    return Posterior(entry["data"], entry["model"], shapes)


def table() -> Dict[str, Posterior]:
    """All posteriors by name."""
    return {name: posterior(name) for name in names()}


def reference(name: str, moment: str) -> Dict[str, np.ndarray]:
    """A moment of every parameter of a posterior.

    :param name: Name of a posterior.
    :param moment: "mean", "sd", "mcse" (of the mean), "mean_square", "mcse_square",
        "q5" or "q95".
    :return: float64 arrays by parameter, with the shapes of the parameters.
    """
    elements = {}
    for key, moments in _references()[name]["parameters"].items():
        parameter, index = re.match(r"(\w+)(?:\[(\d+)\])?$", key).groups()
        elements.setdefault(parameter, {})[int(index or 0)] = moments[moment]
    return {parameter: np.array(values[0] if 0 in values else
                                [values[i + 1] for i in range(len(values))])
            for parameter, values in elements.items()}


@functools.lru_cache(maxsize=None)
def read(name: str) -> Dict[str, np.ndarray]:
    """A data set by its own name: read-only float64 arrays by field."""
    with zipfile.ZipFile(str(_folder() / "data" / (name + ".json.zip"))) as archive:
        fields = json.loads(archive.read(name + ".json").decode())
    arrays = {field: np.asarray(value, "float64") for field, value in fields.items()}
    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def of_posterior(name: str) -> Dict[str, np.ndarray]:
    """The data set of a posterior."""
    return read(posterior(name).data)
