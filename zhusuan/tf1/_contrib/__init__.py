"""The parts of TensorFlow 1.15's `tf.contrib` that are provided on TensorFlow 2.

Written against `tf.compat.v1`. :func:`install` puts them in their places. Every part of
`tf.contrib` can be imported; what is not provided raises, at its first use, an error
that gives its name and its replacement in TensorFlow 2.
"""
import importlib.util
import sys
from importlib.machinery import ModuleSpec

from zhusuan._tf.version_1_api import find_in_version_1_api
from zhusuan.tf1._contrib import (
    arg_scope,
    hparams,
    initializers,
    layers,
    mnist,
    normalization,
    percentiles,
    sequences,
)
from zhusuan.tf1._contrib import variables as _variables
from zhusuan.tf1._contrib.aliases import ALIASES
from zhusuan.tf1._contrib.contrib_modules import (
    CONTRIB,
    OTHERWISE,
    TWINS,
    Part,
    lacking,
)
from zhusuan.tf1._contrib.losses import LOSSES, METRICS

__all__ = ["PROVIDED", "install"]

_LAYERS = [layers, normalization, initializers]
_FRAMEWORK = [arg_scope, _variables]


def _public(*modules):
    return {name: getattr(module, name) for module in modules
            for name in module.__all__}


# The names of each part, besides the aliases.
_OWN = {
    "distributions": _public(percentiles),
    "framework": _public(*_FRAMEWORK),
    "layers": _public(*_LAYERS),
    "learn.datasets.mnist": _public(mnist),
    "losses": LOSSES,
    "metrics": METRICS,
    "seq2seq": _public(sequences),
    "slim": {name: value for name, value in _public(*_LAYERS + _FRAMEWORK).items()
             if name not in ("get_name_scope", "smart_cond")},
    "slim.losses": LOSSES,
    "training": _public(hparams),
}
# Folders of 1.15's parts; any other name of a part may be that of a function.
_FOLDERS = {"api", "client", "jit", "nets", "ops", "plugins", "python", "xla"}
#: The names of each part that are provided.
PROVIDED = {part: sorted(set(_OWN.get(part, {})) | set(ALIASES.get(part, {})))
            for part in sorted(set(_OWN) | set(ALIASES))}


class _Provided(Part):
    """A part of which some names are provided."""

    def __init__(self, name, part):
        super().__init__(name)
        vars(self).update(_OWN.get(part, {}))
        self._aliases = ALIASES.get(part, {})

    def __dir__(self):
        return sorted(set(super().__dir__()) | set(self._aliases))

    def _find(self, name):
        if name in self._aliases:
            return find_in_version_1_api(self._aliases[name])
        return super()._find(name)


class _Distributions(_Provided):
    """`tf.contrib.distributions`: TensorFlow Probability if it is installed."""

    def _find(self, name):
        if importlib.util.find_spec("tensorflow_probability") is None:
            if name in self._aliases:
                return super()._find(name)
            raise ImportError(
                "`{}.{}` is provided on TensorFlow 2 by TensorFlow Probability, which "
                "is not installed. Install it by: pip install tensorflow_probability; "
                "or use zhusuan.distributions.".format(self.__name__, name),
                name="tensorflow_probability")
        probability = importlib.import_module("tensorflow_probability")
        if name == "bijectors":
            return probability.bijectors
        if not hasattr(probability.distributions, name):
            return super()._find(name)
        return getattr(probability.distributions, name)


def _make(name):
    """The module `name`.

    `A.python.PART` has the names of `PART`; others below `A.python` have those of `A`.
    """
    part, _, below = name[len(CONTRIB) + 1:].partition(".python")
    part = below[1:] if below[1:] in PROVIDED else part
    if part == "distributions":
        return _Distributions(name, part)
    return _Provided(name, part) if part in PROVIDED else Part(name)


def _holds_names(part):
    """Whether some names are provided in a part, or below it."""
    return any((provided + ".").startswith(part + ".") for provided in PROVIDED)


def _may_be_module(path):
    """Whether 1.15 may have such a module below a part: those are in lower case."""
    return not path or path.split(".")[0] in _FOLDERS and path.islower()


class _Finder:
    """The finder of the modules of tf.contrib, and their loader."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if not name.startswith(CONTRIB + "."):
            return None
        part = name[len(CONTRIB) + 1:]
        root, _, rest = part.partition(".")
        if _holds_names(part) or root in TWINS and _may_be_module(rest):
            return ModuleSpec(name, _Finder, is_package=True)
        # Without `name=`, since `from PART import NAME` drops an error with its name.
        raise ModuleNotFoundError(lacking(name))

    @staticmethod
    def create_module(spec):
        return _make(spec.name)

    @staticmethod
    def exec_module(module):
        pass


def install():
    """Make the parts importable, and give `tf.contrib`."""
    contrib = Part(CONTRIB)
    sys.modules[CONTRIB] = contrib
    sys.meta_path.append(_Finder)
    return contrib
