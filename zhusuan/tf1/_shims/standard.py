"""Functions that the standard library removed without an equal replacement."""
import importlib.machinery
import importlib.util
import inspect
import os
import shutil
import sys
import time
from collections import namedtuple
from types import ModuleType

__all__ = ["ArgSpec", "clock", "copy_tree", "escape", "find_module", "gcd",
           "getargspec", "load_module", "load_source", "locale_format", "mkpath",
           "new_module", "nothing", "remove_tree", "strtobool"]

ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")
# On Windows `time.clock` measured wall-clock time.
clock = time.perf_counter if os.name == "nt" else time.process_time


def getargspec(func):
    """`inspect.getargspec`: the arguments of a function without keyword-only ones."""
    spec = inspect.getfullargspec(func)
    if spec.kwonlyargs or spec.annotations:
        raise ValueError("getargspec was given {!r}, which has keyword-only arguments "
                         "or annotations; use inspect.signature.".format(func))
    return ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)


def gcd(a, b):
    """`fractions.gcd`: the greatest common divisor, with the sign of `b`."""
    while b:
        a, b = b, a % b
    return a


def escape(s, quote=None):
    """`cgi.escape`, which keeps quotes by default."""
    import html

    return html.escape(s, quote=bool(quote))


def locale_format(percent, value, grouping=False, monetary=False, *additional):
    """`locale.format`."""
    import locale

    return locale.format_string(percent, (value,) + additional if additional else value,
                                grouping, monetary)


def nothing(*args, **kwargs):
    """Do nothing, as a replacement of a function without effect today."""


# -- imp ----------------------------------------------------------------------------

def new_module(name):
    """`imp.new_module`."""
    return ModuleType(name)


def load_source(name, pathname, file=None):
    """`imp.load_source`: the module `name` from a file, put into `sys.modules`."""
    loader = importlib.machinery.SourceFileLoader(name, pathname)
    spec = importlib.util.spec_from_file_location(name, pathname, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return sys.modules[name]


def find_module(name, path=None):
    """`imp.find_module`: an open file, its path and a description of its kind."""
    spec = importlib.machinery.PathFinder.find_spec(name, path)
    if spec is None or spec.origin is None:
        raise ImportError("No module named {!r}".format(name), name=name)
    if spec.submodule_search_locations:
        return None, spec.submodule_search_locations[0], ("", "", 5)
    suffix = os.path.splitext(spec.origin)[1]
    if suffix == ".py":
        return open(spec.origin), spec.origin, (suffix, "r", 1)
    return open(spec.origin, "rb"), spec.origin, (suffix, "rb", 3)


def load_module(name, file, filename, details):
    """`imp.load_module`: the module that :func:`find_module` found."""
    if details[2] == 5:
        filename = os.path.join(filename, "__init__.py")
    return load_source(name, filename)


# -- distutils ----------------------------------------------------------------------

def strtobool(val):
    """`distutils.util.strtobool`: 1 or 0."""
    val = val.lower()
    if val in ("y", "yes", "t", "true", "on", "1"):
        return 1
    if val in ("n", "no", "f", "false", "off", "0"):
        return 0
    raise ValueError("invalid truth value {!r}".format(val))


def mkpath(name, mode=0o777, verbose=1, dry_run=0):
    """`distutils.dir_util.mkpath`: the folders that were made."""
    made, folder = [], os.path.normpath(name)
    while folder and not os.path.isdir(folder):
        made.insert(0, folder)
        folder = os.path.dirname(folder)
    if made and not dry_run:
        os.makedirs(name, mode, exist_ok=True)
    return made


def copy_tree(src, dst, *args, **kwargs):
    """`distutils.dir_util.copy_tree`: the files that were copied into `dst`."""
    copied = []
    for folder, _, files in os.walk(src):
        target = os.path.normpath(os.path.join(dst, os.path.relpath(folder, src)))
        os.makedirs(target, exist_ok=True)
        copied += [shutil.copy2(os.path.join(folder, name), target) for name in files]
    return copied


def remove_tree(directory, verbose=1, dry_run=0):
    """`distutils.dir_util.remove_tree`."""
    if not dry_run:
        shutil.rmtree(directory)
