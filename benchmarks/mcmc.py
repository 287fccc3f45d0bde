"""Time of one transition of HMC, and of one step of SGMCMC, beside other libraries.

    python -m benchmarks.mcmc [--rounds 9] [--scaling] [NAME ...]

HMC takes 10 leapfrogs of a fixed step size on a Gaussian of 100 dimensions and on a
logistic regression of 1000 rows and 25 columns, with 1 and with 100 chains; SGLD and
SGHMC take steps on a network of 13-50-1 units with 20 particles and minibatches of
100 rows. Compared are `run`, in whole chunks; one `sess.run(sample_op)`; a graph for
`sess.run` written by hand; and, where they are installed, TensorFlow Probability
compiled by XLA, and JAX: NumPyro for HMC, a scan written by hand for SGMCMC.
All take turns in one process. With --scaling, it is only the time of `run` that is
shown, against dimensions, chains and rows.
"""
import argparse
import statistics
import time

import numpy as np
import tensorflow as tf

import zhusuan as zs
from benchmarks import mcmc_others as others
from benchmarks.mcmc_others import Network, Problem
from benchmarks.timing import interleave
from zhusuan._inference.chain import Loop
from zhusuan._inference.minibatches import Minibatches

v1 = tf.compat.v1
random = np.random.RandomState(0)


# -- Problems ---------------------------------------------------------------------

def gaussian(n_chains, n_dims=100):
    """Standard deviations from 0.5 to 2."""
    precision = np.linspace(2., 0.5, n_dims).astype("float32") ** 2
    return Problem(
        lambda xp, x: -0.5 * xp.sum(precision * x * x, -1),
        start=np.zeros([n_chains, n_dims], "float32"), step_size=0.25 / n_dims ** 0.25)


def logistic(n_chains, n_rows=1000, n_columns=25):
    """Logits of weights that have standard normal priors."""
    x = random.normal(size=[n_rows, n_columns]).astype("float32")
    weights = 0.3 * random.normal(size=n_columns)
    y = (random.uniform(size=n_rows) < 1. / (1. + np.exp(-x @ weights))).astype("f")

    def log_joint(xp, w):
        logits = xp.matmul(w, x.T)
        return (-0.5 * xp.sum(w * w, -1)
                + xp.sum(y * logits - xp.softplus(logits), -1))

    return Problem(log_joint, np.zeros([n_chains, n_columns], "float32"),
                   step_size=0.7 / n_rows ** 0.5)


# How to make each one, and how many transitions to make in one call.
HMC_PROBLEMS = {
    "gaussian, 1 chain": (lambda: gaussian(1), 1000),
    "gaussian, 100 chains": (lambda: gaussian(100), 200),
    "logistic, 1 chain": (lambda: logistic(1), 200),
    "logistic, 100 chains": (lambda: logistic(100), 20)}
SGMCMC = {"SGLD": lambda: zs.SGLD(1e-5),
          "SGHMC": lambda: zs.SGHMC(1e-5, n_iter_resample_v=None, second_order=False)}


# -- ZhuSuan ----------------------------------------------------------------------

def hmc_sampler(problem):
    return zs.HMC(problem.step_size, others.N_LEAPFROGS)


def chunks(sampler, log_joint, start, n, data=None):
    """A function that makes `n` transitions as `run` does; returns statistics."""
    loop = Loop(sampler._kernel(0), log_joint, {}, list(start),
                None if data is None else Minibatches(data))
    first = loop.start(start.values(), 1)
    loop.max_draws = loop._n_batches = n
    kept = [first.state, 0]

    def call():
        kept[0], report = loop.chunk(kept[0], 1, kept[1], n, 1, False)
        kept[1] += n
        return report[1]
    return call


def in_session(sampler, log_joint, start, n, placeholders=(), feeds=None):
    """The same by `sess.run` of the operation that `sample` builds."""
    with tf.Graph().as_default():
        latent = {k: v1.get_variable(k, initializer=x) for k, x in start.items()}
        observed = {k: v1.placeholder("float32", shape) for k, shape in placeholders}
        op, info = sampler.sample(log_joint, observed, latent)
        return others.session_calls(
            op, getattr(info, "acceptance_rate", ()), n, observed, feeds)


