"""The base class of samplers: everything but the transition itself."""
from typing import (
    Any,
    Dict,
    Hashable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
    Union,
)

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model import initial_values
from zhusuan._model.constraints import Constraints, resolve
from zhusuan._model.latents import Model
from zhusuan._model.minibatches import make_minibatches
from zhusuan._model.target import Target, called_model, evaluated_once
from zhusuan._tf.program_cache import ProgramCache, make_hashable
from zhusuan.mcmc._run import run_chains
from zhusuan.mcmc._run.chain_loop import ChainLoop
from zhusuan.mcmc._run.chain_state import Chain, revised, transition
from zhusuan.mcmc._run.checked_methods import CheckedMethods
from zhusuan.mcmc._run.devices import resolve_devices
from zhusuan.mcmc._run.kept_variables import Memories, as_constant, check_latent
from zhusuan.mcmc._run.stored_names import StoredNames
from zhusuan.mcmc.adaptation import Adaptation, TargetFunction
from zhusuan.mcmc.chains import Chains
from zhusuan.utils._paths import checkpoint_path, load_to_resume
from zhusuan.utils._structures import dicts_of_lists
from zhusuan.utils._types import PathLike, TensorLike
from zhusuan.variational.fits import Fit

__all__ = ["SampleInfo", "Sampler"]


class SampleInfo(NamedTuple):
    """The result of `Sampler.sample`, unless a sampler has its own.

    :param samples: A dict of Tensors by latent name: the values after the transition.
    :param transition: The info that `Sampler.step` returned.
    """

    samples: Dict[str, tf.Tensor]
    transition: Any


