"""Programs of the generic tests of distributions, built once per row and mode."""
import functools
from collections import namedtuple

import modes
import numpy as np
import tensorflow.compat.v2 as tf
from tensorflow.python.eager import context

# Arrays of one row in one dtype. Points have shape [N, P] + V, for P parameter sets;
# `want` and `terms` have shape [N, P].
Grid = namedtuple("Grid", "sets parameters points want terms")


def eagerly(test):
    """A decorator for tests without modes: they run eagerly, in TensorFlow 1 too."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        with context.eager_mode():
            return test(*args, **kwargs)

    return run


@functools.lru_cache(maxsize=None)
def grid(case, dtype):
    """The points of all parameter sets, inside the support and next to it."""
    sets = case.rounded_sets(dtype)
    columns = [_column(case, one, dtype) for one in sets]
    length = max(len(points) for points, _, _ in columns)
    last = np.arange(length)  # short columns repeat their last point
    columns = [[array[np.minimum(last, len(array) - 1)] for array in column]
               for column in columns]
    points, want, terms = [np.stack(arrays, axis=1) for arrays in zip(*columns)]
    parameters = {
        name: np.stack([_tiled(one[name], length) for one in sets], axis=1)
        if name not in case.shared else np.asarray(sets[0][name])
        for name in case.parameter_names}
    return Grid(sets, {n: p.astype(dtype) for n, p in parameters.items()},
                points.astype(case.sample_dtype(dtype)), want, terms)


def _column(case, one, dtype):
    """The points of one parameter set, their log densities, the largest terms."""
    inside = case.inside_points(one, dtype)
    outside = case.outside_points(one, dtype).reshape((-1,) + inside.shape[1:])
    want = [case.log_density(inside, one), np.full(len(outside), -np.inf)]
    terms = [case.largest_term(inside, one), np.ones(len(outside))]
    return (np.concatenate([inside, outside]), np.concatenate(want),
            np.concatenate(terms))


def _tiled(value, length):
    return np.broadcast_to(value, (length,) + np.shape(value))


def densities(case, dtype, grid, mode):
    """log_prob and prob at the points, and the gradient of log_prob there."""
    names = list(grid.parameters)

    def compute(points, *parameters):
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            if not case.is_discrete:
                tape.watch(points)
            dist = case.make(dict(zip(names, parameters)), **case.kwargs_for(dtype))
            log_prob = dist.log_prob(points)
        sources = list(parameters) + ([] if case.is_discrete else [points])
        gradients = tape.gradient(log_prob, sources)
        return log_prob, dist.prob(points), gradients

    log_prob, prob, gradients = modes.run(
        mode, compute, grid.points, *grid.parameters.values())
    names = names + ([] if case.is_discrete else ["given"])
    return log_prob, prob, dict(zip(names, gradients))