# -- Tables -----------------------------------------------------------------------

def hmc_candidates(problem, n):
    sampler, start = hmc_sampler(problem), {"x": problem.start}
    log_joint = problem.of_dict(others.OfTensorFlow)
    run = chunks(sampler, log_joint, start, n)
    yield "run", lambda: run()["acceptance_rate"]
    yield "sess.run(sample_op)", in_session(sampler, log_joint, start, n)
    yield "graph by hand", others.hmc_by_hand(problem, n)
    if others.tfp is not None:
        yield "TFP, compiled", others.hmc_of_tfp(problem, n)
    if others.jax is not None:
        yield "NumPyro", others.hmc_of_numpyro(problem, n)


def sgmcmc_candidates(name, n):
    network = Network(random)
    make = SGMCMC[name]
    log_joint = network.of_dict(others.OfTensorFlow)
    batches = network.batches(random, n)
    yield "run", chunks(make(), log_joint, network.start, n, batches)
    yield "sess.run(sample_op)", in_session(
        make(), log_joint, network.start, n,
        [(k, x.shape) for k, x in batches[0].items()], batches)
    yield "graph by hand", others.sgmcmc_by_hand(name, network, n, batches)
    if others.jax is not None:
        yield "JAX scan by hand", others.sgmcmc_of_jax(name, network, batches)


def compare(title, candidates, n, rounds):
    """A table of microseconds for one transition, turn by turn."""
    calls = dict(candidates)
    rates = {name: call() for name, call in calls.items()}
    timings = interleave(calls, "run", rounds=rounds, calls=1, warm_up=1)
    print("\n%s\n\n| what | us | `run` in ratio to it | acceptance |\n|---|---|---|---|"
          % title)
    for t in timings:
        rate = np.asarray(rates[t.name] if "chain" in title else [])
        print("| %s | %.1f | %.2f | %s |" % (
            t.name, 1e6 * t.seconds / n, statistics.median(
                1. / ratio for ratio in t.ratios),
            "%.3f" % np.mean(rate) if rate.size else ""), flush=True)


def scaling(rounds):
    """Tables of the time of `run` against one size, with slopes."""
    for what, sizes, make in [
            ("dimensions", [10, 100, 1000, 10 ** 4, 10 ** 5], lambda n: gaussian(1, n)),
            ("chains", [1, 10, 100, 1000, 10 ** 4], gaussian),
            ("rows", [10 ** 3, 10 ** 4, 10 ** 5, 10 ** 6], lambda n: logistic(1, n))]:
        print("\n| %s | us | slope |\n|---|---|---|" % what)
        before = None
        for size in sizes:
            seconds = seconds_per_transition(make(size), rounds)
            slope = "" if before is None else "%.2f" % (
                np.log(seconds / before[1]) / np.log(size / before[0]))
            print("| %d | %.1f | %s |" % (size, 1e6 * seconds, slope), flush=True)
            before = size, seconds


def seconds_per_transition(problem, rounds):
    """The median over calls that take about a tenth of a second."""
    n = 5
    for last in False, True:
        call = chunks(hmc_sampler(problem), problem.of_dict(others.OfTensorFlow),
                      {"x": problem.start}, n)
        call()
        times = []
        for _ in range(rounds if last else 1):
            began = time.perf_counter()
            call()
            times.append((time.perf_counter() - began) / n)
        n = int(np.clip(0.1 / times[0], 5, 1000))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="of %s; all by default" % ", ".join(
                            list(HMC_PROBLEMS) + list(SGMCMC)))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scaling", action="store_true")
    args = parser.parse_args()
    if args.scaling:
        scaling(args.rounds)
        return
    for name in args.names or list(HMC_PROBLEMS) + list(SGMCMC):
        if name in SGMCMC:
            compare(name, sgmcmc_candidates(name, 100), 100, args.rounds)
        else:
            make, n = HMC_PROBLEMS[name]
            compare(name, hmc_candidates(make(), n), n, args.rounds)


if __name__ == "__main__":
    main()
