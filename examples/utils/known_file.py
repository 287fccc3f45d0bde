"""Files whose sums are known: found in a folder, or else downloaded.

Nothing is parsed or kept before its sum is found right; a file appears under its name
in full or not at all.
"""

import collections
import contextlib
import hashlib
import os
import sys

from examples.utils.files import (
    DatasetError,
    parsing,
    prepare_dir,
    write_atomically,
)

#: One form of a data set, of several that hold the same. files: all that it takes, a
#: tuple of `KnownFile` or the like; sources: who has all of them, each a `Mirror`,
#: `Package` or `Converted`.
Form = collections.namedtuple("Form", "files sources")


class KnownFile(collections.namedtuple("KnownFile", "names sha256")):
    """A file of known sum.

    :param names: What it is called, the first one where it is downloaded.
    :param sha256: Its sum.
    """

    limit = 1 << 24  # bytes; no file known by this sum is longer

    def __str__(self):
        return "{} (sha256 sum {})".format(self.names[0], self.sha256)

    def verified(self, data, origin):
        """The data, once their sum is found right.

        :param origin: Where they come from, for the error.
        :raises DatasetError: Truncated, tampered with, or another file.
        """
        check_sum(data, "sha256", self.sha256, origin)
        return data


def check_sum(data, algorithm, expected, origin):
    """See that bytes are those that are known.

    :param algorithm: "md5" or "sha256".
    :param expected: Their sum, hexadecimal.
    :param origin: Where they come from, for the error.
    :raises DatasetError: They are not.
    """
    given = hashlib.new(algorithm, data).hexdigest()
    if given != expected:
        raise DatasetError(
            "{} is damaged, tampered with or another file: its {} sum is {}, "
            "expected {}".format(origin, algorithm, given, expected))


class Converted:
    """Files that are made from another one.

    :param source: Who has the other one.
    :param original: The `KnownFile` that it is.
    :param convert: A function from its verified bytes to a dictionary of the bytes of
        the files, by name.
    """

    def __init__(self, source, original, convert):
        self.address = source.address
        self._source = source
        self._original = original
        self._convert = convert

    @contextlib.contextmanager
    def opened(self, progress):
        """As that of `Mirror`."""
        with self._source.opened(progress) as fetch_file:
            data = _fetch_verified(self, fetch_file, self._original)[0]
        with parsing("{} from {}".format(self._original.names[0], self.address)):
            files = self._convert(data)
        yield lambda file: files[file.names[0]]


SYNTHETIC = "; or give --smoke, which makes its own data"


def obtain(title, forms, data_dir, progress=True, advice=""):
    """What a data set is in, with its sums found right.

    It is looked for in `DATA_DIR/TITLE/` and `DATA_DIR`; what is missing is downloaded
    to the former.

    :param title: The name of the data set.
    :param forms: A list of `Form`, one of which is enough.
    :param data_dir: The directory of the files: str, bytes or `os.PathLike`.
    :param progress: Whether to show how far a download is.
    :param advice: The end of the error where no source has it: what else may be done.
    :return: The `Form` that was found, and a list of the contents of its files.
    :raises DatasetError: It is damaged, or there is no source that has it.
    :raises UnwritableDirError: A download cannot be written.
    """
    data_dir = os.fsdecode(data_dir)
    folder = os.path.join(data_dir, title)
    found = []
    for form in forms:
        contents = {file: _read_local(file, (folder, data_dir)) for file in form.files}
        if None not in contents.values():
            return form, list(contents.values())
        found.append((form, contents))
    return _download(title, found, folder, progress, advice)


def _read_local(file, folders):
    for path in (os.path.join(folder, name) for folder in folders
                 for name in file.names):
        if os.path.isdir(path):
            raise DatasetError("{} is a folder, expected a file. Move it away.".format(
                path))
        if os.path.isfile(path):
            with open(path, "rb") as stream:
                data = stream.read()
            try:
                return file.verified(data, path)
            except DatasetError as error:
                raise DatasetError(
                    "{}. Delete it and run again to get it anew, or put the right {} "
                    "there.".format(error, file.names[0])) from None
    return None


def _download(title, found, folder, progress, advice):
    failures = []
    for form, contents in found:
        for source in form.sources:
            prepare_dir(folder, "data directory", "--data-dir")
            try:
                _fetch_missing(source, contents, folder, progress)
                return form, list(contents.values())
            except DatasetError as error:
                failures.append("{} ({})".format(source.address, error))
                if progress:
                    print("Not there: {}".format(failures[-1]), file=sys.stderr)
    raise DatasetError(_no_source(title, found, folder, failures, advice))


def _fetch_missing(source, contents, folder, progress):
    missing = [file for file, content in contents.items() if content is None]
    with source.opened(progress) as fetch_file:
        for file in missing:
            contents[file], data = _fetch_verified(source, fetch_file, file)
            with write_atomically(os.path.join(folder, file.names[0])) as stream:
                stream.write(data)


def _fetch_verified(source, fetch_file, file):
    """The content of a file, and its bytes as they came."""
    data = fetch_file(file)
    return file.verified(data, "{} from {}".format(
        file.names[0], source.address)), data


def _no_source(title, found, folder, failures, advice):
    tried = "Tried: {}".format("; ".join(failures)) if failures else (
        "It is nowhere to be downloaded in the form that is needed")
    missing = " or ".join(
        ", ".join(str(file) for file, content in contents.items() if content is None)
        for _, contents in found)
    return (
        "There is no data set {}. {}. Get {} on another machine and put what you got "
        "into {!r}{}.".format(title, tried, missing, os.path.abspath(folder), advice))
