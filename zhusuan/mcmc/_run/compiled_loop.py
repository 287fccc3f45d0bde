"""The programs of a loop over transitions: compiled by XLA or not, and cached."""
import re

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import programs
from zhusuan.mcmc._run.loop_models import InlineModel, TracedModel
from zhusuan.utils._warnings import user_location, warn_once

__all__ = ["CompiledLoop"]

# A key among programs: XLA cannot compile them.
_UNCOMPILABLE = "uncompilable"


class CompiledLoop:
    """Base class of `ChainLoop`, which defines what the programs compute."""

    def _compiled(self, jobs):
        """What the program returns for a list of jobs; without XLA if that fails."""
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
        # The reason numbers the functions of the program, differently in each run.
        key = "jit_compile", tuple(self._names), re.sub(r"\d", "", reason)
        warn_once(key, (
            "jit_compile=\"auto\": the run takes place without XLA, which cannot "
            "compile the model: %s. Pass jit_compile=False if you expect this."
            % reason), UserWarning, user_location())
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
                tuple(self._derived.like))
        jobs = [job._replace(data=model.data) for job in jobs]
        kept = self._programs_of(model)
        if name not in kept:
            # XLA allocates arrays of a known size only.
            size = self.max_draws if jit_compile else None
            run = programs.build_program(
                lambda job: self._draws(model, job, size), jobs, jit_compile,
                self._devices)
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
                self._target, self._constraints.values, self._derived_of,
                *self._example, jit_compile)
        return self._models[jit_compile]

    def _programs_of(self, model):
        """The dict of programs for all models that are equal up to their data."""
        if model.key is None:
            return self._kept
        if not model.is_whole:
            return self._of_this_run
        return self._cached(model.key)

    def _cached(self, key):
        """The dict of programs for all models of this key."""
        return self._cache.programs((key, tuple(self._names), self._cache_key))
