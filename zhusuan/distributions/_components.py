"""Distributions that are parts of other distributions."""
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.tfp import adapt_distribution

__all__ = ["check_component"]


def check_component(whole, name, part, may_group=False):
    """`part`, a distribution that has nothing that belongs to the whole.

    :param may_group: A bool. Whether `group_ndims` may be any int.
    """
    part = adapt_distribution(part)
    if not isinstance(part, Distribution):
        raise TypeError("%s: `%s` must be a zhusuan.distributions.Distribution, but "
                        "it is %r." % (type(whole).__name__, name, part))
    if may_group and isinstance(part.group_ndims, int):
        return part
    if not (isinstance(part.group_ndims, int) and part.group_ndims == 0):
        raise ValueError("%s: `%s` must have group_ndims=0, but it has %s. Give "
                         "group_ndims to the whole instead." % (
                             type(whole).__name__, name, part.group_ndims))
    return part
