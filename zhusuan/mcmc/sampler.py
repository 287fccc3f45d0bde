"""The method that runs whole chains, the same for all samplers."""
import random

import numpy as np

from zhusuan._tf import programs
from zhusuan._tf.program_cache import ProgramCache, frozen
from zhusuan.mcmc._run.chain_run import Plan, run_chains
from zhusuan.mcmc._run.devices import resolve_devices
from zhusuan.mcmc._run.loop import Loop
from zhusuan.mcmc._run.minibatches import Minibatches
from zhusuan.mcmc._run.sampler_variables import Memories, check_position
from zhusuan.mcmc.chains import Chains
from zhusuan.utils._paths import as_path

__all__ = ["Sampler"]

# The attribute of samplers that holds their programs.
_CACHE = "_programs_of_runs"


class Sampler:
    """Base of samplers that can run whole chains.

    They have `_kernel(n_warmup)`, and `_advice`, which names their options for chains
    that are stuck.
    """

    def run(self, meta_bn, observed, latent, n_samples, n_warmup, thin=1,
            n_chains=None, jit_compile="auto", progress_bar=True, seed=None,
            data=None, resume=None, session=None, constraints="auto",
            devices=None):
        """Run whole chains, many transitions in one compiled loop.

        Ctrl-C ends a run early, with the draws so far. In a graph of TensorFlow
        1, the run takes place in a session, with the values that variables have
        there; eagerly, it just runs. Latents that are variables are only read.

        The compiled program is cached: later runs of this object with the same
        density, settings and shapes reuse it. The model is traced in each run to
        compare them. In a graph, the program belongs to the graph, and such runs add
        no operation to it.

        :param meta_bn: As for :meth:`sample`. Large data that a function uses should
            be Tensors: a NumPy array becomes a constant of the program each time.
        :param observed: A dict of observed values by name.
        :param latent: A dict of arrays, Tensors or variables by name, where to
            begin: chain axes + data axes, all float32 or all float64.
        :param n_samples: An int, how many draws of every chain to return.
        :param n_warmup: An int, how many transitions to make and drop before,
            while step size and mass are tuned.
        :param thin: An int, how many transitions to make for each draw.
        :param n_chains: An int. Put that many chains as a new first axis in front
            of `latent`, all beginning there.
        :param jit_compile: A bool, or "auto": compile by XLA where that works.
        :param progress_bar: A bool. Show a bar, if tqdm is installed.
        :param seed: An int, of which all draws are a function; random by default.
        :param data: An iterable of dicts of observed values by name, or a
            `tf.data.Dataset` of those: minibatches, one for each transition,
            from the start again when they are used up.
        :param resume: :class:`~zhusuan.Chains` of a run with the same arguments, or
            the path (str, bytes or `os.PathLike`) of saved ones, to resume until there
            are `n_samples` draws. They are the draws of an uninterrupted run.
        :param session: The session to run in; the default one if None.
        :param constraints: A dict of what values latents can take, by name:
            "positive", "unit" (between 0 and 1), "simplex" (positive, with the sum
            1 along the last axis), "ordered" (increasing along the last axis),
            "positive_ordered", "sum_to_zero" (vectors along the last axis),
            "circular" (an angle), "cholesky_corr" (Cholesky factors of correlation
            matrices), "positive_definite" (matrices), `(low, high)` with None for an
            infinite end, a :class:`~zhusuan.distributions.bijectors.Bijector`, or
            None for the whole real line. What is not in the dict is deduced from the
            distribution in the model, if that is a MetaBayesianNet; so is all of
            it by "auto". With constraints=None, there are none at all. The
            sampler moves free positions, with the Jacobian in their log density,
            but `latent` and the draws are values: only statistics such as
            `log_prob` are those of positions.
        :param devices: A list of names of devices, such as "GPU:1". Each makes an
            equal part of the chains, in order along their first axis, at the same
            time: with a seed, a step size and a mass of its own, as if each part
            had a run to itself. The first device makes what it would without the
            others; what chains of one device share, such as the statistic
            `step_size`, has chain axes then. TensorFlow chooses where to run if
            None.

        :return: :class:`~zhusuan.Chains`.

        Raises ValueError where the log joint density or its gradient is not finite at
        the start ("Try better initialization"), where the density has not the shape of
        the chains or that of one depends on others, and where a start has not the
        shape of its node. Warns if chains never moved, if most transitions diverged,
        and if last draws are outside of the support of their node.
        """
        plan = Plan(_count("n_samples", n_samples, 0),
                    _count("n_warmup", n_warmup, 0),
                    _count("thin", thin, 1), _new_seed(seed))
        resume = _chains_to_resume(resume)
        minibatches = None if data is None else Minibatches(data, session)
        loop = Loop(self._kernel(plan.n_warmup), meta_bn, dict(observed), list(latent),
                    minibatches, session, jit_compile, constraints,
                    resolve_devices(devices, session), n_chains,
                    self._program_cache(), (plan.n_warmup, self._settings_key()))
        return run_chains(loop, plan, _start_values(latent, n_chains, session),
                          self._advice, progress_bar, resume)

    def _program_cache(self):
        return vars(self).setdefault(_CACHE, ProgramCache())

    def _settings_key(self):
        """Equal for samplers of one class with the same settings."""
        return frozen({name: x for name, x in vars(self).items()
                       if not isinstance(x, (Memories, ProgramCache))})


def _chains_to_resume(resume):
    if resume is None or isinstance(resume, Chains):
        return resume
    return Chains.load(as_path(resume, "resume=", " of saved Chains, or Chains"))


def _count(name, value, smallest):
    if not isinstance(value, (int, np.integer)) or value < smallest:
        raise ValueError("%s must be an int of at least %d, but it is %r."
                         % (name, smallest, value))
    return int(value)


def _new_seed(seed):
    if seed is None:
        return random.SystemRandom().getrandbits(62)
    return _count("seed", seed, 0)


def _start_values(latent, n_chains, session):
    """Arrays by name, with the chain axes they will have."""
    arrays = programs.arrays_of(latent, session)
    check_position(arrays)
    if n_chains is None:
        return arrays
    n_chains = _count("n_chains", n_chains, 1)
    return {name: np.repeat(x[np.newaxis], n_chains, axis=0)
            for name, x in arrays.items()}
