"""`tensorflow.examples.tutorials.mnist.input_data`: MNIST from local files.

Batches come in the order of TensorFlow 1.15: the constructor of :class:`DataSet` seeds
the global generator of NumPy, which shuffles each epoch.
"""
import collections
import gzip
import os

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1

__all__ = ["DataSet", "dense_to_one_hot", "extract_images", "extract_labels",
           "load_mnist", "read_data_sets"]

#: The training, validation and test set.
Datasets = collections.namedtuple("Datasets", "train validation test")

_FILES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte",
          "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
_IMAGES, _LABELS = 2051, 2049  # numbers at the start of idx files of unsigned bytes
_N_FAKE, _N_PIXELS, _N_CLASSES = 10000, 784, 10


class DataSet:
    """Images and labels that are read in batches.

    :param images: uint8 array `[n, rows, columns, depth]`.
    :param labels: Array with `n` rows.
    :param fake_data: Whether `next_batch` returns constants; the arrays are ignored.
    :param one_hot: Whether fake labels are one-hot rows.
    :param dtype: float32 scales pixels to [0, 1]; uint8 keeps them.
    :param reshape: Whether to flatten each image; requires depth 1.
    :param seed: int, by default that of `tf.set_random_seed`. Without either, batches
        differ between runs.
    :raises TypeError: for another dtype.
    :raises ValueError: if the shapes of `images` and `labels` do not match, or
        `images` cannot be flattened.
    """

    def __init__(self, images, labels, fake_data=False, one_hot=False,
                 dtype=tf.float32, reshape=True, seed=None):
        graph_seed, op_seed = v1.get_seed(seed)
        np.random.seed(graph_seed if seed is None else op_seed)
        dtype = tf.as_dtype(dtype).base_dtype
        if dtype not in (tf.uint8, tf.float32):
            raise TypeError("DataSet was given dtype={!r}; expected tf.uint8 or "
                            "tf.float32.".format(dtype.name))
        self._fake_label = None
        if fake_data:
            self._fake_label = [1] + [0] * (_N_CLASSES - 1) if one_hot else 0
            self._num_examples = _N_FAKE
        else:
            _check_shapes(images, labels, reshape)
            self._num_examples = len(images)
            images = _prepared(images, dtype, reshape)
        self._images, self._labels = images, labels
        self._epochs_completed = 0
        self._index_in_epoch = 0

    @property
    def images(self):
        """Array of all images, in the order of the current epoch."""
        return self._images

    @property
    def labels(self):
        """Array of all labels, in the order of `images`."""
        return self._labels

    @property
    def num_examples(self):
        """Number of images."""
        return self._num_examples

    @property
    def epochs_completed(self):
        """Number of completed passes through the images."""
        return self._epochs_completed

    def next_batch(self, batch_size, fake_data=False, shuffle=True):
        """The next images and labels.

        A batch at the end of an epoch is completed from the next epoch.

        :param batch_size: int.
        :param fake_data: Whether to return constants.
        :param shuffle: Whether to shuffle an epoch that starts in this batch.
        :return: A tuple of images and labels.
        """
        if fake_data or self._fake_label is not None:
            label = self._fake_label or 0
            return [[1] * _N_PIXELS] * batch_size, [label] * batch_size
        start, stop = self._index_in_epoch, self._index_in_epoch + batch_size
        if shuffle and start == self._epochs_completed == 0:
            self._shuffle()
        if stop <= self._num_examples:
            self._index_in_epoch = stop
            return self._slice(start, stop)
        rest = self._slice(start, self._num_examples)
        self._epochs_completed += 1
        if shuffle:
            self._shuffle()
        self._index_in_epoch = stop - self._num_examples
        return tuple(np.concatenate(parts) for parts in zip(
            rest, self._slice(0, self._index_in_epoch)))

    def _slice(self, start, stop):
        return self._images[start:stop], self._labels[start:stop]

    def _shuffle(self):
        # `permutation` gives another sequence in some releases of NumPy.
        order = np.arange(self._num_examples)
        np.random.shuffle(order)
        self._images, self._labels = self._images[order], self._labels[order]


def _check_shapes(images, labels, reshape):
    shapes = "shapes {} and {}".format(images.shape, labels.shape)
    if len(images) != len(labels):
        raise ValueError("DataSet was given images and labels of {}; expected as many "
                         "labels as images.".format(shapes))
    if reshape and (images.ndim != 4 or images.shape[3] != 1):
        raise ValueError(
            "DataSet was given images and labels of {}; expected images of shape "
            "[n, rows, columns, 1]. Write reshape=False to keep the shape.".format(
                shapes))


