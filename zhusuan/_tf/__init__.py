"""The seam between ZhuSuan and the TensorFlow that is running.

Only this package mentions ``compat.v1``, sessions, eager execution, XLA, private
modules or version numbers. Everything else imports ``tensorflow.compat.v2`` and calls
functions of this package for what has no common name in TensorFlow 1.15 and 2.x.
"""
from zhusuan._tf.capabilities import *
from zhusuan._tf.execution_order import *
from zhusuan._tf.function_graphs import *
from zhusuan._tf.linear_algebra import *
from zhusuan._tf.op_location import *
from zhusuan._tf.tensor_like import *
from zhusuan._tf.variables import *
