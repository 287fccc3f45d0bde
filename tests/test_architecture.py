"""Which module may import which, and other rules of the architecture.

These tests read the source; only the check of `__all__` imports modules.
"""
import ast
import fnmatch
import importlib
import inspect
import re
import subprocess
from pathlib import Path

import pytest
import seam_rule
from keras_3 import is_importable
from package_layers import LAYERS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "zhusuan"

# Which of these is right depends on the mode, so `_tf.gradients` chooses.
TAKES_GRADIENTS = {"GradientTape", "gradients", "hessians"}


def module_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {module_name(p): p for p in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8"))
         for name, path in MODULES.items()}
every_module = pytest.mark.parametrize("name", MODULES)


def layer(name):
    """The number of the line of LAYERS that fits; a full name comes before a `*`."""
    for fits in str.__eq__, fnmatch.fnmatchcase:
        for number, patterns in enumerate(LAYERS):
            if any(fits(name, pattern) for pattern in patterns):
                return number
    raise AssertionError("{} stands in no line of tests/package_layers.py".format(name))


def runtime_nodes(tree):
    """All nodes, except those under `TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from runtime_nodes(child)


def imports(name):
    """Absolute names of what module `name` imports: modules, or names in them."""
    is_package = MODULES[name].name == "__init__.py"
    package = ["zhusuan"] + ([] if name == "__init__" else name.split("."))
    if not is_package:
        package = package[:-1]
    for node in runtime_nodes(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1] if node.level else []
            base = ".".join(base + ([node.module] if node.module else []))
            yield from (base + "." + alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(
                node.func, "attr", getattr(node.func, "id", None)) in (
                    "import_module", "__import__"):
            yield from _named_module(node.args[0], "zhusuan." + name)


def _named_module(node, own_name):
    """The module that `import_module` gets as a text, or as `__name__ + text`."""
    text = seam_rule.string_value(node)
    if isinstance(node, ast.BinOp) and getattr(node.left, "id", None) == "__name__":
        yield own_name + text
    elif text:
        yield text


def own_imports(name):
    """The modules of this package that module `name` imports from."""
    for full in imports(name):
        if full.split(".")[0] == "zhusuan":
            inner = full.split(".")[1:]
            if ".".join(inner) not in MODULES:  # it is a name within a module
                inner = inner[:-1]
            yield ".".join(inner) or "__init__"


@every_module
def test_imports_only_from_above(name):
    """Also in functions, and by `import_module`."""
    wrong = {other for other in own_imports(name) if layer(other) >= layer(name)}
    assert not wrong, "{} imports from {}, which do not stand above it".format(
        name, sorted(wrong))


def test_imports_have_no_cycle():
    """Whatever LAYERS says; a package counts as what its `__init__` imports."""
    done, path = set(), []

    def visit(name):
        assert name not in path, "a cycle: {}".format(path + [name])
        if name not in done:
            path.append(name)
            for other in own_imports(name):
                visit(other)
            done.add(path.pop())

    for name in MODULES:
        visit(name)


def test_folder_listing_is_short():
    """At most 14 entries that a newcomer sees, besides one-line modules of 0.4.

    Python defines the names `__init__` and `__main__`, so they need no explanation.
    """
    entries = {name.split(".")[0] for name in MODULES} - {"__init__", "__main__"}
    entries -= {name for name in OLD_PATHS if len(TREES[name].body) <= 4}
    assert len(entries) <= 14, sorted(entries)
    assert {e for e in entries if e.startswith("_")} == {"_model", "_tf"}


@every_module
def test_only_the_seam_depends_on_the_running_tensorflow(name):
    """Versions, modes, sessions, `compat.v1`, private modules and XLA."""
    if name.split(".")[0] != "_tf":
        assert not seam_rule.faults(TREES[name])


@every_module
def test_only_the_seam_takes_gradients(name):
    """A tape in a graph, or tf.gradients eagerly, fails or is wrong."""
    if name == "_tf.gradients":
        return
    wrong = {node.attr for node in runtime_nodes(TREES[name])
             if isinstance(node, ast.Attribute)
             and isinstance(node.value, ast.Name) and node.value.id == "tf"
             and node.attr in TAKES_GRADIENTS}
    wrong |= {full for full in imports(name)
              if full.split(".")[-1] in TAKES_GRADIENTS}
    assert not wrong, "{} uses {}; that belongs into _tf.gradients".format(
        name, sorted(wrong))


def assigned_names(node):
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return [t.id for t in targets if isinstance(t, ast.Name)]


def defined_names(tree):
    return {n for node in tree.body for n in assigned_names(node)}


def imported_names(tree):
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                names |= (set(importlib.import_module(node.module).__all__)
                          if alias.name == "*" else
                          {(alias.asname or alias.name).split(".")[0]})
    return names


def declared_all(tree):
    """The names in `__all__`, which is a list, or a sum of that of others and one."""
    for node in tree.body:
        if "__all__" in assigned_names(node):
            lists = [n for n in ast.walk(node.value) if isinstance(n, ast.List)]
            return [name for part in lists for name in ast.literal_eval(part)]
    return None


def is_facade(tree):
    """Whether a file does nothing but hand on names."""
    return not any(isinstance(n, (ast.FunctionDef, ast.ClassDef)) for n in tree.body)


# The paths of 0.4 to modules that stand elsewhere now, whose names they hand on.
OLD_PATHS = {"diagnostics", "hmc", "sgmcmc"}

PUBLIC = [name for name in MODULES
          if name not in ("tf1", "tf1.__main__")  # whose names are TensorFlow's
          and name not in OLD_PATHS and is_importable("zhusuan." + name)
          and (name == "__init__" or not re.search(r"(^|\.)_", name))]


@pytest.mark.parametrize("name", PUBLIC)
def test_all_is_sorted_and_complete(name):
    tree = TREES[name]
    assert declared_all(tree) is not None, "{} has no __all__".format(name)
    assert declared_all(tree) == sorted(declared_all(tree))
    names = importlib.import_module(
        "zhusuan" if name == "__init__" else "zhusuan." + name).__all__
    defined, imported = defined_names(tree), imported_names(tree)
    offered = defined | imported if is_facade(tree) else defined
    public = {n for n in offered if not n.startswith("_")} - {"tf", "np"}
    assert public <= set(names), "not in __all__"
    assert set(names) <= defined | imported, "in __all__, but nowhere else"


@pytest.mark.parametrize("folder", [
    "zhusuan", "examples", "tests", "benchmarks", "tools"])
def test_no_file_is_long(folder):
    limit = 350 if folder == "zhusuan" else 400
    long = {str(path.relative_to(ROOT)): lines
            for path in (ROOT / folder).rglob("*.py")
            for lines in [len(path.read_text(encoding="utf-8").splitlines())]
            if lines > limit}
    assert not long


PRIVATE_PATH = re.compile(r"zhusuan(\.\w+)*\._[a-z]\w*")


@every_module
def test_texts_show_no_private_path(name):
    """Neither docstrings nor messages; a text without a space is no prose."""
    shown = {match.group() for node in ast.walk(TREES[name])
             for text in [seam_rule.string_value(node)] if " " in text
             for match in PRIVATE_PATH.finditer(text)}
    assert not shown


def test_pages_show_no_private_path():
    pages = [page for folder in ("docs", "examples") for page in
             (ROOT / folder).rglob("*.*") if page.suffix in (".md", ".py", ".ipynb")]
    shown = {"{}: {}".format(page.relative_to(ROOT), match.group())
             for page in pages + [ROOT / "README.md", ROOT / "CHANGELOG.md"]
             if page != ROOT / "docs" / "architecture.md"
             for match in PRIVATE_PATH.finditer(page.read_text(encoding="utf-8"))}
    assert not shown


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_have_public_homes(name):
    module = importlib.import_module(
        "zhusuan" if name == "__init__" else "zhusuan." + name)
    homes = {public: getattr(module, public).__module__ for public in module.__all__
             if inspect.isclass(getattr(module, public))
             or inspect.isroutine(getattr(module, public))}
    assert not {public: home for public, home in homes.items()
                if home.startswith("zhusuan") and PRIVATE_PATH.search(home)}


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=str(ROOT),
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_no_trace_of_one_machine():
    """Neither its folders nor the address of a package registry."""
    trace = re.compile("|".join([
        r"(?<![\w.])/(work|tmp/\w+|root|opt|home)/\w", r"pypi[.]org",
        r"pythonhosted[.]org", r"npmjs[.]org", r"index[-_]url"]).encode())
    found = []
    for path in tracked_files():
        if path.is_file() and path != Path(__file__).resolve():
            found += ["{}: {}".format(path.relative_to(ROOT), match.group().decode())
                      for match in trace.finditer(path.read_bytes())]
    assert not found
