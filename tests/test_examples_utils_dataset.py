"""The data sets of the examples: their sources and errors."""
import gzip

import numpy as np
import pytest
import toy_mnist
from toy_mnist import FIRST, GOOD, NAMES, PACKED, PLAIN, check_toy, load_toy, put

from examples.utils import dataset
from examples.utils.files import DatasetError

# Files that are there already


@pytest.mark.parametrize("subfolder", ["", "toy"])
@pytest.mark.parametrize("packed", [True, False])
def test_files_in_the_data_dir_are_used(monkeypatch, tmp_path, subfolder, packed):
    toy_mnist.make_known(monkeypatch)
    put(tmp_path / subfolder, GOOD if packed else dict(zip(NAMES, PLAIN)))
    check_toy(load_toy(tmp_path))


def test_gzip_files_may_be_packed_differently(monkeypatch, tmp_path):
    toy_mnist.make_known(monkeypatch)
    put(tmp_path, {name: gzip.compress(gzip.decompress(data), 1) + gzip.compress(b"")
                   for name, data in GOOD.items()})
    check_toy(load_toy(tmp_path))


@pytest.mark.parametrize("data", [
    PACKED[0][:-9], gzip.compress(PLAIN[0][:-1]), gzip.compress(PLAIN[0] + bytes(9)),
    PLAIN[0][:-1] + b"\xff", b"<html>404</html>", b""],
    ids=["cut", "short", "long", "tampered", "page", "empty"])
def test_a_damaged_local_file_is_named(monkeypatch, tmp_path, data):
    toy_mnist.make_known(monkeypatch)
    put(tmp_path, dict(GOOD, **{FIRST: data}))
    with pytest.raises(DatasetError, match="is damaged.*Delete it") as caught:
        load_toy(tmp_path)
    assert str(tmp_path / FIRST) in str(caught.value)


def test_a_sum_of_the_gzip_file_rejects_the_plain_file(monkeypatch, tmp_path):
    toy_mnist.make_known(monkeypatch, with_content=False)
    put(tmp_path, GOOD)
    check_toy(load_toy(tmp_path))
    put(tmp_path / "toy", {NAMES[0]: PLAIN[0]})
    with pytest.raises(DatasetError, match="expected the sum"):
        load_toy(tmp_path)


# The real thing

def test_the_real_mnist(data_dir):
    data = dataset.load_mnist(data_dir)
    assert [a.shape for a in data] == [(60000, 784), (60000,), (10000, 784), (10000,)]
    assert [a.dtype for a in data] == [np.float32, np.int32] * 2
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    # Counts of the digits 0 to 9 in the test set, as published with it.
    np.testing.assert_array_equal(
        np.bincount(data.t_test),
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    # Mean grey value of the training set, 33.32 of 255, as widely quoted.
    np.testing.assert_allclose(data.x_train.mean(dtype=np.float64), 0.1307, atol=5e-5)


# Preparation of the data

def test_binarize_is_seeded():
    x = np.random.RandomState(0).random_sample([10, 7])
    expected = np.random.RandomState(3).random_sample([10, 7]) < x
    binary = dataset.binarize(x, 3)
    assert binary.dtype == np.int32
    np.testing.assert_array_equal(binary, expected)


def test_binarize_has_the_right_means():
    x = np.tile(np.array([0, 0.1, 0.5, 0.9, 1], np.float32), [20000, 1])
    means = dataset.binarize(x, 1).mean(0)
    assert means[0] == 0
    assert means[-1] == 1
    # Five standard errors: one seed in 500,000 fails.
    np.testing.assert_allclose(means, x[0], atol=5 * 0.5 / np.sqrt(20000))


def test_batches_are_shuffled_by_seed_and_epoch():
    batches = dataset.shuffled_batches(10, 3, 1, 2)
    order = np.random.RandomState([1, 2]).permutation(10)
    np.testing.assert_array_equal(batches, order[:9].reshape([3, 3]))
    for seed, epoch in (1, 3), (2, 2):
        other = dataset.shuffled_batches(10, 3, seed, epoch)
        assert np.any(np.not_equal(other, batches))
    with pytest.raises(DatasetError, match="11 exceeds the 10 .*--batch-size"):
        dataset.shuffled_batches(10, 11, 1, 2)


def test_labels_are_chosen_alike_in_all_classes():
    labels = np.array([3, 1, 7, 1, 3, 3, 7, 7, 7, 1], np.int32)
    chosen = dataset.choose_labelled(labels, 6, 0)
    assert len(set(chosen)) == 6  # none twice
    assert sorted(labels[chosen]) == [1, 1, 3, 3, 7, 7]
    np.testing.assert_array_equal(chosen, dataset.choose_labelled(labels, 6, 0))
    assert set(dataset.choose_labelled(labels, 6, 1)) != set(chosen)
