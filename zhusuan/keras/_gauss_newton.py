"""Sums over data of the generalized Gauss-Newton matrix of groups of weights.

The matrix is the sum of `J^T F J` for the Jacobian `J` of the outputs for one datum and
the Fisher information `F` of the distribution of its targets (Martens, 2020, "New
insights and perspectives on the natural gradient method", section 8).
"""
from typing import Any, Callable, Dict, List, Mapping, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf.gradients import differentiable
from zhusuan.distributions import Normal, kl_divergence
from zhusuan.framework import BayesianNet
from zhusuan.keras._weight_blocks import WeightGroup

__all__ = ["GaussNewton", "Sums", "score"]

# Larger Kronecker factors are diagonal.
_MAX_FACTOR = 4096
# The number of numbers in the Jacobians of a batch.
_MAX_NUMBERS = 2 ** 23


class Sums(NamedTuple):
    """Kronecker factors `left` and `right` of a group, and the trace of both.

    The matrix is approximated by the Kronecker product of the factors over the trace.
    Entries of the factors are sums over rows or columns of products of gradients: this
    is one step of the power iteration to the nearest Kronecker product (Morwani et al.,
    2024, "A new perspective on Shampoo's preconditioner", section 3). It is exact if
    all gradients are multiples of one matrix, or have one column.
    """

    left: Any
    right: Any
    trace: Any