def _prepared(images, dtype, reshape):
    if reshape:
        images = images.reshape([len(images), -1])
    if dtype == tf.float32:
        images = images.astype(np.float32) * np.float32(1. / 255.)
    return images


def read_data_sets(train_dir, fake_data=False, one_hot=False, dtype=tf.float32,
                   reshape=True, validation_size=5000, seed=None, source_url=None):
    """MNIST, or a data set in the same format, from the four files in `train_dir`.

    :param train_dir: The folder of the files, compressed by gzip or not.
    :param fake_data: Whether batches are constants; no file is read.
    :param one_hot: Whether labels are float64 `[n, 10]` instead of uint8 `[n]`.
    :param dtype: See :class:`DataSet`, also for `reshape` and `seed`.
    :param validation_size: Number of training images that become the validation set.
    :param source_url: Ignored: nothing is downloaded.
    :return: A named tuple of `train`, `validation` and `test`, each a
        :class:`DataSet`.
    :raises FileNotFoundError: if files are missing.
    :raises ValueError: if a file has another format, or `validation_size` is out of
        range.
    """
    if fake_data:
        return Datasets(*[DataSet([], [], fake_data=True, one_hot=one_hot, dtype=dtype,
                                  seed=seed) for _ in Datasets._fields])
    paths = _find_files(train_dir)
    x_train, x_test = [_read(path, extract_images) for path in paths[::2]]
    t_train, t_test = [_read(path, extract_labels, one_hot=one_hot)
                       for path in paths[1::2]]
    if not 0 <= validation_size <= len(x_train):
        raise ValueError(
            "read_data_sets was given validation_size={!r}; expected a number from 0 "
            "to {}, the number of training images.".format(
                validation_size, len(x_train)))
    first, others = slice(validation_size), slice(validation_size, None)
    return Datasets(*[
        DataSet(images, labels, dtype=dtype, reshape=reshape, seed=seed)
        for images, labels in [(x_train[others], t_train[others]),
                               (x_train[first], t_train[first]), (x_test, t_test)]])


def load_mnist(train_dir="MNIST-data"):
    """:func:`read_data_sets` with its defaults."""
    return read_data_sets(train_dir)


def _find_files(folder):
    found = [_find_file(folder, name) for name in _FILES]
    missing = [name for name, path in zip(_FILES, found) if path is None]
    if missing:
        raise FileNotFoundError(
            "read_data_sets found no {} in the folder {!r}. Put the files {} of the "
            "data set there; they are not downloaded.".format(
                " nor ".join(missing), os.path.abspath(os.fsdecode(folder)),
                ", ".join(name + ".gz" for name in _FILES)))
    return found


def _find_file(folder, name):
    """The path of a file: compressed, plain, or named as in some archives."""
    for candidate in name + ".gz", name, name.replace("-idx", ".idx"):
        path = os.path.join(os.fsdecode(folder), candidate)
        if os.path.isfile(path):
            return path
    return None


def _read(path, extract, **kwargs):
    with open(path, "rb") as stream:
        return extract(stream, **kwargs)


def extract_images(f):
    """The images in an idx file, uint8 `[n, rows, columns, 1]`.

    :param f: An open binary file, compressed by gzip or not.
    """
    return _parse_idx(f, _IMAGES)[..., np.newaxis]


def extract_labels(f, one_hot=False, num_classes=_N_CLASSES):
    """The labels in an idx file, uint8 `[n]`; or rows of :func:`dense_to_one_hot`.

    :param f: An open binary file, compressed by gzip or not.
    """
    labels = _parse_idx(f, _LABELS)
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def dense_to_one_hot(labels_dense, num_classes):
    """One-hot rows of labels, float64 `[n, num_classes]`."""
    return np.eye(num_classes)[labels_dense]


def _parse_idx(stream, magic):
    """The array of unsigned bytes after the header of `magic` and the shape."""
    name = getattr(stream, "name", stream)
    try:
        content = stream.read()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        header = np.frombuffer(content, ">u4", 1 + magic % 256)  # ends with the rank
        values = np.frombuffer(content, np.uint8, offset=header.nbytes)
        if header[0] == magic:
            return values.reshape(header[1:].astype(int))
        found = "the number {} at its start".format(header[0])
    except Exception as error:  # arbitrary bytes may raise any error
        found = "{}: {}".format(type(error).__name__, error)
    raise ValueError(
        "{!r} is damaged or is no idx file of MNIST ({}); expected the number {} and "
        "as many bytes as its shape requires. Get the file again.".format(
            name, found, magic))
