"""Two systems of ordinary differential equations, solved by Runge-Kutta steps."""
import math

import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs
from benchmarks.posteriors.posterior import Posterior

__all__ = ["MODELS"]


def runge_kutta(slope, state, time, step):
    """One classical step of fourth order."""
    k1 = slope(state, time)
    k2 = slope(state + 0.5 * step * k1, time + 0.5 * step)
    k3 = slope(state + 0.5 * step * k2, time + 0.5 * step)
    k4 = slope(state + step * k3, time + step)
    return state + step / 6. * (k1 + 2. * k2 + 2. * k3 + k4)


# -- Hares and lynxes -------------------------------------------------------------

STEPS_PER_YEAR = 10


def log_populations(theta, start, n_years):
    """The logs of both populations after each year, ``[..., n_years, 2]``."""
    birth, prey_loss, death, prey_gain = tf.unstack(theta, axis=-1)

    def slope(logs, _):
        hares, lynxes = tf.unstack(tf.exp(logs), axis=-1)
        return tf.stack([birth - prey_loss * lynxes, prey_gain * hares - death], -1)

    def year(logs, _):
        for _ in range(STEPS_PER_YEAR):
            logs = runge_kutta(slope, logs, 0., 1. / STEPS_PER_YEAR)
        return logs

    logs = tf.scan(year, tf.range(n_years), initializer=tf.math.log(start))
    rank = logs.shape.rank
    return tf.transpose(logs, list(range(1, rank - 1)) + [0, rank - 1])


@zs.meta_bayesian_net()
def lotka_volterra(n_years):
    bn = zs.BayesianNet()
    theta = bn.truncated_normal(
        "theta", tf.constant([1., 0.05, 1., 0.05], tf.float64),
        tf.constant([0.5, 0.05, 0.5, 0.05], tf.float64), 0., float("inf"),
        group_ndims=1)
    start = bn.log_normal("z_init", tf.fill([2], tf.constant(
        math.log(10.), tf.float64)), 1., group_ndims=1)
    sigma = bn.log_normal("sigma", tf.fill([2], tf.constant(-1., tf.float64)), 1.,
                          group_ndims=1)
    bn.log_normal("y_init", tf.math.log(start), sigma, group_ndims=1)
    bn.log_normal("y", log_populations(theta, start, n_years),
                  sigma[..., tf.newaxis, :], group_ndims=2)
    return bn


def lotka_volterra_posterior(data):
    return Posterior(
        lotka_volterra(len(data["y"])), {"y": data["y"], "y_init": data["y_init"]},
        {"theta": np.array([1., 0.05, 1., 0.05]), "z_init": np.full([2], 10.),
         "sigma": np.ones([2])})


# -- A drug that is absorbed and eliminated ---------------------------------------

# Elimination sets in at once: steps grow until the first observation.
STEPS_TO_FIRST, STEPS_BETWEEN = 12, 2


def concentrations(k_a, k_m, v_m, times, dose, volume):
    """The concentration at the observed times, ``[..., n]``."""
    def slope(concentration, time):
        absorbed = k_a * tf.exp(-k_a * time) * dose / volume
        return absorbed - v_m / volume * concentration / (k_m + concentration)

    def advance(state, interval):
        return runge_kutta(slope, state, interval[0], interval[1] - interval[0])

    first = times[0] * np.square(np.arange(STEPS_TO_FIRST + 1) / STEPS_TO_FIRST)
    later = [np.linspace(*ends, STEPS_BETWEEN + 1)[1:] for ends in zip(
        times[:-1], times[1:])]
    grid = np.concatenate([first] + later)
    states = tf.scan(advance, tf.constant(np.stack([grid[:-1], grid[1:]], axis=-1)),
                     initializer=tf.zeros_like(k_a))
    states = states[STEPS_TO_FIRST - 1::STEPS_BETWEEN]
    return tf.transpose(states, list(range(1, states.shape.rank)) + [0])


@zs.meta_bayesian_net()
def elimination(times, dose, volume):
    bn = zs.BayesianNet()
    k_a = bn.half_cauchy("k_a", 1.)
    k_m = bn.half_cauchy("K_m", 1.)
    v_m = bn.half_cauchy("V_m", 1.)
    sigma = bn.half_cauchy("sigma", 1.)
    curve = concentrations(k_a, k_m, v_m, times, dose, volume)
    bn.log_normal("C_hat", tf.math.log(curve), sigma[..., tf.newaxis],
                  group_ndims=1)
    return bn


def elimination_posterior(data):
    return Posterior(
        elimination(data["times"], float(data["D"]), float(data["V"])),
        {"C_hat": data["C_hat"]},
        {name: np.ones([]) for name in ["k_a", "K_m", "V_m", "sigma"]})


MODELS = {"lotka_volterra": lotka_volterra_posterior,
          "one_comp_mm_elim_abs": elimination_posterior}
