"""Transitions of whole chains in one compiled loop.

A sampler gives its pure functions as a :class:`Kernel`. Every transition draws
from the seed (seed of the run, its number), so that nothing depends on how
transitions are cut into chunks.
"""
import contextlib
import functools
from collections import namedtuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.constraints import Constraints, resolve
from zhusuan._model.latents import observe_all
from zhusuan._model.target import Target
from zhusuan._tf import programs
from zhusuan._tf.program_cache import fingerprint, make_hashable
from zhusuan._tf.random_numbers import seeded
from zhusuan.framework import support_checks
from zhusuan.mcmc._kernels import leapfrog
from zhusuan.mcmc._run import density_checks
from zhusuan.mcmc._run.devices import Parts
from zhusuan.utils import merge_dicts

__all__ = ["Kernel", "Loop", "Start"]

# start(chain_state) gives the first state, a nest of Tensors;
# advance(state, target, is_warmup) the next one, where is_warmup is a bool Tensor;
# report(state) the free positions and a dict of statistics of the last transition.
Kernel = namedtuple("Kernel", ["start", "advance", "report"])

# state: a list, that of the kernel for each device; report: no draws, as a chunk
# reports them; chain_rank: an int.
Start = namedtuple("Start", ["state", "report", "chain_rank"])

# The argument of the compiled function; batches are stacked, one per transition.
_Job = namedtuple("_Job", [
    "state", "seed", "n_done", "n_draws", "thin", "is_warmup", "batches"])

# The largest chunk: bytes of draws and minibatches, and number of draws.
CHUNK_BYTES, CHUNK_DRAWS = 2 ** 25, 1000


