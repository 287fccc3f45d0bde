"""A fit: its parts, its chunks of steps, and its result."""
import time

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import optimizers, programs
from zhusuan._tf.gradients import is_reference, trainable_variables_of
from zhusuan._tf.random_numbers import seeded
from zhusuan.utils._chunk_length import ChunkLength
from zhusuan.utils._progress_bar import progress_bar
from zhusuan.utils._warnings import warn_user
from zhusuan.variational._training.costs import CostFunction, choose_estimator
from zhusuan.variational._training.draws import PosteriorDraws
from zhusuan.variational._training.not_finite import find_first, flags_of_terms
from zhusuan.variational._training.record import CallbackList, Record
from zhusuan.variational._training.training_loop import TrainingLoop
from zhusuan.variational.fits import Evidence, Fit, NotFiniteError
from zhusuan.variational.posteriors._joint_density import has_point_mass
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["FitRun"]

# The number of estimates of the bound for the log evidence.
_N_ESTIMATES = 100
# The time between writes of checkpoints, in durations of a write.
_REST = 10
# Seeds of the estimates after training differ from those of steps.
_EVIDENCE = 2 ** 40


class FitRun:
    """The parts of a fit.

    :param problem: A `Problem`.
    :param batches: Minibatches of :mod:`batches`.
    :param n_particles: An int.
    """

    def __init__(self, problem, batches, n_particles, seed, session):
        self._problem, self._batches = problem, batches
        self._n_particles, self._seed, self._session = n_particles, seed, session
        self._programs = {}

    def prepare(self, objective, estimator, alpha, scale, optimizer, learning_rate,
                n_steps, variables, jit_compile):
        """Choose the estimator, the variables and the optimizer, and build the loop."""
        q = self._problem.draw(self._batches.first(), self._n_particles)
        posterior = self._problem.posterior
        if (objective, estimator) == ("elbo", "auto") and (
                isinstance(posterior, Posterior)):
            estimator = posterior._estimator
        self._estimator, self._estimators = choose_estimator(objective, estimator, q)
        self._check_n_particles()
        self._objective = objective
        self._has_density = not has_point_mass(q)
        self._is_bound = self._has_density and not (objective == "renyi" and alpha < 0.)
        self._cost_function = CostFunction(
            objective, self._estimator, alpha, dict(scale or {}))
        self._variables = list(variables or trainable_variables_of(
            lambda: self._cost(self._batches.first())))
        if not self._variables:
            raise ValueError(
                "fit: neither the model nor the posterior uses a trainable variable. "
                "Create tf.Variable outside of the functions, and pass variables=.")
        _check_no_references(self._variables)
        self._batches.cast(self._variables[0].dtype.as_numpy_dtype)
        self._draws = PosteriorDraws(
            self._problem, self._session, self._batches.everything())
        self._loop = TrainingLoop(
            self._cost, self._variables,
            _choose_optimizer(optimizer, learning_rate, posterior, n_steps),
            self._batches, n_steps, jit_compile, self._session)
        self._loop.build(self._seed)
        optimizers.initialize_variables(
            self._loop.state_variables + self._loop.cost_variables, self._session)

    def _check_n_particles(self):
        if self._estimator in ("reinforce", "vimco", "importance") and (
                self._n_particles < 2):
            raise ValueError(
                "fit: the estimator %r requires several particles, but n_particles is "
                "%d. Pass n_particles=10." % (self._estimator, self._n_particles))

    def _cost(self, batch):
        model, observed = self._problem.observe(batch)
        return self._cost_function(
            model, observed, self._problem.draw(batch, self._n_particles),
            self._problem.batch_names, self._batches.factor())

    # -- Steps -----------------------------------------------------------------------

    def train(self, n_steps, tolerance, callbacks, shows_progress, checkpoint, resume):
        """Make the steps, and return the :class:`Fit`."""
        self._record = Record(n_steps, tolerance)
        self._callbacks = CallbackList(callbacks, n_steps)
        if resume is not None:
            self._resume(resume)
        self._loop.choose_program(self._seed, getattr(resume, "is_compiled", None))
        with progress_bar(n_steps, "step", shows_progress, self._record.n_done) as show:
            self._callbacks.call("on_train_begin", {})
            try:
                self._train_in_chunks(checkpoint, show)
            except KeyboardInterrupt:
                warn_user(
                    "Interrupted after %d of %d steps. The fit so far is returned; "
                    "pass it as resume= to continue." % (self._record.n_done, n_steps))
            self._callbacks.call("on_train_end", {})
        result = self._fit(self._log_evidence(), self._draws.to_store(self._seed))
        if checkpoint is not None:
            result.save(checkpoint)
        return result

    def _resume(self, before):
        variables = self._loop.state_variables
        if [tuple(x.shape) for x in before.state] != [
                tuple(x.shape.as_list()) for x in variables]:
            raise ValueError(
                "resume=: the state to resume has other shapes than this fit, because "
                "the posterior, model or optimizer differs. Pass the same arguments; "
                "only n_steps may differ.")
        optimizers.set_variables(variables, before.state, self._session)
        self._record.add(before.history["bound"])

    def _train_in_chunks(self, checkpoint, show):
        record, save = self._record, _RareCalls()
        length = ChunkLength(10, self._loop.max_steps)
        while not record.is_complete and not self._callbacks.stop_training:
            with length.adapting():
                self._advance(self._next_length(int(length)))
            if self._callbacks:
                self._callbacks.end_of_epoch(record.n_done, record.bounds)
            if checkpoint is not None:
                save(lambda: self._unfinished().save(checkpoint))
            show(record.n_done, **record.summary())

    def _next_length(self, length):
        record = self._record
        length = min(length, record.n_until_check)
        if self._callbacks:
            epoch = self._callbacks.epoch_length
            length = min(length, epoch - record.n_done % epoch)
        return length

    def _advance(self, n_steps):
        ahead = self._loop.count_steps() - self._record.n_done  # of another optimizer
        try:
            bounds = self._loop.chunk(self._seed, self._record.n_done, n_steps)
            self._record.add(bounds)
        except KeyboardInterrupt:  # the variables may be those after the steps
            self._record.add(np.full(
                self._loop.count_steps() - ahead - self._record.n_done, np.nan))
            raise
        if len(bounds) < n_steps:
            raise self._not_finite(len(bounds))

    def _not_finite(self, n_finite):
        step, batch = self._record.n_done, self._loop.last_batch(n_finite)

        def flags(arrays):
            return flags_of_terms(self._problem, arrays[1], self._n_particles,
                                  self._variables, arrays[0])

        clause = find_first(self._evaluate(
            "flags", flags, (np.array([self._seed, step]), batch)))
        return NotFiniteError(
            "In step %d of the fit, %s. The attribute `fit` of this error has the "
            "posterior after the last finite step. Pass a smaller learning_rate=, or "
            "init= with values of high density." % (
                step, clause), self._unfinished(
                    self._draws.to_store(self._seed)), step)

    # -- The result ------------------------------------------------------------------

    def _unfinished(self, draws=None):
        """The fit so far; its evidence is that of the last steps."""
        bounds = self._record.bounds[-_N_ESTIMATES:]
        return self._fit(self._evidence(bounds) if len(bounds) else Evidence(
            -np.inf, np.inf, self._is_bound), draws)

    def _fit(self, log_evidence, draws=None):
        record = self._record
        state = programs.to_arrays(
            {str(i): x for i, x in enumerate(self._loop.state_variables)},
            self._session)
        model, observed = self._problem.with_all_data(self._batches.everything())
        return Fit(
            self._draws, {"bound": record.bounds}, log_evidence,
            self._problem.posterior, self._name(), self._estimators, self._seed,
            record.n_done, record.is_complete, record.is_converged(),
            [state[str(i)] for i in range(len(state))], draws, self._draws.weigh,
            model, observed, self._loop.is_compiled)

    def _name(self):
        posterior = self._problem.posterior
        return "%s (%s)" % (self._objective, getattr(
            posterior, "__name__", type(posterior).__name__))

    def _log_evidence(self):
        """The mean of the bound over many estimates."""
        def bound(arrays):
            with seeded(arrays[0]):
                return tf.cast(self._cost(arrays[1]).bound, tf.float64)

        if not self._has_density:
            return self._evidence([])
        first, estimates = self._record.n_done, []
        for i in range(_N_ESTIMATES):
            batch = self._batches.for_estimate(first, i)
            estimates.append(self._evaluate("bound", bound, (
                np.array([self._seed, _EVIDENCE + i]), batch)))
        return self._evidence(estimates)

    def _evidence(self, estimates):
        if not self._has_density:
            return Evidence(np.nan, np.nan, False)
        return Evidence(float(np.mean(estimates)), float(
            np.std(estimates, ddof=min(1, len(estimates) - 1)) / len(estimates) ** 0.5),
            self._is_bound)

    def _evaluate(self, name, fn, arrays):
        """The arrays that a function of a nest of arrays returns, by a program."""
        if name not in self._programs:
            self._programs[name] = programs.build_program(fn, [arrays])
        return self._programs[name]([arrays], self._session)[0]


def _choose_optimizer(optimizer, learning_rate, posterior, n_steps):
    """The given Keras optimizer, or Adam with a learning rate that decays."""
    if optimizer is None:
        if learning_rate is None:
            learning_rate = getattr(posterior, "_learning_rate", 0.01)
        return tf.keras.optimizers.Adam(
            optimizers.cosine_decay(learning_rate, n_steps)
            if np.isscalar(learning_rate) else learning_rate)
    if learning_rate is not None:
        raise ValueError(
            "fit: learning_rate= applies to the default optimizer, but optimizer= is "
            "given. Set the learning rate of the optimizer, and omit learning_rate=.")
    return optimizer


def _check_no_references(variables):
    names = [x.name for x in variables if is_reference(x)]
    if names:
        raise ValueError(
            "fit: a compiled loop cannot train the reference variables %s. Create them "
            "with use_resource=True, or call tf.enable_resource_variables() before."
            % ", ".join(map(repr, names)))


class _RareCalls:
    """Calls of functions that take a tenth of the time at most."""

    def __init__(self):
        self._next = -np.inf

    def __call__(self, fn):
        began = time.perf_counter()
        if began >= self._next:
            fn()
            ended = time.perf_counter()
            self._next = ended + _REST * (ended - began)
