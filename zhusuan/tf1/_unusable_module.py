"""A stand-in for a module whose package is not installed."""
from types import ModuleType

__all__ = ["UnusableModule"]


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
