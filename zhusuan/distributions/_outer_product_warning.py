"""Detection of values and parameters that broadcast to an outer product."""
from zhusuan.utils._warnings import warn_user

__all__ = ["WHOLE_SHAPE", "warn_of_outer_product"]

WHOLE_SHAPE = "the batch shape + value shape of the distribution"


def warn_of_outer_product(subject, shape, other, other_shape, always=False):
    """Warn if shapes [N, 1] and [N] of values or parameters broadcast to [N, N].

    The usual cause is a missing `tf.squeeze`. Values [M, 1] of distributions [N] do not
    warn by default, because chains of shape [n_chains, 1] with data [N] are common.

    :param subject: A string, the name of the value in the message.
    :param shape: The static shape of the value.
    :param other: A string, the description of the other shape.
    :param other_shape: The other static shape.
    :param always: A bool. Whether a value [M, 1] with [N] warns too.
    """
    if shape.rank is None or other_shape.rank is None:
        return
    value, own = shape.as_list(), other_shape.as_list()
    if len(value) > len(own):
        is_outer = _is_outer(value, own, always)
    else:
        is_outer = len(own) > len(value) and _is_outer(own, value)
    if is_outer:
        warn_user(
            "%s has shape %s and %s is %s, so that every element of one meets every "
            "element of the other. If that is not intended, apply tf.squeeze(x, "
            "axis=-1) to the one with the axis of length 1." % (
                subject, shape, other, other_shape))


def _is_outer(longer, shorter, of_any_lengths=False):
    """Whether `longer` has axes [n, 1] and the first axis of `shorter` is n > 1."""
    for i, n in enumerate(shorter, start=len(longer) - len(shorter)):
        before, length = longer[i - 1], longer[i]
        if length == 1 and n != 1 and n != 0:
            if before == n and i == len(longer) - len(shorter):
                return True
            if of_any_lengths and n is not None:
                return True
    return False
