"""Planar flows."""
from typing import Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions.bijectors import Planar
from zhusuan.transform._flow_parts import convert_samples, create_variable
from zhusuan.utils._types import TensorLike

__all__ = ["planar_normalizing_flow"]

# softplus of this is 1.
_LOG_E_MINUS_1 = np.log(np.e - 1.)


def planar_normalizing_flow(samples: TensorLike, log_probs: TensorLike, n_iters: int
                            ) -> Tuple[tf.Tensor, tf.Tensor]:
    r"""Transform samples by planar layers.

    .. math::

        z' = z + \hat{u} \tanh(w^\top z + b), \qquad
        \log q'(z') = \log q(z) -
            \log |1 + \hat{u}^\top w \tanh'(w^\top z + b)|

    (Rezende and Mohamed, 2015, "Variational inference with normalizing flows",
    eq. 10 to 12), where :math:`\hat{u}` is :math:`u` plus a multiple of :math:`w` such
    that :math:`w^\top \hat{u} > -1`, which makes each layer invertible (appendix A.1,
    shifted such that :math:`u = 0` is the identity). New layers are near the identity.

    Each call creates variables :math:`u, w, b` for each layer, in a variable scope
    of its own. To share them, use
    :func:`~zhusuan.framework.utils.reuse_variables`, a
    MetaBayesianNet that reuses variables, or a template.

    :param samples: A float Tensor of shape ``[..., d]``. Raises `ValueError` if d is
        not static.
    :param log_probs: A Tensor of shape ``[...]``, the log density at `samples`.
    :param n_iters: An int, the number of layers.
    :return: The transformed samples and their log density, of the same shapes.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> z, log_q = zs.planar_normalizing_flow(tf.zeros([5, 2]), tf.zeros([5]), 3)
    >>> z.shape.as_list(), log_q.shape.as_list()
    ([5, 2], [5])
    """
    samples, log_probs = convert_samples(samples, log_probs)
    d, dtype = samples.shape.as_list()[-1], samples.dtype
    with _tf.unique_variable_scope("planar_normalizing_flow"):
        for i in range(n_iters):
            u, w, b = [tf.convert_to_tensor(
                create_variable("%s_%d" % (name, i), shape, dtype, stddev))
                for name, shape, stddev in [
                    ("u", [d], 0.01), ("w", [d], d ** -0.5), ("b", [], 0.)]]
            shift = tf.math.divide_no_nan(
                tf.constant(_LOG_E_MINUS_1, dtype), tf.reduce_sum(tf.square(w)))
            samples, log_det = Planar(u + shift * w, w, b).forward_and_log_det(samples)
            log_probs = log_probs - log_det
    return samples, log_probs
