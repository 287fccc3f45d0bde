"""The splits and scores of the benchmark `benchmarks.uci`."""
import json

import numpy as np
import pytest
from scipy import stats

from benchmarks import uci, uci_tables


@pytest.mark.parametrize("table, n_rows, n_inputs", [
    ("boston", 506, 13), ("concrete", 1030, 8)])
def test_splits_are_the_standard_ones(table, n_rows, n_inputs, data_dir):
    split, again = uci_tables.load(table, 3), uci_tables.load(table, 3)
    np.testing.assert_array_equal(split.x, again.x)
    assert split.x.shape[1] == n_inputs and len(split.y) + len(split.y_test) == n_rows
    # Of Hernandez-Lobato and Adams: permutations by numpy's seed 1.
    random_state = np.random.RandomState(1)
    for _ in range(4):
        order = random_state.choice(n_rows, n_rows, replace=False)
    assert len(split.y_test) == n_rows - int(round(0.9 * n_rows))
    rows = np.loadtxt(uci_tables.folder() / (uci_tables.TABLES[table] + ".txt"))
    train = rows[np.setdiff1d(np.arange(n_rows), order[int(round(0.9 * n_rows)):]), -1]
    np.testing.assert_allclose(
        np.sort(split.y), np.sort((train - train.mean()) / train.std()), atol=1e-5)


def test_validation_data_are_training_data(data_dir):
    split, inner = (uci_tables.load("boston", 0, x) for x in (False, True))
    n_train = len(split.y)
    assert len(inner.y_test) == int(0.2 * n_train)
    assert len(inner.y) + len(inner.y_test) == n_train


def test_score_is_in_the_unit_of_targets():
    class Prediction:
        mean = np.array([0., 1.])

        @staticmethod
        def log_density(y):
            return stats.norm.logpdf(y, [0., 1.], 0.5)

    split = uci_tables.Split(None, None, None, np.array([0.3, 0.8]), 2.)
    rmse, log_likelihood = split.score(Prediction)
    np.testing.assert_allclose(rmse, 2. * np.sqrt((0.3 ** 2 + 0.2 ** 2) / 2.))
    np.testing.assert_allclose(log_likelihood, np.mean(stats.norm.logpdf(
        [0.6, 1.6], [0., 2.], 1.)))


def test_table_states_missing_splits(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text("\n".join(json.dumps({
        "table": "protein", "method": "NUTS", "split": i, "rmse": 4. + i,
        "log_likelihood": -3.}) for i in range(2)))
    first, *others = uci.rows(uci.read(path))
    assert first == ("| NUTS | - | - | - | - | 4.50 ± 0.35 (2 of 5 splits) | "
                     "-3.00 ± 0.00 (2 of 5 splits) |")
    assert len(others) == 3
