"""Chains spread over devices: equal parts, each tuned and drawn on its own."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import programs

__all__ = ["Parts", "resolve_devices"]

# An odd number of 64 bits, far from all small multiples: the golden ratio's.
_STRIDE = 0x9E3779B97F4A7C15


def resolve_devices(devices, session=None):
    """Full names of `devices`; ``[None]``, where TensorFlow chooses, if None."""
    if devices is None:
        return [None]
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
        "devices=: there is no device %r here, but there are %s. Several logical "
        "devices of one CPU or GPU are made by tf.config."
        "set_logical_device_configuration before anything else is done."
        % (name, ", ".join(known)))


class Parts:
    """How chains are cut into one part for each device, and put together.

    :param devices: A list as :func:`resolve_devices` gives it.
    """

    def __init__(self, devices):
        self.devices = devices

    def split(self, chain):
        """Parts of a `ChainState` of arrays."""
        n, shape = len(self.devices), np.shape(chain.log_prob)
        if n == 1:
            return [chain]
        if not shape or shape[0] % n:
            raise ValueError(
                "devices=: the %s cannot be cut into %d equal parts. Choose "
                "n_chains, or the first axis of all latents, as a multiple of the "
                "number of devices." % (
                    "%d chains of the first axis" % shape[0] if shape
                    else "only chain, without an axis of chains,", n))
        size = shape[0] // n
        return [tf.nest.map_structure(
            lambda x, i=i: x[i * size:(i + 1) * size], chain) for i in range(n)]

    def seeds(self, seed):
        """A seed for each part; the first one has `seed` itself."""
        return [np.int64((seed + i * _STRIDE) % 2 ** 63)
                for i in range(len(self.devices))]

    def joined(self, reports, chain_shape):
        """One report of all parts, with the first axis that of draws.

        What the chains of a part share, such as their step size, is repeated for
        each of them.

        :param chain_shape: A tuple, of one part.
        """
        if len(reports) == 1:
            return reports[0]

        def join(*arrays):
            return np.concatenate([_by_chain(x, chain_shape) for x in arrays], 1)

        return tf.nest.map_structure(join, *reports)


def _by_chain(x, chain_shape):
    if x.ndim > 1:
        return x
    return np.broadcast_to(x.reshape((-1,) + (1,) * len(chain_shape)),
                           x.shape[:1] + chain_shape)
