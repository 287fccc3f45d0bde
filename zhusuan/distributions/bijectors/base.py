"""Base class of the bijectors."""

__all__ = ["Bijector", "bijector_advice", "check_bijector"]


class Bijector:
    """A differentiable map that has an inverse.

    `event_ndims` is the number of the last axes of an image that belong together: 0
    for numbers, 1 for vectors and 2 for matrices. `input_ndims` is that number for
    `x`, which differs where vectors become matrices. Log determinants have the shape
    of `x` without these axes.

    `is_increasing` is None for maps that are not monotone maps of numbers.
    `has_cheap_inverse` is False if `x` is better cached than computed from its image.
    `is_injective` is False if several `x` have one image: such a map is a constraint of
    samplers, but transforms no distribution.

    A subclass defines `forward`, `inverse` and `forward_log_det_jacobian`.
    """

    event_ndims = 0
    is_injective = True
    is_increasing = None
    has_cheap_inverse = True

    @property
    def input_ndims(self):
        """The number of the last axes of `x` that belong together, an int."""
        return self.event_ndims

    def forward(self, x):
        """The image of the Tensor `x`."""
        raise NotImplementedError("%s has no forward(x)." % type(self).__name__)

    def inverse(self, y):
        """The value whose image is `y`."""
        raise NotImplementedError(
            "The inverse of %s has no closed form." % type(self).__name__)

    def forward_log_det_jacobian(self, x):
        """``log |det(d forward(x) / d x)|``."""
        raise NotImplementedError(
            "%s has no forward_log_det_jacobian(x)." % type(self).__name__)

    def forward_and_log_det(self, x):
        """``forward(x)``, and its log determinant at `x`."""
        return self.forward(x), self.forward_log_det_jacobian(x)

    def inverse_and_log_det(self, y):
        """``x = inverse(y)``, and the log determinant of `forward` at that x."""
        x = self.inverse(y)
        return x, self.forward_log_det_jacobian(x)

    def forward_length(self, length):
        """The length of ``forward(x)`` along its last axis, from that of `x`."""
        return length

    def forward_lengths(self, lengths):
        """The lengths of the last `event_ndims` axes of ``forward(x)``.

        :param lengths: A list, the lengths of the last `input_ndims` axes of `x`.
        """
        if not lengths:
            return []
        return lengths[:-1] + [self.forward_length(lengths[-1])]

    def contains(self, y):
        """Whether `y` is an image, of the shape of log determinants.

        None where every value is one; True for nan.
        """

    def clip(self, y):
        """Clip `y` to the nearest representable value in range."""
        return y


def check_bijector(owner, argument, bijector):
    """`bijector`, if it is a :class:`Bijector`; TypeError otherwise."""
    if isinstance(bijector, Bijector):
        return bijector
    raise TypeError(
        "%s: %s must be a zhusuan.distributions.bijectors.Bijector or a flow, but it "
        "is %r. %s" % (owner, argument, bijector, bijector_advice(bijector)))


def bijector_advice(value):
    """A sentence on what to write instead of `value`, which is no bijector."""
    if isinstance(value, type) and issubclass(value, Bijector):
        return "Write %s(...), an object of the class." % value.__name__
    return ("Write a subclass of Bijector with the methods forward, inverse and "
            "forward_log_det_jacobian, or use one such as bijectors.Exp().")
