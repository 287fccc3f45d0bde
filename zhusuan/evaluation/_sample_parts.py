"""Evaluate functions of posterior samples part by part, in a loop."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf.loops import stack_in_loop
from zhusuan._tf.random_numbers import in_iteration, seed_of_loop

__all__ = ["SampleParts"]


class SampleParts:
    """Posterior samples, split along one axis into parts; the last may be shorter.

    :param samples: A dict of Tensors by name. A Tensor of length 1 along `axis`, or
        without that axis, belongs to every part.
    :param axis: An int, non-negative if there is more than one part.
    :param length: An int, the length of a part; None for one part.
    """

    def __init__(self, samples, axis, length):
        self._samples = {name: tf.convert_to_tensor(x) for name, x in samples.items()}
        self._axis, self._length = axis, length
        self._n_samples = None if length is None else self._count_samples()

    def _count_samples(self):
        if not isinstance(self._length, (int, np.integer)) or self._length < 1:
            raise ValueError("predictive: batch_size must be an int of at least 1, but "
                             "it is %r." % (self._length,))
        lengths = {name: self._length_of(x) for name, x in self._samples.items()}
        if self._axis < 0 or None in lengths.values():
            raise ValueError(
                "predictive: batch_size=%r needs a non-negative `axis` and posterior "
                "samples of static shape, but axis is %r and the shapes are %s." % (
                    self._length, self._axis, ", ".join(
                        "%r: %s" % (name, x.shape)
                        for name, x in self._samples.items())))
        if len(set(lengths.values()) - {1}) > 1:
            raise ValueError(
                "predictive: the posterior samples have different lengths along axis "
                "%d: %s. Use the same number of samples for all latents." % (
                    self._axis, ", ".join("%r: %s" % x for x in lengths.items())))
        return max(lengths.values(), default=1)

    def _length_of(self, x):
        """The length along the axis; 1 without such an axis, None if not static."""
        if x.shape.rank is None:
            return None
        return 1 if x.shape.rank <= self._axis else x.shape.as_list()[self._axis]

    def evaluate(self, function):
        """Evaluate a function of samples by name on all parts.

        :param function: It returns a dict of Tensors by name that have the sample
            axis, and a nest of other Tensors.
        :return: The dict, with all samples along that axis; and the nest, with a new
            first axis for the parts.
        """
        if self._n_samples is None or self._n_samples <= self._length:
            by_sample, by_part = function(self._samples)
            return by_sample, tf.nest.map_structure(lambda x: x[tf.newaxis], by_part)
        seed = seed_of_loop()

        def part(number, start, length):
            with in_iteration(seed, tf.cast(number, tf.int64), has_nodes=True):
                by_sample, by_part = function(self._part(start, length))
            self._check_lengths(by_sample, length)
            return by_sample, by_part

        n_whole, rest = divmod(self._n_samples, self._length)
        by_sample, by_part = stack_in_loop(
            lambda i: part(i, i * self._length, self._length), n_whole)
        by_sample = {name: self._merge_parts(x) for name, x in by_sample.items()}
        if not rest:
            return by_sample, by_part
        last_samples, last_part = part(n_whole, n_whole * self._length, rest)
        return ({name: tf.concat([x, last_samples[name]], self._axis)
                 for name, x in by_sample.items()},
                tf.nest.map_structure(lambda x, y: tf.concat([x, y[tf.newaxis]], 0),
                                      by_part, last_part))

    def _part(self, start, length):
        """`length` samples of each, an int; `start` may be a Tensor."""
        indices = start + tf.range(length)
        return {name: x if self._length_of(x) == 1 else
                tf.gather(x, indices, axis=self._axis)
                for name, x in self._samples.items()}

    def _check_lengths(self, by_sample, length):
        for name, x in by_sample.items():
            if x.shape.rank is not None and self._length_of(x) not in (None, length):
                raise ValueError(
                    "predictive: the node %r has shape %s for %d posterior samples; "
                    "expected that length along axis %d. Omit batch_size if the "
                    "node does not depend on them." % (
                        name, x.shape, length, self._axis))

    def _merge_parts(self, x):
        """Merge the first axis, that of parts, into the sample axis."""
        axis, rank = self._axis, x.shape.rank
        x = tf.transpose(x, list(range(1, axis + 1)) + [0] + list(
            range(axis + 1, rank)))
        shape = list(_tf.shape_of(x)) if x.shape.is_fully_defined() else (
            tf.unstack(_tf.shape_of(x), rank))
        return tf.reshape(x, shape[:axis] + [shape[axis] * shape[axis + 1]]
                          + shape[axis + 2:])
