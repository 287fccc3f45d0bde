"""Sums over data of the generalized Gauss-Newton matrix of groups of weights.

The matrix is the sum of `J^T F J` for the Jacobian `J` of the outputs for one datum and
the Fisher information `F` of the distribution of its targets (Martens, 2020, "New
insights and perspectives on the natural gradient method", section 8).
"""
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf.gradients import differentiable
from zhusuan.distributions import Normal, kl_divergence
from zhusuan.framework import BayesianNet
from zhusuan.keras._dense_inputs import DenseInputs
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
    :param is_diagonal: A bool. Whether to compute the diagonal alone: `left` is a
        vector of all weights of a group.
    """

    def __init__(self, model: Any, values: Mapping[str, np.ndarray],
                 groups: List[WeightGroup], is_diagonal: bool) -> None:
        self._model, self._groups = model, groups
        self._is_diagonal = is_diagonal
        self._values = {name: tf.convert_to_tensor(x) for name, x in values.items()}
        self._inputs = DenseInputs(model.network, model.weights)
        # The gradients of these determine all others.
        self._names = [name for group in groups for name in (
            group.sizes if self._kernel_of(group) is None else list(group.sizes)[1:])]

    def _kernel_of(self, group: WeightGroup) -> Optional[str]:
        """The name of the kernel if the group is that of a dense layer."""
        first, *others = group.sizes
        is_layer = len(others) == 1 and group.shape[1] == group.sizes[others[0]]
        return first if is_layer and self._inputs.has(first) else None

    def sums(self, data: Mapping[str, np.ndarray], batch_size: Optional[int] = None
             ) -> List[Sums]:
        """The sums of each group, over batches of the rows of data."""
        if batch_size is None:
            batch_size = self._batch_size(data["x"][:1])
        of_batch = tf.function(self._of_batch, autograph=False)
        totals: Any = None
        for first in range(0, len(data["x"]), batch_size):
            batch = {name: tf.convert_to_tensor(x[first:first + batch_size])
                     for name, x in data.items()}
            new = [np.asarray(x, np.float64) for x in tf.nest.flatten(of_batch(batch))]
            totals = new if totals is None else [a + b for a, b in zip(totals, new)]
        return [Sums(*totals[3 * i:3 * i + 3]) for i in range(len(self._groups))]

    def _batch_size(self, x: np.ndarray) -> int:
        outputs, _ = self._model._network_function(self._weights(), x)
        n_weights = sum(int(np.prod(self._values[name].shape)) for name in self._names)
        return max(1, _MAX_NUMBERS // (int(np.prod(outputs.shape[1:])) * n_weights))

    def _weights(self) -> List[tf.Tensor]:
        return [self._values[name] for name in self._model.weights]

    def _of_batch(self, batch: Dict[str, tf.Tensor]) -> List[Sums]:
        x = self._model._network_function._convert_inputs(batch["x"])
        outputs, rank = self._model._network_function(self._weights(), x)
        root = _root(self._fisher(outputs, rank, batch["y"]))
        jacobians = tf.vectorized_map(self._jacobian, x)
        inputs = self._inputs(self._values, x)
        return [self._of_group(group, root, jacobians, inputs)
                for group in self._groups]

    def _of_group(self, group: WeightGroup, root: tf.Tensor,
                  jacobians: Dict[str, tf.Tensor], inputs: Dict[str, tf.Tensor]
                  ) -> Sums:
        kernel = self._kernel_of(group)
        if kernel is not None:
            bias = list(group.sizes)[1]
            a = tf.concat([inputs[kernel], tf.ones_like(inputs[kernel][:, :1])], axis=1)
            return self._of_products(
                a, tf.einsum("ncd,ncj->ndj", root, jacobians[bias]))
        gradients = tf.concat([tf.reshape(jacobians[name], tf.concat(
            [tf.shape(jacobians[name])[:2], [-1, group.shape[1]]], axis=0))
            for name in group.sizes], axis=2)
        return self._of_gradients(tf.einsum("ncd,ncij->ndij", root, gradients))

    def _jacobian(self, x: tf.Tensor) -> Dict[str, tf.Tensor]:
        """The derivatives of all outputs for one datum, by the names of weights."""
        def outputs_of(xs: List[tf.Tensor]) -> tf.Tensor:
            values = dict(self._values, **dict(zip(self._names, xs)))
            return tf.reshape(self._model._network_function._evaluate(
                [values[name] for name in self._model.weights], x[tf.newaxis]), [-1])

        rows = _derivatives(outputs_of, [self._values[name] for name in self._names])
        return {name: tf.stack([row[i] for row in rows])
                for i, name in enumerate(self._names)}

    def _of_products(self, a: tf.Tensor, g: tf.Tensor) -> Sums:
        """The sums of gradients that are outer products of inputs and others.

        :param a: Inputs `[n, rows]`.
        :param g: Gradients `[n, n_outputs, columns]`.
        """
        a_squares, g_squares = tf.square(a), tf.reduce_sum(tf.square(g), axis=1)
        if self._is_diagonal:
            return _diagonal(tf.matmul(a_squares, g_squares, transpose_a=True))
        by_a = tf.reduce_sum(a_squares, axis=1)
        by_g = tf.reduce_sum(g_squares, axis=1)
        left = tf.matmul(a * by_g[:, tf.newaxis], a, transpose_a=True) if (
            a.shape[1] <= _MAX_FACTOR) else tf.linalg.matvec(
                a_squares, by_g, transpose_a=True)
        right = tf.einsum("ncj,n,nck->jk", g, by_a, g) if (
            g.shape[2] <= _MAX_FACTOR) else tf.linalg.matvec(
                g_squares, by_a, transpose_a=True)
        return Sums(left, right, tf.reduce_sum(by_a * by_g))

    def _of_gradients(self, gradients: tf.Tensor) -> Sums:
        """The sums of gradients `[n, n_outputs, rows, columns]`."""
        squares = tf.square(gradients)
        if self._is_diagonal:
            return _diagonal(tf.reduce_sum(squares, axis=[0, 1]))
        rows, columns = gradients.shape[2:]
        left = tf.einsum("ncij,nckj->ik", gradients, gradients) if (
            rows <= _MAX_FACTOR) else tf.reduce_sum(squares, axis=[0, 1, 3])
        right = tf.einsum("ncij,ncik->jk", gradients, gradients) if (
            columns <= _MAX_FACTOR) else tf.reduce_sum(squares, axis=[0, 1, 2])
        return Sums(left, right, tf.reduce_sum(squares))

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


def _diagonal(x: tf.Tensor) -> Sums:
    return Sums(tf.reshape(x, [-1]), tf.ones([1], x.dtype), tf.ones([], x.dtype))


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
