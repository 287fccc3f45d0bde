"""Packages that the examples can do without, and progress bars by one of them.

A package of :data:`PURPOSES` that is not installed is skipped, with one message on the
standard error stream; or it raises an error, where a script is of no use without it.
"""

import importlib
import sys

#: Uses of each package, by the name of its module.
PURPOSES = {"tqdm": "progress bars", "PIL": "pictures of images",
            "matplotlib": "graphs", "scipy": "diagnostics of chains"}
_PROJECTS = {"PIL": "pillow"}  # that pip calls otherwise
_reported = set()


class MissingPackageError(ImportError):
    """A package that a script requires is not installed."""


def find_package(name):
    """A package, or None after a message that says how to install it.

    :param name: One of :data:`PURPOSES`.
    :raises ImportError: The package is installed, but cannot be imported.
    """
    package = _import(name)
    if package is None and name not in _reported:
        _reported.add(name)
        print("{} Without it there are no {}.".format(
            _missing(name), PURPOSES[name]), file=sys.stderr)
    return package


def require_package(name):
    """A package.

    :param name: One of :data:`PURPOSES`.
    :raises MissingPackageError: It is not installed.
    """
    package = _import(name)
    if package is None:
        raise MissingPackageError("{} This script requires it for {}.".format(
            _missing(name), PURPOSES[name]), name=name)
    return package


def _import(name):
    """The package, or None."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # one that the package requires
            raise
    return None


def _missing(name):
    project = _PROJECTS.get(name, name)
    return ('{0} is not installed. Install it by: pip install {0}; or, with all that '
            'the examples use, by: pip install -e ".[examples]".'.format(project))


def progress_bar(iterable=None, desc=None, **options):
    """A bar of tqdm, or what has its methods and shows nothing without that package.

    :param iterable: What to show the progress through.
    :param desc: str, the name of the bar.
    :param options: Other arguments of `tqdm.tqdm`.
    """
    tqdm = find_package("tqdm")
    if tqdm is None:
        return NoBar(iterable)
    return tqdm.tqdm(iterable, desc, **options)


class NoBar:
    """A bar that shows nothing.

    :param iterable: What it iterates over.
    """

    def __init__(self, iterable=None):
        self._iterable = iterable

    def __iter__(self):
        return iter(self._iterable)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        pass

    def update(self, n=1):
        """Show nothing."""

    def set_postfix(self, *args, **kwargs):
        """Show nothing."""