class GaussNewton:
    """The sums over data of a model at one value of its latents.

    :param model: A `BayesianNetwork`.
    :param values: A dict of arrays, the values of all latents by name.
    :param groups: A list of :class:`WeightGroup`.
    :param is_diagonal: A bool. Whether to compute the diagonal alone, of groups of one
        column.
    """

    def __init__(self, model: Any, values: Mapping[str, np.ndarray],
                 groups: List[WeightGroup], is_diagonal: bool) -> None:
        self._model, self._groups = model, groups
        self._is_diagonal = is_diagonal
        self._values = {name: tf.convert_to_tensor(x) for name, x in values.items()}

    def sums(self, data: Mapping[str, np.ndarray], batch_size: Any = None
             ) -> List[Sums]:
        """The sums of each group, over batches of the rows of data."""
        n_rows = len(data["x"])
        if batch_size is None:
            batch_size = self._batch_size(data["x"][:1])
        of_batch = tf.function(self._of_batch, autograph=False)
        totals: Any = None
        for first in range(0, n_rows, batch_size):
            batch = {name: tf.convert_to_tensor(x[first:first + batch_size])
                     for name, x in data.items()}
            new = [np.asarray(x, np.float64) for x in tf.nest.flatten(of_batch(batch))]
            totals = new if totals is None else [a + b for a, b in zip(totals, new)]
        return [Sums(*totals[3 * i:3 * i + 3]) for i in range(len(self._groups))]

    def _batch_size(self, x: np.ndarray) -> int:
        outputs, _ = self._model._network_function(self._weights(), x)
        n_numbers = int(np.prod(outputs.shape[1:])) * sum(
            group.n_dims for group in self._groups)
        return max(1, _MAX_NUMBERS // n_numbers)

    def _weights(self) -> List[tf.Tensor]:
        return [self._values[name] for name in self._model.weights]

    def _of_batch(self, batch: Dict[str, tf.Tensor]) -> List[Sums]:
        x = self._model._network_function._convert_inputs(batch["x"])
        outputs, rank = self._model._network_function(self._weights(), x)
        root = _root(self._fisher(outputs, rank, batch["y"]))
        jacobians = tf.vectorized_map(self._jacobian, x)
        result = []
        for group in self._groups:
            gradients = tf.concat([tf.reshape(jacobians[name], tf.concat(
                [tf.shape(jacobians[name])[:2], [-1, group.shape[1]]], axis=0))
                for name in group.sizes], axis=2)
            result.append(self._factors(
                tf.einsum("ncd,ncij->ndij", root, gradients), group))
        return result

    def _jacobian(self, x: tf.Tensor) -> Dict[str, tf.Tensor]:
        """The derivatives of all outputs for one datum, by the names of weights."""
        names = [name for group in self._groups for name in group.sizes]

        def outputs_of(xs: List[tf.Tensor]) -> tf.Tensor:
            values = dict(self._values, **dict(zip(names, xs)))
            return tf.reshape(self._model._network_function._evaluate(
                [values[name] for name in self._model.weights], x[tf.newaxis]), [-1])

        weights = [self._values[name] for name in names]
        rows = _derivatives(outputs_of, weights)
        return {name: tf.stack([row[i] for row in rows])
                for i, name in enumerate(names)}

    def _factors(self, gradients: tf.Tensor, group: WeightGroup) -> Sums:
        """The sums for gradients `[n, n_outputs]` + the shape of the group."""
        squares = tf.square(gradients)
        trace = tf.reduce_sum(squares)
        if self._is_diagonal:
            return Sums(tf.reduce_sum(squares, axis=[0, 1, 3]),
                        tf.ones([1], trace.dtype), tf.ones([], trace.dtype))
        rows, columns = group.shape
        left = tf.einsum("ncij,nckj->ik", gradients, gradients) if rows <= _MAX_FACTOR \
            else tf.reduce_sum(squares, axis=[0, 1, 3])
        right = tf.einsum("ncij,ncik->jk", gradients, gradients) if (
            columns <= _MAX_FACTOR) else tf.reduce_sum(squares, axis=[0, 1, 2])
        return Sums(left, right, trace)

    def _distribution(self, outputs: tf.Tensor, rank: int, y: tf.Tensor) -> Any:
        """The distribution of the targets, without groups."""
        observed = {name: x for name, x in self._values.items()
                    if name not in self._model.weights}
        bn = BayesianNet(dict(observed, y=y))
        self._model._likelihood.add_nodes(bn, outputs, rank)
        return bn["y"].dist.without_groups()

    def _fisher(self, outputs: tf.Tensor, rank: int, y: tf.Tensor) -> tf.Tensor:
        """The curvature of the log density of targets by outputs, `[n, c, c]`.

        Of normal targets it is the Fisher information, the Hessian of the KL divergence
        at equal distributions. Of others it is the negative Hessian for the observed
        targets, which is the same for "categorical", "bernoulli" and "poisson".
        """
        n_outputs = int(np.prod(outputs.shape[1:]))
        fixed = self._distribution(tf.stop_gradient(outputs), rank, y)

        def divergence(flat: tf.Tensor) -> tf.Tensor:
            twin = self._distribution(tf.reshape(flat, tf.shape(outputs)), rank, y)
            if isinstance(fixed, Normal):
                return tf.reduce_sum(kl_divergence(fixed, twin))
            return -tf.reduce_sum(twin.log_prob(y))

        # Each gradient depends on the outputs of its own datum alone.
        rows = _derivatives(
            lambda xs: score(divergence, xs[0]),
            [tf.reshape(outputs, [-1, n_outputs])])
        return tf.stack([row[0] for row in rows], axis=1)


def score(function: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor) -> tf.Tensor:
    """The gradient of a function of one Tensor, which can be differentiated again."""
    value, gradients = differentiable(lambda xs: function(xs[0]), [x])
    return gradients([value])[0]


def _derivatives(function: Callable[[List[tf.Tensor]], tf.Tensor], xs: List[tf.Tensor]
                 ) -> List[List[tf.Tensor]]:
    """The gradients of each entry along the last axis of the result, in its order."""
    value, gradients = differentiable(function, xs, is_persistent=True)
    n_outputs = value.shape[-1]
    rows = [gradients([value], [tf.ones_like(value) * tf.one_hot(
        i, n_outputs, dtype=value.dtype)]) for i in range(n_outputs)]
    return [[tf.zeros_like(x) if gradient is None else gradient
             for x, gradient in zip(xs, row)] for row in rows]


def _root(fisher: tf.Tensor) -> tf.Tensor:
    """Matrices whose products with their transposes are those given.

    Negative eigenvalues, of densities that are not log-concave, count as 0.
    """
    values, vectors = tf.linalg.eigh(
        0.5 * (fisher + tf.linalg.matrix_transpose(fisher)))
    return vectors * tf.sqrt(tf.maximum(values, 0.))[:, tf.newaxis, :]
