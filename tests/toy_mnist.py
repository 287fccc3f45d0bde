"""A data set like MNIST, but tiny: its files, and what loading them must give."""
import gzip
import hashlib
import struct

import numpy as np

from examples.utils import dataset
from examples.utils.data_files import KnownFile


def format_idx(array):
    """The bytes of an idx file: zeros, type 8 (uint8), rank, shape, elements."""
    return struct.pack(">HBB{}I".format(array.ndim), 0, 8, array.ndim,
                       *array.shape) + array.tobytes()


SHAPES = [(5, 2, 2), (5,), (3, 2, 2), (3,)]
ARRAYS = [np.random.RandomState(i).randint(0, 256 if len(s) > 1 else 10, s)
          .astype(np.uint8) for i, s in enumerate(SHAPES)]
PLAIN = [format_idx(a) for a in ARRAYS]
PACKED = [gzip.compress(plain) for plain in PLAIN]
NAMES = [file.names[1] for file in dataset.FILES["mnist"]]
GOOD = dict(zip([name + ".gz" for name in NAMES], PACKED))
FIRST, LAST = NAMES[0] + ".gz", NAMES[-1] + ".gz"


def md5(data):
    return hashlib.md5(data).hexdigest()


def make_known(monkeypatch, sources=(), with_content=True, name="toy"):
    """Make the toy files known by the sums of the gzip files (and their content)."""
    monkeypatch.setitem(dataset.FILES, name, [
        KnownFile((n + ".gz", n), (md5(packed), md5(plain))[:1 + with_content], sources)
        for n, packed, plain in zip(NAMES, PACKED, PLAIN)])


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def load_toy(folder):
    return dataset.load_mnist(str(folder), "toy")


def check_toy(data):
    for i in (0, 2):
        np.testing.assert_array_equal(
            data[i], ARRAYS[i].reshape([-1, 4]).astype(np.float32) / 255)
        assert data[i].dtype == np.float32
        assert data[i + 1].dtype == np.int32
        np.testing.assert_array_equal(data[i + 1], ARRAYS[i + 1])


def files_under(folder):
    return sorted(str(p.relative_to(folder))
                  for p in folder.rglob("*") if p.is_file())
