"""The compiled loop of transitions, and the recorded values of each draw.

Each transition has its own seed, so draws do not depend on the cut into chunks.
"""
from typing import Any, NamedTuple, Optional

import tensorflow.compat.v2 as tf

from zhusuan._tf.programs import compile_by_xla
from zhusuan._tf.random_numbers import seeded
from zhusuan.mcmc._run.chain_state import Report, revised, transition

__all__ = ["DrawLoop"]


class DrawLoop(NamedTuple):
    """A function of a `Job` that returns the next `Chain` and a `Report` of draws.

    :param sampler: A :class:`~zhusuan.mcmc.Sampler`.
    :param adaptation: Its :class:`~zhusuan.mcmc.Adaptation`.
    :param model: An `InlineModel` or a `TracedModel`.
    :param functions: Its `ModelFunctions`.
    :param kept: A list of the numbers of latents whose draws are stored.
    :param zeros: A `Report` of arrays of zeros, like that of one draw.
    :param chain_shape: The shape of log densities, a tuple.
    :param size: An int, the length of the arrays of draws, which XLA must know; None
        for the number of draws of the job.
    """

    sampler: Any
    adaptation: Any
    model: Any
    functions: Any
    kept: Any
    zeros: Report
    chain_shape: Any
    size: Optional[int]

    def __call__(self, job):
        arrays = [
            tf.TensorArray(x.dtype, job.n_draws if self.size is None else self.size,
                           element_shape=x.shape)
            for x in tf.nest.flatten(self.zeros)]
        _, chain, arrays = self._draw_while(
            lambda i, chain: True, job, tf.constant(0), job.chain, arrays,
            lambda chain: revised(self.adaptation, chain))
        return chain, self._report_of(arrays)

    def in_parts(self, job):
        """The same in parts that XLA compiles, at the end of which tuning is revised.

        XLA takes long to compile a revision.
        """
        def until_revision(job, i, chain, report):
            arrays = [
                tf.TensorArray(x.dtype, self.size, element_shape=x.shape[1:]).unstack(x)
                for x in tf.nest.flatten(report)]
            i, chain, arrays = self._draw_while(
                lambda i, chain: ~self.adaptation.is_revision_due(chain.tuning),
                job, i, chain, arrays, lambda chain: chain)
            return i, chain, self._report_of(arrays)

        def part(i, chain, report):
            i, chain, report = run(job, i, chain, report)
            return i, revised(self.adaptation, chain), report

        run = compile_by_xla(until_revision)
        report = tf.nest.map_structure(
            lambda x: tf.zeros((self.size,) + x.shape, x.dtype), self.zeros)
        return tf.while_loop(
            lambda i, *_: i < job.n_draws, part, (tf.constant(0), job.chain, report),
            parallel_iterations=1)[1:]

    def _draw_while(self, condition, job, i, chain, arrays, revise):
        """Make draws number `i` and later ones of a job as long as a condition holds.

        :param condition: A function of `i` and a `Chain`.
        :param arrays: A list of TensorArrays.
        :param revise: A function from a `Chain` to a `Chain`, after each transition.
        """
        model = self.model.bind(self.functions, job.data)

        def draw(i, chain, statistics, arrays):
            chain, statistics = self._transitions(
                model, job, i * job.thin, chain, statistics, revise)
            values = model.values(chain.state.position)
            report = Report([values[k] for k in self.kept],
                            self._derived(model, job, i, values), statistics)
            return i + 1, chain, statistics, [
                a.write(i, x) for a, x in zip(arrays, tf.nest.flatten(report))]

        # Constants inside the loop would be copied for each draw.
        statistics = tf.nest.map_structure(tf.constant, self.zeros.statistics)
        i, chain, _, arrays = tf.while_loop(
            lambda i, chain, *_: (i < job.n_draws) & condition(i, chain), draw,
            (i, chain, statistics, arrays), parallel_iterations=1)
        return i, chain, arrays

    def _report_of(self, arrays):
        return tf.nest.pack_sequence_as(
            self.zeros, [array.stack() for array in arrays])

    def _transitions(self, model, job, start, chain, statistics, revise):
        """The transitions between two draws, and the statistics of the last one."""
        def advance(j, chain, _):
            number, batch = _number_and_batch(job, start + j)
            with seeded(tf.stack([job.seed, number])):
                chain, info = transition(
                    self.sampler, self.adaptation, chain, model.target(batch),
                    job.is_warmup)
            chain = revise(chain)
            parameters = self.adaptation.parameters(chain.tuning, job.is_warmup)
            return j + 1, chain, self.sampler._checked_statistics(
                chain.state, info, parameters, self.chain_shape)

        return tf.while_loop(
            lambda j, *_: j < job.thin, advance, (tf.constant(0), chain, statistics),
            parallel_iterations=1)[1:]

    def _derived(self, model, job, i, values):
        """The derived quantities of draw `i`, a dict; zeros in warm-up."""
        number, batch = _number_and_batch(job, (i + 1) * job.thin - 1)
        zeros = self.zeros.derived

        def compute():
            with seeded(tf.stack([-1 - job.seed, number])):  # of no transition
                return model.derived((values, batch))

        return zeros and tf.cond(
            job.is_warmup, lambda: tf.nest.map_structure(tf.constant, zeros), compute)


def _number_and_batch(job, i):
    """The number and the minibatch of transition `i` of a job."""
    return job.n_done + tf.cast(i, tf.int64), {
        name: x[i] for name, x in job.batches.items()}
