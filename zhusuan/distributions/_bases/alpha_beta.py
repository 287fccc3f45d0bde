"""Base class of the gamma and beta distributions."""
from __future__ import annotations

from typing import Any

from zhusuan.distributions._bases.continuous import ContinuousDistribution
from zhusuan.distributions._bases.parameters import parameter
from zhusuan.utils import TensorLike

__all__ = ["AlphaBetaDistribution"]


class AlphaBetaDistribution(ContinuousDistribution):
    """A distribution with the positive parameters `alpha` and `beta`.

    Its samples are made from gamma variables, and are not reparameterized by default.
    """

    _positive = ("alpha", "beta")

    def __init__(self, alpha: TensorLike, beta: TensorLike, group_ndims: TensorLike = 0,
                 check_numerics: bool = False, is_reparameterized: bool = False,
                 use_path_derivative: bool = False, **kwargs: Any) -> None:
        super().__init__({"alpha": alpha, "beta": beta}, group_ndims,
                         is_reparameterized, use_path_derivative, check_numerics,
                         **kwargs)

    alpha = parameter("alpha", "The shape, a positive float Tensor.")
    beta = parameter("beta", "The rate of the gamma variable, a positive Tensor.")
