"""`tf.layers`: max and average pooling."""
from zhusuan.tf1._layers.base import InputSpec, Layer, layer_and_function
from zhusuan.tf1._layers.convolution_ops import as_sizes, op_data_format, pool

__all__ = [
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "MaxPooling1D",
    "MaxPooling2D", "MaxPooling3D", "average_pooling1d", "average_pooling2d",
    "average_pooling3d", "max_pooling1d", "max_pooling2d", "max_pooling3d",
]


class _Pooling(Layer):
    """The base class: one number for each window and channel."""

    rank = None  # of the spatial dimensions
    kind = None  # "MAX" or "AVG"

    def __init__(self, pool_size, strides, padding="valid",
                 data_format="channels_last", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.pool_size = as_sizes(pool_size, self.rank)
        self.strides = as_sizes(pool_size if strides is None else strides, self.rank)
        self.padding = padding.lower()
        self.data_format = data_format
        self._op_format = op_data_format(data_format, self.rank)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        return pool(inputs, self.kind, self.pool_size, self.strides,
                    self.padding.upper(), self._op_format)


def _pooling(kind, rank):
    """The class and the function of a pooling layer."""
    name, result = {"MAX": ("MaxPooling", "maxima"),
                    "AVG": ("AveragePooling", "averages")}[kind]
    inputs = {1: "sequences", 2: "images", 3: "volumes"}[rank]
    return layer_and_function(
        _Pooling, "{}{}D".format(name, rank),
        "The {} of windows of {}.".format(result, inputs),
        without_reuse=True, rank=rank, kind=kind)


MaxPooling1D, max_pooling1d = _pooling("MAX", 1)
MaxPooling2D, max_pooling2d = _pooling("MAX", 2)
MaxPooling3D, max_pooling3d = _pooling("MAX", 3)
AveragePooling1D, average_pooling1d = _pooling("AVG", 1)
AveragePooling2D, average_pooling2d = _pooling("AVG", 2)
AveragePooling3D, average_pooling3d = _pooling("AVG", 3)
