"""The joint density of latents whose positions follow a distribution of vectors."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["JointDensity", "PointMass", "has_point_mass"]


class PointMass:
    """The distribution of vectors that are always `value`, with the log density 0.

    :param value: A Tensor `[d]`.
    """

    def __init__(self, value):
        self._value = value

    def sample(self, n_samples=None):
        """The vector, or copies of it along a new first axis."""
        if n_samples is None:
            return tf.identity(self._value)
        return tf.broadcast_to(
            self._value, tf.concat([[n_samples], tf.shape(self._value)], axis=0))

    def log_prob(self, given):
        """Zeros, of the shape of `given` without its last axis."""
        return tf.zeros_like(given[..., 0])

    def with_path_derivative(self):
        """The distribution itself, which has no other gradient."""
        return self


class _Values(dict):
    """Values of all latents by name, with the vector that they are the images of."""

    def __init__(self, vector, images, n_samples=None):
        super().__init__((name, image.value) for name, image in images.items())
        self.vector, self.images, self.n_samples = vector, images, n_samples
        self.log_probs = {is_path: _tf.CachedPerGraph() for is_path in (False, True)}


class JointDensity:
    """The joint density of constrained values, as `JointPart` takes it.

    .. math::

        \\log q(z) = \\log q(u) - \\log |\\det \\partial z / \\partial u|

    Each part has the Jacobian of its own latent. A distribution of independent numbers
    is split; otherwise the first part has all of :math:`\\log q(u)`.

    :param space: An `UnconstrainedSpace`.
    :param distribution: The distribution of vectors :math:`u`: of the batch shape
        `[d]`, or of the value shape `[d]`.
    :param has_jacobian: A bool. False omits the Jacobian.
    """

    def __init__(self, space, distribution, has_jacobian=True):
        self._space, self._distribution = space, distribution
        self._has_jacobian = has_jacobian
        self.shapes, self.dtype = space.shapes, space.dtype

    def draw(self, n_samples=None):
        """Draw values of all latents: a dict of Tensors by name."""
        vector = self._distribution.sample(n_samples)
        return _Values(vector, self._space.images(vector), n_samples)

    def at(self, values):
        """Other values of all latents, for :meth:`log_prob`."""
        vector = self._space.vector(values)
        at = _Values(vector, self._space.images(vector))
        at.update(values)
        return at

    def log_prob(self, name, values, is_path=False):
        """The part of the log density of all values that belongs to one latent.

        :param values: What :meth:`draw` or :meth:`at` returned.
        :param is_path: A bool. Stop gradients to the parameters of the distribution.
        """
        log_prob = values.log_probs[is_path].get(
            lambda: self._log_prob_of_vector(values.vector, is_path))
        if log_prob.shape.rank == values.vector.shape.rank:
            own = tf.reduce_sum(self._space.split(log_prob)[name], axis=-1)
        else:
            own = log_prob if name == next(iter(values)) else tf.zeros_like(log_prob)
        if not self._has_jacobian:
            return own
        return own - self._space.log_det(name, values.images[name])

    @property
    def is_point_mass(self):
        """Whether the distribution has no density."""
        return isinstance(self._distribution, PointMass)

    def _log_prob_of_vector(self, vector, is_path):
        distribution = self._distribution
        if is_path:
            distribution = distribution.with_path_derivative()
        return distribution.log_prob(vector)


def has_point_mass(q):
    """Whether a latent of a BayesianNet follows a point mass."""
    joints = [getattr(q[name].dist, "joint", None) for name in q.stochastic_names]
    return any(isinstance(x, JointDensity) and x.is_point_mass for x in joints)
