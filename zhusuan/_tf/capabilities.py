"""Capabilities of the installed TensorFlow, in the mode in which ops are added."""
from zhusuan._tf.op_location import is_compiled_by_xla
from zhusuan._tf.versions import IS_TF1

__all__ = ["has_accurate_kernel", "has_second_derivative", "supports_runtime_checks"]

# Ops of TensorFlow 1.15 with few correct digits: `softplus` near -14, `sigmoid`, which
# is 0 below -18, and when compiled by XLA `log1p` near 1e-4 and `expm1` near 0.01.
_INACCURATE = {"sigmoid", "softplus"}
_INACCURATE_IN_XLA = {"expm1", "log1p"}
# Ops of TensorFlow 1.15 whose gradient has no gradient.
_WITHOUT_SECOND_DERIVATIVE = {"sparse_softmax_cross_entropy_with_logits"}


def has_accurate_kernel(op):
    """Whether TensorFlow's op of this name is accurate to the digits of its dtype."""
    return not IS_TF1 or not (op in _INACCURATE or (
        op in _INACCURATE_IN_XLA and is_compiled_by_xla()))


def has_second_derivative(op):
    """Whether the gradient of the op of this name can be differentiated."""
    return not IS_TF1 or op not in _WITHOUT_SECOND_DERIVATIVE


def supports_runtime_checks():
    """Whether ops that call Python may be added: XLA compiles none of them."""
    return not is_compiled_by_xla()
