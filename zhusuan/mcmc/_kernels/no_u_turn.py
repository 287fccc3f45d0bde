"""The transition of the No-U-Turn sampler: a pure function.

A trajectory is doubled, forward or backward in time, until it makes a U-turn. The
next position is one of its points, drawn with weights exp(-energy) (Hoffman and
Gelman, 2014, "The No-U-Turn Sampler"; Betancourt, 2017, "A conceptual
introduction to Hamiltonian Monte Carlo", appendix A). Each doubling is a loop
over points instead of a recursion, which keeps one point for each level of the
tree (Phan, Pradhan and Jankowiak, 2019, "Composable effects for flexible and
accelerated probabilistic programming in NumPyro", appendix A).

Where two subtrees are joined, U-turns are also looked for between the beginnings and
between the ends of both. Otherwise a trajectory that goes round once, to where it
began, is doubled again, which is common where the metric makes all scales equal.

All chains grow their trees in lockstep, `[n_chains, d]` at a time. With one chain and a
small model, calls of XLA kernels take most of the time. Numbers by chain are therefore
rows of one array. On the CPU, bodies of loops and branches of at most 8 kernels run
without a scheduler, in less than half of the time. Checks for U-turns are of this size.
"""
from typing import Any, NamedTuple

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.mcmc._kernels import hamiltonian
from zhusuan.mcmc._kernels.hamiltonian import ChainState, select_chains

__all__ = ["NUTSTransition", "nuts_transition"]

# XLA computes and sums the products of shorter rows in one kernel. In long rows, a
# matrix product has larger rounding errors, and the time of a kernel call is small.
PRODUCT_SIZES = range(33, 1025)


class NUTSTransition(NamedTuple):
    """Statistics of one transition, by chain.

    :param acceptance_rate: The mean over all points of the trajectory (Hoffman and
        Gelman, 2014, section 3.2.1).
    :param is_divergent: Bool: a leapfrog of the trajectory diverged.
    :param energy_error: That of the new state.
    :param n_leapfrogs: int32.
    :param depth: int32, how often the trajectory was doubled.
    """

    acceptance_rate: Any
    is_divergent: Any
    energy_error: Any
    n_leapfrogs: Any
    depth: Any


class _End(NamedTuple):
    """An end of a trajectory, `[n_chains, d]`.

    :param momentum: Of a move away from the trajectory.
    :param velocity: Inverse mass times momentum; ``()`` for elementwise metrics.
    :param acceleration: Inverse mass times gradient, so that a leapfrog takes one
        product with the inverse mass; ``()`` for elementwise metrics.
    """

    position: Any
    gradient: Any
    momentum: Any
    velocity: Any
    acceleration: Any

    @property
    def point(self):
        """The pair of position and momentum."""
        return self.position, self.momentum

    @property
    def start(self):
        """The point as the first one of a move towards the other end."""
        return self.position, -self.momentum


class _Proposal(NamedTuple):
    """The next position if growth ends now, and its gradient."""

    position: Any
    gradient: Any


class _Sums(NamedTuple):
    """Numbers by chain, of a tree or of its new half; the rows of one array.

    :param is_growing: 1 or 0.
    :param log_weight: The log of the sum of weights of all points.
    :param log_prob: Of the proposal.
    :param error: The energy error of the proposal.
    :param depth: How often the tree was doubled.
    :param rates: The sum of acceptance rates of all points, also of rejected halves, as
        in the next ones.
    :param n_leapfrogs: The number of those points.
    :param is_divergent: 1 if one of them diverged, or 0.
    """

    is_growing: Any
    log_weight: Any
    log_prob: Any
    error: Any
    depth: Any
    rates: Any
    n_leapfrogs: Any
    is_divergent: Any


def nuts_transition(state, target, parameters, max_depth):
    """Draw a momentum, grow a tree, move to one of its points.

    :param state: A `ChainState` with one position `[n_chains, d]`.
    :param target: A function of a list of such positions that returns log
        densities `[n_chains]` and a list of gradients.
    :param parameters: `HamiltonianParameters`.
    :param max_depth: An int. There are at most 2^max_depth - 1 leapfrogs.

    :return: The next state and a :class:`NUTSTransition`.
    """
    growth = _Growth(state, target, parameters, max_depth)
    proposal, sums = growth.whole_tree(state)
    return ChainState(
        [proposal.position], sums.log_prob, [proposal.gradient]), NUTSTransition(
        sums.rates / sums.n_leapfrogs, sums.is_divergent > 0., sums.error,
        tf.cast(sums.n_leapfrogs, tf.int32), tf.cast(sums.depth, tf.int32))


