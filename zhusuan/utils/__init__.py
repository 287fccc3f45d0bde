"""Utilities for all parts of ZhuSuan: `log_mean_exp`, Tensor-like classes, errors."""
import difflib
import inspect
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.utils._types import Axis, DTypeLike, TensorLike
from zhusuan.utils._warnings import helpers_of_0_4
from zhusuan.utils.step_loops import repeat_steps
from zhusuan.utils.timing import fastest

__all__ = [
    "Axis",
    "DTypeLike",
    "TensorArithmeticMixin",
    "TensorLike",
    "argument_names",
    "as_float",
    "fastest",
    "format_term_shapes",
    "log_mean_exp",
    "merge_dicts",
    "missing_arguments",
    "nearest_name_hint",
    "repeat_steps",
    "sum_named_terms",
    "sum_terms",
]

__getattr__ = helpers_of_0_4(__name__)


def log_mean_exp(x: TensorLike, axis: Optional[Axis] = None,
                 keepdims: bool = False) -> tf.Tensor:
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


def _count(x: tf.Tensor, axis: Optional[Axis]) -> Any:
    """The number of reduced elements: a number if known, else a Tensor."""
    if x.shape.is_fully_defined():
        lengths = np.array(x.shape.as_list(), dtype=np.int64)
        return np.prod(lengths if axis is None else lengths[np.array(axis, int)])
    if axis is None:
        return tf.size(x)
    return tf.reduce_prod(tf.gather(tf.shape(x), np.array(axis, int) % tf.rank(x)))


def merge_dicts(*dict_args: Mapping[Any, Any]) -> Dict[Any, Any]:
    """Merge dicts into a new one; later values replace earlier ones.

    >>> from zhusuan.utils import merge_dicts
    >>> merge_dicts({"x": 1}, {"x": 2})
    {'x': 2}
    """
    merged: Dict[Any, Any] = {}
    for items in dict_args:
        merged.update(items)
    return merged


def sum_terms(terms: Sequence[tf.Tensor]) -> tf.Tensor:
    """The sum of Tensors whose shapes broadcast.

    >>> import tensorflow as tf
    >>> from zhusuan.utils import sum_terms
    >>> print(sum_terms([tf.constant([1., 2.]), tf.constant(3.)]).numpy())
    [4. 5.]
    """
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def as_float(x: TensorLike, dtype: DTypeLike) -> tf.Tensor:
    """A 0-D Tensor of `dtype`; a Python float is not rounded to float32 before.

    >>> import tensorflow as tf
    >>> from zhusuan.utils import as_float
    >>> float(as_float(0.1, tf.float64)) == 0.1
    True
    """
    return tf.cast(x, dtype) if tf.is_tensor(x) else tf.constant(x, dtype)


def sum_named_terms(terms: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """The sum of terms of a log joint density by name, in the widest of their dtypes.

    Raises ValueError if their static shapes do not broadcast.

    >>> import tensorflow as tf
    >>> from zhusuan.utils import sum_named_terms
    >>> terms = {"z": tf.constant(-1.), "x": tf.constant([-2., -3.], tf.float64)}
    >>> print(sum_named_terms(terms).numpy(), sum_named_terms(terms).dtype.name)
    [-3. -4.] float64
    """
    shape = tf.TensorShape([])
    for name, term in terms.items():
        try:
            shape = tf.broadcast_static_shape(shape, term.shape)
        except ValueError:
            raise ValueError(
                "The terms of the log joint density have shapes that do not broadcast: "
                "%s. Each must have the shape of the samples or chains; sum the axes "
                "of data by group_ndims of a node, or tf.reduce_sum in a factor (see "
                "%r)." % (format_term_shapes(terms), name)) from None
    widest = max((term.dtype for term in terms.values()), key=lambda dtype: dtype.size)
    return sum_terms([tf.cast(term, widest) for term in terms.values()])


def format_term_shapes(terms: Mapping[str, tf.Tensor]) -> str:
    """Format the shapes of a dict of Tensors, such as ``"'z': (3,), 'x': (3, 2)"``.

    >>> import tensorflow as tf
    >>> from zhusuan.utils import format_term_shapes
    >>> print(format_term_shapes({"z": tf.zeros([3]), "x": tf.zeros([3, 2])}))
    'z': (3,), 'x': (3, 2)
    """
    return ", ".join("%r: %s" % (name, term.shape) for name, term in terms.items())


def argument_names(function: Callable[..., Any]) -> List[str]:
    """The names of the arguments that a function or class takes, in order.

    >>> from zhusuan.utils import argument_names
    >>> argument_names(lambda mean, std=1.: None)
    ['mean', 'std']
    """
    return [p.name for p in inspect.signature(function).parameters.values()
            if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "_sentinel"]


@tf.autograph.experimental.do_not_convert
def missing_arguments(function: Callable[..., Any], args: Sequence[Any],
                      kwargs: Mapping[str, Any]) -> Dict[str, bool]:
    """Whether the arguments that are not given are required, by their names.

    >>> from zhusuan.utils import missing_arguments
    >>> missing_arguments(lambda a, b, c=0: None, [1], {})
    {'b': True, 'c': False}
    """
    try:
        signature = inspect.signature(function)
        given = signature.bind_partial(*args, **kwargs).arguments
    except (TypeError, ValueError):  # which the call of the function reports
        return {}
    return {
        name: parameter.default is parameter.empty
        for name, parameter in signature.parameters.items() if name not in given
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)}


