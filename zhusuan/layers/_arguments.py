"""Checks of the arguments of layers."""
import math
import numbers
from typing import Any, Callable, Optional, Union

from zhusuan.distributions import Distribution

__all__ = ["Function", "OptionalFunction", "check_function", "checked_prior",
           "checked_std", "choose"]

Function = Union[str, Callable[..., Any], None]
OptionalFunction = Optional[Callable[..., Any]]


def checked_std(initial_std, layer):
    """A float > 0; raise ValueError for anything else."""
    if not isinstance(initial_std, numbers.Real) or not 0. < initial_std < math.inf:
        raise ValueError("%s: initial_std must be a number > 0, but it is %r." % (
            layer, initial_std))
    return float(initial_std)


def checked_prior(prior, function, name, function_name, layer):
    """A distribution or None; raise if it is neither, or `function` is given too."""
    if prior is None:
        return None
    if function != "default":
        raise ValueError("%s: give either %s or %s, not both." % (
            layer, name, function_name))
    if not isinstance(prior, Distribution):
        raise TypeError(
            "%s: %s must be a distribution such as zs.distributions.Normal(0., "
            "std=1.), but it is %r. Pass functions as %s." % (
                layer, name, prior, function_name))
    return prior


def check_function(function, name, layer):
    """Raise TypeError unless this is a function, "default" or, of some, None."""
    is_optional = not name.endswith(("kernel_posterior_fn", "embeddings_posterior_fn"))
    if function is None and is_optional:
        return
    if function != "default" and not callable(function):
        raise TypeError("%s: %s must be a function, but it is %r." % (
            layer, name, function))


def choose(given, default):
    """The function that was given, or the default one."""
    return default if isinstance(given, str) else given
