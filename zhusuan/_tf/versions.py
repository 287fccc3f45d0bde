"""The version of the installed TensorFlow, for this package only."""
import tensorflow
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

__all__ = ["IS_TF1", "VERSION_1_API"]

IS_TF1 = tf.__version__.startswith("1.")
VERSION_1_API = tensorflow if IS_TF1 else v1  # 1.15's own module has tf.contrib too
