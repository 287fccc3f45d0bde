"""Transitions of whole chains in one compiled loop.

Each transition has its own seed, so draws do not depend on the cut into chunks.
"""
import contextlib

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model import target as density
from zhusuan._model.constraints import Constraints, interval_ends, resolve
from zhusuan._model.target import Target
from zhusuan._tf import programs
from zhusuan._tf.program_cache import fingerprint, make_hashable
from zhusuan._tf.random_numbers import seeded
from zhusuan.framework import support_checks
from zhusuan.framework._derived_quantities import DerivedQuantities
from zhusuan.framework.meta_bn import observe_all
from zhusuan.mcmc._kernels.hamiltonian import ChainState
from zhusuan.mcmc._run import devices as parts
from zhusuan.mcmc._run.chain_state import Chain, Job, Report, Start
from zhusuan.mcmc._run.compiled_loop import CompiledLoop
from zhusuan.utils import merge_dicts

__all__ = ["ChainLoop", "transition"]

# The largest chunk: bytes of draws and minibatches, and number of draws.
CHUNK_BYTES, CHUNK_DRAWS = 2 ** 25, 1000
# A key among programs: the chains of the model are independent.
_CHECKED = "independent"


def transition(sampler, adaptation, chain, target, is_warmup):
    """One transition of a sampler, and the tuning around it.

    :param chain: A :class:`Chain`.
    :param is_warmup: A bool or a 0-D bool Tensor.
    :return: The next :class:`Chain`, and the info of the step.
    """
    tuning = adaptation.prepare(chain.tuning, chain.state, target, is_warmup)
    state, info = sampler._checked_step(
        chain.state, target, adaptation.parameters(tuning, is_warmup))
    return Chain(state, adaptation.update(tuning, state, info, is_warmup)), info


