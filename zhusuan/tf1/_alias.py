"""Other names for imported modules."""
import sys
from types import ModuleType

__all__ = ["stand_in"]


def stand_in(name, module):
    """Make `import name`, and of its submodules, give `module` and its own.

    Without the entries for submodules `import zhusuan.tf1.nn` would load a
    second copy of that file and put it in the place of the real `tf.nn`.
    """
    sys.modules[name] = module
    for attribute, value in list(vars(module).items()):
        if isinstance(value, ModuleType) and not attribute.startswith("_"):
            sys.modules[name + "." + attribute] = value
