"""A data set like MNIST, but tiny: its files, and what loading them must give."""
import gzip
import hashlib

import numpy as np

from examples.utils import dataset, mnist_files
from examples.utils.known_file import Form
from examples.utils.mnist_files import IdxFile

SHAPES = [(5, 2, 2), (5,), (3, 2, 2), (3,)]
ARRAYS = [np.random.RandomState(i).randint(0, 256 if len(s) > 1 else 10, s)
          .astype(np.uint8) for i, s in enumerate(SHAPES)]
PLAIN = [mnist_files.format_idx(a) for a in ARRAYS]
PACKED = [gzip.compress(plain) for plain in PLAIN]
NAMES = mnist_files.NAMES
GOOD = dict(zip([name + ".gz" for name in NAMES], PACKED))
FIRST, LAST = NAMES[0] + ".gz", NAMES[-1] + ".gz"


def md5(data):
    return hashlib.md5(data).hexdigest()


def toy_files(sums_of="content"):
    if sums_of == "content":
        return tuple(IdxFile(n, s, None, md5(d))
                     for n, s, d in zip(NAMES, SHAPES, PLAIN))
    return tuple(IdxFile(n, s, md5(d), None)
                 for n, s, d in zip(NAMES, SHAPES, PACKED))


def make_known(monkeypatch, sources=(), sums_of="content"):
    monkeypatch.setitem(mnist_files.KNOWN, "toy", Form(toy_files(sums_of), sources))


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def load_toy(folder):
    return dataset.load_mnist(str(folder), "toy", progress=False)


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
