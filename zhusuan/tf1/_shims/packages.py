"""The common functions of `pkg_resources` and `distutils.version`."""
import functools
import importlib
import io
import os
import re
import sys

__all__ = ["DistributionNotFound", "LooseVersion", "VersionConflict",
           "get_distribution", "iter_entry_points", "parse_version", "require",
           "resource_exists", "resource_filename", "resource_isdir", "resource_listdir",
           "resource_stream", "resource_string"]


class DistributionNotFound(Exception):
    """A package that is not installed."""


class VersionConflict(Exception):
    """A package that is installed in another version."""


# -- Versions -----------------------------------------------------------------------

@functools.total_ordering
class LooseVersion:
    """`distutils.version.LooseVersion` and `StrictVersion`.

    Versions compare by their numbers and words, one after the other.
    """

    def __init__(self, vstring=None):
        self.vstring = str(vstring)
        self.version = [int(part) if part.isdigit() else part for part in re.findall(
            r"\d+|[a-z]+", self.vstring)]

    def __str__(self):
        return self.vstring

    def __repr__(self):
        return "LooseVersion ({!r})".format(self.vstring)

    def __eq__(self, other):
        return self.version == self._of(other)

    def __lt__(self, other):
        return self.version < self._of(other)

    __hash__ = None

    @staticmethod
    def _of(other):
        return other.version if isinstance(other, LooseVersion) else (
            LooseVersion(other).version)


def parse_version(v):
    """An object for the comparison of versions."""
    try:
        from packaging.version import InvalidVersion, Version
    except ImportError:
        return LooseVersion(v)
    try:
        return Version(v)
    except InvalidVersion:
        return LooseVersion(v)


# -- Packages -----------------------------------------------------------------------

class _Distribution:
    """An installed package."""

    def __init__(self, found):
        self.project_name = found.metadata["Name"]
        self.key = self.project_name.lower()
        self.version = found.version
        self.parsed_version = parse_version(found.version)
        self.location = str(found.locate_file(""))

    def __str__(self):
        return "{} {}".format(self.project_name, self.version)


def get_distribution(dist):
    """The installed package of a requirement."""
    from importlib import metadata

    name = re.match(r"\s*([\w.-]+)", str(dist)).group(1)
    try:
        return _Distribution(metadata.distribution(name))
    except metadata.PackageNotFoundError:
        raise DistributionNotFound(
            "The {!r} distribution was not found and is required by the "
            "application".format(str(dist))) from None


_COMPARE = {"==": lambda a, b: a == b, "!=": lambda a, b: a != b,
            ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b, "<": lambda a, b: a < b}


def require(*requirements):
    """The installed packages of requirements such as "numpy>=1.10", after a check."""
    found = []
    for requirement in requirements:
        for text in [requirement] if isinstance(requirement, str) else requirement:
            package = get_distribution(text)
            for operator, version in re.findall(r"([<>=!]=|[<>])\s*([\w.]+)", text):
                if not _COMPARE[operator](
                        package.parsed_version, parse_version(version)):
                    raise VersionConflict(package, text)
            found.append(package)
    return found


def iter_entry_points(group, name=None):
    """The entry points of a group."""
    from importlib import metadata

    points = metadata.entry_points()
    chosen = points.select(group=group) if hasattr(points, "select") else (
        points.get(group, []))
    return (point for point in chosen if name is None or point.name == name)


# -- Files of packages ----------------------------------------------------------------

def resource_filename(package_or_requirement, resource_name):
    """The path of a file or folder beside a module."""
    module = sys.modules.get(package_or_requirement) or (
        importlib.import_module(package_or_requirement))
    return os.path.join(os.path.dirname(os.path.abspath(module.__file__)),
                        *resource_name.split("/"))


def resource_exists(package_or_requirement, resource_name):
    """Whether there is a file or folder of this name."""
    return os.path.exists(resource_filename(package_or_requirement, resource_name))


def resource_isdir(package_or_requirement, resource_name):
    """Whether there is a folder of this name."""
    return os.path.isdir(resource_filename(package_or_requirement, resource_name))


def resource_listdir(package_or_requirement, resource_name):
    """The names in a folder."""
    return os.listdir(resource_filename(package_or_requirement, resource_name))


def resource_string(package_or_requirement, resource_name):
    """The bytes of a file."""
    with open(resource_filename(package_or_requirement, resource_name), "rb") as file:
        return file.read()


def resource_stream(package_or_requirement, resource_name):
    """The bytes of a file, as an open file."""
    return io.BytesIO(resource_string(package_or_requirement, resource_name))
