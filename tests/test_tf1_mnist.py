"""`tensorflow.examples.tutorials.mnist.input_data` under `python -m zhusuan.tf1`.

The checksums of batches are those of TensorFlow 1.15's own module.
"""
import gzip

import numpy as np
import pytest
from tf1_program import ON_TF1, run_by_tf1

NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte",
         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


def write_files(folder, name_of="{}.gz".format, pack=gzip.compress, names=NAMES):
    """Write data in the format of MNIST: 23 and 7 images of 3 rows and 2 columns."""
    rng = np.random.RandomState(0)
    arrays = []
    for n in 23, 7:
        arrays += [rng.randint(0, 256, [n, 3, 2]), rng.randint(0, 10, n)]
    for name, array in zip(NAMES, arrays):
        header = np.array([2048 + array.ndim] + list(array.shape), ">u4")
        if name in names:
            (folder / name_of(name)).write_bytes(
                pack(header.tobytes() + array.astype(np.uint8).tobytes()))


BATCHES = """
import sys, zlib
import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.contrib.learn.python.learn.datasets.mnist import DataSet
from tensorflow.contrib.learn.python.learn.datasets import mnist

def checksum(*arrays):
    value = 0
    for x in arrays:
        text = "{} {} ".format(x.dtype, x.shape).encode() + x.tobytes()
        value = zlib.crc32(text, value)
    return value & 0xffffffff

def show(name, data, sizes, shuffle=True):
    batches = [data.next_batch(n, shuffle=shuffle) for n in sizes]
    print("RESULT", name, data.num_examples, data.epochs_completed,
          checksum(data.images, data.labels),
          checksum(*[x for batch in batches for x in batch]))

def show_all(name, data_sets, *args, **kwargs):
    for part in "train", "validation", "test":
        show(name + " " + part, getattr(data_sets, part), *args, **kwargs)

def read(*args, **kwargs):
    kwargs.setdefault("validation_size", 5)
    return input_data.read_data_sets(sys.argv[1], *args, **kwargs)

assert tf.contrib.learn.datasets.mnist.read_data_sets is mnist.read_data_sets
show_all("seed", read(one_hot=True, seed=3), [2, 3, 4, 5, 6])
show_all("ordered", read(seed=3), [2, 3, 4, 5], shuffle=False)
show_all("pixels", read(False, True, tf.uint8, False, seed=7), [3, 1, 4])
tf.set_random_seed(5)
show_all("graph", read(), [4, 4])
np.random.seed(9)
show_all("numpy", read(dtype=np.float32), [5, 5])
print("RESULT then", np.random.randint(2 ** 30))
show("own", DataSet(np.arange(24).reshape([3, 2, 2, 2]), np.arange(3), reshape=False,
                    seed=1), [2, 2])
with open(sys.argv[1] + "/t10k-images-idx3-ubyte.gz", "rb") as file:
    print("RESULT images", checksum(mnist.extract_images(file)))
with open(sys.argv[1] + "/t10k-labels-idx1-ubyte.gz", "rb") as file:
    print("RESULT labels", checksum(mnist.extract_labels(file, True)))
print("RESULT rows", checksum(mnist.dense_to_one_hot(np.array([2, 0]), 3)))
"""

# Name, number of images, epochs that ended, checksums of all images and of batches.
FIGURES_OF_TENSORFLOW_1 = """\
seed train 18 1 2071313812 1126261848
seed validation 5 3 2401240863 398864105
seed test 7 2 771385805 885163209
ordered train 18 0 3961804292 3814425140
ordered validation 5 2 2147973169 1083341893
ordered test 7 1 948907686 3516520417
pixels train 18 0 1239535774 4253532752
pixels validation 5 1 1027985216 862516451
pixels test 7 1 1579619526 3153889588
graph train 18 0 1591266568 2289732079
graph validation 5 1 1051240947 352575014
graph test 7 1 1356766837 3709643739
numpy train 18 0 1591266568 2720079861
numpy validation 5 1 1051240947 1680039071
numpy test 7 1 1356766837 3603326167
then 429192638
own 3 1 3591010544 2833632916
images 2206740038
labels 1775134693
rows 2392906439
"""


