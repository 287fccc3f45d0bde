"""Annealed importance sampling between two densities: pure functions.

The source is Neal (2001), "Annealed importance sampling", eq. 3 and 9 to 11, with
transitions of Hamiltonian Monte Carlo, whose step sizes are fixed in advance.
"""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.mcmc._adaptation.step_size import search_step_size
from zhusuan.mcmc._kernels import hamiltonian
from zhusuan.mcmc._kernels.hamiltonian import HamiltonianParameters
from zhusuan.mcmc._kernels.metrics import Identity

__all__ = ["Path", "anneal", "sigmoid_schedule", "tuned_log_steps"]

_STEEPNESS = 4.


def sigmoid_schedule(n_temperatures):
    """Inverse temperatures from 0 to 1, dense at both ends: ``[n + 1]``.

    Grosse, Maddison and Salakhutdinov, 2015, "Annealing between distributions by
    averaging moments", section 6, with steepness 4.
    """
    t = np.linspace(-_STEEPNESS, _STEEPNESS, n_temperatures + 1)
    sigmoid = 1. / (1. + np.exp(-t))
    return (sigmoid - sigmoid[0]) / (sigmoid[-1] - sigmoid[0])


class Path:
    """The densities ``q^(1 - beta) p^beta``, unnormalised.

    :param p: A `Target`, at beta = 1.
    :param q: Another of the same latents, at beta = 0.
    """

    def __init__(self, p, q):
        self._p, self._q = p, q

    def at(self, beta):
        """The log density, and its gradients, as a function of a position."""
        def target(position):
            return _combine(beta, self._p(position), self._q(position))
        return target

    def enter(self, beta, position):
        """The :class:`ChainState` there, and ``log p - log q``."""
        p, q = self._p(position), self._q(position)
        difference = tf.where(tf.equal(p[0], -np.inf), p[0], p[0] - q[0])
        return hamiltonian.ChainState(
            list(position), *_combine(beta, p, q)), difference


def _combine(beta, p, q):
    # At either end, the other density has no weight, even where it is 0.
    def between(x, y):
        return (tf.math.multiply_no_nan(x, beta) +
                tf.math.multiply_no_nan(y, 1. - beta))
    return between(p[0], q[0]), [between(x, y) for x, y in zip(p[1], q[1])]


def anneal(path, position, log_weights, betas, log_steps, span, n_leapfrogs,
           is_reverse=False):
    """Take chains through some temperatures.

    :param position: A list of Tensors, chain axes + data axes.
    :param log_weights: A Tensor of the shape of the chain axes, to add to.
    :param betas: A Tensor ``[n + 1]`` from 0 to 1.
    :param log_steps: A Tensor ``[n + 1]``, the log step sizes there.
    :param span: Two ints or int32 Tensors, begin and end. Of the transitions 1 to
        n, those with numbers in [begin, end) are made; in reverse, from the
        greatest to the smallest.
    :param is_reverse: A bool. Go from `p` to `q`.

    :return: The new `position` and `log_weights`.
    """
    begin, end = span

    def forward(t, position, log_weights):
        chain, difference = path.enter(betas[t], position)
        log_weights += (betas[t] - betas[t - 1]) * difference
        return _move(path, chain, betas[t], log_steps[t], n_leapfrogs), log_weights

    def backward(t, position, log_weights):
        chain, _ = path.enter(betas[t], position)
        position = _move(path, chain, betas[t], log_steps[t], n_leapfrogs)
        _, difference = path.enter(betas[t], position)
        return position, log_weights + (betas[t] - betas[t - 1]) * difference

    def step(i, position, log_weights):
        if is_reverse:
            return (i + 1,) + backward(begin + end - 1 - i, position, log_weights)
        return (i + 1,) + forward(i, position, log_weights)

    return tf.while_loop(
        lambda i, *_: i < end, step,
        (tf.convert_to_tensor(begin), list(position), log_weights),
        parallel_iterations=1)[1:]


def _move(path, chain, beta, log_step, n_leapfrogs):
    return _transition(path, chain, beta, log_step, n_leapfrogs)[0].position


def _transition(path, chain, beta, log_step, n_leapfrogs):
    return hamiltonian.transition(
        chain, path.at(beta), HamiltonianParameters(tf.exp(log_step), Identity()),
        n_leapfrogs)


def tuned_log_steps(path, position, betas, first_step, target_rate, n_leapfrogs):
    """Log step sizes ``[n + 1]`` at temperatures, from one run through them.

    Begins with the step size at which one leapfrog is accepted half of the time,
    and moves its log by the distance to the target rate at each temperature.
    """
    n, = betas.shape.as_list()
    chain, _ = path.enter(betas[1], position)
    log_step = tf.math.log(search_step_size(
        chain, path.at(betas[1]), first_step, Identity()))

    def step(t, position, log_step, log_steps):
        chain, _ = path.enter(betas[t], position)
        chain, info = _transition(path, chain, betas[t], log_step, n_leapfrogs)
        log_step += tf.reduce_mean(info.acceptance_rate) - target_rate
        return t + 1, chain.position, log_step, log_steps.write(t, log_step)

    log_steps = tf.TensorArray(log_step.dtype, size=n, element_shape=[])
    log_steps = tf.while_loop(
        lambda t, *_: t < n, step,
        (tf.constant(1), list(position), log_step, log_steps.write(0, log_step)),
        parallel_iterations=1)[-1]
    return tf.reshape(log_steps.stack(), [n])  # 1.15 loses the shape
