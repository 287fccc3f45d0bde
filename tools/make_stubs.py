"""Write the type stub of the node methods, which editors and type checkers read.

Usage: python tools/make_stubs.py
"""
import inspect
from pathlib import Path

from zhusuan.framework import _node_methods

STUB = Path(_node_methods.__file__).with_suffix(".pyi")
HEADER = '''"""``bn.normal(...)`` and its like; written by tools/make_stubs.py."""
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhusuan.framework._stochastic_tensor import StochasticTensor

def node_signature(
    distribution: type, sampled: bool = ..., grouped_first: bool = ...,
) -> inspect.Signature: ...
def node_method(
    distribution: type, **options: bool,
) -> Callable[..., StochasticTensor]: ...
def split_arguments(
    distribution: type, signature: inspect.Signature, args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> tuple[str, dict[str, Any], dict[str, Any]]: ...

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
    methods = vars(_node_methods.NodeMethods)
    return HEADER + "".join(method(name, methods[name]) for name in sorted(methods)
                            if hasattr(methods[name], "__signature__"))


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
