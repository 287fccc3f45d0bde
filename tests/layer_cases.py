"""The layers of zhusuan.layers, each with inputs, for the generic tests."""
import numpy as np
import pytest

__all__ = ["INPUTS", "KERAS_WARNING", "LAYERS", "every_layer", "make_layer"]

# Keras 3 converts its own variables without the argument `copy` of NumPy 2.
KERAS_WARNING = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

RNG = np.random.RandomState(0)
INPUTS = {
    "Dense": RNG.randn(6, 4).astype("float32"),
    "Conv1D": RNG.randn(3, 5, 2).astype("float32"),
    "Conv2D": RNG.randn(3, 4, 4, 2).astype("float32"),
    "Conv3D": RNG.randn(2, 3, 3, 3, 1).astype("float32"),
    "Embedding": np.array([[0, 3, 1], [3, 3, 2]], "int32"),
}
ARGUMENTS = {"Dense": (3,), "Conv1D": (2, 2), "Conv2D": (2, 3), "Conv3D": (2, 2),
             "Embedding": (5, 3)}
LAYERS = [
    "DenseReparameterization", "DenseLocalReparameterization", "DenseFlipout",
    "DenseVariational", "Conv1DReparameterization", "Conv1DFlipout",
    "Conv2DReparameterization", "Conv2DFlipout", "Conv3DReparameterization",
    "Conv3DFlipout", "EmbeddingReparameterization"]
every_layer = pytest.mark.parametrize("name", LAYERS)


def kind(name):
    """The key of `INPUTS` for the layer of this name."""
    return next(each for each in INPUTS if name.startswith(each))


def make_layer(name, **options):
    """A layer of a small size, and inputs for it."""
    import zhusuan as zs

    layer = getattr(zs.layers, name)(*ARGUMENTS[kind(name)], **options)
    return layer, INPUTS[kind(name)]
