"""Invertible maps with known Jacobian determinants.

They map unconstrained values to constrained ones: positive numbers by :class:`Exp` or
:class:`Softplus`, half lines by :class:`Beyond`, intervals by :class:`Sigmoid`, angles
by :class:`Circular`, points of a simplex by :class:`SoftmaxCentered`, increasing
vectors by :class:`Ordered` and :class:`PositiveOrdered`, vectors with the sum 0 by
:class:`SumToZero`, Cholesky factors of correlation matrices by :class:`CholeskyCorr`,
positive definite matrices by :class:`PositiveDefinite`. :class:`Chain` composes them.
"""
from zhusuan.distributions.bijectors.base import Bijector
from zhusuan.distributions.bijectors.chain import Chain
from zhusuan.distributions.bijectors.matrices import CholeskyCorr, PositiveDefinite
from zhusuan.distributions.bijectors.numbers import (
    Affine,
    Beyond,
    Circular,
    Exp,
    Sigmoid,
    Softplus,
)
from zhusuan.distributions.bijectors.vectors import (
    Ordered,
    Planar,
    PositiveOrdered,
    SoftmaxCentered,
    SumToZero,
)

__all__ = ["Affine", "Beyond", "Bijector", "Chain", "CholeskyCorr", "Circular", "Exp",
           "Ordered", "Planar", "PositiveDefinite", "PositiveOrdered", "Sigmoid",
           "SoftmaxCentered", "Softplus", "SumToZero"]
