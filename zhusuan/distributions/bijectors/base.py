"""Base class of the bijectors."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple, Union

import tensorflow.compat.v2 as tf

__all__ = ["Bijector", "bijector_advice", "check_bijector"]


class Bijector:
    """The base class of bijectors, differentiable maps that have an inverse.

    Subclasses implement :meth:`forward`, :meth:`inverse` and
    :meth:`forward_log_det_jacobian`. They override the attributes:

    - `event_ndims`, the number of the last axes of an image that belong together: 0
      for numbers, 1 for vectors and 2 for matrices;
    - `input_ndims`, that number for `x`, where it differs, as in maps of vectors to
      matrices. Log determinants have the shape of `x` without these axes;
    - `is_increasing`, a bool, or None for maps that are not monotone maps of numbers;
    - `is_injective`, a bool. If False, several `x` have one image. Such a map is a
      constraint of samplers, but transforms no distribution;
    - `has_cheap_inverse`, a bool. If False, users of the bijector cache `x` instead of
      computing it from ``y = forward(x)``.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> class Negate(zs.distributions.bijectors.Bijector):
    ...     def forward(self, x):
    ...         return -x
    ...     def inverse(self, y):
    ...         return -y
    ...     def forward_log_det_jacobian(self, x):
    ...         return tf.zeros_like(x)
    >>> base = zs.distributions.Exponential(1.)
    >>> dist = zs.distributions.TransformedDistribution(base, Negate())
    >>> print("%.1f" % dist.log_prob(-2.))
    -2.0
    """

    event_ndims = 0
    is_injective = True
    is_increasing: Optional[Union[bool, tf.Tensor]] = None
    has_cheap_inverse = True

    @property
    def input_ndims(self) -> int:
        """The number of the last axes of `x` that belong together."""
        return self.event_ndims

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        """Map the Tensor `x` to ``y``."""
        raise NotImplementedError("%s has no forward(x)." % type(self).__name__)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        """Map the Tensor `y` back to ``x``."""
        raise NotImplementedError(
            "The inverse of %s has no closed form." % type(self).__name__)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        """``log |det(d forward(x) / d x)|``."""
        raise NotImplementedError(
            "%s has no forward_log_det_jacobian(x)." % type(self).__name__)

    def forward_and_log_det(self, x: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        """``y = forward(x)`` and the log determinant at `x`."""
        return self.forward(x), self.forward_log_det_jacobian(x)

    def inverse_and_log_det(self, y: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        """``x = inverse(y)`` and the log determinant of `forward` at that x."""
        x = self.inverse(y)
        return x, self.forward_log_det_jacobian(x)

    def forward_length(self, length: Optional[int]) -> Optional[int]:
        """The length of the last axis of ``forward(x)``, given that of `x`."""
        return length

    def forward_lengths(self, lengths: Sequence[Any]) -> List[Any]:
        """The lengths of the last `event_ndims` axes of ``forward(x)``.

        :param lengths: The lengths of the last `input_ndims` axes of `x`.
        """
        lengths = list(lengths)
        return lengths[:-1] + [self.forward_length(n) for n in lengths[-1:]]

    def contains(self, y: tf.Tensor) -> Optional[tf.Tensor]:
        """Whether `y` is in range, a bool Tensor of the shape of log determinants.

        It is True for nan. None means that every value is in range.
        """

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        """Clip `y` to the nearest representable value in range."""
        return y


def check_bijector(owner: str, argument: str, bijector: Any) -> Bijector:
    """`bijector`, if it is a :class:`Bijector`; TypeError otherwise.

    >>> from zhusuan.distributions.bijectors import Exp
    >>> from zhusuan.distributions.bijectors.base import check_bijector
    >>> check_bijector("TransformedDistribution", "bijector", Exp()).event_ndims
    0
    """
    if isinstance(bijector, Bijector):
        return bijector
    raise TypeError(
        "%s: %s must be a zhusuan.distributions.bijectors.Bijector or a flow, but it "
        "is %r. %s" % (owner, argument, bijector, bijector_advice(bijector)))


def bijector_advice(value: Any) -> str:
    """A sentence with the replacement of `value`, which is not a bijector.

    >>> from zhusuan.distributions.bijectors import Exp
    >>> from zhusuan.distributions.bijectors.base import bijector_advice
    >>> bijector_advice(Exp)
    'Write Exp(...), an object of the class.'
    """
    if isinstance(value, type) and issubclass(value, Bijector):
        return "Write %s(...), an object of the class." % value.__name__
    return ("Write a subclass of Bijector with the methods forward, inverse and "
            "forward_log_det_jacobian, or use one such as bijectors.Exp().")