def finished(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_batches_match_tensorflow_1(tmp_path):
    write_files(tmp_path)
    lines = finished(run_by_tf1(tmp_path, BATCHES, tmp_path)).splitlines()
    start = "RESULT "  # 1.15 prints other lines, too
    assert [x[len(start):] for x in lines if x.startswith(start)] == (
        FIGURES_OF_TENSORFLOW_1.splitlines())


# 1.15 downloads files that are not there by the names that it expects.
@pytest.mark.slow
@pytest.mark.skipif(ON_TF1, reason="TensorFlow 1.15 has a module of its own")
def test_unpacked_files_are_read(tmp_path):
    forms = ["{}".format, "{}.gz".format, lambda name: name.replace("-idx", ".idx")]
    for i, name_of in enumerate(forms):
        (tmp_path / str(i)).mkdir()
        write_files(tmp_path / str(i), name_of, bytes)
    assert finished(run_by_tf1(tmp_path, """
        import sys, pathlib
        from tensorflow.examples.tutorials.mnist import input_data
        for folder in map(pathlib.Path, sys.argv[1:]):
            data = input_data.read_data_sets(folder, validation_size=1)
            print(data.train.num_examples, data.test.images.shape)
        """, *[tmp_path / str(i) for i in range(3)])) == 3 * "22 (7, 6)\n"


FAULTS = """
import sys
import numpy as np
import tensorflow as tf
import tensorflow.examples.tutorials.mnist.input_data as input_data

def raises(kind, *words, **kwargs):
    try:
        input_data.read_data_sets(sys.argv[1], **kwargs)
    except kind as error:
        missing = [word for word in words if word not in str(error)]
        assert not missing, (missing, error)
    else:
        raise AssertionError("nothing was raised")

labels = "train-labels-idx1-ubyte"
raises(FileNotFoundError, "no " + labels + " nor t10k", sys.argv[1], labels + ".gz")
fake = input_data.read_data_sets("nowhere", fake_data=True, one_hot=True).train
assert fake.next_batch(2) == ([[1] * 784] * 2, [[1] + [0] * 9] * 2)
with open(sys.argv[1] + "/t10k-labels-idx1-ubyte", "wb") as file:
    file.write(b"")
with open(sys.argv[1] + "/" + labels, "wb") as file:
    file.write(np.array([2049, 23], ">u4").tobytes() + bytes(23))
raises(ValueError, "t10k-labels-idx1-ubyte' is damaged", "2049")
with open(sys.argv[1] + "/t10k-labels-idx1-ubyte", "wb") as file:
    file.write(np.array([2049, 7], ">u4").tobytes() + bytes(7))
raises(ValueError, "validation_size=24", "0 to 23", validation_size=24)
raises(TypeError, "int32", validation_size=1, dtype=tf.int32)
with open(sys.argv[1] + "/t10k-labels-idx1-ubyte", "wb") as file:
    file.write(np.array([2051, 7], ">u4").tobytes() + bytes(7))
raises(ValueError, "2051", "2049")
with open(sys.argv[1] + "/t10k-labels-idx1-ubyte", "wb") as file:
    file.write(np.array([2049, 8], ">u4").tobytes() + bytes(8))
raises(ValueError, "(7, 3, 2, 1)", "(8,)", validation_size=1)
"""


@pytest.mark.slow
@pytest.mark.skipif(ON_TF1, reason="TensorFlow 1.15 has a module of its own")
def test_missing_and_damaged_files_are_named(tmp_path):
    write_files(tmp_path, names=[name for name in NAMES if "images" in name])
    finished(run_by_tf1(tmp_path, FAULTS, tmp_path))
