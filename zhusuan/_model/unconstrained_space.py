"""Vectors of unconstrained space that hold the positions of several latents."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.constraints import Constraints, bijector_to, resolve
from zhusuan._model.initial_values import (
    describe_broken,
    find_initial_values,
    start_values,
)
from zhusuan._model.interval_ends import interval_ends, with_known_ends
from zhusuan._tf import programs

__all__ = ["UnconstrainedSpace", "find_space", "find_starts", "make_space"]

# The number of initial vectors to choose from. A mode that attracts a third of them is
# missed in 1 % of the cases.
_N_TRIED = 11


class UnconstrainedSpace:
    """Conversion between vectors and constrained values of latents by name.

    Axes in front, such as that of samples, are those of vectors and of values.

    - `shapes`: the shapes of values by name, tuples.
    - `sizes`: the numbers of components of the vector by name.
    - `dtype`: the dtype of vectors and values.

    :param constraints: A `Constraints`.
    :param values: A dict of arrays by name, with one axis in front.
    :param positions: A list of arrays, the positions of these values.
    """

    def __init__(self, constraints, values, positions):
        self._constraints = constraints
        self.shapes = {name: x.shape[1:] for name, x in values.items()}
        self._free_shapes = [x.shape[1:] for x in positions]
        self.sizes = {name: int(np.prod(shape, dtype=int)) for name, shape
                      in zip(self.shapes, self._free_shapes)}
        self.dtype = tf.as_dtype(positions[0].dtype)

    @property
    def n_dims(self):
        """The length of vectors."""
        return sum(self.sizes.values())

    def split(self, x):
        """Parts of the last axis of `x`, a dict by name."""
        return dict(zip(self.sizes, tf.split(x, list(self.sizes.values()), axis=-1)))

    def _positions(self, vector):
        return [_with_last_shape(x, shape) for x, shape in zip(
            self.split(vector).values(), self._free_shapes)]

    def images(self, vector):
        """A dict of the constrained `Image` of each latent by name."""
        return dict(zip(self.shapes, self._constraints.images(self._positions(vector))))

    def values(self, vector):
        """A dict of the constrained value of each latent by name."""
        return {name: image.value for name, image in self.images(vector).items()}

    def target(self, target):
        """A function of vectors that returns log densities and gradients.

        :param target: A `Target` of constrained values.
        """
        of_positions = self._constraints.target(target)

        def of_vectors(vector):
            log_prob, gradients = of_positions(self._positions(vector))
            return log_prob, tf.concat(self._flat(gradients), axis=-1)
        return of_vectors

    def vector(self, values):
        """The vector of a dict of constrained values by name."""
        positions = self._constraints.free([values[name] for name in self.shapes])
        return tf.concat(_with_equal_axes(self._flat(positions)), axis=-1)

    def _flat(self, positions):
        """Positions of all latents, or gradients, with one axis of numbers each."""
        return [_with_last_shape(_with_first_shape(x, len(shape)), [size])
                for x, shape, size in zip(
                    positions, self._free_shapes, self.sizes.values())]

    def log_det(self, name, image):
        """The log determinant of the Jacobian of one latent; 0. if it is 1."""
        if image.log_det is None:
            return 0.
        n_axes = image.value.shape.rank - len(self.shapes[name])
        return tf.reduce_sum(
            image.log_det, axis=list(range(n_axes, image.log_det.shape.rank)))


def _with_first_shape(x, n_last):
    """`x`, whose last `n_last` axes are one."""
    return tf.reshape(x, tf.concat([tf.shape(x)[:x.shape.rank - n_last], [-1]], axis=0))


def _with_last_shape(x, shape):
    """`x`, whose last axis has become those of `shape`."""
    first = x.shape[:-1]
    if first.is_fully_defined():
        return tf.reshape(x, first.as_list() + list(shape))
    y = tf.reshape(x, tf.concat([tf.shape(x)[:-1], np.array(shape, np.int32)], axis=0))
    y.set_shape(first.concatenate(list(shape)))
    return y


def _with_equal_axes(vectors):
    """Vectors, of which those without the axes in front are repeated along them."""
    shape = tf.shape(vectors[0])[:-1]
    for x in vectors[1:]:
        shape = tf.broadcast_dynamic_shape(shape, tf.shape(x)[:-1])
    static = max((x.shape[:-1] for x in vectors), key=lambda s: s.rank)
    return [x if x.shape.rank == static.rank + 1 else tf.broadcast_to(
        x, tf.concat([shape, tf.shape(x)[-1:]], axis=0)) for x in vectors]


def find_space(model, observed, names=None, latent=None, constraints="auto", init=None,
               seed=0, session=None):
    """The :class:`UnconstrainedSpace` of latents, and an initial vector, an array.

    For parameters, see :func:`find_starts`.
    """
    space, starts = find_starts(
        model, observed, 1, names, latent, constraints, init, seed, session)
    return space, starts[0]


def find_starts(model, observed, n_starts, names=None, latent=None, constraints="auto",
                init=None, seed=0, session=None):
    """The :class:`UnconstrainedSpace`, and initial vectors, an array `[n_starts, d]`.

    :param observed: A dict of observed values by name.
    :param n_starts: An int. None gives one of `latent`, as many as `init` has, or, if
        some are drawn, about 11 in descending order of the log density.
    :param names: The names of some latents; None for all.
    :param latent: A dict of initial values by name, for a function; or None.
    :param constraints: As `resolve` takes.
    :param init: As `find_initial_values` takes.
    """
    if latent is None:
        values = find_initial_values(
            model, observed, init, n_starts, constraints, seed, session, names=names,
            n_tried=_N_TRIED if n_starts is None else None)
    else:
        values = start_values(latent, observed, n_starts or 1, session)
    space, starts = make_space(model, observed, values, constraints, session)
    if n_starts is None and np.all(starts == starts[:1]):
        starts = starts[:1]  # of values that `init` has for all latents
    return space, starts


def make_space(model, observed, values, constraints="auto", session=None):
    """The :class:`UnconstrainedSpace` of latents, and the vectors of their values.

    :param observed: A dict of observed values by name.
    :param values: A dict of arrays by name, with one axis in front.
    :param constraints: As `resolve` takes.

    :return: The space, and an array `[n, d]`.
    """
    resolved = Constraints(_settled(model, observed, constraints, values, session),
                           model, observed)
    positions = programs.evaluate(resolved.free, list(values.values()), session)
    resolved.refuse_broken(
        positions, list(values.values()),
        lambda x, value: describe_broken(x, value, axis="start"))
    space = UnconstrainedSpace(resolved, values, positions)
    return space, np.concatenate([x.reshape([len(x), -1]) for x in positions], axis=1)


def _settled(model, observed, constraints, values, session):
    """A dict of constraints whose bijectors have an image of each value."""
    found = {}

    def ends(values):
        found.update(resolve(constraints, model, observed, values))
        return interval_ends(found)

    ends = programs.evaluate(ends, values, session)
    return {name: _injective(name, x)
            for name, x in with_known_ends(found, ends).items()}


def _injective(name, constraint):
    """The constraint itself; the interval of angles for one that turns."""
    if isinstance(constraint, str) and not bijector_to(name, constraint).is_injective:
        return -np.pi, np.pi
    return constraint