class ChainLoop(CompiledLoop):
    """Chains of one sampler on one model.

    :param sampler: A :class:`~zhusuan.mcmc.Sampler`.
    :param adaptation: Its :class:`~zhusuan.mcmc.Adaptation`.
    :param minibatches: None, or the `Minibatches` to observe.
    :param jit_compile: A bool, or "auto": by XLA if XLA compiles the program.
    :param constraints: As `resolve` takes.
    :param devices: As `resolve_devices` returns them: each takes an equal part of the
        chains.
    :param n_chains: The length of the first axis of log densities; None if unknown.
    :param derived: A list of names of derived quantities to record; None for all.
    :param cache: A `ProgramCache`.
    :param cache_key: Hashable, equal for equal samplers and adaptations.
    """

    def __init__(self, sampler, adaptation, model, observed, names, minibatches=None,
                 session=None, jit_compile="auto", constraints=None,
                 devices=(None,), n_chains=None, derived=None, cache=None,
                 cache_key=None):
        self._sampler, self._adaptation = sampler, adaptation
        self._model, self._observed = model, observed
        self._names, self._minibatches = list(names), minibatches
        self._given_constraints = constraints
        self._session, self._jit_compile = session, jit_compile
        self._devices, self._n_chains = list(devices), n_chains
        self._derived = DerivedQuantities(model, derived)
        self._cache, self._cache_key = cache, cache_key
        # Programs by name, and in a graph all that they use; cached for later runs.
        self._kept, self._of_this_run = {}, {}
        self._models = {}  # by whether XLA compiles the program
        self._is_compiled = False
        self._part_shape = self._interval_key = self._statistics = None
        self.max_draws = self._n_batches = None  # of a chunk

    def start(self, values, thin):
        """Check the density at a list of arrays, and return the :class:`Start`."""
        values, batch = list(values), self._first_batch()
        if programs.uses_session():
            self._reuse_graph(values, batch)
        position = self._free_position(values, batch)
        place = ChainState(position, *self._with_target(
            position, batch, "density", lambda target, x: target(x)))
        density.check_chain_axis(self._n_chains, place.log_prob)
        density.check_finite(self._names, place.log_prob, place.gradient)
        self._derived.select(
            self._evaluate("derived", self._all_derived, (values, batch)),
            np.shape(place.log_prob), len(self._devices))
        places = [place] if len(self._devices) == 1 else parts.split(
            place, len(self._devices))
        self._example = places[0].position, batch, [
            x[:len(x) // len(places)] for x in values] if len(places) > 1 else values
        if not programs.uses_session():
            self._kept = self._programs_of(self._model_for(self._tries_xla()))
        if _CHECKED not in self._kept:
            density.check_independence(
                lambda: self._nodes(values, batch), place.position,
                lambda fn, moved: self._with_target(moved, batch, "independence", fn))
            self._kept[_CHECKED] = True
        states = [self._evaluate("init", lambda x: self._first_chain(*x), (x, batch))
                  for x in places]
        self._part_shape = np.shape(places[0].log_prob)
        self._statistics = self._statistics_of_zero(states[0], places[0].log_prob)
        values = [x[:len(x) // len(places)] if self._part_shape else x for x in values]
        reports = [Report(values, self._derived.like, self._statistics)
                   for _ in places]
        size = thin * sum(np.asarray(x).nbytes
                          for x in tf.nest.flatten((reports, batch)))
        self.max_draws = int(np.clip(CHUNK_BYTES // max(size, 1), 1, CHUNK_DRAWS))
        self._n_batches = thin * self.max_draws
        no_draws = tf.nest.map_structure(lambda x: x[np.newaxis][:0], reports)
        return Start(states, self._joined(no_draws), np.ndim(place.log_prob))

    def _all_derived(self, arrays):
        return self._derived.evaluate(self._all_values(*arrays))

    def _derived_of(self, arrays):
        """The derived quantities to record of values, a minibatch and a seed."""
        values, batch, seed = arrays
        found = self._derived.like and self._derived.evaluate(
            self._all_values(values, batch), seed)
        return {name: found[name] for name in self._derived.like}

    def _first_chain(self, place, batch):
        """The first :class:`Chain`; the density at its position is known."""
        state = self._sampler._checked_init(place.position, density.evaluated_once(
            self._target(batch), place.position, (place.log_prob, place.gradient)))
        return tf.nest.map_structure(
            tf.convert_to_tensor, Chain(state, self._adaptation.init(state)))

    def _statistics_of_zero(self, chain, log_prob):
        """Arrays of zeros like the statistics of a step, which has a flat density."""
        def flat_target(position):
            return (tf.zeros(np.shape(log_prob), log_prob.dtype),
                    [tf.zeros_like(x) for x in position])

        def statistics(chain):
            parameters = self._adaptation.parameters(chain.tuning, False)
            with seeded(0):
                state, info = self._sampler._checked_step(
                    chain.state, flat_target, parameters)
            return self._sampler._checked_statistics(
                state, info, parameters, np.shape(log_prob))

        key = "statistics", self._part_shape
        if key not in self._kept:
            self._kept[key] = tf.nest.map_structure(
                lambda x: np.zeros(x.shape.as_list(), x.dtype.as_numpy_dtype),
                programs.output_specs(statistics, chain))
        return self._kept[key]

    def _joined(self, reports):
        return reports[0] if len(reports) == 1 else parts.join(
            reports, self._part_shape)

    def _free_position(self, values, batch):
        """The arrays `values` in unconstrained space, with the constraints settled."""
        def resolved_ends(arrays):
            found = self._kept["constraints"] = self._resolved(*arrays)
            return interval_ends(found)

        ends = self._evaluate("ends", resolved_ends, (values, batch))
        found, ends = dict(self._kept["constraints"]), iter(ends)
        # The body of the loop is another graph, which needs values of Tensors.
        for name, x in found.items():
            if isinstance(x, tuple):
                found[name] = tuple(next(ends) if tf.is_tensor(end) else end
                                    for end in x)
        self._interval_key = make_hashable(
            [x for x in found.values() if isinstance(x, tuple)])
        self._constraints = self._constraints_of(found, batch)
        position = self._evaluate("free", self._constraints.free, values)
        self._constraints.refuse_broken(position)
        return position

    def _resolved(self, values, batch):
        return resolve(self._given_constraints, self._model,
                       merge_dicts(self._observed, batch),
                       dict(zip(self._names, values)))

    def _constraints_of(self, found, batch):
        return Constraints(found, self._model, merge_dicts(self._observed, batch))

    def chunk(self, state, seed, n_done, n_draws, thin, is_warmup):
        """Make `n_draws` draws with `thin` transitions for each.

        :return: The next state, and the nest of reports with draws in front.
        """
        batches = {}
        if self._minibatches:
            batches = self._minibatches.stacked(
                n_done, n_draws * thin, self._n_batches)
        seeds = [seed] if len(state) == 1 else parts.seeds(seed, len(state))
        jobs = [Job(part, np.int64(part_seed), np.int64(n_done), np.int32(n_draws),
                    np.int32(thin), np.bool_(is_warmup), batches,
                    data=[])
                for part, part_seed in zip(state, seeds)]
        states, reports = zip(*self._compiled(jobs))
        reports = tf.nest.map_structure(lambda x: x[:n_draws], list(reports))
        return list(states), self._joined(reports)

    def _draws(self, model, job, size):
        def draw(i, chain, statistics, arrays):
            chain, statistics = self._transitions(
                model, job, i * job.thin, chain, statistics)
            values = model.values(to_values, chain.state.position, job.data)
            number, batch = _number_and_batch(job, (i + 1) * job.thin - 1)
            # Seeds of transitions are not negative.
            arrays_of_draw = values, batch, tf.stack([-1 - job.seed, number])
            derived = self._derived.of_draw(
                lambda: model.derived(self._derived_of, arrays_of_draw, job.data),
                job.is_warmup)
            report = Report(values, derived, statistics)
            return i + 1, chain, statistics, [
                a.write(i, x) for a, x in zip(arrays, tf.nest.flatten(report))]

        to_values = self._constraints.values
        # Constants inside the loop would be copied for each draw.
        statistics = tf.nest.map_structure(tf.constant, self._statistics)
        report = Report(model.values(to_values, job.chain.state.position, job.data),
                        self._derived.zeros(), statistics)
        arrays = [tf.TensorArray(x.dtype, job.n_draws if size is None else size,
                                 element_shape=x.shape)
                  for x in tf.nest.flatten(report)]
        _, chain, _, arrays = tf.while_loop(
            lambda i, *_: i < job.n_draws, draw,
            (tf.constant(0), job.chain, statistics, arrays), parallel_iterations=1)
        return chain, tf.nest.pack_sequence_as(
            report, [array.stack() for array in arrays])

    def _transitions(self, model, job, start, chain, statistics):
        """The transitions between two draws, and the statistics of the last one."""
        def advance(j, chain, _):
            number, batch = _number_and_batch(job, start + j)
            with seeded(tf.stack([job.seed, number])):
                chain, info = transition(
                    self._sampler, self._adaptation, chain,
                    model.target(self._target, batch, job.data), job.is_warmup)
            parameters = self._adaptation.parameters(chain.tuning, job.is_warmup)
            return j + 1, chain, self._sampler._checked_statistics(
                chain.state, info, parameters, self._part_shape)

        return tf.while_loop(
            lambda j, *_: j < job.thin, advance, (tf.constant(0), chain, statistics),
            parallel_iterations=1)[1:]

    def _target(self, batch):
        return self._constraints.target(self._values_target(batch))

    def _values_target(self, batch):
        return Target(self._model, merge_dicts(self._observed, batch), self._names)

    def check_end(self, draws):
        """Warn where last draws, a dict of arrays, are outside of their supports."""
        density.warn_outside(self._evaluate(
            "support", lambda arrays: self._outside(*arrays),
            (draws, self._first_batch())))

    def observed(self):
        """A dict of observed values by name, with the first minibatch."""
        return merge_dicts(self._observed, self._first_batch())

    def _first_batch(self):
        return self._minibatches.first() if self._minibatches else {}

    def _outside(self, draws, batch):
        return density.outside_of_support(
            self._model, merge_dicts(self._observed, batch), draws)

    def _all_values(self, values, batch):
        """Values of latents, a list, and all observed ones, in a dict by name."""
        return merge_dicts(self._observed, batch, dict(zip(self._names, values)))

    def _nodes(self, values, batch):
        """The nodes of the model, a dict; empty for a function."""
        with support_checks(False):
            bn = observe_all(self._model, self._all_values(values, batch)).bn
        return {} if bn is None else bn.nodes

    def _with_target(self, position, batch, name, fn):
        """The arrays that `fn` gives of the target and positions."""
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
            constraints = self._constraints_of(self._resolved(values, batch), batch)
            target = constraints.target(self._values_target(batch))
            return (target(constraints.free(values)),
                    self._all_derived(arrays),
                    self._outside(dict(zip(self._names, values)), batch))

        # An error of the model is raised below, where its operations are added.
        with contextlib.suppress(Exception):
            self._kept = self._cached(fingerprint(everything, (values, batch)))


def _number_and_batch(job, i):
    """The number and the minibatch of transition `i` of a job."""
    return job.n_done + tf.cast(i, tf.int64), {
        name: x[i] for name, x in job.batches.items()}
