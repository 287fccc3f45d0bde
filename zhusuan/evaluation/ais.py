"""Annealed importance sampling."""
from typing import Any, Dict, List, NamedTuple, Tuple

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
from zhusuan.mcmc._adaptation.warmup import is_off
from zhusuan.mcmc._run.kept_variables import check_latent
from zhusuan.utils import as_float
from zhusuan.utils._progress_bar import progress_bar

__all__ = ["AIS", "AISResult"]

_N_REPORTS = 100  # of progress


class AISResult(NamedTuple):
    """Result of a run of :class:`AIS`; NumPy values.

    :param estimate: A float, the mean over data of the estimates of the log
        marginal likelihood.
    :param log_weights: Of the shape of the chain axes.
    :param effective_sample_size: Of the shape without the first axis, between 1
        and the number of chains: as many independent posterior samples the
        weighted chains are worth (Kong, 1992).

    >>> from zhusuan.evaluation import AISResult
    >>> result = AISResult(-1.5, log_weights=[-1., -2.], effective_sample_size=1.7)
    >>> result.estimate
    -1.5
    """

    estimate: float
    log_weights: Any
    effective_sample_size: Any


class _Job(NamedTuple):
    """The argument of the program that anneals; `span` is as in :func:`anneal`."""

    position: List[Any]
    log_weights: Any
    log_steps: Any
    span: Any