class Sampler(CheckedMethods):
    """Base class of samplers, which adds `run` and `sample` to a pure transition.

    A subclass defines :meth:`init` and :meth:`step`. They compute on positions in
    unconstrained space, lists with one Tensor (chain axes + data axes) for each
    latent; the base class handles models, constraints, many chains, devices, compiled
    loops, minibatches, resuming, and variables. Both are called while a program is
    traced, so that they must not change the object.

    Attributes that a subclass may set:

    - `kept_fields`: names of fields of the state that :meth:`sample` keeps between
      calls, such as velocities, with constant first values. :meth:`init` computes all
      others at each call.
    - `advice`: a clause for warnings about chains that do not move.

    >>> from typing import Any, NamedTuple
    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> class State(NamedTuple):
    ...     position: Any
    >>> class UnadjustedLangevin(zs.mcmc.Sampler):
    ...     def init(self, position, target):
    ...         return State(position)
    ...     def step(self, state, target, parameters):
    ...         _, gradient = target(state.position)
    ...         return State([
    ...             zs.distributions.Normal(x + 0.01 * g, std=0.02 ** 0.5).sample()
    ...             for x, g in zip(state.position, gradient)]), ()
    >>> chains = UnadjustedLangevin().run(
    ...     lambda values: -0.5 * values["x"] ** 2, {}, {"x": 0.}, n_samples=50,
    ...     n_warmup=50, n_chains=4, progress_bar=False)
    >>> chains["x"].shape
    (50, 4)
    """

    kept_fields: Tuple[str, ...] = ()
    advice = "Change the settings of the sampler"

    # -- Methods of subclasses ------------------------------------------------------

    def init(self, position: List[tf.Tensor], target: TargetFunction) -> Any:
        """The state at a position.

        :param position: A list of Tensors.
        :param target: A function of such a list that returns the log density, of the
            shape of the chain axes, and the list of its gradients.

        :return: A named tuple with a field `position`.
        """
        raise NotImplementedError(
            "%s is not a sampler: it must define init and step." % type(self).__name__)

    def step(self, state: Any, target: TargetFunction,
             parameters: Any) -> Tuple[Any, Any]:
        """One transition of all chains.

        :param state: As :meth:`init` returns it.
        :param target: As for :meth:`init`.
        :param parameters: What the adaptation sets; ``()`` by default.

        :return: The next state, and a named tuple of statistics (or ``()``).
        """
        raise NotImplementedError(
            "%s is not a sampler: it must define init and step." % type(self).__name__)

    def adaptation(self, n_warmup: Optional[int]) -> Adaptation:
        """The `Adaptation`.

        :param n_warmup: The number of transitions of warm-up; None in :meth:`sample`.
        """
        return Adaptation()

    def statistics(self, state: Any, info: Any,
                   parameters: Any) -> Dict[str, tf.Tensor]:
        """The statistics of a transition that :meth:`run` stores with a draw.

        The default is every field of `info` that is a Tensor.

        :param parameters: Those of the next transition.
        :return: A dict of Tensors by name, of the shape of the chain axes or 0-D.
        """
        fields: Dict[str, Any] = getattr(info, "_asdict", dict)()
        return {name: x for name, x in fields.items() if tf.is_tensor(x)}

    def sample_info(self, samples: Dict[str, tf.Tensor], state: Any, info: Any,
                    parameters: Any) -> Any:
        """The second result of :meth:`sample`.

        :param samples: A dict of values by latent name.
        :param parameters: Those of the next transition.
        """
        return SampleInfo(samples, info)

    # -- Methods of the base class --------------------------------------------------

    @tf.autograph.experimental.do_not_convert
    def sample(self, meta_bn: Model, observed: Mapping[str, TensorLike],
               latent: Dict[str, tf.Variable],
               constraints: Optional[Dict[str, Any]] = None
              ) -> Tuple[Optional[tf.Operation], Any]:
        """One transition of all chains, whose positions are variables.

        In a graph this builds the operation that makes it; eagerly and in a
        `tf.function` it makes one at each call. The tuning belongs to the latents.

        :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`,
            or a function of a dict of values by name. It returns the log joint density,
            of the shape of the chain axes, or a pair of it and a dict of derived
            quantities, which :meth:`run` records and which begin with these axes.
        :param observed: A dict of observed values by name.
        :param latent: A dict of variables by name, the positions. Their shapes
            are those of chain axes + data axes; all are float32 or all float64.
        :param constraints: None, or constraints of latents, as for :meth:`run`. The
            variables and samples are constrained values then. Momenta, velocities and
            log densities are those in unconstrained space, to which values are
            converted at each call, with rounding.

        :return: The operation (None eagerly), and a named tuple with the values after
            the transition and its statistics.
        """
        names, variables = check_latent(latent)
        values = [tf.convert_to_tensor(x) for x in variables]
        target = Target(meta_bn, observed, names)
        resolved = Constraints(resolve(constraints, meta_bn, observed, dict(
            zip(names, values))), meta_bn, observed)
        position = resolved.checked_free(values)
        target = evaluated_once(resolved.target(target), position)
        adaptation = self._checked_adaptation(None)

        def first() -> Any:
            state = self._checked_init(position, target)
            return tf.nest.map_structure(as_constant, (
                self._kept(state), adaptation.init(state)))

        memory = self._memories.get(variables, first)
        kept, tuning = before = memory.read()
        state = self._checked_init(position, target)
        state = state._replace(**kept) if kept else state
        chain, info = transition(self, adaptation, Chain(state, tuning), target,
                                 adaptation.is_warmup(tuning))
        chain = revised(adaptation, chain)
        samples = resolved.values(chain.state.position)
        info = self.sample_info(
            dict(zip(names, samples)), chain.state, dicts_of_lists(info, names),
            adaptation.parameters(chain.tuning, adaptation.is_warmup(chain.tuning)))
        updates = list(zip(variables, samples))
        updates += memory.updates(
            (self._kept(chain.state), chain.tuning), before)
        return _tf.commit(updates, after=tf.nest.flatten(info)), info

    def run(self, meta_bn: Model, observed: Mapping[str, TensorLike],
            latent: Optional[Mapping[str, TensorLike]] = None,
            n_samples: int = 1000, n_warmup: int = 1000,
            thin: int = 1, n_chains: Optional[int] = None,
            jit_compile: Union[bool, str] = "auto", progress_bar: bool = True,
            seed: Optional[int] = None,
            data: Any = None, resume: Union[None, Chains, PathLike] = None,
            session: Any = None,
            constraints: Union[None, str, Dict[str, Any]] = "auto",
            devices: Optional[List[str]] = None,
            derived: Optional[List[str]] = None,
            init: Union[None, str, Dict[str, Any], Fit] = None,
            checkpoint: Optional[PathLike] = None,
            keep: Optional[List[str]] = None, batch_size: Optional[int] = None,
            n_data: Optional[int] = None) -> Chains:
        """Run whole chains, many transitions in one compiled loop.

        Ctrl-C ends a run early, with the draws so far. In a TensorFlow 1 graph, the run
        uses a session and its variables. Variables among the latents are only read.

        The compiled program is cached: later runs of this object with the same
        density, settings and shapes reuse it, also with other data. Data are the
        observed values, and the arrays and Tensors that the model uses. The model is
        traced in each run to compare the rest. In a graph, data are part of the
        program, which belongs to the graph; later runs add no operation to it.

        :param meta_bn: As for :meth:`sample`, or the function that returns the model.
        :param observed: A dict of observed values by name.
        :param latent: A dict of arrays, Tensors or variables by name, the initial
            values: chain axes + data axes, all float32 or all float64. Numbers and
            lists take the dtype of other latents, or else of observed values. If it is
            omitted, the latents are all stochastic nodes of the model that are not
            observed, and `init` determines where they start.
        :param n_samples: An int, the number of draws of every chain.
        :param n_warmup: An int, the number of transitions of warm-up, before the draws.
        :param thin: An int, the number of transitions for each draw.
        :param n_chains: An int. Add a first axis of that many chains to `latent`, all
            with the same initial values. Without `latent`, the default is 4.
        :param jit_compile: A bool, or "auto": compile by XLA, or warn and run without.
        :param progress_bar: A bool. Show the number of chains, divergences, the step
            size, the mean number of leapfrogs and the time left, in a bar if tqdm is
            installed, else in a line for each tenth of the run.
        :param seed: An int that determines all draws; random by default.
        :param data: Observed values to split into minibatches, one for each transition:
            a dict of arrays by name with one row for each datum, or an iterable of
            dicts, such as a `tf.data.Dataset`, which is iterated again when it ends.
        :param resume: :class:`~zhusuan.mcmc.chains.Chains` of a run with the same
            arguments, or the path (str, bytes or `os.PathLike`) of saved ones: resume
            until there are `n_samples` draws, those of an uninterrupted run.
        :param session: The session to run in; the default one if None.
        :param constraints: A dict of constraints by latent name:
            "positive", "unit" (between 0 and 1), "simplex" (positive, with the sum
            1 along the last axis), "ordered" (increasing along the last axis),
            "positive_ordered", "sum_to_zero" (vectors along the last axis),
            "circular" (an angle), "cholesky_corr" (Cholesky factors of correlation
            matrices), "positive_definite" (matrices), `(low, high)` with None for an
            infinite end, a :class:`~zhusuan.distributions.bijectors.Bijector`, or None
            for an unconstrained latent. The constraints of other latents are inferred
            from their distributions, if the model is a MetaBayesianNet; "auto" infers
            all. An inferred interval may depend on other latents. Each evaluation of
            the density then evaluates the model once more: in compiled programs the
            nodes up to the interval, eagerly all. With None, there are no constraints.
            The sampler moves positions in unconstrained space, whose log density
            includes the Jacobian; statistics such as `log_prob` are of that space, and
            `latent` and draws are constrained values.
        :param devices: A list of names of devices, such as "GPU:1". Each makes an
            equal part of the chains, in order along their first axis, with its own
            seed, step size and mass; the first makes the same draws as without the
            others. Statistics that the chains of a device share, such as `step_size`,
            have chain axes then. TensorFlow chooses the device if None.
        :param derived: A list of names of derived quantities to record with the draws:
            deterministic nodes, or what a function returned. All by default.
        :param init: Without `latent`: "uniform", the default, draws positions in
            unconstrained space from the uniform distribution on (-2, 2); "prior"
            draws values from the distributions of the nodes (those of Flat and
            HalfFlat as "uniform"); a dict has values of some latents by name, with
            an optional first axis of chains, and other latents are drawn as
            "uniform"; a :class:`~zhusuan.variational.fits.Fit` draws values of its
            latents for each chain. Random draws are repeated, at most 100 times, for
            chains whose log density or gradient is not finite.
        :param checkpoint: The path (str, bytes or `os.PathLike`) of an .npz file, to
            which draws and the state are added several times a second. If the file
            exists, the run resumes from it.
        :param keep: A list of names of the latents and derived quantities whose draws
            are stored, all by default. The state, from which runs resume, always has
            all latents. With `keep`, `derived` names further derived quantities.
        :param batch_size: As for :func:`~zhusuan.variational.fitting.fit`.
        :param n_data: As for `fit`. A function, and a model with a `log_joint`, must
            multiply the log likelihood of a minibatch themselves.

        :return: :class:`~zhusuan.mcmc.chains.Chains`.

        Raises ValueError if the log joint density or its gradient is not finite at
        the start ("Try better initialization"), if the density does not have the shape
        of the chain axes or that of one chain depends on others, and if an initial
        value does not have the shape of its node. Warns if last draws are outside of
        the support of their node, and with
        :class:`~zhusuan.mcmc.chains.ConvergenceWarning` if chains have not converged.
        """
        plan = run_chains.plan_run(n_samples, n_warmup, thin, seed)
        run_chains.check_options(n_chains, data, batch_size, n_data)
        meta_bn = called_model(meta_bn)
        stored = StoredNames(keep, derived)
        checkpoint = checkpoint_path(checkpoint)
        resumed: Optional[Chains] = load_to_resume(
            Chains, resume, checkpoint, " of saved Chains, or Chains")
        minibatches = None if data is None else make_minibatches(
            meta_bn, data, batch_size, n_data,
            plan.seed if resumed is None else resumed.seed, session)
        n_new = n_chains  # the chains of which `latent` has no axis yet
        if latent is None:
            if isinstance(init, Fit):
                n_chains = n_chains or initial_values.DEFAULT_CHAINS
                init = init.draws(n_chains, plan.seed)
            batch = {} if minibatches is None else minibatches.first()
            latent, n_new = initial_values.find_initial_values(
                meta_bn, dict(observed, **batch), init, n_chains, constraints,
                plan.seed, session, resumed), None
        elif init is not None:
            raise ValueError("run: both `latent` and `init` are given. Pass the "
                             "initial values of all latents as one of them.")
        loop = ChainLoop(
            self, self._checked_adaptation(plan.n_warmup), meta_bn, dict(observed),
            list(latent), minibatches, session, jit_compile, constraints,
            [None] if devices is None else resolve_devices(devices, session),
            n_chains, stored, self._program_cache,
            (plan.n_warmup, self._settings_key()))
        start = initial_values.start_values(latent, loop.observed(), n_new, session)
        return run_chains.run_chains(
            loop, plan, list(start.values()), self.advice, progress_bar, resumed,
            checkpoint)

    # Made on first use, so that a subclass need not call `__init__` of this class.
    @property
    def _program_cache(self) -> ProgramCache:
        return vars(self).setdefault("_programs_of_runs", ProgramCache())

    @property
    def _memories(self) -> Memories:
        return vars(self).setdefault("_memories_of_latents", Memories())

    def _settings_key(self) -> Hashable:
        """Equal for samplers of one class with the same settings."""
        return make_hashable({name: x for name, x in vars(self).items() if not
                              isinstance(x, (Memories, ProgramCache))})

    def _kept(self, state: Any) -> Dict[str, Any]:
        return {name: getattr(state, name) for name in self.kept_fields}
