"""Whole chains of one sampler on one model, in chunks of one compiled loop."""
import contextlib

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model import target as density
from zhusuan._model.constraints import Constraints, resolve
from zhusuan._model.initial_values import chain_rank, describe_broken, node_not_finite
from zhusuan._model.interval_ends import interval_ends, with_known_ends
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
from zhusuan.mcmc._run.draw_loop import DrawLoop
from zhusuan.mcmc._run.loop_models import InlineModel, ModelFunctions, TracedModel
from zhusuan.mcmc._run.stored_names import StoredNames
from zhusuan.utils import merge_dicts
from zhusuan.utils._warnings import warn_without_xla

__all__ = ["ChainLoop"]

# The largest chunk: bytes of draws and minibatches, and number of draws.
CHUNK_BYTES, CHUNK_DRAWS = 2 ** 25, 1000
# Keys among programs: XLA cannot compile them, their chains are independent.
_UNCOMPILABLE, _CHECKED = "uncompilable", "independent"


class ChainLoop:
    """Chains of one sampler on one model.

    :param sampler: A :class:`~zhusuan.mcmc.Sampler`.
    :param adaptation: Its :class:`~zhusuan.mcmc.Adaptation`.
    :param minibatches: None, or the `Minibatches` to observe.
    :param jit_compile: A bool, or "auto": by XLA if XLA compiles the program.
    :param constraints: As `resolve` takes.
    :param devices: As `resolve_devices` returns them: each takes an equal part of the
        chains.
    :param n_chains: The length of the first axis of log densities; None if unknown.
    :param names: A list of the names of the latents.
    :param stored: A `StoredNames`.
    :param cache: A `ProgramCache`.
    :param cache_key: Hashable, equal for equal samplers and adaptations.
    """

    def __init__(self, sampler, adaptation, model, observed, names, minibatches=None,
                 session=None, jit_compile="auto", constraints=None,
                 devices=(None,), n_chains=None, stored=None, cache=None,
                 cache_key=None):
        self._sampler, self._adaptation = sampler, adaptation
        self._model, self._observed = model, observed
        self._names, self._minibatches = list(names), minibatches
        self._scale = self._scale_of_batches()
        self._given_constraints = constraints
        self._session, self._jit_compile = session, jit_compile
        self._devices, self.n_chains = list(devices), n_chains
        stored = StoredNames() if stored is None else stored
        self._stored, self._kept_latents = stored, stored.latents(self._names)
        self._derived = DerivedQuantities(model, stored.derived(self._names))
        self._cache, self._cache_key = cache, cache_key
        # Programs by name, and in a graph all that they use; cached for later runs.
        self._kept, self._of_this_run = {}, {}
        self._models = {}  # by whether XLA compiles the program
        self._is_compiled = False
        self._part_shape = self._interval_key = self._zeros = None
        self.max_draws = self._n_batches = None  # of a chunk

    def _scale_of_batches(self):
        """Factors of the log densities of nodes in minibatches, a dict by name.

        Those of inputs have no effect.
        """
        if self._minibatches is None or self._minibatches.n_data is None:
            return {}
        return dict.fromkeys(self._minibatches.first(), self._minibatches.factor())

    def start(self, values, thin):
        """Check the density at a list of arrays, and return the :class:`Start`."""
        values, batch = list(values), self._first_batch()
        if programs.uses_session():
            self._reuse_graph(values, batch)
        position = self._free_position(values, batch)
        place = ChainState(position, *self._with_target(
            position, batch, "density", lambda target, x: target(x)))
        density.check_chain_axis(self.n_chains, place.log_prob)
        density.check_finite(
            self._names, place.log_prob, place.gradient, lambda: node_not_finite(
                self._model, self._all_values(values, batch), self._evaluate_once))
        derived = self._evaluate("derived", self._all_derived, (values, batch))
        self._stored.check(self._names, derived)
        self._derived.select(derived, np.shape(place.log_prob), len(self._devices))
        places = [place] if len(self._devices) == 1 else parts.split(
            place, len(self._devices))
        draw = [x[:len(x) // len(places)] if np.ndim(place.log_prob) else x
                for x in values]  # of one part
        self._example = places[0].position, draw, batch
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
        self._zeros = tf.nest.map_structure(np.zeros_like, Report(
            [draw[k] for k in self._kept_latents], self._derived.like,
            self._statistics_of_zero(states[0], places[0].log_prob)))
        reports = [self._zeros] * len(places)
        size = thin * sum(np.asarray(x).nbytes
                          for x in tf.nest.flatten((reports, batch)))
        self.max_draws = int(np.clip(CHUNK_BYTES // max(size, 1), 1, CHUNK_DRAWS))
        self._n_batches = thin * self.max_draws
        no_draws = tf.nest.map_structure(lambda x: x[np.newaxis][:0], reports)
        return Start(states, self._joined(no_draws), [
            self._names[k] for k in self._kept_latents], np.shape(place.log_prob))

    def _all_derived(self, arrays):
        with seeded(0):
            return self._derived.evaluate(self._all_values(*arrays))

    def _recorded(self, arrays):
        return self._derived.recorded(self._all_values(*arrays))

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
        found = with_known_ends(self._kept["constraints"], ends)
        self._interval_key = make_hashable(
            [x for x in found.values() if isinstance(x, tuple)])
        self._constraints = self._constraints_of(found, batch)
        position = self._evaluate("free", self._constraints.free, values)
        self._constraints.refuse_broken(
            position, values, lambda x, value: describe_broken(x, value, chain_rank(
                self._model, self._all_values(values, batch), self._evaluate_once)))
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
                    np.int32(thin), np.bool_(is_warmup), batches, data=[])
                for part, part_seed in zip(state, seeds)]
        states, reports = zip(*self._compiled(jobs))
        reports = tf.nest.map_structure(lambda x: x[:n_draws], list(reports))
        return list(states), self._joined(reports)

    def _compiled(self, jobs):
        """The result of the program for a list of jobs, without XLA if that fails."""
        if not self._tries_xla():
            return self._run(jobs, False)
        try:
            outputs, self._is_compiled = self._run(jobs, True), True
            return outputs
        except Exception as error:
            reason = programs.compilation_failure(error)
            if self._jit_compile != "auto" or self._is_compiled or reason is None:
                raise
        # An error that XLA found in the model is raised here again.
        outputs = self._run(jobs, False)
        self._programs_of(self._model_for(True))[_UNCOMPILABLE] = True
        warn_without_xla("run", self._names, reason)
        return outputs

    def _tries_xla(self):
        if self._jit_compile != "auto":
            return bool(self._jit_compile)
        return programs.can_compile() and (
            _UNCOMPILABLE not in self._programs_of(self._model_for(True)))

    def _run(self, jobs, jit_compile):
        model = self._model_for(jit_compile)
        shapes = [(np.shape(x), np.asarray(x).dtype.str) for x in tf.nest.flatten(jobs)]
        name = ("draws", tuple(shapes), jit_compile, tuple(self._devices),
                self.max_draws, self._interval_key if model.key is None else None,
                tuple(self._kept_latents), tuple(self._derived.like))
        jobs = [job._replace(data=model.data) for job in jobs]
        kept = self._programs_of(model)
        if name not in kept:
            # XLA allocates arrays of a known size only.
            size = self.max_draws if jit_compile else None
            loop = DrawLoop(self._sampler, self._adaptation, model, self._functions(),
                            self._kept_latents, self._zeros, self._part_shape, size)
            has_parts = jit_compile and self._adaptation.is_revision_due(
                jobs[0].chain.tuning) is not False
            run = programs.build_program(
                loop.in_parts if has_parts else loop, jobs,
                jit_compile, self._devices, has_parts)
            outputs = run(jobs, self._session)
            kept = self._programs_of(model)
            kept[name], kept[name, "needs"] = run, model.needs
            return outputs
        return kept[name](jobs, self._session)

    def _model_for(self, jit_compile):
        """The model as a part of a program, which XLA compiles or not."""
        if jit_compile not in self._models:
            self._models[jit_compile] = InlineModel() if (
                programs.uses_session()) else TracedModel(
                self._functions(), *self._example, jit_compile)
        return self._models[jit_compile]

    def _functions(self):
        return ModelFunctions(self._target, self._constraints.values, self._recorded)

    def _programs_of(self, model):
        """The dict of programs for all models that are equal up to their data."""
        if model.key is None:
            return self._kept
        if not model.is_whole:
            return self._of_this_run
        return self._cached(model.key)

    def _target(self, batch):
        return self._constraints.target(self._values_target(batch))

    def _values_target(self, batch):
        return Target(self._model, merge_dicts(self._observed, batch), self._names,
                      self._scale)

    def check_end(self, states):
        """Warn where the values of the last state are outside of their supports.

        :param states: A list with the :class:`Chain` for each device.
        """
        position = [np.concatenate(x) if len(states) > 1 else x[0]
                    for x in zip(*[chain.state.position for chain in states])]
        values = self._evaluate("values", self._constraints.values, position)
        density.warn_outside(self._evaluate(
            "support", lambda arrays: self._outside(*arrays),
            (dict(zip(self._names, values)), self._first_batch())))

    @property
    def origin(self):
        """The model, and a dict of the observed values that are in no minibatch."""
        return self._model, self._observed

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

    def _evaluate_once(self, fn, arrays):
        return programs.evaluate(fn, arrays, self._session)

    def _reuse_graph(self, values, batch):
        """Take over what an earlier run with the same model added to the graph."""
        def everything(arrays):
            values, batch = arrays
            constraints = self._constraints_of(self._resolved(values, batch), batch)
            target = constraints.target(self._values_target(batch))
            return (target(constraints.free(values)), self._all_derived(arrays),
                    self._outside(dict(zip(self._names, values)), batch))

        # An error of the model is raised below, where its operations are added.
        with contextlib.suppress(Exception):
            self._kept = self._cached(fingerprint(everything, (values, batch)))

    def _cached(self, key):
        """The dict of programs for all models of this key."""
        return self._cache.programs((key, tuple(self._names), self._cache_key))
