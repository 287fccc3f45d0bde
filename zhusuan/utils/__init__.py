"""Small tools that every other part of ZhuSuan may use."""
import difflib
import inspect

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.utils._warnings import helpers_of_0_4

__all__ = [
    "TensorArithmeticMixin",
    "argument_names",
    "as_float",
    "log_mean_exp",
    "merge_dicts",
    "nearest_name_hint",
    "sum_terms",
]

__getattr__ = helpers_of_0_4(__name__)


def log_mean_exp(x, axis=None, keepdims=False):
    """Numerically stable ``log(mean(exp(x)))``.

    :param x: A float Tensor of any shape.
    :param axis: An int or list of ints, the axes to reduce; all by default.
    :param keepdims: A bool. If true, reduced axes stay with length 1.

    :return: A Tensor of the dtype of `x`. It is -inf where all reduced elements
        are -inf and +inf where any of them is +inf.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.log_mean_exp([0., 0., 0.]))
    0.0000
    """
    x = tf.convert_to_tensor(x)
    if x.dtype == tf.float16:  # has no sums above 65504
        return tf.cast(log_mean_exp(tf.cast(x, tf.float32), axis, keepdims), x.dtype)
    log_sum = tf.reduce_logsumexp(x, axis=axis, keepdims=keepdims)
    return log_sum - tf.math.log(tf.cast(_count(x, axis), x.dtype))


def _count(x, axis):
    """How many elements are reduced: a number if known, else a Tensor."""
    if x.shape.is_fully_defined():
        lengths = np.array(x.shape.as_list(), dtype=np.int64)
        return np.prod(lengths if axis is None else lengths[np.array(axis, int)])
    if axis is None:
        return tf.size(x)
    return tf.reduce_prod(tf.gather(tf.shape(x), np.array(axis, int) % tf.rank(x)))


def merge_dicts(*dict_args):
    """One new dict with the items of all `dict_args`; later ones win.

    >>> from zhusuan.utils import merge_dicts
    >>> merge_dicts({"x": 1}, {"x": 2})
    {'x': 2}
    """
    merged = {}
    for items in dict_args:
        merged.update(items)
    return merged


def sum_terms(terms):
    """The sum of Tensors of shapes that broadcast."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def as_float(x, dtype):
    """A 0-D Tensor of `dtype`; a Python float is not rounded to float32 before."""
    return tf.cast(x, dtype) if tf.is_tensor(x) else tf.constant(x, dtype)


def argument_names(function):
    """The names of the arguments that a function or class takes, in order."""
    return [p.name for p in inspect.signature(function).parameters.values()
            if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "_sentinel"]


def nearest_name_hint(name, known):
    """The end of an error message: the nearest known name and all of them."""
    known = sorted(str(k) for k in known)
    nearest = difflib.get_close_matches(str(name), known, n=1)
    hint = " Did you mean %r?" % nearest[0] if nearest else ""
    return "%s Known names: %s." % (hint, ", ".join(known) or "none")


class TensorArithmeticMixin:
    """Gives a class with ``__tf_tensor__`` the operators of a Tensor.

    Every operator converts the object with `tf.convert_to_tensor` and lets
    TensorFlow do the rest. Equality and hash stay those of the object; it is
    not iterable and has no truth value, like a symbolic Tensor.
    """

    # NumPy arrays leave binary operators to the object with higher priority.
    __array_priority__ = 100

    __hash__ = object.__hash__

    def __getitem__(self, item):
        return tf.convert_to_tensor(self)[item]

    def __iter__(self):
        raise TypeError(
            "%s is not iterable. Index it, or use tf.unstack(x) or tf.map_fn "
            "to go through its first axis." % type(self).__name__)

    def __bool__(self):
        raise TypeError(
            "A %s has no truth value. Use `is not None` to test whether it is "
            "there, and tf.cond or tf.where to branch on its value."
            % type(self).__name__)

    def __float__(self):
        return float(tf.convert_to_tensor(self))

    def __int__(self):
        return int(tf.convert_to_tensor(self))

    def __array__(self, dtype=None, copy=None):
        """The value as a NumPy array; symbolic Tensors raise, as they do."""
        return np.asarray(tf.convert_to_tensor(self), dtype=dtype)


_UNARY = ("abs", "invert", "neg")
_BINARY = ("add", "and", "floordiv", "matmul", "mod", "mul", "or", "pow",
           "sub", "truediv", "xor")
_COMPARISONS = ("ge", "gt", "le", "lt")


def _attach_operator(name):
    def operator(self, *others):
        return getattr(tf.convert_to_tensor(self), name)(*others)
    operator.__name__ = name
    operator.__doc__ = "See `tf.Tensor.%s`." % name
    setattr(TensorArithmeticMixin, name, operator)


for _name in _UNARY + _BINARY + _COMPARISONS:
    _attach_operator("__%s__" % _name)
for _name in _BINARY:
    _attach_operator("__r%s__" % _name)
del _name
