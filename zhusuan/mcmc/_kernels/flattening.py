"""All latents of a chain as one vector."""
import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["Flat"]


class Flat:
    """Between lists of positions and `[n_chains, d]`.

    :param shapes: The static shapes of the positions, chain axes + data axes.
    :param chain_rank: An int, how many axes are chain axes.
    """

    def __init__(self, shapes, chain_rank):
        shapes = [tuple(shape) for shape in shapes]
        self._chain_shape = shapes[0][:chain_rank]
        self._data_shapes = [shape[chain_rank:] for shape in shapes]
        self.n_chains = _size(self._chain_shape)
        self._sizes = [_size(shape) for shape in self._data_shapes]
        self.size = sum(self._sizes)

    def join(self, position):
        """`[n_chains, d]` of a list."""
        return tf.concat([tf.reshape(x, [self.n_chains, size])
                          for x, size in zip(position, self._sizes)], axis=-1)

    def split(self, x):
        """The list of `[n_chains, d]`."""
        return [tf.reshape(part, self._chain_shape + shape) for part, shape in
                zip(tf.split(x, self._sizes, axis=-1), self._data_shapes)]

    def per_chain(self, x):
        """What has one number for each chain, with the chain axes."""
        return tf.reshape(x, self._chain_shape)

    def chain_state(self, chain):
        """A ChainState with one position `[n_chains, d]`."""
        return type(chain)([self.join(chain.position)],
                           tf.reshape(chain.log_prob, [self.n_chains]),
                           [self.join(chain.gradient)])

    def target(self, target):
        """The target of such positions."""
        def flat_target(position):
            log_prob, gradient = target(self.split(position[0]))
            return (tf.reshape(log_prob, [self.n_chains]),
                    [self.join(gradient)])
        return flat_target


def _size(shape):
    return int(np.prod(shape, dtype=int))
