"""The compiled loop over steps of training.

Each step has its own seed, so results do not depend on the cut into chunks.

A step applies its gradients at once and stops the loop if they are not finite. In that
case, which is rare, the chunk is repeated by a program that does not apply them. A
branch in each step and an exact test would take a fifth of the time of a step of a VAE.
"""
import copy
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import optimizers, programs
from zhusuan._tf.gradients import gradients_by_variables
from zhusuan._tf.random_numbers import seeded
from zhusuan._tf.traced_functions import TracedFunction
from zhusuan.utils import fastest
from zhusuan.utils._warnings import warn_without_xla

__all__ = ["TrainingLoop"]

# The largest chunk: bytes of minibatches, and number of steps.
_CHUNK_BYTES, _CHUNK_STEPS = 2 ** 25, 1000
# The steps of one call that measures a program, and the seconds of all calls.
_TIMED_STEPS, _TIMED_SECONDS = 10, 1.


class _Job(NamedTuple):
    """The argument of the program."""

    seed: Any
    n_done: Any
    n_steps: Any
    indices: Any
    """Of the minibatches of all steps, see `indices` of batches."""
    rows: Any
    """The data that minibatches are taken from."""
    data: Any
    """Other arrays that the cost uses, see `TracedFunction`."""


class TrainingLoop:
    """Steps of an optimizer, many in one call of a program.

    :param cost: A function of a dict of Tensors, a minibatch, that returns a `Cost`.
    :param variables: A list of variables to train.
    :param optimizer: A Keras optimizer.
    :param batches: Minibatches of :mod:`batches`.
    :param n_steps: An int, the largest number of steps.
    :param jit_compile: A bool, or "auto": by XLA if XLA compiles the program. With
        "fastest", :meth:`choose_program` measures it.
    """

    def __init__(self, cost, variables, optimizer, batches, n_steps,
                 jit_compile="auto", session=None):
        self._cost, self._variables = cost, list(variables)
        self._optimizer, self._batches = optimizer, batches
        self._jit_compile, self._session = jit_compile, session
        self._has_choice = jit_compile in ("auto", "fastest")
        self.max_steps = int(np.clip(
            _CHUNK_BYTES // batches.nbytes, 1, min(_CHUNK_STEPS, n_steps)))
        self._dtype = self._variables[0].dtype.as_numpy_dtype
        self._program = self._checked_program = self._has_run = None
        optimizers.build_optimizer(optimizer, self._variables)

    def build(self, seed):
        """Build the program, so that the optimizer has all its variables."""
        if self._has_choice:
            self.is_compiled = programs.can_compile()
        else:
            self.is_compiled = bool(self._jit_compile)
        self._build(seed)

    def choose_program(self, seed, is_compiled=None):
        """With "fastest", use the program that is faster on this machine.

        :param is_compiled: A bool, the choice of an earlier fit, which "auto" and
            "fastest" keep; None if there is none.
        """
        if not self._has_choice or not programs.can_compile():
            return
        if is_compiled is None:
            if self._jit_compile == "auto":
                return
            is_compiled = self._is_faster_compiled(seed)
        if is_compiled != self.is_compiled:
            self.is_compiled = is_compiled
            self._build(seed)

    def _is_faster_compiled(self, seed):
        """Whether XLA makes steps faster; all variables are restored."""
        before = self._state()
        loops = {is_compiled: copy.copy(self) for is_compiled in (True, False)}
        for is_compiled, loop in loops.items():
            loop.is_compiled = is_compiled
            loop._build(seed)
        try:
            loops[True]._make_timed_steps(seed)
            return fastest({key: lambda loop=loop: loop._make_timed_steps(seed)
                            for key, loop in loops.items()}, _TIMED_SECONDS)
        except Exception as error:
            self._warn_of_failure(error)
            return False
        finally:
            self._restore(before)

    def _make_timed_steps(self, seed):
        job = self._job(seed, 0, min(_TIMED_STEPS, self.max_steps),
                        self._batches.repeated(self.max_steps))
        self._program([job], self._session)

    def _build(self, seed):
        gradients, data = self._gradients, []
        if not programs.uses_session():
            gradients = TracedFunction(
                self._gradients, self._batches.first(), self.is_compiled)
            self._needs = gradients.needs
            data = gradients.take_data()
        self._data = data
        self._rows = list(self._batches.data)
        if not programs.uses_session():  # converted once, not for each chunk
            self._rows = list(map(tf.convert_to_tensor, self._rows))
        self._gradients_of, self._checked_program = gradients, None
        self._program = self._build_program(seed, applies_all=True)

    def _build_program(self, seed, applies_all):
        gradients = self._gradients_of
        return programs.build_program(
            lambda job: self._steps(gradients, job, applies_all),
            [self._job(seed, 0, 1, self._batches.no_indices(self.max_steps))],
            self.is_compiled, is_stateful=True)

    def _job(self, seed, n_done, n_steps, indices):
        return _Job(np.int64(seed), np.int64(n_done), np.int32(n_steps), indices,
                    self._rows, self._data)

    def chunk(self, seed, n_done, n_steps):
        """Make steps, until one is not finite.

        :return: An array of the bounds of all finite steps.
        """
        self._indices = self._batches.indices(n_done, n_steps, self.max_steps)
        before = self._state()
        n_finite, bounds = self._run(seed, n_done, n_steps)
        if n_finite < n_steps:
            self._restore(before)
            n_finite, bounds = self._run_checked(seed, n_done, n_steps)
        return bounds[:n_finite]

    def last_batch(self, i):
        """The minibatch of step `i` of the last chunk, a dict of arrays by name."""
        return self._batches.take_array(self._indices, i)

    def _run(self, seed, n_done, n_steps):
        job = self._job(seed, n_done, n_steps, self._indices)
        try:
            result = self._program([job], self._session)[0]
        except Exception as error:
            if not self._has_choice or self._has_run or (
                    programs.compilation_failure(error) is None):
                raise
            self.is_compiled = False
            self._build(seed)
            # An error that XLA found in the model is raised here again.
            result = self._run(seed, n_done, n_steps)
            self._warn_of_failure(error)
            return result
        self._has_run = True
        return result

    def _run_checked(self, seed, n_done, n_steps):
        if self._checked_program is None:
            self._checked_program = self._build_program(seed, applies_all=False)
        job = self._job(seed, n_done, n_steps, self._indices)
        return self._checked_program([job], self._session)[0]

    def _warn_of_failure(self, error):
        """Warn that XLA cannot compile the model; raise errors of other kinds."""
        reason = programs.compilation_failure(error)
        if reason is None:
            raise error
        warn_without_xla("fit", [x.name for x in self._variables], reason)

    def _gradients(self, batch):
        """The bound and the gradients, a pair."""
        cost, gradients = gradients_by_variables(
            lambda: self._cost(batch), self._variables)
        trained = set(map(id, self._variables))
        self.cost_variables = [
            x for x in _tf.get_assigned_variables() if id(x) not in trained]
        return tf.cast(cost.bound, self._dtype), gradients

    def _steps(self, gradients_of, job, applies_all):
        def step(i, _, bounds):
            batch = self._batches.take(job.rows, job.indices, i)
            with seeded(tf.stack([job.seed, job.n_done + tf.cast(i, tf.int64)])):
                bound, gradients = gradients_of(batch, job.data) if isinstance(
                    gradients_of, TracedFunction) else gradients_of(batch)
            if applies_all:
                is_finite = _are_all_finite(
                    [bound] + [_column_sums(x) for x in gradients])
                self._apply(gradients)
            else:
                is_finite = _are_all_finite([bound] + gradients)
                tf.cond(is_finite, lambda: self._apply(gradients),
                        lambda: tf.constant(0))
            return i + tf.cast(is_finite, tf.int32), is_finite, bounds.write(i, bound)

        bounds = tf.TensorArray(self._dtype, self.max_steps, element_shape=[])
        n_finite, _, bounds = tf.while_loop(
            lambda i, is_finite, _: tf.logical_and(is_finite, i < job.n_steps), step,
            (tf.constant(0), tf.constant(True), bounds), parallel_iterations=1)
        return n_finite, bounds.stack()

    def _apply(self, gradients):
        self._optimizer.apply_gradients(zip(gradients, self._variables))
        return tf.constant(1)

    # -- State -----------------------------------------------------------------------

    def _state(self):
        """The values of all variables that a step changes, a list of arrays."""
        variables = dict(enumerate(self.state_variables + self.cost_variables))
        arrays = programs.to_arrays(variables, self._session)
        return [arrays[i] for i in variables]

    def _restore(self, arrays):
        optimizers.set_variables(
            self.state_variables + self.cost_variables, arrays, self._session)

    def count_steps(self):
        """The number of steps that the optimizer has made, an int."""
        steps = programs.to_arrays(
            {"": optimizers.count_of_steps(self._optimizer)}, self._session)
        return int(steps[""])

    @property
    def state_variables(self):
        """The variables of the model, the posterior and the optimizer, a list.

        A step also changes `cost_variables`, to which the cost assigns values.
        """
        return self._variables + optimizers.optimizer_variables(self._optimizer)


def _are_all_finite(xs):
    return tf.reduce_all([tf.reduce_all(tf.math.is_finite(x)) for x in xs])


def _column_sums(x):
    """Sums that are finite only if all entries are; XLA vectorizes them."""
    return tf.reduce_sum(x, axis=0) if x.shape.rank else x
