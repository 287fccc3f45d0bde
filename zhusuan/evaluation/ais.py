"""Annealed importance sampling: the variables and the runs."""
from collections import namedtuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.target import Target
from zhusuan._tf import programs
from zhusuan.evaluation._annealing import (
    Path,
    anneal,
    sigmoid_schedule,
    tuned_log_steps,
)
from zhusuan.framework.meta_bn import bayesian_net_in
from zhusuan.mcmc._adaptation.switches import as_float, is_off
from zhusuan.mcmc._run.sampler_variables import check_latent

__all__ = ["AIS", "AISResult"]

_N_REPORTS = 100  # of the progress bar


class AISResult(namedtuple("AISResult", [
        "estimate", "log_weights", "effective_sample_size"])):
    """What a run of :class:`AIS` found; NumPy values.

    :param estimate: A float, the mean over data of the estimates of the log
        marginal likelihood.
    :param log_weights: Of the shape of the chain axes.
    :param effective_sample_size: Of the shape without the first axis, between 1
        and the number of chains: as many independent posterior samples the
        weighted chains are worth (Kong, 1992).
    """

    __slots__ = ()


class AIS:
    r"""Estimate the marginal log likelihood by annealed importance sampling.

    Chains are drawn from a proposal :math:`q(z)`, and taken by transitions of
    Hamiltonian Monte Carlo through the densities

    .. math::

        q(z)^{1 - \beta_t} p(x, z)^{\beta_t}, \qquad 0 = \beta_0 < \dots <
        \beta_T = 1, \qquad
        \log w = \sum_{t=1}^T (\beta_t - \beta_{t-1})
            (\log p(x, z_{t-1}) - \log q(z_{t-1}))

    so that :math:`\mathbb{E}[w] = p(x)` (Neal, 2001, "Annealed importance
    sampling", eq. 9 to 11). The estimate, the log of the mean weight, is a lower
    bound of :math:`\log p(x)` in expectation. The step sizes are tuned by chains of
    their own and are fixed while annealing, which the bound depends on.

    In a v1 graph, the constructor builds the operations, and methods run them.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param proposal_meta_bn: A MetaBayesianNet of the latents only, such as the
        prior, whose density is normalised.
    :param hmc: A :class:`~zhusuan.hmc.HMC`, of which `step_size`,
        `n_leapfrogs`, `adapt_step_size` and `target_acceptance_rate` count.
        Masses are 1. If `adapt_step_size` is not None or False, step sizes are
        tuned, from `step_size` on.
    :param observed: A dict of observed values by name.
    :param latent: A dict of variables by name, whose shapes are those of the
        chains, the first axis, and data axes. Their values are overwritten.
    :param n_temperatures: An int, T.
    :param n_adapt: An int, the number of temperatures to tune the step size at;
        between them its log is interpolated.
    :param verbose: A bool. Show a progress bar, if tqdm is installed.
    :param jit_compile: A bool. Compile the transitions by XLA (TensorFlow 2), which
        takes seconds at first, and pays for small models at many temperatures.
    """

    def __init__(self, meta_bn, proposal_meta_bn, hmc, observed, latent,
                 n_temperatures=1000, n_adapt=30, verbose=False, jit_compile=False):
        for name, n in [("n_temperatures", n_temperatures), ("n_adapt", n_adapt)]:
            if int(n) < 1:
                raise ValueError("AIS: `%s` must be at least 1, not %r." % (name, n))
        self._names, self._variables = check_latent(latent)
        self._proposal, self._hmc = proposal_meta_bn, hmc
        self._path = Path(Target(meta_bn, observed, self._names),
                          Target(proposal_meta_bn, {}, self._names))
        self._n_temperatures, self._n_adapt = int(n_temperatures), int(n_adapt)
        self._verbose = verbose
        self._move = self._anneal
        if jit_compile:
            self._move = programs.compile_by_xla(self._anneal)
        self._dtype = tf.as_dtype(self._variables[0].dtype).base_dtype
        self._make_programs()

    def run(self, sess=None, feed_dict=None):
        """The estimate of the log marginal likelihood, a float.

        That is the mean over data of the log of the mean weight over chains, the
        first axis. :meth:`sample` has more to tell.

        :param sess: A Session, in a v1 graph.
        :param feed_dict: A dict of values for placeholders, in a v1 graph.
        """
        return self.sample(sess, feed_dict).estimate

    def sample(self, sess=None, feed_dict=None):
        """A run of new chains, as an :class:`AISResult`.

        The arguments are those of :meth:`run`. The variables then hold samples
        that the weights belong to.
        """
        self._tune(sess, feed_dict)
        self._begin(sess, feed_dict)
        return self._annealed(self._forward, 1, sess, feed_dict)

    def reverse(self, posterior_samples, sess=None, feed_dict=None):
        r"""A stochastic upper bound, from exact posterior samples.

        Bidirectional Monte Carlo anneals from the posterior to the proposal:
        :math:`\mathbb{E}[1 / w] = 1 / p(x)`, so that minus the log of the mean
        inverse weight is an upper bound of :math:`\log p(x)` in expectation
        (Grosse, Ghahramani and Adams, 2015, "Sandwiching the marginal likelihood
        using bidirectional Monte Carlo", section 3). Exact posterior samples are
        had where the data were simulated: the latents that they came from.

        :param posterior_samples: A dict of arrays by latent name, broadcastable
            to the variables.

        Other arguments are those of :meth:`run`.
        :return: An :class:`AISResult`, with the log of w in each chain.
        """
        missing = [name for name in self._names if name not in posterior_samples]
        if missing:
            raise ValueError(
                "AIS.reverse needs exact posterior samples of all latents, but "
                "there are none of %s." % ", ".join(map(repr, missing)))
        samples = [np.broadcast_to(np.asarray(
            posterior_samples[name], self._dtype.as_numpy_dtype), x.shape.as_list())
            for name, x in zip(self._names, self._variables)]
        self._tune(sess, feed_dict)
        self._begin_at(sess, feed_dict, samples)
        return self._annealed(self._backward, -1, sess, feed_dict)

    # -- The runs --

    def _annealed(self, advance, sign, sess, feed_dict):
        n_done = 0
        with self._progress_bar() as bar:
            while n_done < self._n_temperatures:
                log_weights, n_now = advance(sess, feed_dict)
                bar.update(int(n_now) - n_done)
                n_done = int(n_now)
        log_weights = np.asarray(log_weights, np.float64)
        means = sign * _log_mean_exp(sign * log_weights)
        return AISResult(float(np.mean(means)), log_weights,
                         _effective_sample_size(sign * log_weights))

    def _progress_bar(self):
        if self._verbose:
            try:
                from tqdm import tqdm
                return tqdm(total=self._n_temperatures, desc="annealing")
            except ImportError:
                pass
        return _NoBar()

    # -- The programs, which a graph runs and eager code calls --

    def _make_programs(self):
        betas = sigmoid_schedule(self._n_temperatures)
        self._betas = tf.constant(betas, self._dtype)
        shape = self._chain_shape()
        numpy_dtype = self._dtype.as_numpy_dtype
        self._log_weights, self._log_steps, self._n_done = [
            _tf.make_private_variable(np.zeros(shape, dtype), dtype, "ais_" + name)
            for name, shape, dtype in [
                ("log_weights", shape, numpy_dtype),
                ("log_steps", [self._n_temperatures + 1], numpy_dtype),
                ("n_done", [], np.int32)]]
        self._tune = _Program(self._tune_steps)
        self._begin = _Program(lambda: self._restart(self._draw()))
        self._begin_at = _Program(
            lambda *positions: self._restart(positions), self._variables)
        self._forward = _Program(lambda: self._advance(is_reverse=False))
        self._backward = _Program(lambda: self._advance(is_reverse=True))

    def _chain_shape(self):
        """The static shape of the chain axes; the model is built once for it."""
        log_prob = self._path.enter(
            self._betas[1], [tf.convert_to_tensor(x) for x in self._variables]
        )[0].log_prob
        if log_prob.shape.rank == 0:
            raise ValueError(
                "AIS: the log joint density must have the shape of the chains, "
                "but it is a scalar. Give the latents a first axis of chains, and "
                "sum over the others by group_ndims.")
        return log_prob.shape.as_list()

    def _draw(self):
        bn = bayesian_net_in(self._proposal.observe())
        return [tf.broadcast_to(tf.convert_to_tensor(bn[name]), x.shape)
                for name, x in zip(self._names, self._variables)]

    def _restart(self, position):
        updates = list(zip(self._variables, position))
        zeros = tf.zeros(self._log_weights.shape, self._dtype)
        return _tf.commit(updates + [
            (self._log_weights, zeros), (self._n_done, tf.constant(0))])

    def _tune_steps(self):
        first = as_float(self._hmc.step_size, self._dtype)
        if is_off(self._hmc.adapt_step_size):
            log_steps = tf.math.log(first) + tf.zeros_like(self._betas)
        else:
            log_steps = _interpolated(tuned_log_steps(
                self._path, self._draw(),
                tf.constant(sigmoid_schedule(self._n_adapt), self._dtype), first,
                as_float(self._hmc.target_acceptance_rate, self._dtype),
                self._hmc.n_leapfrogs), self._n_temperatures)
        return _tf.commit([(self._log_steps, log_steps)])

    def _advance(self, is_reverse):
        n = self._n_temperatures
        first = self._n_done.read_value()
        last = tf.minimum(first + max(1, n // _N_REPORTS), n)
        span = ((n - last + 1, n - first + 1) if is_reverse
                else (first + 1, last + 1))
        position, log_weights = self._move(
            [tf.convert_to_tensor(x) for x in self._variables],
            self._log_weights.read_value(), self._log_steps.read_value(), span,
            is_reverse)
        done = _tf.commit(list(zip(self._variables, position)) + [
            (self._log_weights, log_weights), (self._n_done, last)])
        return _tf.identity_after([done], log_weights), last

    def _anneal(self, position, log_weights, log_steps, span, is_reverse):
        return anneal(self._path, position, log_weights, self._betas, log_steps, span,
                      self._hmc.n_leapfrogs, is_reverse)


class _Program:
    """A function to run from outside: in a Session, or as a `tf.function`."""

    def __init__(self, function, like=()):
        self._in_graph = _tf.current_graph() is not None
        if self._in_graph:
            # Constants, to feed other values for.
            self._inputs = [tf.zeros(x.shape, x.dtype.base_dtype) for x in like]
            self._outputs = function(*self._inputs)
        else:
            self._outputs = tf.function(function)

    def __call__(self, sess, feed_dict, values=()):
        if not self._in_graph:
            if sess is not None or feed_dict:
                raise ValueError(
                    "AIS runs eagerly, where there is no Session to feed: call "
                    "run() without arguments.")
            return self._outputs(*[tf.constant(x) for x in values])
        if sess is None:
            raise ValueError("AIS was made in a graph: call run(sess, feed_dict).")
        feed = dict(feed_dict or {})
        feed.update(zip(self._inputs, values))
        return sess.run(self._outputs, feed_dict=feed)


def _interpolated(values, n):
    """`values` at equal distances, made n + 1 by linear interpolation."""
    m, = values.shape.as_list()
    where = np.arange(n + 1) * (m - 1) / n
    below = np.minimum(where.astype(np.int32), max(m - 2, 0))
    above = np.minimum(below + 1, m - 1)
    weight = tf.constant(where - below, values.dtype)
    return ((1. - weight) * tf.gather(values, below) +
            weight * tf.gather(values, above))


def _log_mean_exp(x):
    largest = np.max(x, axis=0)
    largest = np.where(np.isfinite(largest), largest, 0.)
    with np.errstate(divide="ignore"):
        return largest + np.log(np.mean(np.exp(x - largest), axis=0))


def _effective_sample_size(log_weights):
    """Kong's, by datum: 0 where all weights are 0; infinite ones share all."""
    largest = np.max(log_weights, axis=0)
    with np.errstate(invalid="ignore"):  # inf - inf
        weights = np.where(np.isinf(largest), log_weights == np.inf,
                           np.exp(log_weights - largest))
    total = np.sum(np.square(weights), axis=0)
    return np.divide(np.square(weights.sum(0)), total,
                     out=np.zeros_like(total), where=total != 0)


class _NoBar:

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, n):
        """Show nothing."""
