"""Write the type stub of the node methods, which editors and type checkers read.

Usage: python tools/make_stubs.py
"""
import inspect
import json
from pathlib import Path

from zhusuan.framework import _node_methods

STUB = Path(_node_methods.__file__).with_suffix(".pyi")
HEADER = '''"""``bn.normal(...)`` and its like; written by tools/make_stubs.py."""
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tensorflow import Tensor

from zhusuan.distributions import Distribution
from zhusuan.distributions.bijectors import Bijector
from zhusuan.framework._stochastic_tensor import StochasticTensor
from zhusuan.utils import DTypeLike, TensorLike

__all__ = %s

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
''' % json.dumps(_node_methods.__all__)
# Every other parameter is a Tensor or converts to one.
TYPES = {"name": "str", "n_samples": "int | Tensor", "group_ndims": "int | Tensor",
         "base": "Distribution", "components": "Distribution", "bijector": "Bijector",
         "dtype": "DTypeLike", "check_numerics": "bool", "is_reparameterized": "bool",
         "normalize_logits": "bool", "_sentinel": "None", "kwargs": "Any"}


def parameter(p):
    """A parameter of `inspect`, as written in a stub."""
    if p.name == "self":
        return "self"
    hint = TYPES.get(p.name, "TensorLike")
    if p.default is None and hint != "None":
        hint += " | None"
    stars = "**" if p.kind is p.VAR_KEYWORD else ""
    default = "" if p.default is p.empty else " = ..."
    return "%s%s: %s%s" % (stars, p.name, hint, default)


def method(name, function):
    """The lines of a node method."""
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