class AIS:
    r"""Estimate the marginal log likelihood by annealed importance sampling.

    Chains are drawn from a proposal :math:`q(z)`, and moved by transitions of
    Hamiltonian Monte Carlo through the densities

    .. math::

        q(z)^{1 - \beta_t} p(x, z)^{\beta_t}, \qquad 0 = \beta_0 < \dots <
        \beta_T = 1, \qquad
        \log w = \sum_{t=1}^T (\beta_t - \beta_{t-1})
            (\log p(x, z_{t-1}) - \log q(z_{t-1}))

    so that :math:`\mathbb{E}[w] = p(x)` (Neal, 2001, "Annealed importance
    sampling", eq. 9 to 11). The estimate, the log of the mean weight, is a lower
    bound of :math:`\log p(x)` in expectation. The step sizes are tuned by separate
    chains and are fixed while annealing; otherwise the bound would not hold.

    In a v1 graph, the constructor builds the operations, and methods run them.

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a
        function of a dict of values by name that returns the log joint density.
    :param proposal_meta_bn: A MetaBayesianNet of the latents only, such as the
        prior, whose density is normalised.
    :param hmc: A :class:`~zhusuan.mcmc.hmc.HMC`, of which AIS uses `step_size`,
        `n_leapfrogs`, `adapt_step_size` and `target_acceptance_rate`.
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
        takes seconds, and is worth it for small models at many temperatures.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def model():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1., n_samples=100)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> @zs.meta_bayesian_net()
    ... def prior():
    ...     bn = zs.BayesianNet()
    ...     bn.normal("z", 0., std=1., n_samples=100)
    ...     return bn
    >>> ais = zs.evaluation.AIS(
    ...     model(), prior(), zs.HMC(step_size=0.5, n_leapfrogs=5), {"x": 1.},
    ...     {"z": tf.Variable(tf.zeros([100]))}, n_temperatures=20, n_adapt=5)
    >>> bool(abs(ais.run() - -1.5155) < 0.2)  # the log evidence
    True
    """

    def __init__(self, meta_bn: Any, proposal_meta_bn: Any, hmc: Any,
                 observed: Dict[str, Any], latent: Dict[str, Any],
                 n_temperatures: int = 1000, n_adapt: int = 30, verbose: bool = False,
                 jit_compile: bool = False) -> None:
        for name, n in [("n_temperatures", n_temperatures), ("n_adapt", n_adapt)]:
            if int(n) < 1:
                raise ValueError("AIS: `%s` must be at least 1, not %r." % (name, n))
        self._names, self._variables = check_latent(latent)
        self._proposal, self._hmc = proposal_meta_bn, hmc
        self._path = Path(Target(meta_bn, observed, self._names),
                          Target(proposal_meta_bn, {}, self._names))
        self._n_temperatures, self._n_adapt = int(n_temperatures), int(n_adapt)
        self._verbose, self._is_eager = verbose, not programs.uses_session()
        self._dtype = tf.as_dtype(self._variables[0].dtype).base_dtype
        self._betas = tf.constant(
            sigmoid_schedule(self._n_temperatures), self._dtype)
        self._log_steps = None  # set by each run
        self._make_programs(jit_compile)

    def run(self, sess: Any = None, feed_dict: Any = None) -> float:
        """The estimate of the log marginal likelihood, a float.

        It is the mean over data of the log of the mean weight over chains, the
        first axis. :meth:`sample` returns the weights, too.

        :param sess: A Session, in a v1 graph.
        :param feed_dict: A dict of values for placeholders, in a v1 graph.
        """
        return self.sample(sess, feed_dict).estimate

    def sample(self, sess: Any = None, feed_dict: Any = None) -> AISResult:
        """Anneal new chains.

        The arguments are those of :meth:`run`. Afterwards, the variables hold samples
        to which the weights belong.

        :return: An :class:`AISResult`.
        """
        self._check_session(sess, feed_dict)
        self._tune_steps(sess, feed_dict)
        position, = self._draw([()], sess, feed_dict)
        return self._annealed(position, False, sess, feed_dict)

    def reverse(self, posterior_samples: Dict[str, Any], sess: Any = None,
                feed_dict: Any = None) -> AISResult:
        r"""A stochastic upper bound, from exact posterior samples.

        Bidirectional Monte Carlo anneals from the posterior to the proposal:
        :math:`\mathbb{E}[1 / w] = 1 / p(x)`, so that minus the log of the mean
        inverse weight is an upper bound of :math:`\log p(x)` in expectation
        (Grosse, Ghahramani and Adams, 2015, "Sandwiching the marginal likelihood
        using bidirectional Monte Carlo", section 3). Exact posterior samples are
        available if the data were simulated: the latents that they came from.

        :param posterior_samples: A dict of arrays by latent name, broadcastable
            to the variables.

        Other arguments are those of :meth:`run`.
        :return: An :class:`AISResult`, with the log of w in each chain.
        """
        missing = [name for name in self._names if name not in posterior_samples]
        if missing:
            raise ValueError(
                "AIS.reverse requires exact posterior samples of all latents, but "
                "`posterior_samples` has none of %s." % ", ".join(map(repr, missing)))
        samples = [np.broadcast_to(np.asarray(
            posterior_samples[name], self._dtype.as_numpy_dtype), x.shape.as_list())
            for name, x in zip(self._names, self._variables)]
        self._check_session(sess, feed_dict)
        self._tune_steps(sess, feed_dict)
        return self._annealed(samples, True, sess, feed_dict)

    def _check_session(self, sess: Any, feed_dict: Any) -> None:
        if self._is_eager and (sess is not None or feed_dict):
            raise ValueError(
                "AIS: sess and feed_dict require a graph, but AIS runs eagerly. Call "
                "run() without arguments.")
        if not self._is_eager and sess is None:
            raise ValueError("AIS was created in a graph, so it requires a session. "
                             "Call run(sess, feed_dict).")

    def _tune_steps(self, sess: Any, feed_dict: Any) -> None:
        self._log_steps, = self._tune([()], sess, feed_dict)

    def _annealed(self, position: List[np.ndarray], is_reverse: bool, sess: Any,
                  feed_dict: Any) -> AISResult:
        n = self._n_temperatures
        log_weights = np.zeros(self._chain_shape, self._dtype.as_numpy_dtype)
        anneal_chunk = self._backward if is_reverse else self._forward
        length = max(1, n // _N_REPORTS)
        with progress_bar(n, "temperature", self._verbose) as show:
            for first in range(0, n, length):
                last = min(first + length, n)
                span = ((n - last + 1, n - first + 1) if is_reverse
                        else (first + 1, last + 1))
                (position, log_weights), = anneal_chunk([_Job(
                    position, log_weights, self._log_steps,
                    np.array(span, np.int32))], sess, feed_dict)
                show(last)
        self._store([position], sess, feed_dict)
        log_weights, sign = np.asarray(log_weights, np.float64), 1 - 2 * is_reverse
        means = sign * _log_mean_exp(sign * log_weights)
        return AISResult(float(np.mean(means)), log_weights,
                         _effective_sample_size(sign * log_weights))

    # -- The programs --

    def _make_programs(self, jit_compile: bool) -> None:
        self._chain_shape = self._static_chain_shape()
        numpy_dtype = self._dtype.as_numpy_dtype
        position = [np.zeros(x.shape.as_list(), numpy_dtype) for x in self._variables]
        job = _Job(position, np.zeros(self._chain_shape, numpy_dtype),
                   np.zeros(self._n_temperatures + 1, numpy_dtype),
                   np.zeros(2, np.int32))
        self._tune = programs.build_program(lambda _: self._tuned_steps(), [()])
        self._draw = programs.build_program(lambda _: self._proposal_samples(), [()])
        self._store = programs.build_program(self._assign, [position])
        self._forward, self._backward = [
            programs.build_program(lambda job, is_reverse=is_reverse: self._anneal(
                job, is_reverse), [job], jit_compile)
            for is_reverse in (False, True)]

    def _static_chain_shape(self) -> List[int]:
        """The shape of the chain axes; the model is built once for it."""
        log_prob = self._path.enter(
            self._betas[1], [tf.convert_to_tensor(x) for x in self._variables]
        )[0].log_prob
        if log_prob.shape.rank == 0:
            raise ValueError(
                "AIS: the log joint density must have the shape of the chains, but it "
                "is a scalar. Add a first axis of chains to the latents, and sum over "
                "the other axes by group_ndims.")
        return log_prob.shape.as_list()

    def _proposal_samples(self) -> List[tf.Tensor]:
        bn = bayesian_net_in(self._proposal.observe())
        return [tf.broadcast_to(tf.convert_to_tensor(bn[name]), x.shape)
                for name, x in zip(self._names, self._variables)]

    def _assign(self, position: List[tf.Tensor]) -> tf.Tensor:
        done = _tf.commit(list(zip(self._variables, position)))
        return _tf.identity_after([done], tf.constant(0))

    def _tuned_steps(self) -> tf.Tensor:
        first = as_float(self._hmc.step_size, self._dtype)
        if is_off(self._hmc.adapt_step_size):
            return tf.math.log(first) + tf.zeros_like(self._betas)
        return _interpolated(tuned_log_steps(
            self._path, self._proposal_samples(),
            tf.constant(sigmoid_schedule(self._n_adapt), self._dtype), first,
            as_float(self._hmc.target_acceptance_rate, self._dtype),
            self._hmc.n_leapfrogs), self._n_temperatures)

    def _anneal(self, job: "_Job",
                is_reverse: bool) -> Tuple[List[tf.Tensor], tf.Tensor]:
        return anneal(self._path, job.position, job.log_weights, self._betas,
                      job.log_steps, (job.span[0], job.span[1]),
                      self._hmc.n_leapfrogs, is_reverse)


def _interpolated(values: tf.Tensor, n: int) -> tf.Tensor:
    """`values` at equal distances, made n + 1 by linear interpolation."""
    m, = values.shape.as_list()
    where = np.arange(n + 1) * (m - 1) / n
    below = np.minimum(where.astype(np.int32), max(m - 2, 0))
    above = np.minimum(below + 1, m - 1)
    weight = tf.constant(where - below, values.dtype)
    return ((1. - weight) * tf.gather(values, below) +
            weight * tf.gather(values, above))


def _log_mean_exp(x: np.ndarray) -> np.ndarray:
    largest = np.max(x, axis=0)
    largest = np.where(np.isfinite(largest), largest, 0.)
    with np.errstate(divide="ignore"):
        return largest + np.log(np.mean(np.exp(x - largest), axis=0))


def _effective_sample_size(log_weights: np.ndarray) -> np.ndarray:
    """Kong's, by datum: 0 where all weights are 0; infinite ones share all."""
    largest = np.max(log_weights, axis=0)
    with np.errstate(invalid="ignore"):  # inf - inf
        weights = np.where(np.isinf(largest), log_weights == np.inf,
                           np.exp(log_weights - largest))
    total = np.sum(np.square(weights), axis=0)
    return np.divide(np.square(weights.sum(0)), total,
                     out=np.zeros_like(total), where=total != 0)
