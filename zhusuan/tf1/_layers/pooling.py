"""`tf.layers`: maxima and averages of windows."""
from zhusuan.tf1._layers.base import InputSpec, Layer, layer_function
from zhusuan.tf1._layers.convolution_ops import op_data_format, pool, sizes_of

__all__ = [
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "MaxPooling1D",
    "MaxPooling2D", "MaxPooling3D", "average_pooling1d", "average_pooling2d",
    "average_pooling3d", "max_pooling1d", "max_pooling2d", "max_pooling3d",
]


class _Pooling(Layer):
    """One number for each window of size `pool_size`, and for each channel."""

    rank = None  # of the spatial dimensions
    kind = None  # "MAX" or "AVG"

    def __init__(self, pool_size, strides, padding="valid",
                 data_format="channels_last", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.pool_size = sizes_of(pool_size, self.rank)
        self.strides = sizes_of(pool_size if strides is None else strides, self.rank)
        self.padding = padding.lower()
        self.data_format = data_format
        self._op_format = op_data_format(data_format, self.rank)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        return pool(inputs, self.kind, self.pool_size, self.strides,
                    self.padding.upper(), self._op_format)


class MaxPooling1D(_Pooling):
    """The maxima of windows of sequences."""

    rank, kind = 1, "MAX"


class MaxPooling2D(_Pooling):
    """The maxima of windows of images."""

    rank, kind = 2, "MAX"


class MaxPooling3D(_Pooling):
    """The maxima of windows of volumes."""

    rank, kind = 3, "MAX"


class AveragePooling1D(_Pooling):
    """The averages of windows of sequences."""

    rank, kind = 1, "AVG"


class AveragePooling2D(_Pooling):
    """The averages of windows of images."""

    rank, kind = 2, "AVG"


class AveragePooling3D(_Pooling):
    """The averages of windows of volumes."""

    rank, kind = 3, "AVG"


max_pooling1d = layer_function(MaxPooling1D, "max_pooling1d", without_reuse=True)
max_pooling2d = layer_function(MaxPooling2D, "max_pooling2d", without_reuse=True)
max_pooling3d = layer_function(MaxPooling3D, "max_pooling3d", without_reuse=True)
average_pooling1d = layer_function(
    AveragePooling1D, "average_pooling1d", without_reuse=True)
average_pooling2d = layer_function(
    AveragePooling2D, "average_pooling2d", without_reuse=True)
average_pooling3d = layer_function(
    AveragePooling3D, "average_pooling3d", without_reuse=True)
