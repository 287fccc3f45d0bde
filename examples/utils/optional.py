"""Packages that the examples can do without, and progress bars by tqdm."""

import functools
import importlib.util
import sys

from examples.utils.files import UserError


def require_package(name):
    """Import a package; raise a `UserError` if it is not installed."""
    if importlib.util.find_spec(name) is None:
        raise UserError('{} is not installed. Install the packages of the examples by: '
                        'pip install -e ".[examples]".'.format(name))
    return importlib.import_module(name)


@functools.lru_cache(maxsize=None)  # one message per package
def find_package(name, purpose):
    """Import a package; print a message and return None if it is not installed."""
    try:
        return require_package(name)
    except UserError as error:
        print("Without {}: {}".format(purpose, error), file=sys.stderr)


def progress_bar(iterable, desc, **options):
    """Iterate, with a progress bar if there is a terminal and tqdm is installed."""
    tqdm = find_package("tqdm", "progress bars")
    return iterable if tqdm is None else tqdm.tqdm(
        iterable, desc, leave=False, disable=None, **options)
