"""Normalizing flows: invertible transformations of samples, with their density."""
from zhusuan.transform.bijectors import IAF, MAF, RealNVP
from zhusuan.transform.sample_flows import (
    inv_autoregressive_flow,
    linear_ar,
    planar_normalizing_flow,
)

__all__ = ["IAF", "MAF", "RealNVP", "inv_autoregressive_flow", "linear_ar",
           "planar_normalizing_flow"]