class _Growth:
    """The constants of one transition, and the growth of its trees."""

    def __init__(self, state, target, parameters, max_depth):
        self._target, self._max_depth = target, max_depth
        self._step_size, self._metric = parameters.step_size, parameters.metric
        self._zero = tf.zeros_like(state.log_prob)
        self._tree_seed = random_numbers.next_seed()
        self._point_seed = random_numbers.next_seed()
        (self._momentum,) = self._metric.draw(state.position)
        self._energy = self._energy_at(
            self._momentum, self._product(self._momentum), state.log_prob)

    def whole_tree(self, state):
        """Double the tree of a state until all chains have ended.

        :return: A :class:`_Proposal` and :class:`_Sums`.
        """
        zero = self._zero
        (position,), (gradient,) = state.position, state.gradient
        left, right = [
            _End(position, gradient, momentum, self._kept_product(momentum),
                 self._kept_product(gradient))
            for momentum in (-self._momentum, self._momentum)]
        sums = _packed(_Sums(zero + 1., zero, state.log_prob, *[zero] * 5))
        # For each level of the trees the first points of two halves, and the last
        # ones in front of the second halves.
        kept = tf.zeros([self._max_depth + 1, 2, 2] + position.shape.as_list(),
                        zero.dtype)
        _, _, _, proposal, sums, _ = tf.while_loop(
            lambda depth, left, right, proposal, sums, kept:
            (depth < self._max_depth) & _any_grows(sums),
            self._double, (tf.constant(0), left, right,
                           _Proposal(position, gradient), sums, kept),
            parallel_iterations=1)
        return proposal, _unpacked(sums)

    def _double(self, depth, left, right, proposal, sums, kept):
        direction, uniform = tf.unstack(self._uniform(2, self._tree_seed, depth))
        goes_left = direction < 0.5
        near = select_chains(goes_left, left, right)
        far = select_chains(goes_left, right.start, left.start)
        end, new_proposal, new_sums, kept = self._branch(depth, near, sums, kept)
        tree, branch = _unpacked(sums), _unpacked(new_sums)
        # A branch that turned or diverged is not part of the trajectory.
        is_new = branch.is_growing > 0.
        is_taken = is_new & (
            tf.math.log(uniform) < branch.log_weight - tree.log_weight)
        log_prob, error = select_chains(
            is_taken, (branch.log_prob, branch.error), (tree.log_prob, tree.error))
        turns = tf.cond(
            tf.reduce_any(is_new), lambda: _turns(far, end.point) | _turns(
                far, tuple(tf.unstack(kept[0, 0]))) | _turns(near.point, end.point),
            lambda: tf.zeros_like(is_new))
        return (depth + 1, select_chains(is_new & goes_left, end, left),
                select_chains(is_new & ~goes_left, end, right),
                select_chains(is_taken, new_proposal, proposal),
                _packed(branch._replace(
                    is_growing=self._as_number(is_new & ~turns),
                    log_weight=_log_add_exp(tree.log_weight, branch.log_weight),
                    log_prob=log_prob, error=error,
                    depth=tree.depth + branch.is_growing)), kept)

    def _branch(self, depth, end, sums, kept):
        """2^depth more points beyond an end, or fewer if they make a U-turn.

        The first point is `kept` first.
        """
        length = tf.bitwise.left_shift(1, depth)

        def add_point(i, end, proposal, sums, kept):
            is_growing = _unpacked(sums).is_growing > 0.
            end, log_prob, energy = self._moved(end, is_growing)
            turns, kept = self._turns_at(i, end, kept)
            (uniform,) = tf.unstack(self._uniform(1, self._point_seed, length + i))
            sums, is_taken = self._with_point(
                _unpacked(sums), is_growing, log_prob, energy, turns, uniform)
            proposal = select_chains(
                is_taken, _Proposal(end.position, end.gradient), proposal)
            return i + 1, end, proposal, _packed(sums), kept

        none = _unpacked(sums)._replace(log_weight=self._zero - float("inf"))
        return tf.while_loop(
            lambda i, end, proposal, sums, kept: (i < length) & _any_grows(sums),
            add_point, (tf.constant(0), end, _Proposal(end.position, end.gradient),
                        _packed(none), kept), parallel_iterations=1)[1:]

    def _moved(self, end, is_growing):
        """The end after one leapfrog, its log density and its energy.

        Chains that have stopped stay where they are, by steps of length 0. The sums and
        proposals of their branches are not used.
        """
        step_size = (self._as_number(is_growing) * self._step_size)[:, tf.newaxis]
        half = 0.5 * step_size
        if self._metric.is_elementwise:
            momentum = end.momentum + half * end.gradient
            velocity = self._product(momentum)
        else:
            velocity = end.velocity + half * end.acceleration
        position = end.position + step_size * velocity
        log_prob, (gradient,) = self._target([position])
        momentum = end.momentum + half * (end.gradient + gradient)
        acceleration = self._kept_product(gradient)
        if self._metric.is_elementwise:
            velocity, kept_velocity = self._product(momentum), ()
        else:
            velocity = kept_velocity = velocity + half * acceleration
        return (_End(position, gradient, momentum, kept_velocity, acceleration),
                log_prob, self._energy_at(momentum, velocity, log_prob))

    def _with_point(self, branch, is_growing, log_prob, energy, turns, uniform):
        """The :class:`_Sums` of a branch with one more point, and where it is taken."""
        error, rate = hamiltonian.acceptance(self._energy, energy)
        log_weight = _log_add_exp(branch.log_weight, -error)
        is_taken = tf.math.log(uniform) < -error - log_weight
        diverges = error > hamiltonian.MAX_ENERGY_ERROR
        log_prob, proposal_error = select_chains(
            is_taken, (log_prob, error), (branch.log_prob, branch.error))
        return _Sums(
            self._as_number(is_growing & ~(diverges | turns)), log_weight, log_prob,
            proposal_error, branch.depth,
            branch.rates + tf.where(is_growing, rate, self._zero),
            branch.n_leapfrogs + branch.is_growing,
            tf.maximum(branch.is_divergent, self._as_number(is_growing & diverges))
        ), is_taken

    def _turns_at(self, i, end, kept):
        """Whether a subtree that ends with point i makes a U-turn, by chain.

        Those have 2, 4, ... points, as many as `i` has ones at its end. Their first
        points are kept at `level`, `level - 1`, ..., where `level` is the number of
        other ones of `i`. Point `i` is kept where later points look for it.

        :return: That, and `kept`.
        """
        is_last = tf.bitwise.bitwise_and(i, 1)
        level = _count_ones(tf.bitwise.right_shift(i, 1))
        beyond = level + 1 - _count_ones(tf.bitwise.bitwise_xor(i, i + 1))

        def look(numbers, kept):
            k, turns = numbers[0], numbers[1:] > 0
            first, half, before = [tuple(tf.unstack(tf.gather_nd(kept, [place])[0]))
                                   for place in ([k, 0], [k + 1, 0], [k + 1, 1])]
            across = _turns(first, half) | _turns(before, end.point)
            turns |= _turns(first, end.point) | (across & (k < level))
            return tf.concat([[k - 1], tf.cast(turns, tf.int32)], 0), kept

        # XLA copies kept points for each point if they are no loop variable. The level
        # and the result are one vector for fewer kernels.
        numbers, kept = tf.while_loop(
            lambda numbers, kept: numbers[0] > beyond, look,
            (tf.concat([[level], tf.zeros_like(self._zero, tf.int32)], 0), kept),
            parallel_iterations=1)
        turns = numbers[1:] > 0
        place = tf.stack([beyond + 2 * is_last, is_last])
        return turns, tf.tensor_scatter_nd_update(
            kept, [place], tf.stack(end.point)[tf.newaxis])

    def _product(self, momentum):
        return self._metric.velocity([momentum])[0]

    def _kept_product(self, momentum):
        return () if self._metric.is_elementwise else self._product(momentum)

    def _energy_at(self, momentum, velocity, log_prob):
        """The Hamiltonian by chain, which TF32 would round in a matrix product."""
        return 0.5 * tf.reduce_sum(momentum * velocity, -1) - log_prob

    def _as_number(self, condition):
        return tf.cast(condition, self._zero.dtype)

    def _uniform(self, n, seed, number):
        """`n` uniform numbers for each chain."""
        with random_numbers.in_iteration(seed, tf.cast(number, tf.int64)):
            return random_numbers.uniform([n] + self._zero.shape.as_list(),
                                          self._zero.dtype)


