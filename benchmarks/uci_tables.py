"""Regression tables of the UCI repository, their standard splits, and scores.

The splits are those of Hernandez-Lobato and Adams (2015), "Probabilistic
backpropagation for scalable learning of Bayesian neural networks". The folder that
ZHUSUAN_TEST_DATA names has them in `uci/`.
"""
import gzip
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

TABLES = {"boston": "bostonHousing", "concrete": "concrete",
          "protein": "protein-tertiary-structure"}
N_UNITS = {"boston": 50, "concrete": 50, "protein": 100}
# The part of the training split that settings are chosen on.
_VALIDATION = 0.2


class Split(NamedTuple):
    """Training and test data, standardized by the training data: float32 arrays."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    y_std: float
    """The standard deviation of the targets, in their own unit."""

    def score(self, prediction):
        """RMSE and mean log density of the test data, in the unit of the targets.

        :param prediction: An `UncertainPrediction` for `x_test`.
        """
        rmse = np.sqrt(np.mean((np.ravel(prediction.mean) - self.y_test) ** 2))
        log_density = np.mean(prediction.log_density(self.y_test))
        return float(rmse * self.y_std), float(log_density - np.log(self.y_std))


def folder():
    """The folder of the tables."""
    return Path(os.environ["ZHUSUAN_TEST_DATA"]) / "uci"


def load(table, number, is_validation=False):
    """A standard split.

    :param is_validation: A bool. Whether to replace the test data by a random fifth of
        the training data.
    """
    path = folder() / (TABLES[table] + ".txt")
    if path.exists():
        rows = np.loadtxt(path)
    else:
        with gzip.open(str(path) + ".gz", "rt") as file:
            rows = np.loadtxt(file)
    test = np.array(json.loads(
        (folder() / (TABLES[table] + "_splits.json")).read_text())[number])
    train = np.setdiff1d(np.arange(len(rows)), test)
    train = np.random.RandomState(number).permutation(train)
    if is_validation:
        n_validation = int(_VALIDATION * len(train))
        test, train = train[:n_validation], train[n_validation:]
    x, y = rows[:, :-1], rows[:, -1]
    mean, std = x[train].mean(0), x[train].std(0)
    std[std == 0.] = 1.
    y_mean, y_std = y[train].mean(), y[train].std()

    def standard(chosen):
        return (((x[chosen] - mean) / std).astype(np.float32),
                ((y[chosen] - y_mean) / y_std).astype(np.float32))

    return Split(*standard(train), *standard(test), y_std=float(y_std))
