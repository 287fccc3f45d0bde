"""Normalizing flows: invertible transformations of samples, with their density."""
from zhusuan.transform.autoregressive import (
    IAF,
    MAF,
    inv_autoregressive_flow,
    linear_ar,
)
from zhusuan.transform.coupling import RealNVP
from zhusuan.transform.planar import planar_normalizing_flow

__all__ = ["IAF", "MAF", "RealNVP", "inv_autoregressive_flow", "linear_ar",
           "planar_normalizing_flow"]
