"""All latents of a chain as one vector."""
import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["VectorLayout"]


class VectorLayout:
    """Conversion between lists of positions and one position `[n_chains, d]`.

    :param chain: A ChainState of static shapes.
    """

    def __init__(self, chain):
        shapes = [tuple(x.shape.as_list()) for x in chain.position]
        chain_rank = chain.log_prob.shape.rank
        self._chain_shape = shapes[0][:chain_rank]
        self._data_shapes = [shape[chain_rank:] for shape in shapes]
        self.n_chains = _size(self._chain_shape)
        self._sizes = [_size(shape) for shape in self._data_shapes]

    def join(self, position):
        """`[n_chains, d]` of a list."""
        return tf.concat([tf.reshape(x, [self.n_chains, size])
                          for x, size in zip(position, self._sizes)], axis=-1)

    def split(self, x):
        """The list of `[n_chains, d]`."""
        return [tf.reshape(part, self._chain_shape + shape) for part, shape in
                zip(tf.split(x, self._sizes, axis=-1), self._data_shapes)]

    def per_chain(self, x):
        """A Tensor `[n_chains]` with the chain axes."""
        return tf.reshape(x, self._chain_shape)

    def flat_state(self, chain):
        """A ChainState with one position `[n_chains, d]`."""
        return type(chain)([self.join(chain.position)],
                           tf.reshape(chain.log_prob, [self.n_chains]),
                           [self.join(chain.gradient)])

    def split_state(self, chain):
        """The ChainState of which `chain` is the flat one."""
        return type(chain)(self.split(chain.position[0]),
                           self.per_chain(chain.log_prob),
                           self.split(chain.gradient[0]))

    def flat_target(self, target):
        """The target of positions `[n_chains, d]`."""
        def flat(position):
            log_prob, gradient = target(self.split(position[0]))
            return (tf.reshape(log_prob, [self.n_chains]),
                    [self.join(gradient)])
        return flat


def _size(shape):
    return int(np.prod(shape, dtype=int))
