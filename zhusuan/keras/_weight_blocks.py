"""Normal distributions of weights with Kronecker-factored, dense or diagonal blocks.

The deviation of a block from its mean is the matrix

    left @ (noise * std) @ right.T

of independent standard normal numbers. `left` and `right` are square matrices, or
vectors for diagonal ones.
"""
from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.variational.posteriors._joint_density import PointMass
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["BlockNormal", "NormalBlock", "WeightGroup", "normal_block"]


class WeightGroup(NamedTuple):
    """Weights whose numbers are the rows of one matrix."""

    sizes: Dict[str, int]
    """The numbers of the weights by their names, in the order of rows."""
    shape: Tuple[int, int]

    @property
    def n_dims(self) -> int:
        """The number of all weights."""
        return self.shape[0] * self.shape[1]


class NormalBlock(NamedTuple):
    """The distribution of the deviations of a group."""

    group: WeightGroup
    left: np.ndarray
    right: np.ndarray
    std: np.ndarray

    @property
    def log_det(self) -> float:
        """The log determinant of the covariance."""
        rows, columns = self.group.shape
        return float(2. * (np.sum(np.log(self.std)) + columns * _log_abs_det(self.left)
                           + rows * _log_abs_det(self.right)))


def normal_block(group: WeightGroup, left: np.ndarray, right: np.ndarray, trace: float,
                 prior: np.ndarray, prior_factor: float = 1.) -> NormalBlock:
    """The normal distribution of the precision `left x right / trace + prior`.

    :param left: The left Kronecker factor; a vector if it is diagonal.
    :param right: The right Kronecker factor; a vector if it is diagonal.
    :param trace: A number.
    :param prior: The precisions of the prior, of the shape of the group. They are
        exact where they are products of a number for each row and for each column.
    :param prior_factor: A number that multiplies `prior`.
    """
    by_row, by_column = _product_of(prior)
    left, left_values = _whitened(left, by_row)
    right, right_values = _whitened(right, by_column)
    curvature = np.outer(left_values, right_values) / trace if trace > 0. else (
        np.zeros(group.shape))
    return NormalBlock(group, left, right, (curvature + prior_factor) ** -0.5)


def _product_of(prior: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Numbers for rows and columns whose products are nearest to those of a matrix."""
    logs = np.log(prior)
    by_row = np.mean(logs, axis=1)
    return np.exp(by_row), np.exp(np.mean(logs, axis=0) - np.mean(by_row))


def _whitened(factor: np.ndarray, precision: np.ndarray
              ) -> Tuple[np.ndarray, np.ndarray]:
    """A matrix for which `precision` is the identity and the factor is diagonal.

    :return: The matrix, a vector if it is diagonal, and the diagonal of the factor.
    """
    scale = precision ** -0.5
    if factor.ndim == 1:
        return scale, factor * scale ** 2
    values, vectors = np.linalg.eigh(factor * np.outer(scale, scale))
    return scale[:, np.newaxis] * vectors, np.maximum(values, 0.)


def _log_abs_det(x: np.ndarray) -> float:
    return float(np.sum(np.log(x))) if x.ndim == 1 else float(np.linalg.slogdet(x)[1])


class BlockNormal(Posterior):
    """Normal distributions of groups of weights; other latents are constant.

    :param space: The `UnconstrainedSpace` of the latents.
    :param mean: An array `[d]`.
    :param blocks: A list of `NormalBlock`.
    """

    _has_jacobian = False

    def __init__(self, space: Any, mean: np.ndarray, blocks: List[NormalBlock]) -> None:
        self._space, self.blocks = space, blocks
        self._loc = tf.Variable(self._cast(mean), name="loc", trainable=False)

    def _distribution(self) -> "_DeviatingPoint":
        return _DeviatingPoint(
            tf.convert_to_tensor(self._loc), self._space.sizes, self.blocks)


class _DeviatingPoint(PointMass):
    """The distribution of vectors, whose density is not available.

    :param value: A Tensor `[d]`, the mean.
    :param sizes: The numbers of the components of latents by name.
    """

    def __init__(self, value: tf.Tensor, sizes: Dict[str, int],
                 blocks: List[NormalBlock]) -> None:
        super().__init__(value)
        self._sizes, self._blocks = sizes, blocks

    def sample(self, n_samples: Any = None) -> tf.Tensor:
        mean = super().sample(1 if n_samples is None else n_samples)
        n, parts = tf.shape(mean)[0], {}
        for block in self._blocks:
            parts.update(self._deviations(block, n, mean.dtype))
        deviations = tf.concat([
            parts[name] if name in parts else tf.zeros([n, size], mean.dtype)
            for name, size in self._sizes.items()], axis=-1)
        return (mean + deviations)[0] if n_samples is None else mean + deviations

    @staticmethod
    def _deviations(block: NormalBlock, n: tf.Tensor, dtype: tf.DType
                    ) -> Dict[str, tf.Tensor]:
        left, right, std = (tf.constant(x, dtype) for x in block[1:])
        x = std * random_numbers.normal(
            tf.concat([[n], block.group.shape], axis=0), dtype)
        x = left[:, tf.newaxis] * x if left.shape.rank == 1 else tf.matmul(left, x)
        x = x * right if right.shape.rank == 1 else tf.matmul(
            x, right, transpose_b=True)
        flat = tf.reshape(x, [-1, block.group.n_dims])
        return dict(zip(block.group.sizes, tf.split(
            flat, list(block.group.sizes.values()), axis=-1)))
