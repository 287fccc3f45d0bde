"""Write the type stub of the node methods, which editors and type checkers read.

Usage: python tools/make_stubs.py
"""
import inspect
import textwrap
from pathlib import Path

from zhusuan.framework import node_methods

STUB = Path(node_methods.__file__).with_suffix(".pyi")
HEADER = '''"""Types of the node methods; written by tools/make_stubs.py."""
from typing import Any

from tensorflow import Tensor

from zhusuan.distributions.base import Distribution
from zhusuan.distributions.bijectors import Bijector
from zhusuan.framework.stochastic_tensor import StochasticTensor
from zhusuan.utils._types import DTypeLike, TensorLike

__all__ = ["NodeMethods"]

class NodeMethods:
'''
# The types of parameters by name; all others are TensorLike.
TYPES = {"_sentinel": "None", "base": "Distribution", "bijector": "Bijector",
         "check_numerics": "bool", "components": "Distribution",
         "dist": "Distribution", "dtype": "DTypeLike", "group_ndims": "int | Tensor",
         "is_reparameterized": "bool", "kwargs": "Any",
         "n_samples": "int | Tensor", "name": "str",
         "normalize_logits": "bool"}


def parameter(p):
    """The text of a parameter, such as ``"std: TensorLike | None = ..."``."""
    if p.name == "self":
        return "self"
    kind = TYPES.get(p.name, "TensorLike")
    if p.kind is p.VAR_KEYWORD:
        return "**%s: %s" % (p.name, kind)
    if p.default is None and kind != "None":
        kind += " | None"
    return "%s: %s%s" % (p.name, kind, "" if p.default is p.empty else " = ...")


def method(name, function):
    """The text of a method; of an assignment for an alias."""
    if function.__name__ != name:
        return "    %s = %s\n" % (name, function.__name__)
    listed = list(inspect.signature(function).parameters.values())
    texts = [parameter(p) for p in listed]
    keyword_only = [i for i, p in enumerate(listed) if p.kind is p.KEYWORD_ONLY]
    if keyword_only:
        texts.insert(keyword_only[0], "*")
    # Do not wrap inside a parameter.
    parameters = ", ".join(text.replace(" ", "\0") for text in texts)
    lines = textwrap.fill(parameters, 87, initial_indent=8 * " ",
                          subsequent_indent=8 * " ").replace("\0", " ")
    return "    def %s(\n%s,\n    ) -> StochasticTensor: ...\n" % (name, lines)


def stub():
    """The text of the stub."""
    methods = {name: function for name, function
               in vars(node_methods.NodeMethods).items()
               if hasattr(function, "__signature__")}
    aliases_last = sorted(methods, key=lambda name: (
        methods[name].__name__ != name, name))
    return HEADER + "".join(method(name, methods[name]) for name in aliases_last)


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
