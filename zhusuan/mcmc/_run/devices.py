"""Chains spread over devices, in equal parts with separate tuning and seeds."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import programs

__all__ = ["join", "resolve_devices", "seeds", "split"]

# Distance between seeds: an odd number of 64 bits, the golden ratio's.
_STRIDE = 0x9E3779B97F4A7C15


def resolve_devices(devices, session=None):
    """Full names of `devices`, a list of names."""
    if isinstance(devices, str) or not len(devices):
        raise ValueError(
            "devices= must be a list of the names of devices, but it is %r. Write "
            "devices=[\"GPU:0\", \"GPU:1\"]." % (devices,))
    known = programs.list_devices(session)
    return [_resolved(getattr(x, "name", x), known) for x in devices]


def _resolved(name, known):
    try:
        wanted = tf.DeviceSpec.from_string(name)
    except (AttributeError, TypeError, ValueError):
        wanted = None
    for full in known:
        spec = tf.DeviceSpec.from_string(full)
        if wanted is not None and wanted.device_type and (
                spec.make_merged_spec(wanted) == spec):
            return full
    raise ValueError(
        "devices=: unknown device %r; available devices: %s. To split one CPU or GPU "
        "into several, call tf.config.set_logical_device_configuration before any "
        "other use of TensorFlow."
        % (name, ", ".join(known)))


def split(arrays, n):
    """Equal parts of a nest of arrays, `arrays.log_prob` and others, along axis 0."""
    shape = np.shape(arrays.log_prob)
    if not shape or shape[0] % n:
        raise ValueError(
            "devices=: the %s cannot be divided into %d equal parts. Choose n_chains, "
            "or the first axis of all latents, as a multiple of the number of "
            "devices." % (
                "%d chains of the first axis" % shape[0] if shape
                else "only chain, without an axis of chains,", n))
    size = shape[0] // n
    return [tf.nest.map_structure(
        lambda x, i=i: x[i * size:(i + 1) * size], arrays) for i in range(n)]


def seeds(seed, n):
    """A seed for each part; the first part has `seed` itself."""
    return [(seed + i * _STRIDE) % 2 ** 63 for i in range(n)]


def join(reports, chain_shape):
    """One report of all parts, whose first axis is that of draws.

    Statistics that the chains of a part share, such as their step size, are repeated
    for each chain.

    :param chain_shape: A tuple, of one part.
    """
    return tf.nest.map_structure(lambda *arrays: np.concatenate(
        [_by_chain(x, chain_shape) for x in arrays], 1), *reports)


def _by_chain(x, chain_shape):
    if x.ndim > 1:
        return x
    return np.broadcast_to(x.reshape((-1,) + (1,) * len(chain_shape)),
                           x.shape[:1] + chain_shape)
