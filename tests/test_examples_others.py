"""Topic models and adversarial nets: every script at a toy size."""
import csv

import numpy as np
import pytest
from test_examples_small_models import check_picture, read_table, start

from examples.utils import reuters
from examples.utils.files import DatasetError


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


def test_ldac_is_read():
    np.testing.assert_array_equal(
        reuters.parse_ldac("2 0:1 3:2\n1 1:5\n", 4), [[1, 0, 0, 2], [0, 5, 0, 0]])
    with pytest.raises(DatasetError, match="has 1 words, but says that there are 2"):
        reuters.parse_ldac("2 0:1\n", 4)


def test_held_out_stories_are_not_trained_on():
    counts = np.arange(12, dtype=np.float32).reshape([6, 2])
    corpus = reuters.split(counts, ["a", "b"], 2, seed=1)
    assert len(corpus.x_test) == 2
    rows = np.concatenate([corpus.x_train, corpus.x_test])
    np.testing.assert_array_equal(rows[np.argsort(rows[:, 0])], counts)
    with pytest.raises(DatasetError, match="6 stories were to be held out, of 6"):
        reuters.split(counts, ["a", "b"], 6, seed=1)


@pytest.mark.parametrize("name", ["reuters.ldac", "reuters.tokens"])
def test_a_damaged_corpus_raises(name, tmp_path, monkeypatch):
    (tmp_path / name).write_bytes(b"1 0:1\n")
    monkeypatch.setattr(reuters.known_file, "_download", None)
    with pytest.raises(DatasetError, match=name + ".*damaged"):
        reuters.load(str(tmp_path), 40, seed=1, progress=False)
