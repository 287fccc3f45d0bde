"""The parts of TensorFlow 1.15's `tf.contrib` that are provided on TensorFlow 2.

:func:`install` makes them importable. Every part of `tf.contrib` can be imported; the
first use of a name that is not provided raises an error with its replacement in
TensorFlow 2.
"""
import importlib
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
    GENERAL_REPLACEMENT,
    REPLACEMENTS,
    ContribModule,
    missing_message,
)
from zhusuan.tf1._contrib.losses import LOSSES, METRICS

__all__ = ["PROVIDED", "install"]

_LAYERS = [layers, normalization, initializers]
_FRAMEWORK = [arg_scope, _variables]


def _public(*modules):
    return {name: getattr(module, name) for module in modules
            for name in module.__all__}


# The names of each part that are implemented here; aliases come on top.
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
# Names of folders in parts of 1.15; any other name in a part may be a function.
_FOLDERS = {"api", "client", "jit", "nets", "ops", "plugins", "python", "xla"}
#: The names of each part that are provided.
PROVIDED = {part: sorted(set(_OWN.get(part, {})) | set(ALIASES.get(part, {})))
            for part in sorted(set(_OWN) | set(ALIASES))}


class _ProvidedModule(ContribModule):
    """A module of tf.contrib with some provided names."""

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


def _reason_of(error):
    """The first line of an error, without a remedy in a final sentence."""
    first_line = str(error).strip().partition("\n")[0]
    sentences = first_line.rstrip(".").split(". ")
    return ". ".join(sentences[:-1] or sentences)


class _Distributions(_ProvidedModule):
    """`tf.contrib.distributions`: TensorFlow Probability if it can be imported."""

    def _find(self, name):
        try:
            probability = importlib.import_module("tensorflow_probability")
        except ImportError as error:  # also if it requires a later TensorFlow
            if name in self._aliases:
                return super()._find(name)
            raise ImportError(
                "`{}.{}` is provided on TensorFlow 2 by TensorFlow Probability, which "
                "cannot be imported ({}). Install a release that supports this "
                "TensorFlow (pip install tensorflow_probability), or use "
                "zhusuan.distributions.".format(
                    self.__name__, name, _reason_of(error)),
                name="tensorflow_probability") from None
        if name == "bijectors":
            return probability.bijectors
        if not hasattr(probability.distributions, name):
            return super()._find(name)
        return getattr(probability.distributions, name)


def _create_module(name):
    """Create the module `name`.

    `A.python.PART` has the names of `PART`; others below `A.python` have those of `A`.
    """
    part, _, below = name[len(CONTRIB) + 1:].partition(".python")
    part = below[1:] if below[1:] in PROVIDED else part
    if part == "distributions":
        return _Distributions(name, part)
    return _ProvidedModule(name, part) if part in PROVIDED else ContribModule(name)


def _has_provided_names(part):
    """Whether some names of a part or of its submodules are provided."""
    return any((provided + ".").startswith(part + ".") for provided in PROVIDED)


def _may_be_module(path):
    """Whether 1.15 may have such a submodule of a part; these have lower case names."""
    return not path or path.split(".")[0] in _FOLDERS and path.islower()


class _Finder:
    """The finder of the modules of tf.contrib, and their loader."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if not name.startswith(CONTRIB + "."):
            return None
        part = name[len(CONTRIB) + 1:]
        root, _, rest = part.partition(".")
        if _has_provided_names(part) or root in REPLACEMENTS and _may_be_module(rest):
            return ModuleSpec(name, _Finder, is_package=True)
        # Without `name=`: `from PART import NAME` discards an error that has it.
        raise ModuleNotFoundError(missing_message(name))

    @staticmethod
    def create_module(spec):
        return _create_module(spec.name)

    @staticmethod
    def exec_module(module):
        pass


def install():
    """Make the parts importable, and return `tf.contrib`."""
    contrib = ContribModule(CONTRIB)
    sys.modules[CONTRIB] = contrib
    sys.meta_path.append(_Finder)
    return contrib