def _packed(sums):
    return tf.stack(list(sums))


def _unpacked(rows):
    return _Sums(*tf.unstack(rows, len(_Sums._fields)))


def _any_grows(rows):
    return tf.reduce_any(_unpacked(rows).is_growing > 0.)


def _turns(first, last):
    """Whether an end of a trajectory moves towards the other one.

    The source is Hoffman and Gelman (2014), eq. 9, for unit mass. With mass M, the
    products are half the rates of change of the squared distance in the metric M.

    :param first: A pair of position and momentum.
    :param last: A later pair.
    """
    apart = last[0] - first[0]
    return (_inner_product(apart, first[1]) <= 0.) | (
        _inner_product(apart, last[1]) <= 0.)


def _inner_product(x, y):
    """Of rows `[n_chains, d]`, by chain."""
    n_chains, size = x.shape.as_list()
    if n_chains == 1 and size in PRODUCT_SIZES:
        return tf.matmul(x, y, transpose_b=True)[0]
    return tf.reduce_sum(x * y, -1)


def _count_ones(i):
    """The number of ones of a number, int32. XLA of 1.15 lacks PopulationCount."""
    bits = tf.bitwise.right_shift(i, tf.range(31))
    return tf.reduce_sum(tf.bitwise.bitwise_and(bits, 1))


def _log_add_exp(x, y):
    """log(exp(x) + exp(y)); nan if both are -inf, as in a branch that is not used."""
    return tf.maximum(x, y) + tf.math.log1p(tf.exp(-tf.abs(x - y)))
