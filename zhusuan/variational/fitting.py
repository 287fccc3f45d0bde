"""Train an approximate posterior in one call."""
from typing import Any, Dict, Mapping, Optional, Sequence, Union

import tensorflow.compat.v2 as tf

from zhusuan._model.minibatches import count_data
from zhusuan.distributions._conversion import check_int, check_seed
from zhusuan.utils._paths import checkpoint_path, load_to_resume
from zhusuan.utils._types import PathLike, TensorLike
from zhusuan.variational._training.batches import make_batches
from zhusuan.variational._training.fit_run import FitRun
from zhusuan.variational._training.problem import Problem, make_posterior
from zhusuan.variational.fits import Fit

__all__ = ["fit"]


def fit(model: Any, observed: Optional[Mapping[str, TensorLike]] = None,
        posterior: Any = "mean_field", n_steps: int = 5000, n_particles: int = 10,
        objective: str = "elbo", estimator: str = "auto", optimizer: Any = None,
        learning_rate: Any = None, data: Any = None, batch_size: Optional[int] = None,
        n_data: Optional[int] = None, scale: Optional[Dict[str, Any]] = None,
        alpha: float = 0.5, seed: Optional[int] = None,
        jit_compile: Union[bool, str] = "auto", progress_bar: bool = True,
        tolerance: Optional[float] = None, callbacks: Optional[Sequence[Any]] = None,
        checkpoint: Optional[PathLike] = None,
        resume: Union[None, Fit, PathLike] = None,
        latent: Optional[Mapping[str, TensorLike]] = None,
        constraints: Union[None, str, Dict[str, Any]] = "auto",
        init: Union[None, str, Dict[str, Any]] = None,
        variables: Optional[Sequence[tf.Variable]] = None, session: Any = None) -> Fit:
    """Train an approximate posterior, many steps in one compiled loop.

    Variables of the model, and of a posterior that is a function, are trained too.
    Ctrl-C ends the fit early, with the posterior so far. In a graph of TensorFlow 1 the
    fit uses a session.

    :param model: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, or a function
        of a dict of values by name that returns the log joint density; or a function
        decorated by :func:`~zhusuan.framework.meta_bn.meta_bayesian_net`, which is
        called without arguments. Observed values are the inputs that it then has.
    :param observed: A dict of observed values by name.
    :param posterior: "mean_field", "multivariate_normal", "low_rank_normal", "flow",
        "delta" (the MAP estimate), a class or an object of
        :mod:`zhusuan.variational.posteriors`, or a function of `n_samples` that returns
        a BayesianNet. Other arguments of that function are observed values by name.
    :param n_steps: An int, the number of steps.
    :param n_particles: An int, the number of samples of the posterior in each step.
    :param objective: "elbo", "importance_weighted", "renyi" or "klpq", see
        :mod:`zhusuan.variational`.
    :param estimator: The estimator of gradients: "path_derivative", "sgvb" or
        "reinforce" of the ELBO, "dreg", "sgvb" or "vimco" of the importance weighted
        bound. "auto" uses path derivatives (but "sgvb" for flows) or "dreg" where
        samples are reparameterized, and otherwise "reinforce", with the mean of the
        other particles as baseline, or "vimco". `Fit.estimators` names the choice for
        each latent.
    :param optimizer: A Keras optimizer. The default is Adam, whose learning rate decays
        to 0 along half a cosine.
    :param learning_rate: A number, where the decay begins, or a Keras schedule, of the
        default optimizer. The default is 0.05, and 0.01 for flows and functions.
    :param data: Observed values to split into minibatches: a dict of arrays by name
        with one row for each datum, an iterable of dicts with the values of one
        minibatch each, or a `tf.data.Dataset` of those. Iterables are repeated.
    :param batch_size: An int, the number of rows of a minibatch of arrays.
    :param n_data: An int, the number of data: log densities of the nodes in `data` are
        multiplied by `n_data` over the size of the minibatch. By default the number of
        rows of arrays. With None, iterables are not scaled, except for models of
        `zs.keras.bayesian`: they count the rows of a list of minibatches, and require
        `n_data` for other iterables.
    :param scale: A dict of other factors of log densities by the names of nodes, such
        as of local latents, see :func:`~zhusuan.variational.exclusive_kl.elbo`.
    :param alpha: The order of "renyi".
    :param seed: An int that determines the result; random by default, and that of the
        fit to resume.
    :param jit_compile: A bool, or "auto": compile by XLA, or warn and run without.
        "fastest" compiles, measures a second of steps with XLA and without, and keeps
        the faster. Samples under XLA differ, so that two runs with one seed may differ
        if their choices do. `Fit.is_compiled` is the choice. Resumed fits keep it with
        "auto" and "fastest", or warn where XLA cannot compile.
    :param progress_bar: A bool. Show a bar with the bound, or, without tqdm, print a
        line after each tenth of the steps.
    :param tolerance: A number. End early when the mean bound changes relatively by less
        between two windows of a twentieth of the steps (100 at least), compared at
        the end of each window. None makes all steps.
    :param callbacks: A list of objects with some of the methods of Keras callbacks:
        `set_model`, `on_train_begin`, `on_epoch_end` and `on_train_end`. An epoch is a
        hundredth of the steps, and its logs are "bound" and "loss".
    :param checkpoint: The path of an .npz file to write the state of the fit to, in
        at most a tenth of the time, and the whole fit at the end. If the file exists,
        the fit resumes from it.
    :param resume: A :class:`~zhusuan.variational.fits.Fit` with the same arguments, or
        the path of a saved one: continue to the numbers of an uninterrupted fit. With
        another `n_steps`, the later steps have its schedule of the learning rate, so
        that the numbers differ from those of one fit of as many steps.
    :param latent: A dict of initial values by name, which a log joint function requires
        with a posterior that is named. For posteriors that are functions or objects,
        `latent`, `constraints` and `init` raise ValueError.
    :param constraints: As for samplers, see
        :meth:`zhusuan.mcmc.Sampler.run <zhusuan.mcmc.sampler.Sampler.run>`.
    :param init: As for samplers. Of several starts, as
        :class:`~zhusuan.variational.posteriors.base.Posterior` takes, training begins
        near the one with the highest evidence lower bound.
    :param variables: A list of the variables to train; by default all trainable ones
        that the model and the posterior use.
    :param session: The session to run in; the default one if None.

    :return: A :class:`~zhusuan.variational.fits.Fit`.

    Raises :class:`~zhusuan.variational.fits.NotFiniteError` if the bound or its
    gradient is not finite. The error names the node and the step.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def build():
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", 0., std=1.)
    ...     bn.normal("x", z, std=1.)
    ...     return bn
    >>> fit = zs.variational.fit(build(), {"x": 1.}, n_steps=500, seed=1,
    ...                          progress_bar=False)
    >>> print("%.3f" % fit.log_evidence.value)
    -1.516
    """
    check_int("fit: n_steps", n_steps)
    check_int("fit: n_particles", n_particles)
    if jit_compile not in (True, False, "auto", "fastest"):
        raise ValueError(
            "fit: jit_compile must be True, False, \"auto\" or \"fastest\", but it is "
            "%r." % (jit_compile,))
    checkpoint = checkpoint_path(checkpoint)
    before: Optional[Fit] = load_to_resume(
        Fit, resume, checkpoint, " of a saved Fit, or a Fit")
    seed = _choose_seed(seed, before)
    if data is not None:
        n_data = count_data("fit", model, data, n_data)
    batches = make_batches(data, batch_size, n_data, seed, session)
    problem = Problem(model, observed or {}, batches.first())
    own = make_posterior(posterior, problem, latent=latent, constraints=constraints,
                         init=init, seed=seed, session=session)
    problem.posterior = own
    run = FitRun(problem, batches, n_particles, seed, session)
    run.prepare(objective, estimator, alpha, scale, optimizer, learning_rate, n_steps,
                variables, jit_compile)
    return run.train(n_steps, tolerance, callbacks, progress_bar, checkpoint, before)


def _choose_seed(seed: Optional[int], resume: Optional[Fit]) -> int:
    if resume is None:
        return check_seed("fit: seed", seed)
    if seed is not None and check_seed("fit: seed", seed) != resume.seed:
        raise ValueError(
            "fit: the fit to resume has the seed %d, but seed is %d. Omit seed=, or "
            "checkpoint= and resume=." % (resume.seed, seed))
    return resume.seed
