"""The committed type stubs are those that the tool writes, and have real types."""
import ast
import runpy
from pathlib import Path

TOOL = Path(__file__).resolve().parent.parent / "tools" / "make_stubs.py"


def test_the_stub_is_up_to_date():
    tool = runpy.run_path(str(TOOL))
    assert tool["STUB"].read_bytes() == tool["stub"]().encode(), (
        "run python tools/make_stubs.py")


def test_each_parameter_of_a_node_method_has_a_type():
    text = runpy.run_path(str(TOOL))["STUB"].read_text(encoding="utf-8")
    methods = [node for node in ast.walk(ast.parse(text))
               if isinstance(node, ast.FunctionDef)]
    assert len(methods) > 30
    for method in methods:
        types = {a.arg: a.annotation for a in method.args.args[1:]}
        assert None not in types.values() and types["name"].id == "str", method.name
        assert "Any" not in {getattr(t, "id", None) for t in types.values()}
