"""Hidden Markov models, whose states are summed out."""
from typing import Any, Callable, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.vectors import broadcast_to_event, last_dimension
from zhusuan.distributions._checks import (
    check_broadcast,
    check_min_rank,
    check_same_length,
)
from zhusuan.distributions._components import (
    check_component,
    over_values,
    sample_to_shape,
    sum_where,
)
from zhusuan.distributions._conversion import check_positive_int, convert_parameters
from zhusuan.distributions._numerics.elementary import log_weighted_sum
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["HiddenMarkov"]

# Products of matrices in a tree cost K^3 for each step, a loop over the steps K^2.
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

    def __init__(self, initial_logits: TensorLike, transition_logits: TensorLike,
                 emissions: Any, n_steps: int, group_ndims: Any = 0,
                 **kwargs: Any) -> None:
        self._emissions = emissions = check_component(
            self, "emissions", emissions, may_group=True)
        like = tf.zeros([], emissions.param_dtype)
        _, initial, transition = convert_parameters(
            emissions=like, initial_logits=initial_logits,
            transition_logits=transition_logits)
        initial = check_min_rank("initial_logits", initial, 1)
        transition = check_min_rank("transition_logits", transition, 2)
        for axis in (-2, -1):
            transition = check_same_length(
                "transition_logits", transition, "initial_logits", initial, axis)
        self._initial_logits = self._check_emissions(initial)
        self._transition_logits = transition
        self._n_states = last_dimension(initial)
        self._n_steps = check_positive_int("n_steps", n_steps)
        self._value_ndims = emissions.group_ndims + emissions.get_value_shape().rank
        super().__init__(
            dtype=emissions.dtype, param_dtype=emissions.param_dtype,
            is_continuous=emissions.is_continuous, is_reparameterized=False,
            group_ndims=group_ndims, parameters={
                "initial_logits": (initial, 1), "transition_logits": (transition, 2)},
            **kwargs)

    @property
    def initial_logits(self) -> tf.Tensor:
        """The log probabilities of the first state up to a constant, ``[..., K]``."""
        return self._initial_logits

    @property
    def transition_logits(self) -> tf.Tensor:
        """The log probabilities of the next state up to a constant, ``[..., K, K]``."""
        return self._transition_logits

    @property
    def emissions(self) -> Distribution:
        """The laws of an observation in each state."""
        return self._emissions

    @property
    def n_steps(self) -> int:
        """The number T of observations, an int."""
        return self._n_steps

    # -- Shapes --

    def _check_emissions(self, initial: tf.Tensor) -> tf.Tensor:
        """Check that as many emissions as initial states have matching batch axes."""
        static = self._emission_batch(self._emissions.get_batch_shape())
        message = (
            "HiddenMarkov: `initial_logits` has shape %s and `emissions` the batch "
            "shape %s. Both must end with the same K, and the axes in front should be "
            "broadcastable to match." % (initial.shape, static))
        lengths = [shape.as_list()[-1] if shape.rank else None
                   for shape in (initial.shape, static)]
        if static.rank == 0 or (None not in lengths and len(set(lengths)) > 1):
            raise ValueError(message)
        check_broadcast("initial_logits", initial.shape, "emissions", static)
        if None not in lengths:
            return initial
        dynamic = self._emission_batch(self._emissions.batch_shape)
        return _tf.identity_after([tf.debugging.assert_equal(
            tf.shape(initial)[-1:], dynamic[-1:], message=message)], initial)

    def _get_batch_shape(self) -> tf.TensorShape:
        own = self._emission_batch(self._emissions.get_batch_shape())
        return tf.broadcast_static_shape(
            super()._get_batch_shape(), own if own.rank is None else own[:-1])

    def _batch_shape(self) -> tf.Tensor:
        own = self._emission_batch(self._emissions.batch_shape)
        return tf.broadcast_dynamic_shape(super()._batch_shape(), own[:-1])

    def _emission_batch(self, shape: Any) -> Any:
        """The part of the batch shape of `emissions` up to K."""
        n_grouped = self._emissions.group_ndims
        return shape[:-n_grouped] if n_grouped else shape

    def _get_value_shape(self) -> tf.TensorShape:
        own, n_grouped = self._emissions.get_batch_shape(), self._emissions.group_ndims
        grouped = (tf.TensorShape([None] * n_grouped) if own.rank is None else
                   own[own.rank - n_grouped:])
        return tf.TensorShape([self._n_steps]).concatenate(grouped).concatenate(
            self._emissions.get_value_shape())

    def _value_shape(self) -> tf.Tensor:
        return tf.concat([[self._n_steps], self._grouped_shape,
                          self._emissions.value_shape], axis=0)

    @property
    def _grouped_shape(self) -> tf.Tensor:
        """The axes of the batch of `emissions` that their `group_ndims` sums."""
        own = self._emissions.batch_shape
        return own[tf.size(own) - self._emissions.group_ndims:]

    # -- The density and the states, given observations --

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        first, others = self._first_and_others(given)
        if isinstance(self._n_states, int) and (
                self._n_states <= _MOST_STATES_OF_A_TREE):
            last = first
            if self._n_steps > 1:
                product = _log_product(self._n_steps - 1, (
                    self._log_transition + others[..., tf.newaxis, :]))
                last = _log_vecmat(first, product)
        else:
            last = self._forward(first, others)[-1]
        return _log_sum(last)

    @tf.autograph.experimental.do_not_convert
    def posterior_marginals(self, given: TensorLike) -> tf.Tensor:
        """Smoothed probabilities of the states, given all observations.

        By the forward-backward algorithm (Rabiner, 1989, eq. 27).

        :param given: A Tensor of the sample dtype, broadcastable to ``(... +) B + V``.
        :return: A Tensor of `param_dtype` and shape ``(... +) B + [T, K]``.
        """
        first, others = self._first_and_others(self._check_input_shape(given))
        log_transition = self._log_transition
        backward = self._scan(
            lambda after, log_prob: _log_matvec(log_transition, after + log_prob),
            tf.zeros_like(first), others, reverse=True)
        return _time_to(-2, tf.nn.softmax(self._forward(first, others) + backward))

    @tf.autograph.experimental.do_not_convert
    def posterior_mode(self, given: TensorLike) -> tf.Tensor:
        """The most probable sequence of states, by the Viterbi algorithm.

        Rabiner (1989), eq. 32 to 35.

        :param given: A Tensor of the sample dtype, broadcastable to ``(... +) B + V``.
        :return: An int32 Tensor of shape ``(... +) B + [T]``.
        """
        first, others = self._first_and_others(self._check_input_shape(given))
        log_transition = self._log_transition
        best = self._scan(lambda before, log_prob: log_prob + tf.reduce_max(
            before[..., tf.newaxis] + log_transition, axis=-2), first, others)
        states = self._scan(
            lambda after, scores: _argmax(scores + sum_where(
                self._is_state(after)[..., tf.newaxis, :], log_transition, axis=-1)),
            _argmax(best[-1]), best[:-1], reverse=True)
        return _time_to(-1, states)

    def _is_state(self, state: tf.Tensor) -> tf.Tensor:
        """Whether the last axis, ``[K]``, numbers `state`."""
        return tf.one_hot(state, self._n_states, on_value=True, off_value=False)

    def _first_and_others(self, given: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
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
    def _log_transition(self) -> tf.Tensor:
        return tf.nn.log_softmax(self._transition_logits)

    def _forward(self, first: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
        """The log probabilities of states and observations up to each step."""
        log_transition = self._log_transition
        return self._scan(lambda before, log_prob: _log_vecmat(
            before, log_transition) + log_prob, first, others)

    def _scan(self, move: Callable[[tf.Tensor, tf.Tensor], tf.Tensor], first: tf.Tensor,
              others: tf.Tensor, reverse: bool = False) -> tf.Tensor:
        """All T results, of `move` from `first` on; in the order of time."""
        if self._n_steps == 1:
            return first[tf.newaxis]
        results = tf.scan(move, others, initializer=first, reverse=reverse)
        parts = [results, first[tf.newaxis]] if reverse else [
            first[tf.newaxis], results]
        return tf.concat(parts, axis=0)

    # -- Samples and moments --

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        shape = tf.concat([[self._n_steps, n_samples], self.batch_shape], axis=0)
        is_state = over_values(
            self._is_state(self._sample_states(shape)), self._value_ndims)
        samples = sum_where(
            is_state, self._sample_emissions(shape), axis=-1 - self._value_ndims)
        return _time_to(-1 - self._value_ndims, samples)

    def _sample_states(self, shape: tf.Tensor) -> tf.Tensor:
        """States of the shape ``[T, n_samples] + B``, by the Gumbel-max trick."""
        noise = random_numbers.gumbel(
            tf.concat([shape, [self._n_states]], axis=0), self._param_dtype)

        def follow(state: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
            return _argmax(noise + sum_where(
                self._is_state(state)[..., tf.newaxis], self._transition_logits,
                axis=-2))

        return self._scan(follow, _argmax(self._initial_logits + noise[0]), noise[1:])

    def _sample_emissions(self, shape: tf.Tensor) -> tf.Tensor:
        """Samples of all states, of the shape ``[T, n_samples] + B + [K] + V``."""
        return sample_to_shape(self._emissions, tf.concat(
            [shape, [self._n_states], self._grouped_shape], axis=0))

    @property
    def mean(self) -> tf.Tensor:
        """The means of the emissions, weighted by the probabilities of the states."""
        return self._weighted(self._of_emissions("mean"))

    @property
    def variance(self) -> tf.Tensor:
        """The mean of the variances of the emissions, plus that of their means."""
        means = self._of_emissions("mean")
        centre = tf.expand_dims(_time_to(
            0, self._weighted(means), from_=-1 - self._value_ndims),
            -1 - self._value_ndims)
        return self._weighted(
            self._of_emissions("variance") + tf.square(means - centre))

    def _of_emissions(self, name: str) -> tf.Tensor:
        return tf.broadcast_to(getattr(self._emissions, name), tf.concat(
            [self._emissions.batch_shape, self._emissions.value_shape], axis=0))

    def _weighted(self, values: tf.Tensor) -> tf.Tensor:
        """The sum over states of ``B + [K] + V``, by time: ``B + V``."""
        zeros = tf.zeros(tf.concat(
            [[self._n_steps - 1], self.batch_shape, [self._n_states]], axis=0),
            self._param_dtype)
        first = tf.nn.log_softmax(self._initial_logits) + tf.zeros(
            tf.concat([self.batch_shape, [self._n_states]], axis=0), self._param_dtype)
        weights = over_values(tf.exp(self._forward(first, zeros)), self._value_ndims)
        return _time_to(-1 - self._value_ndims, tf.reduce_sum(
            tf.math.multiply_no_nan(values, weights), axis=-1 - self._value_ndims))


def _argmax(x: tf.Tensor) -> tf.Tensor:
    return tf.argmax(x, axis=-1, output_type=tf.int32)


# -- Products of matrices of log probabilities ------------------------------------

def _log_product(n: int, matrices: tf.Tensor) -> tf.Tensor:
    """The product of matrices ``[n, ..., K, K]`` in order, in pairs: a tree."""
    while n > 1:
        pairs = _log_matmul(matrices[0:n - 1:2], matrices[1:n:2])
        matrices = pairs if n % 2 == 0 else tf.concat([pairs, matrices[-1:]], axis=0)
        n = (n + 1) // 2
    return matrices[0]


def _log_matmul(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    return log_weighted_sum(left[..., tf.newaxis, :],
                            tf.linalg.matrix_transpose(right)[..., tf.newaxis, :, :])


def _log_vecmat(vector: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
    return log_weighted_sum(vector[..., tf.newaxis, :],
                            tf.linalg.matrix_transpose(matrix))


def _log_matvec(matrix: tf.Tensor, vector: tf.Tensor) -> tf.Tensor:
    return log_weighted_sum(matrix, vector[..., tf.newaxis, :])


def _log_sum(x: tf.Tensor) -> tf.Tensor:
    return log_weighted_sum(x, tf.zeros_like(x))


def _time_to(axis: int, x: tf.Tensor, from_: int = 0) -> tf.Tensor:
    """`x` with its axis of time, `from_`, moved to another place."""
    rank = tf.rank(x) if x.shape.rank is None else x.shape.rank
    axes = tf.range(rank) if x.shape.rank is None else np.arange(rank)
    concat = tf.concat if x.shape.rank is None else np.concatenate
    source, target = from_ % rank, axis % rank
    others = concat([axes[:source], axes[source + 1:]], 0)
    return tf.transpose(x, concat([
        others[:target], axes[source:source + 1], others[target:]], 0))