class Loop:
    """Chains of one kernel on one model.

    :param minibatches: None, or the
        `Minibatches` to observe.
    :param jit_compile: A bool, or "auto": with XLA if that works.
    :param constraints: As `resolve` takes.
    :param devices: As `resolve_devices` gives
        them: each takes an equal part of the chains.
    :param n_chains: The length of the first axis of log densities; None if unknown.
    :param cache: A `ProgramCache`.
    :param kernel_key: Hashable, equal for equal kernels; for the cache.
    """

    def __init__(self, kernel, model, observed, names, minibatches=None,
                 session=None, jit_compile="auto", constraints=None,
                 devices=(None,), n_chains=None, cache=None, kernel_key=None):
        self._kernel, self._model, self._observed = kernel, model, observed
        self._names, self._minibatches = list(names), minibatches
        self._given_constraints = constraints
        self._session, self._jit_compile = session, jit_compile
        self._parts, self._chain_shape = Parts(devices), None  # shape: of a part
        self._n_chains = n_chains
        self._cache, self._kernel_key = cache, kernel_key
        # Programs by name, and in a graph all that they use; cached for later runs.
        self._kept, self._is_cached = {}, False
        self._example = self._interval_key = None
        self.max_draws = self._n_batches = None  # of a chunk

    def start(self, values, thin):
        """The :class:`Start` at a list of arrays, after a look at the density."""
        def begin(chain):
            state = self._kernel.start(chain)
            return state, self._report(state)

        values, batch = list(values), self._first_batch()
        if programs.uses_session():
            self._reuse_graph(values, batch)
        position = self._free_position(values, batch)
        evaluate = functools.partial(self._with_target, position, batch)
        chain = evaluate("density", leapfrog.start)
        self._example = (position, batch)
        density_checks.check_chain_axis(self._n_chains, chain.log_prob)
        density_checks.check_finite(self._names, chain)
        density_checks.check_independence(
            lambda: self._nodes(values, batch), position,
            lambda fn, moved: self._with_target(moved, batch, "independence", fn))
        parts = self._parts.split(chain)
        self._chain_shape = np.shape(parts[0].log_prob)
        states, reports = zip(*[self._evaluate("start", begin, x) for x in parts])
        size = thin * sum(np.asarray(x).nbytes
                          for x in tf.nest.flatten((reports, batch)))
        self.max_draws = int(np.clip(CHUNK_BYTES // max(size, 1), 1, CHUNK_DRAWS))
        self._n_batches = thin * self.max_draws
        none = tf.nest.map_structure(_no_draws, list(reports))
        return Start(list(states), self._parts.joined(none, self._chain_shape),
                     np.ndim(chain.log_prob))

    def check_end(self, draws):
        """Warn where last draws, a dict of arrays, are outside of their supports."""
        density_checks.warn_outside(self._evaluate(
            "support", lambda arrays: self._outside(*arrays),
            (draws, self._first_batch())))

    def _first_batch(self):
        return self._minibatches.first() if self._minibatches else {}

    def _outside(self, draws, batch):
        return density_checks.outside_of_support(
            self._model, merge_dicts(self._observed, batch), draws)

    def _nodes(self, values, batch):
        """The nodes of the model, a dict; empty for a function."""
        named = dict(zip(self._names, values))
        with support_checks(False):
            _, bn = observe_all(
                self._model, merge_dicts(self._observed, batch, named))
        return {} if bn is None else bn.nodes

    def _with_target(self, position, batch, name, fn):
        """The arrays that `fn` gives of the target and free positions."""
        return self._evaluate(
            name, lambda arrays: fn(self._target(arrays[1]), arrays[0]),
            (position, batch))

    def _evaluate(self, name, fn, arrays):
        """The arrays that `fn` gives of arrays; in a graph, by a program to keep."""
        return programs.evaluate(fn, arrays, self._session, self._kept,
                                  (name, self._interval_key))

    def _reuse_graph(self, values, batch):
        """Take over what an earlier run with the same model added to the graph."""
        def everything(arrays):
            values, batch = arrays
            constraints = Constraints(self._resolved(values, batch))
            target = constraints.target(self._values_target(batch))
            return (target(constraints.free(values)),
                    self._outside(dict(zip(self._names, values)), batch))

        # An error of the model is raised below, where its operations are added.
        with contextlib.suppress(Exception):
            self._kept = self._cached(everything, (values, batch))
        self._kernel = self._kept.setdefault("kernel", self._kernel)

    def _free_position(self, values, batch):
        """The constraints settled, the arrays `values` as free positions."""
        def resolved_ends(arrays):
            found = self._kept["constraints"] = self._resolved(*arrays)
            return _ends(found)

        ends = self._evaluate("ends", resolved_ends, (values, batch))
        found, ends = dict(self._kept["constraints"]), iter(ends)
        # The body of the loop, another graph, takes the values of Tensors.
        for name, x in found.items():
            if isinstance(x, tuple):
                found[name] = tuple(next(ends) if tf.is_tensor(end) else end
                                    for end in x)
        self._interval_key = make_hashable([x for x in found.values()
                                     if isinstance(x, tuple)])
        self._constraints = Constraints(found)
        position = self._evaluate("free", self._constraints.free, values)
        self._constraints.refuse_broken(position)
        return position

    def _resolved(self, values, batch):
        return resolve(self._given_constraints, self._model,
                       merge_dicts(self._observed, batch),
                       dict(zip(self._names, values)))

    def chunk(self, state, seed, n_done, n_draws, thin, is_warmup):
        """Make `n_draws` draws with `thin` transitions for each.

        :return: The next state, and the nest of reports with draws in front.
        """
        batches = {}
        if self._minibatches:
            batches = self._minibatches.stacked(
                n_done, n_draws * thin, self._n_batches)
        jobs = [_Job(part, part_seed, np.int64(n_done), np.int32(n_draws),
                     np.int32(thin), np.bool_(is_warmup), batches)
                for part, part_seed in zip(state, self._parts.seeds(seed))]
        states, reports = zip(*self._compiled(jobs))
        reports = tf.nest.map_structure(lambda x: x[:n_draws], list(reports))
        return list(states), self._parts.joined(reports, self._chain_shape)

    def _compiled(self, jobs):
        if not programs.uses_session() and not self._is_cached:
            self._kept = self._cached(
                lambda x: self._target(x[1])(x[0]), self._example)
            self._is_cached = True
        shapes = [(np.shape(x), np.asarray(x).dtype.str) for x in tf.nest.flatten(jobs)]
        name = ("draws", tuple(shapes), self._jit_compile, tuple(self._parts.devices),
                self.max_draws, self._interval_key)
        if name not in self._kept:
            self._kept[name], outputs = self._first_run(jobs)
            return outputs
        return self._kept[name](jobs, self._session)

    def _cached(self, function, arrays):
        """The dict of programs for all functions that compute the same."""
        return self._cache.programs((
            fingerprint(function, arrays), tuple(self._names), self._kernel_key))

    def _first_run(self, jobs):
        """The program, and what it returns for the first time."""
        jit_compile = self._jit_compile
        if jit_compile == "auto":
            jit_compile = programs.can_compile()
        try:
            run = self._program(jobs, jit_compile)
            return run, run(jobs, self._session)
        except Exception:
            if not jit_compile or self._jit_compile != "auto":
                raise
            # If the model is at fault, and not XLA, it fails again here.
            run = self._program(jobs, False)
            return run, run(jobs, self._session)

    def _program(self, jobs, jit_compile):
        # XLA allocates arrays of a known size only.
        size = self.max_draws if jit_compile else None
        return programs.build_program(
            lambda job: self._draws(job, size), jobs, jit_compile,
            self._parts.devices)

    def _draws(self, job, size):
        def draw(i, state, arrays):
            state = self._transitions(job, i * job.thin, state)
            report = tf.nest.flatten(self._report(state))
            return i + 1, state, [a.write(i, x) for a, x in zip(arrays, report)]

        report = self._report(job.state)
        arrays = [tf.TensorArray(x.dtype, job.n_draws if size is None else size,
                                 element_shape=x.shape)
                  for x in tf.nest.flatten(report)]
        _, state, arrays = tf.while_loop(
            lambda i, *_: i < job.n_draws, draw,
            (tf.constant(0), job.state, arrays), parallel_iterations=1)
        return state, tf.nest.pack_sequence_as(
            report, [array.stack() for array in arrays])

    def _transitions(self, job, start, state):
        """The transitions between two draws."""
        def advance(j, state):
            number = job.n_done + tf.cast(start + j, tf.int64)
            batch = {name: x[start + j] for name, x in job.batches.items()}
            with seeded(tf.stack([job.seed, number])):
                state = self._kernel.advance(
                    state, self._target(batch), job.is_warmup)
            return j + 1, state

        return tf.while_loop(lambda j, _: j < job.thin, advance,
                             (tf.constant(0), state), parallel_iterations=1)[1]

    def _report(self, state):
        position, statistics = self._kernel.report(state)
        return self._constraints.values(position), statistics

    def _target(self, batch):
        return self._constraints.target(self._values_target(batch))

    def _values_target(self, batch):
        return Target(self._model, merge_dicts(self._observed, batch), self._names)


def _no_draws(x):
    return np.zeros((0,) + np.shape(x), np.asarray(x).dtype)


def _ends(constraints):
    """The Tensors among the ends of intervals."""
    return [end for x in constraints.values() if isinstance(x, tuple)
            for end in x if tf.is_tensor(end)]
