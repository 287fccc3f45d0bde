"""Composition of bijectors."""
from typing import Any, Callable, List, Optional, Sequence, Tuple, Union

import tensorflow.compat.v2 as tf

from zhusuan.distributions.bijectors.base import Bijector, check_bijector

__all__ = ["Chain"]


class Chain(Bijector):
    """The composition of bijectors: ``Chain([f, g]).forward(x)`` is ``f(g(x))``.

    The last bijector of the list is applied first, as in the mathematical notation.

    :param bijectors: A list of at least one :class:`Bijector`. One whose images have
        dependent numbers, such as points of a simplex or symmetric matrices, must be
        the first.

    >>> import zhusuan as zs
    >>> bijectors = zs.distributions.bijectors
    >>> chain = bijectors.Chain([bijectors.Exp(), bijectors.Affine(1., 2.)])
    >>> print("%.4f" % chain.forward(0.5))
    7.3891
    """

    def __init__(self, bijectors: Sequence[Bijector]) -> None:
        if not isinstance(bijectors, (list, tuple)) or not bijectors:
            raise TypeError("Chain: `bijectors` must be a list of at least one "
                            "Bijector, but it is %r." % (bijectors,))
        self._bijectors = [check_bijector("Chain", "bijectors[%d]" % i, b)
                           for i, b in enumerate(bijectors)]
        for b in self._bijectors[1:]:
            _check_fills_its_space(b)
        self._input_ndims = max(b.input_ndims for b in self._bijectors)
        last = self._bijectors[0]
        self.event_ndims = self._input_ndims + last.event_ndims - last.input_ndims
        self.has_cheap_inverse = all(b.has_cheap_inverse for b in self._bijectors)
        self.is_injective = all(b.is_injective for b in self._bijectors)

    @property
    def bijectors(self) -> List[Bijector]:
        """The bijectors, of which the last is applied first: a list."""
        return list(self._bijectors)

    @property
    def input_ndims(self) -> int:
        """The number of the last axes of `x` that belong together, an int."""
        return self._input_ndims

    @property  # an attribute would be a Tensor of the graph of the constructor
    def is_increasing(  # type: ignore[override]  # see above
            self) -> Optional[Union[bool, tf.Tensor]]:
        """Whether an even number of the bijectors decreases; None unless monotone."""
        is_increasing = True
        for b in self._bijectors:
            if b.is_increasing is None:
                return None
            is_increasing = tf.equal(is_increasing, b.is_increasing)
        return is_increasing

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        *later, first = self._bijectors
        y, before = first.forward(x), first
        for b in reversed(later):
            y, before = b.forward(before.clip(y)), b
        return y

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        for b in self._bijectors:
            y = b.inverse(y)
        return y

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return self.forward_and_log_det(x)[1]

    def forward_and_log_det(self, x: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        """``forward(x)``, and its log determinant at `x`."""
        log_dets, before = [], None
        for b in reversed(self._bijectors):
            x = x if before is None else before.clip(x)
            x, log_det = b.forward_and_log_det(x)
            log_dets.append(_over_last(
                tf.reduce_sum, log_det, self._input_ndims - b.input_ndims))
            before = b
        return x, tf.add_n(log_dets)

    def forward_lengths(self, lengths: Sequence[Any]) -> List[Any]:
        lengths = list(lengths)
        for b in reversed(self._bijectors):
            n_other = len(lengths) - b.input_ndims
            lengths = lengths[:n_other] + b.forward_lengths(lengths[n_other:])
        return lengths

    def forward_length(self, length: Optional[int]) -> Optional[int]:
        if self._input_ndims != 1 or self.event_ndims != 1:
            return super().forward_length(length)
        return self.forward_lengths([length])[0]

    def contains(self, y: tf.Tensor) -> Optional[tf.Tensor]:
        inside = None
        for b in self._bijectors:
            own = b.contains(y)
            if own is not None:
                own = _over_last(
                    tf.reduce_all, own, self._input_ndims - b.input_ndims)
                inside = own if inside is None else tf.logical_and(inside, own)
            y = b.inverse(y)
        return inside

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        return self._bijectors[0].clip(y)


def _check_fills_its_space(bijector: Bijector) -> None:
    """ValueError if images have more numbers than `x`, which then are dependent."""
    lengths = [3] * bijector.input_ndims
    if bijector.forward_lengths(lengths) != lengths:
        raise ValueError(
            "Chain: the elements of an output of %s are dependent, so the determinant "
            "of a subsequent bijector is undefined. Place it first in the list, which "
            "applies it last." % type(bijector).__name__)


def _over_last(reduce: Callable[..., tf.Tensor], x: tf.Tensor,
               n_axes: int) -> tf.Tensor:
    return reduce(x, axis=list(range(-n_axes, 0))) if n_axes else x
