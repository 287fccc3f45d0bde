"""The packages of ZhuSuan that require Keras 3, and whether it is installed."""
import tensorflow as tf

__all__ = ["HAS_KERAS_3", "PACKAGES", "is_importable"]

HAS_KERAS_3 = not tf.__version__.startswith("1.")
PACKAGES = ["zhusuan.keras", "zhusuan.layers"]


def is_importable(module):
    """Whether the module of this full name can be imported here."""
    return HAS_KERAS_3 or not any(
        module == package or module.startswith(package + ".") for package in PACKAGES)
