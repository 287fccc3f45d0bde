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
began, is doubled again, which is common where the metric makes all scales equal. Stan
has these checks since version 2.21.

All chains grow their trees in lockstep, `[n_chains, d]` at a time.
"""
from typing import Any, NamedTuple

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.mcmc._kernels import hamiltonian
from zhusuan.mcmc._kernels.hamiltonian import select_chains

__all__ = ["NUTSTransition", "nuts_transition"]


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
    """An end of a trajectory.

    :param velocity: Inverse mass times momentum.
    :param acceleration: Inverse mass times gradient, so that a leapfrog takes one
        product with the inverse mass.
    """

    state: Any
    momentum: Any
    velocity: Any
    acceleration: Any

    @property
    def motion(self):
        """The pair of momentum and velocity."""
        return self.momentum, self.velocity


class _Tree(NamedTuple):
    """A trajectory between two ends.

    :param proposal: A ChainState, the next position if growth ends now.
    :param error: The energy error of the proposal.
    :param log_weight: The log of the sum of weights of all points.
    :param total: The sum of momenta of all points.
    :param is_growing: Bool.
    """

    left: Any
    right: Any
    proposal: Any
    error: Any
    log_weight: Any
    total: Any
    is_growing: Any
    depth: Any


class _Branch(NamedTuple):
    """The new half of a doubled tree, which has one moving end."""

    end: Any
    proposal: Any
    error: Any
    log_weight: Any
    total: Any
    is_growing: Any


class _Tally(NamedTuple):
    """Sums over all points of a trajectory, also of rejected branches."""

    rates: Any
    n_leapfrogs: Any
    is_divergent: Any


def nuts_transition(state, target, parameters, max_depth):
    """Draw a momentum, grow a tree, move to one of its points.

    :param state: A `ChainState` with one
        position `[n_chains, d]`.
    :param target: A function of a list of such positions that returns log
        densities `[n_chains]` and a list of gradients.
    :param parameters: `HamiltonianParameters`.
    :param max_depth: An int. There are at most 2^max_depth - 1 leapfrogs.

    :return: The next state and a :class:`NUTSTransition`.
    """
    grow = _Growth(state, target, parameters, max_depth)
    tree, tally = grow.whole_tree()
    count = tf.cast(tally.n_leapfrogs, tree.error.dtype)
    return tree.proposal, NUTSTransition(
        tally.rates / count, tally.is_divergent, tree.error,
        tally.n_leapfrogs, tree.depth)


class _Growth:
    """The constants of one transition, and the growth of its trees."""

    def __init__(self, state, target, parameters, max_depth):
        self._start, self._target = state, target
        self._step_size, self._metric = parameters.step_size, parameters.metric
        self._max_depth = max_depth
        self._tree_seed = random_numbers.next_seed()
        self._point_seed = random_numbers.next_seed()
        momentum = self._metric.draw(state.position)
        self._end = _End(state, momentum[0], self._velocity(momentum),
                         self._velocity(state.gradient))
        self._energy = _energy(self._end)

    def _velocity(self, momentum):
        return self._metric.velocity(momentum)[0]

    def whole_tree(self):
        """Double the tree of the start until all chains have ended."""
        zero = tf.zeros_like(self._start.log_prob)
        none = tf.zeros_like(zero, tf.int32)
        end = self._end
        tree = _Tree(end, end, self._start, zero, zero, end.momentum,
                     tf.ones_like(zero, tf.bool), none)
        tally = _Tally(zero, none, tf.zeros_like(zero, tf.bool))
        # For each level of the tree a point and the one before it, and last for
        # points that are not needed later.
        kept = tf.zeros([self._max_depth + 1, 4] + end.momentum.shape.as_list(),
                        zero.dtype)
        _, tree, tally, _ = tf.while_loop(
            lambda depth, tree, *_: (depth < self._max_depth) &
            tf.reduce_any(tree.is_growing),
            self._double, (tf.constant(0), tree, tally, kept), parallel_iterations=1)
        return tree, tally

    def _double(self, depth, tree, tally, kept):
        direction, uniform = tf.unstack(self._uniform(2, self._tree_seed, depth))
        goes_left = direction < 0.5
        near = select_chains(goes_left, tree.left, tree.right)
        far = select_chains(goes_left, tree.right.motion, tree.left.motion)
        branch, tally, kept = self._branch(
            depth, near, tf.where(goes_left, -self._step_size, self._step_size),
            tree.is_growing, tally, kept)
        first = 2. * kept[0, 0], kept[0, 1]
        # A branch that turned or diverged is not part of the trajectory.
        is_new = branch.is_growing
        is_taken = is_new & (
            tf.math.log(uniform) < branch.log_weight - tree.log_weight)
        proposal, error = select_chains(
            is_taken, (branch.proposal, branch.error),
            (tree.proposal, tree.error))
        left = select_chains(is_new & goes_left, branch.end, tree.left)
        right = select_chains(is_new & ~goes_left, branch.end, tree.right)
        total = tree.total + branch.total
        turns = (_is_turning(far, branch.end.motion, total) |
                 _is_turning(far, first, tree.total + first[0]) |
                 _is_turning(near.motion, branch.end.motion,
                             near.momentum + branch.total))
        return depth + 1, _Tree(
            left, right, proposal, error,
            _log_add_exp(tree.log_weight, branch.log_weight), total, is_new & ~turns,
            tree.depth + tf.cast(is_new, tf.int32)), tally, kept

    def _branch(self, depth, end, step_size, is_growing, tally, kept):
        """2^depth more points beyond an end, or fewer if they make a U-turn.

        The first point is `kept` first.
        """
        zero = tf.zeros_like(self._start.log_prob)
        branch = _Branch(end, end.state, zero, zero - float("inf"),
                         tf.zeros_like(end.momentum), is_growing)
        length = tf.bitwise.left_shift(1, depth)

        def add_point(i, level, branch, tally, kept):
            (uniform,) = tf.unstack(self._uniform(1, self._point_seed, length + i))
            new, tally = self._next_point(branch, step_size, uniform, tally)
            row = tf.stack(_sum_and_velocity(new) + _sum_and_velocity(branch))
            is_first = tf.equal(tf.bitwise.bitwise_and(i, 1), 0)
            kept = tf.tensor_scatter_nd_update(
                kept, [[tf.where(is_first, level, self._max_depth)]], row[tf.newaxis])
            turns, level = self._turns_at(i, level, row, kept)
            new = new._replace(is_growing=new.is_growing & ~turns)
            return i + 1, level, new, tally, kept

        _, _, branch, tally, kept = tf.while_loop(
            lambda i, level, branch, *_: (
                (i < length) & tf.reduce_any(branch.is_growing)),
            add_point, (tf.constant(0), tf.constant(0), branch, tally, kept),
            parallel_iterations=1)
        return branch, tally, kept

    def _next_point(self, branch, step_size, uniform, tally):
        """The branch with one more leapfrog.

        Chains that have stopped stay where they are, by steps of length 0. Other fields
        of their branches are not used.
        """
        is_growing = branch.is_growing
        length = tf.where(is_growing, step_size, tf.zeros_like(step_size))
        end = self._moved(branch.end, length[:, tf.newaxis])
        error, rate = hamiltonian.acceptance(self._energy, _energy(end))
        log_weight = _log_add_exp(branch.log_weight, -error)
        is_taken = tf.math.log(uniform) < -error - log_weight
        proposal, proposal_error = select_chains(
            is_taken, (end.state, error), (branch.proposal, branch.error))
        diverges = error > hamiltonian.MAX_ENERGY_ERROR
        tally = _Tally(
            tally.rates + tf.where(is_growing, rate, tf.zeros_like(rate)),
            tally.n_leapfrogs + tf.cast(is_growing, tf.int32),
            tally.is_divergent | (is_growing & diverges))
        return _Branch(
            end, proposal, proposal_error, log_weight,
            branch.total + end.momentum, is_growing & ~diverges), tally

    def _moved(self, end, step_size):
        """The end after one leapfrog."""
        half = 0.5 * step_size
        velocity = end.velocity + half * end.acceleration
        state = hamiltonian.chain_state_at(
            self._target, [end.state.position[0] + step_size * velocity])
        acceleration = self._velocity(state.gradient)
        return _End(
            state,
            end.momentum + half * (end.state.gradient[0] + state.gradient[0]),
            velocity + half * acceleration, acceleration)

    def _turns_at(self, i, level, row, kept):
        """Whether a subtree that ends with point i makes a U-turn, by chain.

        Those have 2, 4, ... points, as many as `i` has ones at its end. Their first
        points are kept at `level`, `level - 1`, ...; the next point is kept beyond the
        first one of the largest.

        :return: That, and the level of the next point.
        """
        def look(bits, k, turns):
            first, half = tf.gather(kept, k), tf.gather(kept, k + 1)
            across = _turns_between(first, half) | _turns_between(half[2:], row)
            return (tf.bitwise.right_shift(bits, 1), k - 1,
                    turns | _turns_between(first, row) | (across & (k < level)))

        no = tf.zeros_like(self._start.log_prob, tf.bool)
        _, beyond, turns = tf.while_loop(
            lambda bits, *_: tf.equal(tf.bitwise.bitwise_and(bits, 1), 1), look,
            (i, level, no), parallel_iterations=1)
        return turns, tf.where(tf.equal(beyond, level), level, beyond + 2)

    def _uniform(self, n, seed, number):
        """`n` uniform numbers for each chain."""
        like = self._start.log_prob
        with random_numbers.in_iteration(seed, tf.cast(number, tf.int64)):
            return random_numbers.uniform([n] + like.shape.as_list(), like.dtype)


def _energy(end):
    """The Hamiltonian of positions `[n_chains, d]`."""
    return 0.5 * tf.reduce_sum(end.momentum * end.velocity, -1) - end.state.log_prob


def _sum_and_velocity(branch):
    """The sum of momenta with half of the last one, and the last velocity."""
    return [branch.total - 0.5 * branch.end.momentum, branch.end.velocity]


def _turns_between(first, last):
    """Whether two stacks that begin as :func:`_sum_and_velocity` make a U-turn."""
    return _are_opposed(last[0] - first[0], first[1], last[1])


def _is_turning(first, last, total):
    """The same for pairs of momentum and velocity.

    The half momenta at both ends are left out, so that the rest is what the ends are
    apart from each other.

    :param total: The sum of momenta from the first to the last point.
    """
    return _are_opposed(total - 0.5 * (first[0] + last[0]), first[1], last[1])


def _are_opposed(apart, *velocities):
    """Whether an end moves towards the other one (Betancourt, 2017, A.4.2)."""
    first, last = [tf.reduce_sum(apart * v, -1) <= 0. for v in velocities]
    return first | last


def _log_add_exp(x, y):
    """log(exp(x) + exp(y)), where one may be -inf."""
    return tf.maximum(x, y) + tf.math.log1p(tf.exp(-tf.abs(x - y)))
