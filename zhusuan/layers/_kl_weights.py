"""Weights of the KL divergence: numbers, variables and schedules."""
from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow.compat.v2 as tf

__all__ = ["check_kl_weight", "is_schedule"]


def is_schedule(kl_weight: Any) -> bool:
    """Whether the weight is a function of the training step."""
    return callable(kl_weight) and not isinstance(kl_weight, keras.Variable)


def check_kl_weight(kl_weight: Any, owner: str) -> Any:
    """The weight of the divergences: a float, a variable or a schedule.

    :param owner: The name of the layer or model, for errors.
    """
    if isinstance(kl_weight, keras.Variable):
        if tuple(kl_weight.shape) != ():
            raise ValueError(
                "%s: the variable kl_weight must be a scalar, but it has shape %s." % (
                    owner, tuple(kl_weight.shape)))
        return kl_weight
    if isinstance(kl_weight, tf.Variable):  # a float would freeze its value
        raise TypeError(
            "%s: kl_weight must be a number, a keras.Variable or a function of the "
            "training step, but it is the tf.Variable %r. Pass a keras.Variable." % (
                owner, kl_weight.name))
    if callable(kl_weight):
        return kl_weight
    try:
        number = float(kl_weight)
    except (TypeError, ValueError):
        raise TypeError(
            "%s: kl_weight must be a number, a keras.Variable or a function of the "
            "training step, but it is %r." % (owner, kl_weight)) from None
    if not 0. <= number < math.inf:
        raise ValueError(
            "%s: kl_weight must be a finite number >= 0, but it is %r." % (
                owner, kl_weight))
    return number
