"""Sums, means and shapes over the axes after the chain axes."""
import tensorflow.compat.v2 as tf

__all__ = ["expand_chains", "mean_over_data", "sum_over_data"]


def sum_over_data(x, chain_rank):
    """The sum over all axes after the first `chain_rank`."""
    return tf.reduce_sum(x, axis=list(range(chain_rank, x.shape.rank)))


def mean_over_data(x, chain_rank):
    """The mean over all axes after the first `chain_rank`."""
    return tf.reduce_mean(x, axis=list(range(chain_rank, x.shape.rank)))


def expand_chains(per_chain, x):
    """`per_chain` with axes of length 1 behind, to broadcast against `x`."""
    missing = x.shape.rank - per_chain.shape.rank
    if not missing:
        return per_chain
    shape = tf.concat([tf.shape(per_chain), [1] * missing], 0)
    static = per_chain.shape.concatenate([1] * missing)
    if static.is_fully_defined():
        shape = static
    return tf.reshape(per_chain, shape)
