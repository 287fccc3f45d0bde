"""Packages that the examples can do without, and progress bars by tqdm."""

import importlib
import sys

from examples.utils.files import UserError

_reported = set()


def require_package(name):
    """Import a package; raise an error that states how to install it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # a dependency of the package
            raise
    raise UserError('{} is not installed. Install the packages of the examples by: '
                    'pip install -e ".[examples]".'.format(name))


def find_package(name, purpose):
    """Import a package; return None, after one message, if it is not installed."""
    try:
        return require_package(name)
    except UserError as error:
        if name not in _reported:
            print("Without {}: {}".format(purpose, error), file=sys.stderr)
        _reported.add(name)
    return None


def progress_bar(iterable, desc, **options):
    """Iterate, with a progress bar if there is a terminal and tqdm is installed."""
    tqdm = find_package("tqdm", "progress bars")
    if tqdm is None:
        return iterable
    return tqdm.tqdm(iterable, desc, **dict(leave=False, disable=None, **options))
