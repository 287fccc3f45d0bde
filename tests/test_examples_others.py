"""Topic models and adversarial nets: every script at a toy size."""
import csv

import numpy as np
import pytest
from test_examples_small_models import check_picture, read_table, start


@pytest.mark.slow
def test_scripts(tmp_path):
    data_dir = ["--data-dir", str(tmp_path)]
    topics, dcgan, wasserstein = start(
        tmp_path, ["topic_models/lntm_mcem.py"] + data_dir,
        ["generative_adversarial_nets/dcgan.py"] + data_dir,
        ["generative_adversarial_nets/wasserstein_gan.py"] + data_dir)

    # Stories were made of four topics; one for all explains them far worse.
    found = read_table(topics, "perplexity")
    assert found["held_out"] < 0.7 * found["one_topic"]
    table = read_table(topics, "topics")
    assert len(table["words"]) == 4 and abs(sum(table["share"]) - 1.) < 1e-3
    acceptance = read_table(topics, "metrics")["acceptance"]
    assert 0.4 < np.mean(acceptance[-10:]) < 0.95  # tuned for 0.7
    check_picture(topics, "topics")

    for folder in dcgan, wasserstein:
        with open(str(folder / "metrics.csv"), newline="") as stream:
            costs = np.array([row[1:] for row in list(csv.reader(stream))[1:]], float)
        assert costs.shape == (2, 2) and np.all(np.isfinite(costs))
        check_picture(folder, "samples.epoch.2")
        check_picture(folder, "costs")
