"""Other names for imported modules."""
import sys
from types import ModuleType

__all__ = ["UnusableModule", "stand_in"]


def stand_in(name, module):
    """Make `import name`, and of its submodules, give `module` and its own.

    Without the entries for submodules `import zhusuan.tf1.nn` would load a
    second copy of that file and put it in the place of the real `tf.nn`.
    """
    sys.modules[name] = module
    for attribute, value in list(vars(module).items()):
        if isinstance(value, ModuleType) and not attribute.startswith("_"):
            sys.modules[name + "." + attribute] = value


class UnusableModule(ModuleType):
    """A module whose use raises an ImportError, since `package` is not installed."""

    def __init__(self, name, package, message):
        super().__init__(name)
        self._package = package
        self._message = message

    def __getattr__(self, name):
        # Python reads __path__ when it imports a submodule.
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        raise ImportError(self._message, name=self._package)
