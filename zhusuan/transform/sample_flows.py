"""Normalizing flows: samples moved by invertible functions, with their density."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.utils import argument_names

__all__ = ["inv_autoregressive_flow", "linear_ar", "planar_normalizing_flow"]

_LOG_E_MINUS_1 = np.log(np.e - 1.)


def planar_normalizing_flow(samples, log_probs, n_iters):
    r"""Move samples through planar layers.

    .. math::

        z' = z + \hat{u} \tanh(w^\top z + b), \qquad
        \log q'(z') = \log q(z) -
            \log |1 + \hat{u}^\top w \tanh'(w^\top z + b)|

    (Rezende and Mohamed, 2015, "Variational inference with normalizing flows",
    eq. 10 to 12), where :math:`\hat{u}` is :math:`u` moved along :math:`w` until
    :math:`w^\top \hat{u} > -1`, so that each layer is invertible (appendix A.1,
    shifted such that :math:`u = 0` is the identity). Layers start near that.

    Each call makes variables :math:`u, w, b` for each layer, in a variable scope
    of its own: share them by :func:`~zhusuan.framework.utils.reuse_variables`, a
    MetaBayesianNet that reuses variables, or a template.

    :param samples: A float Tensor of shape ``[..., d]``; d must be known.
    :param log_probs: A Tensor of shape ``[...]``, the log density at `samples`.
    :param n_iters: An int, the number of layers.
    :return: The moved samples and the log density there, of the same shapes.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> z, log_q = zs.planar_normalizing_flow(tf.zeros([5, 2]), tf.zeros([5]), 3)
    >>> z.shape.as_list(), log_q.shape.as_list()
    ([5, 2], [5])
    """
    samples, log_probs = _convert(samples, log_probs)
    d, dtype = samples.shape.as_list()[-1], samples.dtype
    with _tf.unique_variable_scope("planar_normalizing_flow"):
        for i in range(n_iters):
            u, w, b = [_variable("%s_%d" % (name, i), shape, dtype, stddev)
                       for name, shape, stddev in [
                           ("u", [d], 0.01), ("w", [d], d ** -0.5), ("b", [], 0.)]]
            samples, log_det = _planar_layer(samples, u, w, b)
            log_probs = log_probs - log_det
    return samples, log_probs


def _planar_layer(z, u, w, b):
    """The moved `z`, and the log determinant of the Jacobian."""
    along = tf.reduce_sum(w * u)
    above_minus_1 = tf.math.softplus(along + _LOG_E_MINUS_1)  # is w . u_hat + 1
    u_hat = u + tf.math.divide_no_nan(
        above_minus_1 - 1. - along, tf.reduce_sum(tf.square(w))) * w
    tanh = tf.tanh(tf.reduce_sum(w * z, -1) + b)
    # 1 + (w . u_hat) (1 - tanh^2), as a sum of positive terms.
    squared = tf.square(tanh)
    determinant = squared + (1. - squared) * above_minus_1
    return z + u_hat * tanh[..., None], tf.math.log(determinant)


def inv_autoregressive_flow(samples, hidden, log_probs, autoregressive_nn,
                            n_iters, update="normal"):
    r"""Move samples through inverse autoregressive layers.

    .. math::

        z' = s \odot z + m \quad \text{(normal)}, \qquad
        z' = \sigma(s) \odot z + (1 - \sigma(s)) \odot m \quad \text{(gru)}

    with :math:`m, s` from an autoregressive network: their element i depends on
    elements of z before i only. The Jacobian is triangular (Kingma et al., 2016,
    "Improving variational inference with inverse autoregressive flow",
    sections 3 and 4).

    :param samples: A float Tensor of shape ``[..., d]``.
    :param hidden: A Tensor that all layers see, or None.
    :param log_probs: A Tensor of shape ``[...]``, the log density at `samples`.
    :param autoregressive_nn: A function of ``(name, id, z, hidden)``: a string
        and an int to name variables after, and Tensors. It returns m and s, of
        the shape of z; s must be positive for 'normal', and is any number, a
        logit, for 'gru'. If the function has an argument `update`, it is told.
    :param n_iters: An int, the number of layers.
    :param update: 'normal' or 'gru'.
    :return: The moved samples and the log density there, of the same shapes.
    """
    if update not in _UPDATES:
        raise ValueError(
            "inv_autoregressive_flow: `update` must be 'normal' or 'gru', but it "
            "is %r." % (update,))
    samples, log_probs = _convert(samples, log_probs)
    told = ({"update": update}
            if "update" in argument_names(autoregressive_nn) else {})
    with _tf.unique_variable_scope("inv_autoregressive_flow"):
        for i in range(n_iters):
            m, s = autoregressive_nn("iaf", i, samples, hidden, **told)
            samples, log_scale = _UPDATES[update](samples, m, s)
            log_probs = log_probs - tf.reduce_sum(log_scale, -1)
    return samples, log_probs


def _update_normal(z, m, s):
    return s * z + m, tf.math.log(s)


def _update_gru(z, m, s):
    return m + tf.sigmoid(s) * (z - m), tf.math.log_sigmoid(s)


_UPDATES = {"normal": _update_normal, "gru": _update_gru}


def linear_ar(name, id, z, hidden=None, update="normal"):
    """A linear autoregressive network for :func:`inv_autoregressive_flow`.

    Makes variables, and starts near the identity.

    :param name: A string, and
    :param id: an int, to name the variables after.
    :param z: A float Tensor of shape ``[..., d]``; d must be known.
    :param hidden: A Tensor of shape ``[..., h]``, or None.
    :param update: 'normal' or 'gru', which decides what s is.
    :return: m and s, of the shape of `z`: linear in the elements of z before, and
        in `hidden`. For 'normal', s is the exp of that.
    """
    with _tf.unique_variable_scope("%s_%d" % (name, id)):
        m = _linear_before(z, hidden, "m", bias=0.)
        # A gate of sigmoid(2), about 0.9, lets most of z pass.
        s = _linear_before(z, hidden, "s", bias=0. if update == "normal" else 2.)
    return m, tf.exp(s) if update == "normal" else s


def _linear_before(z, hidden, name, bias):
    d = z.shape.as_list()[-1]
    before = np.triu(np.ones([d, d]), 1)  # from row j to column i > j
    weights = _variable(name + "_weights", [d, d], z.dtype, 0.01)
    total = _last_axis_matmul(z, weights * before.astype(z.dtype.as_numpy_dtype))
    if hidden is not None:
        total += _last_axis_matmul(hidden, _variable(
            name + "_hidden", [hidden.shape.as_list()[-1], d], z.dtype, 0.01))
    return total + bias + _variable(name + "_bias", [d], z.dtype, 0.)


def _last_axis_matmul(x, matrix):
    return tf.linalg.matvec(matrix, x, transpose_a=True)


def _variable(name, shape, dtype, stddev):
    return tf.convert_to_tensor(_tf.get_variable(
        name, shape, dtype, tf.random_normal_initializer(stddev=stddev)))


def _convert(samples, log_probs):
    samples = tf.convert_to_tensor(samples)
    if samples.shape.rank in (None, 0) or samples.shape.as_list()[-1] is None:
        raise ValueError(
            "A flow needs samples of shape [..., d] with d known, but their "
            "shape is %s. Use samples.set_shape()." % (samples.shape,))
    return samples, tf.convert_to_tensor(log_probs, dtype=samples.dtype)