def nearest_name_hint(name: Any, known: Iterable[Any],
                      label: str = "Known names") -> str:
    """The end of an error message: the nearest known name and all known names.

    :param label: What the known names are.

    >>> from zhusuan.utils import nearest_name_hint
    >>> print("Unknown latent 'men'." + nearest_name_hint("men", ["mean", "scale"]))
    Unknown latent 'men'. Did you mean 'mean'? Known names: mean, scale.
    """
    names = sorted(str(k) for k in known)
    nearest = difflib.get_close_matches(str(name), names, n=1)
    hint = " Did you mean %r?" % nearest[0] if nearest else ""
    return "%s %s: %s." % (hint, label, ", ".join(names) or "none")


class TensorArithmeticMixin:
    """The operators of a Tensor, for a class with ``__tf_tensor__``.

    Every operator converts the object by `tf.convert_to_tensor` and applies
    TensorFlow's operator. Equality and hash stay those of the object. Like a symbolic
    Tensor, it is not iterable and has no truth value.

    >>> import tensorflow as tf
    >>> from zhusuan.utils import TensorArithmeticMixin
    >>> class Two(TensorArithmeticMixin):
    ...     def __tf_tensor__(self, dtype=None, name=None):
    ...         return tf.constant(2., dtype)
    >>> _ = tf.register_tensor_conversion_function(
    ...     Two, lambda x, dtype=None, name=None, as_ref=False: x.__tf_tensor__(dtype))
    >>> print((Two() ** 3. + 1.).numpy())
    9.0
    """

    # NumPy arrays leave binary operators to the object with higher priority.
    __array_priority__ = 100

    __hash__ = object.__hash__

    if TYPE_CHECKING:  # the loops below define them
        def _operator(self, *others: Any) -> tf.Tensor: ...
        __abs__ = __invert__ = __neg__ = _operator
        __add__ = __and__ = __floordiv__ = __matmul__ = __mod__ = __mul__ = _operator
        __or__ = __pow__ = __sub__ = __truediv__ = __xor__ = _operator
        __radd__ = __rand__ = __rfloordiv__ = __rmatmul__ = __rmod__ = _operator
        __rmul__ = __ror__ = __rpow__ = __rsub__ = __rtruediv__ = __rxor__ = _operator
        __ge__ = __gt__ = __le__ = __lt__ = _operator

    def __getitem__(self, item: Any) -> tf.Tensor:
        return tf.convert_to_tensor(self)[item]

    def __iter__(self) -> Iterator[tf.Tensor]:
        raise TypeError(
            "%s is not iterable. Index it, or use tf.unstack(x) or tf.map_fn to "
            "iterate over its first axis." % type(self).__name__)

    def __bool__(self) -> bool:
        raise TypeError(
            "A %s has no truth value. Use `is not None` to test whether it "
            "exists, and tf.cond or tf.where to branch on its value."
            % type(self).__name__)

    def __float__(self) -> float:
        return float(tf.convert_to_tensor(self))

    def __int__(self) -> int:
        return int(tf.convert_to_tensor(self))

    def __array__(self, dtype: Any = None,
                  copy: Optional[bool] = None) -> np.ndarray:
        """The value as a NumPy array; raises as a symbolic Tensor does."""
        return np.asarray(tf.convert_to_tensor(self), dtype=dtype)


_UNARY = ("abs", "invert", "neg")
_BINARY = ("add", "and", "floordiv", "matmul", "mod", "mul", "or", "pow",
           "sub", "truediv", "xor")
_COMPARISONS = ("ge", "gt", "le", "lt")


def _attach_operator(name: str) -> None:
    def operator(self: Any, *others: Any) -> tf.Tensor:
        return getattr(tf.convert_to_tensor(self), name)(*others)
    operator.__name__ = name
    operator.__doc__ = "See `tf.Tensor.%s`." % name
    setattr(TensorArithmeticMixin, name, operator)


for _name in _UNARY + _BINARY + _COMPARISONS:
    _attach_operator("__%s__" % _name)
for _name in _BINARY:
    _attach_operator("__r%s__" % _name)
del _name
