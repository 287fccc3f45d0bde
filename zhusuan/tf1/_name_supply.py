"""Supply names that modules lack, at their first use.

The class of a module gets descriptors, which act only if the module has no such name.
Nothing is imported before its use, and existing names stay.
"""
import functools
import importlib
import operator
import sys
import warnings
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["NameSupply", "find_object"]


def find_object(path):
    """The module with the path "a.b", or the object "c.d" in it by "a.b:c.d"."""
    module, _, name = path.partition(":")
    found = importlib.import_module(module)
    return operator.attrgetter(name)(found) if name else found


class NameSupply:
    """A finder that adds names to modules, and creates modules that are missing.

    :param rows: Triples (module, name, replacement). A name "Class.attribute" belongs
        to a class of the module; the name "*" means all names of another module. The
        replacement is a path for :func:`find_object`.
    :param missing: Names of modules to create unless they exist.
    :param changed: Triples (module, name, path of a function). The function takes the
        object with that name and a function to call at each use; it returns the new
        object, or None to keep the old one.
    :param on_use: A function that is called with the full name of each used name.
    """

    def __init__(self, rows, missing=(), changed=(), on_use=lambda name: None):
        self._rows, self._changed = {}, {}
        for module, name, replacement in rows:
            self._rows.setdefault(module, {})[name] = replacement
        for module, name, wrapper in changed:
            self._changed.setdefault(module, {})[name] = wrapper
        self._missing = set(missing)
        self._on_use = on_use

    def install(self):
        """Extend the imported modules, and others when they are imported."""
        for name in sorted(set(self._rows) | set(self._changed)):
            if sys.modules.get(name) is not None:  # None blocks an import
                self.extend(name, sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        """The specification of a module of the table, found by the other finders."""
        if not any(name in names for names in (
                self._rows, self._changed, self._missing)):
            return None
        spec = self._found_by_others(name, path, target)
        if spec is None and name in self._missing:
            return ModuleSpec(name, _NewModuleLoader(self), is_package=True)
        if spec is not None and spec.loader is not None:
            spec.loader = _ExtendingLoader(spec.loader, self)
        return spec

    def _found_by_others(self, name, path, target):
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if finder is not self and find else None
            if spec is not None:
                return spec
        return None

    def extend(self, full, module):
        """Add the names of the table to the module with the name `full`."""
        rows = self._rows.get(full, {})
        supplied = {}
        for name, path in rows.items():
            owner, _, attribute = name.rpartition(".")
            used = functools.partial(self._on_use, full + "." + name)
            if not owner and name != "*" and _lacks(module, name):
                supplied[name] = _SuppliedName(path, used)
            elif hasattr(module, owner) and not hasattr(
                    getattr(module, owner), attribute):
                setattr(getattr(module, owner), attribute, _SuppliedName(path, used))
        if "*" in rows:
            supplied["__getattr__"] = self._getattr(full, rows["*"])
        if supplied:
            kind = type(module)
            module.__class__ = type(kind.__name__, (kind,), dict(
                supplied, __reduce__=_reduce_module))
        for name, wrapper in self._changed.get(full, {}).items():
            self._change(full, module, name, wrapper)

    def names(self, full):
        """The names that a star import of a created module gives."""
        rows = self._rows.get(full, {})
        if "*" in rows:
            return [n for n in dir(find_object(rows["*"])) if not n.startswith("_")]
        return sorted(rows)

    def _getattr(self, full, source):
        def __getattr__(module, name):
            if not name.startswith("__"):
                try:
                    value = getattr(find_object(source), name)
                except AttributeError:
                    pass
                else:
                    self._on_use(full + "." + name)
                    return value
            raise AttributeError("module {!r} has no attribute {!r}".format(full, name))

        return __getattr__

    def _change(self, full, module, name, wrapper):
        owner, _, attribute = name.rpartition(".")
        owner = operator.attrgetter(owner)(module) if owner else module
        changed = find_object(wrapper)(
            getattr(owner, attribute),
            functools.partial(self._on_use, full + "." + name))
        if changed is not None:
            setattr(owner, attribute, changed)


def _lacks(module, name):
    """Whether a module lacks a name; a lazy module may warn, or fail to load it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(module, name)
        except (AttributeError, ImportError):
            return True
    return False


def _reduce_module(module, protocol=None):
    """Let packages that pickle modules by their class pickle this one, too."""
    return importlib.import_module, (module.__name__,)


class _SuppliedName:
    """A descriptor of a supplied name; attributes of a module come before it."""

    def __init__(self, path, on_use):
        self._path, self._on_use = path, on_use

    def __get__(self, instance, owner):
        value = find_object(self._path)
        self._on_use()
        if isinstance(instance, ModuleType):
            return value
        bind = getattr(type(value), "__get__", None)
        return value if bind is None else bind(value, instance, owner)


class _ExtendingLoader:
    """A loader that extends the module after it has been executed."""

    def __init__(self, loader, supply):
        self._loader, self._supply = loader, supply

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        create = getattr(self._loader, "create_module", None)
        return create(spec) if create else None

    def exec_module(self, module):
        name = module.__spec__.name
        # Readers of package data need the original loader.
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._supply.extend(name, module)


class _NewModuleLoader:
    """A loader of created modules, which have only the names of the table."""

    def __init__(self, supply):
        self._supply = supply

    def create_module(self, spec):
        return ModuleType(spec.name, "Provided by ZhuSuan.")

    def exec_module(self, module):
        self._supply.extend(module.__name__, module)
        module.__all__ = self._supply.names(module.__name__)
