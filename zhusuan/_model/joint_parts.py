"""The parts of one joint density of several latents, as distributions of nodes.

A posterior whose latents are dependent has one density. Each of its nodes follows a
:class:`JointPart`. The log densities of the parts sum to that of all latents, and each
is a function of all values.
"""
import copy

import tensorflow.compat.v2 as tf

from zhusuan.distributions.base import Distribution

__all__ = ["JointPart", "at_samples"]


class JointPart(Distribution):
    """The part of a joint density that belongs to one latent.

    :param joint: An object with

        - `dtype`, and `shapes`, a dict of the shapes of values by latent name;
        - ``draw(n_samples)`` and ``at(values)``: dicts of values by name, such as one
          with an attribute `n_samples`, at which the density can be evaluated;
        - ``log_prob(name, values, is_path)``: the part of the log density.
    :param name: The name of the latent.
    :param values: What ``joint.draw`` returned: the values of all latents.
    """

    def __init__(self, joint, name, values):
        super().__init__(
            dtype=joint.dtype, param_dtype=joint.dtype, is_continuous=True,
            is_reparameterized=True)
        self._joint, self._name, self._values = joint, name, values

    @property
    def joint(self):
        """The joint density."""
        return self._joint

    def with_values(self, values):
        """A copy whose log density is evaluated at other values of all latents."""
        twin = copy.copy(self)
        twin._values = values
        return twin

    def _batch_shape(self):
        return tf.constant([], tf.int32)

    def _get_batch_shape(self):
        return tf.TensorShape([])

    def _get_value_shape(self):
        return tf.TensorShape(self._joint.shapes[self._name])

    def sample(self, n_samples=None):
        """The value that was drawn with those of the other latents, or a new one."""
        values = self._values
        if n_samples is not values.n_samples and n_samples != values.n_samples:
            values = self._joint.draw(n_samples)
        return values[self._name]

    def _log_prob(self, given):
        values = self._values
        if given is not values[self._name]:
            values = self._joint.at(dict(values, **{self._name: given}))
        return self._joint.log_prob(self._name, values, self._use_path_derivative)


def at_samples(dists, samples):
    """Distributions of latents whose joint parts are evaluated at other samples.

    :param dists: A dict of distributions by name.
    :param samples: A dict of samples of the same latents by name.
    """
    values = {}  # by the joint density

    def at(dist):
        if not isinstance(dist, JointPart):
            return dist
        joint = dist.joint
        if id(joint) not in values:
            values[id(joint)] = joint.at({name: samples[name] for name in joint.shapes})
        return dist.with_values(values[id(joint)])
    return {name: at(dist) for name, dist in dists.items()}
