"""Transitions of samplers, by ZhuSuan and by others.

HMC takes 10 leapfrogs of a fixed step size, and NUTS trees of at most 10 doublings, on
a Gaussian or on a logistic regression of 25 columns; SGLD and SGHMC take steps on a
network of 13-50-1 units with 20 particles and minibatches of 100 rows. Each function
here makes `n` transitions of all chains in one call. How they are made otherwise is in
`mcmc_others.py` and `mcmc_torch.py`.
"""
import numpy as np
import tensorflow as tf

import zhusuan as zs
from benchmarks import mcmc_others as others
from benchmarks.mcmc_others import Network, Problem
from benchmarks.work import Work
from zhusuan._model.minibatches import Minibatches
from zhusuan._tf.program_cache import ProgramCache
from zhusuan.mcmc._run.chain_loop import ChainLoop

v1 = tf.compat.v1
random = np.random.RandomState(0)
SAMPLERS = {
    "HMC": lambda problem: zs.HMC(problem.step_size, others.N_LEAPFROGS),
    "NUTS": lambda problem: zs.NUTS(
        problem.step_size, others.MAX_DEPTH, metric="diagonal"),  # as that of the peers
    "SGLD": lambda _: zs.SGLD(1e-5),
    "SGHMC": lambda _: zs.SGHMC(1e-5, n_iter_resample_v=None, second_order=False)}


# -- Problems ---------------------------------------------------------------------

def gaussian(n_chains, n_dims=100):
    """Standard deviations from 0.5 to 2."""
    precision = np.linspace(2., 0.5, n_dims).astype("float32") ** 2
    return Problem(
        lambda xp, x: -0.5 * xp.sum(xp.constant(precision) * x * x, -1),
        start=np.zeros([n_chains, n_dims], "float32"), step_size=0.25 / n_dims ** 0.25)


def logistic(n_chains, n_rows=1000, n_columns=25):
    """Logits of weights that have standard normal priors."""
    x = random.normal(size=[n_rows, n_columns]).astype("float32")
    weights = 0.3 * random.normal(size=n_columns)
    y = (random.uniform(size=n_rows) < 1. / (1. + np.exp(-x @ weights))).astype("f")

    def log_joint(xp, w):
        logits = xp.matmul(w, xp.constant(x.T))
        return (-0.5 * xp.sum(w * w, -1)
                + xp.sum(xp.constant(y) * logits - xp.softplus(logits), -1))

    return Problem(log_joint, np.zeros([n_chains, n_columns], "float32"),
                   step_size=0.7 / n_rows ** 0.5)


# -- ZhuSuan ----------------------------------------------------------------------

def chunks(sampler, log_joint, start, n, data=None):
    """A function that makes `n` transitions as `run` does; returns statistics."""
    loop = ChainLoop(sampler, sampler.adaptation(0), log_joint, {}, list(start),
                     None if data is None else Minibatches(data), cache=ProgramCache())
    first = loop.start(start.values(), 1)
    loop.max_draws = loop._n_batches = n
    kept = [first.state, 0]

    def call():
        kept[0], report = loop.chunk(kept[0], 1, kept[1], n, 1, False)
        kept[1] += n
        return report.statistics
    return call


def in_session(sampler, log_joint, start, n, placeholders=(), feeds=None):
    """The same by `sess.run` of the operation that `sample` builds."""
    with tf.Graph().as_default():
        latent = {k: v1.get_variable(k, initializer=x) for k, x in start.items()}
        observed = {k: v1.placeholder("float32", shape) for k, shape in placeholders}
        op, info = sampler.sample(log_joint, observed, latent)
        return others.session_calls(
            op, getattr(info, "acceptance_rate", ()), n, observed, feeds)


# -- Peers ------------------------------------------------------------------------

def make_problem(problem, n_chains=1, size=None):
    if problem == "gaussian":
        return gaussian(n_chains, size or 100)
    return logistic(n_chains, size or 1000)


def of_chains(make, sampler, n, **problem):
    """The Work of a function of the sampler, the problem and `n`."""
    call = make(sampler, make_problem(**problem), n)
    return Work(call, n, acceptance=round(float(np.mean(call())), 3))


def run(**arguments):
    """The transitions that the method `run` makes."""
    def make(sampler, problem, n):
        step = chunks(SAMPLERS[sampler](problem), problem.of_dict(others.OfTensorFlow),
                      {"x": problem.start}, n)
        return lambda: step()["acceptance_rate"]
    return of_chains(make, **arguments)


def in_sessions(**arguments):
    """One `sess.run(sample_op)` for each transition."""
    return of_chains(lambda sampler, problem, n: in_session(
        SAMPLERS[sampler](problem), problem.of_dict(others.OfTensorFlow),
        {"x": problem.start}, n), **arguments)


def by_hand(**arguments):
    return of_chains(others.by_hand, **arguments)


def leapfrogs(sampler, n, **problem):
    """As many leapfrogs as the transitions take, without anything else."""
    return Work(others.leapfrogs(make_problem(**problem), n), n)


def tfp(**arguments):
    return of_chains(others.of_tfp, **arguments)


def numpyro(**arguments):
    return of_chains(others.of_numpyro, **arguments)


def pyro(**arguments):
    from benchmarks.mcmc_torch import of_pyro
    return of_chains(of_pyro, **arguments)


def sg_run(sampler, n):
    network = Network(random)
    return Work(chunks(
        SAMPLERS[sampler](None), network.of_dict(others.OfTensorFlow), network.start, n,
        network.batches(random, n)), n)


def sg_in_sessions(sampler, n):
    network = Network(random)
    batches = network.batches(random, n)
    return Work(in_session(
        SAMPLERS[sampler](None), network.of_dict(others.OfTensorFlow), network.start, n,
        [(k, x.shape) for k, x in batches[0].items()], batches), n)


def sg_by_hand(sampler, n):
    network = Network(random)
    return Work(others.sgmcmc_by_hand(
        sampler, network, n, network.batches(random, n)), n)


def sg_jax(sampler, n):
    network = Network(random)
    return Work(others.sgmcmc_of_jax(sampler, network, network.batches(random, n)), n)
