"""The search for code outside of `zhusuan/_tf` that depends on the running TensorFlow.

It reads the syntax tree of a module. A name counts on any object, so that it is found
through aliases; it counts too where it is imported, or passed to `getattr` and its
like. `tf` is `tensorflow.compat.v2`, and may neither be renamed nor passed on.
"""
import ast

THE_IMPORT = ("tensorflow.compat.v2", "tf")

# Forbidden as attributes, imported names, and strings in `getattr` and its like.
FORBIDDEN = {
    # versions
    "IS_TF1", "VERSION", "VERSION_1_API", "V1_API", "__git_version__", "__version__",
    "compat", "tf2",
    # modes
    "EagerTensor", "FuncGraph", "_get_control_flow_context", "building_function",
    "control_flow_v2_enabled", "disable_control_flow_v2", "disable_eager_execution",
    "disable_v2_behavior", "enable_control_flow_v2", "enable_eager_execution",
    "enable_v2_behavior", "executing_eagerly", "executing_eagerly_outside_functions",
    "functions_run_eagerly", "get_default_graph", "inside_function",
    "is_symbolic_tensor", "outer_graph", "run_functions_eagerly",
    # sessions
    "InteractiveSession", "MonitoredSession", "Session", "get_default_session",
    "global_variables", "global_variables_initializer", "placeholder",
    "placeholder_with_default",
    # XLA
    "get_jit", "is_compiled_by_xla", "jit_scope", "set_jit", "xla",
}
FORBIDDEN_ON_TF = {"__dict__", "python", "sysconfig", "version"}
# As bare names, such as those of a star import; the others are common words.
FORBIDDEN_NAMES = {"IS_TF1", "VERSION_1_API", "V1_API", "executing_eagerly"}
COMPILES = {"jit_compile", "experimental_compile"}

TAKES_NAME = {"getattr", "hasattr", "setattr", "delattr", "attrgetter", "methodcaller",
              "find_in_version_1_api"}
TAKES_MODULE = {"import_module", "__import__", "find_spec", "version", "distribution",
                "get_distribution"}


def faults(source):
    """The faults of a module, as strings "line: fault"."""
    tree = ast.parse(source) if isinstance(source, str) else source
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node
    return ["{}: {}".format(node.lineno, fault) for node in ast.walk(tree)
            for check in CHECKS.get(type(node), []) for fault in check(node)]


def _imported(node):
    for alias in node.names:
        is_tensorflow = alias.name.split(".")[0] == "tensorflow"
        if is_tensorflow and (alias.name, alias.asname) != THE_IMPORT or (
                not is_tensorflow and alias.asname == "tf"):
            yield "import {} as {}".format(alias.name, alias.asname)


def _imported_from(node):
    module = node.module or ""
    for alias in node.names:
        names = module.split(".") + [alias.name]
        if (names[0] == "tensorflow" or alias.name in FORBIDDEN
                or alias.asname == "tf" or names[:2] == ["zhusuan", "_tf"]
                and "versions" in names):
            yield "from {} import {}".format(module, alias.name)


def _attribute(node):
    if node.attr in FORBIDDEN or (
            _is_tf(node.value) and node.attr in FORBIDDEN_ON_TF):
        yield "." + node.attr
    if node.attr == "function" and _is_tf(node.value) and not (
            isinstance(node.parent, ast.Call) and node.parent.func is node
            or node in getattr(node.parent, "decorator_list", [])):
        yield "tf.function is renamed or passed on"


def _name(node):
    if node.id in FORBIDDEN_NAMES:
        yield node.id
    if _is_tf(node) and not (isinstance(node.parent, ast.Attribute)):
        yield "tf is renamed, passed on or replaced"


def _call(node):
    name = getattr(node.func, "attr", getattr(node.func, "id", None))
    texts = [string_value(x) for x in node.args]
    if name in TAKES_NAME:
        if node.args and _root(node.args[0]) == "tf":
            yield "{} on a part of tf".format(name)
        yield from _forbidden_paths(texts)
    if name in TAKES_MODULE or name in ("get", "pop") and _is_table(node.func.value):
        yield from _forbidden_paths(texts)
        yield from (text for text in texts if text.split(".")[0] == "tensorflow")
    keywords = {keyword.arg for keyword in node.keywords}
    hidden = {None} if _root(node.func) == "tf" else set()  # by **options
    if name == "function" and keywords & (COMPILES | hidden):
        yield "tf.function with a keyword for XLA, or with unknown ones"
    if "experimental_compile" in keywords:
        yield "experimental_compile"


def _subscript(node):
    text = string_value(node.slice)
    if _is_table(node.value):
        yield from _forbidden_paths([text])
        if text.split(".")[0] == "tensorflow":
            yield text


CHECKS = {ast.Import: [_imported], ast.ImportFrom: [_imported_from],
          ast.Attribute: [_attribute], ast.Name: [_name], ast.Call: [_call],
          ast.Subscript: [_subscript]}


def _forbidden_paths(texts):
    return (text for text in texts if set(text.split(".")) & FORBIDDEN)


def _is_tf(node):
    return isinstance(node, ast.Name) and node.id == "tf"


def _root(node):
    while isinstance(node, ast.Attribute):
        node = node.value
    return getattr(node, "id", None)


def _is_table(node):
    """Whether it is `sys.modules`, `vars(x)` or `x.__dict__`."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", None) in ("vars", "globals")
    return getattr(node, "attr", None) in ("modules", "__dict__")


def string_value(node):
    """The string that a constant, or a sum of constants, stands for; else ""."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return string_value(node.left) + string_value(node.right)
    try:
        value = ast.literal_eval(getattr(node, "value", node) if type(
            node).__name__ == "Index" else node)
    except (ValueError, TypeError):
        return ""
    return value if isinstance(value, str) else ""
