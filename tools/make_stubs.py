"""Write the type stub of the node methods, which editors and type checkers read.

Usage: python tools/make_stubs.py
"""
import inspect
from pathlib import Path

from zhusuan.framework import node_methods

STUB = Path(node_methods.__file__).with_suffix(".pyi")
HEADER = '''"""``bn.normal(...)`` and its like; written by tools/make_stubs.py."""
from typing import Any

from zhusuan.framework.stochastic_tensor import StochasticTensor

class NodeMethods:
'''
TYPES = {"name": "str", "check_numerics": "bool", "is_reparameterized": "bool",
         "normalize_logits": "bool", "_sentinel": "None"}


def parameter(p):
    if p.name == "self":
        return "self"
    kind = "**" if p.kind is p.VAR_KEYWORD else ""
    default = "" if p.default is p.empty else " = ..."
    return "%s%s: %s%s" % (kind, p.name, TYPES.get(p.name, "Any"), default)


def method(name, function):
    lines = ["        %s,\n" % parameter(p)
             for p in inspect.signature(function).parameters.values()]
    return "    def %s(\n%s    ) -> StochasticTensor: ...\n" % (name, "".join(lines))


def stub():
    """The text of the stub."""
    methods = vars(node_methods.NodeMethods)
    return HEADER + "".join(method(name, methods[name]) for name in sorted(methods)
                            if hasattr(methods[name], "__signature__"))


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
