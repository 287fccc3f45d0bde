"""Hidden Markov models, whose states are summed out."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.vectors import broadcast_to_event
from zhusuan.distributions._checks import check_min_rank
from zhusuan.distributions._components import check_component
from zhusuan.distributions._conversion import check_positive_int, convert_parameters
from zhusuan.distributions._numerics.elementary import log_weighted_sum
from zhusuan.distributions.base import Distribution

__all__ = ["HiddenMarkov"]

# Products of matrices in a tree cost K^3 for each step, but no loop. With more states
# a loop over the steps, which costs K^2, is faster.
_MOST_STATES_OF_A_TREE = 4


class HiddenMarkov(Distribution):
    r"""A sequence of T observations that depend on the states of a Markov chain.

    .. math::

        p(x) = \sum_{z_1 \dots z_T} \pi_{z_1} f_{z_1}(x_1)
        \prod_{t=2}^T A_{z_{t-1} z_t} f_{z_t}(x_t)

    The states are summed out by the forward algorithm (Rabiner, 1989, "A tutorial on
    hidden Markov models", eq. 19 to 21), in logs. Samples are not reparameterized. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for `group_ndims`.
    A value has the shape ``[T]``, followed by the shape of an observation.

    :param initial_logits: A float Tensor of shape ``[..., K]``, the log probabilities
        of the first state up to a constant; -inf for a state that is never the first.
    :param transition_logits: A float Tensor of shape ``[..., K, K]``. Row j holds the
        log probabilities, up to a constant, of the state that follows state j.
    :param emissions: A Distribution, the laws :math:`f_k` of an observation in each
        state. Its batch shape ends with K, or with K and the axes that its
        `group_ndims` sums: then an observation has these axes. The axes before K are
        the last axes of ``B``, or all.
    :param n_steps: An int, T.

    >>> import numpy as np
    >>> import zhusuan as zs
    >>> emissions = zs.distributions.Normal([0., 3.], std=1.)
    >>> dist = zs.distributions.HiddenMarkov(
    ...     [0., 0.], np.log([[0.9, 0.1], [0.2, 0.8]]), emissions, n_steps=3)
    >>> print(np.round(dist.posterior_marginals([0.1, 2.9, 3.2])[:, 1], 2))
    [0.11 0.98 1.  ]
    >>> print(dist.posterior_mode([0.1, 2.9, 3.2]).numpy())
    [0 1 1]
    """

    def __init__(self, initial_logits, transition_logits, emissions, n_steps,
                 group_ndims=0, **kwargs):
        self._emissions = emissions = check_component(
            self, "emissions", emissions, may_group=True)
        like = tf.zeros([], emissions.param_dtype)
        _, initial, transition = convert_parameters(
            emissions=like, initial_logits=initial_logits,
            transition_logits=transition_logits)
        self._initial_logits = check_min_rank("initial_logits", initial, 1)
        self._transition_logits = check_min_rank("transition_logits", transition, 2)
        self._n_steps = check_positive_int("n_steps", n_steps)
        self._value_ndims = emissions.group_ndims + emissions.get_value_shape().rank
        self._n_states = self._check_shapes()
        super().__init__(
            dtype=emissions.dtype, param_dtype=emissions.param_dtype,
            is_continuous=emissions.is_continuous, is_reparameterized=False,
            group_ndims=group_ndims, **kwargs)

    @property
    def initial_logits(self):
        """The log probabilities of the first state up to a constant, ``[..., K]``."""
        return self._initial_logits

    @property
    def transition_logits(self):
        """The log probabilities of the next state up to a constant, ``[..., K, K]``."""
        return self._transition_logits

    @property
    def emissions(self):
        """The laws of an observation in each state."""
        return self._emissions

    @property
    def n_steps(self):
        """The number T of observations, an int."""
        return self._n_steps

    # -- Shapes --

    def _check_shapes(self):
        """The number of states, an int."""
        shapes = (self._initial_logits.shape, self._transition_logits.shape,
                  self._emission_batch(self._emissions.get_batch_shape()))
        initial, transition, emissions = shapes
        sizes = set(initial.as_list()[-1:] + transition.as_list()[-2:] +
                    (emissions.as_list()[-1:] or [None]))
        message = (
            "HiddenMarkov: `initial_logits` has shape %s, `transition_logits` %s and "
            "`emissions` the batch shape %s. They must end with the same static K, "
            "[K, K] and K; the axes in front must broadcast, without stretching "
            "`emissions`." % shapes)
        if len(sizes) != 1 or None in sizes:
            raise ValueError(message)
        try:
            batch = self._get_batch_shape()
        except ValueError:
            raise ValueError(message) from None
        if not emissions[:-1].is_compatible_with(
                batch[batch.rank - emissions.rank + 1:]):
            raise ValueError(message)
        return sizes.pop()

    def _get_batch_shape(self):
        shape = tf.broadcast_static_shape(
            self._initial_logits.shape[:-1], self._transition_logits.shape[:-2])
        return tf.broadcast_static_shape(
            shape, self._emission_batch(self._emissions.get_batch_shape())[:-1])

    def _batch_shape(self):
        shape = tf.broadcast_dynamic_shape(
            tf.shape(self._initial_logits)[:-1],
            tf.shape(self._transition_logits)[:-2])
        return tf.broadcast_dynamic_shape(
            shape, self._emission_batch(self._emissions.batch_shape)[:-1])

    def _emission_batch(self, shape):
        """The part of the batch shape of `emissions` up to K."""
        n_grouped = self._emissions.group_ndims
        return shape[:-n_grouped] if n_grouped else shape

    def _get_value_shape(self):
        own = self._emissions.get_batch_shape()
        grouped = own[own.rank - self._emissions.group_ndims:]
        return tf.TensorShape([self._n_steps]).concatenate(grouped).concatenate(
            self._emissions.get_value_shape())

    def _value_shape(self):
        own = self._emissions.batch_shape
        grouped = own[tf.size(own) - self._emissions.group_ndims:]
        return tf.concat(
            [[self._n_steps], grouped, self._emissions.value_shape], axis=0)

    # -- The density and the states, given observations --

    def _log_prob(self, given):
        first, others = self._first_and_others(given)
        if self._n_states <= _MOST_STATES_OF_A_TREE:
            last = first
            if self._n_steps > 1:
                product = _log_product(
                    self._log_transition + others[..., tf.newaxis, :])
                last = _log_vecmat(first, product)
        else:
            last = self._scan(self._move_forward, first, others)[-1]
        return _log_sum(last)

    def posterior_marginals(self, given):
        """Smoothed probabilities of the states, given all observations.

        By the forward-backward algorithm (Rabiner, 1989, eq. 27).

        :param given: A Tensor of the sample dtype, broadcastable to ``(... +) B + V``.
        :return: A Tensor of `param_dtype` and shape ``(... +) B + [T, K]``.
        """
        first, others = self._first_and_others(self._check_input_shape(given))
        forward = self._scan(self._move_forward, first, others)
        backward = self._scan(
            lambda after, log_prob: _log_matvec(self._log_transition, after + log_prob),
            tf.zeros_like(first), others, reverse=True)
        return _time_to(-2, tf.nn.softmax(forward + backward))

    def posterior_mode(self, given):
        """The most probable sequence of states, by the Viterbi algorithm.

        Rabiner (1989), eq. 32 to 35.

        :param given: A Tensor of the sample dtype, broadcastable to ``(... +) B + V``.
        :return: An int32 Tensor of shape ``(... +) B + [T]``.
        """
        first, others = self._first_and_others(self._check_input_shape(given))
        best = self._scan(lambda before, log_prob: log_prob + tf.reduce_max(
            before[..., tf.newaxis] + self._log_transition, axis=-2), first, others)
        last = tf.argmax(best[-1], axis=-1, output_type=tf.int32)
        states = self._scan(
            lambda after, scores: tf.argmax(
                scores + self._from_any_to(after), axis=-1, output_type=tf.int32),
            last, best[:-1], reverse=True)
        return _time_to(-1, states)

    def _from_any_to(self, state):
        """The log probabilities of reaching these states, ``(... +) B + [K]``."""
        return tf.reduce_sum(self._where_state(
            state[..., tf.newaxis], self._log_transition), axis=-1)

    def _where_state(self, state, x):
        """`x` where the last axis numbers `state`, and 0 elsewhere."""
        is_state = tf.one_hot(state, self._n_states, on_value=True, off_value=False)
        return tf.where(is_state, x, tf.zeros([], x.dtype))

    def _first_and_others(self, given):
        """``log(pi_k f_k(x_1))``, and the ``log f_k(x_t)`` of later steps.

        :return: Tensors of shape ``(... +) B + [K]`` and ``[T - 1] (... +) B + [K]``.
        """
        given = broadcast_to_event(given, self)
        time_first = _time_to(0, given, from_=-1 - self._value_ndims)
        emissions = self._emissions
        # Not `log_prob`, which would warn of the axis of states.
        log_prob = emissions._group(tf.reduce_sum, emissions._log_prob(
            emissions._check_input_shape(
                tf.expand_dims(time_first, -1 - self._value_ndims))))
        return tf.nn.log_softmax(self._initial_logits) + log_prob[0], log_prob[1:]

    @property
    def _log_transition(self):
        return tf.nn.log_softmax(self._transition_logits)

    def _move_forward(self, before, log_prob):
        return _log_vecmat(before, self._log_transition) + log_prob

    def _scan(self, move, first, others, reverse=False):
        """All T results, of `move` from `first` on; in the order of time."""
        if self._n_steps == 1:
            return first[tf.newaxis]
        results = tf.scan(move, others, initializer=first, reverse=reverse)
        parts = [results, first[tf.newaxis]] if reverse else [
            first[tf.newaxis], results]
        return tf.concat(parts, axis=0)

    # -- Samples and moments --

    def _sample(self, n_samples):
        shape = tf.concat([[self._n_steps, n_samples], self.batch_shape], axis=0)
        states = self._sample_states(shape)
        is_state = tf.one_hot(states, self._n_states, on_value=True, off_value=False)
        is_state = is_state[(Ellipsis,) + (tf.newaxis,) * self._value_ndims]
        samples = self._sample_emissions(shape)
        samples = tf.reduce_sum(tf.where(
            is_state, samples, tf.zeros_like(samples)), axis=-1 - self._value_ndims)
        return _time_to(-1 - self._value_ndims, samples)

    def _sample_states(self, shape):
        """States of the shape ``[T, n_samples] + B``, by the Gumbel-max trick."""
        noise = random_numbers.gumbel(
            tf.concat([shape, [self._n_states]], axis=0), self._param_dtype)

        def follow(state, noise):
            is_state = tf.one_hot(
                state, self._n_states, on_value=True, off_value=False)
            logits = tf.reduce_sum(tf.where(
                is_state[..., tf.newaxis], self._transition_logits,
                tf.zeros([], self._param_dtype)), axis=-2)
            return tf.argmax(logits + noise, axis=-1, output_type=tf.int32)

        first = tf.argmax(self._initial_logits + noise[0], axis=-1,
                          output_type=tf.int32)
        return self._scan(follow, first, noise[1:])

    def _sample_emissions(self, shape):
        """Samples of all states, of the shape ``[T, n_samples] + B + [K] + V``."""
        own = self._emission_batch(self._emissions.batch_shape)
        in_front = shape[:tf.size(shape) - tf.size(own) + 1]
        samples = self._emissions.sample(tf.reduce_prod(in_front))
        return tf.reshape(samples, tf.concat(
            [in_front, tf.shape(samples)[1:]], axis=0))

    @property
    def mean(self):
        """The means of the emissions, weighted by the probabilities of the states."""
        return self._weighted(self._of_emissions("mean"))

    @property
    def variance(self):
        """The mean of the variances of the emissions, plus that of their means."""
        means = self._of_emissions("mean")
        centre = tf.expand_dims(_time_to(
            0, self._weighted(means), from_=-1 - self._value_ndims),
            -1 - self._value_ndims)
        return self._weighted(
            self._of_emissions("variance") + tf.square(means - centre))

    def _of_emissions(self, name):
        return tf.broadcast_to(getattr(self._emissions, name), tf.concat(
            [self._emissions.batch_shape, self._emissions.value_shape], axis=0))

    def _weighted(self, values):
        """The sum over states of ``B + [K] + V``, by time: ``B + V``."""
        zeros = tf.zeros(tf.concat(
            [[self._n_steps - 1], self.batch_shape, [self._n_states]], axis=0),
            self._param_dtype)
        first = tf.nn.log_softmax(self._initial_logits) + tf.zeros(
            tf.concat([self.batch_shape, [self._n_states]], axis=0), self._param_dtype)
        weights = tf.exp(self._scan(self._move_forward, first, zeros))
        weights = weights[(Ellipsis,) + (tf.newaxis,) * self._value_ndims]
        return _time_to(-1 - self._value_ndims, tf.reduce_sum(
            tf.math.multiply_no_nan(values, weights), axis=-1 - self._value_ndims))


# -- Products of matrices of log probabilities ------------------------------------

def _log_product(matrices):
    """The product of matrices ``[n, ..., K, K]`` in order, in pairs: a tree."""
    n = matrices.shape[0]
    while n > 1:
        pairs = _log_matmul(matrices[0:n - 1:2], matrices[1:n:2])
        matrices = pairs if n % 2 == 0 else tf.concat([pairs, matrices[-1:]], axis=0)
        n = (n + 1) // 2
    return matrices[0]


def _log_matmul(left, right):
    return log_weighted_sum(left[..., tf.newaxis, :],
                            tf.linalg.matrix_transpose(right)[..., tf.newaxis, :, :])


def _log_vecmat(vector, matrix):
    return log_weighted_sum(vector[..., tf.newaxis, :],
                            tf.linalg.matrix_transpose(matrix))


def _log_matvec(matrix, vector):
    return log_weighted_sum(matrix, vector[..., tf.newaxis, :])


def _log_sum(x):
    return log_weighted_sum(x, tf.zeros_like(x))


def _time_to(axis, x, from_=0):
    """`x` with its axis of time, `from_`, moved to another place."""
    rank = x.shape.rank
    order = list(range(rank))
    order.insert(axis % rank, order.pop(from_ % rank))
    return tf.transpose(x, order)
