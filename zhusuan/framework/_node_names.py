"""Checks of the names of nodes."""
from typing import Any, Container

__all__ = ["check_is_new", "check_is_string"]


def check_is_string(name: Any) -> None:
    """Raise TypeError unless the name of a node is a string."""
    if not isinstance(name, str):
        raise TypeError("The name of a node must be a string, but it is %r of type %s."
                        % (name, type(name).__name__))


def check_is_new(name: Any, existing: Container[str]) -> None:
    """Raise unless `name` is a string that is not in `existing`."""
    check_is_string(name)
    if name in existing:
        raise ValueError("This BayesianNet already has a node named %r. Names should "
                         "be unique: pass another name." % name)
